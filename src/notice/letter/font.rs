//! A typeface from a font file: widths for breaking lines, glyphs for printing. Only the glyphs that are used get into the PDF.

use crate::notice::NoticeError;
use krilla::{
    Data,
    text::{Font, GlyphId, KrillaGlyph},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use ttf_parser::Face;

/// A typeface, read once and shared.
#[derive(Clone)]
pub struct Typeface {
    pub(super) font: Font,
    bytes: Arc<Vec<u8>>,
    index: u32,
    path: PathBuf,
}

impl std::fmt::Debug for Typeface {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Typeface({}#{})", self.path.display(), self.index)
    }
}

impl Typeface {
    /// The first of `places` that is there. A place is `FILE` or, in a collection, `FILE#INDEX`.
    ///
    /// # Errors
    /// [`NoticeError::NoFont`] when none is there, [`NoticeError::BadFont`] when one is there and is no font.
    pub fn find(places: &[String]) -> Result<Self, NoticeError> {
        for place in places {
            let (path, index) = match place.rsplit_once('#') {
                Some((path, index)) => (path, index.parse().unwrap_or(0)),
                None => (place.as_str(), 0),
            };
            let path = Path::new(path);
            if let Ok(bytes) = std::fs::read(path) {
                return Self::read(bytes, index, path);
            }
        }
        Err(NoticeError::NoFont(places.join(", ")))
    }

    fn read(bytes: Vec<u8>, index: u32, path: &Path) -> Result<Self, NoticeError> {
        let bad = || NoticeError::BadFont(path.to_owned());
        let bytes = Arc::new(bytes);
        Face::parse(&bytes, index).map_err(|_| bad())?;
        let font = Font::new(Data::from(bytes.clone()), index).ok_or_else(bad)?;
        Ok(Self { font, bytes, index, path: path.to_owned() })
    }

    /// Opens the tables for measuring.
    pub(super) fn measure(&self) -> Result<Measure<'_>, NoticeError> {
        let face = Face::parse(&self.bytes, self.index)
            .map_err(|_| NoticeError::BadFont(self.path.clone()))?;
        Ok(Measure { units: f32::from(face.units_per_em()), face })
    }
}

/// The tables of a typeface.
pub(super) struct Measure<'a> {
    face: Face<'a>,
    units: f32,
}

impl Measure<'_> {
    /// Whether the typeface has a character.
    pub(super) fn has(&self, c: char) -> bool {
        self.face.glyph_index(c).is_some()
    }

    /// Width of a character, in units of the type's size.
    pub(super) fn width(&self, c: char) -> f32 {
        let glyph = self.face.glyph_index(c);
        let advance = glyph.and_then(|g| self.face.glyph_hor_advance(g));
        advance.map_or(1.0, |a| f32::from(a) / self.units)
    }

    /// Width of a text at a size, pt.
    pub(super) fn text(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.width(c)).sum::<f32>() * size
    }

    /// Glyphs of a line.
    pub(super) fn glyphs(&self, text: &str) -> Result<Vec<KrillaGlyph>, NoticeError> {
        text.char_indices()
            .map(|(at, c)| {
                let glyph = self.face.glyph_index(c).ok_or(NoticeError::NoGlyph(c))?;
                let range = at..at + c.len_utf8();
                let id = GlyphId::new(u32::from(glyph.0));
                Ok(KrillaGlyph::new(id, self.width(c), 0.0, 0.0, 0.0, range, None))
            })
            .collect()
    }
}
