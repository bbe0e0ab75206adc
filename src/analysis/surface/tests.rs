use super::super::{
    quality::luma,
    tensor::{Order, Planar},
};
use super::*;
use proptest::prelude::*;

const FACE: FaceBox = FaceBox { x: 120.0, y: 60.0, width: 140.0, height: 170.0 };

fn picture(value: impl Fn(usize, usize) -> f32) -> Picture {
    let rgb =
        (0..400 * 300).flat_map(|i| [value(i % 400, i / 400).clamp(0.0, 255.0) as u8; 3]).collect();
    Picture::from_rgb(400, 300, rgb).unwrap()
}

/// A hash without pattern (lowbias32), -0.5 to 0.5.
fn noise(i: usize) -> f32 {
    let mut x = i as u32;
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    ((x ^ (x >> 16)) >> 8) as f32 / 16_777_216.0 - 0.5
}

#[test]
fn the_grid_of_a_screen_stands_out_of_the_noise_of_a_camera() {
    let skin =
        |x: usize, y: usize| 120.0 + 40.0 * (x as f32 / 60.0).sin() + 14.0 * noise(y * 400 + x);
    let plain = moire(&picture(skin), &FACE).unwrap();
    let grid = |x: usize, y: usize| skin(x, y) + 6.0 * (2.1 * x as f32 + 0.9 * y as f32).sin();
    let filmed = moire(&picture(grid), &FACE).unwrap();
    assert!(plain < 1.3 && filmed > plain + 0.7, "{plain} {filmed}");
    let straight =
        |x: usize, y: usize| skin(x, y) + 30.0 * f32::from(u8::from(y.is_multiple_of(8)));
    assert!(moire(&picture(straight), &FACE).unwrap() < 1.4, "blocks of a codec are no grid");
    assert_eq!(moire(&picture(skin), &FaceBox { width: 60.0, ..FACE }), None);
}

fn shrunk(value: impl Fn(usize, usize) -> f32) -> f32 {
    let mut planar = Planar::new(320, 256, Order::Rgb);
    for plane in planar.rgb_mut() {
        for (i, v) in plane.iter_mut().enumerate() {
            *v = value(i % 320, i / 320);
        }
    }
    let face = FaceBox { x: 130.0, y: 70.0, width: 60.0, height: 80.0 };
    border(&luma(&planar), 320, (320, 240), &face)
}

#[test]
fn two_opposite_edges_are_a_border_and_one_is_not() {
    let leaning = |x: usize, y: usize, at: f32| x as f32 > at + 0.06 * (y as f32 - 110.0);
    let screen = |x: usize, y: usize| {
        if leaning(x, y, 90.0) && !leaning(x, y, 235.0) { 150.0 } else { 20.0 }
    };
    assert!(shrunk(screen) > 0.95);
    let door = |x: usize, y: usize| if leaning(x, y, 90.0) { 150.0 } else { 20.0 };
    assert!(shrunk(door) < 0.2);
    assert!(shrunk(|x, y| 120.0 + 60.0 * noise(y * 320 + x)) < 0.75);
}

proptest! {
    #[test]
    fn lines_counted_by_rows_are_those_counted_one_by_one(
        x in -40f32..330.0, y in -40f32..250.0, w in 4f32..200.0, h in 4f32..200.0, seed: u16,
    ) {
        let (width, height) = (320, 240);
        let value = |x: usize, y: usize| 120.0 + 60.0 * noise(y * 320 + x + usize::from(seed));
        let columns = Span::of(x, w, width);
        let rows = Span::of(y, h, height);
        let change = |x: usize, y: usize| value(x + 1, y) - value(x - 1, y);
        let steps = Steps::of(&columns, &rows, change);
        for zone in [&columns.before, &columns.after] {
            let (found, expected) = (steps.straightest(zone), one_by_one(zone, &rows, width, &change));
            prop_assert_eq!(found.to_bits(), expected.to_bits(), "{} {}", found, expected);
        }
    }
}

fn one_by_one(
    zone: &RangeInclusive<usize>,
    along: &Span,
    most: usize,
    change: &dyn Fn(usize, usize) -> f32,
) -> f32 {
    let run = along.run();
    if (run.len() as f32) < EDGE_ALONG * along.length || zone.end() <= zone.start() {
        return 0.0;
    }
    let middle = (run.start + run.end) as f32 / 2.0;
    let mut best = 0;
    for start in zone.clone() {
        for lean in LEANING {
            let by: Vec<f32> = run
                .clone()
                .map(|step| (start as f32 + (lean * (step as f32 - middle)).floor(), step))
                .filter(|(place, _)| (1.0..=(most - 2) as f32).contains(place))
                .map(|(place, step)| change(place as usize, step))
                .collect();
            let up = by.iter().filter(|by| **by > EDGE).count();
            best = best.max(up).max(by.iter().filter(|by| **by < -EDGE).count());
        }
    }
    best as f32 / run.len() as f32
}

#[test]
fn the_transform_finds_a_wave_where_it_is() {
    let wave = |i: usize| {
        let (x, y) = ((i % PATCH) as f32, (i / PATCH) as f32);
        (std::f32::consts::TAU * (10.0 * x + 30.0 * y) / PATCH as f32).cos()
    };
    let patch: Vec<f32> = (0..PATCH * PATCH).map(wave).collect();
    let power = power(&patch);
    let at = |dx: isize, dy: isize| {
        let place = |d: isize| (PATCH / 2).wrapping_add_signed(d);
        power[place(dy) * PATCH + place(dx)]
    };
    assert!((at(10, 30).sqrt() - 8192.0).abs() < 10.0 && at(9, 30).sqrt() < 10.0);
    assert!((at(-10, -30).sqrt() - 8192.0).abs() < 10.0);
}
