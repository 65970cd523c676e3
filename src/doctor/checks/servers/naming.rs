//! Who names a server, and the command that changes what stands there.

use crate::doctor::Cure;
use crate::env::with_part;
use crate::service::endpoint::{Endpoint, Protocol};
use crate::workspace::Environment;

use super::super::place::{self, file};
use super::parts::{self, Given};

/// A driver that takes what stands behind the `?` of a URL otherwise than libpq does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::doctor) enum Driver {
    /// None of those that are known.
    #[default]
    Other,
    /// It has names of its own.
    Asyncpg,
    /// postgres.js: it knows few options and takes all others for the server's.
    PostgresJs,
    /// node-postgres: wherever it encrypts it looks at the certificate, unless it is told not to.
    NodePostgres,
}

/// Who names a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::doctor) struct Naming {
    pub(in crate::doctor) tier: String,
    pub(in crate::doctor) variable: String,
    /// As people read it: `backend/.env:14`.
    pub(in crate::doctor) origin: String,
    /// The number of the Redis database.
    pub(in crate::doctor) database: u16,
    /// The variable that says it, and where that stands, where it is another one.
    pub(in crate::doctor) numbered_by: Option<(String, String)>,
    /// What the names of its variables begin with, where each part has one of its own: `CACHE_REDIS_`.
    pub(in crate::doctor) prefix: Option<String>,
    /// The parts of it that are set, each with its variable and where that stands.
    pub(in crate::doctor) given: Vec<Given>,
    /// Where each of its variables is to be set.
    pub(in crate::doctor) places: Vec<(String, String)>,
    /// What is meant where the variable has no value: there is no URL of which a part could change.
    pub(in crate::doctor) meant: Option<String>,
    /// Where the variable is set, and whoever takes its default does not look: `BROKER_URL (backend/.env:3)`; with
    /// what sets it where he does.
    pub(in crate::doctor) unread: Option<(String, Option<Cure>)>,
    /// The variable holds the URLs of several servers, of which this is one.
    pub(in crate::doctor) one_of_several: bool,
    /// Who reads the URL.
    pub(in crate::doctor) driver: Driver,
    /// The URL itself names the file with the authorities, and its driver reads that.
    pub(in crate::doctor) names_root: bool,
    /// The file with authorities that is named for Node in the process environment, and is not there.
    pub(in crate::doctor) lost_root: Option<String>,
    /// The URL says nothing of TLS, which its driver takes for none.
    pub(in crate::doctor) plain: bool,
    /// The option that says whether to use TLS by another name than [`Naming::tls_option`], where the URL has
    /// that.
    pub(in crate::doctor) misspelt: Option<&'static str>,
    /// What the URL asks of the server (`target_session_attrs`), where its driver looks at that.
    pub(in crate::doctor) wish: Option<String>,
    /// What the driver takes from elsewhere, since the URL does not say it.
    pub(in crate::doctor) lent: Lent,
    /// The file of passwords that has the one which is missing, and that no driver looks into: others may.
    pub(in crate::doctor) ignored: Option<String>,
    /// The host that is meant where the URL names none; without one it can have no login.
    pub(in crate::doctor) hostless: Option<String>,
    /// What to know of its password, where the code pastes that into a URL, and a part of it stands for another letter.
    pub(in crate::doctor) pasted: Option<String>,
    /// Parts of the address that stand behind the `?`, where the driver does not look for them.
    pub(in crate::doctor) behind: Vec<&'static str>,
}

/// Parts of a login that stand in no URL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::doctor) struct Lent {
    pub(in crate::doctor) user: bool,
    pub(in crate::doctor) password: bool,
    /// The variable that says the host.
    pub(in crate::doctor) host: Option<&'static str>,
    /// The variable that says the port.
    pub(in crate::doctor) port: Option<&'static str>,
    /// What that one says is no port.
    pub(in crate::doctor) unfit: bool,
    /// The variable that says whether to use TLS.
    pub(in crate::doctor) tls: Option<&'static str>,
    /// The same one, where what it says is nothing that the driver knows.
    pub(in crate::doctor) unfit_tls: Option<&'static str>,
}

impl Lent {
    /// What `after` has and `before` had not.
    pub(super) fn between(before: &Endpoint, after: &Endpoint) -> Self {
        Self {
            user: before.user.is_none() && after.user.is_some(),
            password: before.password.is_none() && after.password.is_some(),
            ..Self::default()
        }
    }

