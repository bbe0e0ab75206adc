//! Identifiers. Each kind has its own type, so that a case id can never be passed where a call id is meant.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh, time-ordered id (UUID version 7, RFC 9562).
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }
    };
}

id!(
    /// A beneficiary: the person whose benefit depends on the confirmation.
    BeneficiaryId
);
id!(
    /// An enrolled reference photograph of a beneficiary.
    ReferenceId
);
id!(
    /// A link sent to a beneficiary.
    LinkId
);
id!(
    /// One video call (one attempt at a confirmation).
    CallId
);
id!(
    /// A case that waits for, or was closed by, an officer.
    CaseId
);
id!(
    /// A recorded confirmation.
    ConfirmationId
);
id!(
    /// A verification officer.
    OfficerId
);
id!(
    /// A sealed still picture.
    StillId
);
id!(
    /// An audit event.
    AuditId
);
id!(
    /// Something a beneficiary is told: a message, a letter.
    NoticeId
);
id!(
    /// An attempt to reach a beneficiary.
    ContactAttemptId
);
id!(
    /// An outage of ours that extends due dates.
    OutageId
);
id!(
    /// A signal from outside: a death, a conflict of data.
    SignalId
);
id!(
    /// An investigation.
    InvestigationId
);
id!(
    /// A proposal to the paying side.
    ProposalId
);
id!(
    /// A change of policy that two people make.
    PolicyChangeId
);
id!(
    /// A batch of letters for one township.
    LetterBatchId
);
id!(
    /// A token of a machine that reads the feed.
    FeedTokenId
);
id!(
    /// One import of a roster file.
    RosterImportId
);
id!(
    /// An appointment.
    AppointmentId
);
id!(
    /// A form on paper that came back.
    PaperFormId
);
id!(
    /// A visit to somebody, or of somebody at a station.
    VisitId
);
id!(
    /// An entry of the special-care register.
    SpecialCareId
);
id!(
    /// A batch that somebody runs from the console.
    BatchId
);
id!(
    /// A live call between a person and an officer.
    LiveCallId
);
