//! Live calls: somebody waits, or an officer rings; both join; the result is recorded with a signed protocol (`conclude`).

mod conclude;
mod lines;
mod opening;
pub(super) mod words;

use super::{
    Service, ServiceError, beneficiary,
    links::Standing,
    queue::refuse_claimed,
    record::event,
    token::{Token, sha256_hex},
    views::{LiveCallView, LiveInvitation, OpenedLive},
};
use crate::{
    call::LiveAttachment,
    domain::{
        audit::{Action, Actor},
        ids::{BeneficiaryId, CaseId, LiveCallId, OfficerId},
        live_call::{LiveEnd, Party},
        queue::{LEASE, ONLINE},
        role::{Act, Role},
    },
    storage::{CaseRecord, LiveCallRow, Tx},
};
use chrono::{DateTime, Utc};
pub(super) use conclude::{LiveGround, ground_of};
pub(super) use lines::LiveLines;
use serde_json::json;
use subtle::ConstantTimeEq;

/// When to ask a node again that makes no live calls, s.
const WITHOUT_MEDIA_S: u64 = 60;

impl Service {
    /// Whether an officer rings the person of a link now. It also says that the page is open.
    ///
    /// # Errors
    /// [`ServiceError::LinkUnknown`], [`ServiceError::LinkExpired`].
    pub async fn live_invitation(&self, token: &str) -> Result<LiveInvitation, ServiceError> {
        let now = self.now();
        let mut tx = self.db.read().await?;
        let standing = self.standing(&mut tx, token, now).await?;
        let invitation = self.invitation_of(&mut tx, &standing).await?;
        drop(tx);
        let stale = |c: &CaseRecord| c.online_until < now + ONLINE / 2;
        if standing.cases.iter().any(stale) {
            let mut tx = self.db.write().await?;
            tx.seen_online(standing.link.id, now + ONLINE).await?;
            tx.commit().await?;
            self.news.tell();
        }
        Ok(invitation)
    }

    /// What a link's page is told of a live call.
    pub(super) async fn invitation_of(
        &self,
        tx: &mut Tx,
        standing: &Standing,
    ) -> Result<LiveInvitation, ServiceError> {
        let of = standing.beneficiary.id;
        let call = tx.live_call_with(of).await?.filter(|call| self.is_on_line(call.id));
        let case = call.as_ref().map(|call| call.case_id).or_else(|| waits(standing));
        let word = match case {
            Some(case) => Some(self.word_of(tx, of, case).await?),
            None => None,
        };
        let rings = call.is_some_and(|call| call.officer_id.is_some());
        Ok(LiveInvitation { rings, word })
    }

    async fn word_of(
        &self,
        tx: &mut Tx,
        of: BeneficiaryId,
        case: CaseId,
    ) -> Result<String, ServiceError> {
        let salt = tx.seal_salt(of).await?.ok_or(ServiceError::NotFound("beneficiary"))?;
        Ok(words::case_word(&self.vault, &salt, case))
    }

    /// The person comes: answers an officer who rings, or takes a chair in the waiting room. Whoever has no case yet asks for a person by
    /// that. A page that comes again takes the place of the earlier one.
    ///
    /// # Errors
    /// `already_confirmed`, `consent_missing`, full (the waiting room), those of the link.
    pub async fn join_live(&self, token: &str) -> Result<OpenedLive, ServiceError> {
        let now = self.now();
        let lines = self.lines()?;
        let mut tx = self.db.write().await?;
        let standing = self.held_standing(&mut tx, token, now).await?;
        if standing.confirmed.is_some() {
            let detail = "the confirmation is recorded already; there is nothing to do";
            return Err(ServiceError::conflict("already_confirmed", detail));
        }
        standing.refuse_without_consent()?;
        let page = Token::draw()?;
        let of = standing.beneficiary.id;
        if let Some(known) = self.going_on(&mut tx, of, now).await? {
            tx.join_live_call(known.id, &page.sha256).await?;
            tx.commit().await?;
            return Ok(self.opened_live(known.id, page));
        }
        lines
            .switchboard
            .admit(Party::Phone)
            .map_err(|retry_after_s| ServiceError::Full { retry_after_s })?;
        let case = self.case_to_talk_about(&mut tx, &standing, now).await?;
        let row = LiveCallRow {
            phone_token_sha256: Some(page.sha256.clone()),
            ..self.new_live_call(of, case, now)
        };
        self.open_row(&mut tx, &row, Actor::Citizen).await?;
        let brief = self.live_brief(&mut tx, &row).await?;
        tx.commit().await?;
        lines.open(brief, Party::Phone);
        self.news.tell();
        Ok(self.opened_live(row.id, page))
    }

