//! The beginning of a value of which somebody left out the rest and put no mark there: `print(key[:28], "X")`,
//! `%.28s`, the column of a table. Most of a secret is as good as all of it.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};

use super::folds::{ENOUGH, TOGETHER, common, tells};

/// No more values than that are compared on each side of the place that a text has among them.
const MOST_ALIKE: usize = 32;

/// The first bytes of every value that is longer than these.
#[derive(Debug)]
pub(super) struct Most(Option<AhoCorasick>);

impl Most {
    /// `values` are in their order.
    pub(super) fn new(values: &[String], kind: Option<AhoCorasickKind>) -> Self {
        // One of several lines is printed line by line, and each of them is a value.
        let values = values
            .iter()
            .filter(|value| value.len() > ENOUGH && !value.contains('\n'));
        let mut begin: Vec<&[u8]> = values.map(|value| &value.as_bytes()[..ENOUGH]).collect();
        begin.dedup();
        let few = (begin.len() <= TOGETHER).then_some(AhoCorasickKind::DFA);
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .kind(few.or(kind))
            .build(&begin);
        Self(finder.ok().filter(|_| !begin.is_empty()))
    }

    /// Where a text shows enough of the beginning of one of the `values`, which are in their order.
    pub(super) fn places(&self, values: &[String], text: &[u8]) -> Vec<Range<usize>> {
        let (mut places, mut from) = (Vec::new(), 0);
        // Of a text and of values that repeat themselves, each byte would be compared with each.
        let mut patience = 16 * text.len() + (64 << 10);
        let Self(Some(finder)) = self else {
            return places;
        };
        while patience > 0
            && let Some(found) = finder.find(Input::new(text).range(from..))
        {
            let at = found.start();
            let length = shown(values, &text[at..], &mut patience);
            places.extend(length.map(|length| at..at + length));
            from = at + length.unwrap_or(1);
        }
        places
    }
}

/// How much of the beginning of a value a text begins with, where that is enough.
fn shown(values: &[String], text: &[u8], patience: &mut usize) -> Option<usize> {
    let alike = |value: &&String| common(value.as_bytes(), text) >= ENOUGH;
    let next = values.partition_point(|value| value.as_bytes() < text);
    let before = values[..next].iter().rev().take_while(alike);
    let behind = values[next..].iter().take_while(alike);
    let both = before.take(MOST_ALIKE).chain(behind.take(MOST_ALIKE));
    let lengths = both.filter_map(|value| {
        let same = common(value.as_bytes(), text);
        *patience = patience.saturating_sub(same);
        let part = value[..value.floor_char_boundary(same)].trim_end();
        tells_most(value, part, text.get(part.len()).copied()).then_some(part.len())
    });
    lengths.max()
}

/// Whether a part that a value begins with, before the byte `next`, is most of what is secret of it.
fn tells_most(value: &str, part: &str, next: Option<u8>) -> bool {
    let core = core(value);
    let Some(told) = part.get(core.start..part.len().min(core.end)) else {
        return false;
    };
    told.len() >= ENOUGH
        && 2 * told.len() >= core.len()
        && tells(told.as_bytes())
        && !is_another_token(value, part, next)
}

/// Whether a text goes on as another token that only says the same of itself: what is secret of one is its end.
fn is_another_token(value: &str, part: &str, next: Option<u8>) -> bool {
    let signature = value.rfind('.').filter(|_| is_token(value));
    let goes_on = next.is_some_and(|next| next.is_ascii_alphanumeric() || b"-_.".contains(&next));
    goes_on && signature.is_some_and(|at| part.len() < at + ENOUGH)
}

/// Whether a value is a JSON Web Token.
fn is_token(value: &str) -> bool {
    value.starts_with("eyJ") && value.contains('.')
}

