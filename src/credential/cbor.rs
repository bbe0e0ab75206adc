//! The little of CBOR (RFC 8949) that authenticators speak: definite lengths, no floats, no tags, few items, not deep.

use super::CredentialError;

/// Nesting of what is read; attestation objects have two levels, keys one (CTAP 2.1 §8 allows four).
const DEPTH_MAX: u8 = 4;
/// Items in one value. A key has five, an attestation object three and its statement a few.
const ITEMS_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    Simple(u8),
}

const MALFORMED: CredentialError = CredentialError::Malformed("CBOR");

/// The first value and what follows it.
pub(super) fn first(bytes: &[u8]) -> Result<(Value<'_>, &[u8]), CredentialError> {
    let mut reader = Reader { rest: bytes, items: 0 };
    let value = reader.value(0)?;
    Ok((value, reader.rest))
}

/// The one value that these bytes are.
pub(super) fn only(bytes: &[u8]) -> Result<Value<'_>, CredentialError> {
    match first(bytes)? {
        (value, []) => Ok(value),
        _ => Err(MALFORMED),
    }
}

impl<'a> Value<'a> {
    /// The value at a key of text.
    pub(super) fn at(&self, key: &str) -> Option<&Self> {
        self.find(|k| matches!(k, Value::Text(text) if *text == key))
    }

    /// The value at a numbered key.
    pub(super) fn at_number(&self, key: i64) -> Option<&Self> {
        self.find(|k| *k == Value::Int(key))
    }

    fn find(&self, is: impl Fn(&Self) -> bool) -> Option<&Self> {
        let Value::Map(pairs) = self else { return None };
        pairs.iter().find(|(key, _)| is(key)).map(|(_, value)| value)
    }

    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    items: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], CredentialError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(MALFORMED)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Major type and argument of the next head.
    fn head(&mut self) -> Result<(u8, u64), CredentialError> {
        let first = self.take(1)?[0];
        let argument = match first & 0x1f {
            small @ 0..=23 => u64::from(small),
            size @ 24..=27 => {
                let bytes = self.take(1 << (size - 24))?;
                bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
            _ => return Err(MALFORMED),
        };
        Ok((first >> 5, argument))
    }

    fn value(&mut self, depth: u8) -> Result<Value<'a>, CredentialError> {
        self.items += 1;
        if depth > DEPTH_MAX || self.items > ITEMS_MAX {
            return Err(MALFORMED);
        }
        let (major, argument) = self.head()?;
        let number = i64::try_from(argument).map_err(|_| MALFORMED)?;
        let length = usize::try_from(argument).map_err(|_| MALFORMED)?;
        Ok(match major {
            0 => Value::Int(number),
            1 => Value::Int(-1 - number),
            2 => Value::Bytes(self.take(length)?),
            3 => Value::Text(std::str::from_utf8(self.take(length)?).map_err(|_| MALFORMED)?),
            4 if length <= ITEMS_MAX => {
                Value::Array((0..length).map(|_| self.value(depth + 1)).collect::<Result<_, _>>()?)
            }
            5 if length <= ITEMS_MAX => self.map(length, depth)?,
            7 if (20..=22).contains(&argument) => Value::Simple(argument.try_into().unwrap_or(0)),
            _ => return Err(MALFORMED),
        })
    }

    fn map(&mut self, length: usize, depth: u8) -> Result<Value<'a>, CredentialError> {
        let mut pairs: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        for _ in 0..length {
            let key = self.value(depth + 1)?;
            let plain = matches!(key, Value::Int(_) | Value::Text(_));
            if !plain || pairs.iter().any(|(known, _)| *known == key) {
                return Err(MALFORMED);
            }
            pairs.push((key, self.value(depth + 1)?));
        }
        Ok(Value::Map(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn examples_of_the_standard() {
        // RFC 8949, appendix A.
        for (hex, value) in [
            ("17", Value::Int(23)),
            ("1903e8", Value::Int(1000)),
            ("3903e7", Value::Int(-1000)),
            ("4401020304", Value::Bytes(&[1, 2, 3, 4])),
            ("62c3bc", Value::Text("ü")),
            (
                "8201820203",
                Value::Array(vec![Value::Int(1), Value::Array(vec![Value::Int(2), Value::Int(3)])]),
            ),
            ("a1616101", Value::Map(vec![(Value::Text("a"), Value::Int(1))])),
            ("f5", Value::Simple(21)),
        ] {
            let bytes = hex::decode(hex).unwrap();
            let read = only(&bytes).unwrap();
            assert_eq!(format!("{read:?}"), format!("{value:?}"), "{hex}");
        }
    }

    #[test]
    fn what_no_authenticator_says_is_refused() {
        for hex in [
            "",
            "1b",                   // cut off
            "5f42010243030405ff",   // indefinite length
            "a2616101616102",       // a key twice
            "a18001",               // an array as key
            "81818181818101",       // too deep
            "fb3ff199999999999a",   // a float
            "c074",                 // a tag
            "5bffffffffffffffff00", // longer than everything
            "9aff000000",           // a huge array
            "0000",                 // two values
        ] {
            let bytes = hex::decode(hex).unwrap();
            assert_eq!(only(&bytes), Err(MALFORMED), "{hex}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok((_, rest)) = first(&bytes) {
                prop_assert!(rest.len() < bytes.len());
            }
        }
    }
}
