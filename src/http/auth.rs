//! Who is at the door: the link's bearer token, the officer's cookie, and the page a request comes from.

use super::{Door, problem::Problem};
use crate::service::{ServiceError, Source, views::OfficerView};
use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    middleware::Next,
    response::Response,
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// Name of the officer's cookie.
const COOKIE: &str = "jm_officer";
/// Name of the cookie by which a browser is known in which somebody has signed in before.
const BROWSER_COOKIE: &str = "jm_browser";
/// Length bounds of a token in characters: 256 bits in base64url are 43; anything within may be asked for.
const TOKEN_CHARS: std::ops::RangeInclusive<usize> = 20..=128;

/// Whether `text` can be a token at all (base64url without padding).
pub fn is_token(text: &str) -> bool {
    TOKEN_CHARS.contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The token of a pensioner's link, from `Authorization: Bearer`.
pub struct LinkToken(pub String);

impl<S: Sync> FromRequestParts<S> for LinkToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "link_missing",
                "send the link's token as `Authorization: Bearer TOKEN`",
            ));
        };
        value
            .to_str()
            .ok()
            .and_then(|v| v.strip_prefix("Bearer "))
            .filter(|token| is_token(token))
            .map(|token| Self(token.to_owned()))
            .ok_or_else(|| ServiceError::LinkUnknown.into())
    }
}

/// A signed-in officer, let in by [`super::console::access`]: at a route that names no act there is none.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The officer.
    pub officer: OfficerView,
    /// Token of the officer's session.
    pub session_token: String,
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| ServiceError::SignedOut.into())
    }
}

/// The token of the officer's session.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, COOKIE)
}

/// Where somebody signs in from.
pub struct From(pub Source);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, state).await;
        let text = |name| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        Ok(Self(Source {
            network: peer.map(|ConnectInfo(peer)| network(peer.ip())).unwrap_or_default(),
            browser_token: cookie(&parts.headers, BROWSER_COOKIE).map(str::to_owned),
            browser: in_few_words(text(header::USER_AGENT)),
        }))
    }
}

/// The network of an address, as providers give them to one customer: 24 bits of IPv4, 48 of IPv6.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

/// Browser and system, for the list of sessions. Nothing rests on it.
fn in_few_words(agent: &str) -> String {
    let first = |words: &[(&str, &'static str)]| {
        words.iter().find(|(sign, _)| agent.contains(sign)).map_or("?", |(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    format!("{browser}, {system}")
}

fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted && is_token(value)).then_some(value))
}

/// The cookie that holds `session_token`; the empty text ends it. `secure` keeps it to HTTPS.
pub fn set_cookie(session_token: &str, secure: bool) -> Option<HeaderValue> {
    let age = if session_token.is_empty() { "; Max-Age=0" } else { "" };
    cookie_of(COOKIE, session_token, age, secure)
}

/// The cookie by which this browser is known; it signs nobody in.
pub fn browser_cookie(token: &str, secure: bool) -> Option<HeaderValue> {
    cookie_of(BROWSER_COOKIE, token, "; Max-Age=7776000", secure) // 90 days
}

fn cookie_of(name: &str, value: &str, age: &str, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/api/console; HttpOnly; SameSite=Strict{secure}{age}")
        .try_into()
        .ok()
}

/// Middleware: what changes something, or opens a socket, must come from our own page or from no page at all.
pub async fn from_own_page(
    State(door): State<Arc<Door>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let headers = request.headers();
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if (changes || headers.contains_key(header::UPGRADE))
        && let Some(origin) = headers.get(header::ORIGIN)
        && !is_own(origin, request.uri(), headers, &door.settings.server.public_url)
    {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "this request came from a page of another address",
        ));
    }
    Ok(next.run(request).await)
}

fn is_own(origin: &HeaderValue, uri: &Uri, headers: &HeaderMap, public_url: &str) -> bool {
    let Some((_, authority)) = origin.to_str().ok().and_then(|o| o.split_once("://")) else {
        return false;
    };
    let public = public_url.split_once("://").map(|(_, rest)| rest.split('/').next());
    host(uri, headers) == Some(authority) || public == Some(Some(authority))
}

/// The host that the browser asked for, with its port.
pub fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    uri.authority()
        .map(axum::http::uri::Authority::as_str)
        .or_else(|| headers.get(header::HOST).and_then(|h| h.to_str().ok()))
}

/// The host that the browser asked for, with its port.
pub struct Host(pub String);

impl<S: Sync> FromRequestParts<S> for Host {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(host(&parts.uri, &parts.headers).unwrap_or_default().to_ascii_lowercase()))
    }
}

/// Middleware of the console: a POST carries `X-Jianmian: 1`, which no foreign form or image can send.
pub async fn with_own_header(request: Request, next: Next) -> Result<Response, Problem> {
    if request.method() == Method::POST && request.headers().get("x-jianmian").is_none() {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "header_missing",
            "send the header `X-Jianmian: 1`",
        ));
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_from_other_words() {
        assert!(is_token(&"aB3-_".repeat(9)));
        for bad in [
            "",
            "short",
            &"a".repeat(129),
            "has a space in it somewhere",
            "../../../../../etc/passwd",
        ] {
            assert!(!is_token(bad), "{bad}");
        }
    }

    #[test]
    fn only_our_own_cookie_is_read() {
        let mut headers = HeaderMap::new();
        let token = "t".repeat(43);
        let line = format!("other=1; {COOKIE}={token}; x={COOKIE}");
        headers.insert(header::COOKIE, line.parse().unwrap());
        assert_eq!(session_token(&headers), Some(token.as_str()));
        headers.insert(header::COOKIE, format!("{COOKIE}=a b").parse().unwrap());
        assert_eq!(session_token(&headers), None);
    }

    #[test]
    fn guesses_are_counted_by_network() {
        let of = |address: &str| network(address.parse().unwrap());
        assert_eq!(of("198.51.100.7"), "198.51.100.0/24");
        assert_eq!(of("::ffff:198.51.100.9"), "198.51.100.0/24");
        assert_eq!(of("2001:db8:1:2::5"), "2001:db8:1::/48");
        let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0";
        assert_eq!(in_few_words(agent), "Edge, Windows");
        assert_eq!(in_few_words("curl"), "?, ?");
    }

    #[test]
    fn an_origin_is_own_only_with_the_same_host_and_port() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "127.0.0.1:8780".parse().unwrap());
        let uri = Uri::from_static("/api/phone/calls");
        let own = |origin: &'static str| {
            is_own(&HeaderValue::from_static(origin), &uri, &headers, "https://county.example/x")
        };
        assert!(own("http://127.0.0.1:8780"));
        assert!(own("https://county.example"));
        for foreign in ["http://127.0.0.1:8781", "https://evil.example", "null", ""] {
            assert!(!own(foreign), "{foreign}");
        }
    }
}
