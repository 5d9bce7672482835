//! A request's body, read whole before anything looks at it: not too large, and not too slowly.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header;
use std::time::Duration;

/// Bounds of a body.
#[derive(Debug, Clone, Copy)]
pub struct BodyBounds {
    /// The most bytes.
    pub bytes: usize,
    /// How long all of it may take to arrive.
    pub within: Duration,
}

/// A body this many times over the bound is still read, and thrown away: who is still sending hears no answer.
const READ_FOR_THE_ANSWER: usize = 4;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyRefused {
    /// Larger than the bound, or it broke off.
    #[error("The request is larger than {0} bytes, or broke off. It was not looked at.")]
    TooLarge(usize),
    /// It took too long.
    #[error("The request did not arrive within {0} seconds. It was not looked at.")]
    TooSlow(u64),
}

/// The request with its body in memory.
pub async fn whole(request: Request, bounds: BodyBounds) -> Result<Request, BodyRefused> {
    let (parts, body) = request.into_parts();
    let said = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let readable = bounds.bytes.saturating_mul(READ_FOR_THE_ANSWER);
    if said.is_some_and(|bytes| bytes > readable) {
        return Err(BodyRefused::TooLarge(bounds.bytes));
    }
    match tokio::time::timeout(bounds.within, to_bytes(body, readable)).await {
        Ok(Ok(bytes)) if bytes.len() > bounds.bytes => Err(BodyRefused::TooLarge(bounds.bytes)),
        Ok(Ok(bytes)) => Ok(Request::from_parts(parts, Body::from(bytes))),
        Ok(Err(_)) => Err(BodyRefused::TooLarge(bounds.bytes)),
        Err(_) => Err(BodyRefused::TooSlow(bounds.within.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;

    const BOUNDS: BodyBounds = BodyBounds { bytes: 8, within: Duration::from_secs(10) };

    fn request(body: Body) -> Request {
        Request::builder().body(body).unwrap()
    }

    #[tokio::test]
    async fn a_body_within_its_bounds_is_handed_on_whole() {
        let read = whole(request(Body::from("12345678")), BOUNDS).await.unwrap();
        assert_eq!(to_bytes(read.into_body(), 8).await.unwrap(), Bytes::from("12345678"));
        let refused = whole(request(Body::from("123456789")), BOUNDS).await.unwrap_err();
        assert_eq!(refused, BodyRefused::TooLarge(8));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up_however_steadily_it_drips() {
        let dripping = futures::stream::unfold((), |()| async {
            tokio::time::sleep_until(tokio::time::Instant::now() + Duration::from_secs(3)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from("x")), ()))
        });
        let begun = tokio::time::Instant::now();
        let refused = whole(request(Body::from_stream(dripping)), BOUNDS).await.unwrap_err();
        assert_eq!(refused, BodyRefused::TooSlow(10));
        assert_eq!(begun.elapsed().as_secs(), 10);
    }
}
