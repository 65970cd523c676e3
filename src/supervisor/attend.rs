//! Reads what a process prints until it has ended and everything was read.

use std::time::Duration;

use tokio::sync::mpsc::Sender;

use crate::service::Ending;
use crate::service::fleet::Id;
use crate::system::process::{Child, Output};

use super::news::News;

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// A pipe that promised more and stays silent for so long has nothing more to say.
const SILENCE: Duration = Duration::from_millis(20);

/// Reports output and end of a process. Its last words come before its end.
pub(super) async fn attend(
    id: Id,
    run: u32,
    mut child: Child,
    mut output: Output,
    hub: Sender<News>,
) {
    let mut buffer = vec![0; CHUNK];
    let mut open = true;
    let ending = loop {
        // Not biased: a child that never falls silent must not hide its parent's end.
        tokio::select! {
            read = output.read(&mut buffer), if open => {
                open = hand_on(id, read, &buffer, &hub).await;
            }
            ended = child.wait() => break ended.unwrap_or(Ending::Code(1)),
        }
    };
    // What the leader wrote is in the pipe by now. A daemon may hold the pipe open for ever, and its
    // children may talk on: what they say from now on does not delay the news.
    let last_words = output.ahead();
    let mut drained = 0;
    while open && drained < last_words {
        let Ok(read) = tokio::time::timeout(SILENCE, output.read(&mut buffer)).await else {
            break;
        };
        drained += read.as_ref().map_or(0, |length| *length);
        open = hand_on(id, read, &buffer, &hub).await;
    }
    let _ = hub.send(News::Ended(id, run, ending)).await;
    // What its children still say belongs to it, until they are swept.
    while open {
        let read = output.read(&mut buffer).await;
        open = hand_on(id, read, &buffer, &hub).await;
    }
}

/// Hands on what was read; false at the end of the stream.
async fn hand_on(id: Id, read: std::io::Result<usize>, buffer: &[u8], hub: &Sender<News>) -> bool {
    match read {
        Ok(length @ 1..) => hub
            .send(News::Output(id, buffer[..length].to_vec()))
            .await
            .is_ok(),
        _ => false,
    }
}
