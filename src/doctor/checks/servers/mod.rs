//! The servers that the tiers name: each distinct connection once, with everybody who names it; asked
//! all at once; and what is the same for all kinds of them when one does not let us in.

mod authorities;
mod broker;
pub(in crate::doctor::checks) mod certificate;
mod closed;
mod damaged;
mod derived;
mod find;
mod given;
mod holder;
mod naming;
mod parts;
mod service;
mod several;
mod situation;
mod unfit;
mod unserved;
mod view;

use crate::diagnostic::{Finding, Rule};
use crate::doctor::{Answer, Cure, Facts};
use crate::env::is_placeholder;
use crate::service::assemble;
use crate::service::endpoint::{Endpoint, EndpointError, Protocol, Tls};
use crate::text::{and_list, remedy};
use crate::workspace::Environment;

use super::place::{self, DEFAULT};
pub(in crate::doctor::checks) use authorities::{NODE, POSTGRES, of_system};
pub(in crate::doctor::checks) use broker::emptied;
pub(in crate::doctor::checks) use closed::{
    Closed, by_session, closed, finding, mended, with_cures,
};
#[cfg(test)]
pub(in crate::doctor::checks) use damaged::Damaged;
pub(in crate::doctor::checks) use derived::{alike, cure as derived, password as known_password};
pub(in crate::doctor::checks) use find::{find, with_unfilled};
pub(in crate::doctor::checks) use given::{by_hand, value};
pub(in crate::doctor::checks) use holder::Holder;
pub(in crate::doctor) use naming::{Driver, Lent, Naming};
pub(in crate::doctor::checks) use situation::Situation;
use view::View;

/// What leads to a server.
pub(super) const ADDRESS: [&str; 2] = ["host", "port"];

/// What a login consists of, with where it leads to.
const LOGIN: [&str; 4] = ["host", "port", "user", "password"];

/// A connection that somebody makes.
#[derive(Debug, Clone)]
pub(in crate::doctor) struct Server {
    pub(in crate::doctor) endpoint: Endpoint,
    pub(in crate::doctor) named: Vec<Naming>,
}

impl Server {
    /// `DATABASE_URL (backend/.env:14) and POSTGRES_URL (frontend/.env:3)`.
    pub(super) fn named_by(&self) -> String {
        self.named_in(&ADDRESS)
    }

    /// The same with all that says these parts, where each has a variable of its own.
    pub(super) fn named_in(&self, parts: &[&str]) -> String {
        let mut named: Vec<String> = Vec::new();
        for naming in &self.named {
            for (variable, origin) in naming.of_parts(parts) {
                let one = format!("{variable} ({origin})");
                // Two drivers may read it.
                if !named.contains(&one) {
                    named.push(one);
                }
            }
        }
        and_list(&named)
    }

    /// The variable of a part of the address that the process environment sets: no command of ours changes it.
    pub(super) fn of_process(&self, parts: &[&str]) -> Option<&str> {
        let named = self.named.iter().filter(|it| it.prefix.is_some());
        let mut given = named.flat_map(|it| it.of_parts(parts));
        let (variable, _) = given.find(|(_, origin)| place::file(origin).is_none())?;
        Some(variable)
    }

    /// What the first who names it takes from elsewhere.
    pub(super) fn lent(&self) -> Lent {
        self.named.first().map(|it| it.lent).unwrap_or_default()
    }

    /// The variables that say what the URL leaves open of the address, where no command of ours changes them, with
    /// their places.
    pub(super) fn lent_by_hand(&self) -> Vec<(String, String)> {
        let Some(naming) = self.named.first() else {
            return Vec::new();
        };
        let mut places = naming.lent.places(|name| naming.place(name).to_owned());
        places.retain(|(_, place)| place::open(place).is_some());
        places
    }

    /// The same server as this one alone names it.
    pub(super) fn only(&self, naming: &Naming) -> Self {
        self.only_where(|it| it == naming)
    }

    /// The same as those alone name it of whom that is true.
    pub(super) fn only_where(&self, is_it: impl Fn(&Naming) -> bool) -> Self {
        let named = self.named.iter().filter(|it| is_it(it));
        Self {
            endpoint: self.endpoint.clone(),
            named: named.cloned().collect(),
        }
    }

    /// Whether it is named by nobody but services of `pixcrawler.toml`.
    pub(super) fn is_given(&self) -> bool {
        self.named.iter().all(given::is_given)
    }

    /// Whether a driver does not look at a part of the address, where that stands.
    pub(super) fn is_misread(&self) -> bool {
        let mut named = self.named.iter();
        named.any(|naming| !naming.behind.is_empty())
    }

