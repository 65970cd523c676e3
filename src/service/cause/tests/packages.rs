//! Modules and packages that are not found.

use super::{Modules, Speaker, TABLES, of, of_lines, point_to};

#[test]
fn what_is_no_package_is_not_to_be_installed() {
    point_to(&[
        (
            &["Error: Cannot find module '~/lib/db'"],
            "`~/lib/db` is imported and is not there",
            "alias",
        ),
        (
            &["error: Cannot find module \"#db\" from \"/w/x.ts\""],
            "`#db` is imported",
            "package.json",
        ),
        (
            &["Cannot find module './x'"],
            "`./x` is imported and is not there",
            "restore",
        ),
        (
            &["Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/w/x.js'"],
            "`/w/x.js`",
            "restore",
        ),
        (
            &["Error: Cannot find module 'node:sqlite'"],
            "`node:sqlite` is a part of node",
            "node --version",
        ),
        (
            &["Error [ERR_UNKNOWN_BUILTIN_MODULE]: No such built-in module: node:sqlite"],
            "`node:sqlite`",
            "node --version",
        ),
        (
            &["Module not found: Can't resolve 'fs'"],
            "`fs` is a part of Node",
            "on the server",
        ),
        (
            &["Module not found: Error: Can't resolve 'fs/promises' in '/w'"],
            "`fs/promises` is a part of Node",
            "on the server",
        ),
        (
            &["error: Could not resolve: \"react-x\". Maybe you need to \"bun install\"?"],
            "`react-x` is not installed",
            "bun install",
        ),
        (
            &["Error: Cannot find module '@scope/x/y'"],
            "`@scope/x/y` is not installed",
            "bun install",
        ),
        (
            &["Error: Cannot find module '@scope/z/y'"],
            "frontend/package.json does not name it",
            "bun add @scope/z",
        ),
        (
            &["Module not found: Can't resolve 'lodash/map'"],
            "frontend/package.json does not name it",
            "bun add lodash",
        ),
    ]);
    for line in [
        "sqlalchemy.exc.ArgumentError: Could not resolve all types within mapper class X->x",
        "Error: Could not resolve authentication method. Expected either apiKey or authToken",
        "Error: Module not found in registry",
    ] {
        assert_eq!(of_lines(&[line]), None, "{line}");
    }
}

#[test]
fn python_modules_are_installed_by_the_names_that_the_manifest_has() {
    point_to(&[
        (
            &["ModuleNotFoundError: No module named 'ddgs'"],
            "package `ddgs` is not installed",
            "uv sync --all-packages",
        ),
        (
            &["ModuleNotFoundError: No module named 'cv2'"],
            "`opencv-python-headless` (module `cv2`)",
            "uv sync --all-packages",
        ),
        (
            &["ModuleNotFoundError: No module named 'yaml'"],
            "no Python module `yaml`",
            "uv add --package px-backend pyyaml",
        ),
        (
            &["ModuleNotFoundError: No module named 'celery_cor'"],
            "misspelt, or its package is not in pyproject.toml",
            "uv add --package px-backend PACKAGE",
        ),
        (
            &["/w/.venv/bin/python: No module named uvicorn"],
            "package `uvicorn` is not",
            "uv sync",
        ),
        (
            &["ModuleNotFoundError: No module named '_ctypes'"],
            "built without it",
            "--managed-python",
        ),
        (
            &["ModuleNotFoundError: No module named 'celery_core.x'"],
            "`celery_core` is there, and has no module `x`",
            "correct the import",
        ),
        (
            &["ModuleNotFoundError: No module named 'fastapi.x'"],
            "the installed `fastapi` has no module `x`",
            "uv pip show fastapi",
        ),
        (
            &["ModuleNotFoundError: No module named 'celery_core'"],
            "the project's own, in the workspace's root",
            "PYTHONPATH",
        ),
        (
            &["ModuleNotFoundError: No module named 'main'"],
            "the project's own, in `backend`",
            "cwd = \"backend\"",
        ),
        (
            &[
                "/w/python: No module named celery_core.__main__; 'celery_core' is a package and cannot be directly executed",
            ],
            "without a `__main__`",
            "python -m",
        ),
    ]);
    assert_eq!(
        of_lines(&["No module named by you was loaded: all fine"]),
        None
    );
}

