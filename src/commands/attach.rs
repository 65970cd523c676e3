//! `pixcrawler attach`: follows the running session from another terminal.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::future::{Future, poll_fn};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::task::Poll;

use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::{LocalSet, spawn_local};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::history::{self, Wanted};
use crate::gather::session::{self, Found, Line};
use crate::output::Sign;
use crate::output::live::tui::{First, Role, Screen};
use crate::output::live::{Follow, Narrow};
use crate::service::control::{
    Ask, Feed, Happened, Mood, Phase, Printed, Refusal, Reply, Snapshot,
};
use crate::service::level::Level;
use crate::service::screen::harmless;
use crate::system::{fs, terminal};
use crate::workspace::Workspace;

use super::{Context, logs, reading};

/// Lines of before that are shown first.
const LINES: usize = 20;

/// As [`LINES`], where there is room to look back.
const PAGES: usize = 2000;

/// How following came to its end.
enum End {
    /// We left, when the session was there.
    Detached(Phase),
    /// The session is over.
    Over,
    /// The session went away without a word.
    Lost,
    /// What we print cannot be written any more.
    Unread,
}

/// Runs the command. With `services`, only these are shown, with `level` nothing less grave; with `tui`, on the
/// whole terminal.
pub fn run(
    context: &Context,
    services: &[String],
    tui: bool,
    level: Option<Level>,
) -> Result<Exit, Failure> {
    context.only_human_or_json("attach")?;
    let workspace = context.find_place()?;
    if tui {
        return interface(context, &workspace, services, level);
    }
    let (end, pid) = session::run(async {
        let mut line = session::line(&workspace).await?;
        let pid = line.whereabouts.pid;
        let end = follow(context, &workspace, &mut line, services, level).await?;
        Ok((end, pid))
    })?;
    match end {
        End::Detached(phase) => {
            let dot = context.error_style().dot();
            let it = format!("the session (pid {pid})");
            context.say(&format!("{dot} detached; {}", what_it_does(&it, phase)));
        }
        End::Lost => return Err(session::lost("it ended without a word")),
        End::Over => {}
        End::Unread => return Ok(Exit::UNREAD),
    }
    Ok(Exit::Clean)
}

/// What the session does that somebody leaves.
fn what_it_does(it: &str, phase: Phase) -> String {
    match phase {
        Phase::Stopping => format!("{it} is stopping: pixcrawler ps shows what is left of it"),
        Phase::Starting | Phase::Running => format!("{it} goes on"),
    }
}

/// The session on the whole terminal, at first the services of these names: the interface shows one or all, so that
/// it is the first of several.
fn interface(
    context: &Context,
    workspace: &Workspace,
    services: &[String],
    level: Option<Level>,
) -> Result<Exit, Failure> {
    context.only_on_a_terminal()?;
    let style = context.error_style();
    terminal::appoint_heir(&format!(
        "{} the interface was killed; the session goes on",
        style.sign(Sign::Warning)
    ));
    terminal::leave_on_signal();
    session::run(async {
        // Before the terminal is taken: whether there is anything to be shown.
        let mut line = session::line(workspace).await?;
        let service = if services.is_empty() {
            None
        } else {
            let reply = line.ask(Ask::State).await?;
            let Reply::State(snapshot) = &reply else {
                return Err(session::unexpected(&reply));
            };
            named(snapshot, services)?.into_iter().next()
        };
        let first = First { service, level };
        drop(line);
        let (sender, mut asks) = mpsc::unbounded_channel();
        let wanted = move |ask: Ask, feed: Feed| {
            let _ = sender.send((ask, feed));
        };
        let screen = Screen::open(context.theme(), Role::Guest, first, Box::new(wanted)).map_err(
            |error| Failure::unreachable(format!("the terminal cannot be used: {error}")),
        )?;
        // Why the session went away, where it did so without a word.
        let lost: Rc<RefCell<Option<Failure>>> = Rc::default();
        let speaking = LocalSet::new();
        speaking
            .run_until(async {
                while let Some((ask, feed)) = asks.recv().await {
                    let (workspace, lost) = (workspace.clone(), Rc::clone(&lost));
                    spawn_local(async move {
                        if let Err(failure) = speak(&workspace, ask, &feed).await {
                            lost.borrow_mut().get_or_insert(failure);
                            feed.finish(Reply::Over);
                        }
                    });
                }
            })
            .await;
        let dot = style.dot();
        let left = screen.close().map_err(|error| {
            Failure::unreachable(format!("the interface ended: {}", fs::plain(&error)))
                .help("follow it line by line: pixcrawler attach")
        })?;
        if let (false, Some(failure)) = (left, lost.take()) {
            return Err(failure);
        }
        let phase = if left { phase(workspace).await } else { None };
        let does = phase.map(|phase| what_it_does("the session", phase));
        context.say(&match (left, does) {
            (true, Some(does)) => format!("{dot} detached; {does}"),
            (true, None) => format!("{dot} detached"),
            (false, _) => format!("{dot} the session is over"),
        });
        Ok(Exit::Clean)
    })
}

