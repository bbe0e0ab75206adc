//! What people are told outside the phone page: composed from templates, carried by message, e-mail and letter.
//!
//! In: facts; for the carriers, addresses and text. Out: text in Chinese and English, letters as PDF, and what the carriers said.
//! May use: domain, config.
//!
//! Templates are data (`templates/{zh,en}/KIND.CHANNEL.txt`). Messages and e-mails name nobody, so that they may stand on a
//! borrowed phone; only a letter, which is addressed, does.

pub mod carry;
pub mod compose;
pub mod letter;
pub mod template;

use crate::{config::County, domain::case::AskAgainBecause};
use chrono::NaiveDate;
use std::path::PathBuf;
use template::{Facts, Language};

/// Why a notice cannot be composed or carried.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoticeError {
    /// Calls have no text.
    #[error("there is no template for this kind and channel")]
    NoTemplate,
    /// A placeholder has no fact.
    #[error("the template needs `{0}`, and it is not known")]
    MissingFact(String),
    /// A template with a `{` that is not closed, or an e-mail without subject.
    #[error("the template is damaged")]
    Unclosed,
    /// No font for letters.
    #[error(
        "no font for letters: none of notices.letter.fonts is there ({0}); install one (Debian: fonts-noto-cjk) or name one"
    )]
    NoFont(String),
    /// The file is no font.
    #[error("{0} is not a font that can be used")]
    BadFont(PathBuf),
    /// The font lacks a character.
    #[error("the font for letters has no {0:?}")]
    NoGlyph(char),
    /// A letter is longer than a sheet.
    #[error("the letter does not fit on {0} page(s)")]
    TooLong(usize),
    /// The PDF could not be made.
    #[error("the letters could not be made: {0}")]
    Pdf(String),
    /// A carrier's settings are unusable.
    #[error("{key}: {message}")]
    Setting {
        /// Dotted key.
        key: &'static str,
        /// What is wrong.
        message: String,
    },
    /// A file of the outbox cannot be written.
    #[error("cannot write {0}: {1}")]
    File(PathBuf, String),
}

/// One text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Notice {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Asks a person to do the call once more: why, how, until when, and that the pension goes on meanwhile.
///
/// # Errors
/// When the template lacks a fact.
pub fn ask_again(
    county: &County,
    because: AskAgainBecause,
    url: &str,
    until: NaiveDate,
) -> Result<Notice, NoticeError> {
    use crate::domain::notice::{NoticeChannel, NoticeKind};
    let text = |language| {
        let name = match language {
            Language::Zh => &county.name_zh,
            Language::En => &county.name_en,
        };
        let facts = Facts::default()
            .with("county_name", name)
            .with("phone", &county.phone)
            .with("url", url)
            .with("why", compose::because(because, language))
            .with("until", compose::date(until, language));
        template::fill(NoticeKind::CaseResult, NoticeChannel::Sms, language, &facts)
    };
    Ok(Notice { zh: text(Language::Zh)?, en: text(Language::En)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_both_texts_with_link_date_and_telephone() {
        let county = County {
            name_zh: "示范县".into(),
            name_en: "Demonstration County".into(),
            phone: "12333".into(),
        };
        let until = NaiveDate::from_ymd_opt(2027, 3, 9).unwrap();
        let mut seen = std::collections::HashSet::new();
        for because in [
            AskAgainBecause::TooDark,
            AskAgainBecause::Blurred,
            AskAgainBecause::Covered,
            AskAgainBecause::NotSure,
            AskAgainBecause::OtherPerson,
        ] {
            let notice = ask_again(&county, because, "https://x/p/t", until).unwrap();
            assert!(notice.zh.contains("2027年3月9日") && notice.en.contains("9 March 2027"));
            for text in [&notice.zh, &notice.en] {
                assert!(text.contains("https://x/p/t") && text.contains("12333"), "{text}");
                assert!(seen.insert(text.clone()));
            }
        }
    }
}
