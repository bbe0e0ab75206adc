//! The page of an evaluation of whole calls.

use super::{acquisition, count, escape, page, percent, rate, section, tiles, times};
use crate::evaluation::calls::CallsReport;
use std::fmt::Write as _;

/// The page of an evaluation of whole calls.
pub fn calls_page(r: &CallsReport) -> String {
    let mut body = String::new();
    let genuine = r.kinds.iter().find(|k| k.kind == "genuine");
    body.push_str(&tiles(&[
        (
            "Wrongly confirmed",
            r.wrongly_confirmed.rate.map_or("none tried".into(), percent),
            format!(
                "{} of {} other people and attacks, were confirmation not locked; up to {}",
                r.wrongly_confirmed.errors,
                r.wrongly_confirmed.trials,
                percent(r.wrongly_confirmed.high)
            ),
        ),
        (
            "Genuine callers confirmed",
            genuine.and_then(|g| g.confirmed_unlocked.rate).map_or("none tried".into(), percent),
            genuine.map_or(String::new(), |g| {
                format!(
                    "{} of {}; the others go to an officer or try again",
                    g.confirmed_unlocked.errors, g.calls
                )
            }),
        ),
        (
            "Automatic confirmation",
            if r.locked { "locked".into() } else { "open".into() },
            if r.locked {
                "every good call goes to an officer".into()
            } else {
                "for this pack and policy".into()
            },
        ),
    ]));
    let mut html = String::from(
        "<table><thead><tr><th>Kind</th><th class=\"n\">Calls</th><th>Confirmed</th><th>were it not locked</th><th>To an officer</th><th>Try again</th><th>Reasons</th></tr></thead><tbody>",
    );
    for k in &r.kinds {
        let reasons: Vec<String> =
            k.reasons.iter().map(|(r, n)| format!("{} × {n}", escape(r))).collect();
        let _ = write!(
            html,
            "<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&k.kind),
            k.calls,
            rate(&k.confirmed),
            rate(&k.confirmed_unlocked),
            rate(&k.flagged),
            rate(&k.retry),
            reasons.join("<br>")
        );
    }
    html.push_str("</tbody></table>");
    section(&mut body, "What became of the calls", "通话结果", &html);
    section(&mut body, "Failure to acquire", "采集失败", &acquisition(&r.acquisition, "Calls"));
    section(&mut body, "Time", "用时", &times(&r.times, "frames"));
    let light = match r.light.as_str() {
        "none" => {
            "A recording cannot answer the screen's light, so liveness stays inconclusive unless the head happened to turn as asked."
        }
        "live" => {
            "For rows that are no attack the answer to the screen's light was put in by arithmetic (SIMULATED); attacks got none."
        }
        _ => {
            "The answer to the screen's light was put in by arithmetic for ALL rows (SIMULATED): the worst case, an attacker who can answer it."
        }
    };
    let lead = format!(
        "Pack <b>{}</b>, policy {}. {} rows. {light}",
        escape(&r.pack),
        escape(&r.policy_version),
        count(r.rows)
    );
    page("Whole calls", "整通视频评测", &lead, &body)
}
