//! The server's side: calls by the conductor, as the service opens them.

use super::phones::{Offer, Order};
use anyhow::{Context, Result, bail};
use jianmian::{
    analysis::Engine,
    call::{CallEnd, Conductor, Examination},
    capture::MediaPort,
    clock::{SharedClock, SystemClock},
    config::Settings,
    domain::{
        call::{CallBrief, CallRecord},
        challenge::{LivenessEvent, Prompt},
        control::{CallResult, FromPhone, PhoneMessage, ServerMessage},
        ids::{BeneficiaryId, CallId},
        policy::Policy,
    },
};
use std::{
    collections::HashMap,
    fmt,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{sync::oneshot, task::JoinSet};

/// Calls of one round begin within this time.
const SPREAD: Duration = Duration::from_millis(1_500);
/// After this time all calls of a round are live, and none has ended: then memory is read.
const MIDST: Duration = Duration::from_millis(6_500);

/// A node without its door and its records, and the phones' process.
pub struct Server {
    conductor: Conductor,
    policy: Policy,
    clock: SharedClock,
    calls: AtomicUsize,
    orders: Mutex<ChildStdin>,
    offers: Arc<Mutex<HashMap<usize, oneshot::Sender<String>>>>,
    phones: Mutex<Child>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut phones = self.phones.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = phones.kill();
        let _ = phones.wait();
    }
}

/// What a round of calls was like.
#[derive(Clone)]
pub struct Heard {
    /// The slowest call's frames analysed a second, and pictures decoded a second.
    pub looks_per_second: f64,
    pub pictures_per_second: f64,
    /// Median time from a picture's arrival to its findings.
    pub age_ms: u64,
    /// Processor time of this process over time.
    pub server_cores: f64,
    /// Of this process, in the midst.
    pub resident_kb: u64,
}

impl Heard {
    /// Of the 15 a second that are sent, so many are decoded when the decoders keep up.
    pub const PICTURES_NEEDED: f64 = 13.0;
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { looks_per_second, pictures_per_second, age_ms, server_cores, .. } = self;
        write!(
            f,
            "slowest looked at {looks_per_second:.1} and decoded {pictures_per_second:.1} times a second, findings {age_ms} ms old, \
             server used {server_cores:.2} cores"
        )
    }
}

