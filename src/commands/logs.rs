//! `pixcrawler logs`: what services printed, in this session or an earlier one, and what they print.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Duration;

use jiff::Timestamp;
use regex::Regex;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::history::{self, Kept, Line, Rest, Wanted};
use crate::gather::session::{self, Found};
use crate::output::live::{Follow, Narrow, Told};
use crate::service::control::{Ask, Happened, Reply, Snapshot};
use crate::service::level::Level;
use crate::service::screen::harmless;
use crate::text::and_list;
use crate::workspace::Workspace;

use super::{Context, reading};

mod missing;

/// Lines that come before what is followed, unless more is asked for.
const BEFORE: usize = 50;

/// A session that does not answer is waited for so long: what was printed has been shown by then.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Only these services; all when empty.
    pub services: Vec<String>,
    /// Go on with what comes.
    pub follow: bool,
    /// Nothing older, of whichever session; without it, the last session.
    pub since: Option<Timestamp>,
    /// Nothing less grave.
    pub level: Option<Level>,
    /// Only lines in which this matches.
    pub grep: Option<Regex>,
    /// Only so many last lines.
    pub lines: Option<usize>,
    /// Only the session with this mark.
    pub session: Option<String>,
}

/// What was shown last.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The session that it is of.
    session: String,
    /// The number of the last line there is.
    pub(super) seq: u64,
    /// The number of the last that happened.
    number: u64,
    /// Whether anything was shown.
    shown: bool,
    /// Nothing can be written any more.
    pub(super) unread: bool,
    /// What the history has no more of, and what it leaves open.
    rest: Rest,
}

impl Seen {
    /// Whether something that happened stood in the history already.
    pub(super) fn has(&self, happened: &Happened) -> bool {
        (1..=self.number).contains(&happened.number)
    }
}

/// Runs the command.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    context.only_human_or_json("logs")?;
    let workspace = context.find_place()?;
    let narrow = Narrow {
        services: request.services.clone(),
        groups: Vec::new(),
        level: request.level,
        grep: request.grep.clone(),
    };
    let mut follow =
        Follow::new(context.style(), context.format, narrow).typed_at(context.stand(&workspace));
    let mut request = request.clone();
    if request.follow {
        let talk = Box::pin(go_on(context, &workspace, &mut request, &mut follow));
        return session::run(talk);
    }
    let kept = services(&workspace);
    if kept.names.is_empty() {
        return Err(nothing(&workspace));
    }
    begin(&mut follow, &kept, None, &mut request)?;
    let mut seen = look_back(context, &workspace, &request, &mut follow, None)?;
    if seen.unread {
        return Ok(Exit::Clean);
    }
    let begun = begun(&workspace, &request, &mut follow);
    seen.shown |= !begun.is_empty();
    if !context.try_print(begun.as_bytes()) {
        return Ok(Exit::Clean);
    }
    if history::journals(&workspace.state().join("logs")).is_empty() {
        context.say(
            "- the journals in .pixcrawler/logs/sessions/, which say what came when, were removed: the text itself is in .pixcrawler/logs/",
        );
    } else if !seen.shown {
        context.say(&format!("- {}", none(&request)));
    }
    tell_missing(context, &workspace, &request, &seen);
    Ok(Exit::Clean)
}

/// The lines that services of the running session have begun and not ended, which stand in no history:
/// somebody may be asked for something there.
fn begun(workspace: &Workspace, request: &Request, follow: &mut Follow) -> String {
    if !session::runs(&workspace.state()) {
        return String::new();
    }
    let told = session::run(async {
        let asked = tokio::time::timeout(PATIENCE, session::begun(workspace)).await;
        Ok(asked.ok().flatten())
    });
    let Ok(Some((mark, lines))) = told else {
        return String::new();
    };
    if request.session.as_ref().is_some_and(|asked| *asked != mark) {
        return String::new();
    }
    let is_wanted = |line: &Reply| match (request.since, line) {
        (Some(since), Reply::Happened(line)) => {
            let time = line.event["time"].as_str();
            let time = time.and_then(|time| time.parse::<Timestamp>().ok());
            time.is_none_or(|time| time >= since)
        }
        _ => true,
    };
    let lines = lines.iter().filter(|line| is_wanted(line));
    lines.map(|line| follow.text(line)).collect()
}

