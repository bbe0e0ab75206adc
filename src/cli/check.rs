//! `jianmian check`: is this installation ready? All faults at once, none hidden behind another.

use crate::{
    analysis::{AnalysisError, Engine},
    app,
    call::Examination,
    clock::SystemClock,
    config::{Fault, Settings},
    decision,
    domain::{calibration::Calibration, finding::PackStamp},
    http::{Assets, addresses, tls},
};
use std::{
    io,
    net::{TcpListener, UdpSocket},
    path::Path,
    process::ExitCode,
};

/// Pages without which the service is of no use.
const PAGES: [&str; 3] = ["phone/index.html", "phone/form.html", "console/index.html"];

/// What was found.
#[derive(Debug, Default)]
struct Report {
    good: Vec<String>,
    faults: Vec<Fault>,
}

impl Report {
    fn note<T, E: std::fmt::Display>(
        &mut self,
        key: &str,
        found: Result<T, E>,
        good: impl FnOnce(T) -> String,
    ) {
        match found {
            Ok(value) => self.good.push(good(value)),
            Err(error) => {
                self.faults.push(Fault { key: key.into(), message: error.to_string() });
            }
        }
    }
}

/// Prints what was found.
pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let report = report(&settings).await;
    for line in &report.good {
        println!("  ok     {line}");
    }
    for fault in &report.faults {
        println!("  FAULT  {fault}");
    }
    Ok(if report.faults.is_empty() {
        println!("all good");
        ExitCode::SUCCESS
    } else {
        println!("{} fault(s)", report.faults.len());
        ExitCode::FAILURE
    })
}

async fn report(settings: &Settings) -> Report {
    let mut report = Report { faults: settings.faults(), ..Report::default() };
    if report.faults.is_empty() {
        report.good.push("settings".into());
    }
    let data_dir = &settings.server.data_dir;
    report.note("server.data_dir", writable(data_dir), |()| {
        format!("data folder {} can be written", data_dir.display())
    });
    ports(settings, &mut report);
    if !settings.server.tls_listen.is_empty() {
        let config = tls::config(settings, &addresses::of_this_machine()).await;
        report.note("server.tls_certificate", config, |_| "certificate and key".into());
    }
    models(settings, &mut report);
    records(settings, &mut report).await;
    pages(&Assets::new(std::env::var_os(app::WEB_DIR).map(Into::into)), &mut report);
    report
}

fn writable(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let probe = folder.join(".jianmian-check");
    std::fs::write(&probe, b"probe")?;
    std::fs::remove_file(&probe)
}

fn ports(settings: &Settings, report: &mut Report) {
    let told = |error: io::Error, address: &str| match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{address} is in use (is the service running already?)")
        }
        _ => format!("cannot listen on {address}: {error}"),
    };
    let tcp = [
        ("server.listen", settings.server.listen.to_string()),
        ("server.tls_listen", settings.server.tls_listen.clone()),
        ("media.tcp_listen", settings.media.tcp_listen.clone()),
    ];
    for (key, address) in tcp.into_iter().filter(|(_, address)| !address.is_empty()) {
        let bound = TcpListener::bind(&address).map_err(|e| told(e, &address));
        report.note(key, bound, |_| format!("{key}: TCP {address} is free"));
    }
    let address = settings.media.udp_listen;
    let bound = UdpSocket::bind(address).map_err(|e| told(e, &address.to_string()));
    report.note("media.udp_listen", bound, |_| format!("media.udp_listen: UDP {address} is free"));
}

fn models(settings: &Settings, report: &mut Report) {
    let found = match Engine::start(&settings.models) {
        Err(AnalysisError::SwitchedOff) => {
            Ok("models: switched off, every call ends at an officer".to_owned())
        }
        Err(error) => Err(error),
        Ok(engine) => {
            let pack = engine.pack();
            let trial =
                if pack.trial { ", for trial: nothing is confirmed automatically" } else { "" };
            let remarks = engine.remarks().join("; ");
            let remarks = if remarks.is_empty() { remarks } else { format!(" ({remarks})") };
            let known = app::calibration::load(settings, pack).map_err(|e| format!("{e:#}"));
            report.note("models.calibration", known, |known| calibration(known, pack, settings));
            Ok(format!("models: pack `{}`{trial}{remarks}", pack.name))
        }
    };
    report.note("models", found, |line| line);
}

fn calibration(known: Option<Calibration>, pack: &PackStamp, settings: &Settings) -> String {
    let version = known.as_ref().map_or("none".to_owned(), |c| c.version.clone());
    let pack = PackStamp { calibration: known, ..pack.clone() };
    let why = app::calibration::lock_words(&decision::locks(Some(&pack))).join("; ");
    let lock = match (why.is_empty(), decision::locked(Some(&pack), &settings.policy)) {
        (true, _) => "automatic confirmation is open".to_owned(),
        (false, true) => format!("automatic confirmation is locked ({why})"),
        (false, false) => format!("DANGER: automatic confirmation without proof ({why})"),
    };
    format!("calibration: {version}; {lock}")
}

async fn records(settings: &Settings, report: &mut Report) {
    if report.faults.iter().any(|f| f.key.starts_with("database.")) {
        return; // nothing to open
    }
    let examination = Examination::new(None);
    match app::open_service(settings.clone(), SystemClock::shared(), examination).await {
        Ok(service) => {
            report.good.push("database and key file".into());
            service.close().await;
        }
        Err(error) => {
            report.faults.push(Fault { key: "database.url".into(), message: format!("{error:#}") });
        }
    }
}

fn pages(assets: &Assets, report: &mut Report) {
    for page in PAGES {
        let found = assets.get(page).ok_or("is missing from this build");
        report.note(&format!("web/{page}"), found, |_| format!("page web/{page}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_fault_is_told_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a-file");
        std::fs::write(&file, "x").unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut settings = Settings::defaults();
        settings.server.data_dir = file.join("below-a-file");
        settings.server.listen = taken.local_addr().unwrap();
        settings.media.udp_listen = "127.0.0.1:0".parse().unwrap();
        settings.media.tcp_listen = String::new();
        settings.models.pack = "none".into();
        settings.links.days = 0;
        let report = report(&settings).await;
        let keys: Vec<&str> = report.faults.iter().map(|f| f.key.as_str()).collect();
        for key in ["links.days", "server.data_dir", "server.listen", "database.url"] {
            assert!(keys.contains(&key), "{key}: {keys:?}");
        }
        assert!(!keys.contains(&"media.udp_listen"), "{keys:?}");
    }
}