impl Server {
    /// Loads the models, opens a port on loopback, and starts the phones with this clip.
    pub async fn start(clip: &str) -> Result<Arc<Self>> {
        let mut settings = Settings::load([], None, std::env::vars())?;
        settings.media.udp_listen = "127.0.0.1:0".parse()?;
        settings.media.tcp_listen = String::new();
        let engine = Engine::start(&settings.models)?;
        let port = MediaPort::bind(&settings.media).await?;
        let clock = SystemClock::shared();
        let conductor = Conductor::new(
            Examination::new(Some(engine)),
            port,
            settings.calls,
            settings.media,
            SharedClock::clone(&clock),
        );
        let mut phones = Command::new(std::env::current_exe()?)
            .args(["phones", clip])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = phones.stdin.take().context("no way to the phones")?;
        let lines = BufReader::new(phones.stdout.take().context("no way from the phones")?).lines();
        let offers: Arc<Mutex<HashMap<usize, oneshot::Sender<String>>>> = Arc::default();
        let waiting = Arc::clone(&offers);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let Ok(Offer { call, sdp }) = serde_json::from_str(&line) else { continue };
                let offer = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&call);
                if let Some(offer) = offer {
                    let _ = offer.send(sdp); // the round may be over
                }
            }
        });
        Ok(Arc::new(Self {
            conductor,
            policy: settings.policy,
            clock,
            calls: AtomicUsize::new(0),
            orders: Mutex::new(orders),
            offers,
            phones: Mutex::new(phones),
        }))
    }

    /// `count` whole calls at the same time.
    pub async fn round(self: &Arc<Self>, count: usize) -> Result<Heard> {
        let (begun, used) = (self.clock.monotonic(), processor_ms()?);
        let mut calls = JoinSet::new();
        for i in 0..count {
            let server = Arc::clone(self);
            calls.spawn(async move {
                tokio::time::sleep(SPREAD * u32::try_from(i)? / u32::try_from(count)?).await;
                server.call().await
            });
        }
        tokio::time::sleep(MIDST).await;
        let resident_kb = resident_kb()?;
        let records: Vec<CallRecord> = calls.join_all().await.into_iter().collect::<Result<_>>()?;
        let over = self.clock.monotonic().saturating_sub(begun).as_secs_f64() * 1000.0;
        let server_cores = (processor_ms()? - used) / over;
        let (mut looks, mut pictures, mut ages) = (f64::MAX, f64::MAX, Vec::new());
        for record in &records {
            let (l, p) = pace(record, &mut ages)?;
            (looks, pictures) = (looks.min(l), pictures.min(p));
        }
        ages.sort_unstable();
        let age_ms = ages.get(ages.len() / 2).copied().unwrap_or(0);
        // the conductor forgets a call a moment after its phone has left
        while self.conductor.live_calls() > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(Heard {
            looks_per_second: looks,
            pictures_per_second: pictures,
            age_ms,
            server_cores,
            resident_kb,
        })
    }

    /// One call to its end: the phone shows every colour at once and skips the turn.
    async fn call(&self) -> Result<CallRecord> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let brief = self.brief(number);
        let call_id = brief.call_id;
        let mut ended = self.conductor.start(brief);
        let mut line = self.conductor.attach(call_id).await.context("the call is not live")?;
        let say = |message| line.to_call.send(FromPhone::Message(message));
        let (offer, offered) = oneshot::channel();
        self.offers.lock().unwrap_or_else(PoisonError::into_inner).insert(number, offer);
        self.order(&Order::Dial { call: number })?;
        say(PhoneMessage::Offer { sdp: offered.await.context("a phone failed")? }).await?;
        let end = loop {
            tokio::select! {
                message = line.from_call.recv() => match message.context("the call hung up")? {
                    ServerMessage::Answer { sdp } => self.order(&Order::Answer { call: number, sdp })?,
                    ServerMessage::Prompt { prompt: Prompt::Light { step, .. } } => {
                        say(PhoneMessage::Shown { step }).await?;
                    }
                    ServerMessage::Prompt { prompt: Prompt::Turn { .. } } => say(PhoneMessage::SkipMovement).await?,
                    ServerMessage::Fault { code, detail } => bail!("{code}: {detail}"),
                    _ => {}
                },
                end = &mut ended => break end?,
            }
        };
        self.order(&Order::HangUp { call: number })?;
        self.conductor.announce(call_id, CallResult::Interrupted).await;
        // like a phone: only who has heard the result leaves
        while !matches!(line.from_call.recv().await, None | Some(ServerMessage::Result { .. })) {}
        say(PhoneMessage::Leave).await?;
        match end {
            CallEnd::Concluded(conclusion) => Ok(conclusion.record),
            CallEnd::Interrupted => bail!("a call was interrupted"),
        }
    }

    fn brief(&self, number: usize) -> CallBrief {
        CallBrief {
            call_id: CallId::new(),
            beneficiary_id: BeneficiaryId::new(),
            opened_at: self.clock.now(),
            references: Vec::new(),
            policy: self.policy.clone(),
            seed: std::array::from_fn(|i| number.to_le_bytes()[i % 8]),
            assisted: false,
            helper: None,
            attempt: 1,
            retries_before: 0,
            standing: Vec::new(),
        }
    }

    fn order(&self, order: &Order) -> Result<()> {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(orders, "{}", serde_json::to_string(order)?).context("the phones are gone")
    }
}

/// A call's looks and decoded pictures a second; adds the ages of its findings.
fn pace(record: &CallRecord, ages: &mut Vec<u64>) -> Result<(f64, f64)> {
    let frames: Vec<_> = record
        .events
        .iter()
        .filter_map(|event| match &event.event {
            LivenessEvent::Frame(findings) => Some((findings.seq, findings.at_ms, event.at_ms)),
            _ => None,
        })
        .collect();
    ages.extend(frames.iter().map(|(_, taken, found)| found - taken));
    let (Some(first), Some(last)) = (frames.first(), frames.last()) else {
        bail!("a call without pictures");
    };
    #[allow(clippy::cast_precision_loss)] // some hundreds
    let each_second = |n: u64| n as f64 * 1000.0 / (last.1 - first.1).max(1) as f64;
    Ok((each_second(frames.len() as u64 - 1), each_second(last.0 - first.0)))
}

/// Resident memory of this process.
pub fn resident_kb() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("memory needs Linux")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Processor time of all threads of this process; those that ended count.
fn processor_ms() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").context("processor time needs Linux")?;
    let after = text.rsplit_once(')').context("no name")?.1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |at: usize| -> Result<f64> { Ok(fields.get(at).context("too short")?.parse()?) };
    // utime and stime, fields 14 and 15 of proc(5), in ticks of 10 ms
    Ok((ticks(11)? + ticks(12)?) * 10.0)
}
