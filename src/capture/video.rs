//! The task that drains one phone's video: packets into the intake, units to the codec thread, key frame requests back.

use super::{
    PeerEvent,
    decode::CodecThread,
    intake::{Arrival, Intake, Unit},
    peer::Shared,
    relay::{Leg, Medium},
};
use rtc::{rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication, rtp::Packet};
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio::task::JoinHandle;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};

/// Pause between two key frame requests: they cost the phone's line five to ten pictures each, and take up to 150 ms to be met.
const KEYFRAME_PAUSE: Duration = Duration::from_millis(500);
/// How often a waiting request is looked at.
const TICK: Duration = Duration::from_millis(100);
/// Silence of a stream after which another stream of the same track may take its place.
const STREAM_SILENCE: Duration = Duration::from_secs(2);
/// Silence after which pictures were lost, in all likelihood: a key frame is asked for before anybody misses one.
const GAP: Duration = Duration::from_millis(400);
/// Tasks that a connection may start: one a track, and the offer is limited to four sections.
const TASKS_MAX: usize = 8;

/// The tasks and codec threads of a connection.
#[derive(Default)]
pub(super) struct Video {
    tasks: Vec<JoinHandle<()>>,
    threads: Vec<std::thread::JoinHandle<()>>,
    taken: bool,
    closed: bool,
}

impl Video {
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Lets nothing start any more and gives up what runs.
    pub fn close(&mut self) -> (Vec<JoinHandle<()>>, Vec<std::thread::JoinHandle<()>>) {
        self.closed = true;
        (std::mem::take(&mut self.tasks), std::mem::take(&mut self.threads))
    }
}

/// Keeps a task that ends with the connection.
pub(super) fn keep(shared: &Shared, task: JoinHandle<()>) {
    let mut video = shared.video.lock().unwrap_or_else(PoisonError::into_inner);
    if video.closed {
        task.abort();
    } else {
        video.tasks.push(task);
    }
}

/// Starts to drain a track. The first video track is the call's, and in a relay so is sound; others are read and thrown away.
pub(super) fn watch(shared: &Arc<Shared>, track: Arc<dyn TrackRemote>, sound: bool) {
    let mut video = shared.video.lock().unwrap_or_else(PoisonError::into_inner);
    video.tasks.retain(|task| !task.is_finished());
    if video.closed || video.tasks.len() >= TASKS_MAX {
        return;
    }
    let first = !sound && !std::mem::replace(&mut video.taken, true);
    let shared = Arc::clone(shared);
    video.tasks.push(tokio::spawn(async move {
        if sound {
            pass_sound(&shared, track.as_ref()).await;
        } else if first {
            drain(&shared, track.as_ref()).await;
            shared.video.lock().unwrap_or_else(PoisonError::into_inner).taken = false;
            let _ = shared.sink.events.try_send(PeerEvent::VideoEnded);
        } else {
            while track.poll().await.is_some() {}
        }
    }));
}

async fn pass_sound(shared: &Shared, track: &dyn TrackRemote) {
    while let Some(event) = track.poll().await {
        if let (TrackRemoteEvent::OnRtpPacket(packet), Some(leg)) = (event, &shared.leg) {
            leg.pass(Medium::Sound, &packet);
        }
    }
}

async fn drain(shared: &Shared, track: &dyn TrackRemote) {
    let mut receiver =
        Receiver { shared, intake: Intake::default(), stream: None, codec: None, gap: false };
    // In a relay somebody waits for the first picture already.
    let mut request = Request { wanted: shared.leg.is_some(), asked_at: None };
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            event = track.poll() => match event {
                Some(TrackRemoteEvent::OnRtpPacket(packet)) => receiver.take(packet),
                Some(TrackRemoteEvent::OnEnded) | None => return,
                Some(_) => {}
            },
            () = shared.sink.keyframe.notified() => request.wanted = true,
            _ = tick.tick() => receiver.advance(),
        }
        request.wanted |= std::mem::take(&mut receiver.gap);
        let now = shared.clock.monotonic();
        if let Some((ssrc, _)) = receiver.stream
            && request.is_due(receiver.decodes() && receiver.intake.wants_key(), now)
        {
            let ask = PictureLossIndication { sender_ssrc: 0, media_ssrc: ssrc };
            if track.write_rtcp(vec![Box::new(ask)]).await.is_err() {
                return; // the connection is gone
            }
        }
    }
}

/// When to ask for a key frame.
#[derive(Default)]
struct Request {
    /// Somebody asked: `call`, or the codec thread after a fault.
    wanted: bool,
    asked_at: Option<Duration>,
}

impl Request {
    fn is_due(&mut self, intake_wants: bool, now: Duration) -> bool {
        let rested = self.asked_at.is_none_or(|at| now.saturating_sub(at) >= KEYFRAME_PAUSE);
        let due = rested && (self.wanted || intake_wants);
        if due {
            self.wanted = false;
            self.asked_at = Some(now);
        }
        due
    }
}

struct Receiver<'a> {
    shared: &'a Shared,
    intake: Intake,
    /// The stream that is watched, and when it was last heard: simulcast layers and strangers on the same track are left out.
    stream: Option<(u32, Duration)>,
    codec: Option<CodecThread>,
    /// Packets come again after a silence.
    gap: bool,
}

impl Receiver<'_> {
    /// Whether anybody looks at the pictures here.
    fn decodes(&self) -> bool {
        self.shared.leg.as_ref().is_none_or(Leg::decodes)
    }

    fn take(&mut self, packet: Packet) {
        let now = self.shared.clock.monotonic();
        let agreed = self.shared.agreed.read().unwrap_or_else(PoisonError::into_inner);
        let Some(&codec) = agreed.video.get(&packet.header.payload_type) else { return };
        drop(agreed);
        match &mut self.stream {
            Some((ssrc, heard_at)) if *ssrc == packet.header.ssrc => {
                self.gap |= now.saturating_sub(*heard_at) >= GAP;
                *heard_at = now;
            }
            Some((_, heard_at)) if now.saturating_sub(*heard_at) < STREAM_SILENCE => return,
            _ => {
                self.stream = Some((packet.header.ssrc, now));
                self.intake = Intake::default();
            }
        }
        if let Some(leg) = &self.shared.leg {
            leg.pass(Medium::Video(codec), &packet);
        }
        if !self.decodes() {
            return;
        }
        self.intake.push(Arrival {
            sequence: packet.header.sequence_number,
            timestamp: packet.header.timestamp,
            marker: packet.header.marker,
            codec,
            payload: packet.payload,
            at: now,
        });
        self.advance();
    }

    /// Hands over what is whole by now.
    fn advance(&mut self) {
        let now = self.shared.clock.monotonic();
        while let Some(unit) = self.intake.pop(now) {
            if !self.submit(unit) {
                self.intake.require_key();
            }
        }
    }

    fn submit(&mut self, unit: Unit) -> bool {
        if self.codec.is_none() {
            let mut video = self.shared.video.lock().unwrap_or_else(PoisonError::into_inner);
            if video.closed {
                return false;
            }
            let Ok((codec, thread)) = CodecThread::start(self.shared.sink.clone()) else {
                return false;
            };
            video.threads.retain(|thread| !thread.is_finished());
            video.threads.push(thread);
            self.codec = Some(codec);
        }
        self.codec.as_ref().is_some_and(|codec| codec.submit(unit))
    }
}
