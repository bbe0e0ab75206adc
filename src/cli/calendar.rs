//! `jianmian calendar import|show`: holidays and make-up days.

use crate::{
    domain::name::name_of,
    service::{CALENDAR_BYTES_MAX, Service},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use std::{io::Read, path::PathBuf, process::ExitCode};

/// What to do with the calendar.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import holidays and make-up days from a CSV file: all lines, or none when there is a fault.
    Import(Import),
    /// The days of a year that differ from their weekday.
    Show {
        /// Year.
        year: i32,
    },
}

/// Options of the import.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jianmian calendar import calendar-2027.csv --dry-run
  jianmian calendar import calendar-2027.csv

The form (see examples/calendar-example.csv): day,kind,name with kind `holiday` or `make_up`. The years in the file are replaced as a
whole. The days are those that the State Council announces each autumn; none are built in.")]
pub struct Import {
    /// The CSV file (UTF-8).
    file: PathBuf,
    /// Check everything, write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Runs it; exit code 1 when the file has faults.
///
/// # Errors
/// When the file cannot be read, or the database fails.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    let import = match command {
        Command::Import(import) => import,
        Command::Show { year } => {
            let days = service.calendar_days(year).await?;
            for day in &days {
                let kind = name_of(&day.kind).unwrap_or_default();
                println!("{}  {kind:8}  {}", day.day_on, day.name);
            }
            if days.is_empty() {
                println!("nothing is known of {year}: working days are counted by weekdays alone");
            }
            return Ok(ExitCode::SUCCESS);
        }
    };
    let mut file = Vec::new();
    std::fs::File::open(&import.file)
        .with_context(|| format!("cannot read {}", import.file.display()))?
        .take(CALENDAR_BYTES_MAX as u64 + 1)
        .read_to_end(&mut file)?;
    let report = service.calendar_import(&file, import.dry_run).await?;
    for fault in &report.faults {
        println!("{fault}");
    }
    if !report.faults.is_empty() {
        println!("{} faults: nothing was imported", report.faults.len());
        return Ok(ExitCode::FAILURE);
    }
    let done = if report.imported { "imported" } else { "good; nothing was written (--dry-run)" };
    println!(
        "{} holidays and {} make-up days of {:?}: {done}",
        report.holidays, report.make_up_days, report.years
    );
    Ok(ExitCode::SUCCESS)
}
