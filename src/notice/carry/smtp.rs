//! E-mail by SMTP. The message id is made from the notice's id, so that a mailbox can tell a message that came twice.

use super::{Carried, Carrier, Parcel};
use crate::{config::EmailSettings, notice::NoticeError};
use lettre::{Message, SmtpTransport, Transport, message::Mailbox};
use std::time::Duration;

/// Longest wait for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Smtp {
    transport: SmtpTransport,
    from: Mailbox,
}

impl Smtp {
    pub(super) fn open(settings: &EmailSettings) -> Result<Self, NoticeError> {
        let from = settings.from.parse().map_err(|_| NoticeError::Setting {
            key: "notices.email.from",
            message: "must be an e-mail address".into(),
        })?;
        // The error may quote the address, and the address may hold a password.
        let builder = SmtpTransport::from_url(settings.smtp_url.expose()).map_err(|_| {
            NoticeError::Setting {
                key: "notices.email.smtp_url",
                message: "must be smtps://NAME:PASSWORD@HOST or smtp://HOST?tls=required".into(),
            }
        })?;
        Ok(Self { transport: builder.timeout(Some(ANSWER_MAX)).build(), from })
    }
}

impl Carrier for Smtp {
    fn carry(&self, parcel: &Parcel) -> Carried {
        let Ok(to) = parcel.to.parse::<Mailbox>() else {
            return Carried::Undeliverable("bad_address".into());
        };
        let domain = self.from.email.domain();
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(parcel.subject.clone().unwrap_or_default())
            .message_id(Some(format!("<{}@{domain}>", parcel.id)))
            .date(parcel.planned_at.into())
            .header(lettre::message::header::ContentType::TEXT_PLAIN)
            .body(parcel.text.clone());
        let Ok(message) = message else { return Carried::Refused("not_a_message".into()) };
        match self.transport.send(&message) {
            Ok(_) => Carried::Accepted,
            Err(error) => {
                let number: Option<u16> =
                    error.status().and_then(|code| code.to_string().parse().ok());
                judge(number, error.is_timeout())
            }
        }
    }
}

/// 550, 551, 553 and 501 after RCPT speak of the mailbox. 53x speaks of our account. Other 5xx will not change by asking again.
fn judge(code: Option<u16>, timeout: bool) -> Carried {
    match code {
        Some(number @ (501 | 550 | 551 | 553)) => Carried::Undeliverable(format!("smtp_{number}")),
        Some(number @ (530..=539 | ..=499)) => Carried::TryLater(format!("smtp_{number}")),
        Some(number) => Carried::Refused(format!("smtp_{number}")),
        None if timeout => Carried::TryLater("timeout".into()),
        None => Carried::TryLater("no_connection".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        assert_eq!(judge(Some(550), false), Carried::Undeliverable("smtp_550".into()));
        assert_eq!(judge(Some(451), false), Carried::TryLater("smtp_451".into()));
        assert_eq!(judge(Some(535), false), Carried::TryLater("smtp_535".into()));
        assert_eq!(judge(Some(554), false), Carried::Refused("smtp_554".into()));
        assert_eq!(judge(None, true), Carried::TryLater("timeout".into()));
    }
}
