//! Where everything is, and what starts it from here.

use std::sync::Arc;

use camino::Utf8Path;
use url::Url;

use crate::doctor::{Facts, Questions};
use crate::failure::Failure;
use crate::gather::session::{self, Found};
use crate::gather::{certificates, moved, neighbour};
use crate::health::{Beside, Other, Stranger, WAIT, Way};
use crate::service::assemble;
use crate::service::control::{Ask, Reply, ServiceView};
use crate::service::endpoint::Endpoint;
use crate::service::listening;
use crate::system::{authorities, http, net};
use crate::text::{Secrets, Stand, remedy};
use crate::workspace::stack::Unasked;
use crate::workspace::{CONFIG, Workspace, label};

use super::address::{self, credentials, is_word, sound, whole};
use super::running::{is_starting, is_up, start};
use super::{Context, Request};

/// What `NEXT_PUBLIC_API_URL` is to the frontend.
const API: &str = "NEXT_PUBLIC_API_URL";
/// And where it is itself.
const WEB: &str = "NEXT_PUBLIC_APP_URL";

const FRONTEND: &str = "frontend";
const BACKEND: &str = "backend";
const WORKER: &str = "worker";

/// Where everything is.
pub(super) struct Places {
    pub(super) api: Url,
    pub(super) web: Option<Url>,
    /// The servers that the worker may use, in that order.
    pub(super) brokers: Vec<Endpoint>,
    /// The setting with which its workers hear no question.
    pub(super) unasked: Option<Unasked>,
    pub(super) secrets: Secrets,
    /// The password of an address where it is a plain word: we may say that one ourselves, and it is only masked in
    /// what others say.
    pub(super) words: Vec<String>,
    /// The report that the code has, where it was found.
    pub(super) health: Option<String>,
    /// Where the workspace's own files name the two: what corrects each, if one does.
    named: [Option<String>; 2],
    /// Whether somebody typed where the API is, with a path.
    pub(super) typed: bool,
    workspace: Option<Workspace>,
    /// Whether the API's address is the workspace's own.
    ours: bool,
    /// The services that listen, by port.
    ports: Vec<(String, u16)>,
    /// The ports of the web application.
    pages: Vec<u16>,
    /// Where the workspace's own API is, whatever was typed.
    own_api: Option<Url>,
    /// The variables that lead to a port that a service has moved away from.
    stale: Vec<String>,
    /// What a command about the pages has before their address.
    before: String,
}

/// What helps, as things are now.
pub(super) struct Ways {
    pub(super) api: Way,
    pub(super) web: Option<Way>,
    pub(super) worker: Option<String>,
}

/// What corrects a variable of the frontend at a place as `frontend/.env:14`: a command of ours where that is an
/// env file, for the environment alone that is asked about.
fn corrects(facts: &Facts, origin: &str, variable: &str) -> Option<String> {
    let (file, line) = origin.rsplit_once(':')?;
    let line = line.parse().ok()?;
    Some(if file == CONFIG {
        remedy::open_at(file, line)
    } else {
        let own = facts.environments().own(FRONTEND, Utf8Path::new(file));
        let file = remedy::quoted(own.as_ref().map_or(file, |own| own.as_str()));
        format!("pixcrawler env set --file {file} {variable}=-")
    })
}

/// What `pixcrawler.toml` gives the frontend for a variable, and where: that hides what its files say.
fn told(facts: &Facts, variable: &str) -> Option<(String, String)> {
    let services = facts.services().iter();
    let mut given = services
        .filter(|service| service.group() == FRONTEND)
        .flat_map(|service| service.env.iter().rev());
    let (_, value) = given.find(|(name, _)| name == variable)?;
    let settings = facts.workspace().settings.as_ref();
    let keys = ["services", FRONTEND, "env", variable];
    let label = settings.and_then(|settings| label(settings, &keys, ""));
    let line = label.map_or(1, |label| label.start().line);
    Some((value.clone(), format!("{CONFIG}:{line}")))
}

/// The address that a variable of the frontend names, and where it stands.
fn named(facts: &Facts, name: &str) -> Option<(Url, String)> {
    if let Some((value, origin)) = told(facts, name) {
        return Some((Url::parse(value.trim()).ok()?, origin));
    }
    let value = facts.value(FRONTEND, name)?;
    Some((Url::parse(value).ok()?, facts.origin(FRONTEND, name)))
}

