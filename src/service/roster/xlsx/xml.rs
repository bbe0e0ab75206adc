//! One XML part: tags and text with bounded sizes, without entities of its own.

use super::super::archive::{ArchiveError, Capped, Excess, is_excess};
use quick_xml::{
    Error, Reader, XmlVersion,
    events::{BytesStart, Event},
};
use std::io::{self, BufReader, Read};

/// Longest tag or text between two tags, bytes. A cell of a spreadsheet holds at most 32,767 characters.
const PIECE_BYTES_MAX: u64 = 1 << 20;
/// Deepest nesting: spreadsheets need about ten, and the reader remembers every open element.
const DEPTH_MAX: u32 = 64;

/// Why a part cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum PartError {
    /// The archive around it.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It is not there.
    #[error("{0} is missing")]
    Lacking(&'static str),
    /// More than accepted.
    #[error("{part} is larger than any roster")]
    Excess {
        /// Path in the archive.
        part: String,
    },
    /// Cut off, damaged, or not XML.
    #[error("{part} is damaged")]
    Damaged {
        /// Path in the archive.
        part: String,
    },
}

/// Fails when more than so many bytes come without a `>`: what lies between two of them is held in memory.
struct Pieces<R> {
    inner: R,
    since: u64,
}

impl<R: Read> Read for Pieces<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match buffer[..read].iter().rposition(|b| *b == b'>') {
            Some(at) => self.since = (read - at) as u64,
            None => self.since += read as u64,
        }
        if self.since > PIECE_BYTES_MAX {
            return Err(io::Error::other(Excess(PIECE_BYTES_MAX)));
        }
        Ok(read)
    }
}

/// A part that is being read.
pub(super) struct Part<R: Read> {
    path: String,
    reader: Reader<BufReader<Pieces<Capped<R>>>>,
    buffer: Vec<u8>,
    /// The end of an empty element, which follows its beginning.
    closing: Option<String>,
    depth: u32,
}

/// What comes next in a part. Names are without prefix.
pub(super) enum Found {
    /// An element begins.
    Open {
        /// Its name.
        name: String,
        /// The whole tag.
        tag: BytesStart<'static>,
    },
    /// An element ends.
    Close(String),
    /// Text.
    Text(String),
}

impl<R: Read> Part<R> {
    pub(super) fn new(inner: Capped<R>, path: &str) -> Self {
        let mut reader = Reader::from_reader(BufReader::new(Pieces { inner, since: 0 }));
        reader.config_mut().allow_dangling_amp = true;
        Self { path: path.to_owned(), reader, buffer: Vec::new(), closing: None, depth: 0 }
    }

    /// What comes next; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Found>, PartError> {
        if let Some(name) = self.closing.take() {
            return Ok(Some(Found::Close(name)));
        }
        loop {
            self.buffer.clear();
            let found = match self.reader.read_event_into(&mut self.buffer) {
                Err(error) => return Err(fault(&self.path, &error)),
                Ok(Event::Eof) => return Ok(None),
                Ok(Event::Start(_)) if self.depth >= DEPTH_MAX => {
                    return Err(PartError::Damaged { part: self.path.clone() });
                }
                Ok(Event::Start(tag)) => {
                    self.depth += 1;
                    let name = tag.local_name().as_ref().to_owned();
                    Found::Open { name, tag: tag.into_owned() }
                }
                Ok(Event::Empty(tag)) => {
                    let name = tag.local_name().as_ref().to_owned();
                    self.closing = Some(name.clone());
                    Found::Open { name, tag: tag.into_owned() }
                }
                Ok(Event::End(tag)) => {
                    self.depth = self.depth.saturating_sub(1);
                    Found::Close(tag.local_name().as_ref().to_owned())
                }
                Ok(Event::Text(text)) => Found::Text(text.xml10_content().into_owned()),
                Ok(Event::CData(text)) => Found::Text(text.xml10_content().into_owned()),
                Ok(Event::GeneralRef(entity)) => match entity.resolve_char_ref() {
                    Ok(Some(sign)) => Found::Text(sign.into()),
                    _ => match predefined(&entity) {
                        Some(sign) => Found::Text(sign.into()),
                        None => return Err(PartError::Damaged { part: self.path.clone() }),
                    },
                },
                Ok(_) => continue,
            };
            return Ok(Some(found));
        }
    }
}

fn fault(path: &str, error: &Error) -> PartError {
    let part = path.to_owned();
    match error {
        Error::Io(error) if is_excess(error) => PartError::Excess { part },
        _ => PartError::Damaged { part },
    }
}

/// The five entities that XML has without a definition.
fn predefined(entity: &str) -> Option<char> {
    Some(match entity {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

/// An attribute's value; none when it is not there or damaged.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).ok()??;
    Some(attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
}
