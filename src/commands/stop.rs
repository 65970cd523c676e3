//! `pixcrawler stop`: ends the session from another terminal, and waits until it is gone.

use std::time::{Duration, Instant};

use camino::Utf8Path;
use serde_json::{Map, Value};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::leftovers;
use crate::gather::session::{self, Found, Line};
use crate::output::Format;
use crate::output::live::{Follow, Narrow};
use crate::service::control::{Ask, Reply, Whereabouts};
use crate::system::signal::Interrupts;
use crate::system::{fs, lock, process};
use crate::workspace::Workspace;

use super::{Context, order};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Only these services; the whole session when empty.
    pub services: Vec<String>,
    /// Kill at once what is left.
    pub kill: bool,
}

/// A session that was left behind is swept by its guard within this time.
const SWEPT: Duration = Duration::from_secs(3);

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(15);

/// A session that is being prepared can be spoken to after this time.
const PREPARED: Duration = Duration::from_secs(20);

/// Runs the command.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    if !request.services.is_empty() {
        let services = request.services.clone();
        return order::run(context, "stop", Ask::Stop { services });
    }
    context.only_human_or_json("stop")?;
    let workspace = context.find_place()?;
    let told = session::run(async {
        let began = Instant::now();
        loop {
            match session::find(&workspace).await {
                Found::Running(line) => return running(context, request, line).await,
                Found::Starting(_) if began.elapsed() < PREPARED => {
                    tokio::time::sleep(LOOK).await;
                }
                // One that is about to end takes its socket away first.
                Found::Deaf(_) if began.elapsed() < session::ENDING => {
                    tokio::time::sleep(LOOK).await;
                }
                Found::Starting(pid) => return Err(session::starting(pid)),
                Found::Deaf(told) => return Err(session::deaf(&told)),
                Found::Died(told) => return Ok(Told::Died(told)),
                Found::Foreign(foreign) => return Err(session::not_ours(&workspace, &foreign)),
                Found::None => return Ok(Told::None),
            }
        }
    })?;
    if let Told::Left(number) = told {
        context.say(if request.kill {
            "· it goes on being killed: pixcrawler ps shows what is left of it"
        } else {
            "· it goes on stopping: pixcrawler ps shows what is left of it, pixcrawler stop --kill does not wait"
        });
        return Ok(Exit::Signal(number));
    }
    let was = told.wait(context, &workspace)?;
    let was = earlier(context, &workspace, was)?;
    if context.format == Format::Json {
        let session = Map::from_iter([("session".to_owned(), Value::from(was))]);
        context.result("stop", session);
    }
    Ok(Exit::Clean)
}

/// How the talk with the session ended.
enum Told {
    /// There was nobody to talk to.
    None,
    /// It said that it is over.
    Over(Whereabouts),
    /// It died, before or in the middle.
    Died(Whereabouts),
    /// We were interrupted by this signal, and it goes on without us.
    Left(i32),
}

/// Asks a session to stop and shows what it says.
async fn running(
    context: &Context,
    request: &Request,
    mut line: Box<Line>,
) -> Result<Told, Failure> {
    let ask = if request.kill {
        Ask::Kill
    } else {
        Ask::Stop {
            services: Vec::new(),
        }
    };
    let mut follow = Follow::new(context.style(), Format::Human, Narrow::default())
        .typed_at(context.stand_here());
    // Who is suspended hears nothing.
    process::resume(line.whereabouts.pid);
    let mut reply = Some(line.ask(ask).await?);
    // From here on the session is told, and who leaves changes nothing of that.
    let mut interrupts = Interrupts::open().map_err(|error| {
        Failure::unreachable(format!("signals cannot be heard: {}", fs::plain(&error)))
    })?;
    while let Some(said) = reply {
        if said == Reply::Over {
            return Ok(Told::Over(line.whereabouts));
        }
        if context.format == Format::Human {
            context.print(follow.text(&said).as_bytes());
        }
        reply = tokio::select! {
            biased;
            number = interrupts.next() => return Ok(Told::Left(number)),
            said = line.next() => said.unwrap_or_default(),
        };
    }
    Ok(Told::Died(line.whereabouts))
}

