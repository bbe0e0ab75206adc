//! The end of a call: interrupted, or concluded and decided; and the time after it, until the phone has heard.

use super::{
    actor::{Actor, ToActor, hear},
    conductor::CallEnd,
};
use crate::{
    decision,
    domain::{
        call::{CallConclusion, CallRecord},
        challenge::Prompt,
        control::{CallResult, FromPhone, PhoneMessage, ServerMessage, Stage},
        evidence::LivenessEvidence,
        finding::PackStamp,
        verdict::Reason,
    },
};
use std::time::Duration;

impl Actor {
    pub(super) fn interrupt(&mut self) {
        if let Some(end) = self.end.take() {
            self.result = Some(CallResult::Interrupted);
            self.tell(ServerMessage::Result { result: CallResult::Interrupted });
            // Nobody listens when the server is going down.
            let _ = end.send(CallEnd::Interrupted);
        }
    }

    pub(super) fn conclude(&mut self, liveness: LivenessEvidence) {
        self.stage = Stage::Deciding;
        self.tell(ServerMessage::Prompt { prompt: Prompt::Wait });
        let pack = self.pack();
        let mut standing = self.brief.standing.clone();
        if self.asked_for_person {
            standing.push(Reason::AskedForPerson);
        }
        let stills = std::mem::take(&mut self.shelf).finish(&liveness.probes);
        let evidence = self.brief.evidence(self.transport, pack.clone(), liveness, standing);
        let decision = decision::decide(&evidence, &self.brief.policy);
        let record = CallRecord {
            brief: self.brief.clone(),
            pack,
            transport: self.transport,
            events: std::mem::take(&mut self.events),
            evidence,
            decision,
        };
        if let Some(end) = self.end.take() {
            let conclusion = Box::new(CallConclusion { record, stills });
            let _ = end.send(CallEnd::Concluded(conclusion));
        }
    }

    fn pack(&self) -> Option<PackStamp> {
        if self.blind() { None } else { self.eyes.engine().map(|e| e.pack().clone()) }
    }

    /// Stays until the phone has had the time to hear the result, over however many sockets.
    pub(super) async fn linger(&mut self) {
        let stay = Duration::from_secs(self.shared.calls.resume_seconds);
        let mut leave = Box::pin(tokio::time::sleep(stay * 4));
        loop {
            tokio::select! {
                message = self.inbox.recv() => match message {
                    Some(ToActor::Attach { outbox, messages }) => self.attach(outbox, messages),
                    Some(ToActor::Announce(result)) => {
                        self.stage = Stage::Ended;
                        self.result = Some(result.clone());
                        self.tell(ServerMessage::Result { result });
                        leave = Box::pin(tokio::time::sleep(stay));
                    }
                    Some(ToActor::Stop) | None => return,
                },
                message = hear(&mut self.phone) => match message {
                    Some(FromPhone::Message(PhoneMessage::Ping)) => self.tell(ServerMessage::Pong),
                    Some(FromPhone::Message(PhoneMessage::Leave)) if self.result.is_some() => return,
                    Some(FromPhone::SocketLost) | None => self.detach(),
                    Some(_) => {}
                },
                () = &mut leave => return,
            }
        }
    }
}
