//! The pages of the reports: one file each, nothing from elsewhere, readable on paper.

use super::{
    group::{Finding, Grouping},
    picture,
    rate::Rate,
    verification::{Acquisition, OperatingPoint, Times, VerificationReport},
};
use std::fmt::Write as _;

mod attack;
mod calls;

pub use attack::attack_page;
pub use calls::calls_page;

const STYLE: &str = include_str!("report.css");

/// A number with thousands apart.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A share in per cent with as many digits as it has meaning.
fn percent(share: f64) -> String {
    let p = share * 100.0;
    if p == 0.0 {
        "0 %".into()
    } else if p < 0.1 {
        format!("{p:.3} %")
    } else if p < 10.0 {
        format!("{p:.2} %")
    } else {
        format!("{p:.1} %")
    }
}

fn rate(rate: &Rate) -> String {
    match rate.rate {
        None => "<span class=\"none\">none tried</span>".into(),
        Some(share) => format!(
            "<b>{}</b> <span class=\"of\">{} of {}</span><br><span class=\"range\">{} to {}</span>",
            percent(share),
            count(rate.errors),
            count(rate.trials),
            percent(rate.low),
            percent(rate.high)
        ),
    }
}

fn page(title: &str, zh: &str, lead: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header><p class=\"brand\">见面 Jianmian</p><h1>{title}<span lang=\"zh\">{zh}</span></h1>\
         <p class=\"lead\">{lead}</p></header>\n<main>\n{body}</main>\n<footer>Intervals are 95 %: exact (Clopper-Pearson) where nothing else is said. \
         They hold for people like those measured, not for others. Zero errors among N prove a rate of at most about 3/N.</footer>\n</body>\n</html>\n"
    )
}

fn section(body: &mut String, title: &str, zh: &str, inner: &str) {
    let _ =
        writeln!(body, "<section><h2>{title}<span lang=\"zh\">{zh}</span></h2>\n{inner}</section>");
}

fn tiles(tiles: &[(&str, String, String)]) -> String {
    let mut html = String::from("<div class=\"tiles\">");
    for (name, figure, words) in tiles {
        let _ = write!(
            html,
            "<div class=\"tile\"><p class=\"name\">{name}</p><p class=\"figure\">{figure}</p><p>{words}</p></div>"
        );
    }
    html.push_str("</div>");
    html
}

fn acquisition(a: &Acquisition, what: &str) -> String {
    let mut html = format!("<p>{what} without a usable face: {}</p>", rate(&a.failures));
    if !a.reasons.is_empty() {
        html.push_str(
            "<table><thead><tr><th>Reason</th><th class=\"n\">Number</th></tr></thead><tbody>",
        );
        for (reason, n) in &a.reasons {
            let _ = write!(
                html,
                "<tr><td>{}</td><td class=\"n\">{}</td></tr>",
                escape(reason),
                count(*n)
            );
        }
        html.push_str("</tbody></table>");
    }
    html
}

fn times(t: &Times, what: &str) -> String {
    if t.analysed == 0 {
        return "<p class=\"none\">Nothing was analysed.</p>".into();
    }
    format!(
        "<p>{} {what} analysed. One took {:.0} ms in the middle, {:.0} ms on the mean, 95 of 100 at most {:.0} ms \
         (measured when each was first analysed, on the machine at hand).</p>",
        count(t.analysed),
        t.median_ms,
        t.mean_ms,
        t.p95_ms
    )
}

