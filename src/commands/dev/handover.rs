//! The servers that `dev --servers --detach` left running are no session that somebody looks at: whoever wants
//! more starts them anew, with the rest. They end only once nothing stands in the way of that.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::session::{self, Found};
use crate::output::Format;
use crate::service::control::{Ask, Reply};
use crate::system::lock;
use crate::workspace::Workspace;

use super::{Context, Request, guest, preflight, session as own, supervised_format};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(25);

/// A session of servers alone stops within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// The ports that servers in the background will give back, where there is such a session.
pub(super) fn leaving(workspace: &Workspace) -> Result<Option<Vec<u16>>, Failure> {
    let servers = session::run(async { Ok(session::servers(workspace).await) })?;
    let alone = servers.filter(|servers| servers.alone);
    Ok(alone.map(|servers| servers.up))
}

/// What becomes of the servers in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// They come back with what is started next.
    Anew,
    /// They do, and end with it.
    AnewForNow,
    /// What is started next does without some of them.
    Gone,
    /// Nothing is started next.
    Needless,
}

impl Fate {
    fn words(self) -> String {
        let back = "they are back with: pixcrawler dev --servers --detach";
        match self {
            Self::Anew => "the servers in the background are started anew".to_owned(),
            Self::AnewForNow => format!(
                "the servers in the background are started anew, and end with this start; {back}"
            ),
            Self::Gone => format!(
                "the servers in the background end, and what is started does without some of them; {back}"
            ),
            Self::Needless => {
                "the session of the servers in the background has ended: there is none for it to start"
                    .to_owned()
            }
        }
    }
}

/// Looks for all that would refuse the start, as it will be when they have ended; what becomes of them by it.
///
/// # Errors
/// When something does.
pub(super) fn rehearse(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
    leaving: &[u16],
) -> Result<Fate, Failure> {
    supervised_format(context)?;
    if request.tui {
        context.only_on_a_terminal()?;
    }
    own::most(&context.variables)?;
    let mut prepared = preflight::prepare_after(context, workspace, request, leaving)?;
    if let Some(command) = &request.exec {
        guest::join(context, workspace, command, &mut prepared)?;
    }
    let is_back = |port: &u16| {
        let mut services = prepared.managed.services.iter();
        services.any(|it| it.port() == *port && prepared.plan.position(it.name()).is_some())
    };
    let ends = request.until_ready || request.exec.is_some();
    Ok(match (leaving.iter().all(is_back), ends) {
        (false, _) => Fate::Gone,
        (true, true) => Fate::AnewForNow,
        (true, false) => Fate::Anew,
    })
}

/// Says why nothing is started, to people and, where it waits for the one object, to a program.
pub(super) fn refused(
    context: &Context,
    request: &Request,
    failure: Failure,
) -> Result<Exit, Failure> {
    if context.format != Format::Json || !request.detach {
        return Err(failure);
    }
    let exit = context.failed(&failure);
    tell_not_started(context, "not-started", exit, &[], Some(failure));
    Ok(exit)
}

/// The object about a session that does not run in the background.
pub(super) fn tell_not_started(
    context: &Context,
    session: &str,
    exit: Exit,
    said: &[Value],
    refused: Option<Failure>,
) {
    let ended = [
        ("session", json!(session)),
        ("code", json!(exit.code())),
        ("services", json!([])),
        ("said", json!(said)),
    ];
    let failure = refused.as_ref().map(|it| ("failure", context.failure(it)));
    let ended = ended.into_iter().chain(failure);
    let ended = ended.map(|(key, value)| (key.to_owned(), value)).collect();
    let findings = refused.map_or_else(Vec::new, |it| it.findings);
    context.result_with("dev", findings, ended);
}

/// Ends them, and says what becomes of them.
pub(super) fn end(context: &Context, workspace: &Workspace, fate: Fate) -> Result<(), Failure> {
    session::run(async {
        match session::find(workspace).await {
            Found::Running(line) => stop(line).await,
            _ => Ok(()),
        }
    })?;
    context.say(&format!("· {}", fate.words()));
    let held = || lock::holder(&workspace.state().join("lock")).is_some();
    let began = Instant::now();
    while held() && began.elapsed() < PATIENCE {
        std::thread::sleep(LOOK);
    }
    Ok(())
}

async fn stop(mut line: Box<session::Line>) -> Result<(), Failure> {
    let services = Vec::new();
    let mut reply = Some(line.ask(Ask::Stop { services }).await?);
    while let Some(said) = reply {
        if said == Reply::Over {
            break;
        }
        reply = line.next().await.unwrap_or_default();
    }
    Ok(())
}
