//! What the API's answer and the list mean together.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Cure};
use crate::text::remedy;

use super::code::Code;
use super::first::Manner;
use super::list::{self, Form, Holds, List};
use super::{APP, REFUSED};

/// What a running API said.
#[derive(Debug, PartialEq)]
pub(super) enum Live {
    /// Nobody is there.
    Silent,
    /// Nobody was asked, or what answers says nothing about origins.
    Unknown,
    /// It answered without a word for this origin.
    Refuses,
    /// It names an origin.
    Names {
        /// This one, or `*`.
        origin: String,
        /// Whether cookies may come along.
        credentials: bool,
        /// The methods that it says it lets through; none where it has no word for them.
        methods: Option<Vec<String>>,
        /// How it does so.
        manner: Manner,
    },
    /// It names more than one, or one more than once.
    Several {
        /// Each as often as it is named.
        origins: Vec<String>,
        /// What stands before the API, where the answer tells.
        before: Option<String>,
    },
    /// It is an API, and answered in this manner without a word about origins.
    Mute(Manner),
}

/// The variable that holds the list.
pub(super) struct Named {
    pub(super) name: String,
    /// Where it stands.
    pub(super) origin: String,
    pub(super) list: List,
}

/// What is known.
pub(super) struct Known<'a> {
    pub(super) app: String,
    /// What that is, in words.
    pub(super) meaning: &'a str,
    pub(super) named: Option<&'a Named>,
    /// A variable that reads like the list, and that the backend does not read, in words.
    pub(super) unread: Option<String>,
    /// The API was started after the file that has the list was changed.
    pub(super) read_since: bool,
    /// Writes a list where it stands.
    pub(super) write: &'a dyn Fn(&str) -> Option<Cure>,
    /// The variable that a backend reads which sets none, and how.
    pub(super) unset: (&'a str, Form),
    /// The backend's settings take a slash off by themselves.
    pub(super) strips: bool,
    /// What the backend's code says.
    pub(super) code: &'a Code,
    /// What the API itself said, where it runs.
    pub(super) live: Live,
    /// Asks as a browser does, for people to see.
    pub(super) look: Option<String>,
    /// Whether it is asked on this machine.
    pub(super) here: bool,
    /// Starts the running API over; none where no session of this workspace runs it.
    pub(super) restart: Option<String>,
}

/// An error, with the command that writes a list: into the file that has it, or by hand.
fn refused(known: &Known<'_>, message: String, severity: Severity, list: &str) -> Answer {
    // What is to be changed is the list, where there is one.
    let subject = known.named.map_or(APP, |named| named.name.as_str());
    let finding = Finding::new(&REFUSED, message)
        .severity(severity)
        .subject(subject);
    let finding = match &known.unread {
        Some(unread) => finding.note(unread),
        None => finding,
    };
    let is_amiss = known.named.is_some_and(|named| named.list.amiss.is_some());
    let finding = Finding {
        is_of_value: is_amiss,
        ..finding
    };
    if let Some(cure) = (known.write)(list) {
        return Answer::default().mended_by(finding, cure);
    }
    let (way, help) = if let Some(named) = known.named {
        (
            format!("{}={list} where {} has it", named.name, named.origin),
            remedy::set_to(&named.name, list),
        )
    } else {
        let setting = format!("{}={list}", known.unset.0);
        (
            format!("{setting} where the backend reads it"),
            format!(
                "pixcrawler env set --tier backend {}",
                remedy::quoted(&setting)
            ),
        )
    };
    Answer::default().problem(finding.note(way).help(help))
}

/// The list as it should be.
fn mended(known: &Known<'_>) -> String {
    match known.named {
        Some(named) => named.list.with(&known.app),
        None => list::written(&[&known.app], known.unset.1),
    }
}

/// What is wrong with the list, as far as it tells, and how bad that is.
fn wrong(known: &Known<'_>) -> Option<(String, Severity)> {
    let named = known.named?;
    let (name, app) = (&named.name, &known.app);
    if let Some(why) = named.list.amiss {
        return Some((format!("{name} {why}"), Severity::Error));
    }
    match named.list.holds(app) {
        Holds::Yes | Holds::Everybody => None,
        Holds::WithSlash(_) if known.strips => None,
        Holds::WithSlash(entry) => Some((
            format!("{name} has {entry}, which is {app} to a browser, without the slash"),
            Severity::Warning,
        )),
        Holds::Otherwise(entry) => Some((
            format!("{name} has {entry}, and a browser writes {app}: they are compared as texts"),
            Severity::Error,
        )),
        Holds::Empty => Some((
            format!("{name} is empty, so that the API lets no page call it"),
            Severity::Error,
        )),
        Holds::No => Some((
            format!("{name} does not hold {app}, {}", known.meaning),
            Severity::Error,
        )),
    }
}

