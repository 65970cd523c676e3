//! How a driver of Postgres logs in where a URL does not say all of it: with what its process' environment has,
//! and the file of passwords beside it.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::env::is_for_asyncpg;
use crate::service::endpoint::{
    Around, Client, Elsewhere, Endpoint, Protocol, elsewhere, password_file,
};
use crate::system::{access, fs, variables};
use crate::workspace::{Runtime, Tier, Workspace};

use super::manifests;
use super::tiers::Tiers;

/// What of a frontend's packages connects to a Postgres.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drivers {
    /// postgres.js.
    pub postgres_js: bool,
    /// node-postgres, and nothing else of these.
    pub node_postgres: bool,
    /// Prisma, which has a driver of its own: one that takes nothing from elsewhere.
    pub prisma: bool,
}

impl Drivers {
    /// Those among the packages that are asked for.
    #[must_use]
    pub fn among(asked: &BTreeMap<String, String>) -> Self {
        let prisma = asked.contains_key("@prisma/client");
        let postgres_js = asked.contains_key("postgres") && !prisma;
        Self {
            postgres_js,
            node_postgres: asked.contains_key("pg") && !postgres_js && !prisma,
            prisma,
        }
    }

    /// Whose habits the reader of a URL has, in a frontend where it is one; none takes nothing from elsewhere.
    #[must_use]
    pub fn client(self, url: &str, web: bool) -> Option<Client> {
        if is_for_asyncpg(url) {
            Some(Client::Asyncpg)
        } else if web && self.postgres_js {
            Some(Client::PostgresJs)
        } else if web && self.prisma {
            None
        } else if web && self.node_postgres {
            Some(Client::NodePostgres)
        } else {
            Some(Client::Libpq)
        }
    }
}

/// An endpoint as a driver takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// With what it takes from elsewhere.
    pub endpoint: Endpoint,
    /// The variables that say what the URL leaves open of the address.
    pub elsewhere: Elsewhere,
    /// The file that has the password, and that it does not look into: others may do something with it.
    pub ignored: Option<Utf8PathBuf>,
}

/// An endpoint of `url` as `client` takes what stands there.
#[must_use]
pub fn as_taken(endpoint: Endpoint, url: &str, client: Client) -> Endpoint {
    match client {
        Client::PostgresJs => endpoint.as_postgres_js(url),
        Client::NodePostgres => endpoint.as_node_postgres(url),
        Client::Asyncpg | Client::Libpq => endpoint,
    }
}

/// An endpoint of `url` as `client` takes it, which sees what `get` tells.
#[must_use]
pub fn completed(
    endpoint: Endpoint,
    url: &str,
    client: Client,
    get: &dyn Fn(&str) -> Option<String>,
) -> Login {
    let (account, home) = (access::account(), access::home());
    let around = Around {
        get,
        account: account.as_deref(),
        home: home.as_deref(),
    };
    let mut login = Login {
        endpoint: endpoint.completed(url, client, around),
        elsewhere: elsewhere(url, client, around),
        ignored: None,
    };
    if login.endpoint.password.is_none()
        && let Some(file) = password_file(url, client, around)
    {
        let text = fs::read_text_if_there(&file).ok().flatten();
        let password = text.and_then(|text| login.endpoint.password_in(&text, client));
        // One that others may read is looked at by nobody.
        if access::open_to_others(&file) {
            login.ignored = password.map(|_| file);
        } else {
            login.endpoint.password = password;
        }
    }
    login
}

/// How the tiers' drivers read what their URLs say, and what those leave open.
pub struct Readers<'a> {
    workspace: &'a Workspace,
    tiers: &'a Tiers,
    /// The environment of the processes.
    around: BTreeMap<String, String>,
}

impl<'a> Readers<'a> {
    /// Those of a workspace, in processes that get our environment.
    #[must_use]
    pub fn new(workspace: &'a Workspace, tiers: &'a Tiers) -> Self {
        Self {
            workspace,
            tiers,
            around: variables::snapshot(),
        }
    }

    /// The endpoint of a URL as the driver of a tier takes it. Next sets for its process what its env files say;
    /// where there is no such tier the habits are libpq's.
    #[must_use]
    pub fn read(&self, tier: Option<&str>, url: &str, endpoint: Endpoint) -> Login {
        let tier = tier.and_then(|name| self.workspace.tiers.iter().find(|it| it.name == name));
        let web = tier.filter(|tier| tier.runtime == Runtime::Next);
        let drivers = web.map(|tier| {
            let package = manifests::package_json(self.workspace, &tier.dir).and_then(Result::ok);
            package.map_or_else(Drivers::default, |it| Drivers::among(&it.asked(true)))
        });
        let own = web.and_then(|tier| self.tiers.seen.get(&tier.name));
        let get = |name: &str| {
            let value = own.and_then(|seen| seen.get(name));
            let value = value.or_else(|| self.around.get(name)).cloned();
            value.or_else(|| self.handed_on(tier?, name))
        };
        match drivers.unwrap_or_default().client(url, web.is_some()) {
            Some(client) => completed(as_taken(endpoint, url, client), url, client, &get),
            None => Login {
                endpoint,
                elsewhere: Elsewhere::default(),
                ignored: None,
            },
        }
    }

    /// What `dev` hands on of the root's files to a service whose own tier does not have it.
    fn handed_on(&self, tier: &Tier, name: &str) -> Option<String> {
        const ROOT: &str = "root";
        let seen = self.tiers.seen.get(&tier.name)?;
        let has = seen.keys().any(|it| it.eq_ignore_ascii_case(name));
        if has || tier.name == ROOT {
            return None;
        }
        self.tiers.from_files(ROOT).remove(name)
    }

    /// The same of any variable's endpoint: only those of Postgres' URLs have something to read anew.
    #[must_use]
    pub fn endpoint(&self, tier: &str, value: &str, endpoint: Endpoint) -> Endpoint {
        if endpoint.protocol == Protocol::Postgres && value.contains("://") {
            self.read(Some(tier), value, endpoint).endpoint
        } else {
            endpoint
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_habits_a_url_meets() {
        let among = |names: &[&str]| {
            let asked = names.iter().map(|it| ((*it).to_owned(), "*".to_owned()));
            Drivers::among(&asked.collect())
        };
        let url = "postgresql://h/d";
        let js = among(&["postgres", "next"]);
        assert_eq!(js.client(url, true), Some(Client::PostgresJs));
        assert_eq!(js.client(url, false), Some(Client::Libpq));
        let own = "postgresql+asyncpg://h/d";
        assert_eq!(js.client(own, true), Some(Client::Asyncpg));
        let prisma = among(&["postgres", "@prisma/client"]);
        assert_eq!(prisma.client(url, true), None);
        let node = among(&["pg"]);
        assert_eq!(node.client(url, true), Some(Client::NodePostgres));
        assert_eq!(node.client(url, false), Some(Client::Libpq));
        let both = among(&["pg", "postgres"]);
        assert_eq!(both.client(url, true), Some(Client::PostgresJs));
        assert_eq!(among(&["next"]).client(url, true), Some(Client::Libpq));
    }
}
