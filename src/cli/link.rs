//! `jianmian link new`: a link for one beneficiary.

use crate::service::Service;
use clap::Subcommand;
use std::process::ExitCode;

/// What to do with links.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a link and print it. It is shown this once.
    New {
        /// Id or id number of the beneficiary.
        id: String,
    },
}

/// Runs it.
///
/// # Errors
/// When there is no such beneficiary, or the database fails.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    let Command::New { id } = command;
    let link = service.new_link(&id).await?;
    println!("{}", link.url);
    eprintln!("works until {}", link.expires_at.format("%Y-%m-%d %H:%M UTC"));
    Ok(ExitCode::SUCCESS)
}