/// The port of the API, where nobody names its address.
fn own_port(facts: &Facts) -> String {
    let mut backend = facts.services().iter();
    let planned = backend.find(|service| service.group() == BACKEND);
    let planned = planned.and_then(listening::port).filter(|port| *port != 0);
    planned.map_or_else(
        || facts.value(BACKEND, "PORT").unwrap_or("8000").to_owned(),
        |port| port.to_string(),
    )
}

/// The services that listen, by port.
fn ports(facts: &Facts) -> Vec<(String, u16)> {
    let services = facts.services().iter();
    let listening = services.filter_map(|it| Some((it.name.clone(), listening::port(it)?)));
    listening.filter(|(_, port)| *port != 0).collect()
}

/// What a command about the pages has before their address: that of the API, where it was typed.
fn before(request: &Request) -> String {
    let typed = request.url.as_ref();
    typed.map_or_else(String::new, |url| format!("{} ", address::typed(url)))
}

/// The address of the pages: as it was typed, or as a file has it.
fn web(request: &Request, named: Option<&Url>) -> Result<Option<Url>, Failure> {
    match &request.web {
        Some(typed) => sound(Some(typed), &format!("{}--web ", before(request))).map(Some),
        None => named.map(whole).transpose(),
    }
}

/// The ports on which the workspace's web application is.
fn page_ports(facts: &Facts) -> Vec<u16> {
    let services = facts.services().iter();
    let planned = services.filter(|it| it.group() == FRONTEND);
    let planned = planned.filter_map(listening::port).filter(|it| *it != 0);
    let named = named(facts, WEB).filter(|(url, _)| is_local(url));
    let named = named.and_then(|(url, _)| url.port_or_known_default());
    planned.chain(named).collect()
}

/// What was named, where there is no workspace.
fn beyond(
    request: &Request,
    keys: &[String],
    words: Vec<String>,
    typed: bool,
) -> Result<Places, Failure> {
    Ok(Places {
        api: sound(request.url.as_ref(), "")?,
        web: web(request, None)?,
        brokers: Vec::new(),
        unasked: None,
        secrets: Secrets::new(keys.iter()),
        words,
        health: None,
        named: [None, None],
        typed,
        workspace: None,
        ours: false,
        ports: Vec::new(),
        pages: Vec::new(),
        own_api: None,
        stale: Vec::new(),
        before: before(request),
    })
}

