//! How domain values stand in columns: one way in both databases.

use crate::domain::name;
use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Database, Decode, Type, error::BoxDynError};
use std::str::FromStr;

/// Text that parses: ids and ISO dates.
#[derive(Debug)]
pub(super) struct Text<T>(pub T);

/// The stable name of an enum variant.
#[derive(Debug)]
pub(super) struct Word<T>(pub T);

/// JSON text.
#[derive(Debug)]
pub(super) struct Json<T>(pub T);

/// An instant, milliseconds since 1970 UTC.
#[derive(Debug)]
pub(super) struct At(pub DateTime<Utc>);

/// An unsigned number in a BIGINT.
#[derive(Debug)]
pub(super) struct Count<T>(pub T);

macro_rules! column {
    ($name:ident<$t:ident: $($bound:path),+>, $stored:ty, |$value:ident| $read:expr) => {
        impl<DB: Database, $t> Type<DB> for $name<$t>
        where
            $stored: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$stored as Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <$stored as Type<DB>>::compatible(ty)
            }
        }

        impl<'r, DB: Database, $t: $($bound +)+> Decode<'r, DB> for $name<$t>
        where
            $stored: Decode<'r, DB>,
        {
            fn decode(raw: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let $value = <$stored as Decode<'r, DB>>::decode(raw)?;
                $read
            }
        }
    };
}

column!(Text<T: FromStr>, String, |text| {
    // The value itself may be personal data: it is not part of the error.
    text.parse().map(Self).map_err(|_| "the text does not parse".into())
});
column!(Word<T: DeserializeOwned>, String, |text| {
    name::from_name(&text).map(Self).ok_or_else(|| "no such name".into())
});
column!(Json<T: DeserializeOwned>, String, |text| {
    serde_json::from_str(&text).map(Self).map_err(|e| format!("not the JSON expected: {:?}", e.classify()).into())
});
column!(Count<T: TryFrom<i64>>, i64, |number| {
    T::try_from(number).map(Self).map_err(|_| "the number is out of range".into())
});

impl<DB: Database> Type<DB> for At
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <i64 as Type<DB>>::type_info()
    }
    fn compatible(ty: &DB::TypeInfo) -> bool {
        <i64 as Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for At
where
    i64: Decode<'r, DB>,
{
    fn decode(raw: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let ms = <i64 as Decode<'r, DB>>::decode(raw)?;
        DateTime::from_timestamp_millis(ms)
            .map(|at| Self(at.trunc_subsecs(3)))
            .ok_or_else(|| "the instant is out of range".into())
    }
}

/// How an instant is written.
pub(super) fn ms(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// How a date is written.
pub(super) fn day(date: NaiveDate) -> String {
    date.to_string()
}

/// How an enum is written.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    name::name_of(value).unwrap_or_default()
}

/// How a structured value is written.
pub(super) fn json<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}
