//! The switchboard as the use cases see it: a call that ends by itself is written down here.

use crate::{
    call::{LiveBrief, Switchboard},
    domain::live_call::{LiveEnd, Party},
    service::Service,
};
use std::sync::{Arc, Weak};

/// The switchboard of this node, and the way back to the records.
#[derive(Debug)]
pub(in crate::service) struct LiveLines {
    pub(super) switchboard: Switchboard,
    service: Weak<Service>,
}

impl LiveLines {
    /// Opens a call; its end without a result closes its row.
    pub(super) fn open(&self, brief: LiveBrief, first: Party) {
        let id = brief.live_call_id;
        let ended = self.switchboard.open(brief, first);
        let service = Weak::clone(&self.service);
        tokio::spawn(async move {
            let end = match ended.await {
                Ok(record) => record.end.unwrap_or(LiveEnd::Interrupted),
                Err(_) => LiveEnd::Interrupted,
            };
            // A recorded result has closed the row already.
            if end == LiveEnd::Decided {
                return;
            }
            let Some(service) = service.upgrade() else { return };
            if let Err(error) = service.live_call_ended(id, end).await {
                // The next start of this node closes the row.
                tracing::error!(live_call.id = %id, %error, "the end of a live call was not recorded");
            }
        });
    }
}

impl Service {
    /// Gives the service its way to live calls. Once; a second time changes nothing.
    pub fn set_switchboard(self: &Arc<Self>, switchboard: Switchboard) {
        let service = Arc::downgrade(self);
        let _ = self.live_lines.set(LiveLines { switchboard, service });
    }
}
