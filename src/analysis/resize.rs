//! Resizing into planes: by area when shrinking, bilinear otherwise, with whole 8-bit values as other tools give them,
//! so that nets see what they saw when they were trained.

use super::tensor::Planar;
use crate::frame::Picture;

/// A rectangle of whole pixels inside a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crop {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// Shrinks pictures by area; keeps its tables and row buffers between frames.
#[derive(Debug, Default)]
pub(super) struct Shrinker {
    columns: Cover,
    columns_for: (usize, usize),
    /// One row of sums: values with 8 bits behind the point.
    row: Vec<u16>,
}

impl Shrinker {
    /// Writes the whole picture into the top left `width` x `height` of `out`; the rest of `out` is left as it is.
    pub fn shrink(&mut self, picture: &Picture, width: usize, height: usize, out: &mut Planar) {
        let (w, h) = (picture.width() as usize, picture.height() as usize);
        if (w, h) == (width, height) {
            copy(picture, out);
        } else if width > w || height > h {
            let all = Crop { left: 0, top: 0, width: w, height: h };
            enlarge(picture, all, width, height, out);
        } else if w % width == 0 && h % height == 0 && w / width == h / height && w / width <= 16 {
            self.by_whole_factor(picture, w / width, width, height, out);
        } else {
            self.by_area(picture, width, height, out);
        }
    }

    /// The common case (640 to 320): sums of whole pixels in 16 bits.
    fn by_whole_factor(
        &mut self,
        picture: &Picture,
        factor: usize,
        width: usize,
        height: usize,
        out: &mut Planar,
    ) {
        let stride = picture.width() as usize * 3;
        let out_stride = out.width;
        let [red, green, blue] = out.rgb_mut();
        self.row.resize(stride, 0);
        for y in 0..height {
            self.row.fill(0);
            for row in picture.rgb()[y * factor * stride..][..factor * stride].chunks_exact(stride)
            {
                for (sum, value) in self.row.iter_mut().zip(row) {
                    *sum += u16::from(*value);
                }
            }
            let at = y * out_stride..y * out_stride + width;
            let to = [&mut red[at.clone()], &mut green[at.clone()], &mut blue[at]];
            match factor {
                2 => means(2, &self.row, to), // 640 to 320
                4 => means(4, &self.row, to),
                factor => means(factor, &self.row, to),
            }
        }
    }

    /// Any other factor: weights with 8 bits behind the point, down in 16 bits and across in 32.
    fn by_area(&mut self, picture: &Picture, width: usize, height: usize, out: &mut Planar) {
        let (w, h) = (picture.width() as usize, picture.height() as usize);
        if self.columns_for != (w, width) {
            self.columns = Cover::new(w, width);
            self.columns_for = (w, width);
        }
        let out_stride = out.width;
        let [red, green, blue] = out.rgb_mut();
        self.row.resize(w * 3, 0);
        for y in 0..height {
            let (first, weights) = coverage(y, h, height);
            self.row.fill(0);
            for (i, weight) in weights.into_iter().enumerate() {
                let source = &picture.rgb()[(first + i) * w * 3..][..w * 3];
                for (sum, value) in self.row.iter_mut().zip(source) {
                    *sum += u16::from(*value) * weight;
                }
            }
            let at = y * out_stride..y * out_stride + width;
            let to = [&mut red[at.clone()], &mut green[at.clone()], &mut blue[at]];
            match self.columns.taps {
                3 => self.columns.across(3, &self.row, to), // 480 to 320 and the like
                4 => self.columns.across(4, &self.row, to),
                taps => self.columns.across(taps, &self.row, to),
            }
        }
    }
}

/// Means of `factor` by `factor` pixels from sums of their columns. Where it is a number known when compiling, the loop over it is unrolled.
#[allow(clippy::inline_always)] // else it is not known
#[inline(always)]
fn means(factor: usize, row: &[u16], [red, green, blue]: [&mut [f32]; 3]) {
    let area = (factor * factor) as u32;
    let planes = red.iter_mut().zip(green).zip(blue);
    for (block, ((r, g), b)) in row.chunks_exact(3 * factor).zip(planes) {
        let mut sum = [0_u32; 3];
        for pixel in block.chunks_exact(3) {
            for (sum, value) in sum.iter_mut().zip(pixel) {
                *sum += u32::from(*value);
            }
        }
        (*r, *g, *b) = sum.map(|sum| ((sum + area / 2) / area) as f32).into();
    }
}

