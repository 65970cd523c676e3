use super::*;
use crate::doctor::Status;
use crate::service::endpoint::Endpoint;
use crate::system::tls as tls_words;
use crate::text::remedy;
use crate::workspace::Environment;

mod celery;
mod unset;

fn server(uses: &[(&str, &str)]) -> Server {
    let read = |(variable, url): &(&str, &str)| {
        Endpoint::redis(url, *variable, "backend/.env:3").expect(url)
    };
    Server {
        endpoint: read(&uses[0]),
        named: uses
            .iter()
            .map(|it| Naming {
                tier: "backend".to_owned(),
                variable: it.0.to_owned(),
                origin: "backend/.env:3".to_owned(),
                database: read(it).redis_database(),
                prefix: it.0.strip_suffix("DB").map(str::to_owned),
                ..Naming::default()
            })
            .collect(),
    }
}

fn judged(uses: &[(&str, &str)], state: Result<CacheFacts, CacheState>) -> Answer {
    let cache = Cache {
        server: server(uses),
        state,
        holder: None,
    };
    let situation = Situation {
        session: None,
        damaged: Vec::new(),
        clusters: Vec::new(),
        managed: true,
        unmanaged: Vec::new(),
        start: Some("sudo systemctl start redis-server".to_owned()),
        installed: true,
        environment: Environment::Development,
        of_deployment: false,
    };
    let named = cache.server.endpoint.user.clone();
    let numbers = Numbers::of(&[cache.counted()]);
    let answer = Answer::default();
    judge(answer, &cache, named.as_deref(), &numbers, &situation)
}

fn known() -> CacheFacts {
    CacheFacts {
        version: Some("7.0.15".to_owned()),
        ..CacheFacts::default()
    }
}

const BROKER: &[(&str, &str)] = &[
    ("CELERY_BROKER_URL", "redis://localhost:56379/2"),
    ("CELERY_RESULT_BACKEND", "redis://localhost:56379/3"),
];

#[test]
fn a_sound_server_passes_with_its_uses() {
    let answer = judged(BROKER, Ok(known()));
    assert_eq!(answer.status(), Status::Pass);
    assert_eq!(
        answer.found,
        ["7.0.15 at localhost:56379, <0.1 ms, broker 2, results 3"]
    );
}

#[test]
fn failures_name_the_configured_port() {
    let refused = judged(BROKER, Err(CacheState::Refused));
    assert_eq!(
        refused.findings[0].message,
        "Redis at localhost:56379 refuses connections"
    );
    assert_eq!(
        judged(BROKER, Err(CacheState::AuthRequired)).findings[0]
            .rule
            .code,
        "redis/login"
    );
}

#[test]
fn only_the_number_that_is_wrong_is_changed() {
    let uses = [
        ("CACHE_REDIS_DB", "redis://localhost/0"),
        ("LIMITER_REDIS_DB", "redis://localhost/99"),
        ("CELERY_BROKER_URL", "redis://localhost/1"),
    ];
    let lacks = CacheFacts {
        no_databases: vec![99],
        ..known()
    };
    let answer = judged(&uses, Ok(lacks));
    let lines: Vec<&str> = answer.cures.iter().map(|it| it.line.as_str()).collect();
    assert_eq!(
        lines,
        ["pixcrawler env set --file backend/.env LIMITER_REDIS_DB=2"]
    );
    assert_eq!(
        answer.findings[0].subject.as_deref(),
        Some("LIMITER_REDIS_DB")
    );
}

#[test]
fn a_number_that_the_server_does_not_have_is_never_offered() {
    let has = |databases: u16, uses: &[(&str, &str)]| {
        let lacks = CacheFacts {
            no_databases: vec![databases.max(2), 15],
            databases: Some(databases),
            ..known()
        };
        judged(uses, Ok(lacks))
    };
    let uses = [
        ("CELERY_BROKER_URL", "redis://localhost/2"),
        ("CELERY_RESULT_BACKEND", "redis://localhost/0"),
    ];
    let two = has(2, &uses);
    assert_eq!(
        two.cures[0].line,
        "pixcrawler env set --file backend/.env CELERY_BROKER_URL --part database=1"
    );
    let one = has(1, &uses);
    assert_eq!((one.status(), one.cures.len()), (Status::Fail, 0));
    assert!(one.findings[0].notes[1].contains("database 0 alone"));
    assert_eq!(
        one.findings[0].help.as_deref(),
        Some("redis-cli -h localhost -p 6379 info server")
    );
    let both = [
        ("CACHE_REDIS_DB", "redis://localhost/0"),
        ("LIMITER_REDIS_DB", "redis://localhost/0"),
    ];
    let both = server(&both);
    let few = Numbers::of(&[Counted {
        has: Some(1),
        ..Counted::unasked(&both)
    }]);
    let told = shared(Answer::default(), &few, Environment::Development);
    assert_eq!((told.findings.len(), told.cures.len()), (1, 0));
}

