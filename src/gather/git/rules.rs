//! What git's rules say of files, as it tells them.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

/// What git's rules say of files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored {
    /// Those that it ignores.
    pub paths: BTreeSet<Utf8PathBuf>,
    /// Those that a rule takes out again.
    pub excepted: BTreeMap<Utf8PathBuf, Exception>,
}

/// A rule that takes files out again of what others ignore.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exception {
    /// The file that has it, relative to where git was asked as far as it lies below.
    pub file: Utf8PathBuf,
    /// Its line in it.
    pub line: usize,
    /// As it is written: `!.env`.
    pub pattern: String,
}

/// What the rules that git names say of the paths: a line for each, with file, line and pattern before its
/// tab, all three empty where no rule is about it. None where a path is missing.
pub(super) fn rules(text: &str, paths: &[Utf8PathBuf]) -> Option<Ignored> {
    // What has no such form is a remark.
    let named: BTreeMap<Utf8PathBuf, (&str, usize, &str)> = text
        .lines()
        .filter_map(|line| line.rsplit_once('\t'))
        .filter_map(|(said, path)| Some((unquoted(path).into(), rule(said)?)))
        .collect();
    if !paths.iter().all(|path| named.contains_key(path)) {
        return None;
    }
    let mut ignored = Ignored::default();
    for (path, (file, line, pattern)) in named {
        // The last rule counts, which may take a path out again.
        if pattern.starts_with('!') {
            let exception = Exception {
                file: file.into(),
                line,
                pattern: pattern.to_owned(),
            };
            ignored.excepted.insert(path, exception);
        } else if !pattern.is_empty() {
            ignored.paths.insert(path);
        }
    }
    Some(ignored)
}

/// A path as git tells it: in quotes where there are some in it, a backslash, or a control character.
fn unquoted(path: &str) -> String {
    let inner = path.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let Some(inner) = inner else {
        return path.to_owned();
    };
    let mut plain = String::with_capacity(inner.len());
    let mut signs = inner.chars();
    while let Some(sign) = signs.next() {
        plain.push(match sign {
            '\\' => match signs.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some(digit @ '0'..='3') => {
                    let digits = [Some(digit), signs.next(), signs.next()];
                    let digits = digits.into_iter().flatten();
                    let code = digits.fold(0, |code, it| code * 8 + it.to_digit(8).unwrap_or(0));
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    plain
}

/// File, line and pattern of a rule as git tells it, `FILE:LINE:PATTERN`; the file may have a colon itself.
fn rule(said: &str) -> Option<(&str, usize, &str)> {
    if said == "::" {
        return Some(("", 0, ""));
    }
    said.match_indices(':').find_map(|(at, _)| {
        let (line, pattern) = said.get(at + 1..)?.split_once(':')?;
        Some((said.get(..at)?, line.parse().ok()?, pattern))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_name_what_was_asked_is_no_git() {
        let asked: Vec<Utf8PathBuf> = vec![".env".into(), "a/.env".into()];
        let read = |text: &str| rules(text, &asked).map(|said| said.paths);
        let none = "::\t.env\n::\ta/.env\n";
        assert_eq!(read(none), Some(BTreeSet::new()));
        let both = "C:/a/.gitignore:1:.env:x\t.env\na/.gitignore:2:!.env\ta/.env\nwarning: x\n";
        assert_eq!(read(both), Some(BTreeSet::from([".env".into()])));
        let odd = [Utf8PathBuf::from("a \"b\"\\c/.env")];
        let told = ".gitignore:1:.env\t\"a \\\"b\\\"\\\\c/.env\"\n";
        let told = rules(told, &odd).map(|said| said.paths);
        assert_eq!(told, Some(BTreeSet::from(odd.clone())));
        let said = rules(both, &asked).unwrap_or_default();
        let exception = Exception {
            file: "a/.gitignore".into(),
            line: 2,
            pattern: "!.env".to_owned(),
        };
        assert_eq!(said.excepted, [("a/.env".into(), exception)].into());
        assert_eq!(unquoted("\"a\\tb\\001\""), "a\tb\u{1}");
        for other in [
            "",
            "hello\n",
            "::\t.env\n",
            "x\t.env\ny\ta/.env\n",
            ".env\na/.env\n",
        ] {
            assert_eq!(read(other), None, "{other:?}");
        }
    }
}
