//! Planar YUV 4:2:0 to RGB, as cameras and encoders of calls mean it: BT.601, limited range.

/// A decoded picture in planes; chroma has half the size, rounded up.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Planes {
    /// Width, px.
    pub width: usize,
    /// Height, px.
    pub height: usize,
    /// Luma, `width * height` bytes.
    pub y: Vec<u8>,
    /// Blue difference.
    pub u: Vec<u8>,
    /// Red difference.
    pub v: Vec<u8>,
}

impl Planes {
    /// Whether the buffers fit the dimensions.
    pub fn is_whole(&self) -> bool {
        let chroma = self.width.div_ceil(2) * self.height.div_ceil(2);
        let luma = self.width * self.height;
        luma > 0 && self.y.len() == luma && self.u.len() == chroma && self.v.len() == chroma
    }

    /// RGB bytes, row-major; empty unless [`Self::is_whole`].
    ///
    /// Fixed point with 8 fractional bits, coefficients of ITU-R BT.601-7 for limited range
    /// (1.164, 1.596, 0.392, 0.813, 2.017 times 256); within 1 of the exact value.
    pub fn to_rgb(&self) -> Vec<u8> {
        if !self.is_whole() {
            return Vec::new();
        }
        let (width, chroma_width) = (self.width, self.width.div_ceil(2));
        let mut rgb = vec![0; width * self.height * 3];
        // Row buffers in planes, so that the arithmetic below is done in vectors; interleaving comes last.
        let mut chroma = [vec![0; width], vec![0; width], vec![0; width]];
        let mut planes = [vec![0; width], vec![0; width], vec![0; width]];
        let rows = self.y.chunks_exact(width).zip(rgb.chunks_exact_mut(width * 3));
        for (row, (luma, out)) in rows.enumerate() {
            if row % 2 == 0 {
                let from = row / 2 * chroma_width;
                let to = from + chroma_width;
                spread_chroma(&self.u[from..to], &self.v[from..to], &mut chroma);
            }
            for (plane, chroma) in planes.iter_mut().zip(&chroma) {
                for ((value, &y), &part) in plane.iter_mut().zip(luma).zip(chroma) {
                    *value = clamp((i32::from(y) * 298 + part) >> 8);
                }
            }
            let [r, g, b] = &planes;
            for (pixel, ((&r, &g), &b)) in out.chunks_exact_mut(3).zip(r.iter().zip(g).zip(b)) {
                pixel.copy_from_slice(&[r, g, b]);
            }
        }
        rgb
    }
}

/// What one row of chroma adds to each pixel's red, green and blue; luma's offset and the rounding are in it.
fn spread_chroma(blue: &[u8], red: &[u8], chroma: &mut [Vec<i32>; 3]) {
    const OFFSET: i32 = 128 - 16 * 298;
    let [to_red, to_green, to_blue] = chroma;
    let pairs = to_red.chunks_mut(2).zip(to_green.chunks_mut(2)).zip(to_blue.chunks_mut(2));
    for (((to_red, to_green), to_blue), (&u, &v)) in pairs.zip(blue.iter().zip(red)) {
        let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
        to_red.fill(OFFSET + 409 * v);
        to_green.fill(OFFSET - 100 * u - 208 * v);
        to_blue.fill(OFFSET + 516 * u);
    }
}

#[inline]
#[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation)] // clamped to a byte
fn clamp(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn every_colour_is_within_one_of_the_exact_conversion() {
        for y in (0..=255_u8).step_by(5) {
            for u in (0..=255_u8).step_by(5) {
                for v in (0..=255_u8).step_by(5) {
                    let planes = Planes { width: 1, height: 1, y: vec![y], u: vec![u], v: vec![v] };
                    let (c, d, e) =
                        (f64::from(y) - 16.0, f64::from(u) - 128.0, f64::from(v) - 128.0);
                    let (c, r) = (c * 255.0 / 219.0, 1.402 * 255.0 / 224.0);
                    let (b, kr, kb) = (1.772 * 255.0 / 224.0, 0.299, 0.114);
                    let kg = 1.0 - kr - kb;
                    let exact = [c + r * e, c - kb / kg * b * d - kr / kg * r * e, c + b * d];
                    for (got, want) in planes.to_rgb().into_iter().zip(exact) {
                        let want = want.clamp(0.0, 255.0);
                        assert!((f64::from(got) - want).abs() <= 1.51, "{y} {u} {v}: {got} {want}");
                    }
                }
            }
        }
    }

    #[test]
    fn odd_sizes_use_the_rounded_up_chroma() {
        let planes = Planes {
            width: 3,
            height: 3,
            y: vec![128; 9],
            u: vec![128, 128, 128, 255],
            v: vec![128, 128, 128, 255],
        };
        let rgb = planes.to_rgb();
        assert_eq!(rgb.len(), 27);
        assert_eq!(&rgb[..3], &[130, 130, 130]);
        assert_eq!(&rgb[24..], &[255, 0, 255]);
    }

    #[test]
    fn buffers_that_do_not_fit_give_nothing() {
        let planes = Planes { width: 4, height: 4, y: vec![0; 15], u: vec![0; 4], v: vec![0; 4] };
        assert!(planes.to_rgb().is_empty());
    }
}
