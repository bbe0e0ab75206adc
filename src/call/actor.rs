//! One call as one task: what comes from the phone, the line and the eyes goes to liveness; what liveness says goes to
//! the phone; its end is decided and handed to the service.

use super::{
    conductor::{CallEnd, Shared},
    eyes::{Eyes, Look, Picture},
    line::{FromLine, Line},
    shelf::Shelf,
};
use crate::{
    capture::{CaptureError, PeerEvent},
    domain::{
        call::CallBrief,
        challenge::{CameraSide, LivenessEvent, Prompt, TimedEvent},
        control::{CallResult, FromPhone, PhoneMessage, ServerMessage, Stage},
        evidence::{LivenessEvidence, Transport},
        finding::CallMs,
    },
    liveness::{Output, Session},
};
use std::time::Duration;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Interval, MissedTickBehavior, interval},
};

/// Liveness hears of time this often.
const TICK: Duration = Duration::from_millis(100);
/// Analysis faults in one call after which it is our fault and an officer takes over.
const FAULTS_MAX: u32 = 5;
/// Length of the filmstrip that an officer gets when no model can look, ms.
const UNSEEN_CAPTURE_MS: CallMs = 6_000;
/// How long a call waits for the first socket or picture, ms: the person may still be reading.
const SILENT_START_MS: CallMs = 45_000;

/// A message to the actor.
pub(super) enum ToActor {
    /// A socket connects.
    Attach { outbox: mpsc::Sender<ServerMessage>, messages: mpsc::Receiver<FromPhone> },
    /// The service recorded the end.
    Announce(CallResult),
    /// Another call took this one's place.
    Stop,
}

/// One call.
pub(super) struct Actor {
    pub(super) shared: Shared,
    pub(super) brief: CallBrief,
    pub(super) inbox: mpsc::Receiver<ToActor>,
    pub(super) end: Option<oneshot::Sender<CallEnd>>,
    pub(super) opened: Duration,
    pub(super) session: Session,
    pub(super) events: Vec<TimedEvent>,
    pub(super) line: Line,
    pub(super) eyes: Eyes,
    pub(super) shelf: Shelf,
    pub(super) phone: Option<Phone>,
    pub(super) detached_at_ms: Option<CallMs>,
    pub(super) stage: Stage,
    pub(super) prompt: Option<Prompt>,
    pub(super) result: Option<CallResult>,
    pub(super) transport: Transport,
    pub(super) first_picture_ms: Option<CallMs>,
    pub(super) frames: u32,
    pub(super) faults: u32,
    pub(super) asked_for_person: bool,
    pub(super) concluded: Option<Box<LivenessEvidence>>,
}

pub(super) struct Phone {
    outbox: mpsc::Sender<ServerMessage>,
    messages: mpsc::Receiver<FromPhone>,
}

impl Actor {
    pub(super) fn new(
        shared: Shared,
        brief: CallBrief,
        inbox: mpsc::Receiver<ToActor>,
        end: oneshot::Sender<CallEnd>,
    ) -> Self {
        let opened = shared.clock.monotonic();
        let line =
            Line::new(shared.port.clone(), shared.media.clone(), shared.clock.clone(), opened);
        Self {
            session: Session::new(brief.seed, &brief.policy),
            eyes: Eyes::new(shared.examination.engine().cloned(), shared.media.clone()),
            line,
            shared,
            brief,
            inbox,
            end: Some(end),
            opened,
            events: Vec::new(),
            shelf: Shelf::default(),
            phone: None,
            detached_at_ms: Some(0),
            stage: Stage::Connecting,
            prompt: None,
            result: None,
            transport: Transport::Webrtc,
            first_picture_ms: None,
            frames: 0,
            faults: 0,
            asked_for_person: false,
            concluded: None,
        }
    }

