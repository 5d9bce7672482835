//! Forged tool servers: what nobody signed, and what was signed otherwise.

use crate::forger::Forger;
use crate::forgeries::found;
use crate::story::*;
use countersign_domain::change::Change;
use countersign_domain::server::{AddedServer, ServerEvent, ServerReach};
use countersign_event_log::envelope::Actor;
use countersign_event_log::stream::StreamName;
use serde_json::json;

fn program() -> AddedServer {
    AddedServer {
        name: "hotel".into(),
        reach: ServerReach::Program {
            command: "/usr/local/bin/hotel-tools".into(),
            arguments: vec!["--books".into()],
            folder: None,
            environment: Default::default(),
        },
        secrets: Vec::new(),
    }
}

/// A program is started, as two people signed it.
fn signed() -> Forger {
    let mut log = Forger::honest();
    log.later();
    let what = Change::AddServer { server: Box::new(program()) };
    log.change(7, what, 0, ["server_change", "server_signed1", "server_signed2", "server_took_effect"]);
    let added = ServerEvent::Added { server: program() };
    log.tell("server_added", StreamName::servers(), by(1), &added).cause = Some("server_took_effect");
    log.later();
    log
}

fn forge(edit: impl FnOnce(&mut Forger)) -> Forger {
    signed().but(edit)
}

#[test]
fn what_the_station_starts_is_what_two_people_signed_to_the_last_argument() {
    let report = signed().verified();
    assert!(report.is_good(), "{:?}", report.finding);
    let mut nobody = forge(|f| f.without(&["server_change", "server_signed1", "server_signed2", "server_took_effect"]));
    nobody.line("server_added").cause = None;
    found(&nobody, "server_added", "no change that people signed");
    for (path, value) in [
        ("/server/reach/command", json!("/tmp/other")),
        ("/server/reach/arguments/0", json!("--delete")),
        ("/server/name", json!("other")),
    ] {
        found(&forge(|f| f.say("server_added", path, value)), "server_added", "not what the change says");
    }
    let elsewhere = forge(|f| f.line("server_added").stream = StreamName::stored("server/hotel".to_owned()));
    found(&elsewhere, "server_added", "another stream");
    let never = forge(|f| f.without(&["server_added"]));
    found(&never, "server_took_effect", "does not follow from it");
    let one = forge(|f| f.without(&["server_signed2"]));
    found(&one, "server_took_effect", "without every signature");
    let station = forge(|f| f.line("server_added").actor = Actor::Station);
    found(&station, "server_added", "somebody else than whoever proposed");
}
