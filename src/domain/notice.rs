//! Notices: who is told what, when, and by which channel. The schedule is a pure function of dates.

use super::ids::{BeneficiaryId, LetterBatchId, LinkId, NoticeId};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A confirmation is due.
    Due,
    /// A confirmation was recorded.
    Receipt,
    /// An officer decided a case.
    CaseResult,
    /// An appointment is near.
    Appointment,
    /// An officer waits to see the person by video.
    LiveCall,
}

impl NoticeKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Due, Self::Receipt, Self::CaseResult, Self::Appointment, Self::LiveCall];
}

/// How a notice travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeChannel {
    /// A text message.
    Sms,
    /// An e-mail.
    Email,
    /// A printed letter.
    Letter,
    /// A person calls.
    Call,
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeStatus {
    /// Written down; to be delivered from `next_at` on.
    Planned,
    /// In the hands of a run until `claimed_until`.
    Claimed,
    /// In a batch of letters that is being written.
    Batched,
    /// Handed to the carrier: gateway, mail server, outbox, printer.
    Sent,
    /// The carrier reported that it arrived.
    Delivered,
    /// Waits for a person who calls.
    ToCall,
    /// A person called.
    Called,
    /// Every channel was tried in vain.
    Failed,
    /// Not wanted any more: the person was confirmed first.
    Withdrawn,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Id; also the idempotency key at every carrier.
    pub id: NoticeId,
    /// To whom.
    pub beneficiary_id: BeneficiaryId,
    /// About what.
    pub kind: NoticeKind,
    /// The one thing it is about: due date, confirmation, case or appointment.
    pub occasion: String,
    /// Day of the schedule (90, 60, …); 0 for a call and for notices without schedule.
    pub day: u32,
    /// 0, and one more for each channel that was given up before: one notice, one channel, one contact attempt.
    pub turn: u32,
    /// How it travels.
    pub channel: NoticeChannel,
    /// Where it stands.
    pub status: NoticeStatus,
    /// The link it carries.
    pub link_id: Option<LinkId>,
    /// The day for which it was planned.
    pub planned_on: NaiveDate,
    /// When it was written down: the same at every try.
    pub planned_at: DateTime<Utc>,
    /// Not to be delivered before.
    pub next_at: DateTime<Utc>,
    /// Deliveries tried by this channel.
    pub attempts: u32,
    /// Channels given up before.
    pub given_up: Vec<NoticeChannel>,
    /// Batch of letters.
    pub batch_id: Option<LetterBatchId>,
    /// Facts that stand nowhere else, free of personal data.
    pub detail: serde_json::Value,
    /// Counts changes; a claim names the version it saw.
    pub version: i64,
}

/// Ways to reach a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// A mobile telephone is known.
    pub sms: bool,
    /// An e-mail address is known.
    pub email: bool,
    /// A postal address is known.
    pub letter: bool,
}

impl Reach {
    /// Whether a notice can travel so. A call is always possible to try: somebody looks for the person.
    pub fn allows(self, channel: NoticeChannel) -> bool {
        match channel {
            NoticeChannel::Sms => self.sms,
            NoticeChannel::Email => self.email,
            NoticeChannel::Letter => self.letter,
            NoticeChannel::Call => true,
        }
    }
}

/// Whether a telephone number takes text messages: a mainland mobile number (11 digits from 13 to 19), or an international
/// number with `+`.
pub fn takes_sms(phone: &str) -> bool {
    let plain: String = phone.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let national = digits.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(digits);
    let mobile = national.len() == 11
        && national.starts_with('1')
        && ('3'..='9').contains(&second(national));
    mobile
        || (plain.starts_with('+') && !digits.starts_with("86") && (8..=15).contains(&digits.len()))
}

fn second(text: &str) -> char {
    text.chars().nth(1).unwrap_or('0')
}

