//! `jianmian receipt`: the public key for checking receipts, and checking one without asking anybody.

use crate::{
    clock::SystemClock,
    ledger::{Certificate, verifying_key},
    service::Service,
};
use anyhow::Context;
use clap::Subcommand;
use std::process::ExitCode;

/// What to do with receipts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print this county's public key (Ed25519, hexadecimal); give it to whoever checks receipts.
    Key,
    /// Say whether a receipt is genuine, and until when it holds. Needs no network and no records; exit code 1 when it is not
    /// genuine or its time is over.
    #[command(after_help = EXAMPLES, arg_required_else_help = true)]
    Verify {
        /// The address that the receipt's QR code holds, or its last part.
        receipt: String,
        /// The county's public key: 64 hexadecimal characters, or a file that holds them.
        #[arg(long, value_name = "KEY")]
        key: String,
    },
}

const EXAMPLES: &str = "Examples:
  jianmian receipt key > county.key
  jianmian receipt verify https://county.example/v/AUkx... --key county.key
  jianmian receipt verify AUkx... --key 3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29
  curl -s https://county.example/api/verify/key      the same key, from the county";

/// Prints the public key.
pub fn key(service: &Service) -> ExitCode {
    println!("{}", service.certificate_key().public_key);
    ExitCode::SUCCESS
}

/// Checks one receipt.
///
/// # Errors
/// When the key is none, or the receipt is not one of its county.
pub fn verify(receipt: &str, key: &str) -> anyhow::Result<ExitCode> {
    let given = std::fs::read_to_string(key).unwrap_or_else(|_| key.to_owned());
    let key = verifying_key(&given).context("--key")?;
    let text = receipt.trim().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let certificate = Certificate::read(text, &key).context("the receipt")?;
    println!("issued by    {}", certificate.issuer);
    println!("receipt      {}", certificate.receipt_number);
    println!("for          {}", certificate.addressee);
    println!("confirmed    {}", certificate.confirmed_on);
    println!("holds until  {}", certificate.due_on);
    if certificate.due_on < SystemClock::shared().today() {
        println!("genuine, but its time is over");
        return Ok(ExitCode::FAILURE);
    }
    println!("genuine");
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{leaf_hash, receipt_number, signing_key};
    use chrono::NaiveDate;

    #[test]
    fn an_address_or_its_last_part_is_checked_against_the_key() {
        let key = signing_key(&[9; 32]);
        let until = |due_on| {
            Certificate {
                issuer: "示范县".into(),
                receipt_number: receipt_number(3, &leaf_hash(b"x")),
                addressee: "王**".into(),
                confirmed_on: NaiveDate::from_ymd_opt(2020, 1, 2).unwrap(),
                due_on,
            }
            .sign(&key)
            .unwrap()
        };
        let public = hex::encode(key.verifying_key().to_bytes());
        let good = until(NaiveDate::from_ymd_opt(9999, 1, 31).unwrap());
        let over = until(NaiveDate::from_ymd_opt(2021, 1, 31).unwrap());
        let code = |text: &str| verify(text, &public).map(|c| format!("{c:?}"));
        let success = format!("{:?}", ExitCode::SUCCESS);
        assert_eq!(code(&good).unwrap(), success);
        assert_eq!(code(&format!("https://county.example/v/{good}/")).unwrap(), success);
        assert_ne!(code(&over).unwrap(), success);
        assert!(code(&good[1..]).is_err());
        assert!(verify(&good, "not a key").is_err());
    }
}
