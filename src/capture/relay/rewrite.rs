//! Source, numbers and times of relayed packets: one unbroken stream for the receiver, whoever sends.

use rtc::rtp::header::Header;
use std::time::Duration;

/// The stream that one side receives.
#[derive(Debug)]
pub(super) struct Rewriter {
    ssrc: u32,
    ticks_per_s: u64,
    /// The sender's stream, and what is added to its numbers and times.
    source: Option<Source>,
    /// Newest number, time and moment that left.
    last: Option<(u16, u32, Duration)>,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    leg: u64,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

impl Rewriter {
    /// A stream with this source number; `ticks_per_s` of its clock.
    pub fn new(ssrc: u32, ticks_per_s: u64) -> Self {
        Self { ssrc, ticks_per_s, source: None, last: None }
    }

    /// Packets were left out on purpose: the next one follows the last one without a gap.
    pub fn break_off(&mut self) {
        self.source = None;
    }

    /// Makes a header that arrived at `now` one of this stream. What the two legs agreed on by themselves (extensions, contributing sources,
    /// padding) stays behind.
    ///
    /// `leg` is the connection that it came by: another one is another sender, whatever number it gives itself.
    pub fn rewrite(&mut self, header: &mut Header, (leg, payload_type): (u64, u8), now: Duration) {
        let known = self.source.filter(|source| (source.leg, source.ssrc) == (leg, header.ssrc));
        let source = known.unwrap_or_else(|| self.begin(header, leg, now));
        self.source = Some(source);
        header.ssrc = self.ssrc;
        header.payload_type = payload_type;
        header.sequence_number = header.sequence_number.wrapping_add(source.sequence);
        header.timestamp = header.timestamp.wrapping_add(source.timestamp);
        header.extension = false;
        header.extension_profile = 0;
        header.extensions.clear();
        header.csrc.clear();
        header.padding = false;
        let newer = self.last.is_none_or(|(sequence, ..)| {
            header.sequence_number.wrapping_sub(sequence).cast_signed() > 0
        });
        if newer {
            self.last = Some((header.sequence_number, header.timestamp, now));
        }
    }

    /// A new sender goes on where the last one stopped: the next number, and a time later by as much as passed.
    fn begin(&self, header: &Header, leg: u64, now: Duration) -> Source {
        let Some((sequence, timestamp, at)) = self.last else {
            return Source { leg, ssrc: header.ssrc, sequence: 0, timestamp: 0 };
        };
        let passed = now.saturating_sub(at).as_millis().max(1);
        let ticks = passed * u128::from(self.ticks_per_s) / 1000;
        // The clock of a stream wraps; so does this.
        #[allow(clippy::cast_possible_truncation)]
        let next = timestamp.wrapping_add(ticks as u32);
        Source {
            leg,
            ssrc: header.ssrc,
            sequence: sequence.wrapping_add(1).wrapping_sub(header.sequence_number),
            timestamp: next.wrapping_sub(header.timestamp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(ssrc: u32, sequence: u16, timestamp: u32) -> Header {
        Header {
            ssrc,
            sequence_number: sequence,
            timestamp,
            payload_type: 96,
            extension: true,
            padding: true,
            csrc: vec![1, 2],
            ..Header::default()
        }
    }

    fn sent(rewriter: &mut Rewriter, from: Header, at_ms: u64) -> (u16, u32) {
        sent_by(rewriter, 0, from, at_ms)
    }

    fn sent_by(rewriter: &mut Rewriter, leg: u64, mut from: Header, at_ms: u64) -> (u16, u32) {
        rewriter.rewrite(&mut from, (leg, 102), Duration::from_millis(at_ms));
        assert_eq!((from.ssrc, from.payload_type), (7, 102));
        assert!(!from.extension && !from.padding && from.csrc.is_empty());
        (from.sequence_number, from.timestamp)
    }

    #[test]
    fn one_sender_keeps_its_order_gaps_and_times() {
        let mut rewriter = Rewriter::new(7, 90_000);
        let numbers = [(65_534, 100), (65_535, 100), (1, 6100), (0, 6100), (2, 12_100)];
        for (sequence, timestamp) in numbers {
            assert_eq!(
                sent(&mut rewriter, header(9, sequence, timestamp), 0),
                (sequence, timestamp)
            );
        }
    }

    #[test]
    fn another_sender_continues_the_stream() {
        let mut rewriter = Rewriter::new(7, 90_000);
        sent(&mut rewriter, header(9, 500, 1000), 1000);
        sent(&mut rewriter, header(9, 499, 1000), 1010); // late: not the newest
        let first = sent(&mut rewriter, header(11, 40_000, 3_000_000_000), 3000);
        assert_eq!(first, (501, 1000 + 2 * 90_000));
        assert_eq!(sent(&mut rewriter, header(11, 40_002, 3_000_006_000), 3066).0, 503);
        assert_eq!(sent(&mut rewriter, header(11, 40_001, 3_000_003_000), 3070).0, 502);
    }

    #[test]
    fn another_connection_is_another_sender_even_under_the_same_number() {
        let mut rewriter = Rewriter::new(7, 90_000);
        sent_by(&mut rewriter, 1, header(9, 500, 1000), 0);
        assert_eq!(sent_by(&mut rewriter, 2, header(9, 500, 1000), 1000), (501, 91_000));
    }

    #[test]
    fn after_packets_left_out_on_purpose_there_is_no_gap() {
        let mut rewriter = Rewriter::new(7, 48_000);
        sent(&mut rewriter, header(9, 10, 960), 1000);
        rewriter.break_off();
        let (sequence, timestamp) = sent(&mut rewriter, header(9, 510, 480_000), 11_000);
        assert_eq!((sequence, timestamp), (11, 960 + 480_000));
    }

    #[test]
    fn numbers_wrap_over_a_change_of_sender() {
        let mut rewriter = Rewriter::new(7, 90_000);
        sent(&mut rewriter, header(9, u16::MAX, u32::MAX), 0);
        assert_eq!(sent(&mut rewriter, header(10, 3, 5), 0), (0, 89));
    }
}
