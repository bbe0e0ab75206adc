//! Offers are checked and trimmed before the engine reads them; answers get the port's own candidates.

use super::{CaptureError, Codec, relay::Agreed};
use std::{collections::HashMap, fmt::Write, net::SocketAddr};

/// Largest offer, bytes (docs/API.md).
pub(super) const OFFER_BYTES_MAX: usize = 64 * 1024;
/// Media sections of an offer; a call needs one.
const SECTIONS_MAX: usize = 4;
/// Longest candidate line, bytes: browsers write about 150.
const CANDIDATE_BYTES_MAX: usize = 512;

/// Checks an offer and gives the text that the engine reads: without candidates (an ICE-lite server contacts nobody, so it needs
/// none), and with the video codecs in our order of preference, which the answer then follows. Of H.264 and VP8 `only` one is left, when it is named.
///
/// # Errors
/// When it is too large or is not an offer of video.
pub(super) fn trim_offer(offer: &str, only: Option<Codec>) -> Result<String, CaptureError> {
    if offer.len() > OFFER_BYTES_MAX {
        return Err(CaptureError::OfferTooLarge { bytes: offer.len(), max: OFFER_BYTES_MAX });
    }
    if !offer.starts_with("v=0") {
        return Err(CaptureError::Offer("it is not SDP"));
    }
    let sections = offer.lines().filter(|line| line.starts_with("m=")).count();
    if sections == 0 || sections > SECTIONS_MAX {
        return Err(CaptureError::Offer("it needs one to four media sections"));
    }
    if offer.lines().any(|line| line.starts_with("m=application")) {
        return Err(CaptureError::Offer("data channels are not part of a call"));
    }
    let video = |line: &str| line.starts_with("m=video ") && !line.starts_with("m=video 0 ");
    if !offer.lines().any(video) {
        return Err(CaptureError::Offer("it offers no video"));
    }
    let codecs = codecs(offer);
    let mut trimmed = String::with_capacity(offer.len());
    for line in offer.lines().filter(|line| !is_candidate(line)) {
        if video(line) {
            trimmed.push_str(&prefer(line, &codecs, only));
        } else {
            trimmed.push_str(line);
        }
        trimmed.push_str("\r\n");
    }
    Ok(trimmed)
}

/// Reads what our answer agrees to: our user fragment, by which the port knows this side's datagrams, and the payload types.
///
/// # Errors
/// When it carries no user fragment or no codec that we decode.
pub(super) fn agreed(answer: &str) -> Result<(String, Agreed), CaptureError> {
    let accepts_video =
        answer.lines().any(|l| l.starts_with("m=video ") && !l.starts_with("m=video 0 "));
    let codecs = codecs(answer);
    if !accepts_video || codecs.is_empty() {
        return Err(CaptureError::Offer("it offers neither H.264 (mode 1, baseline) nor VP8"));
    }
    let ufrag = answer
        .lines()
        .find_map(|line| line.strip_prefix("a=ice-ufrag:"))
        .ok_or(CaptureError::Offer("no connection can be agreed"))?;
    Ok((ufrag.into(), Agreed { video: codecs, sound: sound(answer) }))
}

/// The answer that the phone gets: the engine's own candidates name a socket that does not exist, the port's stand in their place.
pub(super) fn with_candidates(answer: &str, udp: &[SocketAddr], tcp: &[SocketAddr]) -> String {
    let mut out = String::with_capacity(answer.len() + 512);
    let mut written = false;
    for line in answer.lines().filter(|line| !is_candidate(line)) {
        out.push_str(line);
        out.push_str("\r\n");
        // Sections are bundled, so the first accepted one speaks for all (RFC 8843 §9.2).
        if line.starts_with("a=ice-pwd:") && !std::mem::replace(&mut written, true) {
            write_candidates(&mut out, udp, tcp);
        }
    }
    out
}

/// Checks the form of a candidate. Nothing else is done with it: the server contacts no address that a phone names.
///
/// # Errors
/// When it is too long or not a candidate line.
pub(super) fn check_candidate(line: &str) -> Result<(), CaptureError> {
    if line.len() > CANDIDATE_BYTES_MAX {
        return Err(CaptureError::Candidate("it is too long"));
    }
    if line.is_empty() {
        return Ok(()); // end of candidates
    }
    let line = line.strip_prefix("candidate:").unwrap_or(line);
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let [_, component, transport, priority, _, port, "typ", _, ..] = fields[..] else {
        return Err(CaptureError::Candidate("fields are missing"));
    };
    let transport = transport.eq_ignore_ascii_case("udp") || transport.eq_ignore_ascii_case("tcp");
    if !transport
        || component.parse::<u8>().is_err()
        || priority.parse::<u32>().is_err()
        || port.parse::<u16>().is_err()
    {
        return Err(CaptureError::Candidate("a field cannot be read"));
    }
    Ok(())
}

/// Host candidates, UDP before TCP: type preference 126 (RFC 8445 §5.1.2.2), for TCP 90, the order of addresses below that.
fn write_candidates(out: &mut String, udp: &[SocketAddr], tcp: &[SocketAddr]) {
    let all = udp
        .iter()
        .map(|a| (a, "udp", 126_u32, ""))
        .chain(tcp.iter().map(|a| (a, "tcp", 90, " tcptype passive")));
    for (order, (address, transport, preference, suffix)) in (0_u32..).zip(all) {
        let priority = preference << 24 | (65_535 - order.min(65_535)) << 8 | 255;
        let (ip, port) = (address.ip(), address.port());
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "a=candidate:{} 1 {transport} {priority} {ip} {port} typ host{suffix}\r\n",
            order + 1
        );
    }
    out.push_str("a=end-of-candidates\r\n");
}

