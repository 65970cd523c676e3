//! Unix: fork, subreapers, a socket between the two.

use std::ffi::CStr;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, alarm, fork, getppid};

use super::Order;
use super::line::{HEARD, Line, encode};
use crate::exit::Exit;
use crate::system::footprint;
use crate::system::process;
use crate::system::signal::{Hangup, hangup_is_ignored};
use crate::system::terminal::{Saved, in_time, leave_session};

/// What is left of a session is asked to end, and killed after this time: two seconds after the
/// supervisor's death nothing may be alive.
const GRACE: Duration = Duration::from_millis(700);

/// Signals that people and terminals send to end us.
const ENDING: [Signal; 3] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];

/// Those that mean something to a command, and would end us.
const OTHERS: [Signal; 3] = [Signal::SIGQUIT, Signal::SIGUSR1, Signal::SIGUSR2];

/// A supervisor that has not heard a second signal after so many seconds is killed.
const DEAF: u32 = 3;

/// A signal to the whole group reaches guard and supervisor within this time: a hangup is nobody's second
/// request, however busy the machine is.
const fn echo(number: i32) -> Duration {
    match number {
        number if number == Signal::SIGTERM as i32 => Duration::from_millis(300),
        number if number == Signal::SIGHUP as i32 => Duration::from_secs(2),
        _ => Duration::ZERO,
    }
}

/// The supervisor's end of the line to its guard.
#[derive(Debug)]
pub struct Link {
    stream: tokio::net::UnixStream,
    /// Our parent, as long as it lives.
    keeper: Pid,
    own: tokio::signal::unix::Signal,
    hangup: Hangup,
    last: Option<(i32, Instant)>,
    /// These reach the guard too, which passes them on: here they are only kept from killing us.
    _caught: [tokio::signal::unix::Signal; 4],
}

impl Link {
    /// Opens the line inside the supervisor's runtime.
    fn open(stream: UnixStream, keeper: Pid) -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: tokio::net::UnixStream::from_std(stream)?,
            keeper,
            own: signal(SignalKind::terminate())?,
            hangup: Hangup::open()?,
            last: None,
            _caught: [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::quit())?,
                signal(SignalKind::user_defined1())?,
                signal(SignalKind::user_defined2())?,
            ],
        })
    }

    /// Waits for the next order.
    pub async fn next(&mut self) -> Order {
        use tokio::io::AsyncReadExt;
        loop {
            let mut byte = [0];
            let order = tokio::select! {
                // Who died first is the reason, and not what a guard asks for because of it.
                biased;
                read = self.stream.read(&mut byte) => match read {
                    Ok(1) => {
                        let _ = self.stream.try_write(&[HEARD]);
                        told(i32::from(byte[0]))
                    }
                    // The guard ends when the keeper does.
                    _ if getppid() != self.keeper => Order::KeeperDied,
                    _ => Order::GuardDied,
                },
                Some(()) = self.own.recv() => Order::Signal(Signal::SIGTERM as i32),
                Some(()) = self.hangup.recv() => Order::Signal(Signal::SIGHUP as i32),
            };
            // A signal to the whole group reaches both of us: the echo is not a second request.
            if let Order::Signal(number) = order {
                let echo = self
                    .last
                    .is_some_and(|(last, at)| last == number && at.elapsed() < echo(number));
                self.last = Some((number, Instant::now()));
                if echo {
                    continue;
                }
            }
            return order;
        }
    }
}

/// What a signal that the guard got means.
fn told(number: i32) -> Order {
    if OTHERS.iter().any(|other| *other as i32 == number) {
        Order::Other(number)
    } else {
        Order::Signal(number)
    }
}

