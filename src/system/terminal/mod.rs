//! The terminal while the whole of it is ours: taken, and given back whatever happens.

#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;

use std::cell::Cell;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use ratatui::crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};

use super::stdout;

#[cfg(unix)]
pub use os::leave_session;
pub use os::{Saved, appoint_heir, leave_on_signal, survive_background};

/// Everything that gives a terminal back: mouse, pasting, colours, cursor, the first screen.
const FAREWELL: &[u8] =
    b"\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?1049l\x1b[?25h\r";

/// A terminal that is paused, or that nobody reads, gets so much time for the last words.
const PATIENT: Duration = Duration::from_secs(1);

/// Whether the terminal is ours at the moment.
static OURS: AtomicBool = AtomicBool::new(false);

/// Held while a picture is drawn: whoever gives the terminal back does so before or after it.
static PICTURE: Mutex<()> = Mutex::new(());

thread_local! {
    /// Whether this thread draws: a panic of its own must not wait for itself.
    static DRAWS: Cell<bool> = const { Cell::new(false) };
}

/// Asks a question on the terminal; the answer is not shown while it is typed.
///
/// # Errors
/// When there is no terminal.
pub fn ask_secretly(question: &str) -> io::Result<String> {
    let terminal = console::Term::stderr();
    terminal.write_str(question)?;
    terminal.read_secure_line()
}

/// Takes the whole terminal. From now on a panic gives it back before it is told.
///
/// # Errors
/// When there is no terminal.
pub fn enter() -> io::Result<()> {
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            leave();
            // Whoever unwinds has services to end.
            if stdout::stderr_takes() {
                told(panic);
            }
        }));
    });
    survive_background();
    os::tell_heir(true);
    enable_raw_mode()?;
    OURS.store(true, Ordering::SeqCst);
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableMouseCapture,
        cursor::Hide
    )
}

/// Draws a picture, while nobody gives the terminal back; nothing when it is not ours any more.
pub fn drawing<T>(draw: impl FnOnce() -> T) -> Option<T> {
    let _picture = PICTURE.lock().unwrap_or_else(PoisonError::into_inner);
    if !OURS.load(Ordering::SeqCst) {
        return None;
    }
    DRAWS.set(true);
    let drawn = draw();
    DRAWS.set(false);
    Some(drawn)
}

/// Does something that may wait for a terminal, on a thread of its own; whether it was done in a bounded
/// time. A terminal that is paused, or that nobody reads, takes nothing, maybe for ever.
pub fn in_time(work: impl FnOnce() + Send + 'static) -> bool {
    let (done, waits) = mpsc::channel();
    let thread = std::thread::Builder::new().spawn(move || {
        work();
        let _ = done.send(());
    });
    thread.is_ok() && waits.recv_timeout(PATIENT).is_ok()
}

/// Gives the terminal back; nothing when it is not ours. One that takes nothing is left as it looks after a
/// bounded time.
pub fn leave() {
    if DRAWS.get() {
        give_back();
    } else if !in_time(|| {
        let _picture = PICTURE.lock().unwrap_or_else(PoisonError::into_inner);
        give_back();
    }) {
        make_cooked();
    }
}

/// What can be done for a terminal without writing to it: what is typed there is shown again.
pub fn make_cooked() {
    if OURS.load(Ordering::SeqCst) && os::is_ours() {
        let _ = disable_raw_mode();
    }
}

fn give_back() {
    if OURS.swap(false, Ordering::SeqCst) {
        if os::is_ours() {
            let _ = disable_raw_mode();
        }
        let _ = execute!(
            io::stdout(),
            DisableMouseCapture,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = io::stdout().write_all(b"\x1b[0m");
        let _ = io::stdout().flush();
        os::tell_heir(false);
    }
}

/// Whether the mouse is reported to us, or left to the terminal, which can then copy text.
pub fn mouse(ours: bool) {
    let _ = if ours {
        execute!(io::stdout(), EnableMouseCapture)
    } else {
        execute!(io::stdout(), DisableMouseCapture)
    };
}
