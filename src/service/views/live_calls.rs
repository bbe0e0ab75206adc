//! Live calls as the door tells of them.

use crate::domain::{
    case::Disposition,
    ids::{LiveCallId, StillId},
    notice::NoticeChannel,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// `GET /api/phone/live`, and part of the link.
#[derive(Clone, Debug, Serialize)]
pub struct LiveInvitation {
    /// An officer is there and waits for the person.
    pub rings: bool,
    /// The word that the officer says first; absent without a case.
    pub word: Option<String>,
}

/// `POST /api/phone/live` → 201.
#[derive(Clone, Debug, Serialize)]
pub struct OpenedLive {
    /// The call.
    pub live_call_id: LiveCallId,
    /// Token of this page for this call.
    pub call_token: String,
    /// Path of its WebSocket.
    pub ws_path: String,
    /// Largest still frame, bytes.
    pub still_bytes_max: usize,
}

/// `POST /api/console/cases/{id}/live`.
#[derive(Clone, Debug, Serialize)]
pub struct LiveCallView {
    /// The call.
    pub live_call_id: LiveCallId,
    /// Token of this desk for this call.
    pub call_token: String,
    /// Path of its WebSocket.
    pub ws_path: String,
    /// Largest still frame, bytes.
    pub still_bytes_max: usize,
    /// The word that the officer says first.
    pub word: String,
    /// Telephone of the person, for a line too weak for sound.
    pub telephone: Option<String>,
}

/// `POST /api/console/live/{id}/link`.
#[derive(Clone, Debug, Serialize)]
pub struct LiveLinkSent {
    /// The link, to be read out or passed on; shown this once.
    pub url: String,
    /// By which way the message goes.
    pub channel: NoticeChannel,
}

/// `POST /api/console/live/{id}/result`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveResultForm {
    /// Version of the case that the officer saw.
    pub version: i64,
    /// What was said to the person.
    pub disposition: Disposition,
}

/// A live call about a case, with its protocol.
#[derive(Clone, Debug, Serialize)]
pub struct LiveProtocolView {
    /// The call.
    pub live_call_id: LiveCallId,
    /// The protocol, exactly as it was signed.
    pub protocol: String,
    /// Ed25519 over `jianmian live call protocol`, a line feed, and the protocol; hex.
    pub signature: String,
    /// SHA-256 of the protocol, hex: it stands in the ledger as the evidence of the confirmation.
    pub sha256: String,
    /// The key, hex.
    pub public_key: String,
}

/// A live call in the view of its case.
#[derive(Clone, Debug, Serialize)]
pub struct LiveCallLine {
    /// The call.
    pub live_call_id: LiveCallId,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Whether a protocol was signed.
    pub protocol: bool,
    /// Stills that the officer kept; picture at `/api/console/live/stills/{id}`.
    pub stills: Vec<LiveStillView>,
}

/// A still of a live call.
#[derive(Clone, Debug, Serialize)]
pub struct LiveStillView {
    /// Id.
    pub id: StillId,
    /// When.
    pub taken_at: DateTime<Utc>,
    /// Width, px.
    pub width_px: u32,
    /// Height, px.
    pub height_px: u32,
}
