//! Fields of settings classes that have no default, and that nothing sets.

use super::Place;

const SECURITY: &str = "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n\nclass SecuritySettings(BaseSettings):\n    model_config = SettingsConfigDict(env_file=[\".env\", \"backend/.env\"], extra=\"ignore\")\n\n    demo: bool = False\n    jwt_secret: str\n";

const ALL: &str = "from functools import lru_cache\n\nfrom pydantic import Field\nfrom pydantic_settings import BaseSettings\n\nfrom backend.security import SecuritySettings\n\n\nclass CommonSettings(BaseSettings):\n    security: SecuritySettings = Field(default_factory=SecuritySettings)\n\n\nclass DevSettings(CommonSettings):\n    debug: bool = True\n\n\ndef get_settings():\n    return {\"development\": DevSettings}[\"development\"]()\n";

const MAIN: &str = "from fastapi import FastAPI\n\nfrom .config import get_settings\n\nsettings = get_settings()\napp = FastAPI()\n";

const MESSAGE: &str =
    "`JWT_SECRET` is not set, and the backend's code asks for it (backend/security.py:8)";

fn place(more: &[(&str, &str)]) -> Place {
    let place = Place::new(&[
        ("backend/__init__.py", ""),
        ("backend/security.py", SECURITY),
        ("backend/config.py", ALL),
        ("backend/main.py", MAIN),
        (".env", "PIXCRAWLER_ENVIRONMENT=development\n"),
        ("backend/.env", "ENVIRONMENT=development\n"),
    ]);
    for (path, text) in more {
        place.write(path, text);
    }
    place
}

fn is_told(place: &Place) -> bool {
    place
        .check("env", &[])
        .text()
        .contains("JWT_SECRET` is not set")
}

#[test]
fn a_field_without_a_default_is_told_before_a_start() {
    let place = place(&[]);
    let check = place.check("env", &[]);
    check.warns_of("env/missing", MESSAGE);
    let line = "pixcrawler env set --file .env JWT_SECRET=-";
    assert!(check.helps().contains(&line), "{:?}", check.helps());
    let told = place.run(&["env", "check", "--tier", "backend"]);
    let all = format!("{}{}", told.out, told.err);
    assert!(all.contains(MESSAGE), "{all}");
    assert!(all.contains("`jwt_secret` of `SecuritySettings`"), "{all}");
    let done = place.follow(line, "a-long-word-of-its-own\n");
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(!is_told(&place));
}

#[test]
fn what_is_set_somewhere_is_not_told() {
    let of_security = |from: &str, to: &str| SECURITY.replace(from, to);
    let of_all = |from: &str, to: &str| ALL.replace(from, to);
    let default = of_security("jwt_secret: str", "jwt_secret: str = ''");
    let other = of_security("\"backend/.env\"", "\"backend/jwt.env\"");
    let no_file = of_security("env_file=", "env_file=None, title=");
    let handed = of_all(
        "Field(default_factory=SecuritySettings)",
        "SecuritySettings(jwt_secret=\"x\")",
    );
    let unused = of_all(
        "SecuritySettings = Field(default_factory=SecuritySettings)",
        "str = ''",
    );
    let changed = MAIN.replace(
        "settings =",
        "import os\nos.environ.setdefault(\"JWT_SECRET\", \"x\")\nsettings =",
    );
    let given = "[services.backend]\nenv = { JWT_SECRET = \"x\" }\n";
    for more in [
        [("backend/.env", "JWT_SECRET=\n"), ("x", "")],
        [(".env", "jwt_secret=x\n"), ("x", "")],
        [("backend/security.py", default.as_str()), ("x", "")],
        [
            ("backend/security.py", other.as_str()),
            ("backend/jwt.env", "JWT_SECRET=x\n"),
        ],
        [("backend/config.py", handed.as_str()), ("x", "")],
        [("backend/config.py", unused.as_str()), ("x", "")],
        [("backend/main.py", changed.as_str()), ("x", "")],
        [("pixcrawler.toml", given), ("x", "")],
        // Where no env file is read, none helps.
        [("backend/security.py", no_file.as_str()), ("x", "")],
        // Who makes the settings is no service.
        [
            ("backend/main.py", "from .config import get_settings\n"),
            ("x", ""),
        ],
        [
            (
                "backend/main.py",
                "from fastapi import FastAPI\napp = FastAPI()\n",
            ),
            ("x", ""),
        ],
    ] {
        assert!(!is_told(&place(&more)), "{more:?}");
    }
    let mut set = place(&[]);
    set.set("JWT_SECRET", "x");
    assert!(!is_told(&set));
}
