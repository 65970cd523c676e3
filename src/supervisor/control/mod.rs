//! The session's side of the line to other terminals.
//!
//! Every connection is a task of its own that waits for bytes and writes bytes; what is asked goes
//! to the hub as one value, and what is answered waits in a bounded queue. So a client that sends
//! garbage, or half a request, or reads nothing, is only ever its own task's business.

mod connection;
mod orders;
mod outcome;

use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::service::control::{Ask, Feed, Feeds, SessionView};
use crate::system::socket::Listener;

pub(super) use orders::Orders;

/// Clients at one time.
const CLIENTS: usize = 64;

/// Requests on their way to the hub.
const WAITING: usize = 64;

/// Time that the last replies have to get through when the session is over.
const FAREWELL: Duration = Duration::from_millis(300);

/// After the system refused a connection (too many open files), the next try.
const REFUSED: Duration = Duration::from_millis(200);

/// A request, and where its replies go.
#[derive(Debug)]
pub struct Asked {
    /// What is wanted.
    pub ask: Ask,
    /// Who wants it.
    pub feed: Feed,
}

/// Where requests come from, and where they may be put by this process itself.
#[derive(Debug)]
pub struct Desk {
    /// For those who ask.
    pub sender: mpsc::Sender<Asked>,
    receiver: mpsc::Receiver<Asked>,
}

impl Default for Desk {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { sender, receiver }
    }
}

impl Desk {
    /// The next request.
    pub(super) async fn next(&mut self) -> Option<Asked> {
        self.receiver.recv().await
    }
}

/// What other terminals need of a session.
#[derive(Debug)]
pub struct Control {
    /// Where they come in; none where that is not possible.
    pub listener: Option<Listener>,
    /// Others that take its place, where it is lost.
    pub renewed: mpsc::Receiver<Listener>,
    /// What they ask for.
    pub desk: Desk,
    /// Who follows.
    pub feeds: Feeds,
    /// What does not change of the session.
    pub session: SessionView,
    /// What its processes carry.
    pub mark: String,
}

impl Control {
    /// Opens the door. Inside a local set.
    pub(super) fn open(self) -> (Server, Desk, Orders) {
        let server = Server::start(self.listener, self.renewed, self.desk.sender.clone());
        let orders = Orders::new(self.feeds, self.session, self.mark);
        (server, self.desk, orders)
    }
}

/// The tasks that serve other terminals.
#[derive(Default)]
pub(super) struct Server {
    acceptor: Option<tokio::task::JoinHandle<()>>,
    connections: Rc<tokio::sync::Mutex<JoinSet<()>>>,
}

impl Server {
    /// Serves whoever comes to `listener`. Inside a local set.
    pub(super) fn start(
        listener: Option<Listener>,
        renewed: mpsc::Receiver<Listener>,
        hub: mpsc::Sender<Asked>,
    ) -> Self {
        let connections = Rc::<tokio::sync::Mutex<JoinSet<()>>>::default();
        let acceptor = listener.map(|listener| {
            tokio::task::spawn_local(accept(listener, renewed, hub, Rc::clone(&connections)))
        });
        Self {
            acceptor,
            connections,
        }
    }

    /// Lets the last replies get through, for a limited time.
    pub(super) async fn end(self) {
        if let Some(acceptor) = self.acceptor {
            acceptor.abort();
        }
        let mut connections = self.connections.lock().await;
        let all = async { while connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(FAREWELL, all).await;
    }
}

async fn accept(
    mut listener: Listener,
    mut renewed: mpsc::Receiver<Listener>,
    hub: mpsc::Sender<Asked>,
    connections: Rc<tokio::sync::Mutex<JoinSet<()>>>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(other) = renewed.recv() => {
                listener = other;
                continue;
            }
        };
        let Ok(stream) = accepted else {
            tokio::time::sleep(REFUSED).await;
            continue;
        };
        let mut connections = connections.lock().await;
        while connections.try_join_next().is_some() {}
        if connections.len() < CLIENTS {
            connections.spawn_local(connection::serve(stream, hub.clone()));
        } else if connections.len() < 2 * CLIENTS {
            connections.spawn_local(connection::send_away(stream));
        }
    }
}
