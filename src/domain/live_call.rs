//! A live call between a person and an officer: who is there, where it stands, how it ends. A state machine without clock or I/O.

use super::finding::CallMs;
use serde::{Deserialize, Serialize};

/// One of the two who talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The person, or who helps them.
    Phone,
    /// The officer.
    Officer,
}

/// Where a live call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LivePhase {
    /// The person is there and waits for an officer.
    Waiting,
    /// The officer is there and rings.
    Ringing,
    /// Both are there.
    Talking,
    /// They have talked, and one of them (or both) has no line now.
    Broken,
    /// Over.
    Ended,
}

/// Why a live call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveEnd {
    /// The officer said the result, and it was recorded.
    Decided,
    /// The officer ended it without a result: the case stays where it was.
    HungUp,
    /// The person left.
    Left,
    /// Nobody came, or the line did not come back.
    Unanswered,
    /// It took longer than a call may.
    TooLong,
    /// The server was stopped.
    Interrupted,
}

/// How long each may be away, and how long a call may take, ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveLimits {
    /// The person has left the waiting room, or the officer the ringing telephone, for so long.
    pub alone_ms: CallMs,
    /// A line that broke while they talked is waited for.
    pub broken_ms: CallMs,
    /// Nobody rings longer without an answer.
    pub ringing_ms: CallMs,
    /// Nobody waits longer in the waiting room.
    pub waiting_ms: CallMs,
    /// Longest talk.
    pub talk_ms: CallMs,
}

/// A break of one party's line while they talked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Whose line.
    pub party: Party,
    /// From when, ms since the call opened.
    pub from_ms: CallMs,
    /// Until when; none: it did not come back.
    pub until_ms: Option<CallMs>,
}

/// Cuts that are kept; a line worse than that is told by the last one.
const CUTS_MAX: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    /// Has not come yet.
    Never,
    Here,
    Away {
        since_ms: CallMs,
    },
}

impl Presence {
    fn away_for(self, at_ms: CallMs) -> Option<CallMs> {
        match self {
            Self::Away { since_ms } => Some(at_ms.saturating_sub(since_ms)),
            Self::Never | Self::Here => None,
        }
    }
}

/// A live call as a state machine.
#[derive(Clone, Debug)]
pub struct LiveCall {
    limits: LiveLimits,
    phone: Presence,
    officer: Presence,
    /// When both were there for the first time.
    talking_from_ms: Option<CallMs>,
    cuts: Vec<Cut>,
    end: Option<LiveEnd>,
}

impl LiveCall {
    /// A call in which nobody is yet.
    pub fn new(limits: LiveLimits) -> Self {
        Self {
            limits,
            phone: Presence::Never,
            officer: Presence::Never,
            talking_from_ms: None,
            cuts: Vec::new(),
            end: None,
        }
    }

    /// Somebody came, or came back.
    pub fn joined(&mut self, party: Party, at_ms: CallMs) {
        if self.end.is_some() {
            return;
        }
        *self.presence(party) = Presence::Here;
        if let Some(cut) =
            self.cuts.iter_mut().rev().find(|c| c.party == party && c.until_ms.is_none())
        {
            cut.until_ms = Some(at_ms);
        }
        if self.both_here() {
            self.talking_from_ms.get_or_insert(at_ms);
        }
    }

    /// Somebody's line is gone.
    pub fn lost(&mut self, party: Party, at_ms: CallMs) {
        if self.end.is_some() || *self.presence(party) != Presence::Here {
            return;
        }
        *self.presence(party) = Presence::Away { since_ms: at_ms };
        if self.talking_from_ms.is_some() && self.cuts.len() < CUTS_MAX {
            self.cuts.push(Cut { party, from_ms: at_ms, until_ms: None });
        }
    }

    /// Ends it; the first end counts.
    pub fn end(&mut self, end: LiveEnd) {
        self.end.get_or_insert(end);
    }

    /// Time passed: whoever is away for too long ends it.
    pub fn tick(&mut self, at_ms: CallMs) {
        let limits = self.limits;
        let gone = |presence: Presence, most| presence.away_for(at_ms).is_some_and(|ms| ms > most);
        let end = match (self.phase(), self.talking_from_ms) {
            (LivePhase::Ended, _) => None,
            (_, Some(from)) if at_ms.saturating_sub(from) > limits.talk_ms => {
                Some(LiveEnd::TooLong)
            }
            (_, Some(_)) => [self.phone, self.officer]
                .iter()
                .any(|p| gone(*p, limits.broken_ms))
                .then_some(LiveEnd::Unanswered),
            (phase, None) => {
                let most = match phase {
                    LivePhase::Ringing => limits.ringing_ms,
                    _ => limits.waiting_ms,
                };
                let both = [self.phone, self.officer];
                let alone = both.iter().all(|p| *p != Presence::Here);
                let left = both.iter().any(|p| gone(*p, limits.alone_ms));
                let never = both == [Presence::Never; 2] && at_ms > limits.alone_ms;
                let nobody = alone && (left || never);
                (nobody || at_ms > most).then_some(LiveEnd::Unanswered)
            }
        };
        if let Some(end) = end {
            self.end(end);
        }
    }

