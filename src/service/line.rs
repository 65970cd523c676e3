//! A line for the shell that needs no shell.

use super::startable::first;

/// The program that a line begins with, and the line as it is written for a shell that is to become this
/// program: a shell that only waits for it would be what gets the signals, and ends at once where the
/// program has more to do; it would say 143 where the program was ended by a signal; and it would stay in
/// memory. None where the line is more than one program, or does so already.
#[must_use]
pub fn becoming(line: &str) -> Option<(&str, String)> {
    let first = first(line).filter(|first| first.is_alone)?;
    let at = (first.program.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
    let (before, from) = line.split_at_checked(at)?;
    let is_told = before.split_ascii_whitespace().next_back() == Some("exec");
    (!is_told).then(|| (first.program, format!("{before}exec {from}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_one_program_becomes_that() {
        for (line, becomes) in [
            ("python3 -u t.py", "python3 -u t.py"),
            (
                "  ./run --port $PORT >log 2>&1",
                "./run --port $PORT >log 2>&1",
            ),
        ] {
            let told = becoming(line).map(|(_, line)| line.trim().to_owned());
            assert_eq!(told, Some(format!("exec {becomes}")), "{line}");
        }
        let told =
            becoming("A=node B=2 node a.js").map(|(program, line)| (program.to_owned(), line));
        let becomes = ("node".to_owned(), "A=node B=2 exec node a.js".to_owned());
        assert_eq!(told, Some(becomes));
    }

    #[test]
    fn what_is_more_than_that_stays_as_it_is() {
        for line in [
            "exec node a.js",
            "A=1 exec node a.js",
            "cd a && node a.js",
            "node a.js; true",
            "node a.js | cat",
            "node a.js &",
            "echo hi",
            "wait",
            "$PROGRAM x",
            "a\nb",
            "",
        ] {
            assert_eq!(becoming(line), None, "{line}");
        }
    }
}
