//! What a session says while it carries out an order, as far as that has to do with the order.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use crate::output::live::{Follow, Narrow};
use crate::output::{Format, Style, Tone};
use crate::service::control::{Happened, Mood, Reply, ServiceView, Stage};
use crate::text::Stand;

/// Events whose service has said last why.
const WITH_LAST_WORDS: [&str; 3] = ["died", "not-ready", "stalled"];

/// The last lines that a service printed since its start.
type LastWords<'a> = Box<dyn Fn(&str) -> Vec<String> + 'a>;

/// A service that was down and is started for another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Needed {
    service: String,
    by: String,
}

/// What was heard since an order was given.
pub(super) struct Heard<'a> {
    /// The services that the order names.
    names: Vec<String>,
    follow: Follow,
    style: Style,
    /// How everything stood at first.
    before: Option<Vec<ServiceView>>,
    /// How everything stands.
    last: Vec<ServiceView>,
    /// Of whom something was told.
    told: Vec<String>,
    /// What was started beside those that are named.
    pub(super) needed: Vec<Needed>,
    last_words: LastWords<'a>,
}

impl<'a> Heard<'a> {
    /// Nothing yet, of an order that names these. `last_words` are asked for when a service has failed.
    pub(super) fn new(style: Style, names: Vec<String>, last_words: LastWords<'a>) -> Self {
        Self {
            names,
            follow: Follow::new(style, Format::Human, Narrow::default()),
            style,
            before: None,
            last: Vec::new(),
            told: Vec::new(),
            needed: Vec::new(),
            last_words,
        }
    }

    /// With ways out that do the same from there.
    pub(super) fn typed_at(mut self, stand: Stand) -> Self {
        self.follow = self.follow.typed_at(stand);
        self
    }

    /// What of a reply is to be shown.
    pub(super) fn text(&mut self, reply: &Reply) -> String {
        match reply {
            Reply::State(snapshot) => {
                self.last.clone_from(&snapshot.services);
                self.before.get_or_insert_with(|| self.last.clone());
                String::new()
            }
            Reply::Happened(happened) => self.happened(happened, reply),
            _ => String::new(),
        }
    }

    fn happened(&mut self, happened: &Happened, reply: &Reply) -> String {
        let event = &happened.event;
        let service = event["service"].as_str().unwrap_or_default();
        // One that was scaled away is not shown any more when its end is told.
        let is_meant = self
            .known()
            .any(|view| view.name == service && self.is_meant(view));
        if is_meant {
            self.told.push(service.to_owned());
        }
        // Others may give orders at the same time.
        let is_needed = event["event"] == "needed" && self.is_waited_for(service);
        if is_needed && !is_meant {
            self.needed.push(Needed {
                service: service.to_owned(),
                by: event["by"].as_str().unwrap_or_default().to_owned(),
            });
        }
        let is_grave = matches!(happened.mood, Mood::Careful | Mood::Bad);
        let concerns = is_meant
            || is_needed
            // With the session ends what it was asked for.
            || event["event"] == "stopping"
            || is_grave && self.is_waited_for(service)
            || self.meant().any(|view| is_trouble(event, view));
        if !concerns {
            return String::new();
        }
        let text = self.follow.text(reply);
        let kind = event["event"].as_str().unwrap_or_default();
        if !WITH_LAST_WORDS.contains(&kind) {
            return text;
        }
        // The last words stand between what happened and what they mean.
        match text.split_once('\n') {
            Some((head, cause)) => format!("{head}\n{}{cause}", self.last_words(service)),
            None => text,
        }
    }

    fn last_words(&self, service: &str) -> String {
        let bar = if self.style.unicode() { "│" } else { "|" };
        let bar = self.style.paint(Tone::Error, bar).to_string();
        let mut out = String::new();
        for line in (self.last_words)(service) {
            let _ = writeln!(out, "  {bar} {line}");
        }
        out
    }

    /// All services that there were or are.
    fn known(&self) -> impl Iterator<Item = &ServiceView> {
        self.before.iter().flatten().chain(&self.last)
    }

    /// Whether the order names a service, by its own name or by that of all replicas.
    fn is_meant(&self, view: &ServiceView) -> bool {
        let own = |name: &String| *name == view.name || Some(name) == view.group.as_ref();
        self.names.iter().any(own)
    }

    /// Those services that the order names.
    pub(super) fn meant(&self) -> impl Iterator<Item = &ServiceView> {
        self.last.iter().filter(|view| self.is_meant(view))
    }

