//! Typed settings. `default.toml` is documentation, default and fixture at once.
//!
//! In: files and environment. Out: [`Settings`]. May use: domain.

use crate::domain::{policy::Policy, renewal::RenewalRules, scheme::Scheme};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

mod channels;
mod check;
mod live_calls;
mod load;
mod notices;

pub use channels::{Appointments, DataMatch, PaperForms};
pub use check::Fault;
pub use live_calls::LiveCalls;
pub use load::ConfigError;
pub use notices::{EmailSettings, LetterSettings, Notices, Secret, SmsSettings};

/// The shipped defaults.
pub const DEFAULT_TOML: &str = include_str!("default.toml");

/// All settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Who asks.
    pub county: County,
    /// The door.
    pub server: Server,
    /// Records.
    pub database: Database,
    /// Sealing.
    pub vault: Vault,
    /// Pictures.
    pub media: Media,
    /// Model packs.
    pub models: Models,
    /// Budgets of calls.
    pub calls: Calls,
    /// Renewal of reference photographs.
    pub references: RenewalRules,
    /// Live calls with an officer.
    pub live_calls: LiveCalls,
    /// Links.
    pub links: Links,
    /// Cases.
    pub cases: Cases,
    /// Notices.
    pub notices: Notices,
    /// Console.
    pub console: Console,
    /// Appointments.
    pub appointments: Appointments,
    /// Forms on paper.
    pub paper_forms: PaperForms,
    /// Matched data.
    pub data_match: DataMatch,
    /// Schemes.
    pub schemes: Vec<Scheme>,
    /// Decision policy.
    pub policy: Policy,
    /// Logs.
    pub log: Log,
    /// Demonstration.
    pub demo: Demo,
}

/// Who asks the pensioner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct County {
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Telephone on every failure screen.
    pub phone: String,
}

/// The door.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// HTTP address.
    pub listen: SocketAddr,
    /// HTTPS address; empty for none.
    pub tls_listen: String,
    /// PEM certificate; empty with `tls_key` empty: self-signed.
    pub tls_certificate: String,
    /// PEM key.
    pub tls_key: String,
    /// Address in links; empty: derived.
    pub public_url: String,
    /// Folder of everything the service writes.
    pub data_dir: PathBuf,
    /// Name of this machine among those that share the database.
    pub node: String,
}

/// Records.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:FILE` or `postgres://…`. May hold a password: printed redacted.
    pub url: String,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.url.split(':').next().unwrap_or_default();
        f.debug_struct("Database").field("url", &format!("{kind}:[redacted]")).finish()
    }
}

/// Sealing at rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// Key file.
    pub key_file: PathBuf,
}

/// Pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// UDP address of all calls.
    pub udp_listen: SocketAddr,
    /// ICE-TCP address; empty for none.
    pub tcp_listen: String,
    /// Addresses to tell the phones.
    pub advertised_addresses: Vec<std::net::IpAddr>,
    /// Largest side, px.
    pub side_max_px: u32,
    /// Frame rate asked of the phone.
    pub frames_per_second: u32,
    /// Largest still, bytes.
    pub still_bytes_max: usize,
}

/// Model packs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// Folder with `manifest.toml`.
    pub dir: PathBuf,
    /// Where files are searched.
    pub search: Vec<PathBuf>,
    /// `auto`, a pack's name, or `none`.
    pub pack: String,
    /// Path of libonnxruntime; empty: searched.
    pub onnxruntime: String,
    /// Analysis threads; 0: one per core.
    pub threads: usize,
}

/// Budgets of calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// Live calls at once.
    pub live_max: usize,
    /// Longest call, s.
    pub seconds_max: u64,
    /// Most frames analysed.
    pub frames_max: u32,
    /// How long a call outlives its socket, s.
    pub resume_seconds: u64,
    /// Attempts in a burst.
    pub burst_max: u32,
    /// Length of a burst, s.
    pub burst_seconds: i64,
    /// Pause after a burst, s.
    pub pause_seconds: i64,
    /// Attempts in a cycle.
    pub cycle_max: u32,
    /// Share of automatic passes that an officer reviews.
    pub random_sample: f32,
}

/// Links.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// Days for which a link works.
    pub days: u32,
}

/// Cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// Statutory time limit, working days.
    pub statutory_working_days: u32,
    /// Share of it that the bureau promises, percent.
    pub limit_percent: u32,
}

/// Console.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// Idle minutes until signing in again.
    pub idle_minutes: u32,
    /// Two officers where attack or data reasons stand.
    pub four_eyes: bool,
    /// A password alone is enough for officers who decide. For demonstrations.
    pub danger_password_only: bool,
}

/// Logs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Filter.
    pub filter: String,
    /// `text` or `json`.
    pub format: String,
}

/// Demonstration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demo {
    /// Anybody can enrol a face. Never in production.
    pub danger_enabled: bool,
}

impl Settings {
    /// A path inside `data_dir`, unless absolute.
    pub fn in_data_dir(&self, path: &Path) -> PathBuf {
        self.server.data_dir.join(path)
    }
}
