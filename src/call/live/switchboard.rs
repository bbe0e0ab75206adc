//! All live calls of this node, and the waiting room: admission, attachment of sockets, and who is next.

use super::{
    record::LiveRecord,
    script::LiveBrief,
    seat::Socket,
    talk::{Talk, ToTalk},
};
use crate::{
    call::Examination,
    capture::MediaPort,
    clock::SharedClock,
    config::{LiveCalls, Media},
    domain::{
        ids::LiveCallId,
        live_call::{LivePhase, Party},
        live_control::{FromLive, LiveResult, ToLive},
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{mpsc, oneshot, watch};

/// Messages waiting for a call. When it is full the sender waits.
const INBOX: usize = 32;
/// Messages waiting for a socket. When it is full the socket is taken for dead; the page reconnects.
const OUTBOX: usize = 64;
/// What somebody is told for whom the waiting room has no chair, s.
const RETRY_AFTER_S: u64 = 120;
/// How long an officer is at one person, minutes (DOMAIN §1: 8 to 9 a case), for the estimate in the waiting room.
const MINUTES_A_CALL: u64 = 8;

/// A socket's two ends of a live call.
#[derive(Debug)]
pub struct LiveAttachment {
    /// Messages of the page. Dropping it means that the socket is gone.
    pub to_call: mpsc::Sender<FromLive>,
    /// Messages for the page; closes when another socket took the side or the call is over.
    pub from_call: mpsc::Receiver<ToLive>,
}

/// What every live call shares.
#[derive(Clone)]
pub(super) struct Shared {
    pub examination: Examination,
    pub port: MediaPort,
    pub live: LiveCalls,
    pub media: Media,
    pub clock: SharedClock,
}

struct Row {
    inbox: mpsc::Sender<ToTalk>,
    /// Order of opening.
    nth: u64,
    phase: LivePhase,
}

#[derive(Default)]
struct Table {
    rows: HashMap<LiveCallId, Row>,
    last: u64,
}

/// Who waits, first come first, and how many officers talk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WaitingRoom {
    waiting: Vec<LiveCallId>,
    officers: u64,
}

impl WaitingRoom {
    /// Place from 1, and about how long to wait, minutes.
    pub fn place(&self, call: LiveCallId) -> Option<(usize, u64)> {
        let place = self.waiting.iter().position(|waiting| *waiting == call)? + 1;
        let people = u64::try_from(place).unwrap_or(u64::MAX);
        Some((place, people.saturating_mul(MINUTES_A_CALL).div_ceil(self.officers.max(1))))
    }
}

/// The table, and the board on which everybody reads their place.
#[derive(Clone)]
pub(super) struct Board {
    table: Arc<Mutex<Table>>,
    room: watch::Sender<WaitingRoom>,
}

impl Board {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call's phase changed; those who wait hear of their place.
    pub fn note(&self, call: LiveCallId, phase: LivePhase) {
        let mut table = self.table();
        if let Some(row) = table.rows.get_mut(&call) {
            row.phase = phase;
        }
        self.hang(&table);
    }

    /// A call is over.
    pub fn remove(&self, call: LiveCallId) {
        let mut table = self.table();
        table.rows.remove(&call);
        self.hang(&table);
    }

    fn hang(&self, table: &Table) {
        let mut waiting: Vec<(u64, LiveCallId)> = Vec::new();
        let mut officers = 0;
        for (id, row) in &table.rows {
            match row.phase {
                LivePhase::Waiting => waiting.push((row.nth, *id)),
                LivePhase::Ringing | LivePhase::Talking | LivePhase::Broken => officers += 1,
                LivePhase::Ended => {}
            }
        }
        waiting.sort_unstable();
        let waiting = waiting.into_iter().map(|(_, id)| id).collect();
        let room = WaitingRoom { waiting, officers };
        self.room.send_if_modified(|known| {
            let changed = *known != room;
            *known = room;
            changed
        });
    }
}

/// Connects the two sides of the live calls of this node.
#[derive(Clone)]
pub struct Switchboard {
    shared: Shared,
    board: Board,
}

impl std::fmt::Debug for Switchboard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let calls = self.board.table().rows.len();
        f.debug_struct("Switchboard").field("calls", &calls).finish_non_exhaustive()
    }
}

