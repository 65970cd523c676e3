//! What bun refuses of a `package.json` that the other package managers let pass.

use serde_json::Value;

use crate::code::settings::line_of_json;
use crate::text::Span;

use super::Unreadable;

/// Whether all values of an object are texts; anything else is none.
fn is_map(value: &Value) -> bool {
    let map = value.as_object();
    map.is_some_and(|map| map.values().all(Value::is_string))
}

fn is_list(value: &Value) -> bool {
    let list = value.as_array();
    list.is_some_and(|list| list.iter().all(Value::is_string))
}

/// Each value that is looked at, with what it must be.
type Rule = (&'static str, fn(&Value) -> bool, &'static str);

const RULES: [Rule; 4] = [
    ("optionalDependencies", is_map, "an object of strings"),
    ("peerDependencies", is_map, "an object of strings"),
    ("trustedDependencies", is_list, "a list of strings"),
    (
        "workspaces",
        |value| is_list(value) || value.is_object(),
        "a list of strings, or an object",
    ),
];

/// Looks at one that can be read.
///
/// # Errors
/// The first value for which bun installs nothing, and where.
pub fn taken_by_bun(text: &str) -> Result<(), Unreadable> {
    // That it is no JSON was told.
    let Ok(document) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
        return Ok(());
    };
    let wrong = |(key, is_right, _): &&Rule| document.get(key).is_some_and(|it| !is_right(it));
    let Some((key, _, must)) = RULES.iter().find(wrong) else {
        return Ok(());
    };
    let line = line_of_json(text, &[key]);
    let start = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let quoted = format!("\"{key}\"");
    let rest = text.get(start..).unwrap_or_default();
    let start = start + rest.find(&quoted).unwrap_or_default();
    let end = (start + quoted.len()).min(text.len());
    Err(Unreadable {
        why: format!("bun refuses `{key}`, which must be {must}"),
        at: Span::new(start, end),
    })
}

#[cfg(test)]
mod tests {
    use super::taken_by_bun;

    #[test]
    fn values_of_another_kind_are_refused_where_they_stand() {
        for (value, why) in [
            (r#""trustedDependencies": true"#, "a list of strings"),
            (r#""peerDependencies": []"#, "an object of strings"),
            (
                r#""optionalDependencies": {"a": 1}"#,
                "an object of strings",
            ),
            (r#""workspaces": "ui""#, "a list of strings, or an object"),
        ] {
            let text = format!("{{\n  \"name\": \"x\",\n  {value}\n}}\n");
            let refused = taken_by_bun(&text).expect_err(value);
            assert!(refused.why.ends_with(why), "{}", refused.why);
            let key = &text[refused.at.start..refused.at.end];
            assert!(value.starts_with(key), "{key}");
        }
        for text in [
            "{}",
            "nonsense",
            r#"{"trustedDependencies": [], "peerDependencies": {"a": "1"}, "workspaces": {"packages": []}}"#,
        ] {
            assert_eq!(taken_by_bun(text), Ok(()));
        }
    }
}
