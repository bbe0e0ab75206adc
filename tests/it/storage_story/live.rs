//! Live calls: the waiting room, ringing, and a result that is recorded once, with protocol and stills, or not at all.

use super::{
    calls::code,
    stage::{Guest, Stage, flagged, painted},
};
use jianmian::{
    call::{Examination, LiveAttachment, Switchboard},
    capture::MediaPort,
    clock::SystemClock,
    domain::{
        case::{CaseStatus, Disposition},
        confirmation::Channel,
        ids::{CaseId, LiveCallId, OfficerId},
        live_call::{LiveEnd, LivePhase, Party},
        live_control::{FromLive, LiveResult, LiveSaid, LiveTold, ToLive},
        live_record::LiveProtocol,
        verdict::Reason,
    },
    ledger::{verify_for, verifying_key},
    service::{
        ServiceError,
        views::{LiveCallView, LiveResultForm, OpenedLive},
    },
};
use std::time::Duration;

/// Longest wait for what should happen at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A county with a switchboard.
async fn exchange(stage: &Stage) {
    let mut media = stage.settings.media.clone();
    media.udp_listen = "127.0.0.1:0".parse().unwrap();
    media.tcp_listen = String::new();
    let port = MediaPort::bind(&media).await.unwrap();
    let live = stage.settings.live_calls.clone();
    let clock = SystemClock::shared();
    let switchboard = Switchboard::new(Examination::new(None), port, live, media, clock);
    stage.service.set_switchboard(switchboard);
}

/// One side of a talk, played by the test.
struct Player {
    ends: LiveAttachment,
    heard: Vec<LiveTold>,
}

impl Player {
    async fn joins(stage: &Stage, id: LiveCallId, party: Party, token: &str) -> Self {
        let ends = stage.service.attach_live(id, party, token).await.unwrap();
        let player = Self { ends, heard: Vec::new() };
        // No codec: this side has still frames only.
        player.says(LiveSaid::Ready { codecs: Vec::new() }).await;
        player
    }

    async fn says(&self, said: LiveSaid) {
        self.ends.to_call.send(FromLive::Message(said)).await.unwrap();
    }

    async fn shows(&self, jpeg: Vec<u8>) {
        self.ends.to_call.send(FromLive::Still(jpeg)).await.unwrap();
    }