impl Told {
    /// Waits until nothing of the session is left; what it was, for programs.
    fn wait(self, context: &Context, workspace: &Workspace) -> Result<&'static str, Failure> {
        let (told, died) = match self {
            Self::None | Self::Left(_) => return Ok("none"),
            Self::Over(told) => (told, false),
            Self::Died(told) => (told, true),
        };
        let state = workspace.state();
        // Another session may begin the moment this one is gone: it is none of ours to wait for.
        let held = || {
            let holder = lock::holder(&state.join("lock"));
            holder.is_some_and(|note| {
                note.trim()
                    .parse::<u32>()
                    .map_or(true, |pid| pid == told.pid)
            })
        };
        let left = || process::census().left_of(&told.mark);
        let began = Instant::now();
        while (held() || !left().is_empty()) && began.elapsed() < SWEPT {
            std::thread::sleep(LOOK);
        }
        // Its guard died with it: then it is for us to do.
        let strays = left();
        if !strays.is_empty() {
            process::terminate_all(&strays);
            std::thread::sleep(SWEPT / 6);
            process::kill_all(&left());
        }
        if held() {
            return Err(Failure::unreachable(format!(
                "the session (pid {}) stopped its services and does not end",
                told.pid
            ))
            .help(crate::text::remedy::end_process(told.pid)));
        }
        if died {
            forget(&state, &told);
            let left = match strays.len() {
                0 => "nothing of it is left".to_owned(),
                1 => "one process of it was left, and was ended".to_owned(),
                more => format!("{more} processes of it were left, and were ended"),
            };
            context.say(&format!(
                "! the session (pid {}) had died; {left}",
                told.pid
            ));
            return Ok("died");
        }
        Ok("stopped")
    }
}

/// Removes what a session that died said about itself. What one says that began meanwhile stays.
fn forget(state: &Utf8Path, died: &Whereabouts) {
    let is_its = session::told(state).is_some_and(|told| told.mark == died.mark);
    if is_its && lock::holder(&state.join("lock")).is_none() {
        fs::remove(&session::file(state));
    }
}

/// Ends what is left of earlier sessions, too: one that was killed with all who clean up may be older than
/// the last. What there was, for programs.
fn earlier(
    context: &Context,
    workspace: &Workspace,
    was: &'static str,
) -> Result<&'static str, Failure> {
    let root = &workspace.root;
    let nothing = || {
        if was == "none" {
            context.say(&format!(
                "- no session is running in {root}: nothing to stop"
            ));
        }
        Ok(was)
    };
    if leftovers::unended(workspace, None).is_empty() {
        return nothing();
    }
    // Held until all is done: a session that begins now has not ended either, and is nobody's leftover.
    let note = format!("{}\n", std::process::id());
    let Ok(_lock) = lock::acquire(&workspace.state().join("lock"), &note) else {
        return nothing();
    };
    let left = leftovers::of(workspace, None);
    if left.is_empty() {
        return nothing();
    }
    let what = leftovers::words(&left);
    if !leftovers::end(&left) {
        return Err(leftovers::not_all(&what));
    }
    let no_session = match was {
        "none" => format!("no session is running in {root}; "),
        _ => String::new(),
    };
    let ended = if left.len() == 1 {
        "it was"
    } else {
        "they were"
    };
    context.say(&format!("! {no_session}{what}; {ended} ended"));
    Ok(if was == "none" { "died" } else { was })
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;
    use crate::service::control::{PROTOCOL, encode};

    #[test]
    fn what_a_session_says_that_began_meanwhile_is_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let state = Utf8PathBuf::from_path_buf(dir.path().to_owned()).expect("UTF-8");
        let one = |mark: &str| Whereabouts {
            protocol: PROTOCOL,
            pid: 1,
            mark: mark.to_owned(),
            socket: None,
            detached: false,
            folder: None,
        };
        let (died, next) = (one("died"), one("next"));
        let says = |told: &Whereabouts| {
            fs::write_private(&session::file(&state), &encode(told)).expect("written");
        };
        let is_kept = || {
            forget(&state, &died);
            session::told(&state).is_some()
        };
        says(&next);
        assert!(is_kept(), "another one said it");
        says(&died);
        let lock = lock::acquire(&state.join("lock"), "2\n").expect("free");
        assert!(is_kept(), "another one has begun");
        drop(lock);
        assert!(!is_kept());
    }
}
