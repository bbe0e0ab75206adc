//! Finding people by what an officer knows of them.

use super::{Service, ServiceError, county::found, views::FoundPerson};
use crate::{clock::china_date, domain::beneficiary::IdNumber, storage::Search};

/// People that a search gives at most.
const FOUND_MAX: i64 = 50;

impl Service {
    /// People whose name begins so, whose id number it is, or whose id number or telephone ends so.
    ///
    /// # Errors
    /// `search_short` when it fits too many: at least two characters of a name, four of a number.
    pub async fn find_people(&self, text: &str) -> Result<Vec<FoundPerson>, ServiceError> {
        let searches = searches(text).ok_or_else(|| {
            let detail = "text: at least two characters of a name, or the last four of a number";
            ServiceError::unacceptable("search_short", detail)
        })?;
        let today = china_date(self.now());
        let mut tx = self.db.read().await?;
        let mut people: Vec<FoundPerson> = Vec::new();
        for search in &searches {
            for row in tx.find_people(search, FOUND_MAX).await? {
                if people.iter().all(|known| known.id != row.id) {
                    people.push(found(row, today));
                }
            }
        }
        people.truncate(usize::try_from(FOUND_MAX).unwrap_or(0));
        Ok(people)
    }
}

/// What a text can be looked for as; none when it is too short.
fn searches(text: &str) -> Option<Vec<Search>> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let number = bare.to_ascii_uppercase();
    let digits = number.strip_suffix('X').unwrap_or(&number);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        if let Ok(whole) = IdNumber::parse_any(&number) {
            return Some(vec![Search::IdNumber(whole.expose().to_owned())]);
        }
        let tail = number.chars().count();
        let mut searches = Vec::new();
        if (4..=17).contains(&tail) {
            searches.push(Search::IdTail(number.clone()));
            if !number.ends_with('X') {
                searches.push(Search::PhoneTail(number));
            }
        }
        return (!searches.is_empty()).then_some(searches);
    }
    (2..=64).contains(&bare.chars().count()).then(|| vec![Search::Name(bare)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_looked_for_as_what_it_can_be() {
        let name = |text: &str| vec![Search::Name(text.into())];
        assert_eq!(searches(" 王 秀兰 "), Some(name("王秀兰")));
        assert_eq!(searches("王"), None);
        assert_eq!(searches("123"), None);
        assert_eq!(
            searches("0150"),
            Some(vec![Search::IdTail("0150".into()), Search::PhoneTail("0150".into())])
        );
        assert_eq!(searches("001x"), Some(vec![Search::IdTail("001X".into())]));
        let digits = "99000019400315002";
        let whole = format!("{digits}{}", IdNumber::check_character(digits).unwrap());
        assert_eq!(searches(&whole), Some(vec![Search::IdNumber(whole.clone())]));
    }
}
