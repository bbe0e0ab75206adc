//! Head pose: from the face mesh of 478 points, or, where a pack has none, from the five keypoints.

use super::{
    align::{Similarity, warp},
    error::AnalysisError,
    manifest::Kind,
    tensor::{Net, Order, Planar, Run},
};
use crate::{
    domain::finding::{Detection, HeadPose, Keypoints},
    frame::Picture,
};

/// Points of the mesh.
pub(super) const MESH_POINTS: usize = 478;
/// Side of the mesh's picture over the longer side of the box (MediaPipe's face landmarker).
const REGION: f32 = 1.5;
/// Lowest probability of a face in the mesh's picture for its points to be trusted (MediaPipe's default).
const PRESENCE_MIN: f32 = 0.5;
/// Outer corners of the eyes, forehead and chin in the mesh.
const EYE_LEFT: usize = 33;
const EYE_RIGHT: usize = 263;
const FOREHEAD: usize = 10;
const CHIN: usize = 152;

/// A point of the mesh: px of the picture, and depth in the same unit, smaller is nearer.
pub type Vertex = [f32; 3];

/// The mesh net.
#[derive(Debug)]
pub(super) struct Mesh {
    net: Net,
    input: Planar,
}

impl Mesh {
    pub fn new(net: Net, side: usize) -> Self {
        Self { net, input: Planar::new(side, side, Order::Rgb) }
    }

    /// The mesh of a face; `None` when the net sees no face there.
    pub fn points(
        &mut self,
        picture: &Picture,
        face: &Detection,
        run: &Run,
    ) -> Result<Option<Vec<Vertex>>, AnalysisError> {
        let back = region(face, self.input.width);
        warp(picture, &back, &mut self.input);
        self.input.normalise(Kind::FaceMesh);
        let outputs = self.net.run(self.input.shape(), &self.input.data, run)?;
        let logit = outputs.exactly("score", 1)?[0];
        if 1.0 / (1.0 + (-logit).exp()) < PRESENCE_MIN {
            return Ok(None);
        }
        let depth = back.re.hypot(back.im) as f32;
        let points = outputs
            .exactly("landmarks", MESH_POINTS * 3)?
            .chunks_exact(3)
            .map(|p| {
                let (x, y) = back.apply(f64::from(p[0]), f64::from(p[1]));
                [x as f32, y as f32, p[2] * depth]
            })
            .collect();
        Ok(Some(points))
    }
}

/// From the mesh's picture back to the frame: about the box, turned to the line of the eyes.
fn region(face: &Detection, side: usize) -> Similarity {
    let [left, right, ..] = face.keypoints;
    let angle = f64::from(right.y - left.y).atan2(f64::from(right.x - left.x));
    let b = face.bounds;
    let scale = f64::from(b.width.max(b.height) * REGION) / side as f64;
    let (re, im) = (angle.cos() * scale, angle.sin() * scale);
    let half = side as f64 / 2.0;
    Similarity {
        re,
        im,
        dx: f64::from(b.x + b.width / 2.0) - (re * half - im * half),
        dy: f64::from(b.y + b.height / 2.0) - (im * half + re * half),
    }
}

/// Pose from the mesh: the line of the eyes and the line from forehead to chin, in depth.
pub(super) fn pose_of_mesh(points: &[Vertex]) -> Option<HeadPose> {
    let at = |i: usize| points.get(i).copied();
    let across = unit(minus(at(EYE_RIGHT)?, at(EYE_LEFT)?))?;
    let down = minus(at(CHIN)?, at(FOREHEAD)?);
    let overlap = dot(down, across);
    let down = unit(minus(down, across.map(|v| v * overlap)))?;
    Some(pose(across, down))
}

/// An average face, in distances between the eyes: across, down, away. Positions in the plane are those of the alignment
/// template; the depth of nose tip and mouth corners is that of an average adult head.
const FACE_3D: [Vertex; 5] = [
    [-0.5, 0.0, 0.0],
    [0.5, 0.0, 0.0],
    [0.0, 0.57, -0.5],
    [-0.41, 1.155, -0.1],
    [0.41, 1.155, -0.1],
];

