//! A WebSocket in use, whatever is spoken on it: limits, pings, silence, and the two ways of its messages. The line may drop; the call
//! outlives it.

use super::{auth::is_token, problem::Problem};
use crate::service::ServiceError;
use axum::{
    body::Bytes,
    extract::{
        WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code, rejection::WebSocketUpgradeRejection},
    },
    http::StatusCode,
    response::Response,
};
use futures_util::{SinkExt, StreamExt, stream};
use serde::{Serialize, de::DeserializeOwned};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::sync::{Semaphore, mpsc};

/// Largest message, bytes; the largest still (`media.still_bytes_max`) is below it.
const MESSAGE_BYTES_MAX: usize = 512 << 10;
/// Largest control message, bytes: an SDP of 64 KiB and its escapes.
pub const TEXT_BYTES_MAX: usize = 96 << 10;
/// Largest SDP, bytes.
pub const SDP_BYTES_MAX: usize = 64 << 10;
/// Messages in one second. A start with trickled candidates needs about 30.
const MESSAGES_PER_SECOND: u32 = 60;
/// Misunderstandings before the socket is closed.
const FAULTS_MAX: u32 = 20;
/// Seconds between pings.
const PING_SECONDS: u32 = 10;
/// Seconds of silence (pongs count) after which the line is taken for lost.
const SILENCE_SECONDS: u32 = 30;
/// Longest time for one message to leave. A page that does not read is lost.
const SEND_TIME: Duration = Duration::from_secs(10);

/// Close codes of `docs/API.md`.
mod close {
    pub const BAD_TOKEN: u16 = 4401;
    pub const UNKNOWN_CALL: u16 = 4404;
    pub const TAKEN_OVER: u16 = 4409;
}

/// Code and detail of a misunderstanding.
pub type Fault = (&'static str, String);

/// What leaves on a socket.
pub enum Outgoing<M> {
    /// A control message.
    Message(M),
    /// A picture, JPEG.
    Picture(Vec<u8>),
}

/// What is spoken on a line: the subprotocol and its messages.
pub trait Dialect {
    /// The subprotocol.
    const PROTOCOL: &'static str;
    /// A control message of the page.
    type Said: DeserializeOwned + Send;
    /// What the call hears.
    type Heard: Send;
    /// A control message of the server.
    type Told: Serialize + Send + Sync;
    /// What the call says.
    type Says: Send;

    /// Checks a control message. `None`: it is a ping, which the line answers itself.
    fn heard(said: Self::Said) -> Result<Option<Self::Heard>, Fault>;
    /// A picture came.
    fn picture(jpeg: Vec<u8>) -> Self::Heard;
    /// The socket is gone.
    fn lost() -> Self::Heard;
    /// What is sent.
    fn outgoing(says: Self::Says) -> Outgoing<Self::Told>;
    /// After this the call is over.
    fn is_last(told: &Self::Told) -> bool;
    /// Answer to a ping.
    fn pong() -> Self::Told;
    /// A message was not understood.
    fn fault(code: &str, detail: String) -> Self::Told;
}

/// The two ends of a call.
pub struct Ends<D: Dialect> {
    /// Messages of the page.
    pub to_call: mpsc::Sender<D::Heard>,
    /// Messages for the page.
    pub from_call: mpsc::Receiver<D::Says>,
}

/// Upgrades, then hands the socket to its call, which `attach` finds by the token. Browsers do not show a page the status of a refused
/// upgrade, so a wrong token or an unknown call are told by close codes.
pub fn upgrade<D, A, F>(
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    places: &Arc<Semaphore>,
    still_bytes_max: usize,
    attach: A,
) -> Result<Response, Problem>
where
    D: Dialect + 'static,
    A: FnOnce(String) -> F + Send + 'static,
    F: Future<Output = Result<Ends<D>, ServiceError>> + Send,
{
    let upgrade = upgrade.map_err(|rejection| {
        Problem::new(rejection.status(), "not_a_websocket", rejection.body_text())
    })?;
    let upgrade = upgrade.protocols([D::PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "wrong_protocol",
            format!("ask for the subprotocols `{}` and the call's token", D::PROTOCOL),
        ));
    }
    let token = upgrade
        .requested_protocols()
        .filter_map(|p| p.to_str().ok())
        .find(|p| *p != D::PROTOCOL && is_token(p))
        .unwrap_or_default()
        .to_owned();
    let place = places.clone().try_acquire_owned().map_err(|_| Problem::busy("full", 10))?;
    let upgrade = upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .max_write_buffer_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(async move |socket| {
        converse::<D, _>(socket, still_bytes_max, attach(token)).await;
        drop(place);
    }))
}

