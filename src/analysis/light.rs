//! Mean colours in which screen light can be seen: skin, and the background beside the head.

use super::tensor::Planar;
use crate::domain::finding::{FaceBox, MeanColour};

/// Rows and columns of the crop of 112 px that are skin: cheeks and nose; chin. The mouth is left out, it moves.
const SKIN: [([usize; 2], [usize; 2]); 2] = [([58, 84], [30, 82]), ([99, 109], [44, 68])];
/// The head reaches this much of the box's width beyond it on either side (ears, hair).
const HEAD_MARGIN: f32 = 0.35;
/// Least share of the picture that makes a background.
const BACKGROUND_MIN: f32 = 0.04;

/// Mean colour of the skin in the aligned crop.
pub(super) fn skin(aligned: &Planar) -> MeanColour {
    let regions = SKIN.map(|(rows, columns)| (rows[0]..rows[1], columns[0]..columns[1]));
    let count: usize = regions.iter().map(|(rows, columns)| rows.len() * columns.len()).sum();
    let [r, g, b] = aligned.rgb().map(|plane| {
        let sum: f32 = regions
            .iter()
            .flat_map(|(rows, columns)| {
                rows.clone().flat_map(|y| &plane[y * aligned.width..][columns.clone()])
            })
            .sum();
        sum / count as f32
    });
    MeanColour { r, g, b }
}

/// Mean colour beside the head, from the top of the picture to the chin; `None` when that is too little of the picture.
/// `shown` is the part of `shrunk` that is picture; `bounds` is in px of `shrunk`.
pub(super) fn background(
    shrunk: &Planar,
    shown: (usize, usize),
    bounds: &FaceBox,
) -> Option<MeanColour> {
    let (width, height) = shown;
    let margin = bounds.width * HEAD_MARGIN;
    let clip = |v: f32, most: usize| v.clamp(0.0, most as f32) as usize;
    let left = clip(bounds.x - margin, width);
    let right = clip(bounds.x + bounds.width + margin, width);
    let bottom = clip(bounds.y + bounds.height, height);
    let count = bottom * (left + width - right);
    if (count as f32) < BACKGROUND_MIN * (width * height) as f32 || count == 0 {
        return None;
    }
    let [r, g, b] = shrunk.rgb().map(|plane| {
        let sum: f32 = (0..bottom)
            .map(|y| {
                let row = &plane[y * shrunk.width..][..width];
                row[..left].iter().sum::<f32>() + row[right..].iter().sum::<f32>()
            })
            .sum();
        sum / count as f32
    });
    Some(MeanColour { r, g, b })
}

#[cfg(test)]
mod tests {
    use super::super::tensor::Order;
    use super::*;

    #[test]
    fn the_background_is_what_lies_beside_the_head_and_above_the_chin() {
        let mut shrunk = Planar::new(128, 96, Order::Bgr);
        let [r, _, b] = shrunk.rgb_mut();
        for y in 0..90 {
            for x in 0..120 {
                r[y * 128 + x] = if (33..87).contains(&x) || y >= 60 { 255.0 } else { 40.0 };
                b[y * 128 + x] = 7.0;
            }
        }
        let bounds = FaceBox { x: 47.0, y: 20.0, width: 26.0, height: 40.0 };
        // the head with its margin reaches from 37.9 to 82.1; columns 33..37 and 82..87 are face-coloured
        let colour = background(&shrunk, (120, 90), &bounds).unwrap();
        assert!((colour.r - (40.0 + 215.0 * 9.0 / 75.0)).abs() < 1.0, "{colour:?}");
        assert!((colour.b - 7.0).abs() < 1e-3);
    }

    #[test]
    fn a_face_that_fills_the_picture_leaves_no_background() {
        let shrunk = Planar::new(96, 96, Order::Rgb);
        let bounds = FaceBox { x: -5.0, y: 2.0, width: 100.0, height: 90.0 };
        assert_eq!(background(&shrunk, (96, 96), &bounds), None);
        let above = FaceBox { x: 40.0, y: -50.0, width: 10.0, height: 20.0 };
        assert_eq!(background(&shrunk, (96, 96), &above), None);
    }

    #[test]
    fn skin_leaves_the_mouth_out() {
        let mut aligned = Planar::new(112, 112, Order::Rgb);
        let [r, g, b] = aligned.rgb_mut();
        for i in 0..112 * 112 {
            let mouth = (86..98).contains(&(i / 112));
            [r[i], g[i], b[i]] = if mouth { [255.0, 0.0, 0.0] } else { [180.0, 140.0, 120.0] };
        }
        let colour = skin(&aligned);
        assert!((colour.r - 180.0).abs() < 0.1 && (colour.b - 120.0).abs() < 0.1, "{colour:?}");
    }
}
