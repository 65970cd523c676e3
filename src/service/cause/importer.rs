//! Which installed package imported what Python did not find: nobody here has misspelt that.

/// An installed package that imports something.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Importer<'a> {
    /// Its folder, which is how it is imported itself.
    pub(super) package: &'a str,
    /// What it asks to install, extras and all, where it says so.
    pub(super) wants: Option<&'a str>,
}

/// Where installed packages lie.
const PLACES: &[&str] = &["site-packages", "dist-packages"];

/// Who imported it: the last place in the traceback that this line ends. None where that is the project's own
/// code, or the lines have no traceback.
pub(super) fn of<'a>(line: &str, lines: &[&'a str]) -> Option<Importer<'a>> {
    let end = lines
        .iter()
        .rposition(|it| it.trim_end().ends_with(line.trim()))?;
    let frames = lines[..end].iter().rev();
    let mut frames = frames.filter_map(|line| line.trim_start().strip_prefix("File \""));
    let path = frames.find(|frame| !frame.starts_with('<'))?;
    let path = path.split('"').next()?;
    let mut parts = path.split(['/', '\\']);
    parts.find(|part| PLACES.contains(part))?;
    let package = parts.next()?;
    Some(Importer {
        package: package.strip_suffix(".py").unwrap_or(package),
        wants: lines[end..].iter().find_map(|line| wanted(line)),
    })
}

/// The package in `pip install sqlalchemy[asyncio]`.
fn wanted(line: &str) -> Option<&str> {
    let behind = line.split_once("pip install ")?.1;
    let is_part =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ',' | '[' | ']');
    let end = behind.find(|c: char| !is_part(c)).unwrap_or(behind.len());
    let package = behind[..end].trim_end_matches('.');
    package
        .starts_with(|c: char| c.is_ascii_alphanumeric())
        .then_some(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_frame_tells_who_imports() {
        let error = "ModuleNotFoundError: No module named 'greenlet'";
        let own = "  File \"/w/backend/main.py\", line 3, in <module>";
        let installed = "  File \"/w/.venv/lib/python3.13/site-packages/sqlalchemy/util/concurrency.py\", line 9, in x";
        let hint = "ImportError: it requires that 'greenlet' is installed: 'pip install sqlalchemy[asyncio]'.";
        let found = of(error, &[own, installed, error, hint]);
        let importer = |wants| Importer {
            package: "sqlalchemy",
            wants,
        };
        assert_eq!(found, Some(importer(Some("sqlalchemy[asyncio]"))));
        assert_eq!(of(error, &[own, installed, error]), Some(importer(None)));
        assert_eq!(of(error, &[installed, own, error]), None);
        assert_eq!(of(error, &[error]), None);
    }
}
