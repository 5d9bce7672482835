//! One-time codes: guessed, replayed, used elsewhere, overheard, outlived, sent to where they do not belong. A real
//! station, a real mail server.

use crate::mail_server::{MailServer, Manner};
use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::process::{DEADLINE, LOOK, program};
use countersign_tests::station::{Start, Station};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const ANA: &str = "ana.ruiz@mail.example";

struct Scene {
    folder: tempfile::TempDir,
    mail: MailServer,
    station: Station,
}

impl Scene {
    async fn begin(manner: Manner) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mail = MailServer::start(folder.path(), manner).await;
        let station = start(folder.path(), &mail).running().await;
        Self { folder, mail, station }
    }

    async fn arrives(&self) -> Customer {
        Customer::arrive(&self.station.chat, "Ana").await
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

/// As talkative as a station can be: what it says must hold no address all the same.
fn start(folder: &Path, mail: &MailServer) -> Start {
    let start = Start::on(&folder.join("data")).with(vec![("RUST_LOG", PathBuf::from("debug"))]);
    start.saying(&["--mail", mail.file.to_str().unwrap()])
}

async fn asks(customer: &mut Customer, address: &str) -> Value {
    customer.send(json!({"type": "sign_in", "address": address})).await;
    customer.next_frame().await
}

async fn types(customer: &mut Customer, code: &str) -> Value {
    customer.send(json!({"type": "code", "code": code})).await;
    customer.next_frame().await
}

fn not(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

/// What a desk is told of a conversation, once that a code was asked for is among it.
async fn entries(desk: &mut Desk, conversation: &str) -> Vec<Value> {
    let query = json!({"query": "conversation", "conversation": conversation});
    let mut look = tokio::time::interval(LOOK);
    let looking = async {
        loop {
            look.tick().await;
            let Ok(view) = desk.query(query.clone()).await else { continue };
            let kinds = view["entries"].as_array().unwrap().iter().map(|entry| entry["entry"]["kind"].clone());
            let kinds: Vec<Value> = kinds.collect();
            if kinds.contains(&json!("sign_in_asked")) {
                return kinds;
            }
        }
    };
    tokio::time::timeout(DEADLINE, looking).await.expect("the asking is told")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_goes_to_the_shop_s_address_over_tls_and_signs_in_one_conversation_once() {
    let scene = Scene::begin(Manner::Honest).await;
    let mut desk = Desk::at(&scene.station.desk);
    desk.set_up("Marta Lindqvist").await;
    let (mut ana, mut eve) = (scene.arrives().await, scene.arrives().await);
    assert_eq!(asks(&mut ana, "ANA.Ruiz@mail.example").await, json!({"type": "code_asked", "good_minutes": 10}));
    let letter = scene.mail.letter(1).await;
    assert_eq!(letter.to, [ANA], "as the shop writes it");
    // Eve has seen the code, and is not in the conversation that asked for it.
    let code = letter.code();
    assert_eq!(types(&mut eve, &code).await["code"], "no_code");
    assert_eq!(asks(&mut eve, "bjorn.hakonsen@mail.example").await["type"], "code_asked");
    scene.mail.letter(2).await;
    assert_eq!(types(&mut eve, &code).await["code"], "wrong_code");
    let signed_in = types(&mut ana, &code).await;
    assert_eq!((&signed_in["type"], &signed_in["name"]), (&json!("signed_in"), &json!("Ana Ruiz")));
    assert_eq!(types(&mut ana, &code).await["code"], "no_code", "used once");
    let verified = |view: &Value| {
        let rows = view["rows"].as_array()?;
        (rows.iter().filter(|row| row["assurance"] == "verified").count() == 1 && rows.len() == 2).then(|| view.clone())
    };
    desk.wait_for_answer("one of them is verified", json!({"query": "conversations"}), verified).await;

    // Nothing of it was in clear: on the wire to the mail server, in what the station says of itself, in the log.
    let overheard = scene.mail.overheard();
    assert!(overheard.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"), "{overheard:?}");
    let log = scene.data().join("log.db");
    let (said, data) = (scene.station.stop().await, scene.folder.path().join("data"));
    for word in ["ana.ruiz", "hakonsen", "not for everybody", code.as_str()] {
        assert!(!said.to_lowercase().contains(word), "the station says {word} of itself");
        let bytes = std::fs::read(&log).unwrap();
        assert!(!bytes.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word.as_bytes())), "the log holds {word}");
    }
    let verified = Command::new(program("countersign-verify")).arg(&data).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_lines_at_once_have_the_five_tries_of_one() {
    let scene = Scene::begin(Manner::Honest).await;
    let mut eve = scene.arrives().await;
    asks(&mut eve, ANA).await;
    let code = scene.mail.letter(1).await.code();
    let mut lines = Vec::new();
    for _ in 0..12 {
        lines.push(eve.beside(&scene.station.chat).await);
    }
    let wrong = not(&code);
    let mut guesses = tokio::task::JoinSet::new();
    for mut line in lines {
        let guess = wrong.clone();
        guesses.spawn(async move { types(&mut line, &guess).await["code"].as_str().unwrap().to_owned() });
    }
    let told = guesses.join_all().await;
    assert_eq!(told.iter().filter(|code| *code == "wrong_code").count(), 4, "{told:?}");
    assert_eq!(told.iter().filter(|code| *code == "no_code").count(), 8, "{told:?}");
    assert_eq!(types(&mut eve, &code).await["code"], "no_code", "the right one comes too late");
    scene.station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_floods_a_mailbox_or_the_mail_server_is_stopped_and_a_restart_forgets_codes_but_no_count() {
    let Scene { folder, mail, station } = Scene::begin(Manner::Honest).await;
    let mut eve = Customer::arrive(&station.chat, "Eve").await;
    for _ in 0..3 {
        assert_eq!(asks(&mut eve, ANA).await["type"], "code_asked");
    }
    let code = mail.letter(3).await.code();
    // From another conversation, and in other letters: it is one mailbox.
    let mut other = Customer::arrive(&station.chat, "Eve").await;
    assert_eq!(asks(&mut other, "Ana.Ruiz@MAIL.example").await["code"], "too_many_codes");
    for n in 0..5 {
        asks(&mut other, &format!("nobody{n}@mail.example")).await;
    }
    assert_eq!(asks(&mut other, "nobody@mail.example").await["code"], "too_many_codes");
    assert_eq!(mail.letters(), 3);

    station.kill9().await;
    let station = start(folder.path(), &mail).running().await;
    let mut eve = eve.leave().await.come_back(&station.chat).await;
    assert_eq!(types(&mut eve, &code).await["code"], "no_code", "codes are in memory only");
    for _ in 0..2 {
        assert_eq!(asks(&mut eve, ANA).await["type"], "code_asked");
    }
    assert_eq!(asks(&mut eve, ANA).await["code"], "too_many_codes", "five in one conversation, whatever was restarted");
    station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_would_end_a_line_reaches_no_mail_server() {
    let scene = Scene::begin(Manner::Honest).await;
    let mut eve = scene.arrives().await;
    for address in [
        "ana.ruiz@mail.example\r\nBcc: eve@example.net",
        "ana.ruiz@mail.example>\r\nRCPT TO:<eve@example.net",
        "ana.ruiz@mail.example, eve@example.net",
        "\u{430}na.ruiz@mail.example",
        "ana.ruiz@ma\u{131}l.example",
    ] {
        assert_eq!(asks(&mut eve, address).await["code"], "address", "{address:?}");
    }
    assert!(scene.mail.overheard().is_empty());
    // An everyday address of nobody: the mail server is looked at, and gets no letter.
    assert_eq!(asks(&mut eve, "eve@example.net").await["type"], "code_asked");
    assert_eq!(types(&mut eve, "123456").await["code"], "wrong_code");
    let said = scene.station.stop().await;
    assert_eq!(scene.mail.letters(), 0);
    assert!(!said.contains("eve@example.net"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_a_server_that_takes_encryption_away_or_is_another() {
    for manner in [Manner::Strips, Manner::Stranger] {
        let scene = Scene::begin(manner).await;
        let mut ana = scene.arrives().await;
        assert_eq!(asks(&mut ana, ANA).await["type"], "code_asked");
        assert_eq!(ana.next_frame().await["code"], "not_sent", "{manner:?}");
        let overheard = scene.mail.overheard();
        assert!(overheard.iter().all(|line| !line.starts_with("AUTH") && !line.contains("RCPT")), "{overheard:?}");
        let said = scene.station.stop().await;
        assert!(said.contains("a code for signing in was not sent") && !said.contains("ana.ruiz"), "{said}");
        assert_eq!(scene.mail.letters(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_a_customer_s_letter_tells_nobody_that_there_is_one() {
    let scene = Scene::begin(Manner::Refuses).await;
    let mut desk = Desk::at(&scene.station.desk);
    desk.set_up("Marta Lindqvist").await;
    let mut told = Vec::new();
    for address in [ANA, "nobody@mail.example"] {
        let mut eve = scene.arrives().await;
        let asked = asks(&mut eve, address).await;
        if address == ANA {
            scene.mail.refused(1).await;
        }
        let conversation = eve.conversation().to_owned();
        told.push((asked, types(&mut eve, "12").await, entries(&mut desk, &conversation).await));
    }
    // Also no record: the customer's page is told positions of the log, and one more or less would tell.
    assert_eq!(told[0], told[1]);
    assert!(!told[0].2.iter().any(|kind| kind == "sign_in_failed"), "{told:?}");
    let said = scene.station.stop().await;
    assert!(said.contains("refused the letter (550)") && !said.contains("ana.ruiz"), "{said}");
}