pub(super) fn find(
    context: &Context,
    request: &Request,
    runtime: &tokio::runtime::Runtime,
) -> Result<Places, Failure> {
    let workspace = match (context.find_workspace(), &request.url) {
        (Ok(workspace), _) => Some(workspace),
        (Err(_), Some(_)) if context.workspace.is_none() => None,
        (Err(failure), _) => {
            return Err(match request.url {
                Some(_) => failure,
                None => failure.help("give the address: pixcrawler health https://api.example.com"),
            });
        }
    };
    let addresses = [&request.url, &request.web].into_iter().flatten();
    let keys = addresses.flat_map(credentials);
    let (words, keys): (Vec<String>, Vec<String>) = keys.partition(|key| is_word(key));
    let typed = request
        .url
        .as_ref()
        .is_some_and(|url| !url.path().trim_matches('/').is_empty());
    let Some(workspace) = workspace else {
        return beyond(request, &keys, words, typed);
    };
    let facts = Arc::new(Facts::new(Questions {
        stand: context.stand(&workspace),
        workspace,
        environment: context.environment,
        variables: context.variables.clone(),
        offline: false,
        rules: Vec::new(),
    }));
    let named = |name: &str| named(&facts, name);
    let its_api = named(API);
    let own = its_api.clone().filter(|_| request.url.is_none());
    let ports = ports(&facts);
    let port = own_port(&facts);
    let own_api = its_api
        .map(|(url, _)| url)
        .or_else(|| Url::parse(&format!("http://localhost:{port}")).ok());
    let api = request.url.clone().or_else(|| own_api.clone());
    let planned = |url: &Url| {
        let asked = url.port_or_known_default();
        let named = [API, WEB].into_iter().filter_map(named);
        let mut named = named.filter(|(url, _)| is_local(url));
        ports.iter().any(|(_, port)| Some(*port) == asked)
            || port.parse().ok() == asked
            || named.any(|(url, _)| url.port_or_known_default() == asked)
    };
    let runs = |url: &Url| {
        let asked = url.port_or_known_default();
        let services = runtime.block_on(services(facts.workspace()));
        let mut services = services.into_iter().flatten();
        services.any(|service| service.port == asked)
    };
    // Somebody else's deployment has a broker of its own, which our files do not name; so has another program on
    // this machine.
    let is_ours = |url: &Url| is_local(url) && (planned(url) || runs(url));
    let ours = request.url.as_ref().is_none_or(is_ours);
    let pages = named(WEB).filter(|_| ours && request.web.is_none());
    let is_here = ours && api.as_ref().is_some_and(is_local);
    let run = (is_here && pages.is_none()).then(|| runtime.block_on(pages_of(facts.workspace())));
    let stack = facts.stack();
    let is_own = |variable: &str| match variable {
        API => own.is_some(),
        _ => pages.is_some(),
    };
    let stale = moved::find(
        facts.workspace(),
        context.environment,
        facts.tiers(),
        facts.services(),
    );
    let stale = stale.into_iter().map(|stale| stale.variable);
    Ok(Places {
        api: sound(api.as_ref(), "")?,
        web: web(
            request,
            pages
                .as_ref()
                .map(|(url, _)| url)
                .or(run.flatten().as_ref()),
        )?,
        unasked: stack.celery.as_ref().and_then(|it| it.unasked.clone()),
        brokers: if ours { brokers(&facts) } else { Vec::new() },
        secrets: Secrets::new(keys.iter().chain(&facts.tiers().secrets)),
        words,
        health: stack.api.clone().and_then(|api| api.health),
        named: [(&own, API), (&pages, WEB)]
            .map(|(named, variable)| corrects(&facts, &named.as_ref()?.1, variable)),
        ports,
        pages: page_ports(&facts),
        own_api,
        ours,
        typed,
        before: before(request),
        stale: stale.filter(|variable| is_own(variable)).collect(),
        workspace: Some(facts.workspace().clone()),
    })
}

/// The brokers that the application's workers read.
fn brokers(facts: &Facts) -> Vec<Endpoint> {
    let Some(celery) = &facts.stack().celery else {
        return Vec::new();
    };
    let brokers = assemble::brokers(celery, facts.tiers().sight()).into_iter();
    let backend = Utf8Path::new(BACKEND);
    brokers
        .map(|broker| certificates::placed(facts.workspace(), backend, broker))
        .collect()
}

impl Places {
    /// Where what helps will be typed.
    pub(super) fn stand(&self, context: &Context) -> Stand {
        let workspace = self.workspace.as_ref();
        workspace.map_or_else(|| context.stand_without(), |it| context.stand(it))
    }

    /// The commands that help, by what the session of this workspace runs at this moment.
    pub(super) async fn ways(&self) -> Ways {
        let session = match &self.workspace {
            Some(workspace) => services(workspace).await,
            None => None,
        };
        let session = session.as_deref();
        let authorities = authorities::trouble();
        let way = |url: &Url, flag, at: usize, variable: &str| {
            let local = is_local(url);
            let port = url.port_or_known_default();
            let service = self
                .ports
                .iter()
                .find(|(_, number)| local && Some(*number) == port)
                .map(|(name, _)| name.as_str());
            let starting = service.filter(|name| is_starting(name, session));
            let runs = |name: &&str| {
                session.is_some_and(|all| all.iter().any(|service| service.name == **name))
            };
            Way {
                start: if self.stale.iter().any(|stale| stale == variable) {
                    Some("pixcrawler doctor --only ports".to_owned())
                } else {
                    service.map(|name| start(name, session))
                },
                log: service
                    .filter(runs)
                    .map(|name| format!("pixcrawler logs {name} -n 50")),
                address: self.named.get(at).and_then(Clone::clone),
                flag,
                before: if at == 1 {
                    self.before.clone()
                } else {
                    String::new()
                },
                url: http::shown(url),
                place: None,
                tried: Vec::new(),
                credentials: !url.username().is_empty() || url.password().is_some(),
                query: url.query().is_some_and(|it| !it.is_empty()),
                authorities: authorities.clone(),
                local,
                named: at == 0 && self.typed,
                workspace: self.workspace.is_some() && (self.ours || at == 1 || !local),
                starting: starting.map(str::to_owned),
                beside: Beside::Unknown,
                other: self.other(url, session).filter(|_| at == 0),
                runs: service
                    .filter(|name| {
                        let mut all = session.into_iter().flatten();
                        all.any(|service| service.name == **name && is_up(service))
                    })
                    .map(str::to_owned),
                stranger: service
                    .and(port.zip(self.workspace.as_ref()))
                    .filter(|_| self.ours)
                    .and_then(|(port, workspace)| stranger(workspace, port)),
            }
        };
        Ways {
            api: way(&self.api, "", 0, API),
            web: self.web.as_ref().map(|url| way(url, "--web ", 1, WEB)),
            worker: (!self.brokers.is_empty()).then(|| {
                if is_starting(WORKER, session) {
                    WAIT.to_owned()
                } else {
                    start(WORKER, session)
                }
            }),
        }
    }

