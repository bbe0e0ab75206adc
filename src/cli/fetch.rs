//! `jianmian models fetch`: files into `models/fetched`, each checked by its SHA-256 before it takes its name.

use super::models::{by_rank, lacks};
use crate::{
    analysis::{Manifest, Model, Place, check_hash, folders, locate},
    config::Models,
};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// A mirror that stands beside the checkout on development machines.
const MIRROR_BESIDE: &str = "../shared/models";
/// Longest wait for a name, a connection or the head of an answer.
const ANSWER_SECONDS_MAX: u64 = 15;
/// Longest download of one file; the largest is 5 MB.
const FILE_SECONDS_MAX: u64 = 300;

/// Where to get files from.
#[derive(Clone, Debug, clap::Args)]
pub struct FetchArgs {
    /// Folder that holds the files; they are found by name or by SHA-256. Without it, ../shared/models if it is there.
    #[arg(long, value_name = "FOLDER", env = "JIANMIAN_MODEL_MIRROR")]
    mirror: Option<PathBuf>,
    /// Exit with 1 when any file could not be had.
    #[arg(long)]
    strict: bool,
}

/// How a file came here.
enum Outcome {
    Here,
    Mirrored,
    Downloaded,
    NotHad(String),
}

/// Fetches what is missing and says which pack will be used.
pub(super) fn fetch(args: &FetchArgs, models: &Models, out: &mut impl Write) -> anyhow::Result<()> {
    let manifest = Manifest::read(&models.dir)?;
    let into = models.dir.join("fetched");
    std::fs::create_dir_all(&into)
        .with_context(|| format!("cannot make the folder {}", into.display()))?;
    let mirror = args
        .mirror
        .clone()
        .or_else(|| Some(PathBuf::from(MIRROR_BESIDE)).filter(|folder| folder.is_dir()));
    if let Some(folder) = mirror.as_ref().filter(|folder| !folder.is_dir()) {
        writeln!(out, "the mirror {} is not a folder; going on without it", folder.display())?;
    }
    let agent = agent();
    let mut not_had = 0;
    for model in &manifest.models {
        match obtain(model, models, mirror.as_deref(), &into, &agent) {
            Outcome::Here => writeln!(out, "here        {}", model.file)?,
            Outcome::Mirrored => writeln!(out, "mirrored    {}", model.file)?,
            Outcome::Downloaded => writeln!(out, "downloaded  {}", model.file)?,
            Outcome::NotHad(why) => {
                not_had += 1;
                writeln!(out, "NOT HAD     {}: {why}", model.file)?;
            }
        }
    }
    summary(&manifest, models, out)?;
    anyhow::ensure!(!args.strict || not_had == 0, "{not_had} files could not be had");
    Ok(())
}

fn summary(manifest: &Manifest, models: &Models, out: &mut impl Write) -> anyhow::Result<()> {
    let folders = folders(models);
    let works = by_rank(manifest)
        .into_iter()
        .find(|pack| lacks(manifest, pack, &folders).is_empty())
        .context("no pack is complete: calls will end at an officer")?;
    writeln!(out, "The strongest complete pack is `{}`: {}", works.name, works.about)?;
    if works.trial {
        writeln!(
            out,
            "It is a TRIAL pack: faces are found and compared, nothing is confirmed automatically. Put the files above \
             into a folder and name it with --mirror, or run this again with a connection."
        )?;
    }
    Ok(())
}

fn obtain(
    model: &Model,
    models: &Models,
    mirror: Option<&Path>,
    into: &Path,
    agent: &ureq::Agent,
) -> Outcome {
    let mut tried = Vec::new();
    match locate(model, &folders(models)) {
        Place::Found(_) => return Outcome::Here,
        Place::Refused { path, why } => {
            tried.push(format!("{} is not the file: {why}", path.display()));
        }
        Place::Missing => {}
    }
    if let Some(folder) = mirror {
        match from_mirror(model, folder, into) {
            Ok(true) => return Outcome::Mirrored,
            Ok(false) => tried.push(format!("not in {}", folder.display())),
            Err(e) => tried.push(format!("{e:#}")),
        }
    }
    for address in &model.sources {
        match download(agent, address, model).and_then(|bytes| keep(model, &bytes, into)) {
            Ok(()) => return Outcome::Downloaded,
            Err(e) => tried.push(format!("{address}: {e:#}")),
        }
    }
    tried.extend(Some(model.note.clone()).filter(|note| !note.is_empty()));
    Outcome::NotHad(tried.join("; "))
}

