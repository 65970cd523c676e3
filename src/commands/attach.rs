//! `pixcrawler attach`: follows the running session from another terminal.

use tokio::sync::mpsc;
use tokio::task::{LocalSet, spawn_local};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::session::{self, Line};
use crate::output::live::Follow;
use crate::output::live::tui::{Role, Screen};
use crate::service::control::{Ask, Feed, Refusal, Reply, Snapshot};
use crate::system::{fs, stdout, terminal};
use crate::text::{and_list, nearest};
use crate::workspace::Workspace;

use super::Context;

/// How following came to its end.
enum End {
    /// We left.
    Detached,
    /// The session is over.
    Over,
    /// The session went away without a word.
    Lost,
    /// Nobody reads what we print.
    Unread,
}

/// Runs the command. With `services`, only these are shown; with `tui`, on the whole terminal.
pub fn run(context: &Context, services: &[String], tui: bool) -> Result<Exit, Failure> {
    context.only_human_or_json("attach")?;
    let workspace = context.find_workspace()?;
    if tui {
        return interface(context, &workspace);
    }
    let (end, pid) = session::run(async {
        let mut line = session::line(&workspace).await?;
        let pid = line.whereabouts.pid;
        Ok((follow(context, &mut line, services).await?, pid))
    })?;
    match end {
        End::Detached => context.say(&format!(
            "{} detached; the session (pid {pid}) goes on",
            context.error_style().dot()
        )),
        End::Lost => return Err(session::lost("it ended without a word")),
        End::Over => {}
        End::Unread => return Ok(Exit::Signal(13)),
    }
    Ok(Exit::Clean)
}

/// The session on the whole terminal.
fn interface(context: &Context, workspace: &Workspace) -> Result<Exit, Failure> {
    context.only_on_a_terminal()?;
    terminal::leave_on_signal();
    session::run(async {
        // Before the terminal is taken: whether there is anything to be shown.
        drop(session::line(workspace).await?);
        let (sender, mut asks) = mpsc::unbounded_channel();
        let wanted = move |ask: Ask, feed: Feed| {
            let _ = sender.send((ask, feed));
        };
        let screen =
            Screen::open(context.theme(), Role::Guest, Box::new(wanted)).map_err(|error| {
                Failure::unreachable(format!("the terminal cannot be used: {error}"))
            })?;
        let speaking = LocalSet::new();
        speaking
            .run_until(async {
                while let Some((ask, feed)) = asks.recv().await {
                    let workspace = workspace.clone();
                    spawn_local(async move { speak(&workspace, ask, &feed).await });
                }
            })
            .await;
        let dot = context.error_style().dot();
        let left = screen.close().map_err(|error| {
            Failure::unreachable(format!("the interface ended: {}", fs::plain(&error)))
                .help("follow it line by line: pixcrawler attach")
        })?;
        context.say(&if left {
            format!("{dot} detached; the session goes on")
        } else {
            format!("{dot} the session is over")
        });
        Ok(Exit::Clean)
    })
}

/// Asks the session for something and hands its replies on.
async fn speak(workspace: &Workspace, ask: Ask, feed: &Feed) {
    let refused =
        |failure: Failure| Reply::Refused(Refusal::new(failure.exit, failure.message, ""));
    let mut line = match session::line(workspace).await {
        Ok(line) => line,
        Err(failure) => return feed.finish(refused(failure)),
    };
    match line.ask(ask).await {
        Ok(reply) => feed.push(reply),
        Err(failure) => return feed.finish(refused(failure)),
    }
    while !feed.is_over() {
        match line.next().await {
            Ok(Some(Reply::Over) | None) | Err(_) => return feed.finish(Reply::Over),
            Ok(Some(reply)) => feed.push(reply),
        }
    }
}

async fn follow(context: &Context, line: &mut Line, services: &[String]) -> Result<End, Failure> {
    let first = line.ask(Ask::Follow).await?;
    let Reply::State(snapshot) = &first else {
        return Err(session::unexpected(&first));
    };
    known(snapshot, services)?;
    let mut follow = Follow::new(context.style(), context.format, services.to_vec());
    follow.know(snapshot);
    context.say(&format!(
        "{dot} attached to the session (pid {}), {} for {} {dot} Ctrl+C detaches",
        snapshot.session.pid,
        snapshot.session.phase.as_str(),
        crate::text::duration(std::time::Duration::from_millis(snapshot.session.uptime_ms)),
        dot = context.error_style().dot(),
    ));
    // Blocking, and for ever if need be: the process ends without it.
    let (unread, gone) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        if stdout::wait_until_unread() {
            let _ = unread.send(());
        }
    });
    let leave = async {
        // A sender that is dropped only means that it cannot be told.
        if gone.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::pin!(leave);
    loop {
        let reply = tokio::select! {
            biased;
            interrupted = tokio::signal::ctrl_c() => match interrupted {
                Ok(()) => return Ok(End::Detached),
                Err(_) => std::future::pending().await,
            },
            () = &mut leave => return Ok(End::Unread),
            reply = line.next() => reply,
        };
        match reply {
            Ok(Some(Reply::Over)) => return Ok(End::Over),
            Ok(Some(reply)) => context.print(follow.text(&reply).as_bytes()),
            Ok(None) => return Ok(End::Lost),
            Err(error) => return Err(session::lost(&error.to_string())),
        }
    }
}

/// Whether the session has these services.
pub(super) fn known(snapshot: &Snapshot, services: &[String]) -> Result<(), Failure> {
    let names = || {
        snapshot
            .services
            .iter()
            .map(|service| service.name.as_str())
    };
    for service in services {
        if !names().any(|name| name == service) {
            let help = match nearest(service, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "its services are {}",
                    and_list(&names().collect::<Vec<_>>())
                ),
            };
            return Err(
                Failure::usage(format!("this session has no service `{service}`")).help(help),
            );
        }
    }
    Ok(())
}
