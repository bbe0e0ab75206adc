//! Single pictures that people hand in: bounded, decoded away from the async threads, rewritten without metadata.

use super::ServiceError;
use crate::frame::{Picture, PictureError};

/// Largest picture file, bytes (`docs/API.md`).
pub(super) const PICTURE_BYTES_MAX: usize = 8 << 20;
/// Longest side that is kept, px: enough to look at a face closely.
const KEPT_SIDE_PX: u32 = 1280;
const KEPT_QUALITY: u8 = 90;

/// A picture as it is kept, and decoded from exactly that.
pub(super) struct Kept {
    pub jpeg: Vec<u8>,
    pub picture: Picture,
}

/// Decodes and rewrites a picture file.
pub(super) async fn keep(file: Vec<u8>) -> Result<Kept, ServiceError> {
    if file.len() > PICTURE_BYTES_MAX {
        let detail = format!("a picture has at most {PICTURE_BYTES_MAX} bytes");
        return Err(ServiceError::unacceptable("too_large", detail));
    }
    let work = move || -> Result<Kept, PictureError> {
        let jpeg = Picture::decode(&file)?.to_jpeg(KEPT_SIDE_PX, KEPT_QUALITY)?;
        Ok(Kept { picture: Picture::decode(&jpeg)?, jpeg })
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(kept)) => Ok(kept),
        Ok(Err(error)) => Err(ServiceError::unacceptable("unreadable_picture", error.to_string())),
        Err(panic) => Err(ServiceError::internal(panic)),
    }
}

/// Decodes a picture that we kept ourselves.
pub(super) async fn reread(jpeg: Vec<u8>) -> Result<Picture, ServiceError> {
    let work = move || Picture::decode(&jpeg);
    let picture = tokio::task::spawn_blocking(work).await.map_err(ServiceError::internal)?;
    picture.map_err(ServiceError::internal)
}
