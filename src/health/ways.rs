//! The commands that help, where there is one: what runs on this machine can be started from here.

use crate::diagnostic::Finding;
use crate::system::http::Trouble;
use crate::text::{or_list, remedy};

use super::body::Component;

/// What helps with one address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one address, named at every use"
)]
pub struct Way {
    /// Starts what should answer there; none where it runs elsewhere.
    pub start: Option<String>,
    /// Shows its log.
    pub log: Option<String>,
    /// Corrects the address where a file names it.
    pub address: Option<String>,
    /// What a command line has for this address: empty for the API, `--web ` for the pages.
    pub flag: &'static str,
    /// What the command line has before that: the API's address where that was typed, which is then asked too.
    pub before: String,
    /// Where it is asked, as people may see it.
    pub url: String,
    /// The very place that was asked, as people may see it, where that is another one.
    pub place: Option<String>,
    /// Which paths were asked there, where no report was under any of them.
    pub tried: Vec<String>,
    /// Whether a user and a password stand in it, which `url` does not show.
    pub credentials: bool,
    /// Whether a query stands in it, which `url` does not show either.
    pub query: bool,
    /// Why the certificates that this command was told to trust cannot be used, if they cannot.
    pub authorities: Option<String>,
    /// Whether that is this machine.
    pub local: bool,
    /// Whether somebody named this very place, and not only the host.
    pub named: bool,
    /// Whether the command runs in a workspace, which is what `doctor` looks at.
    pub workspace: bool,
    /// The service of the session that is on its way to answer there.
    pub starting: Option<String>,
    /// The service of the session that runs there.
    pub runs: Option<String>,
    /// Who answers there, where that is known to be none of this workspace's.
    pub stranger: Option<Stranger>,
    /// What of this workspace is there instead of the API.
    pub other: Option<Other>,
    /// What is known of the workers beside it.
    pub beside: Beside,
}

/// What the broker that the workspace's files name tells of workers, where the API says that it sees none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Beside {
    /// Nobody asked one: the API is of somewhere else.
    #[default]
    Unknown,
    /// None listens, and this gets one to run.
    Missing(String),
    /// The API and the files do not see the same.
    Otherwise,
}

/// What a workspace has on a port that is not its API's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// `the web application of this workspace`.
    pub words: String,
    /// Asks the API.
    pub ask: String,
}

/// Somebody who listens where a service of this workspace should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// `python3 (pid 4711), which works in /srv`.
    pub words: String,
    /// Ends the other workspace's session that it is of.
    pub stop: Option<String>,
}

/// Asks until it is as it should be.
pub const WAIT: &str = "pixcrawler health --watch";

