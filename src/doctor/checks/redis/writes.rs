//! Whether a server takes what those who name it write there.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Cure, Operation};
use crate::service::endpoint::Endpoint;
use crate::system::cache::{CacheFacts, Command, Refusal};
use crate::text::remedy;
use crate::workspace::Environment;

use super::super::servers::{Naming, Server, finding, is_here, mended};
use super::Role;
use super::accepted::{admin, client, misplaced, of_celery};
use super::rules::{LOGIN, WRITES};

/// What each of those who name a server does with it, in their order. The keys are those that Celery has
/// whatever its queues are called; of others' keys nothing is known.
pub(super) fn trials(named: &[Naming]) -> Vec<Vec<Command>> {
    let of = |naming: &Naming| match Role::of(&naming.variable) {
        Role::Broker => vec![
            command("LPUSH unacked x"),
            command("BRPOP unacked 1"),
            command("HSET unacked x x"),
            command("ZADD unacked_index 0 x"),
            command("SADD _kombu.binding.celery.pidbox x"),
            command(&format!("PUBLISH /{}.celery.pidbox x", naming.database)),
        ],
        Role::Result => vec![
            command("SETEX celery-task-meta-x 1 x"),
            command("PUBLISH celery-task-meta-x x"),
        ],
        Role::Cache | Role::Limiter | Role::Other => vec![command("SET x x EX 1")],
    };
    named.iter().map(of).collect()
}

fn command(line: &str) -> Command {
    line.split(' ').map(str::to_owned).collect()
}

/// Whether a refusal is about a key or a channel, and not about a command.
pub(super) fn is_about_keys(refusal: &Refusal) -> bool {
    refusal.code == "NOPERM" && refusal.words.contains("access")
}

/// Why it is not what it should be, the plainest reason first, and the way out.
pub(super) fn writes(
    answer: Answer,
    server: &Server,
    known: &CacheFacts,
    environment: Environment,
) -> Answer {
    let endpoint = &server.endpoint;
    let address = endpoint.address();
    let told = |message: String| finding(&WRITES, server, None, message);
    let elsewhere = |finding: Finding| {
        let cure = server.correct(environment);
        let finding = match server.shape().filter(|_| cure.is_some()) {
            Some(shape) => finding.note(shape),
            None => finding,
        };
        mended(
            answer.clone(),
            finding,
            cure,
            format!("correct {}", server.place()),
        )
    };
    if known.mode.as_deref() == Some("sentinel") {
        let message =
            format!("what answers at {address} is a sentinel, which knows of a server and is none");
        return elsewhere(
            told(message)
                .note(format!(
                    "{} sentinel masters tells where the server is",
                    client(endpoint)
                ))
                .note("Celery takes sentinel://HOST:26379, with master_name in broker_transport_options"),
        );
    }
    if let Some(naming) = misplaced(server, known) {
        let message = format!(
            "Redis at {address} is a node of a cluster, which Celery cannot use for {}",
            naming.variable
        );
        return elsewhere(told(message).note("it needs a server that is in no cluster:"));
    }
    if let Some(replica) = &known.replica {
        let what = if replica.writable {
            "what is written there is lost with the next copy"
        } else {
            "it takes no writes"
        };
        let message = format!("Redis at {address} is a replica of {}: {what}", replica.of);
        return elsewhere(reading(server, told(message)).note(format!(
            "name {}, as far as it can be reached from here; where this one is to stand alone: {} replicaof no one",
            replica.of,
            client(endpoint)
        )));
    }
    match known.refusals.iter().find(|it| counts(server, it)) {
        Some(refusal) => {
            let finding = refused(server, known, refusal, told);
            match more(endpoint, known, refusal) {
                Some(cure) => answer.mended_by(finding, cure),
                None => answer.problem(finding),
            }
        }
        None => answer,
    }
}

const MEGABYTE: u64 = 1 << 20;

/// How many megabytes a full server needs: twice as many.
fn doubled(known: &CacheFacts) -> u64 {
    let now = known.max_memory.div_ceil(MEGABYTE);
    now.saturating_mul(2).max(1)
}