    /// Whether one of those that the order names waits for this service, be it by way of others.
    fn is_waited_for(&self, service: &str) -> bool {
        let mut seen: Vec<&str> = Vec::new();
        let mut open: Vec<&ServiceView> = self.meant().collect();
        while let Some(view) = open.pop() {
            for name in &view.after {
                if name == service {
                    return true;
                }
                if !seen.contains(&name.as_str()) {
                    seen.push(name);
                    open.extend(self.last.iter().filter(|view| view.name == *name));
                }
            }
        }
        false
    }

    /// What is said of those of whom nothing was told.
    pub(super) fn untold(&self, stops: bool) -> Vec<String> {
        let meant = self.meant().filter(|view| !self.told.contains(&view.name));
        let said = meant.filter_map(|view| {
            let mut before = self.before.iter().flatten();
            let was = before.find(|it| it.name == view.name);
            already(was.unwrap_or(view), view, stops)
        });
        // What was scaled away stands in no view.
        let is_known = |name: &&String| {
            let mut known = self.known();
            known.any(|view| *name == &view.name || Some(*name) == view.group.as_ref())
        };
        let away = self.names.iter().filter(|name| stops && !is_known(name));
        let away = away.map(|name| format!("{name} is stopped already"));
        said.chain(away).collect()
    }
}

/// Whether this is trouble in whose words the service is named: it may be what the order waits for.
fn is_trouble(event: &Value, view: &ServiceView) -> bool {
    let words = event["message"].as_str().unwrap_or_default();
    let mut words = words.split_whitespace();
    event["event"] == "trouble"
        && words.any(|word| word.trim_end_matches([',', ':', ';']) == view.name)
}

/// That nothing was to be done for a service, or nothing that was worth a line.
fn already(was: &ServiceView, view: &ServiceView, stops: bool) -> Option<String> {
    let name = &view.name;
    match view.state {
        Stage::Stopped if stops && was.state != Stage::Stopped => {
            Some(format!("{name} is stopped, and was {}", was.state.as_str()))
        }
        Stage::Stopped if stops => Some(format!("{name} is stopped already")),
        Stage::Done | Stage::Failed | Stage::Skipped if stops => Some(format!(
            "{name} does not run: it is {}",
            view.state.as_str()
        )),
        Stage::Ready | Stage::Running if !stops => Some(format!("{name} runs already")),
        Stage::Unhealthy if !stops => Some(format!("{name} runs already, and is unhealthy")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::service::control::Snapshot;

    fn state(services: &[(&str, &[&str])]) -> Reply {
        let service = |(name, after): &(&str, &[&str])| {
            json!({
                "name": name, "kind": "service", "state": "stopped", "pid": null, "mark": "m/x",
                "port": null, "url": null, "uptime_ms": null, "ready_ms": null, "restarts": 0,
                "ending": null, "left_ms": null, "after": after,
            })
        };
        let services: Vec<_> = services.iter().map(service).collect();
        let session = json!({
            "phase": "running", "pid": 1, "root": "/w", "environment": "development",
            "version": "1", "uptime_ms": 1,
        });
        let snapshot = json!({ "session": session, "services": services });
        let snapshot: Snapshot = serde_json::from_value(snapshot).expect("a snapshot");
        Reply::State(Box::new(snapshot))
    }

    fn happened(mood: Mood, text: &str, event: Value) -> Reply {
        Reply::Happened(Happened {
            number: 1,
            mood,
            text: text.to_owned(),
            event,
        })
    }

    #[test]
    fn what_is_waited_for_is_told_of_when_it_fails_with_its_last_words() {
        let said = |service: &str| vec![format!("{service}: no luck")];
        let names = vec!["web".to_owned()];
        let mut heard = Heard::new(Style::plain(), names, Box::new(said));
        heard.text(&state(&[
            ("db", &[]),
            ("api", &["db"]),
            ("web", &["api"]),
            ("other", &[]),
        ]));
        let needed = json!({"event": "needed", "service": "db", "by": "api"});
        let told = heard.text(&happened(Mood::Calm, "db is started: api needs it", needed));
        assert_eq!(told, "· db is started: api needs it\n");
        let other = json!({"event": "needed", "service": "other", "by": "else"});
        let told = heard.text(&happened(Mood::Calm, "other is started", other));
        assert_eq!(told, "", "somebody else asked for that");
        assert_eq!(json!(heard.needed), json!([{"service": "db", "by": "api"}]));

        let died = |service: &str| {
            let event = json!({"event": "died", "service": service, "cause": "why", "help": "do"});
            happened(Mood::Bad, &format!("{service} ended"), event)
        };
        assert_eq!(
            heard.text(&died("db")),
            "✗ db ended\n  │ db: no luck\n  cause: why\n  → do\n"
        );
        assert_eq!(
            heard.text(&died("other")),
            "",
            "it has nothing to do with it"
        );
        assert_eq!(heard.untold(false), Vec::<String>::new());
    }
}
