//! What a rule says of itself: `@id`, `@reason`, and on a forbid `@disposition`, `@approvers`,
//! `@role`, `@devices`, `@step_up`, `@undo`, `@deadline`.

use crate::{Place, PolicyError, RESERVED_IDS, RuleView, rule::PLACEHOLDERS};
use cedar_policy::{Effect, Policy};
use countersign_domain::{person::Role, verdict::Disposition};
use std::str::FromStr;

const KNOWN: [&str; 9] = ["id", "reason", "disposition", "approvers", "role", "devices", "step_up", "undo", "deadline"];
const LONGEST_ID: usize = 64;
const LONGEST_REASON: usize = 300;
const MOST_ROLES: usize = 4;
/// The longest time in which what was approved can be taken back, in seconds: the customer waits for it.
const LONGEST_UNDO: u16 = 600;
/// For how many seconds a rule may let an action wait for people: the shortest in which somebody can be told of it, open it and
/// look at it, and a day. What shall wait longer is a matter of its tool's settings.
const SHORTEST_DEADLINE: u32 = 30;
const LONGEST_DEADLINE: u32 = 24 * 60 * 60;
/// Whom a hold asks that names no role.
const DEFAULT_ROLE: &str = Role::Supervisor.name();

/// Reads and checks the annotations of one rule that begins at `at`.
pub(crate) fn read(policy: &Policy, at: &Place) -> Result<RuleView, PolicyError> {
    let id = id(policy, at)?;
    let bad = |annotation: &str, value: &str, why: String| PolicyError::BadAnnotation {
        at: at.clone(),
        id: id.clone(),
        said: format!("@{annotation}({value:?})"),
        why,
    };
    if let Some((name, value)) = policy.annotations().find(|(name, _)| !KNOWN.contains(name)) {
        return Err(bad(name, value, format!("this is not known. Known are: @{}", KNOWN.join(", @"))));
    }
    let reason = policy.annotation("reason").unwrap_or_default().trim().to_owned();
    if reason.is_empty() {
        return Err(PolicyError::MissingReason { at: at.clone(), id });
    }
    check_reason(&reason).map_err(|why| bad("reason", &reason, why))?;
    let disposition = match (policy.effect(), policy.annotation("disposition")) {
        (Effect::Permit, None) => Disposition::Allow,
        (Effect::Permit, Some(value)) => {
            return Err(bad("disposition", value, "a permit allows. Write forbid, or remove this line".to_owned()));
        }
        (Effect::Forbid, None | Some("deny")) => Disposition::Deny,
        (Effect::Forbid, Some("hold")) => Disposition::Hold,
        (Effect::Forbid, Some(value)) => {
            return Err(bad("disposition", value, "this is not known. Write \"hold\" or \"deny\"".to_owned()));
        }
    };
    let (mut approvers, mut roles, mut devices) = (0, Vec::new(), 0);
    let mut step_up = false;
    let (mut undo_seconds, mut deadline_seconds) = (0, 0);
    if disposition == Disposition::Hold {
        roles = read_roles(policy.annotation("role")).map_err(|(value, why)| bad("role", &value, why))?;
        let least = u8::try_from(roles.len()).unwrap_or(u8::MAX);
        approvers = match policy.annotation("approvers") {
            None => least,
            Some(value) => read_approvers(value, least).map_err(|why| bad("approvers", value, why))?,
        };
        devices = match policy.annotation("devices") {
            None => 0,
            Some(value) => read_devices(value, approvers).map_err(|why| bad("devices", value, why))?,
        };
        step_up = match policy.annotation("step_up") {
            None => false,
            Some("password") => true,
            Some(value) => {
                let why = "this is not known. Write \"password\": whoever approves types theirs again".to_owned();
                return Err(bad("step_up", value, why));
            }
        };
        undo_seconds = match policy.annotation("undo") {
            None => 0,
            Some(value) => read_undo(value).map_err(|why| bad("undo", value, why))?,
        };
        deadline_seconds = match policy.annotation("deadline") {
            None => 0,
            Some(value) => read_deadline(value).map_err(|why| bad("deadline", value, why))?,
        };
    } else {
        for name in ["approvers", "role", "devices", "step_up", "undo", "deadline"] {
            if let Some(value) = policy.annotation(name) {
                return Err(bad(
                    name,
                    value,
                    "only a hold asks people. Write @disposition(\"hold\"), or remove it".into(),
                ));
            }
        }
    }
    let source = policy.to_cedar().unwrap_or_else(|| policy.to_string());
    let line = at.line.unwrap_or(1);
    let file = at.file.clone();
    Ok(RuleView {
        id,
        reason,
        disposition,
        approvers,
        roles,
        devices,
        step_up,
        undo_seconds,
        deadline_seconds,
        source,
        file,
        line,
    })
}

