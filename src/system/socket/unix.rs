//! Unix: a socket file with owner-only permissions.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};

use camino::{Utf8Path, Utf8PathBuf};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Uid;
use sha2::{Digest, Sha256};
use tokio::net::{UnixListener, UnixStream};

use super::Place;
use crate::system::same;

/// One end of a line.
pub type Stream = UnixStream;

/// A socket's name may be 104 bytes on macOS and 108 on Linux.
const LONGEST: usize = 100;

/// The name of a socket in the workspace's own folder.
const NEAR: &str = "socket";

/// The permissions that everybody but the owner has.
const OTHERS: u32 = 0o077;

/// Waits for others of our user.
#[derive(Debug)]
pub struct Listener {
    inner: UnixListener,
    path: Utf8PathBuf,
    /// Tells its file from one that another listener put in its place.
    identity: Option<String>,
}

impl Listener {
    /// Opens the line. A socket that stands there is one that was left behind: whoever calls this
    /// holds the workspace's lock.
    ///
    /// # Errors
    /// When the file cannot be made, or its folder could be changed by others.
    pub fn bind(place: &Place) -> io::Result<Self> {
        let path = path(place)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(named(&path, &error));
            }
            _ => {}
        }
        let inner = UnixListener::bind(&path).map_err(|error| named(&path, &error))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))
            .map_err(|error| named(&path, &error))?;
        Ok(Self {
            identity: same::identity(&path),
            inner,
            path,
        })
    }

    /// What [`connect`] takes.
    #[must_use]
    pub fn address(&self) -> &str {
        self.path.as_str()
    }

    /// Waits for the next one. Strangers are sent away.
    ///
    /// # Errors
    /// When the system has no room for another connection.
    pub async fn accept(&mut self) -> io::Result<Stream> {
        loop {
            let (stream, _) = self.inner.accept().await?;
            if is_trusted(&stream) {
                return Ok(stream);
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Where the workspace was renamed, another one's may stand there by now.
        if self.identity.is_some() && same::identity(&self.path) == self.identity {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens the line to a listener of our user.
///
/// # Errors
/// When nobody listens there, or somebody else does.
pub async fn connect(address: &str) -> io::Result<Stream> {
    let stream = UnixStream::connect(address).await?;
    if is_trusted(&stream) {
        return Ok(stream);
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("{address} belongs to another user"),
    ))
}

/// Whether nobody is at the other end any more: who has only said all it has to say still is.
#[must_use]
pub fn has_hung_up(stream: &Stream) -> bool {
    let mut asked = [PollFd::new(stream.as_fd(), PollFlags::empty())];
    // Asked, not waited for.
    let told = poll(&mut asked, PollTimeout::ZERO).is_ok();
    let events = asked.first().and_then(PollFd::revents);
    told && events.is_some_and(|events| events.contains(PollFlags::POLLHUP))
}

/// Whether a line can still be found.
#[must_use]
pub fn is_there(address: &str) -> bool {
    Utf8Path::new(address).exists()
}

/// Where the line of whoever has this folder is now, which was opened at that address. One in a folder goes
/// with it where it is moved, or mounted at another place; the short way round has the folder in its name.
#[must_use]
pub fn of_folder(address: &str, dir: &Utf8Path) -> String {
    let path = Utf8Path::new(address);
    let stands =
        path.file_name() != Some(NEAR) || path.parent().is_some_and(|parent| same::is(parent, dir));
    if stands {
        address.to_owned()
    } else {
        dir.join(NEAR).into_string()
    }
}

/// Our own user, or root on either side, who could do everything anyway.
fn is_trusted(stream: &UnixStream) -> bool {
    let ours = Uid::effective();
    stream
        .peer_cred()
        .is_ok_and(|peer| peer.uid() == ours.as_raw() || peer.uid() == 0 || ours.is_root())
}

/// The workspace's own folder, or the short way round.
fn path(place: &Place) -> io::Result<Utf8PathBuf> {
    let near = place.dir.join(NEAR);
    if near.as_str().len() <= LONGEST {
        return Ok(near);
    }
    let dir = match &place.runtime {
        Some(runtime) if runtime.is_dir() && runtime.as_str().len() < LONGEST / 2 => {
            runtime.join("pixcrawler")
        }
        _ => Utf8PathBuf::from(format!("/tmp/pixcrawler-{}", Uid::effective())),
    };
    own(&dir)?;
    // With what tells the folder from one that takes its path later, once this one was renamed.
    let folder = same::identity(&place.dir).unwrap_or_default();
    let hash = Sha256::digest(format!("{}\n{folder}", place.dir).as_bytes());
    Ok(dir.join(format!("{}.socket", crate::text::hex(&hash[..8]))))
}

/// Makes a folder that nobody else may enter, or makes sure that it is one.
fn own(dir: &Utf8Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(named(dir, &error));
        }
        _ => {}
    }
    // Not through a link: that could be somebody else's.
    let found = fs::symlink_metadata(dir).map_err(|error| named(dir, &error))?;
    let ours = found.uid() == Uid::effective().as_raw();
    let closed = found.mode() & OTHERS == 0;
    if found.is_dir() && ours && closed {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("{dir}: others could change what is in it; remove it"),
    ))
}

fn named(path: &Utf8Path, error: &io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!("{path}: {}", crate::system::fs::plain(error)),
    )
}
