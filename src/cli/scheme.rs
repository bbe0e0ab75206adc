//! `jianmian scheme list|propose|approve|reject`: the rules of the cycle, changed by two people and from a day in the future on.

use super::signed::signed_in;
use crate::{
    domain::scheme::{Scheme, SchemeState, SchemeVersion},
    service::Service,
};
use anyhow::Context;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// What to do with schemes.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// All versions of all schemes, and what waits for approval.
    List,
    /// Propose new terms from a day on. An existing scheme gets a new version; a new name is a new scheme.
    Propose(Propose),
    /// Approve what a colleague proposed.
    Approve(Decide),
    /// Reject what a colleague proposed.
    Reject(Decide),
}

/// Options of proposing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jianmian scheme propose half-year.toml --from 2027-07-01 --officer wang.fang

The file has the fields of a [[schemes]] entry of src/config/default.toml, without the heading:
  name = \"urban_rural_resident\"
  cycle_months = 6
  anchor = \"last_confirmation\"
  month_end = true
Periods that began before that day keep their dates. The officer's password is read from standard input.")]
pub struct Propose {
    /// TOML file with the terms.
    file: PathBuf,
    /// First day on which a period that begins is counted by them.
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
    /// Sign-in name of the officer who proposes.
    #[arg(long, value_name = "NAME")]
    officer: String,
}

/// Options of deciding.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jianmian scheme approve urban_rural_resident 2 --officer li.wei

Never by the officer who proposed it. The officer's password is read from standard input.")]
pub struct Decide {
    /// Name of the scheme.
    name: String,
    /// Number of the version.
    version: u32,
    /// Sign-in name of the officer who decides.
    #[arg(long, value_name = "NAME")]
    officer: String,
}

/// Runs it.
///
/// # Errors
/// When file, officer, or terms are not acceptable, or the database fails.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    match command {
        Command::List => {
            for version in service.schemes().await? {
                println!("{}", line(&version));
            }
        }
        Command::Propose(propose) => {
            let text = std::fs::read_to_string(&propose.file)
                .with_context(|| format!("cannot read {}", propose.file.display()))?;
            let terms: Scheme = toml::from_str(&text).with_context(|| {
                format!("{} is not the terms of a scheme", propose.file.display())
            })?;
            let proposed = signed_in(service, &propose.officer, async |officer| {
                Ok(service.propose_scheme(officer, terms, propose.from).await?)
            })
            .await?;
            println!("proposed: {}", line(&proposed));
            println!(
                "A second person approves it: jianmian scheme approve {} {} --officer NAME",
                proposed.terms.name, proposed.version
            );
        }
        Command::Approve(decide) => decided(service, &decide, true).await?,
        Command::Reject(decide) => decided(service, &decide, false).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn decided(service: &Service, decide: &Decide, approve: bool) -> anyhow::Result<()> {
    let version = signed_in(service, &decide.officer, async |officer| {
        Ok(service.decide_scheme(officer, (&decide.name, decide.version), approve).await?)
    })
    .await?;
    println!("{}", line(&version));
    Ok(())
}

fn line(v: &SchemeVersion) -> String {
    let state = match v.state {
        SchemeState::Proposed => "waits for approval",
        SchemeState::Approved => "approved",
        SchemeState::Rejected => "rejected",
    };
    let terms = &v.terms;
    format!(
        "{} {}  from {}  {state}  cycle {} months, grace {} days, notices {:?}, contacts {} on {} channels",
        terms.name,
        v.version,
        v.effective_from,
        terms.cycle_months,
        terms.grace_days,
        terms.notice_days,
        terms.contact_attempts_min,
        terms.channels_min,
    )
}
