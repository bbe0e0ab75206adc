//! The rules that count a person's dates, as they stand in one transaction: versions of schemes and our outages.

use super::ServiceError;
use crate::{
    clock::china_date,
    domain::{
        due::{Beginning, Counting, Dates, Outages},
        scheme::{Scheme, SchemeBook},
    },
    storage::{CountRow, Tx},
};

/// Versions and outages.
#[derive(Debug)]
pub(super) struct Rules {
    pub book: SchemeBook,
    pub outages: Outages,
}

impl Rules {
    pub(super) async fn read(tx: &mut Tx) -> Result<Self, ServiceError> {
        let book = tx.schemes().await?;
        let outages = Outages::new(tx.outages().await?.into_iter().map(|(days, _)| days));
        Ok(Self { book, outages })
    }

    pub(super) fn counting<'a>(&'a self, row: &'a CountRow) -> Counting<'a> {
        Counting {
            scheme: &row.scheme,
            birth_on: row.birth_on,
            book: &self.book,
            outages: &self.outages,
        }
    }

    /// The dates of the period that runs.
    pub(super) fn runs(&self, row: &CountRow) -> Result<Dates, ServiceError> {
        let counting = self.counting(row);
        let dates = match row.period {
            Some((from, cycle_due_on)) => counting.again(from, cycle_due_on),
            None => counting.first(Beginning {
                added_on: china_date(row.added_at),
                last_confirmed_on: row.last_confirmed_on,
                due_on: row.due_on,
            }),
        };
        dates.map_err(|error| ServiceError::broken(error.to_string()))
    }

    /// The terms that count a period.
    pub(super) fn terms(&self, scheme: &str, dates: &Dates) -> Result<&Scheme, ServiceError> {
        self.book.version(scheme, dates.scheme_version).map(|version| &version.terms).ok_or_else(
            || ServiceError::broken(format!("there is no version of the scheme `{scheme}`")),
        )
    }
}
