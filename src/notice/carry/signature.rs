//! Signatures between us and a gateway: HMAC-SHA-256 over `TIMESTAMP.BODY`, in the header [`SIGNATURE`] as `v1=HEX`, with the
//! timestamp (seconds since 1970) in [`TIMESTAMP`]. The same in both directions.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Header with the signature.
pub const SIGNATURE: &str = "x-jianmian-signature";
/// Header with the timestamp.
pub const TIMESTAMP: &str = "x-jianmian-timestamp";
/// How far a timestamp may be from now, s: clocks differ, and what was overheard must not be played back later.
pub const DRIFT_SECONDS_MAX: i64 = 300;

fn mac(secret: &str, timestamp: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(format!("{timestamp}.").as_bytes());
    mac.update(body);
    Some(mac)
}

/// The signature of a body.
pub fn sign(secret: &str, timestamp: i64, body: &[u8]) -> String {
    let code = mac(secret, timestamp, body).map(|mac| hex::encode(mac.finalize().into_bytes()));
    format!("v1={}", code.unwrap_or_default())
}

/// Whether the signature is right and fresh. An empty secret signs nothing.
pub fn verify(secret: &str, timestamp: &str, body: &[u8], signature: &str, now: i64) -> bool {
    let Ok(at) = timestamp.parse::<i64>() else { return false };
    let Some(given) = signature.strip_prefix("v1=").and_then(|text| hex::decode(text).ok()) else {
        return false;
    };
    let fresh = now.abs_diff(at) <= DRIFT_SECONDS_MAX.unsigned_abs();
    !secret.is_empty()
        && fresh
        && mac(secret, at, body).is_some_and(|mac| mac.verify_slice(&given).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_and_verified() {
        let signature = sign("secret", 1_790_000_000, b"{}");
        // `printf '1790000000.{}' | openssl dgst -sha256 -hmac secret`
        assert_eq!(
            signature,
            "v1=d0cadd434460d4af55e7ab90d79c1802591d7001a77c9e06471d0e3ec8cc85ae"
        );
        let good = |secret, at, body: &[u8], now| verify(secret, at, body, &signature, now);
        assert!(good("secret", "1790000000", b"{}", 1_790_000_300));
        assert!(!good("secret", "1790000000", b"{}", 1_790_000_301), "too old");
        assert!(!good("secret", "1790000000", b"{}", 1_789_999_699), "from the future");
        assert!(!good("secret", "1790000001", b"{}", 1_790_000_000));
        assert!(!good("other", "1790000000", b"{}", 1_790_000_000));
        assert!(!good("secret", "1790000000", b"{ }", 1_790_000_000));
        assert!(!verify("", "1790000000", b"{}", &sign("", 1_790_000_000, b"{}"), 1_790_000_000));
        for odd in ["", "v1=", "v1=zz", &signature[3..]] {
            assert!(!verify("secret", "1790000000", b"{}", odd, 1_790_000_000), "{odd}");
        }
    }
}
