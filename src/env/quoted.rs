//! What must not be seen of files whose values stand in quotes, as those of `pixcrawler.toml` and `package.json`
//! do, and of a Procfile. They are looked at letter by letter and not parsed: what is shown most is a broken one.

use std::mem::take;

use crate::text::Span;

use super::command_line::{is_name, spans_of_line, spans_of_words, tells};

/// The secrets in a text of TOML or JSON, be it sound or not: values of names that announce one, and whatever
/// of a value would be masked in a command.
#[must_use]
pub fn secrets_in_settings(text: &str) -> Vec<Span> {
    let mut reader = Reader::new(text);
    while reader.at < text.len() {
        reader.step();
    }
    reader.flush();
    reader.hidden
}

/// The secrets in a Procfile: those of each command behind its name, in comments too.
#[must_use]
pub fn secrets_in_procfile(text: &str) -> Vec<Span> {
    let mut hidden = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let name = line.find(':').map_or(0, |colon| colon + 1);
        // What stands before a URL's colon is no name.
        let from = if line[name..].starts_with("//") {
            0
        } else {
            name
        };
        let spans = spans_of_line(&line[from..]).into_iter();
        hidden.extend(
            spans.map(|span| Span::new(start + from + span.start, start + from + span.end)),
        );
        start += line.len();
    }
    hidden
}

/// A value as it is meant, and where each of its bytes stands in the file; and where what is behind it does.
struct Value {
    text: String,
    places: Vec<usize>,
    is_quoted: bool,
}

impl Value {
    fn new(is_quoted: bool) -> Self {
        Self {
            text: String::new(),
            places: Vec::new(),
            is_quoted,
        }
    }

