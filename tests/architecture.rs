//! The dependency table of `docs/ARCHITECTURE.md`, read from there and held against the source. A fault names file and line.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "architecture/package.rs"]
mod package;
#[path = "architecture/source.rs"]
mod source;

use source::Source;
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// The place of the table.
const DOCUMENT: &str = include_str!("../docs/ARCHITECTURE.md");

/// Words and data: crates without input, output, or state of their own. Any room but the pure ones may use them.
const PLAIN: &[&str] = &[
    "serde",
    "serde_json",
    "thiserror",
    "chrono",
    "uuid",
    "bytes",
    "hex",
    "base64",
    "tracing",
    "async_trait",
];
const RIVER: &[&str] = &["capture", "analysis", "liveness", "decision"];

/// The edge: may use all rooms, and alone `anyhow`, `clap` and progress bars.
const EDGE: &[&str] = &["main", "lib", "app", "cli", "telemetry"];

/// A row of the table.
#[derive(Debug)]
struct Room {
    name: String,
    rooms: Vec<String>,
    crates: Vec<String>,
    /// Crates that no other room may name.
    own: Vec<String>,
    /// It never awaits, logs, waits, or asks time and system.
    pure: bool,
}

/// The rows of the table whose head is `| room | may use | crates | |`.
fn table(document: &str) -> Vec<Room> {
    let rows = document.lines().skip_while(|l| !l.starts_with("| room | may use")).skip(2);
    rows.take_while(|l| l.starts_with('|'))
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let words = |cell: &str| -> Vec<String> {
                cell.split_whitespace().map(|w| w.trim_matches('*').to_owned()).collect()
            };
            let bold = cells[2].split_whitespace().filter(|w| w.starts_with("**"));
            Room {
                name: cells[0].to_owned(),
                rooms: words(cells[1]),
                crates: words(cells[2]),
                own: bold.map(|w| w.trim_matches('*').to_owned()).collect(),
                pure: cells[3] == "pure",
            }
        })
        .collect()
}

/// The one room of a crate, when it has one.
fn home_of<'a>(table: &'a [Room], krate: &str) -> Option<&'a str> {
    table.iter().find(|r| r.own.iter().any(|o| o == krate)).map(|r| r.name.as_str())
}

/// Names a pure room may not speak: they wait, log, or reach out of the room.
const IMPURE_WORDS: &[&str] = &[
    "async",
    "await",
    "Instant",
    "SystemTime",
    "println",
    "eprintln",
    "dbg",
    "sleep",
    "spawn",
    "Mutex",
    "stdin",
    "stdout",
];
const IMPURE_PATHS: &[&[&str]] = &[
    &["std", "fs"],
    &["std", "net"],
    &["std", "env"],
    &["std", "thread"],
    &["std", "process"],
    &["tracing"],
    &["log"],
    &["tokio"],
    &["rand"],
    &["getrandom"],
    &["Utc", "now"],
    &["Local", "now"],
];

/// Words of other trades, forbidden in names (`docs/glossary.md` has ours).
const FOREIGN_WORDS: &[&str] = &["Manager", "Util", "Utils", "Spoof", "spoof"];

const LINES_MAX: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Module path of `src/…`, e.g. `["capture", "peer"]`.
fn place_of(file: &Path) -> Vec<String> {
    let mut place: Vec<String> =
        file.with_extension("").iter().map(|s| s.to_string_lossy().into_owned()).collect();
    if matches!(place.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        place.pop();
    }
    place
}

