//! Unix: sessions, signals, pipes.

use std::collections::BTreeSet;
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicI32, Ordering};

use nix::sys::signal::{self, SigSet, Signal};
use nix::unistd::Pid;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::process::Command;

use super::stamp::Seal;
#[cfg(target_os = "linux")]
use super::vfork;
use super::{Process, Spec, Tree};
use crate::service::{Ending, StopScope, StopSignal};

/// Bytes that a child may write ahead of us: a burst does not stall it.
#[cfg(target_os = "linux")]
const PIPE_SIZE: i32 = 1 << 20;

/// Whether the system holds a bound that it was given with the start. Here a [`super::Cage`] may.
pub const HOLDS_BOUNDS: bool = false;

/// Another account to run a process as; only root can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// User number.
    pub uid: u32,
    /// Group number.
    pub gid: u32,
}

impl Account {
    /// The account with these numbers.
    #[must_use]
    pub fn new(uid: u32, gid: u32) -> Option<Self> {
        Some(Self { uid, gid })
    }
}

/// A process that was started.
#[derive(Debug)]
pub struct Child {
    inner: Inner,
    pid: u32,
}

#[derive(Debug)]
enum Inner {
    Forked(Box<tokio::process::Child>),
    #[cfg(target_os = "linux")]
    Lent(vfork::Child),
}

impl Child {
    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid
    }

    /// Waits until the leader has ended; the rest of its tree may live on.
    pub async fn wait(&mut self) -> io::Result<Ending> {
        let status = match &mut self.inner {
            Inner::Forked(child) => child.wait().await?,
            #[cfg(target_os = "linux")]
            Inner::Lent(child) => return child.wait().await,
        };
        Ok(match (status.code(), status.signal()) {
            (Some(code), _) => Ending::Code(code),
            (None, Some(number)) => Ending::Signal(number),
            (None, None) => Ending::Code(1),
        })
    }
}

/// What a child prints.
#[derive(Debug)]
pub struct Output(pipe::Receiver);

impl Output {
    /// Waits until there is something to read, or the end.
    pub async fn ready(&mut self) {
        // What fails here fails when it is read.
        let _ = self.0.readable().await;
    }

    /// Reads what is there, at least one byte; none at the end.
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).await
    }

    /// Bytes that were written and not read yet.
    #[must_use]
    pub fn ahead(&self) -> usize {
        rustix::io::ioctl_fionread(&self.0)
            .ok()
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or_default()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the boundary")]
pub(super) fn shell(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line);
    command
}

#[expect(
    unsafe_code,
    reason = "a session of its own can only be made between fork and exec"
)]
pub(super) fn spawn(spec: &Spec, mut command: Command) -> io::Result<(Child, Output)> {
    let (reader, writer) = io::pipe()?;
    let reader = OwnedFd::from(reader);
    #[cfg(target_os = "linux")]
    let _ = nix::fcntl::fcntl(&reader, nix::fcntl::FcntlArg::F_SETPIPE_SZ(PIPE_SIZE));
    #[cfg(target_os = "linux")]
    let entrance = spec.bound.cage.as_ref().map(|cage| cage.entrance());
    #[cfg(target_os = "linux")]
    let entrance = entrance.transpose()?;
    let seal = spec.stamp.and_then(Seal::of);
    #[cfg(target_os = "linux")]
    if spec.account.is_none() && vfork::is_possible() {
        let entrance = entrance.as_ref().map(AsFd::as_fd);
        let (child, pid) = vfork::spawn(command.as_std(), writer.as_fd(), entrance, seal)?;
        drop(writer);
        return Ok((
            Child {
                inner: Inner::Lent(child),
                pid,
            },
            Output(pipe::Receiver::from_owned_fd(reader)?),
        ));
    }
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    if let Some(account) = spec.account {
        command.uid(account.uid).gid(account.gid);
    }
    // SAFETY: between fork and exec only async-signal-safe calls are allowed: setsid, write, prlimit
    // and prctl are plain system calls, and nothing is allocated.
    unsafe {
        command.pre_exec(move || {
            nix::unistd::setsid()?;
            if let Some(seal) = &seal {
                seal.press();
            }
            #[cfg(target_os = "linux")]
            if let Some(entrance) = &entrance {
                nix::unistd::write(entrance, b"0")?;
            }
            // Should guard and supervisor be killed in one blow, the leaders are still asked to end.
            #[cfg(target_os = "linux")]
            nix::sys::prctl::set_pdeathsig(Signal::SIGTERM)?;
            Ok(())
        });
    }
    let inner = command.spawn()?;
    let pid = inner.id().unwrap_or_default();
    // `command` holds our copies of the write end: the pipe ends only when they are gone.
    drop(command);
    Ok((
        Child {
            inner: Inner::Forked(Box::new(inner)),
            pid,
        },
        Output(pipe::Receiver::from_owned_fd(reader)?),
    ))
}