    /// What of this workspace is at an address, where that is not the API.
    fn other(&self, url: &Url, session: Option<&[ServiceView]>) -> Option<Other> {
        let port = url.port_or_known_default().filter(|_| is_local(url))?;
        let api = self.own_api.as_ref()?;
        if is_local(api) && api.port_or_known_default() == Some(port) {
            return None;
        }
        let is_server = |it: &&ServiceView| it.kind == "managed" && it.port == Some(port);
        let server = session.into_iter().flatten().find(is_server);
        let words = if self.pages.contains(&port) {
            "the web application of this workspace".to_owned()
        } else {
            format!("`{}`, a server of this workspace's session", server?.name)
        };
        Some(Other {
            words,
            ask: format!("pixcrawler health {}", http::shown(api)),
        })
    }
}

/// The services of the running session; none when there is none, or it cannot be asked.
async fn services(workspace: &Workspace) -> Option<Vec<ServiceView>> {
    let Found::Running(mut line) = session::find(workspace).await else {
        return None;
    };
    match line.ask(Ask::State).await.ok()? {
        Reply::State(snapshot) => Some(snapshot.services),
        _ => None,
    }
}

/// Where the session runs the web application, whatever names its address.
async fn pages_of(workspace: &Workspace) -> Option<Url> {
    let services = services(workspace).await?;
    let pages = services.iter().find(|service| service.name == FRONTEND)?;
    Url::parse(&format!("http://localhost:{}", pages.port?)).ok()
}

/// Who listens on a port of this workspace's, where that is known to be none of its programs.
fn stranger(workspace: &Workspace, port: u16) -> Option<Stranger> {
    let of = |holder: &net::Holder| neighbour::stranger(workspace, holder.pid);
    let holder = net::holder(port)?;
    let found = of(&holder)?;
    // The same port on another address may be ours.
    if !net::holders(port).iter().all(|other| of(other).is_some()) {
        return None;
    }
    let name = format!("{} (pid {})", holder.name, holder.pid);
    Some(match found {
        neighbour::Stranger::Session(session) => Stranger {
            words: format!("{name}, {}", session.words()),
            stop: Some(session.stop()),
        },
        neighbour::Stranger::Elsewhere(folder) => Stranger {
            words: format!("{name}, which works in {folder}"),
            stop: None,
        },
    })
}

fn is_local(url: &Url) -> bool {
    matches!(
        url.host_str(),
        Some("localhost" | "127.0.0.1" | "[::1]" | "0.0.0.0")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(state: &str, held_by: Option<&str>) -> Vec<ServiceView> {
        let view = serde_json::json!({
            "name": "backend", "kind": "service", "state": state, "pid": null, "mark": "", "port": 8000,
            "url": null, "uptime_ms": null, "ready_ms": null, "restarts": 0, "ending": null,
            "left_ms": null, "held_by": held_by,
        });
        vec![serde_json::from_value(view).expect("a view")]
    }

    #[test]
    fn what_is_on_its_way_is_waited_for_and_what_is_not_is_started() {
        let starting = |state, held| is_starting("backend", Some(&service(state, held)));
        assert!(starting("starting", None) && starting("waiting", None));
        assert!(!starting("waiting", Some("postgres")));
        for state in [
            "ready",
            "back-off",
            "failed",
            "stopped",
            "unhealthy",
            "stalled",
        ] {
            assert!(!starting(state, None), "{state}");
        }
        assert!(!is_starting("worker", Some(&service("starting", None))));
        assert!(!is_starting("backend", None));
    }
}
