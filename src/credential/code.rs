//! One-time codes of six digits from a telephone (RFC 6238 with SHA-1, as authenticator apps speak it).

use ring::hmac as tag;
use std::fmt::Write as _;
use subtle::ConstantTimeEq;

/// Length of the shared secret, bytes (RFC 4226 §4: 160 bits recommended).
pub const SECRET_BYTES: usize = 20;
/// Length of a step, s.
const STEP_S: i64 = 30;
/// Steps by which a telephone's clock may be early or late (RFC 6238 §5.2: one).
const DRIFT_STEPS: i64 = 1;
const DIGITS: usize = 6;

/// The step whose code this is: at most one step from now, and after `used`, so that no code works twice.
pub fn step_of(secret: &[u8], code: &str, now_s: i64, used: i64) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != DIGITS {
        return None;
    }
    let now = now_s.div_euclid(STEP_S);
    // Every step is looked at, so that time tells nothing.
    (now - DRIFT_STEPS..=now + DRIFT_STEPS).fold(None, |found, step| {
        let same = bool::from(digits(secret, step).as_bytes().ct_eq(code.as_bytes()));
        found.or((same && step > used).then_some(step))
    })
}

/// The code that a telephone shows at this time; for tests and for whoever sets up.
pub fn at(secret: &[u8], now_s: i64) -> String {
    digits(secret, now_s.div_euclid(STEP_S))
}

fn digits(secret: &[u8], step: i64) -> String {
    let key = tag::Key::new(tag::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = tag::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    // Dynamic truncation, RFC 4226 §5.3.
    let offset = usize::from(tag[tag.len() - 1] & 0x0f);
    let word =
        tag[offset..offset + 4].iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    format!("{:0DIGITS$}", (word & 0x7fff_ffff) % 1_000_000)
}

/// The secret as a person can type it: base32 (RFC 4648), without padding.
pub fn base32(secret: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for chunk in secret.chunks(5) {
        let mut block = [0; 5];
        block[..chunk.len()].copy_from_slice(chunk);
        let bits = block.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        for place in 0..(chunk.len() * 8).div_ceil(5) {
            let index = (bits >> (35 - 5 * place)) & 31;
            text.push(char::from(LETTERS[usize::try_from(index).unwrap_or(0)]));
        }
    }
    text
}

/// The address that authenticator apps read from a QR code.
pub fn otpauth(issuer: &str, account: &str, secret: &[u8]) -> String {
    let (issuer, account) = (encoded(issuer), encoded(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", base32(secret))
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_the_standard() {
        // RFC 6238, appendix B (SHA-1), the last six of eight digits.
        let secret = b"12345678901234567890";
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(at(secret, time), code);
        }
        assert_eq!(base32(secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(b"fo"), "MZXQ");
    }

    #[test]
    fn a_code_works_once_and_one_step_around_now() {
        let secret = [9; SECRET_BYTES];
        let now = 1_700_000_010;
        let code = at(&secret, now);
        let step = step_of(&secret, &code, now, 0).unwrap();
        assert_eq!(
            step_of(&secret, &format!(" {} {}", &code[..3], &code[3..]), now, 0),
            Some(step)
        );
        for (late, works) in [(-60, false), (-30, true), (30, true), (60, false)] {
            assert_eq!(step_of(&secret, &code, now + late, 0).is_some(), works, "{late}");
        }
        assert_eq!(step_of(&secret, &code, now, step), None, "used");
        for bad in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            assert_eq!(step_of(&secret, bad, now, 0), None, "{bad}");
        }
    }

    #[test]
    fn the_address_is_escaped() {
        let url = otpauth("见面 A", "li.wei", &[0; 5]);
        assert_eq!(
            url,
            "otpauth://totp/%E8%A7%81%E9%9D%A2%20A:li.wei?secret=AAAAAAAA&issuer=%E8%A7%81%E9%9D%A2%20A"
        );
    }
}
