//! `pixcrawler start`, `restart`, `scale`, and `stop SERVICE`: orders to the running session.

use serde_json::{Map, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::session;
use crate::output::Format;
use crate::output::live::{Follow, Narrow};
use crate::service::control::{Ask, Reply, ServiceView};

use super::Context;

/// Gives an order to services and waits until it is carried out.
pub fn run(context: &Context, command: &str, ask: Ask) -> Result<Exit, Failure> {
    context.only_human_or_json(command)?;
    let workspace = context.find_place()?;
    let names = named(&ask);
    let scales = matches!(ask, Ask::Scale { .. });
    // Replicas of a service have its name and a number.
    let is_meant = |name: &str| {
        names
            .iter()
            .any(|known| match name.strip_prefix(known.as_str()) {
                Some(rest) => rest.is_empty() || (scales && rest.starts_with('-')),
                None => false,
            })
    };
    let services = session::run(async {
        let mut line = session::line(&workspace).await?;
        let mut reply = line.ask(ask).await?;
        let mut follow = Follow::new(context.style(), Format::Human, Narrow::default());
        let mut last: Vec<ServiceView> = Vec::new();
        loop {
            match &reply {
                Reply::State(snapshot) => last.clone_from(&snapshot.services),
                Reply::Done(_) => return Ok(last),
                Reply::Refused(refusal) => return Err(session::refused(refusal.clone())),
                Reply::Happened(happened)
                    if context.format == Format::Human
                        && happened.event["service"].as_str().is_some_and(is_meant) =>
                {
                    context.print(follow.text(&reply).as_bytes());
                }
                _ => {}
            }
            reply = match line.next().await {
                Ok(Some(reply)) => reply,
                Ok(None) => return Err(session::lost("it ended")),
                Err(error) => return Err(session::lost(&error.to_string())),
            };
        }
    })?;
    if context.format == Format::Json {
        let meant: Vec<&ServiceView> = services
            .iter()
            .filter(|service| is_meant(&service.name))
            .collect();
        context.result(
            command,
            Map::from_iter([("services".to_owned(), json!(meant))]),
        );
    }
    Ok(Exit::Clean)
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