#[test]
fn each_refusal_has_a_way_out_of_its_own() {
    let uses = [("CELERY_BROKER_URL", "redis://worker:pw@localhost:7/0")];
    let set = "pixcrawler env set --file backend/.env CELERY_BROKER_URL --part password=";
    for (state, words, way) in [
        (
            CacheState::AuthFailed,
            "refuses the user `worker` or its password",
            &*format!("{set}-"),
        ),
        (CacheState::NoPassword, "has no password", set),
        (
            CacheState::NoRights("no ping".to_owned()),
            "refuses PING: no ping",
            "redis-cli -h localhost -p 7 --askpass acl setuser worker",
        ),
        (CacheState::Protected, "protected mode", &format!("{set}-")),
        (
            CacheState::Full,
            "(maxclients)",
            if cfg!(windows) {
                "netstat -ano"
            } else {
                "sudo lsof -nP -iTCP:7"
            },
        ),
        (
            CacheState::Busy("You can only call SCRIPT KILL or SHUTDOWN NOSAVE.".to_owned()),
            "runs a script that does not end",
            "redis-cli -h localhost -p 7 --user worker --askpass script kill",
        ),
        (
            CacheState::Orphaned,
            "whose primary is away",
            "redis-cli -h localhost -p 7 --user worker --askpass info replication",
        ),
    ] {
        let answer = judged(&uses, Err(state));
        assert_eq!(answer.status(), Status::Fail);
        let finding = &answer.findings[0];
        assert!(finding.message.contains(words), "{}", finding.message);
        let help = finding.help.as_deref().unwrap_or_default();
        let help = answer.cures.first().map_or(help, |cure| &cure.line);
        assert!(help.starts_with(way), "{help}");
    }
}

#[test]
fn a_password_in_the_place_of_a_user_is_moved() {
    let state = || Err(CacheState::AuthRequired);
    let answer = judged(&[("CELERY_BROKER_URL", "redis://R@localhost:7/0")], state());
    assert_eq!(
        answer.cures[0].line,
        "pixcrawler env set --file backend/.env CELERY_BROKER_URL --part user= --part password=-"
    );
    let finding = &answer.findings[0];
    assert!(
        finding.message.ends_with("a user is given without one"),
        "{}",
        finding.message
    );
    assert!(!format!("{finding:?}").contains("`R`"), "{finding:?}");
    let none = judged(&[("CELERY_BROKER_URL", "redis://localhost:7/0")], state());
    assert_eq!(
        none.cures[0].line,
        "pixcrawler env set --file backend/.env CELERY_BROKER_URL --part password=-"
    );
}

#[test]
fn a_user_is_named_unless_he_is_a_password_and_taken_out_where_nobody_needs_one() {
    let cache = |url: &str, state| Cache {
        server: server(&[("CELERY_BROKER_URL", url)]),
        state,
        holder: None,
    };
    let failed = || Err(CacheState::AuthFailed);
    let all = [
        cache("redis://nobody:pw@h/0", failed()),
        cache("redis://:pw@h/1", Ok(known())),
        cache("redis://pw:other@h/1", failed()),
    ];
    let line = |cache| no_user(cache, &all, Environment::Development).map(|cure| cure.line);
    assert_eq!(
        line(&all[0]).as_deref(),
        Some("pixcrawler env set --file backend/.env CELERY_BROKER_URL --part user=")
    );
    assert_eq!(line(&all[2]), None);
    assert_eq!(shown_user(&all[0], &all), Some("nobody"));
    assert_eq!(shown_user(&all[2], &all), None);
}

