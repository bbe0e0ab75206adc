//! How somebody was helped (引导办 / 帮助办 / 代办), and the register of those who need special care (台账).

use super::ids::{BeneficiaryId, OfficerId, SpecialCareId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// How somebody was helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assistance {
    /// 引导办: somebody explained, the person did it.
    Guided,
    /// 帮助办: somebody did it together with the person.
    Assisted,
    /// 代办: somebody ran the errand (handed in, carried, wrote). Never the proof of life itself: that is the person's.
    Proxy,
}

/// Who asked for something on behalf of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedBy {
    /// The person.
    Person,
    /// Family.
    Family,
    /// Village or community.
    Community,
    /// The bureau itself, from its register or because nobody was reached.
    Bureau,
}

/// Why somebody needs special care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CareFlag {
    /// Very old or weak.
    OldAndWeak,
    /// Ill for long.
    Sick,
    /// Disabled.
    Disabled,
    /// Lives alone, without anybody to help.
    Alone,
    /// Any other cause, told in the reason.
    Other,
}

/// An entry of the special-care register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialCare {
    /// Id.
    pub id: SpecialCareId,
    /// Who.
    pub beneficiary_id: BeneficiaryId,
    /// Why.
    pub flag: CareFlag,
    /// In words.
    pub reason: String,
    /// Since when it is so.
    pub since_on: NaiveDate,
    /// When it is looked at again.
    pub review_on: NaiveDate,
    /// Who asked for it.
    pub asked_by: AskedBy,
    /// When it was entered.
    pub entered_at: DateTime<Utc>,
    /// By whom.
    pub entered_by: OfficerId,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Counts changes.
    pub version: i64,
}
