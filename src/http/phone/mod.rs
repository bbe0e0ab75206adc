//! The pensioner's side: pages by link, and the API behind them.

mod appointments;
mod calls;
mod certificate;
mod code;
mod consent;
mod form;
mod link;
mod live;
mod other_way;
mod photo;
mod socket;

pub use code::CodeTries;
#[cfg(test)]
pub use socket::Talk;

use super::{Door, auth, json_limit, photo_limit};
use axum::{
    Router, middleware,
    routing::{get, post},
};
use std::sync::Arc;

/// Routes of the phone page.
pub fn routes(door: &Arc<Door>) -> Router<Arc<Door>> {
    let api = Router::new()
        .route("/api/phone/link", get(link::view))
        .route("/api/phone/consent", post(consent::give))
        .route("/api/phone/calls", post(calls::open))
        .route("/api/phone/calls/{call_id}/ws", get(socket::connect))
        .route("/api/phone/live", get(live::view).post(live::join))
        .route("/api/phone/live/{id}/ws", get(live::connect))
        .route("/api/phone/certificate", get(certificate::view))
        .route("/api/phone/other-way", post(other_way::choose))
        .route("/api/phone/code", post(code::find))
        .route("/api/phone/appointments", get(appointments::view).post(appointments::book))
        .route("/api/phone/appointments/cancel", post(appointments::cancel))
        .layer(json_limit())
        .route("/api/phone/photo", post(photo::send).layer(photo_limit()))
        .layer(middleware::from_fn_with_state(door.clone(), auth::from_own_page));
    Router::new()
        .route("/p/{token}", get(link::page))
        .route("/p/form", get(form::page))
        .route("/k", get(code::page))
        .merge(api)
}
