//! Jianmian (见面): remote proof of life for pension benefit continuation.
//!
//! One direction of flow: bytes → frames → findings → evidence → verdict → record → receipt. See `docs/ARCHITECTURE.md`.

pub mod analysis;
pub mod app;
pub mod call;
pub mod capture;
pub mod cli;
pub mod clock;
pub mod config;
pub mod credential;
pub mod decision;
pub mod domain;
pub mod evaluation;
pub mod frame;
pub mod http;
pub mod ledger;
pub mod liveness;
pub mod notice;
pub mod service;
pub mod storage;
pub mod telemetry;
pub mod vault;
