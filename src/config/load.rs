//! Reading settings: defaults, then a file, then the environment.

use super::{DEFAULT_TOML, Settings};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Why settings cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be opened.
    #[error("cannot read settings file {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a wrong type.
    #[error("{origin}: {message}")]
    Syntax {
        /// File name or variable.
        origin: String,
        /// What and where.
        message: String,
    },
}

impl Settings {
    /// The shipped defaults.
    ///
    /// # Panics
    /// Never in a released binary: a unit test reads them.
    #[allow(clippy::expect_used)]
    pub fn defaults() -> Self {
        toml::from_str(DEFAULT_TOML).expect("the shipped default.toml is valid")
    }

    /// Defaults, then `preset`, then `file`, then `environment`. Preset and environment are (name, value) pairs of which those
    /// count whose name begins with `JIANMIAN__`.
    ///
    /// # Errors
    /// When a source cannot be read, has an unknown key or a wrong type.
    pub fn load(
        preset: impl IntoIterator<Item = (String, String)>,
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut table: Table = parse("default.toml", DEFAULT_TOML)?;
        set_all(&mut table, preset)?;
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
            merge(&mut table, parse(&path.display().to_string(), &text)?);
            check_shape(&table, &path.display().to_string())?;
        }
        set_all(&mut table, environment)?;
        check_shape(&table, "settings")
    }
}

fn set_all(
    table: &mut Table,
    pairs: impl IntoIterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    for (name, value) in pairs {
        let Some(key) = name.strip_prefix("JIANMIAN__") else { continue };
        let path: Vec<String> = key.split("__").map(str::to_ascii_lowercase).collect();
        set(table, &path, &value, &name)?;
        check_shape(table, &name)?;
    }
    Ok(())
}

fn parse(origin: &str, text: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>()
        .map_err(|e| ConfigError::Syntax { origin: origin.to_owned(), message: e.to_string() })
}

fn check_shape(table: &Table, origin: &str) -> Result<Settings, ConfigError> {
    Value::Table(table.clone())
        .try_into()
        .map_err(|e| ConfigError::Syntax { origin: origin.to_owned(), message: e.to_string() })
}

/// Tables merge key by key; anything else (lists too) is replaced.
fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Sets one key from a variable; the text takes the type that the default has.
fn set(table: &mut Table, path: &[String], text: &str, name: &str) -> Result<(), ConfigError> {
    let fault = |message: String| ConfigError::Syntax { origin: name.to_owned(), message };
    let Some((last, parents)) = path.split_last() else {
        return Err(fault("names no setting".into()));
    };
    let mut here = table;
    for parent in parents {
        here = match here.get_mut(parent) {
            Some(Value::Table(t)) => t,
            _ => return Err(fault(format!("there is no section `{parent}`"))),
        };
    }
    let value = match here.get(last) {
        None => return Err(fault(format!("there is no setting `{last}`"))),
        Some(Value::String(_)) => Value::String(text.to_owned()),
        Some(_) => format!("v = {text}")
            .parse::<Table>()
            .ok()
            .and_then(|mut t| t.remove("v"))
            .ok_or_else(|| fault(format!("`{text}` is not a value for `{last}`")))?,
    };
    here.insert(last.clone(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_defaults_are_valid() {
        let settings = Settings::defaults();
        assert!(settings.faults().is_empty(), "{:?}", settings.faults());
    }

    #[test]
    fn the_environment_wins_and_keeps_types() {
        let vars = [
            ("JIANMIAN__CALLS__LIVE_MAX".to_owned(), "3".to_owned()),
            ("JIANMIAN__COUNTY__PHONE".to_owned(), "12333".to_owned()),
            ("PATH".to_owned(), "ignored".to_owned()),
        ];
        let settings = Settings::load([], None, vars).unwrap();
        assert_eq!(settings.calls.live_max, 3);
        assert_eq!(settings.county.phone, "12333");
    }

    #[test]
    fn a_file_wins_over_a_preset_and_the_environment_over_both() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("county.toml");
        std::fs::write(&file, "[calls]\nlive_max = 4\nseconds_max = 50\n").unwrap();
        let pair = |key: &str, value: &str| (format!("JIANMIAN__CALLS__{key}"), value.to_owned());
        let preset = [pair("LIVE_MAX", "3"), pair("SECONDS_MAX", "40"), pair("FRAMES_MAX", "200")];
        let settings = Settings::load(preset, Some(&file), [pair("LIVE_MAX", "5")]).unwrap();
        let calls = settings.calls;
        assert_eq!((calls.live_max, calls.seconds_max, calls.frames_max), (5, 50, 200));
    }

    #[test]
    fn unknown_names_and_wrong_types_are_named() {
        for (name, value, says) in [
            ("JIANMIAN__CALLS__LIVE_MAXX", "3", "live_maxx"),
            ("JIANMIAN__NOPE__X", "3", "nope"),
            ("JIANMIAN__CALLS__LIVE_MAX", "three", "three"),
            ("JIANMIAN__CALLS__LIVE_MAX", "true", "live_max"),
        ] {
            let error =
                Settings::load([], None, [(name.to_owned(), value.to_owned())]).unwrap_err();
            assert!(error.to_string().contains(says), "{name}: {error}");
            assert!(error.to_string().contains(name), "{name}: {error}");
        }
    }
}
