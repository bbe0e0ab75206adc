//! Use cases; the only opener of transactions.
//!
//! In: requests of the door and of the command line, conclusions of calls. Out: [`views`]. May use: call, ledger, vault,
//! notice, storage, domain, clock, config.

pub mod views;