/// Gives more memory to a full server of this machine; what another machine has to give nobody here knows.
fn more(endpoint: &Endpoint, known: &CacheFacts, refusal: &Refusal) -> Option<Cure> {
    let is_full = refusal.code == "OOM" && is_here(endpoint);
    let order = || Operation::GiveMemory(endpoint.clone(), doubled(known));
    is_full.then(|| Cure::own("redis", order()))
}

/// Whether a refusal keeps somebody from what he does. Without transactions only Celery does not work, and
/// which keys a cache has is not known.
fn counts(server: &Server, refusal: &Refusal) -> bool {
    let role = match refusal.trial {
        Some(trial) => server.named.get(trial).map(|it| Role::of(&it.variable)),
        None => of_celery(server).map(|it| Role::of(&it.variable)),
    };
    match role {
        None => false,
        Some(Role::Broker | Role::Result) => true,
        Some(Role::Cache | Role::Limiter | Role::Other) => !is_about_keys(refusal),
    }
}

/// Somebody of whom it is not known what he does may only want to read.
fn reading(server: &Server, finding: Finding) -> Finding {
    let unknown = |naming: &Naming| Role::of(&naming.variable) == Role::Other;
    if server.named.iter().all(unknown) {
        finding.severity(Severity::Warning)
    } else {
        finding
    }
}

fn refused(
    server: &Server,
    known: &CacheFacts,
    refusal: &Refusal,
    told: impl Fn(String) -> Finding,
) -> Finding {
    let endpoint = &server.endpoint;
    let address = endpoint.address();
    let client = client(endpoint);
    let words = &refusal.words;
    let naming = match refusal.trial {
        Some(trial) => server.named.get(trial),
        None => of_celery(server),
    };
    let variable = naming.map_or("", |it| it.variable.as_str());
    let told = |message: String| reading(server, told(message));
    match refusal.code.as_str() {
        "OOM" => {
            let message = format!(
                "Redis at {address} is full and takes no writes: {} of {} MB are used",
                known.used_memory.div_ceil(MEGABYTE),
                known.max_memory.div_ceil(MEGABYTE)
            );
            let line = format!("{client} config set maxmemory {}mb", doubled(known));
            let told = told(message).note(format!("{client} --bigkeys shows what fills it"));
            if is_here(endpoint) {
                told.note(format!("{line} does the same"))
            } else {
                told.note("more is taken after this, and with maxmemory in its configuration for good:")
                    .help(line)
            }
        }
        "NOPERM" => {
            let user = endpoint.user.as_deref().unwrap_or("default");
            let message =
                format!("Redis at {address} refuses `{user}` what {variable} is for: {words}");
            told(message)
                .note("who administers the server gives rights; all that Celery and caches ask for:")
                .help(rights(endpoint))
        }
        // Its slots, or those of other nodes: a cache needs a client that knows of clusters, or one node.
        code @ ("MOVED" | "CLUSTERDOWN" | "CROSSSLOT") => told(format!(
            "Redis at {address} is a node of a cluster, and refuses {variable}'s writes: {code} {words}"
        ))
        .help(format!("{client} cluster info")),
        "MISCONF" => told(format!("Redis at {address} takes no writes: {words}"))
            .note("its disk is full, or its folder not its own; what came of saving, and where it saves (config get dir):")
            .help(format!("{client} info persistence")),
        code => told(format!(
            "Redis at {address} refuses {variable}'s writes: {code} {words}"
        ))
        .help(format!("{client} info")),
    }
}

/// A user that may not choose a database, and a number that has to be chosen: clients do that before all else.
pub(super) fn barred(
    server: &Server,
    known: &CacheFacts,
    environment: Environment,
) -> Option<Finding> {
    if known.has_no_select {
        return unselectable(server, environment);
    }
    let why = known.first_alone.as_ref()?;
    let naming = server.named.iter().find(|it| it.database > 0)?;
    let endpoint = &server.endpoint;
    let user = endpoint.user.as_deref().unwrap_or("default");
    let message = format!(
        "Redis at {} lets `{user}` choose no database, and {} names {}: {why}",
        endpoint.address(),
        naming.variable,
        naming.database
    );
    let finding = finding(&LOGIN, server, None, message);
    let finding = match naming.change(endpoint.protocol, environment, "database", "0") {
        Some(first) => finding.note(format!(
            "the first one, 0, need not be chosen, and is there for all of the server's users: {}",
            first.typed()
        )),
        None => finding,
    };
    let finding = finding
        .note("who administers the server gives rights; all that Celery and caches ask for:");
    Some(finding.help(rights(endpoint)))
}

