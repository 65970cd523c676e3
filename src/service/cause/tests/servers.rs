//! Servers that are not found, refuse, or have no place.

use crate::text::remedy;

use super::{
    Cause, Declared, Given, Modules, Speaker, TABLES, Tables, of, of_lines, of_nobody, point_to,
};

/// What a service that is to listen on 8067 says.
fn of_8067(lines: &[&str]) -> Cause {
    let speaker = Speaker {
        service: "api",
        tier: None,
        port: Some(8067),
        is_alone: false,
        declared: &Declared::new(),
        given: &Given::default(),
        modules: &Modules::default(),
        set: &super::BTreeSet::new(),
        tables: &TABLES,
    };
    of(speaker, lines).unwrap_or_else(|| panic!("{lines:?}"))
}

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
            "env check",
        ),
        (
            &["ReplyError: NOAUTH Authentication required."],
            "wants a password",
            "env check",
        ),
        (
            &["psycopg.OperationalError: connection failed: fe_sendauth: no password supplied"],
            "Postgres wants a password",
            "add the password to DATABASE_URL",
        ),
        (
            &["FATAL:  password authentication failed for user \"x\""],
            "Postgres refuses the password",
            "correct the password in DATABASE_URL",
        ),
        (
            &["WRONGPASS invalid username-password pair or user is disabled."],
            "refuses the password",
            "env check",
        ),
        (
            &[
                "redis.exceptions.AuthenticationError: AUTH <password> called without any password configured",
            ],
            "has none",
            "env check",
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
fn buns_server_names_its_port_in_a_question() {
    let said = "error: Failed to start server. Is port 6001 in use?";
    let port = "somebody else listens on port 6001";
    point_to(&[
        (&[said], port, "6001"),
        (
            &[
                said,
                " syscall: \"listen\",",
                "   errno: 0,",
                "    code: \"EADDRINUSE\"",
                "      at /w/server.ts:1:5",
                "Bun v1.4.5 (Linux x64)",
            ],
            port,
            "6001",
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
fn a_port_that_is_not_named_need_not_be_its_own() {
    let taken = "OSError: [Errno 98] Address already in use";
    let said = of_8067(&[
        "Traceback (most recent call last):",
        "  File \"/w/main.py\", line 3, in <module>",
        "    start_http_server(9100)",
        "  File \"/usr/lib/python3.11/socketserver.py\", line 472, in server_bind",
        "    self.socket.bind(self.server_address)",
        taken,
    ]);
    assert_eq!(
        said.meaning,
        "a port that `api` wants is taken: its own, 8067, or another one that it opens"
    );
    assert!(said.way_out.contains(remedy::show_listeners()));
    let unknown = of_nobody(&TABLES, &[taken]).expect("a cause");
    assert!(unknown.meaning.ends_with("it does not say which"));
    let code = "    s.bind((\"127.0.0.1\", 9100))";
    let said = of_8067(&[
        "Traceback (most recent call last):",
        "  File \"/w/x.py\", line 3, in f",
        code,
        taken,
    ]);
    assert_eq!(said.meaning, "somebody else listens on port 9100");
}

#[test]
fn a_socket_that_is_there_is_no_port() {
    let (frame, code) = (
        "  File \"/w/x.py\", line 3, in <module>",
        "    s.bind('/tmp/x/app.sock')",
    );
    for lines in [
        &[
            "Error: listen EADDRINUSE: address already in use /tmp/x/app.sock",
            "    at Server.setupListenHandle [as _listen2] (node:net:1908:16)",
            "  code: 'EADDRINUSE',",
            "  address: '/tmp/x/app.sock',",
            "  port: -1",
            "}",
        ][..],
        &[
            "Traceback (most recent call last):",
            frame,
            code,
            "OSError: [Errno 98] Address already in use",
        ],
        &["nginx: [emerg] bind() to unix:/tmp/x/app.sock failed (98: Address already in use)"],
    ] {
        let said = of_8067(lines);
        assert!(
            said.meaning
                .starts_with("the socket `/tmp/x/app.sock` is there"),
            "{said:?}"
        );
        let way =
            "sudo lsof /tmp/x/app.sock   shows who listens; where nobody does: rm /tmp/x/app.sock";
        assert!(cfg!(windows) || said.way_out == way, "{said:?}");
    }
    // A folder with a blank, beside which there may be a file of its first word.
    let said = of_8067(&["listen EADDRINUSE: address already in use /tmp/my app/x.sock"]);
    assert!(said.meaning.starts_with("the socket `/tmp/my app/x.sock`"));
    let way = "rm '/tmp/my app/x.sock'";
    assert!(cfg!(windows) || said.way_out.ends_with(way), "{said:?}");
    // Any file may stand in the way of a socket.
    for line in [
        "listen EADDRINUSE: address already in use /tmp/my app",
        "listen EADDRINUSE: address already in use /tmp/app",
        "listen unix /srv/my data: bind: address already in use",
    ] {
        let said = of_8067(&[line]);
        let has_rm = said.way_out.contains("rm ");
        assert!(!has_rm && !said.meaning.contains("port"), "{said:?}");
    }
    let relative = of_8067(&["could not bind Unix address \"run/x.sock\": Address already in use"]);
    assert!(relative.way_out.contains(if cfg!(windows) {
        "del "
    } else {
        "rm run/x.sock   in the folder"
    }));
}

#[test]
fn a_port_that_a_line_beside_it_tells_is_named() {
    let taken = "somebody else listens on port";
    point_to(&[
        (
            &[
                "Address already in use",
                "Port 5000 is in use by another program. Either identify and stop that program, or start the server with a different port.",
            ],
            &format!("{taken} 5000"),
            "5000",
        ),
        (
            &[
                r#"{"error": "[Errno 98] Address already in use", "port": 9100, "event": "no metrics", "level": "error"}"#,
            ],
            &format!("{taken} 9100"),
            "9100",
        ),
        (
            &[
                "APPLICATION FAILED TO START",
                "Description:",
                "Web server failed to start. Port 8080 was already in use.",
                "Action:",
                "Identify and stop the process that's listening on port 8080 or configure this application to listen on another port.",
            ],
            &format!("{taken} 8080"),
            "8080",
        ),
        (
            &[
                "Starting development server at http://127.0.0.1:8000/",
                "Quit the server with CONTROL-C.",
                "Error: That port is already in use.",
            ],
            &format!("{taken} 8000"),
            "8000",
        ),
        (
            &["Error: That port is already in use."],
            "a port that `api` wants is taken",
            "shows who listens",
        ),
    ]);
}

#[test]
fn a_server_without_a_place_says_why_in_its_log() {
    let gone = "2026-11-30 00:15:25.439 UTC [7] FATAL:  could not create any TCP/IP sockets";
    let bind = "2026-11-30 00:15:25.435 UTC [7] LOG:  could not bind IPv4 address \"127.0.0.1\": Address already in use";
    let hint = "2026-11-30 00:15:25.435 UTC [7] HINT:  Is another postmaster already running on port 5439? If not, wait a few seconds and retry.";
    let warning = "2026-11-30 00:15:25.436 UTC [7] WARNING:  could not create listen socket for \"127.0.0.1\"";
    let redis = "7:M 30 Nov 2026 00:15:25.435 # Warning: Could not create server TCP listening socket *:18399: bind: Address already in use";
    let aborts = "7:M 30 Nov 2026 00:15:25.439 # Failed listening on port 18399 (TCP), aborting.";
    let taken = "somebody else listens on port";
    point_to(&[
        (
            &[bind, hint, warning, gone],
            &format!("{taken} 5439"),
            "5439",
        ),
        (
            &[bind, warning, gone],
            "a port that `api` wants is taken",
            "shows who",
        ),
        (&[redis, aborts], &format!("{taken} 18399"), "18399"),
    ]);
    // There are other reasons, and one place is enough.
    let denied = redis.replace("Address already in use", "Permission denied");
    for lines in [
        &[gone][..],
        &[&*denied, aborts],
        &[
            bind,
            hint,
            warning,
            "7 FATAL:  the database system is broken",
        ],
    ] {
        assert_eq!(of_lines(lines), None, "{lines:?}");
    }
}

#[test]
fn a_port_for_datagrams_has_no_listener() {
    for lines in [
        &[
            "Error: bind EADDRINUSE 127.0.0.1:18140",
            "    at node:dgram:379:20",
            "  code: 'EADDRINUSE',",
            "  syscall: 'bind',",
            "  address: '127.0.0.1',",
            "  port: 18140",
            "}",
        ][..],
        &["listen udp 127.0.0.1:18140: bind: address already in use"],
    ] {
        let way = remedy::show_receiver(18140);
        point_to(&[(lines, "somebody else has the UDP port 18140", &way)]);
    }
    let tcp = "listen tcp 127.0.0.1:18140: bind: address already in use";
    let way = remedy::show_listener(18140);
    point_to(&[(&[tcp], "somebody else listens on port 18140", &way)]);
}

#[test]
fn a_figure_of_a_log_is_no_port() {
    let refused = "the server at port 5499 that `api` needs";
    for line in [
        r#"{"level":50,"time":1764460978000,"err":{"code":"ECONNREFUSED","address":"127.0.0.1","port":5499},"msg":"no database"}"#,
        r#"{"level":"error","attempt":3,"msg":"dial tcp 127.0.0.1:5499: connect: connection refused"}"#,
        "error after retry :2 connect ECONNREFUSED 127.0.0.1:5499",
    ] {
        point_to(&[(&[line], refused, "doctor")]);
    }
    let taken =
        r#"{"level":50,"err":{"code":"EADDRINUSE","syscall":"listen","address":"::","port":5499}}"#;
    point_to(&[(&[taken], "somebody else listens on port 5499", "5499")]);
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
