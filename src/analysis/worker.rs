//! The engine: threads that own the nets, behind one bounded queue.

use super::{
    error::AnalysisError,
    manifest::Manifest,
    pipeline::Pipeline,
    registry::{self, Parts},
    runtime,
    tensor::Run,
};
use crate::{
    config::Models,
    domain::{
        calibration::Calibration,
        finding::{FrameFindings, PackStamp, Want},
        score::ComparisonScore,
    },
    frame::Frame,
};
use ort::environment::Environment;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    time::Duration,
};

/// Frames that wait for a thread, over all calls. A call has at most one waiting, so this is more than the calls a
/// machine holds; when it is full the caller drops the frame and goes on with a newer one.
const QUEUE_MAX: usize = 64;
/// Longest wait for findings, queue included. A frame takes tens of ms; this is a stuck net.
const ANSWER_MS_MAX: u64 = 8_000;

type Answer = Result<FrameFindings, AnalysisError>;

/// Analysis of frames. Cheap to clone; the threads end when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Engine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pack: PackStamp,
    remarks: Vec<String>,
    queue: SyncSender<Job>,
}

struct Job {
    frame: Frame,
    want: Want,
    ticket: Arc<Ticket>,
    answer: Box<dyn FnOnce(Answer) + Send>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({})", self.frame.seq)
    }
}

/// Shared by the one who asks and the thread that works.
struct Ticket {
    departed: AtomicBool,
    run: Run,
}

/// Held by the one who asks. When it is dropped, waiting work is skipped and work in progress is stopped.
struct Receipt(Arc<Ticket>);

impl Drop for Receipt {
    fn drop(&mut self) {
        self.0.departed.store(true, Ordering::Relaxed);
        // it fails only when nothing runs any more
        let _ = self.0.run.terminate();
    }
}

impl Engine {
    /// Chooses the pack, checks and tests its models, and starts the threads.
    ///
    /// # Errors
    /// When analysis is switched off, no pack is complete and sound, or ONNX Runtime cannot be loaded. The message says
    /// what is missing and where it was looked for.
    pub fn start(settings: &Models) -> Result<Self, AnalysisError> {
        let (pack, remarks, pipelines) = choose(settings, threads(settings))?;
        spawn(pack, remarks, pipelines)
    }

    /// The same engine, its scores judged by a calibration that was found to be trustworthy.
    #[must_use]
    pub fn calibrated(self, calibration: Calibration) -> Self {
        let Shared { pack, remarks, queue } = &*self.shared;
        let pack = PackStamp {
            accept_from: ComparisonScore(calibration.accepts_from(pack.accept_from.0)),
            far_below: ComparisonScore(calibration.far_below),
            calibration: Some(calibration),
            ..pack.clone()
        };
        let (remarks, queue) = (remarks.clone(), queue.clone());
        Self { shared: Arc::new(Shared { pack, remarks, queue }) }
    }

    /// The pack in use.
    pub fn pack(&self) -> &PackStamp {
        &self.shared.pack
    }

    /// Why stronger packs are not in use, one sentence each; empty when the strongest is.
    pub fn remarks(&self) -> &[String] {
        &self.shared.remarks
    }

