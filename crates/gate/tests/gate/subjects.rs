//! Who is it about: attacks by a customer on what is another's.

use crate::limits::{held_in, of_customer};
use crate::shop::{Shop, refund};
use countersign_domain::action::{Choice, Phase};
use countersign_domain::conversation::Assurance;
use countersign_domain::ids::ActionId;
use serde_json::{Value, json};

const SEARCH: &str =
    r#"@id("search") @reason("Search.") permit (principal, action == Action::"crm.search_customers", resource);"#;

async fn rules(shop: &Shop, id: &ActionId) -> Vec<String> {
    shop.gate.card(id).await.unwrap().0.rules.into_iter().map(|rule| rule.id).collect()
}

fn refund_of(order: &str, minor: i64) -> String {
    let mut arguments = refund(minor);
    arguments["order_number"] = order.into();
    arguments.to_string()
}

#[tokio::test]
async fn another_customers_order_waits_for_a_person_with_its_right_postcode_too() {
    let shop = Shop::open().await;
    let thief = shop.conversation_of("chat", Assurance::Verified, "C-2002").await;
    let pair = json!({"order_number": "1042", "postcode": "46001"}).to_string();
    assert_eq!(shop.propose_text(&thief, "crm.find_order", pair).await.unwrap().phase, Phase::Succeeded);
    let asked = shop.propose_text(&thief, "crm.issue_refund", refund_of("1042", 4_900)).await.unwrap();
    assert_eq!((asked.phase, shop.refunds()), (Phase::Held, vec![]));
    let (card, _) = shop.gate.card(&asked.action).await.unwrap();
    let why: Vec<_> = card.rules.iter().map(|rule| (rule.id.as_str(), rule.reason.as_str())).collect();
    let reason = "This is about another customer than the one who is signed in, so a person decides.";
    assert_eq!(why, [("subject-other", reason)]);
    let own = shop.propose_text(&thief, "crm.issue_refund", refund_of("C-2002/1", 4_900)).await.unwrap();
    assert_eq!(own.phase, Phase::Succeeded, "their own order needs nobody");
    shop.decide(&asked.action, Choice::Approve).await.unwrap();
    shop.reaches(&asked.action, Phase::Succeeded).await;
    let [owner, thief] = ["C-2001", "C-2002"].map(|customer| of_customer(&shop, customer));
    assert_eq!(held_in(&shop, &owner).await.minor_30d, 4_900, "it counts for whom it is about");
    assert_eq!(held_in(&shop, &thief).await.minor_30d, 4_900);
}

#[tokio::test]
async fn reads_about_another_customer_wait_and_what_only_the_result_tells_is_withheld() {
    let shop = Shop::open().await;
    let signed_in = shop.conversation_of("chat", Assurance::Verified, "C-2002").await;
    let ask =
        async |tool: &str, arguments: Value| shop.propose_text(&signed_in, tool, arguments.to_string()).await.unwrap();
    let others = ask("crm.list_orders", json!({"customer_id": "C-2001"})).await;
    assert_eq!((others.phase, others.result.is_none()), (Phase::Held, true));
    assert_eq!(rules(&shop, &others.action).await, ["subject-other"]);
    let own = ask("crm.list_orders", json!({"customer_id": "C-2002"})).await;
    assert_eq!((own.phase, own.result.is_some()), (Phase::Succeeded, true));
    let order = ask("crm.get_order", json!({"order_number": "1042"})).await;
    assert_eq!((order.phase, order.result.clone(), order.withheld), (Phase::Succeeded, None, true));
    assert!(order.in_words().contains("is withheld"), "{}", order.in_words());
    let again = shop.gate.report(&order.action).await.unwrap();
    assert_eq!((again.result, again.withheld), (None, true), "nor when it is asked for later");
    let own = ask("crm.get_order", json!({"order_number": "C-2002/1"})).await;
    assert_eq!((own.result.is_some(), own.withheld), (true, false));
}

