//! XChaCha20-Poly1305 with a random nonce in front of the ciphertext, and HMAC-SHA-256.

use chacha20::{R20, hchacha};
use countersign_domain::ambient::Entropy;
use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A symmetric key, wiped when dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

const NONCE: usize = 24;
/// So much of the nonce goes into the one message's own key.
const INTO_KEY: usize = 16;

/// A fresh random key.
pub(crate) fn fresh_key(entropy: &dyn Entropy) -> Key {
    let mut key = Key::default();
    entropy.fill(key.as_mut());
    key
}

/// XChaCha20-Poly1305 is ChaCha20-Poly1305 under a key made of the first 16 bytes of the nonce, with the other 8 as its
/// nonce. This key opens one message and no other.
fn one_message(key: &Key, nonce: &[u8; NONCE]) -> Option<(LessSafeKey, Nonce)> {
    let (into_key, rest) = nonce.split_first_chunk::<INTO_KEY>()?;
    let own = Zeroizing::new(<[u8; 32]>::from(hchacha::<R20>((&**key).into(), into_key.into())));
    let mut short = [0; NONCE_LEN];
    short.split_at_mut(NONCE_LEN - rest.len()).1.copy_from_slice(rest);
    let own = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, own.as_slice()).ok()?);
    Some((own, Nonce::assume_unique_for_key(short)))
}

/// Nonce and ciphertext; `None` only for sizes beyond the cipher's.
pub(crate) fn encrypt(key: &Key, plain: &[u8], bound: &[u8], entropy: &dyn Entropy) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE];
    entropy.fill(&mut nonce);
    let (own, short) = one_message(key, &nonce)?;
    let mut bytes = Vec::with_capacity(NONCE + plain.len() + CHACHA20_POLY1305.tag_len());
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(plain);
    let (_, message) = bytes.split_first_chunk_mut::<NONCE>()?;
    let tag = own.seal_in_place_separate_tag(short, Aad::from(bound), message).ok()?;
    bytes.extend_from_slice(tag.as_ref());
    Some(bytes)
}

/// The plaintext; `None` if key, bytes or what they are bound to do not fit.
pub(crate) fn decrypt(key: &Key, bytes: &[u8], bound: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE>()?;
    let (own, short) = one_message(key, nonce)?;
    let mut opened = Zeroizing::new(ciphertext.to_vec());
    let length = own.open_in_place(short, Aad::from(bound), &mut opened).ok()?.len();
    opened.truncate(length);
    Some(opened)
}

/// A 32-byte plaintext.
pub(crate) fn decrypt_key(key: &Key, bytes: &[u8], bound: &[u8]) -> Option<Key> {
    let plain = decrypt(key, bytes, bound)?;
    let mut opened = Key::default();
    if plain.len() != opened.len() {
        return None;
    }
    opened.copy_from_slice(&plain);
    Some(opened)
}

/// HMAC-SHA-256 over a purpose and a message.
pub(crate) fn hmac(key: &Key, purpose: &str, message: &[u8]) -> [u8; 32] {
    // A key of 32 bytes is never refused; the all-zero fallback would be a constant and is unreachable.
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_slice()) else { return [0; 32] };
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Bytes to bind a ciphertext to: a purpose and parts, each with its length in front.
pub(crate) fn bound(purpose: &str, parts: &[&str]) -> Vec<u8> {
    let mut out = purpose.as_bytes().to_vec();
    for part in parts {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part.as_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_testkit::SeededEntropy;

    #[test]
    fn encryption_is_the_published_xchacha20_poly1305() {
        // draft-irtf-cfrg-xchacha-03, A.3.1.
        struct Fixed;
        impl Entropy for Fixed {
            fn fill(&self, buffer: &mut [u8]) {
                buffer.copy_from_slice(&hex::decode("404142434445464748494a4b4c4d4e4f5051525354555657").unwrap());
            }
        }
        let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let key = Key::new(std::array::from_fn(|n| 0x80 + n as u8));
        let bytes = encrypt(&key, plain, &hex::decode("50515253c0c1c2c3c4c5c6c7").unwrap(), &Fixed).unwrap();
        let (ciphertext, tag) = bytes[24..].split_at(plain.len());
        assert!(
            hex::encode(ciphertext).starts_with("bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb")
        );
        assert_eq!(hex::encode(tag), "c0875924c1c7987947deafd8780acf49");
    }

    #[test]
    fn hmac_is_hmac_sha_256() {
        let key = Key::new([0x0b; 32]);
        let expected = {
            let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&[0x0b; 32]).unwrap();
            mac.update(b"names\0Hi There");
            mac.finalize().into_bytes()
        };
        assert_eq!(hmac(&key, "names", b"Hi There"), <[u8; 32]>::from(expected));
        assert_ne!(hmac(&key, "names", b"Hi There"), hmac(&key, "other", b"Hi There"));
    }

    #[test]
    fn a_changed_byte_or_binding_does_not_open() {
        let entropy = SeededEntropy::new(1);
        let key = fresh_key(&entropy);
        let bytes = encrypt(&key, b"words", &bound("p", &["a", "bc"]), &entropy).unwrap();
        assert_eq!(decrypt(&key, &bytes, &bound("p", &["a", "bc"])).unwrap().as_slice(), b"words");
        assert!(decrypt(&key, &bytes, &bound("p", &["ab", "c"])).is_none());
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(decrypt(&key, &changed, &bound("p", &["a", "bc"])).is_none());
        }
        assert!(decrypt(&key, &[], b"").is_none());
    }
}