#[expect(
    unsafe_code,
    reason = "a group of its own can only be given the terminal between fork and exec"
)]
pub(super) fn spawn_guest(
    spec: &Spec,
    mut command: Command,
    stdout: Option<std::fs::File>,
) -> io::Result<Child> {
    if let Some(stdout) = stdout {
        command.stdout(stdout);
    }
    if let Some(account) = spec.account {
        command.uid(account.uid).gid(account.gid);
    }
    let has_terminal = has_terminal();
    let seal = spec.stamp.and_then(Seal::of);
    // SAFETY: between fork and exec only async-signal-safe calls are allowed: setpgid, tcsetpgrp,
    // sigprocmask, sigaction, prlimit and prctl are plain system calls, and nothing is allocated.
    unsafe {
        command.pre_exec(move || {
            nix::unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0))?;
            if let Some(seal) = &seal {
                seal.press();
            }
            if has_terminal {
                give_terminal(nix::unistd::getpid());
                // Nobody could wake it again.
                signal::signal(Signal::SIGTSTP, signal::SigHandler::SigIgn)?;
            }
            #[cfg(target_os = "linux")]
            nix::sys::prctl::set_pdeathsig(Signal::SIGTERM)?;
            Ok(())
        });
    }
    let inner = command.spawn()?;
    let pid = inner.id().unwrap_or_default();
    Ok(Child {
        inner: Inner::Forked(Box::new(inner)),
        pid,
    })
}

/// Whether what is typed comes to our process group.
fn has_terminal() -> bool {
    nix::unistd::tcgetpgrp(io::stdin()).is_ok_and(|group| group == nix::unistd::getpgrp())
}

/// Whatever is typed goes to this group from now on. Who does not have the terminal may not give
/// it away without being stopped for it, unless the signal is held back.
fn give_terminal(group: Pid) {
    let mut held = SigSet::empty();
    held.add(Signal::SIGTTOU);
    let mut before = SigSet::empty();
    let _ = signal::sigprocmask(
        signal::SigmaskHow::SIG_BLOCK,
        Some(&held),
        Some(&mut before),
    );
    let _ = nix::unistd::tcsetpgrp(io::stdin(), group);
    let _ = signal::sigprocmask(signal::SigmaskHow::SIG_SETMASK, Some(&before), None);
}

/// Makes the terminal ours again.
pub fn take_terminal_back() {
    if nix::unistd::tcgetpgrp(io::stdin()).is_ok() {
        give_terminal(nix::unistd::getpgrp());
    }
}

/// Passes a signal on to a tree's group; whether that was for us to do.
pub fn pass_on(tree: &Tree, number: i32) -> bool {
    let target = i32::try_from(tree.leader).map(Pid::from_raw);
    if let (Ok(target), Ok(number)) = (target, Signal::try_from(number)) {
        let _ = signal::killpg(target, number);
    }
    true
}

