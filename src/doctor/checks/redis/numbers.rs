//! The numbers that uses of Redis are given in the place of wrong ones: free of all that stand there, and of each other.

use crate::doctor::Cure;
use crate::doctor::checks::place as places;
use crate::doctor::checks::servers::{Naming, Server};
use crate::service::endpoint::Protocol;
use crate::workspace::Environment;

use super::Role;

/// The last database of a Redis whose configuration says nothing of them.
pub(super) const LAST: u16 = 15;

/// A server with how many databases it has, where those are few, and the numbers that it lacks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted<'a> {
    pub(super) server: &'a Server,
    pub(super) has: Option<u16>,
    pub(super) lacks: &'a [u16],
}

impl<'a> Counted<'a> {
    /// One that nobody asked.
    pub(super) fn unasked(server: &'a Server) -> Self {
        Self {
            server,
            has: None,
            lacks: &[],
        }
    }
}

/// Two uses that share a database though they must not.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    pub(super) address: String,
    pub(super) roles: (Role, Role),
    pub(super) both: (&'a Naming, &'a Naming),
    /// The one that is to move.
    pub(super) moves: &'a Naming,
    /// Where the first of the two is.
    pub(super) at: Counted<'a>,
}

/// Who gets which number.
#[derive(Debug, Default)]
pub(super) struct Numbers<'a> {
    /// Uses that must not share a database.
    pub(super) shared: Vec<Shared<'a>>,
    given: Vec<(&'a Naming, u16)>,
}

impl<'a> Numbers<'a> {
    /// Those who share a database are given theirs first, since for that no server need be asked; then those who
    /// name one that their server lacks.
    pub(super) fn of(servers: &[Counted<'a>]) -> Self {
        let mut numbers = Self {
            shared: sharing(servers),
            given: Vec::new(),
        };
        let mut taken: Vec<(String, u16)> = servers
            .iter()
            .flat_map(|it| {
                let named = it.server.named.iter();
                named.map(|naming| (place(it.server), naming.database))
            })
            .collect();
        let moves = numbers.shared.iter().map(|it| (it.moves, it.at));
        let lacking = servers.iter().flat_map(|it| {
            let named = it.server.named.iter();
            let lacks = named.filter(|naming| it.lacks.contains(&naming.database));
            lacks.map(move |naming| (naming, *it))
        });
        let wanting: Vec<(&Naming, Counted<'_>)> = moves.chain(lacking).collect();
        for (naming, at) in wanting {
            if numbers.given(naming).is_some() {
                continue;
            }
            let address = place(at.server);
            let is_free = |number: &u16| {
                let mut taken = taken.iter();
                !taken.any(|(of, it)| *of == address && it == number)
            };
            if let Some(free) = (0..at.count()).find(is_free) {
                taken.push((address, free));
                numbers.given.push((naming, free));
            }
        }
        let shared = std::mem::take(&mut numbers.shared);
        let is_told = |it: &Shared<'_>| it.roles != CELERY || numbers.given(it.moves).is_some();
        let shared = shared.into_iter().filter(is_told).collect();
        Self { shared, ..numbers }
    }

    /// The number that a use is to have, one for all who read it there; none where it stays, or none is left.
    pub(super) fn given(&self, naming: &Naming) -> Option<u16> {
        let mut given = self.given.iter();
        given
            .find(|(it, _)| it.numbered() == naming.numbered())
            .map(|(_, number)| *number)
    }

    /// The command that gives it to whoever a variable numbers.
    pub(super) fn cure(&self, variable: &str, environment: Environment) -> Option<Cure> {
        let mut given = self.given.iter();
        let (naming, number) = given.find(|(it, _)| it.numbered().0 == variable)?;
        naming.change(
            Protocol::Redis,
            environment,
            "database",
            &number.to_string(),
        )
    }
}

impl Counted<'_> {
    /// How many databases it has, as far as that is known.
    pub(super) fn count(&self) -> u16 {
        let lowest = self.lacks.iter().min().copied();
        self.has.or(lowest).unwrap_or(LAST + 1)
    }
}

/// Where a server is, however it is written.
fn place(server: &Server) -> String {
    server.endpoint.address().replace("localhost", "127.0.0.1")
}

/// Celery's two uses: their keys never meet, so that they may share a database where there is no other.
const CELERY: (Role, Role) = (Role::Broker, Role::Result);

/// Whether Celery's two uses are meant to be apart, as two variables of env files say, and could be. Not where one
/// variable or the code has them share, nor where nobody knows whether the server has another database, or it lacks
/// this one, which is told of each.
fn could_be_apart(one: &Naming, other: &Naming, at: Counted<'_>) -> bool {
    let is_own = |it: &Naming| {
        let (_, origin) = it.numbered();
        let is_written = places::file(origin).is_some() && places::open(origin).is_none();
        is_written && it.meant.is_none() && it.unread.is_none()
    };
    let is_known = at.has.is_some() || at.lacks.is_empty();
    let is_there = is_known && !at.lacks.contains(&one.database);
    is_own(one) && is_own(other) && one.numbered() != other.numbered() && is_there
}

/// Uses that must not share a database, and do.
fn sharing<'a>(servers: &[Counted<'a>]) -> Vec<Shared<'a>> {
    let mut uses: Vec<(String, Role, &Naming, Counted<'_>)> = servers
        .iter()
        .flat_map(|it| {
            let named = it.server.named.iter();
            named.map(|naming| (place(it.server), Role::of(&naming.variable), naming, *it))
        })
        .filter(|(_, role, ..)| *role != Role::Other)
        .collect();
    uses.sort_by_key(|(address, role, naming, _)| {
        let variable = naming.variable.clone();
        (address.clone(), naming.database, *role, variable)
    });
    let mut found: Vec<Shared<'_>> = Vec::new();
    for (index, (address, role, naming, at)) in uses.iter().enumerate() {
        for (other_address, other_role, other, _) in uses.iter().skip(index + 1) {
            let roles = (*role, *other_role);
            let harmless =
                roles.0 == roles.1 || roles == CELERY && !could_be_apart(naming, other, *at);
            if address != other_address
                || naming.database != other.database
                || harmless
                || found.iter().any(|it| it.roles == roles)
            {
                continue;
            }
            // A broker has more than one name, as a rule: the other use moves.
            let moves = match roles {
                (Role::Broker | Role::Result, _) => other,
                (_, Role::Broker | Role::Result) => naming,
                _ => other,
            };
            found.push(Shared {
                address: address.clone(),
                roles,
                both: (naming, other),
                moves,
                at: *at,
            });
        }
    }
    found
}
