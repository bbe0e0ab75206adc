//! The HTTP gateway for text messages: JSON by POST, signed, with an idempotency key.

use super::{
    Carried, Carrier, Parcel,
    signature::{SIGNATURE, TIMESTAMP, sign},
};
use crate::config::{Secret, SmsSettings};
use serde_json::json;
use std::time::Duration;

/// Longest wait for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(super) struct Gateway {
    agent: ureq::Agent,
    url: String,
    secret: Secret,
}

impl Gateway {
    pub(super) fn new(settings: &SmsSettings) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(ANSWER_MAX))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        let (url, secret) = (settings.gateway_url.clone(), settings.gateway_secret.clone());
        Self { agent: config.into(), url, secret }
    }
}

impl Carrier for Gateway {
    fn carry(&self, parcel: &Parcel) -> Carried {
        let body = json!({ "id": parcel.id, "to": parcel.to, "text": parcel.text }).to_string();
        let timestamp = parcel.at.timestamp();
        let answer = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            .header("idempotency-key", &parcel.id)
            .header(TIMESTAMP, timestamp.to_string())
            .header(SIGNATURE, sign(self.secret.expose(), timestamp, body.as_bytes()))
            .send(body);
        match answer {
            Ok(answer) => judge(answer.status().as_u16()),
            Err(ureq::Error::Timeout(_)) => Carried::TryLater("timeout".into()),
            Err(_) => Carried::TryLater("no_connection".into()),
        }
    }
}

/// 404, 410 and 422 speak of the number. 401 and 403 speak of our key, not of the message: whoever mends it, mends all. Other 4xx
/// will not change by asking again.
fn judge(status: u16) -> Carried {
    let code = format!("http_{status}");
    match status {
        200..=299 | 409 => Carried::Accepted, // 409: this idempotency key was taken before
        404 | 410 | 422 => Carried::Undeliverable(code),
        401 | 403 | 408 | 425 | 429 | 500.. => Carried::TryLater(code),
        _ => Carried::Refused(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        assert_eq!(judge(202), Carried::Accepted);
        assert_eq!(judge(409), Carried::Accepted);
        assert_eq!(judge(422), Carried::Undeliverable("http_422".into()));
        assert_eq!(judge(400), Carried::Refused("http_400".into()));
        assert_eq!(judge(302), Carried::Refused("http_302".into()));
        for later in [401, 403, 429, 500, 503] {
            assert_eq!(judge(later), Carried::TryLater(format!("http_{later}")));
        }
    }
}
