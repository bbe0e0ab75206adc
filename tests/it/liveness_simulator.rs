//! A small physical simulator of a call: a phone whose screen lights a face, a room, a camera, a line, and a person (or not).
//! It knows nothing of how liveness judges: it makes findings from light, skin, noise and time. Seeded; no real face.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use super::liveness_camera::Camera;
use jianmian::{
    config::Settings,
    domain::{
        challenge::{CameraSide, LivenessEvent, Prompt, ScreenColour, Side, TimedEvent},
        evidence::LivenessEvidence,
        finding::{FrameFindings, QualityIssue},
        policy::Policy,
    },
    liveness::{Output, PAPER, Session},
};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use std::collections::VecDeque;

/// The shipped policy.
pub fn policy() -> Policy {
    // What the lock of `domain::calibration` does is tested there and in `decision`; here the other conditions are.
    Policy { danger_automatic_without_proof: true, ..Settings::defaults().policy }
}

/// Seeded chance.
pub struct Chance(ChaCha20Rng);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    pub fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / 16_777_216.0
    }

    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    pub fn normal(&mut self) -> f32 {
        let u = self.unit().max(1e-7);
        (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * self.unit()).cos()
    }

    pub fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        seed
    }
}

/// What lights the face.
#[derive(Clone, Debug)]
pub enum Answer {
    /// This phone's screen.
    Genuine,
    /// Nothing: a recording without screen light, or full daylight.
    Nothing,
    /// The screen of another call: a recording of one, with these colours and times.
    Recorded(Vec<(u64, ScreenColour)>),
    /// This phone's screen, but the pictures come so much later, ms: relayed.
    Late(f32),
    /// The whole picture is tinted alike (a flat surface, or a tinted stream).
    Uniform,
}

/// The scene. Shares and noises are fractions, times ms.
#[derive(Clone, Debug)]
pub struct Scene {
    pub answer: Answer,
    /// The screen's share in the face's light when it shows white.
    pub share: f32,
    /// How much less of it reaches the background (inverse square of the distances).
    pub background_share: f32,
    pub frames_per_second: f32,
    /// From the arrival of a frame to its findings, on the server: decoding, waiting, analysis.
    pub analysis_ms: f32,
    /// From light to arrival of the frame.
    pub latency_ms: f32,
    /// From prompt to screen, and from screen to acknowledgement.
    pub way_ms: f32,
    /// Share of acknowledgements that get lost.
    pub acks_lost: f32,
    /// Share of frames that get lost.
    pub frames_lost: f32,
    /// Colour noise of movement (fraction, standard deviation), correlated over 0.4 s.
    pub movement: f32,
    /// Noise of the mean by sensor and codec, of 255.
    pub sensor: f32,
    /// White balance follows the scene by this share, within 2 s.
    pub white_balance: f32,
    /// Slow change of the room's light colour over the call, fraction.
    pub drift: f32,
    /// Seconds after the prompt at which the person turns; `None`: never.
    pub turns: Option<f32>,
    /// The person leaves the picture from, to (ms).
    pub away: Option<(u64, u64)>,
    /// The pictures come again after so many ms: a loop.
    pub looped_ms: Option<u64>,
    /// Draw thumbnails (slow); else they are noise.
    pub pictures: bool,
    /// The helper changes the camera, at ms. The light of this phone's screen reaches the face through the front one only.
    pub cameras: Vec<(u64, CameraSide)>,
    /// An issue of every frame.
    pub issue: Option<QualityIssue>,
}

impl Scene {
    /// An ordinary call, everything drawn at random around what phones do.
    pub fn ordinary(chance: &mut Chance) -> Self {
        Self {
            answer: Answer::Genuine,
            share: 0.05,
            background_share: chance.between(0.05, 0.4),
            frames_per_second: chance.between(7.0, 15.0),
            analysis_ms: 80.0,
            latency_ms: chance.between(50.0, 300.0),
            way_ms: chance.between(15.0, 120.0),
            acks_lost: 0.05,
            frames_lost: 0.05,
            movement: chance.between(0.002, 0.006),
            sensor: chance.between(0.15, 0.4),
            white_balance: chance.between(0.0, 0.5),
            drift: chance.between(-0.04, 0.04),
            turns: None,
            away: None,
            looped_ms: None,
            pictures: false,
            cameras: Vec::new(),
            issue: None,
        }
    }
}

