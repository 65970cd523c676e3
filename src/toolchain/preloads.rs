//! What `NODE_OPTIONS` has Node load before anything else.

/// A file that Node loads first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preload {
    /// As it is written, without `file://`.
    pub path: String,
    /// By `--require`, which finds a file without its ending, too.
    pub is_required: bool,
}

/// The options that load something, and whether that is `require`.
const OPTIONS: [(&str, bool); 5] = [
    ("--require", true),
    ("-r", true),
    ("--import", false),
    ("--experimental-loader", false),
    ("--loader", false),
];

/// The files that Node is told to load. Names of packages are looked for in many places, and left out.
#[must_use]
pub fn preloads(options: &str) -> Vec<Preload> {
    let mut words = words(options).into_iter();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let of = |(option, is_required): (&str, bool)| {
            let value = match word.strip_prefix(option)? {
                "" => None,
                rest => Some(rest.strip_prefix('=')?.to_owned()),
            };
            Some((value, is_required))
        };
        let Some((value, is_required)) = OPTIONS.into_iter().find_map(of) else {
            continue;
        };
        let Some(value) = value.or_else(|| words.next()) else {
            break;
        };
        let path = value.strip_prefix("file://").unwrap_or(&value);
        let is_encoded = path.len() < value.len() && path.contains('%');
        let is_path = ["/", "./", "../"].iter().any(|it| path.starts_with(it));
        if is_path && !is_encoded {
            let path = path.to_owned();
            found.push(Preload { path, is_required });
        }
    }
    found
}

/// Splits as Node does: at spaces, but not between double quotes, where a backslash takes the next one as it is.
fn words(options: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut rest = options.chars();
    while let Some(character) = rest.next() {
        match character {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            ' ' if !is_quoted => words.extend(word.take()),
            '\\' if is_quoted => word.get_or_insert_default().extend(rest.next()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_in_each_spelling() {
        for (options, files) in [
            ("--require /a/b.js", "/a/b.js"),
            ("-r ./a --max-old-space-size=1", "./a"),
            (
                "--require \"/a b/\\\"c.js\"  --import=file:///d.mjs",
                "/a b/\"c.js /d.mjs",
            ),
            ("--import file:///a%20b.mjs --require dotenv/config", ""),
            ("--requires /a --require", ""),
            ("", ""),
        ] {
            let found: Vec<String> = preloads(options).into_iter().map(|it| it.path).collect();
            assert_eq!(found.join(" "), files, "{options}");
        }
        assert!(preloads("-r /a")[0].is_required && !preloads("--import /a")[0].is_required);
    }
}
