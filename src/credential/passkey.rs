//! Registering a passkey and signing in with it: the checks of Web Authentication Level 2, §7.1 and §7.2.
//!
//! Who made the authenticator is not asked (attestation "none"): any statement is left unread, and nothing rests on it.

pub use super::cose::ALGORITHMS;
use super::{
    CredentialError,
    cbor::{self, Value},
    cose::Key,
};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use subtle::ConstantTimeEq;

/// Longest `clientDataJSON`, bytes. Browsers send some 200.
const CLIENT_DATA_MAX: usize = 4096;
/// Longest attestation object, bytes: certificates of a statement are a few thousand.
const ATTESTATION_MAX: usize = 16_384;
/// Longest authenticator data of a signing, bytes.
const AUTHENTICATOR_DATA_MAX: usize = 1024;
/// Longest signature, bytes (RSA of 4,096 bits).
const SIGNATURE_MAX: usize = 512;
/// Longest credential id, bytes (§5.8.3).
const ID_MAX: usize = 1023;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;
const EXTENDED: u8 = 0x80;
/// RP id hash, flags, counter.
const HEAD_BYTES: usize = 37;

/// Where the proof must have been made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Origin of the page, e.g. `https://county.example`.
    pub origin: String,
    /// RP id: the host of the origin.
    pub id: String,
}

/// A registered passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPasskey {
    /// Credential id.
    pub id: Vec<u8>,
    /// COSE key.
    pub public_key: Vec<u8>,
    /// The authenticator's counter.
    pub sign_count: u32,
}

/// What a browser sends when a passkey signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `clientDataJSON`.
    pub client_data: &'a [u8],
    /// `authenticatorData`.
    pub authenticator_data: &'a [u8],
    /// Signature.
    pub signature: &'a [u8],
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// The challenge that was signed, base64url as the browser wrote it. It proves nothing by itself: whoever asked must have
/// drawn it, once.
///
/// # Errors
/// When these are not client data.
pub fn challenge(client_data: &[u8]) -> Result<String, CredentialError> {
    Ok(read_client_data(client_data)?.challenge)
}

/// Checks a registration.
///
/// # Errors
/// When it is malformed, made elsewhere, of another kind, or without user verification.
pub fn register(
    site: &Site,
    client_data: &[u8],
    attestation: &[u8],
) -> Result<NewPasskey, CredentialError> {
    check_client_data(site, client_data, "webauthn.create")?;
    if attestation.len() > ATTESTATION_MAX {
        return Err(CredentialError::Malformed("attestation"));
    }
    let object = cbor::only(attestation)?;
    let (Some(Value::Text(_)), Some(Value::Map(_))) = (object.at("fmt"), object.at("attStmt"))
    else {
        return Err(CredentialError::Malformed("attestation"));
    };
    let data = object
        .at("authData")
        .and_then(Value::bytes)
        .ok_or(CredentialError::Malformed("attestation"))?;
    let head = Head::read(site, data)?;
    if head.flags & ATTESTED == 0 {
        return Err(CredentialError::Malformed("attested key"));
    }
    head.attested(&data[HEAD_BYTES..])
}

/// Checks a signing with a registered key; the authenticator's new counter.
///
/// # Errors
/// When it is malformed, made elsewhere, without user verification, wrongly signed, or counted backwards.
pub fn verify(
    site: &Site,
    signed: Signed<'_>,
    public_key: &[u8],
    sign_count: u32,
) -> Result<u32, CredentialError> {
    check_client_data(site, signed.client_data, "webauthn.get")?;
    if signed.authenticator_data.len() > AUTHENTICATOR_DATA_MAX {
        return Err(CredentialError::Malformed("authenticator data"));
    }
    if signed.signature.len() > SIGNATURE_MAX {
        return Err(CredentialError::Signature);
    }
    let head = Head::read(site, signed.authenticator_data)?;
    head.ending(&signed.authenticator_data[HEAD_BYTES..])?;
    let hash = digest(&SHA256, signed.client_data);
    let message = [signed.authenticator_data, hash.as_ref()].concat();
    Key::read(public_key)?.verify(&message, signed.signature)?;
    // Two zeros: an authenticator that does not count, as synchronised passkeys do not.
    if (head.sign_count, sign_count) != (0, 0) && head.sign_count <= sign_count {
        return Err(CredentialError::Copied);
    }
    Ok(head.sign_count)
}