impl Way {
    /// The same for what was read at `url`: to look at it means to look there. Another server has got neither the
    /// user nor the query.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        let is_same = server(url) == server(&self.url);
        Self {
            url: url.to_owned(),
            credentials: self.credentials && is_same,
            query: self.query && is_same,
            ..self.clone()
        }
    }

    /// The same where `place` was asked, of the same server: to look at it means to look there.
    #[must_use]
    pub fn asking(&self, place: Option<String>) -> Self {
        Self {
            place,
            ..self.clone()
        }
    }

    /// The same where no report is under any of these paths.
    #[must_use]
    pub fn after_asking(self, tried: Vec<String>) -> Self {
        Self { tried, ..self }
    }

    /// With which paths were asked in vain, and how another one is.
    pub(super) fn told_where(&self, finding: Finding) -> Finding {
        if self.tried.len() < 2 {
            return finding;
        }
        finding
            .note(format!("no report is under {}", or_list(&self.tried)))
            .note("of one that is called otherwise, give the whole address")
    }

    /// The very place that was asked.
    pub(super) fn place(&self) -> &str {
        self.place.as_deref().unwrap_or(&self.url)
    }

    /// An address as a command has it: what is not shown of it has its place there.
    pub(super) fn typed(&self, url: &str) -> String {
        if server(url) != server(&self.url) {
            return url.to_owned();
        }
        let url = if self.credentials {
            url.replacen("://", "://USER:PASSWORD@", 1)
        } else {
            url.to_owned()
        };
        if self.query {
            remedy::quoted(&format!("{url}{QUERY}"))
        } else {
            url
        }
    }

    /// The health command about this address, with one thing different.
    fn health(&self, url: &str, more: &str) -> String {
        format!(
            "pixcrawler health {}{}{}{more}",
            self.before,
            self.flag,
            self.typed(url)
        )
    }

    /// The address itself as a command has it.
    #[must_use]
    pub fn itself(&self) -> String {
        self.typed(&self.url)
    }

    /// An address such as this one is of.
    fn example(&self) -> &'static str {
        if self.flag.is_empty() {
            "https://api.example.com"
        } else {
            "https://www.example.com"
        }
    }

    /// The health command about this address, with a certificate that is trusted.
    fn trusting(&self, file: &str) -> String {
        let line = self.health(&self.url, "");
        if cfg!(windows) {
            format!("set SSL_CERT_FILE={file}&& {line}")
        } else {
            format!("SSL_CERT_FILE={file} {line}")
        }
    }

    /// The same for a command that has the user elsewhere.
    pub(super) fn without_login(&self) -> Self {
        Self {
            credentials: false,
            ..self.clone()
        }
    }

    /// What shows the answer at `url`.
    fn shows(&self, url: &str) -> String {
        format!("curl -si {}", self.typed(url))
    }

    /// With what stands for the query where a command has a place for it.
    pub(super) fn explained(&self, finding: Finding) -> Finding {
        let has_query = self.query || self.before.contains(QUERY);
        let has_place = has_query && finding.help.as_ref().is_some_and(|it| it.contains(QUERY));
        if has_place {
            finding.note("QUERY stands for that of the address, which is not shown")
        } else {
            finding
        }
    }

    /// With what helps where it could not be asked.
    #[must_use]
    pub(super) fn after(&self, finding: Finding, trouble: &Trouble) -> Finding {
        self.explained(self.helped(finding, trouble))
    }

    fn helped(&self, finding: Finding, trouble: &Trouble) -> Finding {
        let url = self.url.as_str();
        let other = |from: &str, to: &str| self.health(&url.replacen(from, to, 1), "");
        match trouble {
            Trouble::Refused | Trouble::Closed | Trouble::TimedOut
                if let Some(name) = &self.starting =>
            {
                finding
                    .note(format!(
                        "the session is starting `{name}`; this asks until it answers:"
                    ))
                    .help(WAIT)
            }
            Trouble::Closed | Trouble::NoHttp | Trouble::TimedOut | Trouble::NoTls
                if let Some(other) = &self.other =>
            {
                other.told(finding)
            }
            Trouble::NoTls => finding.help(other("https://", "http://")),
            Trouble::Closed | Trouble::NoHttp if url.starts_with("http://") => finding
                .note("a server that speaks TLS does that, and one of something else than HTTP")
                .help(other("http://", "https://")),
            Trouble::Closed if url.starts_with("https://") => finding
                .note("it may speak no TLS; this asks without:")
                .help(other("https://", "http://")),
            Trouble::Untrusted => self
                .misled(finding)
                .note(
                    "ca.pem: the certificate of who issued it, in PEM; where nobody else signed it, that very \
                     certificate",
                )
                .help(self.trusting("ca.pem")),
            Trouble::Authority => self
                .misled(finding)
                .note(
                    "cert.pem: that very certificate, which may also be trusted by itself. openssl makes such \
                     ones; one for a server has `-addext basicConstraints=critical,CA:FALSE`",
                )
                .help(self.trusting("cert.pem")),
            Trouble::Tls(_) => finding.help(format!("curl -vI {}", self.typed(url))),
            Trouble::TimedOut => finding.help(self.health(url, " --timeout 60")),
            Trouble::Redirects => {
                let place = self.typed(self.place());
                finding.help(format!("curl -sIL --max-redirs 5 {place}"))
            }
            // Nothing is wrong with the address.
            Trouble::CutOff => finding
                .note("this asks what runs on this machine:")
                .help("pixcrawler health http://localhost:8000"),
            Trouble::Detached => self.detached(finding),
            Trouble::Unresolved => match &self.address {
                Some(line) => finding.help(line.clone()),
                None => finding.help(format!("nslookup {}", host(url))),
            },
            Trouble::Proxy { why, .. } if why.is_of_network() => self.after(finding, why),
            // What does not hold for the other address is told about that one.
            Trouble::Proxy { proxy, why } => {
                let finding = finding.note(proxy.note());
                let line = self.health(url, "");
                let (name, value) = proxy.setting();
                finding.help(match &**why {
                    Trouble::TimedOut if !proxy.misread => self.health(url, " --timeout 60"),
                    _ if cfg!(windows) => format!("{}&& {line}", proxy.line()),
                    _ => format!("{name}={} {line}", remedy::quoted(&value)),
                })
            }
            Trouble::Moved { to, why } => match &**why {
                Trouble::Proxy { .. }
                | Trouble::NoTls
                | Trouble::Untrusted
                | Trouble::Authority
                | Trouble::Tls(_)
                | Trouble::CutOff
                | Trouble::Detached
                | Trouble::Broken
                | Trouble::Unended { .. }
                | Trouble::TimedOut => {
                    let there = Self {
                        url: to.clone(),
                        ..self.elsewhere()
                    };
                    there.after(finding, why)
                }
                _ => finding
                    .note("it answers itself: the address that it sends everybody to is wrong, or down")
                    .help(format!(
                        "curl -sIL --max-redirs 5 {}",
                        self.typed(self.place())
                    )),
            },
            Trouble::Broken | Trouble::Unended { .. } => self.look(finding, self.place()),
            Trouble::Closed | Trouble::NoHttp | Trouble::Other(_) => {
                finding.help(format!("curl -v {}", self.typed(self.place())))
            }
            Trouble::Refused => match &self.start {
                Some(line) => finding.help(line.clone()),
                None => finding
                    .note("nothing listens there: start it on its machine, or give its address")
                    .help(self.health(self.example(), "")),
            },
        }
    }

    /// The same for an address of somebody else's, of which nothing more is known.
    fn elsewhere(&self) -> Self {
        Self {
            flag: self.flag,
            before: self.before.clone(),
            authorities: self.authorities.clone(),
            ..Self::default()
        }
    }

    /// With what lets this machine reach itself.
    fn detached(&self, finding: Finding) -> Finding {
        match remedy::LOOPBACK {
            Some(line) => finding.note(remedy::AS_ROOT).help(line),
            None => finding.help(format!("curl -v {}", self.typed(self.place()))),
        }
    }

    /// With what shows why it answers badly at `url`.
    #[must_use]
    pub(super) fn look(&self, finding: Finding, url: &str) -> Finding {
        if let Some(line) = &self.log {
            return finding.help(line.clone());
        }
        // The report may have told why already.
        let what = if finding.notes.is_empty() {
            "why"
        } else {
            "more"
        };
        let finding = finding
            .note(format!("its log, on its machine, says {what}"))
            .help(self.shows(url));
        self.explained(finding)
    }

    /// With why nobody is trusted who was meant to be.
    fn misled(&self, finding: Finding) -> Finding {
        match &self.authorities {
            Some(why) => finding.note(why.clone()),
            None => finding,
        }
    }

    /// With what looks at what the application stands on: what is asked from another machine proves nothing about
    /// the application's, and without a workspace there is nothing to look at.
    #[must_use]
    pub(super) fn there(&self, finding: Finding, line: String, url: &str) -> Finding {
        if self.workspace && self.local {
            finding.help(line)
        } else if self.local {
            let note = format!("in the application's workspace, `{line}` looks at it");
            self.look(finding.note(note), url)
        } else {
            finding
                .help(line)
                .note("to be run on the machine of the application, which sees what it sees")
        }
    }

    /// With what mends what the application stands on, or shows more of it.
    #[must_use]
    pub(super) fn mend(&self, finding: Finding, sick: &[&Component], url: &str) -> Finding {
        // What else is wrong may be why no worker is there.
        let lacks_workers = !sick.is_empty() && sick.iter().all(|it| it.lacks_workers());
        match (&self.beside, doctor(sick.iter().copied())) {
            (Beside::Missing(line), _) if lacks_workers && line == WAIT => finding
                .note("the session is starting a worker; this asks until it answers:")
                .help(WAIT),
            (Beside::Missing(line), _) if lacks_workers => finding.help(line.clone()),
            (Beside::Unknown, _) if lacks_workers => {
                let note = "a worker has to be started there: `pixcrawler dev worker` in its \
                            workspace, or the way of its platform";
                self.look(finding.note(note), url)
            }
            (_, Some(line)) => self.there(finding, line, url),
            (_, None) => self.look(finding, url),
        }
    }

    /// With what shows whose server it is.
    #[must_use]
    pub(super) fn stranger(&self, finding: Finding) -> Finding {
        if let Some(other) = &self.other {
            other.told(finding)
        } else if self.local && self.workspace {
            finding
                .note("the port may be somebody else's; this tells whose it is")
                .help("pixcrawler doctor --only ports")
        } else if self.local {
            let finding = finding
                .note("the port may be somebody else's; this shows what answers")
                .help(self.shows(self.place()));
            self.explained(finding)
        } else {
            finding.help(self.health(&format!("{}/path", self.example()), ""))
        }
    }
}

