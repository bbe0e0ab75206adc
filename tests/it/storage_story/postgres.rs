//! A private PostgreSQL from Debian's binaries: a socket in a temporary folder, no network, stopped by its process id.

use super::stage::Place;
use jianmian::storage::Db;
use std::{
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

pub struct Server {
    bin: PathBuf,
    dir: tempfile::TempDir,
    child: Child,
    databases: AtomicU32,
}

/// The newest installed version.
fn binaries() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
        .collect();
    found.sort();
    found.pop()
}

fn id(flag: &str, of: Option<&str>) -> u32 {
    let output = Command::new("id").arg(flag).args(of).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

/// PostgreSQL refuses to run as root: then it runs as `postgres`.
fn command(program: &Path) -> Command {
    if id("-u", None) != 0 {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

impl Server {
    /// For tests: what is written need not outlive the machine.
    pub fn start() -> Option<Self> {
        Self::start_with("fsync=off")
    }

    /// For measurements: a commit is on the disk before it is answered, as in use.
    pub fn start_durable() -> Option<Self> {
        Self::start_with("fsync=on")
    }

    fn start_with(fsync: &str) -> Option<Self> {
        let bin = binaries()?;
        let dir = tempfile::tempdir().unwrap();
        if id("-u", None) == 0 {
            let (uid, gid) = (id("-u", Some("postgres")), id("-g", Some("postgres")));
            chown(dir.path(), Some(uid), Some(gid)).unwrap();
        }
        let data = dir.path().join("data");
        let made = command(&bin.join("initdb"))
            .args(["-U", "jianmian", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
            .arg("-D")
            .arg(&data)
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let child = command(&bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(dir.path())
            .args(["-c", "listen_addresses=", "-c", fsync, "-c", "max_connections=200"])
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { bin, dir, child, databases: AtomicU32::new(0) };
        server.wait_until_ready();
        Some(server)
    }

    /// One of PostgreSQL's client programs.
    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.arg("-h").arg(self.dir.path()).args(["-U", "jianmian"]);
        command
    }

    fn wait_until_ready(&self) {
        for _ in 0..300 {
            let ready = Command::new(self.bin.join("pg_isready"))
                .arg("-q")
                .arg("-h")
                .arg(self.dir.path())
                .status()
                .unwrap();
            if ready.success() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100)); // another program starts: there is no clock to move
        }
        panic!("PostgreSQL did not start");
    }

    pub async fn same_tables_as_sqlite(&self) {
        let dir = tempfile::tempdir().unwrap();
        let sqlite = Db::open("sqlite:a.db", dir.path()).await.unwrap();
        let postgres = Db::open(&self.fresh(), dir.path()).await.unwrap();
        let columns = sqlite.read().await.unwrap().columns().await.unwrap();
        assert!(columns.len() > 80, "{}", columns.len());
        assert_eq!(columns, postgres.read().await.unwrap().columns().await.unwrap());
        let numbers = |folder: &str| -> Vec<String> {
            let mut names: Vec<String> = std::fs::read_dir(
                Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder),
            )
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
            names.sort();
            names
        };
        assert_eq!(numbers("sqlite"), numbers("postgres"));
    }
}

impl Place for Server {
    fn fresh(&self) -> String {
        let name = format!("story{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = self.client("createdb").args(["--strategy=file_copy", &name]).status().unwrap();
        assert!(made.success());
        format!("postgres://jianmian@localhost/{name}?host={}", self.dir.path().display())
    }

    fn folders(&self) -> Vec<PathBuf> {
        let flushed = self.client("psql").args(["-q", "-c", "CHECKPOINT", "postgres"]).status();
        assert!(flushed.unwrap().success());
        let data = self.dir.path().join("data");
        let number = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
        let databases = std::fs::read_dir(data.join("base")).unwrap();
        let newest = databases.filter_map(|entry| number(entry.unwrap())).max().unwrap();
        vec![data.join("pg_wal"), data.join("base").join(newest.to_string())]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown.
        let _ = Command::new("kill").arg("-INT").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