    /// Where a person corrects it: `DATABASE_URL in backend/.env:14`.
    pub(super) fn place(&self) -> String {
        self.named.first().map_or_else(String::new, |naming| {
            // A part that is changed by hand stands where nothing else is changed.
            let mut by_hand = naming.given.iter();
            if let Some(part) = by_hand.find(|it| place::open(&it.origin).is_some()) {
                format!("{} in {}", part.variable, part.origin)
            } else if naming.origin == DEFAULT {
                format!("{}, which is not set", naming.variable)
            } else {
                format!("{} in {}", naming.variable, naming.origin)
            }
        })
    }

    /// `localhost:5432/pixcrawler`.
    pub(super) fn shown(&self) -> String {
        match (&self.endpoint.database, self.endpoint.protocol) {
            (Some(database), Protocol::Postgres) => {
                format!("{}/{database}", self.endpoint.address())
            }
            _ => self.endpoint.address(),
        }
    }

    /// The command that changes one part of the address for all who name it.
    pub(super) fn change(&self, environment: Environment, part: &str, value: &str) -> Option<Cure> {
        self.for_all(|naming| naming.change(self.endpoint.protocol, environment, part, value))
    }

    /// The command that asks for the password and takes out the user, which stands there alone.
    pub(super) fn password_for_user(&self, environment: Environment) -> Option<Cure> {
        self.for_all(|naming| naming.password_for_user(environment))
    }

    /// The command that says how to use TLS, to each in the words of its driver.
    pub(super) fn encrypt(&self, environment: Environment, mode: &str) -> Option<Cure> {
        self.for_all(|naming| naming.encrypt(self.endpoint.protocol, environment, mode))
    }

    /// The command that asks for the file with the authorities, where the URL names it.
    pub(super) fn roots(&self, environment: Environment) -> Option<Cure> {
        Self::for_each(
            self.named.iter().filter(|naming| naming.names_root),
            |naming| naming.change(self.endpoint.protocol, environment, "sslrootcert", "-"),
        )
    }

    fn for_all(&self, one: impl Fn(&Naming) -> Option<Cure>) -> Option<Cure> {
        Self::for_each(self.named.iter(), one)
    }

    fn for_each<'a>(
        named: impl Iterator<Item = &'a Naming>,
        one: impl Fn(&Naming) -> Option<Cure>,
    ) -> Option<Cure> {
        let each: Option<Vec<Cure>> = named.map(one).collect();
        let mut each = each?;
        each.dedup();
        place::all(each)
    }

    /// The command that asks for the whole address, or its host and port, where only a person can know it; once for
    /// each who names it.
    pub(super) fn correct(&self, environment: Environment) -> Option<Cure> {
        self.for_all(|naming| {
            if naming.prefix.is_some() {
                naming.ask_parts(self.endpoint.protocol, environment, &ADDRESS)
            } else {
                naming.ask(environment)
            }
        })
    }

    /// The same where it is another variable that says host or port.
    pub(super) fn correct_lender(&self, environment: Environment, variable: &str) -> Option<Cure> {
        self.named.first()?.ask_lender(environment, variable)
    }

    /// How the whole address is spelt, for whoever is asked for it, in the order of the questions; a part of it stands alone.
    pub(super) fn shape(&self) -> Option<String> {
        let scheme = match (self.endpoint.protocol, self.endpoint.tls) {
            (Protocol::Redis, Tls::Off) => "redis",
            (Protocol::Redis, _) => "rediss",
            (Protocol::Postgres, _) => return None,
        };
        let whole = self.named.iter().filter(|naming| naming.prefix.is_none());
        let mut shapes: Vec<String> = whole
            .map(|naming| {
                let one = format!("{scheme}://:PASSWORD@HOST:6379/{}", naming.database);
                if naming.one_of_several {
                    format!("its servers as they are used: {one};{one}")
                } else {
                    one
                }
            })
            .collect();
        shapes.dedup();
        let several = self.named.iter().any(|naming| naming.one_of_several);
        let comma = if several { ", " } else { ": " };
        (!shapes.is_empty())
            .then(|| format!("all of it is asked for{comma}{}", shapes.join(", then ")))
    }

    /// Whether both are one Redis, whoever logs in.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        let place = |server: &Self| server.endpoint.address().replace("localhost", "127.0.0.1");
        place(self) == place(other)
    }

    pub(super) fn is_of(&self, tier: &str) -> bool {
        self.named.iter().any(|naming| naming.tier == tier)
    }
}

