//! A database that a URL names by another name while its server runs, and another variable as before: it may be a
//! slip, and a server of ours would make an empty one for it.

use crate::diagnostic::Finding;
use crate::gather::tiers::Tiers;
use crate::service::endpoint::{Endpoint, Protocol};
use crate::service::managed::{Managed, ManagedPlan};
use crate::service::ports::MANAGED_URL;
use crate::text::remedy::quoted;
use crate::workspace::Environment;

use super::passwords::Holder;

/// What is said of such ones; `before` and `after` are the servers that the env files name.
pub(super) fn databases(
    before: &[Endpoint],
    after: &[Endpoint],
    managed: &ManagedPlan,
    (tiers, environment): (&Tiers, Environment),
) -> Vec<Finding> {
    let renamed = renamed(before, after, managed).into_iter();
    renamed
        .map(|(new, name, old, other)| {
            let finding = Finding::new(
                &MANAGED_URL,
                format!(
                    "{} names the database `{name}` now, which was `{old}` and still is in {}",
                    new.variable, other.variable
                ),
            )
            .subject(new.variable.clone())
            .note(format!(
                "it is set at {}, {} at {}",
                new.origin, other.variable, other.origin
            ))
            .note("the server would make an empty one of that name");
            let holder = Holder::of(tiers, &new.variable, &new.origin);
            let line = holder.filter(Holder::is_url).map(|holder| {
                let part = quoted(&format!("database={old}"));
                holder.set(&format!(" --part {part}"), environment)
            });
            let anew = "where a new one is meant: pixcrawler dev --servers --detach";
            finding.help(match line {
                Some(line) => format!("{line}   or, {anew}"),
                None => format!("name the same database in both, or, {anew}"),
            })
        })
        .collect()
}

/// Who names another database of a server of ours than before, which nobody named until now: with its name, that of
/// the one before, and who names that one still.
fn renamed<'a>(
    before: &'a [Endpoint],
    after: &'a [Endpoint],
    managed: &ManagedPlan,
) -> Vec<(&'a Endpoint, &'a str, &'a str, &'a Endpoint)> {
    let is_ours = |port: u16| {
        let mut services = managed.services.iter();
        services.any(|it| matches!(it, Managed::Postgres(_)) && it.port() == port)
    };
    let is_it = |it: &&Endpoint| {
        it.protocol == Protocol::Postgres && it.is_usual_loopback() && is_ours(it.port)
    };
    let name = |it: &'a Endpoint| it.database.as_deref().or(it.user.as_deref());
    let after: Vec<&Endpoint> = after.iter().filter(is_it).collect();
    let before: Vec<&Endpoint> = before.iter().filter(is_it).collect();
    let changed = |new: &&'a Endpoint| {
        let new = *new;
        // A line may have moved.
        let is_same = |old: &&&'a Endpoint| {
            (&old.variable, file(old), old.port) == (&new.variable, file(new), new.port)
        };
        let old = name(before.iter().find(is_same)?)?;
        let own = name(new).filter(|it| *it != old)?;
        let at = |it: &&&'a Endpoint, wanted: &str| it.port == new.port && name(it) == Some(wanted);
        let was_there = before.iter().any(|it| at(&it, own));
        let other = after.iter().find(|it| at(it, old))?;
        (!was_there).then_some((new, own, old, *other))
    };
    after.iter().filter_map(changed).collect()
}

/// The file of the place where its variable stands.
fn file(endpoint: &Endpoint) -> &str {
    let origin = endpoint.origin.as_str();
    origin.rsplit_once(':').map_or(origin, |(file, _)| file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::managed::plan;

    fn read(urls: &[(&str, &str)]) -> Vec<Endpoint> {
        let one = |(at, (variable, name)): (usize, &(&str, &str))| {
            let url = format!("postgresql://u:p@127.0.0.1:5432/{name}");
            Endpoint::postgres(&url, *variable, format!("backend/.env:{at}")).expect("a URL")
        };
        urls.iter().enumerate().map(one).collect()
    }

    fn told(before: &[(&str, &str)], after: &[(&str, &str)]) -> Vec<String> {
        let (before, after) = (read(before), read(after));
        let managed = plan(&before);
        let told = databases(
            &before,
            &after,
            &managed,
            (&Tiers::default(), Environment::Development),
        );
        told.into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn a_database_that_another_variable_has_by_its_old_name_is_told() {
        let both = [("DATABASE_URL", "app"), ("POSTGRES_URL", "app")];
        let slip = [("DATABASE_URL", "ap"), ("POSTGRES_URL", "app")];
        assert_eq!(
            told(&both, &slip),
            [
                "DATABASE_URL names the database `ap` now, which was `app` and still is in POSTGRES_URL"
            ]
        );
        // Both go there, or it is one that was there, or it is another variable that names it.
        let moved = [("DATABASE_URL", "ap"), ("POSTGRES_URL", "ap")];
        let further = [both[0], both[1], ("TEST_URL", "app_test")];
        for (before, after) in [
            (&both[..], &moved[..]),
            (&both, &further),
            (&slip, &both),
            (&both[..1], &slip[..1]),
        ] {
            assert!(told(before, after).is_empty(), "{after:?}");
        }
    }
}
