//! Looking at one picture outside of a call: reference photographs, and photographs sent instead of a call.

use crate::{
    analysis::{AnalysisError, Engine},
    domain::finding::{FrameFindings, PackStamp, Want},
    frame::{Frame, Picture},
};
use std::sync::Arc;

/// The engine, if there is one.
#[derive(Clone)]
pub struct Examination {
    engine: Option<Engine>,
}

/// Why a single picture was not examined.
#[derive(Debug, thiserror::Error)]
pub enum ExamineError {
    /// There is no engine.
    #[error("there are no usable models")]
    NoModels,
    /// The analysis failed.
    #[error("the analysis failed")]
    Failed(#[source] AnalysisError),
}

impl Examination {
    /// With the engine of this node, or without any model.
    pub fn new(engine: Option<Engine>) -> Self {
        Self { engine }
    }

    /// The pack in use; `None` when no model could be loaded.
    pub fn pack(&self) -> Option<PackStamp> {
        self.engine.as_ref().map(|e| e.pack().clone())
    }

    /// Everything about one picture.
    ///
    /// # Errors
    /// When there is no model, or the analysis fails.
    pub async fn examine(&self, picture: &Picture) -> Result<FrameFindings, ExamineError> {
        let engine = self.engine.as_ref().ok_or(ExamineError::NoModels)?;
        let frame = Frame { seq: 0, at_ms: 0, picture: Arc::new(picture.clone()) };
        engine.analyse(&frame, Want::everything()).await.map_err(ExamineError::Failed)
    }

    pub(super) fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }
}

impl std::fmt::Debug for Examination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Examination").field("pack", &self.pack().map(|p| p.name)).finish()
    }
}
