//! The files of `web/`: inside the program, or read from a folder while they are being worked on.

use super::{Door, problem::Problem};
use axum::{
    body::{Body, Bytes},
    extract::{Path as UrlPath, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    io::Write,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

static WEB: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/web");
/// What is smaller than one network packet gains nothing from compression.
const GZIP_FROM_BYTES: usize = 1200;

/// One file, ready to be sent.
#[derive(Debug)]
pub struct Asset {
    mime: &'static str,
    etag: HeaderValue,
    plain: Bytes,
    gzip: Option<Bytes>,
}

/// Where the files are.
#[derive(Debug)]
pub enum Assets {
    /// Compiled in, by path.
    Embedded(HashMap<PathBuf, Arc<Asset>>),
    /// Read at every request.
    Folder(PathBuf),
}

impl Assets {
    /// The files of `folder`, or those compiled in.
    pub fn new(folder: Option<PathBuf>) -> Self {
        folder.map_or_else(
            || {
                Self::Embedded(
                    files(&WEB)
                        .map(|(p, b)| (p, Arc::new(Asset::new(p, b))))
                        .map(|(p, a)| (p.to_owned(), a))
                        .collect(),
                )
            },
            Self::Folder,
        )
    }

    /// The file at `path` (relative, with `/`); `None` when there is none or the path leaves the folder.
    pub fn get(&self, path: &str) -> Option<Arc<Asset>> {
        let path = Path::new(path);
        if !path.components().all(|c| matches!(c, Component::Normal(_))) {
            return None;
        }
        match self {
            Self::Embedded(files) => files.get(path).cloned(),
            Self::Folder(folder) => {
                let bytes = std::fs::read(folder.join(path)).ok()?;
                Some(Arc::new(Asset::new(path, &bytes)))
            }
        }
    }
}

fn files(dir: &'static Dir<'static>) -> Box<dyn Iterator<Item = (&'static Path, &'static [u8])>> {
    let own = dir.files().map(|f| (f.path(), f.contents()));
    Box::new(own.chain(dir.dirs().flat_map(files)))
}

impl Asset {
    fn new(path: &Path, bytes: &[u8]) -> Self {
        let (mime, is_text) = mime(path);
        let script = mime.starts_with("text/javascript");
        let bare = script.then(|| without_notes(bytes)).flatten();
        let bytes = bare.as_deref().unwrap_or(bytes);
        let gzip = (is_text && bytes.len() >= GZIP_FROM_BYTES).then(|| gzip(bytes)).flatten();
        let etag = format!("\"{}\"", hex::encode(&Sha256::digest(bytes)[..16]));
        Self {
            mime,
            etag: etag.try_into().unwrap_or(HeaderValue::from_static("\"\"")),
            plain: Bytes::copy_from_slice(bytes),
            gzip,
        }
    }

    /// The response to a request with these headers. Files keep their names, so each use asks whether they changed.
    pub fn respond(&self, asked: &HeaderMap) -> Response {
        let has = |name, wanted: &str| {
            asked.get(name).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains(wanted))
        };
        let etag = self.etag.to_str().unwrap_or_default();
        let mut response = if has(header::IF_NONE_MATCH, etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else if let Some(gzip) =
            self.gzip.as_ref().filter(|_| has(header::ACCEPT_ENCODING, "gzip"))
        {
            ([(header::CONTENT_ENCODING, "gzip")], Body::from(gzip.clone())).into_response()
        } else {
            Body::from(self.plain.clone()).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.mime));
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        response
    }
}

/// A script without its notes, which are a third of what a phone on a weak line would have to load: lines that begin with `/**` up to the one
/// that ends with `*/`, and lines that begin with `//`. The lines stay, empty, so that faults name the right one. `None` when it is no text.
fn without_notes(script: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(script).ok()?;
    let mut bare = String::with_capacity(text.len());
    let mut inside = false;
    for line in text.lines() {
        let trimmed = line.trim();
        inside |= trimmed.starts_with("/**");
        if !inside && !trimmed.starts_with("//") {
            bare.push_str(line);
        }
        inside &= !trimmed.ends_with("*/");
        bare.push('\n');
    }
    Some(bare.into_bytes())
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// Media type by file name, and whether it is text.
fn mime(path: &Path) -> (&'static str, bool) {
    match path.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => ("text/html; charset=utf-8", true),
        "js" | "mjs" => ("text/javascript; charset=utf-8", true),
        "css" => ("text/css; charset=utf-8", true),
        "json" => ("application/json; charset=utf-8", true),
        "webmanifest" => ("application/manifest+json; charset=utf-8", true),
        "svg" => ("image/svg+xml; charset=utf-8", true),
        "txt" | "md" => ("text/plain; charset=utf-8", true),
        "png" => ("image/png", false),
        "jpg" | "jpeg" => ("image/jpeg", false),
        "webp" => ("image/webp", false),
        "ico" => ("image/x-icon", false),
        "woff2" => ("font/woff2", false),
        "mp3" => ("audio/mpeg", false),
        _ => ("application/octet-stream", false),
    }
}

/// `GET /assets/{*path}`.
pub async fn asset(
    State(door): State<Arc<Door>>,
    UrlPath(path): UrlPath<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    page(&door, &path, &headers)
}

/// The file at `path` as a response.
///
/// # Errors
/// 404 when there is none.
pub fn page(door: &Door, path: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let asset = door.assets.get(path).ok_or_else(|| Problem::not_found("file"))?;
    Ok(asset.respond(headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(name: &str, bytes: &[u8]) -> (tempfile::TempDir, Assets) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(name), bytes).unwrap();
        let assets = Assets::new(Some(dir.path().to_owned()));
        (dir, assets)
    }

    #[test]
    fn no_path_leaves_the_folder() {
        let (_dir, assets) = folder_with("a.js", b"1");
        assert!(assets.get("a.js").is_some());
        for path in ["../a.js", "/etc/passwd", "x/../a.js", "", "."] {
            let found = assets.get(path).map(|a| a.plain.clone());
            assert!(found.is_none(), "{path}: {found:?}");
        }
    }

    #[test]
    fn a_known_etag_is_answered_without_the_file_and_gzip_only_when_asked() {
        let (_dir, assets) = folder_with("a.js", "let a = 1;\n".repeat(500).as_bytes());
        let asset = assets.get("a.js").unwrap();
        let mut asked = HeaderMap::new();
        assert!(asset.respond(&asked).headers().get(header::CONTENT_ENCODING).is_none());
        asked.insert(header::ACCEPT_ENCODING, "gzip, br".parse().unwrap());
        let response = asset.respond(&asked);
        assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        asked.insert(header::IF_NONE_MATCH, asset.etag.clone());
        assert_eq!(asset.respond(&asked).status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn scripts_travel_without_their_notes_and_keep_their_lines() {
        let script = "/** One. */\nlet a = 1; // stays\n  /**\n   * @param {x} y\n   */\n  // note\n\
                      const b = \"/** no note */\";\n";
        let bare = without_notes(script.as_bytes()).unwrap();
        let bare = String::from_utf8(bare).unwrap();
        assert_eq!(bare, "\nlet a = 1; // stays\n\n\n\n\nconst b = \"/** no note */\";\n");
        assert_eq!(without_notes(&[0xff, 0xfe]), None);
    }

    #[test]
    fn what_is_compiled_in_is_found() {
        assert!(Assets::new(None).get("robots.txt").is_some());
    }
}
