//! What stands behind the `?` of a database's URL, as asyncpg takes it. `SQLAlchemy` hands each option to
//! `asyncpg.connect()` under its own name, and one that this function does not know ends the program.
//! Looked up in asyncpg 0.32 under `SQLAlchemy` 2.0 and 2.1, one option at a time.

use url::Url;

/// What it takes as text, and what `SQLAlchemy` keeps for itself.
const TAKEN: &[&str] = &[
    "command_timeout",
    "database",
    "direct_tls",
    "gsslib",
    "host",
    "krbsrvname",
    "passfile",
    "password",
    "port",
    "prepared_statement_cache_size",
    "service",
    "servicefile",
    "ssl",
    "target_session_attrs",
    "user",
];

/// What `SQLAlchemy` kept for itself before 2.1, which hands it on like all others.
const FALLBACK: &str = "async_fallback";

/// What nobody else takes.
const ASYNCPGS_OWN: &[&str] = &[
    FALLBACK,
    "command_timeout",
    "direct_tls",
    "prepared_statement_cache_size",
];

/// What `ssl` may be.
const MODES: &[&str] = &[
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

/// Files that libpq's URLs name, and the variables of the process environment that name them to asyncpg.
const FILES: &[(&str, &str)] = &[
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("sslcrl", "PGSSLCRL"),
    ("sslnegotiation", "PGSSLNEGOTIATION"),
];

/// What the code must say, since text will not do: in the URL, and to `create_async_engine`.
const OF_CODE: &[(&str, &str)] = &[
    (
        "application_name",
        "\"server_settings\": {\"application_name\": …}",
    ),
    ("connect_timeout", "\"timeout\": …"),
    ("options", "\"server_settings\": {…}"),
    ("schema", "\"server_settings\": {\"search_path\": …}"),
    ("statement_cache_size", "\"statement_cache_size\": …"),
    ("timeout", "\"timeout\": …"),
];

/// Options that a driver does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// As they stand there; a value only where it is what is wrong.
    pub options: Vec<String>,
    /// Parts of the URL to set in their place; an empty value takes one out.
    pub parts: Vec<(String, String)>,
    /// What is lost with them, and where it is to be said.
    pub notes: Vec<String>,
    /// There is no connection with them; otherwise there is one, by chance not the one that is meant.
    pub fatal: bool,
}

/// Whether a URL's scheme names asyncpg.
#[must_use]
pub fn is_for_asyncpg(url: &str) -> bool {
    let scheme = url.trim().split("://").next().unwrap_or_default();
    scheme
        .split_once('+')
        .is_some_and(|(_, driver)| driver.eq_ignore_ascii_case("asyncpg"))
}

/// Whether asyncpg knows a word as a mode of TLS: as libpq writes it, or with `_` for each `-`.
#[must_use]
pub fn is_tls_mode(word: &str) -> bool {
    MODES.contains(&word.replace('_', "-").as_str())
}

/// Whether a URL leaves it to its driver whether to use TLS.
#[must_use]
pub fn says_nothing_of_tls(url: &str) -> bool {
    Url::parse(url.trim()).is_ok_and(|url| {
        let mut pairs = url.query_pairs();
        !pairs.any(|(name, _)| matches!(name.as_ref(), "ssl" | "sslmode" | "sslrootcert"))
    })
}

/// The first version of `SQLAlchemy` that hands `async_fallback` on to asyncpg.
pub const WITHOUT_FALLBACK: &str = "2.1";

/// Whether a URL has the option that `SQLAlchemy` up to 2.0 keeps for itself.
#[must_use]
pub fn has_fallback(url: &str) -> bool {
    Url::parse(url.trim()).is_ok_and(|url| {
        let mut pairs = url.query_pairs();
        pairs.any(|(name, value)| name == FALLBACK && !value.is_empty())
    })
}

