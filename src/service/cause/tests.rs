//! Last words as programs really say them.

use super::*;

mod doubts;
mod named;
mod packages;
mod places;
mod programs;
mod servers;
mod settings;
mod variables;

/// There are migrations, and nobody has applied them.
static TABLES: Tables = Tables {
    by_us: true,
    alembic: None,
};

fn of_lines(lines: &[&str]) -> Option<Cause> {
    said(lines, false)
}

/// The manifest names some packages; `celery_core` and `main` are the project's own.
fn modules() -> Modules {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Modules {
        manifest: Some(String::new()),
        is_workspace: true,
        members: BTreeMap::from([("backend".to_owned(), "px-backend".to_owned())]),
        packages: names(&["ddgs", "fastapi", "opencv-python-headless", "uvicorn"]),
        own: BTreeMap::from([
            ("celery_core".to_owned(), String::new()),
            ("main".to_owned(), "backend".to_owned()),
        ]),
        web: Some(WebModules {
            dir: "frontend".to_owned(),
            manager: "bun",
            packages: names(&[
                "react-x",
                "@scope/x",
                "drizzle-orm",
                "holed",
                "next",
                "typescript",
                "vite",
            ]),
            programs: names(&["kit", "vite"]),
            brought: ["kit", "lost"]
                .map(|name| (name.to_owned(), "drizzle-orm".to_owned()))
                .into(),
            holed: BTreeMap::from([(
                "holed".to_owned(),
                super::Holed {
                    file: "node_modules/holed/it.js".to_owned(),
                    way: "(cd frontend && rm -rf node_modules/holed && bun install)".to_owned(),
                },
            )]),
            is_there: true,
        }),
        fields: None,
    }
}

/// A service of a workspace that declares nothing, whose tables are made so.
fn of_nobody(tables: &Tables, lines: &[&str]) -> Option<Cause> {
    let speaker = Speaker {
        service: "api",
        tier: None,
        port: None,
        is_alone: false,
        declared: &Declared::new(),
        given: &Given::default(),
        set: &BTreeSet::new(),
        modules: &Modules::default(),
        tables,
        neighbours: &[],
    };
    of(speaker, lines)
}

/// What `api` says in a session in which `late` has port 21522.
fn beside(stage: Stage, wait: Option<&str>, lines: &[&str]) -> Cause {
    let late = Neighbour {
        name: "late".to_owned(),
        port: 21522,
        stage,
        wait: wait.map(str::to_owned),
    };
    let speaker = Speaker {
        service: "api",
        tier: None,
        port: None,
        is_alone: false,
        declared: &Declared::new(),
        given: &Given::default(),
        set: &BTreeSet::new(),
        modules: &Modules::default(),
        tables: &TABLES,
        neighbours: &[late],
    };
    of(speaker, lines).unwrap_or_else(|| panic!("{lines:?}"))
}

/// Each of these last words has a cause that says this, and a way out that says that.
fn point_to(cases: &[(&[&str], &str, &str)]) {
    for (lines, meaning, way_out) in cases {
        let cause = of_lines(lines).unwrap_or_else(|| panic!("{lines:?}"));
        assert!(
            cause.meaning.contains(meaning) && cause.way_out.contains(way_out),
            "{lines:?}: {} → {}",
            cause.meaning,
            cause.way_out
        );
    }
}

fn said(lines: &[&str], is_alone: bool) -> Option<Cause> {
    spoken(lines, is_alone, &Given::default(), &BTreeSet::new())
}

/// Who reads files, and has variables.
fn said_with(lines: &[&str], given: &Given, set: &BTreeSet<String>) -> Option<Cause> {
    spoken(lines, false, given, set)
}

