//! Figures about the service that tell nothing about anybody: cells under ten are hidden, and enough others beside them that
//! no total gives them away.

use super::quality::AgeBand;
use serde::{Deserialize, Serialize};

/// People below whom a cell is not told.
pub const CELL_MIN: u64 = 10;

/// What a call came from, as far as a browser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceClass {
    /// Inside `WeChat` on Android or `HarmonyOS`.
    AndroidWechat,
    /// A browser on Android or `HarmonyOS`.
    Android,
    /// Inside `WeChat` on iOS.
    IosWechat,
    /// A browser on iOS.
    Ios,
    /// A computer.
    Desktop,
    /// Anything else.
    Other,
}

impl DeviceClass {
    /// The class of a `User-Agent`.
    pub fn of(user_agent: &str) -> Self {
        let says = |word: &str| user_agent.contains(word);
        let wechat = says("MicroMessenger");
        if says("iPhone") || says("iPad") || says("iPod") {
            if wechat { Self::IosWechat } else { Self::Ios }
        } else if says("Android") || says("HarmonyOS") || says("OpenHarmony") {
            if wechat { Self::AndroidWechat } else { Self::Android }
        } else if says("Windows") || says("Macintosh") || says("X11") || says("CrOS") {
            Self::Desktop
        } else {
            Self::Other
        }
    }
}

/// How far a link came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Sent, and no consent given.
    NotBegun,
    /// Consent given, and no call.
    BeforeTheCall,
    /// Every call was left or cut off.
    InTheCall,
    /// Asked to try again, and did not.
    AfterATry,
    /// Chose another way.
    OtherWay,
    /// With an officer.
    WithOfficer,
    /// Confirmed.
    Confirmed,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 7] = [
        Self::NotBegun,
        Self::BeforeTheCall,
        Self::InTheCall,
        Self::AfterATry,
        Self::OtherWay,
        Self::WithOfficer,
        Self::Confirmed,
    ];
}

/// What groups people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// [`AgeBand`].
    AgeBand,
    /// [`DeviceClass`].
    Device,
    /// How the pictures came, and whether somebody helped.
    Channel,
    /// Township.
    Township,
}

/// One person's way through one link, with at least one call that came to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journey {
    /// Age.
    pub age_band: AgeBand,
    /// Device of the first call; unknown before it was kept.
    pub device: Option<DeviceClass>,
    /// `alone` or `helped`.
    pub channel: &'static str,
    /// Township; empty when unknown.
    pub township: String,
    /// The first call that came to an end confirmed.
    pub first_pass: bool,
    /// Calls that came to an end.
    pub attempts: u64,
    /// From the first call's beginning to the last one's end.
    pub seconds: u64,
}

/// One group of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// Which; empty: not known.
    pub name: String,
    /// People; none: hidden.
    pub people: Option<u64>,
    /// Of them confirmed at the first call; none: hidden.
    pub first_pass: Option<u64>,
    /// Calls a person; none: hidden.
    pub attempts: Option<f64>,
    /// Median of seconds; none: hidden.
    pub median_seconds: Option<u64>,
}

/// One table, with everybody in its first row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// By what.
    pub dimension: Dimension,
    /// Everybody.
    pub all: Group,
    /// Groups.
    pub groups: Vec<Group>,
}

/// Which cells of one line are hidden, and whether its total is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// By cell.
    pub cells: Vec<bool>,
    /// The total.
    pub total: bool,
}

/// Hides cells. `parts[n]` is a cell with the parts that it falls into (people who passed, and who did not): each of them must be large
/// enough, and so must the sum of each over all hidden cells, or the total would give it away. `hide` says what is hidden already.
pub fn hide<const N: usize>(parts: &[[u64; N]], hide: &[bool]) -> Hidden {
    let mut cells: Vec<bool> = parts
        .iter()
        .enumerate()
        .map(|(n, cell)| {
            hide.get(n).copied().unwrap_or(false) || cell.iter().any(|part| *part < CELL_MIN)
        })
        .collect();
    loop {
        let hidden: Vec<&[u64; N]> =
            parts.iter().zip(&cells).filter(|(_, hidden)| **hidden).map(|(cell, _)| cell).collect();
        let safe = hidden.is_empty()
            || (hidden.len() >= 2
                && (0..N).all(|part| hidden.iter().map(|c| c[part]).sum::<u64>() >= CELL_MIN));
        if safe {
            return Hidden { cells, total: false };
        }
        let smallest = parts
            .iter()
            .enumerate()
            .filter(|(n, _)| !cells[*n])
            .min_by_key(|(_, cell)| cell.iter().sum::<u64>());
        match smallest {
            Some((n, _)) => cells[n] = true,
            None => return Hidden { cells, total: true },
        }
    }
}

