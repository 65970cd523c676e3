//! Reads what a process prints until it has ended and everything was read.

use std::future::poll_fn;
use std::io;
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
    output: Output,
    pool: Pool,
    hub: Sender<News>,
) {
    let mut reading = Reading::new(id, output, pool, hub.clone());
    let ending = reading.until_end(&mut child).await;
    let ending = ending.unwrap_or(Ending::Code(1));
    let _ = hub.send(News::Ended(id, run, ending)).await;
    reading.rest().await;
}

/// What is read of a process, and handed on to the hub as words of its service.
pub(super) struct Reading {
    id: Id,
    output: Output,
    pool: Pool,
    hub: Sender<News>,
    open: bool,
}

impl Reading {
    pub(super) fn new(id: Id, output: Output, pool: Pool, hub: Sender<News>) -> Self {
        Self {
            id,
            output,
            pool,
            hub,
            open: true,
        }
    }

    /// Reads until the process has ended and all that it wrote itself was read.
    pub(super) async fn until_end(&mut self, child: &mut Child) -> io::Result<Ending> {
        let ending = loop {
            // Not biased: a child that never falls silent must not hide its parent's end.
            tokio::select! {
                () = self.output.ready(), if self.open => {
                    self.next().await;
                    step_aside().await;
                }
                ended = child.wait() => break ended,
            }
        };
        // What the leader wrote is in the pipe by now. A daemon may hold the pipe open for ever, and its
        // children may talk on: what they say from now on does not delay the news.
        let last_words = self.output.ahead();
        let mut drained = 0;
        while self.open && drained < last_words {
            let ready = tokio::time::timeout(SILENCE, self.output.ready()).await;
            if ready.is_err() {
                break;
            }
            drained += self.next().await;
        }
        ending
    }

    /// What its children still say belongs to the service, until they are swept.
    pub(super) async fn rest(mut self) {
        while self.open {
            self.output.ready().await;
            self.next().await;
        }
    }

    /// Reads and hands on; how much. At the end of the stream it is not open any more.
    async fn next(&mut self) -> usize {
        let mut chunk = self.pool.take();
        if let Ok(length @ 1..) = self.output.read(chunk.room()).await {
            let news = News::Output(self.id, chunk.filled(length));
            self.open = self.hub.send(news).await.is_ok();
            length
        } else {
            self.open = false;
            0
        }
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
