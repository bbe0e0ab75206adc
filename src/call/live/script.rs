//! The officer's script: the word first, the code read back, two prompts.

use crate::domain::{
    evidence::ReferenceTemplate,
    finding::CallMs,
    ids::LiveCallId,
    live_control::LiveScript,
    live_record::{LivePrompt, PromptOutcome},
};
use subtle::ConstantTimeEq;

/// Codes that may be wrong; then the person is somebody else, or cannot read: the officer decides.
const WRONG_MAX: u32 = 5;

/// Everything a live call needs to know; read once, before it begins.
#[derive(Clone, Debug)]
pub struct LiveBrief {
    /// The call.
    pub live_call_id: LiveCallId,
    /// References to compare with.
    pub references: Vec<ReferenceTemplate>,
    /// What the officer asks.
    pub prompts: [LivePrompt; 2],
    /// The word that the officer says first.
    pub word: String,
    /// The code that the person reads back.
    pub code: String,
}

/// How far the script is.
#[derive(Clone, Debug)]
pub(super) struct Script {
    code: String,
    pub prompts: Vec<PromptOutcome>,
    pub word_said_ms: Option<CallMs>,
    pub code_read_ms: Option<CallMs>,
    pub code_wrong: u32,
}

impl Script {
    pub fn new(brief: &LiveBrief) -> Self {
        let of = |prompt| PromptOutcome { prompt, shown_ms: None, done: None };
        Self {
            code: brief.code.clone(),
            prompts: brief.prompts.map(of).to_vec(),
            word_said_ms: None,
            code_read_ms: None,
            code_wrong: 0,
        }
    }

    /// The officer heard this code. False when no more may be tried.
    pub fn code(&mut self, digits: &str, at_ms: CallMs) -> bool {
        if self.code_read_ms.is_some() {
            return true;
        }
        if self.code_wrong >= WRONG_MAX {
            return false;
        }
        if bool::from(digits.as_bytes().ct_eq(self.code.as_bytes())) {
            self.code_read_ms = Some(at_ms);
        } else {
            self.code_wrong += 1;
        }
        true
    }

    /// Shows a prompt; which it is.
    pub fn ask(&mut self, nth: usize, at_ms: CallMs) -> Option<LivePrompt> {
        let asked = self.prompts.get_mut(nth)?;
        asked.shown_ms.get_or_insert(at_ms);
        Some(asked.prompt)
    }

    /// What became of a prompt. It must have been shown.
    pub fn judge(&mut self, nth: usize, done: bool) -> bool {
        match self.prompts.get_mut(nth).filter(|p| p.shown_ms.is_some()) {
            Some(judged) => {
                judged.done = Some(done);
                true
            }
            None => false,
        }
    }

    pub fn view(&self, snapshots: usize) -> LiveScript {
        LiveScript {
            prompts: self.prompts.clone(),
            words: self.prompts.iter().map(|p| p.prompt.words()).collect(),
            word_said: self.word_said_ms.is_some(),
            code_read: self.code_read_ms.is_some(),
            code_wrong: self.code_wrong,
            snapshots,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script() -> Script {
        Script::new(&LiveBrief {
            live_call_id: LiveCallId::new(),
            references: Vec::new(),
            prompts: [LivePrompt::Wave, LivePrompt::WhichDay],
            word: "荷花".into(),
            code: "4729".into(),
        })
    }

    #[test]
    fn a_code_is_right_wrong_or_tried_too_often() {
        let mut script = script();
        assert!(script.code("4728", 1) && script.code("", 1));
        assert_eq!((script.code_wrong, script.code_read_ms), (2, None));
        assert!(script.code("4729", 9) && script.code("0000", 10));
        assert_eq!((script.code_wrong, script.code_read_ms), (2, Some(9)));
        let mut wrong = self::script();
        assert!((0..WRONG_MAX).all(|_| wrong.code("1", 1)));
        assert!(!wrong.code("4729", 1), "no guessing without end");
        assert_eq!(wrong.code_read_ms, None);
    }

    #[test]
    fn a_prompt_is_judged_only_after_it_was_shown() {
        let mut script = script();
        assert!(!script.judge(0, true));
        assert_eq!(script.ask(0, 70), Some(LivePrompt::Wave));
        assert_eq!(script.ask(0, 90), Some(LivePrompt::Wave));
        assert!(script.judge(0, true) && !script.judge(1, true) && !script.judge(2, true));
        assert_eq!(script.ask(2, 1), None);
        let first = script.view(3).prompts[0];
        assert_eq!((first.shown_ms, first.done), (Some(70), Some(true)));
    }
}