/// A table of journeys.
pub fn table(dimension: Dimension, journeys: &[Journey]) -> Table {
    let name = |journey: &Journey| match dimension {
        Dimension::AgeBand => super::name::name_of(&journey.age_band).unwrap_or_default(),
        Dimension::Device => {
            journey.device.and_then(|d| super::name::name_of(&d)).unwrap_or_default()
        }
        Dimension::Channel => journey.channel.to_owned(),
        Dimension::Township => journey.township.clone(),
    };
    let mut by: std::collections::BTreeMap<String, Vec<&Journey>> =
        std::collections::BTreeMap::new();
    for journey in journeys {
        by.entry(name(journey)).or_default().push(journey);
    }
    let people: Vec<[u64; 1]> = by.values().map(|of| [of.len() as u64]).collect();
    let hidden = hide(&people, &[]);
    let passed: Vec<[u64; 2]> = by
        .values()
        .map(|of| {
            let passed = of.iter().filter(|j| j.first_pass).count() as u64;
            [passed, of.len() as u64 - passed]
        })
        .collect();
    let hidden_passes = hide(&passed, &hidden.cells);
    let all: Vec<&Journey> = journeys.iter().collect();
    let small = |[passed, not]: [u64; 2]| passed < CELL_MIN || not < CELL_MIN;
    let whole = passed.iter().fold([0, 0], |sum, cell| [sum[0] + cell[0], sum[1] + cell[1]]);
    let total_hidden = hidden.total || (all.len() as u64) < CELL_MIN;
    let groups = by.iter().zip(hidden.cells.iter().zip(&hidden_passes.cells));
    Table {
        dimension,
        all: group("", &all, total_hidden, total_hidden || hidden_passes.total || small(whole)),
        groups: groups
            .map(|((name, of), (people, passes))| group(name, of, *people, *passes))
            .collect(),
    }
}

fn group(name: &str, of: &[&Journey], people_hidden: bool, passes_hidden: bool) -> Group {
    let people = of.len() as u64;
    let told = |hidden: bool| (!hidden).then_some(());
    let mut seconds: Vec<u64> = of.iter().map(|j| j.seconds).collect();
    seconds.sort_unstable();
    let attempts = of.iter().map(|j| j.attempts).sum::<u64>();
    #[allow(clippy::cast_precision_loss)] // counts of people
    let mean = (attempts as f64 / people.max(1) as f64 * 10.0).round() / 10.0;
    Group {
        name: name.to_owned(),
        people: told(people_hidden).map(|()| people),
        first_pass: told(passes_hidden).map(|()| of.iter().filter(|j| j.first_pass).count() as u64),
        attempts: told(people_hidden).map(|()| mean),
        median_seconds: told(people_hidden).and_then(|()| seconds.get(seconds.len() / 2).copied()),
    }
}

