//! What the session of this workspace runs, and what starts the rest.

use crate::service::control::{ServiceView, Stage};

/// Whether a service of the session is on its way, and only to be waited for.
pub(super) fn is_starting(name: &str, session: Option<&[ServiceView]>) -> bool {
    let known = session.and_then(|all| all.iter().find(|service| service.name == name));
    known.is_some_and(|it| match it.state {
        Stage::Starting => true,
        // One that somebody stopped keeps it waiting for ever.
        Stage::Waiting => it.held_by.is_none(),
        _ => false,
    })
}

/// Whether a service of the session has got as far as to answer.
pub(super) fn is_up(service: &ServiceView) -> bool {
    matches!(
        service.state,
        Stage::Running | Stage::Ready | Stage::Unhealthy
    )
}

/// The command that gets a service to run.
pub(super) fn start(name: &str, session: Option<&[ServiceView]>) -> String {
    let known = session.and_then(|all| all.iter().find(|service| service.name == name));
    let only_servers = |all: &[ServiceView]| all.iter().all(|service| service.kind == "managed");
    match (known, session) {
        (Some(service), _)
            if matches!(
                service.state,
                Stage::Stopped | Stage::Failed | Stage::Done | Stage::Skipped
            ) =>
        {
            format!("pixcrawler start {name}")
        }
        (Some(_), _) => format!("pixcrawler restart {name}"),
        // There is one session a workspace; one of servers alone makes room.
        (None, Some(all)) if !only_servers(all) => "pixcrawler stop && pixcrawler dev".to_owned(),
        (None, _) => format!("pixcrawler dev {name}"),
    }
}
