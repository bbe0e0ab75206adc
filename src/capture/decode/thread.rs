//! The codec thread of one call: units in, the newest picture out.

use super::{Decoder, Fault, Planes};
use crate::{
    capture::{Codec, PeerEvent, intake::Unit},
    frame::{Frame, Picture},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::{Notify, mpsc, watch};

/// Units that wait for the thread: what a repaired gap lets through at once (400 ms at 60 a second), and some. When full, the newest unit is dropped and a key frame is asked for:
/// the machine is too busy, and a picture of a second ago is of no use.
const UNITS_WAITING: usize = 32;

/// Pause between shown pictures on a machine that is behind: ten a second are enough to follow a face and the screen's light.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// Where the thread puts what it makes.
#[derive(Clone)]
pub(in crate::capture) struct Sink {
    /// The newest picture wins.
    pub frames: watch::Sender<Option<Frame>>,
    pub events: mpsc::Sender<PeerEvent>,
    /// Told when decoding cannot go on without a key frame.
    pub keyframe: Arc<Notify>,
    /// Sequence number of the next decoded frame.
    pub seq: Arc<AtomicU64>,
    /// Monotonic time at which the call opened.
    pub opened: Duration,
    pub side_max_px: u32,
}

/// The thread's handle; dropping it ends the thread after the unit in work.
pub(in crate::capture) struct CodecThread {
    units: SyncSender<Unit>,
}

impl CodecThread {
    /// Starts the thread.
    pub fn start(sink: Sink) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (units, waiting) = sync_channel(UNITS_WAITING);
        let thread = std::thread::Builder::new().name("codec".into()).spawn(move || {
            Worker { sink, current: None, started: None, shown_at: None }.run(&waiting);
        })?;
        Ok((Self { units }, thread))
    }

    /// Hands over a unit; `false` when the thread cannot take it.
    pub fn submit(&self, unit: Unit) -> bool {
        self.units.try_send(unit).is_ok()
    }
}

struct Worker {
    sink: Sink,
    current: Option<(Codec, Decoder)>,
    /// The codec that the phone was last said to send.
    started: Option<Codec>,
    /// Arrival of the picture last shown.
    shown_at: Option<Duration>,
}

impl Worker {
    fn run(mut self, waiting: &Receiver<Unit>) {
        let mut next = waiting.recv().ok();
        while let Some(unit) = next.take() {
            match self.decode(&unit) {
                Ok(Some(planes)) => {
                    next = waiting.try_recv().ok();
                    self.show(&unit, &planes, next.is_some());
                }
                Ok(None) => {}
                Err(fault) => {
                    tracing::debug!(codec = ?unit.codec, %fault, "a unit was not decoded");
                    self.current = None;
                    self.sink.keyframe.notify_one();
                }
            }
            if next.is_none() {
                next = waiting.recv().ok();
            }
        }
    }

    fn decode(&mut self, unit: &Unit) -> Result<Option<Planes>, Fault> {
        if self.current.as_ref().is_none_or(|(codec, _)| *codec != unit.codec) {
            if !unit.key {
                return Ok(None); // on its way before the key frame that was asked for
            }
            self.current = Some((unit.codec, Decoder::new(unit.codec, self.sink.side_max_px)));
        }
        match &mut self.current {
            Some((_, decoder)) => decoder.decode(&unit.bytes),
            None => Ok(None),
        }
    }

    /// Puts the picture where `call` looks. While newer units wait, most would be overwritten before anybody saw them: then
    /// only one in [`SHOWN_EVERY`] is worth its conversion.
    fn show(&mut self, unit: &Unit, planes: &Planes, newer_wait: bool) {
        let seq = self.sink.seq.fetch_add(1, Ordering::Relaxed);
        let rested = self.shown_at.is_none_or(|at| unit.at.saturating_sub(at) >= SHOWN_EVERY);
        if newer_wait && !rested {
            return;
        }
        let (Ok(width), Ok(height)) = (u32::try_from(planes.width), u32::try_from(planes.height))
        else {
            return;
        };
        let Ok(picture) = Picture::from_rgb(width, height, planes.to_rgb()) else { return };
        let at = unit.at.saturating_sub(self.sink.opened);
        let at_ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        self.shown_at = Some(unit.at);
        self.sink.frames.send_replace(Some(Frame { seq, at_ms, picture: Arc::new(picture) }));
        if self.started != Some(unit.codec) {
            self.started = Some(unit.codec);
            // When the queue is full `call` has stopped listening; frames go on being made.
            let _ = self.sink.events.try_send(PeerEvent::VideoStarted { codec: unit.codec });
        }
    }
}