    /// Where each of the variables stands that say something of the address.
    pub(super) fn places(self, place: impl Fn(&str) -> String) -> Vec<(String, String)> {
        let names = [self.host, self.port].into_iter().flatten();
        names.map(|name| (name.to_owned(), place(name))).collect()
    }

    /// Who says what the URL leaves open of the address: `PGHOST and PGPORT say host and port`.
    pub(super) fn address(self) -> Option<String> {
        Some(match (self.host, self.port) {
            (None, None) => return None,
            (Some(host), None) => format!("{host} says the host"),
            (None, Some(port)) => format!("{port} says the port"),
            (Some(host), Some(port)) if host == port => format!("{host} says host and port"),
            (Some(host), Some(port)) => format!("{host} and {port} say host and port"),
        })
    }
}

impl Naming {
    /// A URL in a variable of its own.
    pub(in crate::doctor::checks) fn of(endpoint: &Endpoint, tier: &str) -> Self {
        Self {
            tier: tier.to_owned(),
            variable: endpoint.variable.clone(),
            origin: endpoint.origin.clone(),
            database: endpoint.redis_database(),
            ..Self::default()
        }
    }

    /// The command that changes one part of the address where it stands; `-` asks for it.
    pub(in crate::doctor::checks) fn change(
        &self,
        protocol: Protocol,
        environment: Environment,
        part: &str,
        value: &str,
    ) -> Option<Cure> {
        if let Some(prefix) = &self.prefix {
            let mut given = self.given.iter();
            let name = match given.find(|it| it.part == part) {
                Some(given) => given.variable.clone(),
                None => parts::name(protocol, prefix, part)?,
            };
            let setting = format!("{name}={value}");
            return place::at(&self.tier, self.place(&name), environment, &[&setting]);
        }
        if self.one_of_several {
            return self.ask(environment);
        }
        let change = || self.rewrite(environment, &self.with_part(part, value)?);
        match &self.meant {
            None => change(),
            // Only a person knows it: the rest is written down first.
            Some(url) if value == "-" => {
                let whole = self.set(environment, &[&format!("{}={url}", self.variable)]);
                place::all([whole?, change()?])
            }
            Some(url) => {
                let url = with_part(url, part, value).ok()?;
                self.set(environment, &[&format!("{}={url}", self.variable)])
            }
        }
    }

    /// What to write for a part to count: out from behind the `?` where nobody looks for it there, and with the
    /// host that a login needs. None where that is a socket, of which a URL can only say so behind the `?`.
    fn with_part(&self, part: &str, value: &str) -> Option<Vec<(String, String)>> {
        let one = |part: &str, value: &str| (part.to_owned(), value.to_owned());
        let mut parts = Vec::new();
        if self.behind.contains(&part) {
            parts.push(one(part, ""));
        }
        match &self.hostless {
            Some(host) if ["user", "password"].contains(&part) => {
                if host.starts_with('/') {
                    return None;
                }
                if self.behind.contains(&"host") {
                    parts.push(one("host", ""));
                }
                parts.push(one("host", host));
            }
            _ => {}
        }
        parts.push(one(part, value));
        Some(parts)
    }

    /// The command that asks for the variable which says what the URL leaves open of the address.
    pub(super) fn ask_lender(&self, environment: Environment, variable: &str) -> Option<Cure> {
        let setting = format!("{variable}=-");
        place::at(&self.tier, self.place(variable), environment, &[&setting])
    }

    /// The command that changes several parts of the URL where it stands; an empty value takes one out.
    pub(in crate::doctor::checks) fn rewrite(
        &self,
        environment: Environment,
        parts: &[(String, String)],
    ) -> Option<Cure> {
        let settings: Vec<String> = parts
            .iter()
            .map(|(part, value)| format!("{part}={value}"))
            .collect();
        let mut what = vec![self.variable.as_str()];
        for setting in &settings {
            what.extend(["--part", setting.as_str()]);
        }
        self.set(environment, &what)
    }

