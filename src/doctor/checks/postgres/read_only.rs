//! What switches a setting off that makes every transaction one that only reads.

use crate::service::endpoint::Endpoint;
use crate::system::database::session;
use crate::text::remedy;

use super::superuser::{all_as_superuser, as_superuser};

const SETTING: &str = "default_transaction_read_only";

/// The file that `ALTER SYSTEM` writes.
const AUTO: &str = "postgresql.auto.conf";

/// The file of the server again, as `ALTER SYSTEM` and an editor leave it.
const RELOAD: &str = "SELECT pg_reload_conf()";

/// The command that takes the setting back where it was made, and what that is in words. `source` is where, as
/// `pg_settings` calls it, with a word more where the database is ours, `file` the file of the server where our user
/// sees that; `client` is psql as our user.
pub(super) fn reset(
    endpoint: &Endpoint,
    (source, file): (&str, Option<&str>),
    client: &str,
) -> Option<(String, String)> {
    let database = endpoint.database.as_deref()?;
    let user = endpoint.user.as_deref()?;
    let (named, role) = (session::name(database), session::name(user));
    // Our session is under it, too; each -c has a transaction of its own.
    let first = format!("SET {SETTING} = off");
    let ours = |orders: &[&str]| {
        let orders: Vec<String> = orders
            .iter()
            .map(|order| format!(" -c {}", remedy::quoted(order)))
            .collect();
        format!(
            "{client} -d {}{}",
            remedy::quoted(database),
            orders.concat()
        )
    };
    let (whose, what) = match source.trim_end_matches(" own") {
        "database" => ("the database", format!("DATABASE {named}")),
        "user" => ("the role", format!("ROLE {role}")),
        "database user" => (
            "the role in this database",
            format!("ROLE {role} IN DATABASE {named}"),
        ),
        "global" => {
            let order = format!("ALTER ROLE ALL RESET {SETTING}");
            let line = all_as_superuser(endpoint, &[&first, &order]);
            return Some((line, "it was switched on for all roles".to_owned()));
        }
        "configuration file" => return Some(in_file(endpoint, file, &first, &ours)),
        _ => return None,
    };
    let order = format!("ALTER {what} RESET {SETTING}");
    let line = if source == "database" {
        as_superuser(endpoint, &order)
    } else {
        ours(&[&first, &order])
    };
    Some((line, format!("it was switched on for {whose}")))
}

/// The same where a file of the server says it: only a superuser sees which one.
fn in_file(
    endpoint: &Endpoint,
    file: Option<&str>,
    first: &str,
    ours: &dyn Fn(&[&str]) -> String,
) -> (String, String) {
    let system = format!("ALTER SYSTEM RESET {SETTING}");
    match file {
        Some(file) if file.contains(AUTO) => (
            ours(&[first, &system, RELOAD]),
            "it was switched on for the whole server by ALTER SYSTEM".to_owned(),
        ),
        Some(file) => (
            ours(&[RELOAD]),
            format!(
                "the server's own {file} says so: take it out there, and then have it read again"
            ),
        ),
        None => {
            let asked =
                format!("SELECT sourcefile, sourceline FROM pg_settings WHERE name = '{SETTING}'");
            (
                as_superuser(endpoint, &asked),
                format!(
                    "a file of the server's says so, of which a superuser knows which: where that is {AUTO}, {system} takes it back, else it is taken out there; {RELOAD} makes that count"
                ),
            )
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn it_is_taken_back_where_it_was_made() {
        let url = "postgresql://app:pw@h:7/shop";
        let endpoint = Endpoint::postgres(url, "DATABASE_URL", "").expect(url);
        let of = |source: &str, file| reset(&endpoint, (source, file), "psql").map(|it| it.0);
        let line = |source: &str| of(source, None);
        let own = |order: &str| {
            let first = "SET default_transaction_read_only = off";
            Some(format!(
                "psql -d shop -c '{first}' -c '{order} RESET default_transaction_read_only'"
            ))
        };
        assert_eq!(line("database own"), own("ALTER DATABASE \"shop\""));
        assert_eq!(line("user"), own("ALTER ROLE \"app\""));
        let both = "ALTER ROLE \"app\" IN DATABASE \"shop\"";
        assert_eq!(line("database user own"), own(both));
        let others = line("database").unwrap_or_default();
        assert!(
            others.starts_with("psql -h h -p 7 -U postgres "),
            "{others}"
        );
        assert_eq!(line("command line"), None);
        let global = line("global").unwrap_or_default();
        assert!(
            global.ends_with("-c 'ALTER ROLE ALL RESET default_transaction_read_only'"),
            "{global}"
        );
    }

    #[test]
    fn what_a_file_of_the_server_says_is_taken_out_of_that() {
        let url = "postgresql://app:pw@h:7/shop";
        let endpoint = Endpoint::postgres(url, "DATABASE_URL", "").expect(url);
        let of = |file: Option<&str>| {
            reset(&endpoint, ("configuration file own", file), "psql").expect("a way out")
        };
        let (line, _) = of(Some("/data/postgresql.auto.conf:3"));
        let orders = "psql -d shop -c 'SET default_transaction_read_only = off' -c 'ALTER SYSTEM RESET default_transaction_read_only' -c 'SELECT pg_reload_conf()'";
        assert_eq!(line, orders);
        let (line, words) = of(Some("/etc/postgresql.conf:70"));
        assert_eq!(line, "psql -d shop -c 'SELECT pg_reload_conf()'");
        assert!(words.contains("/etc/postgresql.conf:70"), "{words}");
        // Who is no superuser does not see it.
        let (line, words) = of(None);
        assert!(line.contains("-U postgres -d template1"), "{line}");
        assert!(line.contains("sourcefile"), "{line}");
        assert!(words.contains("ALTER SYSTEM RESET"), "{words}");
    }
}
