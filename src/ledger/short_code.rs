//! Short codes of letters: like receipt numbers to read and type, with the same alphabet and checks.

use super::receipt::{FIELD, LENGTH, PLACE, TAG, checks, digits, in_groups, values_of};

/// A code of 12 characters in groups, from any number: ten say it (45 bits), two check.
pub fn short_code(number: u64) -> String {
    let mut values = digits::<{ PLACE + TAG }>(number % FIELD.pow(10)).to_vec();
    values.extend(checks(&values));
    in_groups(&values)
}

/// A code as it was typed, in the form of [`short_code`].
///
/// # Errors
/// What is wrong with it, as for receipt numbers.
pub fn read_short_code(text: &str) -> Result<String, super::LedgerError> {
    let values: [u64; LENGTH] = values_of(text)?;
    Ok(in_groups(&values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::LedgerError;

    #[test]
    fn typed_as_people_type() {
        for number in [0, 1, 22, 23, 1_u64 << 40, u64::MAX] {
            let code = short_code(number);
            assert_eq!(code.len(), 15);
            for typed in
                [code.clone(), code.to_lowercase(), code.replace(' ', ""), code.replace(' ', "-")]
            {
                assert_eq!(read_short_code(&typed), Ok(code.clone()));
            }
            let wrong = if code.starts_with('3') { "4" } else { "3" };
            let typo = format!("{wrong}{}", &code[1..]);
            assert_eq!(read_short_code(&typo), Err(LedgerError::ReceiptTypo));
        }
        assert_ne!(short_code(5), short_code(6));
    }
}
