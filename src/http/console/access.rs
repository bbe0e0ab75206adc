//! Every route of the console with the act it is for. What names no act cannot be registered, and a handler that asks for an
//! officer finds none elsewhere.

use super::{
    audit, bureau, cases, channels, claims, disposition, invitation, live, officers, own_desk,
    passkeys, pictures, quality, sign_in, statistics,
};
use crate::{
    domain::{
        name::name_of,
        role::{Act, reach},
    },
    http::{
        Door,
        auth::{SignedIn, session_token},
        problem::Problem,
    },
    service::ServiceError,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    handler::Handler,
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::{self, MethodRouter},
};
use std::sync::Arc;

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// Anybody: whoever signs in is nobody yet.
    Anybody,
    /// Whoever may do this.
    For(Act),
}

pub(super) struct Route {
    method: &'static str,
    path: &'static str,
    entrance: Entrance,
    handler: MethodRouter<Arc<Door>>,
}

pub(super) fn get<H: Handler<T, Arc<Door>>, T: 'static>(
    path: &'static str,
    act: Act,
    handler: H,
) -> Route {
    Route { method: "GET", path, entrance: Entrance::For(act), handler: routing::get(handler) }
}

pub(super) fn post<H: Handler<T, Arc<Door>>, T: 'static>(
    path: &'static str,
    act: Act,
    handler: H,
) -> Route {
    Route { method: "POST", path, entrance: Entrance::For(act), handler: routing::post(handler) }
}

/// A POST whose body may be larger than a form.
pub(super) fn upload<H: Handler<T, Arc<Door>>, T: 'static>(
    path: &'static str,
    act: Act,
    (handler, bytes_max): (H, usize),
) -> Route {
    let mut route = post(path, act, handler);
    route.handler = route.handler.layer(DefaultBodyLimit::max(bytes_max));
    route
}

fn anybody<H: Handler<T, Arc<Door>>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route { method: "POST", path, entrance: Entrance::Anybody, handler: routing::post(handler) }
}

fn table() -> Vec<Route> {
    use Act as A;
    let mut table = vec![
        anybody("/api/console/sign-in", sign_in::sign_in),
        anybody("/api/console/sign-in/passkey/options", passkeys::options),
        anybody("/api/console/sign-in/passkey", passkeys::sign_in),
        anybody("/api/console/invitation", invitation::view),
        anybody("/api/console/invitation/password", invitation::password),
        anybody("/api/console/invitation/passkey/options", invitation::passkey_options),
        anybody("/api/console/invitation/passkey", invitation::passkey),
        post("/api/console/sign-out", A::OwnDesk, sign_in::sign_out),
        get("/api/console/me", A::OwnDesk, sign_in::me),
        post("/api/console/prove", A::OwnDesk, own_desk::prove),
        post("/api/console/prove/passkey/options", A::OwnDesk, passkeys::proof_options),
        post("/api/console/prove/passkey", A::OwnDesk, passkeys::prove),
        post("/api/console/passkeys/options", A::OwnDesk, passkeys::another_options),
        post("/api/console/passkeys", A::OwnDesk, passkeys::add),
        get("/api/console/sessions", A::OwnDesk, own_desk::sessions),
        get("/api/console/colleagues", A::Claim, officers::colleagues),
        get("/api/console/officers", A::SeeOfficers, officers::list),
        post("/api/console/officers", A::Invite, officers::add),
        post("/api/console/officers/{id}/invitation", A::Invite, officers::invite),
        post("/api/console/officers/{id}/roles", A::SetRoles, officers::roles),
        get("/api/console/officers/{id}/sessions", A::SeeOfficers, officers::sessions),
        post("/api/console/officers/{id}/sessions/end", A::RevokeSessions, officers::end_sessions),
        get("/api/console/cases", A::SeeQueue, cases::queue),
        get("/api/console/news", A::SeeQueue, claims::news),
        post("/api/console/next", A::Claim, claims::next),
        get("/api/console/cases/{id}", A::SeeCase, cases::case),
        post("/api/console/cases/{id}/claim", A::Claim, claims::claim),
        post("/api/console/cases/{id}/claim/keep", A::Claim, claims::keep),
        post("/api/console/cases/{id}/claim/return", A::Claim, claims::give_back),
        post("/api/console/cases/{id}/put-off", A::Claim, claims::put_off),
        post("/api/console/cases/{id}/disposition", A::Claim, disposition::dispose),
        post("/api/console/cases/{id}/undo", A::Claim, disposition::undo),
        get("/api/console/stills/{id}", A::SeeFace, pictures::still),
        get("/api/console/references/{id}/image", A::SeeFace, pictures::reference),
    ];
    table.extend(channels::table());
    table.extend(bureau::table());
    table.extend(quality::table());
    table.extend(statistics::table());
    table.extend(audit::table());
    table.extend(live::table());
    table
}

/// Method, path and entrance of every route under `/api/console`.
pub fn entrances() -> Vec<(&'static str, &'static str, Entrance)> {
    table().into_iter().map(|route| (route.method, route.path, route.entrance)).collect()
}

/// The routes behind their entrances.
pub(super) fn router(door: &Arc<Door>) -> Router<Arc<Door>> {
    table().into_iter().fold(Router::new(), |router, route| {
        let handler = match route.entrance {
            Entrance::Anybody => route.handler,
            Entrance::For(act) => {
                route.handler.route_layer(from_fn_with_state((door.clone(), act), admit))
            }
        };
        router.route(route.path, handler)
    })
}

/// Lets in whoever is signed in, may do the act at all, and has shown lately enough who they are. About what is one's own and
/// what is another's the use case decides.
async fn admit(
    State((door, act)): State<(Arc<Door>, Act)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let token = session_token(request.headers()).ok_or(ServiceError::SignedOut)?.to_owned();
    let officer = door.service.officer(&token).await?;
    if !reach(&officer.roles, act).at_all() {
        let act = name_of(&act).unwrap_or_default();
        return Err(ServiceError::NotAllowed { act }.into());
    }
    if act.wants_proof() {
        door.service.wants_proof(officer.proved_at)?;
    }
    request.extensions_mut().insert(SignedIn { officer, session_token: token });
    Ok(next.run(request).await)
}
