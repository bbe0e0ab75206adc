//! The WebSocket of a call: protocol, limits, faults and close codes.

use super::{County, problem, stray_token};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{
    Error as SocketError, Message, client::IntoClientRequest, http::HeaderValue,
};

/// Tries to open the socket of a call; the response when it is refused.
async fn socket(
    county: &County,
    call: &str,
    protocols: Option<&str>,
) -> Result<Socket, tokio_tungstenite::tungstenite::http::Response<Option<Vec<u8>>>> {
    let url = format!("ws://{}/api/phone/calls/{call}/ws", county.address);
    let mut request = url.into_client_request().unwrap();
    if let Some(protocols) = protocols {
        let value = HeaderValue::from_str(protocols).unwrap();
        request.headers_mut().insert("sec-websocket-protocol", value);
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(SocketError::Http(response)) => Err(*response),
        Err(other) => panic!("{other}"),
    }
}

pub(super) type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<TcpStream>>;

#[tokio::test]
async fn a_socket_speaks_our_protocol_or_none() {
    let county = County::open().await;
    let call = "0190a5e2-7c3f-7000-8000-123456789012";
    for protocols in [None, Some("graphql-ws"), Some("jianmian.v2, token")] {
        let refused = socket(&county, call, protocols).await.err().unwrap();
        assert_eq!(refused.status(), 400, "{protocols:?}");
    }
    let plain = county.get(&format!("/api/phone/calls/{call}/ws")).send().await.unwrap();
    problem(plain, 400, "not_a_websocket").await;
    county.close().await;
}

impl County {
    /// A socket of an opened call.
    pub(super) async fn attached(&self, opened: &Value, token: &str) -> Socket {
        let call = opened["call_id"].as_str().unwrap();
        socket(self, call, Some(&format!("jianmian.v1, {token}"))).await.ok().unwrap()
    }
}

/// The next control message.
pub(super) async fn heard(socket: &mut Socket) -> Value {
    loop {
        match next(socket).await {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn next(socket: &mut Socket) -> Message {
    let message = tokio::time::timeout(Duration::from_secs(20), socket.next()).await;
    message.expect("nothing came").expect("ended").unwrap()
}

/// The code that the socket is closed with, whatever came before.
async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        if let Message::Close(frame) = next(socket).await {
            return frame.unwrap().code.into();
        }
    }
}

#[tokio::test]
async fn close_codes_tell_a_bad_token_an_unknown_call_and_a_take_over() {
    let county = County::open().await;
    let (_, opened) = county.call().await;
    let token = opened["call_token"].as_str().unwrap();
    assert_eq!(close_code(&mut county.attached(&opened, &stray_token()).await).await, 4401);
    assert_eq!(close_code(&mut county.attached(&opened, "").await).await, 4401);
    for call in ["0190a5e2-7c3f-7000-8000-123456789012", "no-call-at-all"] {
        let offered = format!("jianmian.v1, {token}");
        let mut stray = socket(&county, call, Some(&offered)).await.ok().unwrap();
        assert_eq!(close_code(&mut stray).await, 4404);
    }
    let mut first = county.attached(&opened, token).await;
    assert_eq!(heard(&mut first).await["type"], "welcome");
    let mut second = county.attached(&opened, token).await;
    assert_eq!(heard(&mut second).await["type"], "welcome");
    assert_eq!(close_code(&mut first).await, 4409);
    county.close().await;
}

#[tokio::test]
async fn what_a_call_does_not_understand_is_named_and_the_call_goes_on() {
    let county = County::open().await;
    let (_, opened) = county.call().await;
    let mut socket = county.attached(&opened, opened["call_token"].as_str().unwrap()).await;
    assert_eq!(heard(&mut socket).await["type"], "welcome");
    let sdp = |bytes: usize| json!({"type": "offer", "sdp": "v".repeat(bytes)}).to_string();
    for (message, code) in [
        (Message::text("{"), "malformed"),
        (Message::text(r#"{"type":"confirm_me"}"#), "malformed"),
        (Message::text(sdp(64 * 1024 + 1)), "too_large"),
        (Message::text(sdp(40)), "bad_sdp"),
        (Message::binary(&b"GIF89a"[..]), "bad_picture"),
        (Message::binary(vec![0xff; 400_001]), "too_large"),
        (Message::binary(&b"\xff\xd8\xff\xe0cut off"[..]), "out_of_place"),
        // Nobody helps with this call, as its consent says.
        (Message::text(r#"{"type":"camera","side":"rear"}"#), "out_of_place"),
        (Message::text(r#"{"type":"camera","side":"ceiling"}"#), "malformed"),
    ] {
        socket.send(message).await.unwrap();
        let fault = heard(&mut socket).await;
        assert_eq!((&fault["type"], &fault["code"]), (&json!("fault"), &json!(code)), "{fault}");
    }
    socket.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    assert_eq!(heard(&mut socket).await["type"], "pong");
    for _ in 0..30 {
        let _late = socket.send(Message::text("[]")).await;
    }
    assert_eq!(close_code(&mut socket).await, 1008);
    county.close().await;
}

#[tokio::test]
async fn an_oversize_message_ends_its_socket_and_the_call_can_be_taken_up_again() {
    let county = County::open().await;
    let (_, opened) = county.call().await;
    let token = opened["call_token"].as_str().unwrap();
    let mut socket = county.attached(&opened, token).await;
    assert_eq!(heard(&mut socket).await["type"], "welcome");
    let _cut = socket.send(Message::binary(vec![0xff; 600 * 1024])).await;
    assert_eq!(close_code(&mut socket).await, 1009);
    let mut again = county.attached(&opened, token).await;
    assert_eq!(heard(&mut again).await["type"], "welcome");
    county.close().await;
}

#[tokio::test]
async fn a_flood_of_messages_is_answered_with_faults_and_then_the_end() {
    let county = County::open().await;
    let (_, opened) = county.call().await;
    let mut socket = county.attached(&opened, opened["call_token"].as_str().unwrap()).await;
    for _ in 0..200 {
        let _late = socket.feed(Message::text(r#"{"type":"shown","step":0}"#)).await;
    }
    let _late = socket.flush().await;
    let mut codes = Vec::new();
    let code = loop {
        match next(&mut socket).await {
            Message::Text(text) => codes.push(text.to_string()),
            Message::Close(frame) => break u16::from(frame.unwrap().code),
            _ => {}
        }
    };
    assert_eq!(code, 1008);
    assert!(codes.iter().any(|c| c.contains("too_fast")), "{codes:?}");
    county.close().await;
}
