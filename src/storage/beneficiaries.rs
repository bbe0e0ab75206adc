//! Beneficiaries.

use super::{
    Result, Tx,
    columns::{At, Text, Word, ms},
};
use crate::domain::{
    beneficiary::{Beneficiary, BenefitStatus, IdNumber, Sex},
    ids::BeneficiaryId,
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    id: Text<BeneficiaryId>,
    name: String,
    id_number: String,
    birth_on: Text<NaiveDate>,
    sex: Word<Sex>,
    phone: Option<String>,
    residence: Option<String>,
    status: Word<BenefitStatus>,
    scheme: String,
    last_confirmed_on: Option<Text<NaiveDate>>,
    due_on: Text<NaiveDate>,
}

impl TryFrom<Row> for Beneficiary {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> std::result::Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id.0,
            name: row.name,
            id_number: IdNumber::parse(&row.id_number)
                .map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
            birth_on: row.birth_on.0,
            sex: row.sex.0,
            phone: row.phone,
            residence: row.residence,
            status: row.status.0,
            scheme: row.scheme,
            last_confirmed_on: row.last_confirmed_on.map(|d| d.0),
            due_on: row.due_on.0,
        })
    }
}

impl Tx {
    /// Adds a beneficiary with the salt of their sealing key.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when the id number is in the roster already.
    pub async fn add_beneficiary(
        &mut self,
        b: &Beneficiary,
        seal_salt: &[u8],
        added_at: DateTime<Utc>,
    ) -> Result<()> {
        self.add_beneficiaries(&[(b, seal_salt)], added_at).await
    }

    /// A beneficiary.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beneficiary(&mut self, id: BeneficiaryId) -> Result<Option<Beneficiary>> {
        let row = one!(self, Row, "SELECT * FROM beneficiaries WHERE id = $1", id.to_string())?;
        Ok(row.map(Beneficiary::try_from).transpose()?)
    }

    /// The beneficiary with this id number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beneficiary_of_number(
        &mut self,
        number: &IdNumber,
    ) -> Result<Option<Beneficiary>> {
        let row =
            one!(self, Row, "SELECT * FROM beneficiaries WHERE id_number = $1", number.expose())?;
        Ok(row.map(Beneficiary::try_from).transpose()?)
    }

    /// Whether there is anybody in the records.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn any_beneficiary(&mut self) -> Result<bool> {
        let row = one!(self, (Text<BeneficiaryId>,), "SELECT id FROM beneficiaries LIMIT 1")?;
        Ok(row.is_some())
    }

    /// The salt of a beneficiary's sealing key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seal_salt(&mut self, id: BeneficiaryId) -> Result<Option<Vec<u8>>> {
        let row = one!(
            self,
            (Vec<u8>,),
            "SELECT seal_salt FROM beneficiaries WHERE id = $1",
            id.to_string()
        )?;
        Ok(row.map(|row| row.0))
    }

    /// From when this cycle's attempts are counted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attempts_from(&mut self, id: BeneficiaryId) -> Result<Option<DateTime<Utc>>> {
        let row = one!(
            self,
            (At,),
            "SELECT attempts_from FROM beneficiaries WHERE id = $1",
            id.to_string()
        )?;
        Ok(row.map(|row| row.0.0))
    }

    /// Counts attempts afresh from `at`: after a confirmation, or when an officer asks again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn restart_attempts(&mut self, id: BeneficiaryId, at: DateTime<Utc>) -> Result<()> {
        run!(
            self,
            "UPDATE beneficiaries SET attempts_from = $2 WHERE id = $1",
            id.to_string(),
            ms(at)
        )?;
        Ok(())
    }

    /// First statement of every change to a beneficiary's affairs: whoever comes second waits until this transaction ends.
    /// False when there is no such beneficiary.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_beneficiary(&mut self, id: BeneficiaryId) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE beneficiaries SET version = version + 1 WHERE id = $1",
            id.to_string()
        )?;
        Ok(touched == 1)
    }
}
