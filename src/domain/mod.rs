//! Words and laws. Pure: no clock, no I/O, no other room.
//!
//! In: nothing. Out: the types that pass between all rooms. May use: serde, thiserror, chrono, uuid.

pub mod appointment;
pub mod assistance;
pub mod attack;
pub mod audit;
pub mod batch;
pub mod beneficiary;
pub mod calendar;
pub mod calibration;
pub mod call;
pub mod case;
pub mod case_journey;
pub mod challenge;
pub mod confirmation;
pub mod contact;
pub mod continuation;
pub mod control;
pub mod data_match;
pub mod due;
pub mod evidence;
pub mod figures;
pub mod finding;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod helper;
pub mod ical;
pub mod ids;
pub mod investigation;
pub mod live_call;
pub mod live_control;
pub mod live_record;
pub mod month;
pub mod name;
pub mod notice;
pub mod paper_form;
pub mod policy;
pub mod proposal;
pub mod quality;
pub mod queue;
pub mod renewal;
pub mod role;
pub mod scheme;
pub mod score;
pub mod signal;
pub mod statistics;
pub mod stop;
pub mod verdict;
pub mod visit;
