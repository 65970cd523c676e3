//! Which of several servers of a kind has the plain name, and with it the data that stands under that: a URL that
//! changes must not put an empty server in the place of the one that another URL still means.

use super::Managed;

/// Data of a managed server that ran before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its folder in `.pixcrawler/`: `postgres`, `redis-6380`.
    pub name: String,
    /// Where its server listened last.
    pub port: u16,
}

/// The kinds, by their plain names.
const KINDS: [&str; 2] = ["postgres", "redis"];

/// Gives the plain name of a kind to the server that goes on with its data, where several are wanted.
pub(super) fn keep(services: &mut [Managed], kept: &[Kept]) {
    for kind in KINDS {
        let is_of = |server: &Managed| server.name().split('-').next() == Some(kind);
        let ports: Vec<u16> = services
            .iter()
            .filter(|it| is_of(it))
            .map(Managed::port)
            .collect();
        let last = kept.iter().find(|it| it.name == kind);
        let Some(last) = last.filter(|_| ports.len() > 1) else {
            continue;
        };
        let further = |port: u16| format!("{kind}-{port}");
        let has_own = |port: u16| kept.iter().any(|it| it.name == further(port));
        // Nobody means its last port any more: it goes to the first who has no data yet.
        let first = ports
            .iter()
            .find(|port| **port == last.port)
            .or_else(|| ports.iter().find(|port| !has_own(**port)))
            .copied();
        for server in services.iter_mut().filter(|it| is_of(it)) {
            let name = match server.port() {
                port if Some(port) == first => kind.to_owned(),
                port => further(port),
            };
            match server {
                Managed::Postgres(plan) => plan.name = name,
                Managed::Valkey(plan) => plan.name = name,
            }
        }
    }
}

/// The port in what Postgres notes of how it was started: `postgres "-D" "/w" "-c" "port=5432"`.
#[must_use]
pub fn port_of_start(options: &str) -> Option<u16> {
    let (_, rest) = options.rsplit_once("\"port=")?;
    rest.split('"').next()?.parse().ok()
}

/// The port in the configuration of a Redis.
#[must_use]
pub fn port_in_configuration(text: &str) -> Option<u16> {
    let mut lines = text.lines();
    lines.find_map(|line| line.strip_prefix("port ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::endpoint::Endpoint;
    use crate::service::managed::plan_over;

    fn names(ports: &[u16], kept: &[(&str, u16)]) -> Vec<String> {
        let read = |port: &u16| {
            Endpoint::postgres(&format!("postgresql://u:p@localhost:{port}/d"), "V", ".env")
        };
        let endpoints: Vec<Endpoint> = ports.iter().filter_map(|port| read(port).ok()).collect();
        let kept: Vec<Kept> = kept
            .iter()
            .map(|(name, port)| Kept {
                name: (*name).to_owned(),
                port: *port,
            })
            .collect();
        let services = plan_over(&endpoints, &kept).services;
        services.iter().map(|it| it.name().to_owned()).collect()
    }

    #[test]
    fn data_stays_at_the_port_that_is_still_meant() {
        let last = [("postgres", 5432), ("redis", 6379)];
        assert_eq!(names(&[5440, 5432], &last), ["postgres-5440", "postgres"]);
        assert_eq!(names(&[5432, 5440], &last), ["postgres", "postgres-5440"]);
        // One alone takes the data along, as does the first where nobody means the old port.
        assert_eq!(names(&[5440], &last), ["postgres"]);
        assert_eq!(names(&[5440, 5450], &last), ["postgres", "postgres-5450"]);
        assert_eq!(names(&[5440, 5450], &[]), ["postgres", "postgres-5450"]);
        // Who has data goes on with that.
        let more = [("postgres", 5432), ("postgres-5440", 5440)];
        assert_eq!(names(&[5440, 5450], &more), ["postgres-5440", "postgres"]);
        assert_eq!(names(&[5440, 5432], &more), ["postgres-5440", "postgres"]);
        let all = [more[0], more[1], ("postgres-5450", 5450)];
        assert_eq!(
            names(&[5440, 5450], &all),
            ["postgres-5440", "postgres-5450"]
        );
    }

    #[test]
    fn the_last_port_is_read_where_each_server_has_it() {
        let options = "/usr/bin/postgres \"-D\" \"/w \"port=1\" x\" \"-c\" \"port=5433\" \"-c\" \"fsync=on\"\n";
        assert_eq!(port_of_start(options), Some(5433));
        assert_eq!(port_of_start("/usr/bin/postgres \"-D\" \"/w\"\n"), None);
        let configuration = "# Written\nbind 127.0.0.1\nport 6380\ndatabases 16\n";
        assert_eq!(port_in_configuration(configuration), Some(6380));
        assert_eq!(port_in_configuration("tls-port 6380\n"), None);
    }
}