/// A finished simulated call.
pub struct Simulated {
    pub evidence: LivenessEvidence,
    pub events: Vec<TimedEvent>,
    pub prompts: Vec<(u64, Prompt)>,
    pub ended_ms: u64,
}

/// What the phone shows and asks.
pub struct Phone {
    /// (from, colour), fades of 150 ms.
    pub screen: Vec<(f32, ScreenColour)>,
    acks: Vec<(u64, u32)>,
    pub turn: Option<(f32, Side)>,
    pub forward: Option<f32>,
}

/// Runs a call to its conclusion.
pub fn call(scene: &Scene, seed: [u8; 32], chance: &mut Chance) -> Simulated {
    let policy = policy();
    let mut session = Session::new(seed, &policy);
    let mut phone = Phone { screen: vec![(0.0, PAPER)], acks: vec![], turn: None, forward: None };
    let mut camera = Camera::new(chance);
    let mut done = Simulated {
        evidence: jianmian::liveness::replay(
            seed,
            &policy,
            &[TimedEvent { at_ms: 0, event: LivenessEvent::End }],
        )
        .unwrap(),
        events: Vec::new(),
        prompts: Vec::new(),
        ended_ms: 0,
    };
    let (mut frame_ms, mut seq) = (chance.between(100.0, 600.0), 0);
    let mut looked_at: VecDeque<(u64, Box<FrameFindings>)> = VecDeque::new();
    for at_ms in (0..180_000_u64).step_by(5) {
        let mut events = Vec::new();
        if at_ms.is_multiple_of(100) {
            events.push(LivenessEvent::Tick);
        }
        phone.acks.retain(|(due, step)| {
            let now = *due <= at_ms;
            if now {
                events.push(LivenessEvent::Shown { step: *step });
            }
            !now
        });
        let change = scene.cameras.iter().find(|(at, _)| *at == at_ms);
        events.extend(change.map(|(_, side)| LivenessEvent::Camera { side: *side }));
        if frame_ms <= at_ms as f32 {
            let jitter = 1.0 + 0.25 * chance.normal().clamp(-2.0, 2.0);
            frame_ms += 1000.0 / scene.frames_per_second * jitter.max(0.3);
            seq += 1;
            let frame = camera.frame(scene, &phone, at_ms, seq, &session, chance);
            if chance.unit() >= scene.frames_lost {
                // One frame after the other, as in the call.
                let ready = at_ms + (scene.analysis_ms * chance.between(0.4, 1.6)) as u64;
                let after = looked_at.back().map_or(0, |(due, _)| *due);
                looked_at.push_back((ready.max(after), Box::new(frame)));
            }
        }
        while looked_at.front().is_some_and(|(due, _)| *due <= at_ms) {
            events.extend(looked_at.pop_front().map(|(_, frame)| LivenessEvent::Frame(frame)));
        }
        for event in events {
            let event = TimedEvent { at_ms, event };
            session.handle(&event);
            done.events.push(event);
            while let Some(output) = session.poll() {
                match output {
                    Output::Prompt(prompt) => {
                        phone.prompt(&prompt, at_ms, scene, chance);
                        done.prompts.push((at_ms, prompt));
                    }
                    Output::Concluded(evidence) => {
                        done.evidence = *evidence;
                        done.ended_ms = at_ms;
                        return done;
                    }
                    Output::Hint(_) | Output::Progress(_) => {}
                }
            }
        }
    }
    panic!("the call did not end");
}

impl Phone {
    fn prompt(&mut self, prompt: &Prompt, at_ms: u64, scene: &Scene, chance: &mut Chance) {
        let shown = at_ms as f32 + scene.way_ms * chance.between(0.7, 1.5);
        match prompt {
            Prompt::Light { step, colour, .. } => {
                self.screen.push((shown, *colour));
                if chance.unit() >= scene.acks_lost {
                    let back = scene.way_ms * chance.between(0.7, 1.5);
                    self.acks.push(((shown + back) as u64, *step));
                }
            }
            Prompt::LightOff | Prompt::FindFace => self.screen.push((shown, PAPER)),
            Prompt::Turn { side } => self.turn = Some((shown, *side)),
            Prompt::FaceForward => self.forward = Some(shown),
            Prompt::Wait => {}
        }
    }
}
