//! A picture as the body of a request.

use super::{Door, problem::Problem};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Largest picture, bytes.
pub const PHOTO_BYTES_MAX: usize = 8 << 20;
/// Pictures held in memory at once: 8 x 8 MiB.
pub const UPLOADS_MAX: usize = 8;

/// A received picture, not looked at yet. It holds one of the places until it is dropped.
pub struct Upload {
    /// Bytes.
    pub bytes: Vec<u8>,
    _place: OwnedSemaphorePermit,
}

impl FromRequest<Arc<Door>> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, door: &Arc<Door>) -> Result<Self, Problem> {
        let place =
            door.uploads.clone().try_acquire_owned().map_err(|_| Problem::busy("busy", 5))?;
        let bytes = Bytes::from_request(request, door).await?;
        Ok(Self { bytes: bytes.into(), _place: place })
    }
}
