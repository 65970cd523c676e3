//! Servers that are not found, or refuse.

use super::{
    Given, Stage, Tables, beside, of_lines, of_nobody, point_to, said, variables::of_given,
};

#[test]
fn a_name_that_is_not_known_is_a_cause_of_its_own() {
    point_to(&[
        (
            &["curl: (6) Could not resolve host: github.com"],
            "the name `github.com`",
            "nslookup github.com",
        ),
        (
            &[
                "fatal: unable to access 'https://github.com/x/y/': Could not resolve host: github.com",
            ],
            "the name `github.com`",
            "nslookup github.com",
        ),
        (
            &["ssh: Could not resolve hostname git.x.org: Name or service not known"],
            "`git.x.org`",
            "nslookup",
        ),
        (
            &[
                "psycopg.OperationalError: could not translate host name \"db\" to address: Name or service not known",
            ],
            "no server of the name `db`",
            "compose",
        ),
        (
            &[
                "redis.exceptions.ConnectionError: Error -2 connecting to redis:6379. Name or service not known.",
            ],
            "`redis`",
            "compose",
        ),
        (
            &[
                "Error: getaddrinfo ENOTFOUND nosuch.example",
                "  code: 'ENOTFOUND',",
                "  hostname: 'nosuch.example'",
            ],
            "`nosuch.example`",
            "nslookup nosuch.example",
        ),
        (
            &["dial tcp: lookup x.example: no such host"],
            "`x.example`",
            "nslookup x.example",
        ),
        (
            &["socket.gaierror: [Errno -3] Temporary failure in name resolution"],
            "no network",
            "correct the address",
        ),
    ]);
    point_to(&[(
        &[
            "psycopg.OperationalError: failed to resolve host 'db': [Errno -2] Name or service not known",
        ],
        "no server of the name `db`",
        "compose",
    )]);
    assert_eq!(
        of_lines(&["  File \"/usr/lib/python3.11/socket.py\", line 962, in getaddrinfo"]),
        None
    );
}

#[test]
fn a_server_that_refuses_is_told_with_what_it_refuses() {
    point_to(&[
        (
            &["[2026-11-29 14:00:00] [7] [ERROR] Connection in use: ('127.0.0.1', 8000)"],
            "somebody else listens on port 8000",
            "8000",
        ),
        (&["Error: Port 5173 is already in use"], "port 5173", "5173"),
        (
            &["Bind for 0.0.0.0:5432 failed: port is already allocated"],
            "port 5432",
            "5432",
        ),
        (
            &["FATAL:  sorry, too many clients already"],
            "all of its connections",
            "pg_stat_activity",
        ),
        (
            &["redis.exceptions.AuthenticationError: Authentication required."],
            "wants a password",
            "doctor --only redis",
        ),
        (
            &["ReplyError: NOAUTH Authentication required."],
            "wants a password",
            "doctor --only redis",
        ),
        (
            &["psycopg.OperationalError: connection failed: fe_sendauth: no password supplied"],
            "Postgres wants a password",
            "add the password to DATABASE_URL",
        ),
        (
            &["FATAL:  password authentication failed for user \"x\""],
            "Postgres refuses the password",
            "correct the password in DATABASE_URL   and pixcrawler doctor --only postgres tries it",
        ),
        (
            &["WRONGPASS invalid username-password pair or user is disabled."],
            "refuses the password",
            "doctor --only redis",
        ),
        (
            &[
                "redis.exceptions.AuthenticationError: AUTH <password> called without any password configured",
            ],
            "has none",
            "doctor --only redis",
        ),
    ]);
    for line in [
        "openai.AuthenticationError: Error code: 401",
        "Conflict. The container name \"/x\" is already in use by container",
    ] {
        assert_eq!(of_lines(&[line]), None, "{line}");
    }
}

