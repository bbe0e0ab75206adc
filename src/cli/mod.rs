//! The command line: one file a command.
//!
//! In: arguments and environment. Out: exit codes and text for people. May use: all rooms.

mod analyze;
mod appointments;
mod calendar;
mod calibrate;
mod check;
mod continuation;
mod county;
mod demo;
mod due;
mod evaluate;
mod event_file;
mod evidence;
mod export;
mod fetch;
mod history;
mod link;
mod models;
mod notices;
mod officer;
mod outage;
mod processor;
mod receipt;
mod replay;
mod roster;
mod scheme;
mod serve;
mod signed;

use crate::{
    analysis::Engine, app, call::Examination, clock::SystemClock, config::Settings,
    service::Service,
};
use anyhow::Context;
use clap::{Parser, Subcommand};
use std::{
    future::Future,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Jianmian (见面): remote proof of life for pension benefit continuation.
#[derive(Debug, Parser)]
#[command(name = "jianmian", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    /// Settings file (TOML). Defaults are documented in `src/config/default.toml`; the environment
    /// (`JIANMIAN__SECTION__KEY`) wins over the file.
    #[arg(long, short, global = true, value_name = "FILE", env = "JIANMIAN_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  jianmian demo                                  try everything on this machine
  jianmian --config county.toml check            is this installation ready?
  jianmian --config county.toml serve            serve it
  JIANMIAN__CALLS__LIVE_MAX=8 jianmian serve     one setting from the environment";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the phone page, the console and the calls until SIGTERM or Ctrl-C.
    Serve,
    /// Check settings, files, ports, models, pages and records; print all faults at once; exit code 1 when there is one.
    /// The records are opened as at a start: made when there are none yet, and brought up to this version.
    Check,
    /// A synthetic county on this machine: enrol your own face, call, and be the officer.
    Demo(demo::Options),
    /// The people to be asked.
    #[command(subcommand)]
    Roster(roster::Command),
    /// Who is due, overdue, in the grace, or to be called.
    Due(due::Options),
    /// The rules of the cycle, changed by two people.
    #[command(subcommand)]
    Scheme(scheme::Command),
    /// Our outages: they extend every due date.
    #[command(subcommand)]
    Outage(outage::Command),
    /// Holidays and make-up days.
    #[command(subcommand)]
    Calendar(calendar::Command),
    /// Hours of appointments on single days, and who comes.
    #[command(subcommand)]
    Appointments(appointments::Command),
    /// Events recorded elsewhere that show that people are alive.
    #[command(subcommand)]
    Evidence(evidence::Command),
    /// Confirmations from before people entered this roster.
    #[command(subcommand)]
    History(history::Command),
    /// Links to the phone page.
    #[command(subcommand)]
    Link(link::Command),
    /// What people are told: messages, e-mails, letters.
    #[command(subcommand)]
    Notices(notices::Command),
    /// What the paying bank or the province is told: numbered, signed files, and its answers.
    #[command(subcommand)]
    Continuation(continuation::Command),
    /// Machines that read the continuation at /feed.
    #[command(subcommand)]
    Feed(continuation::Feed),
    /// Who may sign in at the console.
    #[command(subcommand)]
    Officer(officer::Command),
    /// Receipts of confirmations: the county's public key, and whether a receipt is genuine.
    #[command(subcommand)]
    Receipt(receipt::Command),
    /// Cases that were taken out for a court.
    #[command(subcommand)]
    Export(export::Command),
    /// Model packs: list them, fetch their files, verify them, show a card.
    Models(models::ModelsArgs),
    /// Compare pictures with a reference photograph: one JSON line a picture, and one for all together.
    Analyze(analyze::AnalyzeArgs),
    /// How good is it? Error rates with intervals, by group, on pictures, clips and calls whose truth is known.
    #[command(subcommand)]
    Evaluate(evaluate::Command),
    /// From scores to a signed calibration: one threshold for everybody, and what it proves.
    Calibrate(calibrate::Options),
    /// Recompute a stored verdict from its record; exit code 1 when it is another.
    Replay(replay::Options),
}

