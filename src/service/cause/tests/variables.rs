//! Variables that are not set, and words that say something else of one.

use crate::text::remedy;

use super::{BTreeMap, BTreeSet, Cause, Declared, Given, Modules, Speaker, TABLES, of};

const TRACEBACK: &str = "Traceback (most recent call last):";
const FRAME: &str = "  File \"/w/app.py\", line 2, in <module>";
const OS: &str = "  File \"<frozen os>\", line 679, in __getitem__";

/// What a service says whose schema declares some.
fn of_lines(lines: &[&str], set: &[&str]) -> Option<Cause> {
    of_given(lines, set, &Given::default())
}

/// The same with what is known of single variables.
pub(super) fn of_given(lines: &[&str], set: &[&str], given: &Given) -> Option<Cause> {
    let names = [
        "DATABASE_MAX_OVERFLOW",
        "DATABASE_POOL_SIZE",
        "DATABASE_URL",
        "DEBUG",
        "HOST",
        "LOG_LEVEL",
        "NODE_ENV",
        "PORT",
        "X_API_KEY",
    ];
    let names = names.map(|name| (name.to_owned(), String::new()));
    let declared = Declared::from([("backend".to_owned(), BTreeMap::from(names))]);
    let set = set.iter().map(|name| (*name).to_owned()).collect();
    let speaker = Speaker {
        service: "api",
        tier: Some("backend"),
        port: None,
        is_alone: false,
        declared: &declared,
        given,
        set: &set,
        modules: &Modules::default(),
        tables: &TABLES,
        neighbours: &[],
    };
    of(speaker, lines)
}

/// The variable that it misses.
#[track_caller]
fn miss(name: &str, cases: &[&[&str]]) {
    for lines in cases {
        let cause = of_lines(lines, &[]).unwrap_or_else(|| panic!("{lines:#?}"));
        let meaning = format!("`{name}` is not set");
        assert!(cause.meaning.starts_with(&meaning), "{lines:?}: {cause:?}");
    }
}

#[track_caller]
fn tell_nothing(cases: &[&[&str]]) {
    for lines in cases {
        assert_eq!(of_lines(lines, &[]), None, "{lines:#?}");
    }
}

#[test]
fn a_name_beside_words_of_complaint_is_not_missing() {
    for line in [
        "ValueError: DATABASE_URL is missing a scheme: postgres://… or postgresql://…",
        "ValueError: DATABASE_POOL_SIZE must be set lower than DATABASE_MAX_OVERFLOW",
        "ValueError: LOG_LEVEL: unknown level LOUD; required is one of debug, info",
        "Error: NODE_ENV is required to be 'production' here, and is 'development'",
        "Error: the NODE_ENV environment variable is required to be 'production'",
        "Error: Missing required header X_API_KEY in request to HOST",
        "Error: Missing required header X_API_KEY",
        "Error: header X_API_KEY is required",
        "Error: DEBUG build missing: run make",
        "Error: NODE_ENV is required but is not 'production'",
        "Error: the port must be a number (PORT), and so must what else was missing (was missing)",
        "NameError: name 'LOG_LEVEL' is not defined",
        "jinja2.exceptions.UndefinedError: 'SITE_NAME' is undefined",
        "Error: no licence { DEBUG: undefined }",
        // Command lines.
        "a.py: error: the following arguments are required: PORT",
        "Error: Missing option '--port' / PORT.",
        "Error: Missing argument 'PORT'.",
        // No schema knows them.
        "ValueError: MAX_UPLOAD_MB must be set between 1 and 100, got 500",
        "RuntimeError: WEBHOOK_BODY must be set before sign() is called",
        "Error: X_FORWARDED_FOR is required by the rate limiter, and no proxy adds it",
        "AttributeError: DEFAULT_TIMEOUT is not set on class Client",
        "Error: exactly one of A_KEY, B_KEY is required",
        "./run.sh: line 2: 1: unbound variable",
    ] {
        tell_nothing(&[&[line]]);
    }
    tell_nothing(&[
        &[
            "1 validation error for Order",
            "port",
            "  Field required [type=missing]",
        ],
        &[
            "1 validation error for Order",
            "port",
            "  Input should be a valid integer",
        ],
    ]);
}

