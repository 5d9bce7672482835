//! The sample CRM itself, under the settings that come with it.

use crate::shop::{Fixture, Over, PATIENCE, over_both, within};
use countersign_domain::ids::ActionId;
use countersign_gate::permit::PermittedCall;
use countersign_gate::tools::{ToolFailure, ToolServers};
use countersign_mcp::settings;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

over_both!(
    the_settings_cover_every_tool_and_name_only_what_there_is,
    a_refund_that_hung_after_its_commit_is_unknown_and_the_probe_finds_it,
);

const SETTINGS: &str = include_str!("../../../../assets/tools/crm.toml");
const KEY: &str = "act_00112233445566778899aabbccddeeff";

/// The CRM's program, which a build of the workspace puts beside this test's folder.
fn program() -> PathBuf {
    let path = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("countersign-crm");
    assert!(path.exists(), "build it first: cargo build -p countersign-shop");
    path
}

async fn crm(over: Over, environment: &[(&str, String)]) -> Fixture {
    let args = ["--data", "crm.db", "--sample-day", "2026-03-01"];
    match over {
        Over::Pipes => Fixture::with(|config| {
            config.command = program();
            config.args = args.map(str::to_owned).to_vec();
            config.environment = environment.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        }),
        Over::Http => Fixture::program(program(), &args, environment).await,
    }
}

fn refund() -> Value {
    json!({ "order_number": "1042", "amount_minor": 4900, "currency": "EUR", "reason": "damaged", "idempotency_key": KEY })
}

async fn the_settings_cover_every_tool_and_name_only_what_there_is(over: Over) {
    let all = settings::parse(SETTINGS).unwrap();
    let fixture = crm(over, &[]).await;
    let defined = within(fixture.servers.definitions()).await.unwrap();
    let offered: BTreeSet<String> = defined.iter().map(|d| format!("crm.{}", d.name)).collect();
    let set: BTreeSet<String> = all.iter().map(|s| s.tool.clone()).collect();
    assert_eq!(offered, set);

    let properties = |tool: &str| {
        let name = tool.strip_prefix("crm.").unwrap();
        let definition = defined.iter().find(|d| d.name == name).unwrap();
        definition.input_schema["properties"].as_object().unwrap().clone()
    };
    for tool in &all {
        let known = properties(&tool.tool);
        let money = tool.money.iter().flat_map(|m| [&m.amount_minor, &m.currency]);
        let sources = tool.evidence.iter().flat_map(|e| e.arguments.values());
        for argument in tool.key_argument.iter().chain(&tool.object).chain(money).chain(sources) {
            assert!(known.contains_key(argument), "{} has no argument {argument}", tool.tool);
        }
        if let Some(probe) = &tool.probe {
            assert!(properties(&format!("crm.{}", probe.tool)).contains_key(&probe.key_argument));
        }
    }

    let order = fixture.call("get_order", json!({ "order_number": "1042" })).await.unwrap().result;
    let refund = all.iter().find(|s| s.tool == "crm.issue_refund").unwrap();
    for fact in &refund.evidence.as_ref().unwrap().facts {
        let found = order.pointer(&fact.path);
        assert!(found.is_some_and(|value| !value.is_null()), "{} is not in {order}", fact.path);
    }
    assert_eq!(order["total_minor"], 18_900);
}

async fn a_refund_that_hung_after_its_commit_is_unknown_and_the_probe_finds_it(over: Over) {
    let folder = tempfile::tempdir().unwrap();
    let fault = folder.path().join("fault");
    std::fs::write(&fault, "").unwrap();
    let fixture = crm(
        over,
        &[
            ("COUNTERSIGN_CRM_FAULT", "hang-after-commit".to_owned()),
            ("COUNTERSIGN_CRM_FAULT_FILE", fault.to_string_lossy().into_owned()),
        ],
    )
    .await;
    let pinned = fixture.pinned("issue_refund").await;
    let call = |timeout| {
        let key = Some(KEY.parse::<ActionId>().unwrap());
        PermittedCall::for_test("test", "issue_refund", &pinned, refund(), key, timeout)
    };
    let failure = within(fixture.servers.call(call(Duration::from_secs(3)))).await.unwrap_err();
    assert_eq!(failure, ToolFailure::TimedOut(3));
    let probed = fixture.call("probe_refund", json!({ "idempotency_key": KEY })).await.unwrap();
    assert_eq!(probed.result["state"], "happened");
    let again = within(fixture.servers.call(call(PATIENCE))).await.unwrap();
    assert_eq!(again.result["already_recorded"], true);
}