#[test]
fn each_failure_of_tls_has_a_way_out_of_its_own() {
    let told = |url: &str, why: &str| {
        let state = CacheState::TlsFailed(tls_words::in_words(&format!("IO error: {why}")));
        let answer = judged(&[("CELERY_BROKER_URL", url)], Err(state));
        let help = answer.findings[0].help.clone().unwrap_or_default();
        answer.cures.first().map_or(help, |cure| cure.line.clone())
    };
    let plain = "rediss://:pw@h:7/0";
    let with_root = "rediss://:pw@h:7/0?ssl_cert_reqs=CERT_REQUIRED&ssl_ca_certs=/ca.pem";
    let set = |part: &str| {
        format!("pixcrawler env set --file backend/.env CELERY_BROKER_URL --part {part}=-")
    };
    let unknown = "invalid peer certificate: UnknownIssuer";
    assert_eq!(
        told(
            plain,
            "invalid peer certificate: certificate not valid for name \"h\""
        ),
        set("host")
    );
    assert_eq!(
        told(with_root, "invalid peer certificate: certificate expired"),
        "openssl s_client -connect h:7"
    );
    assert_eq!(
        told(plain, unknown),
        remedy::set_to("SSL_CERT_FILE", "ca.pem")
    );
    assert_eq!(told(with_root, unknown), set("ssl_ca_certs"));
    assert_eq!(
        told(with_root, "there is no file /ca.pem with authorities"),
        set("ssl_ca_certs")
    );
    let with_own = "rediss://:pw@h:7/0?ssl_ca_certs=/ca.pem&ssl_certfile=/a.pem&ssl_keyfile=/a.key";
    for (url, why, part) in [
        (
            with_root,
            "received fatal alert: CertificateRequired",
            "ssl_certfile",
        ),
        (with_own, "received fatal alert: UnknownCA", "ssl_certfile"),
        (
            with_own,
            "there is no file /a.pem with our certificate",
            "ssl_certfile",
        ),
        (
            with_own,
            "/a.key does not hold the key of our certificate",
            "ssl_keyfile",
        ),
        (with_own, unknown, "ssl_ca_certs"),
    ] {
        assert_eq!(told(url, why), set(part), "{why}");
    }
    // A server without TLS shows no certificate that an authority could have signed.
    let without = "pixcrawler env set --file backend/.env CELERY_BROKER_URL --part scheme=redis";
    let no_tls = "received corrupt message of type InvalidContentType";
    for url in [plain, with_root, "redis://:pw@h:7/0?ssl_cert_reqs=required"] {
        assert_eq!(told(url, no_tls), without, "{url}");
        let endpoint = Endpoint::redis(url, "CELERY_BROKER_URL", "").expect(url);
        assert!(tls::is_missing(&endpoint, no_tls), "{url}");
        assert!(!tls::is_missing(&endpoint, unknown), "{url}");
    }
}

#[test]
fn a_broker_that_forgets_warns() {
    let forgets = CacheFacts {
        max_memory: 1,
        eviction: Some("allkeys-lru".to_owned()),
        ..known()
    };
    let answer = judged(BROKER, Ok(forgets.clone()));
    assert_eq!(answer.cures[0].line, "pixcrawler doctor --fix --only redis");
    let cache = judged(
        &[("CACHE_REDIS_HOST", "redis://localhost/0")],
        Ok(forgets.clone()),
    );
    assert_eq!(cache.status(), Status::Pass);
    // What never ends by itself stays; results do end.
    let volatile = CacheFacts {
        eviction: Some("volatile-lru".to_owned()),
        ..forgets
    };
    assert_eq!(
        judged(&BROKER[..1], Ok(volatile.clone())).status(),
        Status::Pass
    );
    let results = judged(BROKER, Ok(volatile));
    assert!(
        results.findings[0]
            .message
            .ends_with("CELERY_RESULT_BACKEND keeps results there"),
        "{}",
        results.findings[0].message
    );
}

#[test]
fn a_slow_server_warns() {
    let slow = |url, milliseconds| {
        let latency = Duration::from_millis(milliseconds);
        judged(
            &[("CELERY_BROKER_URL", url)],
            Ok(CacheFacts { latency, ..known() }),
        )
    };
    let near = "redis://:secret@localhost:56379/2";
    assert_eq!(slow(near, 250).status(), Status::Pass);
    let answer = slow(near, 2600);
    assert_eq!(
        answer.findings[0].message,
        "Redis at localhost:56379 takes 2.6 s to answer"
    );
    assert_eq!(
        answer.findings[0].help.as_deref(),
        Some("redis-cli -h localhost -p 56379 --askpass slowlog get 10")
    );
    let far = slow("rediss://redis.example.com/2", 400);
    assert_eq!(far.status(), Status::Warn);
    assert_eq!(
        far.cures[0].line,
        "pixcrawler env set --file backend/.env CELERY_BROKER_URL=-"
    );
    assert_eq!(
        far.findings[0].notes.last().map(String::as_str),
        Some("all of it is asked for: rediss://:PASSWORD@HOST:6379/2")
    );
}

