//! Integration tests, one binary: link time counts on a small machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::disallowed_methods
)]

mod api;
mod decision_laws;
mod liveness_camera;
mod liveness_laws;
mod liveness_light;
mod liveness_picture;
mod liveness_simulator;
mod media;
mod pipeline;
mod storage_story;
