//! What every request passes: the log line, security headers, a place, a time limit, and a net under panics.

use super::{Door, auth::host, problem::Problem};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

/// Requests worked on at once (sockets not counted); more are asked to come again.
pub const REQUESTS_MAX: usize = 256;
/// Longest time for one request, its body included. A photograph of 8 MiB over 3 Mbit/s takes 22 s.
const REQUEST_TIME: Duration = Duration::from_secs(40);

/// Headers that never change. The camera is for our own page alone; nothing is ever framed.
const FIXED: [(HeaderName, &str); 6] = [
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), screen-wake-lock=(self), geolocation=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

/// Adds the security headers. API answers are never stored.
pub async fn headers(request: Request, next: Next) -> Response {
    let policy = content_policy(host(request.uri(), request.headers()));
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if is_api || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Older Safari does not count sockets to the own host as `'self'`, so the host is named, when it is a plain one.
fn content_policy(host: Option<&str>) -> HeaderValue {
    let plain = |h: &&str| {
        h.len() <= 255 && h.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-[]".contains(&b))
    };
    let sockets = host.filter(plain).map_or(String::new(), |h| format!(" ws://{h} wss://{h}"));
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; manifest-src 'self'; \
         img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'{sockets}; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    .try_into()
    .unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Gives the request one of the places and its time, and turns a panic into a plain 500.
pub async fn place(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let Ok(_place) = door.requests.try_acquire() else {
        return Problem::busy("busy", 1).into_response();
    };
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(REQUEST_TIME, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let what = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("(no text)");
            tracing::error!(panic.message = what, "a request panicked");
            Problem::internal().into_response()
        }
        Err(_) => Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "the request took too long; nothing was recorded",
        )
        .into_response(),
    }
}

/// One log line a request: the route's pattern, never the address itself (it may hold a token).
pub async fn log(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let began = door.clock.monotonic();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    let took = door.clock.monotonic().saturating_sub(began);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    if route.starts_with("/api/") || route.starts_with("/feed/") {
        tracing::info!(http.method = %method, http.route = route, http.status = status, http.ms = ms, "request");
    } else {
        tracing::debug!(http.method = %method, http.route = route, http.status = status, http.ms = ms, "request");
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_policy_names_a_plain_host_and_nothing_else() {
        let text = |host| content_policy(host).to_str().unwrap().to_owned();
        assert!(text(Some("127.0.0.1:8780")).contains("wss://127.0.0.1:8780;"));
        assert!(text(Some("[::1]:8780")).contains("ws://[::1]:8780 "));
        for bad in ["evil; script-src *", "a b", "x,y"] {
            assert!(text(Some(bad)).contains("connect-src 'self';"), "{bad}");
        }
        assert!(!text(None).contains("unsafe"));
    }
}