/// A server whose SELECT has another name, which no client knows: it has the first database alone.
fn unselectable(server: &Server, environment: Environment) -> Option<Finding> {
    let naming = server.named.iter().find(|it| it.database > 0)?;
    let endpoint = &server.endpoint;
    let message = format!(
        "Redis at {} knows no SELECT, and {} names database {}: no client comes to that",
        endpoint.address(),
        naming.variable,
        naming.database
    );
    let finding = finding(&LOGIN, server, None, message).note(
        "its configuration has given the command another name (rename-command): take that out, or use the first database",
    );
    Some(
        match naming.change(endpoint.protocol, environment, "database", "0") {
            Some(first) => finding.help(first.typed()),
            None => finding.help(remedy::set_here(&naming.variable)),
        },
    )
}

/// What everybody here asks for. Nothing is taken away: the user may be the one who administers the server,
/// and nobody but he could give it back.
const RIGHTS: [&str; 10] = [
    "~*",
    "&*",
    "+@read",
    "+@write",
    "+@pubsub",
    "+@scripting",
    "+@transaction",
    "+ping",
    "+select",
    "+info",
];

/// Gives that to the user of a URL.
pub(super) fn rights(endpoint: &Endpoint) -> String {
    setuser(endpoint, &RIGHTS)
}

