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