/// Runs `supervise` in a process of its own, with this one as its guard.
///
/// Must be called while there is one thread. The session's mark is what `supervise` gives its
/// services, so that strays can be told from strangers. With `terminal`, `supervise` may take the
/// whole terminal: whoever outlives it gives that back.
#[expect(
    unsafe_code,
    reason = "the guard must be an ancestor of the supervisor to inherit its orphans"
)]
pub fn guarded(
    session: &str,
    terminal: Option<&Saved>,
    supervise: impl FnOnce(&mut dyn FnMut() -> std::io::Result<Link>) -> Exit,
) -> Exit {
    let waited = ENDING
        .into_iter()
        .chain(OTHERS)
        .chain([Signal::SIGCHLD])
        .filter(|signal| *signal != Signal::SIGHUP || !hangup_is_ignored())
        .collect::<SigSet>();
    process::spare_our_group();
    // Blocked before the fork: no signal can fall into the gap.
    let _ = waited.thread_block();
    let Ok((ours, theirs)) = UnixStream::pair() else {
        return Exit::Unreachable;
    };
    subreaper();
    // SAFETY: the caller promises that there is one thread, so the child is a whole copy.
    match unsafe { fork() } {
        Err(error) => {
            let _ = waited.thread_unblock();
            tracing::warn!("no guard: {error}");
            Exit::Unreachable
        }
        Ok(ForkResult::Child) => {
            drop(ours);
            keep(session, terminal, &theirs, waited, supervise)
        }
        Ok(ForkResult::Parent { child }) => {
            drop(theirs);
            footprint::give_back_code();
            let (exit, swept) = watch(child, ours, waited);
            if !swept {
                sweep(session);
                // Not before: a supervisor that outlived its keeper draws, until it hears of it and
                // leaves by itself, and that must not come on the first screen.
                if let Some(terminal) = terminal {
                    terminal.restore_if_taken();
                }
            }
            let _ = waited.thread_unblock();
            exit
        }
    }
}

/// The keeper, between guard and supervisor: it does nothing but wait for the supervisor's end, and
/// then ends what is left. Should the other two be killed in one blow, it is the ancestor who
/// inherits every daemon, also those that forgot their marks.
#[expect(
    unsafe_code,
    reason = "a keeper must not be a program that can be missing"
)]
#[expect(
    clippy::exit,
    reason = "neither fork may return into the caller's code"
)]
fn keep(
    session: &str,
    terminal: Option<&Saved>,
    line: &UnixStream,
    waited: SigSet,
    supervise: impl FnOnce(&mut dyn FnMut() -> std::io::Result<Link>) -> Exit,
) -> ! {
    subreaper();
    let keeper = Pid::this();
    // SAFETY: the caller of `guarded` promises that there is one thread.
    let exit = match unsafe { fork() } {
        Err(error) => {
            tracing::warn!("no keeper: {error}");
            Exit::Unreachable
        }
        Ok(ForkResult::Child) => {
            let exit = lead(session, line, keeper, waited, supervise);
            report(line, exit);
            std::process::exit(i32::from(exit.code()))
        }
        Ok(ForkResult::Parent { child }) => {
            rename(c"px-keeper");
            // `timeout -s KILL` and `kill -9 %1` mean a whole group, and somebody must be left. A group
            // of its own in the same session would not do: with the keeper's end the others' group
            // would count as orphaned, and where one of it is stopped the kernel hangs up on all of it.
            leave_session();
            look_away();
            footprint::give_back_code();
            let exit = match wait(child) {
                Some(WaitStatus::Signaled(_, number, _)) => Exit::Signal(number as i32),
                Some(WaitStatus::Exited(_, code)) => {
                    Exit::Program(u8::try_from(code).unwrap_or(Exit::BUG))
                }
                _ => Exit::Program(Exit::BUG),
            };
            // One that ended by itself has given the terminal back, also when it panicked.
            let died = matches!(exit, Exit::Signal(_));
            if let (Some(terminal), true) = (terminal, died) {
                terminal.restore();
            }
            sweep(session);
            exit
        }
    };
    // What the supervisor said itself comes first, and the guard reads no more than that.
    report(line, exit);
    std::process::exit(i32::from(exit.code()))
}

/// The supervisor.
fn lead(
    session: &str,
    line: &UnixStream,
    keeper: Pid,
    waited: SigSet,
    supervise: impl FnOnce(&mut dyn FnMut() -> std::io::Result<Link>) -> Exit,
) -> Exit {
    subreaper();
    // `killall pixcrawler` leaves the others to clean up.
    rename(c"px-supervisor");
    let mut stream = line.try_clone().ok();
    let exit = supervise(&mut || {
        let stream = stream.take().ok_or(std::io::ErrorKind::AlreadyExists)?;
        let opened = Link::open(stream, keeper);
        let _ = waited.thread_unblock();
        opened
    });
    if getppid() == keeper {
        // Who suspended all of us, and had one of us go on, means all of us.
        let _ = nix::sys::signal::kill(keeper, Signal::SIGCONT);
    } else {
        // Without a keeper, nobody else ends the daemons that we inherited.
        sweep(session);
    }
    exit
}

/// Tells the guard how the session ended.
fn report(mut line: &UnixStream, exit: Exit) {
    let _ = line.set_nonblocking(false);
    let _ = line.write_all(&encode(exit));
}

