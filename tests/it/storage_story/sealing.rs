//! What lies on the disk tells nobody anything.

use super::stage::{Place, Stage, flagged, painted};
use jianmian::{
    domain::verdict::{Reason, Verdict},
    service::{Parts, Service, StartError},
};
use std::path::Path;

/// All bytes that database and service have written.
fn on_disk(folder: &Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            on_disk(&path, into);
        } else if let Ok(bytes) = std::fs::read(&path) {
            into.extend(bytes); // a socket cannot be read
        }
    }
}

/// Which of the needles stand in the bytes: one pass, since this is not optimised code.
fn found<'a>(bytes: &[u8], needles: &[(&'a str, &[u8])]) -> Vec<&'a str> {
    let mut begins = [false; 256];
    for (_, needle) in needles {
        begins[usize::from(needle[0])] = true;
    }
    let mut found = std::collections::BTreeSet::new();
    for (at, byte) in bytes.iter().enumerate() {
        if begins[usize::from(*byte)] {
            let here = needles.iter().filter(|(_, needle)| bytes[at..].starts_with(needle));
            found.extend(here.map(|(what, _)| *what));
        }
    }
    found.into_iter().collect()
}

pub async fn nothing_biometric_and_no_secret_in_the_clear(stage: &Stage, place: &dyn Place) {
    let guest = stage.guest().await;
    stage.officer("li").await;
    let session = stage.sign_in("li", "correct horse battery").await.unwrap();
    let (opened, _) = stage.call(&guest.token).await;
    stage.called(&guest.token, flagged(&[Reason::BelowAccept])).await;
    let other = stage.guest().await;
    stage.called(&other.token, Verdict::Confirmed).await;

    let mut bytes = Vec::new();
    on_disk(stage.data.path(), &mut bytes);
    place.folders().iter().for_each(|folder| on_disk(folder, &mut bytes));
    let still = painted(50, 180, 41);
    let middle = still.len() / 2;
    let in_the_clear = "王秀兰".as_bytes(); // the roster does: so it is seen that the search finds something
    let needles = [
        ("name", in_the_clear),
        ("start of a still", &still[..20]),
        ("middle of a still", &still[middle..middle + 24]),
        ("start of the reference", &painted(40, 200, 40)[..20]),
        ("JPEG", b"JFIF\0\x01".as_slice()),
        ("embedding", b"\"embedding\":["),
        ("record", b"\"least_self_comparison\""),
        ("link token", guest.token.as_bytes()),
        ("call token", opened.call_token.as_bytes()),
        ("session token", session.as_bytes()),
        ("password", b"correct horse battery"),
    ];
    assert_eq!(found(&bytes, &needles), ["name"]);
}

pub async fn key_and_policy_must_belong_to_the_database(stage: Stage) {
    let guest = stage.guest().await;
    stage.called(&guest.token, Verdict::Confirmed).await;
    let open = async |settings: &jianmian::config::Settings| {
        let clock = stage.clock.clone();
        let examiner = stage.examiner.clone();
        Service::open(Parts { settings: settings.clone(), clock, examiner }).await
    };
    let mut changed = stage.settings.clone();
    changed.policy.flat_below += 0.01;
    let error = open(&changed).await.unwrap_err();
    assert!(matches!(&error, StartError::PolicyChanged(v) if *v == changed.policy.version));
    changed.policy.version = "next".into();
    open(&changed).await.unwrap();
    open(&stage.settings).await.unwrap();

    let key = stage.data.path().join("vault.key");
    std::fs::rename(&key, stage.data.path().join("away.key")).unwrap();
    let error = open(&stage.settings).await.unwrap_err();
    assert!(matches!(error, StartError::ForeignKey), "{error}");
    std::fs::rename(stage.data.path().join("away.key"), &key).unwrap();
    open(&stage.settings).await.unwrap();
}
