//! The port of a service that nobody gave one, as far as what tells that it is ready tells that, too.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::text::remedy;

use super::ports::Neighbour;
use super::{Command, Kind, Probe, Service};

/// Somebody answers already where a service is asked whether it is ready.
pub(super) static ANSWERED: Rule = Rule {
    code: "plan/ready-answered",
    severity: Severity::Warning,
    summary: "somebody listens already where a service is asked whether it is ready",
    text: "\
A service without `port` is asked at an address of this machine whether it is ready, and another process listens
there before the service is started. Where that is the service's own port, it will fail; until then it counts as
ready, since somebody answers.

Way out: stop the process that is named. Where the port is the service's own, say so: `port` in its table of
pixcrawler.toml; then whoever has it is named before the start, and only the service's own answer counts. Where
the service only starts what listens there, as a container, nothing is wrong.",
};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[&ANSWERED];

/// A port of this machine at which a service without a port is asked whether it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Its command or its `PORT` names it, too: it listens there itself.
    Own(u16),
    /// Nothing else names it.
    Asked(u16),
}

/// What is known of the port of a service that has none.
#[must_use]
pub fn of(service: &Service) -> Option<Claim> {
    let Kind::Process(command) = &service.kind else {
        return None;
    };
    if service.port.is_some() {
        return None;
    }
    let port = match service.ready.probe.as_ref()? {
        Probe::Tcp(port) => *port,
        Probe::Http(http) => local(&http.url)?,
        _ => return None,
    };
    let words: Vec<&str> = match command {
        Command::Shell(line) => line.split_whitespace().collect(),
        Command::Exec(words) => words.iter().map(String::as_str).collect(),
    };
    // What listens then is no child of theirs, and may do so already.
    if words.iter().any(|word| PASS_ON.contains(&base(word))) {
        return None;
    }
    let told = |(name, value): &(String, String)| name == "PORT" && *value == port.to_string();
    let is_own = service.env.iter().any(told) || names(&words, port);
    Some(if is_own {
        Claim::Own(port)
    } else {
        Claim::Asked(port)
    })
}

/// Programs that have others run what they are told.
const PASS_ON: &[&str] = &[
    "brew",
    "colima",
    "devcontainer",
    "docker",
    "docker-compose",
    "finch",
    "launchctl",
    "limactl",
    "minikube",
    "nerdctl",
    "pm2",
    "podman",
    "podman-compose",
    "service",
    "supabase",
    "supervisorctl",
    "systemctl",
    "vagrant",
    "wsl",
];

