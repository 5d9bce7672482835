//! A case: one conversation with everything that it takes to verify it, in one file. Its records stand under a signed
//! checkpoint by proofs of their own, so nothing of the rest of the log is needed, and nothing of it is told.

use super::checked::{Checked, Looked, look};
use super::happened::Happened;
use super::lineage::{Lineage, changes};
use super::meaning::Meaning;
use super::report::{Finding, Findings, Proved, Report};
use super::signatures;
use super::source::{Against, Depth, Record, Row};
use crate::checkpoint::TreeHead;
use crate::proof::includes;
use crate::tree::Hash;
use countersign_domain::action::{ActionBytes, ActionEvent, action_digest};
use countersign_domain::canonical;
use countersign_domain::commitment::SaltedFields;
use countersign_domain::event::Fields;
use countersign_domain::hexadecimal;
use countersign_domain::ids::{ActionId, ConversationId, LogId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// The form of the file.
pub const CASE_TYPE: &str = "countersign/case/v1";

/// One conversation as evidence.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// [`CASE_TYPE`].
    pub r#type: String,
    /// How to verify it, for people.
    pub read_me: Vec<String>,
    /// The log that it comes from.
    pub log: LogId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The signed checkpoint that every record stands under.
    pub checkpoint: String,
    /// The public key of the checkpoint, as a note's verifier key.
    pub key: String,
    /// The records, in the order of their positions.
    pub records: Vec<CaseRecord>,
}

/// One record of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseRecord {
    /// Its position in the log.
    pub position: u64,
    /// The canonical envelope.
    pub envelope: String,
    /// The hashes that lead from it to the checkpoint's root, hexadecimal.
    pub proof: Vec<String>,
    /// The sealed part opened, each field with its salt, where it is part of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclosed: Option<SaltedFields>,
    /// It was erased: nobody can open it any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// Verifies a case. The checkpoint's key is the one that is given, or else the one in the file.
pub fn verify_case(case: &Case, against: &Against) -> Report {
    let mut findings = Findings::default();
    let mut proved = Proved { meaning: against.depth == Depth::Meaning, ..Proved::default() };
    let head = head(case, against, &mut proved).unwrap_or_else(|why| {
        findings.add(Finding::at(0, why));
        TreeHead { log: case.log.clone(), size: 0, root: [0; 32] }
    });
    let lineage = lineage(case);
    let mut meaning = Meaning::of_a_case(lineage.clone());
    let (mut signed, mut order, mut told) = (Vec::new(), Order::default(), Told::default());
    for record in &case.records {
        let position = record.position;
        if let Err(why) = stands_under(record, &head) {
            findings.add(Finding::at(position, why));
        }
        let row = Row::Record(Record {
            position,
            filed: None,
            leaf: None,
            envelope: record.envelope.as_bytes(),
            sealed: None,
        });
        match look(&row, lineage.at(position), against.depth) {
            Looked::Wrong { why, .. } => findings.add(Finding::at(position, why)),
            Looked::Fine(checked) => {
                let holds = lineage.hold(&checked, || None, None);
                let disclosed =
                    holds.and_then(|()| order.follows(&checked)).and_then(|()| told.disclosed(record, &checked));
                match disclosed {
                    Ok(disclosed) => proved.sealed += u64::from(disclosed),
                    Err(why) => findings.add(Finding::at(position, why)),
                }
                proved.erased += u64::from(record.erased);
                meaning.take(checked, &mut findings, &mut signed);
            }
        }
    }
    proved.countersignatures = signed.len() as u64;
    if let Some(finding) = signatures::first_wrong(&signed) {
        findings.add(finding);
    }
    meaning.end(false, &mut findings, &mut proved);
    let records = case.records.len() as u64;
    if !order.versions.contains_key(&format!("conversation/{}", case.conversation)) {
        findings.add(Finding::at(0, format!("it holds nothing of the conversation {}", case.conversation)));
    }
    let (log, root, size) = (case.log.clone(), head.root, Some(head.size));
    let before = lineage.before();
    Report { log, before, records, root, finding: findings.first(), proved, case_of: size }
}

/// The logs that its records come from, in the order in which they change. The restores themselves are among the records.
fn lineage(case: &Case) -> Lineage {
    #[derive(Deserialize)]
    struct Of {
        log: LogId,
    }
    let of = |record: &CaseRecord| {
        let of: Of = serde_json::from_str(&record.envelope).ok()?;
        Some((record.position, of.log))
    };
    Lineage::of(changes(case.records.iter().filter_map(of)), case.log.clone())
}

