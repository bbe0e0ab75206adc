//! `jianmian demo`: a synthetic county on this machine.

use super::county;
use crate::{
    app::App,
    clock::SystemClock,
    config::Settings,
    domain::role::Role,
    http::{DemoDesk, DemoOfficer, addresses},
    service::Service,
};
use anyhow::Context;
use clap::Args;
use qrcode::{QrCode, render::unicode::Dense1x2};
use std::{io::Write, net::IpAddr, os::unix::fs::OpenOptionsExt, path::Path, process::ExitCode};

/// Options of the demonstration.
#[derive(Debug, Args)]
#[command(after_help = "The demonstration lets anybody enrol a face: never run it in production.")]
pub struct Options {
    /// Listen on this machine only: no HTTPS and no QR code for phones in the same network.
    #[arg(long)]
    local_only: bool,
    /// Port of HTTPS for phones.
    #[arg(long, value_name = "PORT", default_value_t = 8743)]
    tls_port: u16,
}

/// Sign-in names of the made-up officers, with their roles: the one who decides a case, the one who approves where two are needed, and
/// whoever looks after the house: figures, quality, officers, batches, the audit.
const OFFICERS: [(&str, &[Role]); 3] = [
    ("reviewer", &[Role::Officer, Role::Approver]),
    ("approver", &[Role::Officer, Role::Approver]),
    ("supervisor", &[Role::Supervisor, Role::PaymentClerk, Role::Auditor]),
];
/// Characters of a generated password: none that look alike.
const PASSWORD_CHARS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl Options {
    /// Settings of the demonstration; the settings file and the environment win over them.
    pub fn preset(&self) -> Vec<(String, String)> {
        let mut preset = vec![
            ("SERVER__DATA_DIR", "var/demo".to_owned()),
            ("DEMO__DANGER_ENABLED", "true".to_owned()),
            ("CONSOLE__DANGER_PASSWORD_ONLY", "true".to_owned()),
            // So that the whole way can be seen; the screens say what it means.
            ("POLICY__DANGER_AUTOMATIC_WITHOUT_PROOF", "true".to_owned()),
        ];
        if !self.local_only {
            let hosts: Vec<String> = addresses::of_this_machine()
                .into_iter()
                .chain([IpAddr::from([127, 0, 0, 1])])
                .map(|host| format!("\"{host}\""))
                .collect();
            preset.push(("SERVER__TLS_LISTEN", format!("0.0.0.0:{}", self.tls_port)));
            preset.push(("MEDIA__UDP_LISTEN", "0.0.0.0:8790".to_owned()));
            preset.push(("MEDIA__TCP_LISTEN", "0.0.0.0:8790".to_owned()));
            preset.push(("MEDIA__ADVERTISED_ADDRESSES", format!("[{}]", hosts.join(","))));
        }
        preset.into_iter().map(|(key, value)| (format!("JIANMIAN__{key}"), value)).collect()
    }
}

/// Seeds the county, prints what to open, serves.
pub async fn run(settings: Settings, options: Options) -> anyhow::Result<ExitCode> {
    if !settings.demo.danger_enabled {
        anyhow::bail!("the settings switch the demonstration off (demo.danger_enabled = false)");
    }
    let stop = crate::app::stop_signal()?;
    let desk = desk(&settings.server.data_dir)?;
    let clock = SystemClock::shared();
    county::make(&settings, &desk, clock.now()).await?;
    let app = App::build(settings, clock, Some(desk.clone())).await?;
    ensure_officers(app.service(), &desk).await?;
    println!("{}", welcome(&app, &desk, options.local_only).await?);
    app.run(stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// Makes those of the officers who are not there yet.
pub(super) async fn ensure_officers(service: &Service, desk: &DemoDesk) -> anyhow::Result<()> {
    for (officer, (_, roles)) in desk.officers.iter().zip(OFFICERS) {
        service.ensure_officer(&officer.name, roles, &officer.password).await?;
    }
    Ok(())
}

/// The made-up officers; passwords are drawn once and kept beside the other made-up data.
pub(super) fn desk(data_dir: &Path) -> anyhow::Result<DemoDesk> {
    std::fs::create_dir_all(data_dir)
        .with_context(|| format!("cannot make the data folder {}", data_dir.display()))?;
    let officer = |name: &str| {
        let path = data_dir.join(format!("demo-{name}.txt"));
        let kept = kept_password(&path)
            .with_context(|| format!("cannot keep a password in {}", path.display()))?;
        Ok(DemoOfficer { name: name.to_owned(), password: kept })
    };
    let officers =
        OFFICERS.into_iter().map(|(name, _)| officer(name)).collect::<anyhow::Result<_>>()?;
    Ok(DemoDesk { officers })
}

/// The password in the file; drawn and written, for its owner alone to read, when there is none yet.
fn kept_password(path: &Path) -> anyhow::Result<String> {
    if !path.exists() {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(password()?.as_bytes())?;
    }
    Ok(std::fs::read_to_string(path)?.trim().to_owned())
}

/// Sixteen characters of five random bits each.
fn password() -> anyhow::Result<String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|e| anyhow::anyhow!("no randomness: {e}"))?;
    Ok(random.iter().map(|b| char::from(PASSWORD_CHARS[usize::from(b % 32)])).collect())
}

