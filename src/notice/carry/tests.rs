use super::*;
use crate::config::{Secret, Settings};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread::JoinHandle,
};

fn parcel(channel: NoticeChannel, to: &str) -> Parcel {
    let at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    Parcel {
        id: "0199aaaa-0000-7000-8000-0000000000ab".into(),
        channel,
        to: to.into(),
        subject: (channel == NoticeChannel::Email).then(|| "确认".into()),
        text: "您好：打开 https://x.example/p/T 。".into(),
        planned_at: at,
        at,
    }
}

#[test]
fn the_outbox_keeps_one_file_a_parcel_however_often_it_is_carried() {
    let dir = tempfile::tempdir().unwrap();
    let carriers = Carriers::open(&Settings::defaults().notices, dir.path()).unwrap();
    let sms = parcel(NoticeChannel::Sms, "13800000000");
    for _ in 0..3 {
        assert_eq!(carriers.carry(&sms), Carried::Accepted);
    }
    let shelf = dir.path().join("sms/ab");
    let files: Vec<_> = std::fs::read_dir(&shelf).unwrap().collect();
    assert_eq!(files.len(), 1);
    let text = std::fs::read(shelf.join(format!("{}.json", sms.id))).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(json["to"], "13800000000");
    assert_eq!(json["text"], sms.text);
    std::fs::write(dir.path().join("email"), "a file where the folder should be").unwrap();
    let refused = carriers.carry(&parcel(NoticeChannel::Email, "a@b.example"));
    assert!(matches!(refused, Carried::TryLater(code) if code.starts_with("outbox_")));
}

/// Head and body of each request.
type Heard = Vec<(String, Vec<u8>)>;

/// A gateway that answers with these states, one after the other; what it heard.
fn gateway(states: &'static [u16]) -> (String, JoinHandle<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/sms", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let answer = |state: &u16| {
            let (mut stream, _) = listener.accept().unwrap();
            let request = read_request(&mut stream);
            write!(stream, "HTTP/1.1 {state} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
            request
        };
        states.iter().map(answer).collect()
    });
    (url, heard)
}

fn read_request(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).unwrap();
    }
    let lower = head.to_lowercase();
    let length = lower.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    (lower, body)
}

#[test]
fn the_gateway_gets_a_signed_message_with_the_same_key_each_time() {
    let (url, heard) = gateway(&[503, 429, 202, 422]);
    let mut settings = Settings::defaults().notices;
    settings.sms.gateway_url = url;
    settings.sms.gateway_secret = Secret::new("s3cret");
    let dir = tempfile::tempdir().unwrap();
    let carriers = Carriers::open(&settings, dir.path()).unwrap();
    let sms = parcel(NoticeChannel::Sms, "13800000000");
    let said: Vec<Carried> = (0..4).map(|_| carriers.carry(&sms)).collect();
    assert_eq!(
        said,
        [
            Carried::TryLater("http_503".into()),
            Carried::TryLater("http_429".into()),
            Carried::Accepted,
            Carried::Undeliverable("http_422".into()),
        ]
    );
    assert_eq!(carriers.carry(&sms), Carried::TryLater("no_connection".into()));
    for (head, body) in heard.join().unwrap() {
        let header = |name: &str| {
            let line = head.lines().find(|l| l.starts_with(&format!("{name}:"))).unwrap();
            line.split_once(':').unwrap().1.trim().to_owned()
        };
        assert_eq!(header("idempotency-key"), sms.id);
        let (timestamp, given) = (header(signature::TIMESTAMP), header(signature::SIGNATURE));
        assert!(signature::verify("s3cret", &timestamp, &body, &given, sms.at.timestamp()));
        let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&json["to"], &json["text"]), (&"13800000000".into(), &sms.text.clone().into()));
    }
}

/// A mail server that takes one message, and refuses those to `nobody`.
fn mail_server() -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let mut heard = String::new();
        for _ in 0..2 {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let say = |text: &str| (&stream).write_all(text.as_bytes()).unwrap();
            say("220 test\r\n");
            let mut in_data = false;
            let mut line = String::new();
            while {
                line.clear();
                reader.read_line(&mut line).unwrap_or(0) > 0
            } {
                heard.push_str(&line);
                if in_data {
                    if line == ".\r\n" {
                        in_data = false;
                        say("250 taken\r\n");
                    }
                } else if line.starts_with("DATA") {
                    in_data = true;
                    say("354 go\r\n");
                } else if line.contains("nobody") {
                    say("550 no such mailbox\r\n");
                } else if line.starts_with("QUIT") {
                    say("221 bye\r\n");
                    break;
                } else {
                    say("250 ok\r\n");
                }
            }
        }
        heard
    });
    (port, heard)
}

#[test]
fn mail_carries_the_notice_id_and_unknown_mailboxes_are_told() {
    let (port, heard) = mail_server();
    let mut settings = Settings::defaults().notices;
    settings.email.smtp_url = Secret::new(&format!("smtp://127.0.0.1:{port}"));
    settings.email.from = "社保中心 <office@county.example>".into();
    let dir = tempfile::tempdir().unwrap();
    let carriers = Carriers::open(&settings, dir.path()).unwrap();
    let unknown = carriers.carry(&parcel(NoticeChannel::Email, "nobody@home.example"));
    assert_eq!(unknown, Carried::Undeliverable("smtp_550".into()));
    assert_eq!(
        carriers.carry(&parcel(NoticeChannel::Email, "child@home.example")),
        Carried::Accepted
    );
    let bad = carriers.carry(&parcel(NoticeChannel::Email, "not an address"));
    assert_eq!(bad, Carried::Undeliverable("bad_address".into()));
    drop(carriers);
    let heard = heard.join().unwrap();
    assert!(heard.contains("<0199aaaa-0000-7000-8000-0000000000ab@county.example>"), "{heard}");
    settings.email.smtp_url = Secret::new("nonsense://x");
    let fault = Carriers::open(&settings, dir.path()).unwrap_err();
    assert!(fault.to_string().starts_with("notices.email.smtp_url: "), "{fault}");
}
