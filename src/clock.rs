//! The one place that asks for the time. `ManualClock` stands still until a test moves it.
//!
//! In: nothing. Out: instants and dates. May use: chrono.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Wall clock and monotonic clock together.
pub trait Clock: Debug + Send + Sync {
    /// The wall clock.
    fn now(&self) -> DateTime<Utc>;
    /// The monotonic clock, since the process (or the test) began.
    fn monotonic(&self) -> Duration;
    /// Today in the county. Due dates are counted in China Standard Time (UTC+8, no summer time).
    fn today(&self) -> NaiveDate {
        china_date(self.now())
    }
}

/// The date in China Standard Time at `instant`.
pub fn china_date(instant: DateTime<Utc>) -> NaiveDate {
    match FixedOffset::east_opt(8 * 3600) {
        Some(offset) => instant.with_timezone(&offset).date_naive(),
        None => instant.date_naive(),
    }
}

/// A shared clock.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A shared system clock.
    #[allow(clippy::disallowed_methods)] // the one place
    pub fn shared() -> SharedClock {
        Arc::new(Self { started: Instant::now() })
    }
}

#[allow(clippy::disallowed_methods)] // the one place
impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<(DateTime<Utc>, Duration)>,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn at(now: DateTime<Utc>) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new((now, Duration::ZERO)) })
    }

    /// Moves both clocks forward.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.0 += by;
        state.1 += by;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (DateTime<Utc>, Duration)> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        self.lock().0
    }

    fn monotonic(&self) -> Duration {
        self.lock().1
    }
}
