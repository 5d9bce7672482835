//! The certificate of an erasure: what was destroyed, what remains and until when. It is a function of what the log
//! holds, and holds no word of the customer's.

use crate::error::GateError;
use crate::gate::Gate;
use crate::records::read;
use countersign_domain::customer::{CustomerEvent, Done};
use countersign_domain::ids::{LogId, PersonId};
use countersign_domain::time::Timestamp;
use countersign_event_log::stream::StreamName;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What an erasure did and left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Certificate {
    /// The log that it stands in.
    #[ts(type = "string")]
    pub log: LogId,
    /// The customer, pseudonymous: HMAC-SHA-256 of their id under the station's index key, hexadecimal.
    pub customer: String,
    /// Where it was ordered.
    #[ts(type = "number")]
    pub ordered: u64,
    /// When.
    #[ts(type = "string")]
    pub ordered_at: Timestamp,
    /// Who signed the order.
    #[ts(type = "Array<string>")]
    pub signed_by: Vec<PersonId>,
    /// Where the log names the keys that were destroyed.
    #[ts(type = "Array<number>")]
    pub named: Vec<u64>,
    /// Where it says that everything is done.
    #[ts(type = "number")]
    pub done: u64,
    /// When.
    #[ts(type = "string")]
    pub done_at: Timestamp,
    /// Keys destroyed.
    pub keys: u32,
    /// Conversations that nobody can read any more.
    pub conversations: u32,
    /// Sealed parts that nobody can open any more.
    #[ts(type = "number")]
    pub parts: u64,
    /// How many of these the log does not hold any more, not even sealed.
    #[ts(type = "number")]
    pub dropped: u64,
    /// What remains.
    pub remains: Vec<Remains>,
}

/// Something that an erasure leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "wire.ts")]
pub struct Remains {
    /// What.
    pub what: String,
    /// Until when, in words.
    pub until: String,
}

impl Gate {
    /// The certificate of a customer's latest erasure that is done; `None` if there is none.
    pub async fn certificate(&self, customer: &str) -> Result<Option<Certificate>, GateError> {
        let mut latest = None;
        let (mut ordered, mut named) = (None, Vec::new());
        for stored in self.records.stored(&StreamName::customer(customer), 0).await? {
            let position = stored.envelope.position;
            match read::<CustomerEvent>(&stored)? {
                CustomerEvent::ErasureOrdered { at } => {
                    ordered = Some((position, at, stored.envelope.cause));
                    named.clear();
                }
                CustomerEvent::Erased { .. } => named.push(position),
                CustomerEvent::ErasureDone(done) => latest = ordered.map(|o| (o, named.clone(), position, done)),
                CustomerEvent::HoldPlaced { .. } | CustomerEvent::HoldLifted { .. } => {}
            }
        }
        let Some(((ordered, ordered_at, cause), named, position, done)) = latest else { return Ok(None) };
        Ok(Some(Certificate {
            log: self.records.log().id(),
            customer: customer.to_owned(),
            ordered,
            ordered_at,
            signed_by: self.signers_of(cause).await?,
            named,
            done: position,
            done_at: done.at,
            keys: done.keys,
            conversations: done.conversations,
            parts: done.parts,
            dropped: done.dropped,
            remains: remains(&done),
        }))
    }
}

impl Gate {
    /// Who signed the change that took effect at a position.
    pub async fn signers_of(&self, took_effect: Option<u64>) -> Result<Vec<PersonId>, GateError> {
        let Some(position) = took_effect else { return Ok(Vec::new()) };
        let stored = self.records.log().read_from(position, 1).await?;
        let change = stored.first().and_then(|stored| stored.envelope.stream.as_str().strip_prefix("change/"));
        let Some(id) = change.and_then(|id| id.parse().ok()) else { return Ok(Vec::new()) };
        let change = self.change(&id).await?.change;
        Ok(change.signatures.into_iter().map(|signature| signature.person).collect())
    }
}

pub(super) fn remains(done: &Done) -> Vec<Remains> {
    const LOG: &str = "as long as the log is kept";
    let mut all = Vec::new();
    let mut add = |what: &str, until: String| all.push(Remains { what: what.to_owned(), until });
    add(
        "The record that something happened: times, kinds of events, tools, amounts, rules, decisions and who signed them. \
         It holds no word of the customer's, and it verifies as before.",
        LOG.to_owned(),
    );
    add(
        "What staff searched the trail for, sealed under their own keys: a name may stand in it. No list and no search shows \
         it, and only whoever opens such a record reads it.",
        LOG.to_owned(),
    );
    let counts = match done.counts_until {
        Some(at) => format!("it counts in limits until {}; the name stands in the record {LOG}", day(at)),
        None => format!("nothing counts in limits now; the name stands in the record {LOG}"),
    };
    add(
        "The customer's pseudonym, so that an erasure resets no limit. Only whoever has this station's index key and \
         knows the customer's id can tell whom it names.",
        counts,
    );
    add("The pseudonyms of orders and other objects, with how often people refused an action on them.", LOG.to_owned());
    if done.elsewhere > 0 {
        let what = format!(
            "{} about this customer in conversations with others: what was read for the decision is sealed with those \
             conversations.",
            if done.elsewhere == 1 { "One action".to_owned() } else { format!("{} actions", done.elsewhere) }
        );
        add(&what, "until those are erased".to_owned());
    }
    add("The reasons that staff wrote for this erasure and for legal holds.", LOG.to_owned());
    add(
        "What the systems behind the tools keep (such as the CRM), and what the customer was sent.",
        "not under this station's control".to_owned(),
    );
    add(
        "Backups and copies from before. One that is restored here with the list of erased keys (erased.keys) is erased \
         again before anything opens.",
        "not under this station's control".to_owned(),
    );
    add("What a disk keeps below its files: old blocks, snapshots.", "not under this station's control".to_owned());
    all
}

fn day(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..10).unwrap_or(&text).to_owned()
}

impl Certificate {
    /// The same in words, for a file or a letter.
    pub fn in_words(&self) -> String {
        let signers: Vec<String> = self.signed_by.iter().map(ToString::to_string).collect();
        let named: Vec<String> = self.named.iter().map(ToString::to_string).collect();
        let mut lines = vec![
            "CERTIFICATE OF ERASURE".to_owned(),
            String::new(),
            format!("Customer (pseudonym): {}", self.customer),
            format!("Log: {}", self.log),
            format!("Ordered: position {}, {}, signed by {}", self.ordered, self.ordered_at, signers.join(" and ")),
            format!("Keys named: position {}", if named.is_empty() { "none".to_owned() } else { named.join(", ") }),
            format!("Done: position {}, {}", self.done, self.done_at),
            String::new(),
            "What was destroyed".to_owned(),
            format!(
                "- {} of {}. Nobody can open the {} sealed under them any more: words, names, addresses, arguments, \
                 facts, results and cards.",
                plural(self.keys.into(), "key"),
                plural(self.conversations.into(), "conversation"),
                plural(self.parts, "part"),
            ),
            format!("- {} of these were also removed from the log in their sealed form.", self.dropped),
            "- Lists, transcripts and the text index were written anew without them.".to_owned(),
            String::new(),
            "What remains".to_owned(),
        ];
        lines.extend(self.remains.iter().map(|remains| format!("- {} How long: {}.", remains.what, remains.until)));
        lines.push(String::new());
        lines.join("\n")
    }
}

fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
