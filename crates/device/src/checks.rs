//! What is signed is what was asked for. A decision is held against the very card that went to the window, its rows and all; a
//! change against what its person wants, or, of a change that others proposed, against the digest that the window was handed
//! with the station's words for it. Whatever does not fit is not signed.

use countersign_api::wire::command::Command;
use countersign_api::wire::device::{SIGN_IN_STATEMENT_TYPE, ToSign};
use countersign_api::wire::people::ChangeRequest;
use countersign_api::wire::queue::{CardView, Choice, DecisionRequest};
use countersign_domain::action::{
    ActionBytes, Choice as Decision, DecisionStatement, STATEMENT_TYPE, StepUp, action_digest,
};
use countersign_domain::agent::AgentGrant;
use countersign_domain::change::{CHANGE_STATEMENT_TYPE, Change, ChangeStatement, ProposedChange, change_digest};
use countersign_domain::channel::{ChatSettings, site_of};
use countersign_domain::ids::{LogId, PersonId, SigningKeyId};
use countersign_domain::server::ServerReach;
use countersign_domain::tool::ToolSettings;
use serde_json::{Map, Value};

/// Who signs here, and for which log.
pub(crate) struct Signer<'a> {
    pub(crate) person: &'a PersonId,
    pub(crate) key: &'a SigningKeyId,
    /// The public half, hexadecimal.
    pub(crate) public: &'a str,
    /// The station's log; unknown before the first sign-in.
    pub(crate) log: Option<&'a LogId>,
}

/// What was asked of the station, for which it may want a signature.
pub(crate) enum Asked<'a> {
    /// Somebody signs in. With it their new key may be proposed.
    SignIn,
    /// A decision on this card, and whether its person typed their password again for it.
    Decision(&'a DecisionRequest, Option<&'a CardView>, Option<StepUp>),
    /// A command.
    Command(&'a Command),
}

/// Why something is not signed.
pub(crate) type Unfit = &'static str;

