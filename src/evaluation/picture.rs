//! Pictures of the reports, as inline SVG: the DET curve and the scores of the two kinds.

use super::verification::{Bar, VerificationReport};
use std::fmt::Write as _;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 52.0;

fn x_of(share: f64) -> f64 {
    LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
}

fn y_of(share: f64) -> f64 {
    HEIGHT - BOTTOM - share.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
}

fn open(title: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\" xmlns=\"http://www.w3.org/2000/svg\">"
    )
}

fn axis_words(svg: &mut String, below: &str, beside: &str) {
    let (x, y) = (f64::midpoint(LEFT, WIDTH - RIGHT), HEIGHT - 10.0);
    let _ = write!(svg, "<text x=\"{x}\" y=\"{y}\" class=\"axis\">{below}</text>");
    let middle = f64::midpoint(TOP, HEIGHT - BOTTOM);
    let _ = write!(
        svg,
        "<text x=\"14\" y=\"{middle}\" class=\"axis\" transform=\"rotate(-90 14 {middle})\">{beside}</text>"
    );
}

/// False-match rate against false non-match rate, both on logarithmic axes.
pub(super) fn curve(report: &VerificationReport) -> String {
    let floor_x = decade_below(report.impostor);
    let floor_y = decade_below(report.genuine);
    let place = |rate: f64, floor: i32| {
        if rate <= 0.0 { 0.0 } else { 1.0 - rate.log10() / f64::from(floor) }
    };
    let mut svg = open("DET curve: false-match rate against false non-match rate");
    for (floor, across) in [(floor_x, true), (floor_y, false)] {
        for decade in floor..=0 {
            let share = place(10_f64.powi(decade), floor);
            let words = ratio_words(decade);
            if across {
                let x = x_of(share);
                let (top, bottom) = (TOP, HEIGHT - BOTTOM);
                let _ = write!(
                    svg,
                    "<path d=\"M{x:.1} {top}V{bottom}\" class=\"grid\"/><text x=\"{x:.1}\" y=\"{:.1}\" class=\"tick\">{words}</text>",
                    bottom + 16.0
                );
            } else {
                let y = y_of(share);
                let (left, right) = (LEFT, WIDTH - RIGHT);
                let _ = write!(
                    svg,
                    "<path d=\"M{left} {y:.1}H{right}\" class=\"grid\"/><text x=\"{:.1}\" y=\"{:.1}\" class=\"tick end\">{words}</text>",
                    left - 6.0,
                    y + 4.0
                );
            }
        }
    }
    let mut path = String::new();
    let mut before: Option<f64> = None;
    for [fmr, fnmr] in &report.curve {
        let (x, y) = (x_of(place(*fmr, floor_x)), y_of(place(*fnmr, floor_y)));
        match before {
            None => {
                let _ = write!(path, "M{x:.1} {y:.1}");
            }
            Some(y0) => {
                let _ = write!(path, "L{x:.1} {y0:.1}V{y:.1}");
            }
        }
        before = Some(y);
    }
    let _ = write!(svg, "<path d=\"{path}\" class=\"line\"/>");
    for point in &report.points {
        if let (Some(fmr), Some(fnmr)) = (point.fmr.rate, point.fnmr.rate) {
            let (x, y) = (x_of(place(fmr, floor_x)), y_of(place(fnmr, floor_y)));
            let in_use = if point.name == "threshold in use" { "dot used" } else { "dot" };
            let _ = write!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" class=\"{in_use}\"><title>{}: {:.3}</title></circle>",
                point.name, point.threshold
            );
        }
    }
    axis_words(
        &mut svg,
        "different people taken for one (FMR)",
        "same person not recognised (FNMR)",
    );
    svg.push_str("</svg>");
    svg
}

fn ratio_words(decade: i32) -> String {
    match decade {
        0 => "all".into(),
        -1 => "1:10".into(),
        -2 => "1:100".into(),
        -3 => "1:1,000".into(),
        -4 => "1:10,000".into(),
        _ => format!("10^{decade}"),
    }
}

fn decade_below(n: u64) -> i32 {
    (-(n.max(10) as f64).log10().ceil() as i32).clamp(-6, -1)
}

/// Both kinds of scores as bars, each in shares of its kind; a line where the threshold stands.
pub(super) fn bars(
    bars: &[Bar],
    width: f32,
    (threshold, words): (f32, &str),
    (genuine, impostor): (&str, &str),
) -> String {
    let totals = bars.iter().fold((0_u64, 0_u64), |t, b| (t.0 + b.genuine, t.1 + b.impostor));
    let share = |n: u64, all: u64| if all == 0 { 0.0 } else { n as f64 / all as f64 };
    let tallest = bars
        .iter()
        .map(|b| share(b.genuine, totals.0).max(share(b.impostor, totals.1)))
        .fold(0.01, f64::max);
    let low = f64::from(bars.first().map_or(0.0, |b| b.from).min(threshold - width));
    let high = f64::from(bars.last().map_or(1.0, |b| b.from + width));
    let x = |score: f64| x_of((score - low) / (high - low).max(1e-6));
    let mut svg = open("Scores");
    let bottom = HEIGHT - BOTTOM;
    for bar in bars {
        let (from, to) = (x(f64::from(bar.from)), x(f64::from(bar.from + width)));
        for (n, all, class) in [(bar.impostor, totals.1, "other"), (bar.genuine, totals.0, "same")]
        {
            if n > 0 {
                let top = y_of(share(n, all) / tallest * 0.96).min(bottom - 1.0);
                let _ = write!(
                    svg,
                    "<rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" class=\"{class}\"><title>{:.3}: {n}</title></rect>",
                    from + 0.5,
                    (to - from - 1.0).max(0.5),
                    bottom - top,
                    bar.from
                );
            }
        }
    }
    let first = (low * 5.0).ceil() as i32;
    for fifth in first..=(high * 5.0 + 1e-6).floor() as i32 {
        let score = f64::from(fifth) / 5.0;
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" class=\"tick\">{score:.1}</text>",
            x(score),
            bottom + 16.0
        );
    }
    let (t, right) = (x(f64::from(threshold)), WIDTH - RIGHT);
    let _ = write!(
        svg,
        "<path d=\"M{LEFT} {bottom}H{right}\" class=\"ground\"/><path d=\"M{t:.1} {TOP}V{bottom}\" class=\"mark\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" class=\"label\">{words} {threshold:.2}</text>",
        t + 5.0,
        TOP + 10.0
    );
    axis_words(&mut svg, "score", "share of each kind");
    svg.push_str("</svg>");
    let _ = write!(
        svg,
        "<p class=\"legend\"><span class=\"same\"></span>{genuine} ({}) <span class=\"other\"></span>{impostor} ({})</p>",
        super::html::count(totals.0),
        super::html::count(totals.1)
    );
    svg
}