    /// An officer rings the person of a case, or takes who waits already. The officer claims the case by that.
    ///
    /// # Errors
    /// `claimed`, `in_live_call` when a colleague talks to the person, `closed`, `not_offered`, full, `not_allowed`.
    pub async fn ring(
        &self,
        officer: OfficerId,
        case: CaseId,
    ) -> Result<LiveCallView, ServiceError> {
        let now = self.now();
        let lines = self.lines()?;
        let mut tx = self.db.write().await?;
        let roles = self.may(&mut tx, officer, Act::CallLive, None).await?;
        let of = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?.case.beneficiary_id;
        if tx.seed(case).await?.is_some() {
            // A blind check shows nobody's case: nobody is rung for it, and the answer is that of an engaged line.
            return Err(in_live_call());
        }
        tx.hold_beneficiary(of).await?;
        self.claim_to_talk(&mut tx, officer, case, (&roles, now)).await?;
        let desk = Token::draw()?;
        let by = Actor::Officer { id: officer };
        let known = self.going_on(&mut tx, of, now).await?;
        let (id, brief) = if let Some(known) = known {
            if known.case_id != case && known.officer_id != Some(officer) {
                // Who waits about another case of theirs is taken from there.
                return Err(in_live_call());
            }
            if !tx.take_live_call(known.id, officer, &desk.sha256).await? {
                return Err(in_live_call());
            }
            if known.officer_id.is_none() {
                let detail = json!({ "live_call_id": known.id });
                let taken = event(now, by, Action::LiveCallTaken, ("case", case), detail);
                tx.add_audit(&taken).await?;
            }
            (known.id, None)
        } else {
            lines
                .switchboard
                .admit(Party::Officer)
                .map_err(|retry_after_s| ServiceError::Full { retry_after_s })?;
            let row = LiveCallRow {
                officer_id: Some(officer),
                officer_token_sha256: Some(desk.sha256.clone()),
                ..self.new_live_call(of, case, now)
            };
            self.open_row(&mut tx, &row, by).await?;
            (row.id, Some(self.live_brief(&mut tx, &row).await?))
        };
        // The officer is about to see a face.
        let about = ("live_call", id);
        let seen = event(now, by, Action::FaceViewed, about, json!({ "case_id": case }));
        tx.add_audit(&seen).await?;
        let view = self.live_view(&mut tx, (id, case, of), desk).await?;
        tx.commit().await?;
        if let Some(brief) = brief {
            lines.open(brief, Party::Officer);
        }
        self.news.tell();
        Ok(view)
    }

