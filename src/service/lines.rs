//! A byte stream cut into lines: none torn, none lost, memory bounded.

/// A line longer than this is handed on in parts, so that memory stays bounded.
pub const LONGEST: usize = 1 << 20;

/// Stands at the end of each part of a line that is too long but the last.
pub const GOES_ON: &str = " … (too long for one line: it goes on below)";

/// Stands before each part of such a line but the first.
pub const WENT_ON: &str = "… ";

/// Collects what a process writes until a line is whole.
#[derive(Debug, Default)]
pub struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes a chunk and hands on all whole lines in it as one slice that ends with a newline.
    /// Most chunks are handed on as they came, without a copy.
    ///
    /// A line that is too long is handed on in parts: `cut` says how much of what is there is the
    /// next part, and with what the one after it begins. That it was cut stands in the parts.
    pub fn push(
        &mut self,
        chunk: &[u8],
        cut: impl Fn(&[u8]) -> (usize, Vec<u8>),
        mut whole: impl FnMut(&[u8]),
    ) {
        let Some(last) = memchr::memrchr(b'\n', chunk) else {
            self.rest.extend_from_slice(chunk);
            if self.rest.len() >= LONGEST {
                let (length, next) = cut(&self.rest);
                self.rest.truncate(length);
                self.rest.extend_from_slice(GOES_ON.as_bytes());
                self.finish(|_| {}, whole);
                self.rest.extend_from_slice(WENT_ON.as_bytes());
                self.rest.extend_from_slice(&next);
            }
            return;
        };
        let (mut head, tail) = chunk.split_at(last + 1);
        if !self.rest.is_empty() {
            let first = memchr::memchr(b'\n', head).map_or(head.len(), |at| at + 1);
            self.rest.extend_from_slice(&head[..first]);
            whole(&self.rest);
            self.rest.clear();
            head = &head[first..];
        }
        if !head.is_empty() {
            whole(head);
        }
        self.rest.extend_from_slice(tail);
    }

    /// The unfinished line that is held back.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.rest
    }

    /// Hands on the unfinished line, completed with a newline, after `end` has changed what must not
    /// be shown of it.
    pub fn finish(&mut self, end: impl FnOnce(&mut Vec<u8>), mut whole: impl FnMut(&[u8])) {
        if !self.rest.is_empty() {
            end(&mut self.rest);
            self.rest.push(b'\n');
            whole(&self.rest);
            self.rest.clear();
            self.rest.shrink_to(64 * 1024);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use crate::text::Secrets;

    fn all(rest: &[u8]) -> (usize, Vec<u8>) {
        (rest.len(), Vec::new())
    }

    proptest! {
        #[test]
        fn whatever_the_chunks_the_lines_are_the_same(text in "[ab\n]{0,80}", cuts in proptest::collection::vec(0_usize..80, 0..8)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
            cuts.sort_unstable();
            let (mut lines, mut seen) = (Lines::default(), Vec::new());
            for pair in cuts.windows(2) {
                lines.push(&text.as_bytes()[pair[0]..pair[1]], all, |whole| {
                    assert_eq!(whole.last(), Some(&b'\n'));
                    seen.extend_from_slice(whole);
                });
            }
            lines.finish(|_| {}, |whole| seen.extend_from_slice(whole));
            let mut expected = text.into_bytes();
            if expected.last().is_some_and(|last| *last != b'\n') {
                expected.push(b'\n');
            }
            prop_assert_eq!(seen, expected);
        }
    }

    #[test]
    fn an_endless_line_is_handed_on_in_parts() {
        let (mut lines, mut seen) = (Lines::default(), 0);
        for _ in 0..40 {
            lines.push(&vec![b'x'; 64 * 1024], all, |part| seen += part.len());
        }
        assert!(seen >= 2 * LONGEST, "{seen}");
    }

    #[test]
    fn a_line_that_was_cut_says_so_and_loses_nothing() {
        let secrets = Secrets::new([""; 0]);
        let line = format!("a{}\nshort\n", "ä".repeat(LONGEST));
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        for chunk in line.as_bytes().chunks(4096) {
            let cut = |rest: &[u8]| secrets.cut(rest);
            lines.push(chunk, cut, |part| out.extend_from_slice(part));
        }
        let out = String::from_utf8(out).expect("no character is cut into two");
        let parts: Vec<&str> = out.lines().collect();
        assert_eq!(parts.len(), 4, "{}", parts.len());
        assert!(parts[..2].iter().all(|part| part.ends_with(GOES_ON)));
        assert!(parts[1..3].iter().all(|part| part.starts_with(WENT_ON)));
        assert!(parts[0].starts_with('a') && !parts[2].ends_with(GOES_ON));
        assert_eq!(parts[3], "short");
        assert_eq!(out.matches('ä').count(), LONGEST);
    }

    /// What is shown of a line that is too long, with a secret where it is cut.
    fn shown(secret: &str, before: usize) -> String {
        let secrets = Secrets::new([secret]);
        let line = format!("{}{secret}{}\n", "x".repeat(before), "y".repeat(100));
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        for chunk in line.as_bytes().chunks(4096) {
            let cut = |rest: &[u8]| secrets.cut(rest);
            lines.push(chunk, cut, |part| secrets.mask_into(part, &mut out));
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn a_secret_where_a_line_is_cut_does_not_escape() {
        let secret = "correct-horse-battery-staple";
        for before in LONGEST - 40..LONGEST + 8 {
            let out = shown(secret, before);
            assert_eq!(out.matches('x').count(), before, "nothing else is lost");
            assert_eq!(out.matches('y').count(), 100);
            assert!(out.contains("••••••") && !out.contains("horse"), "{before}");
            assert!(!out.contains("corr") && !out.contains("aple"), "{before}");
        }
    }

    #[test]
    fn a_secret_longer_than_a_line_may_be_does_not_escape() {
        let out = shown(&"s3cret".repeat(LONGEST / 2), 10);
        assert!(!out.contains("s3c") && !out.contains("cret"));
        assert!(out.lines().count() < 10);
    }
}
