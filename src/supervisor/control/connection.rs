//! One client: a request in, replies out, each within a limited time and size.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};

use crate::exit::Exit;
use crate::service::control::{
    Ask, Feed, Frames, LONGEST_REQUEST, Next, PROTOCOL, Refusal, Reply, Request, encode,
};
use crate::system::socket::{self, Stream};

use super::Asked;

/// Time in which a client that connected must have asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// Time in which a client must take an answer that is not a stream.
const ANSWER: Duration = Duration::from_secs(10);

/// Serves one client to the end.
pub(super) async fn serve(mut stream: Stream, hub: mpsc::Sender<Asked>) {
    let ask = match tokio::time::timeout(PATIENCE, request(&mut stream)).await {
        Ok(Some(Ok(ask))) => ask,
        Ok(Some(Err(refusal))) => return say(&mut stream, &Reply::Refused(refusal)).await,
        // It left, or it never asked.
        Ok(None) | Err(_) => return,
    };
    // While we were suspended it gave up, and told so: what failed must not be done later.
    if socket::has_hung_up(&stream) {
        return;
    }
    let wake = Arc::new(Notify::new());
    let feed = {
        let wake = Arc::clone(&wake);
        Feed::new(ask == Ask::Follow, move || wake.notify_one())
    };
    let follows = ask == Ask::Follow;
    let asked = Asked {
        ask,
        feed: feed.clone(),
    };
    if hub.send(asked).await.is_ok() {
        answer(&mut stream, &feed, &wake, follows).await;
    }
    feed.abandon();
}

/// One client too many.
pub(super) async fn send_away(mut stream: Stream) {
    let refusal = Refusal::new(
        Exit::Busy,
        "too many terminals are attached to this session",
        "close some of them and try again",
    );
    say(&mut stream, &Reply::Refused(refusal)).await;
}

/// What the client asks; none when it leaves before it has asked.
async fn request(stream: &mut Stream) -> Option<Result<Ask, Refusal>> {
    let bad = |why: String| {
        let way_out = "use the same version of pixcrawler in both terminals";
        Some(Err(Refusal::new(Exit::Usage, why, way_out)))
    };
    let mut frames = Frames::new(LONGEST_REQUEST);
    let mut buffer = [0; 4096];
    loop {
        match frames.take::<Request>() {
            Ok(Some(request)) if request.protocol == PROTOCOL => return Some(Ok(request.ask)),
            Ok(Some(request)) => {
                return bad(format!(
                    "this session speaks version {PROTOCOL} of the protocol, not {}",
                    request.protocol
                ));
            }
            Err(broken) => return bad(broken.to_string()),
            Ok(None) => {}
        }
        match stream.read(&mut buffer).await {
            Ok(length @ 1..) => frames.push(&buffer[..length]),
            _ => return None,
        }
    }
}

/// Writes replies until there are no more, or the client leaves.
async fn answer(stream: &mut Stream, feed: &Feed, wake: &Notify, follows: bool) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut ignored = [0; 512];
    let leaves = async {
        // Nothing more is expected of a client: what it still sends is read and forgotten.
        while matches!(reader.read(&mut ignored).await, Ok(1..)) {}
    };
    let told = async {
        loop {
            match feed.next() {
                Next::Reply(reply) => {
                    if writer.write_all(&encode(&reply)).await.is_err() {
                        return;
                    }
                }
                Next::Nothing => wake.notified().await,
                Next::End => break,
            }
        }
        let _ = writer.shutdown().await;
    };
    tokio::pin!(leaves, told);
    tokio::select! {
        () = &mut leaves => {
            // Whoever said all it has to say may still listen; whoever followed has left.
            if !follows {
                let _ = tokio::time::timeout(ANSWER, told).await;
            }
            return;
        }
        () = &mut told => {}
    }
    // A pipe that is closed first would lose what was not read yet.
    let _ = tokio::time::timeout(ANSWER, leaves).await;
}

async fn say(stream: &mut Stream, reply: &Reply) {
    let said = async {
        let sent = stream.write_all(&encode(reply)).await;
        let _ = stream.shutdown().await;
        let mut ignored = [0; 512];
        while sent.is_ok() && matches!(stream.read(&mut ignored).await, Ok(1..)) {}
    };
    let _ = tokio::time::timeout(ANSWER, said).await;
}