    /// Waits until something was told that `wanted` takes.
    async fn hears<T>(&mut self, what: &str, wanted: impl Fn(&LiveTold) -> Option<T>) -> T {
        let listening = async {
            loop {
                match self.ends.from_call.recv().await.expect(what) {
                    ToLive::Message(told) => {
                        let found = wanted(&told);
                        self.heard.push(*told);
                        if let Some(found) = found {
                            return found;
                        }
                    }
                    ToLive::Picture(_) => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, listening).await.expect(what)
    }

    async fn talks(&mut self) {
        self.hears("talking", |told| match told {
            LiveTold::Standing { standing } if standing.phase == LivePhase::Talking => Some(()),
            _ => None,
        })
        .await;
    }
}

async fn flagged_case(stage: &Stage, guest: &Guest, reasons: &[Reason]) -> CaseId {
    stage.called(&guest.token, flagged(reasons)).await;
    let case = stage.tx().await.lane(jianmian::domain::queue::Lane::ToReview, stage.now(), 9).await;
    case.unwrap().into_iter().find(|r| r.case.beneficiary_id == guest.id).unwrap().case.id
}

/// Officer and person, both there.
async fn talk(
    stage: &Stage,
    (opened, desk): (&OpenedLive, &LiveCallView),
) -> (Player, Player, String) {
    let id = desk.live_call_id;
    let mut officer = Player::joins(stage, id, Party::Officer, &desk.call_token).await;
    let mut phone = Player::joins(stage, id, Party::Phone, &opened.call_token).await;
    let code = phone
        .hears("the code", |told| match told {
            LiveTold::Welcome { code, .. } => code.clone(),
            _ => None,
        })
        .await;
    officer.talks().await;
    phone.talks().await;
    (officer, phone, code)
}

/// The script to its end: word, code, one still.
async fn script(officer: &mut Player, phone: &Player, code: &str) {
    officer.says(LiveSaid::WordSaid).await;
    officer.says(LiveSaid::Code { digits: code.to_owned() }).await;
    let kept = async {
        // The picture is decoded beside; it is there after a moment.
        for _ in 0..50 {
            phone.shows(painted(40, 190, 40)).await;
            tokio::time::sleep(Duration::from_millis(400)).await;
            officer.says(LiveSaid::Snapshot).await;
            let sha256 = officer
                .hears("a still", |told| match told {
                    LiveTold::Snapshot { sha256 } => Some(sha256.clone()),
                    _ => None,
                })
                .await;
            if sha256.is_some() {
                return;
            }
        }
        panic!("no still was kept");
    };
    kept.await;
}

async fn conclude(
    stage: &Stage,
    officer: OfficerId,
    (id, case): (LiveCallId, CaseId),
    disposition: Disposition,
) -> Result<jianmian::service::views::DispositionView, ServiceError> {
    let version = stage.tx().await.case(case).await.unwrap().unwrap().case.version;
    let form = LiveResultForm { version, disposition };
    stage.service.conclude_live(officer, stage.now(), id, form).await
}

pub async fn seen_and_confirmed_once(stage: &Stage) {
    exchange(stage).await;
    let guest = stage.guest().await;
    let case = flagged_case(stage, &guest, &[Reason::BelowAccept]).await;
    let officer = stage.officer("chen").await;
    let desk = stage.service.ring(officer, case).await.unwrap();
    let invitation = stage.service.live_invitation(&guest.token).await.unwrap();
    assert!(invitation.rings);
    assert_eq!(invitation.word.as_deref(), Some(desk.word.as_str()));
    let opened = stage.service.join_live(&guest.token).await.unwrap();
    assert_eq!(opened.live_call_id, desk.live_call_id);
    let id = desk.live_call_id;
    let early = conclude(stage, officer, (id, case), Disposition::Confirm).await;
    assert_eq!(code(&early.unwrap_err()), "not_talked");

    let (mut there, mut phone, digits) = talk(stage, (&opened, &desk)).await;
    for (missing, step) in [("word_missing", 0), ("identity_missing", 1), ("snapshot_missing", 2)] {
        let early = conclude(stage, officer, (id, case), Disposition::Confirm).await;
        assert_eq!(code(&early.unwrap_err()), missing);
        match step {
            0 => there.says(LiveSaid::WordSaid).await,
            1 => there.says(LiveSaid::Code { digits: digits.clone() }).await,
            _ => script(&mut there, &phone, &digits).await,
        }
    }
    let other = stage.officer("zhou").await;
    let not_theirs = conclude(stage, other, (id, case), Disposition::Confirm).await;
    assert_eq!(code(&not_theirs.unwrap_err()), "not_yours");

    let (one, two) = tokio::join!(
        conclude(stage, officer, (id, case), Disposition::Confirm),
        conclude(stage, officer, (id, case), Disposition::Confirm)
    );
    let (done, refused) = if one.is_ok() { (one, two) } else { (two, one) };
    let done = done.unwrap();
    assert!(refused.is_err(), "once only");
    assert_eq!(done.status, CaseStatus::Confirmed);
    let told = phone
        .hears("the result", |told| match told {
            LiveTold::Over { result } => Some(result.clone()),
            _ => None,
        })
        .await;
    let (receipt_number, due_on) = (done.receipt_number.unwrap(), done.due_on.unwrap());
    assert_eq!(told, LiveResult::Confirmed { receipt_number, due_on });
    let words = serde_json::to_string(&phone.heard).unwrap();
    assert!(!words.contains("seen") && !words.contains("script"), "{words}");

    let mut tx = stage.tx().await;
    let made = tx.confirmations(guest.id).await.unwrap();
    let by_call: Vec<_> = made.iter().filter(|c| c.channel == Channel::VideoOfficer).collect();
    assert_eq!(by_call.len(), 1);
    let row = tx.live_call(id).await.unwrap().unwrap();
    assert_eq!(row.ending, Some(LiveEnd::Decided));
    let signed = row.protocol.unwrap();
    assert_eq!(by_call[0].evidence_sha256.as_deref(), Some(signed.sha256.as_str()));
    let view = stage.service.live_protocol(id).await.unwrap();
    let key = verifying_key(&view.public_key).unwrap();
    let holds =
        |text: &str| verify_for("live call protocol", text.as_bytes(), &view.signature, &key);
    assert_eq!(holds(&view.protocol), Ok(()));
    assert!(holds(&view.protocol.replace("confirm", "refused")).is_err());
    let protocol: LiveProtocol = serde_json::from_str(&view.protocol).unwrap();
    assert_eq!((protocol.officer_id, protocol.outcome.as_str()), (officer, "confirm"));
    assert!(protocol.code_read_ms.is_some() && !protocol.snapshots.is_empty());
    let stills = tx.live_stills_of(case).await.unwrap();
    assert_eq!(stills.len(), protocol.snapshots.len());
    drop(tx);
    let jpeg = stage.service.live_still(officer, stills[0].id).await.unwrap();
    assert!(jpeg.starts_with(&[0xff, 0xd8]));
    let again = stage.service.join_live(&guest.token).await.unwrap_err();
    assert_eq!(code(&again), "already_confirmed");
}

pub async fn who_waits_is_taken_by_one(stage: &Stage) {
    exchange(stage).await;
    let guest = stage.guest().await;
    let first = stage.service.join_live(&guest.token).await.unwrap();
    let second = stage.service.join_live(&guest.token).await.unwrap();
    assert_eq!(first.live_call_id, second.live_call_id, "nobody waits twice");
    let id = first.live_call_id;
    let stale = stage.service.attach_live(id, Party::Phone, &first.call_token).await;
    assert!(matches!(stale, Err(ServiceError::SignedOut)), "the newer page took over");
    let desks = [stage.officer("chen").await, stage.officer("zhou").await];
    let queue = stage.service.queue(desks[0], "live").await.unwrap();
    assert_eq!((queue.cases.len(), queue.cases[0].live), (1, Some("waiting")));
    let case = queue.cases[0].id;

    let (one, two) =
        tokio::join!(stage.service.ring(desks[0], case), stage.service.ring(desks[1], case));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "of two one has it");
    let refused = [one.as_ref().err(), two.as_ref().err()].into_iter().flatten().next().unwrap();
    assert_eq!(code(refused), "claimed");
    let winner = if one.is_ok() { desks[0] } else { desks[1] };
    // When the claim runs out, the call is still the officer's who has it.
    stage.pass(600);
    let loser = if one.is_ok() { desks[1] } else { desks[0] };
    let late = stage.service.ring(loser, case).await.unwrap_err();
    assert_eq!(code(&late), "in_live_call");
    stage.pass(600);
    let back = stage.service.ring(winner, case).await.unwrap();
    assert_eq!(back.live_call_id, id, "and comes back to it");

    let (mut officer, mut phone, _) = talk(stage, (&second, &back)).await;
    phone.says(LiveSaid::Caption { text: "no".into() }).await;
    let fault = |told: &LiveTold| match told {
        LiveTold::Fault { code, .. } => Some(code.clone()),
        _ => None,
    };
    assert_eq!(phone.hears("a fault", fault).await, "out_of_place");
    officer.says(LiveSaid::Caption { text: "大".repeat(121) }).await;
    assert_eq!(officer.hears("a fault", fault).await, "too_long");
    officer.says(LiveSaid::Caption { text: "请坐好".into() }).await;
    let caption = |told: &LiveTold| match told {
        LiveTold::Caption { text } => Some(text.clone()),
        _ => None,
    };
    assert_eq!(phone.hears("a caption", caption).await, "请坐好");

    officer.says(LiveSaid::Leave).await;
    let over = |told: &LiveTold| match told {
        LiveTold::Over { result } => Some(result.clone()),
        _ => None,
    };
    let ended = LiveResult::Ended { end: LiveEnd::HungUp };
    assert_eq!(phone.hears("the end", over).await, ended);
    let closed = async {
        loop {
            let row = stage.tx().await.live_call(id).await.unwrap().unwrap();
            if row.ended_at.is_some() {
                return row;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let row = tokio::time::timeout(PATIENCE, closed).await.unwrap();
    assert_eq!((row.ending, row.protocol.is_none()), (Some(LiveEnd::HungUp), true));
    let late = conclude(stage, winner, (id, case), Disposition::Confirm).await;
    assert_eq!(code(&late.unwrap_err()), "live_over");
}

pub async fn a_grave_case_needs_a_second_officer_all_the_same(stage: &Stage) {
    exchange(stage).await;
    let guest = stage.guest().await;
    let case = flagged_case(stage, &guest, &[Reason::FlatSurface]).await;
    let (officer, second) = (stage.officer("chen").await, stage.officer("zhou").await);
    let desk = stage.service.ring(officer, case).await.unwrap();
    let opened = stage.service.join_live(&guest.token).await.unwrap();
    let (mut there, phone, digits) = talk(stage, (&opened, &desk)).await;
    script(&mut there, &phone, &digits).await;
    let id = desk.live_call_id;
    let view = conclude(stage, officer, (id, case), Disposition::Confirm).await.unwrap();
    assert_eq!(view.status, CaseStatus::ToApprove);
    let none =
        |c: &jianmian::domain::confirmation::Confirmation| c.channel != Channel::VideoOfficer;
    assert!(stage.tx().await.confirmations(guest.id).await.unwrap().iter().all(none));
    stage.pass(400);
    let version = stage.tx().await.case(case).await.unwrap().unwrap().case.version;
    let form =
        jianmian::service::views::DispositionForm { version, disposition: Disposition::Approve };
    let approved = stage.service.dispose(second, stage.now(), case, form).await.unwrap();
    assert_eq!(approved.status, CaseStatus::Confirmed);
    let mut tx = stage.tx().await;
    let made = tx.confirmations(guest.id).await.unwrap();
    let made = made.iter().find(|c| c.channel == Channel::VideoOfficer).unwrap();
    let signed = tx.live_call(id).await.unwrap().unwrap().protocol.unwrap();
    assert_eq!(made.evidence_sha256.as_deref(), Some(signed.sha256.as_str()));
}

pub async fn a_link_is_sent_and_a_crash_leaves_nothing(stage: &Stage) {
    exchange(stage).await;
    let guest = stage.guest().await;
    let case = flagged_case(stage, &guest, &[Reason::TooDark]).await;
    let officer = stage.officer("chen").await;
    let desk = stage.service.ring(officer, case).await.unwrap();
    let sent = stage.service.send_live_link(officer, desk.live_call_id).await.unwrap();
    let token = super::stage::token_of(&sent.url);
    assert!(stage.service.live_invitation(&token).await.unwrap().rings, "the new link rings");
    stage.consent(&token).await.unwrap();
    let opened = stage.service.join_live(&token).await.unwrap();
    assert_eq!(opened.live_call_id, desk.live_call_id);

    let reborn = stage.again(&stage.settings).await;
    assert_eq!(reborn.sweep_live_calls(&stage.settings.server.node).await.unwrap(), 1);
    assert!(!reborn.live_invitation(&guest.token).await.unwrap().rings);
    let row = stage.tx().await.live_call(desk.live_call_id).await.unwrap().unwrap();
    assert_eq!((row.ending, row.protocol.is_none()), (Some(LiveEnd::Interrupted), true));
    assert!(stage.tx().await.live_stills_of(case).await.unwrap().is_empty());
    let status = stage.tx().await.case(case).await.unwrap().unwrap().case.status;
    assert_eq!(status, CaseStatus::Open, "the case stays where it was");
}
