//! `jianmian evidence import`: events recorded elsewhere, matched with the roster.

use super::event_file::EventFile;
use crate::service::Service;
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// What to do with evidence.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Match a file of events with the roster and confirm whom they show alive.
    Import(Import),
}

/// Options of importing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jianmian evidence import clinic-2027-03.csv --dry-run    what would it do?
  jianmian evidence import clinic-2027-03.csv --explain    take it, and say of every line why

The file is CSV (UTF-8 or GB18030) with the columns source,id_number,name,event,event_on,place. Which events count, and for how long, stands in
[[data_match.rules]] of the settings. Id number and name must be exactly those of the roster. All of a file is taken or nothing; the
same file again adds nothing.")]
pub struct Import {
    #[command(flatten)]
    events: EventFile,
}

/// Runs it.
///
/// # Errors
/// When the file cannot be read, or the database fails.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    let Command::Import(Import { events }) = command;
    let report = service.evidence_import(&events.read()?, events.dry_run).await?;
    let sum = format!("{} events, {} cases about contradicting data", report.events, report.cases);
    let told = (report.lines.as_slice(), &report.found);
    Ok(events.tell(&report.faults, told, (&sum, report.imported)))
}