#[test]
fn servers_that_find_no_application_are_told_where_it_is() {
    point_to(&[
        (
            &[
                "error: Failed to spawn: `uvicorn`",
                "  Caused by: No such file or directory (os error 2)",
            ],
            "has no program `uvicorn`",
            "uv sync --all-packages",
        ),
        (
            &[
                "error: Failed to spawn: `./run.sh`",
                "  Caused by: No such file or directory (os error 2)",
            ],
            "no program `./run.sh`",
            "its path",
        ),
        (
            &[
                "error: Failed to spawn: uvicorn",
                "  cause: No such file or directory (os error 2)",
            ],
            "has no program `uvicorn`",
            "uv sync --all-packages --reinstall-package uvicorn",
        ),
        (
            &["ERROR:    Error loading ASGI app. Could not import module \"main\"."],
            "`main` is the project's own, in `backend`",
            "start it in `backend`",
        ),
        (
            &["ERROR:    Error loading ASGI app. Could not import module \"mian\"."],
            "no module `mian` where `api` looks",
            "correct the name",
        ),
        (
            &["ERROR:    Error loading ASGI app. Attribute \"ap\" not found in module \"main\"."],
            "`main` has no `ap`",
            "MODULE:ATTRIBUTE",
        ),
        (
            &[
                "Unable to load celery application.",
                "The module celery_core was not found.",
            ],
            "`celery_core` is the project's own",
            "the workspace's root",
        ),
    ]);
}

#[test]
fn a_package_that_another_one_asks_for_is_named() {
    point_to(&[(
        &[
            "RuntimeError: Form data requires \"python-multipart\" to be installed. ",
            "You can install \"python-multipart\" with: ",
            "pip install python-multipart",
        ],
        "`python-multipart` is not installed where `api` runs",
        "uv add --package px-backend python-multipart",
    )]);
}

#[test]
fn a_line_is_for_the_folder_where_the_manifest_is() {
    let modules = Modules {
        manifest: Some("backend".to_owned()),
        ..super::modules()
    };
    let way = |modules: &Modules, module: &str| {
        let speaker = Speaker {
            service: "api",
            tier: None,
            port: None,
            is_alone: false,
            declared: &super::Declared::new(),
            given: &super::Given::default(),
            set: &super::BTreeSet::new(),
            modules,
            tables: &TABLES,
            neighbours: &[],
        };
        let line = format!("ModuleNotFoundError: No module named '{module}'");
        of(speaker, &[&*line]).expect("a cause").way_out
    };
    assert_eq!(
        way(&modules, "ddgs"),
        "(cd backend && uv sync --all-packages)"
    );
    assert!(way(&modules, "yaml").ends_with("(cd backend && uv add pyyaml)"));
    assert!(way(&Modules::default(), "ddgs").ends_with("uv pip install PACKAGE"));
}

#[test]
fn what_python_itself_has_comes_with_its_version() {
    let of = |name: &str, module: &str, path: &str| {
        format!("ImportError: cannot import name '{name}' from '{module}' ({path})")
    };
    let typing = "/usr/lib/python3.11/typing.py";
    point_to(&[
        (
            &[&of("override", "typing", typing)],
            "too old: `override` is in `typing` since 3.12",
            "doctor --only python",
        ),
        (
            &[&of("UTC", "datetime", "/usr/lib/python3.10/datetime.py")],
            "since 3.11",
            "doctor --only python",
        ),
        (
            &[&of(
                "Mapping",
                "collections",
                "/usr/lib/python3.11/collections/__init__.py",
            )],
            "misspelt, or another version of Python has it",
            "doctor --only python",
        ),
        (
            &[&of("override", "typing", "/w/typing.py")],
            "`typing` has no `override`",
            "define `override` there",
        ),
        (
            &["ModuleNotFoundError: No module named 'tomllib'"],
            "too old: `tomllib` is since 3.11",
            "doctor --only python",
        ),
    ]);
}

#[test]
fn a_name_that_a_package_does_not_have_may_be_misspelt() {
    let of = |name: &str, module: &str, path: &str| {
        format!("ImportError: cannot import name '{name}' from '{module}' ({path})")
    };
    let packages = "/w/.venv/lib/python3.13/site-packages";
    let fastapi = of(
        "APIRouterr",
        "fastapi",
        &format!("{packages}/fastapi/__init__.py"),
    );
    let jwt = of("PyJWS", "jwt.api", &format!("{packages}/jwt/api.py"));
    let typing = of("Anyy", "typing", "/usr/lib/python3.13/typing.py");
    let own = of("Jobb", "app.jobs", "/w/app/jobs.py");
    let suggests = |line: &str, name: &str| format!("{line}. Did you mean: '{name}'?");
    point_to(&[
        (
            &[&fastapi],
            "the installed `fastapi` has no `APIRouterr`: it is misspelt, or the code was written for another version of `fastapi`",
            "uv pip show fastapi",
        ),
        (
            &[&suggests(&fastapi, "APIRouter")],
            "it is misspelt (Python suggests `APIRouter`), or the code was written for another version",
            "import `APIRouter`, or",
        ),
        (
            &[&jwt],
            "the installed `jwt.api` has no `PyJWS`: it is misspelt, or",
            "uv pip show pyjwt",
        ),
        (
            &[&suggests(&typing, "Any")],
            "it is misspelt (Python suggests `Any`), or another version of Python has it",
            "doctor --only python",
        ),
        (
            &[&suggests(&own, "Job")],
            "`app.jobs` has no `Jobb`",
            "import `Job`, or define `Jobb` there",
        ),
    ]);
}

