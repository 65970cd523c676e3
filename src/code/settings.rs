//! Single settings in files of TOML, and the lines where they stand.

/// A setting of uv's, in its own file, or below `tool.uv` of a manifest.
#[must_use]
pub fn of_uv(text: &str, is_manifest: bool, key: &str) -> Option<String> {
    let document: toml::Table = toml::from_str(text).ok()?;
    let table = if is_manifest {
        document.get("tool")?.get("uv")?.as_table()?
    } else {
        &document
    };
    Some(table.get(key)?.as_str()?.to_owned())
}

/// The line, from 1, that begins with a key, as nearly everybody writes it; else the first.
#[must_use]
pub fn line_of(text: &str, key: &str) -> usize {
    let is_it = |line: &str| {
        let name = line.split('=').next().unwrap_or_default().trim();
        let name = name.rsplit('.').next().unwrap_or(name);
        line.contains('=') && name.trim().trim_matches(['"', '\'']) == key
    };
    text.lines().position(is_it).map_or(1, |at| at + 1)
}

/// The line, from 1, on which the last of these keys stands in a file of JSON, each below the one before it, as
/// nearly everybody writes it; else the first.
#[must_use]
pub fn line_of_json(text: &str, keys: &[&str]) -> usize {
    let mut at = 0;
    for key in keys {
        let quoted = format!("\"{key}\"");
        let is_key = |(start, _): &(usize, &str)| {
            let behind = text.get(at + start + quoted.len()..).unwrap_or_default();
            behind.trim_start().starts_with(':')
        };
        let rest = text.get(at..).unwrap_or_default();
        let Some((start, _)) = rest.match_indices(&quoted).find(is_key) else {
            break;
        };
        at += start + quoted.len();
    }
    text.get(..at).unwrap_or_default().matches('\n').count() + 1
}

/// Why a text is no TOML, with the line from 1; none where it is.
#[must_use]
pub fn broken(text: &str) -> Option<(usize, String)> {
    let error = toml::from_str::<toml::Table>(text).err()?;
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or_default();
    Some((before.matches('\n').count() + 1, error.message().to_owned()))
}

/// The programs that a package names in its `entry_points.txt`, which is no TOML.
#[must_use]
pub fn programs_of(entry_points: &str) -> Vec<String> {
    let mut is_of_programs = false;
    let mut programs = Vec::new();
    for line in entry_points.lines().map(str::trim) {
        if line.starts_with('[') {
            is_of_programs = matches!(line, "[console_scripts]" | "[gui_scripts]");
        } else if let (true, Some((name, _))) = (is_of_programs, line.split_once('=')) {
            programs.push(name.trim().to_owned());
        }
    }
    programs
}

/// Whether a manifest has all groups that a list names.
fn are_groups(document: &toml::Table, list: &toml::Value) -> bool {
    let groups = document
        .get("dependency-groups")
        .and_then(toml::Value::as_table);
    let names = list.as_array().into_iter().flatten();
    let mut names = names.filter_map(toml::Value::as_str);
    names.all(|name| groups.is_some_and(|groups| groups.contains_key(name)))
}