fn base(word: &str) -> &str {
    let word = bare(word);
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

/// The port of a URL of this machine.
fn local(url: &str) -> Option<u16> {
    let url = url::Url::parse(url).ok()?;
    let is_here = match url.host()? {
        url::Host::Domain(name) => name == "localhost" || name.strip_suffix(".localhost").is_some(),
        url::Host::Ipv4(address) => address.is_loopback() || address.is_unspecified(),
        url::Host::Ipv6(address) => address.is_loopback() || address.is_unspecified(),
    };
    url.port_or_known_default().filter(|_| is_here)
}

/// Options that say where their program listens: `--upstream-port` says something else.
const OPTIONS: &[&str] = &[
    "-H",
    "-P",
    "-b",
    "-l",
    "-p",
    "--addr",
    "--address",
    "--bind",
    "--host",
    "--http",
    "--http-address",
    "--http-port",
    "--listen",
    "--listen-address",
    "--port",
    "--server-port",
];

/// Whether a command says that it listens there: `8000` alone or behind an option that means it, `:8000`,
/// `0.0.0.0:8000`, `PORT=8000`. `localhost:8000` may as well be whom it asks.
fn names(words: &[&str], port: u16) -> bool {
    let number = port.to_string();
    let mut option = None;
    for word in words {
        let word = bare(word);
        let (key, value) = match word.split_once('=') {
            Some((key, value)) if key.starts_with('-') || key == "PORT" => (Some(key), bare(value)),
            _ => (option, word),
        };
        let is_meant = key.is_none_or(|key| key == "PORT" || OPTIONS.contains(&key));
        let is_told = key.is_some() && is_meant;
        if let Some(host) = value.strip_suffix(number.as_str()) {
            let is_any = matches!(host, "" | ":" | "0.0.0.0:" | "[::]:" | "*:");
            if is_meant && is_any || is_told && host.ends_with(':') && !host.contains("//") {
                return true;
            }
        }
        option = word
            .starts_with('-')
            .then_some(word)
            .filter(|it| !it.contains('='));
    }
    false
}

/// The finding for a port at which somebody answers already in the place of a service. `holder` is its name and number,
/// when they can be seen; `began` when the session began that left it; `of` the session that it is of.
#[must_use]
pub fn answered(
    service: &str,
    port: u16,
    holder: Option<(&str, u32)>,
    began: Option<&str>,
    of: Option<&Neighbour>,
) -> Finding {
    let who = holder.map_or_else(
        || "a process that we may not see".to_owned(),
        |(name, pid)| format!("{name} (pid {pid})"),
    );
    let whose = match (began, of) {
        (Some(began), _) => format!(", left by your session of {began}"),
        (None, Some(of)) => format!(", {}", of.words()),
        (None, None) => String::new(),
    };
    let end = match (began, of, holder) {
        (Some(_), ..) => {
            "pixcrawler dev --takeover   ends what that session left, then starts".to_owned()
        }
        (None, Some(of), _) => of.stop(),
        (None, None, Some((_, pid))) => remedy::end_process(pid),
        (None, None, None) => remedy::show_listener(port),
    };
    Finding::new(
        &ANSWERED,
        format!("`{service}` is asked at port {port} whether it is ready, and {who} listens there already{whose}"),
    )
    .subject(service)
    .note(format!("until that ends, `{service}` counts as ready"))
    .help(format!(
        "{end}   or, where `{service}` itself is to listen there: [services.{service}] port = {port} in pixcrawler.toml"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::{Http, Readiness};
    use super::*;

    fn claim(line: &str, probe: Probe) -> Option<Claim> {
        let kind = Kind::Process(Command::Shell(line.to_owned()));
        let mut service = Service::new("api", kind, "/w".into());
        service.ready = Readiness::by(probe);
        of(&service)
    }

    #[test]
    fn a_port_is_the_services_own_where_its_command_names_it_too() {
        for line in [
            "python3 -m http.server 5000",
            "flask run --port 5000",
            "uvicorn app:app --port=5000",
            "serve -p '5000'",
            "caddy run --listen localhost:5000",
            "app --bind 127.0.0.1:5000",
            "PORT=5000 ./app",
            "hugo-like :5000",
            "manage.py runserver 0.0.0.0:5000",
        ] {
            assert_eq!(
                claim(line, Probe::Tcp(5000)),
                Some(Claim::Own(5000)),
                "{line}"
            );
        }
        for line in [
            "./app",
            "./app --timeout 5000",
            "./app --upstream-port 5000",
            "./app --api http://localhost:5000",
            "./app localhost:5000",
            "./app --port 15000",
            "REDIS_PORT=5000 ./app",
            "./app --api=:5000",
        ] {
            assert_eq!(
                claim(line, Probe::Tcp(5000)),
                Some(Claim::Asked(5000)),
                "{line}"
            );
        }
        // What listens is started by somebody else.
        assert_eq!(claim("docker run -p 5000:5000 x", Probe::Tcp(5000)), None);
    }

    #[test]
    fn only_an_address_of_this_machine_is_a_port_of_it() {
        for (url, port) in [
            ("http://127.0.0.1:5000/x", Some(5000)),
            ("http://app.localhost:5000", Some(5000)),
            ("http://[::1]:5000", Some(5000)),
            ("http://localhost/x", Some(80)),
            ("http://example.com:5000", None),
            ("http://localhost:{port}", None),
        ] {
            let told = claim("./app", Probe::Http(Http::get(url)));
            assert_eq!(told, port.map(Claim::Asked), "{url}");
        }
        assert_eq!(claim("./app", Probe::Managed), None);
    }

    #[test]
    fn who_answers_is_named_with_what_ends_it() {
        let told = |began, of| {
            let finding = answered("api", 5000, Some(("x", 7)), began, of);
            (finding.message, finding.help.unwrap_or_default())
        };
        let (message, help) = told(None, None);
        assert!(
            message.ends_with("and x (pid 7) listens there already"),
            "{message}"
        );
        assert!(help.starts_with(&remedy::end_process(7)), "{help}");
        assert!(
            help.ends_with("[services.api] port = 5000 in pixcrawler.toml"),
            "{help}"
        );
        let (message, help) = told(Some("14:00"), None);
        assert!(
            message.ends_with("left by your session of 14:00"),
            "{message}"
        );
        assert!(help.starts_with("pixcrawler dev --takeover "), "{help}");
    }
}
