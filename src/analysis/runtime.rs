//! Finding and opening libonnxruntime, once for the process.

use super::error::AnalysisError;
use crate::config::Models;
use ort::environment::Environment;
use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

/// ONNX Runtime has one environment a process; it is never closed, because sessions may outlive whoever opened it.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Opens ONNX Runtime: the setting, else `ORT_DYLIB_PATH`, else the model folders, else the system's library path.
///
/// # Errors
/// When no library is found, or it is too old.
pub(super) fn open(settings: &Models) -> Result<Environment, AnalysisError> {
    let mut opened = ENVIRONMENT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(environment) = opened.as_ref() {
        return Ok(environment.clone());
    }
    let looked_for = candidates(settings, std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
    let mut message = String::from("no file");
    for path in &looked_for {
        match ort::init_from(path) {
            Ok(builder) => match builder.with_name("jianmian").with_telemetry(false).build() {
                Ok(environment) => {
                    *opened = Some(environment.clone());
                    return Ok(environment);
                }
                Err(e) => message = e.to_string(),
            },
            Err(e) => message = e.to_string(),
        }
    }
    Err(AnalysisError::Runtime { message, looked_for })
}

fn candidates(settings: &Models, variable: Option<PathBuf>) -> Vec<PathBuf> {
    if !settings.onnxruntime.is_empty() {
        return vec![absolute(Path::new(&settings.onnxruntime))];
    }
    let mut found: Vec<PathBuf> = variable.into_iter().collect();
    for folder in settings.search.iter().cloned().chain([settings.dir.join("fetched")]) {
        let mut here: Vec<PathBuf> = std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| is_library(path))
            .map(|path| absolute(&path))
            .collect();
        here.sort();
        here.reverse(); // the newest version first
        found.extend(here);
    }
    found.push(PathBuf::from("libonnxruntime.so")); // the system's path
    found.dedup();
    found
}

fn is_library(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    name == "libonnxruntime.so" || name.starts_with("libonnxruntime.so.")
}

/// The loader takes relative names as relative to the program; people mean the working directory.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn the_setting_is_the_only_candidate_when_given() {
        let mut models = Settings::defaults().models;
        models.onnxruntime = "/opt/ort/libonnxruntime.so".into();
        assert_eq!(candidates(&models, None), [PathBuf::from("/opt/ort/libonnxruntime.so")]);
    }

    #[test]
    fn the_variable_comes_before_the_folders_and_the_system_last() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["libonnxruntime.so.1.31.0", "libonnxruntime.so.1.32.0", "a.onnx"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        let mut models = Settings::defaults().models;
        models.search = vec![folder.path().to_owned()];
        models.dir = folder.path().join("none");
        let found = candidates(&models, Some(PathBuf::from("/v.so")));
        assert_eq!(found[0], PathBuf::from("/v.so"));
        assert!(found[1].ends_with("libonnxruntime.so.1.32.0"), "{found:?}");
        assert!(found[2].ends_with("libonnxruntime.so.1.31.0"), "{found:?}");
        assert_eq!(found[3], PathBuf::from("libonnxruntime.so"));
        assert_eq!(found.len(), 4);
    }
}
