//! The page of an evaluation of attack detection.

use super::{acquisition, count, escape, page, percent, picture, rate, section, tiles, times};
use crate::evaluation::attack::{AttackReport, ByScore, InstrumentRow};
use std::fmt::Write as _;

/// The page of an evaluation of attack detection.
pub fn attack_page(r: &AttackReport) -> String {
    let mut body = String::new();
    let worst = r.apcer_worst.as_ref();
    body.push_str(&tiles(&[
        (
            "Attacks missed, worst instrument",
            worst.and_then(|w| w.rate.rate).map_or("none tried".into(), percent),
            worst.map_or(String::new(), |w| {
                format!(
                    "{}: {} of {}; up to {}",
                    escape(&w.instrument),
                    w.rate.errors,
                    w.rate.trials,
                    percent(w.rate.high)
                )
            }),
        ),
        (
            "Genuine people doubted",
            r.bpcer.rate.rate.map_or("none tried".into(), percent),
            format!(
                "{} of {}; up to {}",
                r.bpcer.rate.errors,
                r.bpcer.rate.trials,
                percent(r.bpcer.rate.high)
            ),
        ),
        (
            "Threshold",
            format!("{:.2}", r.threshold),
            "a bona fide score of at least this passes".into(),
        ),
    ]));
    section(
        &mut body,
        "Attacks taken for bona fide (APCER), by instrument",
        "攻击漏判率",
        &instruments(&r.apcer),
    );
    section(
        &mut body,
        "Bona fide presentations taken for attacks (BPCER), by kind",
        "真人误判率",
        &instruments(&r.bpcer_by_kind),
    );
    let picture = format!(
        "<figure>{}<figcaption>What lies right of the line passes as bona fide.</figcaption></figure>",
        picture::bars(&r.bars, 0.05, (r.threshold, "threshold"), ("bona fide", "attacks"))
    );
    section(&mut body, "Scores", "得分", &picture);
    if let Some(by_score) = &r.by_attack_score {
        section(
            &mut body,
            "All signs together: the attack score",
            "综合攻击评分",
            &signs(by_score),
        );
    }
    let mut inner = acquisition(&r.acquisition, "Items");
    if r.rows_passed_over > 0 {
        let _ = write!(
            inner,
            "<p>{} rows are labelled neither bona_fide nor attack and are not counted.</p>",
            r.rows_passed_over
        );
    }
    section(&mut body, "Failure to acquire", "采集失败", &inner);
    section(&mut body, "Time", "用时", &times(&r.times, "pictures and frames"));
    let lead = format!(
        "Pack <b>{}</b>. {} rows. Tables and picture are of the nets alone unless they say otherwise; a call also asks for an answer to its screen's light.",
        escape(&r.pack),
        count(r.rows)
    );
    page("Presentation-attack detection", "呈现攻击检测评测", &lead, &body)
}

fn instruments(rows: &[InstrumentRow]) -> String {
    if rows.is_empty() {
        return "<p class=\"none\">None in this list.</p>".into();
    }
    let mut html = String::from(
        "<table><thead><tr><th>Instrument or kind</th><th>Decided wrongly</th><th>mean over people</th></tr></thead><tbody>",
    );
    for row in rows {
        let people = match (row.by_subject, row.subjects) {
            (Some(mean), Some(n)) => {
                format!("{} <span class=\"of\">{} people</span>", percent(mean), count(n))
            }
            _ => "people not known".into(),
        };
        let _ = write!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{people}</td></tr>",
            escape(&row.instrument),
            rate(&row.rate)
        );
    }
    html.push_str("</tbody></table>");
    html
}

/// The score of all signs that need no answer of the person, and what each sign adds.
fn signs(by: &ByScore) -> String {
    let mut html = format!(
        "<p>Natural logarithm of how many times likelier the signs are in an attack; from {:.2} on a call goes to an officer. Light and response time are left out: a recording answers nobody. {} items have signs over time (clips), {} are single pictures.</p><h3>Attacks below the limit, by instrument</h3>{}<h3>Bona fide presentations at or above it, by kind</h3>{}",
        by.doubt_from,
        count(by.clips),
        count(by.pictures),
        instruments(&by.apcer),
        instruments(&by.bpcer_by_kind)
    );
    html.push_str("<h3>What each sign adds, on average</h3><table><thead><tr><th>Sign</th><th class=\"n\">Attacks with it</th><th class=\"n\">adds</th><th class=\"n\">Bona fide with it</th><th class=\"n\">adds</th></tr></thead><tbody>");
    for row in &by.cues {
        let cue = crate::domain::name::name_of(&row.cue).unwrap_or_default();
        let mean = |value: Option<f64>| value.map_or("–".into(), |v| format!("{v:+.2}"));
        let _ = write!(
            html,
            "<tr><td>{cue}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            row.attacks,
            mean(row.adds_in_attacks),
            row.bona_fide,
            mean(row.adds_in_bona_fide)
        );
    }
    html.push_str("</tbody></table>");
    html
}
