//! As much of STUN (RFC 8489) as routing needs: whose binding request is this?

/// A STUN header is 20 bytes.
const HEADER_BYTES: usize = 20;
/// Magic cookie, RFC 8489 §5.
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
/// Message type of a binding request.
const BINDING_REQUEST: [u8; 2] = [0, 1];
/// Attribute type USERNAME.
const USERNAME: u16 = 0x0006;

/// The receiver's user fragment in a binding request: the part of USERNAME before the colon (RFC 8445 §7.2.2).
/// `None` for anything else, whole or broken.
pub(super) fn request_ufrag(datagram: &[u8]) -> Option<&str> {
    let header = datagram.get(..HEADER_BYTES)?;
    if header[..2] != BINDING_REQUEST || header[4..8] != COOKIE {
        return None;
    }
    let mut rest = &datagram[HEADER_BYTES..];
    while rest.len() >= 4 {
        let kind = u16::from_be_bytes([rest[0], rest[1]]);
        let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let value = rest.get(4..4 + length)?;
        if kind == USERNAME {
            return std::str::from_utf8(value).ok()?.split(':').next().filter(|u| !u.is_empty());
        }
        rest = rest.get(4 + length.next_multiple_of(4)..)?;
    }
    None
}

/// Whether this can belong to a call: STUN, DTLS, RTP or RTCP by its first byte (RFC 7983).
pub(super) fn is_media(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|b| matches!(b, 0..=3 | 20..=63 | 128..=191))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A binding request with this USERNAME.
    pub(in crate::capture) fn binding_request(username: &str) -> Vec<u8> {
        let mut message = vec![0, 1, 0, 0];
        message.extend(COOKIE);
        message.extend([7; 12]);
        message.extend([0x80, 0x22, 0, 3, b'a', b'b', b'c', 0]); // SOFTWARE, padded
        message.extend(USERNAME.to_be_bytes());
        message.extend(u16::try_from(username.len()).unwrap().to_be_bytes());
        message.extend(username.as_bytes());
        message.resize(message.len().next_multiple_of(4), 0);
        message
    }

    #[test]
    fn the_receivers_fragment_is_found_behind_other_attributes() {
        assert_eq!(request_ufrag(&binding_request("server:phone")), Some("server"));
    }

    #[test]
    fn everything_else_is_nobodys() {
        let whole = binding_request("server:phone");
        for length in 0..whole.len() - 4 {
            assert_eq!(request_ufrag(&whole[..length]), None, "cut at {length}");
        }
        assert_eq!(request_ufrag(&binding_request(":phone")), None);
        let mut response = whole.clone();
        response[0] = 1;
        assert_eq!(request_ufrag(&response), None);
        let mut other = whole;
        other[5] ^= 1;
        assert_eq!(request_ufrag(&other), None);
    }
}