    /// The same with a password that stands in another variable, which `like` names.
    pub(in crate::doctor::checks) fn rewrite_like(
        &self,
        environment: Environment,
        parts: &[(String, String)],
        like: &str,
    ) -> Option<Cure> {
        let setting = |(part, value): &(String, String)| match part.as_str() {
            "password" => part.clone(),
            _ => format!("{part}={value}"),
        };
        let settings: Vec<String> = parts.iter().map(setting).collect();
        let mut what = vec![self.variable.as_str()];
        for setting in &settings {
            what.extend(["--part", setting.as_str()]);
        }
        what.extend(["--like", like]);
        self.set(environment, &what)
    }

    /// What `--like` is to be told for the password that it names; none where that stands where no command of ours
    /// looks, or is one of several.
    pub(in crate::doctor::checks) fn password_to_take(&self, protocol: Protocol) -> Option<String> {
        let is_read = place::open(&self.origin).is_none() && self.meant.is_none();
        if !is_read || self.one_of_several || self.lent.password {
            return None;
        }
        Some(match &self.prefix {
            Some(prefix) => {
                let name = parts::name(protocol, prefix, "password")?;
                format!("{}:{name}", self.tier)
            }
            None => format!("{}:{}#password", self.tier, self.variable),
        })
    }

    /// The command that asks for the password alone, where a user stands and no password does.
    pub(super) fn password_for_user(&self, environment: Environment) -> Option<Cure> {
        if self.one_of_several {
            return self.ask(environment);
        }
        let part = |part: &str, value: &str| (part.to_owned(), value.to_owned());
        self.rewrite(environment, &[part("user", ""), part("password", "-")])
    }

    /// The command that takes the password from another variable; `alone` where the user that stands there
    /// goes for it.
    pub(super) fn password_like(
        &self,
        protocol: Protocol,
        environment: Environment,
        like: &str,
        alone: bool,
    ) -> Option<Cure> {
        if let Some(prefix) = &self.prefix {
            let name = parts::name(protocol, prefix, "password")?;
            let what = [name.as_str(), "--like", like];
            return place::at(&self.tier, self.place(&name), environment, &what);
        }
        // Of the last two it takes more than a password.
        let is_more = self.hostless.is_some() || self.behind.contains(&"password");
        if self.one_of_several || self.meant.is_some() || is_more {
            return None;
        }
        let mut what = vec![self.variable.as_str()];
        if alone {
            what.extend(["--part", "user="]);
        }
        what.extend(["--part", "password", "--like", like]);
        self.set(environment, &what)
    }

    /// The variable that says the number of the Redis database, and where it stands.
    pub(in crate::doctor::checks) fn numbered(&self) -> (&str, &str) {
        match &self.numbered_by {
            Some((variable, origin)) => (variable, origin),
            None => (&self.variable, &self.origin),
        }
    }

