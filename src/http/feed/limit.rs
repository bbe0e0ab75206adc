//! How often a machine may ask: so many requests in a minute for each token.

use crate::domain::ids::FeedTokenId;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Requests of one token in a window. A full feed of a county (a million rows) takes 1,000 pages: nine minutes.
const REQUESTS_MAX: u32 = 120;
const WINDOW: Duration = Duration::from_secs(60);

/// Counts the requests of each token. Only known tokens are counted, so it stays small.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<HashMap<FeedTokenId, (Duration, u32)>>);

impl Limiter {
    /// Lets a request pass, or says in how many seconds the next one may come.
    ///
    /// # Errors
    /// The seconds to wait.
    pub fn admit(&self, id: FeedTokenId, now: Duration) -> Result<(), u64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, count) = counts.entry(id).or_insert((now, 0));
        if now.saturating_sub(*began) >= WINDOW {
            (*began, *count) = (now, 0);
        }
        if *count >= REQUESTS_MAX {
            return Err((WINDOW.saturating_sub(now.saturating_sub(*began))).as_secs() + 1);
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_has_its_own_minute() {
        let limiter = Limiter::default();
        let (one, two) = (FeedTokenId::new(), FeedTokenId::new());
        let at = Duration::from_secs(1_000);
        for _ in 0..REQUESTS_MAX {
            assert_eq!(limiter.admit(one, at), Ok(()));
        }
        assert_eq!(limiter.admit(one, at + Duration::from_secs(20)), Err(41));
        assert_eq!(limiter.admit(two, at), Ok(()));
        assert_eq!(limiter.admit(one, at + WINDOW), Ok(()));
    }
}