#[tokio::test]
async fn a_search_by_name_tells_an_agent_nothing_about_others() {
    let shop = Shop::open().await;
    shop.put_policy("reads", |text| format!("{text}\n{SEARCH}"));
    let name = json!({"name": "Ana Ruiz"}).to_string();
    for (assurance, customer, phase, told) in [
        (Assurance::Verified, "C-2001", Phase::Succeeded, true),
        (Assurance::Verified, "C-2002", Phase::Succeeded, false),
        (Assurance::Claimed, "", Phase::Held, false),
        (Assurance::Anonymous, "", Phase::Held, false),
    ] {
        let conversation = shop.conversation_of("chat", assurance, customer).await;
        let found = shop.propose_text(&conversation, "crm.search_customers", name.clone()).await.unwrap();
        assert_eq!((found.phase, found.result.is_some()), (phase, told), "{assurance:?} {customer}");
        if phase == Phase::Held {
            assert_eq!(rules(&shop, &found.action).await, ["subject-unverified"]);
        }
    }
    let conversation = shop.conversation_of("chat", Assurance::Claimed, "").await;
    let held = shop.propose_text(&conversation, "crm.search_customers", name).await.unwrap();
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    let found = shop.reaches(&held.action, Phase::Succeeded).await;
    assert!(found.result.is_some(), "a person has let it through");
}

#[tokio::test]
async fn before_verification_only_a_proof_pair_reads() {
    let shop = Shop::open().await;
    let claimed = shop.conversation(Assurance::Claimed).await;
    let pair = json!({"order_number": "1042", "postcode": "46001"}).to_string();
    let proved = shop.propose_text(&claimed, "crm.find_order", pair).await.unwrap();
    assert!(proved.result.is_some());
    shop.put_policy("reads", |text| {
        text.replace("forbid", "permit")
            .replace("@disposition(\"hold\")\n@role(\"supervisor\")\n", "")
            .replace("unless {", "when { true ||")
    });
    let number = json!({"order_number": "1042"}).to_string();
    let alone = shop.propose_text(&claimed, "crm.get_order", number).await.unwrap();
    assert_eq!(alone.phase, Phase::Held, "whatever an operator's rules permit");
    assert_eq!(rules(&shop, &alone.action).await, ["subject-unverified"]);
}

#[tokio::test]
async fn whom_it_is_about_must_be_found_out_or_a_person_decides() {
    let shop = Shop::open().await;
    let conversation = shop.conversation(Assurance::Verified).await;
    let nobodys = shop.propose_text(&conversation, "crm.issue_refund", refund_of("/1", 100)).await.unwrap();
    assert_eq!(nobodys.phase, Phase::Held);
    assert_eq!(rules(&shop, &nobodys.action).await, ["subject-unresolved"]);
}

#[tokio::test]
async fn an_erased_customer_who_returns_finds_the_limit_where_it_was() {
    let shop = Shop::open().await;
    for order in ["C-2001/1", "C-2001/2", "C-2001/3", "C-2001/4"] {
        let conversation = shop.conversation(Assurance::Verified).await;
        assert_eq!(shop.refund_order(&conversation, order, 5_000).await.phase, Phase::Succeeded);
        let records = shop.gate.records();
        let key = records.conversation_key(&conversation).await.unwrap();
        records.sealing().erase(&[key]).unwrap();
    }
    let returned = shop.refund(&shop.conversation(Assurance::Verified).await, 100).await;
    assert_eq!(returned.phase, Phase::Held);
    assert_eq!(rules(&shop, &returned.action).await, ["refund-over-200-in-30-days"]);
}

#[tokio::test]
async fn an_order_that_became_another_customers_is_held_again_as_theirs() {
    let shop = Shop::open().await;
    let held = shop.held().await;
    shop.gate.stop(shop.person.clone()).await.unwrap();
    shop.decide(&held.action, Choice::Approve).await.unwrap();
    shop.server.books.lock().unwrap().owner = Some("C-2002".to_owned());
    shop.clock.advance(60);
    shop.gate.resume(shop.person.clone()).await.unwrap();
    shop.reaches(&held.action, Phase::Held).await;
    let (record, names) = (shop.gate.records().action(&held.action).await.unwrap(), shop.gate.records().sealing());
    assert_eq!(record.action.standing.subject, Some(names.pseudonym("C-2002")), "whose it is by now");
    assert!(rules(&shop, &held.action).await.contains(&"subject-other".to_owned()));
    assert!(shop.refunds().is_empty());
}
