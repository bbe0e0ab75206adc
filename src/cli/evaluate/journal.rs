//! What has been analysed already, one JSON line each, written at once: a kill loses what was in work and nothing else.

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// The journal of an output folder. It holds embeddings: its file is readable by its owner alone.
#[derive(Debug)]
pub(super) struct Journal {
    known: Mutex<HashMap<String, Value>>,
    file: Mutex<File>,
}

impl Journal {
    /// Opens or begins a journal. `made_by` says what its results depend on; another one is refused, not mixed.
    pub fn open(path: &Path, made_by: &Value) -> anyhow::Result<Self> {
        let name = path.display();
        let mut file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .with_context(|| format!("{name} cannot be written"))?;
        let mut lines = BufReader::new(&file).lines();
        let mut known = HashMap::new();
        let mut whole = 0;
        match lines.next() {
            None => {
                let first = format!("{}\n", json!({ "made_by": made_by }));
                file.write_all(first.as_bytes()).with_context(|| format!("{name}"))?;
            }
            Some(first) => {
                let first = first.with_context(|| format!("{name}"))?;
                let before: Value = serde_json::from_str(&first).unwrap_or_default();
                ensure!(
                    before["made_by"] == *made_by,
                    "{name} was made with other models or settings; give another --out folder, or delete that one"
                );
                whole += first.len() as u64 + 1;
                for line in lines {
                    let line = line.with_context(|| format!("{name}"))?;
                    // A line cut off by a kill is the last one: it is done again.
                    let Ok(mut value) = serde_json::from_str::<Value>(&line) else { break };
                    let Some(key) = value["key"].as_str().map(str::to_owned) else { break };
                    known.insert(key, value["value"].take());
                    whole += line.len() as u64 + 1;
                }
                let length = file.seek(std::io::SeekFrom::End(0))?;
                if length < whole {
                    file.write_all(b"\n")?; // the last line is whole but for its end
                } else {
                    file.set_len(whole)?;
                }
            }
        }
        Ok(Self { known: Mutex::new(known), file: Mutex::new(file) })
    }

    /// A known result.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Keeps a result.
    pub fn add(&self, key: &str, value: &Value) -> anyhow::Result<()> {
        let line = format!("{}\n", json!({ "key": key, "value": value }));
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).context("the journal cannot be written")?;
        drop(file);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(key.to_owned(), value.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_forgotten_and_the_rest_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let by = json!({ "pack": "a" });
        let journal = Journal::open(&path, &by).unwrap();
        journal.add("one", &json!(1)).unwrap();
        journal.add("two", &json!(2)).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..=12 {
            std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            let journal = Journal::open(&path, &by).unwrap();
            assert_eq!(journal.get("one"), Some(json!(1)), "{cut}");
            assert_eq!(journal.get("two").is_some(), cut == 1, "only its end is missing: {cut}");
            journal.add("three", &json!(3)).unwrap();
            drop(journal);
            let again = Journal::open(&path, &by).unwrap();
            assert_eq!(again.get("three"), Some(json!(3)), "written on its own line: {cut}");
        }
    }

    #[test]
    fn results_of_other_models_are_not_mixed_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        Journal::open(&path, &json!({ "pack": "a" })).unwrap();
        let fault = Journal::open(&path, &json!({ "pack": "b" })).unwrap_err().to_string();
        assert!(fault.contains("other models"), "{fault}");
    }

    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        Journal::open(&path, &json!({})).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
