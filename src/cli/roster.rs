//! `jianmian roster import`: the people to be asked, from a CSV file.

use crate::service::{ROSTER_BYTES_MAX, Service};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Faults printed at once; the rest is counted.
const FAULTS_SHOWN: usize = 200;
/// Largest photograph, bytes.
const PHOTO_BYTES_MAX: u64 = 8 << 20;

/// What to do with the roster.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import people from a CSV file: all rows, or none when there is a fault.
    Import(Import),
}

/// Options of the import.
#[derive(Debug, Args)]
#[command(after_help = "Columns (Chinese or English, in any order; the first two are needed):
  姓名 name, 身份证号 id_number, 出生日期 birth_on, 性别 sex, 电话 phone, 现居住地 residence,
  上次认证日期 last_confirmed_on, 照片 photo
UTF-8 or GB18030. Try it with --dry-run first.")]
pub struct Import {
    /// The CSV file.
    file: PathBuf,
    /// Check everything, write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Folder of the photographs named in the file.
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
}

/// Runs it; exit code 1 when the file has faults.
///
/// # Errors
/// When the file cannot be read or the import fails for another reason than the file's contents.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    let Command::Import(import) = command;
    let file = read_bounded(&import.file, ROSTER_BYTES_MAX as u64)
        .with_context(|| format!("cannot read {}", import.file.display()))?;
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} rows, {eta} left")?);
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let photos = |name: &str| photo(import.photos.as_deref(), name);
    let imported = service.roster_import(&file, &photos, import.dry_run, &progress).await;
    bar.finish_and_clear();
    let report = imported.context("nothing was imported")?;
    for fault in report.faults.iter().take(FAULTS_SHOWN) {
        println!("{fault}");
    }
    if report.faults.len() > FAULTS_SHOWN {
        println!("and {} more", report.faults.len() - FAULTS_SHOWN);
    }
    let (rows, photos) = (report.rows, report.photos);
    if !report.faults.is_empty() {
        println!("{rows} rows, {} faults: nothing was imported", report.faults.len());
        return Ok(ExitCode::FAILURE);
    }
    if report.imported {
        println!("{rows} rows with {photos} photographs imported");
    } else {
        println!("{rows} rows with {photos} photographs are good; nothing was written (--dry-run)");
    }
    Ok(ExitCode::SUCCESS)
}

fn photo(folder: Option<&Path>, name: &str) -> Result<Vec<u8>, String> {
    let folder = folder.ok_or("the file names photographs, but no --photos folder was given")?;
    read_bounded(&folder.join(name), PHOTO_BYTES_MAX).map_err(|error| format!("{error:#}"))
}

/// Reads a file that must not be larger than `bytes_max`.
fn read_bounded(path: &Path, bytes_max: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        bail!("it is larger than {} MiB", bytes_max >> 20);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photograph_is_read_within_its_limit() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.jpg"), b"abc").unwrap();
        assert_eq!(photo(Some(dir.path()), "a.jpg").unwrap(), b"abc");
        assert!(photo(Some(dir.path()), "b.jpg").is_err());
        assert!(photo(None, "a.jpg").unwrap_err().contains("--photos"));
        assert!(read_bounded(&dir.path().join("a.jpg"), 2).is_err());
    }
}