fn from_mirror(model: &Model, folder: &Path, into: &Path) -> anyhow::Result<bool> {
    match locate(model, &[folder.to_owned()]) {
        Place::Found(path) => {
            let bytes = std::fs::read(&path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            keep(model, &bytes, into)?;
            Ok(true)
        }
        Place::Missing => Ok(false),
        Place::Refused { path, why } => anyhow::bail!("{} is not the file: {why}", path.display()),
    }
}

/// Writes beside the place and renames, so that nothing half done ever has the file's name.
fn keep(model: &Model, bytes: &[u8], into: &Path) -> anyhow::Result<()> {
    check_hash(model, bytes).map_err(anyhow::Error::msg)?;
    let part = into.join(format!(".{}.{}.part", model.file, std::process::id()));
    let written = std::fs::write(&part, bytes)
        .and_then(|()| std::fs::rename(&part, into.join(&model.file)))
        .with_context(|| format!("{} cannot be written", into.join(&model.file).display()));
    if written.is_err() {
        let _ = std::fs::remove_file(&part); // the first error counts
    }
    written
}

fn agent() -> ureq::Agent {
    // another part of the program may have chosen the provider before; either is ring
    let _ = rustls::crypto::ring::default_provider().install_default();
    let answer = Some(Duration::from_secs(ANSWER_SECONDS_MAX));
    ureq::Agent::config_builder()
        .https_only(true)
        .timeout_resolve(answer)
        .timeout_connect(answer)
        .timeout_recv_response(answer)
        .timeout_global(Some(Duration::from_secs(FILE_SECONDS_MAX)))
        .build()
        .into()
}

fn download(agent: &ureq::Agent, address: &str, model: &Model) -> anyhow::Result<Vec<u8>> {
    let bar = ProgressBar::new(model.bytes).with_message(model.file.clone());
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}") {
        bar.set_style(style);
    }
    let mut response = agent.get(address).call()?;
    let mut bytes = Vec::new();
    // one byte more than there should be, to notice a file that is too long
    let body = response.body_mut().as_reader().take(model.bytes + 1);
    bar.wrap_read(body).read_to_end(&mut bytes)?;
    bar.finish_and_clear();
    let length = bytes.len() as u64;
    anyhow::ensure!(
        length == model.bytes,
        "it has {length} bytes or more instead of {}",
        model.bytes
    );
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    /// A model folder whose manifest names one file `net.onnx` that holds "hello".
    fn folder(source: &str) -> (tempfile::TempDir, Models) {
        let folder = tempfile::tempdir().unwrap();
        let manifest = format!(
            r#"
            [[pack]]
            name = "small"
            about = "For this test."
            rank = 1
            trial = true
            accept_from = 0.5
            far_below = 0.3
            bona_fide_from = 0.5
            detector = "net.onnx"
            embedder = "face.onnx"
            [[model]]
            file = "net.onnx"
            sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
            bytes = 5
            licence = "MIT"
            origin = "test"
            sources = [{source}]
            preparation = {{ kind = "yunet" }}
            input = [1, 3, 32, 32]
            golden = [{{ output = "o", rms = 1.0, at = [1, 1, 1, 1] }}]
            [[model]]
            file = "face.onnx"
            sha256 = "486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7"
            bytes = 5
            licence = "MIT"
            origin = "test"
            preparation = {{ kind = "mobilefacenet" }}
            input = [1, 3, 112, 112]
            golden = [{{ output = "o", rms = 1.0, at = [1, 1, 1, 1] }}]
            "#
        );
        std::fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
        let models = Models {
            dir: folder.path().to_owned(),
            search: Vec::new(),
            ..Settings::defaults().models
        };
        (folder, models)
    }

    fn fetched(mirror: &Path, models: &Models, strict: bool) -> (String, anyhow::Result<()>) {
        let args = FetchArgs { mirror: Some(mirror.to_owned()), strict };
        let mut out = Vec::new();
        let result = fetch(&args, models, &mut out);
        (String::from_utf8(out).unwrap(), result)
    }

    #[test]
    fn files_come_from_the_mirror_once_and_under_any_name() {
        let (folder, models) = folder("");
        let mirror = tempfile::tempdir().unwrap();
        std::fs::write(mirror.path().join("another-name"), "hello").unwrap();
        std::fs::write(mirror.path().join("face.onnx"), "world").unwrap();
        let (said, result) = fetched(mirror.path(), &models, true);
        assert!(said.contains("mirrored    net.onnx") && said.contains("TRIAL"), "{said}");
        result.unwrap();
        assert_eq!(std::fs::read(folder.path().join("fetched/net.onnx")).unwrap(), b"hello");
        assert_eq!(std::fs::read_dir(folder.path().join("fetched")).unwrap().count(), 2);
        let (said, _) = fetched(mirror.path(), &models, true);
        assert!(said.contains("here        net.onnx"), "{said}");
    }

    #[test]
    fn a_file_with_the_wrong_hash_never_gets_the_name() {
        let (folder, models) = folder("");
        let mirror = tempfile::tempdir().unwrap();
        std::fs::write(mirror.path().join("net.onnx"), "hullo").unwrap();
        let (said, result) = fetched(mirror.path(), &models, false);
        assert!(said.contains("NOT HAD     net.onnx") && said.contains("SHA-256"), "{said}");
        assert!(result.unwrap_err().to_string().contains("no pack is complete"));
        assert_eq!(std::fs::read_dir(folder.path().join("fetched")).unwrap().count(), 0);
    }

    #[test]
    fn addresses_that_cannot_be_reached_are_named_and_plain_http_is_refused() {
        // port 9 of the loopback: nothing listens there
        let (_folder, models) =
            folder(r#""https://127.0.0.1:9/net.onnx", "http://127.0.0.1:9/net.onnx""#);
        let (said, result) = fetched(Path::new("no/such/mirror"), &models, true);
        assert!(said.contains("https://127.0.0.1:9/net.onnx: "), "{said}");
        assert!(said.contains("http://127.0.0.1:9/net.onnx: "), "{said}");
        assert!(said.contains("no/such/mirror is not a folder"), "{said}");
        assert!(result.is_err());
    }
}
