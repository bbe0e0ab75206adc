//! A user-space UDP relay between phone and port that loses, and can change its outer address, as a phone's network does.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{net::UdpSocket, task::JoinHandle};

pub struct Relay {
    pub address: SocketAddr,
    pub lost: Arc<AtomicU64>,
    tasks: Vec<JoinHandle<()>>,
}

impl Relay {
    /// Relays to `port`; of the phone's RTP packets every one in `loses_one_in` is lost at random (0: none).
    pub async fn start(port: SocketAddr, loses_one_in: u64) -> Self {
        let inner = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let outer = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let phone = Arc::new(Mutex::new(None));
        let lost = Arc::new(AtomicU64::new(0));
        let address = inner.local_addr().unwrap();
        let up = {
            let (inner, outer, phone) = (inner.clone(), outer.clone(), phone.clone());
            let lost = lost.clone();
            async move {
                let (mut buffer, mut state) = ([0; 2048], 0x2545_F491_4F6C_DD1D_u64);
                loop {
                    let (length, from) = inner.recv_from(&mut buffer).await.unwrap();
                    *phone.lock().unwrap() = Some(from);
                    let is_rtp = buffer[0] >= 128 && !(192..=223).contains(&buffer[1]);
                    if is_rtp && loses_one_in > 0 {
                        state ^= state << 13;
                        state ^= state >> 7;
                        state ^= state << 17;
                        if state.is_multiple_of(loses_one_in) {
                            lost.fetch_add(1, Ordering::Relaxed);
                            continue;
                        }
                    }
                    outer.send_to(&buffer[..length], port).await.unwrap();
                }
            }
        };
        let down = async move {
            let mut buffer = [0; 2048];
            loop {
                let (length, _) = outer.recv_from(&mut buffer).await.unwrap();
                let to = *phone.lock().unwrap();
                if let Some(to) = to {
                    inner.send_to(&buffer[..length], to).await.unwrap();
                }
            }
        };
        Self { address, lost, tasks: vec![tokio::spawn(up), tokio::spawn(down)] }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
