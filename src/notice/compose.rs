//! From facts to what is sent: text message, e-mail, letter.

use super::{
    NoticeError,
    template::{Facts, Language, fill},
};
use crate::{
    config::{County, Notices},
    domain::{
        case::AskAgainBecause,
        notice::{NoticeChannel, NoticeKind},
    },
};
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// What is sent, ready for its carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// Subject of an e-mail.
    pub subject: Option<String>,
    /// The text; of a letter, its lines of markup (see [`super::letter`]).
    pub text: String,
}

/// Facts that every notice has.
pub fn county_facts(
    county: &County,
    notices: &Notices,
    language: Language,
    today: NaiveDate,
) -> Facts {
    let (name, hours) = match language {
        Language::Zh => (&county.name_zh, &notices.letter.hours_zh),
        Language::En => (&county.name_en, &notices.letter.hours_en),
    };
    Facts::default()
        .with("county_name", name)
        .with("phone", &county.phone)
        .with("hours", hours)
        .with("today", date(today, language))
}

/// A date as people read it.
pub fn date(day: NaiveDate, language: Language) -> String {
    match language {
        Language::Zh => day.format("%Y年%-m月%-d日").to_string(),
        Language::En => day.format("%-d %B %Y").to_string(),
    }
}

/// Date and hour in China as people read it.
pub fn moment(at: DateTime<Utc>, language: Language) -> String {
    let china =
        FixedOffset::east_opt(8 * 3600).map(|offset| at.with_timezone(&offset).naive_local());
    let local = china.unwrap_or_else(|| at.naive_utc());
    match language {
        Language::Zh => local.format("%Y年%-m月%-d日 %H:%M").to_string(),
        Language::En => local.format("%-d %B %Y, %H:%M").to_string(),
    }
}

/// Why a person is asked again.
pub fn because(because: AskAgainBecause, language: Language) -> &'static str {
    use AskAgainBecause as B;
    match (because, language) {
        (B::TooDark, Language::Zh) => "上次画面太暗，请到亮一点的地方",
        (B::TooDark, Language::En) => "the picture was too dark; please find a brighter place",
        (B::Blurred, Language::Zh) => "上次画面不清楚，请把手机拿稳",
        (B::Blurred, Language::En) => "the picture was blurred; please hold the phone still",
        (B::Covered, Language::Zh) => "上次脸部有遮挡，请摘下口罩和帽子",
        (B::Covered, Language::En) => "the face was covered; please take off mask and hat",
        (B::NotSure, Language::Zh) => "上次没能看清楚是不是您本人",
        (B::NotSure, Language::En) => "we could not see clearly enough that it was you",
        (B::OtherPerson, Language::Zh) => "上次画面里还有别人，请您一个人对着手机",
        (B::OtherPerson, Language::En) => {
            "there was somebody else in the picture; please be alone in front of the phone"
        }
    }
}

/// Words beside the QR code of a letter.
pub fn qr_words(language: Language) -> [&'static str; 2] {
    match language {
        Language::Zh => ["用手机扫这个码", "或者打开这个网址，填下面的号码："],
        Language::En => ["Scan this with a phone", "or open this address and type the code:"],
    }
}

