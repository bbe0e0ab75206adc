//! When a picture was taken, as well as the line can tell: its RTP timestamp, laid onto the server's clock.
//!
//! The moment at which a busy machine gets round to a packet is no measure of the person. The phone's own timestamps (90 kHz) are even;
//! what is laid onto our clock is the shortest way that any recent picture had, so waiting in queues, here and on the line,
//! falls out. A phone may lie in its timestamps, so they move a picture by [`EARLIER_MAX`] at most.

use std::time::Duration;

/// Ticks of the RTP clock of video in a second (RFC 6184 §8.1, RFC 7741 §6.1).
const TICKS_PER_S: f64 = 90_000.0;
/// A picture is dated at most so much before its arrival: queues of a busy machine, not the round trip of a relay, which the
/// screen light's limit of 0.9 s is there for.
const EARLIER_MAX: Duration = Duration::from_millis(250);
/// So fast is a shortest way forgotten, seconds a second: a route may grow longer, clocks drift (100 ppm at most).
const FORGOTTEN: f64 = 0.02;
/// Timestamps that jump by more say that the stream began anew, s.
const JUMP_S: f64 = 5.0;

/// The timestamps of one stream.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Last timestamp, the seconds it stands for, and arrival less those seconds by the shortest way.
    last: Option<(u32, f64, f64)>,
}

impl Pace {
    /// The time of a picture with this timestamp whose first packet arrived at `arrived`. Pictures come in order.
    pub fn taken(&mut self, timestamp: u32, arrived: Duration) -> Duration {
        let (known, arrived_s) = (self.last, arrived.as_secs_f64());
        let continued = known.and_then(|(before, seconds, shortest)| {
            // Signed: a timestamp may stand still or step back a little.
            let ticks = timestamp.wrapping_sub(before).cast_signed();
            let step = f64::from(ticks) / TICKS_PER_S;
            let seconds = seconds + step;
            let way = arrived_s - seconds;
            let jumped = step.abs() > JUMP_S || (way - shortest).abs() > JUMP_S;
            (!jumped).then(|| (seconds, way.min(shortest + FORGOTTEN * step.max(0.0))))
        });
        let (seconds, shortest) = continued.unwrap_or((0.0, arrived_s));
        self.last = Some((timestamp, seconds, shortest));
        let taken = Duration::try_from_secs_f64(seconds + shortest).unwrap_or(arrived);
        taken.clamp(arrived.saturating_sub(EARLIER_MAX), arrived)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u32 = 90;

    fn times(pictures: &[(u32, u64)]) -> Vec<u64> {
        let mut pace = Pace::default();
        let ms = |d: Duration| u64::try_from(d.as_millis()).unwrap();
        pictures.iter().map(|&(t, at)| ms(pace.taken(t, Duration::from_millis(at)))).collect()
    }

    #[test]
    fn waiting_falls_out_and_the_pace_of_the_phone_stays() {
        // Every 66 ms a picture; the machine gets round to the third 150 ms late and then to three at once.
        let start = u32::MAX - 100 * MS; // and the counter wraps
        let at = |n: u32| start.wrapping_add(n * 66 * MS);
        let seen = times(&[
            (at(0), 1000),
            (at(1), 1066),
            (at(2), 1282),
            (at(3), 1282),
            (at(4), 1282),
            (at(5), 1330),
        ]);
        for (n, (seen, even)) in seen.iter().zip([1000, 1066, 1132, 1198, 1264, 1330]).enumerate() {
            assert!(seen.abs_diff(even) <= 8, "picture {n}: {seen}, not {even}");
        }
    }

    #[test]
    fn timestamps_can_move_a_picture_only_so_far() {
        // A relay that grows slower and slower while it numbers its pictures as if nothing were the matter.
        let late: Vec<(u32, u64)> =
            (0..60).map(|n| (n * 66 * MS, 1000 + u64::from(n) * 86)).collect();
        for ((_, arrived), seen) in late.iter().zip(times(&late)) {
            assert!(arrived - seen <= 250, "{seen} of {arrived}");
        }
        assert!(times(&late).last().unwrap() + 250 >= late.last().unwrap().1);
    }

    #[test]
    fn a_stream_that_begins_anew_is_dated_by_its_arrival() {
        let seen = times(&[(5, 1000), (3_000_000_000, 1066), (3_000_000_000 + 66 * MS, 1132)]);
        assert_eq!(seen, [1000, 1066, 1132]);
    }

    #[test]
    fn a_longer_way_is_learnt() {
        let pictures: Vec<(u32, u64)> = (0..300)
            .map(|n| (n * 66 * MS, 1000 + u64::from(n) * 66 + if n > 10 { 120 } else { 0 }))
            .collect();
        let seen = times(&pictures);
        assert_eq!(seen.last(), Some(&pictures.last().unwrap().1));
    }
}
