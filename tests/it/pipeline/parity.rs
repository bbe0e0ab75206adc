//! Parity with the reference pipeline (Python) on development faces.

use super::{faces, root, settings};
use jianmian::{
    analysis::{AnalysisError, Pipeline},
    domain::finding::{FaceBox, FaceFindings, Want},
    frame::{Frame, Picture},
};
use serde::Deserialize;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

#[derive(Deserialize)]
struct Seen {
    faces: u32,
    #[serde(rename = "box", default)]
    bounds: Vec<f32>,
    #[serde(default)]
    keypoints: Vec<f32>,
    #[serde(default)]
    mesh: Vec<f32>,
    #[serde(default)]
    presence: f32,
    #[serde(default)]
    pose: Vec<f32>,
    #[serde(default)]
    bona_fide: f32,
    #[serde(default)]
    embedding: Vec<f32>,
    #[serde(default)]
    embedding_0095: Vec<f32>,
}

/// The worst of each measure over all pictures.
#[derive(Debug)]
struct Worst {
    iou: f32,
    keypoints_px: f32,
    mesh_px: f32,
    pose_deg: f32,
    bona_fide: f32,
    cosine: f32,
    cosine_0095: f32,
    pictures: usize,
}

fn python() -> Option<PathBuf> {
    let named = std::env::var_os("JIANMIAN_ORACLE_PYTHON").map(PathBuf::from);
    named.or_else(|| Some(root().join(".venv/bin/python"))).filter(|path| path.is_file())
}

/// A spread of pictures: every `step`th of the list.
fn sample(faces: &Path, step: usize) -> Vec<PathBuf> {
    let list = std::fs::read_to_string(faces.join("images.csv")).unwrap();
    list.lines()
        .skip(1)
        .step_by(step)
        .filter_map(|line| Some(faces.join(line.split(',').next()?)))
        .filter(|path| path.is_file() && path.extension().is_some_and(|e| e == "jpg" || e == "bmp"))
        .collect()
}

