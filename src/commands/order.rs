//! `pixcrawler start`, `restart`, `scale`, and `stop SERVICE`: orders to the running session.

use serde_json::{Map, Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::session;
use crate::output::Format;
use crate::output::live::{Follow, Narrow};
use crate::service::assemble;
use crate::service::control::{Ask, Reply, ServiceView, Stage};
use crate::service::replicated;
use crate::workspace::CONFIG;

use super::Context;

/// Gives an order to services and waits until it is carried out.
pub fn run(context: &Context, command: &str, ask: Ask) -> Result<Exit, Failure> {
    context.only_human_or_json(command)?;
    let workspace = context.find_place()?;
    let names = named(&ask);
    let is_human = context.format == Format::Human;
    let stops = matches!(ask, Ask::Stop { .. });
    let services = session::run(async {
        let mut line = session::line(&workspace).await?;
        let mut reply = line.ask(ask).await?;
        let mut follow = Follow::new(context.style(), Format::Human, Narrow::default());
        let (mut last, mut before) = (Vec::new(), None);
        let mut told: Vec<String> = Vec::new();
        loop {
            match &reply {
                Reply::State(snapshot) => {
                    last.clone_from(&snapshot.services);
                    before.get_or_insert_with(|| last.clone());
                }
                Reply::Done(_) => break,
                Reply::Refused(refusal) => return Err(session::refused(refusal.clone())),
                Reply::Happened(happened) if is_human => {
                    let service = happened.event["service"].as_str().unwrap_or_default();
                    // One that was scaled away is not shown any more when its end is told.
                    let known = before.iter().flatten().chain(&last);
                    if meant(known, &names).any(|view| view.name == service) {
                        told.push(service.to_owned());
                        context.print(follow.text(&reply).as_bytes());
                    } else if meant(&last, &names).any(|view| is_trouble(&happened.event, view))
                        || happened.event["event"] == "needed"
                    {
                        context.print(follow.text(&reply).as_bytes());
                    }
                }
                _ => {}
            }
            reply = match line.next().await {
                Ok(Some(reply)) => reply,
                Ok(None) => return Err(session::lost("it ended")),
                Err(error) => return Err(session::lost(&error.to_string())),
            };
        }
        let dot = context.style().dot();
        for view in meant(&last, &names).filter(|view| !told.contains(&view.name)) {
            let was = before.iter().flatten().find(|it| it.name == view.name);
            if is_human && let Some(so) = already(was.unwrap_or(view), view, stops) {
                context.print(format!("{dot} {so}\n").as_bytes());
            }
        }
        Ok(last)
    });
    let services = services.map_err(|failure| with_profile(context, failure, &names))?;
    if context.format == Format::Json {
        let meant: Vec<&ServiceView> = meant(&services, &names).collect();
        context.result(
            command,
            Map::from_iter([("services".to_owned(), json!(meant))]),
        );
    }
    Ok(Exit::Clean)
}

/// Those services that an order names, by their own name or by that of all replicas.
fn meant<'a>(
    services: impl IntoIterator<Item = &'a ServiceView>,
    names: &'a [String],
) -> impl Iterator<Item = &'a ServiceView> {
    services.into_iter().filter(|view| {
        let own = |name: &String| *name == view.name || Some(name) == view.group.as_ref();
        names.iter().any(own)
    })
}

/// Whether this is trouble in whose words the service is named: it may be what the order waits for.
fn is_trouble(event: &Value, view: &ServiceView) -> bool {
    let words = event["message"].as_str().unwrap_or_default();
    let mut words = words.split_whitespace();
    event["event"] == "trouble"
        && words.any(|word| word.trim_end_matches([',', ':', ';']) == view.name)
}

/// That nothing was to be done for a service, or nothing that was worth a line.
fn already(was: &ServiceView, view: &ServiceView, stops: bool) -> Option<String> {
    let name = &view.name;
    match view.state {
        Stage::Stopped if stops && was.state != Stage::Stopped => {
            Some(format!("{name} is stopped, and was {}", was.state.as_str()))
        }
        Stage::Stopped if stops => Some(format!("{name} is stopped already")),
        Stage::Done | Stage::Failed | Stage::Skipped if stops => Some(format!(
            "{name} does not run: it is {}",
            view.state.as_str()
        )),
        Stage::Ready | Stage::Running if !stops => Some(format!("{name} runs already")),
        Stage::Unhealthy if !stops => Some(format!("{name} runs already, and is unhealthy")),
        _ => None,
    }
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
