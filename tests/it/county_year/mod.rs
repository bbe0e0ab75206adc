//! A synthetic year of a county: 20,000 people who do not exist, a clock that moves day by day, everything through the use cases. At the
//! end every person's state is explained by their events, totals match, the files for the paying side say of everybody what the ledger says, and
//! nobody was stopped who should not have been. On SQLite and on PostgreSQL the year ends in the same state.
//!
//! What really happens to a person is decided in [`people`] before the year begins; the bureau in [`bureau`] does not know it.

mod bureau;
mod checks;
mod paying;
mod people;
mod stops;

use crate::storage_story::{
    postgres::Server,
    stage::{Files, Place, Stage},
};
use bureau::Bureau;
use people::People;

/// How many people live there.
const PEOPLE: u32 = 20_000;

/// Lives the year and returns the digest of its end.
async fn year(place: &dyn Place) -> String {
    // In memory where the machine has such a folder: the year has thousands of commits, and no disk to test.
    let shm = std::path::Path::new("/dev/shm");
    let dir = if shm.is_dir() { tempfile::tempdir_in(shm) } else { tempfile::tempdir() };
    let stage = Stage::inside(dir.unwrap(), place, 0.0).await;
    // A smaller county while something is being built; the totals of the whole year are checked with all of them only.
    let count = std::env::var("JIANMIAN_YEAR_PEOPLE").ok().and_then(|n| n.parse().ok());
    let mut people = People::born(count.unwrap_or(PEOPLE));
    let mut bureau = Bureau::open(&stage, &mut people).await;
    for _ in 0..people::DAYS {
        bureau.day(&mut people).await;
        stage.pass(24 * 3600);
    }
    bureau.settle_with_paying_side().await;
    checks::all(&stage, &people, &bureau).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_year_on_both_databases() {
    let on_sqlite = Box::pin(year(&Files)).await;
    let Some(server) = Server::start() else {
        println!("SKIPPED county_year on PostgreSQL: needs Debian's postgresql binaries");
        return;
    };
    assert_eq!(
        on_sqlite,
        Box::pin(year(&server)).await,
        "the two databases end the year in different states"
    );
}
