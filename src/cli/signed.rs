//! Commands that a named officer answers for: password, and code where they have one, are asked for and looked at as at the console.

use crate::{
    domain::ids::OfficerId,
    service::{Service, ServiceError, Source, views::PasswordForm},
};
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
    let source = Source { browser: "command line".into(), ..Source::default() };
    let password = asked(&format!("password of {name}"))?;
    let mut form = PasswordForm { name: name.to_owned(), password, code: String::new() };
    let mut signed_in = service.sign_in(&form, &source).await;
    if matches!(signed_in, Err(ServiceError::CodeNeeded)) {
        form.code = asked(&format!("one-time code of {name}"))?;
        signed_in = service.sign_in(&form, &source).await;
    }
    let session = signed_in?;
    let done = work(session.officer.id).await;
    service.sign_out(&session.session_token).await?;
    done
}

/// A line of standard input.
fn asked(what: &str) -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        eprintln!("{what} (it is shown while you type; or pipe it in):");
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .with_context(|| format!("no {what} on standard input"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
