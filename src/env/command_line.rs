//! What must not be seen of a command: passwords and tokens among its words.

use std::ops::Range;

use crate::text::{MASK, Span};

use super::secret::{
    is_common, is_placeholder, is_secret_value, joined, looks_random, names_secret, secret_parts,
};

/// Programs that are let in by an option with `NAME:PASSWORD`, and that option.
const LOGINS: &[(&str, &str)] = &[
    ("curl", "--proxy-user"),
    ("curl", "--user"),
    ("curl", "-U"),
    ("curl", "-u"),
    ("http", "--auth"),
    ("http", "-a"),
    ("https", "--auth"),
    ("https", "-a"),
    ("xh", "--auth"),
    ("xh", "-a"),
    ("xhs", "--auth"),
    ("xhs", "-a"),
];

/// The switches of curl that may stand before another option in the same word: `-fsSu NAME:PASSWORD`.
const SWITCHES: &[u8] = b"#0123456BGIJLMNORSZafgijklnpqsv";

/// Programs, and the option of one letter that takes a password.
const SHORT: &[(&str, &str)] = &[
    ("keydb-cli", "-a"),
    ("ldapsearch", "-w"),
    ("mariadb", "-p"),
    ("mariadb-admin", "-p"),
    ("mariadb-dump", "-p"),
    ("mongodump", "-p"),
    ("mongoexport", "-p"),
    ("mongoimport", "-p"),
    ("mongorestore", "-p"),
    ("mongosh", "-p"),
    ("mosquitto_pub", "-P"),
    ("mosquitto_sub", "-P"),
    ("mysql", "-p"),
    ("mysqladmin", "-p"),
    ("mysqldump", "-p"),
    ("mysqlimport", "-p"),
    ("rabbitmqadmin", "-p"),
    ("redis-benchmark", "-a"),
    ("redis-cli", "-a"),
    ("sqlcmd", "-P"),
    ("sshpass", "-p"),
    ("unzip", "-P"),
    ("valkey-benchmark", "-a"),
    ("valkey-cli", "-a"),
    ("zip", "-P"),
];

/// Programs of which one command does: `docker login -u NAME -p PASSWORD`.
const LOGIN_COMMANDS: &[(&str, &str)] = &[
    ("az", "-p"),
    ("buildah", "-p"),
    ("docker", "-p"),
    ("helm", "-p"),
    ("nerdctl", "-p"),
    ("oc", "-p"),
    ("podman", "-p"),
    ("skopeo", "-p"),
];

/// Settings of a Redis that need no dashes: `redis-cli config set requirepass X`.
const BARE: &[&str] = &["masterauth", "primaryauth", "requirepass"];

/// A shell within a shell within a shell has a line of its own.
const DEEPEST: usize = 3;

/// What stands between words that are no line. No word of a command has one.
const END: char = '\0';

/// A line for the shell as people may see it.
#[must_use]
pub fn mask_line(line: &str) -> String {
    masked(line, &in_line(line, 0))
}

/// A program and its arguments as people may see them.
#[must_use]
pub fn mask_words(words: &[String]) -> Vec<String> {
    let joined = words.join("\0");
    let masked = masked(&joined, &in_words(&of_joined(&joined), 0));
    masked.split(END).map(str::to_owned).collect()
}

/// What is masked in a line, where it may be looked for elsewhere too.
#[must_use]
pub fn secrets_of_line(line: &str) -> Vec<String> {
    texts(line, &in_line(line, 0))
}

/// The same of a program and its arguments.
#[must_use]
pub fn secrets_of_words(words: &[String]) -> Vec<String> {
    let joined = words.join("\0");
    texts(&joined, &in_words(&of_joined(&joined), 0))
}

/// Where secrets stand in a line, in their order.
pub(super) fn spans_of_line(line: &str) -> Vec<Span> {
    in_line(line, 0)
}

/// The same of a program and its arguments, as if one byte were between each two.
pub(super) fn spans_of_words(words: &[String]) -> Vec<Span> {
    in_words(&of_joined(&words.join("\0")), 0)
}

/// The same of a line that may tell of commands, and be none: what stands under a name is no secret for that.
pub(super) fn spans_of_prose(line: &str) -> Vec<Span> {
    // The sign of a word opens no quotes: `can't`.
    let mut bytes = line.as_bytes().to_vec();
    for at in memchr::memchr_iter(b'\'', line.as_bytes()) {
        let beside = [at.checked_sub(1), Some(at + 1)];
        let beside = beside.map(|at| at.and_then(|at| line.as_bytes().get(at)));
        if beside
            .iter()
            .all(|it| it.is_some_and(u8::is_ascii_alphabetic))
        {
            bytes[at] = b'_';
        }
    }
    // A sign for another one of ASCII: it is as long, and a text as before.
    let line = String::from_utf8(bytes).unwrap_or_default();
    joined(in_prose(&line, 0))
}

