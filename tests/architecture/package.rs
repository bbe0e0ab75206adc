//! The package as a whole: banned crates, licences, forbidden words, migrations, and what stands beside the source.

use super::{files, report, root};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path, process::Command};

/// Crates that need C toolchains or a second TLS stack (ADR 0008).
const BANNED: &[&str] = &[
    "openssl",
    "openssl-sys",
    "native-tls",
    "aws-lc-rs",
    "aws-lc-sys",
    "libvpx-sys",
    "openh264-sys2",
];

/// Licences under which a crate may come; `deny.toml` lists the same.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "CDLA-Permissive-2.0",
    "0BSD",
    "BSL-1.0",
    "Unlicense",
];

/// Direct dependencies of the package as they are spelled in paths.
pub fn dependencies(root: &Path) -> Vec<String> {
    let manifest: toml::Table =
        fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let table = manifest["dependencies"].as_table().unwrap();
    table.keys().map(|name| name.replace('-', "_")).collect()
}

/// Whether a licence expression can be met by the list. `OR` (and the old `/`) binds weaker than `AND`.
fn allowed(expression: &str) -> bool {
    let text = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    let met = any_of(&words, &mut at);
    met && at == words.len()
}

fn any_of(words: &[&str], at: &mut usize) -> bool {
    let mut met = all_of(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all_of(words, at);
    }
    met
}

fn all_of(words: &[&str], at: &mut usize) -> bool {
    let mut met = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at);
    }
    met
}

fn one(words: &[&str], at: &mut usize) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let met = any_of(words, at);
        *at += 1; // the closing bracket
        return met;
    }
    let mut name = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{name} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    LICENCES.contains(&name.as_str())
}

#[test]
fn no_banned_crate_is_locked() {
    let lock: toml::Table = fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let mut faults = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        if BANNED.contains(&name) {
            faults.push(format!("Cargo.lock: `{name}` is banned"));
        }
        let source = package.get("source").and_then(toml::Value::as_str);
        if source.is_some_and(|s| !s.starts_with("registry+")) {
            faults.push(format!("Cargo.lock: `{name}` does not come from the registry"));
        }
    }
    assert!(packages.len() > 100);
    report("locked crates", &faults);
}

#[test]
fn licences_are_allowed() {
    assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0") && allowed("GPL-3.0/MIT"));
    assert!(allowed("Apache-2.0 WITH LLVM-exception"));
    assert!(
        !allowed("GPL-3.0") && !allowed("MIT AND GPL-3.0") && !allowed("") && !allowed("MIT )")
    );
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(rustc.stdout).unwrap();
    let host = text.lines().find_map(|l| l.strip_prefix("host: ")).unwrap().to_owned();
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--offline",
            "--locked",
            "--format-version",
            "1",
            "--filter-platform",
            &host,
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let faults: Vec<String> = packages
        .iter()
        .filter(|p| !p["license"].as_str().is_some_and(allowed))
        .map(|p| format!("{} {}: licence {}", p["name"], p["version"], p["license"]))
        .collect();
    assert!(packages.len() > 100);
    report("licences", &faults);
}

#[test]
fn deny_toml_says_the_same() {
    let deny: toml::Table = fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap();
    let listed: BTreeSet<&str> = deny["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    assert_eq!(listed, LICENCES.iter().copied().collect::<BTreeSet<_>>());
    let banned: BTreeSet<&str> = deny["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["crate"].as_str())
        .collect();
    assert_eq!(banned, BANNED.iter().copied().collect::<BTreeSet<_>>());
}

#[test]
fn both_databases_have_the_same_migrations() {
    let folder = |kind: &str| root().join("migrations").join(kind);
    let names = |kind: &str| -> BTreeSet<String> {
        files(&folder(kind), &["sql"])
            .iter()
            .map(|f| f.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert!(!sqlite.is_empty(), "no migrations in {}", folder("sqlite").display());
    assert_eq!(sqlite, postgres, "the two folders differ");
    let numbers: Vec<u32> = sqlite
        .iter()
        .map(|n| n.split('_').next().unwrap_or_default().parse().expect("NUMBER_words.sql"))
        .collect();
    assert!(
        numbers.windows(2).all(|pair| pair[0] < pair[1]),
        "each number once, in order: {numbers:?}"
    );
}

/// Things that belong to one machine or to nobody: put together here so that this file does not hold them.
fn foreign() -> Vec<String> {
    let mut words = vec![
        ["/wor", "k/"].concat(),
        ["/ro", "ot/"].concat(),
        ["pypi", ".org"].concat(),
        ["pythonhosted", ".org"].concat(),
        ["npmjs", ".org"].concat(),
        ["npmjs", ".com"].concat(),
        ["index.crates", ".io"].concat(),
        ["static.crates", ".io"].concat(),
        ["BEGIN PRIVATE", " KEY"].concat(),
    ];
    if let Some(home) = std::env::var_os("HOME").filter(|h| h.len() > 3) {
        words.push(format!("{}/", home.to_string_lossy().trim_end_matches('/')));
    }
    words
}

fn faults_of_text(file: &str, text: &str, words: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    for (line, content) in text.lines().enumerate() {
        for word in words.iter().filter(|w| content.contains(w.as_str())) {
            faults.push(format!("{file}:{}: `{word}` does not belong in the tree", line + 1));
        }
    }
    faults
}

#[test]
fn nothing_of_one_machine_is_in_the_tree() {
    let words = foreign();
    let bad = format!("a\nsee {}x", words[0]);
    assert_eq!(faults_of_text("x", &bad, &words).len(), 1);
    let mut faults = Vec::new();
    let kinds = [
        "rs", "md", "toml", "js", "mjs", "json", "html", "css", "sh", "txt", "sql", "yml", "svg",
        "py", "csv",
    ];
    let tree = files(&root(), &kinds);
    for path in tree.iter().chain([root().join("Makefile"), root().join(".ci/run")].iter()) {
        let file = path.strip_prefix(root()).unwrap().display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => faults.extend(faults_of_text(&file, &text, &words)),
            Err(error) => faults.push(format!("{file}: not readable as UTF-8: {error}")),
        }
    }
    assert!(tree.len() > 40);
    report("foreign words", &faults);
}

#[test]
fn links_in_documents_lead_somewhere() {
    let mut faults = Vec::new();
    for path in files(&root(), &["md"]) {
        let text = fs::read_to_string(&path).unwrap();
        for (line, content) in text.lines().enumerate() {
            for part in content.split("](").skip(1) {
                let target = part.split([')', '#', ' ']).next().unwrap_or_default();
                if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                    continue;
                }
                if !path.parent().unwrap().join(target).exists() {
                    let file = path.strip_prefix(root()).unwrap().display().to_string();
                    faults.push(format!("{file}:{}: `{target}` is not there", line + 1));
                }
            }
        }
    }
    report("links", &faults);
}
