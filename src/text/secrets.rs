//! The values that must not be seen, looked for in all that is shown or kept.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{MASK, Span};

/// Values shorter than this are not searched for in logs: masking every `1` or `dev` would
/// make logs unreadable and would tell the value all the same.
const SHORTEST: usize = 6;

/// Lines of a secret of several lines that are masked by themselves.
const LINE: usize = 16;

/// No more lines of one secret than that: keys have less than a hundred.
const MOST_LINES: usize = 1000;

/// A longer value is looked for by so many of its first bytes: the automaton grows with every byte
/// of every value, and a value may be megabytes.
const LONGEST: usize = 1024;

/// The secret values of a session, found and masked in one pass over a text. Copies share what one
/// of them learns.
#[derive(Clone)]
pub struct Secrets(Arc<RwLock<Known>>);

/// What is looked for at the moment.
#[derive(Default)]
struct Known {
    finder: Option<AhoCorasick>,
    values: Vec<String>,
    longest: usize,
    kind: Option<AhoCorasickKind>,
}

impl Known {
    /// `kind` is the finder's; without one the library chooses what searches fastest.
    fn new(mut values: Vec<String>, kind: Option<AhoCorasickKind>) -> Self {
        values.sort();
        values.dedup();
        // A set too large for the automaton cannot come from env files; masking nothing would be
        // worse than masking everything, so an empty finder is used only for an empty set.
        let finder = if values.is_empty() {
            None
        } else {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .kind(kind)
                .build(&values)
                .ok()
        };
        Self {
            finder,
            longest: values.iter().map(String::len).max().unwrap_or(0),
            values,
            kind,
        }
    }

    fn found_in(&self, line: &[u8]) -> bool {
        self.finder
            .as_ref()
            .is_some_and(|finder| finder.is_match(line))
    }

    fn mask_into(&self, line: &[u8], out: &mut Vec<u8>) {
        let Some(finder) = &self.finder else {
            return out.extend_from_slice(line);
        };
        let mut from = 0;
        for found in finder.find_iter(line) {
            if found.start() < from {
                continue;
            }
            out.extend_from_slice(&line[from..found.start()]);
            out.extend_from_slice(MASK.as_bytes());
            from = found.end();
            if found.len() >= LONGEST - 3 {
                // Only its beginning is known: the rest of the line may be the rest of it.
                let rest = &line[from..];
                from += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            }
        }
        out.extend_from_slice(&line[from..]);
    }

    fn settled(&self, line: &[u8]) -> usize {
        let begins = |at: usize| {
            self.values.iter().any(|value| {
                value.len() > line.len() - at && value.as_bytes().starts_with(&line[at..])
            })
        };
        (line.len().saturating_sub(self.longest)..line.len())
            .find(|at| begins(*at))
            .unwrap_or(line.len())
    }
}

/// The texts that are looked for, of values that must be masked.
fn looked_for<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Vec<String> {
    let mut values: Vec<String> = values
        .into_iter()
        .map(|value| value.as_ref().trim().to_owned())
        .filter(|value| value.len() >= SHORTEST)
        .collect();
    // A key of several lines is printed line by line.
    let lines: Vec<String> = values
        .iter()
        .filter(|value| value.contains('\n'))
        .flat_map(|value| value.lines().take(MOST_LINES).map(str::trim))
        .filter(|line| line.len() >= LINE && !line.starts_with("-----"))
        .map(str::to_owned)
        .collect();
    values.extend(lines);
    for value in &mut values {
        value.truncate(beginning(value).len());
    }
    values
}

impl Secrets {
    /// Values that must be masked. Short ones and words that every log holds are left alone.
    pub fn new<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Self {
        Self::of_kind(values, Some(AhoCorasickKind::NoncontiguousNFA))
    }

    /// The same for logs: slower to make, and faster with each byte.
    pub fn for_logs<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Self {
        Self::of_kind(values, None)
    }

    fn of_kind<S: AsRef<str>>(
        values: impl IntoIterator<Item = S>,
        kind: Option<AhoCorasickKind>,
    ) -> Self {
        Self(Arc::new(RwLock::new(Known::new(looked_for(values), kind))))
    }

    /// From now on these are masked too, by every copy. What was masked before still is: who was
    /// started with an old value may print it.
    pub fn learn<S: AsRef<str>>(&self, values: impl IntoIterator<Item = S>) {
        let mut values = looked_for(values);
        let known = self.known();
        values.retain(|value| known.values.binary_search(value).is_err());
        if values.is_empty() {
            return;
        }
        values.extend_from_slice(&known.values);
        let kind = known.kind;
        drop(known);
        let more = Known::new(values, kind);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = more;
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        // What is known is replaced as a whole: nobody can have left it half done.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is nothing to mask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known().finder.is_none()
    }

    /// Whether `line` holds a secret.
    #[must_use]
    pub fn found_in(&self, line: &[u8]) -> bool {
        self.known().found_in(line)
    }

