//! `jianmian due`: who is due, overdue, in the grace, or to be called.

use crate::{
    clock::SystemClock,
    domain::month::Month,
    service::{
        Service,
        due::{CSV_HEAD, DUE_PAGE_MAX, DueAsk, Lane, csv_rows},
    },
};
use anyhow::bail;
use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use std::{io::Write, process::ExitCode};

/// Options of the list.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jianmian due                                         how many are due, in the grace, past it, to be called today
  jianmian due --on 2027-06-01 --list past-grace       the first people whose grace has passed on that day
  jianmian due --month 2027-06 --csv > june.csv        everybody due in June 2027, for a spreadsheet
  jianmian due --list to-call --limit 50               fifty people to call today

The CSV has names and telephones: keep it as safe as the roster.")]
pub struct Options {
    /// Day of the list; today when absent.
    #[arg(long, value_name = "DATE")]
    on: Option<NaiveDate>,
    /// Everybody whose due date lies in this month instead.
    #[arg(long, value_name = "YYYY-MM", conflicts_with_all = ["on", "list"])]
    month: Option<Month>,
    /// Which list; counts of all lists when absent.
    #[arg(long, value_enum)]
    list: Option<List>,
    /// Write CSV (UTF-8), all rows unless --limit is given.
    #[arg(long)]
    csv: bool,
    /// Rows at most.
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
}

/// Lists of a day.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum List {
    /// Due on that very day.
    DueOn,
    /// Notices are sent; the due date has not passed.
    Due,
    /// Overdue, in the grace.
    InGrace,
    /// Overdue, the grace has passed.
    PastGrace,
    /// All notices are out and nobody was reached: a person calls.
    ToCall,
}

impl From<List> for Lane {
    fn from(list: List) -> Self {
        match list {
            List::DueOn => Self::DueBetween,
            List::Due => Self::Due,
            List::InGrace => Self::InGrace,
            List::PastGrace => Self::PastGrace,
            List::ToCall => Self::ToCall,
        }
    }
}

/// Rows shown without --csv and --limit.
const SHOWN: u32 = 20;

/// Runs it. Whoever is not counted yet is counted first.
///
/// # Errors
/// When the database fails, or standard output is closed.
pub async fn run(options: Options, service: &Service) -> anyhow::Result<ExitCode> {
    let bar = ProgressBar::new_spinner();
    service
        .count_dates(&|counted| {
            bar.set_message(format!("{counted} due dates counted"));
            bar.tick();
        })
        .await?;
    bar.finish_and_clear();
    let on = options.on.unwrap_or_else(|| SystemClock::shared().today());
    let (lane, on, until) = match (options.month, options.list) {
        (Some(month), _) => (Lane::DueBetween, month.first_day(), month.last_day()),
        (None, Some(list)) => (list.into(), on, on),
        (None, None) if options.csv => bail!("--csv needs --list or --month"),
        (None, None) => return counts(service, on).await,
    };
    let ask = DueAsk { lane, on, until, after: None, limit: DUE_PAGE_MAX };
    let rows_max = match options.limit {
        Some(limit) => limit,
        None if options.csv => u32::MAX,
        None => SHOWN,
    };
    list(service, ask, options.csv, rows_max).await
}

async fn counts(service: &Service, on: NaiveDate) -> anyhow::Result<ExitCode> {
    let counts = service.due_counts(on).await?;
    println!("on {on}:");
    println!("{:>9}  due: notices are sent", counts.due);
    println!("{:>9}  overdue, in the grace", counts.in_grace);
    println!("{:>9}  overdue, the grace has passed", counts.past_grace);
    println!("{:>9}  to be called by a person", counts.to_call);
    println!("Show a list with --list, e.g. jianmian due --on {on} --list to-call");
    Ok(ExitCode::SUCCESS)
}

async fn list(
    service: &Service,
    mut ask: DueAsk,
    csv: bool,
    rows_max: u32,
) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if csv {
        out.write_all(CSV_HEAD.as_bytes())?;
    }
    let mut left = rows_max;
    let more = loop {
        ask.limit = DUE_PAGE_MAX.min(left.max(1));
        let page = service.due_list(ask).await?;
        if csv {
            out.write_all(csv_rows(&page.people)?.as_bytes())?;
        } else {
            for person in &page.people {
                let phone = person.phone.as_deref().unwrap_or("no telephone");
                writeln!(
                    out,
                    "{}  due {}  grace until {}  {}",
                    person.id, person.due_on, person.grace_until, phone
                )?;
            }
        }
        left -= u32::try_from(page.people.len()).unwrap_or(left).min(left);
        ask.after = page.next;
        if page.next.is_none() || left == 0 {
            break page.next.is_some();
        }
    };
    out.flush()?;
    match (rows_max - left, more) {
        (0, _) => eprintln!("nobody stands on this list"),
        (shown, true) => eprintln!("{shown} shown, there are more: --limit N, or --csv for all"),
        (shown, false) => eprintln!("{shown} people"),
    }
    Ok(ExitCode::SUCCESS)
}
