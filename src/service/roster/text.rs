//! CSV: any of the usual encodings and line ends, read in pieces of bounded size.

use super::{
    RosterFault,
    fault::unreadable,
    rows::{COLUMNS_MAX, Cell, ROW_BYTES_MAX, Sink, TableRow},
};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use encoding_rs::{Decoder, DecoderResult, Encoding};
use std::{io::Read, ops::ControlFlow};

/// Bytes read at once.
const PIECE_BYTES: usize = 64 << 10;

/// Gives every row of a text table that holds something to `sink`.
pub(super) fn each_row(
    file: &mut dyn Read,
    encoding: &'static Encoding,
    sink: &mut Sink<'_>,
) -> Result<(), RosterFault> {
    let mut pieces = Pieces::new(file, encoding);
    let first = pieces.next()?.to_vec();
    let mut table = Table::new(delimiter(&first));
    if table.feed(&first, sink)?.is_break() {
        return Ok(());
    }
    loop {
        let piece = pieces.next()?;
        if piece.is_empty() {
            return table.finish(sink);
        }
        if table.feed(piece, sink)?.is_break() {
            return Ok(());
        }
    }
}

/// What stands between the fields: whichever of comma, tab and semicolon is most in the header.
fn delimiter(text: &[u8]) -> u8 {
    let header = text.split(|b| *b == b'\n').find(|line| !line.is_empty()).unwrap_or_default();
    let count = |sign: u8| header.split(|b| *b == sign).count();
    [b';', b'\t', b','].into_iter().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

/// The file as UTF-8 with one kind of line end.
struct Pieces<'a> {
    file: &'a mut dyn Read,
    decoder: Decoder,
    raw: Vec<u8>,
    /// Bytes of `raw` that are not decoded yet.
    pending: std::ops::Range<usize>,
    text: Vec<u8>,
    line: u64,
    after_return: bool,
    ended: bool,
}

impl<'a> Pieces<'a> {
    fn new(file: &'a mut dyn Read, encoding: &'static Encoding) -> Self {
        Self {
            file,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; PIECE_BYTES],
            pending: 0..0,
            text: vec![0; 4 * PIECE_BYTES],
            line: 1,
            after_return: false,
            ended: false,
        }
    }

    /// The next piece; empty at the end.
    fn next(&mut self) -> Result<&[u8], RosterFault> {
        while !self.ended {
            if self.pending.is_empty() {
                let read = self.file.read(&mut self.raw).map_err(|e| unreadable(&e))?;
                self.pending = 0..read;
                self.ended = read == 0;
            }
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
                &self.raw[self.pending.clone()],
                &mut self.text,
                self.ended,
            );
            self.pending.start += read;
            let kept = self.one_line_end(written);
            if let DecoderResult::Malformed(..) = result {
                let what = "the text is neither UTF-8 nor GB18030 here";
                let fix = "save the table as CSV UTF-8";
                return Err(RosterFault::new(self.line, "", "", what, fix));
            }
            if kept > 0 {
                return Ok(&self.text[..kept]);
            }
        }
        Ok(&[])
    }

    /// Makes `\r\n` and a lone `\r` to `\n` in the first `length` bytes; how many are left.
    fn one_line_end(&mut self, length: usize) -> usize {
        let mut kept = 0;
        for at in 0..length {
            let byte = self.text[at];
            let second = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            if second {
                continue;
            }
            self.text[kept] = if byte == b'\r' { b'\n' } else { byte };
            self.line += u64::from(self.text[kept] == b'\n');
            kept += 1;
        }
        kept
    }
}

/// Puts rows together.
struct Table {
    reader: Reader,
    row: Vec<u8>,
    filled: usize,
    ends: [usize; COLUMNS_MAX],
    ended: usize,
}

impl Table {
    fn new(delimiter: u8) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            row: vec![0; ROW_BYTES_MAX],
            filled: 0,
            ends: [0; COLUMNS_MAX],
            ended: 0,
        }
    }

    fn feed(
        &mut self,
        mut text: &[u8],
        sink: &mut Sink<'_>,
    ) -> Result<ControlFlow<()>, RosterFault> {
        while !text.is_empty() {
            let (result, read) = self.step(text);
            text = &text[read..];
            if self.take(&result, 1, sink)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The last row may have no line end.
    fn finish(&mut self, sink: &mut Sink<'_>) -> Result<(), RosterFault> {
        loop {
            let (result, _) = self.step(&[]);
            if result == ReadRecordResult::End || self.take(&result, 0, sink)?.is_break() {
                return Ok(());
            }
        }
    }

    fn step(&mut self, text: &[u8]) -> (ReadRecordResult, usize) {
        let (result, read, filled, ended) = self.reader.read_record(
            text,
            &mut self.row[self.filled..],
            &mut self.ends[self.ended..],
        );
        self.filled += filled;
        self.ended += ended;
        (result, read)
    }

    fn take(
        &mut self,
        result: &ReadRecordResult,
        line_ends: u64,
        sink: &mut Sink<'_>,
    ) -> Result<ControlFlow<()>, RosterFault> {
        let inside = self.row[..self.filled].split(|b| *b == b'\n').count() as u64 - 1;
        let line = self.reader.line().saturating_sub(inside);
        let fault = |line, what: &str, fix| Err(RosterFault::new(line, "", "", what, fix));
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => Ok(ControlFlow::Continue(())),
            ReadRecordResult::OutputFull => {
                let what = format!("the row that begins here is longer than {ROW_BYTES_MAX} bytes");
                fault(line, &what, "look for a double quote that is not closed")
            }
            ReadRecordResult::OutputEndsFull => {
                let what = format!("more than {COLUMNS_MAX} columns");
                fault(line, &what, "remove the columns that are not needed")
            }
            ReadRecordResult::Record => {
                let mut from = 0;
                let cells = self.ends[..self.ended].iter().map(|end| {
                    let field = self.row.get(from..*end).unwrap_or_default();
                    from = *end;
                    Cell::Text(String::from_utf8_lossy(field).into_owned())
                });
                let row = TableRow { line: line.saturating_sub(line_ends), cells: cells.collect() };
                (self.filled, self.ended) = (0, 0);
                Ok(if row.is_empty() { ControlFlow::Continue(()) } else { sink(row) })
            }
        }
    }
}
