//! `jianmian serve`.

use crate::{app::App, clock::SystemClock, config::Settings};
use std::process::ExitCode;

/// Serves until told to stop.
pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let stop = crate::app::stop_signal()?;
    let app = App::build(settings, SystemClock::shared(), None).await?;
    println!("jianmian serves http://{}", app.http_address()?);
    for base in app.phone_bases() {
        println!("           and {base}");
    }
    app.run(stop).await?;
    Ok(ExitCode::SUCCESS)
}
