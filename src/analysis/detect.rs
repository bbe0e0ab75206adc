//! Finding faces: YuNet, and the project's own compact detector with its vote.

use super::{
    error::AnalysisError,
    manifest::Kind,
    resize::Shrinker,
    tensor::{Net, Outputs, Planar, Run},
};
use crate::{
    domain::finding::{Detection, FaceBox, Point},
    frame::Picture,
};

/// Lowest score of a face: the value both detectors' cards give.
const SCORE_MIN: f32 = 0.6;
/// Overlap from which the weaker of two boxes is dropped.
const NMS_IOU: f32 = 0.3;
/// Overlap from which a cell of the compact detector votes on a kept box (its card).
const VOTE_IOU: f32 = 0.5;
/// Longest side that YuNet is given, px: it was trained for faces of 10 to 300 px.
const YUNET_SIDE: usize = 320;
/// Side of the compact detector's picture, px.
const COMPACT_SIDE: usize = 256;
const YUNET_STRIDES: [(usize, [&str; 4]); 3] = [
    (8, ["cls_8", "obj_8", "bbox_8", "kps_8"]),
    (16, ["cls_16", "obj_16", "bbox_16", "kps_16"]),
    (32, ["cls_32", "obj_32", "bbox_32", "kps_32"]),
];

/// A detector and the shrunk picture it looks at.
#[derive(Debug)]
pub(super) struct Detector {
    net: Net,
    kind: Kind,
    shrinker: Shrinker,
    input: Planar,
    shown: (usize, usize),
}

impl Detector {
    pub fn new(net: Net, kind: Kind) -> Self {
        let input = Planar::new(COMPACT_SIDE, COMPACT_SIDE, kind.order());
        Self { net, kind, shrinker: Shrinker::default(), input, shown: (0, 0) }
    }

    /// Finds faces, largest first, in px of the picture.
    pub fn detect(
        &mut self,
        picture: &Picture,
        run: &Run,
    ) -> Result<Vec<Detection>, AnalysisError> {
        let scale = self.look(picture);
        let outputs = self.net.run(self.input.shape(), &self.input.data, run)?;
        let mut faces = match self.kind {
            Kind::CompactDetector => {
                let cells = compact_cells(&outputs)?;
                strongest(&cells).iter().map(|kept| vote(kept, &cells)).collect()
            }
            _ => strongest(&yunet_cells(&outputs, self.input.width, self.input.height)?),
        };
        for face in &mut faces {
            *face = scaled(face, 1.0 / scale);
        }
        faces.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()));
        Ok(faces)
    }

    /// File name of the net.
    pub fn file(&self) -> &str {
        self.net.file()
    }

    /// The shrunk picture of the last call, with its true width and height inside the padding.
    pub fn shrunk(&self) -> (&Planar, usize, usize) {
        (&self.input, self.shown.0, self.shown.1)
    }

    /// Shrinks the picture into the top left of the input; black to the right and below. Returns the scale.
    fn look(&mut self, picture: &Picture) -> f32 {
        let (w, h) = (picture.width() as usize, picture.height() as usize);
        let side = if self.kind == Kind::CompactDetector { COMPACT_SIDE } else { YUNET_SIDE };
        let scale = side as f64 / w.max(h) as f64;
        let fit = |v: usize| ((v as f64 * scale).round_ties_even() as usize).max(1);
        let shown = (fit(w), fit(h));
        let padded = match self.kind {
            Kind::CompactDetector => (COMPACT_SIDE, COMPACT_SIDE),
            _ => (shown.0.next_multiple_of(32), shown.1.next_multiple_of(32)),
        };
        self.input.reshape(padded.0, padded.1);
        if shown != self.shown {
            self.input.data.fill(0.0); // what a former picture left in the padding
            self.shown = shown;
        }
        self.shrinker.shrink(picture, shown.0, shown.1, &mut self.input);
        scale as f32
    }
}