    /// Runs the call to its end.
    pub(super) async fn run(mut self) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.stage != Stage::Deciding && self.end.is_some() {
            self.step(&mut tick).await;
            if let Some(liveness) = self.concluded.take() {
                self.conclude(*liveness);
            }
        }
        self.line.hang_up();
        self.linger().await;
    }

    async fn step(&mut self, tick: &mut Interval) {
        self.eyes.begin(self.session.wants());
        tokio::select! {
            message = self.inbox.recv() => match message {
                Some(ToActor::Attach { outbox, messages }) => self.attach(outbox, messages),
                Some(ToActor::Announce(_)) => {}
                Some(ToActor::Stop) | None => self.interrupt(),
            },
            message = hear(&mut self.phone) => match message {
                Some(FromPhone::Message(message)) => self.phone_said(message).await,
                Some(FromPhone::Still(bytes)) => self.still(bytes),
                Some(FromPhone::SocketLost) | None => self.detach(),
            },
            from = self.line.next() => match from {
                FromLine::Event(event) => self.line_said(event),
                FromLine::Frame(frame) => {
                    self.picture_came();
                    self.eyes.submit(Picture::Frame(frame));
                }
            },
            look = self.eyes.result() => self.looked(look),
            _ = tick.tick() => self.tick(),
        }
    }

    fn now_ms(&self) -> CallMs {
        let since = self.shared.clock.monotonic().saturating_sub(self.opened);
        CallMs::try_from(since.as_millis()).unwrap_or(CallMs::MAX)
    }

    // ---- the phone ----

    pub(super) fn attach(
        &mut self,
        outbox: mpsc::Sender<ServerMessage>,
        messages: mpsc::Receiver<FromPhone>,
    ) {
        self.phone = Some(Phone { outbox, messages });
        self.detached_at_ms = None;
        self.tell(ServerMessage::Welcome {
            call_id: self.brief.call_id,
            stage: self.stage,
            prompt: self.prompt.clone(),
        });
        if let Some(result) = self.result.clone() {
            self.tell(ServerMessage::Result { result });
        }
    }

    pub(super) fn detach(&mut self) {
        self.phone = None;
        self.detached_at_ms = Some(self.now_ms());
    }

    /// A full outbox means a dead socket: it is dropped, and the phone draws the state anew when it comes back.
    pub(super) fn tell(&mut self, message: ServerMessage) {
        if self.phone.as_ref().is_some_and(|p| p.outbox.try_send(message).is_err()) {
            self.detach();
        }
    }

    fn fault(&mut self, code: &str, detail: impl std::fmt::Display) {
        self.tell(ServerMessage::Fault { code: code.into(), detail: detail.to_string() });
    }

    async fn phone_said(&mut self, message: PhoneMessage) {
        match message {
            PhoneMessage::Offer { sdp } => match self.line.offer(&sdp, None).await {
                Ok(sdp) => {
                    self.transport = Transport::Webrtc;
                    self.tell(ServerMessage::Answer { sdp });
                }
                Err(error) => self.fault("bad_sdp", error),
            },
            PhoneMessage::Candidate { candidate } => {
                if let Err(error) = self.line.candidate(&candidate) {
                    self.fault("bad_candidate", error);
                }
            }
            PhoneMessage::Stills => {
                self.line.hang_up();
                self.transport = Transport::Stills;
            }
            PhoneMessage::Shown { step } => self.live(LivenessEvent::Shown { step }),
            PhoneMessage::SkipMovement => self.live(LivenessEvent::SkipMovement),
            PhoneMessage::Camera { side: CameraSide::Rear } if !self.brief.assisted => {
                self.fault("out_of_place", "only a call with a helper may use the rear camera");
            }
            PhoneMessage::Camera { side } => self.live(LivenessEvent::Camera { side }),
            PhoneMessage::AskPerson => {
                self.asked_for_person = true;
                self.live(LivenessEvent::Leave);
            }
            PhoneMessage::Leave if self.first_picture_ms.is_none() => self.interrupt(),
            PhoneMessage::Leave => self.live(LivenessEvent::Leave),
            PhoneMessage::Ping => self.tell(ServerMessage::Pong),
        }
    }

    fn still(&mut self, bytes: Vec<u8>) {
        if self.transport != Transport::Stills {
            self.fault("out_of_place", "say `stills` before sending still frames");
            return;
        }
        let at_ms = self.now_ms();
        let seq = self.line.take_seq();
        self.eyes.submit(Picture::Still { bytes, seq, at_ms });
    }

    // ---- the line and the eyes ----

    fn line_said(&mut self, event: PeerEvent) {
        match event {
            PeerEvent::Connected => self.tell(ServerMessage::MediaConnected),
            PeerEvent::Disconnected | PeerEvent::Failed => self.tell(ServerMessage::MediaLost),
            PeerEvent::VideoStarted { .. } | PeerEvent::VideoEnded => {}
        }
    }

    fn picture_came(&mut self) {
        let now = self.now_ms();
        self.first_picture_ms.get_or_insert(now);
        if self.stage == Stage::Connecting {
            self.stage = Stage::Capturing;
        }
        if self.line.heard(now) {
            self.live(LivenessEvent::LineBack);
        }
    }

    fn looked(&mut self, look: Look) {
        match look {
            Look::Seen(frame, findings) => {
                self.frames += 1;
                if self.transport == Transport::Stills {
                    self.picture_came();
                }
                self.shelf.offer(&frame, &findings);
                self.live(LivenessEvent::Frame(findings));
                if self.frames >= self.shared.calls.frames_max {
                    self.live(LivenessEvent::End);
                }
            }
            Look::Unseen(frame) => {
                if self.transport == Transport::Stills {
                    self.picture_came();
                }
                self.shelf.offer_unseen(&frame, None);
            }
            Look::BadStill(error) => {
                let code = match error {
                    CaptureError::StillTooLarge { .. } => "too_large",
                    _ => "bad_picture",
                };
                self.fault(code, error);
            }
            Look::Failed => {
                self.faults += 1;
                if self.faults >= FAULTS_MAX {
                    self.live(LivenessEvent::End);
                }
            }
        }
    }

    // ---- time ----

    fn tick(&mut self) {
        let now = self.now_ms();
        if self.line.fell_silent(now) {
            self.live(LivenessEvent::LineLost);
        }
        if self.first_picture_ms.is_some() {
            self.live(LivenessEvent::Tick);
        }
        let gone = self.detached_at_ms.is_some_and(|at| {
            now.saturating_sub(at) > self.shared.calls.resume_seconds.saturating_mul(1000)
        });
        match self.first_picture_ms {
            None if gone || now > SILENT_START_MS => self.interrupt(),
            Some(_) if gone => self.interrupt(),
            Some(_) if now > self.shared.calls.seconds_max.saturating_mul(1000) => {
                self.live(LivenessEvent::End);
            }
            Some(first) if self.blind() && now > first + UNSEEN_CAPTURE_MS => {
                self.live(LivenessEvent::End);
            }
            _ => {}
        }
    }

    /// No model can look: the officer gets the filmstrip.
    pub(super) fn blind(&self) -> bool {
        self.eyes.engine().is_none() || self.faults >= FAULTS_MAX
    }

    // ---- liveness ----

    /// Tells liveness, keeps the event for `replay`, and passes on what liveness says.
    fn live(&mut self, event: LivenessEvent) {
        if self.concluded.is_some() || self.stage == Stage::Deciding {
            return;
        }
        let event = TimedEvent { at_ms: self.now_ms(), event };
        self.session.handle(&event);
        self.events.push(event);
        while let Some(output) = self.session.poll() {
            match output {
                Output::Prompt(prompt) => {
                    self.prompt = Some(prompt.clone());
                    self.tell(ServerMessage::Prompt { prompt });
                }
                Output::Hint(hint) => self.tell(ServerMessage::Hint { hint }),
                Output::Progress(done) => self.tell(ServerMessage::Progress { done }),
                Output::Concluded(liveness) => {
                    self.concluded = Some(liveness);
                    return;
                }
            }
        }
    }
}

/// The next message of the phone; never resolves while no socket is attached.
pub(super) async fn hear(phone: &mut Option<Phone>) -> Option<FromPhone> {
    match phone {
        Some(phone) => phone.messages.recv().await,
        None => std::future::pending().await,
    }
}
