//! What all who follow a session share.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::failure::Failure;
use crate::service::control::Snapshot;
use crate::service::replicated;
use crate::system::stdout;
use crate::text::{and_list, nearest};

/// Waits until nobody reads any more what we print; for ever where that cannot be told.
pub(super) async fn unread() {
    // Blocking, and for ever if need be: the process ends without it.
    let (unread, gone) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        if stdout::wait_until_unread() {
            let _ = unread.send(());
        }
    });
    if gone.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits that long; for ever where there is nothing to wait for.
pub(super) async fn after(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

/// These services by the names of those that there are: a name that replicas share stands for all
/// of them. Who is `apart` is no replica of a service that has the name itself, whatever it is called.
pub(super) fn known(
    names: &[&str],
    apart: &BTreeSet<String>,
    services: &[String],
) -> Result<Vec<String>, Failure> {
    let mut found: Vec<String> = Vec::new();
    for service in services {
        let is_there = names.contains(&service.as_str());
        let is_replica = |name: &str| {
            replicated(name) == Some(service.as_str()) && !(is_there && apart.contains(name))
        };
        let meant = names
            .iter()
            .filter(|name| **name == service.as_str() || is_replica(name));
        let meant: Vec<&str> = meant.copied().collect();
        if meant.is_empty() {
            let help = match nearest(service, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the services are {}", and_list(names)),
            };
            return Err(Failure::usage(format!("there is no service `{service}`")).help(help));
        }
        for name in meant {
            if !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
        }
    }
    Ok(found)
}

/// The same where a session tells which are replicas of which, whatever they are called.
pub(super) fn known_to(
    snapshot: &Snapshot,
    names: &[&str],
    apart: &BTreeSet<String>,
    services: &[String],
) -> Result<Vec<String>, Failure> {
    let alone = snapshot.services.iter().filter(|view| view.group.is_none());
    let mut apart = apart.clone();
    apart.extend(alone.map(|view| view.name.clone()));
    let mut found = known(names, &apart, services)?;
    for view in &snapshot.services {
        let of = view.group.as_ref();
        if of.is_some_and(|of| services.contains(of)) && !found.contains(&view.name) {
            found.push(view.name.clone());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_replicas_share_stands_for_all_of_them() {
        let names = ["api", "mail-1", "mail-2", "mail-server", "web", "web-2"];
        let found = |wanted: &[&str], apart: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
            let apart = apart.iter().map(|name| (*name).to_owned()).collect();
            known(&names, &apart, &wanted).map_err(|failure| failure.help.unwrap_or_default())
        };
        let are = |names: &[&str]| Ok(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(found(&["mail", "mail-2"], &[]), are(&["mail-1", "mail-2"]));
        assert_eq!(found(&["mail-2"], &[]), are(&["mail-2"]));
        assert_eq!(found(&["mail"], &["mail-2"]), are(&["mail-1", "mail-2"]));
        assert_eq!(
            found(&["web"], &[]),
            are(&["web", "web-2"]),
            "one of them has it"
        );
        assert_eq!(
            found(&["web"], &["web-2"]),
            are(&["web"]),
            "another service"
        );
        assert_eq!(found(&[], &[]), are(&[]));
        assert_eq!(found(&["apo"], &[]), Err("did you mean `api`?".to_owned()));
    }
}
