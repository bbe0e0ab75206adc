//! `jianmian officer add`: who may sign in at the console.

use crate::service::Service;
use anyhow::Context;
use clap::{Args, Subcommand};
use std::{io::BufRead, process::ExitCode};

/// What to do with officers.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add an officer. Without --password-stdin a password is drawn and printed this once.
    Add(Add),
}

/// Options of adding.
#[derive(Debug, Args)]
pub struct Add {
    /// Sign-in name: letters, digits, . - _
    name: String,
    /// Read the password (at least 12 characters) from the first line of standard input.
    #[arg(long)]
    password_stdin: bool,
}

/// Runs it.
///
/// # Errors
/// When name or password are not acceptable, the name is taken, or the database fails.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    let Command::Add(add) = command;
    let password = if add.password_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("no password on standard input")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    } else {
        drawn()?
    };
    service.add_officer(&add.name, &password).await?;
    if add.password_stdin {
        println!("officer {} added", add.name);
    } else {
        println!("officer {} added; password (shown this once): {password}", add.name);
    }
    Ok(ExitCode::SUCCESS)
}

/// Four groups of five: 100 random bits, no two characters that look alike.
fn drawn() -> anyhow::Result<String> {
    const CHARACTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let random = crate::vault::random::<20>()?;
    let characters: Vec<char> =
        random.iter().map(|b| char::from(CHARACTERS[usize::from(b % 32)])).collect();
    let groups: Vec<String> = characters.chunks(5).map(|g| g.iter().collect()).collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn drawn_passwords_are_long_and_differ() {
        let (one, two) = (super::drawn().unwrap(), super::drawn().unwrap());
        assert_eq!(one.len(), 23);
        assert_ne!(one, two);
    }
}