/// Waits for the end of one child, and reaps whatever else ends.
fn wait(child: Pid) -> Option<WaitStatus> {
    loop {
        match waitpid(None, None) {
            Ok(status @ (WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, _, _)))
                if pid == child =>
            {
                return Some(status);
            }
            Err(error) if error != Errno::EINTR => return None,
            _ => {}
        }
    }
}

/// Whoever reads our output must see its end when the others end.
fn look_away() {
    if let Ok(nothing) = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null")
    {
        let _ = nix::unistd::dup2_stdin(&nothing);
        let _ = nix::unistd::dup2_stdout(&nothing);
        let _ = nix::unistd::dup2_stderr(&nothing);
    }
}

/// Passes signals on until the keeper is gone; how the session ended, and whether the keeper has
/// ended what was left of it.
///
/// A supervisor that is suspended goes on when there is something to be heard. One that does not hear even
/// a second signal that ends is killed: nothing else would come of it.
fn watch(child: Pid, stream: UnixStream, mut waited: SigSet) -> (Exit, bool) {
    waited.add(Signal::SIGALRM);
    let _ = waited.thread_block();
    let mut line = Line::new(stream);
    let (mut last, mut killed) = (Signal::SIGTERM, None);
    loop {
        match waited.wait() {
            Ok(Signal::SIGCHLD) => {
                if let Some(status) = reap(child) {
                    alarm::cancel();
                    let swept = matches!(status, WaitStatus::Exited(..));
                    let exit = ended(status, &mut line);
                    return (killed.unwrap_or(exit), swept);
                }
            }
            Ok(Signal::SIGALRM) => {
                if line.is_deaf() {
                    killed = Some(Exit::Signal(last as i32));
                    signal_supervisor(child, Signal::SIGKILL);
                    // Not before: the terminal may take nothing.
                    in_time(|| {
                        let _ = writeln!(
                            std::io::stderr(),
                            "! the session does not answer, and is killed"
                        );
                    });
                }
            }
            Ok(number) => {
                let was_deaf = line.tell(number as i32);
                if ENDING.contains(&number) {
                    last = number;
                    signal_supervisor(child, Signal::SIGCONT);
                    if was_deaf {
                        alarm::set(DEAF);
                    }
                }
            }
            Err(_) => {}
        }
    }
}

/// Signals the child of the keeper. That goes on as well: it has to hear of an end.
fn signal_supervisor(keeper: Pid, number: Signal) {
    let _ = kill(keeper, Signal::SIGCONT);
    let of = u32::try_from(keeper.as_raw()).unwrap_or_default();
    for process in process::snapshot() {
        if process.parent == of
            && !process.zombie
            && let Ok(pid) = i32::try_from(process.pid)
        {
            let _ = kill(Pid::from_raw(pid), number);
        }
    }
}

/// Reaps whatever has ended; the status of `child` if it is among them. Should that be suspended, it goes
/// on: it has a group of its own, and whoever suspends a session and lets it go on does not reach it.
fn reap(child: Pid) -> Option<WaitStatus> {
    let mut found = None;
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED)) {
            Ok(WaitStatus::Stopped(pid, _)) if pid == child => {
                let _ = kill(child, Signal::SIGCONT);
            }
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return found,
            Ok(status @ (WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, _, _)))
                if pid == child =>
            {
                found = Some(status);
            }
            Err(error) if error != Errno::EINTR => return found,
            _ => {}
        }
    }
}

/// What was reported, or what the sudden death of the one who reports means.
fn ended(status: WaitStatus, line: &mut Line) -> Exit {
    if let Some(exit) = line.report() {
        return exit;
    }
    match status {
        WaitStatus::Signaled(_, number, _) => Exit::Signal(number as i32),
        WaitStatus::Exited(_, code) => Exit::Program(u8::try_from(code).unwrap_or(Exit::BUG)),
        _ => Exit::Program(Exit::BUG),
    }
}

/// Ends whatever is left of the session.
fn sweep(session: &str) {
    let started = Instant::now();
    let mut asked = false;
    loop {
        let left = process::census().session(session);
        if left.is_empty() || started.elapsed() > Duration::from_secs(10) {
            return process::clear(session);
        }
        if !asked {
            process::terminate_all(&left);
            asked = true;
        } else if started.elapsed() >= GRACE {
            process::kill_all(&left);
        }
        std::thread::sleep(Duration::from_millis(15));
        let _ = reap(Pid::from_raw(0));
    }
}

/// Orphans below us become our children instead of init's.
fn subreaper() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

#[cfg_attr(
    not(target_os = "linux"),
    expect(unused_variables, reason = "only Linux lets a process rename itself")
)]
fn rename(name: &CStr) {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_name(name);
}