/// Whether uv is told nothing in a manifest that it might refuse: what nearly everybody writes, each a value of
/// its kind. Of anything else only uv itself knows; that one cannot be read is told by itself.
#[must_use]
pub fn is_plain_uv(manifest: &str) -> bool {
    let Ok(document) = toml::from_str::<toml::Table>(manifest) else {
        return true;
    };
    let uv = document.get("tool").and_then(|tool| tool.get("uv"));
    let Some(uv) = uv else { return true };
    let Some(table) = uv.as_table() else {
        return false;
    };
    let texts = |value: &toml::Value| {
        let list = value.as_array();
        list.is_some_and(|list| list.iter().all(toml::Value::is_str))
    };
    let is_date = |text: &str| {
        let (year, rest) = text.split_once('-').unwrap_or_default();
        let is_plain = |part: &str| {
            part.bytes()
                .all(|byte| byte.is_ascii_digit() || b"-T:Z".contains(&byte))
        };
        year.len() == 4
            && (rest.len() == 5 || rest.ends_with('Z'))
            && is_plain(year)
            && is_plain(rest)
    };
    table.iter().all(|(key, value)| match key.as_str() {
        "package" => value.is_bool(),
        // Of what is not managed uv installs nothing.
        "managed" => value.as_bool() == Some(true),
        "default-groups" => texts(value) && are_groups(&document, value),
        "exclude-newer" => value.as_str().is_some_and(is_date),
        "workspace" => value.as_table().is_some_and(|table| {
            let is_known = |key: &str| matches!(key, "members" | "exclude");
            table
                .iter()
                .all(|(key, value)| is_known(key) && texts(value))
        }),
        "sources" => value.as_table().is_some_and(|sources| {
            sources.values().all(|source| {
                source.as_table().is_some_and(|source| {
                    source.iter().all(|(key, value)| match key.as_str() {
                        "workspace" => value.as_bool() == Some(true),
                        "path" => value.is_str(),
                        _ => false,
                    })
                })
            })
        }),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_uv_might_refuse_is_told_from_what_everybody_writes() {
        for (text, is_plain) in [
            ("", true),
            ("[tool.other]\nx = 1", true),
            (
                "[tool.uv]\npackage = false\nexclude-newer = \"2026-11-15T00:00:00Z\"\n[tool.uv.workspace]\nmembers = [\"a\"]\n[tool.uv.sources]\na = { workspace = true }",
                true,
            ),
            ("[tool.uv]\npackage = \"x\"", false),
            ("[tool.uv]\nexclude-newer = \"soon\"", false),
            ("[tool.uv]\nfoo = 1", false),
            ("[tool.uv]\nmanaged = true", true),
            ("[tool.uv]\nmanaged = false", false),
            ("[tool.uv]\ndefault-groups = [\"a\"]", false),
            (
                "[tool.uv]\ndefault-groups = [\"a\"]\n[dependency-groups]\na = []",
                true,
            ),
            ("[tool.uv.workspace]\nmembers = \"a\"", false),
            ("[tool.uv.sources]\na = 1", false),
            ("[tool]\nuv = 1", false),
            ("[", true),
        ] {
            assert_eq!(is_plain_uv(text), is_plain, "{text}");
        }
    }

    #[test]
    fn a_setting_is_read_where_uv_reads_it() {
        let manifest = "python-downloads = 'x'\n[tool.uv]\npython-downloads = 'never'\n";
        let of = |is_manifest| of_uv(manifest, is_manifest, "python-downloads");
        assert_eq!(of(true).as_deref(), Some("never"));
        assert_eq!(of(false).as_deref(), Some("x"));
        assert_eq!(of_uv("[tool", true, "python-downloads"), None);
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        assert_eq!(broken("[install]\nexact = true\n"), None);
        let line = broken("[install]\nexact = \n").map(|(line, _)| line);
        assert_eq!(line, Some(2));
    }

    #[test]
    fn a_key_of_json_is_found_below_the_others() {
        let text = "{\n  \"node\": 1,\n  \"keywords\": [\"engines\"],\n  \"engines\" : {\n    \"bun\": 1,\n    \"node\": 2\n  }\n}\n";
        assert_eq!(line_of_json(text, &["engines", "node"]), 6);
        assert_eq!(line_of_json(text, &["engines"]), 4);
        assert_eq!(line_of_json(text, &["engines", "npm"]), 4);
        assert_eq!(line_of_json(text, &["volta", "x"]), 1);
        assert_eq!(line_of_json("", &["engines"]), 1);
    }

    #[test]
    fn a_key_is_found_on_its_line() {
        let line = |text: &str| line_of(text, "requires-python");
        let text =
            "# requires-python = '>=3.9'\n[project]\nname = 'x'\nrequires-python = '>=3.11'\n";
        assert_eq!(line(text), 4);
        assert_eq!(line("\nproject.requires-python='>=3.11'\n"), 2);
        assert_eq!(line("\n\"requires-python\" = '>=3.11'\n"), 2);
        assert_eq!(line("\nproject = { requires-python = '>=3.11' }\n"), 1);
    }
}