/// The options of a URL that asyncpg refuses, or nothing. `keeps_fallback` tells whether the `SQLAlchemy`
/// before it is older than [`WITHOUT_FALLBACK`].
#[must_use]
pub fn unfit_for_asyncpg(url: &str, keeps_fallback: bool) -> Option<Unfit> {
    let url = Url::parse(url.trim()).ok()?;
    // SQLAlchemy leaves out what has no value.
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .into_owned()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let get = |name: &str| {
        let found = pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let mut unfit = Unfit {
        options: Vec::new(),
        parts: Vec::new(),
        notes: Vec::new(),
        fatal: true,
    };
    for (name, value) in &pairs {
        if name == "ssl" && !MODES.contains(&value.as_str()) {
            unfit.options.push(format!("ssl={value}"));
        } else if name == FALLBACK && keeps_fallback {
            // Nobody but SQLAlchemy sees it.
        } else if !TAKEN.contains(&name.as_str()) && !unfit.options.contains(name) {
            unfit.options.push(name.clone());
            unfit.parts.push((name.clone(), String::new()));
            unfit.notes.extend(note(name, value));
        }
    }
    if unfit.options.is_empty() {
        return None;
    }
    let mode = mode(get("ssl"), get("sslmode"), get("sslrootcert"));
    // There is no such bond without TLS.
    let bound = get("channel_binding") == Some("require");
    let mode = match mode {
        None | Some("allow" | "prefer") if bound => Some("require"),
        mode => mode,
    };
    if let Some(mode) = mode.filter(|mode| get("ssl") != Some(mode)) {
        unfit.parts.push(("ssl".to_owned(), mode.to_owned()));
    }
    Some(unfit)
}

/// The parts in which a URL that was asyncpg's changes for those who know libpq's names.
#[must_use]
pub fn of_libpq(url: &Url) -> Vec<(String, String)> {
    let pairs = || url.query_pairs().filter(|(_, value)| !value.is_empty());
    let own = pairs().filter(|(name, _)| ASYNCPGS_OWN.contains(&name.as_ref()));
    let mut parts: Vec<(String, String)> = own
        .map(|(name, _)| (name.into_owned(), String::new()))
        .collect();
    let says = pairs().any(|(name, _)| name == "sslmode");
    if let Some((_, mode)) = pairs().find(|(name, _)| name == "ssl" && !says) {
        parts.push(("ssl".to_owned(), String::new()));
        parts.push(("sslmode".to_owned(), mode.into_owned()));
    }
    parts
}

/// How asyncpg calls what the URL asks for. It never asks for less than before.
fn mode<'a>(ssl: Option<&'a str>, sslmode: Option<&'a str>, root: Option<&str>) -> Option<&'a str> {
    let said = ssl.filter(|it| MODES.contains(it)).or(sslmode).or(ssl);
    let meant = said.map(|said| match said.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" | "no-verify" => "require",
        "false" | "0" | "no" | "off" => "disable",
        // What another word is to mean nobody knows; encrypted it shall be.
        word => MODES.iter().find(|it| **it == word).unwrap_or(&"require"),
    });
    match (meant, root) {
        // As libpq does: `system` always checks the name, a file makes `require` check the authority.
        (_, Some("system")) => Some("verify-full"),
        (None | Some("require"), Some(_)) => Some("verify-ca"),
        (meant, _) => meant,
    }
}

