//! What the backend's code says of origins, without a running API.

use regex::Regex;

use crate::code::python::{Pattern, Rest};
use crate::diagnostic::{Finding, Label, Severity};
use crate::doctor::Answer;
use crate::gather::cors::{Placed, Preflights};
use crate::text::{Span, or_list, remedy};

use super::list::{Form, Holds, List};
use super::{APP, METHODS, REFUSED};

/// What the code makes of the app's pages.
#[derive(Debug)]
pub(super) enum Code {
    /// What settings say counts, or nothing is known.
    Settings,
    /// It lets them in, in words.
    Lets(String),
    /// It refuses them by what stands there.
    Refuses(Box<Finding>),
    /// Only running it would tell: where.
    Beyond(String),
    /// Nothing in it answers at all.
    Absent(Box<Finding>),
}

/// An API of which the code is known.
pub(super) struct Api<'a> {
    pub(super) file: &'a str,
    pub(super) line: usize,
}

/// What the code says of pages of the app's origin. `api` is where an application stands of which nobody else than
/// the code answers.
pub(super) fn of(found: &Preflights, api: Option<&Api<'_>>, app: &str) -> Code {
    let only = match found.given.as_slice() {
        [] => {
            return match api {
                Some(api) if !found.others => absent(api, app),
                // As ever: who answers is not seen here.
                None if !found.others => Code::Settings,
                _ => Code::Beyond(
                    "what answers for origins is no CORSMiddleware that is read here".to_owned(),
                ),
            };
        }
        [only] => only,
        [first, ..] => {
            return Code::Beyond(format!(
                "{} gives one of several CORSMiddlewares its origins",
                place(first, first.cors.offset)
            ));
        }
    };
    let (cors, at) = (&only.cors, place(only, only.cors.offset));
    let list = List::of(&cors.origins, Form::Json);
    let held = list.holds(app);
    match held {
        Holds::Everybody => {
            return Code::Lets(format!("{at} lets everybody in (`*`)"));
        }
        Holds::Yes if cors.rest != Rest::Computed => {
            return Code::Lets(format!("{at} lists {app}"));
        }
        _ => {}
    }
    let matched = match &cors.pattern {
        Pattern::None => Some(false),
        Pattern::Text(pattern) => matches(pattern, app),
        Pattern::Computed => None,
    };
    match (matched, cors.rest) {
        (Some(true), _) => {
            return Code::Lets(format!("the pattern at {at} matches {app}"));
        }
        (None, _) | (_, Rest::Computed) => {
            return Code::Beyond(format!(
                "what {at} lets in cannot be told without running it"
            ));
        }
        (_, Rest::Settings) => return Code::Settings,
        (_, Rest::Nothing) => {}
    }
    let message = match held {
        Holds::WithSlash(entry) => format!(
            "CORSMiddleware at {at} has {entry}, which is {app} to a browser, without the slash"
        ),
        Holds::Otherwise(entry) => format!(
            "CORSMiddleware at {at} has {entry}, and a browser writes {app}: they are compared as texts"
        ),
        _ => format!("CORSMiddleware at {at} does not let pages of {app} call the API"),
    };
    let finding = Finding::new(&REFUSED, message).subject(APP);
    let finding = match &cors.pattern {
        Pattern::Text(pattern) => {
            finding.note(format!("`{pattern}` has to match all of it, and does not"))
        }
        _ => finding,
    };
    let finding = finding.note("its origins stand in the code: no env file changes them");
    Code::Refuses(Box::new(placed(finding, only, cors.offset)))
}

/// An application that no browser gets an answer of.
fn absent(api: &Api<'_>, app: &str) -> Code {
    let Api { file, line } = api;
    let message = format!(
        "nothing in the code of the API ({file}:{line}) answers preflights: no CORSMiddleware"
    );
    let finding = Finding::new(&REFUSED, message)
        .severity(Severity::Warning)
        .subject(APP)
        .note(format!(
            "browsers ask before a page of {app} may call it, and take silence for a no: \
             app.add_middleware(CORSMiddleware, allow_origins=[…])"
        ));
    Code::Absent(Box::new(
        finding.in_file(*file).help(remedy::open_at(file, *line)),
    ))
}