fn in_prose(line: &str, depth: usize) -> Vec<Span> {
    let words = of_line(line);
    let mut spans = Vec::new();
    let mut programs: Vec<&str> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let next = words.get(index + 1);
        if word.begins {
            programs.clear();
        }
        run(&mut programs, word.text);
        of_program(&programs, *word, next, &mut spans);
        if let Some(value) = next
            && word.text.starts_with("--")
            && value.text.bytes().any(|byte| byte.is_ascii_digit())
        {
            of_option(*word, next, &mut spans);
        }
        if word.text.contains(char::is_whitespace) && depth < DEEPEST {
            let inner = in_prose(word.text, depth + 1).into_iter();
            spans.extend(inner.map(|span| within(*word, span.start, span.end)));
        }
    }
    spans.retain(|span| span.start < span.end);
    spans
}

fn texts(text: &str, spans: &[Span]) -> Vec<String> {
    let texts = spans
        .iter()
        .filter_map(|span| text.get(span.start..span.end));
    let telling = texts.filter(|text| !is_common(text) && !is_placeholder(text));
    telling.map(str::to_owned).collect()
}

fn masked(text: &str, spans: &[Span]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        shown.push_str(&text[from..span.start]);
        shown.push_str(MASK);
        from = span.end;
    }
    shown.push_str(&text[from..]);
    shown
}

/// A word without its quotes, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    start: usize,
    /// Whether a command of its own begins with it.
    begins: bool,
}

fn of_joined(joined: &str) -> Vec<Word<'_>> {
    let mut start = 0;
    let words = joined.split(END).map(|text| {
        let word = Word {
            text,
            start,
            begins: false,
        };
        start += text.len() + 1;
        word
    });
    words.collect()
}

/// The words of a line, as far as quotes tell where one ends.
fn of_line(line: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut begun = None;
    let mut quote = None;
    let mut is_first = true;
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            // What ends a command is no part of its last word.
            None if c.is_whitespace() || matches!(c, ';' | '|' | '&') => {
                if let Some(start) = begun.take() {
                    words.push(bare(line, start..at, is_first));
                    is_first = false;
                }
                // That of an address without quotes is as likely meant to be a part of it.
                let behind = &line[at + c.len_utf8()..];
                is_first |= c == ';'
                    || matches!(c, '|' | '&') && behind.starts_with([' ', '\t', '\n', '|', '&']);
                continue;
            }
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        begun.get_or_insert(at);
    }
    if let Some(start) = begun {
        words.push(bare(line, start..line.len(), is_first));
    }
    words
}

fn bare(line: &str, place: Range<usize>, begins: bool) -> Word<'_> {
    let mut text = &line[place.clone()];
    // What closes a command in brackets is no part of its last word either.
    if text.ends_with(')') && !text.contains('(') {
        text = text.trim_end_matches(')');
    } else if text.ends_with('`') && text.find('`') == Some(text.len() - 1) {
        text = &text[..text.len() - 1];
    }
    let inner = text
        .strip_prefix(['"', '\''])
        .map_or(text, |text| text.strip_suffix(['"', '\'']).unwrap_or(text));
    let start = place.start + usize::from(text.starts_with(['"', '\'']));
    Word {
        text: inner,
        start,
        begins,
    }
}