/// What there is to say where nothing can be asked: a URL that makes no sense is not none.
pub(super) fn unread(facts: &Facts, protocol: Protocol, rules: &Rules) -> Option<Answer> {
    let mut told: Vec<String> = Vec::new();
    let mut answer = Answer::default();
    let of_tiers = assemble::unreadable(&facts.tiers().seen, protocol);
    let of_tiers = of_tiers.into_iter().filter_map(|(tier, variable, error)| {
        let value = facts.value(&tier, &variable)?.to_owned();
        let cure = place::set(facts, &tier, &variable, &[&format!("{variable}=-")]);
        let origin = facts.origin(&tier, &variable);
        Some((variable, origin, value, error, cure))
    });
    let given = given::all(facts).into_iter().filter_map(|it| {
        let error = it.error(protocol)?;
        let url = it.url;
        Some((url.variable, url.place, url.value, error, None))
    });
    for (variable, origin, value, error, cure) in of_tiers.chain(given) {
        let place = format!("{variable} ({origin})");
        // The root's file is in the chains of other tiers, too.
        if is_placeholder(&value) || told.contains(&place) {
            continue;
        }
        let authority = value
            .split("://")
            .nth(1)
            .unwrap_or_default()
            .split('/')
            .next();
        let is_list = error == EndpointError::Hosts;
        let asked = if is_list {
            several::ask(facts, &variable, &origin, &value)
        } else {
            Vec::new()
        };
        if !asked.is_empty() {
            answer = several::judge(answer, rules, &variable, &place, &asked, cure);
        } else if is_list || authority.is_some_and(|it| it.contains(',')) {
            answer.skipped = Some(format!(
                "{place} names several hosts, of which none is asked"
            ));
        } else {
            let finding = Finding::new(rules.unreachable, format!("{place} {error}"))
                .subject(variable.as_str())
                .of_value();
            answer = mended(answer, finding, cure, format!("correct {variable}"));
            answer = place::by_hand(answer, &variable, &origin);
        }
        told.push(place);
    }
    for one in find::unfit(facts, protocol) {
        // Other tiers may see it, too.
        if told.contains(&one.place) {
            continue;
        }
        let message = format!("{} {}", one.place, one.why);
        let finding = Finding::new(rules.unreachable, message)
            .subject(one.variable.as_str())
            .of_value();
        let by_hand = place::open(&one.origin).is_some();
        // Its drivers have a port and a mode of their own.
        let without = match one.variable.as_str() {
            "PGPORT" => Some("without it 5432 counts"),
            "PGSSLMODE" => Some("without it TLS is used where the server has it"),
            _ => None,
        };
        answer = if let Some(note) = without.filter(|_| one.cure.is_none() && !by_hand) {
            let line = remedy::unset(&[one.variable]);
            answer.problem(finding.note(note).help(line))
        } else {
            let words = format!("correct {}", one.variable);
            let finding = if by_hand && without.is_some() {
                finding.note(format!("it stands at {}", one.origin))
            } else {
                finding
            };
            let answer = mended(answer, finding, one.cure, words);
            place::by_hand(answer, &one.variable, &one.origin)
        };
        told.push(one.place);
    }
    answer = match protocol {
        Protocol::Redis => with_unfit_parts(answer, facts, rules, &mut told),
        Protocol::Postgres => with_unfit_parts_of_postgres(answer, facts, rules, &mut told),
    };
    if let Some(sentinels) = sentinels(facts).filter(|_| protocol == Protocol::Redis) {
        told.push(sentinels.clone());
        answer.skipped = Some(match answer.skipped {
            Some(first) => format!("{first}; {sentinels}"),
            None => sentinels,
        });
    }
    (!told.is_empty()).then_some(answer)
}

/// With the parts of a Redis' address that are none: nobody is asked in their place.
fn with_unfit_parts(
    mut answer: Answer,
    facts: &Facts,
    rules: &Rules,
    told: &mut Vec<String>,
) -> Answer {
    for (tier, seen) in &facts.tiers().seen {
        for (variable, why, instead) in assemble::unfit_parts(seen, &facts.tiers().groups) {
            let place = format!("{variable} ({})", facts.origin(tier, &variable));
            let is_unused = assemble::switched_off(|name| facts.value(tier, name), &variable)
                .is_some()
                || parts::is_shared(facts, tier, &variable)
                || facts.value(tier, &variable).is_none_or(is_placeholder);
            if is_unused || told.contains(&place) {
                continue;
            }
            let finding = Finding::new(rules.unreachable, format!("{place} {why}"))
                .subject(variable.as_str())
                .of_value();
            let asked = format!("{variable}=-");
            let what: Vec<&str> = match instead.as_slice() {
                [] => vec![&asked],
                settings => settings.iter().map(String::as_str).collect(),
            };
            let cure = place::set(facts, tier, &variable, &what);
            answer = mended(answer, finding, cure, format!("correct {variable}"));
            told.push(place);
        }
    }
    answer
}

