//! Variables that the last words name and say nothing else of, as who prints an exception's key alone.

use crate::service::level::{self, Level};

use super::clause::is_capital;
use super::variable::{self, Missing};
use super::{Cause, Speaker, unset};

/// Statements from the end on that are looked at: whoever runs a program says of its end, too.
const LAST: usize = 3;

/// Words beside the names of a line that is about nothing but what is not there.
const WORDS: &str = "\
    a abort aborted aborting an and app application are be before cannot check config configuration critical define \
    does empty env environ environment error exception exit exiting exits exist export fatal following for found give \
    in is it keyerror lack lacks missing must need needed needs no not or please provide required run running s set \
    setting settings start starting startup the these to undefined unset value values var variable variables vars \
    without you";

/// Those among them that say that something is wanted. So does `set` in front, which is an order there.
const WANTING: &str = "\
    cannot critical define empty error exception export fatal keyerror lack lacks missing must need needed needs no \
    not please provide required undefined unset without";

fn is_among(word: &str, words: &str) -> bool {
    words.split_ascii_whitespace().any(|known| known == word)
}

/// The variables that a schema declares, that the service has nowhere, and that one of its last statements names
/// without a word about anything else.
pub(super) fn of<'a>(
    speaker: Speaker<'_>,
    statements: impl Iterator<Item = &'a str>,
) -> Option<Cause> {
    statements
        .take(LAST)
        .find_map(|line| unset::cause_of(speaker, &missing(speaker, line)?))
}

fn missing<'a>(speaker: Speaker<'a>, line: &str) -> Option<Vec<Missing<'a>>> {
    let is_calm = matches!(
        level::of(line.as_bytes()),
        Some(Level::Trace | Level::Debug | Level::Info | Level::Warn)
    );
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = line.split(|c| !is_part(c)).filter(|it| !it.is_empty());
    let words: Vec<&str> = words.collect();
    // `DEBUG` and `HOST` are words, too.
    if words.len() > 1
        && !words
            .iter()
            .any(|word| is_capital(word) && word.contains('_'))
    {
        return None;
    }
    // What a dictionary lacks is judged by what reads it.
    if line.contains("KeyError: ") {
        return None;
    }
    let mut all = Vec::new();
    let (mut is_alone, mut is_wanted) = (true, false);
    for (at, word) in words.into_iter().enumerate() {
        let declared = variable::declared(speaker.tier, speaker.declared, word);
        match declared.filter(|_| is_capital(word)) {
            Some(one) if !all.contains(&one) => all.push(one),
            Some(_) => {}
            None => {
                let word = word.to_ascii_lowercase();
                if !is_among(&word, WORDS) {
                    return None;
                }
                is_alone = false;
                is_wanted |= is_among(&word, WANTING) || at == 0 && word == "set";
            }
        }
    }
    // What is there is not why, whatever else the line is about.
    let is_missing = |one: &Missing<'_>| match one {
        Missing::Declared { name, tier, .. } => {
            !speaker.set.contains(name) && speaker.file_of(name, Some(tier)).is_none()
        }
        _ => false,
    };
    all.retain(is_missing);
    let is_about = is_alone || is_wanted;
    (is_about && !is_calm && !all.is_empty()).then_some(all)
}
