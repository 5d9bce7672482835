//! What gate, log and client add to a tool call, and how soon a call starts once a person's decision is stored.
//! The same call is made by turns through the gate and by a bare MCP client on a CRM of its own.

use crate::disk::Disk;
use crate::row::Row;
use crate::spread::{Spread, ms};
use crate::stack::{CRM_ARGUMENTS, Stack, crm, crm_program};
use countersign_domain::action::Phase;
use countersign_domain::conversation::Assurance;
use countersign_mcp::McpServers;
use rmcp::model::CallToolRequestParams;
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt as _};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;
use tokio::process::{Child, Command};

const READS: usize = 300;
const EFFECTS: usize = 200;
const DECISIONS: usize = 200;
/// Proposals in one conversation.
const TALK: usize = 4;
/// Calls that fill caches and are not counted.
const WARM: usize = 20;

/// The rows of this part.
pub(crate) async fn measure(here: &Path) -> Vec<Row> {
    let place = tempfile::tempdir_in(here).unwrap();
    let folder = |name: &str| {
        let path = place.path().join(name);
        std::fs::create_dir(&path).unwrap();
        path
    };
    let station = folder("station");
    let stack = Stack::open(&station, crm(&station)).await;
    let bare = Bare::start(&folder("bare")).await;
    // Each part has its own fdatasync, measured between its calls: a disk's mood changes.
    let disk = || Disk::new(place.path());
    let mut rows = Vec::new();
    println!("an allowed read: {READS} calls through the gate and {READS} bare, by turns");
    let find = json!({ "order_number": "1042", "postcode": "46001" });
    let reads = allowed(&stack, &bare, disk(), READS, "find_order", |_| find.clone()).await;
    rows.extend(reads.rows("an allowed read"));
    println!("an allowed refund: {EFFECTS} calls through the gate and {EFFECTS} bare, by turns");
    let effects = allowed(&stack, &bare, disk(), EFFECTS, "issue_refund", refund).await;
    rows.extend(effects.rows("an allowed refund with its evidence"));
    println!("decision stored to call started: {DECISIONS} approvals");
    let (starts, sync) = decisions(&stack, disk()).await;
    for (part, value) in [("median", starts.median), ("p99", starts.p99)] {
        let name = format!("decision stored to call started, beside one fdatasync: {part}");
        rows.push(Row::new(name, ms(value), "ms").beside(ms(sync.median)));
    }
    bare.stop().await;
    stack.servers.inner().stop().await;
    stack.close().await;
    rows
}

/// The same calls through the gate and bare, and one fdatasync meanwhile.
struct Allowed {
    gated: Spread,
    bare: Spread,
    sync: Spread,
}

impl Allowed {
    fn rows(&self, what: &str) -> Vec<Row> {
        let parts = [("median", self.gated.median, self.bare.median), ("p99", self.gated.p99, self.bare.p99)];
        let rows = parts.map(|(part, gated, bare)| {
            let whole = Row::new(format!("{what}, beside a bare client: {part}"), ms(gated), "ms").beside(ms(bare));
            let added = Row::new(format!("added to {what}, beside one fdatasync: {part}"), ms(gated) - ms(bare), "ms");
            [whole, added.beside(ms(self.sync.median))]
        });
        rows.into_iter().flatten().collect()
    }
}

/// Ten cents of order 1042, each time under another key where the caller brings it.
fn refund(nth: usize) -> Value {
    json!({
        "order_number": "1042", "amount_minor": 10, "currency": "EUR", "reason": "damaged",
        "idempotency_key": format!("bench-{nth}"),
    })
}

async fn allowed(
    stack: &Stack<McpServers>,
    bare: &Bare,
    mut disk: Disk,
    count: usize,
    tool: &'static str,
    arguments: impl Fn(usize) -> Value,
) -> Allowed {
    let (mut gated, mut direct) = (Vec::new(), Vec::new());
    let mut conversation = stack.conversation(Assurance::Verified).await;
    for nth in 0..WARM + count {
        if nth % TALK == 0 {
            conversation = stack.conversation(Assurance::Verified).await;
        }
        disk.sample(1);
        let mut visible = arguments(nth);
        // The gate fills the key in; agents never see it.
        visible.as_object_mut().unwrap().remove("idempotency_key");
        let wish = stack.wish(&conversation, tool, &visible).await;
        let begun = Instant::now();
        let report = stack.gate.propose(wish).await.unwrap();
        let through = begun.elapsed();
        assert_eq!(report.phase, Phase::Succeeded, "{report:?}");
        let begun = Instant::now();
        bare.call(tool, arguments(nth)).await;
        let without = begun.elapsed();
        if nth >= WARM {
            gated.push(through);
            direct.push(without);
        }
    }
    Allowed { gated: Spread::of(gated), bare: Spread::of(direct), sync: disk.one() }
}

/// From the return of the append that holds the decision to the call's being handed to the tool servers, without evidence
/// that is read in between; and one fdatasync meanwhile.
async fn decisions(stack: &Stack<McpServers>, mut disk: Disk) -> (Spread, Spread) {
    let mut took = Vec::new();
    for nth in 0..WARM + DECISIONS {
        disk.sample(1);
        // A rule holds every refund to a customer who only said a name.
        let conversation = stack.conversation(Assurance::Claimed).await;
        let mut arguments = refund(nth);
        arguments.as_object_mut().unwrap().remove("idempotency_key");
        let held = stack.gate.propose(stack.wish(&conversation, "issue_refund", &arguments).await).await.unwrap();
        assert_eq!(held.phase, Phase::Held, "{held:?}");
        let approval = stack.approval(&held.action).await;
        stack.gate.decide(approval).await.unwrap();
        stack.succeeded(&held.action).await;
        let began_after = stack.servers.began_after(stack.log.decided());
        if nth >= WARM {
            took.push(began_after);
        }
    }
    (Spread::of(took), disk.one())
}

/// The CRM with nothing between it and a client.
struct Bare {
    client: RunningService<RoleClient, ()>,
    child: Child,
}

impl Bare {
    async fn start(folder: &Path) -> Self {
        let mut command = Command::new(crm_program());
        command.args(CRM_ARGUMENTS).env_clear().current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let transport = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
        Self { client: ().serve(transport).await.unwrap(), child }
    }

    async fn call(&self, tool: &'static str, arguments: Value) {
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        let params = CallToolRequestParams::new(tool).with_arguments(arguments);
        let answer = self.client.call_tool(params).await.unwrap();
        assert_ne!(answer.is_error, Some(true), "{answer:?}");
    }

    async fn stop(mut self) {
        self.child.kill().await.unwrap();
    }
}
