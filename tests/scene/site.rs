//! The shop's own site, which signs its customers in at the chat: a JWT with HS256, made without the station's code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// A token for a customer of the shop, good for ten minutes, with the secret of the station on this data folder.
#[allow(
    clippy::disallowed_methods,
    reason = "the site has the system's clock, as the station does that checks the token"
)]
pub fn token(data: &Path, customer: &str, name: &str) -> String {
    let secret = std::fs::read_to_string(data.join("site.secret")).expect("the station made a secret");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "aud": "countersign-chat", "sub": customer, "name": name, "exp": now + 600 });
    let signed = format!("{}.{}", part(json!({ "alg": "HS256", "typ": "JWT" })), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.trim().as_bytes()).expect("HMAC takes any key");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}
