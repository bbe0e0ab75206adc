//! Records in SQLite or PostgreSQL, each query written once.
//!
//! In: domain values and sealed bytes. Out: the same. May use: domain, config.
//!
//! Everything happens inside a [`Tx`]; only `service` opens one. Queries keep to the subset both databases share (`$1`,
//! `RETURNING`, `ON CONFLICT`; no SQL clock, no date arithmetic, no row locks). Once-only rests on UNIQUE constraints and
//! compare-and-set, never on isolation levels. Ids, dates and enum names are text, instants are milliseconds since 1970 UTC.
//!
//! What is biometric arrives here sealed by `vault`: photographs, embeddings, stills, call records. The roster's personal data
//! (name, id number, telephone, residence) stands in the tables in the clear: the disk and the database account protect it.

use sqlx::{
    ConnectOptions, Connection, Postgres, Sqlite, SqlitePool, Transaction,
    migrate::MigrateError,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

/// Pages that SQLite's writer keeps, KiB. A roster fills ten indexes in no order: with SQLite's own 2,000 its rows take half as long again.
const WRITER_CACHE_KIB: u32 = 32 << 10;
/// How long a transaction waits for a connection before it fails.
const WAIT_MAX: Duration = Duration::from_secs(15);
/// The same for SQLite's one writer: a roster of 200,000 people, the longest of them, writes for half of that.
const TURN_MAX: Duration = Duration::from_secs(60);

/// Rows that one statement writes: with 16 columns well below the 32,766 values that SQLite takes at once.
const ROWS_AT_ONCE: usize = 1_000;

/// Runs `$body` with the connection of whichever database the transaction is on.
macro_rules! on_either {
    ($tx:expr, $connection:ident => $body:expr) => {
        match &mut $tx.0 {
            $crate::storage::Inner::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
            $crate::storage::Inner::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
        }
    };
}

/// Executes a statement; the number of rows it touched.
macro_rules! run {
    ($tx:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        on_either!($tx, connection => sqlx::query($sql)$(.bind($value))*.execute(connection).await
            .map(|done| done.rows_affected()).map_err($crate::storage::StorageError::from))
    };
}

/// Fetches at most one row as `$row`.
macro_rules! one {
    ($tx:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        on_either!($tx, connection => sqlx::query_as::<_, $row>($sql)$(.bind($value))*
            .fetch_optional(connection).await.map_err($crate::storage::StorageError::from))
    };
}

/// Fetches all rows as `$row`.
macro_rules! all {
    ($tx:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        on_either!($tx, connection => sqlx::query_as::<_, $row>($sql)$(.bind($value))*
            .fetch_all(connection).await.map_err($crate::storage::StorageError::from))
    };
}

/// Executes `$head VALUES (…), (…) $tail` once for each [`ROWS_AT_ONCE`] of the rows; the number of rows it touched.
macro_rules! many {
    ($tx:expr, $head:expr, $rows:expr, |$row:ident| [$($value:expr),+ $(,)?], $tail:expr) => {{
        let mut touched = 0;
        for chunk in $rows.chunks($crate::storage::ROWS_AT_ONCE) {
            touched += match &mut $tx.0 {
                $crate::storage::Inner::Sqlite(transaction) => {
                    many!(@one sqlx::Sqlite, transaction, $head, chunk, |$row| [$($value),+], $tail)
                }
                $crate::storage::Inner::Postgres(transaction) => {
                    many!(@one sqlx::Postgres, transaction, $head, chunk, |$row| [$($value),+], $tail)
                }
            };
        }
        touched
    }};
    (@one $db:ty, $transaction:ident, $head:expr, $chunk:ident, |$row:ident| [$($value:expr),+], $tail:expr) => {{
        let mut query = sqlx::QueryBuilder::<$db>::new($head);
        query.push_values($chunk, |mut values, $row| { $(values.push_bind($value);)+ });
        query.push($tail);
        query.build().execute(&mut **$transaction).await
            .map_err($crate::storage::StorageError::from)?.rows_affected()
    }};
}

mod columns;

mod appointments;
mod audit;
mod batches;
mod beneficiaries;
mod calendar;
mod calls;
mod cases;
mod clock_stops;
mod confirmations;
mod consents;
mod contacts;
mod continuation;
mod county;
mod due;
mod feed_tokens;
mod ledger;
mod links;
mod live_calls;
mod notice_links;
mod notices;
mod officers;
mod paper_forms;
mod passkeys;
mod people;
mod policies;
mod policy_changes;
mod proposals;
mod quality;
mod queue;
mod references;
mod roster;
mod schemes;
mod sessions;
mod signals;
mod special_care;
mod statistics;
mod stills;
mod visits;

pub use audit::{AuditFilter, AuditLine, AuditSeal};
pub use batches::BatchEnd;
pub use calls::{CallKind, CallRow, NewCall};
pub use cases::{CaseRecord, Moved, NewCase, NoteRow};
pub use clock_stops::ClockStop;
pub use confirmations::NewConfirmation;
pub use consents::ConsentRow;
pub use continuation::AnsweredRow;
pub use county::{FunnelRow, TownshipRow};
pub use due::{CountRow, DueLane, DueQuery, DueRow};
pub use feed_tokens::FeedTokenRow;
pub use ledger::LedgerRow;
pub use links::LinkRow;
pub use live_calls::{LiveCallRow, LiveStillRow, NewLiveStill, SignedProtocol};
pub use notice_links::{LetterBatch, NoticeLink};
pub use notices::{NewNotice, NoticeCandidate, NoticeEnd, NoticeQuery};
pub use officers::{OfficerListed, OfficerRow};
pub use paper_forms::FormChange;
pub use passkeys::{InvitationRow, PasskeyRow};
pub use people::{FoundRow, LinkOfRow, Search};
pub use proposals::StatusEvent;
pub use quality::{AnswerRow, DrawRow, Persona, SeedRow, SeedSource};
pub use queue::Offer;
pub use references::{NewReference, ReferenceRow};
pub use roster::{NewRosterImport, ROSTER_ROWS_AT_ONCE, RosterChange, RosterRecord};
pub use sessions::{SessionRow, Way};
pub use special_care::EvidenceEvent;
pub use statistics::{CallFact, CaseFact, LinkFact};
pub use stills::{NewStill, StillRow};
pub use visits::VisitEnd;

/// Why records cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The address in `database.url` cannot be used.
    #[error("database.url: {0}")]
    Address(String),
    /// The file or folder of the embedded database cannot be made.
    #[error("cannot make {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The tables cannot be brought up to date.
    #[error("the tables cannot be brought up to date: {0}")]
    Migrate(#[from] MigrateError),
    /// A UNIQUE constraint refused the row: somebody else was first.
    #[error("already there: {0}")]
    Taken(#[source] sqlx::Error),
    /// Anything else: disk full, read-only, connection lost, a value that cannot be read.
    #[error("database: {0}")]
    Sql(#[source] sqlx::Error),
    /// A value cannot be written as text.
    #[error("a value cannot be written: {0}")]
    Value(#[from] serde_json::Error),
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(fault) if fault.is_unique_violation() => Self::Taken(error),
            _ => Self::Sql(error),
        }
    }
}

/// Result of this room.
pub type Result<T> = std::result::Result<T, StorageError>;

/// The database.
#[derive(Clone, Debug)]
pub enum Db {
    /// Embedded: many readers, one writer.
    Sqlite {
        /// Connections that only read.
        readers: SqlitePool,
        /// The one that writes.
        writer: SqlitePool,
    },
    /// A server, for more than one machine.
    Postgres(PgPool),
}

/// One transaction. Dropped without [`Tx::commit`] it leaves nothing behind.
#[derive(Debug)]
pub struct Tx(Inner);

#[derive(Debug)]
enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Opens `url` (`sqlite:FILE`, relative to `data_dir`, made with mode 0600 on first start; or `postgres://…`) and brings
    /// its tables up to date.
    ///
    /// # Errors
    /// When the address is unusable, the file cannot be made, the server cannot be reached, or the tables are newer than this
    /// program.
    pub async fn open(url: &str, data_dir: &Path) -> Result<Self> {
        if let Some(file) = url.strip_prefix("sqlite:") {
            return Self::open_sqlite(&data_dir.join(file)).await;
        }
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| StorageError::Address("not a PostgreSQL address".into()))?
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(WAIT_MAX)
            .connect_with(options)
            .await?;
        sqlx::migrate!("./migrations/postgres").run(&pool).await?;
        Ok(Self::Postgres(pool))
    }

    async fn open_sqlite(path: &Path) -> Result<Self> {
        make_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(TURN_MAX)
            .disable_statement_logging();
        // On a full disk SQLite rolls back by itself, and sqlx then takes the connection for one inside a transaction for
        // ever: such a connection is closed instead of being used again. The ping waits for a rollback under way.
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(TURN_MAX)
                .after_release(|connection, _| {
                    Box::pin(async move {
                        connection.ping().await?;
                        Ok(!connection.is_in_transaction())
                    })
                })
        };
        let writer = options.clone().pragma("cache_size", format!("-{WRITER_CACHE_KIB}"));
        let writer = pool(1).connect_with(writer).await?;
        sqlx::migrate!("./migrations/sqlite").run(&writer).await?;
        let readers = pool(4).connect_with(options.pragma("query_only", "ON")).await?;
        Ok(Self::Sqlite { readers, writer })
    }

    /// A transaction that only reads, on one consistent state.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self) -> Result<Tx> {
        Ok(Tx(match self {
            Self::Sqlite { readers, .. } => Inner::Sqlite(readers.begin().await?),
            Self::Postgres(pool) => Inner::Postgres(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?,
            ),
        }))
    }

    /// A transaction that writes.
    ///
    /// # Errors
    /// When the database cannot be reached, or another writer holds it for too long.
    pub async fn write(&self) -> Result<Tx> {
        Ok(Tx(match self {
            Self::Sqlite { writer, .. } => {
                Inner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Self::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        }))
    }

    /// Closes all connections; what is under way is waited for.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes it so.
    ///
    /// # Errors
    /// When the database cannot keep it (disk full, connection lost): then nothing of it is kept.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Inner::Sqlite(transaction) => transaction.commit().await?,
            Inner::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    /// Asks the database anything: it answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&mut self) -> Result<()> {
        one!(self, (i64,), "SELECT COUNT(*) FROM policies").map(|_| ())
    }

    /// The next value of a named counter, from 1. No value comes twice; a rolled-back one comes again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self, counter: &str) -> Result<i64> {
        let row = one!(
            self,
            (i64,),
            "INSERT INTO counters (name, value) VALUES ($1, 1)
             ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value",
            counter,
        )?;
        row.map(|row| row.0).ok_or(StorageError::Sql(sqlx::Error::RowNotFound))
    }

    /// Tables and their columns, in order of name: what the two sets of migrations must agree on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn columns(&mut self) -> Result<Vec<(String, String)>> {
        let sql = match &self.0 {
            Inner::Sqlite(_) => {
                "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_sqlx_migrations'
                 ORDER BY 1, 2"
            }
            Inner::Postgres(_) => {
                "SELECT table_name::TEXT, column_name::TEXT FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations'
                 ORDER BY 1, 2"
            }
        };
        let mut columns = all!(self, (String, String), sql)?;
        columns.sort(); // the two sort text differently
        Ok(columns)
    }
}

/// Makes the file (mode 0600; SQLite gives its log files the same) and its folder when they are not there.
fn make_private(path: &Path) -> Result<()> {
    let fault = |source| StorageError::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fault)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ()).map_err(fault)
}