    /// Where it stands.
    pub fn phase(&self) -> LivePhase {
        match (self.end, self.talking_from_ms, self.officer) {
            (Some(_), ..) => LivePhase::Ended,
            (None, Some(_), _) if self.both_here() => LivePhase::Talking,
            (None, Some(_), _) => LivePhase::Broken,
            (None, None, Presence::Never) => LivePhase::Waiting,
            (None, None, _) => LivePhase::Ringing,
        }
    }

    /// Whether somebody is there now.
    pub fn is_here(&self, party: Party) -> bool {
        let presence = match party {
            Party::Phone => self.phone,
            Party::Officer => self.officer,
        };
        presence == Presence::Here
    }

    /// When both were there for the first time.
    pub fn talking_from_ms(&self) -> Option<CallMs> {
        self.talking_from_ms
    }

    /// Breaks of a line while they talked.
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
    }

    /// How it ended.
    pub fn ended(&self) -> Option<LiveEnd> {
        self.end
    }

    fn both_here(&self) -> bool {
        self.phone == Presence::Here && self.officer == Presence::Here
    }

    fn presence(&mut self, party: Party) -> &mut Presence {
        match party {
            Party::Phone => &mut self.phone,
            Party::Officer => &mut self.officer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: LiveLimits = LiveLimits {
        alone_ms: 60_000,
        broken_ms: 300_000,
        ringing_ms: 600_000,
        waiting_ms: 3_600_000,
        talk_ms: 3_600_000,
    };

    fn call() -> LiveCall {
        LiveCall::new(LIMITS)
    }

    #[test]
    fn from_the_waiting_room_to_the_talk_and_back_after_a_cut() {
        let mut call = call();
        call.joined(Party::Phone, 10);
        assert_eq!(call.phase(), LivePhase::Waiting);
        call.joined(Party::Officer, 5_000);
        assert_eq!((call.phase(), call.talking_from_ms()), (LivePhase::Talking, Some(5_000)));
        call.lost(Party::Phone, 20_000);
        assert_eq!(call.phase(), LivePhase::Broken);
        call.tick(29_000);
        call.joined(Party::Phone, 30_000);
        assert_eq!(call.phase(), LivePhase::Talking);
        let cut = Cut { party: Party::Phone, from_ms: 20_000, until_ms: Some(30_000) };
        assert_eq!(call.cuts(), [cut]);
        assert_eq!(call.talking_from_ms(), Some(5_000), "it is the same talk");
    }

    #[test]
    fn the_officer_rings_until_somebody_comes_or_the_time_is_up() {
        let mut ringing = call();
        ringing.joined(Party::Officer, 0);
        assert_eq!(ringing.phase(), LivePhase::Ringing);
        ringing.tick(LIMITS.ringing_ms);
        assert_eq!(ringing.phase(), LivePhase::Ringing);
        ringing.tick(LIMITS.ringing_ms + 1);
        assert_eq!(ringing.ended(), Some(LiveEnd::Unanswered));
        let mut answered = call();
        answered.joined(Party::Officer, 0);
        answered.joined(Party::Phone, LIMITS.ringing_ms - 1);
        answered.tick(LIMITS.ringing_ms + 1);
        assert_eq!(answered.phase(), LivePhase::Talking);
    }

    #[test]
    fn an_empty_waiting_room_closes_and_so_does_a_call_that_nobody_joined() {
        let mut left = call();
        left.joined(Party::Phone, 0);
        left.lost(Party::Phone, 1_000);
        left.tick(61_000);
        assert_eq!(left.phase(), LivePhase::Waiting);
        left.tick(61_001);
        assert_eq!(left.ended(), Some(LiveEnd::Unanswered));
        let mut never = call();
        never.tick(60_001);
        assert_eq!(never.ended(), Some(LiveEnd::Unanswered));
    }

    #[test]
    fn a_broken_line_is_waited_for_and_then_given_up() {
        for party in [Party::Phone, Party::Officer] {
            let mut call = call();
            call.joined(Party::Phone, 0);
            call.joined(Party::Officer, 0);
            call.lost(party, 1_000);
            call.lost(party, 200_000); // already away: no second cut
            call.tick(301_000);
            assert_eq!(call.phase(), LivePhase::Broken);
            call.tick(301_001);
            assert_eq!(call.ended(), Some(LiveEnd::Unanswered));
            assert_eq!(call.cuts().len(), 1);
        }
    }

    #[test]
    fn the_first_end_counts_and_nobody_comes_back_after_it() {
        let mut call = call();
        call.joined(Party::Phone, 0);
        call.joined(Party::Officer, 0);
        call.end(LiveEnd::Decided);
        call.end(LiveEnd::Left);
        call.joined(Party::Phone, 5);
        call.lost(Party::Phone, 6);
        call.tick(u64::MAX);
        assert_eq!((call.ended(), call.phase()), (Some(LiveEnd::Decided), LivePhase::Ended));
        assert!(call.cuts().is_empty());
    }

    #[test]
    fn a_talk_ends_some_time_and_cuts_are_bounded() {
        let mut call = call();
        call.joined(Party::Phone, 0);
        call.joined(Party::Officer, 0);
        for n in 0..200 {
            call.lost(Party::Officer, n * 10);
            call.joined(Party::Officer, n * 10 + 5);
        }
        assert_eq!(call.cuts().len(), CUTS_MAX);
        call.tick(LIMITS.talk_ms + 1);
        assert_eq!(call.ended(), Some(LiveEnd::TooLong));
    }
}
