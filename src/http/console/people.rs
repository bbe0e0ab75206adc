//! People: lists, search, one person's whole history, and what can be done from there.

use super::pictures::JPEG;
use crate::{
    domain::{
        ids::{BeneficiaryId, ContactAttemptId, InvestigationId, ReferenceId},
        month::Month,
        notice::{NoticeChannel, NoticeKind},
        proposal::{Proposal, ProposalKind},
    },
    http::{Door, auth::SignedIn, problem::Problem},
    service::{
        NoticePreview, PreviewOf, ServiceError,
        views::{
            ContactForm, FindForm, FoundPerson, InvestigationForm, LookBecause, NewLink,
            PeopleLane, PeoplePage, PersonView, ProposeForm,
        },
    },
};
use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, header},
    response::IntoResponse,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

type Id = Result<Path<BeneficiaryId>, PathRejection>;

/// Which list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    lane: PeopleLane,
    #[serde(default)]
    month: Option<String>,
    #[serde(default)]
    township: String,
    #[serde(default)]
    after: String,
}

/// Which photograph, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaceQuery {
    reference: ReferenceId,
    because: LookBecause,
}

/// Which notice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeQuery {
    channel: NoticeChannel,
}

/// A new contact attempt.
#[derive(Serialize)]
pub struct NewContact {
    attempt_id: ContactAttemptId,
}

/// A new investigation.
#[derive(Serialize)]
pub struct NewInvestigation {
    investigation_id: InvestigationId,
}

/// `GET /api/console/people?lane=…&month=…&township=…&after=…`.
pub async fn list(
    State(door): State<Arc<Door>>,
    _: SignedIn,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<PeoplePage>, Problem> {
    let Query(query) = query?;
    let month = query.month.map(|text| text.parse::<Month>()).transpose().map_err(|_| {
        ServiceError::Unacceptable {
            code: "month_missing",
            detail: "month: one such as 2026-11".into(),
        }
    })?;
    let of = (month, query.township.as_str());
    Ok(Json(door.service.people(query.lane, of, &query.after).await?))
}

/// `POST /api/console/people/find`: a name or the end of a number is personal data and stands in no address.
pub async fn find(
    State(door): State<Arc<Door>>,
    _: SignedIn,
    form: Result<Json<FindForm>, JsonRejection>,
) -> Result<Json<Vec<FoundPerson>>, Problem> {
    let Json(form) = form?;
    Ok(Json(door.service.find_people(&form.text).await?))
}

/// `GET /api/console/people/{id}`.
pub async fn person(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
) -> Result<Json<PersonView>, Problem> {
    let Path(id) = id?;
    Ok(Json(door.service.person(officer.officer.id, id).await?))
}

/// `GET /api/console/people/{id}/face?reference=…&because=…`.
pub async fn face(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
    query: Result<Query<FaceQuery>, QueryRejection>,
) -> Result<impl IntoResponse, Problem> {
    let (Path(id), Query(query)) = (id?, query?);
    let of = (query.reference, query.because);
    Ok((JPEG, door.service.persons_face(officer.officer.id, id, of.0, of.1).await?))
}

/// `POST /api/console/people/{id}/link`.
pub async fn link(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
) -> Result<(StatusCode, Json<NewLink>), Problem> {
    let Path(id) = id?;
    Ok((StatusCode::CREATED, Json(door.service.link_for(officer.officer.id, id).await?)))
}

/// `GET /api/console/people/{id}/letter`.
pub async fn letter(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
) -> Result<impl IntoResponse, Problem> {
    let Path(id) = id?;
    let pdf = door.service.letter_for(officer.officer.id, id).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"letter.pdf\""),
    ];
    Ok((headers, pdf))
}

/// `GET /api/console/people/{id}/notice?channel=sms`: what the due notice would say now; nothing is sent.
pub async fn notice(
    State(door): State<Arc<Door>>,
    _: SignedIn,
    id: Id,
    query: Result<Query<NoticeQuery>, QueryRejection>,
) -> Result<Json<NoticePreview>, Problem> {
    let (Path(id), Query(query)) = (id?, query?);
    let of = PreviewOf {
        who: id.to_string(),
        kind: NoticeKind::Due,
        channel: query.channel,
        language: None,
    };
    Ok(Json(door.service.preview_notice(&of).await?))
}

/// `POST /api/console/people/{id}/contact`.
pub async fn contact(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
    form: Result<Json<ContactForm>, JsonRejection>,
) -> Result<(StatusCode, Json<NewContact>), Problem> {
    let (Path(id), Json(form)) = (id?, form?);
    let by = officer.officer.id;
    let attempt_id = door.service.record_contact(by, id, form.channel, form.outcome).await?;
    Ok((StatusCode::CREATED, Json(NewContact { attempt_id })))
}

/// `POST /api/console/people/{id}/investigate`.
pub async fn investigate(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
) -> Result<(StatusCode, Json<NewInvestigation>), Problem> {
    let Path(id) = id?;
    let investigation_id = door.service.open_investigation(officer.officer.id, id).await?;
    Ok((StatusCode::CREATED, Json(NewInvestigation { investigation_id })))
}

/// `POST /api/console/people/{id}/investigated`: what it found.
pub async fn investigated(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
    form: Result<Json<InvestigationForm>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (Path(_), Json(form)) = (id?, form?);
    let of = (form.investigation_id, form.finding);
    door.service.close_investigation(officer.officer.id, of.0, of.1, &form.report).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/console/people/{id}/propose`: to stop or to end a benefit; somebody else decides.
pub async fn propose(
    State(door): State<Arc<Door>>,
    officer: SignedIn,
    id: Id,
    form: Result<Json<ProposeForm>, JsonRejection>,
) -> Result<(StatusCode, Json<Proposal>), Problem> {
    let (Path(_), Json(form)) = (id?, form?);
    let (by, on) = (officer.officer.id, form.investigation_id);
    let proposal = match form.kind {
        ProposalKind::Suspend => door.service.propose_stop(by, on).await?,
        ProposalKind::End => door.service.propose_end(by, on).await?,
        ProposalKind::Resume => {
            let detail = "kind: a resumption follows from a confirmation by itself".into();
            return Err(ServiceError::Unacceptable { code: "kind", detail }.into());
        }
    };
    Ok((StatusCode::CREATED, Json(proposal)))
}
