//! A service on a fresh database with a clock that stands still, people to call, and ends of calls to conclude with.

use crate::domain_fixtures as good;
use chrono::{DateTime, Utc};
use jianmian::{
    clock::ManualClock,
    config::Settings,
    domain::{
        audit::Actor,
        beneficiary::IdNumber,
        call::{CallBrief, CallConclusion, CallRecord, CapturedStill},
        evidence::{CaptureEnd, LightOutcome, LivenessEvidence, Transport, TurnOutcome},
        finding::{FrameFindings, MeanColour, ModelStamp, PackStamp, QualityIssue},
        helper::Helper,
        ids::{BeneficiaryId, CallId, OfficerId},
        role::Role,
        score::{ComparisonScore, Embedding, QualityScore},
        verdict::{Decision, Reason, Verdict},
    },
    frame::Picture,
    service::{
        CONSENT_VERSION, CallStarter, Examiner, ExaminerError, Parts, PhotoSource, Progress,
        RosterFile, RosterOptions, RosterReport, Service, ServiceError, Source,
        views::{ConsentForm, OpenedCall, PasswordForm},
    },
    storage::{Db, Tx},
};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// Where databases come from.
pub trait Place: Sync {
    /// `database.url` of a fresh one.
    fn fresh(&self) -> String;
    /// Where the newest one's bytes lie, besides the data folder.
    fn folders(&self) -> Vec<PathBuf>;
}

/// Embedded databases, each in its data folder.
pub struct Files;