/// Faults of one file; `file` is relative to `src`.
fn faults_of(
    table: &[Room],
    file: &Path,
    text: &str,
    dependencies: &[String],
    test_file: bool,
) -> Vec<String> {
    let place = place_of(file);
    let name = place.first().map_or("lib", String::as_str);
    let source = Source::read(text, &place);
    let room = table.iter().find(|r| r.name == name);
    if room.is_none() && !EDGE.contains(&name) {
        return vec![format!("src/{}:1: room `{name}` is not in the table", file.display())];
    }
    let mut faults = Vec::new();
    for path in &source.paths {
        let tested = test_file || path.in_tests;
        let what = match (home_of(table, &path.segments[0]), room) {
            (Some(home), _) if home != name => {
                Some(format!("`{}` lives in `{home}` alone, not in `{name}`", path.segments[0]))
            }
            (_, Some(room)) => fault_of_path(table, room, &path.segments, dependencies, tested),
            _ => None,
        };
        faults.extend(what.map(|what| format!("src/{}:{}: {what}", file.display(), path.line)));
    }
    let pure = room.is_some_and(|r| r.pure) && !test_file;
    for (index, token) in source.tokens.iter().enumerate() {
        let word = token.text.as_str();
        let at = format!("src/{}:{}", file.display(), token.line);
        if pure && !source.in_tests(index) && IMPURE_WORDS.contains(&word) {
            faults.push(format!("{at}: `{name}` is pure: no `{word}`"));
        }
        if FOREIGN_WORDS.iter().any(|f| word == *f || (f.len() > 4 && word.contains(f))) {
            faults.push(format!("{at}: `{word}` is not a word of this house (docs/glossary.md)"));
        }
    }
    faults
}

fn fault_of_path(
    table: &[Room],
    room: &Room,
    segments: &[String],
    dependencies: &[String],
    tested: bool,
) -> Option<String> {
    let name = &room.name;
    let first = segments[0].as_str();
    let second = segments.get(1).map_or("", String::as_str);
    if first == "crate" {
        let known = table.iter().any(|r| r.name == second) || EDGE.contains(&second);
        let granted = second == name || room.rooms.iter().any(|r| r == second);
        let river = RIVER.contains(&name.as_str()) && RIVER.contains(&second);
        let why = if river { " (river rooms meet only in `call`)" } else { "" };
        return (known && !granted).then(|| format!("`{name}` may not use `{second}`{why}"));
    }
    if tested {
        return None;
    }
    if room.pure && IMPURE_PATHS.iter().any(|p| holds(segments, p)) {
        return Some(format!("`{name}` is pure and may not name `{}`", segments.join("::")));
    }
    let granted = room.crates.iter().any(|c| c == first) || (!room.pure && PLAIN.contains(&first));
    (dependencies.iter().any(|d| d == first) && !granted)
        .then(|| format!("`{name}` may not use the crate `{first}`"))
}

fn holds(segments: &[String], part: &[&str]) -> bool {
    match part {
        [one] => segments[0] == *one,
        _ => segments.windows(part.len()).any(|w| w.iter().zip(part).all(|(a, b)| a == b)),
    }
}

/// All files under `dir` with one of the extensions, sorted; build and download folders are left out.
fn files(dir: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                let passing =
                    ["target", "node_modules", "fetched", "var", "test-results", ".git", ".venv"];
                if !passing.contains(&name.as_str()) {
                    open.push(path);
                }
            } else if extensions.is_empty()
                || path.extension().is_some_and(|e| extensions.contains(&&*e.to_string_lossy()))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn report(what: &str, faults: &[String]) {
    let mut text = format!("{what}: {} fault(s)\n", faults.len());
    for fault in faults {
        let _ = writeln!(text, "  {fault}");
    }
    assert!(faults.is_empty(), "{text}");
}

#[test]
fn rooms_keep_to_the_table() {
    let table = table(DOCUMENT);
    let src = root().join("src");
    let dependencies = package::dependencies(&root());
    let mut faults = Vec::new();
    let mut test_files = Vec::new();
    let sources = files(&src, &["rs"]);
    for path in &sources {
        let text = fs::read_to_string(path).unwrap();
        let place = place_of(path.strip_prefix(&src).unwrap());
        for name in Source::read(&text, &place).test_files {
            test_files.push([place.clone(), vec![name]].concat());
        }
    }
    for path in &sources {
        let file = path.strip_prefix(&src).unwrap();
        let place = place_of(file);
        let test_file = test_files.iter().any(|t| place.starts_with(t));
        faults.extend(faults_of(
            &table,
            file,
            &fs::read_to_string(path).unwrap(),
            &dependencies,
            test_file,
        ));
    }
    assert!(sources.len() > 30, "the walk found only {} files", sources.len());
    report("dependency table", &faults);
}

