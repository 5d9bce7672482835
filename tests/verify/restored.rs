//! A log that goes on from a backup: what a verifier holds of it, and every lie about it that is named where it stands.

use crate::forger::{Forger, RESTORED, at, key_of, log, log_again, public_of, root, sealing_key, verified};
use crate::forgeries::found;
use crate::story::*;
use countersign_domain::action::{ActionEvent, RESTORED as LOST, SettledHow};
use countersign_domain::change::Change;
use countersign_domain::fleet::FleetEvent;
use countersign_domain::object::Stage;
use countersign_domain::station::{LastKnown, Restored, StationEvent};
use countersign_event_log::checkpoint::{Signer, TreeHead};
use countersign_event_log::envelope::{Actor, Envelope, StoredEvent};
use countersign_event_log::stream::StreamName;
use countersign_event_log::verify::{Against, EventsSource, KeptNote, NoteOrigin, Report, verify};
use serde_json::json;

/// The station's key before the restore, and after it.
const KEY_BEFORE: u8 = 98;
const KEY: u8 = 99;

impl Forger {
    /// An honest log, restored from a backup in which a refund was held; settled, and resumed by two.
    fn restored() -> Self {
        let mut log = Self::honest();
        log.proposed(4, LARGE, "open");
        log.link(4, "link_open", "open");
        log.later();
        log.held(4, 1, "held_open", "open", sums(LARGE, 1));
        log.moved(4, Stage::Waiting, "waiting_open", "held_open");
        log.later();
        log.goes_on();
        log.settled();
        log.resumed_by_two();
        log
    }

    fn goes_on(&mut self) {
        let restored = Restored {
            log: log(),
            size: 0,
            root: String::new(),
            last_known: Some(LastKnown { size: 900, root: digest(3) }),
            key_before: public_of(KEY_BEFORE),
            key: public_of(KEY),
            erased: 1,
            at: at(self.second),
        };
        let line = self.tell(RESTORED, StreamName::station(), Actor::Station, &StationEvent::Restored(restored));
        // What is true of what stands before it, when it is written.
        (line.open["size"], line.open["root"]) = (json!(null), json!(null));
        let again = StationEvent::ErasedAgain { keys: vec![sealing_key(40)] };
        self.tell("erased_again", StreamName::station(), Actor::Station, &again);
        let stopped = FleetEvent::StoppedByRestore { at: at(self.second) };
        self.tell("stopped_again", StreamName::fleet(), Actor::Station, &stopped);
        self.later();
    }

    fn settled(&mut self) {
        let stream = StreamName::action(&action(4));
        self.tell("lost", stream.clone(), Actor::Station, &ActionEvent::Unknown { code: LOST.into() });
        self.moved(4, Stage::Running, "running_lost", "lost");
        self.later();
        let settled = ActionEvent::Settled { how: SettledHow::DidNotHappen, by: "probe".into() };
        self.tell("settled", stream, Actor::Station, &settled).cause = Some("lost");
        self.moved(4, Stage::Ended, "ended_settled", "settled");
        self.later();
    }

    fn resumed_by_two(&mut self) {
        self.change(2, Change::Resume, 3, ["resume", "resume1", "resume2", "resume_took_effect"]);
        let resumed = FleetEvent::Resumed { by: person(1), at: at(self.second) };
        self.tell("resumed_again", StreamName::fleet(), by(1), &resumed).cause = Some("resume_took_effect");
        self.later();
    }
}

fn forge(edit: impl FnOnce(&mut Forger)) -> Forger {
    Forger::restored().but(edit)
}

#[test]
fn a_restored_log_holds_with_everything_that_was_signed_before_it_and_says_what_came_before() {
    let honest = Forger::restored();
    let report = honest.verified();
    assert!(report.is_good(), "{:?}", report.finding);
    // Four of before the restore, under the old log's id, and two of after it.
    assert_eq!(report.proved.countersignatures, 6);
    let told = report.in_words().join("\n");
    let until = honest.position(RESTORED);
    assert!(told.contains(&format!("up to position {until} these are the records of log {}", log())), "{told}");
    assert!(told.contains(&format!("{} more, which are lost", 900 - until)), "{told}");
}

