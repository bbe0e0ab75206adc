//! The service's view of the analysis: one picture in, findings out. The live part of the program implements it.

use crate::{
    domain::finding::{FrameFindings, PackStamp},
    frame::Picture,
};
use async_trait::async_trait;

/// Why a picture was not examined.
#[derive(Debug, thiserror::Error)]
pub enum ExaminerError {
    /// There are no usable models.
    #[error("there are no usable models")]
    NoModels,
    /// The analysis failed.
    #[error("the analysis failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Looks at single pictures: reference photographs and photographs sent instead of a call.
#[async_trait]
pub trait Examiner: std::fmt::Debug + Send + Sync {
    /// Everything about one picture, embedding included.
    ///
    /// # Errors
    /// When there are no models or the analysis fails.
    async fn examine(&self, picture: &Picture) -> Result<FrameFindings, ExaminerError>;

    /// The pack in use; none when there are no usable models.
    fn pack(&self) -> Option<PackStamp>;
}

/// An examiner without models, for commands that need none.
#[derive(Clone, Copy, Debug)]
pub struct NoExaminer;

#[async_trait]
impl Examiner for NoExaminer {
    async fn examine(&self, _picture: &Picture) -> Result<FrameFindings, ExaminerError> {
        Err(ExaminerError::NoModels)
    }

    fn pack(&self) -> Option<PackStamp> {
        None
    }
}

/// SHA-256 of a pack's embedder: embeddings of different embedders cannot be compared.
pub(super) fn embedder_of(pack: &PackStamp) -> Option<&str> {
    pack.models.iter().find(|m| m.role == "embedder").map(|m| m.sha256.as_str())
}
