//! What agents of others tell of their conversations: it is stored once, by whoever may, and allows nothing.

use crate::external::{call, granted};
use countersign_domain::agent::AgentWord;
use countersign_domain::change::Change;
use countersign_domain::conversation::{
    Assurance, CloseReason, ConversationError, ConversationEvent, LONGEST_RELAYED_CHARS, SpanNames, SpanOperation,
    Speaker,
};
use countersign_gate::error::GateError;
use countersign_gate::{CallCustomer, Relaying, Telling};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn says(key: &str, speaker: Speaker, text: &str) -> Telling {
    Telling::Message { key: key.into(), speaker, text: text.into(), said_at: None, from_span: false }
}

fn in_span(text: &str) -> Telling {
    let speaker = Speaker::Customer;
    Telling::Message { key: format!("span {text}"), speaker, text: text.into(), said_at: None, from_span: true }
}

fn step(key: &str) -> Telling {
    Telling::Span {
        key: key.into(),
        operation: SpanOperation::Model,
        tokens: (Some(812), Some(64)),
        time: (None, 900),
        failed: false,
        names: SpanNames { model: Some("gpt-4.1".into()), ..SpanNames::default() },
    }
}

fn of(id: &str, told: Vec<Telling>) -> Relaying {
    let customer = CallCustomer { id: Some("C-2001".into()), name: Some("Ana Ruiz".into()) };
    Relaying { id: Some(id.into()), trace: None, customer: Some(customer), told }
}

#[tokio::test]
async fn what_is_told_is_stored_once_however_often_it_comes_and_whoever_it_is_told_by_at_once() {
    let (shop, bot) = granted(|_| {}).await;
    let first = of("c-7", vec![says("m1", Speaker::Customer, "It came torn, card 4111 1111 1111 1111.")]);
    let (one, other) = tokio::join!(shop.gate.relay(&bot, &first), shop.gate.relay(&bot, &first));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.conversation, other.conversation, "two that begin it at once begin one");
    assert_eq!((one.stored + other.stored, one.known + other.known), (1, 1));
    let size = shop.gate.records().log().size();
    let again = shop.gate.relay(&bot, &first).await.unwrap();
    assert_eq!((again.stored, again.known, shop.gate.records().log().size()), (0, 1, size));
    let more = of("c-7", vec![says("m1", Speaker::Customer, "x"), says("m2", Speaker::Agent, "Sorry."), step("s1")]);
    assert_eq!(shop.gate.relay(&bot, &more).await.unwrap().stored, 2);

    let (state, events) = shop.gate.records().conversation(&one.conversation).await.unwrap();
    assert!(state.is_relayed() && state.assurance() == Assurance::Verified && state.customer().is_some());
    assert_eq!((state.relayed, state.spans), (2, 1));
    let texts: Vec<_> = events.iter().filter_map(|opened| opened.text("text")).collect();
    assert!(texts.iter().any(|text| text.contains("card") && !text.contains("4111 1111")), "{texts:?}");
    let open = events.iter().map(|opened| serde_json::to_string(&opened.stored.envelope.open).unwrap());
    let open: String = open.collect();
    for word in ["torn", "c-7", "m1", "gpt", "Ana"] {
        assert!(!open.contains(word), "{word} stands open in the log");
    }
}

#[tokio::test]
async fn nobody_here_has_a_word_in_what_is_relayed_and_nothing_is_proposed_there() {
    let (shop, bot) = granted(|_| {}).await;
    let told = shop.gate.relay(&bot, &of("c-7", vec![says("m1", Speaker::Customer, "Hello")])).await.unwrap();
    assert!(shop.gate.take_over(&told.conversation, shop.person.clone()).await.is_err());
    let (state, _) = shop.gate.records().conversation(&told.conversation).await.unwrap();
    let proposed = ConversationEvent::Proposed {
        action: "act_00000000000000000000000000000001".parse().unwrap(),
        tool: "crm.issue_refund".into(),
        by: None,
        client: None,
        asked_in: None,
    };
    assert!(state.may_follow(&proposed).is_err());
    assert_eq!(state.receive("Hello", None), Err(ConversationError::NotACustomers));
    assert_eq!(state.close(CloseReason::CallEnded), Err(ConversationError::UnderWay));
    // Its ticket is no call's.
    assert!(matches!(shop.gate.call_stands(&bot, &told.conversation).await, Err(GateError::NotFound(_))));
}