/// YuNet: a cell's score is the root of the product of class and objectness; boxes and keypoints are relative to the cell.
fn yunet_cells(
    outputs: &Outputs<'_>,
    width: usize,
    height: usize,
) -> Result<Vec<Detection>, AnalysisError> {
    let mut found = Vec::new();
    for (stride, [cls, obj, bbox, kps]) in YUNET_STRIDES {
        let columns = width / stride;
        let cells = columns * (height / stride);
        let (cls, obj) = (outputs.exactly(cls, cells)?, outputs.exactly(obj, cells)?);
        let (bbox, kps) = (outputs.exactly(bbox, cells * 4)?, outputs.exactly(kps, cells * 10)?);
        for cell in 0..cells {
            let score = (cls[cell].clamp(0.0, 1.0) * obj[cell].clamp(0.0, 1.0)).sqrt();
            if score < SCORE_MIN {
                continue;
            }
            let s = stride as f32;
            let (column, row) = ((cell % columns) as f32, (cell / columns) as f32);
            let b = &bbox[cell * 4..][..4];
            let k = &kps[cell * 10..][..10];
            let (w, h) = (b[2].exp() * s, b[3].exp() * s);
            found.push(Detection {
                bounds: FaceBox {
                    x: (column + b[0]) * s - w / 2.0,
                    y: (row + b[1]) * s - h / 2.0,
                    width: w,
                    height: h,
                },
                keypoints: std::array::from_fn(|i| Point {
                    x: (k[2 * i] + column) * s,
                    y: (k[2 * i + 1] + row) * s,
                }),
                score,
            });
        }
    }
    Ok(found)
}

/// The compact detector decodes its cells itself.
fn compact_cells(outputs: &Outputs<'_>) -> Result<Vec<Detection>, AnalysisError> {
    let score = outputs.get("score")?;
    let (bbox, kps) =
        (outputs.exactly("box", score.len() * 4)?, outputs.exactly("kps", score.len() * 10)?);
    Ok((0..score.len())
        .filter(|&i| score[i] >= SCORE_MIN)
        .map(|i| {
            let b = &bbox[i * 4..][..4];
            let k = &kps[i * 10..][..10];
            Detection {
                bounds: FaceBox { x: b[0], y: b[1], width: b[2], height: b[3] },
                keypoints: std::array::from_fn(|p| Point { x: k[2 * p], y: k[2 * p + 1] }),
                score: score[i],
            }
        })
        .collect())
}

/// Non-maximum suppression: the strongest of boxes that overlap.
fn strongest(cells: &[Detection]) -> Vec<Detection> {
    let mut order: Vec<&Detection> = cells.iter().collect();
    order.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Detection> = Vec::new();
    for cell in order {
        if kept.iter().all(|k| k.bounds.iou(&cell.bounds) <= NMS_IOU) {
            kept.push(*cell);
        }
    }
    kept
}

/// The mean of all cells that overlap the kept one, weighted by score: steadier than the best cell alone.
fn vote(kept: &Detection, cells: &[Detection]) -> Detection {
    let mut sum = scaled(kept, 0.0);
    let mut weight = 0.0;
    for cell in cells.iter().filter(|c| c.bounds.iou(&kept.bounds) >= VOTE_IOU) {
        weight += cell.score;
        let part = scaled(cell, cell.score);
        sum.bounds.x += part.bounds.x;
        sum.bounds.y += part.bounds.y;
        sum.bounds.width += part.bounds.width;
        sum.bounds.height += part.bounds.height;
        for (to, from) in sum.keypoints.iter_mut().zip(&part.keypoints) {
            to.x += from.x;
            to.y += from.y;
        }
    }
    if weight > 0.0 { scaled(&sum, 1.0 / weight) } else { *kept }
}

fn scaled(face: &Detection, by: f32) -> Detection {
    let b = face.bounds;
    Detection {
        bounds: FaceBox { x: b.x * by, y: b.y * by, width: b.width * by, height: b.height * by },
        keypoints: face.keypoints.map(|p| Point { x: p.x * by, y: p.y * by }),
        score: face.score,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(x: f32, score: f32) -> Detection {
        Detection {
            bounds: FaceBox { x, y: 0.0, width: 100.0, height: 100.0 },
            keypoints: [Point { x, y: 10.0 }; 5],
            score,
        }
    }

    #[test]
    fn only_the_strongest_of_overlapping_boxes_stays() {
        let kept = strongest(&[cell(0.0, 0.7), cell(10.0, 0.9), cell(300.0, 0.65)]);
        assert_eq!(kept.iter().map(|k| k.bounds.x).collect::<Vec<_>>(), [10.0, 300.0]);
    }

    #[test]
    fn the_vote_is_the_mean_weighted_by_score_of_those_that_overlap() {
        let cells = [cell(0.0, 0.6), cell(30.0, 0.9), cell(90.0, 0.9)];
        let voted = vote(&cells[1], &cells);
        assert!((voted.bounds.x - 18.0).abs() < 1e-4, "{voted:?}");
        assert!((voted.bounds.width - 100.0).abs() < 1e-3);
        assert!((voted.keypoints[3].x - 18.0).abs() < 1e-4);
        assert!((voted.score - 0.9).abs() < 1e-6);
    }
}