/// What each target column covers of a row: so many source columns from a first one, with weights.
#[derive(Debug, Default)]
struct Cover {
    taps: usize,
    first: Vec<usize>,
    weights: Vec<u32>,
}

impl Cover {
    fn new(source: usize, target: usize) -> Self {
        let covers: Vec<_> = (0..target).map(|i| coverage(i, source, target)).collect();
        let taps = covers.iter().map(|(_, weights)| weights.len()).max().unwrap_or(1);
        let mut cover = Self { taps, first: Vec::new(), weights: vec![0; target * taps] };
        for ((first, weights), to) in covers.iter().zip(cover.weights.chunks_exact_mut(taps)) {
            // all have the same number of taps, and at the right edge they begin farther left
            let from = (*first).min(source - taps);
            cover.first.push(from);
            for (to, weight) in to[first - from..].iter_mut().zip(weights) {
                *to = u32::from(*weight);
            }
        }
        cover
    }

    /// `taps` is [`Self::taps`]; where it is a number known when compiling, the loop over it is unrolled.
    #[allow(clippy::inline_always)] // else it is not known
    #[inline(always)]
    fn across(&self, taps: usize, row: &[u16], [red, green, blue]: [&mut [f32]; 3]) {
        let columns = self.first.iter().zip(self.weights.chunks_exact(taps));
        let planes = red.iter_mut().zip(green).zip(blue);
        for ((first, weights), ((r, g), b)) in columns.zip(planes) {
            let mut sum = [1_u32 << 15; 3];
            for (pixel, weight) in row[first * 3..][..taps * 3].chunks_exact(3).zip(weights) {
                for (sum, value) in sum.iter_mut().zip(pixel) {
                    *sum += u32::from(*value) * weight;
                }
            }
            let [red, green, blue] = sum.map(|v| (v >> 16) as f32);
            (*r, *g, *b) = (red, green, blue);
        }
    }
}

/// The source cells that target cell `index` covers, with weights that add up to 256.
fn coverage(index: usize, source: usize, target: usize) -> (usize, Vec<u16>) {
    let scale = source as f64 / target as f64;
    let (from, to) = (index as f64 * scale, ((index + 1) as f64 * scale).min(source as f64));
    let first = from as usize;
    let last = ((to - 1e-6).ceil() as usize).clamp(first + 1, source);
    // rounded so that what is covered up to a cell is right, not the cell alone
    let upto = |cell: usize| (((cell as f64).min(to) - from) / (to - from) * 256.0).round() as u16;
    let weights = (first..last)
        .map(|cell| {
            let before = if cell == first { 0 } else { upto(cell) };
            let after = if cell + 1 == last { 256 } else { upto(cell + 1) };
            after - before
        })
        .collect();
    (first, weights)
}

fn copy(picture: &Picture, out: &mut Planar) {
    let width = picture.width() as usize;
    let out_stride = out.width;
    let [red, green, blue] = out.rgb_mut();
    for (y, row) in picture.rgb().chunks_exact(width * 3).enumerate() {
        for (x, pixel) in row.chunks_exact(3).enumerate() {
            let at = y * out_stride + x;
            red[at] = f32::from(pixel[0]);
            green[at] = f32::from(pixel[1]);
            blue[at] = f32::from(pixel[2]);
        }
    }
}

/// One of the two weights between neighbours, in steps of 1/2048; they add up to this.
const WEIGHT_ONE: i32 = 2048;