#[test]
fn one_of_a_list_may_fail_as_long_as_another_answers() {
    let cache = |url: &str, state| {
        let mut server = server(&[("CELERY_BROKER_URL", url)]);
        server.named[0].one_of_several = true;
        Cache {
            server,
            state,
            holder: None,
        }
    };
    let down = || cache("redis://one/0", Err(CacheState::Refused));
    let both = [down(), cache("redis://two/0", Ok(known()))];
    let other = substitute(&both[0], &both).map(|it| it.server.endpoint.address());
    assert_eq!(other.as_deref(), Some("two:6379"));
    assert!(substitute(&both[1], &both).is_none());
    assert!(substitute(&both[0], &[down(), down()]).is_none());
    // Who is alone has nobody.
    let mut alone = both;
    alone[0].server.named[0].one_of_several = false;
    assert!(substitute(&alone[0], &alone).is_none());
}

#[test]
fn uses_with_one_database_are_named() {
    let told = |uses: &[(&str, &str)]| {
        let server = server(uses);
        let numbers = Numbers::of(&[Counted::unasked(&server)]);
        shared(Answer::default(), &numbers, Environment::Development).findings
    };
    let both = told(&[
        ("CACHE_REDIS_DB", "redis://localhost/0"),
        ("LIMITER_REDIS_DB", "redis://localhost/0"),
    ]);
    assert_eq!(
        both[0].message,
        "cache and limiter share database 0 at 127.0.0.1:6379"
    );
    assert_eq!(
        both[0].help.as_deref(),
        Some("pixcrawler env set --file backend/.env LIMITER_REDIS_DB=1")
    );
    assert_eq!(told(BROKER), []);
}

#[test]
fn numbers_that_are_given_are_free_of_each_other() {
    const SET: &str = "pixcrawler env set --file backend/.env ";
    let given = |uses: &[&[(&str, &str)]], lacks: &[u16], variable: &str| {
        let servers: Vec<Server> = uses.iter().map(|it| server(it)).collect();
        let counted = servers.iter().map(|server| Counted {
            lacks,
            ..Counted::unasked(server)
        });
        let counted: Vec<Counted<'_>> = counted.collect();
        let cure = Numbers::of(&counted).cure(variable, Environment::Development);
        cure.map(|it| it.line.replace(SET, ""))
    };
    let told = |line: &str| Some(line.to_owned());
    // One shares its number, the other has one that there is not; they log in as different users.
    let logins: [&[(&str, &str)]; 2] = [
        &[
            ("CACHE_REDIS_DB", "redis://:a@localhost/0"),
            ("LIMITER_REDIS_DB", "redis://:a@localhost/99"),
        ],
        &[
            ("CELERY_BROKER_URL", "redis://:b@127.0.0.1/0"),
            ("CELERY_RESULT_BACKEND", "redis://:b@127.0.0.1/3"),
        ],
    ];
    assert_eq!(
        given(&logins, &[99], "CACHE_REDIS_DB"),
        told("CACHE_REDIS_DB=1")
    );
    assert_eq!(
        given(&logins, &[99], "LIMITER_REDIS_DB"),
        told("LIMITER_REDIS_DB=2")
    );
    assert_eq!(given(&logins, &[99], "CELERY_BROKER_URL"), None);
    // What no server is asked for is the same number whether it is asked or not.
    assert_eq!(
        given(&logins, &[], "CACHE_REDIS_DB"),
        told("CACHE_REDIS_DB=1")
    );
    let all: [&[(&str, &str)]; 1] = [&[
        ("CACHE_REDIS_DB", "redis://localhost/0"),
        ("LIMITER_REDIS_DB", "redis://localhost/0"),
        ("CELERY_BROKER_URL", "redis://localhost/0"),
    ]];
    assert_eq!(
        given(&all, &[], "LIMITER_REDIS_DB"),
        told("LIMITER_REDIS_DB=1")
    );
    assert_eq!(given(&all, &[], "CACHE_REDIS_DB"), told("CACHE_REDIS_DB=2"));
}
