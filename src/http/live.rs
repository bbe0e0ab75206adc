//! The sockets of a live call, of the phone and of the desk: the same line, two sides.

use super::{
    Door,
    line::{self, Dialect, Ends, Fault, Outgoing},
    problem::Problem,
};
use crate::{
    domain::{
        ids::LiveCallId,
        live_call::Party,
        live_control::{FromLive, LiveSaid, LiveTold, ToLive},
    },
    service::{LiveAttachment, ServiceError},
};
use axum::{
    extract::{WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    response::Response,
};
use std::sync::Arc;

/// What the two sides of a live call and the server say to each other.
struct LiveTalk;

impl Dialect for LiveTalk {
    const PROTOCOL: &'static str = "jianmian.live.v1";
    type Said = LiveSaid;
    type Heard = FromLive;
    type Told = Box<LiveTold>;
    type Says = ToLive;

    fn heard(said: LiveSaid) -> Result<Option<FromLive>, Fault> {
        // A ping reaches the call as well: it says that the page is there.
        if let LiveSaid::Offer { sdp } = &said {
            line::check_sdp(sdp)?;
        }
        Ok(Some(FromLive::Message(said)))
    }

    fn picture(jpeg: Vec<u8>) -> FromLive {
        FromLive::Still(jpeg)
    }

    fn lost() -> FromLive {
        FromLive::SocketLost
    }

    fn outgoing(says: ToLive) -> Outgoing<Box<LiveTold>> {
        match says {
            ToLive::Message(told) => Outgoing::Message(told),
            ToLive::Picture(jpeg) => Outgoing::Picture(jpeg),
        }
    }

    fn is_last(told: &Box<LiveTold>) -> bool {
        matches!(**told, LiveTold::Over { .. })
    }

    fn pong() -> Box<LiveTold> {
        Box::new(LiveTold::Pong)
    }

    fn fault(code: &str, detail: String) -> Box<LiveTold> {
        Box::new(LiveTold::Fault { code: code.to_owned(), detail })
    }
}

/// Upgrades, then hands the socket to its side of the call.
pub fn connect(
    door: Arc<Door>,
    call: &str,
    party: Party,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let call = call.parse::<LiveCallId>();
    let (places, still_bytes_max) =
        (door.live_sockets.clone(), door.settings.media.still_bytes_max);
    line::upgrade::<LiveTalk, _, _>(
        upgrade,
        &places,
        still_bytes_max,
        async move |token: String| {
            let call = call.map_err(|_| ServiceError::NotFound("live call"))?;
            let attached = door.service.attach_live(call, party, &token).await?;
            let LiveAttachment { to_call, from_call } = attached;
            Ok(Ends { to_call, from_call })
        },
    )
}
