//! A really full disk: a small file system of its own, which only root can mount.

use super::stage::{Files, Stage, conclusion, flagged};
use jianmian::{
    domain::{call::CallStatus, control::CallResult, verdict::Reason},
    service::ServiceError,
};
use std::{path::Path, process::Command};

/// A file system of 4 MiB, unmounted when dropped.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(at);
        mount.output().ok()?.status.success().then_some(Self(at))
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

pub async fn costs_nobody_a_call() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_owned();
    let Some(_small) = Small::mount(&at) else {
        println!("SKIPPED storage_story::on_a_full_disk: needs the right to mount a small tmpfs");
        return;
    };
    let stage = Stage::inside(folder, &Files, 0.0).await;
    let guest = stage.guest().await;
    let (opened, brief) = stage.call(&guest.token).await;
    let end = conclusion(brief, flagged(&[Reason::BelowAccept]));
    let full = std::fs::write(at.join("ballast"), vec![0; 8 << 20]);
    assert!(full.is_err(), "the disk is not full");

    let error = stage.service.conclude(end.clone()).await.unwrap_err();
    assert!(matches!(error, ServiceError::Internal(_)), "{error:?}");
    stage.service.link_view(&guest.token).await.expect("reading goes on");
    let call = stage.tx().await.call(opened.call_id).await.unwrap().unwrap();
    assert_eq!((call.status, call.sealed_record), (CallStatus::Open, None));

    std::fs::remove_file(at.join("ballast")).unwrap();
    let result = stage.service.conclude(end).await.unwrap();
    assert!(matches!(result, CallResult::WithOfficer { .. }));
    assert_eq!(stage.tx().await.stills(opened.call_id).await.unwrap().len(), 3);
    stage.service.close().await;
    stage.db.close().await;
}