impl Place for Files {
    fn fresh(&self) -> String {
        "sqlite:jianmian.db".into()
    }
    fn folders(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

/// Plays the analysis: the mean colour of a picture is its face. Black shows nobody, white two people, dark grey is too dark.
#[derive(Debug)]
pub struct Painted {
    pub embedder_sha256: Mutex<String>,
}

#[async_trait::async_trait]
impl Examiner for Painted {
    async fn examine(&self, picture: &Picture) -> Result<FrameFindings, ExaminerError> {
        let pixels = picture.rgb();
        let mean = |channel: usize| {
            let values = pixels.iter().skip(channel).step_by(3).map(|v| f32::from(*v));
            values.clone().sum::<f32>() / values.map(|_| 1.0).sum::<f32>()
        };
        let (r, g, b) = (mean(0), mean(1), mean(2));
        let brightness = (r + g + b) / 3.0;
        // Another embedder measures otherwise.
        let twist = if *self.embedder_sha256.lock().unwrap() == "e1" { 1.0 } else { -1.0 };
        let embedding = Embedding::from_raw(vec![r, g * twist, b, 10.0]);
        let mut seen = FrameFindings {
            width_px: picture.width(),
            height_px: picture.height(),
            faces: 1 + u32::from(brightness > 240.0),
            brightness,
            ..good::frame(0, 0, None)
        };
        if let Some(face) = &mut seen.face {
            face.quality.issues.extend((brightness < 60.0).then_some(QualityIssue::TooDark));
            face.skin = MeanColour { r, g, b };
            face.embedding = embedding;
        }
        Ok(if brightness < 10.0 { good::without_face(0, 0) } else { seen })
    }

    fn pack(&self) -> Option<PackStamp> {
        Some(PackStamp {
            name: "painted".into(),
            models: vec![ModelStamp {
                role: "embedder".into(),
                name: "painted".into(),
                sha256: self.embedder_sha256.lock().unwrap().clone(),
            }],
            ..good::pack()
        })
    }
}

/// Keeps what would be started and stopped.
#[derive(Debug, Default)]
pub struct Desk {
    pub started: Mutex<Vec<CallBrief>>,
    pub stopped: Mutex<Vec<CallId>>,
    pub full: Mutex<Option<u64>>,
}

#[async_trait::async_trait]
impl CallStarter for Desk {
    fn admit(&self) -> Result<(), u64> {
        self.full.lock().unwrap().map_or(Ok(()), Err)
    }
    fn start(&self, brief: CallBrief) {
        self.started.lock().unwrap().push(brief);
    }
    fn stop(&self, call: CallId) {
        self.stopped.lock().unwrap().push(call);
    }
    async fn attach(&self, _call: CallId) -> Option<jianmian::service::Attachment> {
        None
    }
    fn live_calls(&self) -> usize {
        self.started.lock().unwrap().len()
    }
}

pub struct Stage {
    pub service: Arc<Service>,
    pub settings: Settings,
    pub clock: Arc<ManualClock>,
    pub examiner: Arc<Painted>,
    pub desk: Arc<Desk>,
    /// A second look at the same database.
    pub db: Db,
    pub data: tempfile::TempDir,
    people: AtomicU32,
}

/// Somebody with a link.
pub struct Guest {
    pub id: BeneficiaryId,
    pub token: String,
}

impl Stage {
    pub async fn set(place: &dyn Place) -> Self {
        Self::with(place, 0.0).await
    }

    /// Every automatic confirmation is drawn for an officer's look.
    pub async fn sampling(place: &dyn Place) -> Self {
        Self::with(place, 1.0).await
    }

    async fn with(place: &dyn Place, random_sample: f32) -> Self {
        Self::inside(tempfile::tempdir().unwrap(), place, random_sample).await
    }

    /// With this data folder.
    pub async fn inside(data: tempfile::TempDir, place: &dyn Place, random_sample: f32) -> Self {
        let mut settings = Settings::defaults();
        settings.server.data_dir = data.path().to_owned();
        settings.server.public_url = "https://county.example".into();
        settings.database.url = place.fresh();
        settings.calls.random_sample = random_sample;
        settings.demo.danger_enabled = true;
        settings.console.danger_password_only = true;
        // A Monday, 10:00 in China.
        let clock = ManualClock::at("2026-11-23T02:00:00.123Z".parse::<DateTime<Utc>>().unwrap());
        let examiner = Arc::new(Painted { embedder_sha256: Mutex::new("e1".into()) });
        let desk = Arc::new(Desk::default());
        let service = open(&settings, &clock, &examiner, &desk).await.unwrap();
        let db = Db::open(&settings.database.url, data.path()).await.unwrap();
        let people = AtomicU32::new(0);
        Self { service, settings, clock, examiner, desk, db, data, people }
    }

    /// Another service on the same database, as after a restart or on another machine.
    pub async fn again(&self, settings: &Settings) -> Arc<Service> {
        open(settings, &self.clock, &self.examiner, &self.desk).await.unwrap()
    }

    pub async fn tx(&self) -> Tx {
        self.db.read().await.unwrap()
    }

    /// Now on the stage's clock.
    pub fn now(&self) -> DateTime<Utc> {
        jianmian::clock::Clock::now(&*self.clock)
    }

    /// Seconds since 1970 on the stage's clock.
    pub fn clock_s(&self) -> i64 {
        jianmian::clock::Clock::now(&*self.clock).timestamp()
    }

    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A made-up id number that belongs to nobody (area 990000).
    pub fn number(&self) -> IdNumber {
        let n = self.people.fetch_add(1, Ordering::Relaxed);
        let digits = format!("990000194003{:02}{:03}", 1 + n % 28, n);
        let check = IdNumber::check_character(&digits).unwrap();
        IdNumber::parse(&format!("{digits}{check}")).unwrap()
    }

    /// Somebody from the roster with a green reference photograph, a link, and consent given.
    pub async fn guest(&self) -> Guest {
        let number = self.number();
        let csv = format!(
            "姓名,身份证号,上次认证日期,照片\n王秀兰,{},2025-12-03,green.jpg\n",
            number.expose()
        );
        let photos = |_: &str| Ok(painted(40, 200, 40));
        // All guests have one name and numbers that hardly differ: somebody looked at the papers.
        let options = RosterOptions { settled: [2].into(), ..RosterOptions::by(Actor::Operator) };
        let report = self.import(csv.as_str(), &photos, &options).await;
        assert!(report.imported(), "{:?}", report.faults);
        let id = self.tx().await.beneficiary_of_number(&number).await.unwrap().unwrap().id;
        let token = self.link(&id.to_string()).await;
        self.consent(&token).await.unwrap();
        Guest { id, token }
    }

    /// Adds made-up people from a table without photographs. Their names and numbers may be as alike as a test likes: all lines
    /// count as looked at by a person.
    pub async fn add_people(&self, csv: &str) {
        let settled = (2..=csv.lines().count() as u64).collect();
        let options = RosterOptions { settled, ..RosterOptions::by(Actor::Operator) };
        let report = self.import(csv, &|_| Err("no photographs".to_owned()), &options).await;
        assert!(report.imported(), "{:?}", report.faults.first());
    }

    pub async fn import(
        &self,
        file: impl Into<Vec<u8>>,
        photos: PhotoSource<'_>,
        options: &RosterOptions,
    ) -> RosterReport {
        let (file, quiet) = (RosterFile::from_bytes(file), Arc::new(|_, _, _| ()) as Progress);
        self.service.roster_import(file, photos, options, &quiet).await.unwrap()
    }

    pub async fn link(&self, who: &str) -> String {
        token_of(&self.service.new_link(who).await.unwrap().url)
    }

    pub async fn consent(&self, token: &str) -> Result<(), ServiceError> {
        self.consent_to(token, false).await
    }

    /// Consent, with or without that to keep a picture.
    pub async fn consent_to(&self, token: &str, keep_picture: bool) -> Result<(), ServiceError> {
        let form = ConsentForm {
            consent_version: CONSENT_VERSION.into(),
            language: "zh".into(),
            assisted: true,
            helper: Some(Helper::Family),
            own_consent: Some(true),
            keep_picture,
        };
        self.service.consent(token, form).await
    }

    /// Opens a call; what it was started with.
    pub async fn call(&self, token: &str) -> (OpenedCall, CallBrief) {
        let opened = self.service.open_call(token).await.unwrap();
        let brief = self.desk.started.lock().unwrap().last().unwrap().clone();
        assert_eq!(brief.call_id, opened.call_id);
        (opened, brief)
    }

    /// Opens a call and concludes it.
    pub async fn called(&self, token: &str, verdict: Verdict) -> CallId {
        let (opened, brief) = self.call(token).await;
        self.pass(30);
        self.service.conclude(conclusion(brief, verdict)).await.unwrap();
        opened.call_id
    }

    /// Signs in with a password alone; the session's token.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<String, ServiceError> {
        let (name, password) = (name.to_owned(), password.to_owned());
        let form = PasswordForm { name, password, code: String::new() };
        let session = self.service.sign_in(&form, &Source::default()).await?;
        Ok(session.session_token)
    }

    pub async fn officer(&self, name: &str) -> OfficerId {
        self.service.add_officer(name, "correct horse battery").await.unwrap()
    }

    /// Somebody with one role.
    pub async fn officer_as(&self, name: &str, role: Role) -> OfficerId {
        self.service.add_officer_as(name, &[role], Some("correct horse battery")).await.unwrap()
    }
}

async fn open(
    settings: &Settings,
    clock: &Arc<ManualClock>,
    examiner: &Arc<Painted>,
    desk: &Arc<Desk>,
) -> Result<Arc<Service>, jianmian::service::StartError> {
    let parts =
        Parts { settings: settings.clone(), clock: clock.clone(), examiner: examiner.clone() };
    let service = Service::open(parts).await?;
    service.set_starter(desk.clone());
    Ok(Arc::new(service))
}

pub fn token_of(url: &str) -> String {
    url.strip_prefix("https://county.example/p/").unwrap().to_owned()
}

/// A JPEG of one colour with a little pattern.
pub fn painted(r: u8, g: u8, b: u8) -> Vec<u8> {
    let pixel = |i: usize| if i.is_multiple_of(7) { [r ^ 3, g, b ^ 5] } else { [r, g, b] };
    let rgb = (0..160 * 120).flat_map(pixel).collect();
    Picture::from_rgb(160, 120, rgb).unwrap().to_jpeg(160, 90).unwrap()
}

pub fn flagged(reasons: &[Reason]) -> Verdict {
    Verdict::Flagged { reasons: reasons.to_vec() }
}

/// The end of a call with three stills and one probe.
pub fn conclusion(brief: CallBrief, verdict: Verdict) -> CallConclusion {
    ended(brief, verdict, CaptureEnd::Complete)
}

pub fn ended(brief: CallBrief, verdict: Verdict, end: CaptureEnd) -> CallConclusion {
    let embedding = Embedding::from_raw(vec![0.123_456_7, 0.765_432_1, 0.234_567_8]).unwrap();
    let liveness = LivenessEvidence {
        end,
        probes: vec![good::probe(2, embedding)],
        light: LightOutcome::Inconclusive(None),
        turn: TurnOutcome::Seen { after_ms: 900 },
        ..good::liveness()
    };
    let evidence = brief.evidence(Transport::Webrtc, None, liveness, Vec::new());
    let policy_version = brief.policy.version.clone();
    let still = |seq: u64| CapturedStill {
        seq,
        at_ms: seq * 1_000,
        probe: seq == 2,
        jpeg: painted(50, 180, 40 + u8::try_from(seq).unwrap()),
        width_px: 160,
        height_px: 120,
        eyes: Some([[60.0, 50.0], [100.0, 50.0]]),
        quality: Some(QualityScore::new(80.0)),
    };
    let record = CallRecord {
        brief,
        pack: None,
        transport: Transport::Webrtc,
        events: Vec::new(),
        evidence,
        decision: Decision {
            verdict,
            comparison: Some(ComparisonScore(0.61)),
            policy_version,
            meaning: None,
            attack: None,
        },
    };
    CallConclusion { record, stills: (1..=3).map(still).collect() }
}
