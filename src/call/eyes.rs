//! The call's eyes: one frame in analysis, the newest one waiting, everything older forgotten.

use crate::{
    analysis::{AnalysisError, Engine},
    capture, config,
    domain::finding::{FrameFindings, Want},
    frame::Frame,
};
use futures_util::future::BoxFuture;

/// What became of a submitted picture.
pub(super) enum Look {
    /// Analysed.
    Seen(Frame, Box<FrameFindings>),
    /// No model to look with, but the picture is good.
    Unseen(Frame),
    /// A still that is not a picture.
    BadStill(capture::CaptureError),
    /// The analysis failed.
    Failed,
}

/// A picture that waits to be looked at.
pub(super) enum Picture {
    Frame(Frame),
    /// JPEG bytes of a still frame.
    Still {
        bytes: Vec<u8>,
        seq: u64,
        at_ms: u64,
    },
}

/// At most one look at a time.
pub(super) struct Eyes {
    engine: Option<Engine>,
    media: config::Media,
    looking: Option<BoxFuture<'static, Look>>,
    waiting: Option<Picture>,
}

impl Eyes {
    pub(super) fn new(engine: Option<Engine>, media: config::Media) -> Self {
        Self { engine, media, looking: None, waiting: None }
    }

    pub(super) fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    /// Replaces whatever waits: newest wins.
    pub(super) fn submit(&mut self, picture: Picture) {
        self.waiting = Some(picture);
    }

    /// Starts on the waiting picture when nothing is being looked at.
    pub(super) fn begin(&mut self, want: Want) {
        if self.looking.is_some() {
            return;
        }
        let Some(picture) = self.waiting.take() else { return };
        let (engine, media) = (self.engine.clone(), self.media.clone());
        self.looking = Some(Box::pin(look(engine, media, picture, want)));
    }

    /// The result of the look under way; never resolves when there is none.
    pub(super) async fn result(&mut self) -> Look {
        match self.looking.as_mut() {
            Some(looking) => {
                let look = looking.await;
                self.looking = None;
                look
            }
            None => std::future::pending().await,
        }
    }
}

async fn look(engine: Option<Engine>, media: config::Media, picture: Picture, want: Want) -> Look {
    let frame = match picture {
        Picture::Frame(frame) => frame,
        Picture::Still { bytes, seq, at_ms } => {
            let decoded = tokio::task::spawn_blocking(move || {
                capture::decode_still(&bytes, &media, seq, at_ms)
            })
            .await;
            match decoded {
                Ok(Ok(frame)) => frame,
                Ok(Err(error)) => return Look::BadStill(error),
                Err(_) => {
                    return Look::BadStill(capture::CaptureError::Still("it breaks the decoder"));
                }
            }
        }
    };
    let Some(engine) = engine else { return Look::Unseen(frame) };
    match engine.analyse(&frame, want).await {
        Ok(findings) => Look::Seen(frame, Box::new(findings)),
        Err(AnalysisError::Busy) => Look::Unseen(frame),
        Err(_) => Look::Failed,
    }
}
