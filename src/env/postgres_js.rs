//! What stands behind the `?` of a database's URL, as postgres.js takes it: a few options of its own, and all
//! others it sends to the server as configuration parameters, which ends the connection where there is none of
//! that name. Read in postgres.js 3.4.9.

use url::Url;

use super::url_options::Unfit;

/// Options of other drivers, which are no configuration parameters.
const FOREIGN: &[&str] = &[
    // libpq's
    "channel_binding",
    "dbname",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "passfile",
    "password",
    "port",
    "require_auth",
    "requirepeer",
    "service",
    "servicefile",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    // Prisma's
    "connection_limit",
    "pgbouncer",
    "pool_timeout",
    "schema",
    "socket_timeout",
    "sslaccept",
    "sslidentity",
    // asyncpg's and SQLAlchemy's
    "async_fallback",
    "command_timeout",
    "direct_tls",
    "prepared_statement_cache_size",
    "statement_cache_size",
    // node-postgres'
    "uselibpqcompat",
];

/// What `sslmode`, or `ssl`, may be without being taken for something else.
const MODES: &[&str] = &[
    "disable",
    "false",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
    // It looks at the certificate then, as other drivers of Node do.
    "true",
    "1",
    "yes",
    "on",
];

/// What the URL says of TLS; `sslmode` wins.
#[must_use]
pub fn tls_option(url: &str) -> Option<String> {
    let url = Url::parse(url.trim()).ok()?;
    let last = |name: &str| {
        let pairs = url.query_pairs().filter(|(known, _)| known == name);
        pairs.last().map(|(_, value)| value.into_owned())
    };
    if last("sslrootcert").is_some_and(|it| it == "system") {
        return Some("verify-full".to_owned());
    }
    last("sslmode")
        .filter(|it| !it.is_empty())
        .or_else(|| last("ssl"))
}

/// The options of a URL that postgres.js does not take, or takes for something else; nothing where all is
/// well.
#[must_use]
pub fn unfit_for_postgres_js(text: &str) -> Option<Unfit> {
    let url = Url::parse(text.trim()).ok()?;
    let mut unfit = Unfit {
        options: Vec::new(),
        parts: Vec::new(),
        notes: Vec::new(),
        fatal: false,
    };
    // It leaves out what has no value.
    let pairs = || url.query_pairs().filter(|(_, value)| !value.is_empty());
    for (name, value) in pairs() {
        if FOREIGN.contains(&name.as_ref()) && !unfit.options.iter().any(|it| *it == name) {
            unfit.fatal = true;
            unfit.options.push(name.to_string());
            unfit.parts.push((name.to_string(), String::new()));
            unfit.parts.extend(in_front(&url, &name, &value));
            unfit.notes.extend(note(&name, &value));
        }
    }
    let get = |wanted: &str| {
        let found = pairs().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    };
    let (key, mode) = match (get("sslmode"), get("ssl")) {
        (Some(mode), _) => ("sslmode", Some(mode)),
        (None, Some(mode)) => ("ssl", Some(mode)),
        (None, None) => ("sslmode", None),
    };
    let odd = mode.as_deref().filter(|mode| !MODES.contains(mode));
    if let Some(mode) = odd {
        unfit.options.push(format!("{key}={mode}"));
        unfit.notes.push(
            "postgres.js looks at the certificate and its name unless that says require, prefer, allow or disable"
                .to_owned(),
        );
    }
    let meant = match odd {
        Some("0" | "no" | "off") => Some("disable"),
        // What it is to mean nobody knows; encrypted it shall be.
        Some(_) => Some("require"),
        None => mode.as_deref(),
    };
    // As libpq reads it: who names authorities wants the certificate looked at.
    let wanted = match (get("sslrootcert").as_deref(), meant) {
        (Some("system"), _) => Some("verify-full"),
        (Some(_), None | Some("require" | "prefer" | "allow")) => Some("verify-ca"),
        (_, meant) => meant,
    };
    if let Some(wanted) = wanted.filter(|wanted| mode.as_deref() != Some(wanted)) {
        unfit.parts.push((key.to_owned(), wanted.to_owned()));
    }
    (!unfit.options.is_empty()).then_some(unfit)
}

/// The part of the address that an option is, where it is to stand if the URL has none there. A password is for a
/// person to say: no command shows it.
fn in_front(url: &Url, name: &str, value: &str) -> Option<(String, String)> {
    let is_open = match name {
        "dbname" => url.path().trim_start_matches('/').is_empty(),
        "host" | "hostaddr" => url.host_str().is_none_or(str::is_empty) && !value.starts_with('/'),
        "password" => url.password().is_none(),
        "port" => url.port().is_none(),
        _ => false,
    };
    let (part, value) = match name {
        "dbname" => ("database", value),
        "hostaddr" => ("host", value),
        "password" => (name, "-"),
        _ => (name, value),
    };
    is_open.then(|| (part.to_owned(), value.to_owned()))
}