/// The page of an evaluation of comparisons.
#[allow(clippy::too_many_lines)] // the page from top to bottom
pub fn verification_page(r: &VerificationReport) -> String {
    let mut body = String::new();
    let at = |name: &str| r.points.iter().find(|p| p.name == name);
    let told = |point: Option<&OperatingPoint>| match point {
        Some(p) if p.sample_suffices => (
            p.fnmr.rate.map_or("none tried".into(), |f| percent(1.0 - f)),
            format!(
                "of genuine comparisons accepted at {:.3} ({} to {})",
                p.threshold,
                percent(1.0 - p.fnmr.high),
                percent(1.0 - p.fnmr.low)
            ),
        ),
        _ => ("sample too small".into(), "fewer impostor comparisons than this rate needs".into()),
    };
    let (thousand, thousand_words) = told(at("FMR 1:1,000"));
    let (ten_thousand, ten_thousand_words) = told(at("FMR 1:10,000"));
    let in_use = at("threshold in use");
    body.push_str(&tiles(&[
        (
            "Compared",
            format!("{} + {}", count(r.genuine), count(r.impostor)),
            format!(
                "pairs of the same person, and of different people{}",
                r.people.map_or(String::new(), |p| format!("; {} people", count(p)))
            ),
        ),
        ("Accepted at FMR 1:1,000", thousand, thousand_words),
        ("Accepted at FMR 1:10,000", ten_thousand, ten_thousand_words),
        (
            "Wrong matches, threshold in use",
            in_use.and_then(|p| p.fmr.rate).map_or("none tried".into(), percent),
            in_use.map_or(String::new(), |p| {
                format!(
                    "{} of {}; the true rate may be up to {}",
                    count(p.fmr.errors),
                    count(p.fmr.trials),
                    percent(p.fmr.high)
                )
            }),
        ),
    ]));
    section(&mut body, "Errors at fixed points", "固定点的误差", &points_table(r));
    let mut pictures = format!(
        "<div class=\"pair\"><figure>{}<figcaption>Each point is a threshold: the further to the lower left, the better. \
        The red dot is the threshold in use.</figcaption></figure>",
        picture::curve(r)
    );
    let threshold = in_use.map_or(0.0, |p| p.threshold);
    let _ = write!(
        pictures,
        "<figure>{}<figcaption>What lies right of the line is taken for the same person.</figcaption></figure></div>",
        picture::bars(&r.bars, 0.025, (threshold, "in use"), ("same person", "different people"))
    );
    section(&mut body, "Pictures", "图", &pictures);
    if r.groups.is_empty() {
        section(
            &mut body,
            "By group",
            "分组",
            "<p class=\"none\">No group column was found or named (--group).</p>",
        );
    }
    for grouping in &r.groups {
        let title = format!("By {}", escape(&grouping.column));
        section(&mut body, &title, "分组", &group_table(grouping));
    }
    let mut inner = acquisition(&r.acquisition, "Pictures");
    let _ = write!(
        inner,
        "<p>{} of {} rows have no score for that.</p>",
        count(r.rows_failed),
        count(r.rows)
    );
    section(&mut body, "Failure to acquire", "采集失败", &inner);
    section(&mut body, "Time", "用时", &times(&r.times, "pictures"));
    let lead = format!(
        "Pack <b>{}</b>, embedder <code>{}…</code>. {} rows.",
        escape(&r.pack),
        r.embedder_sha256.get(..12).unwrap_or(&r.embedder_sha256),
        count(r.rows)
    );
    page("Comparison of faces", "人脸比对评测", &lead, &body)
}

fn points_table(r: &VerificationReport) -> String {
    let subjects = r.points.iter().any(|p| p.fmr_by_subject.is_some());
    let mut html = String::from(
        "<table><thead><tr><th>Point</th><th class=\"n\">Threshold</th><th>Different people taken for one (FMR)</th>\
         <th>Same person not recognised (FNMR)</th>",
    );
    if subjects {
        html.push_str("<th>95 % by subject (bootstrap)</th>");
    }
    html.push_str("</tr></thead><tbody>");
    for p in &r.points {
        let warning = if p.sample_suffices {
            ""
        } else {
            "<br><span class=\"small\">sample too small</span>"
        };
        let _ = write!(
            html,
            "<tr><td>{}{warning}</td><td class=\"n\">{:.4}</td><td>{}</td><td>{}</td>",
            escape(&p.name),
            p.threshold,
            rate(&p.fmr),
            rate(&p.fnmr)
        );
        if subjects {
            let words = |i: Option<super::Interval>| {
                i.map_or("too few".into(), |i| format!("{} to {}", percent(i.low), percent(i.high)))
            };
            let _ = write!(
                html,
                "<td class=\"range\">FMR {}<br>FNMR {}</td>",
                words(p.fmr_by_subject),
                words(p.fnmr_by_subject)
            );
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    if subjects {
        html.push_str(
            "<p class=\"note\">Comparisons that share a person are not independent: the bootstrap draws people instead. Where it is wider than \
             the exact interval, believe the bootstrap. It says nothing where there was no error.</p>",
        );
    }
    if let Some((t, e)) = r.equal_error {
        let _ = write!(html, "<p>Both rates are equal at {t:.3}: {}.</p>", percent(e));
    }
    html
}

fn finding_words(f: Finding) -> &'static str {
    match f {
        Finding::Within => "<span class=\"good\">within 25 %</span>",
        Finding::Worse => "<span class=\"bad\">more than 25 % worse</span>",
        Finding::Unclear => "<span class=\"unclear\">sample too small to say</span>",
    }
}

fn group_table(g: &Grouping) -> String {
    let mut html = format!(
        "<p>One threshold for everybody: {:.4} ({}). No group may be more than 25 % worse than all together.</p>\
         <table><thead><tr><th>{}</th><th>FMR</th><th>beside all</th><th>FNMR</th><th>beside all</th><th class=\"n\">no score</th></tr></thead><tbody>",
        g.threshold,
        escape(&g.threshold_name),
        escape(&g.column)
    );
    let times = |r: Option<f64>| r.map_or("–".to_owned(), |r| format!("× {r:.2}"));
    for group in &g.groups {
        let name = if group.value.is_empty() { "(not given)" } else { &group.value };
        let _ = write!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}<br>{}</td><td>{}</td><td>{}<br>{}</td><td class=\"n\">{}</td></tr>",
            escape(name),
            rate(&group.fmr),
            times(group.fmr_ratio),
            finding_words(group.fmr_finding),
            rate(&group.fnmr),
            times(group.fnmr_ratio),
            finding_words(group.fnmr_finding),
            count(group.rows_failed)
        );
    }
    let _ = write!(
        html,
        "<tr class=\"all\"><td>all together</td><td>{}</td><td></td><td>{}</td><td></td><td></td></tr></tbody></table>",
        rate(&g.all_fmr),
        rate(&g.all_fnmr)
    );
    html
}
