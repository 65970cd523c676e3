//! Which addresses are asked, in which order, and which of their answers counts.

use std::time::Duration;

use url::Url;

use crate::health::{self, Health};
use crate::system::http::{self, Request as Question, Response, Trouble};

pub(super) type Said = Result<Response, Trouble>;

/// The last part of a report's path, in any framework: `/actuator/health`, `/readyz`, `/__heartbeat__`.
const REPORTS: &[&str] = &[
    "health",
    "healthy",
    "live",
    "liveness",
    "ready",
    "readiness",
    "alive",
    "heartbeat",
    "lbheartbeat",
    "status",
    "ping",
    "detailed",
    "up",
];

/// What stands before such a word: `/is_alive`, `/app-health`.
const BEFORE: &[&str] = &["is", "app", "api", "server", "service", "system", "self"];

/// And behind it, also as one word: `/health-check`, `/livenessprobe`, `/healthz`.
const BEHIND: &[&str] = &["z", "check", "checks", "probe", "details"];

/// One place to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    url: Url,
    kind: Kind,
    /// Whether somebody typed it: whoever names a place asks about that one.
    named: bool,
}

/// What is known of a place before it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A report is called so.
    Report,
    /// It was given, and may well be what reports stand below: it counts where it says something of health, and
    /// none of those is there. `{"status": "ok"}` is also how many an API greets.
    Base,
}

/// The places to ask, in their order. The query is given with the address and goes along, as its user does: it
/// may be what opens the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Paths(Vec<Place>);

/// What came of asking them.
pub(super) struct Answered {
    pub(super) said: Said,
    /// Whether that is the answer of what was asked for; otherwise nothing of it is there.
    pub(super) meant: bool,
    /// Where that was asked, as people may see it.
    pub(super) place: Option<String>,
    /// Which paths were asked, where none of them has it.
    pub(super) tried: Vec<String>,
}

impl Answered {
    fn of(told: Option<(Said, &Place)>, meant: bool) -> Self {
        match told {
            Some((said, place)) => Self {
                said,
                meant,
                place: Some(http::shown(&place.url)),
                tried: Vec::new(),
            },
            None => Self {
                said: Err(Trouble::Other("nothing to ask for".to_owned())),
                meant,
                place: None,
                tried: Vec::new(),
            },
        }
    }
}

impl Answered {
    /// The same without these words in what is said.
    pub(super) fn without(mut self, words: &[String]) -> Self {
        if let (Ok(response), false) = (&mut self.said, words.is_empty()) {
            response.body = health::without(words, &response.body);
        }
        self
    }
}

impl Paths {
    /// What was given as it stands where a report is called so, and the report that the code has; then these names
    /// below the address and below its host. What is called otherwise follows the names below it. Somebody `typed`
    /// the address, or files name it.
    pub(super) fn of_report(base: &Url, own: Option<&str>, names: &[&str], typed: bool) -> Self {
        let mut given = base.clone();
        given.set_fragment(None);
        let is_report = is_report(base.path());
        let given = Place {
            url: given,
            kind: if is_report { Kind::Report } else { Kind::Base },
            named: typed,
        };
        let own = own.map(|path| at(base, path));
        if is_report {
            let first = [Some(given), own].into_iter().flatten().collect();
            return Self(first).with(base, names);
        }
        let prefix = base.path().trim_end_matches('/');
        if prefix.is_empty() {
            return Self(own.into_iter().collect()).with(base, names);
        }
        let (before, behind) = if typed { (None, own) } else { (own, None) };
        let mut paths = Self(before.into_iter().collect());
        for name in names {
            paths.add(at(base, &format!("{prefix}{name}")));
        }
        paths.add(given);
        if let Some(own) = behind {
            paths.add(own);
        }
        paths.with(base, names)
    }

    fn add(&mut self, place: Place) {
        if !self.0.iter().any(|known| known.url == place.url) {
            self.0.push(place);
        }
    }

    /// These names below the address and below its host.
    pub(super) fn below(base: &Url, names: &[&str]) -> Self {
        Self(Vec::new()).with(base, names)
    }

    /// Beside a report stand others: `/api/health/detailed` is no part of `/api/health`. What is called `/live` may
    /// be no report, and have them below it.
    fn with(mut self, base: &Url, names: &[&str]) -> Self {
        let whole = base.path().trim_end_matches('/');
        let mut beside = whole;
        while is_report(beside) {
            beside = beside.rsplit_once('/').map_or("", |(before, _)| before);
        }
        let is_health = whole
            .strip_prefix(beside)
            .is_some_and(|it| it.contains("health"));
        let below = Some(whole).filter(|_| !is_health);
        for name in names {
            for prefix in [Some(beside), below, Some("")].into_iter().flatten() {
                self.add(at(base, &format!("{prefix}{name}")));
            }
        }
        self
    }

    /// The answer of the first that is there. Where none is, that of what somebody typed, whatever it says, or of the
    /// first: it is the usual one. Before one that is not there comes another that says something, as a page.
    pub(super) async fn first(&self, limit: Duration) -> Answered {
        let mut instead: Option<(Said, &Place)> = None;
        let mut other: Option<(Said, &Place)> = None;
        for place in &self.0 {
            let said = http::send(&Question::get(place.url.clone()), limit).await;
            if place.counts(&said) {
                return Answered::of(Some((said, place)), true);
            }
            if is_said(&said) && !place.named {
                other.get_or_insert_with(|| (said.clone(), place));
            }
            if place.named {
                instead = Some((said, place));
            } else {
                instead.get_or_insert((said, place));
            }
        }
        let is_missing = instead.as_ref().is_none_or(|(said, _)| !is_said(said));
        let told = other.filter(|_| is_missing).or(instead);
        let mut tried: Vec<String> = Vec::new();
        for place in &self.0 {
            let path = place.url.path().to_owned();
            if !tried.contains(&path) {
                tried.push(path);
            }
        }
        Answered {
            tried,
            ..Answered::of(told, false)
        }
    }

