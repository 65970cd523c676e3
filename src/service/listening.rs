//! Where a service really listens.

use super::{Command, Kind, Service};

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
    match &service.kind {
        Kind::Process(Command::Shell(line)) => of_words(line.split_whitespace()),
        Kind::Process(Command::Exec(words)) => of_words(words.iter().map(String::as_str)),
        _ => None,
    }
}

fn of_words<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Option<u16> {
    // To other programs it is something else.
    let is_next = |word: &str| {
        let program = word.rsplit(['/', '\\']).next().unwrap_or_default();
        matches!(program, "next" | "bun" | "npm" | "pnpm" | "yarn")
    };
    let knows_short = words.clone().any(is_next);
    let mut words = words;
    let value = words.find_map(|word| match word.strip_prefix("--port") {
        Some("") => Some(None),
        Some(rest) => rest.strip_prefix('=').map(Some),
        None => (knows_short && word == "-p").then_some(None),
    })?;
    let value = value.or_else(|| words.next())?;
    value.trim_matches(['"', '\'']).parse().ok()
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
}
