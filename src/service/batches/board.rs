//! How far the batches of this machine are, and what their last runs told line by line: in memory alone.

use crate::{domain::ids::BatchId, service::views::BatchLine};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Lines of personal data are kept for so long after a run.
const TOLD_FOR: TimeDelta = TimeDelta::hours(1);
/// Batches whose lines are kept.
const TOLD_MAX: usize = 8;

/// How far a run is.
#[derive(Debug, Default)]
pub(super) struct Pace {
    step: Mutex<&'static str>,
    done: AtomicU64,
    total: AtomicU64,
}

impl Pace {
    pub(super) fn set(&self, step: &'static str, done: u64, total: u64) {
        *held(&self.step) = step;
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Counts on, where nobody knows how much there is in all.
    pub(super) fn add(&self, step: &'static str, more: u64) {
        *held(&self.step) = step;
        self.done.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn now(&self) -> (&'static str, u64, u64) {
        let done = self.done.load(Ordering::Relaxed);
        (*held(&self.step), done, self.total.load(Ordering::Relaxed))
    }
}

/// What a run told, line by line.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    pub shown: Vec<BatchLine>,
    pub more: u64,
}

/// All of it.
#[derive(Debug, Default)]
pub(in crate::service) struct Board {
    running: Mutex<HashMap<BatchId, Arc<Pace>>>,
    told: Mutex<Vec<(BatchId, DateTime<Utc>, Lines)>>,
}

impl Board {
    pub(super) fn begin(&self, id: BatchId) -> Arc<Pace> {
        let pace = Arc::new(Pace::default());
        held(&self.running).insert(id, Arc::clone(&pace));
        self.forget(id);
        pace
    }

    pub(super) fn end(&self, id: BatchId, lines: Lines, at: DateTime<Utc>) {
        held(&self.running).remove(&id);
        let mut told = held(&self.told);
        told.retain(|(other, ended, _)| *other != id && at - *ended < TOLD_FOR);
        if told.len() == TOLD_MAX {
            told.remove(0);
        }
        told.push((id, at, lines));
    }

    pub(super) fn forget(&self, id: BatchId) {
        held(&self.told).retain(|(other, _, _)| *other != id);
    }

    pub(super) fn pace(&self, id: BatchId) -> Option<(&'static str, u64, u64)> {
        held(&self.running).get(&id).map(|pace| pace.now())
    }

    pub(super) fn lines(&self, id: BatchId, at: DateTime<Utc>) -> Lines {
        let told = held(&self.told);
        let found = told.iter().find(|(other, ended, _)| *other == id && at - *ended < TOLD_FOR);
        found.map(|(_, _, lines)| lines.clone()).unwrap_or_default()
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_for_an_hour_and_of_a_few_batches_only() {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let board = Board::default();
        let told = || Lines { shown: Vec::new(), more: 3 };
        let first = BatchId::new();
        let pace = board.begin(first);
        pace.set("rows", 5, 10);
        assert_eq!(board.pace(first), Some(("rows", 5, 10)));
        board.end(first, told(), at);
        assert_eq!((board.pace(first), board.lines(first, at).more), (None, 3));
        assert_eq!(board.lines(first, at + TOLD_FOR).more, 0, "too old");
        for _ in 0..TOLD_MAX {
            board.end(BatchId::new(), told(), at);
        }
        assert_eq!(board.lines(first, at).more, 0, "too many");
        board.end(first, told(), at);
        board.begin(first);
        assert_eq!(board.lines(first, at).more, 0, "it runs anew");
    }
}
