//! Receipt numbers: short enough to be read out on the telephone, made so that a slip is noticed.
//!
//! Twelve characters in four groups from an alphabet of 23 in which no two look alike in print or handwriting
//! (none of 0 O D Q, 1 I L, B G S Z, U V). Six say the place in the log, scrambled so that numbers do not count up; four are
//! taken from the entry's hash, so that numbers cannot be guessed; two check. 23 is a prime, so the ten characters and two
//! checks are a Reed-Solomon code of distance 3 over the field of 23: it notices every one or two wrong characters, and so
//! every exchange of any two.

use super::{LedgerError, tree::Hash};

/// The 23 characters.
const ALPHABET: &[u8; 23] = b"3479ACEFHJKMNPRTWXY2568";
pub(super) const FIELD: u64 = 23;
/// Characters of the place, of the hash, of the checks.
pub(super) const PLACE: usize = 6;
pub(super) const TAG: usize = 4;
const CHECKS: usize = 2;
pub(super) const LENGTH: usize = PLACE + TAG + CHECKS;
/// 23^6: the places that can be told apart.
const PLACES: u64 = 148_035_889;
/// Scrambles places: `place * FACTOR + OFFSET`, undone with `INVERSE` (FACTOR * INVERSE = 1 mod 23^6; a test says so).
const FACTOR: u64 = 91_490_221;
const INVERSE: u64 = 121_831_956;
const OFFSET: u64 = 60_606_061;

/// What a receipt number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptNumber {
    /// Place of the entry in the log, modulo 23^6 (148 million).
    pub sequence: u64,
    /// Tag from the entry's hash, below 23^4.
    pub tag: u64,
}

impl ReceiptNumber {
    /// Whether this number belongs to the entry of this hash.
    pub fn belongs_to(self, sequence: u64, leaf: &Hash) -> bool {
        self.sequence == sequence % PLACES && self.tag == tag(leaf)
    }
}

/// The receipt number of an entry, in groups: `K7M 3PX 9HE RT4`.
pub fn receipt_number(sequence: u64, leaf: &Hash) -> String {
    let place = ((sequence % PLACES) * FACTOR + OFFSET) % PLACES;
    let mut values = digits::<PLACE>(place).to_vec();
    values.extend(digits::<TAG>(tag(leaf)));
    values.extend(checks(&values));
    in_groups(&values)
}

pub(super) fn in_groups(values: &[u64]) -> String {
    let mut text = String::with_capacity(LENGTH + 3);
    for (i, value) in values.iter().enumerate() {
        if i > 0 && i.is_multiple_of(3) {
            text.push(' ');
        }
        text.push(char::from(ALPHABET[usize::try_from(*value).unwrap_or(0) % ALPHABET.len()]));
    }
    text
}

/// Reads a receipt number; small letters, spaces and dashes do not matter.
///
/// # Errors
/// What is wrong with it: its length, a character, or a typing error.
pub fn parse_receipt_number(text: &str) -> Result<ReceiptNumber, LedgerError> {
    let values = values_of(text)?;
    let place = number(&values[..PLACE]);
    Ok(ReceiptNumber {
        sequence: (place + PLACES - OFFSET) % PLACES * INVERSE % PLACES,
        tag: number(&values[PLACE..PLACE + TAG]),
    })
}

/// Reads the twelve values and holds the checks against them.
pub(super) fn values_of(text: &str) -> Result<[u64; LENGTH], LedgerError> {
    let characters: Vec<char> =
        text.chars().filter(|c| !c.is_whitespace() && !"-–—·.".contains(*c)).collect();
    if characters.len() != LENGTH {
        return Err(LedgerError::ReceiptLength(characters.len()));
    }
    let mut values = [0_u64; LENGTH];
    for (i, c) in characters.iter().enumerate() {
        let upper = c.to_ascii_uppercase();
        let value = ALPHABET.iter().position(|a| char::from(*a) == upper);
        values[i] = value.ok_or(LedgerError::ReceiptCharacter(i + 1))? as u64;
    }
    if values[PLACE + TAG..] != checks(&values[..PLACE + TAG]) {
        return Err(LedgerError::ReceiptTypo);
    }
    Ok(values)
}

