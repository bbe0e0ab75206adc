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
        // Row buffers, so that the arithmetic is done in vectors; the bytes are interleaved last.
        let even = width.next_multiple_of(2);
        let mut chroma = [vec![0; even], vec![0; even], vec![0; even]];
        let mut packed = vec![0_u32; width.next_multiple_of(4)];
        let rows = self.y.chunks_exact(width).zip(rgb.chunks_exact_mut(width * 3));
        for (row, (luma, out)) in rows.enumerate() {
            if row % 2 == 0 {
                let from = row / 2 * chroma_width;
                let to = from + chroma_width;
                spread_chroma(&self.u[from..to], &self.v[from..to], &mut chroma);
            }
            let [to_red, to_green, to_blue] = &chroma;
            let parts = to_red.iter().zip(to_green).zip(to_blue);
            for ((pixel, &y), ((r, g), b)) in packed.iter_mut().zip(luma).zip(parts) {
                let y = i32::from(y) * 298;
                *pixel = level(y + r) | level(y + g) << 8 | level(y + b) << 16;
            }
            interleave(&packed, out);
        }
        rgb
    }
}

/// What one row of chroma adds to each pixel's red, green and blue; luma's offset and the rounding are in it.
fn spread_chroma(blue: &[u8], red: &[u8], chroma: &mut [Vec<i32>; 3]) {
    const OFFSET: i32 = 128 - 16 * 298;
    let [to_red, to_green, to_blue] = chroma;
    let pairs = to_red
        .chunks_exact_mut(2)
        .zip(to_green.chunks_exact_mut(2))
        .zip(to_blue.chunks_exact_mut(2));
    for (((to_red, to_green), to_blue), (&u, &v)) in pairs.zip(blue.iter().zip(red)) {
        let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
        to_red.copy_from_slice(&[OFFSET + 409 * v; 2]);
        to_green.copy_from_slice(&[OFFSET - 100 * u - 208 * v; 2]);
        to_blue.copy_from_slice(&[OFFSET + 516 * u; 2]);
    }
}

/// A sum in fixed point as a byte.
#[inline]
#[allow(clippy::cast_sign_loss)] // clamped
fn level(sum: i32) -> u32 {
    (sum >> 8).clamp(0, 255) as u32
}

/// Writes the low three bytes of each pixel one after another, four pixels at a time; `packed` is as long as whole fours need.
fn interleave(packed: &[u32], out: &mut [u8]) {
    let mut fours = out.chunks_exact_mut(12);
    for (bytes, pixels) in (&mut fours).zip(packed.chunks_exact(4)) {
        let [a, b, c, d] = [pixels[0], pixels[1], pixels[2], pixels[3]];
        bytes[..4].copy_from_slice(&(a | b << 24).to_le_bytes());
        bytes[4..8].copy_from_slice(&(b >> 8 | c << 16).to_le_bytes());
        bytes[8..].copy_from_slice(&(c >> 16 | d << 8).to_le_bytes());
    }
    let rest = fours.into_remainder();
    let last = packed.len().saturating_sub(4);
    for (bytes, pixel) in rest.chunks_exact_mut(3).zip(&packed[last..]) {
        bytes.copy_from_slice(&pixel.to_le_bytes()[..3]);
    }
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
                    let luma = (f64::from(y) - 16.0) * 255.0 / 219.0;
                    let blue = (f64::from(u) - 128.0) * 1.772 * 255.0 / 224.0;
                    let red = (f64::from(v) - 128.0) * 1.402 * 255.0 / 224.0;
                    let green = -(0.114 * blue + 0.299 * red) / (1.0 - 0.299 - 0.114);
                    let exact = [luma + red, luma + green, luma + blue];
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