fn spoken(lines: &[&str], is_alone: bool, given: &Given, set: &BTreeSet<String>) -> Option<Cause> {
    let modules = modules();
    let declared = Declared::from([(
        "backend".to_owned(),
        BTreeMap::from([("DATABASE_URL".to_owned(), "the database".to_owned())]),
    )]);
    let speaker = Speaker {
        service: "api",
        tier: Some("backend"),
        port: None,
        is_alone,
        declared: &declared,
        given,
        set,
        modules: &modules,
        tables: &TABLES,
        neighbours: &[],
    };
    of(speaker, lines)
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn last_words_point_to_a_way_out() {
    let cases: [(&[&str], &str, &str); 21] = [
        (
            &["ModuleNotFoundError: No module named 'http.server'; 'http' is not a package"],
            "a file `http.py` beside the code hides it",
            "print(http.__file__)",
        ),
        (
            &["x", "ModuleNotFoundError: No module named 'ddgs'"],
            "`ddgs` is not installed",
            "uv sync --all-packages",
        ),
        (
            &[
                "ImportError: cannot import name 'FastAPILimiter' from 'fastapi_limiter' (/w/.venv/lib/python3.11/site-packages/fastapi_limiter/__init__.py)",
            ],
            "`fastapi_limiter` has no `FastAPILimiter`",
            "uv pip show fastapi-limiter",
        ),
        (
            &[
                "ImportError: cannot import name 'b' from partially initialized module 'app.a' (most likely due to a circular import) (/w/app/a.py)",
            ],
            "`app.a` imports, by way of others",
            "inside the function",
        ),
        (
            &[
                "ValidationError: 1 validation error for DatabaseSettings",
                "DATABASE_URL",
                "  Field required",
            ],
            "`DATABASE_URL` (the database) is not set",
            "pixcrawler env check --tier backend",
        ),
        (
            &[
                "1 validation error for AppSettings",
                "database_url",
                "  Field required [type=missing, input_value={}, input_type=dict]",
                "    For further information visit https://errors.pydantic.dev",
            ],
            "`DATABASE_URL`",
            "env check",
        ),
        (
            &[
                "    raise KeyError(key) from None",
                "KeyError: 'DATABASE_URL'",
            ],
            "`DATABASE_URL`",
            "env check",
        ),
        (
            &["Error: Missing required environment variable DATABASE_URL"],
            "`DATABASE_URL`",
            "env check",
        ),
        (
            &[
                "1 validation error for AppSettings",
                "other",
                "  Field required",
            ],
            "a variable is not set",
            "OTHER",
        ),
        (
            &[
                "[Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use",
            ],
            "port 8000",
            "8000",
        ),
        (
            &["Error: listen EADDRINUSE: address already in use :::3000"],
            "somebody else listens on port 3000",
            "3000",
        ),
        (
            &[
                "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
            ],
            "Redis at port 6379",
            "managed",
        ),
        (
            &["ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)"],
            "Postgres at port 5432",
            "managed",
        ),
        (
            &[
                "connection to server at \"localhost\" (127.0.0.1), port 5555 failed: Connection refused",
            ],
            "Postgres at port 5555",
            "DATABASE_URL: pixcrawler dev starts",
        ),
        (
            &[
                " ⨯ Failed to start server",
                "Error: listen EADDRINUSE: address already in use :::3000",
                "    at Server.setupListenHandle [as _listen2] (node:net:1908:16)",
                "  code: 'EADDRINUSE',",
                "  errno: -98,",
                "  port: 3000",
                "}",
            ],
            "somebody else listens on port 3000",
            "3000",
        ),
        (
            &[
                "Error: connect ECONNREFUSED ::1:6379",
                "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {",
                "  code: 'ECONNREFUSED',",
                "  port: 6379",
            ],
            "Redis at port 6379",
            "managed",
        ),
        (
            &[
                "pydantic_core._pydantic_core.ValidationError: 1 validation error for DatabaseSettings",
                "url",
                "  Field required [type=missing, input_value={}, input_type=dict]",
            ],
            "`DATABASE_URL` (the database) is not set",
            "pixcrawler env check --tier backend",
        ),
        (
            &[
                "1 validation error for AppSettings",
                "other",
                "  Field required",
            ],
            "`api` wants `other` for its `AppSettings`",
            "the `env_prefix` of `AppSettings`",
        ),
        (
            &["Error: connect ECONNREFUSED 127.0.0.1:9999"],
            "the server at port 9999",
            "doctor",
        ),
        (
            &["Error: Cannot find module 'drizzle-orm'"],
            "`drizzle-orm` is not installed",
            "bun install",
        ),
        (
            &["Module not found: Can't resolve '@/lib/x'"],
            "`@/lib/x` is imported and is not there",
            "tsconfig.json",
        ),
    ];
    for (lines, meaning, way_out) in cases {
        let Cause {
            meaning: seen,
            way_out: way,
            ..
        } = of_lines(lines).expect(meaning);
        assert!(
            seen.contains(meaning) && way.contains(way_out),
            "{lines:?}: {seen} → {way}"
        );
    }
    assert_eq!(of_lines(&["all is well"]), None);
    assert_eq!(of_lines(&["DATABASE_URL is set", "bye"]), None);
}

#[test]
fn a_way_out_names_no_tier_that_there_is_not() {
    let way = |tier, declared: &Declared, lines: &[&str]| {
        let speaker = Speaker {
            service: "api",
            tier,
            port: None,
            is_alone: false,
            declared,
            given: &Given::default(),
            set: &BTreeSet::new(),
            modules: &Modules::default(),
            tables: &TABLES,
            neighbours: &[],
        };
        of(speaker, lines).expect("a cause").way_out
    };
    let names = BTreeMap::from([("DATABASE_URL".to_owned(), String::new())]);
    let declared = Declared::from([("server".to_owned(), names)]);
    let unknown = [
        "1 validation error for AppSettings",
        "other",
        "  Input should be a valid integer",
    ];
    assert_eq!(way(None, &declared, &unknown), "pixcrawler env check");
    assert_eq!(way(Some("x"), &declared, &unknown), "pixcrawler env check");
    let missing = ["KeyError: 'DATABASE_URL'"];
    let check = "pixcrawler env check --tier server";
    assert_eq!(way(None, &declared, &missing), check);
    assert_eq!(way(Some("server"), &declared, &unknown), check);
    let undeclared = way(None, &Declared::new(), &unknown);
    assert!(
        undeclared.contains("`other`") && !undeclared.contains("NAME"),
        "{undeclared}"
    );
}

#[test]
fn a_program_that_a_shell_does_not_find_is_named() {
    for (line, meaning, way_out) in [
        (
            "sh: 1: nosuch: not found",
            "the program `nosuch` that `api` needs is not on PATH",
            "install it",
        ),
        (
            "bash: line 1: nosuch: command not found",
            "the program `nosuch`",
            "install it",
        ),
        (
            "/bin/sh: 1: bin/rails: not found",
            "no program `bin/rails` where `api` runs",
            "its path",
        ),
        (
            "'nosuch' is not recognized as an internal or external command,",
            "the program `nosuch`",
            "install it",
        ),
    ] {
        let Cause {
            meaning: seen,
            way_out: way,
            ..
        } = of_lines(&[line]).expect(line);
        assert!(
            seen.contains(meaning) && way.contains(way_out),
            "{seen} → {way}"
        );
    }
}

#[test]
fn without_a_workspace_no_command_is_named_that_needs_one() {
    for line in [
        "sh: 1: uv: not found",
        "1 validation error for AppSettings",
        "connect ECONNREFUSED 127.0.0.1:9999",
        "Error 111 connecting to localhost:6379. Connection refused.",
        "password authentication failed",
        "relation \"x\" does not exist",
        "database \"x\" does not exist",
        "JavaScript heap out of memory",
    ] {
        let way = said(&[line], true).expect(line).way_out;
        assert!(!way.contains("pixcrawler"), "{line} → {way}");
        let way = said(&[line], false).expect(line).way_out;
        assert!(way.contains("pixcrawler"), "{line} → {way}");
    }
}