fn ask_oracle(python: &Path, pictures: &[PathBuf]) -> Vec<Seen> {
    let mut oracle = Command::new(python)
        .arg(root().join("tests/it/pipeline/oracle.py"))
        .arg(root().join("../shared/models"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let list: Vec<String> = pictures.iter().map(|p| p.display().to_string()).collect();
    oracle.stdin.take().unwrap().write_all(list.join("\n").as_bytes()).unwrap();
    let output = oracle.wait_with_output().unwrap();
    assert!(output.status.success(), "the oracle failed");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn cosine(face: &FaceFindings, other: &[f32]) -> f32 {
    let embedding = face.embedding.as_ref().unwrap();
    embedding.as_slice().iter().zip(other).map(|(a, b)| a * b).sum()
}

fn look(pipeline: &mut Pipeline, picture: &Arc<Picture>) -> Option<FaceFindings> {
    let frame = Frame { seq: 0, at_ms: 0, picture: picture.clone() };
    pipeline.look(&frame, Want::everything()).unwrap().face
}

fn farthest(
    ours: impl IntoIterator<Item = (f32, f32)>,
    theirs: impl IntoIterator<Item = (f32, f32)>,
) -> f32 {
    ours.into_iter().zip(theirs).map(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1)).fold(0.0, f32::max)
}

#[test]
fn parity_with_the_reference_pipeline() {
    let name = "parity_with_the_reference_pipeline";
    let Some(faces) = faces() else {
        println!("SKIPPED {name}: needs ../shared/faces");
        return;
    };
    let Some(python) = python() else {
        println!(
            "SKIPPED {name}: needs .venv/bin/python or JIANMIAN_ORACLE_PYTHON with numpy, OpenCV, onnxruntime"
        );
        return;
    };
    let (mut standard, mut alternative) =
        match (Pipeline::open(&settings("standard")), Pipeline::open(&settings("standard-0095"))) {
            (Ok(a), Ok(b)) => (a, b),
            (Err(e @ (AnalysisError::Runtime { .. } | AnalysisError::NoPack { .. })), _) => {
                println!("SKIPPED {name}: {e}");
                return;
            }
            (a, b) => panic!("{:?} {:?}", a.err(), b.err()),
        };
    // both sides get the same pixels: JPEG decoders differ by more than what is measured here
    let folder = tempfile::tempdir().unwrap();
    let (mut pictures, mut paths) = (Vec::new(), Vec::new());
    for (i, path) in sample(&faces, 16).iter().enumerate() {
        let picture = Picture::decode(&std::fs::read(path).unwrap()).unwrap();
        let copy = folder.path().join(format!("{i}.ppm"));
        let head = format!("P6 {} {} 255\n", picture.width(), picture.height());
        std::fs::write(&copy, [head.as_bytes(), picture.rgb()].concat()).unwrap();
        pictures.push(Arc::new(picture));
        paths.push(copy);
    }
    let seen = ask_oracle(&python, &paths);
    assert_eq!(seen.len(), pictures.len());
    let mut worst = Worst {
        iou: 1.0,
        keypoints_px: 0.0,
        mesh_px: 0.0,
        pose_deg: 0.0,
        bona_fide: 0.0,
        cosine: 1.0,
        cosine_0095: 1.0,
        pictures: 0,
    };
    for (picture, seen) in pictures.iter().zip(&seen) {
        let face = look(&mut standard, picture);
        assert_eq!(face.is_some(), seen.faces > 0, "one sees a face and the other does not");
        let Some(face) = face else { continue };
        let other = look(&mut alternative, picture).unwrap();
        let points = standard.mesh(picture, &face.detection).unwrap();
        assert_eq!(points.is_some(), seen.presence >= 0.5);
        compare(&mut worst, &face, &other, &points.unwrap_or_default(), seen);
    }
    println!("{worst:#?}");
    assert!(worst.pictures >= 20, "too few pictures: {worst:?}");
    assert!(worst.iou >= 0.98 && worst.keypoints_px <= 0.5, "{worst:?}");
    assert!(worst.mesh_px <= 0.5 && worst.pose_deg <= 0.5, "{worst:?}");
    assert!(worst.bona_fide <= 0.01, "{worst:?}");
    assert!(worst.cosine >= 0.999 && worst.cosine_0095 >= 0.999, "{worst:?}");
}

fn compare(
    worst: &mut Worst,
    face: &FaceFindings,
    other: &FaceFindings,
    points: &[[f32; 3]],
    seen: &Seen,
) {
    let b = &seen.bounds;
    let bounds = FaceBox { x: b[0], y: b[1], width: b[2], height: b[3] };
    worst.pictures += 1;
    worst.iou = worst.iou.min(face.detection.bounds.iou(&bounds));
    worst.keypoints_px = worst.keypoints_px.max(farthest(
        face.detection.keypoints.iter().map(|p| (p.x, p.y)),
        seen.keypoints.chunks(2).map(|p| (p[0], p[1])),
    ));
    worst.bona_fide = worst.bona_fide.max((face.bona_fide.unwrap().0 - seen.bona_fide).abs());
    worst.cosine = worst.cosine.min(cosine(face, &seen.embedding));
    worst.cosine_0095 = worst.cosine_0095.min(cosine(other, &seen.embedding_0095));
    if !points.is_empty() {
        worst.mesh_px = worst.mesh_px.max(farthest(
            points.iter().map(|p| (p[0], p[1])),
            seen.mesh.chunks(3).map(|p| (p[0], p[1])),
        ));
        let pose = face.pose.unwrap();
        for (ours, theirs) in [pose.yaw_deg, pose.pitch_deg, pose.roll_deg].iter().zip(&seen.pose) {
            worst.pose_deg = worst.pose_deg.max((ours - theirs).abs());
        }
    }
}
