//! One letter on one sheet.

use super::{
    Letter,
    font::{Measure, Typeface},
    lines::wrap,
};
use crate::notice::NoticeError;
use krilla::{
    Document,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    page::PageSettings,
    surface::Surface,
};
use qrcode::{Color, EcLevel, QrCode};

/// Points in a millimetre.
const MM: f32 = 72.0 / 25.4;
/// A4.
const PAGE: (f32, f32) = (210.0 * MM, 297.0 * MM);
/// Margins left and right.
const SIDE: f32 = 20.0 * MM;
const TEXT_WIDTH: f32 = PAGE.0 - 2.0 * SIDE;
/// Address field of DIN 5008 form B: 20 mm from the left, 45 mm from the top, 85 x 45 mm; the text begins 5 mm inside.
const ADDRESS_LEFT: f32 = 25.0 * MM;
const ADDRESS_TOP: f32 = 45.0 * MM;
const ADDRESS_WIDTH: f32 = 78.0 * MM;
/// Lines that fit into the field below the sender's line.
const ADDRESS_LINES: usize = 5;
const ADDRESS_PT: f32 = 13.0;
const SENDER_PT: f32 = 8.0;
/// Office, beside the window.
const OFFICE_LEFT: f32 = 118.0 * MM;
const OFFICE_PT: f32 = 12.0;
/// Where the text begins on the front and on the back, and where it ends.
const FRONT_TOP: f32 = 100.0 * MM;
const BACK_TOP: f32 = 20.0 * MM;
const BOTTOM: f32 = 285.0 * MM;
/// Side of the QR code.
const QR: f32 = 46.0 * MM;

/// Type sizes, pt.
const TEXT_PT: f32 = 20.0;
const POINT_PT: f32 = 19.0;
const HEAD_PT: f32 = 26.0;
const STRONG_PT: f32 = 23.0;
const CODE_PT: f32 = 24.0;
const LEADING: f32 = 1.38;

/// Which letter cannot be printed, and why.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("letter {letter}: {error}")]
pub struct PrintFault {
    /// Its place.
    pub letter: usize,
    /// Why.
    #[source]
    pub error: NoticeError,
}

/// Prints letters, each on a front and a back page.
///
/// # Errors
/// [`NoticeError::NoGlyph`] for a character that the font lacks, [`NoticeError::TooLong`] for a letter that does not fit.
pub fn print(
    letters: &[Letter],
    text: &Typeface,
    strong: &Typeface,
    title: &str,
) -> Result<Vec<u8>, PrintFault> {
    let whole = |error| PrintFault { letter: 0, error };
    let faces = Faces {
        text: (text, text.measure().map_err(whole)?),
        strong: (strong, strong.measure().map_err(whole)?),
    };
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(title.to_owned()).creator("Jianmian".to_owned()));
    for (nth, letter) in letters.iter().enumerate() {
        let (front, back) = letter.text.split_once("\n===").unwrap_or((&letter.text, ""));
        let printed = page(&mut document, &faces, |pen| {
            pen.window(letter)?;
            pen.body(letter, front, FRONT_TOP)
        });
        printed
            .and_then(|()| page(&mut document, &faces, |pen| pen.body(letter, back, BACK_TOP)))
            .map_err(|error| PrintFault { letter: nth, error })?;
    }
    document.finish().map_err(|e| whole(NoticeError::Pdf(format!("{e:?}"))))
}

struct Faces<'a> {
    text: (&'a Typeface, Measure<'a>),
    strong: (&'a Typeface, Measure<'a>),
}

fn page(
    document: &mut Document,
    faces: &Faces<'_>,
    write: impl FnOnce(&mut Pen<'_, '_>) -> Result<(), NoticeError>,
) -> Result<(), NoticeError> {
    let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(NoticeError::TooLong(1))?;
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    let written = write(&mut Pen { surface: &mut surface, faces });
    surface.finish();
    page.finish();
    written
}

struct Pen<'a, 's> {
    surface: &'a mut Surface<'s>,
    faces: &'a Faces<'a>,
}

impl Pen<'_, '_> {
    fn line(
        &mut self,
        x: f32,
        baseline: f32,
        size: f32,
        strong: bool,
        text: &str,
    ) -> Result<(), NoticeError> {
        let (face, measure) = if strong { &self.faces.strong } else { &self.faces.text };
        let glyphs = measure.glyphs(text)?;
        let at = Point::from_xy(x, baseline);
        self.surface.draw_glyphs(at, &glyphs, face.font.clone(), text, size, false);
        Ok(())
    }

    fn wrapped(&self, text: &str, size: f32, strong: bool, width: f32) -> Vec<String> {
        let measure = if strong { &self.faces.strong.1 } else { &self.faces.text.1 };
        wrap(text, width, |line| measure.text(line, size))
    }

