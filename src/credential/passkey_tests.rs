//! An authenticator in software: what it signs is accepted, and nothing that differs from it in any byte is.

use super::*;
use proptest::prelude::*;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};

fn site() -> Site {
    Site { origin: "https://county.example".into(), id: "county.example".into() }
}

fn client_data(kind: &str, origin: &str) -> Vec<u8> {
    format!(r#"{{"type":"{kind}","challenge":"Y2hhbGxlbmdl","origin":"{origin}","crossOrigin":false,"other_keys_can_be_added_here":"x"}}"#)
        .into_bytes()
}

enum Chip {
    P256(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Chip {
    fn both() -> [Self; 2] {
        let random = SystemRandom::new();
        let p256 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let p256 =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, p256.as_ref(), &random);
        [Self::P256(p256.unwrap()), Self::Ed(Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap())]
    }

    fn cose(&self) -> Vec<u8> {
        match self {
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                let head = [0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
                [&head, &point[1..33], &[0x22, 0x58, 32], &point[33..]].concat()
            }
            Self::Ed(pair) => {
                [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32], pair.public_key().as_ref()]
                    .concat()
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::P256(pair) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    fn registration(&self, flags: u8) -> Vec<u8> {
        let id = [7_u8; 32];
        let mut data = head(flags, 1);
        data.extend([0; 16]);
        data.extend([0, 32]);
        data.extend(id);
        data.extend(self.cose());
        attestation(&data)
    }

    fn signing(&self, flags: u8, count: u32, client_data: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let data = head(flags, count);
        let hash = digest(&SHA256, client_data);
        let signature = self.sign(&[&data, hash.as_ref()].concat());
        (data, signature)
    }
}

fn head(flags: u8, count: u32) -> Vec<u8> {
    let mut data = digest(&SHA256, b"county.example").as_ref().to_vec();
    data.push(flags);
    data.extend(count.to_be_bytes());
    data
}

fn attestation(data: &[u8]) -> Vec<u8> {
    let mut object = vec![0xa3];
    object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData");
    object.push(0x59);
    object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    object.extend(data);
    object
}

const PRESENT_AND_VERIFIED: u8 = USER_PRESENT | USER_VERIFIED;

fn registered(chip: &Chip) -> NewPasskey {
    let client = client_data("webauthn.create", "https://county.example");
    register(&site(), &client, &chip.registration(PRESENT_AND_VERIFIED | ATTESTED)).unwrap()
}

#[test]
fn a_key_is_registered_and_then_signs_in() {
    for chip in Chip::both() {
        let passkey = registered(&chip);
        assert_eq!((passkey.id.as_slice(), passkey.sign_count), (&[7_u8; 32][..], 1));
        assert_eq!(passkey.public_key, chip.cose());
        let client = client_data("webauthn.get", "https://county.example");
        assert_eq!(challenge(&client).unwrap(), "Y2hhbGxlbmdl");
        let (data, signature) = chip.signing(PRESENT_AND_VERIFIED, 2, &client);
        let signed =
            Signed { client_data: &client, authenticator_data: &data, signature: &signature };
        assert_eq!(verify(&site(), signed, &passkey.public_key, 1), Ok(2));
        assert_eq!(verify(&site(), signed, &passkey.public_key, 2), Err(CredentialError::Copied));
        let other = &Chip::both()[0];
        let wrong = verify(&site(), signed, &other.cose(), 1);
        assert_eq!(wrong, Err(CredentialError::Signature));
    }
}

#[test]
fn what_was_made_elsewhere_or_by_nobody_is_refused() {
    let chip = &Chip::both()[0];
    let key = chip.cose();
    let try_one = |client: &[u8], flags, at: &Site| {
        let (data, signature) = chip.signing(flags, 0, client);
        let signed =
            Signed { client_data: client, authenticator_data: &data, signature: &signature };
        verify(at, signed, &key, 0)
    };
    let good = client_data("webauthn.get", "https://county.example");
    assert_eq!(try_one(&good, PRESENT_AND_VERIFIED, &site()), Ok(0));
    let evil = client_data("webauthn.get", "https://county.example.evil");
    let foreign = CredentialError::Foreign;
    assert_eq!(try_one(&evil, PRESENT_AND_VERIFIED, &site()), Err(foreign("page")));
    let create = client_data("webauthn.create", "https://county.example");
    assert_eq!(try_one(&create, PRESENT_AND_VERIFIED, &site()), Err(foreign("ceremony")));
    let framed = String::from_utf8(good.clone())
        .unwrap()
        .replace("\"crossOrigin\":false", "\"crossOrigin\":true");
    assert_eq!(try_one(framed.as_bytes(), PRESENT_AND_VERIFIED, &site()), Err(foreign("page")));
    let elsewhere = Site { id: "example".into(), ..site() };
    assert_eq!(try_one(&good, PRESENT_AND_VERIFIED, &elsewhere), Err(foreign("site")));
    for (flags, what) in [(USER_VERIFIED, "touch"), (USER_PRESENT, "owner")] {
        assert_eq!(try_one(&good, flags, &site()), Err(CredentialError::Unverified(what)));
    }
    let unknown = [&[0xa3, 1, 2, 3, 0x38, 0x22, 0x20, 2][..]].concat(); // ES384
    assert!(matches!(Key::read(&unknown), Err(CredentialError::Algorithm)));
}

proptest! {
    #[test]
    fn any_changed_byte_breaks_a_signing(at in 0_usize..400, bit in 0_u8..8) {
        let chip = &Chip::both()[1];
        let client = client_data("webauthn.get", "https://county.example");
        let (mut data, mut signature) = chip.signing(PRESENT_AND_VERIFIED, 5, &client);
        let mut client = client;
        let total = client.len() + data.len() + signature.len();
        let at = at % total;
        let flip = 1 << bit;
        if at < client.len() {
            client[at] ^= flip;
        } else if at < client.len() + data.len() {
            data[at - client.len()] ^= flip;
        } else {
            signature[at - client.len() - data.len()] ^= flip;
        }
        let signed = Signed { client_data: &client, authenticator_data: &data, signature: &signature };
        prop_assert!(verify(&site(), signed, &chip.cose(), 0).is_err());
    }

    #[test]
    fn registrations_cut_or_changed_never_panic(cut in 0_usize..300, at in 0_usize..300, byte: u8) {
        let chip = &Chip::both()[0];
        let client = client_data("webauthn.create", "https://county.example");
        let mut object = chip.registration(PRESENT_AND_VERIFIED | ATTESTED);
        let at = at % object.len();
        object[at] = byte;
        let _ = register(&site(), &client, &object);
        object.truncate(cut.min(object.len() - 1));
        prop_assert!(register(&site(), &client, &object).is_err());
    }

    #[test]
    fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let client = client_data("webauthn.create", "https://county.example");
        prop_assert!(register(&site(), &client, &bytes).is_err());
        prop_assert!(register(&site(), &bytes, &bytes).is_err());
        let _ = Key::read(&bytes);
    }
}