async fn converse<D, F>(socket: WebSocket, still_bytes_max: usize, attach: F)
where
    D: Dialect,
    F: Future<Output = Result<Ends<D>, ServiceError>>,
{
    let (mut sink, stream) = socket.split();
    let end = match attach.await {
        Ok(ends) => {
            let line =
                Line { sink: &mut sink, still_bytes_max, faults: 0, messages: 0, silence: 0 };
            line.run::<D>(stream, ends).await
        }
        Err(error) => End::Close(refusal(error)),
    };
    if let End::Close((code, reason)) = end {
        let frame = CloseFrame { code, reason: reason.into() };
        let closing = async {
            let _ = sink.send(Message::Close(Some(frame))).await;
            let _ = sink.close().await;
        };
        let _ = tokio::time::timeout(SEND_TIME, closing).await;
    }
}

/// Close code and reason.
type Code = (u16, &'static str);

fn refusal(error: ServiceError) -> Code {
    match error {
        ServiceError::SignedOut | ServiceError::LinkUnknown | ServiceError::LinkExpired => {
            (close::BAD_TOKEN, "bad token")
        }
        ServiceError::NotFound(_) => (close::UNKNOWN_CALL, "unknown call"),
        other => {
            let _logged = Problem::from(other);
            (close_code::ERROR, "our own fault")
        }
    }
}

/// How a line ends.
#[derive(Debug, PartialEq)]
enum End {
    /// The phone is gone.
    Lost,
    /// We close it.
    Close(Code),
}

/// One socket in use.
struct Line<'a> {
    sink: &'a mut stream::SplitSink<WebSocket, Message>,
    still_bytes_max: usize,
    faults: u32,
    /// Messages in this second.
    messages: u32,
    /// Seconds since anything was heard.
    silence: u32,
}

impl Line<'_> {
    async fn run<D: Dialect>(
        mut self,
        mut from_page: stream::SplitStream<WebSocket>,
        ends: Ends<D>,
    ) -> End {
        let Ends { to_call, mut from_call } = ends;
        let mut second = tokio::time::interval(Duration::from_secs(1));
        let mut seconds: u32 = 0;
        let mut over = false;
        let end = loop {
            let step = tokio::select! {
                says = from_call.recv() => match says.map(D::outgoing) {
                    Some(Outgoing::Message(told)) => {
                        over |= D::is_last(&told);
                        self.send(&told).await
                    }
                    Some(Outgoing::Picture(jpeg)) => self.put(Message::Binary(jpeg.into())).await,
                    None if over => Err(End::Close((close_code::NORMAL, "the call is over"))),
                    None => Err(End::Close((close::TAKEN_OVER, "another page took the call"))),
                },
                (place, message) = next(&to_call, &mut from_page) => match message {
                    Some(Ok(message)) => self.hear::<D>(message, place).await,
                    Some(Err(error)) => Err(broken(&error)),
                    None => Err(End::Lost),
                },
                _ = second.tick() => {
                    seconds += 1;
                    self.tick(seconds).await
                }
            };
            if let Err(end) = step {
                break end;
            }
        };
        let _ = tokio::time::timeout(SEND_TIME, to_call.send(D::lost())).await;
        end
    }

    async fn tick(&mut self, seconds: u32) -> Result<(), End> {
        self.messages = 0;
        self.silence += 1;
        if self.silence > SILENCE_SECONDS {
            return Err(End::Lost);
        }
        if seconds.is_multiple_of(PING_SECONDS) {
            return self.put(Message::Ping(Bytes::new())).await;
        }
        Ok(())
    }

    /// Passes one message on to the call, in the place that was kept for it.
    async fn hear<D: Dialect>(
        &mut self,
        message: Message,
        place: mpsc::Permit<'_, D::Heard>,
    ) -> Result<(), End> {
        self.silence = 0;
        self.messages += 1;
        let heard = match message {
            Message::Close(_) => return Err(End::Lost),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            _ if self.messages > MESSAGES_PER_SECOND => {
                Err(("too_fast", format!("at most {MESSAGES_PER_SECOND} messages a second")))
            }
            Message::Text(text) => control::<D>(&text),
            Message::Binary(bytes) => {
                still(&bytes, self.still_bytes_max).map(|jpeg| Some(D::picture(jpeg)))
            }
        };
        match heard {
            Ok(Some(heard)) => {
                place.send(heard);
                Ok(())
            }
            Ok(None) => self.send(&D::pong()).await,
            Err((code, detail)) => self.fault::<D>(code, detail).await,
        }
    }

    async fn fault<D: Dialect>(&mut self, code: &str, detail: String) -> Result<(), End> {
        self.faults += 1;
        if self.faults > FAULTS_MAX {
            return Err(End::Close((close_code::POLICY, "too many faults")));
        }
        self.send(&D::fault(code, detail)).await
    }

    async fn send<M: Serialize>(&mut self, message: &M) -> Result<(), End> {
        let Ok(text) = serde_json::to_string(message) else {
            return Err(End::Close((close_code::ERROR, "our own fault")));
        };
        self.put(Message::Text(text.into())).await
    }

    async fn put(&mut self, message: Message) -> Result<(), End> {
        match tokio::time::timeout(SEND_TIME, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Lost),
        }
    }
}

