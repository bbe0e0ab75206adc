//! Reading the calibration of the pack in use: only with a signature that is trusted, and only for the very embedder it was made with.

use crate::{
    analysis::{Engine, Manifest},
    config::Settings,
    domain::{
        calibration::{Calibration, Lock},
        finding::PackStamp,
    },
    ledger::{VerifyingKey, sign_for, signing_key, verify_for, verifying_key},
};
use anyhow::{Context, bail, ensure};
use std::{
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// What is signed.
const PURPOSE: &str = "calibration 1";
/// Public keys whose calibrations count on every installation, one a line; compiled in, so that a changed folder adds none.
const RELEASE_KEYS: &str = include_str!("../../models/calibration-keys.txt");
/// Format that this version reads.
const FORMAT: u32 = 1;

/// The county's own calibration of a pack.
pub fn county_file(settings: &Settings, pack: &str) -> PathBuf {
    settings.server.data_dir.join("calibration").join(format!("{pack}.json"))
}

/// The key that signs the county's own calibrations.
pub fn county_key(settings: &Settings) -> PathBuf {
    settings.server.data_dir.join("calibration.key")
}

/// The calibration of a pack: the county's own, else the shipped one. `None` when there is none.
///
/// # Errors
/// When there is one that must not be believed: changed, signed by nobody trusted, or made with another model. Then none is used, not
/// even a weaker one.
pub fn load(settings: &Settings, pack: &PackStamp) -> anyhow::Result<Option<Calibration>> {
    let embedder = pack.models.iter().find(|m| m.role == "embedder");
    let Some(embedder) = embedder else { bail!("pack `{}` has no embedder", pack.name) };
    of_pack(settings, &pack.name, &embedder.sha256)
}

/// The same for a pack that is not loaded: its name and the SHA-256 of its embedder.
///
/// # Errors
/// As [`load`].
pub fn of_pack(
    settings: &Settings,
    pack: &str,
    embedder: &str,
) -> anyhow::Result<Option<Calibration>> {
    let own = county_file(settings, pack);
    if own.exists() {
        let key = county_key(settings);
        let secret = secret(&key).with_context(|| {
            format!("{} is there, but not the key that signed it", own.display())
        })?;
        let public = signing_key(&secret).verifying_key();
        return read(&own, &[public], embedder).map(Some);
    }
    let manifest = Manifest::read(&settings.models.dir)?;
    let entry = manifest.packs.iter().find(|p| p.name == pack);
    let Some(file) = entry.and_then(|p| p.calibration.as_ref()) else { return Ok(None) };
    read(&settings.models.dir.join(file), &release_keys()?, embedder).map(Some)
}

/// The engine with what is known about its scores. A calibration that must not be believed is told and not used: then automatic
/// confirmation stays locked.
pub fn calibrated(engine: Engine, settings: &Settings) -> Engine {
    match load(settings, engine.pack()) {
        Ok(Some(calibration)) => engine.calibrated(calibration),
        Ok(None) => engine,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the calibration is refused");
            engine
        }
    }
}

/// Why automatic confirmation is locked, for people; empty when it is not.
pub fn lock_words(locks: &[Lock]) -> Vec<String> {
    let one = |lock: &Lock| match lock {
        Lock::Uncalibrated => "there is no calibration for this pack".to_owned(),
        Lock::SampleTooSmall { impostors, counted } => format!(
            "the sample is too small: {impostors} comparisons of different people, which count for {counted} independent ones; 30,000 are needed"
        ),
        Lock::NotProven { group } => {
            format!("a false-match rate of at most 1 in 10,000 is not proven for: {group}")
        }
        Lock::GroupWorse { group } => {
            format!(
                "more than a quarter more false matches, in a sample too small to prove anything: {group}"
            )
        }
    };
    locks.iter().map(one).collect()
}

fn release_keys() -> anyhow::Result<Vec<VerifyingKey>> {
    let lines = RELEASE_KEYS.lines().map(|l| l.split('#').next().unwrap_or_default().trim());
    let keys = lines.filter(|l| !l.is_empty()).map(|l| verifying_key(l).map_err(Into::into));
    keys.collect()
}

