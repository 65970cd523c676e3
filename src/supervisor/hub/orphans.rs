//! Children of children, which we inherit when their parents end.

use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::super::news::News;
use crate::system::process;

/// Orphans that we inherit must be reaped by us; a child's end is when that may be due.
pub(super) fn watch(hub: Sender<News>) {
    let Some(mut endings) = process::Endings::watch() else {
        return;
    };
    tokio::task::spawn_local(async move {
        while endings.next().await.is_some() {
            // Whoever is waited for by us is reaped in between: what is there twice is an orphan.
            for pause in [50, 250] {
                tokio::time::sleep(Duration::from_millis(pause)).await;
                if hub.send(News::Reap).await.is_err() {
                    return;
                }
            }
        }
    });
}
