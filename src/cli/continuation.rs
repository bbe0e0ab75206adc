//! `jianmian continuation` and `jianmian feed`: what the paying side gets, and what it answers.

use crate::service::{ANSWER_BYTES_MAX, Exported, Service};
use anyhow::{Context, bail};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use std::{io::Read, path::PathBuf, process::ExitCode};

/// Faults printed at once; the rest is counted.
const FAULTS_SHOWN: usize = 200;

/// What to do with the continuation.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  jianmian continuation export                 everything new since the last file, signed, into the outbox
  jianmian continuation export --again 12      file 12 once more: the same bytes
  jianmian continuation ack answers.csv        what the bank answered, row by row
  openssl pkeyutl -verify -pubin -inkey continuation.pub.pem -rawin -in F.csv -sigfile F.csv.sig")]
pub enum Command {
    /// Write what was begun and everything new into numbered files (CSV, JSON, control totals, signatures).
    Export {
        /// Write this file once more instead.
        #[arg(long, value_name = "NUMBER")]
        again: Option<u64>,
    },
    /// Import the paying side's answers (CSV with `file_sequence,row_number,answer,reason`; or JSON). Exit code 1 when some could not be
    /// taken.
    Ack {
        /// The file.
        file: PathBuf,
    },
    /// Files and how they were answered.
    List,
    /// The public key of the signatures, PEM.
    Key,
}

/// What to do with the feed.
#[derive(Debug, Subcommand)]
pub enum Feed {
    /// Tokens of machines that read `/feed`.
    #[command(subcommand)]
    Token(FeedToken),
}

/// What to do with a token.
#[derive(Debug, Subcommand)]
pub enum FeedToken {
    /// Make a token for a machine and print it. It is shown this once.
    New {
        /// Name of the machine.
        name: String,
    },
    /// List machines.
    List,
    /// Take a machine's token back.
    Revoke {
        /// Name of the machine.
        name: String,
    },
}

/// Runs it.
///
/// # Errors
/// When database, outbox or file fail.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    match command {
        Command::Export { again: Some(sequence) } => {
            print_file(&service.export_again(sequence).await?);
        }
        Command::Export { again: None } => {
            let bar = ProgressBar::new_spinner()
                .with_style(ProgressStyle::with_template("{spinner} {pos} rows ({elapsed})")?);
            let report = service.export_continuation(&|rows| bar.inc(rows)).await;
            bar.finish_and_clear();
            let report = report?;
            report.files.iter().for_each(print_file);
            if report.files.is_empty() {
                println!("nothing new: no file was made");
            }
        }
        Command::Ack { file } => return answers(&file, service).await,
        Command::List => {
            println!("  file  made on      rows  accepted  rejected  unanswered");
            let mut after = 0;
            loop {
                let files = service.continuations(after).await?;
                let Some(last) = files.last() else { break };
                after = last.file.sequence;
                for v in files {
                    println!(
                        "{:>6}  {}  {:>6}  {:>8}  {:>8}  {:>10}",
                        v.file.sequence,
                        v.file.made_on,
                        v.file.totals.rows,
                        v.accepted,
                        v.rejected,
                        v.unanswered
                    );
                }
            }
        }
        Command::Key => print!("{}", service.continuation_public_key()),
    }
    Ok(ExitCode::SUCCESS)
}

fn print_file(file: &Exported) {
    let t = &file.totals;
    println!(
        "file {}: {} rows (continue {}, resume {} with {} months of arrears, suspend {}, end {}), check {}",
        file.sequence,
        t.rows,
        t.continues,
        t.resume,
        t.arrears_months,
        t.suspend,
        t.end,
        t.id_number_check
    );
    println!("  {}", file.csv.display());
}

async fn answers(path: &PathBuf, service: &Service) -> anyhow::Result<ExitCode> {
    let mut bytes = Vec::new();
    let most = ANSWER_BYTES_MAX as u64;
    let opened =
        std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    opened.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        bail!("{} is larger than {} MiB", path.display(), most >> 20);
    }
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} answers, {eta} left")?);
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let report = service.import_answers(&bytes, &progress).await;
    bar.finish_and_clear();
    let report = report?;
    for fault in report.faults.iter().take(FAULTS_SHOWN) {
        println!("{fault}");
    }
    if report.faults.len() > FAULTS_SHOWN {
        println!("and {} more", report.faults.len() - FAULTS_SHOWN);
    }
    println!(
        "accepted {}, rejected {}, known already {}, faults {}",
        report.accepted,
        report.rejected,
        report.known,
        report.faults.len()
    );
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a command of the feed.
///
/// # Errors
/// When the name is taken or unknown, or the database fails.
pub async fn feed(command: Feed, service: &Service) -> anyhow::Result<ExitCode> {
    let Feed::Token(command) = command;
    match command {
        FeedToken::New { name } => println!("{}", service.new_feed_token(&name).await?),
        FeedToken::List => {
            for token in service.feed_tokens().await? {
                let until = token
                    .revoked_at
                    .map_or_else(|| "works".into(), |at| format!("revoked {}", at.date_naive()));
                println!("{}  since {}  {until}", token.name, token.made_at.date_naive());
            }
        }
        FeedToken::Revoke { name } => {
            service.revoke_feed_token(&name).await?;
            println!("revoked");
        }
    }
    Ok(ExitCode::SUCCESS)
}