#[test]
fn a_log_id_changes_only_with_a_restore_that_says_what_stands_before_it() {
    let silent = forge(|f| {
        // Another log's records, and nothing that says why.
        let jumped = StationEvent::ClockJumped { by_ms: 1, at: at(1) };
        let line = f.line(RESTORED);
        line.kind = "station.clock_jumped".into();
        line.open = countersign_domain::event::Draft::open(&jumped).open;
    });
    found(&silent, RESTORED, "no restore says that one begins here");
    let other = forge(|f| f.say(RESTORED, "/log", json!(log_again())));
    found(&other, RESTORED, "stand before it");
    let size = forge(|f| f.say(RESTORED, "/size", json!(3)));
    found(&size, RESTORED, "it goes on from 3 records");
    let root = forge(|f| f.say(RESTORED, "/root", json!(digest(1))));
    found(&root, RESTORED, "another root");
    let key = forge(|f| f.say(RESTORED, "/key", json!(public_of(97))));
    found(&key, RESTORED, "another key");
    let lost = forge(|f| f.say(RESTORED, "/last_known/size", json!(1)));
    found(&lost, RESTORED, "not behind the backup");
    let person = forge(|f| f.line(RESTORED).actor = by(1));
    found(&person, RESTORED, "only the station");
    let mut again = forge(|f| f.again(RESTORED, "resumed_again", "restored_again"));
    again.say("restored_again", "/size", json!(3));
    again.say("restored_again", "/root", json!(digest(1)));
    found(&again, "restored_again", "no other log's records end here");
}

#[test]
fn the_log_id_goes_back_to_none_that_was_used_before() {
    let mut events = Forger::restored().write();
    let place = events.len();
    let restored = Restored {
        log: log_again(),
        size: place as u64,
        root: hex::encode(root(&events)),
        last_known: None,
        key_before: public_of(KEY),
        key: public_of(KEY),
        erased: 0,
        at: at(200),
    };
    let draft = countersign_domain::event::Draft::open(&StationEvent::Restored(restored));
    let envelope = Envelope {
        actor: Actor::Station,
        cause: None,
        kind: draft.kind,
        log: log(),
        open: draft.open,
        position: place as u64,
        recorded_at: at(200),
        schema: draft.schema,
        sealed: None,
        stream: StreamName::station(),
        team: "default".to_owned(),
        version: events.iter().filter(|event| event.envelope.stream == StreamName::station()).count() as u64,
    };
    events.push(StoredEvent { envelope: envelope.into(), sealed: None });
    let finding = verified(&events).finding.unwrap();
    assert_eq!(finding.position, place as u64, "{finding}");
    assert!(finding.what.contains("used before"), "{finding}");
}

#[test]
fn everything_stops_with_a_restore_until_two_have_settled_and_resumed() {
    let running = forge(|f| f.without(&["stopped_again"]));
    found(&running, RESTORED, "nothing is stopped with it");
    let later = forge(|f| f.behind("stopped_again", "running_lost"));
    found(&later, RESTORED, "nothing is stopped with it");
    let elsewhere = forge(|f| f.again("stopped_again", "ended_settled", "stopped_later"));
    found(&elsewhere, "stopped_later", "in the append of a restore");
    let erased = forge(|f| f.again("erased_again", "ended_settled", "erased_later"));
    found(&erased, "erased_later", "in the append of a restore");
    let open = forge(|f| f.without(&["settled", "ended_settled"]));
    found(&open, "resumed_again", "before everything that was open in the backup was settled");
    let mut alone = forge(|f| f.without(&["resume", "resume1", "resume2", "resume_took_effect"]));
    alone.line("resumed_again").cause = None;
    found(&alone, "resumed_again", "one person ended a stop that takes two");
    let before = forge(|f| f.say("resume2", "/statement/log", json!(log())));
    found(&before, "resume2", "signed for another log");
    let erased = forge(|f| f.line("open").sealed = Some(40));
    found(&erased, "open", "under another key than its conversation's");
    let sealed = forge(|f| f.line("resume").sealed = Some(40));
    found(&sealed, "resume", "which was destroyed before");
}

