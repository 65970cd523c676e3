//! Several of the same: what differs between the replicas of a service.

use super::check::{Health, HealthCheck, Http, Probe};
use super::command::Command;
use super::model::{Kind, Replica, Service};

/// What a name with a number may be a replica of: `mail` of `mail-2`.
#[must_use]
pub fn replicated(name: &str) -> Option<&str> {
    let (group, number) = name.rsplit_once('-')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(group)
}

/// What one of several is called, by its number: `mail-2` of `mail`.
pub(super) fn numbered(group: &str, number: u32) -> String {
    format!("{group}-{number}")
}

/// A service of which there may be several.
#[derive(Debug, Clone)]
pub struct Template {
    service: Service,
    /// Each replica's port is so much higher than the one before.
    port_step: Option<u16>,
    /// Whether it was planned as one of several: then the first is `NAME-1`, else it is `NAME`.
    numbered: bool,
}

impl Template {
    /// What the replicas of `service` are made of.
    #[must_use]
    pub fn new(service: Service, port_step: Option<u16>, numbered: bool) -> Self {
        Self {
            service,
            port_step,
            numbered,
        }
    }

    /// The name that all replicas share.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.service.name
    }

    /// The service as it stands, as long as it is the only one. Where nobody planned more of it, only
    /// its checks are completed: braces may mean something else in its command.
    #[must_use]
    pub fn alone(&self) -> Service {
        let mut service = self.service.clone();
        let fill = Fill::new(1, service.port);
        if self.port_step.is_some() {
            fill.service(&mut service);
        } else {
            fill.checks(&mut service);
        }
        service
    }

    /// The name of the replica of that number.
    #[must_use]
    pub fn name_of(&self, number: u32) -> String {
        if self.numbered || number > 1 {
            numbered(&self.service.name, number)
        } else {
            self.service.name.clone()
        }
    }

    /// What runs as the one of that number, be it as the only one.
    ///
    /// # Errors
    /// As of [`Template::instance`].
    pub fn replica(&self, number: u32) -> Result<Service, String> {
        if self.numbered || number > 1 {
            self.instance(number)
        } else {
            Ok(self.alone())
        }
    }

    /// The replica of that number, counted from one.
    ///
    /// # Errors
    /// Why there cannot be another one.
    pub fn instance(&self, number: u32) -> Result<Service, String> {
        let mut service = self.service.clone();
        let port = match (service.port, self.port_step) {
            (None, _) => None,
            (port, _) if number == 1 => port,
            (Some(port), Some(step)) => Some(shifted(port, step, number)?),
            (Some(port), None) => {
                return Err(format!(
                    "every replica would listen on port {port}; say how far their ports are apart: port-step = 1"
                ));
            }
        };
        if self.numbered || number > 1 {
            service.name = self.name_of(number);
            service.replica = Some(Replica {
                of: self.service.name.clone(),
                number,
            });
        }
        let fill = Fill::new(number, port);
        // Texts of a service that nobody planned as several are left alone: braces may mean
        // something else there.
        if self.numbered || self.port_step.is_some() {
            fill.service(&mut service);
        }
        if let (Some(old), Some(new)) = (service.port, port) {
            move_port(&mut service, old, new);
        }
        name_worker(&mut service);
        Ok(service)
    }
}

fn shifted(port: u16, step: u16, number: u32) -> Result<u16, String> {
    let distance = u32::from(step).saturating_mul(number - 1);
    let moved = u32::from(port).saturating_add(distance);
    u16::try_from(moved).map_err(|_| format!("port {moved} of replica {number} does not exist"))
}

/// Two workers of one name on one machine would take each other's answers.
fn name_worker(service: &mut Service) {
    let celery = matches!(service.ready.probe, Some(Probe::Celery(_)));
    if let (true, Some(replica), Kind::Process(Command::Exec(words))) =
        (celery, &service.replica, &mut service.kind)
        && !words
            .iter()
            .any(|word| word == "-n" || word.starts_with("--hostname"))
    {
        words.push(format!("--hostname={}-{}@%h", replica.of, replica.number));
    }
}

/// Gives a service another port: in its variables, its address, its checks.
fn move_port(service: &mut Service, old: u16, new: u16) {
    service.port = Some(new);
    service.env.retain(|(name, _)| name != "PORT");
    service.env.push(("PORT".to_owned(), new.to_string()));
    let (from, to) = (format!(":{old}"), format!(":{new}"));
    let moved = |text: &str| text.replacen(&from, &to, 1);
    service.url = service.url.as_deref().map(moved);
    let probe = |probe: &mut Probe| match probe {
        Probe::Http(http) => http.url = moved(&http.url),
        Probe::Tcp(port) if *port == old => *port = new,
        _ => {}
    };
    service.ready.probe.iter_mut().for_each(probe);
    if let Some(Health {
        check: HealthCheck::Ask(asked),
        ..
    }) = &mut service.health
    {
        probe(asked);
    }
}

