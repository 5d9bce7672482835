//! What the kernel sees: `started` is on the disk before a byte of the tool call goes to the CRM.
//!
//! strace notes the syncs and writes of station and CRM in their order, with the files behind the descriptors.

use countersign_tests::customer::Customer;
use countersign_tests::desk::Desk;
use countersign_tests::held::HeldRefund;
use countersign_tests::process::{DEADLINE, program, until};
use countersign_tests::site;
use countersign_tests::station::{Start, Station, assets};
use countersign_tests::trail::Trail;
use std::path::PathBuf;
use std::process::Command;

/// Where it is set, nobody looks at the order where strace does not work.
const LEFT_OUT: &str = "COUNTERSIGN_WITHOUT_STRACE";

/// One call as strace notes it, from the line where it began to the line where it returned.
struct Call<'a> {
    /// `write(17<pipe:[307622]>, "…`: name, descriptor with its file, and data, with quotes unescaped.
    text: String,
    began: usize,
    returned: usize,
    result: &'a str,
}

#[tokio::test(flavor = "multi_thread")]
async fn started_is_synced_before_the_tool_call_is_written() {
    traced(|start, _data| async {
        let HeldRefund { station, mut desk, mut customer, action } = HeldRefund::begin(start).await;
        desk.approve(&action).await;
        customer.hear("is on its way back").await;
        station
    })
    .await;
}

/// Here verdict and `started` share one append.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_allows_is_synced_before_the_tool_call_is_written() {
    traced(|start, data| async move {
        let station = start.running().await;
        Desk::at(&station.desk).set_up("Marta Lindqvist").await;
        let token = site::token(&data, "C-2002", "Bjørn Håkonsen");
        let mut customer = Customer::signed_in(&station.chat, &token).await;
        customer
            .say("I want a refund for the wool socks of order 1060, they came damaged. The postcode is 5003.")
            .await;
        customer.hear("is on its way back").await;
        station
    })
    .await;
}

/// Plays a scene in which one refund runs, and looks at the order of its syncs and writes.
async fn traced<S: Future<Output = Station>>(scene: impl FnOnce(Start, PathBuf) -> S) {
    if !strace_works() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, noted) = (folder.path().join("data"), folder.path().join("calls"));
    let mut strace = Command::new("strace");
    // -D: the tracer is the grandchild, so that the station is the child, as without it. Pages of the log are 4096 bytes.
    strace.args(["-D", "-f", "-yy", "-s", "8192", "-e", "trace=fsync,fdatasync,write,writev,pwrite64,pwritev,sendto"]);
    strace.arg("-o").arg(&noted).arg(program("countersign-station"));
    let start = Start::under(strace, &data, &assets());
    let station = scene(start, data.clone()).await;
    let process = station.process().to_string();
    station.stop().await;
    let is_end =
        |line: &str| line.split_once(' ').is_some_and(|(id, rest)| id == process && rest.contains("+++ exited"));
    let lines = until("the tracer has written everything", DEADLINE, || {
        std::fs::read_to_string(&noted).ok().filter(|all| all.lines().any(is_end))
    })
    .await;

    let trail = Trail::read(&data).await;
    let proposed = trail.all().iter().map(|event| &event.stored.envelope).filter(|e| e.kind == "action.proposed");
    let refund = proposed.filter(|e| e.open["tool"] == "crm.issue_refund").find_map(|e| e.open["action"].as_str());
    let action = refund.expect("a refund was proposed").to_owned();
    let calls = calls(&lines);
    let wal = format!("<{}>", data.join("log.db-wal").display());
    let stored = calls.iter().find(|call| call.text.contains(&wal) && is_started(&call.text, &action));
    let stored = stored.expect("`started` was written to the log");
    let synced = calls.iter().find(|call| {
        let is_sync = call.text.starts_with("fsync(") || call.text.starts_with("fdatasync(");
        is_sync && call.text.contains(&wal) && call.began > stored.returned
    });
    let synced = synced.expect("the log was synced after `started` was written");
    assert_eq!(synced.result, "0", "the sync failed");
    let asked = calls.iter().find(|call| {
        call.text.contains("<pipe:") && call.text.contains("\"tools/call\"") && call.text.contains("issue_refund")
    });
    let asked = asked.expect("the refund was asked of the CRM");
    assert!(asked.text.contains(&action), "the call carries another key: {}", asked.text);
    assert!(
        synced.returned < asked.began,
        "the CRM was asked in line {} and `started` was on the disk in line {}",
        asked.began,
        synced.returned
    );
}

/// Whether a page of the log holds the `started` of this action. A canonical envelope names its kind before its stream.
fn is_started(page: &str, action: &str) -> bool {
    page.split("\"kind\":\"").skip(1).any(|envelope| {
        envelope.starts_with("action.started\"") && envelope.contains(&format!("\"stream\":\"action/{action}\""))
    })
}

/// Calls in the order in which they began. With several threads a call's return may stand on a later line.
fn calls(lines: &str) -> Vec<Call<'_>> {
    let mut calls: Vec<(&str, Call)> = Vec::new();
    for (number, line) in lines.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let result = rest.rsplit_once(" = ").map_or("", |(_, result)| result);
        if rest.starts_with("<... ") {
            let open = calls.iter_mut().rev().find(|(of, call)| *of == thread && call.returned == usize::MAX);
            if let Some((_, call)) = open {
                call.returned = number;
                call.result = result;
            }
        } else if rest.contains('(') {
            let returned = if rest.ends_with("<unfinished ...>") { usize::MAX } else { number };
            calls.push((thread, Call { text: rest.replace("\\\"", "\""), began: number, returned, result }));
        }
    }
    calls.into_iter().map(|(_, call)| call).collect()
}

/// Whether this machine lets strace trace. Where it does not, the test fails, unless whoever runs it says that it shall be
/// left out: `make test` finds that out, says so in its summary, and sets the variable.
fn strace_works() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    let works = tried.as_ref().is_ok_and(|output| output.status.success());
    let left_out = std::env::var_os(LEFT_OUT).is_some();
    assert!(works || left_out, "strace does not work here ({tried:?}); {LEFT_OUT}=1 leaves this test out");
    works
}

#[test]
fn calls_are_put_together_over_threads() {
    let lines = "7 fsync(3</a>) = 0\n7 write(4<pipe:[1]>, \"a \\\"b\\\"\" <unfinished ...>\n8 fsync(3</a>) = -1 EIO\n\
                 7 <... write resumed>) = 5\n7 +++ exited with 0 +++\n";
    let calls = calls(lines);
    let seen: Vec<_> = calls.iter().map(|c| (c.text.as_str(), c.began, c.returned, c.result)).collect();
    assert_eq!(seen[0], ("fsync(3</a>) = 0", 0, 0, "0"));
    assert_eq!(seen[1], ("write(4<pipe:[1]>, \"a \"b\"\" <unfinished ...>", 1, 3, "5"));
    assert_eq!(seen[2].3, "-1 EIO");
    let page = r#"{"kind":"action.started","stream":"action/a1"}{"kind":"action.held","stream":"action/a2"}"#;
    assert!(is_started(page, "a1") && !is_started(page, "a2"));
}
