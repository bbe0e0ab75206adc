//! What can go wrong in this room. No text here repeats SDP, addresses or pictures.

use crate::frame::PictureError;

/// Errors of capture.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// A media port cannot be opened.
    #[error("the media port {setting} cannot be opened: {source}")]
    Bind {
        /// The setting that names it.
        setting: &'static str,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// A setting is not an address, or no address is left to tell the phones.
    #[error("{setting}: {reason}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// No room for one more connection.
    #[error("all {max} media connections are taken")]
    Full {
        /// The limit.
        max: usize,
    },
    /// The offer is larger than the limit.
    #[error("the offer has {bytes} bytes, at most {max} are read")]
    OfferTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The offer is not what a call needs.
    #[error("the offer is not usable: {0}")]
    Offer(&'static str),
    /// So many offers in one call are not a change of network any more.
    #[error("more than {0} offers in one connection")]
    TooManyOffers(u32),
    /// The candidate cannot be read.
    #[error("the candidate is not usable: {0}")]
    Candidate(&'static str),
    /// The still frame is larger than the limit.
    #[error("the still frame has {bytes} bytes, at most {max} are read")]
    StillTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The still frame is not a whole JPEG of a bearable size.
    #[error("the still frame is not usable: {0}")]
    Still(&'static str),
    /// The still frame cannot be decoded.
    #[error("the still frame cannot be decoded")]
    StillUnreadable(#[source] PictureError),
    /// The media engine failed by its own fault.
    #[error("the media engine failed: {0}")]
    Engine(&'static str),
}
