//! Analysis: what can be seen in one frame.
//!
//! In: a [`Frame`](crate::frame::Frame) and what is wanted of it. Out:
//! [`FrameFindings`](crate::domain::finding::FrameFindings), numbers only. May use: frame, domain, config; ort and threads.
//!
//! `manifest` and `registry` turn `models/manifest.toml` into checked bytes, `worker` owns threads and the queue,
//! `pipeline` takes one frame through detector, quality, landmarks, presentation-attack nets and embedder.

// Pixels, planes and nets are arithmetic between sizes and f32; every value is bounded by the picture's sides
// (`frame::SIDE_MAX_PX`), and coordinates are named as in geometry.
// The nets' names are names, not code.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::many_single_char_names,
    clippy::similar_names,
    clippy::doc_markdown
)]

mod align;
mod covered;
mod detect;
mod embed;
mod error;
mod graph;
mod landmarks;
mod light;
mod manifest;
mod pad;
mod pipeline;
mod quality;
mod registry;
mod resize;
mod runtime;
mod surface;
mod tensor;
mod thumbnail;
mod worker;

pub use error::AnalysisError;
pub use landmarks::Vertex;
pub use manifest::{Kind, Manifest, Model, Pack};
pub use pipeline::Pipeline;
pub use registry::{Place, check_hash, folders, locate};
pub use worker::Engine;
