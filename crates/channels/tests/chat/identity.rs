//! How sure we are who the customer is; and that a token which does not hold is never read as a mere name.

use super::customer::{Came, Customer};
use super::house::{House, SITE_SECRET};
use super::store::at;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_agents::port::Identity;
use countersign_domain::conversation::Assurance;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

fn sign(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn claims(expires_in: i64) -> Value {
    let exp = at().micros() / 1_000_000 + expires_in;
    json!({"aud": "countersign-chat", "sub": "cust-42", "name": "Ana", "exp": exp})
}

fn hs256() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

#[tokio::test]
async fn a_signed_customer_is_verified_and_a_name_is_claimed() {
    let house = House::open().await;
    let token = sign(&hs256(), &claims(600), SITE_SECRET);
    for (open, assurance, name, subject) in [
        (json!({"type": "open", "token": token}), Assurance::Verified, Some("Ana"), Some("cust-42")),
        (json!({"type": "open", "name": " Ana "}), Assurance::Claimed, Some("Ana"), None),
        (json!({"type": "open", "name": " "}), Assurance::Anonymous, None, None),
        (json!({"type": "open", "name": null}), Assurance::Anonymous, None, None),
        (json!({"type": "open"}), Assurance::Anonymous, None, None),
    ] {
        let mut ana = Customer::connect(house.address).await;
        ana.send(open).await;
        let ticket = ana.ticket().await;
        assert_eq!(json!(ticket.assurance), json!(assurance));
        let identity = Identity { assurance, name: name.map(Into::into), subject: subject.map(Into::into) };
        assert_eq!(house.store.look(&ticket.conversation, |talk| talk.identity.clone()), identity);
    }
}

#[tokio::test]
async fn a_token_that_does_not_hold_opens_nothing() {
    let house = House::open().await;
    let good = sign(&hs256(), &claims(600), SITE_SECRET);
    let (signed, _) = good.rsplit_once('.').unwrap();
    let none = sign(&json!({"alg": "none"}), &claims(600), SITE_SECRET);
    let mut elsewhere = claims(600);
    elsewhere["aud"] = json!("another-service");
    for token in [
        sign(&hs256(), &claims(600), b"a forger's secret, which is long enough"),
        sign(&hs256(), &claims(-1), SITE_SECRET),
        sign(&hs256(), &claims(3_601), SITE_SECRET),
        sign(&hs256(), &elsewhere, SITE_SECRET),
        none.rsplit_once('.').map(|(signed, _)| format!("{signed}.")).unwrap(),
        none,
        format!("{signed}."),
        String::new(),
    ] {
        let mut forger = Customer::connect(house.address).await;
        forger.send(json!({"type": "open", "token": token})).await;
        assert_eq!(forger.error().await, "token", "{token}");
    }
    let mut both = Customer::connect(house.address).await;
    both.send(json!({"type": "open", "token": good, "name": "Admin"})).await;
    assert_eq!(both.error().await, "malformed");
    assert_eq!(house.store.conversations(), 0);
}

#[tokio::test]
async fn a_name_that_hides_something_is_refused() {
    let house = House::open().await;
    let mut ana = Customer::connect(house.address).await;
    for name in ["Ana\u{202e}nimda".to_owned(), "A\nB".to_owned(), "x".repeat(81)] {
        ana.send(json!({"type": "open", "name": name})).await;
        assert_eq!(ana.error().await, "name");
    }
    assert_eq!(ana.next().await, Came::Close(1008));
    assert_eq!(house.store.conversations(), 0);
}