#[test]
fn a_word_makes_no_server_of_a_port_that_may_be_anybodys() {
    for (line, port) in [
        (
            "postgres_exporter: push to 127.0.0.1:9091 failed: dial tcp 127.0.0.1:9091: connect: connection refused",
            "9091",
        ),
        (
            "proxy to http://127.0.0.1:9300/redis-stats failed: connect ECONNREFUSED 127.0.0.1:9300",
            "9300",
        ),
        (
            "redis exporter: connect ECONNREFUSED 127.0.0.1:9121",
            "9121",
        ),
        (
            "/opt/rabbitmq/bin/x: connect ECONNREFUSED 127.0.0.1:9419",
            "9419",
        ),
        (
            "upstream: connection to server failed: connect ECONNREFUSED 127.0.0.1:9419",
            "9419",
        ),
    ] {
        let server = format!("the server at port {port} that `api` needs");
        point_to(&[(&[line], &server, "doctor")]);
    }
    for (line, server) in [
        (
            "redis.exceptions.ConnectionError: Error 111 connecting to localhost:7000. Connection refused.",
            "Redis at port 7000",
        ),
        (
            "[ioredis] Unhandled error event: Error: connect ECONNREFUSED 127.0.0.1:7000",
            "Redis at port 7000",
        ),
        (
            "Could not connect to Redis at 127.0.0.1:7000: Connection refused",
            "Redis at port 7000",
        ),
        (
            "postgresql+asyncpg://u:***@localhost:7001/x: Connection refused",
            "Postgres at port 7001",
        ),
        (
            "Postgres (127.0.0.1:7001): connect ECONNREFUSED 127.0.0.1:7001",
            "Postgres at port 7001",
        ),
        (
            "postgres_exporter: push to 127.0.0.1:5432 failed: connection refused",
            "Postgres at port 5432",
        ),
        (
            "RabbitMQ at 127.0.0.1:7002: Connection refused",
            "RabbitMQ at port 7002",
        ),
    ] {
        point_to(&[(&[line], server, "start")]);
    }
}

#[test]
fn a_broker_that_may_be_asked_but_once_is_told() {
    point_to(&[(
        &[
            "[2026-11-30 13:39:09,974: CRITICAL/MainProcess] Retrying to establish a connection to the message broker after a connection loss has been disabled (app.conf.broker_connection_retry_on_startup=False). Shutting down...",
        ],
        "no connection to its broker",
        "CELERY_BROKER_URL",
    )]);
}

#[test]
fn a_server_of_the_same_session_is_named() {
    let refused = "ConnectionRefusedError: connect ECONNREFUSED 127.0.0.1:21522";
    let wait = "depends-on = [\"late\"] in [services.api]";
    for (stage, wait, meaning, way) in [
        (Stage::Starting, Some(wait), "which is not ready yet", wait),
        (
            Stage::Waiting,
            None,
            "which is not ready yet",
            "let `api` try again until `late` answers",
        ),
        (
            Stage::Gone,
            Some(wait),
            "which does not run",
            "pixcrawler logs late   shows why",
        ),
        (
            Stage::Ready,
            Some(wait),
            "the server at port 21522",
            "pixcrawler doctor",
        ),
    ] {
        let cause = beside(stage, wait, &[refused]);
        assert!(cause.meaning.contains(meaning), "{cause:?}");
        assert_eq!(cause.way_out, way);
        assert_eq!(
            stage != Stage::Ready,
            cause.meaning.contains("`late` of this session")
        );
    }
    let elsewhere = beside(
        Stage::Starting,
        Some(wait),
        &["connect ECONNREFUSED 10.0.0.5:21522"],
    );
    assert!(!elsewhere.meaning.contains("late"), "{elsewhere:?}");
}

#[test]
fn a_broker_is_told_from_redis() {
    let refused = "[Errno 111] Connection refused";
    let celery = |address: &str| {
        format!(
            "[2026-11-29 17:30:32,792: ERROR/MainProcess] consumer: Cannot connect to {address}: {refused}."
        )
    };
    let again = "Trying again in 2.00 seconds... (1/100)";
    let unset = celery("amqp://guest:**@127.0.0.1:5672//");
    let set = celery("amqp://me:**@mq:5673//");
    let redis = celery("redis://localhost:6379/0");
    let asked = "Error: Could not connect to the message broker. Please make sure your broker (e.g., RabbitMQ or Redis) is running and the connection settings are correct. Reason: ";
    let of_any = format!("{asked}{refused}");
    let of_redis = format!("{asked}Error 111 connecting to localhost:6379. Connection refused.");
    point_to(&[
        (
            &[&unset, again],
            "amqp://localhost:5672",
            "CELERY_BROKER_URL",
        ),
        (&[&set, again], "RabbitMQ", "correct its address"),
        (&[&redis, again], "Redis at port 6379", "managed"),
        (&[&of_any], "the broker that Celery", "doctor --only celery"),
        (
            &["kombu.exceptions.OperationalError: [Errno 111] Connection refused"],
            "the broker that Celery",
            "CELERY_BROKER_URL",
        ),
        (&[&of_redis], "Redis at port 6379", "managed"),
        (
            &["amqp.exceptions: [Errno 111] Connection refused 127.0.0.1:5672"],
            "RabbitMQ at port 5672",
            "start it",
        ),
    ]);
}

