//! All live calls of this node: admission, start, attachment of sockets, announcement of results.

use super::{
    Examination,
    actor::{Actor, ToActor},
};
use crate::{
    capture::MediaPort,
    clock::SharedClock,
    config::{Calls, Media},
    domain::{
        call::{CallBrief, CallConclusion},
        control::{CallResult, FromPhone, ServerMessage},
        ids::CallId,
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{mpsc, oneshot};

/// Messages waiting for an actor. When it is full the sender waits: a phone that floods only slows itself.
const INBOX: usize = 64;
/// Messages waiting for a socket. When it is full the socket is taken for dead and dropped; the phone reconnects.
const OUTBOX: usize = 64;
/// What a refused phone is told, s: about half the length of a usual call.
const RETRY_AFTER_S: u64 = 20;

/// All places are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// Seconds until it is worth asking again.
    pub retry_after_s: u64,
}

/// How a call ended, for the service.
#[derive(Debug)]
pub enum CallEnd {
    /// With evidence and a decision, to be recorded; then [`Conductor::announce`] tells the phone.
    Concluded(Box<CallConclusion>),
    /// Without enough to conclude: counts for nothing.
    Interrupted,
}

/// A socket's two ends of a call.
#[derive(Debug)]
pub struct Attachment {
    /// Messages of the phone. Dropping it means that the socket is gone.
    pub to_call: mpsc::Sender<FromPhone>,
    /// Messages for the phone; closes when another socket took the call or the call is over.
    pub from_call: mpsc::Receiver<ServerMessage>,
}

/// What every call shares.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) examination: Examination,
    pub(super) port: MediaPort,
    pub(super) calls: Calls,
    pub(super) media: Media,
    pub(super) clock: SharedClock,
}

/// A call's place in the table; given back when its task ends, however it ends.
struct Place {
    live: Table,
    call_id: CallId,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.call_id);
    }
}

type Table = Arc<Mutex<HashMap<CallId, mpsc::Sender<ToActor>>>>;

/// Conducts the calls of this node.
#[derive(Clone)]
pub struct Conductor {
    shared: Shared,
    live: Table,
}

impl std::fmt::Debug for Conductor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conductor").field("live", &self.live_calls()).finish_non_exhaustive()
    }
}

impl Conductor {
    /// A conductor without calls. Without models every call ends at an officer.
    pub fn new(
        examination: Examination,
        port: MediaPort,
        calls: Calls,
        media: Media,
        clock: SharedClock,
    ) -> Self {
        let shared = Shared { examination, port, calls, media, clock };
        Self { shared, live: Arc::default() }
    }

    /// Whether there is a place for one more call.
    ///
    /// # Errors
    /// [`Full`] when there is none.
    pub fn admit(&self) -> Result<(), Full> {
        if self.live_calls() < self.shared.calls.live_max {
            Ok(())
        } else {
            Err(Full { retry_after_s: RETRY_AFTER_S })
        }
    }

    /// Calls going on now.
    pub fn live_calls(&self) -> usize {
        self.table().len()
    }

    /// Starts a call and returns the place where its end will be told.
    pub fn start(&self, brief: CallBrief) -> oneshot::Receiver<CallEnd> {
        let (inbox, from_all) = mpsc::channel(INBOX);
        let (end, ended) = oneshot::channel();
        let call_id = brief.call_id;
        self.table().insert(call_id, inbox);
        let actor = Actor::new(self.shared.clone(), brief, from_all, end);
        let place = Place { live: Arc::clone(&self.live), call_id };
        tokio::spawn(async move {
            let _place = place;
            actor.run().await;
        });
        ended
    }

    /// Ends a call that another one replaced. Unknown calls are passed over.
    pub fn stop(&self, call_id: CallId) {
        if let Some(inbox) = self.table().remove(&call_id) {
            // A full inbox means an actor that is busy reading: without its place in the table it ends by its budget.
            let _ = inbox.try_send(ToActor::Stop);
        }
    }

    /// Connects a socket to a live call, taking it over from an earlier socket. `None` when the call is not live here.
    pub async fn attach(&self, call_id: CallId) -> Option<Attachment> {
        let inbox = self.table().get(&call_id).cloned()?;
        let (outbox, from_call) = mpsc::channel(OUTBOX);
        let (to_call, messages) = mpsc::channel(INBOX);
        inbox.send(ToActor::Attach { outbox, messages }).await.ok()?;
        Some(Attachment { to_call, from_call })
    }

    /// Tells the phone the result, now and after every reconnection until the call is forgotten.
    pub async fn announce(&self, call_id: CallId, result: CallResult) {
        let inbox = self.table().get(&call_id).cloned();
        if let Some(inbox) = inbox {
            // A call that is over meanwhile has nobody to tell.
            let _ = inbox.send(ToActor::Announce(result)).await;
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<CallId, mpsc::Sender<ToActor>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
