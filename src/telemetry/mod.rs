//! Logs: dotted field names, text or JSON, and a barrier that lets no personal data through.
//!
//! In: `tracing` events. Out: lines on standard error. May use: config, capture (which panics it catches).
//!
//! The barrier looks at the name and the value of every field. What looks personal is never written: in development and
//! in tests our own code panics on it, so that it is found; in a release, and for events of other crates, the event is
//! dropped and counted.

mod personal;

use crate::{capture, config::Log};
use personal::personal;
use std::{
    fmt::{self, Debug, Write},
    io::IsTerminal,
    sync::{
        Once,
        atomic::{AtomicU64, Ordering},
    },
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// Words that no field may be called by, as a whole name or between dots: they hold personal data, keys or media.
const FORBIDDEN: [&str; 34] = [
    "name",
    "masked_name",
    "addressee",
    "id_number",
    "phone",
    "mobile",
    "residence",
    "address",
    "addr",
    "ip",
    "peer",
    "remote_addr",
    "token",
    "cookie",
    "authorization",
    "password",
    "secret",
    "seed",
    "url",
    "uri",
    "sdp",
    "candidate",
    "ufrag",
    "embedding",
    "template",
    "vector",
    "image",
    "picture",
    "photo",
    "still",
    "jpeg",
    "face",
    "landmarks",
    "wish",
];

/// Crates that talk much below `warn`. The media engine is silent: its lines tell of addresses, candidates and what stood in an
/// SDP, and what an operator needs to know of a line the call itself says. `log.filter` can name a crate to hear it all the same;
/// the barrier below stays.
const QUIET: &str = "webrtc=off,rtc=off,sqlx=warn,ort=warn,hyper=warn,rustls=warn";

static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Events dropped by the barrier since the start.
pub fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// Starts logging on standard error. Calling it again (tests) changes nothing.
///
/// # Errors
/// When the filter cannot be read.
pub fn init(log: &Log) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter = EnvFilter::builder().parse(format!("{QUIET},{}", log.filter))?;
    HOOK.call_once(hush_caught_panics);
    let registry = Registry::default().with(filter).with(Barrier::default());
    // Colours are for a terminal: in a file or a journal they are dirt.
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let _already = if log.format == "json" {
        registry.with(lines.json()).try_init()
    } else {
        registry.with(lines).try_init()
    };
    Ok(())
}

static HOOK: Once = Once::new();

/// A panic that `capture` catches is told by `capture`, in a line of its own; any other is printed as usual.
fn hush_caught_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !capture::is_guarded() {
            usual(panic);
        }
    }));
}

/// Starts the barrier alone, over all of our own events: tests write no lines, and panic on what may not be in one.
pub fn watch() {
    let filter = EnvFilter::new(concat!(env!("CARGO_PKG_NAME"), "=trace"));
    let _already = Registry::default().with(filter).with(Barrier::default()).try_init();
}

/// What is done about personal data in an event of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLeak {
    /// Panic, naming the field but not the value.
    Panic,
    /// Drop the event and count it.
    Drop,
}

/// The barrier, a layer below the one that writes.
#[derive(Clone, Copy, Debug)]
pub struct Barrier {
    /// What is done about our own leaks.
    pub on_leak: OnLeak,
}

impl Default for Barrier {
    /// Panics in builds with debug assertions, drops in the others.
    fn default() -> Self {
        Self { on_leak: if cfg!(debug_assertions) { OnLeak::Panic } else { OnLeak::Drop } }
    }
}

/// Marks a span whose fields leaked: no event inside it is written.
struct Tainted;