/// Bilinear resize (pixel centres at halves, edges repeated) of a crop into the top left of `out`. In whole numbers with
/// the precision OpenCV keeps, because the nets were trained and measured on pictures resized by it.
pub(super) fn enlarge(
    picture: &Picture,
    crop: Crop,
    width: usize,
    height: usize,
    out: &mut Planar,
) {
    let stride = picture.width() as usize * 3;
    let columns: Vec<Between> = (0..width).map(|x| between(x, crop.width, width)).collect();
    let out_stride = out.width;
    let [red, green, blue] = out.rgb_mut();
    for y in 0..height {
        let rows = between(y, crop.height, height);
        let row =
            |r: usize| &picture.rgb()[(crop.top + r) * stride + crop.left * 3..][..crop.width * 3];
        let (above, below) = (row(rows.first), row(rows.second));
        for (x, column) in columns.iter().enumerate() {
            let (left, right) = (column.first * 3, column.second * 3);
            let along = |row: &[u8], c: usize| {
                let sum = i32::from(row[left + c]) * column.weights.0
                    + i32::from(row[right + c]) * column.weights.1;
                sum >> 4
            };
            let mix = |c: usize| {
                let above = (along(above, c) * rows.weights.0) >> 16;
                let below = (along(below, c) * rows.weights.1) >> 16;
                ((above + below + 2) >> 2) as f32
            };
            let at = y * out_stride + x;
            red[at] = mix(0);
            green[at] = mix(1);
            blue[at] = mix(2);
        }
    }
}

/// Two source cells, and the weight of each.
struct Between {
    first: usize,
    second: usize,
    weights: (i32, i32),
}

/// What target cell `index` lies between.
fn between(index: usize, source: usize, target: usize) -> Between {
    let at = ((index as f64 + 0.5) * (source as f64 / target as f64) - 0.5) as f32;
    let at = at.clamp(0.0, (source - 1) as f32);
    let first = at as usize;
    let weight = ((at - first as f32) * WEIGHT_ONE as f32).round_ties_even() as i32;
    Between { first, second: (first + 1).min(source - 1), weights: (WEIGHT_ONE - weight, weight) }
}

#[cfg(test)]
mod tests {
    use super::super::tensor::Order;
    use super::*;
    use proptest::prelude::*;

    fn picture(width: u32, height: u32, at: impl Fn(u32, u32, u32) -> u8) -> Picture {
        let mut rgb = Vec::new();
        for y in 0..height {
            for x in 0..width {
                rgb.extend((0..3).map(|c| at(x, y, c)));
            }
        }
        Picture::from_rgb(width, height, rgb).unwrap()
    }

    fn shrunk(picture: &Picture, width: usize, height: usize) -> Planar {
        let mut out = Planar::new(width, height, Order::Rgb);
        Shrinker::default().shrink(picture, width, height, &mut out);
        out
    }

    #[test]
    fn whole_factors_give_block_means_in_the_right_plane() {
        let p = picture(4, 2, |x, y, c| (x * 10 + y * 4 + c * 50) as u8);
        let out = shrunk(&p, 2, 1);
        assert_eq!(out.rgb()[0], [7.0, 27.0]);
        assert_eq!(out.rgb()[1], [57.0, 77.0]);
        assert_eq!(out.rgb()[2], [107.0, 127.0]);
    }

    #[test]
    fn area_weights_follow_the_overlap() {
        let p = picture(3, 3, |x, _, _| (x * 100) as u8);
        let out = shrunk(&p, 2, 2);
        // cell 0 covers column 0 and half of column 1: (0 + 50) / 1.5; cell 1: (50 + 200) / 1.5
        assert_eq!(&out.rgb()[0][..2], [33.0, 167.0]);
    }

    #[test]
    fn enlarging_repeats_edges_and_mixes_between() {
        let p = picture(2, 1, |x, _, _| (x * 100) as u8);
        let out = shrunk(&p, 4, 2);
        assert_eq!(&out.rgb()[1][..4], [0.0, 25.0, 75.0, 100.0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_flat_picture_stays_flat(w in 1u32..90, h in 1u32..90, tw in 1usize..70, th in 1usize..70, v: u8) {
            let out = shrunk(&picture(w, h, |_, _, _| v), tw, th);
            prop_assert!(out.data.iter().all(|x| (x - f32::from(v)).abs() < 0.01));
        }

        #[test]
        fn coverage_adds_up_to_one(source in 1usize..500, target in 1usize..200) {
            prop_assume!(target <= source);
            for i in 0..target {
                let (first, weights) = coverage(i, source, target);
                prop_assert!(first + weights.len() <= source);
                prop_assert_eq!(weights.iter().sum::<u16>(), 256);
            }
        }
    }
}