/// The name of the program that a word may be: without its folder, and what stands before it in `X=$(curl …)`.
fn program(word: &str) -> &str {
    let name = word.rsplit(['/', '\\', '(', '`']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// Takes note of a program, once: of a long line each word is compared with all of them.
fn run<'a>(programs: &mut Vec<&'a str>, word: &'a str) {
    let program = program(word);
    let mut known = LOGINS.iter().chain(SHORT).chain(LOGIN_COMMANDS);
    let is_known = program == "login" || known.any(|(known, _)| *known == program);
    if is_known && !programs.contains(&program) {
        programs.push(program);
    }
}

fn in_line(line: &str, depth: usize) -> Vec<Span> {
    in_words(&of_line(line), depth)
}

/// Where secrets stand, in their order, none touching another.
fn in_words(words: &[Word<'_>], depth: usize) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut programs: Vec<&str> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let next = words.get(index + 1);
        if word.begins {
            programs.clear();
        }
        run(&mut programs, word.text);
        of_option(*word, next, &mut spans);
        of_program(&programs, *word, next, &mut spans);
        of_header(
            *word,
            index.checked_sub(1).and_then(|at| words.get(at)),
            next,
            &mut spans,
        );
        let parts = secret_parts("", word.text).into_iter();
        spans.extend(parts.map(|part| within(*word, part.start, part.end)));
        if is_secret_value(word.text) && !word.text.contains(char::is_whitespace) {
            spans.push(within(*word, 0, word.text.len()));
        } else if word.text.contains(char::is_whitespace) && depth < DEEPEST {
            let inner = in_line(word.text, depth + 1).into_iter();
            spans.extend(inner.map(|span| within(*word, span.start, span.end)));
        }
    }
    spans.retain(|span| span.start < span.end);
    joined(spans)
}

fn within(word: Word<'_>, from: usize, to: usize) -> Span {
    Span::new(word.start + from, word.start + to)
}

/// `--password X`, `--token=X`, `API_KEY=X`.
fn of_option(word: Word<'_>, next: Option<&Word<'_>>, spans: &mut Vec<Span>) {
    let name = word.text.trim_start_matches('-');
    if let Some((name, value)) = name.split_once('=') {
        let from = word.text.len() - value.len();
        let quotes: &[char] = &['"', '\''];
        let inner = value.trim_matches(quotes);
        if is_name(name) && tells(name, inner) {
            let from = from + (value.len() - value.trim_start_matches(quotes).len());
            spans.push(within(word, from, from + inner.len()));
        }
        return;
    }
    // Switches, and what stands alone in other places: `--private`, `--no-password`.
    let is_switch = name == "private" || name.starts_with("no-");
    if let Some(value) = next
        && (word.text.starts_with("--") || BARE.contains(&word.text))
        && is_name(name)
        && !is_switch
        && !value.text.starts_with('-')
        && tells(name, value.text)
    {
        spans.push(within(*value, 0, value.text.len()));
    }
}

pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether what is given under this name is a secret, and not where one is taken from.
pub(super) fn tells(name: &str, value: &str) -> bool {
    let is_reference = value.starts_with(['$', '%']) || value.starts_with("{{");
    if value.is_empty() || is_reference {
        return false;
    }
    match name {
        // That of a cache, or of a map.
        "key" => looks_random(value),
        // Docker's says by it which one, and where that is.
        "secret" if value.starts_with("id=") => false,
        _ => names_secret(&name.replace('-', "_"), value),
    }
}

/// What only some programs take for a password: `curl -u NAME:PASSWORD`, `mysql -pPASSWORD`.
fn of_program(programs: &[&str], word: Word<'_>, next: Option<&Word<'_>>, spans: &mut Vec<Span>) {
    if !word.text.starts_with('-') {
        return;
    }
    let runs = |(program, _): &&(&str, &str)| programs.contains(program);
    let logins = LOGINS.iter().filter(runs);
    for (program, option) in logins {
        let switches: &[u8] = if *program == "curl" { SWITCHES } else { b"" };
        if let Some(login) = given(word, next, option, switches)
            && let Some(colon) = login.text.find(':')
            && !login.text[colon + 1..].starts_with('$')
        {
            spans.push(within(login, colon + 1, login.text.len()));
        }
    }
    let commands = LOGIN_COMMANDS.iter().filter(runs);
    let commands = commands.filter(|_| programs.contains(&"login"));
    let short = SHORT.iter().filter(runs).chain(commands).next();
    if let Some((program, option)) = short
        && let Some(password) = given(word, next, option, b"")
        // Of MySQL's it is asked for where it is no part of the same word.
        && (password.start < word.start + word.text.len()
            || !(program.starts_with("my") || program.starts_with("maria")))
        && !password.text.starts_with('$')
    {
        spans.push(within(password, 0, password.text.len()));
    }
}

/// What is given with an option, in the same word or in the next one. Of one letter there may be others before it.
fn given<'a>(
    word: Word<'a>,
    next: Option<&Word<'a>>,
    option: &str,
    switches: &[u8],
) -> Option<Word<'a>> {
    let is_long = option.starts_with("--");
    let rest = if is_long {
        word.text.strip_prefix(option)?
    } else {
        let letters = word.text.strip_prefix('-')?;
        let is_switch = |byte: &u8| switches.contains(byte);
        let before = letters.bytes().take_while(|byte| is_switch(byte)).count();
        letters[before..].strip_prefix(&option[1..])?
    };
    if rest.is_empty() {
        return next.copied();
    }
    let rest = match rest.strip_prefix('=') {
        Some(rest) => rest,
        // `--user-agent` is another one.
        None if is_long => return None,
        None => rest,
    };
    let start = word.start + word.text.len() - rest.len();
    Some(Word {
        text: rest,
        start,
        begins: false,
    })
}

/// A header, in one word or in several: `X-Api-Key: X`, `Authorization: Bearer X`.
fn of_header(
    word: Word<'_>,
    before: Option<&Word<'_>>,
    next: Option<&Word<'_>>,
    spans: &mut Vec<Span>,
) {
    let is_scheme = ["bearer", "basic", "token"]
        .iter()
        .any(|scheme| scheme.eq_ignore_ascii_case(word.text));
    if let Some(credential) = next
        && is_scheme
        && before.is_some_and(|before| before.text.ends_with("uthorization:"))
        && !credential.text.starts_with('$')
    {
        spans.push(within(*credential, 0, credential.text.len()));
    }
    if let Some((name, value)) = word.text.split_once(": ")
        && is_name(name)
        && tells(name, value.trim())
    {
        spans.push(within(word, word.text.len() - value.len(), word.text.len()));
    }
    if let Some(value) = next
        && let Some(name) = word.text.strip_suffix(':')
        && is_name(name)
        && tells(name, value.text)
    {
        spans.push(within(*value, 0, value.text.len()));
    }
}

#[cfg(test)]
mod tests;
