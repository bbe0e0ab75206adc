//! Use cases; the only opener of transactions.
//!
//! In: requests of the door and of the command line, conclusions of calls. Out: [`views`]. May use: call, ledger, vault,
//! notice, storage, domain, frame, clock, config.
//!
//! Every use case reads, decides and writes in one transaction, with its audit event inside. Whatever concerns a beneficiary
//! begins by holding that beneficiary's row, so that two of them never interleave.

mod appointments;
mod attempts;
mod audit;
mod batches;
mod booking;
mod by_evidence;
mod calendar;
mod calibration;
mod calls;
mod case_export;
mod case_view;
mod cases;
mod certificate;
mod conclude;
mod continuation;
mod county;
mod data_match;
mod demo;
mod desk_views;
mod dispose;
pub mod due;
mod enrol;
pub mod error;
mod event_file;
mod examiner;
mod explain;
mod find;
mod history;
mod invitations;
mod links;
pub mod live;
mod live_call;
mod news;
mod notices;
mod officers;
mod paper_forms;
mod passkeys;
mod passwords;
mod person;
mod phone;
mod photo;
mod pictures;
mod policy_changes;
mod proposal_view;
mod proposals;
mod quality;
mod queue;
mod record;
mod renewal;
mod roster;
mod rules;
mod schemes;
mod seeds;
mod sign_in;
mod signals;
mod sitting;
mod special_care;
mod station;
mod statistics;
mod time_limits;
mod token;
mod undo;
pub mod views;
mod visit_record;
mod visits;

pub use crate::call::LiveAttachment;
pub use batches::PART_BYTES;
pub use by_evidence::EvidenceOfLife;
pub use calendar::{CALENDAR_BYTES_MAX, CalendarReport};
pub use calibration::ConfirmedCall;
pub use calls::{CallAccess, CallStarter};
pub use case_export::{EXPORT_PURPOSE, ExportedCase};
pub use continuation::{
    ANSWER_BYTES_MAX, AnswerFault, AnswerReport, ContinuationView, ExportReport, Exported,
    FeedClient, FeedPage,
};
pub use error::{ServiceError, StartError};
pub use event_file::EVENT_FILE_BYTES_MAX;
pub use examiner::{Examiner, ExaminerError, NoExaminer};
pub use explain::{Explanation, Told};
pub use history::{HistoryFound, HistoryReport};
pub use live::{Attachment, Live, Vitals};
pub use notices::{
    DeliveryAnswer, NoticeCount, NoticePreview, PreviewOf, RunOptions, RunReport, RunStep,
};
pub use officers::Invited;
pub use phone::CONSENT_VERSION;
pub use roster::{
    CSV_BYTES_MAX, FAULTS_MAX, PHOTOS_MAX, PhotoFile, PhotoOutcome, PhotoSource, PhotosOptions,
    PhotosReport, Progress, ROWS_MAX, RosterFault, RosterFile, RosterLine, RosterOptions,
    RosterOutcome, RosterReport, Step, XLSX_BYTES_MAX,
};
pub use sign_in::{NewSession, Source};

pub use signals::SignalForm;
pub use time_limits::CaseClock;

use crate::{
    clock::SharedClock,
    config::Settings,
    domain::{beneficiary::Beneficiary, finding::PackStamp, ids::BeneficiaryId},
    storage::{Db, Tx},
    vault::{DataKey, Vault},
};
use chrono::{DateTime, SubsecRound, Utc};
use std::sync::{Arc, OnceLock};

/// What the use cases are built from.
#[derive(Debug)]
pub struct Parts {
    /// Settings; they name database and key file.
    pub settings: Settings,
    /// Time.
    pub clock: SharedClock,
    /// Looks at single pictures.
    pub examiner: Arc<dyn Examiner>,
}

