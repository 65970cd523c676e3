//! What a chain takes of a value that is set, as far as that is certain.

use crate::text::or_list;

/// What is asked of a value, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Takes(Vec<Step>);

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
    /// It is the address of a mailbox.
    Email,
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

/// What `z.stringbool()` takes, in whatever case.
const SWITCHES: &[&str] = &[
    "true", "1", "yes", "on", "y", "enabled", "false", "0", "no", "off", "n", "disabled",
];

impl Takes {
    pub(super) fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wanted in the place of a value that is certainly refused.
    #[must_use]
    pub fn refuses(&self, value: &str) -> Option<String> {
        let mut value = value.to_owned();
        for step in &self.0 {
            match step {
                Step::Trim => value = value.trim().to_owned(),
                Step::Lower => value = value.to_lowercase(),
                Step::Upper => value = value.to_uppercase(),
                asked if asked.fails(&value) => return Some(asked.wanted()),
                _ => {}
            }
        }
        None
    }
}

impl Step {
    fn fails(&self, value: &str) -> bool {
        // As JavaScript counts.
        let length = || value.encode_utf16().count();
        let of_number = |fails: &dyn Fn(f64) -> bool| number(value).is_some_and(fails);
        match self {
            Self::Trim | Self::Lower | Self::Upper => false,
            Self::AtLeast(least) => length() < *least,
            Self::AtMost(most) => length() > *most,
            Self::Url => url::Url::parse(value).is_err(),
            Self::Http => {
                let url = url::Url::parse(value);
                url.map_or(true, |it| !matches!(it.scheme(), "http" | "https"))
            }
            Self::Email => match value.rsplit_once('@') {
                Some((name, host)) => {
                    name.is_empty() || host.is_empty() || value.contains(char::is_whitespace)
                }
                None => true,
            },
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

    /// In words.
    fn wanted(&self) -> String {
        match self {
            Self::Trim | Self::Lower | Self::Upper => String::new(),
            Self::AtLeast(1) => "at least 1 character".to_owned(),
            Self::AtLeast(least) => format!("at least {least} characters"),
            Self::AtMost(most) => format!("at most {most} characters"),
            Self::Url => "a URL".to_owned(),
            Self::Http => "a URL of http or https".to_owned(),
            Self::Email => "an e-mail address".to_owned(),
            Self::OneOf(words) => or_list(words),
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
        let refuses = |steps: &[Step], value: &str| Takes(steps.to_vec()).refuses(value).is_some();
        for (step, right, wrong) in [
            (Step::AtLeast(2), "äö", "x"),
            (Step::AtMost(2), "", "xyz"),
            (Step::Url, "postgres://h/d", "localhost"),
            (Step::Url, "localhost:3000", ""),
            (Step::Http, "https://h", "ftp://h"),
            (Step::Email, "a@b.c", "a.b.c"),
            (Step::Email, "a@b", ""),
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
    }
}
