//! A CRM that somebody else has started, over HTTP: the same promises. Killed between its commit and its answer, it is asked
//! what became of it once it is back, and nothing happens twice.

use countersign_tests::crm::{amounts, fault};
use countersign_tests::desk::Desk;
use countersign_tests::held::{ASKED, HeldRefund, ORDER};
use countersign_tests::process::{DEADLINE, program, until};
use countersign_tests::station::Start;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// The CRM as a process of its own.
struct Crm {
    child: Child,
    url: String,
}

impl Crm {
    fn start(folder: &Path, address: &str, environment: Vec<(&'static str, PathBuf)>) -> Crm {
        let token = folder.join("token");
        std::fs::write(&token, TOKEN).unwrap();
        let mut command = Command::new(program("countersign-crm"));
        command.arg("--data").arg(folder.join("crm/crm.db")).args(["--listen", address, "--token-file"]).arg(token);
        command.envs(environment).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Crm { child, url: url.trim().to_owned() }
    }

    fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.url.trim_start_matches("http://").trim_end_matches("/mcp").to_owned()
    }
}

impl Drop for Crm {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_over_http_that_is_killed_behind_its_commit_is_asked_when_it_is_back_and_nothing_happens_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (data, elsewhere) = (folder.path().join("data"), folder.path().join("elsewhere"));
    std::fs::create_dir_all(elsewhere.join("crm")).unwrap();
    let crm = Crm::start(&elsewhere, "127.0.0.1:0", fault(folder.path(), "hang-after-commit"));
    let servers = folder.path().join("servers.toml");
    std::fs::write(&servers, format!("[crm]\nurl = \"{}\"\ntoken_file = \"elsewhere/token\"\n", crm.url)).unwrap();
    let start = || Start::on(&data).saying(&["--servers", servers.to_str().unwrap()]);
    let HeldRefund { station, mut desk, mut customer, action } = HeldRefund::begin(start()).await;
    assert!(!data.join("crm").exists(), "no CRM was started here");
    desk.approve(&action).await;
    until("the CRM has refunded", DEADLINE, || (amounts(&elsewhere, ORDER) == [ASKED]).then_some(())).await;
    let address = crm.kill();
    customer.hear("I cannot say yet whether your refund of €129.00 for order 1042 went through").await;

    let mut said = station.stop().await;
    let customer = customer.leave().await;
    // A CRM with data of its own would take the key, and say that nothing happened.
    let (code, why) = Start::on(&data).refused().await;
    assert!(code != 0 && why.contains("the tool server crm was at 127.0.0.1:"), "{code}: {why}");
    let crm = Crm::start(&elsewhere, &address, Vec::new());
    // With its next start the station asks at once; while it runs it asks every half minute.
    let station = start().running().await;
    let mut desk = Desk::at(&station.desk);
    desk.sign_in().await;
    let row = desk.wait_for_action(&["settled_happened"]).await;
    assert_eq!(row["action"], action.as_str());
    let mut customer = customer.come_back(&station.chat).await;
    customer.hear("went through").await;
    assert_eq!(amounts(&elsewhere, ORDER), [ASKED], "once");
    said.push_str(&station.stop().await);
    assert!(!said.contains(TOKEN));
    let log = std::fs::read(data.join("log.db")).unwrap();
    assert!(!log.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes()));
    drop(crm);
}
