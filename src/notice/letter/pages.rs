//! A document of several pages: headings, lines, pairs of a name and a value, page numbers, a place to sign. For whoever reads it
//! without us: a court.

use super::{
    font::{Measure, Typeface},
    lines::wrap,
};
use crate::notice::NoticeError;
use krilla::{
    Document,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    page::PageSettings,
};
use std::fmt::Write as _;

const MM: f32 = 72.0 / 25.4;
const PAGE: (f32, f32) = (210.0 * MM, 297.0 * MM);
const SIDE: f32 = 20.0 * MM;
const TOP: f32 = 24.0 * MM;
const BOTTOM: f32 = 272.0 * MM;
const FOOT: f32 = 284.0 * MM;
const WIDTH: f32 = PAGE.0 - 2.0 * SIDE;
/// Where values begin.
const VALUE: f32 = 46.0 * MM;
const LEADING: f32 = 1.45;

/// Type sizes, pt.
const TITLE_PT: f32 = 24.0;
const HEAD_PT: f32 = 17.0;
const TEXT_PT: f32 = 13.0;
const DIGEST_PT: f32 = 9.8;
const FOOT_PT: f32 = 10.5;

/// A part of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The title, once.
    Title(String),
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A name and what it is.
    Pair(String, String),
    /// A digest or signature: small, so that it stands in few lines.
    Digest(String, String),
    /// A line across, between two events.
    Rule,
    /// A place for a signature, with what is to be written there.
    Sign(Vec<String>),
}

/// A line as it is laid out.
struct Line {
    x: f32,
    y: f32,
    size: f32,
    strong: bool,
    text: String,
}

#[derive(Default)]
struct Page {
    lines: Vec<Line>,
    /// Thin bars: left, top, width.
    bars: Vec<(f32, f32, f32)>,
}

/// Prints a document. `foot` stands at the foot of every page; `{page}` and `{pages}` in it are numbers.
///
/// # Errors
/// When the PDF cannot be made. Characters that the typeface lacks are printed as a box with their number.
pub fn print_document(
    blocks: &[Block],
    foot: &str,
    title: &str,
    faces: (&Typeface, &Typeface),
) -> Result<Vec<u8>, NoticeError> {
    let measures = (faces.0.measure()?, faces.1.measure()?);
    let mut layout = Layout { measures: &measures, pages: vec![Page::default()], y: TOP };
    for block in blocks {
        layout.block(block);
    }
    let pages = layout.pages;
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(title.to_owned()).creator("Jianmian".to_owned()));
    let count = pages.len();
    for (nth, page) in pages.iter().enumerate() {
        let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(NoticeError::TooLong(1))?;
        let mut sheet = document.start_page_with(size);
        let mut surface = sheet.surface();
        let foot =
            foot.replace("{page}", &(nth + 1).to_string()).replace("{pages}", &count.to_string());
        let foot = Line { x: SIDE, y: FOOT, size: FOOT_PT, strong: false, text: foot };
        for line in page.lines.iter().chain([&foot]) {
            let (face, measure) =
                if line.strong { (faces.1, &measures.1) } else { (faces.0, &measures.0) };
            let text = known(&line.text, measure);
            let glyphs = measure.glyphs(&text)?;
            let at = Point::from_xy(line.x, line.y);
            surface.draw_glyphs(at, &glyphs, face.font.clone(), &text, line.size, false);
        }
        let mut path = PathBuilder::new();
        for (x, y, width) in page.bars.iter().copied().chain([(SIDE, FOOT - 14.0, WIDTH)]) {
            if let Some(rect) = Rect::from_xywh(x, y, width, 0.5) {
                path.push_rect(rect);
            }
        }
        if let Some(path) = path.finish() {
            surface.draw_path(&path);
        }
        surface.finish();
        sheet.finish();
    }
    document.finish().map_err(|e| NoticeError::Pdf(format!("{e:?}")))
}

/// The text without characters that the typeface lacks: each is told by its number, so that nothing is lost in silence.
fn known(text: &str, measure: &Measure<'_>) -> String {
    let mut known = String::new();
    for c in text.chars() {
        if measure.has(c) {
            known.push(c);
        } else {
            let _ = write!(known, "[U+{:04X}]", u32::from(c));
        }
    }
    known
}

struct Layout<'a> {
    measures: &'a (Measure<'a>, Measure<'a>),
    pages: Vec<Page>,
    y: f32,
}

impl Layout<'_> {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Title(text) => self.lines(SIDE, WIDTH, TITLE_PT, true, text, 0.0),
            Block::Heading(text) => {
                // A heading is not left alone at the foot of a page.
                self.room(HEAD_PT * LEADING * 3.5);
                self.lines(SIDE, WIDTH, HEAD_PT, true, text, 14.0);
            }
            Block::Text(text) => self.lines(SIDE, WIDTH, TEXT_PT, false, text, 5.0),
            Block::Pair(name, value) => self.pair(name, value, TEXT_PT),
            Block::Digest(name, value) => self.pair(name, value, DIGEST_PT),
            Block::Rule => {
                self.room(12.0);
                let y = self.y + 6.0;
                if let Some(page) = self.pages.last_mut() {
                    page.bars.push((SIDE, y, WIDTH));
                }
                self.y += 10.0;
            }
            Block::Sign(lines) => {
                #[allow(clippy::cast_precision_loss)] // a few lines
                let high = lines.len() as f32 * 44.0;
                self.room(40.0 + high);
                self.y += 30.0;
                for line in lines {
                    self.y += 34.0;
                    let y = self.y;
                    self.put(SIDE, TEXT_PT, false, line);
                    if let Some(page) = self.pages.last_mut() {
                        page.bars.push((SIDE + VALUE, y + 2.0, WIDTH - VALUE));
                    }
                }
            }
        }
    }

    fn pair(&mut self, name: &str, value: &str, size: f32) {
        self.room(size * LEADING * 2.0);
        let names = self.wrapped(name, TEXT_PT.min(size + 1.0), true, VALUE - 8.0);
        let values = self.wrapped(value, size, false, WIDTH - VALUE);
        self.y += 3.0;
        for nth in 0..names.len().max(values.len()) {
            self.room(size * LEADING);
            self.y += size * LEADING;
            if let Some(text) = names.get(nth) {
                self.put(SIDE, TEXT_PT.min(size + 1.0), true, text);
            }
            if let Some(text) = values.get(nth) {
                self.put(SIDE + VALUE, size, false, text);
            }
        }
    }

    fn lines(&mut self, x: f32, width: f32, size: f32, strong: bool, text: &str, space: f32) {
        self.y += space;
        for part in self.wrapped(text, size, strong, width) {
            self.room(size * LEADING);
            self.y += size * LEADING;
            self.put(x, size, strong, &part);
        }
    }

    fn wrapped(&self, text: &str, size: f32, strong: bool, width: f32) -> Vec<String> {
        let measure = if strong { &self.measures.1 } else { &self.measures.0 };
        text.lines().flat_map(|line| wrap(line, width, |l| measure.text(l, size))).collect()
    }

    fn put(&mut self, x: f32, size: f32, strong: bool, text: &str) {
        let y = self.y;
        if let Some(page) = self.pages.last_mut() {
            page.lines.push(Line { x, y, size, strong, text: text.to_owned() });
        }
    }

    /// Begins a new page where less than this is left.
    fn room(&mut self, needed: f32) {
        if self.y + needed > BOTTOM {
            self.pages.push(Page::default());
            self.y = TOP;
        }
    }
}
