//! Tokens: 256 random bits, shown once as base64url; only the SHA-256 is kept.

use crate::vault::{VaultError, random};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// A fresh token and its hash.
pub(super) struct Token {
    pub plain: String,
    pub sha256: String,
}

impl Token {
    pub(super) fn draw() -> Result<Self, VaultError> {
        let plain = URL_SAFE_NO_PAD.encode(random::<32>()?);
        Ok(Self { sha256: sha256_hex(plain.as_bytes()), plain })
    }
}

/// SHA-256, hex.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
