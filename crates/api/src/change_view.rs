//! Changes that wait, as people read them: what is different, who signed, who may sign next.

use crate::agent_change;
use crate::chat_change;
use crate::customers;
use crate::desk::Desk;
use crate::lists;
use crate::office::Office;
use crate::people_view::held;
use crate::server_change;
use crate::tool_change;
use crate::wire::error::Problem;
use crate::wire::people::{ChangeSignatureView, DifferenceView, PendingChange};
use countersign_domain::action::SettledHow;
use countersign_domain::authority::Command;
use countersign_domain::change::{Change, ChangeEvent};
use countersign_domain::hidden::boxed;
use countersign_domain::ids::{ActionId, PersonId};
use countersign_domain::money::{Currency, Money};
use countersign_domain::person::{KeyKind, KeyOffer, Person, Role};
use countersign_gate::changes::ChangeRecord;
use countersign_gate::error::GateError;
use countersign_gate::staff::StaffMember;

/// The changes that wait. What is shown is remembered by its digest: the signing side signs nothing else.
pub(crate) async fn waiting(desk: &Desk) -> Result<Vec<PendingChange>, Problem> {
    let office = &desk.office;
    let staff = office.gate.everybody().await?;
    let mut views = Vec::new();
    for record in office.gate.waiting_changes().await? {
        desk.hand_out_change(record.change.proposed.id.clone(), record.change.digest.clone());
        views.push(view(desk, &staff, &record).await?);
    }
    Ok(views)
}

/// How many of them the person may sign.
pub(crate) async fn to_sign(office: &Office, id: &PersonId, me: &Person) -> Result<u32, Problem> {
    let mut count = 0;
    for record in office.gate.waiting_changes().await? {
        count += u32::from(may_not_sign(office, &record, id, me).await?.is_none());
    }
    Ok(count)
}

async fn may_not_sign(
    office: &Office,
    record: &ChangeRecord,
    id: &PersonId,
    me: &Person,
) -> Result<Option<String>, Problem> {
    let change = &record.change;
    if change.signatures.iter().any(|signature| signature.person == *id) {
        return Ok(Some("You have signed this. Another person must sign too.".to_owned()));
    }
    if change.signatures.is_empty() != (change.proposed.by == *id) {
        return Ok(Some("Whoever proposed it signs it first.".to_owned()));
    }
    Ok(match office.gate.may(me, change.asks(id)).await {
        Ok(()) => None,
        Err(GateError::NotAllowed(_)) => {
            Some("A second person is an administrator or a supervisor; your role does not sign for others.".to_owned())
        }
        Err(why) => Some(format!("{why}.")),
    })
}

async fn view(desk: &Desk, staff: &[StaffMember], record: &ChangeRecord) -> Result<PendingChange, Problem> {
    let office = &desk.office;
    let me = desk.signer()?.person.clone();
    let (person, _) = office.gate.records().person(&me).await?;
    let change = &record.change;
    let proposed = &change.proposed;
    let mut signatures = Vec::new();
    for opened in &record.events {
        if let ChangeEvent::Signed(signed) = opened.event()? {
            signatures.push(ChangeSignatureView {
                person: name(staff, &signed.statement.person),
                at: opened.stored.envelope.recorded_at.to_string(),
                signed_by: held(signed.signed_by).to_owned(),
            });
        }
    }
    let mut may_sign_next = Vec::new();
    for member in staff {
        let countersigns = Command::Countersign(proposed.what.kind());
        let signed = change.signatures.iter().any(|signature| signature.person == member.id);
        let other = member.id != proposed.by && !signed;
        if other && office.gate.may(&member.person, countersigns).await.is_ok() {
            may_sign_next.push(name(staff, &member.id));
        }
    }
    let found_in = customers::conversation_of(office, record).await?;
    let customer = match &found_in {
        Some(id) => office.views.transcript(id).await?.value.and_then(|transcript| transcript.row.customer),
        None => None,
    };
    let action = match &proposed.what {
        Change::Settle { action, .. } => Some(action),
        _ => None,
    };
    let agent = match &proposed.what {
        Change::GrantAgent { agent, .. } | Change::RevokeAgent { agent } => Some(agent),
        _ => None,
    };
    let (title, lines, follows) = told(office, staff, record, customer.as_deref()).await?;
    let may_not_sign = may_not_sign(office, record, &me, &person).await?;
    Ok(PendingChange {
        change: proposed.id.to_string(),
        digest: change.digest.clone(),
        kind: proposed.what.kind().name().to_owned(),
        title,
        lines,
        follows,
        action: action.map(ToString::to_string),
        agent: agent.cloned(),
        conversation: found_in.map(|id| id.to_string()),
        why: said(record, "why"),
        by: name(staff, &proposed.by),
        at: proposed.at.to_string(),
        expires: proposed.expires.to_string(),
        signatures,
        of: proposed.of,
        may_sign_next,
        may_withdraw: proposed.by == me,
        may_refuse: proposed.by != me && office.gate.may(&person, change.asks(&me)).await.is_ok(),
        may_not_sign,
    })
}