/// All use cases.
#[derive(Debug)]
pub struct Service {
    db: Db,
    vault: Vault,
    clock: SharedClock,
    settings: Settings,
    examiner: Arc<dyn Examiner>,
    starter: OnceLock<Arc<dyn CallStarter>>,
    live_lines: OnceLock<live_call::LiveLines>,
    /// Passwords looked at at the same time: each takes memory and a core for a moment.
    password_places: passwords::PasswordPlaces,
    news: news::News,
    running: news::Running,
    figures: county::Counted,
    batches: batches::Board,
}

impl Service {
    /// Opens database and vault (both are made on first start), and makes sure that they belong together and that the policy's
    /// version still means the same limits.
    ///
    /// # Errors
    /// When one of them cannot be used; the message names what and what to do.
    pub async fn open(parts: Parts) -> Result<Self, StartError> {
        let Parts { settings, clock, examiner } = parts;
        let db = Db::open(&settings.database.url, &settings.server.data_dir).await?;
        let vault = Vault::open(&settings.in_data_dir(&settings.vault.key_file))?;
        let service = Self {
            db,
            vault,
            clock,
            settings,
            examiner,
            starter: OnceLock::new(),
            live_lines: OnceLock::new(),
            password_places: passwords::PasswordPlaces::default(),
            news: news::News::default(),
            running: news::Running::default(),
            figures: county::Counted::default(),
            batches: batches::Board::default(),
        };
        service.check_belonging().await?;
        Ok(service)
    }

    async fn check_belonging(&self) -> Result<(), StartError> {
        let mut tx = self.db.write().await?;
        let at = self.now();
        if !tx.know_vault_key(&self.vault.key_id(), at).await? {
            return Err(StartError::ForeignKey);
        }
        let recorded = tx.record_policy(&self.settings.policy, at).await?;
        if recorded != self.settings.policy {
            return Err(StartError::PolicyChanged(recorded.version));
        }
        self.seed_schemes(&mut tx).await.map_err(StartError::Schemes)?;
        Ok(tx.commit().await?)
    }

    /// Gives the service its way to start calls. Once; a second time changes nothing.
    pub fn set_starter(&self, starter: Arc<dyn CallStarter>) {
        let _ = self.starter.set(starter);
    }

    /// Asks the database whether it answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn health(&self) -> Result<(), ServiceError> {
        Ok(self.db.read().await?.ping().await?)
    }

    /// Waits for what is being written and closes the database.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// News of the queue.
    pub fn news(&self) -> &news::News {
        &self.news
    }

    /// Settings in use.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Now, to the millisecond, as it is stored.
    fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(3)
    }

    /// The models in use are for trial.
    fn trial(&self) -> bool {
        self.examiner.pack().is_some_and(|pack| pack.trial)
    }

    /// Calls are confirmed automatically although no calibration proves that the pack in use may.
    fn unproven(&self) -> bool {
        let policy = &self.settings.policy;
        let proven = |p: PackStamp| p.calibration.is_some_and(|c| c.locks().is_empty());
        policy.automatic_confirmation
            && policy.danger_automatic_without_proof
            && !self.examiner.pack().is_some_and(proven)
    }

    fn county(&self) -> views::CountyView {
        let county = &self.settings.county;
        views::CountyView {
            name_zh: county.name_zh.clone(),
            name_en: county.name_en.clone(),
            phone: county.phone.clone(),
        }
    }

    /// The key under which everything of a beneficiary is sealed.
    async fn data_key(&self, tx: &mut Tx, of: BeneficiaryId) -> Result<DataKey, ServiceError> {
        let salt = tx.seal_salt(of).await?.ok_or(ServiceError::NotFound("beneficiary"))?;
        Ok(self.vault.data_key(&salt))
    }
}

/// A beneficiary that a row points to: the database's foreign keys promise that it is there.
async fn beneficiary(tx: &mut Tx, id: BeneficiaryId) -> Result<Beneficiary, ServiceError> {
    tx.beneficiary(id).await?.ok_or(ServiceError::NotFound("beneficiary"))
}
