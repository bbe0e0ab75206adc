//! A live call is opened: its case, its row, its brief, and what both sides are told.

use super::{in_live_call, waits, words};
use crate::{
    call::LiveBrief,
    domain::{
        audit::{Action, Actor},
        case::CaseKind,
        ids::{BeneficiaryId, CaseId, LiveCallId},
        live_record::LivePrompt,
        queue::ONLINE,
        verdict::Reason,
    },
    service::{
        Service, ServiceError, beneficiary,
        links::Standing,
        record::event,
        token::Token,
        views::{LiveCallView, OpenedLive},
    },
    storage::{LiveCallRow, Tx},
    vault::random,
};
use chrono::{DateTime, Utc};
use serde_json::json;

impl Service {
    /// The waiting case of a link that an officer can talk about, or a new one: the person asks for a person.
    pub(super) async fn case_to_talk_about(
        &self,
        tx: &mut Tx,
        standing: &Standing,
        now: DateTime<Utc>,
    ) -> Result<CaseId, ServiceError> {
        if let Some(case) = waits(standing) {
            return Ok(case);
        }
        let (of, reasons) = (standing.beneficiary.id, vec![Reason::AskedForPerson]);
        let mut new = self.case_about(tx, of, CaseKind::CallBack, reasons, now).await?;
        new.link_id = Some(standing.link.id);
        new.online_until = now + ONLINE;
        tx.open_case(&new).await?;
        let detail = json!({ "kind": CaseKind::CallBack });
        let about = ("case", new.case.id);
        tx.add_audit(&event(now, Actor::Citizen, Action::OtherWayChosen, about, detail)).await?;
        Ok(new.case.id)
    }

    pub(super) fn new_live_call(
        &self,
        of: BeneficiaryId,
        case: CaseId,
        at: DateTime<Utc>,
    ) -> LiveCallRow {
        LiveCallRow {
            id: LiveCallId::new(),
            case_id: case,
            beneficiary_id: of,
            officer_id: None,
            node: self.settings.server.node.clone(),
            phone_token_sha256: None,
            officer_token_sha256: None,
            opened_at: at,
            ended_at: None,
            ending: None,
            protocol: None,
        }
    }

    pub(super) async fn open_row(
        &self,
        tx: &mut Tx,
        row: &LiveCallRow,
        by: Actor,
    ) -> Result<(), ServiceError> {
        if !tx.open_live_call(row).await? {
            return Err(in_live_call());
        }
        let detail = json!({ "live_call_id": row.id });
        let opened =
            event(row.opened_at, by, Action::LiveCallOpened, ("case", row.case_id), detail);
        Ok(tx.add_audit(&opened).await?)
    }

    /// What the call needs to know. References that the models in use have not seen yet are left out: the talk does not rest on them.
    pub(super) async fn live_brief(
        &self,
        tx: &mut Tx,
        row: &LiveCallRow,
    ) -> Result<LiveBrief, ServiceError> {
        let of = row.beneficiary_id;
        let key = self.data_key(tx, of).await?;
        let rows = tx.references(of).await?.into_iter().map(|row| (row, None)).collect();
        let (references, _) = self.templates(&key, rows).await?;
        let salt = tx.seal_salt(of).await?.ok_or(ServiceError::NotFound("beneficiary"))?;
        Ok(LiveBrief {
            live_call_id: row.id,
            references,
            prompts: LivePrompt::draw(random()?),
            word: words::case_word(&self.vault, &salt, row.case_id),
            code: words::code(&self.vault, &salt, row.id),
        })
    }

    pub(super) fn opened_live(&self, id: LiveCallId, token: Token) -> OpenedLive {
        OpenedLive {
            live_call_id: id,
            call_token: token.plain,
            ws_path: format!("/api/phone/live/{id}/ws"),
            still_bytes_max: self.settings.media.still_bytes_max,
        }
    }

    pub(super) async fn live_view(
        &self,
        tx: &mut Tx,
        (id, case, of): (LiveCallId, CaseId, BeneficiaryId),
        token: Token,
    ) -> Result<LiveCallView, ServiceError> {
        let whom = beneficiary(tx, of).await?;
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        Ok(LiveCallView {
            live_call_id: id,
            call_token: token.plain,
            ws_path: format!("/api/console/live/{id}/ws"),
            still_bytes_max: self.settings.media.still_bytes_max,
            word: self.word_of(tx, of, case).await?,
            telephone: record.wish_phone.or(whom.phone),
        })
    }
}
