//! Letters as print-ready PDF: A4, one sheet each (front and back), large type, the address where a DL or C5/6 window envelope
//! shows it, a QR code and a short code that lead to the same link.
//!
//! Sizes: DIN 5008 form B (address field 85 x 45 mm, 20 mm from the left and 45 mm from the top; folds at 105 and 210 mm). Text to be
//! read by the addressee is at least [`TYPE_MIN_PT`]; only the address and the sender's line, which the post reads, are smaller.
//!
//! Markup, one line each: `# headline`, `! what matters most`, `- point`, `[qr]`, `===` (the back begins); anything else is text.

mod font;
mod lines;
mod pages;
mod sheet;

pub use font::Typeface;
pub use pages::{Block, print_document};
pub use sheet::{PrintFault, print};

/// Smallest type for the addressee, pt.
pub const TYPE_MIN_PT: f32 = 18.0;

/// One letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Name and address, one line each; broken further when they are long.
    pub address: Vec<String>,
    /// The filled template.
    pub text: String,
    /// Where the QR code leads.
    pub url: String,
    /// Address to type, without `https://`.
    pub site: String,
    /// Short code to type there.
    pub code: String,
    /// Words beside the QR code, in the letter's language: what to do with it, and what else.
    pub qr_words: [String; 2],
    /// Sender's line above the address.
    pub sender: String,
    /// Lines beside the address: office, telephone, hours.
    pub office: Vec<String>,
}

#[cfg(test)]
mod tests;
