//! `jianmian notices`: planning and carrying what people are told, looking at it, printing again.

use crate::{
    domain::{
        ids::LetterBatchId,
        name::{from_name, name_of},
        notice::{NoticeChannel, NoticeKind},
    },
    notice::template::Language,
    service::{PreviewOf, RunOptions, RunReport, RunStep, Service},
};
use anyhow::Context;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::de::DeserializeOwned;
use std::{
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// What to do with notices.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Plan the notices of a day, and carry everything that waits. Safe to run again, at the same time, or after a kill.
    Run(Run),
    /// Show a notice to one person, with real data, without sending anything.
    Preview(Preview),
    /// How many notices stand where.
    Status,
    /// Print a batch of letters once more: the same links and codes.
    Reprint {
        /// Id of the batch: the end of the file's name.
        batch: LetterBatchId,
    },
    /// Record an e-mail address for a person.
    Email {
        /// Id or id number of the person.
        who: String,
        /// The address.
        address: String,
        /// It belongs to the person's representative.
        #[arg(long)]
        representative: bool,
    },
}

/// Options of a run.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jianmian notices run --dry-run                     who would be told what today; nothing is written
  jianmian notices run                               every morning, by a timer
  jianmian notices run --on 2026-11-24               what yesterday's run would have told
Exit code 1: something was postponed or a carrier is down; run it again later.")]
#[allow(clippy::struct_field_names)] // `dry_run` is what everybody calls it
pub struct Run {
    /// Day; today when absent. A day to come only with --dry-run.
    #[arg(long, value_name = "DATE")]
    on: Option<NaiveDate>,
    /// Count, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Wait so many seconds for what another run holds or what is to be tried again.
    #[arg(long, value_name = "SECONDS", default_value_t = 90)]
    wait: u32,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Options of a preview.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jianmian notices preview 990000194003010000 --channel sms
  jianmian notices preview 990000194003010000 --channel letter --pdf letter.pdf")]
pub struct Preview {
    /// Id or id number of the person.
    who: String,
    /// `due`, `receipt`, `case_result` or `appointment`.
    #[arg(long, default_value = "due", value_parser = named::<NoticeKind>)]
    kind: NoticeKind,
    /// `sms`, `email` or `letter`.
    #[arg(long, default_value = "sms", value_parser = named::<NoticeChannel>)]
    channel: NoticeChannel,
    /// `zh` or `en`.
    #[arg(long, value_parser = named::<Language>)]
    language: Option<Language>,
    /// Where to put a letter.
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
}

fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    from_name(text).ok_or_else(|| "not one of the names in the help".into())
}

/// Runs it.
///
/// # Errors
/// When database, font or outbox fail, or somebody or something is not there.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run(options) => run_notices(&options, service).await,
        Command::Preview(preview) => show(preview, service).await,
        Command::Status => {
            for row in service.notice_counts().await? {
                let word = |name: Option<String>| name.unwrap_or_default();
                println!(
                    "{:<7} {:<10} {:>9}",
                    word(name_of(&row.channel)),
                    word(name_of(&row.status)),
                    row.count
                );
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Reprint { batch } => {
            println!("{}", service.reprint_letters(batch).await?.display());
            Ok(ExitCode::SUCCESS)
        }
        Command::Email { who, address, representative } => {
            service.record_email(&who, &address, representative).await?;
            println!("recorded");
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn run_notices(options: &Run, service: &Service) -> anyhow::Result<ExitCode> {
    let bar = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {msg} ({elapsed})")?);
    bar.enable_steady_tick(Duration::from_millis(200));
    let counts = [AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0)];
    let progress = |step: RunStep, more: u64| {
        counts[step as usize].fetch_add(more, Ordering::Relaxed);
        let [planned, carried, printed] =
            [0, 1, 2].map(|i: usize| counts[i].load(Ordering::Relaxed));
        bar.set_message(format!("{planned} planned, {carried} messages, {printed} letters"));
    };
    if !options.dry_run {
        service.count_dates(&|_| ()).await?;
    }
    let asked = RunOptions { on: options.on, dry_run: options.dry_run, wait_seconds: options.wait };
    let report = service.run_notices(asked, &progress).await;
    bar.finish_and_clear();
    let report = report?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print_report(&report);
    }
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_report(report: &RunReport) {
    println!(
        "notices of {}{}",
        report.on,
        if report.dry_run { ": nothing was written (--dry-run)" } else { "" }
    );
    for (day, channels) in report.planned.iter().rev() {
        let when = if *day == 0 { "to call".to_owned() } else { format!("-{day} days") };
        for (channel, count) in channels {
            println!("  {when:<9} {:<7} {count:>9}", name_of(channel).unwrap_or_default());
        }
    }
    if report.dry_run {
        return;
    }
    println!(
        "sent {}, letters {}, withdrawn {}, given to another channel {}, postponed {}",
        report.sent, report.letters, report.withdrawn, report.given_up, report.postponed
    );
    for file in &report.letter_files {
        println!("  letters/{file}");
    }
    if let Some(code) = &report.stopped_by {
        println!(
            "stopped: the carrier failed again and again ({code}); nothing is lost, run it again"
        );
    }
}

async fn show(preview: Preview, service: &Service) -> anyhow::Result<ExitCode> {
    let of = PreviewOf {
        who: preview.who,
        kind: preview.kind,
        channel: preview.channel,
        language: preview.language,
    };
    let shown = service.preview_notice(&of).await?;
    eprintln!("to: {}", shown.to.as_deref().unwrap_or("(no address)"));
    if let Some(subject) = &shown.subject {
        eprintln!("subject: {subject}");
    }
    println!("{}", shown.text);
    if let (Some(path), Some(pdf)) = (&preview.pdf, &shown.pdf) {
        std::fs::write(path, pdf).with_context(|| format!("cannot write {}", path.display()))?;
        eprintln!("the letter is in {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}
