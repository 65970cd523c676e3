//! What a chain takes of a value that is set, as far as that is certain.

use crate::text::or_list;

use super::forms;
use super::pattern::Pattern;

/// What is asked of a value, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Takes {
    steps: Vec<Step>,
    /// Whether the code may ask for more, which only running it would tell.
    is_open: bool,
}

/// One step of a chain.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Spaces around it are taken off.
    Trim,
    /// It is written small.
    Lower,
    /// It is written large.
    Upper,
    /// It has at least so many characters.
    AtLeast(usize),
    /// It has at most so many.
    AtMost(usize),
    /// It is a URL.
    Url,
    /// It is one of the web's.
    Http,
    /// Its scheme, or its host, is of that form.
    UrlPart(Part, Pattern),
    /// It is the address of a mailbox.
    Email,
    /// It is a UUID; as strictly as the standard has it.
    Uuid(bool),
    /// It is of that form.
    Form(Pattern),
    /// One of several chains takes it.
    AnyOf(Vec<Takes>),
    /// It is no text at all, but what this word says, as no variable is.
    NoText(&'static str),
    /// It is one of these words.
    OneOf(Vec<String>),
    /// It begins so.
    Begins(String),
    /// It ends so.
    Ends(String),
    /// That stands in it.
    Has(String),
    /// It becomes a number.
    Number,
    /// One that is whole.
    Whole,
    /// One that is no smaller.
    From(f64),
    /// One that is no larger.
    UpTo(f64),
    /// One that is larger.
    Above(f64),
    /// One that is smaller.
    Below(f64),
    /// It is a word for yes or no.
    Switch,
}

/// A part of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Its scheme, without the colon.
    Scheme,
    /// Its host.
    Host,
}

/// What `z.stringbool()` takes, in whatever case.
const SWITCHES: &[&str] = &[
    "true", "1", "yes", "on", "y", "enabled", "false", "0", "no", "off", "n", "disabled",
];

impl Takes {
    /// With one more step.
    pub(super) fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// With something behind it that is not known.
    pub(super) fn open(&mut self) {
        self.is_open = true;
    }

    /// Whether anything is asked.
    pub(super) fn asks(&self) -> bool {
        !self.steps.is_empty()
    }

    /// What is wanted in the place of a value that is certainly refused.
    #[must_use]
    pub fn refuses(&self, value: &str) -> Option<String> {
        self.judge(value).err()
    }

    /// Whether a value is certainly taken.
    #[must_use]
    pub fn is_sure_of(&self, value: &str) -> bool {
        self.judge(value) == Ok(true)
    }

    /// What is wanted where every text is refused, as `z.number()` does, in one word.
    #[must_use]
    pub fn never(&self) -> Option<&'static str> {
        match self.steps.first() {
            Some(Step::NoText(word)) => Some(word),
            _ => None,
        }
    }

    /// The same value as it is taken, where only the spaces around it, its case or a scheme of this machine's are in the
    /// way.
    #[must_use]
    pub fn nearest(&self, value: &str) -> Option<String> {
        let words = self.steps.iter().flat_map(|step| match step {
            Step::OneOf(words) => words.as_slice(),
            _ => &[],
        });
        let bare = value.trim();
        let same = words.filter(|it| it.eq_ignore_ascii_case(bare));
        let is_here = ["localhost:", "127.0.0.1:"]
            .iter()
            .any(|it| bare.starts_with(it));
        let with_scheme = is_here.then(|| format!("http://{bare}"));
        let mut all = same.cloned().chain([bare.to_owned()]).chain(with_scheme);
        all.find(|it| it != value && self.is_sure_of(it))
    }

    /// Whether it is certain that a value is taken, or else what is wanted.
    fn judge(&self, value: &str) -> Result<bool, String> {
        let (mut value, mut is_sure) = (value.to_owned(), !self.is_open);
        for step in &self.steps {
            match step {
                Step::Trim => value = value.trim().to_owned(),
                Step::Lower => value = value.to_lowercase(),
                Step::Upper => value = value.to_uppercase(),
                Step::AnyOf(all) => is_sure &= any_of(all, &value)?,
                asked if asked.fails(&value) => return Err(asked.wanted()),
                asked => is_sure &= asked.is_sure_of(&value),
            }
        }
        Ok(is_sure)
    }
}

