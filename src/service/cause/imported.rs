//! Which file imports the JavaScript module that is not found: where that lies, it is looked for.

use super::pattern::quoted_behind;

/// Where installed packages lie: what one of them misses, nobody adds there.
const INSTALLED: &str = "node_modules";

/// The project's own file that imports, or requires by way of installed packages, what the last of such lines does
/// not find; an absolute path.
#[must_use]
pub(super) fn importer<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let is_it =
        |line: &&str| line.contains("Cannot find package ") || line.contains("Cannot find module ");
    let at = lines.iter().rposition(is_it)?;
    let line = lines[at];
    // Node's `import`, then Bun.
    let named = match line.split_once(" imported from ") {
        Some((_, path)) => Some(path.trim().trim_matches(['\'', '"'])),
        None => quoted_behind(line, " from ", &['\'', '"']),
    };
    if let Some(path) = named {
        return Some(path).filter(|path| is_own(path));
    }
    let below = &lines[at + 1..];
    of_stack(below).or_else(|| of_field(below))
}

/// `Require stack:`, and a file a line, the nearest first.
fn of_stack<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let head = |line: &&str| line.trim() == "Require stack:";
    let at = lines.iter().position(head)?;
    let files = lines[at + 1..].iter();
    let mut files = files.map_while(|line| line.trim().strip_prefix("- "));
    files.find(|path| is_own(path))
}

/// `requireStack: [ '/w/a.cjs' ]`, be it over several lines.
fn of_field<'a>(lines: &[&'a str]) -> Option<&'a str> {
    let at = lines
        .iter()
        .position(|line| line.contains("requireStack: ["))?;
    let (_, first) = lines[at].split_once("requireStack: [")?;
    let mut is_over = false;
    let rows = std::iter::once(first).chain(lines[at + 1..].iter().copied());
    let rows = rows.take_while(|row| !std::mem::replace(&mut is_over, row.contains(']')));
    let mut files = rows.flat_map(|row| row.split('\'').skip(1).step_by(2));
    files.find(|path| is_own(path))
}

fn is_own(path: &str) -> bool {
    let is_whole = path.starts_with('/') || path.get(1..3).is_some_and(|it| it == ":\\");
    is_whole && !path.split(['/', '\\']).any(|part| part == INSTALLED)
}

#[cfg(test)]
mod tests {
    use super::importer;

    #[test]
    fn the_file_that_imports_is_named_by_each_runtime() {
        let required = "Error: Cannot find module 'left-pad'";
        for lines in [
            &[
                "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'left-pad' imported from /w/my web/a.mjs",
            ][..],
            &["error: Cannot find package 'left-pad' from '/w/my web/a.mjs'"],
            &["error: Cannot find module \"left-pad\" from \"/w/my web/a.mjs\""],
            &[
                required,
                "Require stack:",
                "- /w/my web/a.mjs",
                "- /w/b.cjs",
                "    at x",
            ],
            &[
                required,
                "Require stack:",
                "- /w/node_modules/x/i.js",
                "- /w/my web/a.mjs",
            ],
            &[
                required,
                "    at x",
                "  requireStack: [ '/w/my web/a.mjs' ]",
                "}",
            ],
            &[
                required,
                "  requireStack: [",
                "    '/w/node_modules/x/i.js',",
                "    '/w/my web/a.mjs'",
                "  ]",
            ],
        ] {
            assert_eq!(importer(lines), Some("/w/my web/a.mjs"), "{lines:?}");
        }
        for lines in [
            &[required][..],
            &[required, "  requireStack: []", "  path: '/w/a'"],
            &["Error: Cannot find package 'x' imported from /w/node_modules/y/i.js"],
            &["Cannot find module 'x' from 'src/a.test.js'"],
            &["connect ECONNREFUSED"],
        ] {
            assert_eq!(importer(lines), None, "{lines:?}");
        }
    }
}
