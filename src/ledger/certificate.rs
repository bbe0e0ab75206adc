//! Receipt certificates: "this county confirmed this person on this day, and it holds until then", signed with Ed25519 (RFC 8032),
//! small enough for a QR code. Whoever has the county's public key can check one without asking the county.
//!
//! A certificate is base64url (no padding) of: version (1 byte, 1), signature (64 bytes), and five lines of UTF-8 text, each
//! ended by a line feed: issuer, receipt number, masked name, day of confirmation, day until which it holds. Signed is
//! [`FIRST_LINE`], a line feed, and that text, so that no other signature of the same key can pass for a certificate.

use super::{LedgerError, parse_receipt_number};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

const FIRST_LINE: &str = "jianmian receipt certificate 1";
const VERSION: u8 = 1;
const SIGNATURE_BYTES: usize = 64;
/// Longest certificate that is looked at, characters: a QR code holds no more (version 40 at level M: 2,331 bytes).
const CHARS_MAX: usize = 2000;

/// What a certificate says. No more of the person than the masked name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Who confirmed: the county's name; one line.
    pub issuer: String,
    /// Receipt number, in groups.
    pub receipt_number: String,
    /// Masked name ("王**"); one line.
    pub addressee: String,
    /// Day of the confirmation in the county.
    pub confirmed_on: NaiveDate,
    /// Until when it holds.
    pub due_on: NaiveDate,
}

impl Certificate {
    /// Signs. The same certificate and key always give the same text.
    ///
    /// # Errors
    /// [`LedgerError::MalformedCertificate`] when issuer or name has more than one line.
    pub fn sign(&self, key: &SigningKey) -> Result<String, LedgerError> {
        let lines = [&self.issuer, &self.receipt_number, &self.addressee];
        if lines.iter().any(|line| line.chars().any(char::is_control)) {
            return Err(LedgerError::MalformedCertificate("each part must be one line"));
        }
        let [issuer, number, addressee] = lines;
        let text =
            format!("{issuer}\n{number}\n{addressee}\n{}\n{}\n", self.confirmed_on, self.due_on);
        let signature = key.sign(&signed(text.as_bytes())).to_bytes();
        let bytes = [&[VERSION][..], &signature, text.as_bytes()].concat();
        Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Checks the signature, then reads. Nothing of an unsigned text is believed. White space round it does not matter.
    ///
    /// # Errors
    /// [`LedgerError::MalformedCertificate`] when it is not a certificate at all, [`LedgerError::AlteredCertificate`] when it
    /// was not signed with this key, or was changed since.
    pub fn read(text: &str, key: &VerifyingKey) -> Result<Self, LedgerError> {
        let bad = LedgerError::MalformedCertificate;
        let text = text.trim();
        if text.len() > CHARS_MAX {
            return Err(bad("it is too long"));
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| bad("it is not base64url"))?;
        let Some((&VERSION, rest)) = bytes.split_first() else {
            return Err(bad("it is not of version 1"));
        };
        let (signature, body) =
            rest.split_first_chunk::<SIGNATURE_BYTES>().ok_or(bad("it is cut off"))?;
        key.verify_strict(&signed(body), &Signature::from_bytes(signature))
            .map_err(|_| LedgerError::AlteredCertificate)?;
        let body = std::str::from_utf8(body).map_err(|_| bad("its text is not UTF-8"))?;
        let lines: Vec<&str> = body.strip_suffix('\n').unwrap_or_default().split('\n').collect();
        let [issuer, receipt_number, addressee, confirmed_on, due_on] = lines[..] else {
            return Err(bad("it does not have five lines"));
        };
        parse_receipt_number(receipt_number)?;
        let day = |text: &str| text.parse().map_err(|_| bad("a day is not written as 2027-12-31"));
        Ok(Self {
            issuer: issuer.to_owned(),
            receipt_number: receipt_number.to_owned(),
            addressee: addressee.to_owned(),
            confirmed_on: day(confirmed_on)?,
            due_on: day(due_on)?,
        })
    }
}

/// A public key from its 64 hexadecimal characters.
///
/// # Errors
/// [`LedgerError::MalformedKey`].
pub fn verifying_key(text: &str) -> Result<VerifyingKey, LedgerError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| LedgerError::MalformedKey)?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| LedgerError::MalformedKey)
}

fn signed(text: &[u8]) -> Vec<u8> {
    [FIRST_LINE.as_bytes(), b"\n", text].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{leaf_hash, receipt_number, signing_key};

    fn certificate() -> Certificate {
        Certificate {
            issuer: "示范县社会保险服务中心".into(),
            receipt_number: receipt_number(7, &leaf_hash(b"entry")),
            addressee: "王**".into(),
            confirmed_on: NaiveDate::from_ymd_opt(2026, 11, 25).unwrap(),
            due_on: NaiveDate::from_ymd_opt(2027, 11, 30).unwrap(),
        }
    }

    #[test]
    fn signed_read_and_small() {
        let key = signing_key(&[5; 32]);
        let text = certificate().sign(&key).unwrap();
        assert_eq!(text, certificate().sign(&key).unwrap());
        assert!(text.len() < 240, "{} characters", text.len());
        assert_eq!(
            Certificate::read(&format!(" {text}\n"), &key.verifying_key()),
            Ok(certificate())
        );
        let public = hex::encode(key.verifying_key().to_bytes());
        assert_eq!(verifying_key(&public), Ok(key.verifying_key()));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let key = signing_key(&[5; 32]);
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(certificate().sign(&key).unwrap()).unwrap();
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] ^= 1;
            let text = BASE64_URL_SAFE_NO_PAD.encode(&bent);
            assert!(Certificate::read(&text, &key.verifying_key()).is_err(), "byte {at}");
            let cut = BASE64_URL_SAFE_NO_PAD.encode(&bytes[..at]);
            assert!(Certificate::read(&cut, &key.verifying_key()).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn another_county_and_nonsense_are_told_apart() {
        let text = certificate().sign(&signing_key(&[5; 32])).unwrap();
        let other = signing_key(&[6; 32]).verifying_key();
        assert_eq!(Certificate::read(&text, &other), Err(LedgerError::AlteredCertificate));
        for nonsense in ["", "K7M 3PX 9HE RT4", "王秀兰", "AAAA", &"A".repeat(4000)] {
            let read = Certificate::read(nonsense, &other);
            assert!(matches!(read, Err(LedgerError::MalformedCertificate(_))), "{nonsense}");
        }
    }

    #[test]
    fn a_checkpoint_of_the_same_key_is_no_certificate_and_no_part_forges_a_line() {
        let key = signing_key(&[5; 32]);
        let text = b"jianmian ledger checkpoint 1\nx\n1\n2\n3\n";
        let signature = key.sign(text).to_bytes();
        let passed = BASE64_URL_SAFE_NO_PAD.encode([&[VERSION][..], &signature, text].concat());
        let read = Certificate::read(&passed, &key.verifying_key());
        assert_eq!(read, Err(LedgerError::AlteredCertificate));
        let forged = Certificate { addressee: "王**\n2099-01-01".into(), ..certificate() };
        assert!(forged.sign(&key).is_err());
    }
}
