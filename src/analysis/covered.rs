//! Is the lower face covered by a mask, a scarf, a hand with a cloth? Judged by what skin cannot do, not by what masks look like.
//!
//! In the aligned crop of 112 px the same light falls on forehead and chin, so on bare skin the colour of both, brought to one
//! brightness, is nearly the same, whatever the person's colour, the lamp or the screen's light. Cloth is less red than the skin above it,
//! and it has no lips: a band across the mouth that is redder than its surroundings. A covered face shows both; a beard keeps the lips, pale
//! lips keep the skin, a grey picture keeps both colours alike. A cloth of a colour far from any skin counts by itself.
//!
//! In: the crop. Out: 1 for a bare face to 0 for a covered one; below one half it is an issue. `docs/ACCURACY.md` has the rates.

use super::{quality::Ramp, tensor::Planar};

/// Columns and rows of the crop, both half open.
type Region = ([usize; 2], [usize; 2]);

/// Skin above any mask: forehead, root of the nose, under the eyes.
const ABOVE: [Region; 4] =
    [([44, 68], [24, 40]), ([51, 61], [44, 58]), ([34, 46], [58, 64]), ([66, 78], [58, 64])];
/// Beside, above and below the mouth.
const BELOW: [Region; 4] =
    [([36, 48], [80, 104]), ([64, 76], [80, 104]), ([46, 66], [76, 82]), ([46, 66], [100, 108])];
/// The mouth, and the skin just above and below it.
const MOUTH: Region = ([44, 68], [84, 102]);
const ROUND_THE_MOUTH: [Region; 2] = [([40, 72], [76, 81]), ([46, 66], [104, 110])];
/// Lips take about so many rows of the crop.
const LIP_ROWS: usize = 6;

/// Chroma is compared at this luma.
const LUMA: f32 = 128.0;
/// A darker pixel has no colour that could be trusted. Skin above the mask that is darker than this is not judged: the face is too dark.
const LUMA_MIN: f32 = 25.0;

/// How much redder (Cr) the lips are than the skin round them. Bare faces: 1.8 and more in 95 of 100; judged together with `CLOTH`.
const LIPS: Ramp = Ramp(0.0, 6.0);
/// How much less red (Cr) the lower face is than the skin above. Bare faces: 1.8 and less in 95 of 100.
const CLOTH: Ramp = Ramp(12.0, 0.0);
/// Distance of their chroma in any direction that counts by itself.
const FAR: Ramp = Ramp(60.0, 24.0);

/// One pixel: luma, and chroma (BT.601 Cb, Cr) at its own luma.
struct Colours {
    luma: Vec<f32>,
    blue: Vec<f32>,
    red: Vec<f32>,
    width: usize,
}

/// 1 for a bare face to 0 for a covered one.
pub(super) fn uncovered(aligned: &Planar) -> f32 {
    let colours = Colours::of(aligned);
    let (above, below) = (colours.typical(&ABOVE), colours.typical(&BELOW));
    if above.luma < LUMA_MIN {
        return 1.0;
    }
    let (above, below) = (above.at_one_luma(), below.at_one_luma());
    let less_red = above.1 - below.1;
    let distance = (above.0 - below.0).hypot(less_red);
    LIPS.at(colours.lips()).max(CLOTH.at(less_red)).min(FAR.at(distance))
}

/// Medians of a region.
struct Typical {
    luma: f32,
    blue: f32,
    red: f32,
}

impl Typical {
    fn at_one_luma(&self) -> (f32, f32) {
        let scale = LUMA / self.luma.max(LUMA_MIN);
        (self.blue * scale, self.red * scale)
    }
}

impl Colours {
    fn of(aligned: &Planar) -> Self {
        let luma = super::quality::luma(aligned);
        let [r, _, b] = aligned.rgb();
        let chroma = |plane: &[f32], weight: f32| -> Vec<f32> {
            plane.iter().zip(&luma).map(|(v, y)| (v - y) * weight).collect()
        };
        let (blue, red) = (chroma(b, 0.564), chroma(r, 0.713));
        Self { luma, blue, red, width: aligned.width }
    }

    fn typical(&self, regions: &[Region]) -> Typical {
        let median = |plane: &[f32]| median(self.of_regions(plane, regions));
        Typical { luma: median(&self.luma), blue: median(&self.blue), red: median(&self.red) }
    }