fn head(case: &Case, against: &Against, proved: &mut Proved) -> Result<TreeHead, String> {
    if case.r#type != CASE_TYPE {
        return Err(format!("it is a case of another form, {}", case.r#type));
    }
    let (of, inside) = TreeHead::read_verifier_key(&case.key).ok_or("the key in it is no verifier key")?;
    if of != case.log {
        return Err(format!("the key in it is that of another log, {of}"));
    }
    let key = against.key.unwrap_or(inside);
    let head =
        TreeHead::verify(&case.checkpoint, &key).map_err(|why| format!("its checkpoint does not hold: {why}"))?;
    if head.log != case.log {
        return Err(format!("its checkpoint is of another log, {}", head.log));
    }
    (proved.signed, proved.newest) = (true, 1);
    for note in &against.notes {
        let broken = |why| format!("the checkpoint from outside does not hold: {why}");
        // One of a log before a restore has another key, and covers other records.
        if TreeHead::parse(&note.note).map_err(broken)?.log != head.log {
            continue;
        }
        let outside = TreeHead::verify(&note.note, &key).map_err(broken)?;
        if outside.size == head.size {
            if outside.root != head.root {
                return Err("the checkpoint from outside signs other records".to_owned());
            }
            (proved.outside, proved.outside_size) = (proved.outside + 1, outside.size);
        }
    }
    Ok(head)
}

fn stands_under(record: &CaseRecord, head: &TreeHead) -> Result<(), String> {
    let proof: Option<Vec<Hash>> = record.proof.iter().map(|hash| hexadecimal::bytes(hash)).collect();
    let proof = proof.ok_or("its proof holds something else than hashes")?;
    let leaf = crate::tree::leaf_hash(record.envelope.as_bytes());
    match includes(&leaf, record.position, head.size, &proof, &head.root) {
        true => Ok(()),
        false => Err("its proof does not lead to the checkpoint: it is not the record that stood there".to_owned()),
    }
}

/// What must hold from one record of a case to the next.
#[derive(Default)]
struct Order {
    next: u64,
    last: Option<countersign_domain::time::Timestamp>,
    versions: HashMap<String, u64>,
}

impl Order {
    fn follows(&mut self, checked: &Checked) -> Result<(), String> {
        if checked.position < self.next {
            return Err("it does not stand behind the record before it".to_owned());
        }
        self.next = checked.position + 1;
        if self.last.is_some_and(|last| checked.recorded_at < last) {
            return Err("it was recorded earlier than the record before it".to_owned());
        }
        self.last = Some(checked.recorded_at);
        let version = self.versions.entry(checked.stream.clone()).or_default();
        // Of ledgers and objects a case holds only what is about its own actions.
        let whole = !matches!(checked.concept, "ledger" | "object" | "case");
        if whole && checked.version != *version {
            return Err(format!("version {version} of its stream is missing before it"));
        }
        *version = checked.version + 1;
        Ok(())
    }
}

/// What was disclosed so far: an action's bytes, to be held against its digests.
#[derive(Default)]
struct Told(HashMap<ActionId, (ActionBytes, String)>);

impl Told {
    /// Whether a part was disclosed; what was must be what was sealed, and what was signed.
    fn disclosed(&mut self, record: &CaseRecord, checked: &Checked) -> Result<bool, String> {
        let Some(salted) = &record.disclosed else { return Ok(false) };
        if record.erased {
            return Err("it says that its sealed part is erased, and shows it".to_owned());
        }
        let sealed = checked.sealed.as_ref().ok_or("it shows a sealed part that its envelope does not know")?;
        if hexadecimal::bytes(&salted.commitment()) != Some(sealed.commitment) {
            return Err("what it shows of its sealed part is not what was sealed".to_owned());
        }
        let fields = salted.clone().into_fields();
        if let Some(Happened::Action(event)) = &checked.happened {
            self.of_an_action(event, &fields)?;
        }
        Ok(true)
    }

    fn of_an_action(&mut self, event: &ActionEvent, fields: &Fields) -> Result<(), String> {
        match event {
            ActionEvent::Proposed(proposed) => {
                let bytes = ActionBytes {
                    tool: proposed.tool.clone(),
                    server: proposed.server.clone(),
                    definition: proposed.definition.clone(),
                    arguments: fields.get("arguments").cloned().unwrap_or(Value::Null),
                    salt: text(fields, "salt"),
                };
                if action_digest(&bytes) != proposed.digest {
                    return Err("its arguments do not have the digest that was proposed".to_owned());
                }
                self.0.insert(proposed.action.clone(), (bytes, proposed.digest.clone()));
                Ok(())
            }
            ActionEvent::Approved(decided) | ActionEvent::Overridden(decided) | ActionEvent::Rejected(decided) => {
                let statement = &decided.statement;
                if fields.get("card").is_none_or(|card| canonical::digest(card) != statement.card) {
                    return Err("the card that it shows is not the one that was signed".to_owned());
                }
                let (Some((bytes, _)), Some(arguments)) = (self.0.get(&statement.action), fields.get("arguments"))
                else {
                    return Ok(());
                };
                let changed = ActionBytes { arguments: arguments.clone(), ..bytes.clone() };
                match action_digest(&changed) == statement.digest_decided {
                    true => Ok(()),
                    false => Err("the changed arguments are not those that were signed".to_owned()),
                }
            }
            _ => Ok(()),
        }
    }
}

fn text(fields: &Fields, name: &str) -> String {
    fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
