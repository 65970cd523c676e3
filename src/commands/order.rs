//! `pixcrawler start`, `restart`, `scale`, and `stop SERVICE`: orders to the running session.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::history::{self, Wanted};
use crate::gather::session;
use crate::output::Format;
use crate::service::assemble;
use crate::service::control::{Ask, Reply, ServiceView};
use crate::service::replicated;
use crate::service::screen::harmless;
use crate::system::fs;
use crate::system::signal::Interrupts;
use crate::workspace::{CONFIG, Workspace};

use super::Context;
use super::heard::Heard;

/// Last lines of a service that are shown with the news that it failed.
const LAST: usize = 3;

/// What is said to whoever leaves an order.
const GOES_ON: &str = "it goes on in the session: pixcrawler ps shows how far it is";

/// Gives an order to services and waits until it is carried out.
pub fn run(context: &Context, command: &str, ask: Ask) -> Result<Exit, Failure> {
    context.only_human_or_json(command)?;
    let workspace = context.find_place()?;
    let names = named(&ask);
    let is_human = context.format == Format::Human;
    let stops = matches!(ask, Ask::Stop { .. });
    let since = Timestamp::now();
    let said = |service: &str| last_lines(&workspace, service, since);
    let mut heard = Heard::new(context.style(), names.clone(), Box::new(said))
        .typed_at(context.stand(&workspace));
    let end = session::run(async {
        let mut line = session::line(&workspace).await?;
        let mut reply = match line.ask(ask).await {
            Ok(reply) => reply,
            // Programs are told that it was not carried out as they are told what was.
            Err(failure) => return Ok(End::Missed(failure)),
        };
        // From here on the session has the order, and who leaves changes nothing of that.
        let mut interrupts = Interrupts::open().map_err(|error| {
            Failure::unreachable(format!("signals cannot be heard: {}", fs::plain(&error)))
        })?;
        loop {
            match &reply {
                Reply::Done(_) => return Ok(End::Done),
                Reply::Refused(refusal) => {
                    return Ok(End::Missed(session::refused(refusal.clone())));
                }
                reply => {
                    let text = heard.text(reply);
                    if is_human {
                        context.print(text.as_bytes());
                    }
                }
            }
            let next = tokio::select! {
                biased;
                number = interrupts.next() => return Ok(End::Left(number)),
                next = line.next() => next,
            };
            reply = match next {
                Ok(Some(reply)) => reply,
                Ok(None) => return Ok(End::Missed(session::lost("it ended"))),
                Err(error) => return Ok(End::Missed(session::lost(&error.to_string()))),
            };
        }
    });
    let end = match end? {
        End::Missed(failure) => End::Missed(with_profile(context, failure, &names)),
        other => other,
    };
    if !is_human {
        context.result(command, result(context, &heard, &end, stops));
    }
    match end {
        End::Done if is_human => {
            let dot = context.style().dot();
            for so in heard.untold(stops) {
                context.print(format!("{dot} {so}\n").as_bytes());
            }
            Ok(Exit::Clean)
        }
        End::Done => Ok(Exit::Clean),
        End::Missed(failure) => Err(failure),
        End::Left(number) => {
            context.say(&format!("· {GOES_ON}"));
            Ok(Exit::Signal(number))
        }
    }
}

/// What programs are told: how far the services are that were named, also where the order failed.
fn result(context: &Context, heard: &Heard, end: &End, stops: bool) -> Map<String, Value> {
    let services: Vec<&ServiceView> = heard.meant().collect();
    let failure = match end {
        End::Done => Value::Null,
        End::Missed(failure) => context.failure(failure),
        End::Left(_) => json!({"message": context.words(GOES_ON), "help": null}),
    };
    let mut result = Map::from_iter([
        ("services".to_owned(), json!(services)),
        ("failure".to_owned(), failure),
    ]);
    if !stops {
        result.insert("needed".to_owned(), json!(heard.needed));
    }
    result
}

/// The last lines that a service printed since its last start, after this time; empty where they cannot be
/// read: the command that reads them is told in the end.
fn last_lines(workspace: &Workspace, service: &str, since: Timestamp) -> Vec<String> {
    let wanted = Wanted {
        services: vec![service.to_owned()],
        since: Some(since),
        last_session: true,
        ..Wanted::default()
    };
    let mut last: VecDeque<String> = VecDeque::new();
    let _ = history::read(&workspace.state().join("logs"), &wanted, &mut |line| {
        let mut text = Vec::with_capacity(line.text.len());
        harmless(&line.text, false, &mut text);
        if line.note && text == b"started" {
            last.clear();
        } else if !line.note && !text.trim_ascii().is_empty() {
            last.push_back(String::from_utf8_lossy(&text).into_owned());
        }
        if last.len() > LAST {
            last.pop_front();
        }
        ControlFlow::Continue(())
    });
    last.into()
}

/// How the talk about an order came to its end.
enum End {
    /// The order was carried out.
    Done,
    /// It was taken, and something came in between.
    Missed(Failure),
    /// We were interrupted by this signal, and it goes on without us.
    Left(i32),
}

/// A service that is no part of the session may be left out, or one of a profile.
fn with_profile(context: &Context, failure: Failure, names: &[String]) -> Failure {
    let is_unknown = |name: &&String| failure.message.contains(&format!("no service `{name}`"));
    let Some(name) = names.iter().find(is_unknown) else {
        return failure;
    };
    let Ok(workspace) = context.find_workspace() else {
        return failure;
    };
    let services = &workspace.options.services;
    let written = [Some(name.as_str()), replicated(name)];
    let mut written = written.into_iter().flatten();
    let Some((name, service)) = written.find_map(|name| services.get_key_value(name)) else {
        return failure;
    };
    if assemble::is_left_out(&workspace, name) {
        return failure.help(format!(
            "{CONFIG} leaves it out: remove `enabled = false` from [services.{name}], and a session of all services starts it at once"
        ));
    }
    failure.help(match service.profiles.first() {
        Some(profile) => format!(
            "it is of the profile `{profile}`: pixcrawler stop, then pixcrawler dev --profile {profile}"
        ),
        None => format!(
            "the session was started without it: pixcrawler stop, then pixcrawler dev, or name it, too: pixcrawler dev {name}"
        ),
    })
}

/// The services that an order names.
fn named(ask: &Ask) -> Vec<String> {
    match ask {
        Ask::Stop { services } | Ask::Start { services } | Ask::Restart { services } => {
            services.clone()
        }
        Ask::Scale { service, .. } => vec![service.clone()],
        Ask::State | Ask::Follow | Ask::Kill => Vec::new(),
    }
}
