//! `jianmian export verify`: whether an exported case is what the county signed. Needs no network and no records.

use crate::{
    ledger::{
        SignedCheckpoint, VerifyingKey, leaf_hash, verify_for, verify_inclusion, verifying_key,
    },
    service::EXPORT_PURPOSE,
};
use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// What to do with exported cases.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say whether an exported case (JSON) is genuine: its signature, its entries of the ledger, and the ledger's checkpoint. Exit code 1
    /// when it is not.
    #[command(after_help = EXAMPLES, arg_required_else_help = true)]
    Verify {
        /// The exported file.
        file: PathBuf,
        /// The county's public key: 64 hexadecimal characters, or a file that holds them (`jianmian receipt key`).
        #[arg(long, value_name = "KEY")]
        key: String,
    },
}

const EXAMPLES: &str = "Examples:
  jianmian receipt key > county.key
  jianmian export verify case-2026-00042.json --key county.key";

/// Runs the command.
///
/// # Errors
/// When the file cannot be read or is not genuine.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Verify { file, key } = command;
    let given = std::fs::read_to_string(key).unwrap_or_else(|_| key.clone());
    let key = verifying_key(&given).context("--key")?;
    let number = verify(file, &key)?;
    println!("case {number}: genuine, signed by the county, and its entries stand in the ledger");
    Ok(ExitCode::SUCCESS)
}

fn verify(file: &Path, key: &VerifyingKey) -> anyhow::Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    check(&bytes, key)
}

/// Checks an export; the number of its case.
fn check(bytes: &[u8], key: &VerifyingKey) -> anyhow::Result<String> {
    let envelope: Value = serde_json::from_slice(bytes).context("this is no exported case")?;
    let export = &envelope["export"];
    let signature = envelope["signature"].as_str().context("the file has no signature")?;
    verify_for(EXPORT_PURPOSE, &serde_json::to_vec(export)?, signature, key)
        .context("the export was not signed under this key, or was changed since")?;
    let text =
        |value: &Value| value.as_str().map(str::to_owned).context("the export is incomplete");
    let ledger = &export["ledger"];
    let mut signature = [0; 64];
    hex::decode_to_slice(text(&ledger["checkpoint_signature"])?, &mut signature)?;
    let signed = SignedCheckpoint { text: text(&ledger["checkpoint"])?, signature };
    let checkpoint = signed.verify(key).context("the checkpoint of the ledger")?;
    for entry in ledger["entries"].as_array().into_iter().flatten() {
        let leaf = leaf_hash(text(&entry["leaf"])?.as_bytes());
        if hex::encode(leaf) != text(&entry["leaf_sha256"])? {
            bail!("an entry of the ledger was changed");
        }
        let place = entry["sequence"].as_u64().context("an entry without its place")?;
        let mut proof = Vec::new();
        for step in entry["proof"].as_array().into_iter().flatten() {
            let mut hash = [0; 32];
            hex::decode_to_slice(text(step)?, &mut hash)?;
            proof.push(hash);
        }
        verify_inclusion(&leaf, place, checkpoint.size, &proof, &checkpoint.root)
            .map_err(|error| anyhow!("entry {place} of the ledger: {error}"))?;
    }
    text(&export["case"]["number"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Checkpoint, inclusion_proof, root, sign_for, signing_key};
    use chrono::DateTime;
    use serde_json::json;

    fn file(change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let key = signing_key(&[4; 32]);
        let leaves: Vec<_> = (0_u8..5).map(|n| leaf_hash(&[n])).collect();
        let checkpoint = Checkpoint {
            origin: "示范县".into(),
            size: 5,
            root: root(&leaves),
            at: DateTime::UNIX_EPOCH,
        };
        let signed = checkpoint.sign(&key).unwrap();
        let proof: Vec<String> =
            inclusion_proof(&leaves, 3).unwrap().iter().map(hex::encode).collect();
        let mut export = json!({
            "case": { "number": "2026-00042" },
            "ledger": {
                "entries": [{ "leaf": "\u{3}", "leaf_sha256": hex::encode(leaves[3]), "sequence": 3, "proof": proof }],
                "checkpoint": signed.text,
                "checkpoint_signature": hex::encode(signed.signature),
            },
        });
        change(&mut export);
        let signature = sign_for(EXPORT_PURPOSE, &serde_json::to_vec(&export).unwrap(), &key);
        serde_json::to_vec_pretty(&json!({ "export": export, "signature": signature })).unwrap()
    }

    #[test]
    fn genuine_changed_and_of_another_county() {
        let key = signing_key(&[4; 32]).verifying_key();
        let good = file(|_| ());
        assert_eq!(check(&good, &key).unwrap(), "2026-00042");
        let changed = String::from_utf8(good.clone()).unwrap().replace("00042", "00043");
        assert!(check(changed.as_bytes(), &key).is_err());
        assert!(check(&good, &signing_key(&[5; 32]).verifying_key()).is_err());
        // Signed, and yet not in the ledger.
        let stray = file(|export| export["ledger"]["entries"][0]["sequence"] = json!(2));
        assert!(check(&stray, &key).is_err());
        assert!(check(b"{}", &key).is_err());
    }
}
