//! `GET /k` and `POST /api/phone/code`: the way from a letter's short code to its link.

use crate::http::{Door, assets, problem::Problem};
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Codes tried in a second by everybody together, and how many may come at once. A code has 45 bits: with a million of them in force,
/// guessing at this rate meets one in about 80 days, and finds a page that shows a masked name.
const TRIES_A_SECOND: f64 = 5.0;
const TRIES_AT_ONCE: f64 = 60.0;

/// Tries that are left, and since when.
#[derive(Debug)]
pub struct CodeTries(Mutex<(f64, Duration)>);

impl Default for CodeTries {
    fn default() -> Self {
        Self(Mutex::new((TRIES_AT_ONCE, Duration::ZERO)))
    }
}

impl CodeTries {
    fn admit(&self, now: Duration) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now.saturating_sub(state.1).as_secs_f64();
        *state = ((state.0 + since * TRIES_A_SECOND).min(TRIES_AT_ONCE), now);
        let one_left = state.0 >= 1.0;
        if one_left {
            state.0 -= 1.0;
        }
        one_left
    }
}

/// What was typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeForm {
    code: String,
}

/// Where it leads.
#[derive(Serialize)]
pub struct CodeLink {
    path: String,
}

/// The page for typing a code.
pub async fn page(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, Problem> {
    assets::page(&door, "phone/code.html", &headers)
}

/// Finds the link.
pub async fn find(
    State(door): State<Arc<Door>>,
    form: Result<Json<CodeForm>, JsonRejection>,
) -> Result<Json<CodeLink>, Problem> {
    let Json(form) = form?;
    if !door.code_tries.admit(door.clock.monotonic()) {
        let text = "too many codes are being tried; please wait a moment";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "slow_down", text).retry_after(5));
    }
    Ok(Json(CodeLink { path: door.service.link_of_code(&form.code).await? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_back_with_time() {
        let tries = CodeTries::default();
        let at = Duration::from_secs(100);
        assert_eq!((0..100).filter(|_| tries.admit(at)).count(), 60);
        assert_eq!((0..100).filter(|_| tries.admit(at + Duration::from_secs(2))).count(), 10);
    }
}
