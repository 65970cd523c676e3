//! A Markdown reference of a schema.

use std::fmt::Write as _;

use super::Schema;
use super::example::facts;

/// The reference of one tier.
#[must_use]
pub fn docs(schema: &Schema) -> String {
    let mut text = format!("## {}\n\n", schema.title);
    if !schema.description.is_empty() {
        let _ = writeln!(text, "{}\n", schema.description);
    }
    for section in &schema.sections {
        let _ = writeln!(
            text,
            "### {}\n\n| Variable | Meaning | Valid values | Default | Required |\n| --- | --- | --- | --- | --- |",
            section.title
        );
        for variable in schema
            .variables
            .get(section.variables.clone())
            .into_iter()
            .flatten()
        {
            let [_, (_, values), (_, default), (_, required), _] =
                facts(variable, crate::workspace::Environment::Development);
            let secret = if variable.secret { " Secret." } else { "" };
            let _ = writeln!(
                text,
                "| `{}` | {}. {}.{secret} | {} | {} | {} |",
                variable.name,
                cell(&variable.description),
                cell(&variable.purpose),
                cell(&values),
                if default == "none" {
                    default
                } else {
                    format!("`{}`", cell(&default))
                },
                cell(&required)
            );
        }
        text.push('\n');
    }
    let limits: Vec<String> = schema
        .variables
        .iter()
        .filter_map(|variable| {
            let because = variable
                .limits
                .get(&crate::workspace::Environment::Production)?
                .because
                .as_ref()?;
            Some(format!("- `{}`: {}", variable.name, cell(because)))
        })
        .collect();
    if !limits.is_empty() {
        let _ = writeln!(
            text,
            "### Checked in staging and production\n\n{}\n",
            limits.join("\n")
        );
    }
    text
}

/// A text that does not end a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
