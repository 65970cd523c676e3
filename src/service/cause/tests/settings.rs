//! Variables that are missing, or have no value that can be used.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Given;
use super::{TABLES, of_lines, of_nobody, point_to, said_with};
use crate::text::remedy;

#[test]
fn only_settings_are_variables() {
    point_to(&[
        (
            &[
                "pydantic_core.ValidationError: 1 validation error for AppSettings",
                "workers",
                "  Input should be a valid integer [type=int_parsing]",
            ],
            "`workers` in `AppSettings`",
            "env check",
        ),
        (
            &[
                "1 validation error for Item",
                "DATABASE_URL",
                "  Input should be a valid URL [type=url_parsing]",
            ],
            "`DATABASE_URL` has a value that `api` cannot use",
            "env check --tier backend",
        ),
        (
            &[
                "Traceback (most recent call last):",
                "  File \"/v/site-packages/pydantic_settings/main.py\", line 194, in __init__",
                "    super().__init__(",
                "  File \"/v/site-packages/pydantic/main.py\", line 253, in __init__",
                "    validated_self = self.__pydantic_validator__.validate_python(data, self_instance=self)",
                "pydantic_core._pydantic_core.ValidationError: 1 validation error for Database",
                "url",
                "  Field required [type=missing, input_value={}, input_type=dict]",
            ],
            "`DATABASE_URL` (the database) is not set",
            "env check --tier backend",
        ),
        (
            &[
                "pydantic_settings.exceptions.SettingsError: error parsing value for field \"hosts\" from source \"EnvSettingsSource\"",
            ],
            "the variable of `hosts`",
            "env check",
        ),
    ]);
    for lines in [
        &[
            "1 validation error for Item",
            "price",
            "  Field required [type=missing]",
        ][..],
        &[
            "1 validation error for Item",
            "price",
            "  Input should be a valid number [type=float_parsing]",
        ],
        &[
            "1 validation error for Item",
            "database_url",
            "  Field required [type=missing]",
        ],
        &[
            "1 validation error for Item",
            "database_url",
            "  Input should be a valid URL [type=url_parsing]",
        ],
        &["ValidationError: validation error"],
    ] {
        assert_eq!(of_lines(lines), None, "{lines:?}");
    }
}

#[test]
fn a_value_that_settings_refuse_is_told_where_it_stands() {
    let given = Given {
        files: BTreeMap::from([(
            ("backend".to_owned(), "DATABASE_URL".to_owned()),
            "backend/.env".to_owned(),
        )]),
        ..Given::default()
    };
    let of_toml = |service: &str| Given {
        own: BTreeMap::from([((service.to_owned(), "DATABASE_URL".to_owned()), 7)]),
        ..given.clone()
    };
    let refused = [
        "1 validation error for Settings",
        "DATABASE_URL",
        "  String should match pattern '^postgres' [type=string_pattern_mismatch]",
    ];
    let of_test = Given {
        apart: BTreeMap::from([(
            ("backend".to_owned(), "DATABASE_URL".to_owned()),
            "backend/.env.test".to_owned(),
        )]),
        option: " --env test".to_owned(),
        ..given.clone()
    };
    let own = BTreeSet::from(["DATABASE_URL".to_owned()]);
    for (given, set, meaning, way_out) in [
        (
            of_test,
            own.clone(),
            "`DATABASE_URL` in backend/.env has a value that `api` cannot use: it must look like `^postgres`",
            "pixcrawler env set --file backend/.env.test DATABASE_URL=- --env test".to_owned(),
        ),
        (
            of_toml("api"),
            own.clone(),
            "`DATABASE_URL` in pixcrawler.toml:7 has a value that `api` cannot use: it must look like `^postgres`",
            remedy::open_at("pixcrawler.toml", 7),
        ),
        (
            of_toml("worker"),
            BTreeSet::new(),
            "`DATABASE_URL` in backend/.env has a value that `api` cannot use: it must look like `^postgres`",
            "pixcrawler env set --file backend/.env DATABASE_URL=-".to_owned(),
        ),
        (
            Given::default(),
            own,
            "`DATABASE_URL` has a value that `api` cannot use: it must look like `^postgres`",
            format!("{}   then start again", remedy::set_here("DATABASE_URL")),
        ),
    ] {
        let cause = said_with(&refused, &given, &set);
        let cause = cause.map(|cause| (cause.meaning, cause.way_out));
        assert_eq!(cause, Some((meaning.to_owned(), way_out)));
    }
}

#[test]
fn what_a_service_alone_is_given_empty_is_told_where_it_stands() {
    let given = Given {
        own: BTreeMap::from([(("api".to_owned(), "DATABASE_URL".to_owned()), 7)]),
        ..Given::default()
    };
    let lines = ["KeyError: environment variable DATABASE_URL is not set"];
    let cause = said_with(&lines, &given, &BTreeSet::new()).expect("a cause");
    assert!(
        cause
            .meaning
            .ends_with(": pixcrawler.toml:7 sets it to nothing"),
        "{cause:?}"
    );
    assert_eq!(cause.way_out, remedy::open_at("pixcrawler.toml", 7));
}

