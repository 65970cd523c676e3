//! What bun says when it is to install by its lock alone, and to install nothing.

use super::{Refusal, Said, Verdict, quoted_names, shown};

/// Asks bun whether it would write another lock. Nothing is installed, run or fetched.
pub const BUN_IN_STEP: [&str; 5] = [
    "bun",
    "install",
    "--frozen-lockfile",
    "--dry-run",
    "--offline",
];

/// Reads what bun printed, on both streams, and how it ended.
#[must_use]
pub fn bun_in_step(text: &str, code: Option<i32>) -> Said {
    let verdict = match code {
        Some(0) => Verdict::InStep,
        Some(1) => refused(text),
        _ => Verdict::Unknown,
    };
    Said {
        verdict,
        slip: None,
    }
}

fn refused(text: &str) -> Verdict {
    let errors = || text.lines().filter_map(|line| line.strip_prefix("error: "));
    let Some(first) = errors().next() else {
        return Verdict::Unknown;
    };
    // It says so of whatever it reads where it does not know how large its stack is.
    if text.lines().any(|line| line.starts_with("StackOverflow")) {
        return Verdict::Unable("StackOverflow".to_owned());
    }
    let place = place(text);
    if text.lines().any(|line| line == "warn: Ignoring lockfile") {
        let line = place.map_or_else(String::new, |(_, line)| format!(" at line {line}"));
        return Verdict::Unread(format!("{}{line}", shown(first)));
    }
    // What the lock does not have is looked for elsewhere, and offline nothing is there.
    let unresolved: Vec<&str> = errors()
        .filter_map(|error| {
            let plain = error.strip_suffix(" failed to resolve");
            plain.filter(|what| !what.contains(": "))
        })
        .collect();
    if !unresolved.is_empty() {
        return Verdict::Older(Some(shown(&unresolved.join(", "))));
    }
    if first == "lockfile had changes, but lockfile is frozen" {
        let mut notes = text.lines().filter_map(|line| line.strip_prefix("note: "));
        let note = notes.find_map(|note| {
            let (what, rest) = note.split_once(" changed since bun.lock was saved")?;
            Some(match rest.strip_prefix(": ") {
                Some(names) => names,
                None => what,
            })
        });
        return Verdict::Older(note.map(shown));
    }
    if let Some(rest) = first.strip_prefix("--offline: no cached manifest for \"")
        && let Some((name, _)) = rest.split_once('"')
    {
        return Verdict::Older(Some(shown(name)));
    }
    match place {
        Some((path, line)) if path.ends_with("package.json") => Verdict::Refused(Refusal {
            place: Some((path, line)),
            why: shown(first),
            names: Vec::new(),
        }),
        None if first.contains("package.json") => Verdict::Refused(Refusal {
            place: None,
            why: shown(first),
            names: quoted_names(first),
        }),
        // Of its settings is told where it is asked for its version.
        _ => Verdict::Unknown,
    }
}

