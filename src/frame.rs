//! One decoded picture and when it was taken.
//!
//! In: pixels from `capture`. Out: pictures for `analysis` and stills for the evidence. May use: image.

use std::sync::Arc;

/// Longest side of a picture that the program looks at, px. Larger input is refused before decoding.
pub const SIDE_MAX_PX: u32 = 4096;

/// An 8-bit RGB picture, row-major, no padding: `rgb.len() == width * height * 3`.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

/// Why bytes are not a picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Buffer and dimensions disagree.
    #[error("a picture of {width}x{height} needs {expected} bytes, got {actual}")]
    Length {
        /// px
        width: u32,
        /// px
        height: u32,
        /// bytes
        expected: usize,
        /// bytes
        actual: usize,
    },
    /// Empty or too large.
    #[error("a picture of {width}x{height} px is outside 1..={SIDE_MAX_PX}")]
    Dimensions {
        /// px
        width: u32,
        /// px
        height: u32,
    },
    /// Not a JPEG, PNG or BMP, or truncated.
    #[error("the picture cannot be read: {0}")]
    Unreadable(#[source] image::ImageError),
}

impl Picture {
    /// Wraps RGB bytes.
    ///
    /// # Errors
    /// When dimensions are empty or too large, or do not fit the buffer.
    pub fn from_rgb(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self, PictureError> {
        if width == 0 || height == 0 || width > SIDE_MAX_PX || height > SIDE_MAX_PX {
            return Err(PictureError::Dimensions { width, height });
        }
        let expected = width as usize * height as usize * 3;
        if rgb.len() != expected {
            return Err(PictureError::Length { width, height, expected, actual: rgb.len() });
        }
        Ok(Self { width, height, rgb })
    }

    /// Decodes a JPEG, PNG or BMP file; dimensions are checked before pixels are decoded. EXIF orientation is applied.
    ///
    /// # Errors
    /// When it is none of these, truncated, or too large.
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        use image::{DynamicImage, ImageDecoder, ImageReader};
        let reader = ImageReader::new(std::io::Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|e| PictureError::Unreadable(e.into()))?;
        let mut decoder = reader.into_decoder().map_err(PictureError::Unreadable)?;
        let (width, height) = decoder.dimensions();
        if width == 0 || height == 0 || width > SIDE_MAX_PX || height > SIDE_MAX_PX {
            return Err(PictureError::Dimensions { width, height });
        }
        let orientation = decoder.orientation().map_err(PictureError::Unreadable)?;
        let mut image = DynamicImage::from_decoder(decoder).map_err(PictureError::Unreadable)?;
        image.apply_orientation(orientation);
        let rgb = image.into_rgb8();
        Self::from_rgb(rgb.width(), rgb.height(), rgb.into_raw())
    }

    /// Encodes as JPEG, scaled down so that the longest side is at most `side_max_px`.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn to_jpeg(&self, side_max_px: u32, quality: u8) -> Result<Vec<u8>, PictureError> {
        let image = image::RgbImage::from_raw(self.width, self.height, self.rgb.clone())
            .map(image::DynamicImage::ImageRgb8)
            .ok_or(PictureError::Dimensions { width: self.width, height: self.height })?;
        let image = if self.width.max(self.height) > side_max_px {
            image.resize(side_max_px, side_max_px, image::imageops::FilterType::Triangle)
        } else {
            image
        };
        let mut out = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, quality);
        image.write_with_encoder(encoder).map_err(PictureError::Unreadable)?;
        Ok(out)
    }

    /// Width, px.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height, px.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// RGB bytes, row-major.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

/// A picture of a call.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Sequence number of the decoded frame within the call.
    pub seq: u64,
    /// When it was taken, as well as the line can tell, ms since the call opened, on the server's clock: never when a busy machine
    /// got round to it.
    pub at_ms: u64,
    /// The picture.
    pub picture: Arc<Picture>,
}
