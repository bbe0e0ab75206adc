//! Receipt certificates: given to the phone after a confirmation, and checked for whoever is shown one.

use super::{
    Service, ServiceError,
    views::{CertificateCheck, CertificateKey, CertificateStanding, CertificateText},
};
use crate::{
    clock::china_date,
    ledger::{Certificate, LedgerError, SigningKey, signing_key},
};

impl Service {
    /// The certificate of the confirmation that a link led to, and what it says.
    ///
    /// # Errors
    /// `not_confirmed` while there is none; those of the link.
    pub async fn certificate(
        &self,
        token: &str,
    ) -> Result<(String, CertificateText), ServiceError> {
        let mut tx = self.db.read().await?;
        let standing = self.standing(&mut tx, token, self.now()).await?;
        let confirmation = standing.confirmed.ok_or_else(|| {
            ServiceError::conflict("not_confirmed", "there is no confirmation on this link yet")
        })?;
        let says = CertificateText {
            receipt_number: confirmation.receipt_number,
            addressee: standing.beneficiary.masked_name(),
            confirmed_on: china_date(confirmation.confirmed_at),
            due_on: confirmation.due_on,
        };
        let signed = Certificate {
            issuer: self.settings.county.name_zh.clone(),
            receipt_number: says.receipt_number.clone(),
            addressee: says.addressee.clone(),
            confirmed_on: says.confirmed_on,
            due_on: says.due_on,
        }
        .sign(&self.receipt_key())
        .map_err(ServiceError::internal)?;
        Ok((signed, says))
    }

    /// What a certificate is worth here and now. It tells nothing that the certificate does not say itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check_certificate(&self, text: &str) -> Result<CertificateCheck, ServiceError> {
        let about = |standing, certificate| CertificateCheck {
            standing,
            county: self.county(),
            certificate,
        };
        let says = match Certificate::read(text, &self.receipt_key().verifying_key()) {
            Ok(certificate) => CertificateText {
                receipt_number: certificate.receipt_number,
                addressee: certificate.addressee,
                confirmed_on: certificate.confirmed_on,
                due_on: certificate.due_on,
            },
            Err(LedgerError::AlteredCertificate) => {
                return Ok(about(CertificateStanding::Altered, None));
            }
            Err(_) => return Ok(about(CertificateStanding::Unreadable, None)),
        };
        let mut tx = self.db.read().await?;
        let confirmation = tx.confirmation_of_receipt(&says.receipt_number).await?;
        // A name may have been corrected since; number and days may not.
        let known = confirmation.is_some_and(|c| {
            (china_date(c.confirmed_at), c.due_on) == (says.confirmed_on, says.due_on)
        });
        let standing = if !known {
            CertificateStanding::Unknown
        } else if says.due_on < china_date(self.now()) {
            CertificateStanding::Ended
        } else {
            CertificateStanding::Holds
        };
        Ok(about(standing, Some(says)))
    }

    /// The public key under which this county's certificates are checked.
    pub fn certificate_key(&self) -> CertificateKey {
        let public = self.receipt_key().verifying_key();
        CertificateKey { county: self.county(), public_key: hex::encode(public.to_bytes()) }
    }

    fn receipt_key(&self) -> SigningKey {
        signing_key(&self.vault.receipt_secret())
    }
}
