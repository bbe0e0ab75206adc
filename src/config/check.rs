//! `jianmian check`: every fault at once, each with its key.

use super::Settings;
use serde::Serialize;
use std::net::SocketAddr;

/// One fault in the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Dotted key.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

impl Settings {
    /// What is wrong with schemes and time limits.
    fn faults_of_rules(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut need = |good: bool, key: String, message: &str| {
            if !good {
                faults.push(Fault { key, message: message.into() });
            }
        };
        let days = self.cases.statutory_working_days;
        need((1..=250).contains(&days), "cases.statutory_working_days".into(), "must be 1 to 250");
        let percent = self.cases.limit_percent;
        need((1..=100).contains(&percent), "cases.limit_percent".into(), "must be 1 to 100");
        need(!self.schemes.is_empty(), "schemes".into(), "at least one scheme is needed");
        for (index, scheme) in self.schemes.iter().enumerate() {
            let key = |field: &str| format!("schemes.{}.{field}", index + 1);
            for (field, message) in scheme.faults() {
                need(false, key(field), message);
            }
            let again = self.schemes[..index].iter().any(|s| s.name == scheme.name);
            need(!again, key("name"), "must be there once");
        }
        faults
    }

    /// Everything that is wrong with the settings by themselves (files and ports are checked by the command).
    #[allow(clippy::too_many_lines)] // one after the other
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = self.faults_of_rules();
        faults.extend(super::channels::faults(
            &self.appointments,
            &self.paper_forms,
            &self.data_match,
        ));
        faults.extend(self.live_calls.faults());
        let mut need = |good: bool, key: &str, message: &str| {
            if !good {
                faults.push(Fault { key: key.into(), message: message.into() });
            }
        };
        let address = |text: &str| text.is_empty() || text.parse::<SocketAddr>().is_ok();
        need(
            address(&self.server.tls_listen),
            "server.tls_listen",
            "must be ADDRESS:PORT or empty",
        );
        need(address(&self.media.tcp_listen), "media.tcp_listen", "must be ADDRESS:PORT or empty");
        need(
            self.server.tls_certificate.is_empty() == self.server.tls_key.is_empty(),
            "server.tls_key",
            "give certificate and key together, or neither",
        );
        let url = &self.server.public_url;
        need(
            url.is_empty() || url.starts_with("https://") || url.starts_with("http://"),
            "server.public_url",
            "must begin with https:// (or http:// for localhost)",
        );
        need(
            self.database.url.starts_with("sqlite:")
                || self.database.url.starts_with("postgres://"),
            "database.url",
            "must begin with sqlite: or postgres://",
        );
        need(
            (320..=4096).contains(&self.media.side_max_px),
            "media.side_max_px",
            "must be 320 to 4096",
        );
        need(
            (5..=30).contains(&self.media.frames_per_second),
            "media.frames_per_second",
            "must be 5 to 30",
        );
        need(self.calls.live_max > 0, "calls.live_max", "must be at least 1");
        need(
            (20..=600).contains(&self.calls.seconds_max),
            "calls.seconds_max",
            "must be 20 to 600",
        );
        need(
            (0.0..=1.0).contains(&self.calls.random_sample),
            "calls.random_sample",
            "must be 0 to 1",
        );
        let references = &self.references;
        need(
            references.in_use_max > 0
                && references.margin >= 0.0
                && (0.0..=1.0).contains(&references.sample_when_due),
            "references",
            "at least one in use, a margin of at least 0, and a share of 0 to 1",
        );
        need(
            self.calls.burst_max > 0 && self.calls.cycle_max > 0,
            "calls.burst_max",
            "attempts must be at least 1",
        );
        need(self.links.days > 0, "links.days", "must be at least 1");
        need(!self.policy.version.is_empty(), "policy.version", "must not be empty");
        need(
            (0.0..=1.0).contains(&self.policy.bona_fide_share_min),
            "policy.bona_fide_share_min",
            "must be 0 to 1",
        );
        need(self.policy.probes_min >= 1, "policy.probes_min", "must be at least 1");
        need(
            matches!(self.log.format.as_str(), "text" | "json"),
            "log.format",
            "must be text or json",
        );
        faults.extend(self.notice_faults());
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_told_at_once() {
        let mut settings = Settings::defaults();
        settings.database.url = "mysql://x".into();
        settings.calls.random_sample = 2.0;
        settings.server.tls_key = "key.pem".into();
        let keys: Vec<String> = settings.faults().into_iter().map(|f| f.key).collect();
        assert_eq!(keys, ["server.tls_key", "database.url", "calls.random_sample"]);
    }
}