/// With the parts of a Postgres' address that keep it from being one.
fn with_unfit_parts_of_postgres(
    answer: Answer,
    facts: &Facts,
    rules: &Rules,
    told: &mut Vec<String>,
) -> Answer {
    let tiers = facts.workspace().tiers.iter();
    let views = tiers.map(|tier| View::of_tier(facts, tier));
    let unfit = views.flat_map(|view| {
        let unfit = parts::unfit(&view).into_iter();
        unfit.map(move |it| (view.tier.name.clone(), it))
    });
    unfit.fold(answer, |answer, (tier, unfit)| {
        let variable = unfit.variable;
        let place = format!("{variable} ({})", facts.origin(&tier, &variable));
        if told.contains(&place) {
            return answer;
        }
        let mut finding = Finding::new(rules.unreachable, format!("{place} {}", unfit.why))
            .subject(variable.as_str())
            .of_value();
        finding.notes.extend(unfit.note);
        told.push(place);
        let cure = place::set(facts, &tier, &variable, &[&format!("{variable}=-")]);
        mended(answer, finding, cure, format!("correct {variable}"))
    })
}

/// Sentinels speak Redis' protocol, but only the code knows the name of the server that they are asked for.
fn sentinels(facts: &Facts) -> Option<String> {
    let mut places: Vec<String> = Vec::new();
    for (tier, seen) in &facts.tiers().seen {
        for (variable, value) in seen {
            let place = format!("{variable} ({})", facts.origin(tier, variable));
            if assemble::names_sentinels(value) && !places.contains(&place) {
                places.push(place);
            }
        }
    }
    let names = if places.len() > 1 { "name" } else { "names" };
    let places = and_list(&places);
    (!places.is_empty()).then(|| format!("{places} {names} sentinels, of which none is asked"))
}

/// The same beside what others came to: what cannot be read is not left out in silence.
pub(super) fn with_unread(
    answer: Answer,
    facts: &Facts,
    protocol: Protocol,
    rules: &Rules,
) -> Answer {
    match unread(facts, protocol, rules) {
        Some(unread) => answer.beside(unread),
        None => answer,
    }
}

/// With those that are production's though staging is judged: nothing else there says so.
pub(super) fn with_borrowed(answer: Answer, facts: &Facts, servers: &[&Server]) -> Answer {
    servers
        .iter()
        .flat_map(|server| &server.named)
        .filter_map(|naming| {
            let file = place::borrowed(facts, &naming.tier, &naming.origin)?;
            Some(format!(
                "{} ({}) is production's: Next has no mode for staging, `next start` reads {file} there, \
                 unless the machine's environment sets {}",
                naming.variable, naming.origin, naming.variable
            ))
        })
        .fold(answer, Answer::and)
}

/// The variable of a tier's Postgres host that is still a placeholder.
pub(super) fn placeholder(facts: &Facts, tier: &str) -> Option<String> {
    parts::placeholder(facts, tier)
}

/// The rules that a server's findings carry.
pub(super) struct Rules {
    /// How people call it.
    pub(super) what: &'static str,
    pub(super) unreachable: &'static Rule,
    pub(super) login: &'static Rule,
}

pub(super) fn is_here(endpoint: &Endpoint) -> bool {
    endpoint.is_local() || endpoint.is_socket()
}

/// Asks every server at the same time, in threads of their own; those elsewhere not when offline.
pub(super) fn ask_all<T: Send>(
    facts: &Facts,
    protocol: Protocol,
    one: impl Fn(Server) -> T + Sync,
) -> Vec<T> {
    let servers: Vec<Server> = find(facts, protocol)
        .into_iter()
        .filter(|server| !facts.questions.offline || is_here(&server.endpoint))
        .collect();
    std::thread::scope(|scope| {
        let one = &one;
        let asked: Vec<_> = servers
            .into_iter()
            .map(|server| scope.spawn(move || one(server)))
            .collect();
        asked
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .collect()
    })
}

/// What there is to say before any of them is judged: they are not asked.
pub(super) fn nobody(named: usize, asked: usize) -> Option<Answer> {
    (named > 0 && asked == 0).then(|| Answer::skipped("offline"))
}

/// Those who were left out.
pub(super) fn left_out(answer: Answer, named: usize, asked: usize) -> Answer {
    match named.saturating_sub(asked) {
        0 => answer,
        count => answer.and(format!("{count} elsewhere not asked (offline)")),
    }
}
