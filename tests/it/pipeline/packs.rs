//! Swapping the embedder is configuration plus calibration: both are shown with the two embedders that there are.

use super::{engine, faces, root, settings};
use jianmian::{
    analysis::Manifest,
    app::calibration,
    config::Settings,
    decision,
    domain::{finding::Want, score::Embedding},
    frame::{Frame, Picture},
};
use std::{path::Path, sync::Arc};

fn all(pack: &str, data: &Path) -> Settings {
    let mut all = Settings::defaults();
    all.models = settings(pack);
    data.clone_into(&mut all.server.data_dir);
    all
}

fn frame(path: &Path) -> Frame {
    let picture = Picture::decode(&std::fs::read(path).unwrap()).unwrap();
    Frame { seq: 0, at_ms: 0, picture: Arc::new(picture) }
}

#[test]
fn another_embedder_is_a_setting_and_its_own_calibration() {
    let data = tempfile::tempdir().unwrap();
    let mut thresholds = Vec::new();
    for (pack, dimensions) in [("standard", 128), ("standard-0095", 256)] {
        let all = all(pack, data.path());
        let Some(bare) = engine("another_embedder", &all.models) else { return };
        let engine = calibration::calibrated(bare.clone(), &all);
        let stamp = engine.pack();
        let known = stamp.calibration.as_ref().expect("each pack ships its calibration");
        let embedder = stamp.models.iter().find(|m| m.role == "embedder").unwrap();
        assert_eq!((known.pack.as_str(), &known.embedder_sha256), (pack, &embedder.sha256));
        let line = known.accepts_from(bare.pack().accept_from.0);
        assert!((stamp.accept_from.0 - line).abs() < 1e-9, "its line is in use");
        assert!((stamp.far_below.0 - known.far_below).abs() < 1e-9);
        // What the development pictures can prove is not enough: whoever ships more must prove more.
        assert!(decision::locked(Some(stamp), &all.policy), "{pack} must stay locked");
        thresholds.push(known.far_below);
        if let Some(faces) = faces() {
            let see = |name: &str| -> Embedding {
                let folder = faces.join("verif/lfw").join(name.rsplit_once('_').unwrap().0);
                let path = folder.join(format!("{name}.jpg"));
                let found = engine.analyse_blocking(&frame(&path), Want::everything()).unwrap();
                found.face.unwrap().embedding.unwrap()
            };
            let (one, same) = (see("Adel_Al-Jubeir_0001"), see("Adel_Al-Jubeir_0002"));
            let other = see("Abdullatif_Sener_0001");
            assert_eq!(one.as_slice().len(), dimensions);
            let score = |a: &Embedding, b: &Embedding| a.compare(b).unwrap().0;
            assert!(score(&one, &same) > stamp.far_below.0);
            assert!(score(&one, &other) < stamp.far_below.0);
        }
    }
    assert!(
        (thresholds[0] - thresholds[1]).abs() > 1e-3,
        "scores of another net mean something else"
    );
}

#[test]
fn the_calibration_of_one_embedder_is_refused_for_another() {
    let data = tempfile::tempdir().unwrap();
    let all = all("standard", data.path());
    let manifest = Manifest::read(&all.models.dir).unwrap();
    let sha256 = |pack: &str| {
        let pack = manifest.packs.iter().find(|p| p.name == pack).unwrap();
        manifest.model(&pack.embedder).unwrap().sha256.clone()
    };
    let of = |pack: &str, embedder: &str| calibration::of_pack(&all, pack, &sha256(embedder));
    assert!(of("standard", "standard").unwrap().is_some());
    assert!(of("standard-0095", "standard-0095").unwrap().is_some());
    let fault = of("standard", "standard-0095").unwrap_err().to_string();
    assert!(fault.contains("another embedder"), "{fault}");
    // Not one letter may be changed: a threshold lowered by hand is refused.
    let folder = tempfile::tempdir().unwrap();
    for file in ["calibration.json", "calibration.json.sig"] {
        let to = folder.path().join("standard");
        std::fs::create_dir_all(&to).unwrap();
        std::fs::copy(root().join("models/standard").join(file), to.join(file)).unwrap();
    }
    std::fs::copy(root().join("models/manifest.toml"), folder.path().join("manifest.toml"))
        .unwrap();
    let changed = folder.path().join("standard/calibration.json");
    let text = std::fs::read_to_string(&changed).unwrap();
    std::fs::write(&changed, text.replacen("\"errors\": 0", "\"errors\": 1", 1)).unwrap();
    let mut elsewhere = all.clone();
    elsewhere.models.dir = folder.path().to_owned();
    let fault = calibration::of_pack(&elsewhere, "standard", &sha256("standard")).unwrap_err();
    assert!(fault.to_string().contains("was changed"), "{fault}");
}
