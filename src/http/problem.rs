//! Errors as problem+json (RFC 9457) with a stable `code`. The cause of a 5xx is logged here, once, and never shown.

use crate::{domain::challenge::Hint, service::ServiceError};
use axum::{
    Json,
    extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::{borrow::Cow, error::Error};

/// A refusal or a failure, as the caller sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: String,
    retry_after_s: Option<u64>,
    hints: Vec<Hint>,
}

/// The JSON of a problem.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    hints: &'a [Hint],
}

impl Problem {
    /// A problem with a stable `code`.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            detail: detail.into(),
            retry_after_s: None,
            hints: Vec::new(),
        }
    }

    /// Nothing is there.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
    }

    /// Our own fault; whoever calls this has logged the cause.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong on our side; nothing was lost, please try again",
        )
    }

    /// All places are taken for a moment.
    pub fn busy(code: &'static str, retry_after_s: u64) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            code,
            format!("all places are taken; try again in {retry_after_s} s"),
        )
        .retry_after(retry_after_s)
    }

    /// Says in how many seconds another try makes sense.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    fn of_rejection(status: StatusCode, text: String) -> Self {
        let code = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "wrong_media_type",
            _ => "malformed",
        };
        Self::new(status, code, text)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let shown = Shown {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Problem"),
            status: self.status.as_u16(),
            code: &self.code,
            detail: &self.detail,
            retry_after_s: self.retry_after_s,
            hints: &self.hints,
        };
        let mut response = (self.status, Json(shown)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json; charset=utf-8"),
        );
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        use ServiceError as E;
        use StatusCode as S;
        let detail = error.to_string();
        match error {
            E::LinkUnknown => Self::new(S::NOT_FOUND, "link_unknown", detail),
            E::LinkExpired => Self::new(S::GONE, "link_expired", detail),
            E::NotFound(_) => Self::new(S::NOT_FOUND, "not_found", detail),
            E::Conflict { code, .. } => Self::new(S::CONFLICT, code, detail),
            E::TooManyTries { retry_after_s } => {
                Self::new(S::TOO_MANY_REQUESTS, "too_many_tries", detail).retry_after(retry_after_s)
            }
            E::Full { retry_after_s } => {
                Self::new(S::SERVICE_UNAVAILABLE, "full", detail).retry_after(retry_after_s)
            }
            E::SignInRefused => Self::new(S::UNAUTHORIZED, "sign_in_refused", detail),
            E::SlowDown { retry_after_s } => {
                Self::new(S::TOO_MANY_REQUESTS, "slow_down", detail).retry_after(retry_after_s)
            }
            E::CodeNeeded => Self::new(S::UNAUTHORIZED, "code_needed", detail),
            E::SecondFactorMissing => Self::new(S::FORBIDDEN, "second_factor_missing", detail),
            E::NotAllowed { .. } => Self::new(S::FORBIDDEN, "not_allowed", detail),
            E::ProofNeeded => Self::new(S::FORBIDDEN, "proof_needed", detail),
            E::InvitationUnknown => Self::new(S::NOT_FOUND, "invitation_unknown", detail),
            E::SignedOut => Self::new(S::UNAUTHORIZED, "signed_out", detail),
            E::Unacceptable { code: "too_large", .. } => {
                Self::new(S::PAYLOAD_TOO_LARGE, "too_large", detail)
            }
            E::Unacceptable { code, .. } => Self::new(S::UNPROCESSABLE_ENTITY, code, detail),
            E::Enrolment(refused) => Self {
                hints: refused.hints,
                ..Self::new(S::UNPROCESSABLE_ENTITY, refused.code, detail)
            },
            E::Internal(cause) => {
                tracing::error!(error.cause = %chain(&*cause), "our own fault");
                Self::internal()
            }
        }
    }
}

/// An error and its sources in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(Some(error), |&e| e.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

macro_rules! from_rejection {
    ($($rejection:ty),*) => {$(
        impl From<$rejection> for Problem {
            fn from(rejection: $rejection) -> Self {
                Self::of_rejection(rejection.status(), rejection.body_text())
            }
        }
    )*};
}
from_rejection!(JsonRejection, BytesRejection, QueryRejection);

impl From<PathRejection> for Problem {
    /// An id that is none names nothing.
    fn from(_: PathRejection) -> Self {
        Self::not_found("thing")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::views::EnrolmentRefused;

    async fn shown(error: ServiceError) -> (u16, serde_json::Value) {
        let response = Problem::from(error).into_response();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn our_own_fault_never_shows_its_cause() {
        let cause = std::io::Error::other("disk sda1 is full");
        let (status, json) = shown(ServiceError::internal(cause)).await;
        assert_eq!((status, &json["code"]), (500, &"internal".into()));
        assert!(!json.to_string().contains("sda1"), "{json}");
    }

    #[tokio::test]
    async fn a_refused_photograph_says_what_to_do_better() {
        let refused = EnrolmentRefused { code: "too_dark".into(), hints: vec![Hint::MoreLight] };
        let (status, json) = shown(ServiceError::Enrolment(refused)).await;
        assert_eq!(status, 422);
        assert_eq!(json["code"], "too_dark");
        assert_eq!(json["hints"], serde_json::json!(["more_light"]));
        assert_eq!(json["type"], "about:blank");
    }

    #[test]
    fn waiting_is_told_in_header_and_body() {
        let response = Problem::from(ServiceError::Full { retry_after_s: 20 }).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "20");
        assert_eq!(response.headers()["content-type"], "application/problem+json; charset=utf-8");
    }
}