    /// Appends the text to `out`, every secret in it masked, unless there is none in it. Linear.
    pub fn mask_if_found(&self, text: &[u8], out: &mut Vec<u8>) -> bool {
        let known = self.known();
        let found = known.found_in(text);
        if found {
            known.mask_into(text, out);
        }
        found
    }

    /// Appends `line` to `out`, every secret in it masked. Linear in the length of the line.
    pub fn mask_into(&self, line: &[u8], out: &mut Vec<u8>) {
        self.known().mask_into(line, out);
    }

    /// How much of an unfinished line may be shown: all but what may be the beginning of a secret.
    #[must_use]
    pub fn settled(&self, line: &[u8]) -> usize {
        self.known().settled(line)
    }

    /// Where a line that is too long may be cut: how much of it, and with what the next part begins.
    /// No secret is cut into two, and what follows a beginning that is all that is known of a secret
    /// is still behind it.
    #[must_use]
    pub fn cut(&self, line: &[u8]) -> (usize, Vec<u8>) {
        let known = self.known();
        let finds = known
            .finder
            .iter()
            .flat_map(|finder| finder.find_iter(line));
        let mut long = finds.filter(|found| found.len() >= LONGEST - 3);
        if let Some(found) = long.next() {
            return (line.len(), line[found.range()].to_vec());
        }
        drop(long);
        let settled = whole_characters(&line[..known.settled(line)]);
        (settled, line[settled..].to_vec())
    }

    /// Where the secrets of a text are.
    #[must_use]
    pub fn spans(&self, text: &str) -> Vec<Span> {
        let known = self.known();
        let finds = known
            .finder
            .iter()
            .flat_map(|finder| finder.find_iter(text));
        finds
            .map(|found| Span::new(found.start(), found.end()))
            .collect()
    }

    /// A text with every secret masked.
    #[must_use]
    pub fn mask_text(&self, text: &str) -> String {
        let mut out = Vec::with_capacity(text.len());
        self.mask_into(text.as_bytes(), &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Length in bytes of the longest secret.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.known().longest
    }
}

/// The length of a text without the character at its end that is not whole.
fn whole_characters(text: &[u8]) -> usize {
    let lead = (1..=text.len().min(3))
        .map(|back| text.len() - back)
        .find(|at| text[*at] & 0xc0 != 0x80);
    match lead.map(|at| (at, std::str::from_utf8(&text[at..]))) {
        Some((at, Err(error))) if error.error_len().is_none() => at,
        _ => text.len(),
    }
}

/// The value, or the part of a long one that is looked for.
fn beginning(value: &str) -> &str {
    &value[..value.floor_char_boundary(LONGEST)]
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_of_a_line_is_masked() {
        let secrets = Secrets::new(["hunter22", "sk_live_12345", "no"]);
        assert_eq!(
            secrets.mask_text("a hunter22 b sk_live_12345 no"),
            "a •••••• b •••••• no"
        );
        assert!(secrets.found_in(b"xhunter22x"));
        assert!(!format!("{secrets:?}").contains("hunter"));
    }

    #[test]
    fn what_one_copy_learns_all_of_them_mask() {
        let secrets = Secrets::new(["hunter22"]);
        let copy = secrets.clone();
        secrets.learn(["hunter22", "correct-horse"]);
        assert_eq!(copy.mask_text("hunter22 correct-horse"), "•••••• ••••••");
        assert_eq!(copy.longest(), "correct-horse".len());
    }

    #[test]
    fn a_key_of_several_lines_is_masked_line_by_line() {
        let secrets =
            Secrets::new(["-----BEGIN KEY-----\nMIIEvQIBADANBgkqhki\nab\n-----END KEY-----"]);
        assert_eq!(secrets.mask_text("x MIIEvQIBADANBgkqhki y"), "x •••••• y");
        assert_eq!(
            secrets.mask_text("-----BEGIN KEY-----"),
            "-----BEGIN KEY-----"
        );
    }

    #[test]
    fn a_secret_of_megabytes_is_masked_to_the_end_of_its_line() {
        let secret = "s3cr\u{e9}t".repeat(500_000);
        let secrets = Secrets::new([secret.as_str(), "hunter22"]);
        assert_eq!(
            secrets.mask_text(&format!("a {secret} hunter22\nb hunter22 c")),
            "a ••••••\nb •••••• c"
        );
    }

    #[test]
    fn the_beginning_of_a_secret_is_held_back() {
        let secrets = Secrets::new(["hunter22"]);
        let shown = |line: &'static str| &line[..secrets.settled(line.as_bytes())];
        assert_eq!(
            (
                shown("password: hunt"),
                shown("password: "),
                shown("hunted "),
                shown("x hunter22")
            ),
            ("password: ", "password: ", "hunted ", "x hunter22")
        );
    }
}
