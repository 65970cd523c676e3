//! What a session leaves in its workspace so that it is found there: the lock, the socket, `session.json`.
//! Whoever cleans up around it (`git clean -fdx`) takes them away while it runs; then they are put back,
//! or nobody could stop it any more, and the next session would run beside it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::mpsc;

use crate::gather::session;
use crate::service::control::{Ask, Feed, Whereabouts, encode};
use crate::supervisor::control::Asked;
use crate::system::lock::{self, Lock, Refused};
use crate::system::socket::{self, Listener, Place};
use crate::system::watch::Watcher;
use crate::system::{fs, same};

use super::{Context, alone};

/// Who removes a folder removes one file after the other: nothing is put back in the middle of it.
const SETTLED: Duration = Duration::from_millis(300);

/// So often it is tried again what failed, or what somebody else has who may only be looking.
const TRIES: u32 = 6;

/// The traces of one session.
pub(super) struct Traces {
    pub(super) root: Utf8PathBuf,
    /// What tells the root from a folder that takes its path later.
    pub(super) identity: Option<String>,
    pub(super) state: Utf8PathBuf,
    pub(super) told: Whereabouts,
    pub(super) place: Place,
    pub(super) lock: Arc<Lock>,
    /// Where a socket goes that takes the place of a lost one.
    pub(super) renewed: mpsc::Sender<Listener>,
    /// Where an end is asked for.
    pub(super) asks: mpsc::Sender<Asked>,
    /// Where words go; none while the whole terminal is taken.
    pub(super) context: Option<Context>,
}

/// Why something could not be put back.
enum Hindrance {
    /// Another session has the folder; what the lock's holder wrote.
    Taken(String),
    /// It cannot be written.
    Broken(io::Error),
}

impl From<io::Error> for Hindrance {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

impl Traces {
    /// Puts back whatever is lost, for as long as the session runs.
    pub(super) async fn keep(mut self) {
        let mut watcher = match Watcher::new() {
            Ok(watcher) => watcher,
            Err(error) => return tracing::debug!("what is lost is not noticed: {error}"),
        };
        let mut failed = 0;
        loop {
            // Before the look, so that nothing goes between the two; anew, since a folder that was made
            // again is another one.
            for folder in self.folders() {
                if let Err(error) = watcher.add_folder(&folder) {
                    tracing::debug!("{error}");
                }
            }
            match self.put_back() {
                Ok(false) => failed = 0,
                Ok(true) => {
                    tokio::time::sleep(SETTLED).await;
                    continue;
                }
                Err(hindrance) if failed < TRIES => {
                    if let Hindrance::Broken(error) = hindrance {
                        tracing::debug!("{error}");
                    }
                    failed += 1;
                    tokio::time::sleep(SETTLED).await;
                    continue;
                }
                Err(Hindrance::Taken(holder)) => return self.leave(&holder),
                // With the next change it may be possible.
                Err(Hindrance::Broken(_)) => {}
            }
            loop {
                match watcher.next().await {
                    Some(path) if self.concerns(&path) => break,
                    Some(_) => {}
                    None => return,
                }
            }
            tokio::time::sleep(SETTLED).await;
        }
    }

    fn files(&self) -> [Utf8PathBuf; 3] {
        let lock = self.state.join("lock");
        [session::file(&self.state), lock::beside(&lock), lock]
    }

    fn socket(&self) -> Option<&Utf8Path> {
        self.told.socket.as_deref().map(Utf8Path::new)
    }

    /// Where the traces stand.
    fn folders(&self) -> Vec<Utf8PathBuf> {
        let mut folders = vec![self.root.clone(), self.state.clone()];
        let far = self.socket().and_then(Utf8Path::parent);
        let far = far.filter(|folder| cfg!(unix) && *folder != self.state);
        folders.extend(far.map(Utf8Path::to_owned));
        folders
    }

    fn concerns(&self, path: &Utf8Path) -> bool {
        path == self.state
            || self.socket() == Some(path)
            || self.files().iter().any(|file| file == path)
    }

    /// Puts back what is lost; whether anything was.
    fn put_back(&mut self) -> Result<bool, Hindrance> {
        // It was renamed, or removed as a whole: what stands there now, or comes later, is not ours.
        if same::identity(&self.root) != self.identity {
            return Ok(false);
        }
        let [told, holder, lock] = self.files();
        let mut lost = false;
        if !self.lock.is_at(&lock) {
            lost = true;
            alone::make(&self.state)?;
            self.lock = match lock::acquire(&lock, &alone::note()) {
                Ok(lock) => Arc::new(lock),
                Err(Refused::Held(holder)) => return Err(Hindrance::Taken(holder)),
                Err(Refused::Broken(error)) => return Err(Hindrance::Broken(error)),
            };
        } else if !fs::is_file(&holder) {
            lost = true;
            fs::write_atomic(&holder, alone::note().as_bytes())?;
        }
        if let Some(address) = &self.told.socket
            && !socket::is_there(address)
        {
            lost = true;
            let listener = Listener::bind(&self.place)?;
            self.told.socket = Some(listener.address().to_owned());
            // The session takes it as soon as it has a moment; one that ends needs none.
            let _ = self.renewed.try_send(listener);
        }
        self.told.folder = same::identity(&self.state);
        if session::told(&self.state).as_ref() != Some(&self.told) {
            lost = true;
            fs::write_private(&told, &encode(&self.told))?;
        }
        Ok(lost)
    }

    /// Another session began here before the lock was back: two of them would fight for the same ports.
    fn leave(&self, holder: &str) {
        if let Some(context) = &self.context {
            context.say(&format!(
                "! {} was removed, and another session (pid {}) has it now: this one ends",
                self.state,
                holder.trim()
            ));
        }
        let services = Vec::new();
        let ask = Ask::Stop { services };
        let feed = Feed::new(false, || {});
        let _ = self.asks.try_send(Asked { ask, feed });
    }
}