/// What to know when an option is taken out.
fn note(name: &str, value: &str) -> Option<String> {
    if let Some((_, variable)) = FILES.iter().find(|(known, _)| *known == name) {
        return Some(if value == "system" {
            format!(
                "asyncpg wants the system's certificates as a file, named by {variable} in the process environment"
            )
        } else {
            format!("asyncpg takes {name} from the process environment: {variable}={value}")
        });
    }
    if let Some((_, said)) = OF_CODE.iter().find(|(known, _)| *known == name) {
        return Some(format!(
            "{name} is for the code to say: create_async_engine(…, connect_args={{{said}}})"
        ));
    }
    match name {
        "channel_binding" => Some(
            "asyncpg does not bind the login to the connection; ssl=verify-full is what finds a server that only pretends"
                .to_owned(),
        ),
        "sslpassword" => Some("asyncpg takes no password of a key file from a URL".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(query: &str) -> String {
        let unfit = unfit_for_asyncpg(&format!("postgresql+asyncpg://u:p@h/d?{query}"), true);
        let parts = unfit.map_or_else(Vec::new, |it| it.parts);
        let words: Vec<String> = parts
            .iter()
            .map(|(part, value)| format!("{part}={value}"))
            .collect();
        words.join(" ")
    }

    #[test]
    fn what_asyncpg_takes_is_left_alone() {
        for query in [
            "",
            "ssl=require",
            "ssl=verify-full&command_timeout=5",
            "prepared_statement_cache_size=0&target_session_attrs=any",
            "host=/cloudsql/a:b:c",
            "async_fallback=true",
            // SQLAlchemy does not hand on what is empty.
            "sslmode=",
        ] {
            assert_eq!(parts(query), "", "{query}");
        }
    }

    #[test]
    fn what_sqlalchemy_no_longer_keeps_for_itself_is_taken_out() {
        let url = "postgresql+asyncpg://u:p@h/d?async_fallback=true&ssl=require";
        assert!(has_fallback(url) && !has_fallback("postgresql://h/d?async_fallback="));
        assert_eq!(unfit_for_asyncpg(url, true), None);
        let unfit = unfit_for_asyncpg(url, false).expect("a finding");
        assert_eq!(unfit.options, ["async_fallback"]);
        assert_eq!(unfit.parts, [("async_fallback".to_owned(), String::new())]);
    }

    #[test]
    fn what_a_url_says_of_tls_is_seen() {
        assert!(says_nothing_of_tls("postgresql://u:p@h/d?x=1"));
        for url in [
            "postgresql://u:p@h/d?sslmode=prefer",
            "postgresql://h/d?ssl=1",
            "h",
        ] {
            assert!(!says_nothing_of_tls(url), "{url}");
        }
    }

    #[test]
    fn each_other_option_is_taken_out_and_tls_stays_as_it_was_meant() {
        for (query, wanted) in [
            ("sslmode=require", "sslmode= ssl=require"),
            ("sslmode=disable", "sslmode= ssl=disable"),
            ("sslmode=disable&ssl=require", "sslmode="),
            ("ssl=true", "ssl=require"),
            ("ssl=false", "ssl=disable"),
            ("ssl=False", "ssl=disable"),
            ("ssl=TRUE", "ssl=require"),
            ("ssl=Verify-Full", "ssl=verify-full"),
            ("ssl=perhaps", "ssl=require"),
            ("sslmode=no-verify", "sslmode= ssl=require"),
            ("options=-csearch_path%3Dx", "options="),
            (
                "sslmode=require&channel_binding=require",
                "sslmode= channel_binding= ssl=require",
            ),
            ("channel_binding=require", "channel_binding= ssl=require"),
            (
                "pgbouncer=true&connection_limit=1",
                "pgbouncer= connection_limit=",
            ),
            (
                "sslmode=verify-full&sslrootcert=/ca.crt",
                "sslmode= sslrootcert= ssl=verify-full",
            ),
            (
                "sslmode=require&sslrootcert=/ca.crt",
                "sslmode= sslrootcert= ssl=verify-ca",
            ),
            ("sslrootcert=system", "sslrootcert= ssl=verify-full"),
        ] {
            assert_eq!(parts(query), wanted, "{query}");
        }
    }

    #[test]
    fn what_is_lost_is_said_without_secrets() {
        let url = "postgresql+asyncpg://u:p@h/d?sslrootcert=/ca.crt&sslpassword=hunter22&connect_timeout=5";
        let notes = unfit_for_asyncpg(url, true)
            .map(|it| it.notes)
            .unwrap_or_default();
        assert_eq!(
            notes.first().map(String::as_str),
            Some("asyncpg takes sslrootcert from the process environment: PGSSLROOTCERT=/ca.crt")
        );
        assert_eq!(notes.len(), 3);
        assert!(!notes.concat().contains("hunter22"));
        assert!(is_for_asyncpg(url) && !is_for_asyncpg("postgresql://u:p@h/d"));
    }
}