/// The file and the line of the first error that names them: `    at /x/package.json:16:17`.
fn place(text: &str) -> Option<(String, usize)> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("error: "));
    let place = lines.find_map(|line| line.trim_start().strip_prefix("at "))?;
    let (place, _column) = place.trim_end().rsplit_once(':')?;
    let (path, line) = place.rsplit_once(':')?;
    Some((path.to_owned(), line.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn older(why: &str) -> Verdict {
        Verdict::Older(Some(why.to_owned()))
    }

    fn refused_at(path: &str, line: usize, why: &str) -> Verdict {
        Verdict::Refused(Refusal {
            place: Some((path.to_owned(), line)),
            why: why.to_owned(),
            names: Vec::new(),
        })
    }

    /// Answers of bun 1.4.5, each with what is read of it.
    #[test]
    fn answers_are_read() {
        let frozen = "error: lockfile had changes, but lockfile is frozen\n";
        let retry =
            "note: try re-running without --frozen-lockfile and commit the updated lockfile\n";
        let since = "note: dependencies in package.json changed since bun.lock was saved: ";
        for (text, verdict) in [
            (
                format!("{frozen}{since}postgres was removed\n{retry}"),
                older("postgres was removed"),
            ),
            (
                format!("{frozen}{since}react was added in packages/ui\n{retry}"),
                older("react was added in packages/ui"),
            ),
            (
                format!("{frozen}note: overrides in package.json changed since bun.lock was saved\n{retry}"),
                older("overrides in package.json"),
            ),
            (
                format!("{frozen}note: the catalog in package.json changed since bun.lock was saved\n{retry}"),
                older("the catalog in package.json"),
            ),
            (format!("{frozen}{retry}"), Verdict::Older(None)),
            (
                "error: --offline: no cached manifest for \"pg\" (run once online, or use --prefer-offline)\n\
                 error: postgres@npm:pg@8 failed to resolve\n"
                    .to_owned(),
                older("postgres@npm:pg@8"),
            ),
            (
                "error: No version matching \"^4.4.0\" found for specifier \"postgres\" (but package exists)\n\
                 error: postgres@^4.4.0 failed to resolve\n"
                    .to_owned(),
                older("postgres@^4.4.0"),
            ),
            (
                "error: --offline: git repository for \"postgres\" is not in the cache\n\
                 error: postgres@git+https://t0ken@example.invalid/x.git failed to resolve\n"
                    .to_owned(),
                older("postgres@git+https://••••••@example.invalid/x.git"),
            ),
            (
                "error: --offline: no cached manifest for \"lodash\" (run once online, or use --prefer-offline)\n"
                    .to_owned(),
                older("lodash"),
            ),
            (
                "16 |     \"postgres\": 3,\n                     ^\n\
                 error: dependencies expects a map of specifiers, e.g.\n  \"dependencies\": {\n  }\n    \
                 at /x/frontend/package.json:16:17\n"
                    .to_owned(),
                refused_at(
                    "/x/frontend/package.json",
                    16,
                    "dependencies expects a map of specifiers, e.g.",
                ),
            ),
            (
                "1 | {\"name\":\"b\"}\n            ^\nerror: Workspace name \"b\" already exists\n    \
                 at /x/packages/b/package.json:1:9\n\n1 | {\"name\":\"b\"}\n            ^\n\
                 note: Package name is also declared here\n   at /x/packages/ui/package.json:1:9\n"
                    .to_owned(),
                refused_at("/x/packages/b/package.json", 1, "Workspace name \"b\" already exists"),
            ),
            (
                "49 |     \"@esbuild/freebsd-x64\": [\"@\n      ^\nerror: Unterminated string literal\n    \
                 at bun.lock:49:101\nSyntaxError: failed to parse lockfile: 'bun.lock'\n\n\
                 warn: Ignoring lockfile\nerror: lockfile had changes, but lockfile is frozen\n"
                    .to_owned(),
                Verdict::Unread("Unterminated string literal at line 49".to_owned()),
            ),
            (
                "error: nanoid@catalog:x: there is no catalog named \"x\" in the root package.json\n".to_owned(),
                Verdict::Refused(Refusal {
                    place: None,
                    why: "nanoid@catalog:x: there is no catalog named \"x\" in the root package.json".to_owned(),
                    names: Vec::new(),
                }),
            ),
            (
                "1 | {\n    ^\nerror: JSON document is too deeply nested\n    at bun.lock:1:1\n\
                 StackOverflow: failed to parse lockfile: 'bun.lock'\n\nwarn: Ignoring lockfile\n\
                 error: lockfile had changes, but lockfile is frozen\n"
                    .to_owned(),
                Verdict::Unable("StackOverflow".to_owned()),
            ),
            // Of neither it is known what the lock has to do with it.
            (
                "error: Expected string\n    at /x/bunfig.toml:2:9\n".to_owned(),
                Verdict::Unknown,
            ),
            ("error: AccessDenied\n".to_owned(), Verdict::Unknown),
            ("Segmentation fault\n".to_owned(), Verdict::Unknown),
        ] {
            let text = format!("bun install v1.4.5 (a7733435c)\n{text}");
            assert_eq!(bun_in_step(&text, Some(1)).verdict, verdict, "{text}");
            assert_eq!(bun_in_step(&text, Some(139)).verdict, Verdict::Unknown);
            assert_eq!(bun_in_step(&text, None).verdict, Verdict::Unknown);
        }
        let sound = "bun install v1.4.5 (a7733435c)\n\n next@16.4.6\n[2.00ms] done\n";
        assert!(bun_in_step(sound, Some(0)).is_in_step());
    }
}
