//! Reads what a process prints until it has ended and everything was read.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use crate::service::Ending;
use crate::service::fleet::Id;
use crate::system::process::{Child, Output};

use super::chunk::Pool;
use super::news::News;

/// A pipe that promised more and stays silent for so long has nothing more to say.
const SILENCE: Duration = Duration::from_millis(20);

/// Reports the end of a process that prints by itself.
pub(super) async fn wait_for(id: Id, run: u32, mut child: Child, hub: Sender<News>) {
    let ending = child.wait().await.unwrap_or(Ending::Code(1));
    let _ = hub.send(News::Ended(id, run, ending)).await;
}

/// Reports output and end of a process. Its last words come before its end.
pub(super) async fn attend(
    id: Id,
    run: u32,
    mut child: Child,
    mut output: Output,
    pool: Pool,
    hub: Sender<News>,
) {
    let mut open = true;
    let ending = loop {
        // Not biased: a child that never falls silent must not hide its parent's end.
        tokio::select! {
            () = output.ready(), if open => {
                open = read_on(id, &mut output, &pool, &hub).await.is_some();
                step_aside().await;
            }
            ended = child.wait() => break ended.unwrap_or(Ending::Code(1)),
        }
    };
    // What the leader wrote is in the pipe by now. A daemon may hold the pipe open for ever, and its
    // children may talk on: what they say from now on does not delay the news.
    let last_words = output.ahead();
    let mut drained = 0;
    while open && drained < last_words {
        if tokio::time::timeout(SILENCE, output.ready()).await.is_err() {
            break;
        }
        match read_on(id, &mut output, &pool, &hub).await {
            Some(length) => drained += length,
            None => open = false,
        }
    }
    let _ = hub.send(News::Ended(id, run, ending)).await;
    // What its children still say belongs to it, until they are swept.
    while open {
        output.ready().await;
        open = read_on(id, &mut output, &pool, &hub).await.is_some();
    }
}

/// Lets the hub take what was just handed over before this task looks for more. Unlike
/// `yield_now`, it does not ask the system whether anything else has happened meanwhile.
async fn step_aside() {
    let mut stepped = false;
    poll_fn(|context| {
        if std::mem::replace(&mut stepped, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Reads and hands on; how much, or none at the end of the stream.
pub(super) async fn read_on(
    id: Id,
    output: &mut Output,
    pool: &Pool,
    hub: &Sender<News>,
) -> Option<usize> {
    let mut chunk = pool.take();
    match output.read(chunk.room()).await {
        Ok(length @ 1..) => {
            let news = News::Output(id, chunk.filled(length));
            hub.send(news).await.is_ok().then_some(length)
        }
        _ => None,
    }
}
