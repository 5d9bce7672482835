//! `export-case`: one conversation as a file that verifies without the station.

use crate::ambient::{SystemClock, SystemEntropy};
use crate::error::StartError;
use crate::private;
use crate::start::open_log;
use countersign_api::office::{CaseText, CaseWanted, Cases};
use countersign_domain::action::ActionEvent;
use countersign_domain::ambient::{Clock, Entropy};
use countersign_domain::case::CaseEvent;
use countersign_domain::conversation::ConversationEvent;
use countersign_domain::event::{self, Draft, Event};
use countersign_domain::ids::{ActionId, ConversationId, PersonId};
use countersign_domain::ledger::LedgerEvent;
use countersign_domain::object::ObjectEvent;
use countersign_domain::person::DEFAULT_TEAM;
use countersign_event_log::check::CheckLog;
use countersign_event_log::checkpoint::TreeHead;
use countersign_event_log::envelope::{Actor, SealedPart, StoredEvent};
use countersign_event_log::log::{Append, AppendLog, NewEvent, ReadLog, Write};
use countersign_event_log::stream::StreamName;
use countersign_event_log::verify::{CASE_TYPE, Case, CaseRecord};
use countersign_event_log_sqlite::SqliteLog;
use countersign_sealing::{Opened, SealContext, Sealing};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

const PAGE: usize = 1_024;

/// What stands in front of the records, for whoever gets the file.
const READ_ME: &[&str] = &[
    "This file holds one conversation with an AI agent as evidence: what was said, what the agent asked for, what rules and \
     people decided, what was done. It verifies on any machine, without the system that it comes from.",
    "To verify it: countersign-verify THIS-FILE. It ends with 0 if everything holds and with 1 if something is wrong, and \
     names the first record that is. Give --key with the station's verifier key as you got it from somewhere else, and \
     --checkpoint with a checkpoint over the same number of records, if you have them: without them you know only that the \
     file fits together and was signed by the key that stands in it.",
    "By hand: each record's envelope is canonical JSON (RFC 8785). SHA-256 of a zero byte and the envelope is its leaf hash \
     (RFC 6962); the hashes in its proof lead from there to the root that the checkpoint signs (C2SP tlog-checkpoint, \
     Ed25519). A decision's signature is Ed25519 over the canonical bytes of its statement, under the key that the person's \
     own records enrol.",
    "A sealed part is shown with the salt of each field. SHA-256 over the sorted hashes of all fields is the commitment in \
     the envelope, so nothing in it can have been changed. A record that says that it is erased has kept its commitment; its \
     words are gone for good, because the customer's key was destroyed.",
    "Ledgers and objects are here only as far as they are about this conversation's actions, and nothing shows what came \
     after these records in the log.",
];

/// Writes the case of a conversation, and into the trail that it was written; how many records it holds. No station may
/// be running on the folder.
pub async fn export_case(folder: &Path, conversation: &ConversationId, to: &Path) -> Result<u64, StartError> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let sealing = Sealing::open(folder, entropy.clone())?;
    let log = open_log(folder, clock, &sealing, entropy.as_ref())?;
    let case = collect(&log, &sealing, conversation).await?;
    let records = case.records.len() as u64;
    let text = serde_json::to_string_pretty(&case).map_err(|e| not_exported(&e))?;
    // Stored before the file is there: nothing leaves the house that the trail does not name.
    note(&log, conversation, records).await?;
    let written =
        private::new_file(to).and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|e| StartError::file(to, &e))?;
    Ok(records)
}

/// The cases of a running station's log, for its desks.
pub(crate) struct CasesOfLog {
    pub(crate) log: Arc<SqliteLog>,
    pub(crate) sealing: Arc<Sealing>,
}

