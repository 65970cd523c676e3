//! What a URL asks of the server that it leads to (`target_session_attrs`), where that is another one: drivers go
//! away again, as from a server that is not there.

use crate::doctor::Answer;
use crate::system::postgres::PostgresFacts;
use crate::text::and_list;
use crate::workspace::Environment;

use super::super::servers::{Server, finding};
use super::rules::OPTIONS;

/// The option's name.
const OPTION: &str = "target_session_attrs";

/// What it may be, and what that asks for.
const WISHES: &[(&str, &str)] = &[
    ("any", "any server"),
    ("prefer-standby", "any server"),
    ("primary", "a primary"),
    ("read-only", "a server that takes no writes"),
    ("read-write", "a server that takes writes"),
    ("standby", "a standby"),
];

/// What each who names a server asks for in vain.
pub(super) fn judge(
    answer: Answer,
    server: &Server,
    known: &PostgresFacts,
    environment: Environment,
) -> Answer {
    let named = server.named.iter();
    let wishes = named.filter_map(|naming| Some((naming, naming.wish.as_deref()?)));
    wishes
        .filter(|(_, wish)| !is_met(wish, known))
        .fold(answer, |answer, (naming, wish)| {
            let (variable, shown) = (&naming.variable, server.shown());
            let asked = WISHES.iter().find(|(name, _)| *name == wish);
            let message = match asked {
                Some((_, what)) => format!(
                    "{variable} asks for {what} ({OPTION}={wish}), and {shown} is {}",
                    is(known)
                ),
                None => format!("{variable} has a {OPTION} that its driver does not know"),
            };
            let mut told = finding(&OPTIONS, &server.only(naming), None, message);
            told.subject = Some(variable.clone());
            let told = if asked.is_some() {
                told.note(
                    "its driver logs in, looks, and goes away again; to take the server as it is:",
                )
            } else {
                let words: Vec<&str> = WISHES.iter().map(|(name, _)| *name).collect();
                told.note(format!("it may be {}; without it:", and_list(&words)))
            };
            // Which of the two is wrong only a person knows: nothing is changed by itself.
            let cure = naming.rewrite(environment, &[(OPTION.to_owned(), String::new())]);
            answer.problem(match cure {
                Some(cure) => told.help(cure.typed()),
                None => told.help(crate::text::remedy::set_here(variable)),
            })
        })
}

fn is_met(wish: &str, known: &PostgresFacts) -> bool {
    let reads = known.standby || known.read_only;
    match wish {
        "any" | "prefer-standby" => true,
        "primary" => !known.standby,
        "read-only" => reads,
        "read-write" => !reads,
        "standby" => known.standby,
        _ => false,
    }
}

fn is(known: &PostgresFacts) -> &'static str {
    match (known.standby, known.read_only) {
        (true, _) => "a standby",
        (false, true) => "one whose default_transaction_read_only is on",
        (false, false) => "a primary that takes writes",
    }
}