/// What `{replica}` and `{port}` stand for.
struct Fill {
    number: String,
    port: Option<String>,
}

/// Puts a value in the place of its name; `${port}` is the shell's own.
fn put(text: &str, name: &str, value: &str) -> String {
    let mut parts = text.split(name);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_shell = out.ends_with('$');
        out.push_str(if is_shell { name } else { value });
        out.push_str(part);
    }
    out
}

impl Fill {
    fn new(number: u32, port: Option<u16>) -> Self {
        Self {
            number: number.to_string(),
            port: port.map(|port| port.to_string()),
        }
    }

    fn text(&self, text: &mut String) {
        *text = put(text, "{replica}", &self.number);
        if let Some(port) = &self.port {
            *text = put(text, "{port}", port);
        }
    }

    fn command(&self, command: &mut Command) {
        match command {
            Command::Shell(line) => self.text(line),
            Command::Exec(words) => words.iter_mut().for_each(|word| self.text(word)),
        }
    }

    fn http(&self, http: &mut Http) {
        self.text(&mut http.url);
        for (_, value) in &mut http.headers {
            self.text(value);
        }
    }

    fn probe(&self, probe: &mut Probe) {
        match probe {
            Probe::Http(http) => self.http(http),
            Probe::Exec(command) => self.command(command),
            _ => {}
        }
    }

    fn checks(&self, service: &mut Service) {
        if let Some(probe) = &mut service.ready.probe {
            self.probe(probe);
        }
        if let Some(Health {
            check: HealthCheck::Ask(probe),
            ..
        }) = &mut service.health
        {
            self.probe(probe);
        }
    }

    fn service(&self, service: &mut Service) {
        match &mut service.kind {
            Kind::Process(command) | Kind::Task(command) | Kind::Guest(command) => {
                self.command(command);
            }
            Kind::Managed(_) => {}
        }
        for (_, value) in &mut service.env {
            self.text(value);
        }
        self.checks(service);
        if let Some(command) = &mut service.stop.command {
            self.command(command);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(line: &str, port: Option<u16>, step: Option<u16>) -> Template {
        let kind = Kind::Process(Command::Shell(line.to_owned()));
        let mut service = Service::new("web", kind, "/".into());
        service.port = port;
        service.ready.probe = port.map(Probe::Tcp);
        Template::new(service, step, true)
    }

    #[test]
    fn replicas_differ_in_name_port_and_whatever_says_so() {
        let second = template("serve -p {port} --id {replica}", Some(8000), Some(10))
            .instance(2)
            .expect("possible");
        assert_eq!(
            (second.name.as_str(), second.group(), second.port),
            ("web-2", "web", Some(8010))
        );
        assert!(
            matches!(&second.kind, Kind::Process(Command::Shell(line)) if line == "serve -p 8010 --id 2")
        );
        assert!(matches!(second.ready.probe, Some(Probe::Tcp(8010))));
        assert!(second.env.contains(&("PORT".to_owned(), "8010".to_owned())));
    }

    #[test]
    fn one_alone_is_checked_at_its_port_and_its_command_is_left_as_it_is() {
        let check = Command::Shell("nc -z localhost {port} && echo ${port}".to_owned());
        let one = |step: Option<u16>| {
            let mut template = template("awk {port}", Some(8123), step);
            template.numbered = false;
            template.service.ready.probe = Some(Probe::Http(Http::get("http://h:{port}/")));
            template.service.health = Some(Health {
                check: HealthCheck::Ask(Probe::Exec(check.clone())),
                interval: std::time::Duration::ZERO,
                attempt: std::time::Duration::ZERO,
                failures: 1,
            });
            template.alone()
        };
        let plain = one(None);
        assert!(matches!(&plain.kind, Kind::Process(Command::Shell(line)) if line == "awk {port}"));
        assert_eq!(
            plain.ready.probe,
            Some(Probe::Http(Http::get("http://h:8123/")))
        );
        let filled = Command::Shell("nc -z localhost 8123 && echo ${port}".to_owned());
        assert_eq!(
            plain.health.map(|health| health.check),
            Some(HealthCheck::Ask(Probe::Exec(filled)))
        );
        let planned = one(Some(1));
        assert!(matches!(&planned.kind, Kind::Process(Command::Shell(line)) if line == "awk 8123"));
    }

    #[test]
    fn a_port_cannot_be_shared() {
        let web = template("serve", Some(8000), None);
        assert!(web.instance(1).is_ok());
        assert!(
            web.instance(2)
                .is_err_and(|why| why.contains("port-step = 1"))
        );
        assert!(template("x", Some(65000), Some(1000)).instance(2).is_err());
    }
}