/// The services of a session that are meant by these names.
fn named(snapshot: &Snapshot, services: &[String]) -> Result<Vec<String>, Failure> {
    let names = snapshot.services.iter();
    let names: Vec<&str> = names.map(|service| service.name.as_str()).collect();
    reading::known_to(snapshot, &names, &BTreeSet::new(), services)
}

/// Where the session is in its life, where it tells.
async fn phase(workspace: &Workspace) -> Option<Phase> {
    let Found::Running(mut line) = session::find(workspace).await else {
        return None;
    };
    match line.ask(Ask::State).await {
        Ok(Reply::State(snapshot)) => Some(snapshot.session.phase),
        _ => None,
    }
}

/// Asks the session for something and hands its replies on. It fails where the session goes away while it is
/// followed, and does not say that it is over.
async fn speak(workspace: &Workspace, ask: Ask, feed: &Feed) -> Result<(), Failure> {
    let refused =
        |failure: Failure| Reply::Refused(Refusal::new(failure.exit, failure.message, ""));
    let mut line = match session::line(workspace).await {
        Ok(line) => line,
        Err(failure) => {
            feed.finish(refused(failure));
            return Ok(());
        }
    };
    let follows = ask == Ask::Follow;
    match line.ask(ask).await {
        Ok(reply) => feed.push(reply),
        Err(failure) => {
            feed.finish(refused(failure));
            return Ok(());
        }
    }
    let (mut seen, mut number) = (0, 0);
    if follows {
        let (said, last) = earlier(workspace, &line.whereabouts.mark);
        (seen, number) = last;
        for reply in said {
            feed.push(reply);
        }
    }
    while !feed.is_over() {
        match line.next().await {
            Ok(Some(Reply::Printed(printed))) if printed.seq <= seen => {}
            Ok(Some(Reply::Happened(said))) if (1..=number).contains(&said.number) => {}
            Ok(None) if follows => return Err(session::lost("it ended without a word")),
            Err(error) if follows => return Err(session::lost(&error.to_string())),
            Ok(Some(Reply::Over) | None) | Err(_) => {
                feed.finish(Reply::Over);
                break;
            }
            Ok(Some(reply)) => feed.push(reply),
        }
    }
    Ok(())
}