/// Changes that user; a server with a password asks who administers it for his.
pub(super) fn setuser(endpoint: &Endpoint, rules: &[&str]) -> String {
    let user = endpoint.user.as_deref().unwrap_or("default");
    let login = match endpoint.password {
        Some(_) => " --askpass",
        None => "",
    };
    let words: Vec<String> = std::iter::once(user)
        .chain(rules.iter().copied())
        .map(remedy::quoted)
        .collect();
    format!("{}{login} acl setuser {}", admin(endpoint), words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::system::cache::Replica;

    fn judged(variable: &str, known: &CacheFacts) -> Answer {
        let url = "redis://app:pw@localhost:7/2";
        let endpoint = Endpoint::redis(url, variable, "backend/.env:3").expect(url);
        let named = vec![Naming::of(&endpoint, "backend")];
        let server = Server { endpoint, named };
        writes(Answer::default(), &server, known, Environment::Development)
    }

    fn message(answer: &Answer) -> &str {
        answer.findings.first().map_or("", |it| &it.message)
    }

    fn refuses(code: &str, words: &str) -> CacheFacts {
        let refusal = Refusal {
            trial: Some(0),
            code: code.to_owned(),
            words: words.to_owned(),
        };
        CacheFacts {
            refusals: vec![refusal],
            max_memory: 3 << 20,
            used_memory: 4 << 20,
            ..CacheFacts::default()
        }
    }

    fn of_mode(mode: &str) -> CacheFacts {
        CacheFacts {
            mode: Some(mode.to_owned()),
            ..CacheFacts::default()
        }
    }

    #[test]
    fn a_replica_fails_for_all_who_write() {
        let replica = |writable| CacheFacts {
            replica: Some(Replica {
                of: "10.0.0.1:6379".to_owned(),
                writable,
            }),
            ..CacheFacts::default()
        };
        let broker = judged("CELERY_BROKER_URL", &replica(false));
        assert_eq!(
            message(&broker),
            "Redis at localhost:7 is a replica of 10.0.0.1:6379: it takes no writes"
        );
        assert_eq!(
            broker.cures[0].line,
            "pixcrawler env set --file backend/.env CELERY_BROKER_URL=-"
        );
        for variable in ["CACHE_URL", "RATE_LIMIT_URL", "CELERY_RESULT_BACKEND"] {
            assert_eq!(judged(variable, &replica(false)).status(), Status::Fail);
        }
        assert_eq!(judged("REDIS_URL", &replica(false)).status(), Status::Warn);
        let lost = judged("CACHE_URL", &replica(true));
        assert!(message(&lost).contains("is lost"), "{}", message(&lost));
    }

    #[test]
    fn who_may_choose_no_database_has_the_first_one_alone() {
        let told = |variable: &str, url: &str| {
            let endpoint = Endpoint::redis(url, variable, "backend/.env:3").expect(url);
            let named = vec![Naming::of(&endpoint, "backend")];
            let known = CacheFacts {
                first_alone: Some("no permissions to run the 'select' command".to_owned()),
                ..CacheFacts::default()
            };
            let server = Server { endpoint, named };
            barred(&server, &known, Environment::Development)
        };
        let finding = told("CELERY_BROKER_URL", "redis://bro:pw@h:7/2").expect("a finding");
        assert_eq!(
            finding.message,
            "Redis at h:7 lets `bro` choose no database, and CELERY_BROKER_URL names 2: no permissions to run the 'select' command"
        );
        let help = finding.help.unwrap_or_default();
        assert!(help.contains("acl setuser bro"), "{help}");
        assert_eq!(told("CELERY_BROKER_URL", "redis://bro:pw@h:7/0"), None);
    }

    #[test]
    fn a_server_without_select_has_the_first_database_alone() {
        let told = |url: &str| {
            let variable = "CELERY_BROKER_URL";
            let endpoint = Endpoint::redis(url, variable, "backend/.env:3").expect(url);
            let named = vec![Naming::of(&endpoint, "backend")];
            let known = CacheFacts {
                has_no_select: true,
                ..CacheFacts::default()
            };
            barred(
                &Server { endpoint, named },
                &known,
                Environment::Development,
            )
        };
        let finding = told("redis://h:7/2").expect("a finding");
        assert_eq!(
            finding.message,
            "Redis at h:7 knows no SELECT, and CELERY_BROKER_URL names database 2: no client comes to that"
        );
        let help = "pixcrawler env set --file backend/.env CELERY_BROKER_URL --part database=0";
        assert_eq!(finding.help.as_deref(), Some(help));
        assert_eq!(told("redis://h:7/0"), None);
    }

    #[test]
    fn sentinels_and_clusters_are_no_brokers() {
        let sentinel = judged("CELERY_BROKER_URL", &of_mode("sentinel"));
        assert!(message(&sentinel).contains("is a sentinel"));
        let cluster = judged("CELERY_BROKER_URL", &of_mode("cluster"));
        assert!(message(&cluster).contains("node of a cluster"));
        // A cache may be on one, as long as it takes its writes.
        assert_eq!(judged("CACHE_URL", &of_mode("cluster")).findings, []);
        let down = refuses("CLUSTERDOWN", "Hash slot not served");
        assert_eq!(judged("CACHE_URL", &down).status(), Status::Fail);
    }

    #[test]
    fn a_full_server_and_a_user_without_rights_have_their_commands() {
        let full = judged("CACHE_URL", &refuses("OOM", "command not allowed"));
        assert!(message(&full).ends_with("4 of 3 MB are used"));
        assert!(
            matches!(full.cures[0].own, Some(Operation::GiveMemory(_, 6))),
            "{full:?}"
        );
        let by_hand = "redis-cli -h localhost -p 7 --user app --askpass config set maxmemory 6mb does the same";
        assert!(full.findings[0].notes.iter().any(|it| it == by_hand));
        let command = refuses(
            "NOPERM",
            "User app has no permissions to run the 'lpush' command",
        );
        let told = judged("CELERY_BROKER_URL", &command);
        let help = told.findings[0].help.as_deref().unwrap_or_default();
        assert!(
            help.starts_with("redis-cli -h localhost -p 7 --askpass acl setuser app"),
            "{help}"
        );
        let key = refuses("NOPERM", "No permissions to access a key");
        assert_eq!(judged("CELERY_BROKER_URL", &key).status(), Status::Fail);
        assert_eq!(judged("CACHE_URL", &key).findings, []);
        let mut transaction = command;
        transaction.refusals[0].trial = None;
        assert_eq!(judged("CACHE_URL", &transaction).findings, []);
        assert_eq!(judged("CELERY_BROKER_URL", &transaction).findings.len(), 1);
    }
}