fn read_client_data(bytes: &[u8]) -> Result<ClientData, CredentialError> {
    if bytes.len() > CLIENT_DATA_MAX {
        return Err(CredentialError::Malformed("client data"));
    }
    serde_json::from_slice(bytes).map_err(|_| CredentialError::Malformed("client data"))
}

fn check_client_data(site: &Site, bytes: &[u8], kind: &str) -> Result<(), CredentialError> {
    let data = read_client_data(bytes)?;
    if data.kind != kind {
        return Err(CredentialError::Foreign("ceremony"));
    }
    if data.origin != site.origin || data.cross_origin {
        return Err(CredentialError::Foreign("page"));
    }
    Ok(())
}

struct Head {
    flags: u8,
    sign_count: u32,
}

impl Head {
    fn read(site: &Site, data: &[u8]) -> Result<Self, CredentialError> {
        let Some((head, _)) = data.split_first_chunk::<HEAD_BYTES>() else {
            return Err(CredentialError::Malformed("authenticator data"));
        };
        let expected = digest(&SHA256, site.id.as_bytes());
        if !bool::from(head[..32].ct_eq(expected.as_ref())) {
            return Err(CredentialError::Foreign("site"));
        }
        let flags = head[32];
        if flags & USER_PRESENT == 0 {
            return Err(CredentialError::Unverified("touch"));
        }
        if flags & USER_VERIFIED == 0 {
            return Err(CredentialError::Unverified("owner"));
        }
        if flags & BACKED_UP != 0 && flags & BACKUP_ELIGIBLE == 0 {
            return Err(CredentialError::Malformed("flags"));
        }
        let count = [head[33], head[34], head[35], head[36]];
        Ok(Self { flags, sign_count: u32::from_be_bytes(count) })
    }

    /// Id and key after the head: AAGUID (16), length (2), id, key.
    fn attested(&self, rest: &[u8]) -> Result<NewPasskey, CredentialError> {
        let malformed = CredentialError::Malformed("attested key");
        let (_aaguid, rest) = rest.split_at_checked(16).ok_or(malformed.clone())?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(malformed.clone())?;
        let length = usize::from(u16::from_be_bytes(*length));
        if !(1..=ID_MAX).contains(&length) {
            return Err(malformed);
        }
        let (id, rest) = rest.split_at_checked(length).ok_or(malformed)?;
        let (key, after) = cbor::first(rest)?;
        Key::of(&key)?;
        self.extensions(after)?;
        let public_key = rest[..rest.len() - after.len()].to_vec();
        Ok(NewPasskey { id: id.to_vec(), public_key, sign_count: self.sign_count })
    }

    /// A signing carries no key.
    fn ending(&self, rest: &[u8]) -> Result<(), CredentialError> {
        if self.flags & ATTESTED != 0 {
            return Err(CredentialError::Malformed("authenticator data"));
        }
        self.extensions(rest)
    }

    /// Extensions are not asked for; some come all the same and are left unread. Nothing follows them.
    fn extensions(&self, rest: &[u8]) -> Result<(), CredentialError> {
        let fits = if self.flags & EXTENDED == 0 {
            rest.is_empty()
        } else {
            matches!(cbor::only(rest)?, Value::Map(_))
        };
        fits.then_some(()).ok_or(CredentialError::Malformed("authenticator data"))
    }
}

#[cfg(test)]
#[path = "passkey_tests.rs"]
mod tests;
