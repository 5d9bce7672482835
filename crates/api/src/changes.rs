//! Changes at a desk: proposed and signed in one go by whoever wants them, countersigned by a second person.

use crate::agent_change;
use crate::chat_change;
use crate::customers;
use crate::desk::Desk;
use crate::office::Office;
use crate::people::{self, SignedIn, named};
use crate::server_change;
use crate::tool_change;
use crate::wire::device::ToSign;
use crate::wire::error::{Problem, ProblemCode};
use crate::wire::people::{ChangeRequest, CustomerOf};
use crate::wire::queue::Money;
use countersign_domain::action::SettledHow;
use countersign_domain::authority::Command;
use countersign_domain::canonical;
use countersign_domain::change::{Change, ChangeKind};
use countersign_domain::event::{Fields, fields};
use countersign_domain::ids::{ChangeId, PersonId};
use countersign_domain::money::Money as Amount;
use countersign_domain::person::{DEFAULT_TEAM, KeyOffer, Role};
use countersign_gate::UnlockedKey;
use countersign_gate::changes::{ChangeRecord, ChangeStored};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Carries out what somebody wants at their desk: makes keys where the change needs them, proposes, and signs first.
pub(crate) async fn request(desk: &Desk, request: ChangeRequest, why: Option<String>) -> Result<(), Problem> {
    let signer = desk.signer()?;
    let mut sealed = why.map(|why| fields([("why", json!(why.trim()))])).unwrap_or_default();
    sealed.retain(|_, value| value.as_str().is_some_and(|text| !text.is_empty()));
    let mut joins = None;
    let what = match request {
        ChangeRequest::EnrolPerson { name, password, roles: wanted, limits: most } => {
            sealed.insert("name".to_owned(), json!(named(&name)?));
            let (roles, limits) = (roles(&wanted)?, limits(most)?);
            let person = PersonId::random(desk.office.entropy.as_ref());
            let key = people::make_password(&desk.office, desk.makes_keys(), &person, password).await?;
            joins = Some(person.clone());
            Change::EnrolPerson { person, team: DEFAULT_TEAM.to_owned(), roles, limits, key: offer(desk, &key) }
        }
        ChangeRequest::SetRoles { person, roles: wanted } => {
            Change::SetRoles { person: id(&person)?, team: DEFAULT_TEAM.to_owned(), roles: roles(&wanted)? }
        }
        ChangeRequest::SetLimits { person, limits: most } => {
            Change::SetLimits { person: id(&person)?, limits: limits(most)? }
        }
        ChangeRequest::RemovePerson { person } => Change::RemovePerson { person: id(&person)? },
        ChangeRequest::RevokeKey { person, key } => Change::RevokeKey { person: id(&person)?, key: id(&key)? },
        ChangeRequest::ResetPassword { person, password } => {
            let key = people::make_key(&desk.office, desk.makes_keys(), password).await?;
            Change::ResetKey { person: id(&person)?, key: offer(desk, &key) }
        }
        ChangeRequest::SetTool { from: seen, settings, definition } => {
            let wanted = tool_change::wanted(&desk.office, &settings, definition.as_deref())?;
            must_be_as_seen(&seen, &wanted.from)?;
            let (from, definition) = (wanted.from.map(Box::new), wanted.definition.map(Box::new));
            Change::SetTool { from, to: Box::new(wanted.to), definition }
        }
        ChangeRequest::SetChat { from: seen, settings } => {
            let (from, to) = chat_change::both(&desk.office, &settings)?;
            must_be_as_seen(&*seen, &from)?;
            Change::SetChat { from: Box::new(from), to: Box::new(to) }
        }
        ChangeRequest::GrantAgent { agent, from: seen, grant, token } => {
            agent_change::must_be_no_other(&desk.office, &agent)?;
            let before = agent_change::now(&desk.office, &agent).await?.agent;
            must_be_as_seen(&seen, &before.grant)?;
            let from = before.grant.map(Box::new);
            let to = Box::new(agent_change::read(&grant)?);
            Change::GrantAgent { agent, from, to, token: token.unwrap_or(before.token) }
        }
        ChangeRequest::RevokeAgent { agent } => Change::RevokeAgent { agent },
        ChangeRequest::AddServer { server } => {
            // Whoever may not propose it leaves nothing in the key store.
            let (person, _) = desk.office.gate.records().person(&signer.person).await?;
            desk.office.gate.may(&person, Command::Propose(ChangeKind::AddServer)).await?;
            let wanted = server_change::read(&desk.office, &server)?;
            wanted.keep(&desk.office)?;
            Change::AddServer { server: Box::new(wanted.server) }
        }
        ChangeRequest::RemoveServer { server } => Change::RemoveServer { server },
        ChangeRequest::Resume => Change::Resume,
        ChangeRequest::Settle { action, how } => {
            needs_reason(&sealed)?;
            let how = serde_json::from_value::<SettledHow>(Value::String(how));
            let how = how.map_err(|_| Problem::of_field("how", "It happened, it did not, or it was made good."))?;
            Change::Settle { action: id(&action)?, how }
        }
        ChangeRequest::EraseCustomer { of } => {
            Change::EraseCustomer { customer: with_reason(desk, &of, &mut sealed).await? }
        }
        ChangeRequest::PlaceHold { of } => Change::PlaceHold { customer: with_reason(desk, &of, &mut sealed).await? },
        ChangeRequest::LiftHold { of } => Change::LiftHold { customer: with_reason(desk, &of, &mut sealed).await? },
    };
    let done = propose(&desk.office, &signer, what, sealed).await;
    if let (Err(_), Some(person)) = (&done, &joins) {
        people::forget_password(&desk.office, person);
    }
    done.map(drop)
}