async fn welcome(app: &App, desk: &DemoDesk, local_only: bool) -> anyhow::Result<String> {
    let here = app.http_address()?;
    let mut lines = vec![
        "Jianmian demonstration: a synthetic county, a real call".to_owned(),
        String::new(),
        format!("1. Open          http://{here}/demo"),
        "   enrol your face, then make the call".to_owned(),
        String::new(),
        format!("2. The officers  http://{here}/console"),
    ];
    lines.extend(
        desk.officers.iter().map(|o| format!("   name {:<10} password {}", o.name, o.password)),
    );
    lines.push("   one decides; where doubts remain, the other approves;".to_owned());
    lines.push("   the supervisor looks after the house".to_owned());
    let phone = app.phone_bases().first().map(|base| format!("{base}/demo"));
    if let Some(phone) = &phone {
        lines.push(String::new());
        lines.push(format!("3. A phone here  {phone}"));
        lines.push("   same network; accept the self-signed certificate".to_owned());
    }
    lines.push(String::new());
    let vitals = app.service().vitals().await;
    if let Some(words) = plainly(vitals.pack.as_deref(), vitals.trial) {
        lines.push(words);
    }
    lines.push("Stop with Ctrl-C. Anybody can enrol a face: never in production.".to_owned());
    let mut text = framed(&lines);
    match phone {
        Some(phone) => text.push_str(&qr(&phone)?),
        None if local_only => (),
        None => text.push_str("No network address was found, so there is no QR code for phones.\n"),
    }
    Ok(text)
}

/// What weaker or missing models mean for the newcomer; nothing when there is nothing to say.
fn plainly(pack: Option<&str>, trial: bool) -> Option<String> {
    match (pack, trial) {
        (None, _) => Some("No usable models: every call ends at the officer.".into()),
        (Some(pack), true) => {
            Some(format!("Trial models ({pack}): faces are compared, the officer confirms."))
        }
        (Some(_), false) => None,
    }
}

/// Lines in a box.
fn framed(lines: &[String]) -> String {
    let width = lines.iter().map(|l| l.chars().count()).max().unwrap_or(0);
    let edge = "─".repeat(width + 2);
    let body: Vec<String> = lines.iter().map(|line| format!("│ {line:<width$} │")).collect();
    format!("╭{edge}╮\n{}\n╰{edge}╯\n", body.join("\n"))
}

/// Dark on light also in a dark terminal, so that any camera reads it.
fn qr(url: &str) -> anyhow::Result<String> {
    let code = QrCode::new(url).context("the address does not fit a QR code")?;
    let picture =
        code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    Ok(format!("  {}\n", picture.replace('\n', "\n  ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preset_makes_valid_settings() {
        for local_only in [true, false] {
            let options = Options { local_only, tls_port: 8743 };
            let settings = Settings::load(options.preset(), None, []).unwrap();
            assert_eq!(settings.faults(), []);
            assert!(settings.demo.danger_enabled);
            assert_eq!(settings.server.tls_listen.is_empty(), local_only);
            assert_eq!(settings.media.udp_listen.ip().is_loopback(), local_only);
        }
    }

    #[test]
    fn a_settings_file_wins_over_the_preset() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("county.toml");
        std::fs::write(&file, "[server]\ndata_dir = \"elsewhere\"\n").unwrap();
        let options = Options { local_only: true, tls_port: 8743 };
        let settings = Settings::load(options.preset(), Some(&file), []).unwrap();
        assert_eq!(settings.server.data_dir, Path::new("elsewhere"));
        assert!(settings.demo.danger_enabled, "what the file does not say stays");
    }

    #[test]
    fn there_are_officers_whose_passwords_are_kept_private_and_the_same() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let first = desk(dir.path()).unwrap().officers;
        let again = desk(dir.path()).unwrap().officers;
        assert_ne!((&first[0].name, &first[0].password), (&first[1].name, &first[1].password));
        for (officer, same) in first.iter().zip(&again) {
            assert_eq!(officer.password.len(), 16);
            assert_eq!(officer.password, same.password);
            let path = dir.path().join(format!("demo-{}.txt", officer.name));
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn the_code_in_the_terminal_is_the_code() {
        let url = "https://192.0.2.7:8743/demo";
        let code = QrCode::new(url).unwrap();
        let text = qr(url).unwrap();
        let rows: Vec<Vec<char>> = text.lines().map(|l| l.chars().skip(2).collect()).collect();
        let quiet = (rows[0].len() - code.width()) / 2;
        assert_eq!(quiet, 4, "the quiet zone of ISO/IEC 18004");
        for y in 0..code.width() {
            for x in 0..code.width() {
                let row = y + quiet;
                let cell = rows[row / 2][x + quiet];
                let half = if row.is_multiple_of(2) { '▀' } else { '▄' };
                let lit = cell == '█' || cell == half;
                assert_eq!(lit, code[(x, y)] == qrcode::Color::Light, "{x} {y}");
            }
        }
    }

    #[test]
    fn the_box_is_straight() {
        let text = framed(&["a".into(), "longer".into()]);
        let widths: Vec<usize> = text.lines().map(|l| l.chars().count()).collect();
        assert!(widths.iter().all(|w| *w == widths[0]), "{text}");
    }
}
