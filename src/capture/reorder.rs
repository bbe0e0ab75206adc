//! Puts the packets of one RTP stream back in order and waits a little for repaired ones.

use std::{collections::BTreeMap, time::Duration};

/// How long a missing packet is waited for. The engine asks for it again every 100 ms (its NACK generator's interval), so this
/// leaves three requests and their way back; a face call can afford it, because frames carry the time of their arrival.
pub(super) const GAP_WAIT: Duration = Duration::from_millis(400);
/// Most packets held behind a gap: about 0.4 s at 6 Mbit/s. When full, the gap is given up at once.
pub(super) const HELD_MAX: usize = 256;
/// A jump ahead by more is another stream, not a gap (the largest burst loss that NACK still covers is 512).
const JUMP_MAX: u64 = 2048;

/// What comes out next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<T> {
    /// The next packet.
    Packet(T),
    /// Packets are missing for good; the following ones do not continue the ones before.
    Gap,
}

/// The buffer. Memory: at most [`HELD_MAX`] packets.
#[derive(Debug)]
pub(super) struct Reorder<T> {
    /// Sequence number awaited, without wrap-around.
    next: Option<u64>,
    held: BTreeMap<u64, T>,
    /// Since when the awaited packet is missing.
    missing_since: Option<Duration>,
    broken: bool,
}

impl<T> Default for Reorder<T> {
    fn default() -> Self {
        Self { next: None, held: BTreeMap::new(), missing_since: None, broken: false }
    }
}

impl<T> Reorder<T> {
    /// Takes a packet that arrived at `now`; late ones and duplicates are dropped.
    pub fn push(&mut self, sequence: u16, now: Duration, packet: T) {
        // Far from zero, so that packets before the first one seen have a number as well.
        let next = *self.next.get_or_insert(u64::from(sequence) + (1 << 32));
        let number = unwrap(next, sequence);
        if number < next {
            return;
        }
        if number - next > JUMP_MAX {
            self.held.clear();
            self.next = Some(number);
            self.missing_since = None;
            self.broken = true;
        }
        if self.held.len() < HELD_MAX {
            self.held.entry(number).or_insert(packet);
        } else {
            self.broken = true;
        }
        if !self.held.contains_key(&self.next.unwrap_or(number)) {
            self.missing_since.get_or_insert(now);
        }
    }

    /// The next packet in order, a gap that is given up, or nothing yet.
    pub fn pop(&mut self, now: Duration) -> Option<Next<T>> {
        let next = self.next?;
        if let Some(packet) = self.held.remove(&next) {
            if std::mem::take(&mut self.broken) {
                self.held.insert(next, packet);
                return Some(Next::Gap);
            }
            self.next = Some(next + 1);
            self.missing_since = None;
            return Some(Next::Packet(packet));
        }
        let (&first, _) = self.held.first_key_value()?;
        let since = *self.missing_since.get_or_insert(now);
        if !self.broken && now.saturating_sub(since) < GAP_WAIT && self.held.len() < HELD_MAX {
            return None;
        }
        self.broken = false;
        self.missing_since = None;
        self.next = Some(first);
        Some(Next::Gap)
    }
}

/// The number nearest to `next` whose low 16 bits are `sequence`.
fn unwrap(next: u64, sequence: u16) -> u64 {
    let low = u16::try_from(next & 0xFFFF).unwrap_or_default();
    let ahead = sequence.wrapping_sub(low);
    if ahead < 0x8000 {
        next + u64::from(ahead)
    } else {
        next.saturating_sub(u64::from(ahead.wrapping_neg()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn drain(buffer: &mut Reorder<u16>, now: Duration) -> Vec<Next<u16>> {
        std::iter::from_fn(|| buffer.pop(now)).collect()
    }

    fn packets(numbers: &[u16]) -> Vec<Next<u16>> {
        numbers.iter().map(|&n| Next::Packet(n)).collect()
    }

    #[test]
    fn order_is_restored_across_the_wrap() {
        let mut buffer = Reorder::default();
        for number in [65_534, 0, 65_535, 2, 1, 1, 65_534] {
            buffer.push(number, ms(0), number);
        }
        assert_eq!(drain(&mut buffer, ms(0)), packets(&[65_534, 65_535, 0, 1, 2]));
    }

    #[test]
    fn a_gap_is_waited_for_and_then_given_up() {
        let mut buffer = Reorder::default();
        for number in [10, 12, 13] {
            buffer.push(number, ms(0), number);
        }
        assert_eq!(drain(&mut buffer, ms(0)), packets(&[10]));
        assert_eq!(drain(&mut buffer, ms(399)), []);
        let mut expected = vec![Next::Gap];
        expected.extend(packets(&[12, 13]));
        assert_eq!(drain(&mut buffer, ms(400)), expected);
        buffer.push(11, ms(401), 11);
        assert_eq!(drain(&mut buffer, ms(401)), [], "too late");
    }

    #[test]
    fn a_repaired_packet_closes_the_gap() {
        let mut buffer = Reorder::default();
        for number in [1, 3] {
            buffer.push(number, ms(0), number);
        }
        assert_eq!(drain(&mut buffer, ms(1)), packets(&[1]));
        buffer.push(2, ms(200), 2);
        assert_eq!(drain(&mut buffer, ms(200)), packets(&[2, 3]));
    }

    #[test]
    fn hostile_numbers_hold_no_more_than_the_limit() {
        let mut buffer = Reorder::default();
        let mut state = 1_u32;
        for step in 0..100_000_u64 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let number = u16::try_from(state >> 16).unwrap();
            buffer.push(number, ms(step), number);
            assert!(buffer.held.len() <= HELD_MAX);
            if step % 97 == 0 {
                drain(&mut buffer, ms(step));
            }
        }
    }
}