/// Counts of people by something, with small ones hidden.
pub fn counted<T: Copy>(cells: &[(T, u64)]) -> Vec<(T, Option<u64>)> {
    // A cell of nobody tells of nobody, and is no place to hide another.
    let some: Vec<usize> = (0..cells.len()).filter(|n| cells[*n].1 > 0).collect();
    let hidden = hide(&some.iter().map(|n| [cells[*n].1]).collect::<Vec<_>>(), &[]);
    let is_hidden = |n: usize| some.iter().position(|s| *s == n).is_some_and(|at| hidden.cells[at]);
    cells
        .iter()
        .enumerate()
        .map(|(n, (what, count))| (*what, (!is_hidden(n)).then_some(*count)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator of test data (xorshift): always the same numbers.
    struct Drawn(u64);
    impl Drawn {
        fn below(&mut self, n: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % n
        }
    }

    fn journeys(drawn: &mut Drawn) -> Vec<Journey> {
        let groups = 1 + drawn.below(7);
        let mut all = Vec::new();
        for group in 0..groups {
            let people = if drawn.below(3) == 0 { drawn.below(15) } else { drawn.below(90) };
            let pass = drawn.below(101);
            for _ in 0..people {
                all.push(Journey {
                    age_band: AgeBand::ALL[usize::try_from(group % 5).unwrap()],
                    device: None,
                    channel: "alone",
                    township: format!("{group}镇"),
                    first_pass: drawn.below(100) < pass,
                    attempts: 1 + drawn.below(3),
                    seconds: drawn.below(300),
                });
            }
        }
        all
    }

    /// What an attacker with the table and its totals can say: nothing about fewer than ten people.
    #[test]
    fn no_total_gives_a_hidden_cell_away() {
        let mut drawn = Drawn(0x5eed);
        let (mut hid, mut told) = (0, 0);
        for _ in 0..2_000 {
            let journeys = journeys(&mut drawn);
            let table = table(Dimension::Township, &journeys);
            let truth = |name: &str| {
                let of: Vec<&Journey> = journeys.iter().filter(|j| j.township == name).collect();
                let passed = of.iter().filter(|j| j.first_pass).count() as u64;
                (of.len() as u64, passed)
            };
            for group in table.groups.iter().chain([&table.all]) {
                if let Some(people) = group.people {
                    assert!(people >= CELL_MIN, "{table:?}");
                    if let Some(passed) = group.first_pass {
                        assert!(passed >= CELL_MIN && people - passed >= CELL_MIN, "{table:?}");
                        told += 1;
                    }
                }
                assert!(group.people.is_some() || group.first_pass.is_none(), "{table:?}");
                assert!(group.people.is_some() || group.median_seconds.is_none(), "{table:?}");
            }
            // The difference of the total and what is told is spread over two or more groups of ten or more people.
            let differ = |told: &dyn Fn(&Group) -> bool, of: &dyn Fn((u64, u64)) -> u64| {
                let hidden: Vec<u64> =
                    table.groups.iter().filter(|g| !told(g)).map(|g| of(truth(&g.name))).collect();
                (hidden.len(), hidden.iter().sum::<u64>())
            };
            if table.all.people.is_some() {
                let (groups, people) = differ(&|g| g.people.is_some(), &|(people, _)| people);
                assert!(groups == 0 || (groups >= 2 && people >= CELL_MIN), "{table:?}");
                hid += groups;
            }
            if table.all.first_pass.is_some() {
                for part in
                    [&(|(_, passed)| passed) as &dyn Fn((u64, u64)) -> u64, &|(all, p)| all - p]
                {
                    let (groups, people) = differ(&|g| g.first_pass.is_some(), part);
                    assert!(groups == 0 || (groups >= 2 && people >= CELL_MIN), "{table:?}");
                }
            }
        }
        assert!(hid > 500 && told > 500, "the tables were not of both kinds: {hid} {told}");
    }

    #[test]
    fn a_single_small_cell_takes_the_next_smallest_with_it() {
        let hidden = hide(&[[40], [3], [60], [25]], &[]);
        assert_eq!(hidden, Hidden { cells: vec![false, true, false, true], total: false });
        let alone = hide(&[[3]], &[]);
        assert_eq!(alone, Hidden { cells: vec![true], total: true });
        assert!(hide(&[[4], [4]], &[]).total, "two small ones together are still small");
        assert_eq!(
            counted(&[('a', 0), ('b', 12), ('c', 30)]),
            [('a', Some(0)), ('b', Some(12)), ('c', Some(30))]
        );
        assert_eq!(
            counted(&[('a', 1), ('b', 12), ('c', 30)]),
            [('a', None), ('b', None), ('c', Some(30))]
        );
    }

    #[test]
    fn devices_are_told_by_their_browser() {
        let wechat = "Mozilla/5.0 (Linux; Android 10; V1986A) AppleWebKit/537.36 MMWEBID/1 MicroMessenger/8.0.2";
        assert_eq!(DeviceClass::of(wechat), DeviceClass::AndroidWechat);
        assert_eq!(
            DeviceClass::of("Mozilla/5.0 (Linux; Android 12) Chrome/90"),
            DeviceClass::Android
        );
        assert_eq!(
            DeviceClass::of("Mozilla/5.0 (iPhone; CPU iPhone OS 15_0) MicroMessenger/8"),
            DeviceClass::IosWechat
        );
        assert_eq!(
            DeviceClass::of("Mozilla/5.0 (X11; Linux x86_64) Chrome/120"),
            DeviceClass::Desktop
        );
        assert_eq!(DeviceClass::of("curl/8"), DeviceClass::Other);
    }
}
