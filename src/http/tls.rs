//! TLS with rustls and ring: the county's certificate, or a self-signed one that is made once.

use crate::config::Settings;
use axum_server::tls_rustls::RustlsConfig;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use std::{
    io::Write,
    net::IpAddr,
    path::{Path, PathBuf},
};

/// Why HTTPS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate or key cannot be read or is none.
    #[error("certificate {certificate} with key {key} cannot be used: {source}")]
    Unusable {
        /// Certificate file.
        certificate: PathBuf,
        /// Key file.
        key: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A self-signed certificate cannot be made.
    #[error("no self-signed certificate could be made: {0}")]
    Make(#[from] rcgen::Error),
    /// It cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Installs ring as the one provider of TLS cryptography. Calling it again changes nothing.
pub fn install_provider() {
    let _already = rustls::crypto::ring::default_provider().install_default();
}

/// The certificate and key of the settings; a self-signed pair for `addresses` is made in `data_dir/tls` when none is set
/// and none is there yet (delete the folder to have another one made).
///
/// # Errors
/// When files cannot be read or written, or hold no certificate.
pub async fn config(settings: &Settings, addresses: &[IpAddr]) -> Result<RustlsConfig, TlsError> {
    install_provider();
    let (certificate, key) = if settings.server.tls_certificate.is_empty() {
        self_signed(&settings.server.data_dir.join("tls"), addresses)?
    } else {
        (PathBuf::from(&settings.server.tls_certificate), PathBuf::from(&settings.server.tls_key))
    };
    RustlsConfig::from_pem_file(&certificate, &key).await.map_err(|source| TlsError::Unusable {
        certificate,
        key,
        source,
    })
}

fn self_signed(folder: &Path, addresses: &[IpAddr]) -> Result<(PathBuf, PathBuf), TlsError> {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    if certificate.exists() && key.exists() {
        return Ok((certificate, key));
    }
    std::fs::create_dir_all(folder)
        .map_err(|source| TlsError::Write { path: folder.to_owned(), source })?;
    let names: Vec<String> = ["localhost".to_owned(), "127.0.0.1".to_owned()]
        .into_iter()
        .chain(addresses.iter().map(ToString::to_string))
        .collect();
    let mut parameters = CertificateParams::new(names)?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "Jianmian (self-signed)");
    let pair = KeyPair::generate()?;
    let made = parameters.self_signed(&pair)?;
    write(&key, &pair.serialize_pem(), 0o600)?;
    write(&certificate, &made.pem(), 0o644)?;
    Ok((certificate, key))
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| TlsError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn the_certificate_is_made_once_and_its_key_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = Settings::defaults();
        settings.server.data_dir = dir.path().to_owned();
        config(&settings, &["192.0.2.7".parse().unwrap()]).await.unwrap();
        let key = dir.path().join("tls/key.pem");
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        let first = std::fs::read(dir.path().join("tls/certificate.pem")).unwrap();
        config(&settings, &[]).await.unwrap();
        assert_eq!(first, std::fs::read(dir.path().join("tls/certificate.pem")).unwrap());
    }

    #[tokio::test]
    async fn a_missing_or_broken_certificate_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (pem, key) = (dir.path().join("c.pem"), dir.path().join("k.pem"));
        std::fs::write(&pem, "no certificate").unwrap();
        let mut settings = Settings::defaults();
        settings.server.tls_certificate = pem.display().to_string();
        settings.server.tls_key = key.display().to_string();
        let error = config(&settings, &[]).await.unwrap_err();
        assert!(error.to_string().contains("c.pem"), "{error}");
    }
}
