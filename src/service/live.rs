//! Live calls: the conductor wired to the records. A call whose row is written starts here, and its end is recorded here.

use super::{CallStarter, Examiner, ExaminerError, Service, ServiceError};
use crate::{
    call::{CallEnd, Conductor, Examination, ExamineError},
    domain::{
        call::{CallBrief, CallConclusion, CallStatus},
        control::{CallResult, ServerMessage, Stage},
        finding::{FrameFindings, PackStamp},
        ids::CallId,
    },
    frame::Picture,
};
use async_trait::async_trait;
use serde::Serialize;
use std::{
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

pub use crate::call::Attachment;

/// Between two tries to record the end of a call, when the database does not take it.
const RECORD_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// Tries after which the phone is told to begin again, while recording goes on: half a minute.
const TELL_AFTER_TRIES: u32 = 15;
/// Tries after which the conclusion is given up: ten minutes.
const TRIES_MAX: u32 = 300;

/// How the service is.
#[derive(Clone, Debug, Serialize)]
pub struct Vitals {
    /// Model pack in use; none when no usable models are there.
    pub pack: Option<String>,
    /// The pack is for trial.
    pub trial: bool,
    /// Calls are confirmed automatically without proven accuracy.
    pub unproven: bool,
    /// Calls going on.
    pub live_calls: usize,
    /// What is wrong, in words without personal data; empty when all is well.
    pub faults: Vec<String>,
}

/// The conductor as the use cases see it.
#[derive(Debug)]
pub struct Live {
    conductor: Conductor,
    service: OnceLock<Weak<Service>>,
}

impl Live {
    /// Not yet wired: [`Live::wire`] follows once the service is open.
    pub fn new(conductor: Conductor) -> Arc<Self> {
        Arc::new(Self { conductor, service: OnceLock::new() })
    }

    /// Makes `service` start its calls here, and records their ends there.
    pub fn wire(self: &Arc<Self>, service: &Arc<Service>) {
        // A second wiring would be a mistake of the start-up; the first one stays.
        let _ = self.service.set(Arc::downgrade(service));
        service.set_starter(Arc::clone(self) as Arc<dyn CallStarter>);
    }
}

#[async_trait]
impl Examiner for Examination {
    async fn examine(&self, picture: &Picture) -> Result<FrameFindings, ExaminerError> {
        Self::examine(self, picture).await.map_err(|error| match error {
            ExamineError::NoModels => ExaminerError::NoModels,
            ExamineError::Failed(cause) => ExaminerError::Failed(Box::new(cause)),
        })
    }

    fn pack(&self) -> Option<PackStamp> {
        Self::pack(self)
    }
}

#[async_trait]
impl CallStarter for Live {
    fn admit(&self) -> Result<(), u64> {
        self.conductor.admit().map_err(|full| full.retry_after_s)
    }

    fn start(&self, brief: CallBrief) {
        let call_id = brief.call_id;
        let ended = self.conductor.start(brief);
        if let Some(service) = self.service.get() {
            tokio::spawn(settle(self.conductor.clone(), Weak::clone(service), call_id, ended));
        }
    }

    fn stop(&self, call: CallId) {
        self.conductor.stop(call);
    }

    async fn attach(&self, call: CallId) -> Option<Attachment> {
        self.conductor.attach(call).await
    }

    fn live_calls(&self) -> usize {
        self.conductor.live_calls()
    }
}

/// Waits for the end of a call and records it.
async fn settle(
    conductor: Conductor,
    service: Weak<Service>,
    call_id: CallId,
    ended: oneshot::Receiver<CallEnd>,
) {
    let end = ended.await;
    let Some(service) = service.upgrade() else { return };
    match end {
        Ok(CallEnd::Concluded(conclusion)) => {
            record(&conductor, &service, call_id, *conclusion).await;
        }
        Ok(CallEnd::Interrupted) => interrupted(&service, call_id).await,
        Err(_) => {
            tracing::error!(call.id = %call_id, "the task of a call broke off");
            interrupted(&service, call_id).await;
        }
    }
}

async fn interrupted(service: &Service, call_id: CallId) {
    if let Err(error) = service.interrupt(call_id).await {
        // The next start of this node closes the row.
        tracing::error!(call.id = %call_id, error = %chain(&error), "an interrupted call was not recorded");
    }
}

/// Records a conclusion, again and again when the database does not take it: a full disk must not cost anybody a call.
async fn record(
    conductor: &Conductor,
    service: &Service,
    call_id: CallId,
    conclusion: CallConclusion,
) {
    for attempt in 1..=TRIES_MAX {
        match service.conclude(conclusion.clone()).await {
            Ok(result) => {
                conductor.announce(call_id, result).await;
                return;
            }
            Err(error) if attempt == 1 || attempt == TRIES_MAX => {
                tracing::error!(call.id = %call_id, attempt, error = %chain(&error), "a call was not recorded");
            }
            Err(_) => {}
        }
        if attempt == TELL_AFTER_TRIES {
            conductor.announce(call_id, CallResult::Interrupted).await;
        }
        tokio::time::sleep(RECORD_AGAIN_AFTER).await;
    }
}

/// An error with its causes, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

impl Service {
    /// Attaches a socket to a live call; an earlier socket of the same call is detached. A call that is over answers with its
    /// result and nothing else.
    ///
    /// # Errors
    /// [`ServiceError::SignedOut`] when the call's token is wrong, [`ServiceError::NotFound`] when there is no such live call.
    pub async fn attach(
        &self,
        call_id: CallId,
        call_token: &str,
    ) -> Result<Attachment, ServiceError> {
        let access = self.call_of_token(call_id, call_token).await?;
        if let Some(starter) = self.starter.get()
            && let Some(attachment) = starter.attach(call_id).await
        {
            return Ok(attachment);
        }
        match access.result {
            Some(result) if access.status != CallStatus::Open => Ok(epilogue(call_id, result)),
            _ => Err(ServiceError::NotFound("live call")),
        }
    }

    /// How the service is.
    pub async fn vitals(&self) -> Vitals {
        let pack = self.examiner.pack();
        let mut faults = Vec::new();
        if self.health().await.is_err() {
            faults.push("the database does not answer".to_owned());
        }
        Vitals {
            unproven: self.unproven(),
            trial: pack.as_ref().is_some_and(|p| p.trial),
            pack: pack.map(|p| p.name),
            live_calls: self.starter.get().map_or(0, |s| s.live_calls()),
            faults,
        }
    }
}

/// What a socket hears that comes after the end.
fn epilogue(call_id: CallId, result: CallResult) -> Attachment {
    let (to_call, _) = mpsc::channel(1);
    let (tell, from_call) = mpsc::channel(2);
    for message in [
        ServerMessage::Welcome { call_id, stage: Stage::Ended, prompt: None },
        ServerMessage::Result { result },
    ] {
        // Two places for two messages.
        let _ = tell.try_send(message);
    }
    Attachment { to_call, from_call }
}
