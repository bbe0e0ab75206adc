//! Use cases; the only opener of transactions.
//!
//! In: requests of the door and of the command line, conclusions of calls. Out: [`views`]. May use: call, ledger, vault,
//! notice, storage, domain, clock, config.

pub mod error;
pub mod live;
pub mod views;

pub use error::ServiceError;
pub use live::{Attachment, Vitals};

use crate::domain::ids::{CaseId, OfficerId, ReferenceId, StillId};
use views::{
    CaseView, CitizenCase, ConsentForm, DispositionForm, DispositionView, LinkView, NewLink,
    OfficerView, OpenedCall, OtherWayForm, QueueView,
};

/// All use cases.
#[derive(Debug)]
pub struct Service {}

#[allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::unused_async,
    unused_variables,
    clippy::todo
)]
impl Service {
    pub async fn link_view(&self, token: &str) -> Result<LinkView, ServiceError> {
        todo!()
    }
    pub async fn consent(&self, token: &str, form: ConsentForm) -> Result<(), ServiceError> {
        todo!()
    }
    pub async fn open_call(&self, token: &str) -> Result<OpenedCall, ServiceError> {
        todo!()
    }
    pub async fn other_way(
        &self,
        token: &str,
        form: OtherWayForm,
    ) -> Result<CitizenCase, ServiceError> {
        todo!()
    }
    pub async fn photo(&self, token: &str, picture: Vec<u8>) -> Result<CitizenCase, ServiceError> {
        todo!()
    }
    /// Returns the session token for the cookie.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
    ) -> Result<(String, OfficerView), ServiceError> {
        todo!()
    }
    /// The officer of a session token; renews its idle time.
    pub async fn officer(&self, session_token: &str) -> Result<OfficerView, ServiceError> {
        todo!()
    }
    pub async fn sign_out(&self, session_token: &str) -> Result<(), ServiceError> {
        todo!()
    }
    pub async fn queue(&self, officer: OfficerId, lane: &str) -> Result<QueueView, ServiceError> {
        todo!()
    }
    pub async fn case(&self, officer: OfficerId, case: CaseId) -> Result<CaseView, ServiceError> {
        todo!()
    }
    /// JPEG bytes.
    pub async fn still(&self, officer: OfficerId, still: StillId) -> Result<Vec<u8>, ServiceError> {
        todo!()
    }
    /// JPEG bytes.
    pub async fn reference_image(
        &self,
        officer: OfficerId,
        reference: ReferenceId,
        case: Option<CaseId>,
    ) -> Result<Vec<u8>, ServiceError> {
        todo!()
    }
    pub async fn dispose(
        &self,
        officer: OfficerId,
        case: CaseId,
        form: DispositionForm,
    ) -> Result<DispositionView, ServiceError> {
        todo!()
    }
    /// A made-up beneficiary with this photograph and a link to it. Returns the made-up name and the link.
    pub async fn demo_enrol(&self, picture: Vec<u8>) -> Result<(String, NewLink), ServiceError> {
        todo!()
    }
}
