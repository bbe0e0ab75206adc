//! Hints that do not flicker: a wish must last before it is spoken, and what is spoken stays for a while.

use crate::domain::{
    challenge::Hint,
    finding::{CallMs, FrameFindings},
};

/// A hint must be wanted without a break for so long, ms, and in so many frames.
const WANTED_MS: CallMs = 450;
const WANTED_FRAMES: u32 = 2;
/// A spoken hint stays for so long, ms: time to hear it and to follow it.
const STAYS_MS: CallMs = 1500;

/// The hint in force and the one that wants to follow.
#[derive(Clone, Debug, Default)]
pub(super) struct Hints {
    said: Option<(Hint, CallMs)>,
    wanted: Option<(Hint, CallMs, u32)>,
}

impl Hints {
    /// A frame; a hint when a new one is to be given.
    pub fn frame(&mut self, frame: &FrameFindings, at_ms: CallMs) -> Option<Hint> {
        let wish = wish(frame);
        let (since, frames) = match self.wanted {
            Some((hint, since, frames)) if hint == wish => (since, frames.saturating_add(1)),
            _ => (at_ms, 1),
        };
        self.wanted = Some((wish, since, frames));
        let lasting = frames >= WANTED_FRAMES && at_ms.saturating_sub(since) >= WANTED_MS;
        let free = self.said.is_none_or(|(_, at)| at_ms.saturating_sub(at) >= STAYS_MS);
        let new = self.said.map_or(Hint::Good, |(hint, _)| hint) != wish;
        (lasting && free && new).then(|| {
            self.said = Some((wish, at_ms));
            wish
        })
    }
}

fn wish(frame: &FrameFindings) -> Hint {
    match &frame.face {
        None => Hint::NoFace,
        Some(face) => match face.quality.issues.first() {
            Some(issue) => Hint::from(*issue),
            None if frame.faces > 1 => Hint::OnePerson,
            None => Hint::Good,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{finding::QualityIssue, fixtures::frame};

    #[test]
    fn hints_do_not_flicker() {
        let mut hints = Hints::default();
        let mut said = Vec::new();
        for i in 0..100_u64 {
            let mut f = frame(i, i * 100, None);
            if i % 3 == 0 {
                f.face.as_mut().unwrap().quality.issues = vec![QualityIssue::TooDark];
            }
            said.extend(hints.frame(&f, i * 100));
        }
        assert_eq!(said, []);
    }

    #[test]
    fn a_lasting_issue_is_told_once_and_praised_when_mended() {
        let mut hints = Hints::default();
        let mut said = Vec::new();
        for i in 0..80_u64 {
            let mut f = frame(i, i * 100, None);
            if i < 40 {
                f.face.as_mut().unwrap().quality.issues = vec![QualityIssue::TooFar];
            }
            said.extend(hints.frame(&f, i * 100));
        }
        assert_eq!(said, [Hint::Nearer, Hint::Good]);
    }
}
