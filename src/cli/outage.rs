//! `jianmian outage add|list`: our outages extend every due date that runs.

use crate::service::Service;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use std::process::ExitCode;

/// What to do with outages.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Record an outage and extend every due date that runs by its days.
    Add(Add),
    /// All outages.
    List,
}

/// Options of adding.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jianmian outage add 2027-03-02 2027-03-04 --reason \"power failure in the machine room\"

First and last day, both included. Days that two outages share count once. Killed on the way, the same command finishes the work.")]
pub struct Add {
    /// First day.
    from: NaiveDate,
    /// Last day; the first one when absent.
    until: Option<NaiveDate>,
    /// What was down. No personal data.
    #[arg(long)]
    reason: String,
}

/// Runs it.
///
/// # Errors
/// When the days are not acceptable, or the database fails.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    match command {
        Command::Add(add) => {
            let days = (add.from, add.until.unwrap_or(add.from));
            let bar = ProgressBar::new_spinner();
            let progress = |counted: u64| {
                bar.set_message(format!("{counted} due dates counted again"));
                bar.tick();
            };
            let counted = service.add_outage(None, days, &add.reason, &progress).await?;
            bar.finish_and_clear();
            println!(
                "outage from {} to {} is recorded; {counted} due dates were counted again",
                days.0, days.1
            );
        }
        Command::List => {
            for (days, reason) in service.outages().await? {
                println!("{} to {}  {reason}", days.from_on, days.until_on);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
