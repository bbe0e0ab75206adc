//! A call from a recording instead of a phone, for evaluation: the same analysis, liveness and decision in the same order, on the
//! recording's own time. There is no phone, so prompts are acknowledged at once and nobody answers them on purpose.

use crate::{
    analysis::{AnalysisError, Engine},
    decision,
    domain::{
        call::{CallBrief, CallRecord},
        challenge::{LivenessEvent, Prompt, ScreenColour, TimedEvent},
        evidence::{LivenessEvidence, Transport},
        finding::{CallMs, FrameFindings, MeanColour},
    },
    frame::Frame,
    liveness::{Output, PAPER, Session},
};

/// How often liveness hears of time, ms, as in a call.
const TICK_MS: CallMs = 100;
/// Simulated light: a face follows the screen after so long, ms, by so much of its colour, and the background by so much less.
const LAG_MS: CallMs = 150;
const FACE_GAIN: f32 = 0.03;
const BACKGROUND_GAIN: f32 = 0.004;

/// How a recording answers the screen's light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RehearsedLight {
    /// Not at all: what a recording does.
    None,
    /// As a face before the screen would, put in by arithmetic on the findings: a simulation, to measure the other parts.
    Simulated,
}

/// Runs a call from recorded frames, in order of their times.
///
/// # Errors
/// When the analysis of a frame fails.
pub fn rehearse(
    engine: &Engine,
    brief: CallBrief,
    frames: impl IntoIterator<Item = Frame>,
    light: RehearsedLight,
) -> Result<CallRecord, AnalysisError> {
    let mut rehearsal = Rehearsal::new(&brief, light);
    for frame in frames {
        rehearsal.time_until(frame.at_ms);
        if rehearsal.liveness.is_some() {
            break;
        }
        let findings = engine.analyse_blocking(&frame, rehearsal.session.wants())?;
        rehearsal.frame(findings, frame.at_ms);
    }
    let last_ms = rehearsal.now_ms;
    rehearsal.tell(LivenessEvent::End, last_ms);
    rehearsal.conclude(brief, engine)
}

struct Rehearsal {
    session: Session,
    events: Vec<TimedEvent>,
    light: RehearsedLight,
    shown: Vec<(CallMs, ScreenColour)>,
    now_ms: CallMs,
    liveness: Option<LivenessEvidence>,
}

impl Rehearsal {
    fn new(brief: &CallBrief, light: RehearsedLight) -> Self {
        Self {
            session: Session::new(brief.seed, &brief.policy),
            events: Vec::new(),
            light,
            shown: Vec::new(),
            now_ms: 0,
            liveness: None,
        }
    }

    fn time_until(&mut self, at_ms: CallMs) {
        while self.now_ms + TICK_MS <= at_ms && self.liveness.is_none() {
            self.tell(LivenessEvent::Tick, self.now_ms + TICK_MS);
        }
    }

    fn frame(&mut self, mut findings: FrameFindings, at_ms: CallMs) {
        if self.light == RehearsedLight::Simulated {
            self.shine(&mut findings, at_ms);
        }
        self.tell(LivenessEvent::Frame(Box::new(findings)), at_ms);
    }

    fn tell(&mut self, event: LivenessEvent, at_ms: CallMs) {
        if self.liveness.is_some() {
            return;
        }
        self.now_ms = self.now_ms.max(at_ms);
        let event = TimedEvent { at_ms: self.now_ms, event };
        self.session.handle(&event);
        self.events.push(event);
        let mut acknowledged = Vec::new();
        while let Some(output) = self.session.poll() {
            match output {
                Output::Prompt(Prompt::Light { step, colour, .. }) => {
                    self.shown.push((self.now_ms, colour));
                    acknowledged.push(step);
                }
                Output::Prompt(Prompt::LightOff) => self.shown.push((self.now_ms, PAPER)),
                Output::Prompt(_) | Output::Hint(_) | Output::Progress(_) => {}
                Output::Concluded(liveness) => self.liveness = Some(*liveness),
            }
        }
        for step in acknowledged {
            self.tell(LivenessEvent::Shown { step }, self.now_ms);
        }
    }

    /// Adds what the screen would add to the colours that were measured.
    fn shine(&self, findings: &mut FrameFindings, at_ms: CallMs) {
        let seen = self.shown.iter().rev().find(|(since, _)| since + LAG_MS <= at_ms);
        let Some((_, colour)) = seen else { return };
        if let Some(face) = &mut findings.face {
            add(&mut face.skin, *colour, FACE_GAIN);
        }
        if let Some(background) = &mut findings.background {
            add(background, *colour, BACKGROUND_GAIN);
        }
    }

    fn conclude(self, brief: CallBrief, engine: &Engine) -> Result<CallRecord, AnalysisError> {
        let pack = Some(engine.pack().clone());
        // `End` concludes every stage.
        let liveness = self.liveness.ok_or(AnalysisError::BrokeOff)?;
        let standing = brief.standing.clone();
        let evidence = brief.evidence(Transport::Webrtc, pack.clone(), liveness, standing);
        let decision = decision::decide(&evidence, &brief.policy);
        Ok(CallRecord {
            brief,
            pack,
            transport: Transport::Webrtc,
            events: self.events,
            evidence,
            decision,
        })
    }
}

fn add(to: &mut MeanColour, colour: ScreenColour, gain: f32) {
    to.r = (to.r + gain * f32::from(colour.r)).min(255.0);
    to.g = (to.g + gain * f32::from(colour.g)).min(255.0);
    to.b = (to.b + gain * f32::from(colour.b)).min(255.0);
}
