//! How often somebody may try (DOMAIN §8: 5 in 3 minutes, then 30 minutes' pause; 10 a cycle).

use crate::{
    config::Calls,
    domain::{
        evidence::CaptureEnd,
        verdict::{Reason, ReasonGroup, Verdict},
    },
};
use chrono::{DateTime, TimeDelta, Utc};

/// What the attempts so far allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowance {
    /// Seconds until the next try; 0 now.
    pub wait_seconds: u64,
    /// No more tries in this cycle.
    pub used_up: bool,
}

/// Judges the ends of the attempts that count in this cycle, newest first.
pub(super) fn allowance(limits: &Calls, ends: &[DateTime<Utc>], now: DateTime<Utc>) -> Allowance {
    let burst = usize::try_from(limits.burst_max).unwrap_or(usize::MAX);
    let wait = match (ends.first(), ends.get(burst.saturating_sub(1))) {
        (Some(last), Some(first)) if *last - *first <= TimeDelta::seconds(limits.burst_seconds) => {
            *last + TimeDelta::seconds(limits.pause_seconds) - now
        }
        _ => TimeDelta::zero(),
    };
    Allowance {
        // Rounded up: a phone that waits this long is not sent away again.
        wait_seconds: u64::try_from((wait.num_milliseconds() + 999) / 1000).unwrap_or(0),
        used_up: ends.len() >= usize::try_from(limits.cycle_max).unwrap_or(usize::MAX),
    }
}

/// Whether a call counts as an attempt. A lost line and our own faults never count against a person.
pub(super) fn counts(verdict: &Verdict, end: CaptureEnd) -> bool {
    if matches!(end, CaptureEnd::LineLost | CaptureEnd::OurFault) {
        return false;
    }
    match verdict {
        Verdict::Confirmed | Verdict::Retry { .. } => true,
        Verdict::Flagged { reasons } => {
            !reasons.iter().any(|r| *r == Reason::OurFault || r.group() == ReasonGroup::Network)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn judge(seconds_ago: &[i64]) -> Allowance {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let ends: Vec<_> = seconds_ago.iter().map(|s| now - TimeDelta::seconds(*s)).collect();
        allowance(&Settings::defaults().calls, &ends, now)
    }

    #[test]
    fn a_burst_pauses_and_a_cycle_ends() {
        let free = Allowance { wait_seconds: 0, used_up: false };
        assert_eq!(judge(&[]), free);
        assert_eq!(judge(&[10, 40, 70, 100]), free);
        assert_eq!(judge(&[10, 40, 70, 100, 190]).wait_seconds, 1790);
        assert_eq!(judge(&[10, 40, 70, 100, 191]), free, "not within 3 minutes");
        assert_eq!(judge(&[1800, 1830, 1850, 1870, 1900]), free, "the pause is over");
        let far: Vec<i64> = (1..=10).map(|n| n * 10_000).collect();
        assert!(judge(&far).used_up);
        assert!(!judge(&far[1..]).used_up);
    }

    #[test]
    fn line_and_own_faults_do_not_count() {
        let flagged = |reason| Verdict::Flagged { reasons: vec![reason, Reason::BelowAccept] };
        let end = CaptureEnd::Complete;
        assert!(counts(&flagged(Reason::FarBelow), end));
        assert!(counts(&Verdict::Retry { advice: vec![] }, CaptureEnd::NoUsableFace));
        assert!(!counts(&flagged(Reason::OurFault), end));
        assert!(!counts(&flagged(Reason::NetworkLost), end));
        assert!(!counts(&Verdict::Retry { advice: vec![] }, CaptureEnd::LineLost));
        assert!(!counts(&Verdict::Retry { advice: vec![] }, CaptureEnd::OurFault));
    }
}
