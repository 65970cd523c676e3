//! Windows: a named pipe that only its user may open.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use camino::Utf8Path;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::windows::named_pipe::{
    ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions,
};
use windows_sys::Win32::Foundation::{CloseHandle, ERROR_PIPE_BUSY, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{
    GetTokenInformation, PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES, TOKEN_QUERY, TOKEN_USER,
    TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::Place;

/// One end of a line.
#[derive(Debug)]
pub enum Stream {
    /// The one who waited.
    Server(NamedPipeServer),
    /// The one who came.
    Client(NamedPipeClient),
}

/// Waits for others of our user.
#[derive(Debug)]
pub struct Listener {
    name: String,
    next: NamedPipeServer,
}

impl Listener {
    /// Opens the line.
    ///
    /// # Errors
    /// When the pipe cannot be made, or somebody else has its name.
    pub fn bind(place: &Place) -> io::Result<Self> {
        let name = format!(r"\\.\pipe\pixcrawler-{}", place.unique);
        Ok(Self {
            next: create(&name, true)?,
            name,
        })
    }

    /// What [`connect`] takes.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.name
    }

    /// Waits for the next one.
    ///
    /// # Errors
    /// When the system has no room for another connection.
    pub async fn accept(&mut self) -> io::Result<Stream> {
        self.next.connect().await?;
        let next = create(&self.name, false)?;
        Ok(Stream::Server(std::mem::replace(&mut self.next, next)))
    }
}

/// Opens the line to a listener of our user.
///
/// # Errors
/// When nobody listens there, or we may not.
pub async fn connect(address: &str) -> io::Result<Stream> {
    const TRIES: u32 = 40;
    for _ in 0..TRIES {
        match ClientOptions::new().open(address) {
            Ok(client) => return Ok(Stream::Client(client)),
            Err(error) if is_busy(&error) => tokio::time::sleep(Duration::from_millis(25)).await,
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// Whether nobody is at the other end any more. A pipe tells that only to who reads or writes; and nobody
/// suspends a session there, so that a request waits for long.
#[must_use]
pub fn has_hung_up(_stream: &Stream) -> bool {
    false
}

/// Whether a line can still be found: nobody takes a pipe away.
#[must_use]
pub fn is_there(_address: &str) -> bool {
    true
}

/// Where the line of whoever has this folder is now, which was opened at that address: a pipe has a name of
/// its own.
#[must_use]
pub fn of_folder(address: &str, _dir: &Utf8Path) -> String {
    address.to_owned()
}

fn is_busy(error: &io::Error) -> bool {
    error
        .raw_os_error()
        .and_then(|code| u32::try_from(code).ok())
        == Some(ERROR_PIPE_BUSY)
}

/// One more instance of the pipe, for this user alone and for this machine alone.
#[expect(unsafe_code, reason = "a pipe's access list is a raw pointer")]
fn create(name: &str, first: bool) -> io::Result<NamedPipeServer> {
    let text = wide(&format!("D:P(A;;GA;;;{})", user()?));
    let mut descriptor: PSECURITY_DESCRIPTOR = std::ptr::null_mut();
    // SAFETY: `text` ends with a zero and outlives the call; `descriptor` is freed below.
    let made = unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text.as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            std::ptr::null_mut(),
        )
    };
    if made == 0 {
        return Err(io::Error::last_os_error());
    }
    let mut attributes = SECURITY_ATTRIBUTES {
        nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).unwrap_or(0),
        lpSecurityDescriptor: descriptor,
        bInheritHandle: 0,
    };
    let mut options = ServerOptions::new();
    options
        .first_pipe_instance(first)
        .reject_remote_clients(true);
    // SAFETY: `attributes` and the descriptor in it live until the call returns.
    let pipe =
        unsafe { options.create_with_security_attributes_raw(name, (&raw mut attributes).cast()) };
    // SAFETY: allocated by the call above, and used by nobody any more.
    unsafe { LocalFree(descriptor) };
    pipe
}

/// The security identifier of the user that we run as, as text.
#[expect(
    unsafe_code,
    reason = "the process token is only there as a raw handle"
)]
fn user() -> io::Result<String> {
    let mut token: HANDLE = std::ptr::null_mut();
    // SAFETY: the pseudo handle of our own process is always valid; `token` is closed below.
    if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // Aligned as the structure at its beginning.
    let mut room = [0_u64; 64];
    let size = u32::try_from(size_of_val(&room)).unwrap_or(0);
    let mut written = 0;
    // SAFETY: `room` is `size` bytes long and aligned for TOKEN_USER.
    let told = unsafe {
        GetTokenInformation(
            token,
            TokenUser,
            room.as_mut_ptr().cast(),
            size,
            &raw mut written,
        )
    };
    let error = io::Error::last_os_error();
    // SAFETY: opened above, closed once.
    unsafe { CloseHandle(token) };
    if told == 0 {
        return Err(error);
    }
    let mut text: *mut u16 = std::ptr::null_mut();
    // SAFETY: the call above filled `room` with a TOKEN_USER whose identifier lies in `room` too.
    let made = unsafe {
        let user = &*room.as_ptr().cast::<TOKEN_USER>();
        ConvertSidToStringSidW(user.User.Sid, &raw mut text)
    };
    if made == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a zero-terminated text that the call above allocated; freed once, after it was copied.
    unsafe {
        let mut length = 0;
        while *text.add(length) != 0 {
            length += 1;
        }
        let copy = String::from_utf16_lossy(std::slice::from_raw_parts(text, length));
        LocalFree(text.cast());
        Ok(copy)
    }
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = match self.get_mut() {
            Self::Server(pipe) => Pin::new(pipe).poll_read(context, buffer),
            Self::Client(pipe) => Pin::new(pipe).poll_read(context, buffer),
        };
        // The other end was closed: to a pipe an error, to us the end.
        match read {
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Poll::Ready(Ok(()))
            }
            other => other,
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Server(pipe) => Pin::new(pipe).poll_write(context, bytes),
            Self::Client(pipe) => Pin::new(pipe).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Server(pipe) => Pin::new(pipe).poll_flush(context),
            Self::Client(pipe) => Pin::new(pipe).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}
