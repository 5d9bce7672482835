//! What is sent, and what becomes of each kind of answer.

use crate::shop::{Fixture, Over, PATIENCE, over_both, within};
use countersign_domain::ids::ActionId;
use countersign_gate::Listening;
use countersign_gate::permit::PermittedCall;
use countersign_gate::tools::{LARGEST_ANSWER_BYTES, ToolServers};
use serde_json::{Value, json};

over_both!(
    exactly_the_arguments_are_sent_and_the_key_in_meta,
    text_errors_and_refusals_are_answers_and_leave_the_server_running,
    an_answer_over_the_limit_is_cut_visibly,
    many_calls_at_once_each_get_their_own_answer,
    what_a_tool_says_of_its_progress_goes_to_who_listens_to_its_call_in_order_and_costs_nobody_else_anything,
);

const KEY: &str = "act_00112233445566778899aabbccddeeff";

async fn exactly_the_arguments_are_sent_and_the_key_in_meta(over: Over) {
    let fixture = Fixture::over(over, "well").await;
    let key = KEY.parse::<ActionId>().unwrap();
    let arguments = json!({ "z": 1, "a": { "amount": 9007199254740991_i64, "text": "Bjørn \u{2028} {}" } });
    let pinned = fixture.pinned("echo").await;
    let answer = fixture.call_pinned("echo", &pinned, arguments.clone(), Some(key), PATIENCE).await.unwrap();
    assert_eq!(answer.result["name"], "echo");
    assert_eq!(answer.result["arguments"], arguments);
    assert_eq!(answer.result["_meta"]["countersign/idempotency-key"], KEY);

    let answer = fixture.call("echo", arguments).await.unwrap();
    assert_eq!(answer.result["_meta"].get("countersign/idempotency-key"), None);
}

async fn text_errors_and_refusals_are_answers_and_leave_the_server_running(over: Over) {
    let fixture = Fixture::over(over, "well").await;
    let answer = fixture.call("text", json!({})).await.unwrap();
    assert_eq!((answer.result, answer.is_error), (json!("just words"), false));
    let pid = fixture.pid("pid");
    let answer = fixture.call("fail", json!({})).await.unwrap();
    assert_eq!((answer.result, answer.is_error), (json!("out of stock"), true));
    let answer = fixture.call("refuse", json!({})).await.unwrap();
    assert_eq!((answer.result, answer.is_error), (json!("no such order"), true));

    for tool in ["broken", "wrong"] {
        let failure = fixture.call(tool, json!({})).await.unwrap_err();
        assert_eq!(failure.code(), "connection_lost", "{tool}");
        assert!(!failure.to_string().contains("Ana Ruiz"), "a server's words are not traced");
    }
    assert_eq!(fixture.pid("pid"), pid, "none of these is a reason to start it anew");
}

async fn an_answer_over_the_limit_is_cut_visibly(over: Over) {
    let fixture = Fixture::over(over, "well").await;
    let answer = fixture.call("large", json!({})).await.unwrap();
    let Value::String(text) = answer.result else { panic!("text") };
    assert!(text.len() <= LARGEST_ANSWER_BYTES);
    assert!(text.ends_with("[cut: the answer had 2097152 bytes]"));
}

async fn many_calls_at_once_each_get_their_own_answer(over: Over) {
    let fixture = Fixture::over(over, "well").await;
    let pinned = fixture.pinned("echo").await;
    let calls = (0..60).map(|n| fixture.call_pinned("echo", &pinned, json!({ "n": n }), None, PATIENCE));
    for (n, answer) in futures::future::join_all(calls).await.into_iter().enumerate() {
        assert_eq!(answer.unwrap().result["arguments"]["n"], n);
    }
    assert_eq!(fixture.calls().len(), 60);
}

async fn what_a_tool_says_of_its_progress_goes_to_who_listens_to_its_call_in_order_and_costs_nobody_else_anything(
    over: Over,
) {
    let fixture = Fixture::over(over, "well").await;
    let pinned = fixture.pinned("steps").await;
    let conversation = "cnv_00000000000000000000000000000001".parse().unwrap();
    let (mut listening, to) = Listening::for_test(&conversation);
    let call = PermittedCall::for_test("test", "steps", &pinned, json!({}), None, PATIENCE).telling(to);
    let answer = within(fixture.servers.call(call)).await.unwrap();
    assert_eq!(answer.result, json!("done"));
    let heard: Vec<f64> = std::iter::from_fn(|| listening.waiting()).map(|notice| notice.done).collect();
    assert_eq!(heard, [1.0, 3.0], "all of its own before its answer, and none of another's");
    assert_eq!(fixture.call("steps", json!({})).await.unwrap().result, json!("done"), "nobody listens");
}