impl Cases for CasesOfLog {
    fn case(&self, conversation: ConversationId) -> CaseWanted<'_> {
        Box::pin(async move {
            let case = collect(&self.log, &self.sealing, &conversation).await.map_err(|e| e.to_string())?;
            let size = TreeHead::parse(&case.checkpoint).map_err(|e| e.to_string())?.size;
            let text = serde_json::to_string_pretty(&case).map_err(|e| e.to_string())?;
            Ok(CaseText { text, records: case.records.len() as u64, size })
        })
    }
}

async fn collect(log: &SqliteLog, sealing: &Sealing, conversation: &ConversationId) -> Result<Case, StartError> {
    let checkpoint = log.checkpoint().await.map_err(|e| not_exported(&e))?;
    // The records stand under one checkpoint, whatever the log takes in meanwhile.
    let size = TreeHead::parse(&checkpoint).map_err(|e| not_exported(&e))?.size;
    let wanted = Wanted::of(log, conversation).await?;
    let mut records = Vec::new();
    let mut position = 0;
    while position < size {
        let page = log.read_from(position, PAGE).await.map_err(|e| not_exported(&e))?;
        position += page.len() as u64;
        for stored in page.into_iter().filter(|stored| stored.envelope.position < size) {
            if wanted.takes(&stored)? {
                let proof = log.inclusion(stored.envelope.position, size).await.map_err(|e| not_exported(&e))?;
                records.push(record(&stored, proof, wanted.shows(&stored), sealing)?);
            }
        }
    }
    Ok(Case {
        r#type: CASE_TYPE.to_owned(),
        read_me: READ_ME.iter().map(|line| (*line).to_owned()).collect(),
        log: log.id(),
        conversation: conversation.clone(),
        checkpoint,
        key: TreeHead::verifier_key(&log.id(), &public_key(sealing)),
        records,
    })
}

fn public_key(sealing: &Sealing) -> [u8; 32] {
    sealing.station_key().public_key()
}

/// Which records belong to the case, and whose sealed parts are shown.
struct Wanted {
    conversation: StreamName,
    actions: BTreeSet<ActionId>,
    people: BTreeSet<PersonId>,
    /// What was erased of its customer, and who signed that.
    customer: Option<StreamName>,
}

impl Wanted {
    async fn of(log: &SqliteLog, conversation: &ConversationId) -> Result<Self, StartError> {
        let stream = StreamName::conversation(conversation);
        let (actions, people) = (BTreeSet::new(), BTreeSet::new());
        let mut wanted = Self { conversation: stream.clone(), actions, people, customer: None };
        for stored in whole(log, &stream).await? {
            match read(&stored)? {
                ConversationEvent::Proposed { action, .. } => {
                    wanted.actions.insert(action);
                }
                ConversationEvent::Opened(opened) => {
                    wanted.customer = opened.customer.as_deref().map(StreamName::customer);
                }
                ConversationEvent::SignedIn(signed_in) => {
                    wanted.customer = Some(StreamName::customer(&signed_in.customer));
                }
                ConversationEvent::TakenOver { by } | ConversationEvent::PromiseKept { by, .. } => {
                    wanted.people.insert(by);
                }
                ConversationEvent::Escalated { pulled: Some(pulled), .. } => {
                    wanted.people.insert(pulled.by);
                }
                _ => {}
            }
        }
        for action in wanted.actions.clone() {
            for stored in whole(log, &StreamName::action(&action)).await? {
                if let ActionEvent::Approved(decided)
                | ActionEvent::Overridden(decided)
                | ActionEvent::Rejected(decided) = read(&stored)?
                {
                    wanted.people.insert(decided.statement.person);
                }
            }
        }
        match log.read_stream(&stream, 0, 1).await.map_err(|e| not_exported(&e))?.is_empty() {
            true => Err(not_exported(&format!("there is no conversation {conversation} in this log"))),
            false => Ok(wanted),
        }
    }