/// The next message, read only when the call has a place for it: a busy call slows its page down, nothing piles up here.
async fn next<'a, H>(
    to_call: &'a mpsc::Sender<H>,
    from_page: &mut stream::SplitStream<WebSocket>,
) -> (mpsc::Permit<'a, H>, Option<Result<Message, axum::Error>>) {
    match to_call.reserve().await {
        Ok(place) => (place, from_page.next().await),
        // The call is over; its last messages are still being sent.
        Err(_) => std::future::pending().await,
    }
}

/// A message over the size limit is told apart from a torn line.
fn broken(error: &axum::Error) -> End {
    let text = error.to_string();
    if text.contains("too long") || text.contains("too large") || text.contains("too big") {
        End::Close((close_code::SIZE, "message too large"))
    } else {
        End::Lost
    }
}

fn control<D: Dialect>(text: &str) -> Result<Option<D::Heard>, Fault> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(("too_large", format!("a control message has at most {TEXT_BYTES_MAX} bytes")));
    }
    D::heard(serde_json::from_str(text).map_err(|e| ("malformed", e.to_string()))?)
}

/// Refuses an SDP over the limit.
pub fn check_sdp(sdp: &str) -> Result<(), Fault> {
    if sdp.len() > SDP_BYTES_MAX {
        return Err(("too_large", format!("an SDP has at most {SDP_BYTES_MAX} bytes")));
    }
    Ok(())
}

fn still(bytes: &[u8], bytes_max: usize) -> Result<Vec<u8>, Fault> {
    if bytes.len() > bytes_max {
        return Err(("too_large", format!("a still has at most {bytes_max} bytes")));
    }
    if !bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Err(("bad_picture", "a still is a JPEG".into()));
    }
    Ok(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::control::{FromPhone, PhoneMessage},
        http::phone::Talk,
    };

    #[test]
    fn control_messages_are_understood_or_named() {
        let shown = FromPhone::Message(PhoneMessage::Shown { step: 3 });
        assert_eq!(control::<Talk>(r#"{"type":"shown","step":3}"#), Ok(Some(shown)));
        assert_eq!(control::<Talk>(r#"{"type":"ping"}"#), Ok(None));
        let code = |text: &str| control::<Talk>(text).unwrap_err().0;
        for bad in [
            "",
            "{",
            "[]",
            r#"{"type":"nope"}"#,
            r#"{"type":"shown","step":-1}"#,
            r#"{"type":"shown","step":1,"x":1}"#,
        ] {
            assert_eq!(code(bad), "malformed", "{bad}");
        }
        assert_eq!(code(&"x".repeat(TEXT_BYTES_MAX + 1)), "too_large");
        let sdp = "v".repeat(SDP_BYTES_MAX + 1);
        assert_eq!(code(&format!(r#"{{"type":"offer","sdp":"{sdp}"}}"#)), "too_large");
    }

    #[test]
    fn a_still_is_a_jpeg_within_its_limit() {
        let jpeg = [0xff, 0xd8, 0xff, 0xe0];
        assert_eq!(still(&jpeg, 4), Ok(jpeg.to_vec()));
        assert_eq!(still(&jpeg, 3).unwrap_err().0, "too_large");
        assert_eq!(still(b"GIF89a", 99).unwrap_err().0, "bad_picture");
        assert_eq!(still(b"", 99).unwrap_err().0, "bad_picture");
    }
}
