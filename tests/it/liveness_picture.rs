//! Draws `docs/liveness-states.svg` from the table that the session itself follows, and fails when the committed picture is
//! another. `JIANMIAN_UPDATE_PICTURES=1` writes it anew.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use jianmian::liveness::{ALWAYS, Cause, StageName, TRANSITIONS, Transition};
use std::fmt::Write;

const WIDTH: f32 = 214.0;
const COLUMN: f32 = 268.0;
const ROW: f32 = 268.0;

/// Place in the grid, title and what happens there.
fn stage(name: StageName) -> ((f32, f32), &'static str, &'static str) {
    match name {
        StageName::Seeking => ((0.0, 0.0), "Seeking", "a steady, usable face"),
        StageName::Light => ((1.0, 0.0), "Light", "drawn colours, in turn"),
        StageName::Settling => ((2.0, 0.0), "Settling", "last answers, then judged"),
        StageName::Concluded => ((4.0, 0.0), "Concluded", "evidence for the decision"),
        StageName::Paused => ((0.0, 1.0), "Paused", "the line is down"),
        StageName::Waiting => ((2.0, 1.0), "Waiting", "for the drawn moment"),
        StageName::Turning => ((3.0, 1.0), "Turning", "“look at the flower”"),
        StageName::Returning => ((4.0, 1.0), "Returning", "“back to the phone”"),
    }
}

const STAGES: [StageName; 8] = [
    StageName::Seeking,
    StageName::Light,
    StageName::Settling,
    StageName::Waiting,
    StageName::Turning,
    StageName::Returning,
    StageName::Paused,
    StageName::Concluded,
];

fn words(cause: Cause) -> &'static str {
    match cause {
        Cause::FaceSteady => "face steady",
        Cause::FaceSteadyAgain => "steady, no light to show",
        Cause::NoFaceInTime => "no usable face in 12 s",
        Cause::StepsShown => "all colours shown",
        Cause::FaceGone => "face gone 1 s: redraw",
        Cause::FaceGoneTooOften => "face gone a third time",
        Cause::LightSeen => "light seen",
        Cause::LightRefuted => "other light, or too late",
        Cause::LightUnclear => "light unclear or flat",
        Cause::MomentCame => "0.9 to 2.6 s",
        Cause::MovementSkipped => "movement skipped",
        Cause::Turned => "head turned",
        Cause::NotTurned => "nobody moved in 7 s",
        Cause::LookedBack => "back",
        Cause::CameraChanged => "other camera",
        Cause::LineLost => "line lost",
        Cause::LineBack => "line back",
        Cause::LineStaysLost => "line stays lost",
        Cause::Left => "the person leaves",
        Cause::BudgetSpent => "the call's time is spent",
    }
}

/// What would be an arrow too many stands as a note in the box: pauses and early ends.
fn note(t: Transition) -> Option<String> {
    let straight = matches!(t.from, StageName::Settling | StageName::Returning);
    match t.to {
        StageName::Paused => Some(format!("‖ {}", words(t.cause))),
        StageName::Seeking if t.cause == Cause::CameraChanged => {
            Some(format!("↺ {}", words(t.cause)))
        }
        StageName::Concluded
            if !straight || matches!(t.cause, Cause::LineLost | Cause::CameraChanged) =>
        {
            Some(format!("■ {}", words(t.cause)))
        }
        _ => None,
    }
}

fn notes(name: StageName) -> Vec<String> {
    TRANSITIONS.iter().filter(|t| t.from == name).filter_map(|t| note(*t)).collect()
}

/// Left, top, width, height.
fn place(name: StageName) -> (f32, f32, f32, f32) {
    let ((column, row), ..) = stage(name);
    let height = 66.0 + 19.0 * notes(name).len() as f32;
    (30.0 + column * COLUMN, 64.0 + row * ROW, WIDTH, height)
}

fn draw() -> String {
    let mut svg = String::from(concat!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1346 560\" role=\"img\" ",
        "aria-label=\"Stages of a liveness capture\" font-family=\"system-ui, sans-serif\">\n",
        "<defs><marker id=\"tip\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" ",
        "markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 0L10 5L0 10z\" ",
        "fill=\"#0F5E5C\"/></marker></defs>\n",
        "<rect width=\"1346\" height=\"560\" fill=\"#FBF7F0\"/>\n",
    ));
    let mut drawn: Vec<(StageName, StageName)> = Vec::new();
    for t in TRANSITIONS.iter().filter(|t| note(**t).is_none()) {
        if !drawn.contains(&(t.from, t.to)) {
            drawn.push((t.from, t.to));
            arrow(&mut svg, t.from, t.to);
        }
    }
    for name in STAGES {
        boxed(&mut svg, name);
    }
    let always: Vec<&str> = ALWAYS.iter().map(|c| words(*c)).collect();
    let _ = writeln!(
        svg,
        "<text x=\"30\" y=\"532\" font-size=\"15\" fill=\"#5A6568\">■ concluded · ‖ paused · ↺ seeking anew · in \
         every stage also ■ {}. Drawn from the table in src/liveness/stage.rs.</text>\n</svg>",
        always.join(" and ■ ")
    );
    svg
}

