//! What a URL says to its driver alone, whatever the server is.

use crate::doctor::{Answer, Facts};
use crate::env::unfit_for_asyncpg;
use crate::text::and_list;

use super::super::servers::{Server, finding, mended};
use super::rules::OPTIONS;

/// Options that asyncpg refuses, in each URL that is for it.
pub(super) fn judge(facts: &Facts, servers: &[Server]) -> Answer {
    let mut answer = Answer::default();
    for server in servers {
        for naming in server.named.iter().filter(|naming| naming.asyncpg) {
            let value = facts.value(&naming.tier, &naming.variable);
            let Some(unfit) = value.and_then(unfit_for_asyncpg) else {
                continue;
            };
            let options: Vec<String> = unfit.options.iter().map(|it| format!("`{it}`")).collect();
            let message = format!(
                "{} ({}) has {} behind its ?, which asyncpg does not take",
                naming.variable,
                naming.origin,
                and_list(&options)
            );
            let mut finding = finding(&OPTIONS, server, None, message);
            finding.subject = Some(naming.variable.clone());
            finding.notes.extend(unfit.notes);
            let cure = naming.rewrite(facts.questions.environment, &unfit.parts);
            let words = format!("take it out of {}", naming.variable);
            answer = mended(answer, finding, cure, words);
        }
    }
    answer
}