impl Other {
    fn told(&self, finding: Finding) -> Finding {
        finding
            .note(format!("that is {}; this asks the API:", self.words))
            .help(self.ask.clone())
    }
}

/// Where a query has its place in a command.
const QUERY: &str = "?QUERY";

/// Host and port of an address.
pub(super) fn server(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(rest)
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', ':', '?']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(rest)
}

/// The part of the stack that a component is.
pub const DATABASE: &[&str] = &["database", "postgres", "db", "sql"];
/// Redis in its two uses that the API has itself.
pub const REDIS: &[&str] = &["redis", "cache", "limiter", "valkey"];
/// Workers and their broker.
pub const WORKER: &[&str] = &["celery", "worker", "broker"];

/// The checks of `doctor` that look at what these components are.
#[must_use]
pub(super) fn doctor<'a>(components: impl IntoIterator<Item = &'a Component>) -> Option<String> {
    let mut ids: Vec<&str> = Vec::new();
    for component in components {
        let checks: &[&str] = if component.is(WORKER) {
            &["redis", "celery"]
        } else if component.is(REDIS) {
            &["redis"]
        } else if component.is(DATABASE) {
            &["postgres"]
        } else {
            &[]
        };
        ids.extend(checks);
    }
    let order = ["postgres", "redis", "celery"];
    ids.sort_by_key(|id| order.iter().position(|known| known == id));
    ids.dedup();
    (!ids.is_empty()).then(|| format!("pixcrawler doctor --only {}", ids.join(",")))
}

#[cfg(test)]
#[path = "ways/tests.rs"]
mod tests;