/// What the running API refuses, with what mends it: the list, or a new start with the list that is right.
fn by_itself(known: &Known<'_>, message: String) -> Answer {
    const AFTER: &str = "the API reads the list when it starts: restart it afterwards";
    let noted = |mut answer: Answer, note: String| {
        if let Some(finding) = answer.findings.last_mut() {
            finding.notes.push(note);
        }
        answer
    };
    let app = &known.app;
    // No list of the settings and no new start changes what stands in the code.
    if let Code::Refuses(finding) = known.code {
        let mut finding = (**finding).clone();
        let why = std::mem::replace(&mut finding.message, message);
        finding.notes.insert(0, why);
        let answer = Answer::default().problem(finding);
        return noted(answer, "restart the API afterwards".to_owned());
    }
    let Some(named) = known.named else {
        let answer = refused(known, message, Severity::Error, &mended(known));
        return noted(answer, AFTER.to_owned());
    };
    if let Some((why, _)) = wrong(known) {
        let answer = refused(known, message, Severity::Error, &mended(known));
        return noted(noted(answer, why), AFTER.to_owned());
    }
    let why = if known.read_since {
        "the API was started after that file was changed, so it reads another file or variable, or has a list of its own"
    } else {
        "the API was started before that, or reads another file or variable, or has a list of its own"
    };
    let mut finding = Finding::new(&REFUSED, message).subject(APP).note(format!(
        "{} in {} {}: {why}",
        named.name,
        named.origin,
        lets_in(&named.list, app, "it")
    ));
    // A start that has just been is no way out.
    if known.read_since {
        finding.help.clone_from(&known.look);
        return Answer::default().problem(finding);
    }
    if let Some(line) = &known.restart {
        return Answer::default().problem(finding.help(line.clone()));
    }
    let mut finding = finding.note("start it over where it runs, and ask again");
    finding.help.clone_from(&known.look);
    Answer::default().problem(finding)
}

/// How a list has the app's origin in it, called `it`.
fn lets_in(list: &List, app: &str, it: &str) -> String {
    match list.holds(app) {
        Holds::Everybody => "lets everybody in (`*`)".to_owned(),
        _ => format!("holds {it}"),
    }
}

/// What no list mends: how the API, or what stands before it, answers for origins.
fn built(known: &Known<'_>, message: String, why: String) -> Answer {
    let mut finding = Finding::new(&REFUSED, message).subject(APP).note(why);
    finding.help.clone_from(&known.look);
    Answer::default().problem(finding)
}

/// Two answer for origins, where one alone may.
fn several(known: &Known<'_>, origins: &[String], before: Option<&str>) -> Answer {
    let message = format!(
        "the running API's answer to pages of {} names {} origins ({}), and browsers take no more than one",
        known.app,
        origins.len(),
        origins.join(", ")
    );
    let who = match before {
        Some(name) => format!("the API adds one, and `{name}`, which stands before it, another"),
        None => "two add one: a proxy and the API behind it, or two CORS middlewares".to_owned(),
    };
    built(known, message, format!("{who}: leave it to one of them"))
}

/// An API that has no word for any origin.
fn mute(known: &Known<'_>, manner: &Manner) -> Answer {
    let app = &known.app;
    let message = format!(
        "the running API answers {} when a browser asks for {app}, and says nothing of origins, which is a no",
        manner.status
    );
    let why = manner.comes_first().unwrap_or_else(|| {
        format!(
            "nothing in it answers for origins: add CORSMiddleware, with {app} among allow_origins"
        )
    });
    let mut answer = built(known, message, why);
    if let Some(finding) = answer.findings.last_mut().filter(|_| known.here) {
        let stranger =
            "the port may be somebody else's: `pixcrawler doctor --only ports` tells whose it is";
        finding.notes.push(stranger.to_owned());
    }
    match wrong(known) {
        Some((message, severity)) => {
            answer.beside(refused(known, message, severity, &mended(known)))
        }
        None => answer,
    }
}