fn said(record: &ChangeRecord, field: &str) -> Option<String> {
    record.sealed()?.get(field)?.as_str().map(boxed)
}

/// A person's name, or that they are erased.
pub(crate) async fn name_of(office: &Office, id: &PersonId) -> Result<String, Problem> {
    Ok(name(&office.gate.everybody().await?, id))
}

pub(crate) fn name(staff: &[StaffMember], id: &PersonId) -> String {
    let known = staff.iter().find(|member| member.id == *id).and_then(|member| member.name.as_deref());
    known.map_or_else(|| "Erased".to_owned(), boxed)
}

/// Its title, what is different, and what follows from it.
type Told = (String, Vec<DifferenceView>, Vec<String>);

async fn told(
    office: &Office,
    staff: &[StaffMember],
    record: &ChangeRecord,
    customer: Option<&str>,
) -> Result<Told, Problem> {
    let what = &record.change.proposed.what;
    let before = what.person().and_then(|id| staff.iter().find(|member| member.id == *id));
    let person = before.map(|member| &member.person);
    let who = what.person().map(|id| name(staff, id)).unwrap_or_default();
    let line =
        |label: &str, from: Option<String>, to: Option<String>| DifferenceView { label: label.to_owned(), from, to };
    let follow = |words: &str| words.to_owned();
    Ok(match what {
        Change::EnrolPerson { roles: all, limits, key, .. } => {
            let who = said(record, "name").unwrap_or_else(|| "Erased".to_owned());
            let lines = vec![
                line("Roles", None, Some(roles(all))),
                line("Limits, each day", None, Some(limits_in_words(limits.as_deref()))),
                line("Key", None, Some(key_in_words(key))),
            ];
            let follows = follow(
                "Sign only if you know that this person made the key themselves, and that their password is theirs alone.",
            );
            (format!("{who} joins"), lines, vec![follows])
        }
        Change::SetRoles { roles: all, .. } => {
            let from = person.map(|person| roles(&person.roles));
            (format!("{who}: roles"), vec![line("Roles", from, Some(roles(all)))], Vec::new())
        }
        Change::SetLimits { limits, .. } => {
            (format!("{who}: limits"), limit_lines(person, limits.as_deref()), Vec::new())
        }
        Change::RemovePerson { .. } => {
            let lines = vec![line("Roles", person.map(|person| roles(&person.roles)), None)];
            let follows = "Their sessions and keys end at once. What they approved and nobody started is held again; \
                           what they signed before stays signed.";
            (format!("{who} leaves"), lines, vec![follow(follows)])
        }
        Change::EnrolKey { key, .. } => {
            let follows = "Sign only if you know that this is theirs: whoever holds the key signs in their name.";
            (format!("{who}: a further key"), vec![line("Key", None, Some(key_in_words(key)))], vec![follow(follows)])
        }
        Change::RevokeKey { key, .. } => {
            let known = person.and_then(|person| person.key(key));
            let from = known.map(|known| in_words(key.as_str(), known.held));
            let follows = "It signs nothing from then on. What it signed before still verifies.";
            (format!("{who}: key revoked"), vec![line("Key", from, None)], vec![follow(follows)])
        }
        Change::ResetKey { key, .. } => {
            let count = person.map_or(0, |person| person.keys.iter().filter(|key| !key.revoked).count());
            let from = format!("{count} {}", if count == 1 { "key" } else { "keys" });
            let follows = "All earlier keys sign nothing any more. For seven days the new key signs nothing together \
                           with you or with whoever proposed this.";
            let lines = vec![line("Keys", Some(from), Some(key_in_words(key)))];
            (format!("{who}: password reset"), lines, vec![follow(follows)])
        }
        Change::Resume => {
            let lines = vec![line("Agents", Some("stopped".to_owned()), Some("running".to_owned()))];
            let follows =
                "What was allowed or approved meanwhile starts at once; deadlines move by as long as it lasted.";
            ("Resume".to_owned(), lines, vec![follow(follows)])
        }
        Change::SetTool { from, to, definition } => {
            let (lines, follows) = tool_change::told_of(office, from.as_deref(), to, definition.as_deref());
            let what = if from.is_some() && definition.is_some() { "another definition" } else { "settings" };
            (format!("{}: {what}", to.tool), lines, follows)
        }
        Change::SetChat { from, to } => {
            ("The chat: settings".to_owned(), chat_change::lines(from, to), chat_change::follows(from, to))
        }
        Change::GrantAgent { agent, from, to, token } => {
            let new_token = agent_change::now(office, agent).await?.agent.token != *token;
            let from = from.as_deref();
            let lines = agent_change::lines(from, to, new_token);
            let follows = agent_change::follows(office, from, to, new_token);
            let title = match from {
                Some(_) => format!("The agent {}: what it may do", boxed(agent)),
                None => format!("A new agent: {}", boxed(agent)),
            };
            (title, lines, follows)
        }
        Change::RevokeAgent { agent } => {
            let lines = vec![line("It may", Some("use its tools".to_owned()), Some("do nothing".to_owned()))];
            let follows = vec![follow(agent_change::REVOKED_FOLLOWS)];
            (format!("The agent {}: revoked", boxed(agent)), lines, follows)
        }
        Change::AddServer { server } => {
            let lines = server_change::lines(server);
            (format!("A new tool server: {}", boxed(&server.name)), lines, server_change::follows(office, server))
        }
        Change::RemoveServer { server } => {
            let lines = vec![line("Tool server", Some("connected".to_owned()), Some("gone".to_owned()))];
            let title = format!("The tool server {}: removed", boxed(server));
            (title, lines, vec![follow(server_change::REMOVED_FOLLOWS)])
        }
        Change::Settle { action, how } => settled(office, action, *how).await?,
        Change::EraseCustomer { customer: pseudonym } => {
            let follows = "What was said by and about them becomes unreadable for good, as soon as nothing of theirs is open. \
                           Sums, times and decisions stay, and the trail still verifies.";
            ("A customer is erased".to_owned(), vec![customer_line(customer, pseudonym)], vec![follow(follows)])
        }
        Change::PlaceHold { customer: pseudonym } => {
            let follows = "Nothing of theirs can be erased until the hold is lifted.";
            ("A legal hold on a customer".to_owned(), vec![customer_line(customer, pseudonym)], vec![follow(follows)])
        }
        Change::LiftHold { customer: pseudonym } => {
            let follows = "What is theirs may be erased again.";
            ("A legal hold is lifted".to_owned(), vec![customer_line(customer, pseudonym)], vec![follow(follows)])
        }
    })
}