#[test]
fn code_that_is_shown_complains_of_nothing() {
    tell_nothing(&[
        &[
            TRACEBACK,
            FRAME,
            "    raise KeyError(LOG_LEVEL)",
            "KeyError: 'loud'",
        ],
        &[
            TRACEBACK,
            FRAME,
            "    raise ValueError(f\"missing scheme in {settings.DATABASE_URL!r}\")",
            "ValueError: missing scheme in 'x'",
        ],
        &[
            "╭───── Traceback (most recent call last) ─────╮",
            "│ ❱ 2 raise Bad(\"no\")  # DATABASE_URL is not set │",
            "╰─────────────────────────────────────────────╯",
            "Bad: no",
        ],
        &[
            "/w/x.js:1",
            "throw new Error(check(\"x\", \"DATABASE_URL is not set\"))",
            "^",
            "Error: no",
            "    at Object.<anonymous> (/w/x.js:1:7)",
        ],
        &["    print(\"DATABASE_URL is not set\")", "error: no"],
    ]);
}

#[test]
fn only_a_key_of_the_environment_is_a_variable() {
    tell_nothing(&[
        &[
            TRACEBACK,
            "  File \"/w/app.py\", line 9, in <module>",
            "    name=os.environ[\"X\"]; get(name)",
            "  File \"/w/app.py\", line 4, in get",
            "    return ROWS[row]",
            "KeyError: '1'",
        ],
        &[
            TRACEBACK,
            FRAME,
            "    print(os.environ[\"HOME\"], CONF[\"queue\"])",
            "KeyError: 'queue'",
        ],
        // An ordinary dictionary has keys of such names, too.
        &[
            TRACEBACK,
            FRAME,
            "    LEVELS[\"LOG_LEVEL\"]",
            "KeyError: 'LOG_LEVEL'",
        ],
        &[TRACEBACK, OS, "KeyError: 'not a name'"],
        &[TRACEBACK, OS, "KeyError: '1'"],
    ]);
    miss(
        "QUEUE",
        &[
            &[
                TRACEBACK,
                FRAME,
                "    os.environ[\"QUEUE\"]",
                OS,
                "KeyError: 'QUEUE'",
            ],
            &[
                TRACEBACK,
                FRAME,
                "    os.environ[\"QUEUE\"]",
                "KeyError: 'QUEUE'",
            ],
            &[
                "╭───── Traceback (most recent call last) ─────╮",
                "│ /w/app.py:2 in <module>                     │",
                "│ ❱ 2 os.environ['QUEUE']                     │",
                "╰─────────────────────────────────────────────╯",
                "KeyError: 'QUEUE'",
            ],
        ],
    );
}

#[test]
fn what_is_set_is_not_missing() {
    let lines = ["Error: PORT is required", "Error: DATABASE_URL is required"];
    let missing = |set: &[&str]| {
        let cause = of_lines(&lines[1..], set).or_else(|| of_lines(&lines, set));
        cause.map(|cause| cause.meaning)
    };
    assert!(missing(&[]).is_some_and(|meaning| meaning.contains("`DATABASE_URL`")));
    assert_eq!(missing(&["DATABASE_URL", "PORT"]), None);
    let undeclared = ["Error: FOO_KEY is not set"];
    assert_eq!(of_lines(&undeclared, &["FOO_KEY"]), None);
}

#[test]
fn what_is_said_by_hand_is_understood() {
    for line in [
        "Error: DATABASE_URL is not set",
        "RuntimeError: `DATABASE_URL` must be set.",
        "Error: Missing DATABASE_URL",
        "Error: Missing env var: DATABASE_URL",
        "Error: Missing required environment variable DATABASE_URL",
        "Missing required environment variables: DATABASE_URL, FOO_KEY",
        "Error: required environment variables not set: DATABASE_URL",
        "the DATABASE_URL environment variable is required for the API",
        "Error: environment variable DATABASE_URL is missing or empty",
        "Error: process.env.DATABASE_URL is undefined",
        "AssertionError: DATABASE_URL is not set",
        "fatal: DATABASE_URL is required but not set (see README)",
        "Error: DATABASE_URL not set in the environment",
        "config error: DATABASE_URL is missing in .env",
        "sh: 1: DATABASE_URL: must be set",
        "ArkErrors: DATABASE_URL must be a string (was missing)",
        "level=error msg=\"DATABASE_URL is not set\"",
        "{\"level\":50,\"msg\":\"DATABASE_URL is not set\"}",
        // Rust, Elixir.
        "DATABASE_URL must be set: NotPresent",
        "** (RuntimeError) environment variable DATABASE_URL is missing.",
    ] {
        miss("DATABASE_URL", &[&[line]]);
    }
}

