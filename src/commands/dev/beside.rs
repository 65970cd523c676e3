//! What `dev --attach` was asked for and a session that runs already cannot do any more.

use crate::failure::Failure;
use crate::text::remedy::quoted;

use super::Request;

/// Refuses what concerns the start of a session, where one runs.
///
/// # Errors
/// With the option, and the command that does it.
pub(super) fn check(request: &Request) -> Result<(), Failure> {
    let anew =
        |option: &str| format!("start anew with it: pixcrawler stop, then pixcrawler dev {option}");
    let wait = "see what is ready: pixcrawler ps; wait for a service: pixcrawler start NAME";
    let (option, way) = if let Some((name, count)) = request.scale.iter().next() {
        let scale = format!("{}={count}", quoted(name));
        (
            "--scale",
            format!("of the one that runs: pixcrawler scale {scale}"),
        )
    } else if request.migrate {
        (
            "--migrate",
            "of the database itself: pixcrawler migrate".to_owned(),
        )
    } else if request.until_ready {
        ("--until-ready", wait.to_owned())
    } else if request.timeout.is_some() {
        ("--timeout", wait.to_owned())
    } else if request.timings.is_some() {
        ("--timings", anew("--timings"))
    } else if let Some(profile) = request.profiles.first() {
        ("--profile", anew(&format!("--profile {}", quoted(profile))))
    } else if request.servers {
        ("--servers", anew("--servers"))
    } else if let Some(option) = of_start(request) {
        (option, anew(option))
    } else {
        return Ok(());
    };
    let message = format!("a session runs already, and {option} concerns the start of one");
    Err(Failure::usage(message).help(format!("{way}; or leave out {option}")))
}

/// A switch that says how a session starts, or when it ends.
fn of_start(request: &Request) -> Option<&'static str> {
    let switches = [
        (request.keep_going, "--keep-going"),
        (!request.managed, "--no-managed"),
        (!request.install, "--no-install"),
        (request.takeover, "--takeover"),
        (!request.check, "--no-check"),
    ];
    let mut given = switches.into_iter().filter(|(is_given, _)| *is_given);
    given.next().map(|(_, switch)| switch)
}