    /// The same of places that are only guessed. One that is closed tells by itself nothing of what is behind it:
    /// some are closed as a whole. Where others are missing, it is there.
    pub(super) async fn first_of_guesses(&self, limit: Duration) -> Answered {
        let mut closed: Option<(Said, &Place)> = None;
        let mut others: Option<(Said, &Place)> = None;
        for place in &self.0 {
            let said = http::send(&Question::get(place.url.clone()), limit).await;
            if said.as_ref().is_ok_and(|it| matches!(it.status, 401 | 403)) {
                closed.get_or_insert((said, place));
            } else if place.counts(&said) {
                return Answered::of(Some((said, place)), true);
            } else {
                others.get_or_insert((said, place));
            }
        }
        let meant = closed.is_some() && others.is_some();
        Answered::of(closed.or(others), meant)
    }
}

fn at(base: &Url, path: &str) -> Place {
    let mut url = base.clone();
    url.set_path(path);
    url.set_fragment(None);
    Place {
        url,
        kind: Kind::Report,
        named: false,
    }
}

/// Whether a path ends as those of reports do. `/healthcare` and `/status-api` are other things.
fn is_report(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next();
    let last = last.unwrap_or_default().to_ascii_lowercase();
    // `/health.json`.
    let name = last.split_once('.').map_or(last.as_str(), |(name, _)| name);
    let words = name.split(|it: char| !it.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|it| !it.is_empty()).collect();
    let is_word = |word: &str| {
        let mut ends = BEHIND.iter().filter_map(|end| word.strip_suffix(end));
        let is_one = |word: &str| {
            let asked = word.strip_prefix("is").unwrap_or(word);
            REPORTS.contains(&word) || REPORTS.contains(&asked)
        };
        is_one(word) || ends.any(is_one)
    };
    let from = words.iter().position(|word| !BEFORE.contains(word));
    match from.and_then(|from| words.get(from..)) {
        Some([first, rest @ ..]) => {
            is_word(first) && rest.iter().all(|it| is_word(it) || BEHIND.contains(it))
        }
        _ => false,
    }
}

impl Place {
    /// Whether an answer is that of what was asked for. Pages come from whoever answers everything with one; 405:
    /// something is there, and is asked in another way. Of a place that somebody named, whatever is wrong is the
    /// answer, but that it is not there; so is a report that breaks off.
    fn counts(&self, said: &Said) -> bool {
        let response = match said {
            Ok(response) => response,
            Err(trouble) => {
                return self.named || self.kind == Kind::Report || !trouble.is_late();
            }
        };
        let greets = (200..=299).contains(&response.status)
            && !response.is_page()
            && !health::is_broken(response);
        match self.kind {
            _ if self.named && !greets => !matches!(response.status, 404 | 405),
            Kind::Report => is_there(response),
            Kind::Base => is_there(response) && speaks(response),
        }
    }
}

/// Whether something answers at a place, be it no report.
fn is_said(said: &Said) -> bool {
    said.as_ref()
        .is_ok_and(|it| !matches!(it.status, 404 | 405))
}

fn is_there(response: &Response) -> bool {
    match response.status {
        404 | 405 => false,
        200..=299 => !response.is_page() || Health::parse(&response.body).is_some(),
        _ => true,
    }
}

fn speaks(response: &Response) -> bool {
    let is_answer = matches!(response.status, 200..=299 | 500..);
    is_answer && Health::parse(&response.body).is_some_and(|it| it.speaks())
}

/// Which of two reports tells more: that of the whole where it alone speaks of parts, or of worse ones.
pub(super) fn most_telling(live: &Said, detailed: Said) -> Said {
    let Some(whole) = read(live).filter(|it| !it.components.is_empty()) else {
        return detailed;
    };
    let tells_less = |response: &Response| match (response.status, Health::parse(&response.body)) {
        (400..=499, _) => true,
        (200..=299, None) => response.is_page(),
        (200..=299, Some(more)) => {
            let worst = more.worst();
            let is_less = worst == whole.worst() && more.components.is_empty();
            more.unknown.is_none() && more.errors.is_none() && (worst < whole.worst() || is_less)
        }
        _ => false,
    };
    let tells_less = detailed.as_ref().is_ok_and(tells_less);
    if tells_less { live.clone() } else { detailed }
}

/// What tells that the API answers: where the usual reports are not there, or nothing but a greeting is, the detailed
/// one does, too.
pub(super) fn alive(live: Answered, detailed: &Said) -> Said {
    let Answered {
        said: live, meant, ..
    } = live;
    let greets = |it: &Response| (200..=299).contains(&it.status) && !speaks(it);
    let is_missing = |it: &Response| !is_there(it) || greets(it);
    if !meant && live.as_ref().is_ok_and(is_missing) && detailed.as_ref().is_ok_and(speaks) {
        detailed.clone()
    } else {
        live
    }
}

pub(super) fn read(said: &Said) -> Option<Health> {
    Health::parse(&said.as_ref().ok()?.body)
}

#[cfg(test)]
mod tests;
