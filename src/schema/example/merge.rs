//! An example that is there, brought up to date without touching what people wrote.

use crate::schema::{Schema, Variable};
use crate::workspace::Environment;

use super::block::{assignment, banner, block, facts};

/// Refreshes the facts of blocks that are there and adds the blocks that are not.
pub(super) fn merge(schema: &Schema, environment: Environment, existing: &str) -> String {
    let whole;
    let existing = if existing.ends_with('\r') {
        whole = format!("{existing}\n");
        &whole
    } else {
        existing
    };
    let crlf = existing.contains("\r\n");
    let mut lines: Vec<String> = existing.lines().map(str::to_owned).collect();
    for variable in &schema.variables {
        if let Some(at) = find(&lines, variable) {
            refresh(&mut lines, at, variable, environment);
        }
    }
    for section in &schema.sections {
        for at in section.variables.clone() {
            let Some(variable) = schema.variables.get(at) else {
                continue;
            };
            if find(&lines, variable).is_some() {
                continue;
            }
            // Its words are there and only the assignment was deleted.
            if let Some(end) = words_end(&lines, variable) {
                lines.insert(end, assignment(schema, variable, environment));
                refresh(&mut lines, end, variable, environment);
                continue;
            }
            let mut text: Vec<String> = block(schema, variable, environment)
                .lines()
                .map(str::to_owned)
                .collect();
            // Behind the nearest one of its section that comes before it, else before the next one, else in a new section.
            let members = || {
                section.variables.clone().filter_map(|member| {
                    schema
                        .variables
                        .get(member)
                        .map(|variable| (member, variable))
                })
            };
            let before = members()
                .filter(|(member, _)| *member < at)
                .filter_map(|(_, variable)| find(&lines, variable))
                .next_back();
            let after = members()
                .filter(|(member, _)| *member > at)
                .find_map(|(_, variable)| find(&lines, variable));
            match (before, after) {
                (Some(line), _) => {
                    let end = end_of(&lines, line);
                    text.insert(0, String::new());
                    if lines.get(end).is_some_and(|next| !next.trim().is_empty()) {
                        text.push(String::new());
                    }
                    lines.splice(end..end, text);
                }
                (None, Some(line)) => {
                    let start = block_start(&lines, line);
                    text.push(String::new());
                    lines.splice(start..start, text);
                }
                (None, None) => {
                    while lines.last().is_some_and(|line| line.trim().is_empty()) {
                        lines.pop();
                    }
                    lines.push(String::new());
                    lines.extend(banner(&section.title).lines().map(str::to_owned));
                    lines.push(String::new());
                    lines.extend(text);
                }
            }
        }
    }
    let mut text = lines.join("\n");
    text.push('\n');
    if crlf {
        text.replace('\n', "\r\n")
    } else {
        text
    }
}

/// The line that sets a variable, live or as a comment.
fn find(lines: &[String], variable: &Variable) -> Option<usize> {
    let sets = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.split_once('=')
            .is_some_and(|(name, _)| variable.covers(name.trim_end()))
    };
    let within = within_values(lines);
    let last = |wanted: &dyn Fn(&str) -> bool| {
        let mut lines = lines.iter().zip(&within);
        lines.rposition(|(line, within)| !within && wanted(line))
    };
    let commented = |line: &str| line.trim_start().strip_prefix('#').is_some_and(sets);
    last(&sets).or_else(|| last(&commented))
}

/// Which lines only go on with a quoted value that began above: what they look like is not what
/// they are.
fn within_values(lines: &[String]) -> Vec<bool> {
    let mut within = vec![false; lines.len()];
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let Some(quote) = left_open(line) else {
            continue;
        };
        let rest = lines.get(at..).unwrap_or_default();
        // A quote that nobody closes opens nothing.
        if let Some(more) = rest.iter().position(|line| closes(line, quote)) {
            within[at..=at + more].fill(true);
            at += more + 1;
        }
    }
    within
}