fn boxed(svg: &mut String, name: StageName) {
    let (x, y, width, height) = place(name);
    let (_, title, what) = stage(name);
    let (fill, edge) = match name {
        StageName::Concluded => ("#E9F4EC", "#1E6B3A"),
        StageName::Paused => ("#FFF3DC", "#7A4B00"),
        _ => ("#FFFFFF", "#0F5E5C"),
    };
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"14\" fill=\"{fill}\" \
         stroke=\"{edge}\" stroke-width=\"2\"/>"
    );
    let mut line = |dy: f32, size: u32, weight: u32, colour: &str, text: &str| {
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" font-size=\"{size}\" font-weight=\"{weight}\" \
             fill=\"{colour}\">{text}</text>",
            x + 16.0,
            y + dy
        );
    };
    line(28.0, 19, 700, "#1F2A2E", title);
    line(50.0, 15, 400, "#5A6568", what);
    for (i, text) in notes(name).iter().enumerate() {
        line(72.0 + 19.0 * i as f32, 13, 400, "#7A4B00", text);
    }
}

fn arrow(svg: &mut String, from: StageName, to: StageName) {
    let (fx, fy, fw, fh) = place(from);
    let (tx, ty, tw, th) = place(to);
    let back = TRANSITIONS.iter().any(|t| t.from == to && t.to == from && note(*t).is_none());
    let causes: Vec<&str> = TRANSITIONS
        .iter()
        .filter(|t| t.from == from && t.to == to && note(**t).is_none())
        .map(|t| words(t.cause))
        .collect();
    let same_row = (fy - ty).abs() < 1.0;
    let ((x1, y1), (x2, y2)) = if same_row && fx < tx {
        ((fx + fw, fy + 28.0), (tx, ty + 28.0))
    } else if same_row {
        ((fx, fy + 60.0), (tx + tw, ty + 60.0))
    } else if (fx - tx).abs() < 1.0 {
        let x = fx + fw / 2.0;
        if fy < ty { ((x, fy + fh), (x, ty)) } else { ((x, fy), (x, ty + th)) }
    } else {
        ((fx + fw - 60.0, fy + fh), (tx, ty + 28.0))
    };
    let _ = writeln!(
        svg,
        "<path d=\"M{x1} {y1}L{x2} {y2}\" fill=\"none\" stroke=\"#0F5E5C\" stroke-width=\"2\" \
         marker-end=\"url(#tip)\"/>"
    );
    // A short way in a row has its words above (or, on the way back, below) the boxes.
    let short = same_row && (x2 - x1).abs() < 100.0;
    // Moved aside a little there, where the slanting way begins.
    let aside = if short && fx > tx { 60.0 } else { 0.0 };
    let (mx, my) = (f32::midpoint(x1, x2) + aside, f32::midpoint(y1, y2));
    for (i, text) in causes.iter().enumerate() {
        let y = match (short, back && fx > tx) {
            (true, true) => fy + fh.max(th) + 22.0,
            (true, false) => fy - 14.0,
            _ => my + 5.0 + 20.0 * i as f32 - if same_row { 14.0 } else { 0.0 },
        };
        let width = 7.3 * text.chars().count() as f32 + 10.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{}\" y=\"{}\" width=\"{width}\" height=\"19\" fill=\"#FBF7F0\"/>\n<text \
             x=\"{mx}\" y=\"{y}\" font-size=\"14\" text-anchor=\"middle\" fill=\"#0F5E5C\">{text}</text>",
            mx - width / 2.0,
            y - 14.0
        );
    }
}

#[test]
fn the_picture_of_the_stages_is_that_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/liveness-states.svg");
    let picture = draw();
    if std::env::var_os("JIANMIAN_UPDATE_PICTURES").is_some() {
        std::fs::write(path, &picture).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == picture, "run with JIANMIAN_UPDATE_PICTURES=1 and commit {path}");
}