/// An answer that names the origin, and is a no all the same.
fn named_and_refused(known: &Known<'_>, manner: &Manner) -> Answer {
    let Manner { status, .. } = manner;
    let message = format!(
        "the running API answers {status} when a browser asks for {}, which is a no",
        known.app
    );
    let why = match (status, manner.comes_first()) {
        (404 | 405 | 501, _) => {
            "it names the origin, as with a header that a proxy adds to all, and has no answer to OPTIONS: \
             that wants 200 or 204"
                .to_owned()
        }
        (403, _) | (_, None) => {
            "it names the origin, and refuses the method or a header: look at its CORS middleware"
                .to_owned()
        }
        (_, Some(why)) => why,
    };
    built(known, message, why)
}

pub(super) fn judge(known: &Known<'_>) -> Answer {
    let app = &known.app;
    let silence = match &known.live {
        Live::Names { origin, manner, .. }
            if (origin == app || origin == "*") && !manner.is_yes() =>
        {
            return named_and_refused(known, manner);
        }
        Live::Names {
            origin,
            credentials: true,
            ..
        } if origin == "*" => {
            let list = known
                .named
                .map_or_else(|| mended(known), |named| named.list.named(app));
            let message = format!(
                "the running API lets everybody in (`*`) and wants cookies, which browsers refuse together; it has to name {app}"
            );
            return refused(known, message, Severity::Warning, &list);
        }
        Live::Names { origin, .. } if origin == app || origin == "*" => {
            return Answer::found(format!("the API lets {app} call it"));
        }
        Live::Names { origin, .. } => {
            let message = format!(
                "the running API refuses pages of {app}: it lets only those of {origin} in"
            );
            return by_itself(known, message);
        }
        Live::Refuses => {
            return by_itself(known, format!("the running API refuses pages of {app}"));
        }
        Live::Several { origins, before } => return several(known, origins, before.as_deref()),
        Live::Mute(manner) => return mute(known, manner),
        Live::Silent => "the API does not run",
        Live::Unknown => "no running API tells",
    };
    let listed = match (known.named, wrong(known)) {
        (_, Some((message, severity))) => refused(known, message, severity, &mended(known)),
        (Some(named), None) => Answer::found(format!(
            "{} {}; {silence}",
            named.name,
            lets_in(&named.list, app, app)
        )),
        (None, None) => Answer::skipped(format!("{silence}, and no list of origins is set")),
    };
    known.code.decide(listed, silence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    const APP_AT: &str = "http://localhost:3000";

    fn judged(list: Option<&str>, live: Live) -> Answer {
        judged_since(false, list, live)
    }

    fn judged_since(read_since: bool, list: Option<&str>, live: Live) -> Answer {
        let named = list.map(|list| Named {
            name: "ALLOWED_ORIGINS".to_owned(),
            origin: "backend/.env:9".to_owned(),
            list: List::read(list, None),
        });
        judge(&Known {
            app: APP_AT.to_owned(),
            meaning: "where the app's pages are",
            named: named.as_ref(),
            unread: None,
            read_since,
            write: &|_| None,
            unset: ("SECURITY_ALLOWED_ORIGINS", Form::Json),
            strips: false,
            code: &Code::Settings,
            live,
            look: Some("curl -si".to_owned()),
            here: true,
            restart: Some("pixcrawler restart backend".to_owned()),
        })
    }

    fn names(origin: &str, credentials: bool, status: u16) -> Live {
        Live::Names {
            origin: origin.to_owned(),
            credentials,
            methods: None,
            manner: manner(status),
        }
    }

    fn manner(status: u16) -> Manner {
        Manner {
            status,
            ..Manner::default()
        }
    }

    #[test]
    fn what_the_running_api_says_decides() {
        let status = |live| judged(None, live).status();
        assert_eq!(status(names(APP_AT, true, 200)), Status::Pass);
        assert_eq!(status(names("*", false, 204)), Status::Pass);
        assert_eq!(status(names("*", true, 200)), Status::Warn);
        assert_eq!(status(names(APP_AT, true, 405)), Status::Fail);
        assert_eq!(status(Live::Refuses), Status::Fail);
        let other = judged(None, names("http://localhost:3000/", true, 200));
        assert!(
            other.findings[0]
                .message
                .ends_with("only those of http://localhost:3000/ in")
        );
        assert_eq!(status(Live::Silent), Status::Skipped);
    }

    #[test]
    fn what_no_list_mends_is_shown() {
        let origins = vec![APP_AT.to_owned(); 2];
        let several = |before: Option<&str>| {
            let live = Live::Several {
                origins: origins.clone(),
                before: before.map(str::to_owned),
            };
            let answer = judged(Some("http://a"), live);
            assert_eq!(answer.findings.len(), 1);
            assert!(answer.cures.is_empty());
            let finding = &answer.findings[0];
            assert!(
                finding.message.contains("names 2 origins"),
                "{}",
                finding.message
            );
            assert_eq!(finding.help.as_deref(), Some("curl -si"));
            finding.notes[0].clone()
        };
        assert!(several(Some("nginx")).contains("`nginx`, which stands before it"));
        assert!(several(None).contains("two CORS middlewares"));
        let mute = |list, status| {
            let answer = judged(Some(list), Live::Mute(manner(status)));
            assert_eq!(answer.status(), Status::Fail);
            (answer.findings.len(), answer.findings[0].notes[0].clone())
        };
        assert!(mute(APP_AT, 405).1.contains("add CORSMiddleware"));
        assert!(mute(APP_AT, 401).1.contains("without a token"));
        for status in [307, 429, 502] {
            let why = mute(APP_AT, status).1;
            assert!(!why.contains("add CORSMiddleware"), "{status}: {why}");
        }
        for (status, words) in [
            (301, "no redirect"),
            (400, "refuses the method or a header"),
            (405, "no answer to OPTIONS"),
            (502, "gets no answer"),
        ] {
            let answer = judged(Some(APP_AT), names(APP_AT, true, status));
            let finding = &answer.findings[0];
            assert!(finding.notes[0].contains(words), "{}", finding.notes[0]);
            assert_eq!(finding.help.as_deref(), Some("curl -si"));
        }
        assert_eq!((mute(APP_AT, 404).0, mute("http://a", 404).0), (1, 2));
    }

    #[test]
    fn a_list_that_is_right_is_not_written_again() {
        let help = |list| {
            let answer = judged(list, Live::Refuses);
            answer.findings[0].help.clone().unwrap_or_default()
        };
        let restart = "pixcrawler restart backend";
        assert_eq!(help(Some("http://localhost:3000")), restart);
        assert_eq!(help(Some("*")), restart);
        let set = |list| remedy::set_to("ALLOWED_ORIGINS", list);
        assert_eq!(help(Some("http://LOCALHOST:3000")), set(APP_AT));
        assert_eq!(
            help(Some("http://a")),
            set("http://a,http://localhost:3000")
        );
        assert!(help(None).contains("SECURITY_ALLOWED_ORIGINS=["));
        let since = judged_since(true, Some(APP_AT), Live::Refuses);
        assert_eq!(since.findings[0].help.as_deref(), Some("curl -si"));
    }

    #[test]
    fn the_list_decides_where_no_api_runs() {
        let judged = |list: &str| judged(Some(list), Live::Silent);
        for (list, status, words) in [
            ("http://localhost:3001", Status::Fail, "does not hold"),
            ("http://localhost:3000/", Status::Warn, "without the slash"),
            ("localhost:3000", Status::Fail, "compared as texts"),
            ("['http://localhost:3000']", Status::Fail, "is none"),
            ("", Status::Fail, "is empty"),
        ] {
            let answer = judged(list);
            assert_eq!(answer.status(), status, "{list}");
            let message = &answer.findings[0].message;
            assert!(message.contains(words), "{list}: {message}");
            assert_eq!(
                answer.findings[0].subject.as_deref(),
                Some("ALLOWED_ORIGINS")
            );
        }
        assert_eq!(judged("[\"http://localhost:3000\"]").status(), Status::Pass);
        assert_eq!(
            judged("*").found,
            ["ALLOWED_ORIGINS lets everybody in (`*`); the API does not run"]
        );
        assert_eq!(
            judged("http://localhost:3001").findings[0].notes,
            [
                "ALLOWED_ORIGINS=http://localhost:3001,http://localhost:3000 where backend/.env:9 has it"
            ]
        );
    }
}
