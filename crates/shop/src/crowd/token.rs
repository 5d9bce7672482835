//! What the shop's own site signs its customers in with: a JWT with HS256, as the chat's documentation asks for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};

const GOOD_FOR_SECONDS: u64 = 10 * 60;

/// A token for a customer; `None` where the machine's clock stands before 1970.
pub(super) fn sign_in(secret: &str, customer: &str, name: &str) -> Option<String> {
    #[allow(clippy::disallowed_methods, reason = "a site has the system's clock, like the chat that checks the token")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    let claims = json!({ "aud": "countersign-chat", "sub": customer, "name": name, "exp": now + GOOD_FOR_SECONDS });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(&claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
}
