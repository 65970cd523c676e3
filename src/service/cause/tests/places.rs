//! Places to listen that somebody else has.

use crate::text::remedy;

use super::{
    Cause, Declared, Given, Modules, Speaker, Stage, TABLES, beside, of, of_lines, of_nobody,
    point_to,
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
        neighbours: &[],
    };
    of(speaker, lines).unwrap_or_else(|| panic!("{lines:?}"))
}

#[test]
fn a_port_that_another_service_of_the_session_has_is_not_somebody_elses() {
    let taken = "OSError: [Errno 98] Address already in use: ('127.0.0.1', 21522)";
    for (stage, meaning, way) in [
        (
            Stage::Ready,
            "somebody listens on port 21522 already: `late` of this session has that port",
            "let `api` listen on another port, or give `late` another one".to_owned(),
        ),
        (
            Stage::Gone,
            "somebody else listens on port 21522",
            format!("{}   shows who", remedy::show_listener(21522)),
        ),
    ] {
        let cause = beside(stage, None, &[taken]);
        assert_eq!((cause.meaning, cause.way_out), (meaning.to_owned(), way));
    }
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
    let unnumbered = [
        "Traceback (most recent call last):",
        "  File \"/app/listen.py\", line 4, in <module>",
        "    listen(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), place)",
        "OSError: [Errno 98] Address already in use",
    ];
    let meaning = "a UDP port that `api` wants is taken: it does not say which";
    point_to(&[(&unnumbered, meaning, remedy::show_receivers())]);
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
