//! What switches a setting off that makes every transaction one that only reads.

use crate::service::endpoint::Endpoint;
use crate::system::database::session;
use crate::text::remedy;

use super::superuser::as_superuser;

const SETTING: &str = "default_transaction_read_only";

/// The command that takes the setting back where it was made, and for what that is; none where that is no
/// database and no role. `source` is where, as `pg_settings` calls it, with a word more where the database is
/// ours; `client` is psql as our user.
pub(super) fn reset(
    endpoint: &Endpoint,
    source: &str,
    client: &str,
) -> Option<(String, &'static str)> {
    let database = endpoint.database.as_deref()?;
    let user = endpoint.user.as_deref()?;
    let (named, role) = (session::name(database), session::name(user));
    let (whose, what) = match source {
        "database" | "database own" => ("the database", format!("DATABASE {named}")),
        "user" | "user own" => ("the role", format!("ROLE {role}")),
        "database user" | "database user own" => (
            "the role in this database",
            format!("ROLE {role} IN DATABASE {named}"),
        ),
        _ => return None,
    };
    let order = format!("ALTER {what} RESET {SETTING}");
    let line = if source == "database" {
        as_superuser(endpoint, &order)
    } else {
        // The session that takes it back is under it, too; each -c has a transaction of its own.
        let first = remedy::quoted(&format!("SET {SETTING} = off"));
        let order = remedy::quoted(&order);
        format!(
            "{client} -d {} -c {first} -c {order}",
            remedy::quoted(database)
        )
    };
    Some((line, whose))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn it_is_taken_back_where_it_was_made() {
        let url = "postgresql://app:pw@h:7/shop";
        let endpoint = Endpoint::postgres(url, "DATABASE_URL", "").expect(url);
        let line = |source: &str| reset(&endpoint, source, "psql").map(|it| it.0);
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
        assert_eq!(line("configuration file"), None);
    }
}
