//! Templates: text with `{placeholders}`, compiled in, strict. A placeholder without a fact is an error, never a hole in a letter.

use super::NoticeError;
use crate::domain::notice::{NoticeChannel, NoticeKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Language of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// What is filled in, by name of the placeholder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<&'static str, String>);

impl Facts {
    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.insert(name, value.into());
        self
    }

    /// A fact; empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    #[cfg(test)]
    pub(super) fn without(&self, name: &str) -> Self {
        let mut rest = self.clone();
        rest.0.remove(name);
        rest
    }
}

macro_rules! templates {
    ($($kind:ident $file:literal),*) => {
        fn text(kind: NoticeKind, channel: NoticeChannel, language: Language) -> Option<&'static str> {
            match (kind, channel, language) {
                $(
                    (NoticeKind::$kind, NoticeChannel::Sms, Language::Zh) =>
                        Some(include_str!(concat!("templates/zh/", $file, ".sms.txt"))),
                    (NoticeKind::$kind, NoticeChannel::Sms, Language::En) =>
                        Some(include_str!(concat!("templates/en/", $file, ".sms.txt"))),
                    (NoticeKind::$kind, NoticeChannel::Email, Language::Zh) =>
                        Some(include_str!(concat!("templates/zh/", $file, ".email.txt"))),
                    (NoticeKind::$kind, NoticeChannel::Email, Language::En) =>
                        Some(include_str!(concat!("templates/en/", $file, ".email.txt"))),
                    (NoticeKind::$kind, NoticeChannel::Letter, Language::Zh) =>
                        Some(include_str!(concat!("templates/zh/", $file, ".letter.txt"))),
                    (NoticeKind::$kind, NoticeChannel::Letter, Language::En) =>
                        Some(include_str!(concat!("templates/en/", $file, ".letter.txt"))),
                )*
                // A person who calls reads no template.
                (_, NoticeChannel::Call, _) => None,
            }
        }
    };
}
templates!(Due "due", Receipt "receipt", CaseResult "case_result", Appointment "appointment", LiveCall "live_call");

/// The text of a notice with everything filled in.
///
/// # Errors
/// [`NoticeError::NoTemplate`] for a call; [`NoticeError::MissingFact`] names the placeholder.
pub fn fill(
    kind: NoticeKind,
    channel: NoticeChannel,
    language: Language,
    facts: &Facts,
) -> Result<String, NoticeError> {
    let template = text(kind, channel, language).ok_or(NoticeError::NoTemplate)?;
    let mut filled = String::with_capacity(template.len() + 128);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').ok_or(NoticeError::Unclosed)?;
        filled.push_str(before);
        let value = facts.get(name);
        if value.trim().is_empty() {
            return Err(NoticeError::MissingFact(name.to_owned()));
        }
        // A line feed or bracket in a fact must not make a new line of the letter.
        filled.extend(value.chars().filter(|c| !c.is_control()));
        rest = tail;
    }
    filled.push_str(rest);
    Ok(filled.trim_end().to_owned())
}

/// The placeholders of a template, in order of appearance.
pub fn placeholders(
    kind: NoticeKind,
    channel: NoticeChannel,
    language: Language,
) -> Vec<&'static str> {
    let template = text(kind, channel, language).unwrap_or_default();
    template.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect()
}
