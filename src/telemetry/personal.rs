//! Recognising personal data in a text.

use std::net::{IpAddr, SocketAddr};

/// What kind of personal data `text` holds, if any.
pub fn personal(text: &str) -> Option<&'static str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "._:-+".contains(c)));
    words.filter(|w| !w.is_empty()).find_map(|word| {
        let word = word.trim_matches(['.', ':', '+']);
        if is_address(word) {
            return Some("an IP address");
        }
        if word.split(['.', ':', '+']).any(is_token) {
            return Some("what looks like a token");
        }
        // A dot beside digits is a decimal point.
        word.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).find_map(|part| {
            if is_id_number(part) {
                Some("what looks like an id number")
            } else if is_mobile(part) {
                Some("what looks like a mobile number")
            } else {
                None
            }
        })
    })
}

/// Addresses but the unspecified and the loopback ones, which are nobody's.
fn is_address(word: &str) -> bool {
    let of_socket = || word.parse::<SocketAddr>().ok().map(|a| a.ip());
    let address = word.parse::<IpAddr>().ok().or_else(of_socket);
    address.is_some_and(|a| !a.is_loopback() && !a.is_unspecified())
}

/// 256 bits in base64url: 43 characters or more of three kinds. UUIDs are shorter, checksums in hex have no capitals.
fn is_token(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    word.len() >= 43
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

/// 17 digits and a digit or X with a birth date inside (GB 11643-1999); a mistyped check character makes it no less personal.
fn is_id_number(word: &str) -> bool {
    let (Some(digits), Some(last)) = (word.get(..17), word.get(17..)) else { return false };
    let number = |range: std::ops::Range<usize>| digits[range].parse::<u32>().unwrap_or(0);
    digits.bytes().all(|b| b.is_ascii_digit())
        && last.len() == 1
        && last.bytes().all(|b| b.is_ascii_digit() || b.eq_ignore_ascii_case(&b'x'))
        && (1880..2100).contains(&number(6..10))
        && (1..=12).contains(&number(10..12))
        && (1..=31).contains(&number(12..14))
}

/// A mobile number of mainland China, with or without 86 in front.
fn is_mobile(word: &str) -> bool {
    let word = if word.len() == 13 { word.strip_prefix("86").unwrap_or(word) } else { word };
    let bytes = word.as_bytes();
    bytes.len() == 11
        && bytes.iter().all(u8::is_ascii_digit)
        && bytes[0] == b'1'
        && (b'3'..=b'9').contains(&bytes[1])
}

/// Values for tests, put together so that none stands in the source.
#[cfg(test)]
pub(super) mod made_up {
    use crate::domain::beneficiary::IdNumber;

    /// Made up; the check character is computed, so that no number stands in the source.
    pub fn id_number() -> String {
        let digits = format!("{}{}", "110101", "19470312001");
        format!("{digits}{}", IdNumber::check_character(&digits).unwrap())
    }

    pub fn token() -> String {
        "aB3_-xYz90".repeat(5)[..43].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        made_up::{id_number, token},
        *,
    };

    #[test]
    fn personal_values_are_recognised_wherever_they_stand() {
        let id = id_number();
        for (text, kind) in [
            (id.clone(), "id number"),
            (format!("beneficiary={id},"), "id number"),
            (format!("{}x", &id[..17]), "id number"),
            (format!("call {} now", "1381234".to_owned() + "5678"), "mobile"),
            (format!("tel:+86{}", "1381234".to_owned() + "5678"), "mobile"),
            ("from 192.0.2.7".into(), "IP"),
            ("from 192.0.2.7:5040".into(), "IP"),
            ("candidate:1 1 udp 2122 198.51.100.3 5000 typ host".into(), "IP"),
            ("Some(V6([2001:db8::7]:443))".into(), "IP"),
            (format!("GET /p/{}", token()), "token"),
            (format!("Bearer {}", token()), "token"),
        ] {
            let found = personal(&text);
            assert!(found.is_some_and(|f| f.contains(kind)), "{kind}: {found:?}");
        }
    }

    #[test]
    fn ordinary_values_pass() {
        for text in [
            "",
            "request",
            "/api/phone/calls/{call_id}/ws",
            "0190a5e2-7c3f-7000-8000-123456789012",
            "CallId(0190a5e2-7c3f-7000-8000-123456789012)",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "0.13812345678",
            "1763935200123",
            "jianmian::service::calls::conclude",
            "listening on 127.0.0.1:8780",
            "a::b 2026-11-23T22:04:37.123456Z v0.21.1",
        ] {
            // `a::b` is a valid IPv6 address by accident; nobody writes such a path alone.
            let text = text.replace("a::b", "api::b");
            assert_eq!(personal(&text), None, "{text}");
        }
    }
}
