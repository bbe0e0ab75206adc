//! Which cell styles show a date.

use super::xml::{Found, Part, PartError, attribute};
use std::{collections::HashMap, io::Read};

/// Styles of cells that are looked at: spreadsheets allow 65,490.
const STYLES_MAX: usize = 65_536;

/// For each cell style whether it shows a date.
pub(super) fn date_styles(mut part: Part<impl Read>) -> Result<Vec<bool>, PartError> {
    let (mut own, mut styles, mut cells) = (HashMap::new(), Vec::new(), false);
    while let Some(found) = part.next()? {
        match found {
            Found::Open { name, tag } => match name.as_str() {
                "numFmt" if own.len() < STYLES_MAX => {
                    let id: Option<u32> =
                        attribute(&tag, "numFmtId").and_then(|id| id.parse().ok());
                    let shows = attribute(&tag, "formatCode").is_some_and(|code| is_date(&code));
                    own.extend(id.map(|id| (id, shows)));
                }
                "cellXfs" => cells = true,
                "xf" if cells && styles.len() < STYLES_MAX => {
                    let id =
                        attribute(&tag, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                    styles.push(own.get(&id).copied().unwrap_or_else(|| built_in(id)));
                }
                _ => {}
            },
            Found::Close(name) if name == "cellXfs" => cells = false,
            _ => {}
        }
    }
    Ok(styles)
}

/// Formats with a date that need no definition (ECMA-376-1, 18.8.30; 27 to 36 and 50 to 58 are dates in Chinese programs).
fn built_in(id: u32) -> bool {
    matches!(id, 14..=17 | 22 | 27..=36 | 50..=58)
}

/// A format code shows a date when a year or a day stands in it outside of quotes and brackets.
fn is_date(code: &str) -> bool {
    let (mut quoted, mut bracket, mut skip) = (false, false, false);
    for sign in code.chars() {
        match sign {
            _ if std::mem::take(&mut skip) => {}
            '\\' | '_' | '*' => skip = true,
            '"' => quoted = !quoted,
            '[' if !quoted => bracket = true,
            ']' if !quoted => bracket = false,
            'y' | 'Y' | 'd' | 'D' if !quoted && !bracket => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_date;

    #[test]
    fn formats_that_show_a_date() {
        for code in ["yyyy\\-mm\\-dd", "yyyy\"年\"m\"月\"d\"日\"", "[$-804]d/m/yyyy;@"] {
            assert!(is_date(code), "{code}");
        }
        for code in ["General", "0.00", "[Red]0", "\"day\"0", "@", "h:mm:ss", "#,##0_d"] {
            assert!(!is_date(code), "{code}");
        }
    }
}
