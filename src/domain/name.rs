//! The stable name of a unit enum variant: the same word in Rust, SQL, JSON and the screens.

use serde::{Serialize, de::DeserializeOwned};

/// The serde name of a unit variant; `None` for anything that is not a plain name.
pub fn name_of<T: Serialize>(value: &T) -> Option<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Some(name),
        _ => None,
    }
}

/// The variant of that name; `None` when there is none.
pub fn from_name<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}
