//! One frame through the nets of a pack, on one thread.

use super::{
    detect::Detector,
    embed::{Embedder, align_112},
    error::AnalysisError,
    landmarks::{Mesh, Vertex, pose_of_keypoints, pose_of_mesh},
    light,
    manifest::{Kind, Model},
    pad::Pad,
    quality, registry,
    registry::Parts,
    surface,
    tensor::{Net, Order, Planar, Run},
    thumbnail, worker,
};
use crate::{
    config::Models,
    domain::finding::{Detection, FaceBox, FaceFindings, FrameFindings, Want},
    frame::{Frame, Picture},
};
use ort::environment::Environment;

/// A smaller face counts as a second person from this share of the largest one's side.
const SECOND_FACE_FROM: f32 = 0.4;

/// The nets of a pack and the buffers they work in. The service runs it inside [`Engine`](super::Engine); tools and
/// tests may have one to themselves.
#[derive(Debug)]
pub struct Pipeline {
    detector: Detector,
    mesh: Option<Mesh>,
    pad: Pad,
    embedder: Embedder,
    aligned: Planar,
}

impl Pipeline {
    /// The pipeline that the settings ask for, on the calling thread.
    ///
    /// # Errors
    /// As [`Engine::start`](super::Engine::start).
    pub fn open(settings: &Models) -> Result<Self, AnalysisError> {
        let (_, _, pipelines) = worker::choose(settings, 1)?;
        pipelines.into_iter().next().ok_or(AnalysisError::BrokeOff)
    }

    /// Analyses a frame.
    ///
    /// # Errors
    /// When a net fails.
    pub fn look(&mut self, frame: &Frame, want: Want) -> Result<FrameFindings, AnalysisError> {
        let run = self.run()?;
        self.analyse(frame, want, &run)
    }

    /// The 478 points of the face mesh: px of the picture, and depth in the same unit. `None` when the pack has no such
    /// net or it sees no face.
    ///
    /// # Errors
    /// When the net fails.
    pub fn mesh(
        &mut self,
        picture: &Picture,
        face: &Detection,
    ) -> Result<Option<Vec<Vertex>>, AnalysisError> {
        let run = self.run()?;
        self.mesh.as_mut().map_or(Ok(None), |mesh| mesh.points(picture, face, &run))
    }

    fn run(&self) -> Result<Run, AnalysisError> {
        Run::new()
            .map_err(|source| AnalysisError::Run { file: self.detector.file().into(), source })
    }

    /// Loads every net of the pack and tests it against its golden numbers.
    pub(super) fn load(environment: &Environment, parts: &Parts) -> Result<Self, AnalysisError> {
        let net = |model: &Model, bytes: &[u8]| -> Result<Net, AnalysisError> {
            let mut net = Net::load(environment, model, bytes)?;
            registry::self_test(&mut net, model)?;
            Ok(net)
        };
        let lacks = |role: &str| AnalysisError::Model {
            file: parts.pack.name.clone(),
            message: format!("the pack has no {role}"),
        };
        let (mut detector, mut mesh, mut pads, mut embedder) = (None, None, Vec::new(), None);
        for (model, bytes) in &parts.models {
            let loaded = net(model, bytes)?;
            match model.kind {
                Kind::Yunet | Kind::CompactDetector => {
                    detector = Some(Detector::new(loaded, model.kind));
                }
                Kind::FaceMesh => mesh = Some(Mesh::new(loaded, model.input[3])),
                Kind::Minifasnet { crop } => {
                    pads.push((loaded, crop, model.golden[0].output.clone()));
                }
                Kind::Mobilefacenet | Kind::Retail0095 | Kind::CompactEmbedder => {
                    let output = model.golden[0].output.clone();
                    embedder = Some(Embedder::new(loaded, model.kind, output));
                }
            }
        }
        Ok(Self {
            detector: detector.ok_or_else(|| lacks("detector"))?,
            mesh,
            pad: Pad::new(pads),
            embedder: embedder.ok_or_else(|| lacks("embedder"))?,
            aligned: Planar::new(112, 112, Order::Rgb),
        })
    }

    /// Everything that is wanted of one frame.
    pub(super) fn analyse(
        &mut self,
        frame: &Frame,
        want: Want,
        run: &Run,
    ) -> Result<FrameFindings, AnalysisError> {
        let picture = &*frame.picture;
        let faces = self.detector.detect(picture, run)?;
        let (shrunk, width, height) = self.detector.shrunk();
        let luma = quality::luma(shrunk);
        let luma = (&*luma, shrunk.width);
        let (thumbnail, brightness) = thumbnail::of(luma, (width, height));
        let background = faces.first().and_then(|face| {
            let k = width as f32 / picture.width() as f32;
            let b = face.bounds;
            let bounds =
                FaceBox { x: b.x * k, y: b.y * k, width: b.width * k, height: b.height * k };
            light::background(shrunk, (width, height), &bounds)
        });
        let surface = faces
            .first()
            .filter(|_| want.bona_fide)
            .map(|face| surface::of(picture, &face.bounds, luma, (width, height)));
        let face = match faces.first() {
            Some(face) => self.look_closer(picture, face, want, run)?,
            None => None,
        };
        let face = face.map(|face| FaceFindings { surface, ..face });
        Ok(FrameFindings {
            seq: frame.seq,
            at_ms: frame.at_ms,
            width_px: picture.width(),
            height_px: picture.height(),
            faces: count(&faces),
            face,
            brightness,
            background,
            thumbnail,
        })
    }

    fn look_closer(
        &mut self,
        picture: &Picture,
        face: &Detection,
        want: Want,
        run: &Run,
    ) -> Result<Option<FaceFindings>, AnalysisError> {
        if align_112(picture, &face.keypoints, &mut self.aligned).is_none() {
            return Ok(None); // all keypoints in one place: not a face
        }
        let rough = pose_of_keypoints(&face.keypoints);
        let pose = match (want.pose, &mut self.mesh) {
            (false, _) => None,
            (true, None) => rough,
            (true, Some(mesh)) => {
                mesh.points(picture, face, run)?.and_then(|points| pose_of_mesh(&points))
            }
        };
        let quality = quality::judge(picture, face, pose.or(rough), &self.aligned);
        let bona_fide =
            if want.bona_fide { self.pad.score(picture, &face.bounds, run)? } else { None };
        let embedding = match want.embedding_from {
            Some(least) if quality.score >= least => {
                self.embedder.embed(picture, &face.keypoints, &self.aligned, run)?
            }
            _ => None,
        };
        let skin = light::skin(&self.aligned);
        Ok(Some(FaceFindings {
            detection: *face,
            pose,
            quality,
            skin,
            bona_fide,
            surface: None,
            embedding,
        }))
    }
}

fn count(faces: &[Detection]) -> u32 {
    let side = |f: &Detection| f.bounds.width.max(f.bounds.height);
    let largest = faces.first().map_or(0.0, side);
    faces.iter().filter(|f| side(f) >= SECOND_FACE_FROM * largest).count() as u32
}
