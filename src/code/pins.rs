//! The versions of tools that are named where those who choose versions look: volta, `devEngines`, asdf, mise.

use serde_json::Value;

/// What `volta` in a `package.json` names for a tool.
#[must_use]
pub fn of_volta(manifest: &str, tool: &str) -> Option<String> {
    let manifest = json(manifest)?;
    let version = manifest.get("volta")?.get(tool)?.as_str()?;
    Some(version.to_owned())
}

/// What `devEngines` in a `package.json` asks for, be it of the `runtime` or of the `packageManager`. Of
/// several entries one is enough. None where nobody is to mind.
#[must_use]
pub fn of_dev_engines(manifest: &str, kind: &str, tool: &str) -> Option<String> {
    let manifest = json(manifest)?;
    let entries = heeded(&manifest, kind)?;
    let mut versions = Vec::new();
    for entry in entries.iter().filter(|entry| entry["name"] == tool) {
        // Without a version each will do.
        versions.push(entry["version"].as_str()?);
    }
    (!versions.is_empty()).then(|| versions.join(" || "))
}

/// The tools that `devEngines` asks for, where this one is not among them.
#[must_use]
pub fn others(manifest: &str, kind: &str, tool: &str) -> Option<String> {
    let manifest = json(manifest)?;
    let entries = heeded(&manifest, kind)?.iter();
    let names: Vec<&str> = entries
        .map(|entry| entry["name"].as_str())
        .collect::<Option<_>>()?;
    (!names.is_empty() && !names.contains(&tool)).then(|| names.join(" or "))
}

/// The entries of one kind, unless the last says that nothing is to happen where they are not met.
fn heeded<'a>(manifest: &'a Value, kind: &str) -> Option<&'a [Value]> {
    let named = manifest.get("devEngines")?.get(kind)?;
    let entries = named
        .as_array()
        .map_or(std::slice::from_ref(named), Vec::as_slice);
    let is_ignored = entries.last().is_some_and(|it| it["onFail"] == "ignore");
    (!is_ignored).then_some(entries)
}

/// Whether npm fails where `devEngines` is not met: the last entry says what is to happen then, and nothing
/// in it means an error.
#[must_use]
pub fn binds(manifest: &str, kind: &str) -> bool {
    let manifest = json(manifest).unwrap_or_default();
    let named = &manifest["devEngines"][kind];
    let last = named.as_array().map_or(Some(named), |all| all.last());
    let fails = |entry: &Value| !matches!(entry["onFail"].as_str(), Some("warn" | "ignore"));
    last.is_some_and(|entry| entry.is_object() && fails(entry))
}

/// What a `.tool-versions` names for a tool, under the name of its plugin; those behind the first are for
/// where that one is missing.
#[must_use]
pub fn of_tool_versions(text: &str, tool: &str) -> Option<String> {
    let plugin = |name: &str| name == tool || tool == "node" && name == "nodejs";
    text.lines().find_map(|line| {
        let said = line.split('#').next().unwrap_or_default();
        let mut words = said.split_whitespace();
        let version = words.next().filter(|name| plugin(name)).and(words.next())?;
        Some(version.to_owned())
    })
}

/// What a `mise.toml` names for a tool: a version, several of which the first counts, or a table with more
/// about it.
#[must_use]
pub fn of_mise(text: &str, tool: &str) -> Option<String> {
    let settings: toml::Table = text.trim_start_matches('\u{feff}').parse().ok()?;
    let tools = settings.get("tools")?.as_table()?;
    let is_it = |name: &str| {
        let name = name.strip_prefix("core:").unwrap_or(name);
        name == tool || tool == "node" && name == "nodejs"
    };
    let (_, named) = tools.iter().find(|(name, _)| is_it(name))?;
    let first = named.as_array().map_or(Some(named), |all| all.first())?;
    let version = match first.as_table() {
        Some(table) => table.get("version")?,
        None => first,
    };
    let version = version.as_str()?;
    Some(
        version
            .strip_prefix("prefix:")
            .unwrap_or(version)
            .to_owned(),
    )
}