fn is_candidate(line: &str) -> bool {
    line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates")
}

/// Codec by payload type, from the `rtpmap` lines.
fn codecs(sdp: &str) -> HashMap<u8, Codec> {
    sdp.lines()
        .filter_map(|line| {
            let (number, encoding) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
            let codec = Codec::from_encoding(encoding.split('/').next()?)?;
            Some((number.parse().ok()?, codec))
        })
        .collect()
}

/// The payload type of Opus.
fn sound(sdp: &str) -> Option<u8> {
    let map = sdp.lines().filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '));
    let mut opus = map.filter(|(_, encoding)| encoding.to_ascii_lowercase().starts_with("opus/"));
    opus.next()?.0.parse().ok()
}

/// Sorts the payload types of an `m=video` line: H.264, VP8, the rest, each in the phone's order; of the first two perhaps `only` one.
fn prefer(line: &str, codecs: &HashMap<u8, Codec>, only: Option<Codec>) -> String {
    let codec = |format: &str| format.trim_end().parse().ok().and_then(|n: u8| codecs.get(&n));
    let wanted = |format: &str| only.is_none_or(|only| codec(format).is_none_or(|c| *c == only));
    let fields = line.split(' ').enumerate();
    let mut fields: Vec<&str> =
        fields.filter(|(at, field)| *at < 3 || wanted(field)).map(|(_, field)| field).collect();
    if let Some(formats) = fields.get_mut(3..) {
        formats.sort_by_key(|f| codec(f).map_or((1, Codec::Vp8), |codec| (0, *codec)));
    }
    fields.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103\r\na=rtpmap:96 VP8/90000\r\n\
        a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:102 H264/90000\r\n\
        a=rtpmap:103 rtx/90000\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";

    #[test]
    fn h264_comes_first_and_candidates_are_dropped() {
        let trimmed = trim_offer(OFFER, None).unwrap();
        assert!(trimmed.contains("m=video 9 UDP/TLS/RTP/SAVPF 102 96 97 103\r\n"));
        assert!(!trimmed.contains("candidate"));
        let one = trim_offer(OFFER, Some(Codec::Vp8)).unwrap();
        assert!(one.contains("m=video 9 UDP/TLS/RTP/SAVPF 96 97 103\r\n"), "{one}");
    }

    #[test]
    fn what_is_no_offer_of_video_is_refused() {
        let told = |offer: &str| trim_offer(offer, None).unwrap_err().to_string();
        assert!(told("").contains("not SDP"));
        assert!(told("v=0\r\n").contains("media sections"));
        assert!(told(&OFFER.replace("m=video 9", "m=video 0")).contains("no video"));
        assert!(told(&format!("{OFFER}m=application 9 UDP/DTLS/SCTP x\r\n")).contains("data"));
        assert!(told(&format!("{OFFER}{}", "m=audio 9 x 0\r\n".repeat(4))).contains("sections"));
        assert!(told(&"v=0".repeat(22_000)).contains("66000 bytes"));
    }

    #[test]
    fn the_answer_carries_the_ports_candidates_once() {
        let answer = "v=0\r\nm=video 9 x 102\r\na=ice-ufrag:abc\r\na=ice-pwd:def\r\n\
            a=candidate:1 1 udp 1 127.0.0.1 40000 typ host\r\na=rtpmap:102 H264/90000\r\n\
            m=video 9 x 102\r\na=ice-pwd:def\r\n";
        let udp = ["192.0.2.1:8790".parse().unwrap()];
        let tcp = ["[2001:db8::1]:8790".parse().unwrap()];
        let sent = with_candidates(answer, &udp, &tcp);
        assert!(sent.contains("a=candidate:1 1 udp 2130706431 192.0.2.1 8790 typ host\r\n"));
        let tcp = "a=candidate:2 1 tcp 1526726399 2001:db8::1 8790 typ host tcptype passive\r\n";
        assert!(sent.contains(tcp), "{sent}");
        assert_eq!(sent.matches("a=candidate").count(), 2);
        let (ufrag, types) = agreed(answer).unwrap();
        assert_eq!(ufrag, "abc");
        assert_eq!((types.video, types.sound), (HashMap::from([(102, Codec::H264)]), None));
        let (_, types) = agreed(&format!("{answer}a=rtpmap:111 opus/48000/2\r\n")).unwrap();
        assert_eq!(types.sound, Some(111));
    }

    #[test]
    fn candidates_are_read_for_their_form_only() {
        let good = "candidate:842163049 1 udp 1677729535 203.0.113.9 46154 typ srflx raddr 0.0.0.0";
        assert!(check_candidate(good).is_ok());
        assert!(check_candidate("").is_ok());
        assert!(check_candidate("candidate:1 1 udp 1 x.local 9 typ host").is_ok());
        for bad in
            ["x", "candidate:1 1 sctp 1 a 9 typ host", "candidate:1 1 udp 1 a 99999 typ host"]
        {
            assert!(check_candidate(bad).is_err(), "{bad}");
        }
        assert!(check_candidate(&"a ".repeat(300)).is_err());
    }
}