#[test]
fn what_a_package_imports_is_not_misspelt() {
    let frame =
        "  File \"/w/.venv/lib/python3.13/site-packages/sqlalchemy/util/x.py\", line 9, in x";
    let error = "ModuleNotFoundError: No module named 'greenlet'";
    let between = "The above exception was the direct cause of the following exception:";
    let hint = "ImportError: The SQLAlchemy asyncio module requires that the Python 'greenlet' library is installed.  In order to ensure this dependency is available, use the 'sqlalchemy[asyncio]' install target: 'pip install sqlalchemy[asyncio]'";
    let begin = "Traceback (most recent call last):";
    let needs = "the installed `sqlalchemy` needs the Python module `greenlet`";
    point_to(&[
        (
            &[begin, frame, "    import greenlet", error],
            needs,
            "uv add --package px-backend greenlet",
        ),
        (
            &[
                begin,
                frame,
                "    import greenlet",
                error,
                "",
                between,
                "",
                begin,
                frame,
                "    raise x",
                hint,
            ],
            needs,
            "uv add --package px-backend 'sqlalchemy[asyncio]'",
        ),
    ]);
    let name = "ImportError: cannot import name 'a' from 'fastapi_limiter' (/w/.venv/lib/python3.13/site-packages/fastapi_limiter/__init__.py)";
    point_to(&[
        (
            &[name],
            "`uv add --package px-backend fastapi-limiter==VERSION` would pin",
            "uv pip show fastapi-limiter",
        ),
        (
            &[begin, frame, "    from fastapi_limiter import a", name],
            "has no `a`: whoever imports it was written for another version",
            "uv pip show fastapi-limiter",
        ),
    ]);
}

#[test]
fn a_program_that_is_not_built_is_imported_by_nobody() {
    let node = |path: &str| format!("Error: Cannot find module '{path}'");
    let code = "  code: 'MODULE_NOT_FOUND',";
    let nobody = "  requireStack: []";
    point_to(&[
        (
            &[&node("/w/frontend/dist/server.js"), code, nobody, "}"],
            "`/w/frontend/dist/server.js` that `api` runs is not there: it is not built",
            "bun run build",
        ),
        (
            &[&node("/w/api/dist/server.js"), code, nobody, "}"],
            "not built yet",
            "`build` script",
        ),
        (
            &[&node("/w/sever.js"), code, nobody, "}"],
            "`/w/sever.js` that `api` runs is not there",
            "correct the command",
        ),
        (
            &["error: Module not found \"./dist/server.js\""],
            "not built yet",
            "`build` script",
        ),
        (
            &[
                &node("./nope.js"),
                "Require stack:",
                "- /w/a.cjs",
                code,
                "  requireStack: [ '/w/a.cjs' ]",
            ],
            "`./nope.js` is imported and is not there",
            "correct the import",
        ),
        (
            &[
                "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/w/dist/x.js' imported from /w/a.mjs",
            ],
            "is imported and is not there",
            "correct the import",
        ),
    ]);
}

#[test]
fn what_a_package_says_is_to_be_installed_is_taken_from_it() {
    point_to(&[
        (
            &[
                "ModuleNotFoundError: No module named 'email_validator'",
                "ImportError: email-validator is not installed, run `pip install 'pydantic[email]'`",
            ],
            "`email-validator` is not installed",
            "uv add --package px-backend 'pydantic[email]'",
        ),
        (
            &["ImportError: jinja2 is not installed, run pip install jinja2"],
            "`jinja2` is not installed",
            "uv add --package px-backend jinja2",
        ),
        (
            &[
                "ValueError: the greenlet library is required to use this function. No module named 'greenlet'",
            ],
            "`greenlet` is not installed",
            "uv add --package px-backend greenlet",
        ),
    ]);
    let odd = "ImportError: x is not installed, run `pip install -r $(rm x)`";
    let way = of_lines(&[odd]).map(|cause| cause.way_out);
    assert!(way.is_none_or(|way| !way.contains("rm x")));
}

#[test]
fn a_wheel_that_is_broken_is_to_be_fetched_anew() {
    for cause in ["  cause", "  Caused by"] {
        let wheel = format!("{cause}: The wheel is invalid: Metadata field Name not found");
        let install = "error: Failed to install: redis-6.4.0-py3-none-any.whl (redis==6.4.0)";
        point_to(&[(
            &[install, &wheel],
            "what uv keeps of `redis` in its cache is broken",
            "uv cache clean redis",
        )]);
    }
    assert_eq!(of_lines(&["the wheel is invalid"]), None);
}