/// The line, from 1, on which a list of tools has one, as nearly everybody writes it; else the first.
#[must_use]
pub fn line_of(text: &str, tool: &str) -> usize {
    let is_it = |line: &str| {
        let name = line.split(['=', ' ', '\t']).next().unwrap_or_default();
        let name = name.trim_matches(['"', '\'']);
        let name = name.strip_prefix("core:").unwrap_or(name);
        name == tool || tool == "node" && name == "nodejs"
    };
    text.lines()
        .position(|line| is_it(line.trim()))
        .map_or(1, |at| at + 1)
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volta_names_versions_by_tool() {
        let manifest = r#"{"volta": {"node": "20.11.1", "pnpm": 9, "extends": "../package.json"}}"#;
        assert_eq!(of_volta(manifest, "node").as_deref(), Some("20.11.1"));
        assert_eq!(of_volta(manifest, "pnpm"), None);
        assert_eq!(of_volta("{", "node"), None);
    }

    #[test]
    fn development_engines_are_one_entry_or_several() {
        let asked = |runtime: &str| {
            let manifest = format!(r#"{{"devEngines": {{"runtime": {runtime}}}}}"#);
            of_dev_engines(&manifest, "runtime", "node")
        };
        for (runtime, range) in [
            (
                r#"{"name": "node", "version": "^20", "onFail": "warn"}"#,
                Some("^20"),
            ),
            (
                r#"[{"name": "node", "version": "20"}, {"name": "bun"}, {"name": "node", "version": "22"}]"#,
                Some("20 || 22"),
            ),
            (
                r#"[{"name": "node", "version": "20"}, {"name": "node"}]"#,
                None,
            ),
            (
                r#"{"name": "node", "version": "20", "onFail": "ignore"}"#,
                None,
            ),
            (r#"{"name": "bun", "version": "1"}"#, None),
            ("3", None),
        ] {
            assert_eq!(asked(runtime).as_deref(), range, "{runtime}");
        }
    }

    #[test]
    fn another_tool_may_be_asked_for() {
        let asked = |managers: &str| {
            let manifest = format!(r#"{{"devEngines": {{"packageManager": {managers}}}}}"#);
            others(&manifest, "packageManager", "npm")
        };
        for (managers, told) in [
            (r#"{"name": "yarn", "onFail": "error"}"#, Some("yarn")),
            (
                r#"[{"name": "yarn"}, {"name": "pnpm"}]"#,
                Some("yarn or pnpm"),
            ),
            (r#"[{"name": "yarn"}, {"name": "npm"}]"#, None),
            (r#"{"name": "yarn", "onFail": "ignore"}"#, None),
            (r#"{"version": "1"}"#, None),
            ("[]", None),
            ("3", None),
        ] {
            assert_eq!(asked(managers).as_deref(), told, "{managers}");
        }
    }

    #[test]
    fn the_last_entry_says_what_happens() {
        for (entries, is_error) in [
            (r#"{"name": "npm"}"#, true),
            (r#"{"name": "npm", "onFail": "error"}"#, true),
            (r#"{"name": "npm", "onFail": "warn"}"#, false),
            (
                r#"[{"name": "npm", "onFail": "error"}, {"name": "npm", "onFail": "ignore"}]"#,
                false,
            ),
            (
                r#"[{"name": "npm", "onFail": "ignore"}, {"name": "npm"}]"#,
                true,
            ),
            ("[]", false),
            ("3", false),
        ] {
            let manifest = format!(r#"{{"devEngines": {{"packageManager": {entries}}}}}"#);
            assert_eq!(binds(&manifest, "packageManager"), is_error, "{entries}");
        }
        assert!(!binds("{}", "runtime") && !binds("{", "runtime"));
    }

    #[test]
    fn mise_has_versions_lists_and_tables() {
        let text = "[env]\nA = \"1\"\n[tools]\nnodejs = [\"22.1\", \"20\"]\n\"core:bun\" = { version = \"prefix:1.2\", os = [\"linux\"] }\npnpm = 9\n";
        let said = |tool| of_mise(text, tool);
        assert_eq!(said("node").as_deref(), Some("22.1"));
        assert_eq!(said("bun").as_deref(), Some("1.2"));
        assert_eq!((said("pnpm"), said("yarn")), (None, None));
        assert_eq!(of_mise("[tools\n", "node"), None);
        assert_eq!([line_of(text, "node"), line_of(text, "bun")], [4, 5]);
        assert_eq!(line_of("# a\nnodejs 20\n", "node"), 2);
    }

    #[test]
    fn the_first_version_of_a_line_counts() {
        let text = "# ours\npython 3.12.1\nnodejs 20.11.1 18 system # old ones too\nbun\n";
        let said = |tool| of_tool_versions(text, tool);
        assert_eq!(said("node").as_deref(), Some("20.11.1"));
        assert_eq!(said("bun"), None);
        assert_eq!(said("pnpm"), None);
    }
}