/// The same of several chains, of which one has to take it.
fn any_of(all: &[Takes], value: &str) -> Result<bool, String> {
    let mut wanted = Vec::new();
    let mut is_open = false;
    for takes in all {
        match takes.judge(value) {
            Ok(true) => return Ok(true),
            Ok(false) => is_open = true,
            Err(other) if !wanted.contains(&other) => wanted.push(other),
            Err(_) => {}
        }
    }
    if is_open {
        return Ok(false);
    }
    Err(or_list(&wanted))
}

impl Step {
    fn fails(&self, value: &str) -> bool {
        // As JavaScript counts.
        let length = || value.encode_utf16().count();
        let of_number = |fails: &dyn Fn(f64) -> bool| number(value).is_some_and(fails);
        match self {
            Self::Trim | Self::Lower | Self::Upper | Self::AnyOf(_) => false,
            Self::AtLeast(least) => length() < *least,
            Self::AtMost(most) => length() > *most,
            Self::Url => url::Url::parse(value).is_err(),
            Self::Http => {
                let url = url::Url::parse(value);
                url.map_or(true, |it| !matches!(it.scheme(), "http" | "https"))
            }
            Self::UrlPart(part, form) => {
                let url = url::Url::parse(value).ok();
                url.and_then(|it| form.matches(part.of(&it)?)) == Some(false)
            }
            Self::Email => !forms::may_be_email(value),
            Self::Uuid(strict) => !forms::is_uuid(value, *strict),
            Self::Form(form) => form.matches(value) == Some(false),
            Self::NoText(_) => true,
            Self::OneOf(words) => !words.iter().any(|it| it == value),
            Self::Begins(begin) => !value.starts_with(begin.as_str()),
            Self::Ends(end) => !value.ends_with(end.as_str()),
            Self::Has(part) => !value.contains(part.as_str()),
            Self::Number => is_none(value),
            Self::Whole => of_number(&|it| it.fract() != 0.0),
            Self::From(least) => of_number(&|it| it < *least),
            Self::UpTo(most) => of_number(&|it| it > *most),
            Self::Above(limit) => of_number(&|it| it <= *limit),
            Self::Below(limit) => of_number(&|it| it >= *limit),
            Self::Switch => !SWITCHES.contains(&value.to_lowercase().as_str()),
        }
    }

    /// Whether a value that does not fail is taken for certain.
    fn is_sure_of(&self, value: &str) -> bool {
        match self {
            // Newer ones want a domain.
            Self::Http => false,
            Self::UrlPart(part, form) => {
                let url = url::Url::parse(value).ok();
                url.and_then(|it| form.matches(part.of(&it)?)) == Some(true)
            }
            Self::Email => forms::is_email(value),
            Self::Uuid(_) => forms::is_uuid(value, true),
            Self::Form(form) => form.matches(value) == Some(true),
            Self::Number
            | Self::Whole
            | Self::From(_)
            | Self::UpTo(_)
            | Self::Above(_)
            | Self::Below(_) => number(value).is_some(),
            _ => true,
        }
    }

