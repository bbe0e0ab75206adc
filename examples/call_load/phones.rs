//! The phones' process: orders come as JSON lines, offers go back as JSON lines.

use super::{
    phone::{Phone, Way},
    streams::Stream,
};
use anyhow::Result;
use jianmian::capture::Codec;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, io::BufRead, sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// Pause between two pictures: 15 a second.
const PAUSE: Duration = Duration::from_micros(66_600);

/// What the server's process says.
#[derive(Serialize, Deserialize)]
pub enum Order {
    Dial { call: usize },
    Answer { call: usize, sdp: String },
    HangUp { call: usize },
}

/// What a phone says.
#[derive(Serialize, Deserialize)]
pub struct Offer {
    pub call: usize,
    pub sdp: String,
}

/// Serves orders until the other end closes.
pub async fn run(clip: Stream) -> Result<()> {
    let clip = Arc::new(clip);
    let (send, mut orders) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let Ok(order) = serde_json::from_str::<Order>(&line) else { continue };
            if send.send(order).is_err() {
                return;
            }
        }
    });
    let mut phones: HashMap<usize, mpsc::UnboundedSender<String>> = HashMap::new();
    while let Some(order) = orders.recv().await {
        match order {
            Order::Dial { call } => {
                let (answers, answered) = mpsc::unbounded_channel();
                phones.insert(call, answers);
                tokio::spawn(film(call, Arc::clone(&clip), answered));
            }
            Order::Answer { call, sdp } => {
                if let Some(phone) = phones.get(&call) {
                    let _ = phone.send(sdp); // a phone that failed has said so
                }
            }
            Order::HangUp { call } => {
                phones.remove(&call);
            }
        }
    }
    Ok(())
}

/// One phone: offers, takes the answer, films until it is hung up.
async fn film(call: usize, clip: Arc<Stream>, mut answered: mpsc::UnboundedReceiver<String>) {
    let mut phone = Phone::new(&[Codec::H264]).await;
    phone.pause = PAUSE;
    let offer = Offer { call, sdp: phone.offer().await };
    if let Ok(line) = serde_json::to_string(&offer) {
        println!("{line}");
    }
    let Some(answer) = answered.recv().await else { return };
    phone.take(&answer, Codec::H264, Way::Udp).await;
    phone.connected().await;
    tokio::select! {
        () = phone.film(&clip, usize::MAX) => {}
        _ = answered.recv() => {}
    }
    phone.hang_up().await;
}
