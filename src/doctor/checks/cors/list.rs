//! A list of origins as the backend reads it, and whether it holds the app's.

use url::Url;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Commas between.
    Commas,
    /// JSON, which is how pydantic-settings reads lists by itself.
    Json,
}

/// A list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List {
    /// How it is to be written.
    pub(super) form: Form,
    /// What is meant to stand in it.
    entries: Vec<String>,
    /// Why the backend does not read these out of it.
    pub(super) amiss: Option<&'static str>,
}

/// Whether an origin is in a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// As a browser writes it.
    Yes,
    /// Everybody's is: `*`.
    Everybody,
    /// With a slash behind it, which some backends cut off and others do not.
    WithSlash(String),
    /// Written otherwise, which is another origin to whoever compares texts.
    Otherwise(String),
    /// It is not there.
    No,
    /// Nothing is.
    Empty,
}

impl List {
    /// Reads a list, by what the schema says of the variable; where it says nothing, by its look.
    pub(super) fn read(value: &str, declared: Option<Form>) -> Self {
        let loose = || {
            value
                .split(',')
                .map(|entry| entry.trim_matches(|c: char| c.is_whitespace() || "[]'\"".contains(c)))
                .filter(|entry| !entry.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let list = |form, entries, amiss| Self {
            form,
            entries,
            amiss,
        };
        let brackets = value.trim_start().starts_with('[');
        match (serde_json::from_str::<Vec<String>>(value), declared) {
            (Ok(entries), Some(Form::Commas)) => list(
                Form::Commas,
                entries,
                Some("is a JSON list, and the backend reads commas"),
            ),
            (Ok(entries), _) => list(Form::Json, entries, None),
            (Err(_), Some(Form::Json)) => list(
                Form::Json,
                loose(),
                Some("is no JSON list, which the backend reads"),
            ),
            (Err(_), Some(Form::Commas)) if brackets => list(
                Form::Commas,
                loose(),
                Some("has brackets, and the backend reads commas"),
            ),
            (Err(_), None) if brackets => list(
                Form::Json,
                loose(),
                Some("begins as a JSON list, and is none"),
            ),
            (Err(_), _) => {
                let (mut entries, mut amiss) = (Vec::new(), None);
                for entry in value.split(',').map(str::trim).filter(|it| !it.is_empty()) {
                    match several(entry).or_else(|| bare(entry, declared)) {
                        Some((meant, why)) => {
                            entries.extend(meant);
                            amiss = amiss.or(Some(why));
                        }
                        None => entries.push(entry.to_owned()),
                    }
                }
                list(Form::Commas, entries, amiss)
            }
        }
    }

    /// A list that the code has.
    pub(super) fn of(entries: &[String], form: Form) -> Self {
        Self {
            form,
            entries: entries.to_vec(),
            amiss: None,
        }
    }

    /// Whether it holds an origin, as browsers write it.
    pub(super) fn holds(&self, app: &str) -> Holds {
        if self.entries.is_empty() {
            return Holds::Empty;
        }
        if self.entries.iter().any(|it| it == app) {
            return Holds::Yes;
        }
        if self.entries.iter().any(|it| it == "*") {
            return Holds::Everybody;
        }
        match self.entries.iter().find(|it| means(it, app)) {
            Some(entry) if entry.trim_end_matches('/') == app => Holds::WithSlash(entry.clone()),
            Some(entry) => Holds::Otherwise(entry.clone()),
            None => Holds::No,
        }
    }

    /// The list with an origin in it as browsers write it, in the form that the backend reads. It stays where it stands
    /// in other words.
    pub(super) fn with(&self, app: &str) -> String {
        let mut entries: Vec<&str> = Vec::new();
        for entry in self.entries.iter().map(String::as_str).chain([app]) {
            let entry = if means(entry, app) { app } else { entry };
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        written(&entries, self.form)
    }

    /// The same without the `*` that lets everybody in.
    pub(super) fn named(&self, app: &str) -> String {
        let named = self.entries.iter().filter(|it| *it != "*").cloned();
        Self {
            entries: named.collect(),
            ..*self
        }
        .with(app)
    }
}

/// The origins that stand between two commas with something else between them, and what that is.
fn several(entry: &str) -> Option<(Vec<String>, &'static str)> {
    let pieces = entry.split(|c: char| c == ';' || c.is_whitespace());
    let pieces: Vec<&str> = pieces.filter(|it| !it.is_empty()).collect();
    let is_origin = |it: &&str| it.contains("://") && Url::parse(it).is_ok_and(|it| it.has_host());
    if pieces.len() < 2 || !pieces.iter().all(is_origin) {
        return None;
    }
    let pieces = pieces.into_iter().map(str::to_owned).collect();
    let why = if entry.contains(';') {
        "has `;` between its origins, and the backend reads commas"
    } else {
        "has blanks between its origins, and the backend reads commas"
    };
    Some((pieces, why))
}

/// An origin of this machine without its scheme, which the schema asks for: there it is http.
fn bare(entry: &str, declared: Option<Form>) -> Option<(Vec<String>, &'static str)> {
    let host = entry.split(':').next()?;
    let is_here = matches!(host, "localhost" | "127.0.0.1") && declared == Some(Form::Commas);
    let meant = format!("http://{entry}");
    let sound = Url::parse(&meant).is_ok_and(|url| url.path() == "/" && url.query().is_none());
    (is_here && sound && !entry.ends_with('/'))
        .then(|| (vec![meant], "has an origin without its scheme, http://"))
}

/// A list in one form.
pub(super) fn written(entries: &[&str], form: Form) -> String {
    match form {
        Form::Commas => entries.join(","),
        Form::Json => serde_json::to_string(entries).unwrap_or_default(),
    }
}

/// Whether an entry is the same origin, however it is written: with a path, a default port, in capitals,
/// or without a scheme.
fn means(entry: &str, app: &str) -> bool {
    let origin = |text: &str| {
        let url = Url::parse(text).ok().filter(Url::has_host)?;
        Some(url.origin().ascii_serialization())
    };
    let bare = app.split_once("://").map_or(app, |(_, host)| host);
    origin(entry).is_some_and(|it| it == app)
        || entry.trim_end_matches('/').eq_ignore_ascii_case(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "http://localhost:3000";

    #[test]
    fn a_list_is_judged_as_its_reader_compares() {
        let holds = |list: &str| List::read(list, None).holds(APP);
        assert_eq!(holds("*"), Holds::Everybody);
        for yes in [
            "http://a, http://localhost:3000",
            "[\"http://localhost:3000\"]",
        ] {
            assert_eq!(holds(yes), Holds::Yes, "{yes}");
        }
        let slash = "http://localhost:3000/";
        assert_eq!(holds(slash), Holds::WithSlash(slash.to_owned()));
        for other in [
            "HTTP://localhost:3000",
            "http://LOCALHOST:3000",
            "http://localhost:3000/app",
            "localhost:3000",
        ] {
            assert_eq!(holds(other), Holds::Otherwise(other.to_owned()));
        }
        for no in ["http://localhost:3001", "https://localhost:3000", "null"] {
            assert_eq!(holds(no), Holds::No, "{no}");
        }
        let port = List::read("https://app.example:443", None);
        let held = port.holds("https://app.example");
        assert!(matches!(held, Holds::Otherwise(_)), "{held:?}");
        for empty in ["", " ", ",", "[]"] {
            assert_eq!(holds(empty), Holds::Empty, "{empty}");
        }
    }

    #[test]
    fn what_the_backend_cannot_read_is_amiss_and_written_anew() {
        let read = |list: &str, form| {
            let list = List::read(list, form);
            (list.amiss.is_some(), list.with("http://b"))
        };
        let commas = || "http://a,http://b".to_owned();
        let json = || "[\"http://a\",\"http://b\"]".to_owned();
        assert_eq!(read("http://a, ", None), (false, commas()));
        assert_eq!(read("[\"http://a\"]", None), (false, json()));
        assert_eq!(read("['http://a']", None), (true, json()));
        assert_eq!(read("[\"http://a\"]", Some(Form::Commas)), (true, commas()));
        assert_eq!(read("[http://a]", Some(Form::Commas)), (true, commas()));
        assert_eq!(read("http://a", Some(Form::Json)), (true, json()));
        assert_eq!(read("http://a,http://b", None), (false, commas()));
        assert_eq!(read("http://a,HTTP://B/x", None), (false, commas()));
        assert_eq!(List::read("*", None).named("http://b"), "http://b");
        // What is meant is told where it stands, and the app's stays in its place.
        for between in [";", " ", "; "] {
            let list = format!("http://b{between}http://a");
            let anew = "http://b,http://a".to_owned();
            assert_eq!(read(&list, Some(Form::Commas)), (true, anew), "{list}");
        }
        let bare = "http://localhost:1,http://b".to_owned();
        assert_eq!(read("localhost:1", Some(Form::Commas)), (true, bare));
        for (other, anew) in [
            ("localhost:1", "localhost:1,http://b"),
            ("http://a;b", "http://a;b,http://b"),
        ] {
            assert_eq!(read(other, None), (false, anew.to_owned()), "{other}");
        }
    }
}