/// Says what the history has no more of.
fn tell_missing(context: &Context, workspace: &Workspace, request: &Request, seen: &Seen) {
    // Whoever asks for the last lines only may well have got them.
    if request.lines.is_some() && seen.shown {
        return;
    }
    for line in missing::words(context, workspace, &request.services, &seen.rest) {
        context.say(&line);
    }
}

/// That nothing was shown.
fn none(request: &Request) -> String {
    let is_narrow = request.level.is_some() || request.grep.is_some() || request.lines == Some(0);
    if is_narrow || request.since.is_some() {
        "no line is like that".to_owned()
    } else if request.services.is_empty() {
        "there is no line".to_owned()
    } else {
        format!("there is no line of {}", and_list(&request.services))
    }
}

/// The services that something was kept of.
fn services(workspace: &Workspace) -> Kept {
    history::services(&workspace.state().join("logs"))
}

fn nothing(workspace: &Workspace) -> Failure {
    let root = &workspace.root;
    let way_out = if session::runs(&workspace.state()) {
        "a session runs: pixcrawler logs -f shows what its services print from now on"
    } else {
        "start a session: pixcrawler dev"
    };
    Failure::unreachable(format!("nothing was logged in {root} yet")).help(way_out)
}

/// Learns which services there are, and which of them were named.
fn begin(
    follow: &mut Follow,
    kept: &Kept,
    running: Option<&Snapshot>,
    request: &mut Request,
) -> Result<(), Failure> {
    let names: Vec<&str> = kept.names.iter().map(String::as_str).collect();
    let asked = std::mem::take(&mut request.services);
    request.services = match running {
        Some(snapshot) => reading::known_to(snapshot, &names, &kept.apart, &asked)?,
        None => reading::known(&names, &kept.apart, &asked)?,
    };
    follow.narrow_to(request.services.clone(), asked);
    follow.know(kept.names.iter().cloned());
    Ok(())
}

/// What is shown before that which follows, whether anything does or not.
fn before(request: &Request) -> Request {
    let mut back = request.clone();
    if back.since.is_none() {
        back.lines.get_or_insert(BEFORE);
    }
    back
}

/// Shows what there is and what comes, until the session is over or somebody has seen enough.
async fn go_on(
    context: &Context,
    workspace: &Workspace,
    request: &mut Request,
    follow: &mut Follow,
) -> Result<Exit, Failure> {
    let asked = request.services.clone();
    let mut line = if let Found::Running(line) = session::find(workspace).await {
        line
    } else {
        // What an earlier session said is an answer too; that nothing follows is said behind it.
        begin(follow, &services(workspace), None, request)?;
        look_back(context, workspace, &before(request), follow, None)?;
        session::line(workspace).await?
    };
    // First the line, then the history: nothing falls between the two.
    let first = line.ask(Ask::Follow).await?;
    let Reply::State(snapshot) = &first else {
        return Err(session::unexpected(&first));
    };
    let now = snapshot.services.iter().map(|service| service.name.clone());
    let Kept { names, apart } = services(workspace);
    let mut known = Kept {
        names: now.collect(),
        apart,
    };
    for name in names {
        if !known.names.contains(&name) {
            known.names.push(name);
        }
    }
    request.services = asked;
    begin(follow, &known, Some(snapshot), request)?;
    let mark = line.whereabouts.mark.as_str();
    let back = before(request);
    let seen = look_back(context, workspace, &back, follow, Some(mark))?;
    tell_missing(context, workspace, &back, &seen);
    let leave = reading::unread();
    tokio::pin!(leave);
    if seen.unread {
        return Ok(Exit::UNREAD);
    }
    loop {
        let reply = tokio::select! {
            biased;
            interrupted = tokio::signal::ctrl_c() => match interrupted {
                Ok(()) => {
                    context.print(follow.finish().as_bytes());
                    return Ok(Exit::Clean);
                }
                Err(_) => std::future::pending().await,
            },
            () = &mut leave => return Ok(Exit::UNREAD),
            reply = line.next() => reply,
            () = reading::after(follow.due()) => {
                if !context.try_print(follow.passed().as_bytes()) {
                    return Ok(Exit::UNREAD);
                }
                continue;
            }
        };
        if matches!(reply, Ok(Some(Reply::Over) | None) | Err(_))
            && !context.try_print(follow.finish().as_bytes())
        {
            return Ok(Exit::UNREAD);
        }
        match reply {
            Ok(Some(Reply::Over)) => {
                let dot = context.error_style().dot();
                context.say(&format!("{dot} the session is over"));
                return Ok(Exit::Clean);
            }
            Ok(Some(Reply::Happened(happened))) if seen.has(&happened) => {}
            Ok(Some(reply)) => {
                let text = match &reply {
                    Reply::Printed(printed) => follow.printed(printed, seen.seq),
                    other => follow.text(other),
                };
                if !context.try_print(text.as_bytes()) {
                    return Ok(Exit::UNREAD);
                }
            }
            Ok(None) => return Err(session::lost("it ended without a word")),
            Err(error) => return Err(session::lost(&error.to_string())),
        }
    }
}

