//! The demonstration: anybody enrols a face and calls. Only with `demo.danger_enabled`.

mod enrol;

use super::{Door, assets, auth, photo_limit, problem::Problem};
use crate::service::views::CountyView;
use axum::{
    Json, Router,
    extract::{ConnectInfo, State},
    http::HeaderMap,
    middleware,
    response::Response,
    routing::{get, post},
};
use serde::Serialize;
use std::{net::SocketAddr, sync::Arc};

/// What the demonstration tells its newcomer: who may sign in at the console. Two who decide, so that a case which needs four
/// eyes can be ended, and one who looks after the house.
#[derive(Clone, Debug)]
pub struct DemoDesk {
    /// The made-up officers.
    pub officers: Vec<DemoOfficer>,
}

/// A made-up officer.
#[derive(Clone, Debug)]
pub struct DemoOfficer {
    /// Sign-in name.
    pub name: String,
    /// Password, told on this machine only.
    pub password: String,
}

#[derive(Serialize)]
struct DemoView {
    console_url: &'static str,
    officers: Vec<OfficerView>,
    pack: Option<String>,
    trial: bool,
    unproven: bool,
    county: CountyView,
}

#[derive(Serialize)]
struct OfficerView {
    name: String,
    password: Option<String>,
}

/// Routes of the demonstration; none unless it is enabled.
pub fn routes(door: &Arc<Door>) -> Router<Arc<Door>> {
    if !door.settings.demo.danger_enabled {
        return Router::new();
    }
    Router::new()
        .route("/demo", get(page))
        .route("/api/demo", get(view))
        .route("/api/demo/enrol", post(enrol::enrol).layer(photo_limit()))
        .layer(middleware::from_fn_with_state(door.clone(), auth::from_own_page))
}

/// `GET /demo`.
async fn page(State(door): State<Arc<Door>>, headers: HeaderMap) -> Result<Response, Problem> {
    assets::page(&door, "demo/index.html", &headers)
}

/// `GET /api/demo`. Whoever asks over the network is not told the passwords.
async fn view(
    State(door): State<Arc<Door>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> Json<DemoView> {
    let vitals = door.service.vitals().await;
    let county = &door.settings.county;
    let here = peer.ip().is_loopback();
    let officers = door.demo.iter().flat_map(|desk| desk.officers.clone());
    Json(DemoView {
        console_url: "/console",
        officers: officers
            .map(|each| OfficerView { name: each.name, password: here.then_some(each.password) })
            .collect(),
        pack: vitals.pack,
        trial: vitals.trial,
        unproven: vitals.unproven,
        county: CountyView {
            name_zh: county.name_zh.clone(),
            name_en: county.name_en.clone(),
            phone: county.phone.clone(),
        },
    })
}
