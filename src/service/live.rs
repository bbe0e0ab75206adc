//! Live calls as the door sees them: a socket is attached to a call, and the state of the whole is asked for.

use super::{Service, ServiceError};
use crate::domain::{
    control::{FromPhone, ServerMessage},
    ids::CallId,
};
use serde::Serialize;
use tokio::sync::mpsc;

/// A socket's two ends of a call.
#[derive(Debug)]
pub struct Attachment {
    /// Towards the call. Bounded: when it is full the door stops reading from the socket.
    pub to_call: mpsc::Sender<FromPhone>,
    /// From the call. Closes when another socket takes over or after the result.
    pub from_call: mpsc::Receiver<ServerMessage>,
}

/// How the service is.
#[derive(Clone, Debug, Serialize)]
pub struct Vitals {
    /// Model pack in use; none when no usable models are there.
    pub pack: Option<String>,
    /// The pack is for trial.
    pub trial: bool,
    /// Calls going on.
    pub live_calls: usize,
    /// What is wrong, in words without personal data; empty when all is well.
    pub faults: Vec<String>,
}

#[allow(clippy::unused_async, unused_variables, clippy::todo)]
impl Service {
    /// Attaches a socket to a live call; an earlier socket of the same call is detached.
    ///
    /// # Errors
    /// [`ServiceError::SignedOut`] when the call's token is wrong, [`ServiceError::NotFound`] when there is no such live call.
    pub async fn attach(
        &self,
        call_id: CallId,
        call_token: &str,
    ) -> Result<Attachment, ServiceError> {
        todo!()
    }

    /// How the service is.
    pub async fn vitals(&self) -> Vitals {
        todo!()
    }
}
