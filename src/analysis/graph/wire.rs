//! The protobuf wire format, as little of it as ONNX files need: fields are kept in order and copied through untouched.

/// One field of a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field<'a> {
    pub number: u64,
    pub value: Value<'a>,
}

/// Its value by wire type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64(&'a [u8]),
    /// A string, bytes, a message, or packed numbers.
    Bytes(&'a [u8]),
    Fixed32(&'a [u8]),
}

impl<'a> Field<'a> {
    /// The bytes of a length-delimited field.
    pub fn bytes(&self) -> Option<&'a [u8]> {
        match self.value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A string.
    pub fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// The numbers of a repeated integer field, packed or one by one.
    pub fn integers(&self) -> Option<Vec<u64>> {
        match self.value {
            Value::Varint(v) => Some(vec![v]),
            Value::Bytes(mut packed) => {
                let mut numbers = Vec::new();
                while !packed.is_empty() {
                    numbers.push(varint(&mut packed)?);
                }
                Some(numbers)
            }
            _ => None,
        }
    }
}

/// Splits a message; `None` when it is not one.
pub(super) fn fields(mut message: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut message)?),
            1 => Value::Fixed64(take(&mut message, 8)?),
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                Value::Bytes(take(&mut message, length)?)
            }
            5 => Value::Fixed32(take(&mut message, 4)?),
            _ => return None,
        };
        found.push(Field { number: key >> 3, value });
    }
    Some(found)
}

fn take<'a>(message: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = message.split_at_checked(length)?;
    *message = rest;
    Some(taken)
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take(message, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Appends a field as it was read.
pub(super) fn put(out: &mut Vec<u8>, field: &Field<'_>) {
    match field.value {
        Value::Varint(v) => put_integer(out, field.number, v),
        Value::Bytes(bytes) => put_bytes(out, field.number, bytes),
        Value::Fixed64(bytes) => {
            put_varint(out, field.number << 3 | 1);
            out.extend_from_slice(bytes);
        }
        Value::Fixed32(bytes) => {
            put_varint(out, field.number << 3 | 5);
            out.extend_from_slice(bytes);
        }
    }
}

/// Appends an integer field.
pub(super) fn put_integer(out: &mut Vec<u8>, number: u64, value: u64) {
    put_varint(out, number << 3);
    put_varint(out, value);
}

/// Appends a string, bytes or a message.
pub(super) fn put_bytes(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    put_varint(out, number << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(numbers: Vec<u64>, text in ".{0,300}") {
            let mut message = Vec::new();
            for n in &numbers {
                put_integer(&mut message, 3, *n);
            }
            put_bytes(&mut message, 4000, text.as_bytes());
            let read = fields(&message).unwrap();
            prop_assert_eq!(read.len(), numbers.len() + 1);
            for (field, n) in read.iter().zip(&numbers) {
                prop_assert_eq!(field.integers().unwrap(), vec![*n]);
            }
            prop_assert_eq!(read.last().unwrap().text(), Some(text.as_str()));
            let mut again = Vec::new();
            for field in &read {
                put(&mut again, field);
            }
            prop_assert_eq!(again, message);
        }

        #[test]
        fn anything_else_is_refused_without_panic(bytes: Vec<u8>) {
            let _ = fields(&bytes);
        }
    }

    #[test]
    fn lengths_beyond_the_end_are_refused() {
        assert_eq!(fields(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f, 1]), None);
        assert_eq!(fields(&[0x0b]), None);
        assert_eq!(fields(&[0x80; 11]), None);
    }
}
