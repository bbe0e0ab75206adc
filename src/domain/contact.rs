//! Attempts to reach a beneficiary. Only those that could have reached the person count towards a proposal to suspend: what failed by
//! our fault, or went to a wrong number or address, never counts against anybody.

use super::ids::{BeneficiaryId, ContactAttemptId, NoticeId, OfficerId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The way by which somebody was contacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactChannel {
    /// A text message.
    Sms,
    /// An e-mail.
    Email,
    /// A letter by post.
    Letter,
    /// An officer called.
    PhoneCall,
    /// Somebody went there.
    HomeVisit,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactOutcome {
    /// Handed over to carrier or post; nothing is known of its arrival.
    Sent,
    /// Arrived at the telephone, mailbox or door.
    Delivered,
    /// The person, or somebody of the household, answered.
    Reached,
    /// Rang or knocked; nobody answered.
    NoAnswer,
    /// Wrong number or address: it could not have reached the person.
    Undeliverable,
    /// Our gateway, line or printer failed.
    OurFault,
}

impl ContactOutcome {
    /// Whether it could have reached the person.
    pub fn counts(self) -> bool {
        match self {
            Self::Sent | Self::Delivered | Self::Reached | Self::NoAnswer => true,
            Self::Undeliverable | Self::OurFault => false,
        }
    }
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactAttempt {
    /// Id.
    pub id: ContactAttemptId,
    /// Whom.
    pub beneficiary_id: BeneficiaryId,
    /// By which way.
    pub channel: ContactChannel,
    /// What became of it.
    pub outcome: ContactOutcome,
    /// When.
    pub attempted_at: DateTime<Utc>,
    /// The day of it in China.
    pub attempted_on: NaiveDate,
    /// The notice that it carried.
    pub notice_id: Option<NoticeId>,
    /// The officer who tried; none when the service did.
    pub officer_id: Option<OfficerId>,
}

/// How often and by how many ways it was tried to reach a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactCount {
    /// Attempts that count: one a channel and day.
    pub attempts: u32,
    /// Different channels among them.
    pub channels: u32,
}

impl ContactCount {
    /// Counts the attempts from `since` to `until`, both included. Ten messages on one day are one attempt.
    pub fn of(attempts: &[ContactAttempt], since: NaiveDate, until: NaiveDate) -> Self {
        let counted: BTreeSet<(ContactChannel, NaiveDate)> = attempts
            .iter()
            .filter(|a| a.outcome.counts() && (since..=until).contains(&a.attempted_on))
            .map(|a| (a.channel, a.attempted_on))
            .collect();
        let channels: BTreeSet<ContactChannel> =
            counted.iter().map(|(channel, _)| *channel).collect();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { attempts: count(counted.len()), channels: count(channels.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(channel: ContactChannel, outcome: ContactOutcome, on: &str) -> ContactAttempt {
        let attempted_on: NaiveDate = on.parse().unwrap();
        ContactAttempt {
            id: ContactAttemptId::new(),
            beneficiary_id: BeneficiaryId::new(),
            channel,
            outcome,
            attempted_at: attempted_on.and_hms_opt(2, 0, 0).unwrap().and_utc(),
            attempted_on,
            notice_id: None,
            officer_id: None,
        }
    }

    #[test]
    fn what_could_not_reach_the_person_does_not_count() {
        use ContactChannel::{Letter, PhoneCall, Sms};
        use ContactOutcome::{NoAnswer, OurFault, Sent, Undeliverable};
        let tried = [
            attempt(Sms, Sent, "2026-05-01"),
            attempt(Sms, Sent, "2026-05-01"),
            attempt(Sms, OurFault, "2026-05-02"),
            attempt(Letter, Undeliverable, "2026-05-03"),
            attempt(PhoneCall, NoAnswer, "2026-05-04"),
            attempt(PhoneCall, NoAnswer, "2026-01-04"),
        ];
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let count = ContactCount::of(&tried, day("2026-04-01"), day("2026-06-30"));
        assert_eq!(count, ContactCount { attempts: 2, channels: 2 });
    }
}