#[test]
fn a_variable_that_settings_have_no_field_for_is_no_wrong_value() {
    let lines = [
        "pydantic_core._pydantic_core.ValidationError: 2 validation errors for Settings",
        "old_name",
        "  Extra inputs are not permitted [type=extra_forbidden, input_value='x', input_type=str]",
        "    For further information visit https://errors.pydantic.dev/2.11/v/extra_forbidden",
        "workers",
        "  Input should be a valid integer [type=int_parsing]",
    ];
    let given = Given {
        files: BTreeMap::from([(
            ("backend".to_owned(), "OLD_NAME".to_owned()),
            "backend/.env".to_owned(),
        )]),
        ..Given::default()
    };
    let cause = said_with(&lines, &given, &BTreeSet::new()).expect("a cause");
    assert_eq!(
        cause.meaning,
        "`OLD_NAME` stands in backend/.env, and `Settings` has no field `old_name`; it complains of `workers`, too"
    );
    assert!(
        cause
            .way_out
            .starts_with("take OLD_NAME out of backend/.env, declare `old_name`")
            && cause.way_out.contains("extra=\"ignore\""),
        "{cause:?}"
    );
    let unknown = of_lines(&lines).expect("a cause").meaning;
    assert!(
        unknown.starts_with("`OLD_NAME` stands in the env file that `api` reads"),
        "{unknown}"
    );
    // What has a wrong value, and is declared, comes first.
    let declared = [
        "1 validation error for Settings",
        "old_name",
        "  Extra inputs are not permitted [type=extra_forbidden, input_value='x', input_type=str]",
        "database_url",
        "  Input should be a valid URL [type=url_parsing]",
    ];
    let both = of_lines(&declared).expect("a cause").meaning;
    assert_eq!(
        both,
        "`DATABASE_URL` has a value that `api` cannot use; it complains of `old_name`, too"
    );
}

#[test]
fn a_class_that_no_line_names_is_not_named() {
    let cause = of_nobody(
        &TABLES,
        &[
            "pydantic_settings.exceptions.SettingsError: error parsing value for field \"origins\" from source \"EnvSettingsSource\"",
        ],
    );
    assert_eq!(
        cause.expect("a cause").meaning,
        "the variable of `origins` has a value that `api` cannot use"
    );
}

#[test]
fn what_is_refused_beside_what_is_missing_is_named() {
    let lines = [
        "pydantic_core._pydantic_core.ValidationError: 4 validation errors for Settings",
        "api_key",
        "  Field required [type=missing, input_value={}, input_type=dict]",
        "port",
        "  Input should be a valid integer [type=int_parsing, input_value='x', input_type=str]",
    ];
    let cause = of_nobody(&TABLES, &lines).expect("a cause");
    assert_eq!(
        cause.meaning,
        "a variable is not set: `api` wants `api_key` for its `Settings`; it complains of `port`, 2 more, too"
    );
}

#[test]
fn an_alias_has_no_prefix() {
    let way = |name| {
        let lines = [
            "1 validation error for Settings",
            name,
            "  Field required [type=missing, input_value={}, input_type=dict]",
        ];
        of_nobody(&TABLES, &lines).expect("a cause").way_out
    };
    assert!(way("db_url").contains("env_prefix"));
    assert_eq!(
        way("DB_URL"),
        format!("{}   then start again", remedy::set_here("DB_URL"))
    );
}

#[test]
fn all_in_a_row_and_in_lines_of_their_own_are_named() {
    for lines in [
        &["ValueError: Missing required environment variables: FOO_KEY, BAR_KEY"][..],
        &["ERROR: FOO_KEY is not set", "ERROR: BAR_KEY is not set"],
        &["Error: FOO_KEY is not set", "Error: BAR_KEY is not set"],
    ] {
        let cause = of_nobody(&TABLES, lines).unwrap_or_else(|| panic!("{lines:?}"));
        assert_eq!(
            cause.meaning, "`FOO_KEY`, `BAR_KEY` are not set where `api` looks",
            "{lines:?}"
        );
    }
    let other = [
        "ERROR: FOO_KEY is not set",
        "ERROR: no licence",
        "ERROR: BAR_KEY is not set",
    ];
    let cause = of_nobody(&TABLES, &other).expect("a cause");
    assert_eq!(cause.meaning, "`BAR_KEY` is not set where `api` looks");
    let columns = ["ValueError: Missing required columns: FOO_KEY, BAR_KEY"];
    assert_eq!(of_nobody(&TABLES, &columns), None);
}