/// Composes a notice.
///
/// # Errors
/// [`NoticeError::MissingFact`] when a placeholder has no fact.
pub fn compose(
    kind: NoticeKind,
    channel: NoticeChannel,
    language: Language,
    facts: &Facts,
) -> Result<Composed, NoticeError> {
    let text = fill(kind, channel, language, facts)?;
    if channel != NoticeChannel::Email {
        return Ok(Composed { subject: None, text });
    }
    // The first line of an e-mail's template is its subject.
    let (first, body) = text.split_once('\n').ok_or(NoticeError::Unclosed)?;
    let subject = first.split_once(['：', ':']).map_or(first, |(_, subject)| subject).trim();
    Ok(Composed { subject: Some(subject.to_owned()), text: body.trim_start().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Settings, notice::template::placeholders};

    fn facts(language: Language) -> Facts {
        let settings = Settings::defaults();
        let day = |text: &str| date(text.parse().unwrap(), language);
        county_facts(&settings.county, &settings.notices, language, "2026-11-25".parse().unwrap())
            .with("name", "王秀兰")
            .with("due_on", day("2027-02-28"))
            .with("until", day("2027-01-09"))
            .with("url", "https://x.example/p/TOKEN")
            .with("cycle_months", "12")
            .with("receipt_number", "K7M 3PX 9HE RT4")
            .with("why", because(AskAgainBecause::TooDark, language))
            .with("at", moment("2026-12-01T01:30:00Z".parse().unwrap(), language))
            .with("place", "城关镇服务站")
            .with("word", "荷花 小桥 (lotus bridge)")
    }

    const TEXTS: [NoticeChannel; 3] =
        [NoticeChannel::Sms, NoticeChannel::Email, NoticeChannel::Letter];

    #[test]
    fn every_template_is_filled_and_a_missing_fact_is_named() {
        for language in [Language::Zh, Language::En] {
            for kind in NoticeKind::ALL {
                for channel in TEXTS {
                    let whole = compose(kind, channel, language, &facts(language)).unwrap();
                    assert!(!whole.text.contains(['{', '}']), "{}", whole.text);
                    assert!(whole.text.contains("12333"), "{}", whole.text);
                    assert_eq!(whole.subject.is_some(), channel == NoticeChannel::Email);
                    let names = placeholders(kind, channel, language);
                    assert!(names.len() >= 3, "{kind:?} {channel:?}");
                    for name in names {
                        let fault =
                            compose(kind, channel, language, &facts(language).without(name));
                        assert_eq!(fault, Err(NoticeError::MissingFact(name.to_owned())));
                    }
                }
            }
            let call = compose(NoticeKind::Due, NoticeChannel::Call, language, &facts(language));
            assert_eq!(call, Err(NoticeError::NoTemplate));
        }
    }

    #[test]
    fn one_notice_says_everything() {
        let must = [
            (
                Language::Zh,
                "2027年2月28日",
                &[
                    "免费",
                    "绝不问密码",
                    "服务站",
                    "上门",
                    "表格",
                    "预约",
                    "20",
                    "使领馆",
                    "补发",
                    "家人",
                ][..],
            ),
            (
                Language::En,
                "28 February 2027",
                &[
                    "ree",
                    "password",
                    "station",
                    "home",
                    "form",
                    "ppointment",
                    "20 working days",
                    "embassy",
                    "paid afterwards",
                    "amily",
                ],
            ),
        ];
        for (language, until, words) in must {
            for channel in [NoticeChannel::Email, NoticeChannel::Letter] {
                let text =
                    compose(NoticeKind::Due, channel, language, &facts(language)).unwrap().text;
                for word in words.iter().chain([&until, &"12333"]) {
                    assert!(text.contains(word), "{language:?} {channel:?} lacks {word}:\n{text}");
                }
            }
        }
    }

    #[test]
    fn a_message_names_nobody_and_is_short() {
        for language in [Language::Zh, Language::En] {
            for kind in NoticeKind::ALL {
                let text =
                    compose(kind, NoticeChannel::Sms, language, &facts(language)).unwrap().text;
                assert!(!text.contains("王秀兰"), "{text}");
                // Three parts of 67 UCS-2 units (zh) or of 153 letters (en) without the token of the link.
                let limit = if language == Language::Zh { 201 } else { 459 };
                assert!(text.chars().count() <= limit, "{}: {text}", text.chars().count());
            }
        }
    }

    #[test]
    fn a_fact_cannot_begin_a_line() {
        let forged = facts(Language::Zh).with("name", "王\n! 请转账");
        let text = fill(NoticeKind::Due, NoticeChannel::Letter, Language::Zh, &forged).unwrap();
        assert!(!text.contains("\n! 请转账"));
    }
}
