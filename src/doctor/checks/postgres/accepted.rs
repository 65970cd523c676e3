//! A Postgres that lets us in: what it is, and whether that is enough.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure};
use crate::system::database::session;
use crate::system::postgres::{Pooler, PostgresFacts};
use crate::text::{duration, remedy};
use crate::workspace::Environment;

use super::super::place;
use super::super::servers::{Server, finding, is_here, mended};
use super::pools::{self, Bounds};
use super::prepared::{self, Habits};
use super::refused::primary;
use super::rules::{OLD, POOLER, POOLS, READ_ONLY, SLOW, TLS};
use super::superuser::as_superuser;
use super::{Demand, OLDEST, SLOW_FROM, hba, read_only, tls};

/// What is known of it, and of those who use it.
pub(super) struct Accepted<'a> {
    pub(super) server: &'a Server,
    pub(super) known: &'a PostgresFacts,
    pub(super) demand: Demand,
    /// Connections that one pool keeps.
    pub(super) pool: u32,
    /// How large that may be.
    pub(super) bounds: Bounds,
    /// What they say of prepared statements.
    pub(super) habits: Habits,
    /// What its row says of TLS; none where another row tells of it.
    pub(super) tls: Option<String>,
    /// Who logs in, where its row tells of one of several.
    pub(super) user: Option<&'a str>,
}

/// A limit that is not the server's own.
struct Limit {
    allowed: u32,
    whose: String,
    /// What changes it begins so.
    sql: String,
}