fn tag(leaf: &Hash) -> u64 {
    leaf[..8].iter().fold(0_u64, |n, byte| (n << 8) | u64::from(*byte)) % FIELD.pow(4)
}

pub(super) fn digits<const N: usize>(mut number: u64) -> [u64; N] {
    let mut digits = [0; N];
    for digit in digits.iter_mut().rev() {
        *digit = number % FIELD;
        number /= FIELD;
    }
    digits
}

fn number(digits: &[u64]) -> u64 {
    digits.iter().fold(0, |n, d| n * FIELD + d)
}

/// The two checks `p`, `q` that make both the plain sum and the sum weighted by place (1 to 12) zero modulo 23.
pub(super) fn checks(values: &[u64]) -> [u64; CHECKS] {
    let sum: u64 = values.iter().sum();
    let weighted: u64 = values.iter().zip(1_u64..).map(|(v, w)| v * w).sum();
    // p + q = -sum and 11p + 12q = -weighted, so q = 11*sum - weighted and p = -sum - q.
    let q = (11 * sum + FIELD * FIELD * 100 - weighted) % FIELD;
    let p = (FIELD * FIELD * 100 - sum - q) % FIELD;
    [p, q]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::leaf_hash;

    fn numbers() -> Vec<String> {
        (0..200_u64).map(|i| receipt_number(i, &leaf_hash(&i.to_be_bytes()))).collect()
    }

    #[test]
    fn the_scramble_is_undone() {
        assert_eq!(FACTOR * INVERSE % PLACES, 1);
        assert_eq!(FIELD.pow(6), PLACES);
    }

    #[test]
    fn read_back_as_people_write() {
        for (i, text) in (0_u64..).zip(numbers()) {
            let leaf = leaf_hash(&i.to_be_bytes());
            for written in [text.clone(), text.to_lowercase(), text.replace(' ', "-")] {
                let read = parse_receipt_number(&written).unwrap();
                assert!(read.belongs_to(i, &leaf));
                assert!(!read.belongs_to(i + 1, &leaf));
                assert!(!read.belongs_to(i, &leaf_hash(b"another")));
            }
        }
        let far = receipt_number(PLACES - 1, &[9; 32]);
        assert!(parse_receipt_number(&far).unwrap().belongs_to(PLACES - 1, &[9; 32]));
    }

    #[test]
    fn every_wrong_character_and_every_exchange_is_noticed() {
        for text in numbers().into_iter().take(20) {
            let plain: Vec<u8> = text.bytes().filter(|b| *b != b' ').collect();
            let typo = |bytes: &[u8]| {
                parse_receipt_number(std::str::from_utf8(bytes).unwrap())
                    == Err(LedgerError::ReceiptTypo)
            };
            for i in 0..plain.len() {
                for a in ALPHABET.iter().filter(|a| **a != plain[i]) {
                    let mut wrong = plain.clone();
                    wrong[i] = *a;
                    assert!(typo(&wrong));
                }
                for j in 0..i {
                    let mut wrong = plain.clone();
                    wrong.swap(i, j);
                    assert!(plain[i] == plain[j] || typo(&wrong));
                }
            }
        }
    }

    #[test]
    fn wrong_length_and_characters_are_told_apart() {
        assert_eq!(parse_receipt_number("K7M"), Err(LedgerError::ReceiptLength(3)));
        let text = numbers()[0].replace(' ', "");
        let odd = format!("{}O{}", &text[..3], &text[4..]);
        assert_eq!(parse_receipt_number(&odd), Err(LedgerError::ReceiptCharacter(4)));
        assert_eq!(
            parse_receipt_number("十二个中文字符也不是号码啊"),
            Err(LedgerError::ReceiptLength(13))
        );
    }
}