#[test]
fn packages_say_it_in_their_own_words() {
    let cases: &[&[&str]] = &[
        &[
            "decouple.UndefinedValueError: FOO_KEY not found. Declare it as envvar or define a default value.",
        ],
        &["environs.exceptions.EnvError: Environment variable \"FOO_KEY\" not set"],
        &["django.core.exceptions.ImproperlyConfigured: Set the FOO_KEY environment variable"],
        &["KeyError: \"Config 'FOO_KEY' is missing, and has no default.\""],
        &["EnvVarError: env-var: \"FOO_KEY\" is a required variable, but it was not set"],
        &["error: Environment variable not found: FOO_KEY."],
        &["required key FOO_KEY missing value"],
        &["Error: env: required environment variable \"FOO_KEY\" is not set"],
        &["error while interpolating x: required variable FOO_KEY is missing a value: no"],
        &[
            "openai.OpenAIError: The api_key client option must be set either by passing api_key to the client or by setting the FOO_KEY environment variable",
        ],
        &["bash: line 1: FOO_KEY: unbound variable"],
        &["Error: Config validation error: \"FOO_KEY\" is required"],
        &[
            "================================",
            " Missing environment variables:",
            "    FOO_KEY: undefined",
            "================================",
            " Exiting with error code 1",
        ],
        &[
            "MissingEnvVarsError: The following variables were defined in .env.example but are not present in the environment:",
            "  BAR_KEY, FOO_KEY",
            "Make sure to add them to .env or directly to the environment.",
        ],
    ];
    for lines in cases {
        let cause = of_lines(lines, &["BAR_KEY"]).unwrap_or_else(|| panic!("{lines:#?}"));
        assert!(
            cause.meaning.starts_with("`FOO_KEY` is not set"),
            "{lines:?}: {cause:?}"
        );
    }
    // Their values could be anybody's, but for the names.
    miss(
        "DATABASE_URL",
        &[
            &[
                "❌ Invalid environment variables: [",
                "  {",
                "    expected: 'string',",
                "    code: 'invalid_type',",
                "    path: [ 'DATABASE_URL' ],",
                "    message: 'Invalid input: expected string, received undefined'",
                "  }",
                "]",
                "Error: Invalid environment variables",
            ],
            &[
                "ZodError: [",
                "  {",
                "    \"path\": [",
                "      \"DATABASE_URL\"",
                "    ],",
                "    \"message\": \"Required\"",
                "  }",
                "]",
            ],
            &[
                "Error: bad environment",
                "✖ Invalid input: expected string, received undefined",
                "  → at DATABASE_URL",
            ],
            &[
                "❌ Invalid environment variables: {",
                "  DATABASE_URL: [ 'Invalid input: expected string, received undefined' ]",
                "}",
                "Error: Invalid environment variables",
            ],
            &["  DATABASE_URL: [ 'DATABASE_URL is required' ]"],
            &["database_url", "  Field required [type=missing]"],
            &["Error: missing value for field database_url"],
        ],
    );
}

#[test]
fn what_a_file_has_and_nobody_reads_is_told_so() {
    let key = |name: &str| ("backend".to_owned(), name.to_owned());
    let file = |name| (key(name), "backend/.env".to_owned());
    let given = Given {
        files: BTreeMap::from([file("DATABASE_URL"), file("QUEUE_NAME")]),
        optional: BTreeSet::from([key("DATABASE_URL"), key("LOG_LEVEL")]),
        ..Given::default()
    };
    let said = |line| of_given(&[line], &[], &given).unwrap_or_else(|| panic!("{line}"));
    let in_vain = ": backend/.env has it, and `api` does not read that";
    // A name that a file has is a variable's, whatever else could be said of it so.
    for line in [
        "Error: DATABASE_URL is not set",
        "Error: QUEUE_NAME is not set",
        "Error: QUEUE_NAME is missing",
    ] {
        let cause = said(line);
        let way = "begin the command of `api` with: pixcrawler env run --tier backend --   or let it read backend/.env";
        assert!(cause.meaning.ends_with(in_vain), "{cause:?}");
        assert_eq!(cause.way_out, way);
    }
    // A check does not ask for it.
    let optional = said("Error: LOG_LEVEL is not set");
    assert!(!optional.meaning.contains(".env") && !optional.way_out.contains("env check"));
    assert!(optional.way_out.contains(&remedy::set_here("LOG_LEVEL")));
    let needed = said("Error: X_API_KEY is not set");
    assert_eq!(needed.way_out, "pixcrawler env check --tier backend");
}

