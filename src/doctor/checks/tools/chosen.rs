//! Which Python uv takes, where something else than a version tells: a path, a name, its settings.

use crate::diagnostic::Finding;
use crate::doctor::Facts;
use crate::gather;
use crate::toolchain::{self, Answer, Pin, Tool, Version};

/// What is to be said of what uv is told to take, by what the environment's Python, or uv itself, said.
pub(super) fn finding(facts: &Facts, tool: &Tool, said: &Answer) -> Option<Finding> {
    if tool.name != "python" {
        return None;
    }
    let asks_uv = tool.command.first().is_some_and(|program| program == "uv");
    let running = match said {
        Answer::Said { text, .. } => Version::find(text).filter(|_| !asks_uv),
        Answer::NoneFits(_) | Answer::Silent(_) => None,
        _ => return None,
    };
    let variables = &facts.questions.variables;
    let dir = &facts.sides().python.as_ref()?.dir;
    let finds = |wanted| gather::tools::finds(facts.workspace(), dir, wanted, variables);
    // A version is compared without uv.
    let is_place = |pin: &&Pin| !pin.is_build() || pin.is_other_build() && running.is_some();
    let place = tool.pinned.as_ref().filter(is_place);
    if let Some(pin) = place {
        let found = finds(Some(&pin.wanted))?.map(|said| match said {
            Answer::Said { text, .. } => Version::find(&text),
            _ => None,
        });
        let found = match &found {
            Ok(version) => Ok(version.as_ref()?),
            Err(why) => Err(why.as_str()),
        };
        if let Some(finding) = toolchain::judge_place(tool, running.as_ref(), found) {
            return Some(finding);
        }
    }
    let allowed = gather::tools::allowed(facts.workspace(), dir, variables);
    let wanted = tool.pinned.as_ref().and_then(|pin| pin.range(tool.name));
    let fits = running.as_ref().is_some_and(|version| {
        let is_pinned = wanted.is_none_or(|wanted| wanted.contains(version));
        is_pinned && tool.range.contains(version)
    });
    if !allowed.binds(fits) {
        return None;
    }
    let why = match said {
        Answer::NoneFits(why) if asks_uv => why.clone(),
        _ => finds(None)?.err()?,
    };
    toolchain::judge_allowed(tool, running.as_ref(), &allowed, &why)
}
