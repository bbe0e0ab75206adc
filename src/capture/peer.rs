//! One phone's media connection.

use super::{
    CaptureError, Codec, MediaPort,
    decode::Sink,
    engine::{engine, sound_codec, video_codec},
    guard::guarded_async,
    port::Seat,
    relay::{Agreed, Leg, Sending},
    runtime::Machine,
    sdp,
    video::{self, Video},
};
use crate::{clock::SharedClock, config::Media, domain::control::IceCandidate, frame::Frame};
use rtc::{ice::mdns::MulticastDnsMode, rtp_transceiver::rtp_sender::RtpCodecKind};
use std::{
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc, watch};
use webrtc::{
    media_stream::track_remote::TrackRemote,
    peer_connection::{
        PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
        RTCPeerConnectionState, RTCSessionDescription, SettingEngineBuilder,
    },
};

/// Events that wait for `call`. When full, further ones are dropped; `call` reads them at once, so that means it is gone.
const EVENTS_WAITING: usize = 32;
/// Offers in one connection: the first, and about five for every change of network in a call of some minutes (a phone looks for its way until
/// it knows of one).
const OFFERS_MAX: u32 = 64;
/// Candidates in one connection; phones send about ten an offer.
const CANDIDATES_MAX: u32 = 640;
/// Silence after which the line counts as broken. Phones check it every 2 to 3 s (RFC 7675: at most 5 s apart).
const DISCONNECTED_AFTER: Duration = Duration::from_secs(5);
/// Further silence after which it counts as lost.
const FAILED_AFTER: Duration = Duration::from_secs(25);

/// What happens on the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerEvent {
    /// Media can flow.
    Connected,
    /// Nothing was heard for a while; it may come back by itself or by an offer with an ICE restart.
    Disconnected,
    /// The connection is lost for good; only a new peer or still frames help.
    Failed,
    /// The first picture of a codec was decoded.
    VideoStarted {
        /// The codec.
        codec: Codec,
    },
    /// The phone ended its video.
    VideoEnded,
}

/// The other end of a [`Peer`].
#[derive(Debug)]
pub struct PeerEvents {
    /// Changes of the connection.
    pub events: mpsc::Receiver<PeerEvent>,
    /// The newest picture; every decoded one is put here, slow readers miss some.
    pub frames: watch::Receiver<Option<Frame>>,
}

/// A media connection. [`Peer::close`] frees it; dropping it does so in the background.
pub struct Peer {
    connection: Arc<dyn PeerConnection>,
    seat: Arc<Seat>,
    shared: Arc<Shared>,
    /// One offer at a time; whether the tracks of a leg are still to be added.
    negotiating: Arc<AsyncMutex<Tracks>>,
    offers: AtomicU32,
    candidates: AtomicU32,
}

/// What the connection's handler and the video task share.
pub(super) struct Shared {
    pub sink: Sink,
    pub clock: SharedClock,
    /// Payload types, as last agreed.
    pub agreed: Arc<RwLock<Agreed>>,
    /// Media can flow now.
    pub connected: Arc<AtomicBool>,
    /// The place in a relay; a call with the machine has none.
    pub leg: Option<Leg>,
    /// Tasks and threads to stop at the end.
    pub video: Mutex<Video>,
}

/// Whether a connection's own tracks are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tracks {
    #[default]
    ToAdd,
    Added,
}

struct Handler(Arc<Shared>);