#[test]
fn one_of_several_that_would_do_is_not_named_alone() {
    for line in [
        "Error: Either API_TOKEN_X or API_USER_X must be set",
        "Error: `API_TOKEN_X` or `API_USER_X` must be set",
        "Error: One of API_TOKEN_X, API_USER_X must be set",
        "Error: at least one of: `API_TOKEN_X`, `API_USER_X` must be set",
    ] {
        let cause = of_lines(&[line], &[]).expect(line);
        let meaning = "none of `API_TOKEN_X`, `API_USER_X` is set where `api` looks";
        assert_eq!(cause.meaning, meaning);
        assert!(cause.way_out.contains(&remedy::set_here("API_TOKEN_X")));
        assert_eq!(of_lines(&[line], &["API_USER_X"]), None);
    }
    let both = "Error: API_TOKEN_X and API_USER_X must be set";
    let name = |set: &[&str]| of_lines(&[both], set).expect(both).meaning;
    assert!(name(&[]).starts_with("`API_TOKEN_X`"));
    assert!(name(&["API_TOKEN_X"]).starts_with("`API_USER_X`"));
}

#[test]
fn what_is_missing_and_no_variable_is_not_to_be_set() {
    for line in [
        "Error: order ORD_4711 is missing",
        "ERROR: import failed: article ART_4711 is missing",
        "Error: SKU_RED is missing",
        "Error: table USER_EVENTS is missing",
        "Error: The queue JOBS_HIGH is not defined",
        "Error: lock file of MAIN_DB is missing",
        "Error: enum value STATUS_OK is not defined",
        "Error: task BUILD_ALL is required",
        "Error: 403 SCOPE_WRITE is required",
        "Error: ROLE_ADMIN is required, user has ROLE_USER",
        "Error: TOKEN_EXPIRED: not provided",
        "Error: missing: MENU_TITLE, MENU_BODY",
        "ValueError: Error: column(s) missing: CUSTOMER_NO, ORDER_NO",
        "Error: the queue of CRAWL_URL is missing",
        "ValueError: Error: column(s) missing: CUSTOMER_URL, ORDER_NO",
    ] {
        tell_nothing(&[&[line]]);
    }
    tell_nothing(&[&[
        "ZodError: [",
        "  {",
        "    \"path\": [",
        "      \"ORDER_NO\"",
        "    ],",
        "    \"message\": \"Required\"",
        "  }",
        "]",
    ]]);
    miss(
        "FOO_URL",
        &[
            &["Error: FOO_URL is required"],
            &["Error: Missing FOO_URL"],
            &["Error: missing required config: FOO_URL"],
        ],
    );
    miss(
        "FOO_KEY",
        &[
            &["Error: FOO_KEY is missing: add it to .env"],
            &["Error: Missing env var FOO_KEY"],
            &["Error: FOO_KEY is required in process.env"],
            &["Error: FOO_KEY has not been set"],
        ],
    );
}

#[test]
fn what_somebody_asserts_of_a_name_is_no_cause() {
    tell_nothing(&[
        &["AssertionError: expected ok, got Error: API_KEY_X is not set"],
        &["AssertionError: expected ok, got Error: DATABASE_URL is not set"],
        &["AssertionError: 'DATABASE_URL is not set' != 'ok'"],
        &[
            "AssertionError [ERR_ASSERTION]: The input did not match the regular expression /configured/. Input:",
            "",
            "'Error: DB_KEY_X is not set'",
            "",
            "    at Object.<anonymous> (/w/x.js:1:19)",
            "  generatedMessage: true,",
            "  code: 'ERR_ASSERTION',",
            "  actual: 'Error: DB_KEY_X is not set',",
            "  expected: /configured/,",
            "  operator: 'match'",
            "}",
            "Node.js v20.20.2",
        ],
        // Its first line is not kept.
        &[
            "'Error: DB_KEY_X is not set'",
            "    at Object.<anonymous> (/w/x.js:1:19)",
            "  generatedMessage: true,",
            "  code: 'ERR_ASSERTION',",
            "  actual: 'Error: DB_KEY_X is not set',",
            "}",
        ],
        &[
            "AssertionError [ERR_ASSERTION]: Expected values to be strictly deep-equal:",
            "+ actual - expected",
            "",
            "  {",
            "+   error: 'Error: connect ECONNREFUSED 127.0.0.1:5433'",
            "-   error: null",
            "  }",
            "",
            "    at Object.<anonymous> (/w/x.js:1:19)",
            "  actual: { error: 'Error: connect ECONNREFUSED 127.0.0.1:5433' },",
            "  expected: { error: null },",
            "}",
        ],
    ]);
    miss(
        "FOO_KEY",
        &[
            &["AssertionError: FOO_KEY is not set"],
            &["AssertionError [ERR_ASSERTION]: FOO_KEY must be set"],
            &["AssertionError: Missing required environment variable FOO_KEY"],
        ],
    );
}
