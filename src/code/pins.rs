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
/// several entries one is enough.
#[must_use]
pub fn of_dev_engines(manifest: &str, kind: &str, tool: &str) -> Option<String> {
    let manifest = json(manifest)?;
    let named = manifest.get("devEngines")?.get(kind)?;
    let entries = named
        .as_array()
        .map_or(std::slice::from_ref(named), Vec::as_slice);
    let mut versions = Vec::new();
    for entry in entries.iter().filter(|entry| entry["name"] == tool) {
        // Without a version each will do.
        versions.push(entry["version"].as_str()?);
    }
    (!versions.is_empty()).then(|| versions.join(" || "))
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
            (r#"{"name": "bun", "version": "1"}"#, None),
            ("3", None),
        ] {
            assert_eq!(asked(runtime).as_deref(), range, "{runtime}");
        }
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
