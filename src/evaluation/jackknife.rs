//! For how many independent comparisons do comparisons count that share people? By leaving out one person after the other.

use super::bootstrap::People;

/// The number of independent comparisons with the same uncertainty, at most the number there are. `hits` says of each whether it is
/// an error. Where nothing (or everything) is one, sharing cannot be measured: then each person counts once.
pub(super) fn counted(hits: &[(People, bool)]) -> f64 {
    let n = hits.len() as f64;
    let errors = hits.iter().filter(|(_, hit)| *hit).count() as f64;
    // People are numbered from 0 without gaps worth speaking of.
    let highest = hits.iter().map(|((a, b), _)| *a.max(b)).max().unwrap_or(0);
    let mut by_person = vec![(0.0_f64, 0.0_f64); highest as usize + 1];
    for ((a, b), hit) in hits {
        let hit = f64::from(u8::from(*hit));
        let mut one = |person: u32| {
            let (e, all) = &mut by_person[person as usize];
            *e += hit;
            *all += 1.0;
        };
        one(*a);
        if a != b {
            one(*b);
        }
    }
    let people = by_person.iter().filter(|(_, all)| *all > 0.0).count() as f64;
    if errors == 0.0 || (n - errors).abs() < 0.5 || people < 3.0 {
        return n.min(people);
    }
    let without: Vec<f64> = by_person
        .iter()
        .filter(|(_, all)| *all > 0.0 && *all < n)
        .map(|(e, all)| (errors - e) / (n - all))
        .collect();
    let mean = without.iter().sum::<f64>() / without.len().max(1) as f64;
    let spread = without.iter().map(|p| (p - mean).powi(2)).sum::<f64>();
    let variance = spread * (people - 1.0) / people;
    let share = errors / n;
    (share * (1.0 - share) / variance).clamp(1.0, n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comparison_a_person_counts_in_full() {
        let alone: Vec<_> = (0..400_u32).map(|p| ((2 * p, 2 * p + 1), p % 4 == 0)).collect();
        let n = counted(&alone);
        assert!(n > 180.0 && n <= 400.0, "two people a pair, each left out once: {n}");
    }

    #[test]
    fn a_few_people_who_look_like_everybody_make_it_count_for_little() {
        let pairs = |odd: fn(u32, u32) -> bool| {
            let mut all = Vec::new();
            for a in 0..60_u32 {
                for b in 0..a {
                    all.push(((a, b), odd(a, b)));
                }
            }
            counted(&all)
        };
        let spread = pairs(|a, b| (a * 31 + b * 17) % 20 == 0);
        let lambs = pairs(|a, b| a % 20 == 0 || b % 20 == 0);
        assert!(lambs < 60.0 && spread > 10.0 * lambs, "{lambs} {spread}");
    }

    #[test]
    fn without_errors_each_person_counts_once() {
        let mut none = Vec::new();
        for a in 0..30_u32 {
            for b in 0..a {
                none.push(((a, b), false));
            }
        }
        assert!((counted(&none) - 30.0).abs() < 1e-9);
    }
}
