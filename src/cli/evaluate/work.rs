//! Many items over all cores, with a progress bar.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// Does `one` for every item and gives the results in the order of the items. The first error stops the others.
pub(super) fn over_all<T: Sync, R: Send>(
    what: &'static str,
    items: &[T],
    one: impl Fn(&T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let bar = bar(what, items.len());
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let results: Mutex<Vec<Option<R>>> = Mutex::new(items.iter().map(|_| None).collect());
    let fault: Mutex<Option<anyhow::Error>> = Mutex::new(None);
    // Reading and unpacking pictures go on while the analysis threads (one a core) are busy: two more than cores feed them.
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) + 2;
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len().max(1)) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(i) else { return };
                    match one(item) {
                        Ok(result) => {
                            let mut results =
                                results.lock().unwrap_or_else(PoisonError::into_inner);
                            results[i] = Some(result);
                        }
                        Err(error) => {
                            stop.store(true, Ordering::Relaxed);
                            fault
                                .lock()
                                .unwrap_or_else(PoisonError::into_inner)
                                .get_or_insert(error);
                        }
                    }
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    if let Some(error) = fault.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(results.into_iter().flatten().collect())
}

fn bar(what: &'static str, items: usize) -> ProgressBar {
    let template = "{msg} {wide_bar} {pos}/{len}, {per_sec}, {eta} to go";
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(items as u64).with_style(style).with_message(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..500).collect();
        let done = over_all("test", &items, |i| Ok(i * 2)).unwrap();
        assert!(done.iter().zip(&items).all(|(d, i)| *d == i * 2) && done.len() == 500);
    }

    #[test]
    fn the_first_error_stops_the_work() {
        let items: Vec<u32> = (0..10_000).collect();
        let fault = over_all("test", &items, |i| {
            anyhow::ensure!(*i != 7, "seven");
            Ok(*i)
        });
        assert_eq!(fault.unwrap_err().to_string(), "seven");
    }
}