/// What to know when an option is taken out.
fn note(name: &str, value: &str) -> Option<String> {
    Some(match name {
        "sslrootcert" if value == "system" => {
            "Node trusts Mozilla's authorities, and with NODE_OPTIONS=--use-system-ca those of the system"
                .to_owned()
        }
        "sslrootcert" => format!(
            "Node takes authorities from the process environment: NODE_EXTRA_CA_CERTS={value}"
        ),
        "sslcert" | "sslkey" => {
            format!("{name} is for the code to say: postgres(url, {{ ssl: {{ cert, key }} }})")
        }
        "host" if value.starts_with('/') => {
            "a socket is for the code to say: postgres(url, { host: … })".to_owned()
        }
        "schema" => "postgres.js hands search_path on to the server: search_path=… in its place".to_owned(),
        "connection_limit" => "connection_limit is postgres.js' max: max=… in its place".to_owned(),
        "pgbouncer" | "statement_cache_size" | "prepared_statement_cache_size" => {
            format!("{name} is for the code to say: postgres(url, {{ prepare: false }})")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfit(query: &str) -> Option<(String, bool)> {
        let unfit = unfit_for_postgres_js(&format!("postgresql://u:p@h/d?{query}"))?;
        let parts = unfit
            .parts
            .iter()
            .map(|(part, value)| format!("{part}={value}"));
        Some((parts.collect::<Vec<_>>().join(" "), unfit.fatal))
    }

    #[test]
    fn what_it_takes_and_what_the_server_takes_is_left_alone() {
        for query in [
            "",
            "sslmode=require",
            "ssl=true&max=5&idle_timeout=20",
            "sslmode=verify-full&sslnegotiation=direct",
            "application_name=web&search_path=app&statement_timeout=5000&app.tenant=1",
            "sslrootcert=",
        ] {
            assert_eq!(unfit(query), None, "{query}");
        }
    }

    #[test]
    fn what_the_server_would_refuse_goes_and_tls_stays_as_it_was_meant() {
        for (query, parts, fatal) in [
            (
                "sslmode=verify-full&sslrootcert=/ca.crt",
                "sslrootcert=",
                true,
            ),
            (
                "sslmode=require&sslrootcert=/ca.crt",
                "sslrootcert= sslmode=verify-ca",
                true,
            ),
            (
                "sslrootcert=/ca.crt",
                "sslrootcert= sslmode=verify-ca",
                true,
            ),
            (
                "sslrootcert=system",
                "sslrootcert= sslmode=verify-full",
                true,
            ),
            (
                "pgbouncer=true&connection_limit=1",
                "pgbouncer= connection_limit=",
                true,
            ),
            (
                "dbname=x&password=secret&port=7",
                "dbname= password= port= port=7",
                true,
            ),
            ("host=/run/x", "host=", true),
            ("ssl=no-verify", "ssl=require", false),
            ("sslmode=bogus", "sslmode=require", false),
            ("sslmode=off&ssl=require", "sslmode=disable", false),
        ] {
            assert_eq!(unfit(query), Some((parts.to_owned(), fatal)), "{query}");
        }
    }

    #[test]
    fn what_stands_behind_alone_goes_where_it_counts() {
        let parts = |url: &str| unfit_for_postgres_js(url).map(|it| it.parts);
        let all = "postgresql:///?host=h&hostaddr=::1&port=7&user=u&password=pw&dbname=d";
        let is = [
            ("host", ""),
            ("host", "h"),
            ("hostaddr", ""),
            ("host", "::1"),
            ("port", ""),
            ("port", "7"),
            ("password", ""),
            ("password", "-"),
            ("dbname", ""),
            ("database", "d"),
        ];
        let is = is.map(|(part, value)| (part.to_owned(), value.to_owned()));
        assert_eq!(parts(all), Some(is.to_vec()));
        assert_eq!(parts("postgresql://h/?user=u&database=d"), None);
    }

    #[test]
    fn sslmode_wins_over_ssl() {
        let told = |query: &str| tls_option(&format!("postgresql://u:p@h/d?{query}"));
        assert_eq!(told("ssl=true&sslmode=require").as_deref(), Some("require"));
        assert_eq!(told("ssl=true&sslmode=").as_deref(), Some("true"));
        assert_eq!(
            told("sslrootcert=system&ssl=require").as_deref(),
            Some("verify-full")
        );
        assert_eq!(told("max=1"), None);
    }
}
