//! Presentation-attack nets: MiniFASNet on two crops of the face, averaged.

use super::{
    error::AnalysisError,
    resize::{Crop, enlarge},
    tensor::{Net, Order, Planar, Run},
};
use crate::{
    domain::{finding::FaceBox, score::BonaFideScore},
    frame::Picture,
};

/// Side of MiniFASNet's input, px.
const SIDE: usize = 80;
/// Of its three classes (print, bona fide, screen) the bona fide one.
const BONA_FIDE: usize = 1;

/// The nets of a pack, each with its crop.
#[derive(Debug)]
pub(super) struct Pad {
    nets: Vec<(Net, f32, String)>,
    input: Planar,
}

impl Pad {
    /// Net, side of its crop over side of the box, and name of its output.
    pub fn new(nets: Vec<(Net, f32, String)>) -> Self {
        Self { nets, input: Planar::new(SIDE, SIDE, Order::Bgr) }
    }

    /// Mean probability of the class "bona fide". `None` for a pack without such nets.
    pub fn score(
        &mut self,
        picture: &Picture,
        bounds: &FaceBox,
        run: &Run,
    ) -> Result<Option<BonaFideScore>, AnalysisError> {
        if self.nets.is_empty() {
            return Ok(None);
        }
        let mut sum = 0.0;
        for (net, scale, output) in &mut self.nets {
            let size = (picture.width() as usize, picture.height() as usize);
            enlarge(picture, around(bounds, *scale, size), SIDE, SIDE, &mut self.input);
            let outputs = net.run(self.input.shape(), &self.input.data, run)?;
            sum += share(outputs.exactly(output, 3)?, BONA_FIDE);
        }
        Ok(Some(BonaFideScore(sum / self.nets.len() as f32)))
    }
}

/// Softmax of one class.
fn share(logits: &[f32], class: usize) -> f32 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|v| (v - most).exp()).sum();
    (logits[class] - most).exp() / sum
}

/// The box enlarged about its centre, as the nets were trained: enlarged less when the picture is too small, and
/// shifted to lie inside it.
fn around(bounds: &FaceBox, scale: f32, (w, h): (usize, usize)) -> Crop {
    let (most_x, most_y) = (w as f64 - 1.0, h as f64 - 1.0);
    let (bw, bh) =
        (f64::from(bounds.width).trunc().max(1.0), f64::from(bounds.height).trunc().max(1.0));
    let scale = f64::from(scale).min(most_x / bw).min(most_y / bh).max(0.0);
    let span = |start: f32, side: f64, most: f64| {
        let centre = f64::from(start).trunc() + side / 2.0;
        let first = (centre - side * scale / 2.0).clamp(0.0, (most - side * scale).max(0.0));
        let last = (first + side * scale).min(most);
        (first as usize, last as usize - first as usize + 1)
    };
    let (left, width) = span(bounds.x, bw, most_x);
    let (top, height) = span(bounds.y, bh, most_y);
    Crop { left, top, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_crop_is_centred_where_there_is_room_and_shifted_where_there_is_none() {
        let b = FaceBox { x: 200.0, y: 200.0, width: 50.0, height: 60.0 };
        let c = around(&b, 2.0, (640, 480));
        assert_eq!(c, Crop { left: 175, top: 170, width: 101, height: 121 });
        let at_the_edge = around(&FaceBox { x: 0.0, ..b }, 2.0, (640, 480));
        assert_eq!((at_the_edge.left, at_the_edge.width), (0, 101));
        let too_large = around(&b, 100.0, (640, 480));
        assert_eq!((too_large.top, too_large.height), (0, 480));
    }

    #[test]
    fn shares_of_all_classes_add_up() {
        let logits = [900.0, 2.0, -3.0];
        assert!(((0..3).map(|c| share(&logits, c)).sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(share(&[0.0, 5.0, 0.0], BONA_FIDE) > 0.98);
    }

    proptest! {
        #[test]
        fn the_crop_is_always_inside(
            x in -500f32..2000.0, y in -500f32..2000.0, bw in 0f32..1500.0, bh in 0f32..1500.0,
            w in 1usize..1500, h in 1usize..1500, scale in 0.5f32..6.0,
        ) {
            let c = around(&FaceBox { x, y, width: bw, height: bh }, scale, (w, h));
            prop_assert!(c.width >= 1 && c.height >= 1);
            prop_assert!(c.left + c.width <= w && c.top + c.height <= h, "{c:?}");
        }
    }
}
