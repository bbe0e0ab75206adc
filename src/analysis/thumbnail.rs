//! A thumbnail too small to recognise anybody by, large enough to see that pictures repeat or stand still.

use crate::domain::finding::Thumbnail;

/// Cells a side.
const SIDE: usize = 16;
/// Steps of one standard deviation.
const STEPS: f32 = 32.0;

/// The thumbnail of the picture in the top left `shown` of a luma plane of `stride` px a row, and its mean luma.
pub(super) fn of((luma, stride): (&[f32], usize), shown: (usize, usize)) -> (Thumbnail, f32) {
    let (width, height) = shown;
    let part = |i: usize, whole: usize| {
        let from = (i * whole / SIDE).min(whole - 1);
        from..((i + 1) * whole / SIDE).max(from + 1)
    };
    let mut cells = Vec::with_capacity(SIDE * SIDE);
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (ys, xs) = (part(row, height), part(column, width));
            let count = (ys.len() * xs.len()) as f32;
            let sum: f32 = ys.map(|y| luma[y * stride..][xs.clone()].iter().sum::<f32>()).sum();
            cells.push(sum / count);
        }
    }
    let n = cells.len() as f32;
    let mean = cells.iter().sum::<f32>() / n;
    let variance = cells.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / n;
    // a picture of one colour has no pattern: its noise must not be blown up to one
    let scale = STEPS / variance.sqrt().max(1.0);
    let steps = cells.iter().map(|v| ((v - mean) * scale).round().clamp(-127.0, 127.0) as i8);
    (Thumbnail(steps.collect()), mean)
}

#[cfg(test)]
mod tests {
    use super::super::{
        quality::luma,
        tensor::{Order, Planar},
    };
    use super::*;

    fn of(shrunk: &Planar, shown: (usize, usize)) -> (Thumbnail, f32) {
        super::of((&luma(shrunk), shrunk.width), shown)
    }

    fn picture(gain: f32, shift: f32) -> Planar {
        let mut planar = Planar::new(64, 32, Order::Rgb);
        for plane in planar.rgb_mut() {
            for (i, v) in plane.iter_mut().enumerate() {
                *v = ((i % 64) * 2 + (i / 64)) as f32 * gain + shift;
            }
        }
        planar
    }

    #[test]
    fn brightness_and_contrast_do_not_change_it() {
        let (a, dark) = of(&picture(1.0, 0.0), (64, 32));
        let (b, bright) = of(&picture(1.2, 30.0), (64, 32));
        assert_eq!(a, b);
        assert!(bright > dark);
        assert_eq!(a.0.len(), 256);
        assert!(a.0[0] < -30 && a.0[255] > 30);
    }

    #[test]
    fn padding_is_not_part_of_the_picture() {
        let mut padded = Planar::new(96, 64, Order::Rgb);
        let plain = picture(1.0, 0.0);
        for (to, from) in padded.rgb_mut().into_iter().zip(plain.rgb()) {
            for y in 0..32 {
                to[y * 96..][..64].copy_from_slice(&from[y * 64..][..64]);
            }
        }
        assert_eq!(of(&padded, (64, 32)), of(&plain, (64, 32)));
    }

    #[test]
    fn narrow_and_flat_pictures_have_one_too() {
        let (thumbnail, mean) = of(&Planar::new(320, 1, Order::Bgr), (320, 1));
        assert_eq!(thumbnail.0, [0; 256]);
        assert!(mean.abs() < 1e-6);
    }
}
