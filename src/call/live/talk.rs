//! One live call as one task: what comes from both sides, their lines and the eyes; who is there decides the state machine.

use super::{
    beside::{Beside, wants},
    record::{LiveRecord, Snapshot},
    script::{LiveBrief, Script},
    seat::{Seat, Socket, hear, shared},
    switchboard::{Board, Shared, WaitingRoom},
};
use crate::{
    call::{
        eyes::{Eyes, Look, Picture},
        line::{FromLine, Line},
    },
    capture::{PeerEvent, Relay},
    domain::{
        finding::CallMs,
        live_call::{LiveCall, LiveEnd, LivePhase, Party},
        live_control::{FromLive, LiveResult, LiveStanding, LiveTold, VideoCodec},
    },
    frame::Frame,
};
use std::time::Duration;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Interval, MissedTickBehavior, interval},
};

/// The state machine hears of time this often.
const TICK: Duration = Duration::from_millis(250);
/// Pictures looked at: about two a second are enough to say who is there and how they look.
const LOOK_EVERY_MS: CallMs = 450;
/// A page that comes back after the end hears of it so long.
const LINGER: Duration = Duration::from_secs(60);

/// A message to a talk.
pub(super) enum ToTalk {
    /// A socket connects.
    Attach { party: Party, socket: Socket },
    /// The service wants to record it.
    Gather(oneshot::Sender<LiveRecord>),
    /// The result is recorded.
    Over(LiveResult),
}

/// One live call.
pub(super) struct Talk {
    brief: LiveBrief,
    inbox: mpsc::Receiver<ToTalk>,
    room: watch::Receiver<WaitingRoom>,
    ended: Option<oneshot::Sender<LiveRecord>>,
    board: Board,
    clock: crate::clock::SharedClock,
    opened: Duration,
    pub(super) call: LiveCall,
    pub(super) relay: Relay,
    pub(super) phone: Seat,
    pub(super) officer: Seat,
    pub(super) script: Script,
    beside: Beside,
    pub(super) eyes: Eyes,
    looked_ms: Option<CallMs>,
    pub(super) newest: Option<Frame>,
    pub(super) still_frames: bool,
    pub(super) still_frames_ever: bool,
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) caption: String,
    told: [Option<LiveStanding>; 2],
    result: Option<LiveResult>,
}

impl Talk {
    #[allow(clippy::needless_pass_by_value)] // a talk has its own
    pub fn new(
        shared: Shared,
        brief: LiveBrief,
        (inbox, room): (mpsc::Receiver<ToTalk>, watch::Receiver<WaitingRoom>),
        ended: oneshot::Sender<LiveRecord>,
        board: Board,
    ) -> Self {
        let opened = shared.clock.monotonic();
        let line =
            || Line::new(shared.port.clone(), shared.media.clone(), shared.clock.clone(), opened);
        Self {
            script: Script::new(&brief),
            beside: Beside::new(brief.references.clone()),
            eyes: Eyes::new(shared.examination.engine().cloned(), shared.media.clone()),
            phone: Seat::new(line()),
            officer: Seat::new(line()),
            call: LiveCall::new(shared.live.limits()),
            clock: shared.clock.clone(),
            brief,
            inbox,
            room,
            ended: Some(ended),
            board,
            opened,
            relay: Relay::default(),
            looked_ms: None,
            newest: None,
            still_frames: false,
            still_frames_ever: false,
            snapshots: Vec::new(),
            caption: String::new(),
            told: [None, None],
            result: None,
        }
    }

