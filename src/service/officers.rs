//! Who works at the bureau: adding, inviting, roles.

use super::{
    Service, ServiceError,
    passwords::acceptable,
    record::event,
    token::Token,
    views::{Colleague, InvitationLink, OfficerRowView},
};
use crate::{
    domain::{
        audit::{Action, Actor},
        ids::OfficerId,
        name::name_of,
        role::{Act, Role, allows, reach},
    },
    storage::{OfficerListed, OfficerRow, Tx},
};
use chrono::TimeDelta;
use serde_json::json;

const NAME_CHARS_MAX: usize = 64;
/// How long an invitation holds.
const INVITATION_HOLDS: TimeDelta = TimeDelta::hours(72);

impl Service {
    /// Adds an officer who reviews and approves, with a password.
    ///
    /// # Errors
    /// `bad_name`, `weak_password`, `name_taken`.
    pub async fn add_officer(&self, name: &str, password: &str) -> Result<OfficerId, ServiceError> {
        self.add_officer_as(name, &[Role::Officer, Role::Approver], Some(password)).await
    }

    /// Adds somebody with these roles; without a password they need an invitation.
    ///
    /// # Errors
    /// `bad_name`, `role_missing`, `weak_password`, `name_taken`.
    pub async fn add_officer_as(
        &self,
        name: &str,
        roles: &[Role],
        password: Option<&str>,
    ) -> Result<OfficerId, ServiceError> {
        let password_hash = match password {
            Some(password) => {
                acceptable(password)?;
                self.hash(password.to_owned()).await?
            }
            None => String::new(),
        };
        let mut tx = self.db.write().await?;
        let id = self.add(&mut tx, Actor::Operator, (name, roles), password_hash).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn add(
        &self,
        tx: &mut Tx,
        by: Actor,
        (name, roles): (&str, &[Role]),
        password_hash: String,
    ) -> Result<OfficerId, ServiceError> {
        let name = sign_in_name(name).ok_or_else(|| {
            let detail = format!("name: 1 to {NAME_CHARS_MAX} letters, digits, . - or _");
            ServiceError::unacceptable("bad_name", detail)
        })?;
        let roles = in_order(roles);
        if roles.is_empty() {
            return Err(ServiceError::unacceptable("role_missing", "roles: at least one"));
        }
        let now = self.now();
        let officer = OfficerRow {
            id: OfficerId::new(),
            name,
            roles,
            password_hash,
            sealed_code_secret: None,
            code_step: 0,
            added_at: now,
        };
        tx.add_officer(&officer).await.map_err(ServiceError::from).map_err(|error| {
            if error.is_taken() {
                ServiceError::conflict("name_taken", "there is an officer of this name already")
            } else {
                error
            }
        })?;
        let detail = json!({ "roles": officer.roles });
        tx.add_audit(&event(now, by, Action::OfficerAdded, ("officer", officer.id), detail))
            .await?;
        Ok(officer.id)
    }

    /// Makes sure that there is an officer of this name; an existing one keeps the password they have.
    ///
    /// # Errors
    /// As [`Service::add_officer_as`].
    pub async fn ensure_officer(
        &self,
        name: &str,
        roles: &[Role],
        password: &str,
    ) -> Result<(), ServiceError> {
        match self.add_officer_as(name, roles, Some(password)).await {
            Err(ServiceError::Conflict { code: "name_taken", .. }) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// The officer of a sign-in name.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn officer_named(&self, name: &str) -> Result<OfficerId, ServiceError> {
        let name = sign_in_name(name).ok_or(ServiceError::NotFound("officer"))?;
        let officer = self.db.read().await?.officer_of_name(&name).await?;
        officer.map(|o| o.id).ok_or(ServiceError::NotFound("officer"))
    }

    /// Invites somebody at the command line to set up how they sign in. What they had before holds until they do.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn invite(&self, officer: OfficerId) -> Result<InvitationLink, ServiceError> {
        let mut tx = self.db.write().await?;
        let link = self.make_invitation(&mut tx, Actor::Operator, officer).await?;
        tx.commit().await?;
        Ok(link)
    }

    /// Invites somebody new, or an officer anew, at the console.
    ///
    /// # Errors
    /// `bad_name`, `role_missing`, `name_taken`, `not_allowed`, [`ServiceError::NotFound`].
    pub async fn invite_as(
        &self,
        by: OfficerId,
        whom: Invited<'_>,
    ) -> Result<InvitationLink, ServiceError> {
        let mut tx = self.db.write().await?;
        self.may(&mut tx, by, Act::Invite, None).await?;
        let actor = Actor::Officer { id: by };
        let officer = match whom {
            Invited::Known(id) => id,
            Invited::New { name, roles } => {
                self.add(&mut tx, actor, (name, roles), String::new()).await?
            }
        };
        let link = self.make_invitation(&mut tx, actor, officer).await?;
        tx.commit().await?;
        Ok(link)
    }

    async fn make_invitation(
        &self,
        tx: &mut Tx,
        by: Actor,
        officer: OfficerId,
    ) -> Result<InvitationLink, ServiceError> {
        let whom = tx.officer(officer).await?.ok_or(ServiceError::NotFound("officer"))?;
        let (token, now) = (Token::draw()?, self.now());
        let expires_at = now + INVITATION_HOLDS;
        tx.add_invitation(&token.sha256, officer, now, expires_at).await?;
        let about = ("officer", officer);
        tx.add_audit(&event(now, by, Action::OfficerInvited, about, json!({}))).await?;
        // Behind `#`: browsers send that part to no server, so that no log holds it.
        let url = format!("{}/console#/invitation/{}", self.public_url(), token.plain);
        Ok(InvitationLink { officer_id: officer, name: whom.name, url, expires_at })
    }

    /// Who works here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn officers(&self) -> Result<Vec<OfficerRowView>, ServiceError> {
        let listed = self.db.read().await?.officers().await?;
        Ok(listed.into_iter().map(row_view).collect())
    }