#[test]
fn a_table_is_made_by_whoever_has_its_migrations() {
    let way = |by_us, alembic: Option<&str>| {
        let tables = Tables {
            by_us,
            alembic: alembic.map(str::to_owned),
        };
        let line = "psycopg.errors.UndefinedTable: relation \"items\" does not exist";
        of_nobody(&tables, &[line]).expect("a cause").way_out
    };
    assert_eq!(way(true, None), "pixcrawler dev --migrate");
    assert_eq!(way(false, Some("")), "uv run alembic upgrade head");
    assert!(way(false, Some("backend")).contains("cd backend"));
    let both = way(true, Some(""));
    assert!(both.contains("dev --migrate") && both.contains("alembic upgrade head"));
    assert!(!way(false, None).contains("--migrate"));
    let line = "ReplyError: NOAUTH Authentication required.";
    let redis = of_nobody(&Tables::default(), &[line]);
    let way = redis.expect("a cause").way_out;
    assert!(way.starts_with("add the password to the address"), "{way}");
}

#[test]
fn what_a_server_does_not_have_is_named() {
    for (line, meaning, alone) in [
        (
            "asyncpg.exceptions.InvalidCatalogNameError: database \"shop\" does not exist",
            "the database server has no database `shop`",
            "createdb shop   ",
        ),
        (
            "connection to server at \"localhost\" (::1), port 5432 failed: FATAL:  role \"bob\" does not exist",
            "the database server has no role `bob`",
            "createuser --login bob   ",
        ),
    ] {
        point_to(&[(&[line], meaning, "pixcrawler doctor --only postgres")]);
        let way = said(&[line], true).expect("a cause").way_out;
        assert!(way.starts_with(alone), "{way}");
    }
    assert_eq!(of_lines(&["the role \"\" does not exist"]), None);
}

#[test]
fn a_server_on_another_machine_is_not_to_be_started_here() {
    for (line, meaning) in [
        (
            "psycopg2.OperationalError: connection to server at \"db.prod.example.com\" (10.0.0.5), port 5432 failed: Connection refused",
            "Postgres at db.prod.example.com:5432 does not answer",
        ),
        (
            "Error: connect ECONNREFUSED 10.0.0.5:5432",
            "Postgres at 10.0.0.5:5432 does not answer",
        ),
        (
            "ConnectionRefusedError: [Errno 111] Connect call failed ('10.0.0.5', 5432)",
            "Postgres at 10.0.0.5:5432 does not answer",
        ),
    ] {
        point_to(&[(
            &[line],
            meaning,
            "start it there, or correct its address in DATABASE_URL",
        )]);
    }
    point_to(&[(
        &[
            "redis.exceptions.ConnectionError: Error 111 connecting to cache.prod.example.com:6379. Connection refused.",
        ],
        "Redis at cache.prod.example.com:6379 does not answer",
        "start it there",
    )]);
    let here = "connection to server at \"db\" (127.0.0.1), port 5432 failed: Connection refused";
    point_to(&[(&[here], "Postgres at port 5432 does not answer", "managed")]);
}

#[test]
fn what_is_at_another_port_is_not_started_by_what_serves_the_usual_one() {
    let line = "redis.exceptions.ConnectionError: Error 111 connecting to 127.0.0.1:41391. Connection refused.";
    let said = |ports: &[u16], line| {
        let given = Given {
            ports: ports.iter().copied().collect(),
            ..Given::default()
        };
        of_given(&[line], &[], &given).expect("a cause")
    };
    let unnamed = said(&[6379], line);
    assert_eq!(
        unnamed.meaning,
        "Redis at port 41391 does not answer, and no env file names that port"
    );
    assert!(
        unnamed
            .way_out
            .starts_with("correct the address that `api` is given")
    );
    assert!(unnamed.way_out.contains("REDIS_URL"), "{unnamed:?}");
    let named = said(&[41391], line);
    assert_eq!(named.meaning, "Redis at port 41391 does not answer");
    assert!(
        named.way_out.contains("pixcrawler dev start it"),
        "{named:?}"
    );
    for cause in [unnamed, named] {
        assert!(!cause.way_out.contains("redis-server"), "{cause:?}");
    }
    let usual = said(&[], &line.replace("41391", "6379"));
    assert!(usual.way_out.contains("without --no-managed"), "{usual:?}");
}