    /// Runs the call to its end.
    pub async fn run(mut self) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.call.ended().is_none() {
            self.step(&mut tick).await;
        }
        self.phone.line.hang_up();
        self.officer.line.hang_up();
        self.board.note(self.brief.live_call_id, LivePhase::Ended);
        let end = self.call.ended().unwrap_or(LiveEnd::Interrupted);
        let result = self.result.take().unwrap_or(LiveResult::Ended { end });
        if let Some(ended) = self.ended.take() {
            // The service has gone when the server is going down.
            let _ = ended.send(self.gather());
        }
        self.linger(result).await;
    }

    async fn step(&mut self, tick: &mut Interval) {
        self.eyes.begin(wants());
        tokio::select! {
            message = self.inbox.recv() => match message {
                Some(ToTalk::Attach { party, socket }) => self.attach(party, socket),
                Some(ToTalk::Gather(answer)) => {
                    let _ = answer.send(self.gather());
                }
                Some(ToTalk::Over(result)) => {
                    self.result = Some(result);
                    self.call.end(LiveEnd::Decided);
                }
                None => self.call.end(LiveEnd::Interrupted),
            },
            heard = hear(&mut self.phone.socket) => self.heard(Party::Phone, heard).await,
            heard = hear(&mut self.officer.socket) => self.heard(Party::Officer, heard).await,
            from = self.phone.line.next() => self.hear_line(Party::Phone, from),
            from = self.officer.line.next() => self.hear_line(Party::Officer, from),
            look = self.eyes.result() => self.looked(look),
            changed = self.room.changed() => if changed.is_ok() { self.tell_standing() },
            _ = tick.tick() => self.tick(),
        }
    }

    fn now_ms(&self) -> CallMs {
        let since = self.clock.monotonic().saturating_sub(self.opened);
        CallMs::try_from(since.as_millis()).unwrap_or(CallMs::MAX)
    }

    pub(super) fn seat(&mut self, party: Party) -> &mut Seat {
        match party {
            Party::Phone => &mut self.phone,
            Party::Officer => &mut self.officer,
        }
    }

    // ---- the two sides ----

    fn attach(&mut self, party: Party, socket: Socket) {
        let now = self.now_ms();
        let word = self.brief.word.clone();
        let code = (party == Party::Phone).then(|| self.brief.code.clone());
        let live_call_id = self.brief.live_call_id;
        let seat = self.seat(party);
        seat.attach(socket, now);
        seat.tell(LiveTold::Welcome { live_call_id, word, code });
        self.told[index(party)] = None;
        match party {
            Party::Officer => {
                self.tell_script();
                let seen = self.beside.seen();
                self.officer.tell(LiveTold::Seen { seen });
            }
            Party::Phone if !self.caption.is_empty() => {
                let text = self.caption.clone();
                self.phone.tell(LiveTold::Caption { text });
            }
            Party::Phone => {}
        }
        self.presence();
    }

    async fn heard(&mut self, party: Party, heard: Option<FromLive>) {
        let now = self.now_ms();
        self.seat(party).heard(now);
        match heard {
            Some(FromLive::Message(said)) if party == Party::Phone && said.is_officers() => {
                self.phone.fault("out_of_place", "only the officer may say so");
            }
            Some(FromLive::Message(said)) => self.said(party, said, now).await,
            Some(FromLive::Still(jpeg)) => self.still(party, jpeg, now),
            Some(FromLive::SocketLost) | None => self.seat(party).detach(),
        }
        self.presence();
    }

    // ---- the lines and the eyes ----

    fn hear_line(&mut self, party: Party, from: FromLine) {
        match (party, from) {
            (_, FromLine::Event(PeerEvent::Connected)) => {
                self.seat(party).tell(LiveTold::MediaConnected);
            }
            (_, FromLine::Event(PeerEvent::Disconnected | PeerEvent::Failed)) => {
                self.seat(party).tell(LiveTold::MediaLost);
            }
            (Party::Phone, FromLine::Frame(frame)) => {
                let now = frame.at_ms;
                if self.looked_ms.is_none_or(|at| at + LOOK_EVERY_MS <= now) {
                    self.looked_ms = Some(now);
                    self.eyes.submit(Picture::Frame(frame.clone()));
                }
                self.newest = Some(frame);
            }
            _ => {}
        }
    }

    fn looked(&mut self, look: Look) {
        match look {
            Look::Seen(frame, findings) => {
                let pack = self.eyes.engine().map(|engine| engine.pack().clone());
                if self.beside.look(&findings, pack.as_ref()) {
                    let seen = self.beside.seen();
                    self.officer.tell(LiveTold::Seen { seen });
                }
                self.keep_newest(frame);
            }
            Look::Unseen(frame) => self.keep_newest(frame),
            Look::BadStill(error) => self.phone.fault("bad_picture", error),
            Look::Failed => {}
        }
    }

    fn keep_newest(&mut self, frame: Frame) {
        if self.newest.as_ref().is_none_or(|newest| newest.seq <= frame.seq) {
            self.newest = Some(frame);
        }
    }

    // ---- who is there ----

    fn tick(&mut self) {
        self.presence();
        let now = self.now_ms();
        self.call.tick(now);
    }

    /// Holds the state machine against who is heard, and tells what follows from it.
    fn presence(&mut self) {
        let now = self.now_ms();
        for party in [Party::Phone, Party::Officer] {
            match (self.seat(party).is_here(now), self.call.is_here(party)) {
                (true, false) => self.call.joined(party, now),
                (false, true) => self.call.lost(party, now),
                _ => {}
            }
        }
        self.arrange();
        self.tell_standing();
    }

    /// The codec of the talk, while moving pictures are wanted and both sides have one in common.
    pub(super) fn codec(&self) -> Option<VideoCodec> {
        if self.still_frames {
            return None;
        }
        shared(self.phone.codecs.as_ref()?, self.officer.codecs.as_ref()?)
    }

    /// Lets both sides connect once both are ready, each once a page and mode.
    fn arrange(&mut self) {
        if self.phone.codecs.is_none() || self.officer.codecs.is_none() {
            return;
        }
        let codec = self.codec();
        for seat in [&mut self.phone, &mut self.officer] {
            if seat.told != Some(codec) {
                seat.told = Some(codec);
                if codec.is_none() {
                    seat.line.hang_up();
                }
                seat.tell(LiveTold::Join { codec });
            }
        }
    }

    fn tell_standing(&mut self) {
        let phase = self.call.phase();
        self.board.note(self.brief.live_call_id, phase);
        let place = self.room.borrow_and_update().place(self.brief.live_call_id);
        let place = place.filter(|_| phase == LivePhase::Waiting);
        let talked_ms = self.call.talking_from_ms().map(|from| self.now_ms().saturating_sub(from));
        for party in [Party::Phone, Party::Officer] {
            let other = match party {
                Party::Phone => Party::Officer,
                Party::Officer => Party::Phone,
            };
            let standing = LiveStanding {
                phase,
                other_here: self.call.is_here(other),
                place: place.map(|(place, _)| place),
                wait_minutes: place.map(|(_, minutes)| minutes),
                still_frames: self.still_frames,
                talked_ms,
            };
            // Time alone is no news.
            let known = self.told[index(party)].as_ref();
            let same = known.is_some_and(|k| LiveStanding { talked_ms, ..k.clone() } == standing);
            if !same {
                self.told[index(party)] = Some(standing.clone());
                self.seat(party).tell(LiveTold::Standing { standing });
            }
        }
    }

    pub(super) fn tell_script(&mut self) {
        let script = self.script.view(self.snapshots.len());
        self.officer.tell(LiveTold::Script { script });
    }

    fn gather(&self) -> LiveRecord {
        LiveRecord {
            talking_from_ms: self.call.talking_from_ms(),
            word_said_ms: self.script.word_said_ms,
            code_read_ms: self.script.code_read_ms,
            code_wrong: self.script.code_wrong,
            prompts: self.script.prompts.clone(),
            snapshots: self.snapshots.clone(),
            cuts: self.call.cuts().to_vec(),
            still_frames: self.still_frames_ever,
            machine: self.beside.seen(),
            end: self.call.ended(),
        }
    }

    /// Stays until both sides have had the time to hear of the end, over however many sockets.
    async fn linger(mut self, result: LiveResult) {
        for seat in [&mut self.phone, &mut self.officer] {
            seat.tell(LiveTold::Over { result: result.clone() });
        }
        let mut leave = Box::pin(tokio::time::sleep(LINGER));
        loop {
            tokio::select! {
                message = self.inbox.recv() => match message {
                    Some(ToTalk::Attach { party, socket }) => {
                        let now = self.now_ms();
                        let seat = self.seat(party);
                        seat.attach(socket, now);
                        seat.tell(LiveTold::Over { result: result.clone() });
                    }
                    Some(ToTalk::Gather(answer)) => {
                        let _ = answer.send(self.gather());
                    }
                    Some(ToTalk::Over(_)) => {}
                    None => return,
                },
                heard = hear(&mut self.phone.socket) => if gone(heard.as_ref()) { self.phone.detach() },
                heard = hear(&mut self.officer.socket) => if gone(heard.as_ref()) { self.officer.detach() },
                () = &mut leave => return,
            }
        }
    }
}

fn gone(heard: Option<&FromLive>) -> bool {
    matches!(heard, None | Some(FromLive::SocketLost))
}

const fn index(party: Party) -> usize {
    match party {
        Party::Phone => 0,
        Party::Officer => 1,
    }
}