#[test]
fn a_variable_that_nobody_declares_is_named() {
    let frame = "  File \"<frozen os>\", line 679, in __getitem__";
    point_to(&[
        (
            &[frame, "KeyError: 'FOO_KEY'"],
            "`FOO_KEY` is not set",
            "FOO_KEY",
        ),
        (
            &[
                "  File \"/usr/lib/python3.11/os.py\", line 679, in __getitem__",
                "    raise KeyError(key) from None",
                "KeyError: 'FOO_KEY'",
            ],
            "`FOO_KEY` is not set",
            "FOO_KEY",
        ),
        (
            &[
                "decouple.UndefinedValueError: FOO_KEY not found. Declare it as envvar or define a default value.",
            ],
            "`FOO_KEY`",
            "FOO_KEY",
        ),
        (
            &["environs.exceptions.EnvError: Environment variable \"FOO_KEY\" not set"],
            "`FOO_KEY`",
            "FOO_KEY",
        ),
        (
            &[
                "    throw new Error(\"FOO_KEY is not set\")",
                "    ^",
                "Error: FOO_KEY is not set",
                "    at Object.<anonymous> (/w/x.js:1:7)",
                "Node.js v20.20.2",
            ],
            "`FOO_KEY` is not set",
            "FOO_KEY",
        ),
        (
            &["RuntimeError: `FOO_KEY` must be set"],
            "`FOO_KEY` is not set",
            "FOO_KEY",
        ),
        (
            &["sh: 1: FOO_KEY: parameter not set or null"],
            "`FOO_KEY`",
            "FOO_KEY",
        ),
    ]);
    for lines in [
        &["    x['FOO_KEY']", "KeyError: 'FOO_KEY'"][..],
        &["FOO_KEY is not set", "12 rules"],
        &["Error: the flag is not set"],
        &["ReferenceError: FOO_KEY is not defined"],
    ] {
        assert_eq!(of_lines(lines), None, "{lines:?}");
    }
}

#[test]
fn no_way_out_is_a_name_to_be_made_up() {
    for lines in [
        &["1 validation error for AppSettings"][..],
        &[
            "1 validation error for AppSettings",
            "workers",
            "  Input should be x",
        ],
        &["WRONGPASS invalid username-password pair"],
        &["Invalid environment variables: x"],
    ] {
        let way = of_nobody(&TABLES, lines).expect("a cause").way_out;
        assert!(!way.contains("NAME"), "{lines:?}: {way}");
    }
}

#[test]
fn all_that_are_missing_are_named() {
    let head = |count: usize, class: &str| {
        format!(
            "pydantic_core._pydantic_core.ValidationError: {count} validation errors for {class}"
        )
    };
    let field = |name: &str| {
        [
            name.to_owned(),
            "  Field required [type=missing, input_value={}, input_type=dict]".to_owned(),
        ]
    };
    let said = |count, class, names: &[&str]| {
        let fields = names.iter().flat_map(|name| field(name));
        let lines: Vec<String> = std::iter::once(head(count, class)).chain(fields).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let cause = said_with(&lines, &Given::default(), &BTreeSet::new());
        cause.map(|cause| (cause.meaning, cause.way_out))
    };
    let set = |name| {
        format!(
            "{}   with the `env_prefix` of `Settings` before it where that has one, so with each of them, then start again",
            remedy::set_here(name)
        )
    };
    let names: Vec<String> = (1..=8).map(|n| format!("alpha_{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let wants = "variables are not set: `api` wants ";
    for (count, told, meaning) in [
        (2, &names[..2], "`alpha_1`, `alpha_2` for its `Settings`"),
        (
            8,
            &names[..],
            "`alpha_1`, `alpha_2`, `alpha_3`, `alpha_4`, `alpha_5`, `alpha_6`, 2 more for its `Settings`",
        ),
        (
            5,
            &names[..2],
            "`alpha_1`, `alpha_2` for its `Settings`; it complains of 3 more",
        ),
    ] {
        let wanted = (format!("{wants}{meaning}"), set("ALPHA_1"));
        assert_eq!(said(count, "Settings", told), Some(wanted));
    }
    // What a schema declares a check tells of.
    let mixed = (
        "`alpha_1` of `Settings`, `DATABASE_URL` are not set where `api` looks".to_owned(),
        "pixcrawler env check --tier backend".to_owned(),
    );
    assert_eq!(
        said(2, "Settings", &["alpha_1", "database_url"]),
        Some(mixed)
    );
    let listed = [
        "Missing environment variables:",
        "    FOO_KEY: eg. \"x\" (undefined)",
        "    BAR_KEY: (undefined)",
    ];
    let cause = of_nobody(&TABLES, &listed).expect("a cause");
    assert_eq!(
        cause.meaning,
        "`FOO_KEY`, `BAR_KEY` are not set where `api` looks"
    );
    assert!(cause.way_out.contains("FOO_KEY"), "{cause:?}");
}