    fn push(&mut self, character: char, place: usize) {
        self.text.push(character);
        self.places.resize(self.text.len(), place);
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// What the next values are called.
    name: String,
    values: Vec<Value>,
    /// How many brackets are open, and whether the values are a list.
    depth: usize,
    is_list: bool,
    in_comment: bool,
    hidden: Vec<Span>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            name: String::new(),
            values: Vec::new(),
            depth: 0,
            is_list: false,
            in_comment: false,
            hidden: Vec::new(),
        }
    }

    fn step(&mut self) {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else {
            return;
        };
        match first {
            '\n' => {
                self.in_comment = false;
                if self.depth == 0 {
                    self.flush();
                    self.name.clear();
                }
            }
            '#' => self.in_comment = true,
            '[' => (self.depth, self.is_list) = (self.depth + 1, true),
            ']' => self.depth = self.depth.saturating_sub(1),
            '=' => self.names(),
            ':' if self.values.last().is_some_and(|value| value.is_quoted) => self.names(),
            '"' | '\'' => return self.quoted(first),
            ',' | '{' | '}' => {}
            _ if first.is_whitespace() => {}
            _ => return self.bare(),
        }
        self.at += first.len_utf8();
    }

    /// The last value was the name of those to come.
    fn names(&mut self) {
        let name = self.values.pop();
        self.flush();
        let name = name.map_or_else(String::new, |name| name.text);
        let last = name.rsplit('.').next().unwrap_or_default();
        last.clone_into(&mut self.name);
    }

    /// A word without quotes: a name, or a value that lacks them.
    fn bare(&mut self) {
        let rest = &self.text[self.at..];
        let ends = |c: char| {
            c.is_whitespace() || matches!(c, ',' | '{' | '}' | '[' | ']' | '"' | '\'' | '=')
        };
        let length = rest.find(ends).unwrap_or(rest.len());
        let mut value = Value::new(false);
        for (at, character) in rest[..length].char_indices() {
            value.push(character, self.at + at);
        }
        self.at += length;
        value.places.push(self.at);
        self.values.push(value);
    }

    fn quoted(&mut self, quote: char) {
        let rest = &self.text[self.at..];
        let three = [quote; 3].iter().collect::<String>();
        // Of a comment nothing runs on.
        let is_long = rest.starts_with(&three) && !self.in_comment;
        let opening = if is_long { 3 } else { 1 };
        let mut value = Value::new(true);
        let mut inner = rest[opening..].char_indices().peekable();
        let (mut end, mut behind, mut is_closed) = (rest.len(), rest.len(), false);
        while let Some((at, character)) = inner.next() {
            let at = opening + at;
            let closes = if is_long {
                rest[at..].starts_with(&three)
            } else {
                character == quote
            };
            if closes || (character == '\n' && !is_long) {
                is_closed = closes;
                end = at;
                behind = if closes { at + opening } else { at };
                break;
            }
            if character != '\\' || quote == '\'' {
                value.push(character, self.at + at);
                continue;
            }
            match inner.next() {
                Some((_, 'n')) => value.push('\n', self.at + at),
                Some((_, 't')) => value.push('\t', self.at + at),
                Some((_, 'u')) => {
                    let digits = rest.get(at + 2..at + 6);
                    let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                    let character = code.and_then(char::from_u32).unwrap_or('\u{fffd}');
                    value.push(character, self.at + at);
                    if code.is_some() {
                        inner.nth(3);
                    }
                }
                // The line goes on below.
                Some((_, '\n')) if is_long => {
                    while inner.next_if(|(_, c)| c.is_whitespace()).is_some() {}
                }
                // It is not closed.
                Some((line_end, '\n')) => {
                    (end, behind) = (opening + line_end, opening + line_end);
                    break;
                }
                Some((_, escaped)) => value.push(escaped, self.at + at),
                None => {}
            }
        }
        // What is not closed in a comment was an apostrophe.
        value.is_quoted = is_closed || !self.in_comment;
        value.places.push(self.at + end);
        self.values.push(value);
        self.at += behind;
    }

    /// Looks at what was found under one name.
    fn flush(&mut self) {
        let values = take(&mut self.values);
        let is_line = values.len() == 1 && !take(&mut self.is_list);
        self.is_list = self.depth > 0;
        // What stands without quotes behind one that has them is none of its values.
        let has_quotes = values.iter().any(|value| value.is_quoted);
        let is_secret = |value: &&Value| {
            value.is_quoted == has_quotes && is_name(&self.name) && tells(&self.name, &value.text)
        };
        let named = values.iter().filter(is_secret);
        let named = named
            .filter_map(|value| Some(Span::new(*value.places.first()?, *value.places.last()?)));
        self.hidden.extend(named);
        let (mut words, mut places) = (Vec::with_capacity(values.len()), Vec::new());
        for value in values {
            words.push(value.text);
            places.extend(value.places);
        }
        let spans = if is_line {
            spans_of_line(&words[0])
        } else {
            spans_of_words(&words)
        };
        let spans = spans.iter();
        let spans = spans
            .filter_map(|span| Some(Span::new(*places.get(span.start)?, *places.get(span.end)?)));
        self.hidden.extend(spans);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn shown(text: &str, find: fn(&str) -> Vec<Span>) -> String {
        let source = Source::with_secrets("f", text, find);
        source.shown(Span::new(0, text.len()))
    }

    #[test]
    fn secrets_of_settings_are_hidden_where_they_stand() {
        for (text, hidden) in [
            (
                r#"env = { STRIPE_SECRET_KEY = "sk_live_1234567890", URL = "postgres://u:pgpassw0rd@h/db", A = 3 }"#,
                &["sk_live_1234567890", "pgpassw0rd"][..],
            ),
            (
                r#"env = { API_KEY = "abcdefgh", API_KEYX = 3 }"#,
                &["abcdefgh"],
            ),
            (r#"command = "app --password hunter2 -v""#, &["hunter2"]),
            (
                "command = [\"app\", \"--password\",\n  'hunter2', # not \"it's\"\n  \"--token=t77\"]\nport = 3",
                &["hunter2", "t77"],
            ),
            (
                r#"command = "sh -c \"app --password hunter2\"""#,
                &["hunter2"],
            ),
            (
                "command = \"\"\"\napp \\\n  --password 'hunt\\u0065r2' \"x\"\n\"\"\"\nenv.DB_PASS = 'a b'",
                &["hunt\\u0065r2", "a b"],
            ),
            ("DB_PASS = hunter2\nB = x", &["hunter2"]),
            ("DB_PASS = \"hunter2\nB = \"x\"", &["hunter2"]),
            ("command = app --password hunter2\n", &["hunter2"]),
            ("# env.API_KEY = \"abcdefgh\" it's", &["abcdefgh"]),
            (
                r#"{"scripts": {"dev": "API_TOKEN=abcdefgh next dev", "start": "x"}, "db-password": "y1"}"#,
                &["abcdefgh", "y1"],
            ),
            (
                "[rules]\n\"env/secret-public\" = \"off\"\n[services.token]\nready.http = \"/\"\n",
                &[],
            ),
            (
                "command = [\"sh\", \"-c\", \"echo $TOKEN\"]\nport = 8000\nenv = { DB_PASS = \"$X\" }",
                &[],
            ),
            ("a = \"\\u12\"\nb = \"\\", &[]),
        ] {
            let mut expected = text.to_owned();
            for secret in hidden {
                expected = expected.replace(secret, &"•".repeat(secret.len()));
            }
            assert_eq!(shown(text, secrets_in_settings), expected);
        }
    }

    #[test]
    fn secrets_of_a_procfile_are_hidden_in_every_line() {
        let text =
            "web: app --password=hunter2 postgres://u:pw77@h/d\n# token: app --token t77\nx\n";
        assert_eq!(
            shown(text, secrets_in_procfile),
            "web: app --password=••••••• postgres://u:••••@h/d\n# token: app --token •••\nx\n"
        );
    }
}
