//! A file of events at the command line: how it is named and read, and how what became of its lines is told.

use crate::{domain::name::name_of, service::EVENT_FILE_BYTES_MAX};
use anyhow::Context;
use clap::Args;
use serde::Serialize;
use std::{collections::BTreeMap, io::Read, path::PathBuf, process::ExitCode};

/// The file, and how to take it.
#[derive(Debug, Args)]
pub struct EventFile {
    /// The file.
    file: PathBuf,
    /// Say what would happen, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Say of every line what became of it.
    #[arg(long)]
    explain: bool,
}

impl EventFile {
    /// Its bytes; one more than is allowed tells a file that is too large, whatever it says of itself.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(&self.file)
            .and_then(|file| file.take(EVENT_FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        Ok(bytes)
    }

    /// Prints its faults, or what became of its lines and `sum`; exit code 1 when it has faults.
    pub fn tell<F: Serialize>(
        &self,
        faults: &[String],
        (lines, found): (&[(u64, F)], &BTreeMap<F, usize>),
        (sum, imported): (&str, bool),
    ) -> ExitCode {
        for fault in faults {
            eprintln!("{fault}");
        }
        if !faults.is_empty() {
            println!("{} faults: nothing was taken", faults.len());
            return ExitCode::FAILURE;
        }
        if self.explain {
            for (line, found) in lines {
                println!("line {line}: {}", name_of(found).unwrap_or_default());
            }
        }
        for (found, count) in found {
            println!("{count:>8}  {}", name_of(found).unwrap_or_default());
        }
        let done = if imported { "taken" } else { "nothing was written (--dry-run)" };
        println!("{sum}: {done}");
        ExitCode::SUCCESS
    }
}
