//! `jianmian replay`: recomputes a stored verdict from its record.

use crate::{
    domain::{
        call::CallRecord,
        ids::CallId,
        verdict::{Decision, Verdict},
    },
    service::Service,
};
use anyhow::{Context, anyhow};
use clap::Args;
use std::process::ExitCode;

/// Which call.
#[derive(Debug, Args)]
pub struct Options {
    /// Id of the call.
    call_id: CallId,
}

/// Recomputes with `replay` and says whether the verdict is the same; exit code 1 when it is not.
///
/// # Errors
/// When there is no such call, it left no record, or the record cannot be replayed.
pub async fn run(
    options: Options,
    service: &Service,
    replay: impl FnOnce(&CallRecord) -> Result<Decision, String>,
) -> anyhow::Result<ExitCode> {
    let record = service.call_record(options.call_id).await?;
    let again = replay(&record).map_err(|e| anyhow!(e)).context("the record cannot be replayed")?;
    println!("stored      {}", told(&record.decision));
    println!("recomputed  {}", told(&again));
    if again == record.decision {
        println!("the same");
        return Ok(ExitCode::SUCCESS);
    }
    println!("NOT the same: the program or its policy decides otherwise than it did then");
    Ok(ExitCode::FAILURE)
}

fn told(decision: &Decision) -> String {
    let verdict = match &decision.verdict {
        Verdict::Confirmed => "confirmed".to_owned(),
        Verdict::Flagged { reasons } => {
            let names: Vec<String> = reasons.iter().map(|r| r.name()).collect();
            format!("flagged ({})", names.join(", "))
        }
        Verdict::Retry { advice } => {
            let names: Vec<String> = advice
                .iter()
                .map(|hint| crate::domain::name::name_of(hint).unwrap_or_default())
                .collect();
            format!("retry ({})", names.join(", "))
        }
    };
    let score = match decision.comparison {
        Some(score) => format!("{:.4}", score.0),
        None => "none".to_owned(),
    };
    format!("{verdict}, comparison score {score}, policy {}", decision.policy_version)
}
