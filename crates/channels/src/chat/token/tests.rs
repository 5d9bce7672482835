//! Tokens against the published vector, and against everything that a forger tries.

use super::*;

const SECRET: &[u8] = b"a-site-secret-of-more-than-32-bytes!";

fn now() -> Timestamp {
    "2026-11-23T12:00:00.500000Z".parse().unwrap()
}

fn seconds() -> i64 {
    now().micros().div_euclid(1_000_000)
}

fn sign_raw(header: &str, claims: &str, secret: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn sign(claims: &Value) -> String {
    sign_raw(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string(), SECRET)
}

fn check(token: &str) -> Result<SignedIn, BadToken> {
    verify(token, Some(&SiteSecret::new(SECRET).unwrap()), now())
}

fn good() -> Value {
    json!({"aud": "countersign-chat", "sub": "cust-42", "name": "Ana", "exp": seconds() + 600})
}

fn with(key: &str, value: Value) -> Value {
    let mut claims = good();
    claims[key] = value;
    claims
}

/// RFC 7515, appendix A.1: its key and its signature. Only what comes behind the signature (no audience) refuses it.
#[test]
fn a_token_of_ours_signs_in_and_expires() {
    let secret = SiteSecret::new(SECRET).unwrap();
    let token = customer_token(&secret, "C-2001", Some("Ana Ruiz"), now());
    let signed_in = check(&token).unwrap();
    assert_eq!((signed_in.subject.as_str(), signed_in.name.as_deref()), ("C-2001", Some("Ana Ruiz")));
    assert_eq!(verify(&token, Some(&secret), now().plus_seconds(1_800)), Err(BadToken::Expired));
}

#[test]
fn the_published_vector_has_a_valid_signature_and_a_changed_one_has_not() {
    let key = URL_SAFE_NO_PAD
        .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        .unwrap();
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6\
                 Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let secret = SiteSecret::new(&key).unwrap();
    assert_eq!(verify(token, Some(&secret), now()), Err(BadToken::Audience));
    let changed = token.replace("dBjf", "dBjg");
    assert_eq!(verify(&changed, Some(&secret), now()), Err(BadToken::Signature));
}

#[test]
fn a_good_token_signs_in() {
    let ana = SignedIn { subject: "cust-42".into(), name: Some("Ana".into()) };
    assert_eq!(check(&sign(&good())), Ok(ana.clone()));
    assert_eq!(check(&sign(&with("aud", json!(["other", "countersign-chat"])))), Ok(ana.clone()));
    assert_eq!(check(&sign(&with("exp", json!(seconds() + 3_600)))), Ok(ana.clone()));
    assert_eq!(check(&sign(&with("name", Value::Null))), Ok(SignedIn { name: None, ..ana }));
}

#[test]
fn no_claim_is_taken_on_trust() {
    for (key, value, why) in [
        ("exp", json!(seconds()), BadToken::Expired),
        ("exp", json!(-1), BadToken::Expired),
        ("exp", json!(seconds() + 3_601), BadToken::TooFarAhead),
        ("exp", json!(9_007_199_254_740_991_i64), BadToken::TooFarAhead),
        ("exp", json!("tomorrow"), BadToken::TooFarAhead),
        ("exp", Value::Null, BadToken::TooFarAhead),
        ("nbf", json!(seconds() + 60), BadToken::NotYet),
        ("nbf", json!("now"), BadToken::Malformed),
        ("aud", json!("another-chat"), BadToken::Audience),
        ("aud", Value::Null, BadToken::Audience),
        ("sub", json!(""), BadToken::Subject),
        ("sub", json!(42), BadToken::Subject),
        ("sub", json!("x".repeat(129)), BadToken::Subject),
        ("sub", json!("a\u{202e}b"), BadToken::Subject),
        ("name", json!("A\u{200b}na"), BadToken::Name(BadName::Hidden('\u{200b}'))),
        ("name", json!(["Ana"]), BadToken::Malformed),
    ] {
        assert_eq!(check(&sign(&with(key, value.clone()))), Err(why), "{key}: {value}");
    }
}

#[test]
fn forged_tokens_are_refused() {
    let claims = good().to_string();
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"hs256"}"#, r#"{"alg":"RS256"}"#, r#"{"alg":"HS512"}"#, "{}"] {
        assert_eq!(check(&sign_raw(header, &claims, SECRET)), Err(BadToken::Algorithm), "{header}");
    }
    assert_eq!(check(&sign_raw(r#"{"alg":"HS256","crit":["x"]}"#, &claims, SECRET)), Err(BadToken::Algorithm));
    assert_eq!(check(&sign_raw(r#"{"alg":"HS256"}"#, &claims, b"another secret")), Err(BadToken::Signature));
    let token = sign(&good());
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert_eq!(check(&format!("{signed}.")), Err(BadToken::Signature), "an empty signature");
    assert_eq!(check(&token[..token.len() - 4]), Err(BadToken::Signature), "a short signature");
    let twice = r#"{"aud":"countersign-chat","sub":"cust-42","sub":"cust-1","exp":1}"#;
    assert_eq!(check(&sign_raw(r#"{"alg":"HS256"}"#, twice, SECRET)), Err(BadToken::Malformed));
    for text in ["", ".", "..", "a.b.c", "not a token", &"x".repeat(9_999), &format!("{token}."), &format!("{token}=")]
    {
        assert!(matches!(check(text), Err(BadToken::Malformed)), "{text}");
    }
}

#[test]
fn without_a_secret_no_token_is_taken() {
    assert_eq!(verify(&sign(&good()), None, now()), Err(BadToken::NotTaken));
}