impl Accepted<'_> {
    pub(super) fn judge(&self, answer: Answer, environment: Environment) -> Answer {
        let answer = self.found(answer);
        let answer = self.version(answer);
        let answer = self.encryption(answer, environment);
        let answer = tls::authorities(answer, self.server);
        let answer = tls::did_without(answer, self.server);
        let answer = self.writes(answer, environment);
        let answer = self.pooler(answer, environment);
        let answer = self.connections(answer, environment);
        self.distance(answer, environment)
    }

    fn finding(&self, rule: &'static Rule, message: String) -> Finding {
        finding(rule, self.server, None, message)
    }

    fn found(&self, answer: Answer) -> Answer {
        let known = self.known;
        let Some(tls) = &self.tls else {
            return answer;
        };
        let pooled = match known.pooler {
            Some(Pooler::Transaction) => ", pooler in transaction mode",
            Some(Pooler::Session) => ", pooler in session mode",
            Some(Pooler::Statement) => ", pooler in statement mode",
            None => "",
        };
        let user = self
            .user
            .map_or(String::new(), |user| format!(" as {user}"));
        answer.and(format!(
            "{} at {}{user}, {}, {tls}{pooled}, {} of {} connections",
            known.version,
            self.server.shown(),
            duration(known.round_trip),
            known.in_use,
            known.max_connections,
        ))
    }

    fn version(&self, answer: Answer) -> Answer {
        let version = &self.known.version;
        let major = version.split('.').next().and_then(|text| text.parse().ok());
        if major.unwrap_or(OLDEST) >= OLDEST {
            return answer;
        }
        let message = format!(
            "Postgres at {} is {version}, {OLDEST} is the oldest that gets corrections",
            self.server.shown()
        );
        answer.problem(
            self.finding(&OLD, message)
                .note("what is in it, for a newer one, where psql -f all.sql reads it")
                .help(format!("{} > all.sql", self.client("pg_dumpall"))),
        )
    }

    fn encryption(&self, answer: Answer, environment: Environment) -> Answer {
        let known = self.known;
        if is_here(&self.server.endpoint) || known.encrypted || known.own {
            return answer;
        }
        let deployed = matches!(environment, Environment::Staging | Environment::Production);
        let severity = if deployed {
            Severity::Error
        } else {
            Severity::Warning
        };
        let message = format!("{} is reached without TLS", self.server.shown());
        let finding = self.finding(&TLS, message).severity(severity);
        if known.refuses_tls {
            return answer.problem(
                finding
                    .note(hba::ONLY_PLAIN)
                    .note("password and data can be read on the way; host or hostssl in that line lets us in with TLS, and SELECT pg_reload_conf() makes it count")
                    .note("where that file is, asked by a superuser:")
                    .help(as_superuser(&self.server.endpoint, "SHOW hba_file")),
            );
        }
        if known.offers_tls {
            let cure = self.server.encrypt(environment, "require");
            return mended(answer, finding, cure, tls::words(self.server));
        }
        // Whoever insists on it now gets nothing at all.
        let finding = finding
            .note("it has none: a URL that insists on it would be refused")
            .note("password and data can be read on the way, which only a network that you trust bears");
        answer.problem(if known.pooler.is_some() {
            finding.help("give the pooler a certificate; PgBouncer: client_tls_sslmode, client_tls_cert_file, client_tls_key_file")
        } else {
            finding
                .note("a superuser switches it on there, with server.crt and server.key in its data directory:")
                .help(format!(
                    "psql -h {} -p {} -U postgres -d template1 -c 'ALTER SYSTEM SET ssl = on' -c 'SELECT pg_reload_conf()'",
                    remedy::quoted(&self.server.endpoint.host),
                    self.server.endpoint.port
                ))
        })
    }

    /// Whether the API may write there.
    fn writes(&self, answer: Answer, environment: Environment) -> Answer {
        if !self.server.is_of("backend") {
            return answer;
        }
        let shown = self.server.shown();
        if self.known.standby {
            let message = format!("{shown} is a standby, which takes no writes");
            let finding = self.finding(&READ_ONLY, message);
            return primary(answer, finding, self.server, environment);
        }
        if self.known.read_only {
            let message = format!("{shown} takes no writes: default_transaction_read_only is on");
            let finding = self.finding(&READ_ONLY, message);
            let source = self.known.read_only_by.as_deref().unwrap_or_default();
            // Somebody may have switched it on for a reason: it is for a person to run.
            let source = (source, self.known.read_only_file.as_deref());
            let reset = read_only::reset(&self.server.endpoint, source, &self.client("psql"));
            return answer.problem(match reset {
                Some((line, where_from)) => finding
                    .note(format!(
                        "{where_from}; Supabase does so when a disk is full: make room before"
                    ))
                    .note("connections that are open keep it: restart what has them")
                    .help(line),
                None => finding
                    .note("it was switched on as the server was started, or by the URL; Supabase does so when a disk is full")
                    .help(self.query(&[
                        "SELECT source FROM pg_settings WHERE name = 'default_transaction_read_only'",
                    ])),
            });
        }
        answer
    }

    fn pooler(&self, answer: Answer, environment: Environment) -> Answer {
        if self.known.pooler == Some(Pooler::Statement) {
            let message = format!(
                "{} is a pooler in statement mode: every transaction fails",
                self.server.shown()
            );
            let finding = self
                .finding(&POOLER, message)
                .severity(Severity::Error)
                .note("pool_mode = session in its configuration mends it for all; to go past it, name the port of the server itself:");
            let cure = self.server.change(environment, "port", "-");
            let words = format!("use the direct port in {}", self.server.place());
            return mended(answer, finding, cure, words);
        }
        if self.known.pooler != Some(Pooler::Transaction) {
            return answer;
        }
        prepared::judge(answer, self.server, &self.habits, environment)
    }

    fn connections(&self, answer: Answer, environment: Environment) -> Answer {
        let known = self.known;
        let address = self.server.endpoint.address();
        let allowed = known.max_connections.saturating_sub(known.reserved);
        let wanted = self.demand.total();
        if self.server.is_of("backend") && known.pooler.is_none() {
            if let Some(limit) = self.limit().filter(|it| it.allowed < wanted.min(allowed)) {
                return self.limited(answer, &limit, environment);
            }
            if wanted > allowed {
                let message = format!(
                    "the backend's pools may open {wanted} connections, {address} allows {allowed}"
                );
                let finding = self.finding(&POOLS, message);
                return answer.mended_by(finding, self.smaller(allowed, environment));
            }
        }
        if known.max_connections > 0 && known.in_use.saturating_mul(10) >= allowed.saturating_mul(9)
        {
            let message = format!(
                "{} of {allowed} connections to {address} are in use",
                known.in_use.min(allowed)
            );
            let asked = self.query(&["SELECT pid, application_name, state FROM pg_stat_activity"]);
            let finding = self.finding(&POOLS, message);
            let finding = match known.in_use.saturating_sub(allowed) {
                0 => finding,
                more => finding.note(format!(
                    "and {more} of the {} that are kept for superusers",
                    known.reserved
                )),
            };
            return answer.problem(
                finding
                    .note("who holds them, and may be ended or given a smaller pool")
                    .help(asked),
            );
        }
        answer
    }

    /// The least of what the role and the database may have, where they have limits of their own.
    fn limit(&self) -> Option<Limit> {
        let endpoint = &self.server.endpoint;
        let user = endpoint.user.as_deref().unwrap_or("postgres");
        let database = endpoint.database.as_deref().unwrap_or(user);
        let role = self.known.of_role.map(|allowed| Limit {
            allowed,
            whose: format!("the role `{user}`"),
            sql: format!("ALTER ROLE {}", session::name(user)),
        });
        let of_database = self.known.of_database.map(|allowed| Limit {
            allowed,
            whose: format!("the database `{database}`"),
            sql: format!("ALTER DATABASE {}", session::name(database)),
        });
        role.into_iter()
            .chain(of_database)
            .min_by_key(|it| it.allowed)
    }

    /// Pools that want more than such a limit: smaller ones, where that does, or a higher limit.
    fn limited(&self, answer: Answer, limit: &Limit, environment: Environment) -> Answer {
        let (allowed, wanted) = (limit.allowed, self.demand.total());
        let message = format!(
            "the backend's pools may open {wanted} connections, {} at {} may have {allowed}",
            limit.whose,
            self.server.endpoint.address()
        );
        let finding = self.finding(&POOLS, message);
        let sql = format!("{} CONNECTION LIMIT {wanted}", limit.sql);
        let raise = as_superuser(&self.server.endpoint, &sql);
        let least = self.demand.of_tasks().saturating_add(self.demand.processes);
        if least > allowed {
            return answer.problem(
                finding
                    .note("no pool is small enough for that; a superuser raises it, for as many as there are pools:")
                    .help(raise),
            );
        }
        let finding = finding.note(format!(
            "a superuser raises that in place of it: {raise}; smaller pools:"
        ));
        answer.mended_by(finding, self.smaller(allowed, environment))
    }

    /// A client program of Postgres, with where it is to go.
    fn client(&self, program: &str) -> String {
        let endpoint = &self.server.endpoint;
        let user = endpoint.user.as_deref().unwrap_or("postgres");
        format!(
            "{program} -h {} -p {} -U {}",
            remedy::quoted(&endpoint.host),
            endpoint.port,
            remedy::quoted(user)
        )
    }

    /// The command that asks it these.
    fn query(&self, statements: &[&str]) -> String {
        let database = self.server.endpoint.database.as_deref();
        let named = remedy::quoted(database.unwrap_or("postgres"));
        statements.iter().fold(
            format!("{} -d {named}", self.client("psql")),
            |line, sql| format!("{line} -c \"{sql}\""),
        )
    }

    /// Pools that fit, the kept part of each no larger than it was. What the worker takes stays as it is.
    fn smaller(&self, allowed: u32, environment: Environment) -> Cure {
        let left = allowed.saturating_sub(self.demand.of_tasks());
        let each = (left / self.demand.processes.max(1)).max(1);
        let (size, overflow) = self.bounds.split(each, self.pool);
        let settings = [
            format!("{}={size}", pools::SIZE),
            format!("{}={overflow}", pools::OVERFLOW),
        ];
        let what: Vec<&str> = settings.iter().map(String::as_str).collect();
        place::at("backend", place::DEFAULT, environment, &what)
            .unwrap_or_else(|| Cure::new(settings.join(" ")))
    }

    fn distance(&self, answer: Answer, environment: Environment) -> Answer {
        let trip = self.known.round_trip;
        if trip <= SLOW_FROM {
            return answer;
        }
        let message = format!("{} takes {} to answer", self.server.shown(), duration(trip));
        let finding = self
            .finding(&SLOW, message)
            .note("a database in a nearer region, or on this machine, is better for development");
        mended(
            answer,
            finding,
            self.server.correct(environment),
            format!("correct {}", self.server.place()),
        )
    }
}