pub(crate) fn fits(signer: &Signer<'_>, asked: &Asked<'_>, to_sign: &ToSign) -> Result<(), Unfit> {
    match (to_sign, asked) {
        (ToSign::SignIn { statement }, Asked::SignIn) => {
            let mine = statement.person == *signer.person && statement.key == *signer.key;
            hold(mine && statement.r#type == SIGN_IN_STATEMENT_TYPE, "a sign-in of somebody else")?;
            hold(signer.log.is_none_or(|log| *log == statement.log), "a sign-in to another log")
        }
        (ToSign::Decision { statement, server, salt }, Asked::Decision(request, Some(view), step_up)) => {
            let mine = statement.person == *signer.person && statement.key == *signer.key;
            hold(mine && statement.r#type == STATEMENT_TYPE, "a decision of somebody else")?;
            hold(signer.log == Some(&statement.log), "a decision in another log")?;
            hold(statement.step_up.is_none() || statement.step_up == *step_up, "a password that nobody typed")?;
            decision(statement, server, salt, request, view)
        }
        (ToSign::Change { statement, proposed, commitment }, asked) => {
            let mine = statement.person == *signer.person && statement.key == *signer.key;
            hold(mine && statement.r#type == CHANGE_STATEMENT_TYPE, "a change by somebody else")?;
            hold(signer.log.is_none_or(|log| *log == statement.log), "a change in another log")?;
            let digest = change_digest(proposed, commitment.as_deref());
            hold(statement.digest == digest && statement.change == proposed.id, "a change of another digest")?;
            change(signer, statement, proposed, asked)
        }
        _ => Err("something that nobody here asked for"),
    }
}

fn hold(fits: bool, otherwise: Unfit) -> Result<(), Unfit> {
    if fits { Ok(()) } else { Err(otherwise) }
}

fn decision(
    statement: &DecisionStatement,
    server: &str,
    salt: &str,
    request: &DecisionRequest,
    view: &CardView,
) -> Result<(), Unfit> {
    let card = &view.card;
    let shown = card.digest();
    hold(card.action == request.action && statement.action.as_str() == request.action, "a decision on another action")?;
    hold(shown == request.card_digest && shown == statement.card, "a decision on another card")?;
    hold(statement.policy_version == card.policy_version, "a decision under other rules")?;
    hold(statement.definition == card.tool.definition, "a decision on another tool")?;
    let digest_of = |arguments: Value| {
        action_digest(&ActionBytes {
            tool: card.tool.name.clone(),
            server: server.to_owned(),
            definition: card.tool.definition.clone(),
            arguments,
            salt: salt.to_owned(),
        })
    };
    let arguments: Map<String, Value> =
        serde_json::from_str(&card.canonical_arguments).map_err(|_| "arguments that are none")?;
    let null = Value::Null;
    let rows = card.arguments.iter().all(|row| *arguments.get(&row.name).unwrap_or(&null) == row.value)
        && arguments.keys().all(|name| card.arguments.iter().any(|row| row.name == *name));
    hold(rows, "other arguments than stand in the card's rows")?;
    let arguments = Value::Object(arguments);
    let proposed = digest_of(arguments);
    hold(proposed == card.digest && proposed == statement.digest_proposed, "other arguments than were shown")?;
    let (said, decided) = match &request.choice {
        Choice::Approve => (Decision::Approve, proposed),
        Choice::Reject { .. } => (Decision::Reject, proposed),
        Choice::Override { arguments, .. } => (Decision::Override, digest_of(arguments.clone())),
    };
    hold(statement.decision == said, "another decision")?;
    hold(statement.digest_decided == decided, "other arguments than were decided")
}

fn change(
    signer: &Signer<'_>,
    statement: &ChangeStatement,
    proposed: &ProposedChange,
    asked: &Asked<'_>,
) -> Result<(), Unfit> {
    let fits = match (asked, &proposed.what) {
        (Asked::SignIn, Change::EnrolKey { person, key }) => {
            person == signer.person && key.key == *signer.key && key.public == signer.public
        }
        (Asked::Command(Command::SignChange { change, digest }), _) => {
            *change == statement.change.as_str() && *digest == statement.digest
        }
        (Asked::Command(Command::ProposeChange { request, .. }), what) => {
            proposed.by == *signer.person && is_asked_for(request, what)
        }
        _ => false,
    };
    hold(fits, "another change than was asked for")
}

/// Whether a change is the one that was asked for, as far as both say the same.
fn is_asked_for(request: &ChangeRequest, what: &Change) -> bool {
    use ChangeRequest as Want;
    match (request, what) {
        (Want::EnrolPerson { roles, limits, .. }, Change::EnrolPerson { roles: given, limits: most, .. }) => {
            same(roles, given) && same(limits, most)
        }
        (Want::SetRoles { person, roles }, Change::SetRoles { person: whose, roles: given, .. }) => {
            whose.as_str() == person && same(roles, given)
        }
        (Want::SetLimits { person, limits }, Change::SetLimits { person: whose, limits: most }) => {
            whose.as_str() == person && same(limits, most)
        }
        (Want::RemovePerson { person }, Change::RemovePerson { person: whose })
        | (Want::ResetPassword { person, .. }, Change::ResetKey { person: whose, .. }) => whose.as_str() == person,
        (Want::RevokeKey { person, key }, Change::RevokeKey { person: whose, key: which }) => {
            whose.as_str() == person && which.as_str() == key
        }
        (Want::Settle { action, how }, Change::Settle { action: which, how: known }) => {
            which.as_str() == action && same(how, known)
        }
        (Want::SetTool { settings, definition: hash, .. }, Change::SetTool { to, definition, .. }) => {
            let accepted = definition.as_ref().map(|definition| definition.hash());
            *hash == accepted && read::<ToolSettings>(settings).is_some_and(|wanted| wanted == **to)
        }
        (Want::SetChat { settings, .. }, Change::SetChat { to, .. }) => {
            let wanted = read::<ChatSettings>(settings).map(|mut wanted| {
                for site in &mut wanted.sites {
                    *site = site_of(site).unwrap_or_else(|| std::mem::take(site));
                }
                wanted
            });
            wanted.is_some_and(|wanted| wanted == **to)
        }
        (Want::GrantAgent { agent, grant, token, .. }, Change::GrantAgent { agent: which, to, token: digest, .. }) => {
            let same_token = token.as_ref().is_none_or(|wanted| wanted == digest);
            agent == which && same_token && read::<AgentGrant>(grant).is_some_and(|wanted| wanted == **to)
        }
        (Want::AddServer { server: wanted }, Change::AddServer { server }) => {
            // The station alone can say by what a secret is told from another.
            let names = wanted.secrets.iter().map(|secret| &secret.name);
            wanted.name == server.name
                && read::<ServerReach>(&wanted.reach).is_some_and(|reach| reach == server.reach)
                && names.eq(server.secrets.iter().map(|secret| &secret.name))
        }
        (Want::RemoveServer { server }, Change::RemoveServer { server: which }) => server == which,
        (Want::RevokeAgent { agent }, Change::RevokeAgent { agent: which }) => agent == which,
        // The station alone knows under which name a customer stands.
        (Want::Resume, Change::Resume)
        | (Want::EraseCustomer { .. }, Change::EraseCustomer { .. })
        | (Want::PlaceHold { .. }, Change::PlaceHold { .. })
        | (Want::LiftHold { .. }, Change::LiftHold { .. }) => true,
        _ => false,
    }
}

/// What the wire says, as the domain has it.
fn read<T: serde::de::DeserializeOwned>(wire: &impl serde::Serialize) -> Option<T> {
    serde_json::from_value(serde_json::to_value(wire).ok()?).ok()
}

/// Whether both are written alike.
fn same(one: &impl serde::Serialize, other: &impl serde::Serialize) -> bool {
    serde_json::to_value(one).ok() == serde_json::to_value(other).ok()
}

#[cfg(test)]
mod tests;
