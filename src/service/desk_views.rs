//! The JSON contract of signing in and of the officers' administration.

use super::views::CountyView;
use crate::{
    domain::{
        ids::{CaseId, OfficerId},
        queue::Lane,
        role::{Act, Role},
    },
    storage::Way,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Who is signed in: `GET /api/console/me`.
#[derive(Clone, Debug, Serialize)]
pub struct OfficerView {
    /// Id.
    pub id: OfficerId,
    /// Sign-in name.
    pub name: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// What the roles allow at all; the page shows nothing else.
    pub acts: Vec<Act>,
    /// How they signed in.
    pub way: Way,
    /// When they last showed who they are.
    pub proved_at: DateTime<Utc>,
    /// Minutes without activity after which the session ends.
    pub idle_minutes: u32,
    /// County.
    pub county: CountyView,
    /// Models are for trial.
    pub trial: bool,
    /// Calls are confirmed automatically without proven accuracy: say so on the screen.
    pub unproven: bool,
}

/// `POST /api/console/sign-in`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordForm {
    /// Sign-in name.
    pub name: String,
    /// Password.
    pub password: String,
    /// One-time code; empty at the first try.
    #[serde(default)]
    pub code: String,
}

/// `POST /api/console/prove`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofForm {
    /// Password.
    pub password: String,
    /// One-time code.
    #[serde(default)]
    pub code: String,
}

/// `POST /api/console/invitation/password`, beside the token.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordChoice {
    /// New password.
    pub password: String,
    /// Code that the telephone shows now: it has read the secret.
    pub code: String,
}

/// What a browser needs to sign with a passkey.
#[derive(Clone, Debug, Serialize)]
pub struct PasskeyOptions {
    /// Challenge, base64url.
    pub challenge: String,
    /// RP id.
    pub rp_id: String,
    /// Credential ids that may sign; empty: any of this site.
    pub allow: Vec<String>,
}

/// What a browser needs to make a passkey.
#[derive(Clone, Debug, Serialize)]
pub struct RegistrationOptions {
    /// Challenge, base64url.
    pub challenge: String,
    /// RP id.
    pub rp_id: String,
    /// RP name shown by the browser.
    pub rp_name: String,
    /// User handle, base64url.
    pub user_handle: String,
    /// Sign-in name.
    pub user_name: String,
    /// COSE algorithms, best first.
    pub algorithms: [i64; 3],
    /// Credential ids that the officer has already.
    pub exclude: Vec<String>,
}

/// What a browser sends of a new passkey; base64url.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeyMade {
    /// `clientDataJSON`.
    pub client_data: String,
    /// `attestationObject`.
    pub attestation: String,
}

/// What a browser sends when a passkey signed; base64url.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeySigned {
    /// Credential id.
    pub id: String,
    /// `clientDataJSON`.
    pub client_data: String,
    /// `authenticatorData`.
    pub authenticator_data: String,
    /// Signature.
    pub signature: String,
    /// User handle, when the authenticator gave one.
    pub user_handle: Option<String>,
}

/// What the page of an invitation shows.
#[derive(Clone, Debug, Serialize)]
pub struct InvitationView {
    /// For whom.
    pub name: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// Secret of one-time codes, for typing.
    pub code_secret: String,
    /// The same as an address for authenticator apps.
    pub otpauth: String,
    /// County.
    pub county: CountyView,
}

/// An invitation, shown this once; only the hash of its token is stored.
#[derive(Clone, Debug, Serialize)]
pub struct InvitationLink {
    /// For whom.
    pub officer_id: OfficerId,
    /// Sign-in name.
    pub name: String,
    /// The whole address.
    pub url: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// An officer in the list: `GET /api/console/officers`.
#[derive(Clone, Debug, Serialize)]
pub struct OfficerRowView {
    /// Id.
    pub id: OfficerId,
    /// Sign-in name.
    pub name: String,
    /// Roles; none: may not sign in.
    pub roles: Vec<Role>,
    /// Passkeys they have.
    pub passkeys: u32,
    /// They have a password.
    pub password: bool,
    /// They have one-time codes.
    pub code: bool,
    /// Open sessions.
    pub sessions: u32,
    /// Added.
    pub added_at: DateTime<Utc>,
}

/// Somebody to whom a case can be handed.
#[derive(Clone, Debug, Serialize)]
pub struct Colleague {
    /// Id.
    pub id: OfficerId,
    /// Sign-in name.
    pub name: String,
}

/// An open session.
#[derive(Clone, Debug, Serialize)]
pub struct SessionView {
    /// Name of the session in this list.
    pub id: String,
    /// The one that asks.
    pub here: bool,
    /// Signed in.
    pub signed_in_at: DateTime<Utc>,
    /// Last seen.
    pub seen_at: DateTime<Utc>,
    /// How.
    pub way: Way,
    /// Browser and system in a few words.
    pub browser: String,
}

/// A claim: `POST /api/console/next`.
#[derive(Clone, Debug, Serialize)]
pub struct ClaimView {
    /// Case.
    pub case_id: CaseId,
    /// Its lane.
    pub lane: Lane,
    /// Until when it holds without a sign of life.
    pub until: DateTime<Utc>,
}

/// `POST /api/console/cases/{id}/put-off`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PutOffForm {
    /// Version of the case that the officer saw.
    pub version: i64,
    /// Until when; without, at once for the colleague named.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    /// A colleague to hand it to.
    #[serde(default)]
    pub to: Option<OfficerId>,
    /// Why.
    pub because: String,
}
