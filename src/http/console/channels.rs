//! Routes of the channels besides the call, each with its act.

use super::{
    access::{Route, get, post, upload},
    appointments, care, forms, visits,
};
use crate::{domain::role::Act as A, http::upload::PHOTO_BYTES_MAX};

/// The part of the table.
pub(super) fn table() -> Vec<Route> {
    let record = (visits::record, visits::RECORD_BYTES_MAX);
    vec![
        get("/api/console/appointments", A::SeeCase, appointments::list),
        get("/api/console/appointment-slots", A::SeeCase, appointments::slots),
        post("/api/console/appointments/book", A::DisposeOnSite, appointments::book),
        post("/api/console/appointments/{id}/close", A::DisposeOnSite, appointments::close),
        get("/api/console/appointment-hours", A::SeeCase, appointments::hours_on),
        post("/api/console/appointment-hours", A::ApprovePolicy, appointments::hours),
        post("/api/console/appointment-hours/drop", A::ApprovePolicy, appointments::drop_hours),
        get("/api/console/forms", A::SeeCase, forms::list),
        post("/api/console/forms/whose", A::DisposeOnSite, forms::whose),
        upload("/api/console/forms/receive", A::DisposeOnSite, (forms::receive, PHOTO_BYTES_MAX)),
        get("/api/console/forms/{id}/scan", A::SeeFace, forms::scan),
        post("/api/console/forms/{id}/key", A::DisposeOnSite, forms::key),
        post("/api/console/forms/{id}/refuse", A::DisposeOnSite, forms::refuse),
        get("/api/console/visits", A::SeeCase, visits::list),
        get("/api/console/station", A::SeeCase, visits::station),
        post("/api/console/visits/ask", A::DisposeOnSite, visits::ask),
        post("/api/console/visits/{id}/assign", A::DisposeOnSite, visits::assign),
        upload("/api/console/visits/{id}/record", A::DisposeOnSite, record),
        get("/api/console/visits/{id}/evidence", A::SeeFace, visits::evidence),
        get("/api/console/visits/{id}/photo", A::SeeFace, visits::photo),
        post("/api/console/visits/{id}/check", A::Approve, visits::check),
        post("/api/console/visits/{id}/call", A::DisposeOnSite, visits::start_call),
        post("/api/console/visits/{id}/call/end", A::DisposeOnSite, visits::end_call),
        get("/api/console/special-care", A::SeeCase, care::list),
        get("/api/console/special-care.csv", A::SeeCase, care::csv),
        post("/api/console/special-care/enter", A::DisposeOnSite, care::enter),
        post("/api/console/special-care/{id}/review", A::DisposeOnSite, care::review),
        post("/api/console/special-care/visits", A::DisposeOnSite, care::visits),
    ]
}