#[tokio::test]
async fn a_trace_belongs_to_the_conversation_that_it_was_first_told_in() {
    let (shop, bot) = granted(|_| {}).await;
    let in_trace = |told| Relaying { trace: Some(TRACE.into()), told, ..Relaying::default() };
    let unknown = shop.gate.relay(&bot, &in_trace(vec![step("s1")])).await;
    assert!(matches!(unknown, Err(GateError::NotFound(_))), "{unknown:?}");
    let tied = Relaying { trace: Some(TRACE.into()), ..of("c-7", Vec::new()) };
    let told = shop.gate.relay(&bot, &tied).await.unwrap();
    let later = shop.gate.relay(&bot, &in_trace(vec![step("s1")])).await.unwrap();
    assert_eq!((later.conversation, later.stored), (told.conversation.clone(), 1));
    // Another conversation that names it afterwards has not got it.
    let other = Relaying { trace: Some(TRACE.into()), ..of("c-8", Vec::new()) };
    assert_ne!(shop.gate.relay(&bot, &other).await.unwrap().conversation, told.conversation);
    assert_eq!(shop.gate.relay(&bot, &in_trace(vec![step("s2")])).await.unwrap().conversation, told.conversation);
    // A call says the same names, by which views find it.
    let mut asked = call(2_000);
    (asked.conversation, asked.trace) = (Some("c-7".into()), Some(TRACE.into()));
    let made = shop.gate.make_call(&bot, &asked).await.unwrap();
    let (state, _) = shop.gate.records().conversation(&made.conversation).await.unwrap();
    assert_eq!(state.opened.unwrap().belongs_to.len(), 2);
}

#[tokio::test]
async fn a_card_quotes_what_was_relayed_before_the_call_as_the_agents_word_and_nothing_that_came_later() {
    let (shop, bot) = granted(|_| {}).await;
    let before = vec![says("m1", Speaker::Customer, "The strap tore."), says("m2", Speaker::Agent, "I ask for it.")];
    let told = shop.gate.relay(&bot, &of("c-7", before)).await.unwrap();
    let mut asked = call(12_900);
    asked.conversation = Some("c-7".into());
    let made = shop.gate.make_call(&bot, &asked).await.unwrap();
    let held = shop.gate.carry_call(&bot, &asked, &made).await.unwrap();
    let (card, _) = shop.gate.card(&held.action).await.unwrap();
    let relayed = card.relayed.clone().unwrap();
    let words: Vec<_> = relayed.words.iter().map(|words| (words.message, words.text.as_str())).collect();
    assert_eq!((relayed.conversation, words), (told.conversation.to_string(), vec![(1, "The strap tore.")]));
    assert!(card.words.is_empty(), "it is not what a customer said here");
    let later = vec![says("m3", Speaker::Customer, "Never mind, it is fine.")];
    shop.gate.relay(&bot, &of("c-7", later)).await.unwrap();
    assert_eq!(shop.gate.card(&held.action).await.unwrap().0.digest(), card.digest(), "what is signed stays put");
    // One that was told of only afterwards is not on it.
    let mut other = call(12_901);
    other.conversation = Some("c-9".into());
    let made = shop.gate.make_call(&bot, &other).await.unwrap();
    let held = shop.gate.carry_call(&bot, &other, &made).await.unwrap();
    shop.gate.relay(&bot, &of("c-9", vec![says("m1", Speaker::Customer, "Hello")])).await.unwrap();
    assert_eq!(shop.gate.card(&held.action).await.unwrap().0.relayed, None);
}

#[tokio::test]
async fn what_spans_say_was_said_is_left_out_where_messages_are_told_by_themselves() {
    let (shop, bot) = granted(|_| {}).await;
    let spans = shop.gate.relay(&bot, &of("c-7", vec![in_span("Hello"), step("s1")])).await.unwrap();
    assert_eq!(spans.stored, 2);
    let both = vec![says("m1", Speaker::Customer, "Hello"), in_span("And?"), step("s2")];
    let report = shop.gate.relay(&bot, &of("c-8", both)).await.unwrap();
    assert_eq!((report.stored, report.known), (2, 1));
}

#[tokio::test]
async fn what_is_over_is_taken_up_again_by_what_is_told_of_it_and_by_nothing_else() {
    let (shop, bot) = granted(|_| {}).await;
    let told = shop.gate.relay(&bot, &of("c-7", vec![says("m1", Speaker::Customer, "Hello")])).await.unwrap();
    let closed = async || shop.gate.records().conversation(&told.conversation).await.unwrap().0.closed;
    assert_eq!(shop.gate.relay(&bot, &of("c-7", vec![Telling::Done])).await.unwrap().stored, 1);
    assert!(closed().await);
    for nothing_new in [vec![Telling::Done], vec![says("m1", Speaker::Customer, "Hello")], Vec::new()] {
        assert_eq!(shop.gate.relay(&bot, &of("c-7", nothing_new)).await.unwrap().stored, 0);
        assert!(closed().await);
    }
    shop.gate.relay(&bot, &of("c-7", vec![says("m2", Speaker::Customer, "One more thing")])).await.unwrap();
    assert!(!closed().await);
}

