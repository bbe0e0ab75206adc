//! `jianmian evidence import`: events recorded elsewhere, matched with the roster.

use crate::service::{EVENT_FILE_BYTES_MAX, Service};
use anyhow::Context;
use clap::{Args, Subcommand};
use std::{
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

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
    /// The file.
    file: PathBuf,
    /// Say what would happen, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Say of every line what it was worth.
    #[arg(long)]
    explain: bool,
}

/// Runs it.
///
/// # Errors
/// When the file cannot be read, or the database fails.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    let Command::Import(import) = command;
    let bytes = read_event_file(&import.file)?;
    let report = service.evidence_import(&bytes, import.dry_run).await?;
    for fault in &report.faults {
        eprintln!("{fault}");
    }
    if !report.faults.is_empty() {
        println!("{} faults: nothing was taken", report.faults.len());
        return Ok(ExitCode::FAILURE);
    }
    let name = |found| crate::domain::name::name_of(found).unwrap_or_default();
    if import.explain {
        for (line, found) in &report.lines {
            println!("line {line}: {}", name(found));
        }
    }
    for (found, count) in &report.found {
        println!("{count:>8}  {}", name(found));
    }
    let done = if report.imported { "taken" } else { "nothing was written (--dry-run)" };
    println!("{} events, {} cases about contradicting data: {done}", report.events, report.cases);
    Ok(ExitCode::SUCCESS)
}

/// Reads a file of events; one byte more than is allowed tells a file that is too large, whatever it says of itself.
pub(super) fn read_event_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(EVENT_FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}