/// The customer who is meant: nobody is erased or kept from it without a reason.
async fn with_reason(desk: &Desk, of: &CustomerOf, sealed: &mut Fields) -> Result<String, Problem> {
    needs_reason(sealed)?;
    sealed.extend(customers::found_in(of).map(|(name, value)| (name.to_owned(), json!(value))));
    customers::named(desk, of).await
}

fn needs_reason(sealed: &Fields) -> Result<(), Problem> {
    match sealed.contains_key("why") {
        true => Ok(()),
        false => Err(Problem::of_field("why", "Say why, for whoever signs next and for the trail.")),
    }
}

fn offer(desk: &Desk, key: &UnlockedKey) -> KeyOffer {
    let made = people::new_key(key, desk.makes_keys());
    KeyOffer { key: made.key, held: made.held, public: made.public }
}

fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::of_field("id", "There is nobody, or nothing, by that id."))
}

fn roles(names: &[String]) -> Result<Vec<Role>, Problem> {
    let role = |name: &String| {
        let known = serde_json::from_value::<Role>(Value::String(name.clone()));
        known.map_err(|_| Problem::of_field("roles", format!("There is no role {name:?}.")))
    };
    names.iter().map(role).collect()
}

fn limits(limits: Option<Vec<Money>>) -> Result<Option<Vec<Amount>>, Problem> {
    let amount = |money: Money| {
        let currency = money.currency.try_into();
        let currency = currency.map_err(|_| Problem::of_field("limits", "A currency is three capital letters."))?;
        Ok(Amount { minor: money.minor, currency })
    };
    limits.map(|all| all.into_iter().map(amount).collect()).transpose()
}

/// Proposes a change and signs it first.
pub(crate) async fn propose(
    office: &Office,
    signer: &SignedIn,
    what: Change,
    sealed: Fields,
) -> Result<ChangeStored, Problem> {
    let record = office.gate.propose_change(&signer.person, what, sealed).await?;
    sign(office, signer, &record).await
}

/// Signs a change that was on this desk's screen, and nothing else.
pub(crate) async fn countersign(desk: &Desk, change: &str, digest: &str) -> Result<(), Problem> {
    let signer = desk.signer()?;
    let id: ChangeId = id(change)?;
    let record = desk.office.gate.change(&id).await?;
    if desk.handed_change(&id).as_deref() != Some(digest) || record.change.digest != digest {
        let message = "This change was not what this desk was shown last. Nothing was signed; look again.";
        return Err(Problem::new(ProblemCode::CardChanged, message));
    }
    sign(&desk.office, &signer, &record).await.map(drop)
}

/// Refuses a change, with words for whoever proposed it.
pub(crate) async fn refuse(desk: &Desk, change: &str, why: &str) -> Result<(), Problem> {
    let why = why.trim();
    if why.is_empty() {
        return Err(Problem::of_field("why", "Say why, for whoever proposed it and for the trail."));
    }
    let by = desk.signer()?.person.clone();
    desk.office.gate.refuse_change(&id(change)?, &by, fields([("why", json!(why))])).await?;
    Ok(())
}

/// Takes a change back.
pub(crate) async fn withdraw(desk: &Desk, change: &str) -> Result<(), Problem> {
    let by = desk.signer()?.person.clone();
    desk.office.gate.withdraw_change(&id(change)?, &by).await?;
    Ok(())
}

/// Signs a change.
pub(crate) async fn sign(office: &Office, signer: &SignedIn, record: &ChangeRecord) -> Result<ChangeStored, Problem> {
    let change = &record.change;
    let records = office.gate.records();
    let statement =
        change.to_sign(records.log().id(), signer.person.clone(), signer.signs.key().clone(), records.now());
    let to_sign = ToSign::Change {
        statement: Box::new(statement.clone()),
        proposed: Box::new(change.proposed.clone()),
        commitment: record.commitment().map(str::to_owned),
    };
    let signature = signer.signs.sign(to_sign).await?;
    Ok(office.gate.sign_change(statement, signature).await?)
}

/// Whoever wants other settings has seen those that hold: else what others have changed meanwhile would be taken back unseen.
fn must_be_as_seen<T: DeserializeOwned + PartialEq>(seen: &impl Serialize, now: &T) -> Result<(), Problem> {
    let seen: Option<T> = serde_json::from_value(canonical::value_of(seen)).ok();
    if seen.as_ref() == Some(now) {
        return Ok(());
    }
    let why = "Somebody has changed these settings since the form was opened. Nothing was signed. Close it and open it \
               again to see what holds now.";
    Err(Problem::new(ProblemCode::Invalid, why))
}