/// Runs the command named by the arguments.
pub fn run() -> ExitCode {
    match processor::suffices().and_then(|()| dispatch(Cli::parse())) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = cli.config.as_deref();
    match cli.command {
        Command::Serve => wait_for(serve::run(started(load(config, [])?)?)),
        Command::Check => wait_for(check::run(load(config, [])?)),
        Command::Demo(options) => {
            let settings = load(config, options.preset())?;
            wait_for(demo::run(started(settings)?, options))
        }
        Command::Roster(command) => {
            let engine = if command.looks_at_pictures() { app::engine } else { no_models };
            with_service(config, engine, async |service| roster::run(command, &service).await)
        }
        Command::Due(options) => {
            with_service(config, no_models, async |service| due::run(options, &service).await)
        }
        Command::Scheme(command) => {
            with_service(config, no_models, async |service| scheme::run(command, &service).await)
        }
        Command::Outage(command) => {
            with_service(config, no_models, async |service| outage::run(command, &service).await)
        }
        Command::Calendar(command) => {
            with_service(config, no_models, async |service| calendar::run(command, &service).await)
        }
        Command::Appointments(command) => with_service(config, no_models, async |service| {
            appointments::run(command, &service).await
        }),
        Command::Evidence(command) => {
            with_service(config, no_models, async |service| evidence::run(command, &service).await)
        }
        Command::History(command) => {
            with_service(config, no_models, async |service| history::run(command, &service).await)
        }
        Command::Link(command) => {
            with_service(config, no_models, async |service| link::run(command, &service).await)
        }
        Command::Notices(command) => {
            with_service(config, no_models, async |service| notices::run(command, &service).await)
        }
        Command::Continuation(command) => with_service(config, no_models, async |service| {
            continuation::run(command, &service).await
        }),
        Command::Feed(command) => with_service(config, no_models, async |service| {
            continuation::feed(command, &service).await
        }),
        Command::Officer(command) => {
            with_service(config, no_models, async |service| officer::run(command, &service).await)
        }
        Command::Receipt(receipt::Command::Verify { receipt, key }) => {
            receipt::verify(&receipt, &key)
        }
        Command::Receipt(receipt::Command::Key) => {
            with_service(config, no_models, async |service| Ok(receipt::key(&service)))
        }
        Command::Export(command) => export::run(&command),
        Command::Models(arguments) => done(models::run(&arguments, &started(load(config, [])?)?)),
        Command::Analyze(arguments) => done(analyze::run(&arguments, &started(load(config, [])?)?)),
        Command::Evaluate(command) => done(evaluate::run(&command, &started(load(config, [])?)?)),
        Command::Calibrate(options) if options.from_county => {
            let settings = load(config, [])?;
            with_service(config, no_models, async |service| {
                calibrate::run_county(&options, &settings, &service).await
            })
        }
        Command::Calibrate(options) => done(calibrate::run(&options, &started(load(config, [])?)?)),
        Command::Replay(options) => with_service(config, no_models, async |service| {
            let again = |record: &_| crate::call::replay(record).map_err(|e| e.to_string());
            replay::run(options, &service, again).await
        }),
    }
}

fn done(result: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    result.map(|()| ExitCode::SUCCESS)
}

/// Runs a command on the use cases.
fn with_service(
    config: Option<&Path>,
    engine: impl FnOnce(&Settings) -> Option<Engine>,
    command: impl AsyncFnOnce(Service) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let settings = started(load(config, [])?)?;
    let examination = Examination::new(engine(&settings));
    wait_for(async {
        command(app::open_service(settings, SystemClock::shared(), examination).await?).await
    })
}

/// For commands that look at no picture.
fn no_models(_: &Settings) -> Option<Engine> {
    None
}

/// Settings from `preset`, then the file, then the environment.
fn load(
    file: Option<&Path>,
    preset: impl IntoIterator<Item = (String, String)>,
) -> anyhow::Result<Settings> {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(Settings::load(preset, file, environment)?)
}

/// Starts logging and refuses settings with faults.
fn started(settings: Settings) -> anyhow::Result<Settings> {
    crate::telemetry::init(&settings.log).context("log.filter")?;
    let faults = settings.faults();
    if faults.is_empty() {
        return Ok(settings);
    }
    let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
    anyhow::bail!("the settings have faults:\n{}", lines.join("\n"))
}

fn wait_for(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Runtime::new().context("no runtime")?.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