/// What somebody says became of an action: which one, for how much, of whom.
async fn settled(office: &Office, action: &ActionId, how: SettledHow) -> Result<Told, Problem> {
    let conversation = office.gate.records().action(action).await?.action.proposed.conversation;
    let row = lists::action(office, &conversation, action).await?;
    let title = match &row {
        Some(row) => row.money.as_ref().map_or_else(|| row.noun.clone(), |money| format!("{} {money}", row.noun)),
        None => "An action".to_owned(),
    };
    let (to, follows) = match how {
        SettledHow::Happened => (
            "it happened",
            "It counts as done, in limits too, and the customer is told so. Sign only if the shop's own books show it.",
        ),
        SettledHow::DidNotHappen => (
            "it did not happen",
            "What it had reserved is free again, and it may be asked for anew. If it happened after all, it could happen \
             twice: sign only if the shop's own books show that it did not and cannot any more.",
        ),
        SettledHow::Compensated => (
            "it happened and was made good",
            "It counts in limits, and is never tried again. Sign only if the shop's own books show both.",
        ),
    };
    let mut lines = Vec::new();
    if let Some(row) = row {
        let whose = row.customer.unwrap_or_else(|| "Erased customer".to_owned());
        let whose = row.object.map_or_else(|| whose.clone(), |object| format!("{whose}, {object}"));
        lines.push(DifferenceView { label: "Of".to_owned(), from: None, to: Some(boxed(&whose)) });
    }
    lines.push(DifferenceView {
        label: "Outcome".to_owned(),
        from: Some("unknown".to_owned()),
        to: Some(to.to_owned()),
    });
    Ok((format!("What became of it: {title}"), lines, vec![follows.to_owned()]))
}

