//! The machines' side: the continuation as a feed, and what the gateway for text messages reports.

mod limit;
mod pages;
mod reports;

pub use limit::Limiter;

use super::{Door, auth, json_limit, problem::Problem};
use crate::service::{FeedClient, ServiceError};
use axum::{
    Router,
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Routes of the feed.
pub fn routes() -> Router<Arc<Door>> {
    Router::new()
        .route("/feed/continuation", get(pages::rows))
        .route("/feed/continuation/files", get(pages::files))
        .route("/feed/continuation/files/{sequence}/{part}", get(pages::part))
        .route("/feed/continuation/key", get(pages::key))
        .route("/feed/sms-reports", post(reports::report))
        .layer(json_limit())
}

/// A machine with a token, within its rate.
pub struct Machine(pub FeedClient);

impl FromRequestParts<Arc<Door>> for Machine {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Problem> {
        let token = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let token = token.and_then(|v| v.strip_prefix("Bearer ")).filter(|t| auth::is_token(t));
        let refused = || {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "token_refused",
                "send a token of this feed as `Authorization: Bearer TOKEN`",
            )
        };
        let client = match door.service.feed_client(token.ok_or_else(refused)?).await {
            Err(ServiceError::SignedOut) => return Err(refused()),
            other => other?,
        };
        match door.feed.admit(client.id, door.clock.monotonic()) {
            Ok(()) => Ok(Self(client)),
            Err(wait_s) => Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "slow_down",
                "too many requests with this token",
            )
            .retry_after(wait_s)),
        }
    }
}

/// Bytes with their `ETag`; 304 when the machine has them. `None` in the second place: nothing was sent.
fn tagged(headers: &HeaderMap, mime: &'static str, bytes: Vec<u8>) -> (Response, bool) {
    let tag = format!("\"{}\"", &hex::encode(Sha256::digest(&bytes))[..32]);
    let asked = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or("");
    let known = asked.split(',').any(|t| t.trim().trim_start_matches("W/") == tag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(bytes));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
        response
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    (response, !known)
}
