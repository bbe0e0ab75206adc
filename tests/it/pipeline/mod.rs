//! Analysis against the world: packs found, refused and tested; numbers held to an independent oracle.

mod covered;
mod packs;
mod parity;

use jianmian::{
    analysis::{AnalysisError, Engine, Manifest},
    config::{Models, Settings},
    domain::finding::Want,
    frame::{Frame, Picture},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The crate.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Development faces, where they stand beside the checkout.
pub fn faces() -> Option<PathBuf> {
    let folder = root().join("../shared/faces");
    folder.is_dir().then_some(folder)
}

/// Settings that look for files only where the clone and its set-up have them (and beside it, in development).
pub fn settings(pack: &str) -> Models {
    Models {
        dir: root().join("models"),
        search: vec![root().join("models/fetched"), root().join("../shared/models")],
        pack: pack.to_owned(),
        threads: 1,
        ..Settings::defaults().models
    }
}

/// An engine, or `None` with a line that names the test when this machine lacks ONNX Runtime or the pack's files.
pub fn engine(test: &str, models: &Models) -> Option<Engine> {
    match Engine::start(models) {
        Ok(engine) => Some(engine),
        Err(e @ (AnalysisError::Runtime { .. } | AnalysisError::NoPack { .. })) => {
            println!("SKIPPED {test}: {e}");
            None
        }
        Err(e) => panic!("{test}: {e}"),
    }
}

fn frame(seed: u32) -> Frame {
    let rgb = (0..320u32 * 240 * 3).map(|i| i.wrapping_mul(seed).to_le_bytes()[1]).collect();
    let picture = Arc::new(Picture::from_rgb(320, 240, rgb).unwrap());
    Frame { seq: u64::from(seed), at_ms: 40, picture }
}

/// A model folder with the compact pack only, and ONNX Runtime from where it is.
fn clone_without_other_files(folder: &Path) -> Models {
    let compact = folder.join("compact");
    std::fs::create_dir(&compact).unwrap();
    std::fs::copy(root().join("models/manifest.toml"), folder.join("manifest.toml")).unwrap();
    for file in ["compact_detector.onnx", "compact_embedder.onnx"] {
        std::fs::copy(root().join("models/compact").join(file), compact.join(file)).unwrap();
    }
    let library = std::fs::read_dir(root().join("models/fetched"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.to_string_lossy().contains("libonnxruntime.so"));
    Models {
        dir: folder.to_owned(),
        search: Vec::new(),
        onnxruntime: library.map(|p| p.display().to_string()).unwrap_or_default(),
        ..settings("auto")
    }
}

#[test]
fn a_clone_with_no_other_file_uses_the_trial_pack_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let models = clone_without_other_files(folder.path());
    let Some(engine) = engine("a_clone_with_no_other_file_uses_the_trial_pack", &models) else {
        return;
    };
    let pack = engine.pack();
    assert_eq!((pack.name.as_str(), pack.trial, pack.has_pad), ("compact", true, false));
    assert_eq!(pack.models.len(), 2);
    let remarks = engine.remarks().join("\n");
    assert!(remarks.contains("`standard`: missing face_detection_yunet_2026may.onnx"), "{remarks}");
    let findings = engine.analyse_blocking(&frame(2_654_435_761), Want::everything()).unwrap();
    assert_eq!((findings.width_px, findings.height_px, findings.at_ms), (320, 240, 40));
    assert_eq!((findings.faces, findings.face.is_none()), (0, true), "noise is not a face");
    assert_eq!(findings.thumbnail.0.len(), 256);
}

#[test]
fn a_changed_model_is_refused_by_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    let models = clone_without_other_files(folder.path());
    let path = folder.path().join("compact/compact_detector.onnx");
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let said = Engine::start(&models).unwrap_err().to_string();
    assert!(said.contains("compact_detector.onnx is refused: its SHA-256 is"), "{said}");
    assert!(said.contains(&folder.path().display().to_string()), "{said}");
}

#[test]
fn a_model_under_another_name_is_found_by_its_hash() {
    let folder = tempfile::tempdir().unwrap();
    let models = clone_without_other_files(folder.path());
    let compact = folder.path().join("compact");
    std::fs::rename(compact.join("compact_detector.onnx"), compact.join("net.bin")).unwrap();
    let manifest = Manifest::read(&models.dir).unwrap();
    let model = manifest.model("compact_detector.onnx").unwrap();
    let place = jianmian::analysis::locate(model, &jianmian::analysis::folders(&models));
    assert_eq!(place, jianmian::analysis::Place::Found(compact.join("net.bin")));
}

#[test]
fn a_model_that_fails_its_self_test_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let models = clone_without_other_files(folder.path());
    if engine("a_model_that_fails_its_self_test_is_refused", &models).is_none() {
        return;
    }
    let path = folder.path().join("manifest.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|l| l.contains("output = \"embedding\"")).unwrap();
    let wrong = line.replace("rms = 1.", "rms = 2.");
    assert_ne!(line, wrong);
    std::fs::write(&path, text.replace(line, &wrong)).unwrap();
    let said = Engine::start(&models).unwrap_err().to_string();
    assert!(said.contains("compact_embedder.onnx: self-test failed"), "{said}");
}

#[test]
fn settings_that_name_no_pack_are_answered_plainly() {
    let none = Engine::start(&settings("none")).unwrap_err();
    assert!(matches!(none, AnalysisError::SwitchedOff));
    let unknown = Engine::start(&settings("stronger")).unwrap_err().to_string();
    assert!(unknown.contains("`stronger`") && unknown.contains("standard"), "{unknown}");
    let nowhere = Models { dir: "no/such/folder".into(), ..settings("auto") };
    let said = Engine::start(&nowhere).unwrap_err().to_string();
    assert!(said.contains("no/such/folder/manifest.toml"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_and_the_departed_are_skipped() {
    let Some(engine) =
        engine("a_full_queue_refuses_and_the_departed_are_skipped", &settings("compact"))
    else {
        return;
    };
    let frames: Vec<Frame> = (1..200).map(frame).collect();
    let asked = frames.iter().map(|f| engine.analyse(f, Want::LEAST));
    let answers = futures_util::future::join_all(asked).await;
    let busy = answers.iter().filter(|a| matches!(a, Err(AnalysisError::Busy))).count();
    let done = answers.iter().filter(|a| a.is_ok()).count();
    assert!(busy > 0 && done >= 64, "{busy} busy, {done} done");
    assert_eq!(busy + done, frames.len(), "nothing else may happen");
    for (frame, answer) in frames.iter().zip(&answers) {
        if let Ok(findings) = answer {
            assert_eq!(findings.seq, frame.seq, "an answer belongs to its frame");
        }
    }

    // leave 60 unanswered, then the queue must be free at once, not after working through them
    let mut left: Vec<_> =
        frames[..60].iter().map(|f| Box::pin(engine.analyse(f, Want::LEAST))).collect();
    for asked in &mut left {
        assert!(futures_util::poll!(asked.as_mut()).is_pending());
    }
    drop(left);
    let after = engine.analyse(&frames[0], Want::LEAST).await.unwrap();
    assert_eq!(after.seq, frames[0].seq);
}