#[test]
fn rooms_open_with_what_they_are_for() {
    let mut faults = Vec::new();
    for room in table(DOCUMENT) {
        let path = root().join("src").join(&room.name).join("mod.rs");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let head: String =
            text.lines().take_while(|l| l.starts_with("//!")).collect::<Vec<_>>().join("\n");
        for word in ["In:", "Out:", "May use:"] {
            if !head.contains(word) {
                faults.push(format!(
                    "src/{}/mod.rs:1: the opening comment lacks `{word}`",
                    room.name
                ));
            }
        }
    }
    report("opening comments", &faults);
}

#[test]
fn files_stay_short() {
    let mut faults = Vec::new();
    for dir in ["src", "tests", "web"] {
        for path in files(&root().join(dir), &["rs", "js", "mjs"]) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            if lines > LINES_MAX {
                let file = path.strip_prefix(root()).unwrap().display().to_string();
                faults.push(format!(
                    "{file}:{lines}: more than {LINES_MAX} lines; split it by meaning"
                ));
            }
        }
    }
    report("length of files", &faults);
}

#[test]
fn the_rules_catch_what_they_forbid() {
    let table = table(DOCUMENT);
    assert!(table.len() >= 15 && table.iter().filter(|r| r.pure).count() >= 4, "{table:?}");
    assert_eq!(home_of(&table, "axum"), Some("http"));
    let deps: Vec<String> =
        ["axum", "sqlx", "serde", "tracing", "anyhow", "image", "tokio"].map(String::from).to_vec();
    let check = |file: &str, text: &str| faults_of(&table, Path::new(file), text, &deps, false);
    for (file, text, word) in [
        ("liveness/a.rs", "use crate::{domain::ids, capture::Peer};", "may not use `capture`"),
        ("liveness/a.rs", "use super::super::analysis::Worker;", "may not use `analysis`"),
        (
            "liveness/mod.rs",
            "mod x { fn f() { super::super::decision::decide() } }",
            "may not use `decision`",
        ),
        ("decision/mod.rs", "async fn f() {}", "no `async`"),
        ("decision/mod.rs", "fn f() { let t = chrono::Utc::now(); }", "Utc::now"),
        ("decision/mod.rs", "fn f() { tracing::info!(\"x\") }", "`tracing::info`"),
        ("domain/x.rs", "use crate::config::Settings;", "may not use `config`"),
        ("domain/x.rs", "use std::{fmt, fs};", "std::fs"),
        ("service/x.rs", "fn f() -> axum::Router { todo!() }", "lives in `http` alone"),
        ("http/x.rs", "use sqlx::{Row, query};", "lives in `storage` alone"),
        ("http/x.rs", "use crate::storage::Db;", "may not use `storage`"),
        ("cli.rs", "use sqlx::Row;", "lives in `storage` alone"),
        (
            "service/x.rs",
            "fn f() -> anyhow::Result<()> { Ok(()) }",
            "may not use the crate `anyhow`",
        ),
        ("cellar/mod.rs", "", "not in the table"),
        ("call/x.rs", "struct FrameManager;", "not a word of this house"),
    ] {
        let faults = check(file, text);
        assert!(
            faults.iter().any(|f| f.contains(word)),
            "{file}: {text}\n  gave {faults:?}, not {word}"
        );
        assert!(faults[0].starts_with(&format!("src/{file}:1: ")), "{faults:?}");
    }
    for (file, text) in [
        (
            "liveness/a.rs",
            "use crate::domain::{challenge::Plan, ids};\n// use crate::capture; Instant::now()\n",
        ),
        (
            "liveness/a.rs",
            "const A: &str = \"async crate::capture::x\"; const B: &str = r#\"tracing::\"info\"#;",
        ),
        (
            "liveness/a.rs",
            "#[cfg(test)] mod tests { use super::*; fn f() { println!(\"{}\", image::x()) } }",
        ),
        (
            "call/x.rs",
            "use crate::{analysis, capture::{self, Peer}}; fn f<'a>(c: &'a str) { let q = '\"'; }",
        ),
        ("http/x.rs", "use axum::Router; fn f() { let c = '\\''; tracing::info!(\"x\") }"),
    ] {
        assert_eq!(check(file, text), Vec::<String>::new(), "{file}: {text}");
    }
    let faults = check("decision/mod.rs", "/* a\n b */ fn f() {}\n\nuse crate::http::x;\n");
    assert!(faults[0].starts_with("src/decision/mod.rs:4: "), "{faults:?}");
}