fn read(file: &Path, trusted: &[VerifyingKey], embedder: &str) -> anyhow::Result<Calibration> {
    let name = file.display();
    let bytes = std::fs::read(file).with_context(|| format!("{name} cannot be read"))?;
    let signature = std::fs::read_to_string(signature_of(file))
        .with_context(|| format!("{} cannot be read", signature_of(file).display()))?;
    let good = trusted.iter().any(|key| verify_for(PURPOSE, &bytes, &signature, key).is_ok());
    ensure!(good, "{name} was changed, or is signed by nobody who is trusted here");
    let calibration: Calibration =
        serde_json::from_slice(&bytes).with_context(|| format!("{name} is not a calibration"))?;
    ensure!(
        calibration.format == FORMAT,
        "{name} has format {}, this version reads {FORMAT}",
        calibration.format
    );
    ensure!(
        calibration.embedder_sha256 == embedder,
        "{name} was made with another embedder ({}…) than that of the pack ({}…)",
        calibration.embedder_sha256.get(..8).unwrap_or_default(),
        embedder.get(..8).unwrap_or_default()
    );
    Ok(calibration)
}

fn signature_of(file: &Path) -> PathBuf {
    file.with_extension("json.sig")
}

/// Writes a calibration and its signature. The key is made when there is none; its public half is given back, hex.
///
/// # Errors
/// When a file cannot be written or the key is none.
pub fn write(file: &Path, calibration: &Calibration, key: &Path) -> anyhow::Result<String> {
    if !key.exists() {
        make_secret(key)?;
    }
    let key = signing_key(&secret(key)?);
    let mut text = serde_json::to_string_pretty(calibration)?;
    text.push('\n');
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let signature = sign_for(PURPOSE, text.as_bytes(), &key);
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    std::fs::write(signature_of(file), signature + "\n")
        .with_context(|| format!("{} cannot be written", signature_of(file).display()))?;
    Ok(hex::encode(key.verifying_key().to_bytes()))
}

fn secret(path: &Path) -> anyhow::Result<[u8; 32]> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let mut secret = [0; 32];
    hex::decode_to_slice(text.trim(), &mut secret)
        .with_context(|| format!("{} is not a key (64 hex digits)", path.display()))?;
    Ok(secret)
}

fn make_secret(path: &Path) -> anyhow::Result<()> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(|e| anyhow::anyhow!("no randomness: {e}"))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(hex::encode(secret).as_bytes()))
        .with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        finding::ModelStamp,
        fixtures::{calibration, evidence},
    };

    fn pack(sha256: &str) -> PackStamp {
        let embedder =
            ModelStamp { role: "embedder".into(), name: "e.onnx".into(), sha256: sha256.into() };
        PackStamp { models: vec![embedder], ..evidence().pack.unwrap() }
    }

    fn settings(folder: &Path) -> Settings {
        let mut settings = Settings::defaults();
        settings.server.data_dir = folder.to_owned();
        settings
    }

    #[test]
    fn a_calibration_is_believed_only_whole_signed_and_for_its_model() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path());
        let file = county_file(&settings, "strong");
        write(&file, &calibration(), &county_key(&settings)).unwrap();
        let right = pack(&"00".repeat(32));
        assert_eq!(load(&settings, &right).unwrap(), Some(calibration()));

        let fault = load(&settings, &pack(&"11".repeat(32))).unwrap_err().to_string();
        assert!(fault.contains("another embedder"), "{fault}");

        let whole = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, whole.replace("\"errors\": 0", "\"errors\": 1")).unwrap();
        let fault = load(&settings, &right).unwrap_err().to_string();
        assert!(fault.contains("was changed"), "{fault}");

        std::fs::write(&file, &whole).unwrap();
        std::fs::remove_file(signature_of(&file)).unwrap();
        assert!(load(&settings, &right).is_err(), "no signature, no calibration");
    }

    #[test]
    fn a_key_of_somebody_else_signs_nothing_here() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path());
        let file = county_file(&settings, "strong");
        write(&file, &calibration(), &folder.path().join("other.key")).unwrap();
        assert!(load(&settings, &pack(&"00".repeat(32))).is_err(), "there is no county key");
        make_secret(&county_key(&settings)).unwrap();
        assert!(load(&settings, &pack(&"00".repeat(32))).is_err(), "another key");
    }

    #[test]
    fn the_compiled_keys_are_keys() {
        assert!(!release_keys().unwrap().is_empty());
    }
}
