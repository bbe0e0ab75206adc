//! An authenticator in software (`EdDSA`), as a browser would speak for it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jianmian::service::views::{PasskeyMade, PasskeySigned};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use std::sync::atomic::{AtomicU32, Ordering};

pub struct Authenticator {
    pair: Ed25519KeyPair,
    count: AtomicU32,
    origin: String,
    host: String,
}

impl Authenticator {
    pub fn new(origin: &str, host: &str) -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap();
        Self { pair, count: AtomicU32::new(0), origin: origin.into(), host: host.into() }
    }

    /// The same authenticator, lured to another page.
    pub fn at(self, origin: &str) -> Self {
        Self { origin: origin.into(), ..self }
    }

    fn id(&self) -> &[u8] {
        &self.pair.public_key().as_ref()[..16]
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let origin = &self.origin;
        format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}"}}"#).into_bytes()
    }

    fn head(&self, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.host.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend((self.count.fetch_add(1, Ordering::Relaxed) + 1).to_be_bytes());
        data
    }

    pub fn make(&self, challenge: &str) -> PasskeyMade {
        let mut data = self.head(0x45); // present, verified, a key follows
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id());
        data.extend([0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32]);
        data.extend(self.pair.public_key().as_ref());
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        PasskeyMade {
            client_data: URL_SAFE_NO_PAD.encode(self.client_data("webauthn.create", challenge)),
            attestation: URL_SAFE_NO_PAD.encode(object),
        }
    }

    pub fn sign(&self, challenge: &str) -> PasskeySigned {
        let (client_data, data) = (self.client_data("webauthn.get", challenge), self.head(0x05));
        let hash = digest(&SHA256, &client_data);
        let signature = self.pair.sign(&[&data, hash.as_ref()].concat());
        PasskeySigned {
            id: URL_SAFE_NO_PAD.encode(self.id()),
            client_data: URL_SAFE_NO_PAD.encode(client_data),
            authenticator_data: URL_SAFE_NO_PAD.encode(data),
            signature: URL_SAFE_NO_PAD.encode(signature.as_ref()),
            user_handle: None,
        }
    }
}
