//! How often a covered face is noticed, and a bare one taken for covered, on development pictures.

use super::{faces, settings};
use jianmian::{
    analysis::{AnalysisError, Pipeline},
    domain::finding::{QualityIssue, Want},
    frame::{Frame, Picture},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

fn pictures_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(pictures_below(&path));
        } else if path.extension().is_some_and(|e| e == "jpg" || e == "bmp") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Faces called covered, and faces found.
fn called_covered(pipeline: &mut Pipeline, folder: &Path) -> (usize, usize) {
    let (mut covered, mut seen) = (0, 0);
    for path in pictures_below(folder) {
        let picture = Arc::new(Picture::decode(&std::fs::read(&path).unwrap()).unwrap());
        let frame = Frame { seq: 0, at_ms: 0, picture };
        let Some(face) = pipeline.look(&frame, Want::LEAST).unwrap().face else { continue };
        seen += 1;
        covered += usize::from(face.quality.issues.contains(&QualityIssue::Covered));
    }
    (covered, seen)
}

#[test]
fn masks_are_noticed_and_bare_faces_are_not_called_masked() {
    let name = "masks_are_noticed_and_bare_faces_are_not_called_masked";
    let Some(faces) = faces() else {
        println!("SKIPPED {name}: needs ../shared/faces");
        return;
    };
    let mut pipeline = match Pipeline::open(&settings("standard")) {
        Ok(pipeline) => pipeline,
        Err(e @ (AnalysisError::Runtime { .. } | AnalysisError::NoPack { .. })) => {
            println!("SKIPPED {name}: {e}");
            return;
        }
        Err(e) => panic!("{e}"),
    };
    let (masked, of_masked) = called_covered(&mut pipeline, &faces.join("quality/masked"));
    let (mut bare, mut of_bare) = (0, 0);
    for folder in ["verif", "video"] {
        let (covered, seen) = called_covered(&mut pipeline, &faces.join(folder));
        println!("{folder}: {covered} of {seen} bare faces called covered");
        (bare, of_bare) = (bare + covered, of_bare + seen);
    }
    println!("masked: {masked} of {of_masked} noticed");
    assert!(of_masked >= 15 && of_bare >= 250, "too few pictures");
    assert!(masked * 4 >= of_masked * 3, "masks noticed: {masked} of {of_masked}");
    assert!(bare * 100 < of_bare, "bare faces called covered: {bare} of {of_bare}");
}
