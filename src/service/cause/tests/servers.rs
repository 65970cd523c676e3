//! Servers that are not found, refuse, or have no place.

use super::{of_lines, point_to};

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