/// The channel of the `nth` notice of a period: what `order` says, but never twice the same in a row when there is another
/// way, and only what reaches the person. With no way at all a person calls.
pub fn channel_for(
    nth: usize,
    order: &[NoticeChannel],
    reach: Reach,
    before: Option<NoticeChannel>,
    given_up: &[NoticeChannel],
) -> NoticeChannel {
    let from = if order.is_empty() { 0 } else { nth % order.len() };
    let wished = order.iter().cycle().skip(from).take(order.len()).copied();
    let all = [NoticeChannel::Sms, NoticeChannel::Letter, NoticeChannel::Email];
    let possible: Vec<NoticeChannel> = wished
        .chain(all)
        .filter(|c| *c != NoticeChannel::Call && reach.allows(*c) && !given_up.contains(c))
        .collect();
    let changing = possible.iter().copied().find(|c| Some(*c) != before);
    changing.or(possible.first().copied()).unwrap_or(NoticeChannel::Call)
}

/// The people whose turn it is on a day: those whose confirmation is due from `due_from` to `due_until`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Day of the schedule; 0: a person calls.
    pub day: u32,
    /// Place in the schedule.
    pub nth: usize,
    /// Earliest due date.
    pub due_from: NaiveDate,
    /// Latest due date.
    pub due_until: NaiveDate,
    /// What must have happened in this period before.
    pub before: Before,
}

/// What must have been said in this period before a notice of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Does not matter.
    Anything,
    /// Nothing at all.
    Nothing,
    /// Something, on an earlier day.
    Something,
}

impl Window {
    /// Whether its notice comes now, on `today`, to somebody to whom it did not come yet and whose first notice in this period was planned on
    /// `first_told_on`.
    pub fn is_turn(&self, first_told_on: Option<NaiveDate>, today: NaiveDate) -> bool {
        match self.before {
            Before::Anything => true,
            Before::Nothing => first_told_on.is_none(),
            Before::Something => first_told_on.is_some_and(|on| on < today),
        }
    }
}

/// The windows of a day. Each person stands in one at most, so that a service that was off for some days sends each person one
/// notice and not all that were missed; and nobody is called who was never written to.
///
/// `notice_days`: days before the due date, e.g. 90, 60, 30, 7. From `call_days` before it on, a person calls.
pub fn windows(today: NaiveDate, notice_days: &[u32], call_days: u32) -> Vec<Window> {
    let mut days: Vec<u32> = notice_days.iter().copied().filter(|d| *d > call_days).collect();
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    let in_days = |n: u32| today.checked_add_days(Days::new(u64::from(n))).unwrap_or(today);
    let mut windows: Vec<Window> = (0..days.len())
        .map(|nth| Window {
            day: days[nth],
            nth,
            due_from: in_days(days.get(nth + 1).copied().unwrap_or(call_days) + 1),
            due_until: in_days(days[nth]),
            before: Before::Anything,
        })
        .collect();
    let late = Window {
        day: 0,
        nth: days.len(),
        due_from: NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(today),
        due_until: in_days(call_days),
        before: Before::Something,
    };
    if let Some(last) = days.last() {
        let nth = days.len() - 1;
        windows.push(Window { day: *last, nth, before: Before::Nothing, ..late });
        windows.push(late);
    } else {
        windows.push(Window { before: Before::Anything, ..late });
    }
    windows
}

/// Seconds until the next try: doubled each time from `base_s`, at most `max_s`, and drawn between half of that and the
/// whole, so that many that failed together do not come back together. `chance` is any random number.
pub fn back_off_seconds(attempts: u32, base_s: u32, max_s: u32, chance: u32) -> u32 {
    let doubled = u64::from(base_s.max(1)) << attempts.saturating_sub(1).min(20);
    let whole = u32::try_from(doubled).unwrap_or(u32::MAX).min(max_s.max(1));
    let half = whole / 2;
    half + chance % (whole - half + 1)
}

