//! Public keys as authenticators give them (COSE, RFC 9053) and the signatures made with them.

use super::{
    CredentialError,
    cbor::{self, Value},
};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

/// COSE algorithms offered to authenticators, best first: `EdDSA`, ES256, and RS256 for the chips of older office computers.
pub const ALGORITHMS: [i64; 3] = [-8, -7, -257];

/// Modulus lengths accepted, bytes (2,048 to 4,096 bits).
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

pub(super) enum Key<'a> {
    Es256 { x: &'a [u8], y: &'a [u8] },
    EdDsa { x: &'a [u8] },
    Rs256 { n: &'a [u8], e: &'a [u8] },
}

impl<'a> Key<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, CredentialError> {
        Self::of(&cbor::only(bytes)?)
    }

    pub(super) fn of(value: &Value<'a>) -> Result<Self, CredentialError> {
        let number = |key| match value.at_number(key) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        };
        let bytes = |key| {
            value.at_number(key).and_then(Value::bytes).ok_or(CredentialError::Malformed("key"))
        };
        // Labels: 1 kind of key, 3 algorithm, -1 curve (or modulus), -2 x (or exponent), -3 y.
        let key = match (number(1), number(3), number(-1)) {
            (Some(2), Some(-7), Some(1)) => Self::Es256 { x: bytes(-2)?, y: bytes(-3)? },
            (Some(1), Some(-8), Some(6)) => Self::EdDsa { x: bytes(-2)? },
            (Some(3), Some(-257), None) => Self::Rs256 { n: bytes(-1)?, e: bytes(-2)? },
            _ => return Err(CredentialError::Algorithm),
        };
        let fits = match &key {
            Self::Es256 { x, y } => x.len() == 32 && y.len() == 32,
            Self::EdDsa { x } => x.len() == 32,
            Self::Rs256 { n, e } => MODULUS_BYTES.contains(&n.len()) && (1..=4).contains(&e.len()),
        };
        fits.then_some(key).ok_or(CredentialError::Malformed("key"))
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CredentialError> {
        let right = match self {
            Self::Es256 { x, y } => {
                let point = [&[4_u8], *x, *y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::EdDsa { x } => UnparsedPublicKey::new(&ED25519, x).verify(message, signature),
            Self::Rs256 { n, e } => RsaPublicKeyComponents { n: *n, e: *e }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
        };
        right.map_err(|_| CredentialError::Signature)
    }
}