/// Shows what was printed. What stands back at its end does so until the session with the mark `goes_on`
/// has said more; where none goes on, it comes at once.
pub(super) fn look_back(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
    follow: &mut Follow,
    goes_on: Option<&str>,
) -> Result<Seen, Failure> {
    // Levels and texts are judged by whoever prints; the numbers of all lines are wanted here.
    let wanted = Wanted {
        services: request.services.clone(),
        since: request.since,
        level: None,
        last_session: request.since.is_none(),
    };
    let mut seen = Seen::default();
    let mut written = Ok(());
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut kept: VecDeque<String> = VecDeque::new();
    let mut text = String::new();
    let read = history::read(&workspace.state().join("logs"), &wanted, &mut |line| {
        let session = request.session.as_ref();
        if session.is_some_and(|session| *session != line.session) {
            return ControlFlow::Continue(());
        }
        if seen.session != line.session {
            seen.session.clone_from(&line.session);
            seen.number = 0;
        }
        seen.seq = line.seq;
        seen.number = seen.number.max(line.number);
        text.clear();
        show(follow, &line, &mut text);
        keep(&mut kept, request.lines, &mut text);
        seen.shown |= !text.is_empty() || !kept.is_empty();
        written = out.write_all(text.as_bytes());
        if written.is_err() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    let same = goes_on.is_some_and(|mark| mark == seen.session);
    let mut text = if same { String::new() } else { follow.finish() };
    // What stands back belongs to the last lines, too.
    let most = request.lines;
    let most = most.map(|most| most.saturating_sub(follow.standing_back()));
    keep(&mut kept, most, &mut text);
    seen.shown |= !text.is_empty() || !kept.is_empty();
    kept.push_back(text);
    for text in kept {
        written = written.and_then(|()| out.write_all(text.as_bytes()));
    }
    written = written.and_then(|()| out.flush());
    seen.unread = !context.note_written(&written);
    seen.rest = read.map_err(|error| {
        Failure::unreachable(error.to_string()).help("the text itself is in .pixcrawler/logs/")
    })?;
    if same {
        follow.go_on(std::mem::take(&mut seen.rest.blocks));
    } else if goes_on.is_some() {
        (seen.seq, seen.number) = (0, 0);
    }
    Ok(seen)
}

/// Where only so many last lines are wanted, takes them out of `text`, and drops those before.
fn keep(kept: &mut VecDeque<String>, most: Option<usize>, text: &mut String) {
    let Some(most) = most else {
        return;
    };
    kept.extend(text.split_inclusive('\n').map(str::to_owned));
    text.clear();
    while kept.len() > most {
        kept.pop_front();
    }
}

/// A line of the history as it may be shown.
fn show(follow: &mut Follow, line: &Line, out: &mut String) {
    let mut plain = Vec::with_capacity(line.text.len());
    harmless(&line.text, true, &mut plain);
    let told = Told {
        time: &line.time,
        service: line.service.as_deref(),
        seq: line.seq,
        level: line.level,
        began: line.began,
        open: line.open,
        text: &String::from_utf8_lossy(&plain),
        note: line.note,
    };
    follow.past(&told, out);
}
