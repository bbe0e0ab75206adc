//! Secrets that are derived and stored nowhere: tokens of links, short codes, the seed of a signing key.

use super::{Vault, expand};
use zeroize::Zeroizing;

impl Vault {
    /// 32 bytes that only the master key's holder can compute, the same each time for a purpose, a salt and a name. With a person's salt
    /// they are gone when the salt is.
    pub fn secret(&self, purpose: &str, salt: &[u8], name: &str) -> Zeroizing<[u8; 32]> {
        let mut secret = Zeroizing::new([0; 32]);
        // A purpose has no zero byte, so no two (purpose, name) pairs read alike, nor like the labels of the keys.
        let info = [b"jianmian secret v1\0", purpose.as_bytes(), &[0], name.as_bytes()].concat();
        expand(&self.master, Some(salt), &info, &mut *secret);
        secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_belongs_to_its_purpose_salt_and_name() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&dir.path().join("vault.key")).unwrap();
        let other = Vault::open(&dir.path().join("other.key")).unwrap();
        let one = vault.secret("link", b"salt", "a");
        assert_eq!(*one, *vault.secret("link", b"salt", "a"));
        for different in [
            vault.secret("code", b"salt", "a"),
            vault.secret("link", b"tlas", "a"),
            vault.secret("link", b"salt", "b"),
            vault.secret("linka", b"salt", ""),
            other.secret("link", b"salt", "a"),
        ] {
            assert_ne!(*one, *different);
        }
    }
}
