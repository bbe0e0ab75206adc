//! Carriers: who takes a composed notice away. Every one is given the notice's id as idempotency key, so that carrying the same
//! notice again after a kill makes no second message (by SMTP, which knows no such key, it may: see ADR 0014).
//!
//! They wait (files, sockets): call them from a thread that may.

mod gateway;
mod outbox;
pub mod signature;
mod smtp;

use super::NoticeError;
use crate::{config::Notices, domain::notice::NoticeChannel};
use chrono::{DateTime, Utc};
use std::{fmt::Debug, path::Path};

pub use outbox::write_whole;

/// A composed notice with its address.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Id of the notice: idempotency key.
    pub id: String,
    /// How.
    pub channel: NoticeChannel,
    /// Telephone number or e-mail address.
    pub to: String,
    /// Subject of an e-mail.
    pub subject: Option<String>,
    /// Text.
    pub text: String,
    /// When the notice was planned: the same at every try.
    pub planned_at: DateTime<Utc>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Debug for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parcel").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What the carrier said. Codes are short, stable, and free of personal data: `http_503`, `smtp_550`, `timeout`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// Taken.
    Accepted,
    /// This address cannot be reached: another way is needed.
    Undeliverable(String),
    /// It will not be taken, and not because of the address.
    Refused(String),
    /// Not now.
    TryLater(String),
}

/// Takes parcels.
pub trait Carrier: Debug + Send + Sync {
    /// Takes one, or says why not.
    fn carry(&self, parcel: &Parcel) -> Carried;
}

/// The carriers that the settings name.
#[derive(Debug)]
pub struct Carriers {
    sms: Box<dyn Carrier>,
    email: Box<dyn Carrier>,
}

impl Carriers {
    /// Opens them. Without a gateway or mail server, parcels become files under `outbox`.
    ///
    /// # Errors
    /// When an address in the settings is unusable.
    pub fn open(settings: &Notices, outbox: &Path) -> Result<Self, NoticeError> {
        let sms: Box<dyn Carrier> = if settings.sms.gateway_url.is_empty() {
            Box::new(outbox::Outbox::new(outbox))
        } else {
            Box::new(gateway::Gateway::new(&settings.sms))
        };
        let email: Box<dyn Carrier> = if settings.email.smtp_url.expose().is_empty() {
            Box::new(outbox::Outbox::new(outbox))
        } else {
            Box::new(smtp::Smtp::open(&settings.email)?)
        };
        Ok(Self { sms, email })
    }

    /// Carries a parcel by its channel.
    pub fn carry(&self, parcel: &Parcel) -> Carried {
        match parcel.channel {
            NoticeChannel::Sms => self.sms.carry(parcel),
            NoticeChannel::Email => self.email.carry(parcel),
            NoticeChannel::Letter | NoticeChannel::Call => Carried::Refused("no_carrier".into()),
        }
    }
}

#[cfg(test)]
mod tests;
