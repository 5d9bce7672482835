//! Customer tokens: an embedding site signs its customer in with a JWT (RFC 7519), HS256 and nothing else.
//!
//! Claims: `aud` is or contains `countersign-chat`; `sub`, the site's id of the customer; `exp`, seconds since 1970, at
//! most an hour ahead; `name`, optional; `nbf` is heeded if present. Written by hand on `hmac` and `sha2`: it is one
//! algorithm, the libraries read the system's clock, and none of their other algorithms can be talked into use here.

use super::name::{self, BadName};
use super::options::SiteSecret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_domain::hidden::is_hidden;
use countersign_domain::strict;
use countersign_domain::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

/// Whom a token must be for.
const AUDIENCE: &str = "countersign-chat";
const LONGEST_TOKEN_BYTES: usize = 4 * 1024;
const LONGEST_SUBJECT_BYTES: usize = 128;
const FARTHEST_EXPIRY_SECONDS: i64 = 3_600;

/// A customer as the site signed them in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignedIn {
    pub(super) subject: String,
    pub(super) name: Option<String>,
}

/// Why a token does not sign anybody in. None of these says what the token contained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadToken {
    #[error("this chat takes no sign-in tokens; leave the token out")]
    NotTaken,
    #[error("the sign-in token is not a signed JWT of at most {LONGEST_TOKEN_BYTES} bytes; sign in again")]
    Malformed,
    #[error("the sign-in token is not signed with HS256; sign in again")]
    Algorithm,
    #[error("the signature of the sign-in token is not this site's; sign in again")]
    Signature,
    #[error("the sign-in token has expired; sign in again")]
    Expired,
    #[error("the sign-in token expires more than an hour ahead, or never; sign in again")]
    TooFarAhead,
    #[error("the sign-in token is not valid yet; try again shortly")]
    NotYet,
    #[error("the sign-in token is not meant for this chat; sign in again")]
    Audience,
    #[error("the sign-in token names no customer that can be used; sign in again")]
    Subject,
    #[error("{0} (in the sign-in token)")]
    Name(BadName),
}

/// Signs a customer in for half an hour, as the shop's own site would: for trying it out, and for tests.
pub fn customer_token(secret: &SiteSecret, subject: &str, name: Option<&str>, now: Timestamp) -> String {
    let expires = now.micros().div_euclid(1_000_000).saturating_add(FARTHEST_EXPIRY_SECONDS / 2);
    let claims = json!({ "aud": AUDIENCE, "sub": subject, "name": name, "exp": expires });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(&claims));
    // HMAC takes keys of every length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.bytes()) else { return String::new() };
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// Checks signature first, then every claim.
pub(super) fn verify(token: &str, secret: Option<&SiteSecret>, now: Timestamp) -> Result<SignedIn, BadToken> {
    let secret = secret.ok_or(BadToken::NotTaken)?;
    if token.len() > LONGEST_TOKEN_BYTES {
        return Err(BadToken::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(BadToken::Malformed)?;
    let (header, claims) = signed.split_once('.').filter(|(_, c)| !c.contains('.')).ok_or(BadToken::Malformed)?;
    let header = object(header)?;
    // `crit` names extensions that must be understood; none is.
    if header.get("alg").and_then(Value::as_str) != Some("HS256") || header.contains_key("crit") {
        return Err(BadToken::Algorithm);
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| BadToken::Malformed)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).map_err(|_| BadToken::Signature)?;
    mac.update(signed.as_bytes());
    // Compares in constant time.
    mac.verify_slice(&signature).map_err(|_| BadToken::Signature)?;
    signed_in(&object(claims)?, now)
}

fn signed_in(claims: &Map<String, Value>, now: Timestamp) -> Result<SignedIn, BadToken> {
    let audience = match claims.get("aud") {
        Some(Value::String(one)) => one == AUDIENCE,
        Some(Value::Array(several)) => several.iter().any(|a| a.as_str() == Some(AUDIENCE)),
        _ => false,
    };
    if !audience {
        return Err(BadToken::Audience);
    }
    let now = now.micros().div_euclid(1_000_000);
    let expires = claims.get("exp").and_then(Value::as_i64).ok_or(BadToken::TooFarAhead)?;
    if expires <= now {
        return Err(BadToken::Expired);
    }
    if expires - now > FARTHEST_EXPIRY_SECONDS {
        return Err(BadToken::TooFarAhead);
    }
    match claims.get("nbf").map(Value::as_i64) {
        Some(Some(from)) if from > now => return Err(BadToken::NotYet),
        Some(None) => return Err(BadToken::Malformed),
        Some(Some(_)) | None => {}
    }
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    if subject.is_empty() || subject.len() > LONGEST_SUBJECT_BYTES || subject.chars().any(is_hidden) {
        return Err(BadToken::Subject);
    }
    let name = match claims.get("name") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => name::checked(name).map_err(BadToken::Name)?,
        Some(_) => return Err(BadToken::Malformed),
    };
    Ok(SignedIn { subject: subject.to_owned(), name })
}

/// One part of the token: base64url without padding, around a strict JSON object (a key twice could be read two ways).
fn object(part: &str) -> Result<Map<String, Value>, BadToken> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| BadToken::Malformed)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| BadToken::Malformed)?;
    match strict::parse(text) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(BadToken::Malformed),
    }
}

#[cfg(test)]
mod tests;
