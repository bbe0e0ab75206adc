//! Beneficiaries, their id numbers and their benefit status.

use super::ids::BeneficiaryId;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Sex as on the identity card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 女
    Female,
    /// 男
    Male,
}

/// A resident identity card number of 18 characters with a valid check character (GB 11643-1999, ISO 7064 MOD 11-2).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdNumber(String);

/// What is wrong with an id number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberError {
    /// Neither 18 characters nor the 15 of an old number.
    #[error("must have 18 characters (or the 15 digits of an old card)")]
    Length,
    /// Something else than digits (and X at the end).
    #[error("must be 17 digits and a digit or X")]
    Character,
    /// The birth date inside is impossible.
    #[error("contains an impossible birth date")]
    BirthDate,
    /// The check character is wrong.
    #[error("has a wrong check character (a digit was mistyped)")]
    Check,
}

impl IdNumber {
    /// Weights of GB 11643-1999.
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &'static [u8; 11] = b"10X98765432";

    /// The check character for 17 digits; `None` when they are not digits.
    pub fn check_character(digits: &str) -> Option<char> {
        if digits.len() != 17 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let sum: u32 =
            digits.bytes().zip(Self::WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
        Some(char::from(Self::CHECKS[(sum % 11) as usize]))
    }

    /// Parses and checks; a lower-case x is accepted.
    ///
    /// # Errors
    /// What is wrong with it, first fault only.
    pub fn parse(text: &str) -> Result<Self, IdNumberError> {
        let text = text.trim().to_ascii_uppercase();
        if text.chars().count() != 18 {
            return Err(IdNumberError::Length);
        }
        let (Some(digits), Some(last)) = (text.get(..17), text.chars().nth(17)) else {
            return Err(IdNumberError::Character);
        };
        let Some(expected) = Self::check_character(digits) else {
            return Err(IdNumberError::Character);
        };
        if !(last.is_ascii_digit() || last == 'X') {
            return Err(IdNumberError::Character);
        }
        let id = Self(text.clone());
        if id.birth_date().is_none() {
            return Err(IdNumberError::BirthDate);
        }
        if last != expected {
            return Err(IdNumberError::Check);
        }
        Ok(id)
    }

    /// Parses a number of 18 characters, or one of 15 digits as they were given out until 1999 (GB 11643-1989): the century goes
    /// in before the year, the check character at the end. The serials 996 to 999 of the old numbers were kept for people born
    /// in the century before.
    ///
    /// # Errors
    /// What is wrong with it, first fault only.
    pub fn parse_any(text: &str) -> Result<Self, IdNumberError> {
        let text = text.trim();
        if text.len() != 15 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Self::parse(text);
        }
        let century =
            if text[12..].starts_with("99") && &text[12..] >= "996" { "18" } else { "19" };
        let digits = format!("{}{century}{}", &text[..6], &text[6..]);
        let check = Self::check_character(&digits).ok_or(IdNumberError::Character)?;
        Self::parse(&format!("{digits}{check}"))
    }

    /// The birth date inside.
    pub fn birth_date(&self) -> Option<NaiveDate> {
        let part = |from: usize, to: usize| self.0.get(from..to)?.parse::<u32>().ok();
        let year = i32::try_from(part(6, 10)?).ok()?;
        NaiveDate::from_ymd_opt(year, part(10, 12)?, part(12, 14)?).filter(|d| d.year() >= 1880)
    }

    /// The sex inside: an odd 17th digit is male.
    pub fn sex(&self) -> Sex {
        if self.0.as_bytes().get(16).is_some_and(|b| (b - b'0') % 2 == 1) {
            Sex::Male
        } else {
            Sex::Female
        }
    }

    /// The full number. Personal data: never logged.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdNumber([redacted])")
    }
}

impl TryFrom<String> for IdNumber {
    type Error = IdNumberError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<IdNumber> for String {
    fn from(id: IdNumber) -> Self {
        id.0
    }
}

/// Whether the benefit is being paid. Nothing in this program sets `Suspended` without two officers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BenefitStatus {
    /// Paid.
    Active,
    /// Stopped by the paying side after a proposal of two officers.
    Suspended,
    /// Ended (death recorded by the paying side).
    Ended,
}

/// A beneficiary as the ledger knows them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Beneficiary {
    /// Id.
    pub id: BeneficiaryId,
    /// Name. Personal data.
    pub name: String,
    /// Identity card number. Personal data.
    pub id_number: IdNumber,
    /// Date of birth.
    pub birth_on: NaiveDate,
    /// Sex.
    pub sex: Sex,
    /// Telephone. Personal data.
    pub phone: Option<String>,
    /// Where they live now. Personal data.
    pub residence: Option<String>,
    /// Benefit status.
    pub status: BenefitStatus,
    /// Scheme that sets the cycle.
    pub scheme: String,
    /// Last confirmation by any way, when known.
    pub last_confirmed_on: Option<NaiveDate>,
    /// Until when the next confirmation is due.
    pub due_on: NaiveDate,
}

impl Beneficiary {
    /// Family name and asterisks: enough for its owner, too little for a stranger ("王**").
    pub fn masked_name(&self) -> String {
        let mut chars = self.name.chars();
        let first: String = chars.next().into_iter().collect();
        format!("{first}{}", "*".repeat(chars.count().clamp(1, 3)))
    }
}

impl fmt::Debug for Beneficiary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beneficiary").field("id", &self.id).finish_non_exhaustive()
    }
}