#[test]
fn what_was_open_in_the_backup_is_lost_sight_of_and_nothing_else_is() {
    let goes_on = forge(|f| {
        f.line("lost").kind = "action.expired".into();
        let deadline = f.line("held_open").open["deadline"].clone();
        f.line("lost").open = json!({"deadline": deadline});
    });
    found(&goes_on, "lost", "was open in the backup");
    let back = forge(|f| {
        f.line("lost").kind = "action.withdrawn".into();
        f.line("lost").open = json!({"reason": LOST});
    });
    found(&back, "lost", "as if it could not have");
    let unasked = forge(|f| {
        f.without(&["settled", "ended_settled", "lost", "running_lost"]);
        let second = f.second;
        f.insert_behind("waiting_open", |f| {
            f.second = second;
            let lost = ActionEvent::Unknown { code: LOST.into() };
            f.tell("lost", StreamName::action(&action(4)), Actor::Station, &lost);
        });
    });
    found(&unasked, "lost", "was in no backup");
}

/// What the verifier says of the restored log beside a checkpoint of the old one that a witness has kept.
fn witnessed(size: u64, key: u8, root: Option<[u8; 32]>) -> (Report, u64) {
    let forger = Forger::restored();
    let events = forger.write();
    let until = forger.position(RESTORED);
    let here = || root_of(&events, size);
    let note = TreeHead { log: log(), size, root: root.unwrap_or_else(here) }.sign(&key_of(key));
    let notes = vec![KeptNote { origin: NoteOrigin::Outside, size: None, note }];
    let against = Against { key: Some(Signer::public_key(&key_of(KEY))), notes, ..Against::default() };
    (verify(&EventsSource::new(log_again(), &events, None), &against).unwrap(), until)
}

fn root_of(events: &[StoredEvent], size: u64) -> [u8; 32] {
    root(&events[..usize::try_from(size).unwrap()])
}

#[test]
fn a_checkpoint_of_the_old_log_still_counts_and_one_behind_the_backup_is_known_to_be_lost() {
    let until = Forger::restored().position(RESTORED);
    for size in [5, until] {
        let (report, _) = witnessed(size, KEY_BEFORE, None);
        assert!(report.is_good(), "{:?}", report.finding);
        assert_eq!((report.proved.outside, report.proved.outside_size), (1, size));
    }
    let (forged, _) = witnessed(5, KEY, None);
    assert!(forged.finding.unwrap().what.contains("does not hold"), "the old log was signed by the old key");
    let (changed, _) = witnessed(5, KEY_BEFORE, Some([7; 32]));
    assert_eq!(changed.finding.unwrap().until, Some(4));
    let mut last = [0; 32];
    hex::decode_to_slice(digest(3), &mut last).unwrap();
    for (size, root) in [(until + 1, [7; 32]), (900, last)] {
        let (lost, _) = witnessed(size, KEY_BEFORE, Some(root));
        assert!(lost.is_good(), "{:?}", lost.finding);
        assert_eq!((lost.proved.lost, lost.proved.outside), (1, 0));
    }
    for (size, root) in [(900, [7; 32]), (901, [7; 32])] {
        let (hidden, until) = witnessed(size, KEY_BEFORE, Some(root));
        let finding = hidden.finding.unwrap();
        assert_eq!(finding.position, until, "{finding}");
        assert!(finding.what.contains("the restore does not say so"), "{finding}");
    }
}
