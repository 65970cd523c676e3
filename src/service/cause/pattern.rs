//! Words in a line.

/// Whether one of the words is in the line.
pub(super) fn has(line: &str, words: &[&str]) -> bool {
    words.iter().any(|word| line.contains(word))
}

/// What stands in quotes directly behind the words, a colon and a space left out.
pub(super) fn quoted_behind<'a>(line: &'a str, words: &str, quotes: &[char]) -> Option<&'a str> {
    let behind = line.split_once(words)?.1;
    let behind = behind.strip_prefix(':').unwrap_or(behind).trim_start();
    let quote = behind.chars().next().filter(|c| quotes.contains(c))?;
    let rest = &behind[quote.len_utf8()..];
    let end = match quote {
        '‘' => '’',
        quote => quote,
    };
    let name = &rest[..rest.find(end)?];
    (!name.is_empty()).then_some(name)
}

/// The first word behind the words, without what quotes it or ends a sentence.
pub(super) fn word_behind<'a>(line: &'a str, words: &str) -> Option<&'a str> {
    let word = line.split_once(words)?.1.split_whitespace().next()?;
    let word = word.trim_matches(['\'', '"', '`', '‘', '’', ',', ';', ':', '.', '(', ')']);
    (!word.is_empty()).then_some(word)
}

/// The program that uv could not start: versions of it differ in whether that is quoted.
pub(super) fn unspawned_by_uv(line: &str) -> Option<&str> {
    let name = line.split_once("Failed to spawn: ")?.1.trim();
    let name = name.trim_matches('`');
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(name)
}

/// The name that Python has in place of one that is not there: it looks for one since 3.12.
pub(super) fn meant(line: &str) -> Option<&str> {
    quoted_behind(line, "Did you mean", &['\''])
}

/// That a name is misspelt, with what Python suggests.
pub(super) fn misspelt(meant: Option<&str>) -> String {
    match meant {
        Some(name) => format!("it is misspelt (Python suggests `{name}`)"),
        None => "it is misspelt".to_owned(),
    }
}

/// Whether a word can be the name of a package.
pub(super) fn is_package(word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(is_part)
}

/// What a program says is to be installed: ", run `pip install 'pydantic[email]'`".
pub(super) fn to_install(words: &str) -> Option<&str> {
    let behind = words.split_once("pip install ")?.1.trim_start();
    let spec = match behind.chars().next()? {
        quote @ ('\'' | '"') => behind[1..].split(quote).next()?,
        _ => behind
            .split(|c: char| c.is_whitespace() || c == '`')
            .next()?,
    };
    let spec = spec.trim_end_matches(['.', ',', ')', '\'', '"']);
    let (name, extras) = spec.split_once('[').unwrap_or((spec, "]"));
    let extras = extras.strip_suffix(']')?;
    let is_sound = is_package(name) && extras.split(',').all(|it| it.is_empty() || is_package(it));
    is_sound.then_some(spec)
}
