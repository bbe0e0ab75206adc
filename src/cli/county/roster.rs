//! People who do not exist, the same ones at every start.

use crate::domain::beneficiary::IdNumber;
use chrono::{Days, NaiveDate};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use std::fmt::Write;

/// How many live there.
const PEOPLE: u32 = 240;
/// No place in China has this area code, so a made-up number belongs to nobody.
const AREA_OF_NOBODY: &str = "990000";
/// Confirmations lie up to this many days before the first day, so that some are overdue, some are due this month, most are not due yet.
const CONFIRMED_DAYS_MAX: u32 = 400;
/// Every so-and-so-many-th person was never confirmed.
const NEVER_CONFIRMED_EVERY: u32 = 20;

const FAMILY_NAMES: [&str; 12] =
    ["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙"];
const WOMEN: [&str; 10] =
    ["秀兰", "桂英", "玉兰", "淑珍", "凤英", "玉珍", "秀英", "春梅", "素芳", "月娥"];
const MEN: [&str; 10] =
    ["建国", "国强", "德明", "志华", "永福", "长林", "文斌", "振东", "庆生", "守义"];
/// Who lives there is seen by a consulate.
pub(super) const ABROAD: &str = "国外（随子女）";
const RESIDENCES: [&str; 6] =
    ["示范县城关镇", "示范县东河乡", "示范县南岭镇", "示范县西塘乡", "外省（随子女）", ABROAD];

/// The roster of a day as CSV.
pub(super) fn roster(today: NaiveDate) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(765);
    let mut below = move |n: u32| rng.next_u32() % n;
    let mut csv = "姓名,身份证号,性别,现居住地,上次认证日期\n".to_owned();
    for nth in 0..PEOPLE {
        let woman = below(100) < 54;
        let given = if woman { &WOMEN } else { &MEN };
        let name = format!("{}{}", one_of(&FAMILY_NAMES, below(99)), one_of(given, below(99)));
        // The 17th digit tells the sex; the two before it keep the numbers apart.
        let serial = 2 * (nth % 500) + u32::from(!woman);
        let (year, month, day) = (1930 + below(35), 1 + below(12), 1 + below(28));
        let digits = format!("{AREA_OF_NOBODY}{year:04}{month:02}{day:02}{serial:03}");
        let check = IdNumber::check_character(&digits).unwrap_or_default();
        let sex = if woman { "女" } else { "男" };
        let residence = one_of(&RESIDENCES, below(99));
        let days = Days::new(u64::from(below(CONFIRMED_DAYS_MAX)));
        let confirmed = today
            .checked_sub_days(days)
            .filter(|_| nth % NEVER_CONFIRMED_EVERY != 0)
            .map(|on| on.to_string())
            .unwrap_or_default();
        let _infallible = writeln!(csv, "{name},{digits}{check},{sex},{residence},{confirmed}");
    }
    csv
}

fn one_of<'a>(words: &[&'a str], nth: u32) -> &'a str {
    words[nth as usize % words.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_county_is_valid_spread_out_and_always_the_same() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        let csv = roster(today);
        assert_eq!(csv, roster(today));
        let mut numbers = BTreeSet::new();
        let mut confirmed = BTreeSet::new();
        for line in csv.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let number = IdNumber::parse(fields[1]).unwrap();
            let sex =
                if number.sex() == crate::domain::beneficiary::Sex::Female { "女" } else { "男" };
            assert_eq!(sex, fields[2]);
            assert!(numbers.insert(number), "twice: {line}");
            confirmed.insert(fields[4].get(..7).unwrap_or_default().to_owned());
        }
        assert_eq!(numbers.len(), PEOPLE as usize);
        assert!(confirmed.len() >= 13, "{confirmed:?}");
    }
}