/// The first line, from 1, with a quote that no line behind it closes. Any quote in what is added
/// there would close it, and make all that is between part of the value.
pub(super) fn unclosed(text: &str) -> Option<usize> {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let within = within_values(&lines);
    let mut each = lines.iter().zip(&within).enumerate();
    each.find_map(|(at, (line, within))| {
        let quote = left_open(line).filter(|_| !within)?;
        let rest = lines.get(at + 1..).unwrap_or_default();
        (!rest.iter().any(|line| closes(line, quote))).then_some(at + 1)
    })
}

/// Behind an assignment, with all lines of its value.
fn end_of(lines: &[String], line: usize) -> usize {
    let within = within_values(lines).into_iter().skip(line + 1);
    line + 1 + within.take_while(|within| *within).count()
}

/// The quote that an assignment opens and does not close on its own line.
fn left_open(line: &str) -> Option<char> {
    let line = line.trim_start();
    let (_, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    let mut value = value.trim_start().chars();
    let quote = value
        .next()
        .filter(|first| matches!(first, '"' | '\'' | '`'))?;
    (!closes(value.as_str(), quote)).then_some(quote)
}

/// Whether a quote is closed in this text.
fn closes(text: &str, quote: char) -> bool {
    let mut escaped = false;
    text.chars().any(|char| {
        let closes = char == quote && !escaped;
        escaped = char == '\\' && !escaped && quote == '"';
        closes
    })
}

/// Behind the last line of the words about a variable whose assignment is not there. Words inside a
/// value are part of it.
fn words_end(lines: &[String], variable: &Variable) -> Option<usize> {
    let title = format!("# {}", variable.description);
    let within = within_values(lines);
    let mut pairs = lines.windows(2).zip(&within);
    let start = pairs.position(|(pair, within)| {
        !within && matches!(pair, [first, second] if *first == title && second.starts_with("# - "))
    })?;
    let facts = lines.get(start + 1..)?;
    let facts = facts.iter().take_while(|line| line.starts_with("# - "));
    Some(start + 1 + facts.count())
}

/// The first line of the comment that stands directly above a line.
fn block_start(lines: &[String], line: usize) -> usize {
    let is_comment = |line: &str| {
        let line = line.trim_start();
        line.starts_with('#') && !line.contains("====") && !is_commented_out(line)
    };
    let within = within_values(lines);
    let above = lines.iter().zip(&within).take(line);
    line - above
        .rev()
        .take_while(|(line, within)| !**within && is_comment(line))
        .count()
}

/// Whether a comment is an assignment, which ends the words about it.
fn is_commented_out(comment: &str) -> bool {
    let content = comment.trim_start_matches('#').trim_start();
    let name = content
        .split_once('=')
        .map_or("", |(name, _)| name.trim_end());
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Brings the facts above an assignment up to date, where somebody wanted them: of each the nearest one, since
/// words about something else may stand above without a gap.
fn refresh(lines: &mut [String], line: usize, variable: &Variable, environment: Environment) {
    let start = block_start(lines, line);
    for (key, value) in facts(variable, environment) {
        let prefix = format!("# - {key}:");
        if let Some(found) = lines
            .get_mut(start..line)
            .into_iter()
            .flatten()
            .rfind(|line| line.starts_with(&prefix))
        {
            *found = format!("{prefix} {value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::{embedded, example, read};
    use crate::text::Source;
    use crate::workspace::Environment;

    fn schema(tier: &str) -> crate::schema::Schema {
        read(tier, &Source::new("s", embedded(tier).unwrap_or_default())).expect("built in")
    }

    #[test]
    fn a_second_run_changes_nothing() {
        for tier in ["root", "backend", "frontend"] {
            for environment in example::ENVIRONMENTS {
                let first = example::example(&schema(tier), environment, None);
                assert_eq!(
                    example::example(&schema(tier), environment, Some(&first)),
                    first,
                    "{tier} {environment}"
                );
            }
        }
    }

    #[test]
    fn an_assignment_that_was_deleted_comes_back_below_its_words() {
        let whole = example::example(&schema("backend"), Environment::Development, None);
        let cut = whole.replace("\nDATABASE_POOL_SIZE=5\n", "\n");
        assert_ne!(cut, whole);
        assert_eq!(
            example::example(&schema("backend"), Environment::Development, Some(&cut)),
            whole
        );
    }

    #[test]
    fn whatever_is_merged_into_is_merged_into_once() {
        let frontend = "NEXT_PUBLIC_APP_URL=https://a.b\nNEXT_PUBLIC_API_URL=https://api.a.b\nNEXT_PUBLIC_SUPABASE_URL=https://abc.supabase.co\n";
        for (tier, text) in [
            ("root", "A=1\r"),
            ("frontend", frontend),
            ("root", "# URL of the Supabase project\n# - Purpose: ours\n"),
            (
                "backend",
                "# Connections that each process keeps open\n# - Purpose: a\n# ours\n# - Purpose: b\nLOG_LEVEL=INFO\n",
            ),
        ] {
            let once = example::example(&schema(tier), Environment::Development, Some(text));
            assert_eq!(
                example::example(&schema(tier), Environment::Development, Some(&once)),
                once
            );
        }
    }

    #[test]
    fn a_value_of_many_lines_is_one_value() {
        for quote in ['"', '\'', '`'] {
            let value = format!("OURS={quote}-----BEGIN\nHOST=inside\n# PORT=1\n\nend{quote}");
            let text = format!("{value}\nDEBUG=true\n");
            let once = example::example(&schema("backend"), Environment::Development, Some(&text));
            assert!(once.contains(&value), "{once}");
            assert!(
                once.contains("\nHOST=0.0.0.0\n") || once.contains("\nHOST=127.0.0.1\n"),
                "{once}"
            );
            assert_eq!(
                example::example(&schema("backend"), Environment::Development, Some(&once)),
                once
            );
        }
        // Words about a variable in somebody's value are no place for it: found by fuzzing.
        let words = "OURS=`\n# Connections that each process keeps open\n# - Purpose: a\n`\n";
        let once = example::example(&schema("backend"), Environment::Development, Some(words));
        assert!(once.contains(words), "{once}");
        let last = "OURS='\n# - Default: mine\n# '\n";
        let text = format!("{last}PORT=1\n");
        let merged = example::example(&schema("backend"), Environment::Development, Some(&text));
        assert!(merged.contains(last), "{merged}");
        assert!(once.contains("\nDATABASE_POOL_SIZE=5\n"), "{once}");
        // What is new comes behind all lines of its neighbour.
        let text = "HOST=\"a\nb\"\n";
        let merged = example::example(&schema("backend"), Environment::Development, Some(text));
        assert!(merged.contains(text), "{merged}");
        // What is added behind a quote that is never closed could close it: found by fuzzing.
        for (text, line) in [("OURS=\"open\nPORT=8123\n", 1), ("A='b\nc'\nB='abc\n\n", 3)] {
            assert_eq!(example::unclosed(text), Some(line));
            let merged = example::example(&schema("backend"), Environment::Development, Some(text));
            assert_eq!(merged, text);
        }
    }

    #[test]
    fn what_people_wrote_stays() {
        let written = "# My own words about all this.\n\n# the port of our proxy\n# - Default: 1\nPORT=8123\n\nOURS=1\n# HOST=10.0.0.1\n";
        let merged = example::example(&schema("backend"), Environment::Development, Some(written));
        for line in [
            "# My own words about all this.",
            "# the port of our proxy",
            "PORT=8123",
            "OURS=1",
            "# HOST=10.0.0.1",
            "# - Default: 8000",
        ] {
            assert!(
                merged.lines().any(|found| found == line),
                "{line} in\n{merged}"
            );
        }
        assert_eq!(merged.matches("\nPORT=").count(), 1);
        assert!(merged.contains("\nDATABASE_POOL_SIZE=5\n"));
        assert_eq!(
            example::example(&schema("backend"), Environment::Development, Some(&merged)),
            merged
        );
    }
}