/// A customer by the name that the conversation has in which they were found, and by the pseudonym, which is what is signed.
fn customer_line(name: Option<&str>, pseudonym: &str) -> DifferenceView {
    let shown = pseudonym.get(..12).unwrap_or(pseudonym);
    let to = match name {
        Some(name) => format!("{} ({shown})", boxed(name)),
        None => format!("{shown}, a pseudonym"),
    };
    DifferenceView { label: "Customer".to_owned(), from: None, to: Some(to) }
}

fn roles(roles: &[Role]) -> String {
    let names: Vec<String> = roles.iter().map(|role| role.name().replace('_', " ")).collect();
    names.join(", ")
}

fn key_in_words(offer: &KeyOffer) -> String {
    in_words(offer.key.as_str(), offer.held)
}

fn in_words(key: &str, kind: KeyKind) -> String {
    let place = match kind {
        KeyKind::Device => "on a device",
        KeyKind::Station => "held by the station for browsers",
    };
    format!("{}, {place}", key.get(..12).unwrap_or(key))
}

fn limits_in_words(limits: Option<&[Money]>) -> String {
    match limits {
        None => "without limits".to_owned(),
        Some([]) => "nothing in any currency".to_owned(),
        Some(limits) => limits.iter().map(Money::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// One line for each currency, on either side.
fn limit_lines(person: Option<&Person>, to: Option<&[Money]>) -> Vec<DifferenceView> {
    let from = person.and_then(|person| person.limits.as_deref());
    let (Some(from), Some(to)) = (from, to) else {
        let (from, to) = (person.map(|_| limits_in_words(from)), Some(limits_in_words(to)));
        return vec![DifferenceView { label: "Limits, each day".to_owned(), from, to }];
    };
    let mut currencies: Vec<_> = from.iter().chain(to).map(|money| &money.currency).collect();
    currencies.sort();
    currencies.dedup();
    let of = |side: &[Money], currency: &Currency| {
        side.iter().find(|money| money.currency == *currency).map(Money::to_string)
    };
    currencies
        .into_iter()
        .filter(|currency| of(from, currency) != of(to, currency))
        .map(|currency| DifferenceView {
            label: format!("{}, each day", currency.as_str()),
            from: of(from, currency),
            to: of(to, currency),
        })
        .collect()
}