impl Peer {
    /// Opens a connection that waits for an offer. With a `leg` it takes part in a relay: sound and the other side's media flow as well.
    ///
    /// `opened` is `clock.monotonic()` at the opening of the call: frames are stamped `at_ms` since then. Frames count from
    /// `first_seq`, so that a replaced peer goes on counting.
    ///
    /// # Errors
    /// When no place is left or the engine does not start.
    pub async fn open(
        port: &MediaPort,
        settings: &Media,
        clock: SharedClock,
        opened: Duration,
        first_seq: u64,
        leg: Option<Leg>,
    ) -> Result<(Self, PeerEvents), CaptureError> {
        let (seat, inbox) = Seat::take(&port.wire)?;
        let seat = Arc::new(seat);
        let (events, events_out) = mpsc::channel(EVENTS_WAITING);
        let (frames, frames_out) = watch::channel(None);
        let sink = Sink {
            frames,
            events: events.clone(),
            keyframe: leg.as_ref().map_or_else(|| Arc::new(Notify::new()), Leg::keyframe),
            seq: Arc::new(AtomicU64::new(first_seq)),
            opened,
            side_max_px: settings.side_max_px,
        };
        let (engine, interceptors) = engine(leg.as_ref())?;
        let shared = Arc::new(Shared {
            sink,
            clock,
            agreed: Arc::default(),
            connected: Arc::default(),
            leg,
            video: Mutex::default(),
        });
        let machine = Machine::new(Arc::clone(&seat), inbox, events);
        let addresses = Machine::addresses(&port.wire);
        let tcp =
            if port.wire.tcp_candidates.is_empty() { vec![] } else { addresses[..1].to_vec() };
        let setting = SettingEngineBuilder::new()
            .with_lite(true)
            .with_include_loopback_candidate(true)
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            .with_ice_timeouts(Some(DISCONNECTED_AFTER), Some(FAILED_AFTER), None)
            .build();
        let builder = PeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::new().build())
            .with_media_engine(engine)
            .with_interceptor_registry(interceptors)
            .with_setting_engine(setting)
            .with_handler(Arc::new(Handler(Arc::clone(&shared))))
            .with_runtime(Arc::new(machine))
            .with_udp_addrs(addresses)
            .with_tcp_addrs(tcp);
        // Large, and open() is awaited inside the futures of others.
        let connection = Box::pin(builder.build())
            .await
            .map_err(|_| CaptureError::Engine("a connection cannot be made"))?;
        let peer = Self {
            connection: Arc::new(connection),
            seat,
            shared,
            negotiating: Arc::default(),
            offers: AtomicU32::new(0),
            candidates: AtomicU32::new(0),
        };
        Ok((peer, PeerEvents { events: events_out, frames: frames_out }))
    }

    /// Answers an offer: the first, or a later one with an ICE restart. The answer carries all candidates of the port.
    ///
    /// # Errors
    /// When the offer is too large, malformed or without usable video. An offer that was refused may be followed by a better one.
    pub async fn offer(&self, sdp: &str) -> Result<String, CaptureError> {
        let only = self.shared.leg.as_ref().map(Leg::codec);
        let offer = sdp::trim_offer(sdp, only)?;
        if self.offers.fetch_add(1, Ordering::Relaxed) >= OFFERS_MAX {
            return Err(CaptureError::TooManyOffers(OFFERS_MAX));
        }
        let connection = Arc::clone(&self.connection);
        let mut turn = Arc::clone(&self.negotiating).lock_owned().await;
        let shared = Arc::clone(&self.shared);
        // In its own task, so that a caller who gives up does not leave the engine half way.
        let answered = tokio::spawn(async move {
            if std::mem::replace(&mut *turn, Tracks::Added) == Tracks::ToAdd {
                send_too(connection.as_ref(), &shared).await?;
            }
            let answered = guarded_async("offer", answer(connection.as_ref(), offer)).await;
            answered.map_err(|_| CaptureError::Offer("it breaks the parser"))?
        });
        let broken = || CaptureError::Offer("it breaks the parser");
        let answer = answered.await.map_err(|_| broken())??;
        let (ufrag, agreed) = sdp::agreed(&answer)?;
        *self.shared.agreed.write().unwrap_or_else(PoisonError::into_inner) = agreed;
        self.seat.name(&ufrag);
        let wire = &self.seat.wire;
        Ok(sdp::with_candidates(&answer, &wire.udp_candidates, &wire.tcp_candidates))
    }

    /// Takes a trickled candidate. Its form is checked; the server itself never contacts an address that a phone names.
    ///
    /// # Errors
    /// When it is malformed, or one of too many.
    pub fn add_candidate(&self, candidate: &IceCandidate) -> Result<(), CaptureError> {
        if self.candidates.fetch_add(1, Ordering::Relaxed) >= CANDIDATES_MAX {
            return Err(CaptureError::Candidate("it is one of too many"));
        }
        sdp::check_candidate(&candidate.candidate)
    }

    /// Asks the phone for a key frame soon.
    pub fn request_keyframe(&self) {
        self.shared.sink.keyframe.notify_one();
    }

    /// Ends the connection and frees everything it holds.
    pub async fn close(self) {
        release(Arc::clone(&self.connection), Arc::clone(&self.seat), Arc::clone(&self.shared))
            .await;
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.seat.leave();
        let video = self.shared.video.lock().unwrap_or_else(PoisonError::into_inner);
        if video.is_closed() {
            return;
        }
        drop(video);
        let (connection, seat, shared) =
            (Arc::clone(&self.connection), Arc::clone(&self.seat), Arc::clone(&self.shared));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(release(connection, seat, shared));
        }
    }
}

async fn release(connection: Arc<dyn PeerConnection>, seat: Arc<Seat>, shared: Arc<Shared>) {
    seat.leave();
    let (tasks, threads) = shared.video.lock().unwrap_or_else(PoisonError::into_inner).close();
    // An error here says only that it was closed before.
    let _ = connection.close().await;
    for task in tasks {
        task.abort();
        let _ = task.await;
    }
    // The threads end after the unit in work, now that nobody submits more.
    let _ = tokio::task::spawn_blocking(|| {
        for thread in threads {
            let _ = thread.join();
        }
    })
    .await;
}

/// Gives a leg its tracks, before the first offer is read.
async fn send_too(
    connection: &dyn PeerConnection,
    shared: &Arc<Shared>,
) -> Result<(), CaptureError> {
    let Some(leg) = &shared.leg else { return Ok(()) };
    let clock = SharedClock::clone(&shared.clock);
    let state = (Arc::clone(&shared.agreed), Arc::clone(&shared.connected));
    let codecs = (video_codec(leg.codec()), sound_codec());
    let sending = Sending::add(connection, leg, clock, codecs, state).await?;
    video::keep(shared, sending.start());
    Ok(())
}

async fn answer(connection: &dyn PeerConnection, offer: String) -> Result<String, CaptureError> {
    // The engine's errors may repeat the offer, so they are not kept.
    let malformed = |_| CaptureError::Offer("it is malformed");
    let offer = RTCSessionDescription::offer(offer).map_err(malformed)?;
    connection.set_remote_description(offer).await.map_err(malformed)?;
    let answer = connection.create_answer(None).await.map_err(malformed)?;
    let sdp = answer.sdp.clone();
    connection.set_local_description(answer).await.map_err(malformed)?;
    Ok(sdp)
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let connected = state == RTCPeerConnectionState::Connected;
        self.0.connected.store(connected, Ordering::Relaxed);
        if let (true, Some(leg)) = (connected, &self.0.leg) {
            leg.ask_keyframe();
        }
        let event = match state {
            RTCPeerConnectionState::Connected => PeerEvent::Connected,
            RTCPeerConnectionState::Disconnected => PeerEvent::Disconnected,
            RTCPeerConnectionState::Failed => PeerEvent::Failed,
            _ => return,
        };
        let _ = self.0.sink.events.try_send(event);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let sound = track.kind().await == RtpCodecKind::Audio;
        video::watch(&self.0, track, sound);
    }
}
