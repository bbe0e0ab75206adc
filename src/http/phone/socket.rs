//! `GET /api/phone/calls/{call_id}/ws`: one phone's line to its call.

use crate::{
    domain::{
        control::{FromPhone, PhoneMessage, ServerMessage},
        ids::CallId,
    },
    http::{
        Door,
        line::{self, Dialect, Ends, Fault, Outgoing},
        problem::Problem,
    },
    service::{Attachment, ServiceError},
};
use axum::{
    extract::{Path, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    response::Response,
};
use std::sync::Arc;

/// What a phone and its call with the machine say to each other.
pub struct Talk;

impl Dialect for Talk {
    const PROTOCOL: &'static str = "jianmian.v1";
    type Said = PhoneMessage;
    type Heard = FromPhone;
    type Told = ServerMessage;
    type Says = ServerMessage;

    fn heard(said: PhoneMessage) -> Result<Option<FromPhone>, Fault> {
        match &said {
            PhoneMessage::Ping => return Ok(None),
            PhoneMessage::Offer { sdp } => line::check_sdp(sdp)?,
            _ => {}
        }
        Ok(Some(FromPhone::Message(said)))
    }

    fn picture(jpeg: Vec<u8>) -> FromPhone {
        FromPhone::Still(jpeg)
    }

    fn lost() -> FromPhone {
        FromPhone::SocketLost
    }

    fn outgoing(says: ServerMessage) -> Outgoing<ServerMessage> {
        Outgoing::Message(says)
    }

    fn is_last(told: &ServerMessage) -> bool {
        matches!(told, ServerMessage::Result { .. })
    }

    fn pong() -> ServerMessage {
        ServerMessage::Pong
    }

    fn fault(code: &str, detail: String) -> ServerMessage {
        ServerMessage::Fault { code: code.to_owned(), detail }
    }
}

/// Upgrades, then hands the socket to its call.
pub async fn connect(
    State(door): State<Arc<Door>>,
    Path(call_id): Path<String>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let (places, still_bytes_max) = (door.sockets.clone(), door.settings.media.still_bytes_max);
    line::upgrade::<Talk, _, _>(upgrade, &places, still_bytes_max, async move |token: String| {
        let call_id = call_id.parse::<CallId>().map_err(|_| ServiceError::NotFound("call"))?;
        let Attachment { to_call, from_call } = door.service.attach(call_id, &token).await?;
        Ok(Ends { to_call, from_call })
    })
}