#[tokio::test]
async fn only_who_is_granted_tells_and_only_of_their_own_and_not_without_bound() {
    let (shop, bot) = granted(|grant| grant.word = AgentWord::Nothing).await;
    let told = shop.gate.relay(&bot, &of("c-7", vec![says("m1", Speaker::Customer, "Hello")])).await.unwrap();
    let (state, _) = shop.gate.records().conversation(&told.conversation).await.unwrap();
    assert_eq!((state.assurance(), state.customer()), (Assurance::Anonymous, None), "its word counts for nothing");
    let longer = "x".repeat(LONGEST_RELAYED_CHARS + 1);
    let size = shop.gate.records().log().size();
    let refused = shop.gate.relay(&bot, &of("c-7", vec![step("s1"), says("m2", Speaker::Agent, &longer)])).await;
    assert!(matches!(refused, Err(GateError::Conversation(ConversationError::TooLong(..)))), "{refused:?}");
    for wrong in [of("", Vec::new()), of(&"x".repeat(257), Vec::new()), of("c-7", vec![step("")])] {
        assert!(matches!(shop.gate.relay(&bot, &wrong).await, Err(GateError::CallKey(_))));
    }
    assert_eq!(shop.gate.records().log().size(), size, "all of it or nothing");
    shop.change(Change::RevokeAgent { agent: bot.name().into() }).await.unwrap();
    let late = shop.gate.relay(&bot, &of("c-7", vec![says("m3", Speaker::Customer, "Hello")])).await;
    assert!(matches!(late, Err(GateError::UnknownToken)), "{late:?}");
}

#[tokio::test]
async fn as_much_as_a_request_holds_is_stored_though_no_append_holds_it() {
    let (shop, bot) = granted(|_| {}).await;
    let many = |from: u32, to: u32| {
        (from..to).map(|n| says(&n.to_string(), Speaker::Customer, &format!("Word {n}"))).collect::<Vec<_>>()
    };
    let report = shop.gate.relay(&bot, &of("c-7", many(0, 512))).await.unwrap();
    assert_eq!((report.stored, report.known), (512, 0));
    let overlaps = shop.gate.relay(&bot, &of("c-7", many(500, 600))).await.unwrap();
    assert_eq!((overlaps.stored, overlaps.known), (88, 12));
    let full = shop.gate.relay(&bot, &of("c-7", many(600, 1_100))).await;
    assert!(matches!(full, Err(GateError::Conversation(ConversationError::TooManyRelayed))), "{full:?}");
}

#[tokio::test]
async fn what_was_never_told_of_is_not_over_and_nothing_begins_by_it() {
    let (shop, bot) = granted(|_| {}).await;
    let size = shop.gate.records().log().size();
    let over = shop.gate.relay(&bot, &of("c-7", vec![Telling::Done])).await;
    assert!(matches!(over, Err(GateError::NotFound(_))), "{over:?}");
    assert_eq!(shop.gate.records().log().size(), size);
}

#[tokio::test]
async fn a_card_does_not_lend_one_customer_the_words_of_another() {
    let (shop, bot) = granted(|_| {}).await;
    let customer = CallCustomer { id: Some("C-9999".into()), name: Some("Bob".into()) };
    let told = vec![says("m1", Speaker::Customer, "It never arrived, and I am furious.")];
    let bob = Relaying { customer: Some(customer), ..of("c-7", told) };
    shop.gate.relay(&bot, &bob).await.unwrap();
    let mut asked = call(12_900);
    asked.conversation = Some("c-7".into());
    let made = shop.gate.make_call(&bot, &asked).await.unwrap();
    let held = shop.gate.carry_call(&bot, &asked, &made).await.unwrap();
    let (card, _) = shop.gate.card(&held.action).await.unwrap();
    assert_eq!(card.relayed, None);
    assert!(card.notices.iter().any(|notice| notice.contains("with another customer")), "{:?}", card.notices);
}

#[tokio::test]
async fn what_a_model_was_given_is_on_no_card_as_the_customers_words() {
    let (shop, bot) = granted(|_| {}).await;
    shop.gate.relay(&bot, &of("c-7", vec![in_span("Classify the following."), step("s1")])).await.unwrap();
    let mut asked = call(12_900);
    asked.conversation = Some("c-7".into());
    let made = shop.gate.make_call(&bot, &asked).await.unwrap();
    let held = shop.gate.carry_call(&bot, &asked, &made).await.unwrap();
    assert!(shop.gate.card(&held.action).await.unwrap().0.relayed.unwrap().words.is_empty());
}

#[tokio::test]
async fn an_erasure_reaches_what_is_relayed_through_the_calls_that_belong_there_and_nobody_elses() {
    let (shop, bot) = granted(|grant| grant.word = AgentWord::Claimed).await;
    // By its word nobody is verified in what it relays, nor in its calls: whom a call is about its order says.
    let told = shop.gate.relay(&bot, &of("c-7", vec![says("m1", Speaker::Customer, "The strap tore.")])).await.unwrap();
    let others = shop.gate.relay(&bot, &of("c-8", vec![says("m1", Speaker::Customer, "Hello")])).await.unwrap();
    let mut asked = call(12_900);
    asked.conversation = Some("c-7".into());
    let made = shop.gate.make_call(&bot, &asked).await.unwrap();
    shop.gate.carry_call(&bot, &asked, &made).await.unwrap();
    let ana = shop.gate.customer_of(&made.conversation).await.unwrap().unwrap();
    let linked = shop.gate.linked(&ana, shop.gate.records().log().size()).await.unwrap();
    assert!(linked.conversations.contains(&made.conversation) && linked.conversations.contains(&told.conversation));
    assert!(!linked.conversations.contains(&others.conversation));
}
