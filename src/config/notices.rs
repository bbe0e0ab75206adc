//! Settings of notices and their carriers.

use super::{Settings, check::Fault};
use crate::domain::notice::NoticeChannel;
use serde::{Deserialize, Serialize};
use std::{fmt, path::PathBuf};

/// A secret in the settings: printed redacted.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself. Never logged.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "[redacted]" })
    }
}

/// Notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    /// `zh` or `en`.
    pub language: String,
    /// Channels of the first, second, … notice of a period.
    pub order: Vec<NoticeChannel>,
    /// Days before the due date from which a person calls.
    pub call_days: u32,
    /// Days for which a notice's link works after the due date.
    pub link_days_after: u32,
    /// Parcels carried at once.
    pub at_once: usize,
    /// Tries by one channel before it is given up.
    pub attempts_max: u32,
    /// First wait after a failed try, s.
    pub retry_seconds: u32,
    /// Longest wait, s.
    pub retry_seconds_max: u32,
    /// How long a run holds what it claimed, s.
    pub lease_seconds: u32,
    /// Where files go.
    pub outbox_dir: PathBuf,
    /// Text messages.
    pub sms: SmsSettings,
    /// E-mail.
    pub email: EmailSettings,
    /// Letters.
    pub letter: LetterSettings,
}

/// Text messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsSettings {
    /// Where messages are posted; empty: files.
    pub gateway_url: String,
    /// Signs what we send and what the gateway reports.
    pub gateway_secret: Secret,
}

/// E-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailSettings {
    /// Mail server with name and password; empty: files.
    pub smtp_url: Secret,
    /// Sender.
    pub from: String,
}

/// Letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterSettings {
    /// Font files in order of search; `FILE#INDEX` in a collection.
    pub fonts: Vec<String>,
    /// The same for headlines.
    pub fonts_strong: Vec<String>,
    /// Letters in one PDF.
    pub letters_max: u32,
    /// Line above the address.
    pub sender_zh: String,
    /// Hours of the office, Chinese.
    pub hours_zh: String,
    /// Hours of the office, English.
    pub hours_en: String,
}

impl Settings {
    pub(super) fn notice_faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut need = |good: bool, key: &str, message: &str| {
            if !good {
                faults.push(Fault { key: key.into(), message: message.into() });
            }
        };
        let n = &self.notices;
        need(matches!(n.language.as_str(), "zh" | "en"), "notices.language", "must be zh or en");
        need(
            !n.order.is_empty() && !n.order.contains(&NoticeChannel::Call),
            "notices.order",
            "must name sms, letter or email, at least one",
        );
        need((1..=64).contains(&n.at_once), "notices.at_once", "must be 1 to 64");
        need((1..=20).contains(&n.attempts_max), "notices.attempts_max", "must be 1 to 20");
        need(
            (1..=n.retry_seconds_max).contains(&n.retry_seconds) && n.retry_seconds_max <= 86_400,
            "notices.retry_seconds",
            "must be at least 1 and at most retry_seconds_max, and that at most 86400",
        );
        need((1..=3_600).contains(&n.lease_seconds), "notices.lease_seconds", "must be 1 to 3600");
        let url = &n.sms.gateway_url;
        let plain = url.starts_with("http://127.0.0.1") || url.starts_with("http://localhost");
        need(
            url.is_empty() || url.starts_with("https://") || plain,
            "notices.sms.gateway_url",
            "must begin with https:// (http:// only to this machine)",
        );
        need(
            url.is_empty() || n.sms.gateway_secret.expose().len() >= 16,
            "notices.sms.gateway_secret",
            "a gateway needs a secret of at least 16 characters",
        );
        need(
            n.email.smtp_url.expose().is_empty() || n.email.from.contains('@'),
            "notices.email.from",
            "a mail server needs a sender's address",
        );
        need(
            (1..=500).contains(&n.letter.letters_max),
            "notices.letter.letters_max",
            "must be 1 to 500",
        );
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let mut settings = Settings::defaults();
        settings.notices.sms.gateway_secret = Secret::new("hunter2hunter2hunter2");
        settings.notices.email.smtp_url = Secret::new("smtps://a:hunter2@mail.example");
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn faults_name_their_keys() {
        let mut settings = Settings::defaults();
        assert_eq!(settings.notice_faults(), []);
        settings.notices.sms.gateway_url = "http://sms.example/send".into();
        settings.notices.order = vec![NoticeChannel::Call];
        settings.notices.retry_seconds = 0;
        let keys: Vec<String> = settings.faults().into_iter().map(|f| f.key).collect();
        assert_eq!(
            keys,
            [
                "notices.order",
                "notices.retry_seconds",
                "notices.sms.gateway_url",
                "notices.sms.gateway_secret"
            ]
        );
    }
}
