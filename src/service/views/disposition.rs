//! The JSON contract of decisions about a case.

use super::CheckView;
use crate::domain::{case::CaseStatus, ids::LinkId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// `POST /api/console/cases/{id}/disposition`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispositionForm {
    /// Version of the case that the officer saw.
    pub version: i64,
    /// What to do.
    pub disposition: crate::domain::case::Disposition,
}

/// Answer to a disposition.
#[derive(Clone, Debug, Serialize)]
pub struct DispositionView {
    /// New status.
    pub status: CaseStatus,
    /// It may be taken back for five minutes.
    pub undo: bool,
    /// Receipt, when confirmed.
    pub receipt_number: Option<String>,
    /// Until when the confirmation holds, when confirmed.
    pub due_on: Option<NaiveDate>,
    /// The new link, when the person is asked again: shown once.
    pub link: Option<NewLink>,
    /// Text for the person, when asked again.
    pub notice: Option<crate::notice::Notice>,
    /// The case was a check: nobody was confirmed or refused by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckView>,
}

/// A new link. The token is shown this once; only its hash is stored.
#[derive(Clone, Debug, Serialize)]
pub struct NewLink {
    /// Id.
    pub link_id: LinkId,
    /// The whole address.
    pub url: String,
    /// Works until.
    pub expires_at: DateTime<Utc>,
}