    /// The option that says whether to use TLS.
    pub(in crate::doctor::checks) fn tls_option(&self) -> &'static str {
        if self.driver == Driver::Asyncpg {
            "ssl"
        } else {
            "sslmode"
        }
    }

    /// The command that says how to use TLS; whatever the URL says of it by another name goes.
    pub(super) fn encrypt(
        &self,
        protocol: Protocol,
        environment: Environment,
        mode: &str,
    ) -> Option<Cure> {
        let option = self.tls_option();
        // Without a word of the URL's, that of the environment would still count.
        let mode = match mode {
            "" if self.lent.tls.is_some() => "disable",
            mode => mode,
        };
        let whole = self.prefix.is_none() && self.meant.is_none() && !self.one_of_several;
        match self.misspelt.filter(|_| whole) {
            Some(other) => {
                let part = |name: &str, value: &str| (name.to_owned(), value.to_owned());
                self.rewrite(environment, &[part(other, ""), part(option, mode)])
            }
            None => self.change(protocol, environment, option, mode),
        }
    }

    /// The variables of these parts, as far as they are set, with their places; the one that stands for all
    /// where none is.
    pub(super) fn of_parts(&self, parts: &[&str]) -> Vec<(&str, &str)> {
        let given = self.given.iter().filter(|it| parts.contains(&it.part));
        let mut found: Vec<(&str, &str)> = given
            .map(|it| (it.variable.as_str(), it.origin.as_str()))
            .collect();
        if found.is_empty() {
            found.push((&self.variable, &self.origin));
        }
        found
    }

    /// The command that asks for those parts of an address that are set; the host where none is.
    pub(super) fn ask_parts(
        &self,
        protocol: Protocol,
        environment: Environment,
        parts: &[&str],
    ) -> Option<Cure> {
        let given = self.given.iter().filter(|it| parts.contains(&it.part));
        let names: Vec<&String> = given.map(|it| &it.variable).collect();
        if names.is_empty() {
            return self.change(protocol, environment, "host", "-");
        }
        let mut places: Vec<(&str, Vec<String>)> = Vec::new();
        for name in names {
            let (at, setting) = (self.place(name), format!("{name}=-"));
            match places.iter_mut().find(|(known, _)| file(known) == file(at)) {
                Some((_, settings)) => settings.push(setting),
                None => places.push((at, vec![setting])),
            }
        }
        let each: Option<Vec<Cure>> = places
            .into_iter()
            .map(|(at, settings)| {
                let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
                place::at(&self.tier, at, environment, &settings)
            })
            .collect();
        place::all(each?)
    }

    /// The command that asks for the whole of what the variable holds.
    pub(in crate::doctor::checks) fn ask(&self, environment: Environment) -> Option<Cure> {
        self.set(environment, &[&format!("{}=-", self.variable)])
    }

    fn set(&self, environment: Environment, what: &[&str]) -> Option<Cure> {
        place::at(&self.tier, self.place(&self.variable), environment, what)
    }

    /// Where one of the variables that name the server stands.
    pub(in crate::doctor::checks) fn place(&self, variable: &str) -> &str {
        let known = self.places.iter().find(|(name, _)| name == variable);
        known.map_or(self.origin.as_str(), |(_, place)| place.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_says_of_tls_by_another_name_goes() {
        let endpoint = Endpoint::postgres("postgresql://h/d", "DATABASE_URL", "backend/.env:3");
        let naming = Naming {
            driver: Driver::Asyncpg,
            misspelt: Some("sslmode"),
            ..Naming::of(&endpoint.expect("a URL"), "backend")
        };
        let line = |naming: &Naming, mode| {
            let cure = naming.encrypt(Protocol::Postgres, Environment::Development, mode);
            cure.map(|cure| cure.line)
        };
        let set = "pixcrawler env set --file backend/.env DATABASE_URL";
        assert_eq!(
            line(&naming, ""),
            Some(format!("{set} --part sslmode= --part ssl="))
        );
        let other = Naming {
            misspelt: None,
            ..naming
        };
        assert_eq!(
            line(&other, "require"),
            Some(format!("{set} --part ssl=require"))
        );
        let lent = Lent {
            tls: Some("PGSSLMODE"),
            ..Lent::default()
        };
        let told = Naming { lent, ..other };
        assert_eq!(line(&told, ""), Some(format!("{set} --part ssl=disable")));
    }

    #[test]
    fn what_has_no_value_gets_a_whole_one() {
        let naming = Naming {
            tier: "root".to_owned(),
            variable: "CELERY_BROKER_URL".to_owned(),
            origin: place::DEFAULT.to_owned(),
            meant: Some("redis://localhost:6379/0".to_owned()),
            ..Naming::default()
        };
        let line = |naming: &Naming, part, value| {
            let cure = naming.change(Protocol::Redis, Environment::Development, part, value);
            cure.map(|cure| (cure.line, cure.asks))
        };
        let set = "pixcrawler env set --tier root CELERY_BROKER_URL";
        assert_eq!(
            line(&naming, "database", "3"),
            Some((format!("{set}=redis://localhost:6379/3"), false))
        );
        assert_eq!(
            line(&naming, "password", "-"),
            Some((
                format!("{set}=redis://localhost:6379/0 && {set} --part password=-"),
                true
            ))
        );
        // It stands in a file, and nothing behind its `=`: there, or that file would still win.
        let empty = Naming {
            places: vec![(naming.variable.clone(), "backend/.env:7".to_owned())],
            ..naming
        };
        let told = line(&empty, "scheme", "rediss");
        let wanted =
            "pixcrawler env set --file backend/.env CELERY_BROKER_URL=rediss://localhost:6379/0";
        assert_eq!(told, Some((wanted.to_owned(), false)));
        let list = Naming {
            one_of_several: true,
            meant: None,
            ..empty
        };
        let told = line(&list, "password", "-");
        let wanted = "pixcrawler env set --file backend/.env CELERY_BROKER_URL=-";
        assert_eq!(told, Some((wanted.to_owned(), true)));
    }
}