/// Asks a tree's leader (or its whole group) to end.
pub fn ask(tree: &Tree, stop: StopSignal, scope: StopScope) {
    let Ok(pid) = i32::try_from(tree.leader) else {
        return;
    };
    let number = match stop {
        StopSignal::Terminate => Signal::SIGTERM,
        StopSignal::Interrupt => Signal::SIGINT,
        StopSignal::Quit => Signal::SIGQUIT,
        StopSignal::HangUp => Signal::SIGHUP,
        StopSignal::Abort => Signal::SIGABRT,
        StopSignal::UserOne => Signal::SIGUSR1,
        StopSignal::UserTwo => Signal::SIGUSR2,
        StopSignal::Window => Signal::SIGWINCH,
        StopSignal::Kill => Signal::SIGKILL,
    };
    let target = Pid::from_raw(pid);
    let _ = match scope {
        StopScope::Leader => signal::kill(target, number),
        StopScope::Group => signal::killpg(target, number),
    };
    // One that is suspended hears nothing until it goes on. Its children may be so, too.
    let _ = signal::killpg(target, Signal::SIGCONT);
}

/// The group in which the session was typed: a script's or a pipeline's, of which we are only a part.
static TYPED_IN: AtomicI32 = AtomicI32::new(0);

/// Our group is nobody's to be killed, also for those of us who leave it. Before there is a second process.
pub fn spare_our_group() {
    TYPED_IN.store(nix::unistd::getpgrp().as_raw(), Ordering::Relaxed);
}

pub(super) fn kill(members: &[Process]) {
    // A process that keeps forking is never where the list says; its group is, and the kernel lets
    // nobody fork out of a signal to a group. Our own group has nobody of theirs in it.
    let ours = nix::unistd::getpgrp();
    let typed_in = TYPED_IN.load(Ordering::Relaxed);
    let groups: BTreeSet<u32> = members.iter().map(|process| process.group).collect();
    for group in groups
        .into_iter()
        .filter_map(|group| i32::try_from(group).ok())
        .map(Pid::from_raw)
    {
        if group.as_raw() > 1 && group != ours && group.as_raw() != typed_in {
            let _ = signal::killpg(group, Signal::SIGKILL);
        }
    }
    send(members, Signal::SIGKILL);
}

/// Lets a process and its group go on, if a terminal suspended them (Ctrl+Z).
pub fn resume(pid: u32) {
    let pid = i32::try_from(pid).ok().filter(|pid| *pid > 1);
    let group = pid.and_then(|pid| nix::unistd::getpgid(Some(Pid::from_raw(pid))).ok());
    if let Some(group) = group.filter(|group| group.as_raw() > 1) {
        let _ = signal::killpg(group, Signal::SIGCONT);
    }
}

pub(super) fn terminate(members: &[Process]) {
    send(members, Signal::SIGTERM);
    send(members, Signal::SIGCONT);
}

fn send(members: &[Process], number: Signal) {
    for pid in members
        .iter()
        .filter_map(|process| i32::try_from(process.pid).ok())
    {
        let _ = signal::kill(Pid::from_raw(pid), number);
    }
}

/// Tells when children end.
#[derive(Debug)]
pub struct Endings(tokio::signal::unix::Signal);

impl Endings {
    /// From now on, as far as the system allows it.
    #[must_use]
    pub fn watch() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::child()).ok().map(Self)
    }

    /// Waits until one or more children have ended.
    pub async fn next(&mut self) -> Option<()> {
        self.0.recv().await
    }
}

pub(super) fn reap_adopted(known: &[u32], before: &[u32]) -> Vec<u32> {
    use nix::sys::wait::{WaitPidFlag, waitpid};
    let ours = std::process::id();
    let ended = super::snapshot().into_iter().filter(|process| {
        process.zombie && process.parent == ours && !known.contains(&process.pid)
    });
    let (orphans, others): (Vec<u32>, Vec<u32>) = ended
        .map(|process| process.pid)
        .partition(|pid| before.contains(pid));
    for pid in orphans
        .into_iter()
        .filter_map(|pid| i32::try_from(pid).ok())
    {
        let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
    }
    others
}
