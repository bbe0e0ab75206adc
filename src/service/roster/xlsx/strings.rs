//! The texts that cells share.

use super::xml::{Found, Part, PartError};
use std::io::Read;

/// All shared texts in one piece of memory.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    pub(super) fn read(mut part: Part<impl Read>) -> Result<Self, PartError> {
        let mut strings = Self::default();
        let (mut text, mut reading) = (0, 0);
        while let Some(found) = part.next()? {
            match found {
                Found::Open { name, .. } => match name.as_str() {
                    "t" => text += 1,
                    "rPh" => reading += 1, // how it is pronounced is not part of the text
                    _ => {}
                },
                Found::Close(name) => match name.as_str() {
                    "t" => text -= 1,
                    "rPh" => reading -= 1,
                    // A part has far fewer bytes than fit here.
                    "si" => {
                        let end = u32::try_from(strings.text.len()).unwrap_or(u32::MAX);
                        strings.ends.push(end);
                    }
                    _ => {}
                },
                Found::Text(piece) if text > 0 && reading == 0 => strings.text.push_str(&piece),
                Found::Text(_) => {}
            }
        }
        Ok(strings)
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = match index.checked_sub(1) {
            Some(before) => self.ends[before] as usize,
            None => 0,
        };
        self.text.get(start..end)
    }
}