impl Barrier {
    /// Whether what was looked at may be written.
    fn passes(self, metadata: &Metadata<'_>, look: Look) -> bool {
        let Some(leak) = look.leak else { return true };
        let ours = metadata.target().starts_with(env!("CARGO_PKG_NAME"));
        assert!(
            !(ours && self.on_leak == OnLeak::Panic),
            "personal data in a log: {leak} ({} line {})",
            metadata.target(),
            metadata.line().unwrap_or_default(),
        );
        DROPPED.fetch_add(1, Ordering::Relaxed);
        false
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Barrier {
    fn event_enabled(&self, event: &Event<'_>, context: Context<'_, S>) -> bool {
        let mut look = Look::default();
        event.record(&mut look);
        let inside_tainted = context
            .event_scope(event)
            .is_some_and(|mut spans| spans.any(|s| s.extensions().get::<Tainted>().is_some()));
        self.passes(event.metadata(), look) && !inside_tainted
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut look = Look::default();
        attributes.record(&mut look);
        self.judge_span(look, id, &context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut look = Look::default();
        values.record(&mut look);
        self.judge_span(look, id, &context);
    }
}

impl Barrier {
    fn judge_span<S>(self, look: Look, id: &Id, context: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let Some(span) = context.span(id) else { return };
        if !self.passes(span.metadata(), look) {
            span.extensions_mut().replace(Tainted);
        }
    }
}

/// Looks at fields and remembers the first leak.
#[derive(Default)]
struct Look {
    leak: Option<String>,
}

impl Look {
    fn at(&mut self, field: &Field, text: &str) {
        if self.leak.is_some() {
            return;
        }
        let name = field.name();
        if name.split('.').any(|part| FORBIDDEN.contains(&part)) {
            self.leak = Some(format!("no field may be called `{name}`"));
        } else if let Some(kind) = personal(text) {
            self.leak = Some(format!("field `{name}` holds {kind}"));
        }
    }
}

impl Visit for Look {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = Capped::default();
        let _cut_off = write!(text, "{value:?}");
        self.at(field, &text.0);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.at(field, value);
    }

    // Plain numbers are counts and times; an id number or telephone is never kept as one.
    fn record_i64(&mut self, field: &Field, _: i64) {
        self.at(field, "");
    }
    fn record_u64(&mut self, field: &Field, _: u64) {
        self.at(field, "");
    }
    fn record_f64(&mut self, field: &Field, _: f64) {
        self.at(field, "");
    }
    fn record_bool(&mut self, field: &Field, _: bool) {
        self.at(field, "");
    }
}

/// A text that stops growing: a huge value costs no huge scan.
#[derive(Default)]
struct Capped(String);

impl Write for Capped {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        if self.0.len() > 64 << 10 {
            return Err(fmt::Error);
        }
        self.0.push_str(s);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{
        personal::made_up::{id_number, token},
        *,
    };
    use std::{
        net::SocketAddr,
        sync::{Arc, Mutex},
    };

    /// A writer that keeps what was written.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(on_leak: OnLeak, work: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
        let subscriber = Registry::default().with(Barrier { on_leak }).with(lines);
        tracing::subscriber::with_default(subscriber, work);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    #[should_panic(expected = "personal data in a log: no field may be called `beneficiary.name`")]
    fn a_forbidden_field_panics() {
        written(OnLeak::Panic, || tracing::info!(beneficiary.name = "王", "seen"));
    }

    #[test]
    #[should_panic(expected = "field `message` holds what looks like an id number")]
    fn an_id_number_in_a_message_panics() {
        written(OnLeak::Panic, || tracing::warn!("no reference for {}", id_number()));
    }

    #[test]
    #[should_panic(expected = "field `request.from` holds an IP address")]
    fn an_address_in_a_span_panics() {
        let peer: SocketAddr = "192.0.2.7:5040".parse().unwrap();
        written(OnLeak::Panic, || drop(tracing::info_span!("request", request.from = %peer)));
    }

    #[test]
    fn a_release_drops_and_counts() {
        let before = dropped();
        let text = written(OnLeak::Drop, || {
            tracing::info!(call.id = 7, "good");
            tracing::info!(link.token = 7, "by its field");
            tracing::info!(detail = token(), "by its value");
            let span = tracing::info_span!("tainted", note = id_number());
            span.in_scope(|| tracing::info!("inside"));
            tracing::info!("good again");
        });
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains("good again"), "{text}");
        assert!(dropped() >= before + 3);
    }

    #[test]
    fn other_crates_never_panic_us() {
        let text = written(OnLeak::Panic, || {
            tracing::error!(target: "webrtc::ice", "pair failed with 198.51.100.3:5000");
            tracing::error!(target: "webrtc::ice", "closed");
        });
        assert!(text.contains("closed") && !text.contains("198.51"), "{text}");
    }

    /// Set in the process that has the next test to itself: the panic hook and the log are one a process.
    const ALONE: &str = "JIANMIAN_TEST_ALONE";

    #[test]
    fn a_caught_panic_is_one_line_of_our_own_and_another_is_printed_as_usual() {
        if std::env::var_os(ALONE).is_some() {
            let log = crate::config::Settings::defaults().log;
            init(&log).unwrap();
            let _ = capture::guarded("decoder", || panic!("a=candidate:1 1 udp 1 192.0.2.9"));
            let _ = std::thread::spawn(|| panic!("as the test asks")).join();
            return;
        }
        let name = "telemetry::tests::\
                    a_caught_panic_is_one_line_of_our_own_and_another_is_printed_as_usual";
        let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
        let ran = alone.args(["--exact", name, "--nocapture"]).env(ALONE, "1").output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(ran.status.success(), "{said}");
        let ours = |l: &&str| l.contains("a panic on a phone's bytes was caught");
        assert_eq!(said.lines().filter(ours).count(), 1, "{said}");
        assert_eq!(said.matches("panicked at").count(), 1, "{said}");
        assert!(said.contains("as the test asks") && !said.contains("192.0.2.9"), "{said}");
    }
}
