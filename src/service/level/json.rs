//! Where a line that is a JSON object says how grave it is. It is not parsed: a log may hold any
//! amount of it, and most of it says nothing of that.

use crate::text::escape;

/// Keys of an object's own that say it, the best first; case does not count.
const KEYS: [&[u8]; 12] = [
    b"level",
    b"levelname",
    b"severity",
    b"log.level",
    b"lvl",
    b"@l",
    b"severity_text",
    b"severitytext",
    b"log_level",
    b"loglevel",
    b"@level",
    b"level_name",
];

/// Where it stands deeper: loguru's, and the Elastic schema's in its long form.
const PATHS: [&[&[u8]]; 2] = [&[b"record", b"level", b"name"], &[b"log", b"level"]];

/// Levels of objects that are told apart.
const DEPTH: usize = 3;

/// What stands for the level, where `judge` knows it: a text without its quotes or a number. Of
/// several the best key counts, wherever it stands.
pub(super) fn level<T>(line: &[u8], judge: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
    let mut best: Option<(usize, T)> = None;
    let mut path: [&[u8]; DEPTH] = [b""; DEPTH];
    let (mut depth, mut at) = (0_usize, 0);
    // Whether the next text is a value.
    let mut value = false;
    while let Some(byte) = line.get(at) {
        at += 1;
        let scalar = match byte {
            b'{' | b'[' => {
                depth += 1;
                // What stands in a list has no key.
                if let Some(place) = path.get_mut(depth - 1) {
                    *place = b"";
                }
                value = false;
                continue;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                value = false;
                continue;
            }
            b',' => {
                value = false;
                continue;
            }
            b':' => {
                value = true;
                continue;
            }
            0x1b => {
                at += escape(&line[at - 1..]).0 - 1;
                continue;
            }
            b'"' => {
                let Some(length) = text(&line[at..]) else {
                    break;
                };
                let text = &line[at..at + length];
                at += length + 1;
                if !value {
                    if let Some(place) = depth.checked_sub(1).and_then(|top| path.get_mut(top)) {
                        *place = text;
                    }
                    continue;
                }
                text
            }
            b'0'..=b'9' if value => {
                let rest = &line[at - 1..];
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
                let length = digits.count();
                at += length - 1;
                &rest[..length]
            }
            _ => continue,
        };
        value = false;
        let rank = path.get(..depth).and_then(rank);
        if let Some(rank) = rank
            && best.as_ref().is_none_or(|(known, _)| rank < *known)
            && let Some(level) = judge(scalar)
        {
            if rank == 0 {
                return Some(level);
            }
            best = Some((rank, level));
        }
    }
    best.map(|(_, level)| level)
}

/// How good a place is for a level, 0 the best; none where none stands.
fn rank(path: &[&[u8]]) -> Option<usize> {
    if let [key] = path {
        return KEYS
            .iter()
            .position(|known| known.eq_ignore_ascii_case(key));
    }
    let known = PATHS.iter().position(|known| *known == path);
    known.map(|at| KEYS.len() + at)
}

/// The length of the text whose opening quote is behind us; none when it is not closed.
fn text(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', &rest[at..])?;
        if rest[at] == b'"' {
            return Some(at);
        }
        at += 2;
        if at > rest.len() {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::level;
    use proptest::prelude::*;

    fn of(line: &str) -> Option<String> {
        level(line.as_bytes(), |word| {
            (word != b"no").then(|| String::from_utf8_lossy(word).into_owned())
        })
    }

    #[test]
    fn the_best_key_of_the_object_itself_counts() {
        for (line, level) in [
            (r#"{"ctx":{"level":"a"},"level":"b","msg":"z"}"#, Some("b")),
            (r#"{"level":"b","ctx":{"level":"a"}}"#, Some("b")),
            (r#"{"list":[{"level":"a"},"level"],"x":1}"#, None),
            (r#"{"list":["level","a"], "Level" : "b"}"#, Some("b")),
            (r#"{"msg":"\"level\":\"a\"","level":30}"#, Some("30")),
            (r#"{"log_level":"a","level":"b"}"#, Some("b")),
            (r#"{"level":"no","severity":"b"}"#, Some("b")),
            (r#"{"level":{"value":40},"@l":"b"}"#, Some("b")),
            (r#"{"msg":"level","x":"a"}"#, None),
            (r#"{"log":{"origin":{"level":"a"},"level":"b"}}"#, Some("b")),
            (
                r#"{"text":"x","record":{"level":{"icon":"i","name":"b"}}}"#,
                Some("b"),
            ),
            (r#"{"level":true,"x":"a"}"#, None),
            (r#"{"level":"a"#, None),
            (r#"{"level":"a\"#, None),
        ] {
            assert_eq!(of(line).as_deref(), level, "{line}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(line in "[{}\\[\\],:\"\\\\a0]{0,40}|\\{(\"level\"|[{}:,0\"\\\\])*") {
            of(&line);
        }

        #[test]
        fn what_serde_writes_is_found(before in any::<String>(), nested in any::<String>(), found in "[a-z0-9]{3,9}") {
            let before = format!("_{before}");
            let line = serde_json::json!({before.as_str(): {"level": nested}, "level": found});
            prop_assert_eq!(of(&line.to_string()), Some(found));
        }
    }
}
