//! `jianmian models`: which packs there are, getting their files, checking them, and their cards.

use super::fetch::{FetchArgs, fetch};
use crate::{
    analysis::{Manifest, Pack, Pipeline, Place, folders, locate},
    app::calibration,
    config::{Models, Settings},
};
use anyhow::Context;
use std::{io::Write, path::PathBuf};

/// Model packs and their files.
#[derive(Clone, Debug, clap::Args)]
pub struct ModelsArgs {
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum ModelsCommand {
    /// Packs, strongest first, and what their files lack.
    List,
    /// Bring missing files: from a mirror folder, else from their makers; each is checked by its SHA-256.
    Fetch(FetchArgs),
    /// Check the hash of every file and test every complete pack against its golden numbers.
    Verify,
    /// What a pack is, where it comes from and what was measured with it.
    Card {
        /// Name of the pack.
        pack: String,
    },
}

/// Runs the subcommand.
///
/// # Errors
/// When the manifest cannot be read, a check fails, or no pack would work after fetching.
pub fn run(args: &ModelsArgs, settings: &Settings) -> anyhow::Result<()> {
    let out = &mut std::io::stdout().lock();
    let models = &settings.models;
    match &args.command {
        ModelsCommand::List => list(models, out),
        ModelsCommand::Fetch(args) => fetch(args, models, out),
        ModelsCommand::Verify => verify(models, out),
        ModelsCommand::Card { pack } => card(settings, pack, out),
    }
}

/// Packs, strongest first.
pub(super) fn by_rank(manifest: &Manifest) -> Vec<&Pack> {
    let mut packs: Vec<&Pack> = manifest.packs.iter().collect();
    packs.sort_by_key(|pack| std::cmp::Reverse(pack.rank));
    packs
}

/// What keeps a pack from working: one phrase for each file that is missing or refused.
pub(super) fn lacks(manifest: &Manifest, pack: &Pack, folders: &[PathBuf]) -> Vec<String> {
    let fault = |(_, file): (&str, &str)| match locate(manifest.model(file)?, folders) {
        Place::Found(_) => None,
        Place::Missing => Some(format!("{file} is missing")),
        Place::Refused { path, why } => Some(format!("{} is refused: {why}", path.display())),
    };
    pack.files().into_iter().filter_map(fault).collect()
}

fn list(models: &Models, out: &mut impl Write) -> anyhow::Result<()> {
    let manifest = Manifest::read(&models.dir)?;
    let folders = folders(models);
    let mut chosen = false;
    for pack in by_rank(&manifest) {
        let lacks = lacks(&manifest, pack, &folders);
        let wanted = models.pack == "auto" || models.pack == pack.name;
        let mark = if lacks.is_empty() && wanted && !chosen { "*" } else { " " };
        chosen |= mark == "*";
        let trial = if pack.trial { " (trial: never confirms automatically)" } else { "" };
        writeln!(out, "{mark} {}{trial}\n    {}", pack.name, pack.about)?;
        for lack in lacks {
            writeln!(out, "    {lack}")?;
        }
    }
    let last = if chosen { "* is in use." } else { "No pack is in use: calls end at an officer." };
    writeln!(out, "{last}")?;
    Ok(())
}

fn verify(models: &Models, out: &mut impl Write) -> anyhow::Result<()> {
    let manifest = Manifest::read(&models.dir)?;
    let folders = folders(models);
    let mut faults = 0;
    for model in &manifest.models {
        match locate(model, &folders) {
            Place::Found(path) => writeln!(out, "ok       {}", path.display())?,
            Place::Missing => writeln!(out, "missing  {}", model.file)?,
            Place::Refused { path, why } => {
                faults += 1;
                writeln!(out, "refused  {}: {why}", path.display())?;
            }
        }
    }
    for pack in by_rank(&manifest) {
        if !lacks(&manifest, pack, &folders).is_empty() {
            writeln!(out, "pack {}: incomplete, not tested", pack.name)?;
            continue;
        }
        match Pipeline::open(&Models { pack: pack.name.clone(), ..models.clone() }) {
            Ok(_) => writeln!(out, "pack {}: every model gives its golden numbers", pack.name)?,
            Err(e) => {
                faults += 1;
                writeln!(out, "pack {}: {e}", pack.name)?;
            }
        }
    }
    anyhow::ensure!(faults == 0, "{faults} faults");
    Ok(())
}

fn card(settings: &Settings, name: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let models = &settings.models;
    let manifest = Manifest::read(&models.dir)?;
    let names = || manifest.packs.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
    let pack = manifest
        .packs
        .iter()
        .find(|pack| pack.name == name)
        .with_context(|| format!("there is no pack `{name}`; there are {}", names()))?;
    writeln!(out, "{}: {}", pack.name, pack.about)?;
    writeln!(
        out,
        "trial {}; accepts from {}, far below {}, bona fide from {} (models/manifest.toml says what these rest on)",
        pack.trial, pack.accept_from, pack.far_below, pack.bona_fide_from
    )?;
    let embedder = manifest.model(&pack.embedder).map_or("", |m| m.sha256.as_str());
    match calibration::of_pack(settings, &pack.name, embedder) {
        Ok(Some(found)) => {
            for line in super::calibrate::told(&found) {
                writeln!(out, "{line}")?;
            }
        }
        Ok(None) => writeln!(out, "no calibration: automatic confirmation is locked")?,
        Err(error) => writeln!(out, "calibration REFUSED: {error:#}")?,
    }
    for (role, file) in pack.files() {
        let Some(model) = manifest.model(file) else { continue };
        writeln!(out, "\n{role}: {file}, {} bytes, {}", model.bytes, model.licence)?;
        writeln!(out, "  {}\n  sha256 {}", model.origin, model.sha256)?;
        for source in &model.sources {
            writeln!(out, "  {source}")?;
        }
        if !model.note.is_empty() {
            writeln!(out, "  {}", model.note)?;
        }
    }
    if let Some(card) = &pack.card {
        let path = models.dir.join(card);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        writeln!(out, "\n{text}")?;
    }
    Ok(())
}
