//! Embeddings for comparison: the crop and its mirror image, added.

use super::{
    align::{Similarity, TEMPLATE_112, warp},
    error::AnalysisError,
    manifest::Kind,
    tensor::{Net, Planar, Run},
};
use crate::{
    domain::{
        finding::{Keypoints, Point},
        score::Embedding,
    },
    frame::Picture,
};

/// Keypoints in the 128 px crop of face-reidentification-retail-0095 (its documentation).
const TEMPLATE_0095: [Point; 5] = [
    Point { x: 0.315_568_75 * 128.0, y: 0.461_574_1 * 128.0 },
    Point { x: 0.682_622_9 * 128.0, y: 0.461_574_1 * 128.0 },
    Point { x: 0.500_262_5 * 128.0, y: 0.640_505_4 * 128.0 },
    Point { x: 0.349_471_88 * 128.0, y: 0.824_692 * 128.0 },
    Point { x: 0.653_436_5 * 128.0, y: 0.824_692 * 128.0 },
];
/// An embedder.
#[derive(Debug)]
pub(super) struct Embedder {
    net: Net,
    kind: Kind,
    output: String,
    input: Planar,
}

impl Embedder {
    pub fn new(net: Net, kind: Kind, output: String) -> Self {
        let side = if kind == Kind::Retail0095 { 128 } else { 112 };
        Self { net, kind, output, input: Planar::new(side, side, kind.order()) }
    }

    /// The embedding of the face with these keypoints. `aligned` is its crop of 112 px, already at hand.
    pub fn embed(
        &mut self,
        picture: &Picture,
        keypoints: &Keypoints,
        aligned: &Planar,
        run: &Run,
    ) -> Result<Option<Embedding>, AnalysisError> {
        if self.kind == Kind::Retail0095 {
            let Some(there) = Similarity::fit(keypoints, &TEMPLATE_0095) else { return Ok(None) };
            warp(picture, &there.inverse(), &mut self.input);
        } else {
            self.input.data.copy_from_slice(&aligned.data);
        }
        self.input.normalise(self.kind);
        let mut sum = self.half(run)?;
        for row in self.input.data.chunks_exact_mut(self.input.width) {
            row.reverse();
        }
        for (s, v) in sum.iter_mut().zip(self.half(run)?) {
            *s += v;
        }
        Ok(Embedding::from_raw(sum))
    }

    fn half(&mut self, run: &Run) -> Result<Vec<f32>, AnalysisError> {
        let outputs = self.net.run(self.input.shape(), &self.input.data, run)?;
        let mut values = outputs.get(&self.output)?.to_vec();
        if self.kind == Kind::Retail0095 {
            // this net's two halves are made unit vectors before they are added
            let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::EPSILON);
            for v in &mut values {
                *v /= norm;
            }
        }
        Ok(values)
    }
}

/// The crop of 112 px that quality and most embedders look at; `None` when keypoints coincide.
pub(super) fn align_112(picture: &Picture, keypoints: &Keypoints, out: &mut Planar) -> Option<()> {
    let there = Similarity::fit(keypoints, &TEMPLATE_112)?;
    warp(picture, &there.inverse(), out);
    Some(())
}
