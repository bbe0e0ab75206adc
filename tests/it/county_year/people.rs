//! What really happens to the people of the county.

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use jianmian::domain::{beneficiary::IdNumber, confirmation::Channel, ids::BeneficiaryId};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use std::fmt::Write;

/// Length of the simulated time: from the day on which the roster is imported.
pub const DAYS: u32 = 400;

/// What a person does this year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Is confirmed on this day, by this channel.
    Confirms(NaiveDate, Channel),
    /// Cannot be found, and comes back on this day.
    Returns(NaiveDate),
    /// Cannot be found all year.
    Vanished,
    /// Lives, answers nobody, and is found at home by whoever looks.
    AtHome,
    /// Dies on this day.
    Dies(NaiveDate),
}

/// A person.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub number: IdNumber,
    pub last: Option<NaiveDate>,
    pub fate: Fate,
    /// Telephone and address are wrong: nothing that is sent arrives.
    pub wrong_address: bool,
    /// A wrong word of their death comes in on this day.
    pub said_dead: Option<NaiveDate>,
    /// A conflict of data about them comes in on this day.
    pub conflict: Option<NaiveDate>,
    /// Id in the records; known after the import.
    pub id: BeneficiaryId,
}

impl Person {
    pub fn dead(&self, day: NaiveDate) -> bool {
        matches!(self.fate, Fate::Dies(on) if on <= day)
    }
}

pub struct People {
    pub all: Vec<Person>,
    pub rng: ChaCha8Rng,
}

/// The first day in China (`Stage` begins on it).
pub fn first_day() -> NaiveDate {
    "2026-11-23".parse().unwrap()
}

pub fn instant(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(2, 0, 0).unwrap().and_utc()
}

const CHANNELS: [Channel; 5] =
    [Channel::Mail, Channel::HomeVisit, Channel::Station, Channel::Consulate, Channel::DataMatch];

impl People {
    /// The people of a county, the same ones every time.
    pub fn born(count: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(2027);
        let all = (0..count).map(|n| person(n, &mut rng)).collect();
        Self { all, rng }
    }

    /// The roster as a file.
    pub fn roster(&self) -> String {
        let mut csv = String::from("姓名,身份证号,电话,现居住地,上次认证日期\n");
        for person in &self.all {
            let last = person.last.map(|d| d.to_string()).unwrap_or_default();
            writeln!(csv, "{},{},,示范县,{last}", person.name, person.number.expose()).unwrap();
        }
        csv
    }
}

fn person(n: u32, rng: &mut ChaCha8Rng) -> Person {
    let mut below = |n: u32| rng.next_u32() % n;
    let day = |n: u32| first_day() + Days::new(n.into());
    let digits = format!(
        "99{:04}19{:02}{:02}{:02}{:03}",
        n / 1000,
        30 + below(30),
        1 + below(12),
        1 + below(28),
        n % 1000
    );
    let check = IdNumber::check_character(&digits).unwrap();
    let number = IdNumber::parse(&format!("{digits}{check}")).unwrap();
    // Confirmed at some time in the last year; one in fifty never.
    let last = (below(50) > 0).then(|| first_day() - Days::new((1 + below(364)).into()));
    let due = last.map_or(first_day() + Months::new(1), |last| last + Months::new(12));
    let channel = CHANNELS[below(5) as usize];
    let after = |days: u32| Fate::Confirms((due + Days::new(days.into())).max(day(1)), channel);
    let early = |days: u32| Fate::Confirms((due - Days::new(days.into())).max(day(1)), channel);
    let fate = match below(1_000) {
        0..100 => early(91 + below(90)),
        100..850 => early(below(90)),
        850..900 => after(below(60)),
        900..925 => after(60 + below(60)),
        925..945 => Fate::AtHome,
        945..965 => Fate::Returns(due + Days::new((120 + below(120)).into())),
        965..980 => Fate::Vanished,
        _ => Fate::Dies(day(1 + below(DAYS - 1))),
    };
    Person {
        name: format!("人{n:05}"),
        number,
        last,
        fate,
        wrong_address: below(100) < 3,
        said_dead: (below(200) == 0).then(|| day(1 + below(350))),
        conflict: (below(200) == 0).then(|| day(1 + below(350))),
        id: BeneficiaryId::new(),
    }
}
