//! Modules and packages that are not found.

use super::{Modules, Speaker, of, of_lines, point_to};

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
            "uv add pyyaml",
        ),
        (
            &["ModuleNotFoundError: No module named 'celery_cor'"],
            "misspelt, or its package is not in pyproject.toml",
            "uv add PACKAGE",
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
            "uv sync --all-packages",
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
            modules,
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
