//! `pixcrawler explain`: the long text of a rule.

use crate::catalogue;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Cell, Table, Tone};
use crate::text::nearest;

use super::Context;

/// Prints one rule, or the list of all.
pub fn run(context: &Context, code: Option<&str>) -> Result<Exit, Failure> {
    let rules = catalogue::rules();
    let mut text = Vec::new();
    let written = match code {
        None => {
            let mut table = Table::default();
            for rule in &rules {
                table.row([
                    Cell::new(rule.code, Tone::Name),
                    Cell::new(rule.severity.as_str(), Tone::Context),
                    Cell::from(rule.summary),
                ]);
            }
            table.write(context.style(), &mut text)
        }
        Some(code) => {
            let rule = rules.iter().find(|rule| rule.code == code).ok_or_else(|| {
                let near = nearest(code, rules.iter().map(|rule| rule.code));
                Failure::usage(format!("there is no rule `{code}`")).help(match near {
                    Some(near) => format!("did you mean: pixcrawler explain {near}"),
                    None => "see all rules: pixcrawler explain".to_owned(),
                })
            })?;
            output::explain(rule, context.style(), &mut text)
        }
    };
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    context.print(&text);
    Ok(Exit::Clean)
}