    /// Sends the person of a ringing call a message with a new link and the case word.
    ///
    /// # Errors
    /// `not_yours`, `live_over`, [`ServiceError::NotFound`].
    pub async fn send_live_link(
        &self,
        officer: OfficerId,
        id: LiveCallId,
    ) -> Result<super::views::LiveLinkSent, ServiceError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        let call = self.own_live_call(&mut tx, officer, id).await?;
        let by = Actor::Officer { id: officer };
        let link = self.make_link(&mut tx, call.beneficiary_id, by, now).await?;
        let word = self.word_of(&mut tx, call.beneficiary_id, call.case_id).await?;
        let whom = beneficiary(&mut tx, call.beneficiary_id).await?;
        let occasion = (id, link.link_id);
        let channel = self.plan_live_call(&mut tx, &whom, occasion, &word, now).await?;
        let detail = json!({ "live_call_id": id, "link_id": link.link_id, "channel": channel });
        let about = ("case", call.case_id);
        tx.add_audit(&event(now, by, Action::LiveCallLinkSent, about, detail)).await?;
        tx.commit().await?;
        Ok(super::views::LiveLinkSent { url: link.url, channel })
    }

    /// Attaches a socket to one side of a live call; an earlier socket of that side is detached.
    ///
    /// # Errors
    /// [`ServiceError::SignedOut`] when the token is wrong, [`ServiceError::NotFound`] when there is no such live call here.
    pub async fn attach_live(
        &self,
        id: LiveCallId,
        party: Party,
        token: &str,
    ) -> Result<LiveAttachment, ServiceError> {
        let row = self.db.read().await?.live_call(id).await?;
        let row = row.ok_or(ServiceError::NotFound("live call"))?;
        let known = match party {
            Party::Phone => row.phone_token_sha256,
            Party::Officer => row.officer_token_sha256,
        };
        let given = sha256_hex(token.as_bytes());
        if !known.is_some_and(|known| bool::from(given.as_bytes().ct_eq(known.as_bytes()))) {
            return Err(ServiceError::SignedOut);
        }
        let attachment = self.lines()?.switchboard.attach(id, party).await;
        attachment.ok_or(ServiceError::NotFound("live call"))
    }

    /// Ends the live calls that a crash of `node` left open; how many. Run it before the node takes calls.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep_live_calls(&self, node: &str) -> Result<u64, ServiceError> {
        let mut tx = self.db.write().await?;
        let (left, now) = (tx.live_calls_of_node(node).await?, self.now());
        let mut swept = 0;
        for id in left {
            swept += u64::from(close(&mut tx, id, LiveEnd::Interrupted, now).await?);
        }
        tx.commit().await?;
        Ok(swept)
    }

    /// A call ended without a result.
    pub(super) async fn live_call_ended(
        &self,
        id: LiveCallId,
        end: LiveEnd,
    ) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        close(&mut tx, id, end, self.now()).await?;
        tx.commit().await?;
        self.news.tell();
        Ok(())
    }

    /// The call that goes on with somebody. One that its node does not know any more (it was restarted) is closed first.
    async fn going_on(
        &self,
        tx: &mut Tx,
        of: BeneficiaryId,
        now: DateTime<Utc>,
    ) -> Result<Option<LiveCallRow>, ServiceError> {
        let Some(row) = tx.live_call_with(of).await? else { return Ok(None) };
        if row.node != self.settings.server.node || self.is_on_line(row.id) {
            return Ok(Some(row));
        }
        close(tx, row.id, LiveEnd::Interrupted, now).await?;
        Ok(None)
    }

    fn is_on_line(&self, id: LiveCallId) -> bool {
        self.live_lines.get().is_some_and(|lines| lines.switchboard.holds(id))
    }

    fn lines(&self) -> Result<&LiveLines, ServiceError> {
        // A node without media has no place for anybody.
        self.live_lines.get().ok_or(ServiceError::Full { retry_after_s: WITHOUT_MEDIA_S })
    }

    /// The live call of this officer, while it goes on.
    async fn own_live_call(
        &self,
        tx: &mut Tx,
        officer: OfficerId,
        id: LiveCallId,
    ) -> Result<LiveCallRow, ServiceError> {
        self.may(tx, officer, Act::CallLive, None).await?;
        let call = tx.live_call(id).await?.ok_or(ServiceError::NotFound("live call"))?;
        if call.officer_id != Some(officer) {
            return Err(ServiceError::conflict("not_yours", "this call is a colleague's"));
        }
        if call.ended_at.is_some() {
            return Err(ServiceError::conflict("live_over", "this call is over"));
        }
        Ok(call)
    }

    /// The officer's claim on the case, taken or kept. The beneficiary is held, so that a claim made meanwhile is seen.
    async fn claim_to_talk(
        &self,
        tx: &mut Tx,
        officer: OfficerId,
        case: CaseId,
        (roles, now): (&[Role], DateTime<Utc>),
    ) -> Result<(), ServiceError> {
        let record = tx.case(case).await?.ok_or(ServiceError::NotFound("case"))?;
        if record.case.status.is_closed() {
            return Err(ServiceError::conflict("closed", "the case is closed already"));
        }
        refuse_claimed(&record, officer, now)?;
        let escalated = roles.contains(&Role::Supervisor);
        if !tx.claim(case, officer, escalated, (now, now + LEASE)).await? {
            let detail = "this case is not yours to take now";
            return Err(ServiceError::conflict("not_offered", detail));
        }
        tx.return_claims(officer, Some(case)).await?;
        Ok(())
    }
}

/// The case of a link that somebody waits for: what an officer has pictures of first.
fn waits(standing: &Standing) -> Option<CaseId> {
    standing.under_review().or(standing.cases.first()).map(|record| record.case.id)
}

fn in_live_call() -> ServiceError {
    ServiceError::conflict("in_live_call", "a colleague is in a call with this person")
}

/// Ends a call without a result; false when it had ended before.
async fn close(
    tx: &mut Tx,
    id: LiveCallId,
    end: LiveEnd,
    at: DateTime<Utc>,
) -> Result<bool, ServiceError> {
    let Some(call) = tx.live_call(id).await? else { return Ok(false) };
    if !tx.end_live_call(id, end, None, at).await? {
        return Ok(false);
    }
    let by = call.officer_id.map_or(Actor::Service, |id| Actor::Officer { id });
    let detail = json!({ "live_call_id": id, "end": end });
    let about = ("case", call.case_id);
    tx.add_audit(&event(at, by, Action::LiveCallEnded, about, detail)).await?;
    Ok(true)
}
