//! News of the queue for open desks, and who is running for which case.

use crate::domain::ids::CaseId;
use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};
use tokio::sync::watch;

/// Tells whoever listens that the queue changed. However many changes come while somebody is busy, they hear of one: nothing
/// queues up.
#[derive(Debug)]
pub struct News(watch::Sender<u64>);

impl Default for News {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl News {
    /// The queue changed.
    pub(super) fn tell(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Hears of changes from now on.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// Cases for which somebody on this machine is running at this moment.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<HashSet<CaseId>>);

/// Somebody is running for a case; dropped, they are not.
pub(super) struct Run<'a> {
    all: &'a Running,
    id: CaseId,
}

impl Running {
    /// `None` when somebody else is running for it.
    pub(super) fn enter(&self, id: CaseId) -> Option<Run<'_>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.insert(id) { Some(Run { all: self, id }) } else { None }
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
