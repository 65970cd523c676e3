//! One database to which several connections lead that differ in nothing but TLS: one row tells of both.

use crate::system::postgres::PostgresFacts;
use crate::text::and_list;

use super::{Database, Server};

/// What a row says of the TLS of the database at this place of all; none where the row of one before it does.
pub(super) fn tls(all: &[Database], at: usize) -> Option<String> {
    let one = all.get(at)?;
    let mut told: Vec<(&'static str, Vec<String>)> = Vec::new();
    for (place, other) in all.iter().enumerate() {
        let Some(known) = alike(one, other) else {
            continue;
        };
        if place < at {
            return None;
        }
        let words = words(known);
        if told.iter().all(|(it, _)| *it != words) {
            told.push((words, Vec::new()));
        }
        for (it, names) in &mut told {
            // Two drivers may read one variable.
            let new = tellers(&other.server).filter(|_| *it == words);
            let new: Vec<String> = new.filter(|name| !names.contains(name)).collect();
            names.extend(new);
        }
    }
    match told.as_slice() {
        [(words, _)] => Some((*words).to_owned()),
        several => {
            let each = several.iter();
            let each: Vec<String> = each
                .map(|(words, names)| format!("{words} for {}", and_list(names)))
                .collect();
            Some(each.join(", "))
        }
    }
}

/// Who logs in at this place of all, where another one does so at the same database.
pub(super) fn user(all: &[Database], at: usize) -> Option<&str> {
    let one = all.get(at)?;
    let user = one.server.endpoint.user.as_deref()?;
    let is_other = |it: &&Database| {
        it.state.is_ok()
            && it.server.shown() == one.server.shown()
            && it.server.endpoint.user != one.server.endpoint.user
    };
    all.iter().find(is_other).map(|_| user)
}

/// What is known of another one, where it is the same database with the same login.
fn alike<'d>(one: &Database, other: &'d Database) -> Option<&'d PostgresFacts> {
    let (known, own) = (other.state.as_ref().ok()?, one.state.as_ref().ok()?);
    let (it, as_it) = (&other.server.endpoint, &one.server.endpoint);
    let is_same = it.address() == as_it.address()
        && it.database == as_it.database
        && it.user == as_it.user
        && it.password == as_it.password
        && known.identity == own.identity;
    is_same.then_some(known)
}

/// Who says whether to use it: the URL, or what stands beside it.
fn tellers(server: &Server) -> impl Iterator<Item = String> {
    server.named.iter().map(|naming| match naming.lent.tls {
        Some(name) => format!("{name} ({})", naming.place(name)),
        None => format!("{} ({})", naming.variable, naming.origin),
    })
}

fn words(known: &PostgresFacts) -> &'static str {
    match (known.encrypted, known.refuses_tls) {
        (true, _) => "TLS",
        (false, true) => "no TLS, with which its pg_hba.conf takes nobody like us",
        (false, false) => "no TLS",
    }
}
