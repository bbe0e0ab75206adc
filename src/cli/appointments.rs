//! `jianmian appointments list|close|open|pattern`: hours of single days, and who comes.

use crate::{
    domain::{
        appointment::{HoursException, Span},
        audit::Actor,
    },
    service::{Service, views::DayAppointment},
};
use anyhow::Context;
use chrono::{FixedOffset, NaiveDate};
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// What to do with appointments.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  jianmian appointments list 2027-03-05
  jianmian appointments close 2027-03-08 --reason \"moving to the new hall\"
  jianmian appointments open 2027-03-14 09:00 11:30 --officers 2 --reason \"a Sunday before the holidays\"
  jianmian appointments pattern 2027-03-14")]
pub enum Command {
    /// Who comes on a day.
    List {
        /// The day.
        day: NaiveDate,
    },
    /// Offer nothing on a day. What is booked stays booked, and is listed so that somebody calls.
    Close(Close),
    /// Offer these hours on a day, in place of the weekly pattern's.
    Open(Open),
    /// Let the weekly pattern hold again on a day.
    Pattern {
        /// The day.
        day: NaiveDate,
    },
}

/// Options of closing.
#[derive(Debug, Args)]
pub struct Close {
    /// The day.
    day: NaiveDate,
    /// Why.
    #[arg(long)]
    reason: String,
}

/// Options of opening.
#[derive(Debug, Args)]
pub struct Open {
    /// The day.
    day: NaiveDate,
    /// First slot begins, China time.
    from: chrono::NaiveTime,
    /// Last slot has ended.
    until: chrono::NaiveTime,
    /// Officers.
    #[arg(long, default_value_t = 1)]
    officers: u32,
    /// Why.
    #[arg(long)]
    reason: String,
}

/// Runs it.
///
/// # Errors
/// When the hours are not acceptable, or the database fails.
pub async fn run(command: Command, service: &Service) -> anyhow::Result<ExitCode> {
    match command {
        Command::List { day } => print(&service.appointments_on(day).await?)?,
        Command::Close(close) => {
            let exception =
                HoursException { day_on: close.day, spans: Vec::new(), reason: close.reason };
            outside(&service.set_hours(Actor::Operator, exception).await?)?;
        }
        Command::Open(open) => {
            let span = Span { from: open.from, until: open.until, officers: open.officers };
            let exception =
                HoursException { day_on: open.day, spans: vec![span], reason: open.reason };
            outside(&service.set_hours(Actor::Operator, exception).await?)?;
        }
        Command::Pattern { day } => service.drop_hours(Actor::Operator, day).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn outside(booked: &[DayAppointment]) -> anyhow::Result<()> {
    if booked.is_empty() {
        println!("done; nobody is booked outside these hours");
        return Ok(());
    }
    println!("done; {} booked outside these hours, to be called:", booked.len());
    print(booked)
}

fn print(appointments: &[DayAppointment]) -> anyhow::Result<()> {
    let china = FixedOffset::east_opt(8 * 3600).context("no such offset")?;
    for one in appointments {
        let time = one.starts_at.with_timezone(&china).format("%Y-%m-%d %H:%M");
        let word = |name: Option<String>| name.unwrap_or_default();
        println!(
            "{time}  {}  {}  {}  {}",
            word(crate::domain::name::name_of(&one.way)),
            word(crate::domain::name::name_of(&one.state)),
            one.beneficiary_id,
            one.name
        );
    }
    if appointments.is_empty() {
        println!("no appointments");
    }
    Ok(())
}