async fn follow(
    context: &Context,
    workspace: &Workspace,
    line: &mut Line,
    services: &[String],
    level: Option<Level>,
) -> Result<End, Failure> {
    let first = line.ask(Ask::Follow).await?;
    let Reply::State(snapshot) = &first else {
        return Err(session::unexpected(&first));
    };
    let groups = services.to_vec();
    let services = named(snapshot, services)?;
    let narrow = Narrow {
        services: services.clone(),
        groups,
        level,
        ..Narrow::default()
    };
    let mut follow =
        Follow::new(context.style(), context.format, narrow).typed_at(context.stand(workspace));
    let _ = follow.text(&first);
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    // Asked once before it is offered: from here on it ends nothing by itself.
    let first = poll_fn(|context| Poll::Ready(interrupted.as_mut().poll(context))).await;
    let listens = first.is_pending();
    // Before the first line: one that comes among them may stand in the middle of a traceback.
    context.say(&format!(
        "{dot} attached to the session (pid {}), {} for {} {dot} Ctrl+C detaches",
        snapshot.session.pid,
        snapshot.session.phase.as_str(),
        crate::text::duration(std::time::Duration::from_millis(snapshot.session.uptime_ms)),
        dot = context.error_style().dot(),
    ));
    // A program sees nowhere else how everything stands.
    if !context.try_print(follow.standing(snapshot).as_bytes()) {
        return Ok(End::Unread);
    }
    let before = logs::Request {
        services,
        lines: Some(LINES),
        session: Some(line.whereabouts.mark.clone()),
        ..logs::Request::default()
    };
    let mut phase = snapshot.session.phase;
    let mark = Some(line.whereabouts.mark.as_str());
    let seen = logs::look_back(context, workspace, &before, &mut follow, mark)?;
    if seen.unread {
        return Ok(End::Unread);
    }
    let leave = reading::unread();
    tokio::pin!(leave);
    loop {
        let reply = tokio::select! {
            biased;
            interrupted = &mut interrupted, if listens => match interrupted {
                Ok(()) => {
                    context.print(follow.finish().as_bytes());
                    return Ok(End::Detached(phase));
                }
                Err(_) => std::future::pending().await,
            },
            () = &mut leave => return Ok(End::Unread),
            reply = line.next() => reply,
            () = reading::after(follow.due()) => {
                if !context.try_print(follow.passed().as_bytes()) {
                    return Ok(End::Unread);
                }
                continue;
            }
        };
        if matches!(reply, Ok(Some(Reply::Over) | None) | Err(_))
            && !context.try_print(follow.finish().as_bytes())
        {
            return Ok(End::Unread);
        }
        match reply {
            Ok(Some(Reply::Over)) => return Ok(End::Over),
            Ok(Some(Reply::Happened(happened))) if seen.has(&happened) => {}
            Ok(Some(reply)) => {
                match &reply {
                    Reply::State(snapshot) => phase = snapshot.session.phase,
                    Reply::Happened(happened) if happened.event["event"] == "stopping" => {
                        phase = Phase::Stopping;
                    }
                    _ => {}
                }
                let text = match &reply {
                    Reply::Printed(printed) => follow.printed(printed, seen.seq),
                    other => follow.text(other),
                };
                if !context.try_print(text.as_bytes()) {
                    return Ok(End::Unread);
                }
            }
            Ok(None) => return Ok(End::Lost),
            Err(error) => return Err(session::lost(&error.to_string())),
        }
    }
}

/// What the session with this mark said before somebody came, its last lines; and the numbers of the
/// last line of all and of what happened last.
fn earlier(workspace: &Workspace, mark: &str) -> (Vec<Reply>, (u64, u64)) {
    let wanted = Wanted {
        last_session: true,
        ..Wanted::default()
    };
    let (mut said, mut seen) = (VecDeque::new(), (0, 0));
    let logs = workspace.state().join("logs");
    let read = history::read(&logs, &wanted, &mut |line| {
        if line.session == mark {
            seen = (line.seq, line.number.max(seen.1));
            said.push_back(line);
            if said.len() > PAGES {
                said.pop_front();
            }
        }
        ControlFlow::Continue(())
    });
    if let Err(error) = read {
        tracing::debug!("no history: {error}");
    }
    (said.into_iter().map(reply).collect(), seen)
}

/// A line of the history as the session said it.
fn reply(line: history::Line) -> Reply {
    let mut text = Vec::with_capacity(line.text.len() + 1);
    harmless(&line.text, true, &mut text);
    let mut text = String::from_utf8_lossy(&text).into_owned();
    if line.note {
        let mood = match line.level {
            Level::Error => Mood::Bad,
            Level::Warn => Mood::Careful,
            _ => Mood::Calm,
        };
        let event = json!({"time": line.time, "event": "note", "service": line.service});
        return Reply::Happened(Happened {
            number: line.number,
            mood,
            text,
            event,
        });
    }
    text.push('\n');
    Reply::Printed(Printed {
        time: line.time,
        service: line.service.unwrap_or_default(),
        seq: line.seq,
        text,
    })
}
