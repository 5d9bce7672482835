//! Signing in by a code: what the right one does, and everything that somebody tries who has not got the mailbox.

use super::customer::{Came, Customer};
use super::house::{House, SITE_SECRET};
use super::store::at;
use countersign_channels::chat::{SignInLimits, SiteSecret, customer_token};
use countersign_domain::conversation::SignInFailure;
use serde_json::{Value, json};
use std::time::Duration;

/// Limits that no test meets by accident.
fn wide() -> SignInLimits {
    SignInLimits {
        per_address: 1_000,
        each_address: Duration::from_secs(1),
        per_neighbour: 1_000,
        in_all: 1_000,
        ..SignInLimits::default()
    }
}

impl Customer {
    async fn asks(&mut self, address: &str) -> Value {
        self.send(json!({"type": "sign_in", "address": address})).await;
        self.frame().await
    }

    async fn types(&mut self, code: &str) -> Value {
        self.send(json!({"type": "code", "code": code})).await;
        self.frame().await
    }

    async fn opens(house: &House) -> (Self, Value) {
        let mut customer = Self::connect(house.address).await;
        customer.send(json!({"type": "open", "name": "Ana"})).await;
        let opened = customer.frame().await;
        (customer, opened)
    }
}

/// Another code than this one.
fn not(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn the_code_that_went_to_the_address_signs_in_and_what_was_offered_is_offered_no_more() {
    let (house, people, postbox) = House::signing_in(wide()).await;
    let (mut ana, opened) = Customer::opens(&house).await;
    assert_eq!(opened["sign_in"], json!({"folder": null}));
    assert_eq!(ana.asks(" Ana@Example.com ").await, json!({"type": "code_asked", "good_minutes": 10}));
    let (to, code) = postbox.code(1).await;
    assert_eq!(to, "ana@example.com");
    let grouped = format!(" {} {}", &code[..3], &code[3..]);
    let signed_in = ana.types(&grouped).await;
    assert_eq!((&signed_in["type"], &signed_in["name"]), (&json!("signed_in"), &json!("Ana Ruiz")));
    let conversation = opened["conversation"].as_str().unwrap();
    assert_eq!(*people.signed_in.lock().unwrap(), [(conversation.parse().unwrap(), "C-2001".to_owned())]);

    let mut again = Customer::connect(house.address).await;
    again
        .send(json!({"type": "resume", "conversation": conversation, "secret": opened["secret"], "after": null}))
        .await;
    assert!(again.frame().await.get("sign_in").is_none());
    assert_eq!(again.frame().await["type"], "signed_in");
    assert_eq!(again.types(&code).await["code"], "no_code", "a code is good once");
    assert_eq!(again.asks("bo@example.com").await["code"], "signed_in");
}

#[tokio::test]
async fn nothing_tells_whether_an_address_is_a_customer_s() {
    let (house, people, postbox) = House::signing_in(wide()).await;
    let mut told = Vec::new();
    for address in ["ana@example.com", "nobody@example.com"] {
        let (mut eve, _) = Customer::opens(&house).await;
        let mut frames = vec![eve.asks(address).await];
        let right = if address.starts_with("ana") { postbox.code(1).await.1 } else { "000000".to_owned() };
        for _ in 0..6 {
            frames.push(eve.types(&not(&right)).await);
        }
        told.push(frames);
    }
    assert_eq!(told[0], told[1]);
    // Positions of the log are on the page's wire: one record more or less would tell.
    assert_eq!(*people.failed.borrow(), [SignInFailure::WrongCodes; 2], "the log holds the same of both");
    while *postbox.reached.lock().unwrap() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(postbox.letters(), 1, "the mail server is asked in any case, and one letter goes out");
}

#[tokio::test]
async fn a_mail_server_that_is_down_is_told_and_tells_nothing_of_the_address() {
    let (house, people, postbox) = House::signing_in(wide()).await;
    *postbox.down.lock().unwrap() = true;
    for address in ["ana@example.com", "nobody@example.com"] {
        let (mut eve, _) = Customer::opens(&house).await;
        assert_eq!(eve.asks(address).await["type"], "code_asked");
        assert_eq!(eve.error().await, "not_sent");
        assert_eq!(eve.types("123456").await["code"], "no_code");
    }
    assert_eq!(*people.failed.borrow(), [SignInFailure::NotSent; 2]);
    *postbox.down.lock().unwrap() = false;
    // The tool that knows the addresses is down: the same, whatever the address.
    let (mut eve, _) = Customer::opens(&house).await;
    eve.asks("down@example.com").await;
    assert_eq!(eve.error().await, "not_sent");
    // One letter that is refused is told to nobody, and no record says so: it would tell that there is somebody.
    *postbox.refuses.lock().unwrap() = true;
    let (mut ana, _) = Customer::opens(&house).await;
    assert_eq!(ana.asks("ana@example.com").await["type"], "code_asked");
    assert_eq!(ana.types("123456").await["code"], "wrong_code");
    assert_eq!(people.failed.borrow().len(), 3);
}

#[tokio::test]
async fn five_wrong_codes_spend_it_and_the_right_one_comes_too_late() {
    let (house, people, postbox) = House::signing_in(wide()).await;
    let (mut eve, opened) = Customer::opens(&house).await;
    eve.asks("ana@example.com").await;
    let (_, code) = postbox.code(1).await;
    let wrong = not(&code);
    // What is no code at all is no try.
    for no_code in ["", "12345", "1234567", "12345a", "\u{0661}23456", "1 2 3 4 5", &"1".repeat(4_000)] {
        assert_eq!(eve.types(no_code).await["message"], "a code has six digits");
    }
    // Nor do other connections bring new tries.
    let mut second = Customer::connect(house.address).await;
    let resume =
        json!({"type": "resume", "conversation": opened["conversation"], "secret": opened["secret"], "after": null});
    second.send(resume).await;
    second.frame().await;
    for left in [4, 3, 2, 1] {
        let who = if left % 2 == 0 { &mut eve } else { &mut second };
        let told = who.types(&wrong).await;
        assert!(told["message"].as_str().unwrap().contains(&format!("{left} more times")), "{told}");
    }
    assert_eq!(eve.types(&wrong).await["code"], "no_code");
    people.fails(SignInFailure::WrongCodes).await;
    assert_eq!(eve.types(&code).await["code"], "no_code");
    assert!(people.signed_in.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_code_is_good_in_the_conversation_that_asked_for_it_and_in_no_other() {
    let (house, people, postbox) = House::signing_in(wide()).await;
    let (mut ana, _) = Customer::opens(&house).await;
    let (mut eve, _) = Customer::opens(&house).await;
    ana.asks("ana@example.com").await;
    let (_, hers) = postbox.code(1).await;
    assert_eq!(eve.types(&hers).await["code"], "no_code", "none is waited for there");
    eve.asks("bo@example.com").await;
    postbox.code(2).await;
    assert_eq!(eve.types(&hers).await["code"], "wrong_code");
    // A new code takes the place of the one before.
    ana.asks("ana@example.com").await;
    let (_, newer) = postbox.code(3).await;
    assert_eq!(ana.types(&hers).await["code"], "wrong_code");
    assert!(people.signed_in.lock().unwrap().is_empty());
    assert_eq!(ana.types(&newer).await["type"], "signed_in");
}

#[tokio::test]
async fn what_is_no_plain_address_reaches_neither_the_log_nor_a_mailbox() {
    let (house, people, postbox) = House::signing_in(wide()).await;
    let (mut eve, _) = Customer::opens(&house).await;
    for address in [
        "ana@example.com\r\nBcc: eve@example.net",
        "ana@example.com\nRCPT TO:<eve@example.net>",
        "ana@example.com,eve@example.net",
        "\"ana@example.com\"@example.net",
        "\u{430}na@example.com",
        "ana@example.com\u{202e}",
        "ana@ex\u{e4}mple.com",
        "<script>@example.com",
        "",
    ] {
        let told = eve.asks(address).await;
        assert_eq!(told["code"], "address", "{address:?}");
        assert!(address.is_empty() || !told["message"].as_str().unwrap().contains(address), "nothing is echoed");
    }
    assert_eq!((people.askings(), postbox.letters(), *postbox.reached.lock().unwrap()), (0, 0, 0));
}

#[tokio::test]
async fn codes_to_one_address_from_one_place_and_in_all_are_few() {
    let few = |per_address, per_neighbour, in_all| SignInLimits {
        per_address,
        each_address: Duration::from_secs(3_600),
        per_neighbour,
        per_neighbour_and_minute: 1,
        in_all,
        in_all_and_minute: 1,
    };
    for (limits, taken, other) in
        [(few(3, 100, 100), 3, true), (few(100, 4, 100), 4, false), (few(100, 100, 2), 2, false)]
    {
        let (house, people, _) = House::signing_in(limits).await;
        // Every time from a conversation of their own, and however the address is written.
        for nth in 0..6 {
            let (mut eve, _) = Customer::opens(&house).await;
            let told = eve.asks(["ana@example.com", "ANA@example.com", " ana@EXAMPLE.com"][nth % 3]).await;
            let expected = if nth < taken { &told["type"] == "code_asked" } else { &told["code"] == "too_many_codes" };
            assert!(expected, "{nth}: {told}");
        }
        assert_eq!(people.askings() as usize, taken, "what is refused is not even stored");
        let (mut bo, _) = Customer::opens(&house).await;
        assert_eq!(bo.asks("bo@example.com").await["type"] == "code_asked", other);
    }
}

#[tokio::test]
async fn where_it_cannot_be_stored_the_code_stays_good() {
    let (house, _, postbox) = House::signing_in(wide()).await;
    let (mut ana, _) = Customer::opens(&house).await;
    ana.asks("ana@example.com").await;
    let (_, code) = postbox.code(1).await;
    house.store.refuse();
    assert_eq!(ana.types(&code).await["code"], "unavailable");
    house.store.answer();
    assert_eq!(ana.types(&code).await["type"], "signed_in");
}

#[tokio::test]
async fn where_nobody_is_signed_in_by_a_code_it_is_not_offered_and_not_done() {
    let house = House::open().await;
    let (mut ana, opened) = Customer::opens(&house).await;
    assert!(opened.get("sign_in").is_none());
    assert_eq!(ana.asks("ana@example.com").await["code"], "not_offered");
    assert_eq!(ana.types("123456").await["code"], "not_offered");
    ana.asks("ana@example.com").await;
    assert_eq!(ana.next().await, Came::Close(1008));
    // And to whom the site has signed in it is not offered where it could be.
    let (house, ..) = House::signing_in(wide()).await;
    let token = customer_token(&SiteSecret::new(SITE_SECRET).unwrap(), "C-2001", None, at());
    let mut ana = Customer::connect(house.address).await;
    ana.send(json!({"type": "open", "token": token})).await;
    assert!(ana.frame().await.get("sign_in").is_none());
    // Nor is anything of it taken before there is a conversation.
    let mut early = Customer::connect(house.address).await;
    early.send(json!({"type": "code", "code": "123456"})).await;
    assert_eq!(early.error().await, "out_of_turn");
}