impl Code {
    /// The answer where no API tells, `listed` is what the list in the settings came to.
    pub(super) fn decide(&self, listed: Answer, silence: &str) -> Answer {
        match self {
            Self::Settings => listed,
            Self::Lets(words) => Answer::found(format!("{words}; {silence}")),
            Self::Refuses(finding) => Answer::default().problem((**finding).clone()),
            Self::Beyond(_) if !listed.findings.is_empty() => listed,
            Self::Beyond(words) => Answer::skipped(format!("{words}; {silence}")),
            Self::Absent(finding) => {
                let answer = Answer::default().problem((**finding).clone());
                if listed.findings.is_empty() {
                    answer
                } else {
                    answer.beside(listed)
                }
            }
        }
    }
}

/// The methods of routes that the one middleware does not let through, by what stands there.
pub(super) fn methods(found: &Preflights) -> Option<Finding> {
    let [only] = found.given.as_slice() else {
        return None;
    };
    let listed = only.cors.methods.as_ref()?;
    let has = |method: &str| listed.iter().any(|it| it == "*" || it == method);
    let refused: Vec<&str> = found.routes.keys().copied().filter(|it| !has(it)).collect();
    let finding = refusing(
        &refused,
        found,
        &format!(
            "CORSMiddleware at {} does not let pages call the API",
            place(only, only.cors.methods_offset)
        ),
    )?;
    Some(placed(finding, only, only.cors.methods_offset))
}

/// What a running API refuses of methods. What is to be mended stands in the code, where that is known; it may
/// have been mended since the API was started.
pub(super) fn live_methods(
    refused: &[&str],
    found: &Preflights,
    restart: Option<&str>,
    look: Option<String>,
) -> Option<Finding> {
    let finding = refusing(refused, found, "the running API does not let pages call it")?;
    let [only] = found.given.as_slice() else {
        return Some(helped(finding, look));
    };
    let at = only.cors.methods_offset;
    let whole = place(only, at);
    let listed = only.cors.methods.as_deref();
    let has =
        |method: &&str| listed.is_some_and(|it| it.iter().any(|it| it == "*" || it == method));
    if refused.iter().all(has) {
        let finding = finding.note(format!(
            "CORSMiddleware at {whole} lets them through: the API was started before that was written, or runs other code"
        ));
        return Some(helped(finding, restart.map(str::to_owned).or(look)));
    }
    let finding = finding.note(format!(
        "allow_methods of CORSMiddleware at {whole}, GET alone where it is not given, says which"
    ));
    Some(placed(finding, only, at))
}

fn helped(mut finding: Finding, help: Option<String>) -> Finding {
    finding.help = help;
    finding
}

fn refusing(refused: &[&str], found: &Preflights, who: &str) -> Option<Finding> {
    let first = found.routes.get(refused.first()?)?;
    let message = format!(
        "{who} with {}, which routes have ({first})",
        or_list(refused)
    );
    Some(Finding::new(&METHODS, message).subject(APP))
}

fn place(placed: &Placed, offset: usize) -> String {
    let Placed { source, .. } = placed;
    format!("{}:{}", source.path(), source.position(offset).line)
}

fn placed(finding: Finding, placed: &Placed, offset: usize) -> Finding {
    let source = &placed.source;
    let line = source.position(offset).line;
    finding
        .at(Label::new(source, Span::new(offset, offset), ""))
        .help(remedy::open_at(source.path().as_str(), line))
}

/// Whether Python's `re.fullmatch` finds it; none where the two engines may differ.
fn matches(pattern: &str, text: &str) -> Option<bool> {
    // What one of them reads as more than the letters that stand there.
    const APART: &[&str] = &[
        "[[", "&&", "--", "~~", "||", "\\<", "\\>", "\\b", "\\p", "\\P", "\\z", "\\Z", "\\x",
        "\\u", "\\U", "(?", "{,",
    ];
    let plain = pattern.replace("(?:", "(").replace("(?P<", "(");
    if APART.iter().any(|it| plain.contains(it)) {
        return None;
    }
    let whole = Regex::new(&format!("^(?:{pattern})$")).ok()?;
    Some(whole.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_matched_as_python_does_it_or_not_at_all() {
        let app = "http://localhost:3000";
        for (pattern, wanted) in [
            ("http://localhost:\\d{4}", Some(true)),
            ("http://localhost", Some(false)),
            (
                "^https?://(localhost|127\\.0\\.0\\.1)(?::\\d+)?$",
                Some(true),
            ),
            ("http://(?P<host>[a-z]+):3000", Some(true)),
            ("http://a|http://localhost:3000", Some(true)),
            ("(?i)HTTP://LOCALHOST:3000", None),
            ("http://(?!evil).*", None),
            ("http://localhost:3000\\Z", None),
            ("http://[", None),
        ] {
            assert_eq!(matches(pattern, app), wanted, "{pattern}");
        }
    }
}
