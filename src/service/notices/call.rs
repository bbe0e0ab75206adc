//! The next turn of a notice that could not be delivered: another channel, and in the end a person who calls.

use crate::{
    domain::{
        case::CaseKind,
        ids::NoticeId,
        notice::{
            Notice, NoticeChannel, NoticeKind, NoticeStatus, Reach, channel_for, takes_sms,
            township_of,
        },
    },
    service::{Service, ServiceError},
    storage::{NewNotice, Tx},
};
use chrono::{DateTime, Utc};
use serde_json::json;

/// Ways to reach somebody with these addresses.
pub(super) fn reach(phone: Option<&str>, residence: Option<&str>, email: Option<&str>) -> Reach {
    Reach {
        sms: phone.is_some_and(takes_sms),
        email: email.is_some(),
        letter: residence.is_some_and(|r| !r.trim().is_empty()),
    }
}

impl Service {
    /// A task for a person to call: a case in the lane of calls.
    pub(super) async fn call_task(
        &self,
        tx: &mut Tx,
        notice: &mut Notice,
        at: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let case =
            self.case_about(tx, notice.beneficiary_id, CaseKind::CallBack, Vec::new(), at).await?;
        tx.open_case(&case).await?;
        notice.channel = NoticeChannel::Call;
        notice.status = NoticeStatus::ToCall;
        notice.detail = json!({ "case_id": case.case.id });
        Ok(())
    }

    /// Hands a notice over to the next channel that reaches the person. A receipt is worth no letter and no call.
    pub(super) async fn next_turn(
        &self,
        tx: &mut Tx,
        failed: &Notice,
        at: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let of = failed.beneficiary_id;
        let whom = super::super::beneficiary(tx, of).await?;
        let email = tx.email_of(of).await?;
        let mut given_up = failed.given_up.clone();
        given_up.push(failed.channel);
        let mut ways = reach(whom.phone.as_deref(), whom.residence.as_deref(), email.as_deref());
        // A letter comes too late for whoever waits now.
        if matches!(failed.kind, NoticeKind::Receipt | NoticeKind::LiveCall) {
            ways.letter = false;
        }
        let nth = usize::try_from(failed.turn).unwrap_or(0) + 1;
        let order = &self.settings.notices.order;
        let channel = channel_for(nth, order, ways, Some(failed.channel), &given_up);
        let told_only = matches!(failed.kind, NoticeKind::Receipt | NoticeKind::LiveCall);
        if channel == NoticeChannel::Call && told_only {
            return Ok(());
        }
        let mut next = Notice {
            id: NoticeId::new(),
            turn: failed.turn + 1,
            channel,
            status: NoticeStatus::Planned,
            planned_at: at,
            next_at: at,
            attempts: 0,
            given_up,
            batch_id: None,
            version: 1,
            ..failed.clone()
        };
        if channel == NoticeChannel::Call {
            self.call_task(tx, &mut next, at).await?;
        }
        let township = township_of(whom.residence.as_deref().unwrap_or_default());
        tx.plan_notices(&[NewNotice { notice: next, township }]).await?;
        Ok(())
    }
}