    fn of_regions(&self, plane: &[f32], regions: &[Region]) -> Vec<f32> {
        let rows = regions.iter().flat_map(|(columns, rows)| {
            (rows[0]..rows[1]).map(|y| &plane[y * self.width..][columns[0]..columns[1]])
        });
        rows.flatten().copied().collect()
    }

    /// How much redder the reddest rows across the mouth are than the skin round it.
    fn lips(&self) -> f32 {
        let scaled: Vec<f32> = self
            .red
            .iter()
            .zip(&self.luma)
            .map(|(red, luma)| red * LUMA / luma.max(LUMA_MIN))
            .collect();
        let mouth = self.of_regions(&scaled, &[MOUTH]);
        let width = MOUTH.0[1] - MOUTH.0[0];
        let mut rows: Vec<f32> =
            mouth.chunks_exact(width).map(|row| row.iter().sum::<f32>() / width as f32).collect();
        rows.sort_by(|a, b| b.total_cmp(a));
        let reddest = rows[..LIP_ROWS].iter().sum::<f32>() / LIP_ROWS as f32;
        reddest - median(self.of_regions(&scaled, &ROUND_THE_MOUTH))
    }
}

fn median(mut values: Vec<f32>) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::super::tensor::Order;
    use super::*;

    type Rgb = [f32; 3];
    const SKINS: [Rgb; 3] = [[224.0, 182.0, 160.0], [176.0, 130.0, 105.0], [96.0, 66.0, 52.0]];
    const CLOTHS: [Rgb; 4] =
        [[150.0, 190.0, 225.0], [238.0, 238.0, 238.0], [28.0, 28.0, 30.0], [120.0, 175.0, 150.0]];

    fn face(light: Rgb, at: impl Fn(usize, usize) -> Rgb) -> f32 {
        let mut planar = Planar::new(112, 112, Order::Rgb);
        let [r, g, b] = planar.rgb_mut();
        for i in 0..112 * 112 {
            let [x, y, z] = at(i % 112, i / 112);
            [r[i], g[i], b[i]] = [x * light[0], y * light[1], z * light[2]];
        }
        uncovered(&planar)
    }

    fn lips(skin: Rgb) -> Rgb {
        [skin[0] * 0.95, skin[1] * 0.72, skin[2] * 0.78]
    }

    fn in_lips(x: usize, y: usize) -> bool {
        (44..68).contains(&x) && (89..97).contains(&y)
    }

    fn bare(skin: Rgb) -> impl Fn(usize, usize) -> Rgb {
        move |x, y| if in_lips(x, y) { lips(skin) } else { skin }
    }

    const LIGHTS: [Rgb; 4] = [[1.0; 3], [0.35; 3], [1.0, 0.82, 0.6], [0.8, 0.92, 1.0]];

    #[test]
    fn cloth_over_mouth_and_chin_is_noticed_on_every_skin_and_in_every_light() {
        for (skin, light) in SKINS.iter().flat_map(|s| LIGHTS.map(|l| (*s, l))) {
            assert!(face(light, bare(skin)) > 0.9, "bare {skin:?} in {light:?}");
            for cloth in CLOTHS {
                let masked = face(light, |_, y| if y >= 66 { cloth } else { skin });
                assert!(masked < 0.5, "{cloth:?} on {skin:?} in {light:?}: {masked}");
            }
        }
    }

    #[test]
    fn a_beard_pale_lips_and_a_grey_picture_are_no_mask() {
        for skin in SKINS {
            let beard = face([1.0; 3], |x, y| {
                let hair = y > 72 && !in_lips(x, y) && !(x + y).is_multiple_of(4);
                if hair { [58.0, 50.0, 46.0] } else { bare(skin)(x, y) }
            });
            assert!(beard > 0.5, "a beard on {skin:?}: {beard}");
            assert!(face([1.0; 3], |_, _| skin) > 0.9, "pale lips on {skin:?}");
        }
        assert!(face([1.0; 3], |_, y| if y > 70 { [90.0; 3] } else { [150.0; 3] }) > 0.9);
    }

    #[test]
    fn in_the_dark_nothing_is_said_about_masks() {
        let dark = |_: usize, y: usize| if y > 66 { [6.0, 12.0, 22.0] } else { [18.0, 12.0, 10.0] };
        assert!((face([1.0; 3], dark) - 1.0).abs() < f32::EPSILON);
    }
}