    fn block(&mut self, rects: impl Iterator<Item = (f32, f32, f32, f32)>) {
        let mut path = PathBuilder::new();
        for (x, y, width, height) in rects {
            if let Some(rect) = Rect::from_xywh(x, y, width, height) {
                path.push_rect(rect);
            }
        }
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }

    /// What stands above the text: sender and address in the window, the office beside it, marks for folding.
    fn window(&mut self, letter: &Letter) -> Result<(), NoticeError> {
        let sender = self.wrapped(&letter.sender, SENDER_PT, false, ADDRESS_WIDTH);
        let mut y = ADDRESS_TOP + SENDER_PT;
        self.line(ADDRESS_LEFT, y, SENDER_PT, false, sender.first().map_or("", String::as_str))?;
        self.block([(ADDRESS_LEFT, y + 3.0, ADDRESS_WIDTH, 0.5)].into_iter());
        y += 8.0;
        let address = letter.address.iter();
        let lines: Vec<String> =
            address.flat_map(|l| self.wrapped(l, ADDRESS_PT, false, ADDRESS_WIDTH)).collect();
        if lines.len() > ADDRESS_LINES {
            return Err(NoticeError::TooLong(1));
        }
        for line in lines {
            y += ADDRESS_PT * 1.4;
            self.line(ADDRESS_LEFT, y, ADDRESS_PT, false, &line)?;
        }
        let mut y = ADDRESS_TOP;
        for (nth, line) in letter.office.iter().enumerate() {
            for part in self.wrapped(line, OFFICE_PT, nth == 0, PAGE.0 - OFFICE_LEFT - SIDE) {
                y += OFFICE_PT * 1.5;
                self.line(OFFICE_LEFT, y, OFFICE_PT, nth == 0, &part)?;
            }
        }
        let fold = |mm: f32| (5.0 * MM, mm * MM, 4.0 * MM, 0.4);
        self.block([fold(105.0), fold(210.0)].into_iter());
        Ok(())
    }

    /// The marked-up text from `top` on.
    fn body(&mut self, letter: &Letter, text: &str, top: f32) -> Result<(), NoticeError> {
        let mut y = top;
        for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
            if line == "[qr]" {
                y = self.qr(letter, y + 8.0)? + 4.0;
                continue;
            }
            let (size, strong, indent, space, words) = match line.split_at_checked(2) {
                Some(("# ", words)) => (HEAD_PT, true, 0.0, 10.0, words),
                Some(("! ", words)) => (STRONG_PT, true, 0.0, 6.0, words),
                Some(("- ", words)) => (POINT_PT, false, 20.0, 3.0, words),
                _ => (TEXT_PT, false, 0.0, 4.0, line),
            };
            y += space;
            if indent > 0.0 {
                let side = 6.0;
                self.block([(SIDE + 2.0, y + size * 0.75 - side / 2.0, side, side)].into_iter());
            }
            for part in self.wrapped(words, size, strong, TEXT_WIDTH - indent) {
                y += size * LEADING;
                if y > BOTTOM {
                    return Err(NoticeError::TooLong(2));
                }
                self.line(SIDE + indent, y - size * 0.3, size, strong, &part)?;
            }
        }
        Ok(())
    }

    /// QR code, and beside it what to do without it; returns where it ends.
    fn qr(&mut self, letter: &Letter, top: f32) -> Result<f32, NoticeError> {
        let code = QrCode::with_error_correction_level(&letter.url, EcLevel::M)
            .map_err(|e| NoticeError::Pdf(e.to_string()))?;
        let width = code.width();
        #[allow(clippy::cast_precision_loss)] // at most 177 modules
        let side = QR / width as f32;
        #[allow(clippy::cast_precision_loss)]
        let place = |i: usize| {
            (SIDE + (i % width) as f32 * side, top + (i / width) as f32 * side, side, side)
        };
        let dark = code.to_colors().into_iter().enumerate().filter(|(_, c)| *c == Color::Dark);
        self.block(dark.map(|(i, _)| place(i)));
        let left = SIDE + QR + 7.0 * MM;
        let room = PAGE.0 - SIDE - left;
        let mut y = top;
        let words = [
            (letter.qr_words[0].as_str(), TEXT_PT, true),
            (letter.qr_words[1].as_str(), super::TYPE_MIN_PT, false),
            (letter.site.as_str(), super::TYPE_MIN_PT, true),
            (letter.code.as_str(), CODE_PT, true),
        ];
        for (text, size, strong) in words {
            for part in self.wrapped(text, size, strong, room) {
                y += size * LEADING;
                self.line(left, y - size * 0.3, size, strong, &part)?;
            }
        }
        Ok(y.max(top + QR))
    }
}
