//! Where a service really listens.

use crate::diagnostic::{Finding, Rule, Severity};

use super::{Command, Kind, Service};

/// A command names a port that is none.
pub(super) static NO_PORT: Rule = Rule {
    code: "plan/port-unusable",
    severity: Severity::Warning,
    summary: "the command of a service names a port that is none",
    text: "\
Behind `--port` in a command stands what is no number from 1 to 65535. Most programs refuse that; with 0 they take
any port that is free, and nobody knows which. The plan goes on with the port that the service would have without it,
and asks there whether it is ready.

Way out: write the port's number, or leave the option out and write `port` in the service's table.",
};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[&NO_PORT];

/// The port that its command names, else the one that its own variables tell it, else that of the plan.
#[must_use]
pub fn port(service: &Service) -> Option<u16> {
    let told = service.env.iter().rev().find(|(name, _)| name == "PORT");
    let told = told.and_then(|(_, value)| value.trim().parse().ok());
    of_command(service).or(told).or(service.port)
}

/// The number behind `--port` in a service's command, or behind Next's `-p`.
#[must_use]
pub fn of_command(service: &Service) -> Option<u16> {
    let (_, value) = told(service)?;
    value.parse().ok().filter(|port| *port != 0)
}

/// What is wrong with the port that a service's command names, where that is none. What a shell or we fill in is not
/// known yet.
#[must_use]
pub fn unusable(service: &Service) -> Option<Finding> {
    let (option, value) = told(service)?;
    let is_filled_in = value.contains(['$', '{', '`', '%', '(']);
    if is_filled_in || value.is_empty() || value.starts_with('-') {
        return None;
    }
    let why = match value.parse::<u16>() {
        Ok(0) => "with which most programs take any port that is free: nobody knows which",
        Ok(_) => return None,
        Err(_) if value.bytes().all(|byte| byte.is_ascii_digit()) => {
            "and the highest port is 65535"
        }
        Err(_) => "which is no port",
    };
    let group = service.group();
    let planned = service.port.map_or_else(String::new, |port| {
        format!("; the plan goes on with port {port}")
    });
    let finding = Finding::new(
        &NO_PORT,
        format!("the command of `{group}` says `{option} {value}`, {why}{planned}"),
    );
    Some(finding.subject(group).help(format!(
        "write a number from 1 to 65535 behind {option} in `command` of [services.{group}]"
    )))
}

/// The option by which a service's command names its port, and what stands behind it.
fn told(service: &Service) -> Option<(&'static str, &str)> {
    match &service.kind {
        Kind::Process(Command::Shell(line)) => of_words(line.split_whitespace()),
        Kind::Process(Command::Exec(words)) => of_words(words.iter().map(String::as_str)),
        _ => None,
    }
}

fn of_words<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Option<(&'static str, &'a str)> {
    // To other programs it is something else.
    let is_next = |word: &str| {
        let program = word.rsplit(['/', '\\']).next().unwrap_or_default();
        matches!(program, "next" | "bun" | "npm" | "pnpm" | "yarn")
    };
    let knows_short = words.clone().any(is_next);
    let mut words = words;
    let (option, value) = words.find_map(|word| match word.strip_prefix("--port") {
        Some("") => Some(("--port", None)),
        Some(rest) => Some(("--port", Some(rest.strip_prefix('=')?))),
        None => (knows_short && word == "-p").then_some(("-p", None)),
    })?;
    let value = value.or_else(|| words.next())?;
    Some((option, value.trim_matches(['"', '\''])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_tells_before_variables_and_these_before_the_plan() {
        let told = |line: &str, env: &[&str]| {
            let kind = Kind::Process(Command::Shell(line.to_owned()));
            let mut service = Service::new("backend", kind, "/".into());
            service.port = Some(8000);
            let env = env
                .iter()
                .map(|value| ("PORT".to_owned(), (*value).to_owned()));
            service.env = env.collect();
            port(&service)
        };
        assert_eq!(told("uvicorn app:app", &[]), Some(8000));
        assert_eq!(told("uvicorn app:app", &["8000", "9001"]), Some(9001));
        assert_eq!(told("uvicorn --port 9000 app:app", &["9001"]), Some(9000));
        assert_eq!(told("uvicorn app:app --port=\"9000\"", &[]), Some(9000));
        assert_eq!(told("uvicorn app:app --port $PORT", &["9001"]), Some(9001));
        assert_eq!(told("serve --ports 9000", &[]), Some(8000));
        assert_eq!(told("bun run dev -- -p 9000", &[]), Some(9000));
        assert_eq!(told("serve -p 9000", &[]), Some(8000));
    }

    #[test]
    fn what_is_no_port_is_told_and_what_is_not_known_yet_is_not() {
        let told = |line: &str| {
            let kind = Kind::Process(Command::Shell(line.to_owned()));
            let mut service = Service::new("api", kind, "/".into());
            service.port = Some(8000);
            unusable(&service).map(|finding| finding.message)
        };
        for (line, words) in [
            (
                "uvicorn app:app --port abc",
                "`--port abc`, which is no port",
            ),
            ("uvicorn app:app --port=0", "`--port 0`, with which most"),
            (
                "uvicorn app:app --port '70000'",
                "the highest port is 65535",
            ),
            ("next dev -p x", "`-p x`, which is no port"),
        ] {
            let told = told(line).expect(line);
            assert!(told.contains(words), "{told}");
            assert!(told.ends_with("the plan goes on with port 8000"), "{told}");
        }
        for line in [
            "uvicorn app:app --port 8000",
            "uvicorn app:app --port $PORT",
            "serve --port {port}",
            "serve --port `cat port`",
            "serve --port --debug",
            "serve --port",
            "serve -p abc",
            "uvicorn app:app",
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
