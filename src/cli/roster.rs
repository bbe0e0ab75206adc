//! `jianmian roster`: the people to be asked, from a file, and their photographs.

use crate::{
    domain::audit::Actor,
    service::{
        PhotosOptions, PhotosReport, Progress, RosterFile, RosterOptions, RosterReport, Service,
        Step,
    },
};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

/// Faults printed at once; all of them stand in the report file.
const FAULTS_SHOWN: usize = 20;
/// Largest photograph, bytes.
const PHOTO_BYTES_MAX: u64 = 8 << 20;

/// What to do with the roster.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import or update people from a CSV or XLSX file: all rows, or none when there is a fault.
    Import(Import),
    /// Enrol reference photographs from a folder or a zip; each file is named by the id number of its person.
    Photos(Photos),
}

impl Command {
    /// It needs models.
    pub fn looks_at_pictures(&self) -> bool {
        match self {
            Self::Import(import) => import.photos.is_some(),
            Self::Photos(_) => true,
        }
    }
}

/// Options of the import.
#[derive(Debug, Args)]
#[command(after_help = "Columns (Chinese or English, in any order; the first two are needed):
  姓名 name, 身份证号 id_number, 出生日期 birth_on, 性别 sex, 电话 phone, 现居住地 residence,
  上次认证日期 last_confirmed_on, 险种 scheme, 照片 photo
CSV in UTF-8 or GB18030 up to 256 MiB, XLSX (first visible sheet) up to 128 MiB, 500,000 rows.

The same file again changes nothing. An empty field leaves what is known. People who are not in the
file are counted as gone and stay as they are, unless --mark-gone is given; nobody is ever deleted.

Examples:
  jianmian roster import roster.xlsx --dry-run --report diff.csv   what would happen, line by line
  jianmian roster import roster.csv                                do it: all rows or none
  jianmian roster import all.csv --mark-gone                       the file is complete: mark who is missing
  jianmian roster import roster.csv --settled 17,230               these lines were compared with the papers")]
pub struct Import {
    /// The CSV or XLSX file.
    file: PathBuf,
    /// Check and compare everything, write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Mark people of the records who are not in this file.
    #[arg(long)]
    mark_gone: bool,
    /// Lines that a person has compared with the papers and found right.
    #[arg(long, value_name = "LINE", value_delimiter = ',')]
    settled: Vec<u64>,
    /// Where to write the report, line by line, as CSV. It holds personal data (mode 0600). Without it a
    /// report is only written, beside the roster, when there are more faults than the screen shows.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Folder of the photographs named in the file.
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
}

/// Options of the photographs.
#[derive(Debug, Args)]
#[command(after_help = "Names: ID_NUMBER.jpg, or ID_NUMBER and anything after _ - or a space
(990000194003150021_front.png). JPEG, PNG or BMP up to 8 MiB. Each must show one clear face.
A file that is enrolled already is skipped: after an interruption, run the same command again.

Examples:
  jianmian roster photos portraits/ --dry-run --report photos.csv
  jianmian roster photos portraits.zip --report photos.csv")]
pub struct Photos {
    /// The folder or the zip.
    from: PathBuf,
    /// Look at every photograph, enrol none.
    #[arg(long)]
    dry_run: bool,
    /// Where to write the report, file by file, as CSV. It holds personal data (mode 0600).
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Runs it; exit code 1 when the file has faults.
///
/// # Errors
/// When the file cannot be read or the import fails for another reason than the file's contents.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    match command {
        Command::Import(import) => self::import(import, service).await,
        Command::Photos(photos) => self::photos(photos, service).await,
    }
}

