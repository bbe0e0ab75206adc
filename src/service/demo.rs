//! The demonstration's made-up beneficiaries.

use super::{Service, ServiceError, views::NewLink};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        beneficiary::{Beneficiary, BenefitStatus, IdNumber, Sex},
        ids::BeneficiaryId,
    },
    vault::random,
};
use chrono::{Months, NaiveDate};
use serde_json::json;

/// No place in China has this area code, so a made-up number belongs to nobody.
const AREA_OF_NOBODY: &str = "990000";
const FAMILY_NAMES: [&str; 10] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"];
const WOMEN: [&str; 8] = ["秀兰", "桂英", "玉兰", "淑珍", "凤英", "玉珍", "秀英", "春梅"];
const MEN: [&str; 8] = ["建国", "国强", "德明", "志华", "永福", "长林", "文斌", "振东"];
/// Tries at a number that is still free.
const TRIES: u32 = 5;

impl Service {
    /// Whether anybody is in the records: a demonstration begins with empty ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_people(&self) -> Result<bool, ServiceError> {
        Ok(self.db.read().await?.any_beneficiary().await?)
    }

    /// A made-up beneficiary with this photograph and a link to it. Returns the made-up name and the link.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] unless `demo.danger_enabled`; [`ServiceError::Enrolment`] when the photograph cannot be used.
    pub async fn demo_enrol(&self, picture: Vec<u8>) -> Result<(String, NewLink), ServiceError> {
        if !self.settings.demo.danger_enabled {
            return Err(ServiceError::NotFound("demonstration"));
        }
        let enrolled = self.enrol(picture).await?;
        let now = self.now();
        let mut tries = 0;
        loop {
            let made_up = self.made_up(china_date(now))?;
            let salt = random::<32>()?;
            let key = self.vault.data_key(&salt);
            let reference = enrolled.seal(&key, made_up.id, "demo", Some(china_date(now)), now)?;
            let mut tx = self.db.write().await?;
            let added = tx.add_beneficiary(&made_up, &salt, now).await;
            match added.map_err(ServiceError::from) {
                Err(error) if error.is_taken() && tries < TRIES => {
                    tries += 1;
                    continue;
                }
                other => other?,
            }
            tx.add_reference(&reference).await?;
            let about = ("reference", reference.id);
            let detail = json!({ "beneficiary_id": made_up.id });
            let by = Actor::Citizen;
            let event = super::record::event(now, by, Action::ReferenceEnrolled, about, detail);
            tx.add_audit(&event).await?;
            let link = self.make_link(&mut tx, made_up.id, Actor::Service, now).await?;
            tx.commit().await?;
            return Ok((made_up.name, link));
        }
    }

    /// Somebody who does not exist, with a valid number, last confirmed about a year ago.
    fn made_up(&self, today: NaiveDate) -> Result<Beneficiary, ServiceError> {
        let [family, given, year, month, day, serial_high, serial_low] = random::<7>()?;
        let serial = (u16::from(serial_high) * 256 + u16::from(serial_low)) % 1000;
        let digits = format!(
            "{AREA_OF_NOBODY}{:04}{:02}{:02}{serial:03}",
            1936 + u16::from(year % 25),
            1 + month % 12,
            1 + day % 28,
        );
        let check = IdNumber::check_character(&digits).unwrap_or_default();
        let id_number = IdNumber::parse(&format!("{digits}{check}"))
            .map_err(|e| ServiceError::broken(format!("a made-up id number {e}")))?;
        let given = match id_number.sex() {
            Sex::Female => WOMEN[usize::from(given) % WOMEN.len()],
            Sex::Male => MEN[usize::from(given) % MEN.len()],
        };
        let scheme = self
            .settings
            .schemes
            .first()
            .ok_or_else(|| ServiceError::broken("there is no scheme in the settings"))?;
        let last = today.checked_sub_months(Months::new(scheme.cycle_months.saturating_sub(1)));
        let birth_on = id_number.birth_date().unwrap_or_default();
        Ok(Beneficiary {
            id: BeneficiaryId::new(),
            name: format!("{}{given}", FAMILY_NAMES[usize::from(family) % FAMILY_NAMES.len()]),
            birth_on,
            sex: id_number.sex(),
            id_number,
            phone: None,
            residence: None,
            status: BenefitStatus::Active,
            scheme: scheme.name.clone(),
            last_confirmed_on: last,
            due_on: scheme.due_after(last.unwrap_or(today), birth_on),
        })
    }
}
