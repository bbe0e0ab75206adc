//! Integration tests, one binary: link time counts on a small machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::disallowed_methods
)]

// Two files are shared with the unit tests and name the rooms from the root.
use jianmian::{capture, domain};

mod api;
mod county_year;
mod decision_laws;
#[allow(dead_code)] // each side uses its part
#[path = "../../src/domain/fixtures.rs"]
mod domain_fixtures;
mod killed;
mod liveness_camera;
mod liveness_helper;
mod liveness_laws;
mod liveness_light;
mod liveness_picture;
mod liveness_simulator;
mod media;
mod pipeline;
mod renewal;
mod storage_story;