fn id(policy: &Policy, at: &Place) -> Result<String, PolicyError> {
    let id = policy.annotation("id").unwrap_or_default().to_owned();
    if id.is_empty() {
        return Err(PolicyError::MissingId { at: at.clone() });
    }
    let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let why = if RESERVED_IDS.contains(&id.as_str()) {
        "it names a rule of the gate itself"
    } else if id.len() > LONGEST_ID {
        "it is too long"
    } else if !plain {
        "it has other characters"
    } else {
        return Ok(id);
    };
    Err(PolicyError::BadId { at: at.clone(), id, why: why.to_owned() })
}

fn read_roles(value: Option<&str>) -> Result<Vec<String>, (String, String)> {
    let value = value.unwrap_or(DEFAULT_ROLE);
    let mut roles: Vec<String> = value.split(',').map(|role| role.trim().to_owned()).collect();
    roles.sort();
    roles.dedup();
    let plain = |role: &String| {
        !role.is_empty()
            && role.len() <= LONGEST_ID
            && role.bytes().all(|b| b.is_ascii_lowercase() || b" -_".contains(&b))
    };
    if roles.len() > MOST_ROLES || !roles.iter().all(plain) {
        let why = format!("write one to {MOST_ROLES} roles in lower-case letters, with commas between them");
        return Err((value.to_owned(), why));
    }
    Ok(roles)
}

fn read_approvers(value: &str, least: u8) -> Result<u8, String> {
    match value.as_bytes() {
        [digit @ b'1'..=b'9'] if digit - b'0' >= least => Ok(digit - b'0'),
        [b'1'..=b'9'] => Err(format!("the rule asks for {least} roles, so write at least \"{least}\"")),
        _ => Err("write how many different people, from \"1\" to \"9\"".to_owned()),
    }
}

fn read_devices(value: &str, approvers: u8) -> Result<u8, String> {
    match value.as_bytes() {
        [digit @ b'1'..=b'9'] if digit - b'0' <= approvers => Ok(digit - b'0'),
        [b'1'..=b'9'] => Err(format!("the rule asks for {approvers} people, so write at most \"{approvers}\"")),
        _ => Err("write how many of the people sign with a device of theirs, from \"1\" on".to_owned()),
    }
}

fn read_undo(value: &str) -> Result<u16, String> {
    seconds(value)
        .filter(|seconds| (1..=LONGEST_UNDO).contains(seconds))
        .ok_or_else(|| format!("write for how many seconds it can be taken back, from \"1\" to \"{LONGEST_UNDO}\""))
}

fn read_deadline(value: &str) -> Result<u32, String> {
    seconds(value).filter(|seconds| (SHORTEST_DEADLINE..=LONGEST_DEADLINE).contains(seconds)).ok_or_else(|| {
        format!(
            "write for how many seconds it waits for people, from \"{SHORTEST_DEADLINE}\" to \"{LONGEST_DEADLINE}\". \
             For longer, set how long its tool waits"
        )
    })
}

/// A number that is written in one way only.
fn seconds<N: FromStr>(value: &str) -> Option<N> {
    let digits = value.bytes().all(|b| b.is_ascii_digit()) && !value.starts_with('0');
    if digits { value.parse().ok() } else { None }
}

fn check_reason(reason: &str) -> Result<(), String> {
    if reason.chars().count() > LONGEST_REASON {
        return Err(format!("this is longer than {LONGEST_REASON} characters. Shorten it"));
    }
    if reason.chars().any(char::is_control) {
        return Err("this has line breaks or control characters. Write one plain sentence".to_owned());
    }
    let mut rest = reason.to_owned();
    for name in PLACEHOLDERS {
        rest = rest.replace(&format!("{{{name}}}"), "");
    }
    if rest.contains(['{', '}']) {
        return Err("only {money} and {currency} can be filled in. Write one of them, or no braces".to_owned());
    }
    Ok(())
}
