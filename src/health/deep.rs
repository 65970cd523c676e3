//! What is down deeper in a report than its parts are looked for: `{"eu": {"shop": {"db": {"status": "down"}}}}`.

use serde_json::{Map, Value};

use super::body::{Component, State, field, key};
use super::own::{is_switched_off, own};
use super::parts::{NAMES, telling};
use super::reason::{self, reason};
use super::words::is_past;

/// Of what is down, how many are named.
const MOST: usize = 8;

/// The parts that say in a word that leaves no doubt that they are not well, and that no known component stands for.
pub(super) fn deep(report: &Value, known: &[Component]) -> Vec<Component> {
    let told: Vec<String> = known
        .iter()
        .filter(|it| it.state != Some(State::Healthy) || it.doubt.is_some())
        .map(|it| key(&it.name))
        .collect();
    let mut found = Found {
        told,
        all: Vec::new(),
    };
    found.look(&mut Vec::new(), report, false);
    found.all
}

struct Found {
    told: Vec<String>,
    all: Vec<Component>,
}

impl Found {
    /// `listed` is what stands in a list of a list: its entries are parts, as those of a list are.
    fn look(&mut self, path: &mut Vec<String>, value: &Value, listed: bool) {
        match value {
            Value::Object(object) => self.look_at(path, object, listed),
            Value::Array(list) => {
                for (entry, at) in list.iter().zip(1..) {
                    let name = match entry {
                        Value::Object(entry) => Some(called(entry, at)),
                        _ => None,
                    };
                    let is_list = entry.is_array() || entry.is_object() && listed;
                    self.go(path, name, entry, is_list);
                }
            }
            _ => {}
        }
    }

    fn look_at(&mut self, path: &mut Vec<String>, object: &Map<String, Value>, listed: bool) {
        let state = own(object, &[]);
        if state == Some(State::Disabled) || is_switched_off(object) {
            return;
        }
        let is_sure = listed || telling(&Value::Object(object.clone()));
        let is_down = is_sure && state >= Some(State::Degraded);
        if is_down && !path.is_empty() && self.all.len() < MOST {
            self.all.push(Component {
                name: reason::shown(&path.join(".")),
                state,
                doubt: None,
                message: reason(object),
            });
            return;
        }
        for (name, value) in object {
            self.go(path, Some(name.clone()), value, false);
        }
    }

    fn go(&mut self, path: &mut Vec<String>, name: Option<String>, value: &Value, listed: bool) {
        if !matches!(value, Value::Object(_) | Value::Array(_)) {
            return;
        }
        let Some(name) = name else {
            return self.look(path, value, listed);
        };
        if is_past(&name) || self.told.contains(&key(&name)) {
            return;
        }
        path.push(name);
        self.look(path, value, listed);
        path.pop();
    }
}

/// What an entry of a list is called.
fn called(entry: &Map<String, Value>, at: usize) -> String {
    let named = NAMES.iter().find_map(|name| field(entry, name)?.as_str());
    named.map_or_else(|| format!("number {at}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::Health;

    fn sick(text: &str) -> Vec<String> {
        let health = Health::parse(text).expect("a report");
        health.sick().map(|it| it.name.clone()).collect()
    }

    #[test]
    fn what_is_down_deep_in_a_report_is_named_with_its_path() {
        for (text, named) in [
            (
                r#"{"status":"ok","eu-west":{"shop":{"db":{"status":"down"}}}}"#,
                "eu-west.shop.db",
            ),
            (
                r#"{"eu-west":{"shop":{"db":{"status":"down"}}}}"#,
                "eu-west.shop.db",
            ),
            (
                r#"{"status":"ok","services":[[{"name":"db","status":"down"}]]}"#,
                "services.db",
            ),
            (r#"[[{"name":"db","status":"down"}]]"#, "db"),
            (
                r#"{"status":"ok","checks":[[{"name":"db","status":"failed"}]]}"#,
                "checks.db",
            ),
            (r#"[[[{"name":"db","state":"error"}]]]"#, "db"),
            (
                r#"{"status":"ok","a":{"b":{"c":[{"x":{"healthy":false}}]}}}"#,
                "a.b.c.number 1.x",
            ),
        ] {
            assert_eq!(sick(text), [named], "{text}");
        }
    }

    #[test]
    fn what_is_known_or_past_or_switched_off_is_not_told_again() {
        let told = sick(r#"{"status":"ok","redis":{"cluster":{"a":{"status":"down"}}}}"#);
        assert_eq!(told, ["redis"]);
        for well in [
            r#"{"status":"ok","eu":{"history":{"db":{"status":"down"}}}}"#,
            r#"{"status":"ok","eu":{"shop":{"db":{"enabled":false,"status":"down"}}}}"#,
            r#"{"status":"ok","eu":{"shop":{"db":{"status":"disabled","x":{"status":"down"}}}}}"#,
            r#"{"status":"ok","eu":{"shop":{"job":{"status":"failed"}}}}"#,
            r#"{"status":"ok","eu":{"shop":{"db":{"status":"up"}}}}"#,
        ] {
            assert_eq!(sick(well), Vec::<String>::new(), "{well}");
        }
    }
}
