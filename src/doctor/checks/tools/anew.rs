//! An environment of a Python that does not fit, where uv has one that does: that one is taken as soon as uv looks,
//! and nothing has to be fetched.

use crate::doctor::{Answer, Cure, Facts};
use crate::gather;
use crate::toolchain::{self, Tool, Version};

/// With the command that makes the environment of the Python that uv finds, in the place of one that fetches another.
pub(super) fn cured(
    facts: &Facts,
    tool: &Tool,
    said: &toolchain::Answer,
    answer: Answer,
) -> Answer {
    let Some((found, line)) = found(facts, tool, said).filter(|_| fetches(&answer)) else {
        return answer;
    };
    let mut answer = super::cured_by(answer, Cure::new(line));
    for finding in &mut answer.findings {
        finding
            .notes
            .push(format!("uv finds {found} here, which fits"));
    }
    answer
}

fn fetches(answer: &Answer) -> bool {
    let mut cures = answer.cures.iter();
    cures.any(|cure| cure.line.starts_with("uv python install "))
}

/// The version that uv finds beside that of the environment, and the command.
fn found(facts: &Facts, tool: &Tool, said: &toolchain::Answer) -> Option<(Version, String)> {
    let toolchain::Answer::Said { text, .. } = said else {
        return None;
    };
    let fits = |text: &str| Version::find(text).filter(|version| tool.range.contains(version));
    let is_free = tool.name == "python" && tool.pinned.is_none() && fits(text).is_none();
    let python = facts.sides().python.as_ref().filter(|_| is_free)?;
    let wanted = tool.range.to_string();
    let variables = &facts.questions.variables;
    let found = gather::tools::finds(facts.workspace(), &python.dir, Some(&wanted), variables)?;
    match found.ok()? {
        toolchain::Answer::Said { text, .. } => Some((fits(&text)?, python.sync(&[]).join(" "))),
        _ => None,
    }
}
