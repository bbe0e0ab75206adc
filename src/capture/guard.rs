//! Where a stranger's bytes may break another's code: the panic is caught, counted, and told in a line of our own.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::atomic::{AtomicU64, Ordering},
};

thread_local! {
    /// Guarded work on this thread, one inside the other.
    static GUARDED: Cell<u32> = const { Cell::new(0) };
}

static CAUGHT: AtomicU64 = AtomicU64::new(0);

/// The work panicked; whatever it worked on must be thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panicked;

/// Whether a panic on this thread would be caught here. The process's panic hook asks, and then prints nothing: its text would
/// be another crate's, might repeat what a phone sent, and a hostile stream could have it written with every picture.
pub fn is_guarded() -> bool {
    GUARDED.try_with(|guarded| guarded.get() > 0).unwrap_or(false)
}

/// Runs `work`; `what` names it in the log.
pub(crate) fn guarded<T>(what: &'static str, work: impl FnOnce() -> T) -> Result<T, Panicked> {
    GUARDED.with(|guarded| guarded.set(guarded.get() + 1));
    // The caller throws away whatever the work touched, so nothing broken is looked at.
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.with(|guarded| guarded.set(guarded.get() - 1));
    done.map_err(|_| {
        let caught = CAUGHT.fetch_add(1, Ordering::Relaxed) + 1;
        // 1, 2, 4, 8 …: nobody fills the log by sending what breaks a decoder.
        if caught.is_power_of_two() {
            tracing::warn!(what, caught, "a panic on a phone's bytes was caught");
        }
        Panicked
    })
}

/// The same for work that waits.
pub(super) async fn guarded_async<F: Future>(
    what: &'static str,
    work: F,
) -> Result<F::Output, Panicked> {
    let mut work = pin!(work);
    poll_fn(|cx| match guarded(what, || work.as_mut().poll(cx)) {
        Ok(polled) => polled.map(Ok),
        Err(panicked) => std::task::Poll::Ready(Err(panicked)),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_and_the_guard_is_lifted() {
        assert!(!is_guarded());
        let nested = guarded("outer", || {
            let inner = guarded("inner", || panic!("as the test asks"));
            assert!(is_guarded());
            inner
        });
        assert_eq!(nested, Ok(Err::<(), _>(Panicked)));
        assert!(!is_guarded());
    }

    #[tokio::test]
    async fn waiting_work_is_guarded_at_every_poll_and_not_between() {
        let work = async {
            tokio::task::yield_now().await;
            assert!(is_guarded());
            tokio::task::yield_now().await;
            panic!("as the test asks");
        };
        let mut work = Box::pin(guarded_async("work", work));
        let done = poll_fn(|cx| {
            let polled = work.as_mut().poll(cx);
            assert!(!is_guarded());
            polled
        });
        assert_eq!(done.await, Err::<(), _>(Panicked));
    }
}
