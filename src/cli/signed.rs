//! Commands that a named officer answers for: the password is asked for and looked at as at the console.

use crate::{domain::ids::OfficerId, service::Service};
use anyhow::Context;
use std::io::{BufRead, IsTerminal};

/// Runs `work` as the officer of that name.
///
/// # Errors
/// When name or password are wrong, or the work fails.
pub async fn signed_in<T>(
    service: &Service,
    name: &str,
    work: impl AsyncFnOnce(OfficerId) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if std::io::stdin().is_terminal() {
        eprintln!("password of {name} (it is shown while you type; or pipe it in):");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("no password on standard input")?;
    let (session, officer) = service.sign_in(name, line.trim_end_matches(['\r', '\n'])).await?;
    let done = work(officer.id).await;
    service.sign_out(&session).await?;
    done
}
