//! Known causes: what the last words of a process mean, and the way out.

/// Why a process ended, as far as its last words tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What it means.
    pub meaning: String,
    /// The next command to type.
    pub way_out: String,
}

/// The cause that the last lines of a process point to; the latest line counts most.
pub fn of<'a>(
    service: &str,
    tier: Option<&str>,
    lines: impl DoubleEndedIterator<Item = &'a str> + Clone,
) -> Option<Cause> {
    let missing_field = lines
        .clone()
        .rev()
        .find(|line| line.contains("Field required") || line.contains("is required"));
    lines
        .rev()
        .find_map(|line| known(service, tier, line, missing_field.is_some()))
}

fn known(service: &str, tier: Option<&str>, line: &str, missing: bool) -> Option<Cause> {
    let cause = |meaning: String, way_out: &str| {
        Some(Cause {
            meaning,
            way_out: way_out.to_owned(),
        })
    };
    let check = format!("pixcrawler env check --tier {}", tier.unwrap_or("backend"));
    if let Some(module) = line.split("No module named ").nth(1) {
        let module = module.trim_matches(['\'', '"', ' ']);
        return cause(
            format!("the Python package `{module}` is not installed, or not importable from here"),
            "uv sync --all-packages",
        );
    }
    if line.contains("ddress already in use") || line.contains("EADDRINUSE") {
        return cause(
            "somebody else listens on its port".to_owned(),
            "pixcrawler dev --dry-run (shows the ports), then stop the other program",
        );
    }
    if line.contains("validation error") || line.contains("SettingsError") {
        let what = if missing {
            "a required variable is not set where it looks"
        } else {
            "a variable has a value that it cannot use"
        };
        return cause(what.to_owned(), &check);
    }
    if line.contains("Cannot find module") || line.contains("Module not found") {
        return cause(
            "a JavaScript package is not installed".to_owned(),
            "bun install (in the frontend's folder)",
        );
    }
    if line.contains("Connection refused") || line.contains("ECONNREFUSED") {
        return cause(
            "a server that it needs does not answer".to_owned(),
            "pixcrawler doctor",
        );
    }
    if line.contains("command not found") || line.contains("is not recognized") {
        return cause(
            format!("a program that `{service}` needs is not on PATH"),
            "pixcrawler doctor",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn last_words_point_to_a_way_out() {
        let way_out = |lines: &[&str]| {
            of("backend", Some("backend"), lines.iter().copied()).map(|cause| cause.way_out)
        };
        assert_eq!(
            way_out(&["x", "ModuleNotFoundError: No module named 'ddgs'"]).as_deref(),
            Some("uv sync --all-packages")
        );
        assert_eq!(
            way_out(&[
                "pydantic_core.ValidationError: 1 validation error for DatabaseSettings",
                "DATABASE_URL",
                "  Field required"
            ])
            .as_deref(),
            Some("pixcrawler env check --tier backend")
        );
        assert_eq!(way_out(&["all is well"]), None);
    }
}
