//! Marks of a merge that nobody finished.

/// A merge that was not finished in a text: both sides of a conflict stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The line of the first mark, from 1.
    pub line: usize,
    /// The first and the last line of each side, where all marks are there; the last is before the first where a side
    /// has none.
    sides: Option<[(usize, usize); 2]>,
}

impl Merge {
    /// Where both sides stand.
    #[must_use]
    pub fn sides(&self) -> Option<String> {
        let words = |(from, to): (usize, usize)| match to.checked_sub(from) {
            None => "empty".to_owned(),
            Some(0) => format!("line {from}"),
            Some(_) => format!("lines {from} to {to}"),
        };
        let [one, other] = self.sides?;
        Some(format!(
            "one side is {}, the other {}",
            words(one),
            words(other)
        ))
    }
}

/// The first one in a text. A line of `=` alone is none: it may underline a title.
#[must_use]
pub fn unfinished(text: &str) -> Option<Merge> {
    let is_mark = |line: &str, mark: &str| {
        let rest = line.strip_prefix(mark);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let (begins, ends) = ("<<<<<<<", ">>>>>>>");
    // Hardly any text has one.
    if memchr::memmem::find(text.as_bytes(), begins.as_bytes()).is_none()
        && memchr::memmem::find(text.as_bytes(), ends.as_bytes()).is_none()
    {
        return None;
    }
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let (first, line) = lines.find(|(_, line)| is_mark(line, begins) || is_mark(line, ends))?;
    let of_kind = |mark: &str| {
        let mut rest = lines.clone();
        let found = rest.find(|(_, line)| is_mark(line, mark))?;
        Some((found.0, rest))
    };
    let sides = if is_mark(line, begins) {
        let base = of_kind("|||||||").map(|(at, _)| at);
        of_kind("=======").and_then(|(middle, mut rest)| {
            let (end, _) = rest.find(|(_, line)| is_mark(line, ends))?;
            // What both come from may stand between them.
            let last = base.filter(|base| *base < middle).unwrap_or(middle) - 1;
            Some([(first + 1, last), (middle + 1, end - 1)])
        })
    } else {
        None
    };
    Some(Merge { line: first, sides })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_are_found() {
        let told = |text: &str| {
            let merge = unfinished(text)?;
            Some((merge.line, merge.sides()))
        };
        let sides = |words: &str| Some(words.to_owned());
        let text = "A=1\n<<<<<<< HEAD\nB=1\n=======\nB=2\nC=3\n>>>>>>> feature\n";
        assert_eq!(
            told(text),
            Some((2, sides("one side is line 3, the other lines 5 to 6")))
        );
        let text = "<<<<<<< HEAD\r\n||||||| base\r\nB=1\r\n=======\r\nB=2\r\n>>>>>>> x\r\n";
        assert_eq!(
            told(text),
            Some((1, sides("one side is empty, the other line 5")))
        );
        // Somebody took out a part of the marks.
        assert_eq!(told("A=1\nB=2\n>>>>>>> feature\n"), Some((3, None)));
        assert_eq!(told("<<<<<<<\nB=1\n"), Some((1, None)));
        for text in ["# Title\n=======\n", "A=<<<<<<< x\n", "<<<<<<<<< x\n", ""] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
