//! Managed servers while they run, when the URLs that lead to them change.

use super::endpoint::{Endpoint, Protocol};
use super::managed::{Managed, ManagedPlan, plan};

impl Managed {
    fn protocol(&self) -> Protocol {
        match self {
            Self::Postgres(_) => Protocol::Postgres,
            Self::Valkey(_) => Protocol::Redis,
        }
    }

    /// The variables that lead to it.
    #[must_use]
    pub fn variables(&self) -> &[String] {
        match self {
            Self::Postgres(plan) => &plan.variables,
            Self::Valkey(plan) => &plan.variables,
        }
    }

    fn named(mut self, name: &str) -> Self {
        let its = match &mut self {
            Self::Postgres(plan) => &mut plan.name,
            Self::Valkey(plan) => &mut plan.name,
        };
        name.clone_into(its);
        self
    }

    /// Whether a server that runs as one of the two has all that the other has. Who names it makes no
    /// difference to it.
    #[must_use]
    pub fn serves_as(&self, other: &Self) -> bool {
        let unnamed = |server: &Self| {
            let mut server = server.clone();
            match &mut server {
                Self::Postgres(plan) => plan.variables.clear(),
                Self::Valkey(plan) => plan.variables.clear(),
            }
            server
        };
        unnamed(self) == unnamed(other)
    }
}

/// What the servers of a session are to be from now on. Each keeps its name, and with it its data. One whose
/// port no URL names any more goes to the port that is named instead, where there `is_free`; one that no URL
/// leads to stays as it is.
#[must_use]
pub fn replan(
    before: &ManagedPlan,
    endpoints: &[Endpoint],
    is_free: &dyn Fn(&Endpoint) -> bool,
) -> ManagedPlan {
    let mut after = ManagedPlan::default();
    let mut taken: Vec<u16> = before.services.iter().map(Managed::port).collect();
    for server in &before.services {
        let fits = |one: &&Endpoint| one.is_usual_loopback() && one.protocol == server.protocol();
        let fitting: Vec<&Endpoint> = endpoints.iter().filter(fits).collect();
        let mut ports = fitting.iter().map(|one| one.port);
        let stays = ports.any(|port| port == server.port());
        let moves = || {
            let new = |one: &&&Endpoint| !taken.contains(&one.port) && is_free(one);
            fitting.iter().find(new).map(|one| one.port)
        };
        let port = stays.then(|| server.port()).or_else(moves);
        let Some(port) = port else {
            after.services.push(server.clone());
            continue;
        };
        taken.push(port);
        let its = fitting.into_iter().filter(|one| one.port == port);
        let planned = plan(&its.cloned().collect::<Vec<_>>());
        let planned_anew = planned.services.into_iter();
        after
            .services
            .extend(planned_anew.map(|anew| anew.named(server.name())));
        after.problems.extend(planned.problems);
    }
    after
}

#[cfg(test)]
mod tests {
    use super::super::managed::ProblemKind;
    use super::*;

    fn endpoints(urls: &[&str]) -> Vec<Endpoint> {
        let read = |(at, url): (usize, &&str)| {
            let variable = format!("V{at}");
            let read = match url.split(':').next() {
                Some("redis") => Endpoint::redis(url, variable, ".env"),
                _ => Endpoint::postgres(url, variable, ".env"),
            };
            read.expect(url)
        };
        urls.iter().enumerate().map(read).collect()
    }

    /// The servers after a change of URLs, and which of them serve as before.
    fn changed(before: &[&str], after: &[&str]) -> (ManagedPlan, Vec<(String, u16, bool)>) {
        let before = plan(&endpoints(before));
        let free = |one: &Endpoint| one.port != 7777;
        let after = replan(&before, &endpoints(after), &free);
        let pairs = before.services.iter().zip(&after.services);
        let told = pairs.map(|(old, new)| (new.name().to_owned(), new.port(), new.serves_as(old)));
        let told = told.collect();
        (after, told)
    }

    fn told(before: &[&str], after: &[&str]) -> Vec<(String, u16, bool)> {
        changed(before, after).1
    }

    fn is(list: &[(&str, u16, bool)]) -> Vec<(String, u16, bool)> {
        let one = |(name, port, same): &(&str, u16, bool)| ((*name).to_owned(), *port, *same);
        list.iter().map(one).collect()
    }

    #[test]
    fn another_password_or_database_is_another_server_and_another_variable_is_not() {
        let urls = ["redis://:a@localhost/0", "postgres://u:p@localhost/d"];
        assert_eq!(
            told(&urls, &urls),
            is(&[("redis", 6379, true), ("postgres", 5432, true)])
        );
        assert_eq!(
            told(&urls, &["redis://:b@localhost/0", urls[1]]),
            is(&[("redis", 6379, false), ("postgres", 5432, true)])
        );
        assert_eq!(
            told(&urls, &[urls[0], "postgres://u:p@localhost/other"]),
            is(&[("redis", 6379, true), ("postgres", 5432, false)])
        );
        // V1 and V2 name Postgres now.
        let more = [urls[0], urls[1], "postgres://u:p@127.0.0.1:5432/d"];
        assert_eq!(
            told(&urls, &more),
            is(&[("redis", 6379, true), ("postgres", 5432, true)])
        );
    }

    #[test]
    fn a_server_goes_where_all_that_name_it_go_and_takes_its_data_along() {
        let urls = ["redis://localhost/0", "redis://localhost:6380/1"];
        assert_eq!(
            told(&urls, &["redis://localhost:6390/0", urls[1]]),
            is(&[("redis", 6390, false), ("redis-6380", 6380, true)])
        );
        assert_eq!(
            told(&urls, &[urls[0], "redis://localhost:6390/1"]),
            is(&[("redis", 6379, true), ("redis-6380", 6390, false)])
        );
        // Somebody has that port, or nobody named another one.
        for other in ["redis://localhost:7777/0", "redis://far.example/0"] {
            assert_eq!(
                told(&urls, &[other, urls[1]]),
                is(&[("redis", 6379, true), ("redis-6380", 6380, true)])
            );
        }
        // Both go to one.
        assert_eq!(
            told(
                &urls,
                &["redis://localhost:6390/0", "redis://localhost:6390/1"]
            ),
            is(&[("redis", 6390, false), ("redis-6380", 6380, true)])
        );
    }

    #[test]
    fn who_changes_one_of_two_urls_hears_that_they_differ() {
        let urls = ["redis://:a@localhost/0", "redis://:a@localhost/1"];
        let (plan, _) = changed(&urls, &["redis://:b@localhost/0", urls[1]]);
        let kinds: Vec<ProblemKind> = plan.problems.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [ProblemKind::PasswordsDiffer]);
    }
}