    /// Analyses a frame. Dropping the future skips or stops the work.
    ///
    /// # Errors
    /// `Busy` when the queue is full, `Stuck` when there is no answer in time, and whatever a net fails with.
    pub async fn analyse(&self, frame: &Frame, want: Want) -> Answer {
        let (send, receive) = tokio::sync::oneshot::channel();
        let _receipt = self.submit(frame, want, move |answer| {
            let _ = send.send(answer); // the receiver may have departed
        })?;
        match tokio::time::timeout(Duration::from_millis(ANSWER_MS_MAX), receive).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(AnalysisError::BrokeOff),
            Err(_) => Err(AnalysisError::Stuck { after_ms: ANSWER_MS_MAX }),
        }
    }

    /// Analyses a frame and waits; for the command line and tests, never inside async code.
    ///
    /// # Errors
    /// As [`Self::analyse`].
    pub fn analyse_blocking(&self, frame: &Frame, want: Want) -> Answer {
        use std::sync::mpsc::RecvTimeoutError;
        let (send, receive) = sync_channel(1);
        let _receipt = self.submit(frame, want, move |answer| {
            let _ = send.send(answer); // the receiver may have departed
        })?;
        match receive.recv_timeout(Duration::from_millis(ANSWER_MS_MAX)) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Disconnected) => Err(AnalysisError::BrokeOff),
            Err(RecvTimeoutError::Timeout) => Err(AnalysisError::Stuck { after_ms: ANSWER_MS_MAX }),
        }
    }

    fn submit(
        &self,
        frame: &Frame,
        want: Want,
        answer: impl FnOnce(Answer) + Send + 'static,
    ) -> Result<Receipt, AnalysisError> {
        let run = Run::new()
            .map_err(|source| AnalysisError::Run { file: self.pack().name.clone(), source })?;
        let ticket = Arc::new(Ticket { departed: AtomicBool::new(false), run });
        let job =
            Job { frame: frame.clone(), want, ticket: ticket.clone(), answer: Box::new(answer) };
        match self.shared.queue.try_send(job) {
            Ok(()) => Ok(Receipt(ticket)),
            Err(TrySendError::Full(_)) => Err(AnalysisError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(AnalysisError::BrokeOff),
        }
    }
}

/// The strongest pack that the settings allow, why stronger ones are not in use, and one pipeline a thread.
pub(super) fn choose(
    settings: &Models,
    threads: usize,
) -> Result<(PackStamp, Vec<String>, Vec<Pipeline>), AnalysisError> {
    if settings.pack == "none" {
        return Err(AnalysisError::SwitchedOff);
    }
    let manifest = Manifest::read(&settings.dir)?;
    let folders = registry::folders(settings);
    let mut packs: Vec<_> = manifest
        .packs
        .iter()
        .filter(|pack| settings.pack == "auto" || settings.pack == pack.name)
        .collect();
    packs.sort_by_key(|pack| std::cmp::Reverse(pack.rank));
    let mut faults = Vec::new();
    for pack in packs {
        match Parts::read(&manifest, pack, &folders) {
            Ok(parts) => {
                let environment = runtime::open(settings)?;
                match load(&environment, &parts, threads) {
                    Ok(pipelines) => return Ok((parts.stamp(), faults, pipelines)),
                    Err(e) => faults.push(format!("pack `{}`: {e}", pack.name)),
                }
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        let names: Vec<_> = manifest.packs.iter().map(|p| p.name.as_str()).collect();
        faults.push(format!("the manifest has only {}", names.join(", ")));
    }
    Err(AnalysisError::NoPack { wanted: settings.pack.clone(), searched: folders, faults })
}

fn threads(settings: &Models) -> usize {
    match settings.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        n => n,
    }
}

/// One pipeline a thread, loaded side by side.
fn load(
    environment: &Environment,
    parts: &Parts,
    threads: usize,
) -> Result<Vec<Pipeline>, AnalysisError> {
    std::thread::scope(|scope| {
        let loading: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| Pipeline::load(environment, parts))).collect();
        loading.into_iter().map(|t| t.join().unwrap_or(Err(AnalysisError::BrokeOff))).collect()
    })
}

fn spawn(
    pack: PackStamp,
    remarks: Vec<String>,
    pipelines: Vec<Pipeline>,
) -> Result<Engine, AnalysisError> {
    let (queue, jobs) = sync_channel(QUEUE_MAX);
    let jobs = Arc::new(Mutex::new(jobs));
    for (i, pipeline) in pipelines.into_iter().enumerate() {
        let jobs = jobs.clone();
        std::thread::Builder::new()
            .name(format!("analysis-{i}"))
            .spawn(move || work(pipeline, &jobs))
            .map_err(|_| AnalysisError::BrokeOff)?;
    }
    Ok(Engine { shared: Arc::new(Shared { pack, remarks, queue }) })
}

fn work(mut pipeline: Pipeline, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { frame, want, ticket, answer }) = next else { return };
        if ticket.departed.load(Ordering::Relaxed) {
            continue;
        }
        // a broken net or picture must not take the thread with it; buffers are overwritten by the next frame
        let result = catch_unwind(AssertUnwindSafe(|| pipeline.analyse(&frame, want, &ticket.run)));
        answer(result.unwrap_or(Err(AnalysisError::BrokeOff)));
    }
}