    /// The conversation and its actions; what ledgers and objects say of these; and, for the authority of whoever
    /// decided, everything of the staff, of the rules, of stops and of what people granted.
    fn takes(&self, stored: &StoredEvent) -> Result<bool, StartError> {
        let stream = stored.envelope.stream.as_str();
        let concept = stream.split_once('/').map_or(stream, |(concept, _)| concept);
        Ok(match concept {
            "station" | "fleet" | "person" | "change" | "tool" | "agent" | "channel" | "server" => true,
            "customer" => self.customer.as_ref() == Some(&stored.envelope.stream),
            "ledger" => {
                let (LedgerEvent::Reserved(entry) | LedgerEvent::Released(entry)) = read(stored)?;
                self.actions.contains(&entry.action)
            }
            "object" => {
                let ObjectEvent::Moved { action, .. } = read(stored)?;
                self.actions.contains(&action)
            }
            _ => self.is_of_it(stored),
        })
    }

    fn is_of_it(&self, stored: &StoredEvent) -> bool {
        let stream = &stored.envelope.stream;
        *stream == self.conversation || self.actions.iter().any(|action| StreamName::action(action) == *stream)
    }

    /// The names of those who decided are shown; of the rest of the staff nothing is.
    fn shows(&self, stored: &StoredEvent) -> bool {
        let named = || self.people.iter().any(|person| StreamName::person(person) == stored.envelope.stream);
        self.is_of_it(stored) || (stored.envelope.kind == "person.enrolled" && named())
    }
}

async fn whole(log: &SqliteLog, stream: &StreamName) -> Result<Vec<StoredEvent>, StartError> {
    let mut all: Vec<StoredEvent> = Vec::new();
    loop {
        let page = log.read_stream(stream, all.len() as u64, PAGE).await.map_err(|e| not_exported(&e))?;
        let last = page.len() < PAGE;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}

fn record(
    stored: &StoredEvent,
    proof: Vec<[u8; 32]>,
    shown: bool,
    sealing: &Sealing,
) -> Result<CaseRecord, StartError> {
    let envelope = &stored.envelope;
    let (mut disclosed, mut erased) = (None, false);
    match &stored.sealed {
        Some(SealedPart { bytes: None, .. }) => erased = true,
        Some(SealedPart { reference, bytes: Some(bytes) }) if shown => {
            let (log, stream, kind) =
                (envelope.log.clone(), envelope.stream.as_str().to_owned(), envelope.kind.clone());
            match sealing.open_salted(&reference.key, &SealContext { log, stream, kind }, bytes)? {
                Opened::Fields(fields) => disclosed = Some(fields),
                Opened::Erased => erased = true,
            }
        }
        _ => {}
    }
    let text = String::from_utf8(envelope.to_bytes()).map_err(|e| not_exported(&e))?;
    let proof = proof.iter().map(hex::encode).collect();
    Ok(CaseRecord { position: envelope.position, envelope: text, proof, disclosed, erased })
}

/// Writes into the trail that the case left the house.
async fn note(log: &SqliteLog, conversation: &ConversationId, records: u64) -> Result<(), StartError> {
    let stream = StreamName::case(conversation);
    let expected = whole(log, &stream).await?.len() as u64;
    let (conversation, size) = (conversation.clone(), log.size());
    let draft = Draft::open(&CaseEvent::Exported { conversation, by: None, records, size });
    let event = NewEvent {
        kind: draft.kind,
        schema: draft.schema,
        open: draft.open,
        sealed: None,
        actor: Actor::Station,
        cause: None,
        team: DEFAULT_TEAM.to_owned(),
    };
    let writes = vec![Write { stream, expected, events: vec![event] }];
    log.append(Append { guards: Vec::new(), writes }).await.map_err(|e| not_exported(&e))?;
    Ok(())
}

fn read<E: Event>(stored: &StoredEvent) -> Result<E, StartError> {
    let envelope = &stored.envelope;
    event::read(&envelope.kind, envelope.schema, &envelope.open).map_err(|e| not_exported(&e))
}

fn not_exported(why: &dyn std::fmt::Display) -> StartError {
    StartError::NotExported(why.to_string())
}
