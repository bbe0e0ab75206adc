//! `jianmian history import`: confirmations from the county's books, from before people entered this roster.

use super::event_file::EventFile;
use crate::service::Service;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;

/// What to do with earlier history.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Record confirmations from a CSV file of earlier years.
    Import(Import),
}

/// Options of importing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jianmian history import books-2019-2025.csv --dry-run    what would it do?
  jianmian history import books-2019-2025.csv --explain    take it, and say what became of every line

The file is CSV (UTF-8 or GB18030) with the columns id_number,name,confirmed_on or 身份证号,姓名,认证日期, any number of lines for a
person. Every day lies before the person entered this roster; id number and name must be exactly those of the roster. The whole file is
checked before anything is written. Cut off? Run it again: the same line adds nothing twice.

It makes a due date later where the last of these days does, and never earlier. Nobody is sent a receipt, and the paying side is told
nothing of it, but when it lifts a stop.")]
pub struct Import {
    #[command(flatten)]
    events: EventFile,
}

/// Runs it; exit code 1 when the file has faults.
///
/// # Errors
/// When the file cannot be read, or the database fails.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    let Command::Import(Import { events }) = command;
    let bytes = events.read()?;
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} people, {eta} left")?);
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let report = service.history_import(&bytes, events.dry_run, &progress).await;
    bar.finish_and_clear();
    let report = report?;
    let sum = format!("due later for {} people", report.later_due);
    let told = (report.lines.as_slice(), &report.found);
    Ok(events.tell(&report.faults, told, (&sum, report.imported)))
}