async fn import(import: Import, service: &Service) -> anyhow::Result<ExitCode> {
    let file = RosterFile::open(&import.file)
        .with_context(|| format!("cannot read {}", import.file.display()))?;
    let options = RosterOptions {
        dry_run: import.dry_run,
        mark_gone: import.mark_gone,
        settled: import.settled.iter().copied().collect(),
        every_line: import.report.is_some(),
        by: Actor::Operator,
    };
    let photos = |name: &str| photo(import.photos.as_deref(), name);
    let bar = Bar::new();
    let imported = service.roster_import(file, &photos, &options, &bar.progress()).await;
    bar.finish();
    let report = imported.context("nothing was imported")?;
    for fault in report.faults.iter().take(FAULTS_SHOWN) {
        println!("{fault}");
    }
    let beside = report.faults.len() > FAULTS_SHOWN;
    if beside {
        println!("and {} more", report.faults.len() - FAULTS_SHOWN);
    }
    let path = import.report.or_else(|| beside.then(|| beside_of(&import.file)));
    if let Some(path) = path {
        write_private(&path, |out| report.write_csv(out))?;
        println!("report, line by line: {}", path.display());
    }
    println!("{}", summary(&report, &options));
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn summary(report: &RosterReport, options: &RosterOptions) -> String {
    let RosterReport { rows, new, changed, unchanged, gone, photos, .. } = report;
    if !report.faults.is_empty() {
        return format!("{rows} rows, {} faults: nothing was imported", report.faults.len());
    }
    let marked = match (report.imported(), options.mark_gone) {
        (true, true) => " (marked)",
        _ => " (left as they are)",
    };
    let done = if report.imported() { "imported" } else { "nothing was written (--dry-run)" };
    format!(
        "{rows} rows: {new} new, {changed} changed, {unchanged} unchanged, {photos} photographs; \
         {gone} in the records and not in the file{marked}; {done}"
    )
}

async fn photos(options: Photos, service: &Service) -> anyhow::Result<ExitCode> {
    let bar = Bar::new();
    let how = PhotosOptions { dry_run: options.dry_run, by: Actor::Operator };
    let enrolled = service.roster_photos(&options.from, how, &bar.progress()).await;
    bar.finish();
    let report = enrolled?;
    let refused: Vec<_> = report.refused().collect();
    for file in refused.iter().take(FAULTS_SHOWN) {
        println!("{file}");
    }
    if refused.len() > FAULTS_SHOWN {
        println!("and {} more; --report FILE has them all", refused.len() - FAULTS_SHOWN);
    }
    if let Some(path) = &options.report {
        write_private(path, |out| report.write_csv(out))?;
        println!("report, file by file: {}", path.display());
    }
    let PhotosReport { files, enrolled, known, .. } = &report;
    let word = if options.dry_run { "good (--dry-run)" } else { "enrolled" };
    println!(
        "{} files: {enrolled} {word}, {known} enrolled before, {} refused",
        files.len(),
        refused.len()
    );
    Ok(if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One bar, newly named at each step.
struct Bar(Arc<Mutex<(Option<Step>, ProgressBar)>>);

impl Bar {
    fn new() -> Self {
        Self(Arc::new(Mutex::new((None, ProgressBar::new(0)))))
    }

    fn progress(&self) -> Progress {
        let shared = Arc::clone(&self.0);
        Arc::new(move |step, done, all| {
            let mut bar = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if bar.0 != Some(step) {
                bar.1.finish_and_clear();
                *bar = (Some(step), ProgressBar::new(all).with_style(style(step)));
            }
            bar.1.set_length(all.max(done));
            bar.1.set_position(done);
        })
    }

    fn finish(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.finish_and_clear();
    }
}

fn style(step: Step) -> ProgressStyle {
    let template = match step {
        Step::File => "reading    {bar:30} {bytes}/{total_bytes}",
        Step::Rows => "checking   {spinner} {pos} rows",
        Step::Records => "comparing  {bar:30} {pos}/{len} people",
        Step::Photos => "examining  {bar:30} {pos}/{len} photographs, {eta} left",
        Step::Writing => "writing    {bar:30} {pos}/{len} people, {eta} left",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// `roster.csv` gives `roster.csv.report.csv`.
fn beside_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".report.csv");
    PathBuf::from(name)
}

/// Writes a file that only this account may read.
fn write_private(
    path: &Path,
    write: impl FnOnce(BufWriter<File>) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(path)
        .and_then(|file| write(BufWriter::new(file)))
        .with_context(|| format!("cannot write the report {}", path.display()))
}

fn photo(folder: Option<&Path>, name: &str) -> Result<Vec<u8>, String> {
    let folder = folder.ok_or("the file names photographs, but no --photos folder was given")?;
    read_bounded(&folder.join(name), PHOTO_BYTES_MAX).map_err(|error| format!("{error:#}"))
}

/// Reads a file that must not be larger than `bytes_max`.
fn read_bounded(path: &Path, bytes_max: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
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