impl Switchboard {
    /// A switchboard without calls.
    pub fn new(
        examination: Examination,
        port: MediaPort,
        live: LiveCalls,
        media: Media,
        clock: SharedClock,
    ) -> Self {
        let shared = Shared { examination, port, live, media, clock };
        let board = Board { table: Arc::default(), room: watch::Sender::default() };
        Self { shared, board }
    }

    /// Whether there is a place for one more call. Officers' calls have the waiting room's chairs on top.
    ///
    /// # Errors
    /// When there is none: seconds after which to ask again.
    pub fn admit(&self, party: Party) -> Result<(), u64> {
        let table = self.board.table();
        let waiting = table.rows.values().filter(|r| r.phase == LivePhase::Waiting).count();
        let full = match party {
            Party::Phone => waiting >= self.shared.live.waiting_max,
            Party::Officer => table.rows.len() - waiting >= self.shared.live.calls_max,
        };
        if full { Err(RETRY_AFTER_S) } else { Ok(()) }
    }

    /// Opens a call for whoever comes first; the place where it tells that it ended without a result, with what there was.
    pub fn open(&self, brief: LiveBrief, first: Party) -> oneshot::Receiver<LiveRecord> {
        let (inbox, messages) = mpsc::channel(INBOX);
        let (ended, end) = oneshot::channel();
        let id = brief.live_call_id;
        let phase = match first {
            Party::Phone => LivePhase::Waiting,
            Party::Officer => LivePhase::Ringing,
        };
        let mut table = self.board.table();
        table.last += 1;
        let nth = table.last;
        table.rows.insert(id, Row { inbox, nth, phase });
        self.board.hang(&table);
        drop(table);
        let room = self.board.room.subscribe();
        let talk =
            Talk::new(self.shared.clone(), brief, (messages, room), ended, self.board.clone());
        let board = self.board.clone();
        tokio::spawn(async move {
            // However the task ends, its place is free afterwards.
            let _place = Place { board, id };
            talk.run().await;
        });
        end
    }

    /// Connects a socket to one side, taking it over from an earlier socket. `None` when the call is not on this node.
    pub async fn attach(&self, id: LiveCallId, party: Party) -> Option<LiveAttachment> {
        let inbox = self.inbox(id)?;
        let (outbox, from_call) = mpsc::channel(OUTBOX);
        let (to_call, messages) = mpsc::channel(INBOX);
        inbox.send(ToTalk::Attach { party, socket: Socket { outbox, messages } }).await.ok()?;
        Some(LiveAttachment { to_call, from_call })
    }

    /// The call as far as it went. `None` when it is not on this node.
    pub async fn record(&self, id: LiveCallId) -> Option<LiveRecord> {
        let (answer, record) = oneshot::channel();
        self.inbox(id)?.send(ToTalk::Gather(answer)).await.ok()?;
        record.await.ok()
    }

    /// The result is recorded: both sides hear it, and the call is over.
    pub async fn announce(&self, id: LiveCallId, result: LiveResult) {
        if let Some(inbox) = self.inbox(id) {
            // A call that is over meanwhile has nobody to tell.
            let _ = inbox.send(ToTalk::Over(result)).await;
        }
    }

    /// Whether the call is on this node.
    pub fn holds(&self, id: LiveCallId) -> bool {
        self.board.table().rows.contains_key(&id)
    }

    fn inbox(&self, id: LiveCallId) -> Option<mpsc::Sender<ToTalk>> {
        self.board.table().rows.get(&id).map(|row| row.inbox.clone())
    }
}

struct Place {
    board: Board,
    id: LiveCallId,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.board.remove(self.id);
    }
}