    /// To whom a case can be handed: whoever may take cases.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn colleagues(&self) -> Result<Vec<Colleague>, ServiceError> {
        let listed = self.db.read().await?.officers().await?;
        let takes = |o: &OfficerRow| reach(&o.roles, Act::Claim).at_all();
        let officers = listed.into_iter().map(|listed| listed.officer).filter(takes);
        Ok(officers.map(|o| Colleague { id: o.id, name: o.name }).collect())
    }

    /// Gives an officer these roles and no others, and ends their sessions. Without any role they cannot sign in.
    ///
    /// # Errors
    /// `not_allowed` (one's own), [`ServiceError::NotFound`].
    pub async fn set_roles(
        &self,
        by: Option<OfficerId>,
        officer: OfficerId,
        roles: &[Role],
    ) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        let actor = match by {
            Some(id) => {
                self.may(&mut tx, id, Act::SetRoles, Some(officer)).await?;
                Actor::Officer { id }
            }
            None => Actor::Operator,
        };
        let before = tx.officer(officer).await?.ok_or(ServiceError::NotFound("officer"))?.roles;
        let roles = in_order(roles);
        tx.set_roles(officer, &roles).await?;
        tx.end_sessions_of(officer, "").await?;
        let detail = json!({ "from": before, "to": roles });
        let changed = event(self.now(), actor, Action::RolesChanged, ("officer", officer), detail);
        tx.add_audit(&changed).await?;
        Ok(tx.commit().await?)
    }

    /// Refuses what the roles of `who` do not hold, about what belongs to `whose`. Roles are read in the transaction that
    /// acts: one that was taken away a moment ago no longer counts.
    pub(super) async fn may(
        &self,
        tx: &mut Tx,
        who: OfficerId,
        act: Act,
        whose: Option<OfficerId>,
    ) -> Result<Vec<Role>, ServiceError> {
        let roles = tx.officer(who).await?.ok_or(ServiceError::SignedOut)?.roles;
        if allows(&roles, act, who, whose) { Ok(roles) } else { Err(not_allowed(act)) }
    }
}

/// Whom to invite.
#[derive(Clone, Copy, Debug)]
pub enum Invited<'a> {
    /// An officer anew: a lost passkey, a forgotten password.
    Known(OfficerId),
    /// Somebody new.
    New {
        /// Sign-in name.
        name: &'a str,
        /// Roles.
        roles: &'a [Role],
    },
}

/// The refusal of an act that the table does not hold.
pub(super) fn not_allowed(act: Act) -> ServiceError {
    ServiceError::NotAllowed { act: name_of(&act).unwrap_or_default() }
}

fn row_view(listed: OfficerListed) -> OfficerRowView {
    let OfficerListed { officer, passkeys, sessions } = listed;
    OfficerRowView {
        id: officer.id,
        name: officer.name,
        roles: officer.roles,
        passkeys,
        password: !officer.password_hash.is_empty(),
        code: officer.sealed_code_secret.is_some(),
        sessions,
        added_at: officer.added_at,
    }
}

/// Each role once, in the order of the table.
fn in_order(roles: &[Role]) -> Vec<Role> {
    Role::ALL.into_iter().filter(|role| roles.contains(role)).collect()
}

/// A sign-in name in its one form; `None` when it cannot be one.
pub(super) fn sign_in_name(name: &str) -> Option<String> {
    let name = name.trim().to_lowercase();
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    (fits && plain).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        assert_eq!(sign_in_name(" Li.Wei ").as_deref(), Some("li.wei"));
        assert_eq!(sign_in_name("王芳").as_deref(), Some("王芳"));
        assert!(sign_in_name("").is_none() && sign_in_name("a b").is_none());
        assert!(sign_in_name(&"a".repeat(65)).is_none());
    }
}
