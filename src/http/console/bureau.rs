//! Routes of the county's pages, each with its act.

use super::{
    access::{Route, get, post, upload},
    batches, continuation, county, people, proposals, schemes,
};
use crate::{domain::role::Act as A, service::PART_BYTES};

/// The part of the table.
pub(super) fn table() -> Vec<Route> {
    let part = (batches::part, usize::try_from(PART_BYTES).unwrap_or(0));
    vec![
        get("/api/console/county", A::SeeCounty, county::figures),
        get("/api/console/county.csv", A::SeeStatistics, county::csv),
        get("/api/console/people", A::SeePeople, people::list),
        post("/api/console/people/find", A::SeePeople, people::find),
        get("/api/console/people/{id}", A::SeePeople, people::person),
        get("/api/console/people/{id}/face", A::SeeFace, people::face),
        post("/api/console/people/{id}/link", A::DisposeOnSite, people::link),
        get("/api/console/people/{id}/letter", A::DisposeOnSite, people::letter),
        get("/api/console/people/{id}/notice", A::DisposeOnSite, people::notice),
        post("/api/console/people/{id}/contact", A::DisposeOnSite, people::contact),
        post("/api/console/people/{id}/investigate", A::ProposeStop, people::investigate),
        post("/api/console/people/{id}/investigated", A::ProposeStop, people::investigated),
        post("/api/console/people/{id}/propose", A::ProposeStop, people::propose),
        get("/api/console/proposals", A::SeePeople, proposals::list),
        post("/api/console/proposals/{id}/decide", A::Approve, proposals::decide),
        get("/api/console/schemes", A::SeeCounty, schemes::list),
        post("/api/console/schemes/propose", A::ProposePolicy, schemes::propose),
        post("/api/console/schemes/decide", A::ApprovePolicy, schemes::decide),
        get("/api/console/batches", A::RunBatches, batches::list),
        post("/api/console/batches/make", A::RunBatches, batches::make),
        get("/api/console/batches/{id}", A::RunBatches, batches::batch),
        upload("/api/console/batches/{id}/part", A::RunBatches, part),
        post("/api/console/batches/{id}/run", A::RunBatches, batches::run),
        post("/api/console/batches/{id}/drop", A::RunBatches, batches::put_away),
        get("/api/console/continuation", A::TakeContinuationFile, continuation::files),
        get("/api/console/continuation/part", A::TakeContinuationFile, continuation::part),
    ]
}