/// Where in a value its secret is. Others begin just so: with the header of a token, the words before a key, with
/// where a server or a folder is.
fn core(value: &str) -> Range<usize> {
    let whole = 0..value.len();
    let behind = |from: usize, sign: &str| {
        let at = value.get(from..).and_then(|rest| rest.find(sign));
        at.map_or(0, |at| from + at + sign.len())..value.len()
    };
    if is_token(value) {
        return behind(0, ".");
    }
    if value.starts_with("-----") {
        return behind(5, "-----");
    }
    if let Some(scheme) = value.find("://") {
        let from = scheme + 3;
        let rest = &value[from..];
        let end = from + rest.find(['/', '?', '#', '@']).unwrap_or(rest.len());
        return match value[end..].chars().next() {
            // It is who is named to the server.
            Some('@') => from..end,
            _ => end..value.len(),
        };
    }
    let is_path = ["/", "./", "../", "~/"]
        .iter()
        .any(|begin| value.starts_with(begin));
    // A key in base64 may begin with a slash too.
    if is_path && !value.contains(['+', '=']) {
        return value.rfind('/').map_or(whole, |at| at + 1..value.len());
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRETS: [&str; 7] = [
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "pixcrawler_development_password",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ3NyIsInJvbGUiOiJhZG1pbiJ9.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1gFWFOEjXkQ",
        "https://abcdef0123456789abcdef@o1.ingest.example.com/42",
        "https://api1.example.com/v1/a8Kq2LmN4pRsT6vWyZ1a",
        "/home/user1/app/keys/of-the-server.json",
        "P4ss-wört-äöüß-end",
    ];

    fn found(text: &str) -> Vec<&str> {
        let mut values = SECRETS.map(str::to_owned);
        values.sort_unstable();
        let places = Most::new(&values, None).places(&values, text.as_bytes());
        places.into_iter().map(|place| &text[place]).collect()
    }

    #[test]
    fn most_of_a_secret_is_found_whatever_follows() {
        let most = &SECRETS[0][..28];
        for behind in [
            " X",
            "\"X",
            "*",
            "...",
            ",",
            ")",
            "X",
            "\u{2028}X",
            "\u{85}",
            "\\n",
            "-x",
            "",
        ] {
            assert_eq!(found(&format!("16 {most}{behind}")), [most], "{behind:?}");
        }
        for (text, part) in [
            ("sk_test_4eC39HqL, and so on", "sk_test_4eC39HqL"),
            ("pixcrawler_development_pass", "pixcrawler_development_pass"),
            (
                "https://abcdef0123456789abcdef X",
                "https://abcdef0123456789abcdef",
            ),
            (
                "https://api1.example.com/v1/a8Kq2LmN4p)",
                "https://api1.example.com/v1/a8Kq2LmN4p",
            ),
            ("P4ss-wört-äx", "P4ss-wört-ä"),
        ] {
            assert_eq!(found(text), [part]);
        }
        let token = SECRETS[2];
        assert_eq!(found(&format!("{} X", &token[..90])), [&token[..90]]);
        let twice = format!("{most} {most}");
        assert_eq!(found(&twice), [most, most]);
    }

    #[test]
    fn what_others_begin_with_too_stays() {
        let token = SECRETS[2];
        let claims = &token[..token.rfind('.').expect("it has one")];
        for text in [
            "sk_test_",
            "sk_test_4eC39HqX",
            "pixcrawler_development is a database",
            "https://api1.example.com/v1/",
            "https://api1.example.com/v1/projects",
            "/home/user1/app/keys/of-others.json",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
            &format!("{}x", &token[..50]),
            &format!("{claims}.c2lnbmF0dXJlIG9mIGFub3RoZXIgb25l"),
            "",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn of_what_repeats_itself_not_each_byte_is_compared_with_each() {
        let values: Vec<String> = (60..90).map(|n| "a1".repeat(2 * n)).collect();
        let most = Most::new(&values, None);
        let text = format!("{}b", "a1".repeat(100)).repeat(5_000);
        assert!(!most.places(&values, text.as_bytes()).is_empty());
    }
}
