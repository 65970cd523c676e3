//! What must not be seen of a command: passwords and tokens among its words.

use crate::text::{MASK, Span};

use super::secret::{
    is_common, is_placeholder, is_secret_value, joined, looks_random, names_secret, secret_parts,
};

/// Programs that are let in by `-u NAME:PASSWORD`.
const CLIENTS: &[&str] = &["curl", "http", "https", "wget", "xh"];

/// Programs, and the option of one letter that takes a password.
const SHORT: &[(&str, &str)] = &[
    ("mariadb", "-p"),
    ("mariadb-dump", "-p"),
    ("mongodump", "-p"),
    ("mongorestore", "-p"),
    ("mongosh", "-p"),
    ("mysql", "-p"),
    ("mysqladmin", "-p"),
    ("mysqldump", "-p"),
    ("redis-cli", "-a"),
    ("sshpass", "-p"),
    ("valkey-cli", "-a"),
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
}

fn of_joined(joined: &str) -> Vec<Word<'_>> {
    let mut start = 0;
    let words = joined.split(END).map(|text| {
        let word = Word { text, start };
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
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            // What ends a command is no part of its last word.
            None if c.is_whitespace() || matches!(c, ';' | '|' | '&') => {
                if let Some(start) = begun.take() {
                    words.push(bare(line, start, at));
                }
                continue;
            }
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        begun.get_or_insert(at);
    }
    if let Some(start) = begun {
        words.push(bare(line, start, line.len()));
    }
    words
}

fn bare(line: &str, start: usize, end: usize) -> Word<'_> {
    let text = &line[start..end];
    let inner = text
        .strip_prefix(['"', '\''])
        .map_or(text, |text| text.strip_suffix(['"', '\'']).unwrap_or(text));
    let start = start + usize::from(text.starts_with(['"', '\'']));
    Word { text: inner, start }
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
        programs.push(word.text.rsplit(['/', '\\']).next().unwrap_or(word.text));
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
    let given = |option: &str| {
        let rest = word.text.strip_prefix(option)?;
        if rest.is_empty() {
            return next.copied();
        }
        let is_long = option.starts_with("--");
        let rest = match rest.strip_prefix('=') {
            Some(rest) => rest,
            // `--user-agent` is another one.
            None if is_long => return None,
            None => rest,
        };
        let start = word.start + word.text.len() - rest.len();
        Some(Word { text: rest, start })
    };
    if programs.iter().any(|program| CLIENTS.contains(program))
        && let Some(login) = given("--user").or_else(|| given("-u"))
        && let Some(colon) = login.text.find(':')
    {
        spans.push(within(login, colon + 1, login.text.len()));
    }
    let short = SHORT.iter().find(|(program, _)| programs.contains(program));
    if let Some((program, option)) = short
        && let Some(password) = given(option)
        // Of MySQL's it is asked for where it is no part of the same word.
        && (password.start < word.start + word.text.len()
            || !program.starts_with('m') || program.starts_with("mongo"))
        && !password.text.starts_with('$')
    {
        spans.push(within(password, 0, password.text.len()));
    }
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
mod tests {
    use super::*;

    #[test]
    fn secrets_of_a_command_are_masked() {
        for (line, shown) in [
            ("app --password hunter2cmd -v", "app --password •••••• -v"),
            ("app --token=tok77cmd", "app --token=••••••"),
            (
                "app --api-key 'a b' --secret x",
                "app --api-key '••••••' --secret ••••••",
            ),
            ("API_KEY=\"k77 x\" app", "API_KEY=\"••••••\" app"),
            (
                "psql postgresql://u:urlpw77@h/d -c 'select 1'",
                "psql postgresql://u:••••••@h/d -c 'select 1'",
            ),
            (
                "/usr/bin/curl -u joe:curlpw77 https://h",
                "/usr/bin/curl -u joe:•••••• https://h",
            ),
            ("curl --user=joe:pw h", "curl --user=joe:•••••• h"),
            (
                "curl -H 'Authorization: Bearer bear7788tok' h",
                "curl -H 'Authorization: Bearer ••••••' h",
            ),
            (
                "curl -H Authorization: Bearer bear7788tok h",
                "curl -H Authorization: Bearer •••••• h",
            ),
            (
                "curl -H 'X-Api-Key: abc' h",
                "curl -H 'X-Api-Key: ••••••' h",
            ),
            (
                "sh -c 'app --password hunter2cmd; x'",
                "sh -c 'app --password ••••••; x'",
            ),
            ("mysql -uroot -ppw77 shop", "mysql -uroot -p•••••• shop"),
            ("redis-cli -a pw77 ping", "redis-cli -a •••••• ping"),
            (
                "redis-server --requirepass pw77 --masterauth pw88 --primaryauth=pw99",
                "redis-server --requirepass •••••• --masterauth •••••• --primaryauth=••••••",
            ),
            (
                "redis-cli config set requirepass pw77",
                "redis-cli config set requirepass ••••••",
            ),
            ("mongosh -u root -p pw77", "mongosh -u root -p ••••••"),
        ] {
            assert_eq!(mask_line(line), shown, "{line}");
        }
    }

    #[test]
    fn what_tells_nothing_stays_as_it_is() {
        for line in [
            "uvicorn app:main --ssl-keyfile certs/server.key --port 8000",
            "app --key certs/server.key --token $TOKEN --password=${PW} --token-file x",
            "psql --no-password shop",
            "npm publish --private pkg",
            "docker run -u app:app -p 80:80 image",
            "mysql -p shop",
            "redis-cli config get requirepass",
            "redis-server --requirepass $PW --port 6379",
            "app --max-tokens 4096 --token-count=7",
            "docker build --secret id=npmrc,src=.npmrc .",
            "cache --key projects",
            "curl --user-agent 'a: b' h",
            "echo \"it's",
        ] {
            assert_eq!(mask_line(line), line);
        }
    }

    #[test]
    fn words_are_masked_one_by_one() {
        let words = ["app", "--password", "hunter 2", "--token=t 7", "a b"].map(str::to_owned);
        assert_eq!(
            mask_words(&words),
            ["app", "--password", "••••••", "--token=••••••", "a b"]
        );
        assert_eq!(secrets_of_words(&words), ["hunter 2", "t 7"]);
        assert_eq!(secrets_of_line("app --token=tok77cmd"), ["tok77cmd"]);
    }
}
