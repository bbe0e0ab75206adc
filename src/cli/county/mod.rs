//! The synthetic county of the demonstration: people who do not exist, and the year that they have lived when it begins.

mod roster;
mod year;

use super::demo::ensure_officers;
use crate::{
    clock::{ManualClock, china_date},
    config::Settings,
    domain::audit::Actor,
    http::DemoDesk,
    service::{NoExaminer, Parts, Progress, RosterFile, RosterOptions, Service},
};
use anyhow::Context;
use chrono::{DateTime, Utc};
use std::{path::Path, sync::Arc};

/// Makes the county on the first start. The imported file is kept: it shows what a roster looks like, and that the records beside it
/// are the demonstration's own.
///
/// # Errors
/// When the records hold people whom the demonstration did not make: it must not mix with a real county.
pub async fn make(settings: &Settings, desk: &DemoDesk, now: DateTime<Utc>) -> anyhow::Result<()> {
    let clock = ManualClock::at(now - year::LENGTH);
    let parts =
        Parts { settings: settings.clone(), clock: clock.clone(), examiner: Arc::new(NoExaminer) };
    let service = Service::open(parts).await?;
    let data_dir = &settings.server.data_dir;
    let file = data_dir.join("county.csv");
    match (file.exists(), service.has_people().await?) {
        (true, true) => {}
        (false, true) => anyhow::bail!(
            "the records in {} hold people whom the demonstration did not make; give it a folder and a database of its own \
             (server.data_dir, database.url)",
            data_dir.display()
        ),
        (_, false) => {
            println!("making a synthetic county, and the year that it has lived");
            ensure_officers(&service, desk).await?;
            // First the file: a start that is cut off before the import is whole imports again.
            import(&service, &file, now - year::LENGTH).await?;
            year::live(&service, &clock, &desk.officers[0].name).await?;
        }
    }
    service.close().await;
    Ok(())
}

async fn import(service: &Service, path: &Path, at: DateTime<Utc>) -> anyhow::Result<()> {
    let file = roster::roster(china_date(at));
    std::fs::write(path, &file).with_context(|| format!("cannot write {}", path.display()))?;
    let no_photos = |_: &str| Err("the county has no photographs".to_owned());
    let report = service
        .roster_import(
            RosterFile::from_bytes(file.as_bytes()),
            &no_photos,
            &RosterOptions::by(Actor::Operator),
            &(Arc::new(|_, _, _| ()) as Progress),
        )
        .await
        .context("the synthetic county was not imported")?;
    match report.faults.first() {
        Some(fault) => anyhow::bail!("the synthetic county was not imported: {fault}"),
        None => Ok(()),
    }
}