/// Pose from five keypoints: the best affine view of an average face. Coarser than the mesh, good enough to see a turn.
pub(super) fn pose_of_keypoints(keypoints: &Keypoints) -> Option<HeadPose> {
    let mean = |axis: usize| FACE_3D.iter().map(|p| p[axis]).sum::<f32>() / 5.0;
    let middle = [mean(0), mean(1), mean(2)];
    let mut spread = [[0f32; 3]; 3];
    let (mut seen_x, mut seen_y) = ([0f32; 3], [0f32; 3]);
    for (model, seen) in FACE_3D.iter().zip(keypoints) {
        let m = minus(*model, middle);
        for a in 0..3 {
            for b in 0..3 {
                spread[a][b] += m[a] * m[b];
            }
            seen_x[a] += m[a] * seen.x;
            seen_y[a] += m[a] * seen.y;
        }
    }
    let x = unit(solve(&spread, seen_x)?)?;
    let y = solve(&spread, seen_y)?;
    let overlap = dot(y, x);
    let y = unit(minus(y, x.map(|v| v * overlap)))?;
    let z = cross(x, y);
    // rows x, y, z are the camera's axes seen from the face; its columns are the face's axes seen from the camera
    Some(pose([x[0], y[0], z[0]], [x[1], y[1], z[1]]))
}

fn pose(across: Vertex, down: Vertex) -> HeadPose {
    HeadPose {
        yaw_deg: across[2].atan2(across[0].hypot(across[1])).to_degrees(),
        pitch_deg: down[2].atan2(down[0].hypot(down[1])).to_degrees(),
        roll_deg: across[1].atan2(across[0]).to_degrees(),
    }
}

fn minus(a: Vertex, b: Vertex) -> Vertex {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn dot(a: Vertex, b: Vertex) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Vertex, b: Vertex) -> Vertex {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(v: Vertex) -> Option<Vertex> {
    let length = dot(v, v).sqrt();
    (length.is_finite() && length > f32::EPSILON).then(|| v.map(|x| x / length))
}

/// Cramer's rule.
fn solve(m: &[Vertex; 3], v: Vertex) -> Option<Vertex> {
    let determinant = dot(m[0], cross(m[1], m[2]));
    if determinant.abs() <= f32::EPSILON {
        return None;
    }
    // m is symmetric: its rows are its columns
    Some([
        dot(v, cross(m[1], m[2])) / determinant,
        dot(m[0], cross(v, m[2])) / determinant,
        dot(m[0], cross(m[1], v)) / determinant,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::Point;

    /// The average face, turned, nodded and tilted, as a distant camera sees it.
    fn seen(yaw: f32, pitch: f32, roll: f32) -> Keypoints {
        let (y, p, r) = (yaw.to_radians(), pitch.to_radians(), roll.to_radians());
        std::array::from_fn(|i| {
            let [a, b, c] = FACE_3D[i];
            // nod about the across axis, then turn about the upright one, then tilt
            let (b, c) = (b * p.cos() - c * p.sin(), b * p.sin() + c * p.cos());
            let (a, _) = (a * y.cos() - c * y.sin(), a * y.sin() + c * y.cos());
            let (a, b) = (a * r.cos() - b * r.sin(), a * r.sin() + b * r.cos());
            Point { x: 300.0 + 80.0 * a, y: 200.0 + 80.0 * b }
        })
    }

    #[test]
    fn keypoints_of_a_turned_face_give_its_turn() {
        for yaw in [-40.0, -20.0, 0.0, 15.0, 35.0] {
            let pose = pose_of_keypoints(&seen(yaw, 0.0, 0.0)).unwrap();
            assert!((pose.yaw_deg - yaw).abs() < 0.5, "{yaw}: {pose:?}");
            assert!(pose.pitch_deg.abs() < 0.5 && pose.roll_deg.abs() < 0.5, "{pose:?}");
        }
    }

    #[test]
    fn a_nose_towards_image_right_is_a_positive_turn() {
        let straight = seen(0.0, 0.0, 0.0);
        let turned = seen(20.0, 0.0, 0.0);
        assert!(turned[2].x > straight[2].x);
    }

    #[test]
    fn nod_and_tilt_are_told_apart() {
        let pose = pose_of_keypoints(&seen(0.0, 18.0, 0.0)).unwrap();
        assert!((pose.pitch_deg - 18.0).abs() < 0.5, "{pose:?}");
        let pose = pose_of_keypoints(&seen(0.0, 0.0, -25.0)).unwrap();
        assert!((pose.roll_deg + 25.0).abs() < 0.5, "{pose:?}");
    }

    #[test]
    fn points_in_one_place_have_no_pose() {
        assert_eq!(pose_of_keypoints(&[Point { x: 5.0, y: 5.0 }; 5]), None);
        assert_eq!(pose_of_mesh(&[[1.0; 3]; MESH_POINTS]), None);
        assert_eq!(pose_of_mesh(&[]), None);
    }
}