/// The township in an address: the words up to 镇, 乡 or 街道, without province, city and county. Empty when there is none.
pub fn township_of(residence: &str) -> String {
    let end = ["街道", "镇", "乡"]
        .iter()
        .filter_map(|suffix| residence.find(suffix).map(|at| at + suffix.len()))
        .min();
    let Some(end) = end else { return String::new() };
    let head = &residence[..end];
    let from = ["省", "市", "县", "区", "旗", " "]
        .iter()
        .filter_map(|mark| head.rfind(mark).map(|at| at + mark.len()))
        .filter(|at| *at < end)
        .max();
    head[from.unwrap_or(0)..].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use NoticeChannel::{Call, Email, Letter, Sms};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn every_due_date_has_one_window_and_none_is_left_out() {
        let today = day("2026-11-25");
        let windows = windows(today, &[7, 90, 30, 60], 3);
        assert_eq!(windows.iter().map(|w| w.day).collect::<Vec<_>>(), [90, 60, 30, 7, 7, 0]);
        for left in -500..=200_i64 {
            let due = today + chrono::TimeDelta::days(left);
            for told in [false, true] {
                let open = windows.iter().filter(|w| {
                    let fits = match w.before {
                        Before::Anything => true,
                        Before::Nothing => !told,
                        Before::Something => told,
                    };
                    fits && w.due_from <= due && due <= w.due_until
                });
                let days: Vec<u32> = open.map(|w| w.day).collect();
                let expected = match left {
                    91.. => vec![],
                    61..=90 => vec![90],
                    31..=60 => vec![60],
                    8..=30 => vec![30],
                    4..=7 => vec![7],
                    _ if told => vec![0],
                    _ => vec![7],
                };
                assert_eq!(days, expected, "{left} days left, told: {told}");
            }
        }
    }

    #[test]
    fn without_notice_days_a_person_calls() {
        let windows = windows(day("2026-11-25"), &[], 3);
        assert_eq!(windows.len(), 1);
        assert_eq!((windows[0].day, windows[0].before), (0, Before::Anything));
    }

    #[test]
    fn channels_change_and_keep_to_what_reaches_the_person() {
        let order = [Sms, Letter, Sms, Letter];
        let all = Reach { sms: true, email: true, letter: true };
        let mut before = None;
        let mut seen = Vec::new();
        for nth in 0..4 {
            let channel = channel_for(nth, &order, all, before, &[]);
            assert_ne!(Some(channel), before);
            before = Some(channel);
            seen.push(channel);
        }
        assert_eq!(seen, [Sms, Letter, Sms, Letter]);
        let only_letter = Reach { letter: true, ..Reach::default() };
        assert_eq!(channel_for(0, &order, only_letter, Some(Letter), &[]), Letter);
        assert_eq!(channel_for(2, &order, Reach::default(), None, &[]), Call);
        assert_eq!(channel_for(0, &order, all, None, &[Sms]), Letter);
        assert_eq!(channel_for(0, &order, all, None, &[Sms, Letter]), Email);
        assert_eq!(channel_for(0, &[], all, None, &[]), Sms);
        assert_eq!(channel_for(0, &order, all, None, &[Sms, Letter, Email]), Call);
    }

    #[test]
    fn telephones_that_take_messages() {
        for yes in ["13812345678", "+86 138-1234-5678", "8613812345678", "+4915112345678"] {
            assert!(takes_sms(yes), "{yes}");
        }
        for no in ["0734-1234567", "12345678901", "110", "", "1381234567a", "+86 0734 123456"] {
            assert!(!takes_sms(no), "{no}");
        }
    }

    #[test]
    fn back_off_doubles_is_bounded_and_spreads() {
        for attempt in 1..40 {
            for chance in [0, 1, 77, u32::MAX] {
                let wait = back_off_seconds(attempt, 30, 3600, chance);
                let whole = (30_u64 << (attempt - 1).min(20)).min(3600);
                assert!((whole / 2..=whole).contains(&u64::from(wait)), "{attempt} {wait}");
            }
        }
        assert_ne!(back_off_seconds(3, 30, 3600, 1), back_off_seconds(3, 30, 3600, 2));
    }

    #[test]
    fn townships_are_found_in_addresses() {
        for (address, township) in [
            ("示范县城关镇", "城关镇"),
            ("湖南省衡阳市示范县东河乡三组", "东河乡"),
            ("示范市示范区人民街道 5 号", "人民街道"),
            ("南岭镇", "南岭镇"),
            ("外省（随子女）", ""),
            ("", ""),
        ] {
            assert_eq!(township_of(address), township, "{address}");
        }
    }
}
