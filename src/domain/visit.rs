//! Visits: a clerk goes to the person, or the person comes to a station. Whoever records one never checks it.

use super::{
    assistance::{AskedBy, Assistance},
    confirmation::Channel,
    ids::{BeneficiaryId, CaseId, LinkId, OfficerId, VisitId},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Where a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Wished for.
    Asked,
    /// A clerk has it.
    Assigned,
    /// The clerk met the person; a second person looks at it.
    Recorded,
    /// Confirmed by the visit.
    Confirmed,
    /// Ended without a confirmation of its own.
    Closed,
}

impl VisitState {
    /// Nothing is left to do.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Confirmed | Self::Closed)
    }
}

/// What a visit found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitOutcome {
    /// The clerk met the person in person.
    Met,
    /// Confirmed by a call during the visit.
    Called,
    /// Nobody was there: it is tried again.
    NotHome,
    /// The person lives elsewhere.
    Moved,
    /// Neighbours or family say that the person died: it becomes a signal, and stops nothing.
    SaidToHaveDied,
    /// The person did not want it.
    Declined,
    /// It is not needed any more.
    NotNeeded,
}

/// What the second person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitCheck {
    /// Picture and statement show the person, alive.
    Agree,
    /// They do not: somebody goes again.
    GoAgain,
}

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Id.
    pub id: VisitId,
    /// Whom.
    pub beneficiary_id: BeneficiaryId,
    /// `home_visit` or `station`.
    pub channel: Channel,
    /// Who asked for it.
    pub asked_by: AskedBy,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// The case that waits for it.
    pub case_id: Option<CaseId>,
    /// Township, as the list is cut.
    pub township: String,
    /// Where to.
    pub address: String,
    /// Where it stands.
    pub state: VisitState,
    /// For which day.
    pub planned_on: Option<NaiveDate>,
    /// Whose it is.
    pub clerk_id: Option<OfficerId>,
    /// The link of a call begun on the clerk's device.
    pub link_id: Option<LinkId>,
    /// When it took place.
    pub visited_at: Option<DateTime<Utc>>,
    /// What it found.
    pub outcome: Option<VisitOutcome>,
    /// How the person was helped.
    pub assistance: Option<Assistance>,
    /// SHA-256 over picture and statement, hex.
    pub evidence_sha256: Option<String>,
    /// Counts changes.
    pub version: i64,
}

/// The order of a route: by the text of the address, numbers by their value. No place on the map is known here, so houses of one village
/// and street stand together and in order, and villages in the order of their names; it is no shortest way.
pub fn route_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.chars().peekable(), b.chars().peekable());
    loop {
        match (a.peek().copied(), b.peek().copied()) {
            (None, None) => return Ordering::Equal,
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                match number(&mut a).cmp(&number(&mut b)) {
                    Ordering::Equal => {}
                    other => return other,
                }
            }
            (Some(x), Some(y)) if x == y => {
                a.next();
                b.next();
            }
            (Some(x), Some(y)) => return x.cmp(&y),
        }
    }
}

/// Takes the digits that come next, at most as many as a house number has.
fn number(text: &mut std::iter::Peekable<std::str::Chars<'_>>) -> u64 {
    let mut value = 0_u64;
    while let Some(digit) = text.next_if(char::is_ascii_digit) {
        value = value.saturating_mul(10).saturating_add(u64::from(digit) - u64::from('0'));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn house_numbers_are_ordered_by_value() {
        let mut route =
            ["石桥村12号", "石桥村3号", "白果村7号", "石桥村3号附1", "石桥村", "石桥村120号"];
        route.sort_by(|a, b| route_order(a, b));
        assert_eq!(
            route,
            ["白果村7号", "石桥村", "石桥村3号", "石桥村3号附1", "石桥村12号", "石桥村120号"]
        );
        assert_eq!(route_order("7", "07"), Ordering::Equal);
        assert_eq!(route_order(&"9".repeat(99), &"9".repeat(99)), Ordering::Equal);
    }
}