    /// In words.
    fn wanted(&self) -> String {
        match self {
            Self::Trim | Self::Lower | Self::Upper | Self::AnyOf(_) => String::new(),
            Self::AtLeast(1) => "at least 1 character".to_owned(),
            Self::AtLeast(least) => format!("at least {least} characters"),
            Self::AtMost(most) => format!("at most {most} characters"),
            Self::Url => "a URL".to_owned(),
            Self::Http => "a URL of http or https".to_owned(),
            Self::UrlPart(Part::Scheme, form) => format!("a URL whose scheme matches {form}"),
            Self::UrlPart(Part::Host, form) => format!("a URL whose host matches {form}"),
            Self::Email => "an e-mail address".to_owned(),
            Self::Uuid(_) => "a UUID".to_owned(),
            Self::Form(form) => format!("what matches {form}"),
            Self::NoText(word) => format!("a {word}, and a variable is a text"),
            Self::OneOf(words) => {
                let shown = words.iter().map(|it| match it.as_str() {
                    "" => "an empty text",
                    word => word,
                });
                or_list(&shown.map(str::to_owned).collect::<Vec<_>>())
            }
            Self::Begins(begin) => format!("what begins with {begin}"),
            Self::Ends(end) => format!("what ends with {end}"),
            Self::Has(part) => format!("what has {part} in it"),
            Self::Number => "a number".to_owned(),
            Self::Whole => "a whole number".to_owned(),
            Self::From(least) => format!("a number from {least} on"),
            Self::UpTo(most) => format!("a number up to {most}"),
            Self::Above(limit) => format!("a number above {limit}"),
            Self::Below(limit) => format!("a number below {limit}"),
            Self::Switch => "true or false".to_owned(),
        }
    }
}

impl Part {
    /// The part of a URL, as JavaScript has it.
    fn of(self, url: &url::Url) -> Option<&str> {
        match self {
            Self::Scheme => Some(url.scheme()),
            Self::Host => url.host_str(),
        }
    }
}

/// The number that JavaScript makes of a text, of one that is written in a plain way.
fn number(value: &str) -> Option<f64> {
    match value.trim() {
        "" => Some(0.0),
        text => text.parse().ok().filter(|it: &f64| it.is_finite()),
    }
}

/// Whether JavaScript makes no number of a text, for certain.
fn is_none(value: &str) -> bool {
    let text = value.trim();
    let is_other = ["0x", "0X", "0b", "0B", "0o", "0O"]
        .iter()
        .any(|it| text.starts_with(it));
    !text.is_empty() && !is_other && text.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certainly_wrong_is_refused() {
        let takes = |steps: &[Step]| Takes {
            steps: steps.to_vec(),
            is_open: false,
        };
        let refuses = |steps: &[Step], value: &str| takes(steps).refuses(value).is_some();
        for (step, right, wrong) in [
            (Step::AtLeast(2), "äö", "x"),
            (Step::AtMost(2), "", "xyz"),
            (Step::Url, "postgres://h/d", "localhost"),
            (Step::Url, "localhost:3000", ""),
            (Step::Http, "https://h", "ftp://h"),
            (Step::Email, "a@b.co", "a.b.c"),
            (Step::Email, "a@b.co", "a@b"),
            (Step::OneOf(vec!["a".to_owned()]), "a", "A"),
            (Step::Begins("sk_".to_owned()), "sk_1", "pk_1"),
            (Step::Number, "", "ten"),
            (Step::Number, "0x1F", "1_000"),
            (Step::Whole, "3", "3.5"),
            (Step::Above(0.0), "1", ""),
            (Step::From(1.0), "1", "0"),
            (Step::Switch, "Yes", "maybe"),
        ] {
            assert!(!refuses(std::slice::from_ref(&step), right), "{step:?}");
            assert!(refuses(std::slice::from_ref(&step), wrong), "{step:?}");
        }
        assert!(refuses(&[Step::Trim, Step::AtLeast(1)], "  "));
        assert!(!refuses(&[Step::AtLeast(1), Step::Trim], "  "));
        // A number that is none is told as that.
        assert!(!refuses(&[Step::Whole], "ten"));
        // What is refused for no reason that is known is not taken for certain.
        assert!(takes(&[Step::Url]).is_sure_of("file:./dev.db"));
        assert!(!takes(&[Step::Number]).is_sure_of("0x1F"));
        let mut open = takes(&[]);
        open.open();
        assert!(!open.is_sure_of("a") && open.refuses("a").is_none());
        let word = takes(&[Step::OneOf(vec!["dev".to_owned()])]);
        assert_eq!(word.nearest(" DEV").as_deref(), Some("dev"));
        assert_eq!(word.nearest("prod"), None);
        let http = takes(&[Step::Begins("http".to_owned())]);
        let here = http.nearest("localhost:8000");
        assert_eq!(here.as_deref(), Some("http://localhost:8000"));
    }
}
