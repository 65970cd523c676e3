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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_read_where_uv_reads_it() {
        let manifest = "python-downloads = 'x'\n[tool.uv]\npython-downloads = 'never'\n";
        let of = |is_manifest| of_uv(manifest, is_manifest, "python-downloads");
        assert_eq!(of(true).as_deref(), Some("never"));
        assert_eq!(of(false).as_deref(), Some("x"));
        assert_eq!(of_uv("[tool", true, "python-downloads"), None);
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
