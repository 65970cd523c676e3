//! What `dev --dry-run` shows of a plan.

use crate::support::{Workspace, free_port};

#[test]
fn the_plan_says_what_decides_a_start() {
    let workspace = Workspace::new(
        "[services.top]\ncommand = \"exec sleep 1000\"\n\
         ready = { http = { url = \"http://127.0.0.1:9/x\", status = [200, \"300-399\"], response-headers = { ETag = \"1\" }, body = \"yes\" } }\n\
         success-codes = [0]\n\
         [services.seed]\ncommand = \"exit 0\"\ntask = true\n\
         [services.b]\ncommand = \"exec sleep 1000\"\n\
         depends-on = { top = \"started\", seed = \"completed\" }\n",
    );
    let ended = workspace.dev(&["--dry-run"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    for told in [
        "after seed (ended), top (started)",
        "runs once",
        "ready by http://127.0.0.1:9/x with status 200 or 300-399 with a header ETag with `yes` in the body, within",
    ] {
        assert!(ended.out.contains(told), "{told}: {}", ended.all());
    }
    assert!(!ended.out.contains("success:"), "{}", ended.all());
}

#[test]
fn every_service_has_its_row_of_the_plan_whatever_its_command_holds() {
    let workspace = Workspace::new(
        "[services.a]\ncommand = \"\"\"\nset -e\necho one\n\"\"\"\n\
         ready = { exec = [\"sh\", \"-c\", \"true\\nexit 0\"] }\n\
         [services.b]\ncommand = [\"echo\", \"two\\n\\u001b[2Jthree\"]\n\
         [services.c]\ncommand = \"sleep 1000\"\nsuccess-codes = [7]\n",
    );
    let ended = workspace.dev(&["--dry-run"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
    let lines: Vec<&str> = ended.out.lines().skip(1).map(str::trim_end).collect();
    let of = |name: &str| {
        let row = |line: &&str| line.starts_with(&format!("  {name}  "));
        lines
            .iter()
            .position(row)
            .unwrap_or_else(|| panic!("{name}: {}", ended.all()))
    };
    assert_eq!(lines[of("a")], "  a  set -e␤echo one", "{}", ended.all());
    assert!(
        lines[of("a") + 1].contains("`sh -c 'true␤exit 0'`"),
        "{}",
        ended.all()
    );
    assert_eq!(
        lines[of("b")],
        "  b  echo 'two␤␛[2Jthree'",
        "{}",
        ended.all()
    );
    assert_eq!(lines[of("c")], "  c  sleep 1000", "{}", ended.all());
    assert!(
        lines[of("c") + 1].contains("success: 0, 7"),
        "{}",
        ended.all()
    );
}

#[test]
fn a_program_of_an_installed_package_is_named_as_it_is_run() {
    let workspace = Workspace::new(
        "[services.types]\ncommand = \"tsc --watch\"\ncwd = \"web\"\n\
         [services.kit]\ncommand = [\"px-kit\"]\ncwd = \"web\"\n",
    );
    workspace.write(
        "web/package.json",
        "{\"devDependencies\":{\"typescript\":\"5\",\"px-tools\":\"1\"},\"packageManager\":\"bun@1.2.0\"}",
    );
    let ended = workspace.dev(&["--dry-run"]).run();
    for told in [
        "service `types`: `tsc` is not on PATH: it comes with `typescript` of web/package.json, which is not installed",
        "(cd web && bun install); then write `bunx tsc` in its `command`",
        // Nobody knows what a package would bring.
        "service `kit`: `px-kit` is not on PATH",
        "install it, or name it with its folder",
    ] {
        assert!(ended.all().contains(told), "{told}: {}", ended.all());
    }
    assert!(!ended.all().contains("bun add"), "{}", ended.all());
    workspace.write(
        "web/node_modules/px-tools/package.json",
        "{\"name\":\"px-tools\",\"version\":\"1.0.0\",\"bin\":{\"px-kit\":\"k.js\"}}",
    );
    workspace.write("web/node_modules/px-tools/k.js", "");
    workspace.write("web/node_modules/.bin/px-kit", "");
    workspace.write("web/node_modules/.bin/tsc", "");
    let ended = workspace.dev(&["--dry-run"]).run();
    for told in [
        "`tsc` is not on PATH: it comes with `typescript`, and only scripts of web/package.json find it by that name",
        "write `bunx tsc` in its `command`",
        "`px-kit` is not on PATH: it comes with `px-tools`, and only scripts",
        "write `bunx px-kit` in its `command`",
    ] {
        assert!(ended.all().contains(told), "{told}: {}", ended.all());
    }
}

#[test]
fn a_worker_that_may_hide_that_it_works_is_waited_for_no_longer_than_that_makes_sense() {
    let plan = |level: &str, settings: &str| {
        let workspace = Workspace::new(settings);
        workspace.write(
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        );
        workspace.write(
            "backend/main.py",
            "from fastapi import FastAPI\napp = FastAPI()\n",
        );
        workspace.write("backend/.env", &format!("LOG_LEVEL={level}\n"));
        workspace.write(
            "celery_core/app.py",
            "from celery import Celery\napp = Celery('x', broker='memory://')\n",
        );
        let ended = workspace
            .dev(&["--dry-run", "--no-install", "worker"])
            .run();
        // Its programs need not be installed here.
        assert!(ended.all().contains("worker"), "{}", ended.all());
        ended.all().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let hidden = plan("WARNING", "");
    for told in [
        "worker counts as ready once it has run for 15.0 s",
        "LOG_LEVEL=WARNING (backend/.env:1) may hide the line",
        ", or once it has run for 15.0 s",
    ] {
        assert!(hidden.contains(told), "{told}: {hidden}");
    }
    let own = "[services.worker]\nready = { exec = \"true\" }\n";
    for told in [plan("info", ""), plan("WARNING", own)] {
        assert!(!told.contains("counts as ready"), "{told}");
    }
    // Without a line that says so nobody waits for one.
    for words in ["--loglevel=warning", "-l info --logfile=w.log"] {
        let command = format!("[services.worker]\ncommand = \"celery -A x worker {words}\"\n");
        let told = plan("info", &command);
        assert!(!told.contains("ready by a line"), "{told}");
    }
}

#[test]
fn a_worker_that_hears_no_question_says_by_itself_that_it_works() {
    let workspace = Workspace::new("");
    workspace.write(
        "pyproject.toml",
        "[project]\nname = \"app\"\nversion = \"0\"\n",
    );
    let port = free_port();
    let is_asked = |more: &str| {
        workspace.write(
            "celery_core/app.py",
            &format!("from celery import Celery\napp = Celery('x', broker='redis://127.0.0.1:{port}/0')\n{more}\n"),
        );
        let ended = workspace
            .dev(&["--dry-run", "--no-install", "worker"])
            .run();
        assert!(ended.all().contains("worker"), "{}", ended.all());
        !ended.all().contains("ready\\./")
    };
    assert!(is_asked(""));
    assert!(is_asked(
        "app.conf.broker_transport_options = {'fanout_prefix': True}"
    ));
    for more in [
        "app.conf.broker_transport_options = {'global_keyprefix': 'app1:'}",
        "app.conf.broker_transport_options = {'fanout_prefix': False}",
        "app.conf.control_exchange = 'mypidbox'",
        "app.conf.worker_enable_remote_control = False",
    ] {
        assert!(!is_asked(more), "{more}");
    }
}

#[test]
fn on_a_terminal_no_line_of_the_plan_is_wider_than_that() {
    let workspace = Workspace::new(
        "[services.seed]\ncommand = \"exit 0\"\ntask = true\n\
         [services.api]\ncommand = \"exec sleep 1000 # as long a line as any of those that a package manager wants to have\"\n\
         port = 18447\nready = { exec = \"test -e a-file-with-a-long-name && test -e another-file-with-a-long-name\" }\n\
         depends-on = { seed = \"completed\" }\n\
         [services.web]\ncommand = \"exec sleep 1000\"\ndepends-on = [\"api\"]\n",
    );
    let plan = || workspace.dev(&["--dry-run"]).env("NO_COLOR", "1");
    let shown = plan().in_terminal().env("TERMINAL_SIZE", "24x80").run();
    let lines: Vec<&str> = shown.out.lines().map(str::trim_end).collect();
    // The first line has the folder's name, which is whole or nothing.
    for line in &lines[1..] {
        assert!(line.chars().count() <= 80, "{line}: {}", shown.all());
    }
    for told in [
        "  seed          exit 0",
        "  api   :18447  exec sleep 1000 # as long a line as any of those that a package",
        "                manager wants to have",
        "  web           exec sleep 1000",
    ] {
        assert!(lines.contains(&told), "{told}: {}", shown.all());
    }
    let after = |line: &&str| line.starts_with("      after seed (ended)");
    assert!(lines.iter().any(after), "{}", shown.all());

    let whole = plan().run();
    let row = "package manager wants to have  :18447  after seed (ended)\n";
    assert!(whole.out.contains(row), "{}", whole.all());
}

#[test]
fn what_lies_in_src_is_started_where_its_project_is() {
    let workspace = Workspace::new("");
    workspace.write(
        "pyproject.toml",
        "[tool.uv.workspace]\nmembers = [\"backend\", \"worker\"]\n",
    );
    let project = |name: &str| {
        let project = format!("[project]\nname = \"{name}\"\nversion = \"0\"\n");
        workspace.write(&format!("{name}/pyproject.toml"), &project);
    };
    project("backend");
    project("worker");
    workspace.write("backend/src/shop/__init__.py", "");
    workspace.write(
        "backend/src/shop/main.py",
        "from fastapi import FastAPI\nfrom shop.settings import settings\napp = FastAPI()\n",
    );
    workspace.write("worker/src/worker/__init__.py", "");
    workspace.write(
        "worker/src/worker/app.py",
        "from celery import Celery\napp = Celery('x', broker='memory://')\n",
    );
    let bin = workspace.file("bin");
    std::fs::create_dir(&bin).expect("a folder");
    crate::support::executable(&bin.join("uv"), "#!/bin/sh\nexit 0\n");
    let path = format!(
        "{}:{}",
        bin.display(),
        std::env::var("PATH").expect("a PATH")
    );
    let plan = || {
        let args = ["--dry-run", "--no-install", "--format", "json"];
        let ended = workspace.dev(&args).env("PATH", &path).run();
        let plan: serde_json::Value =
            serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}", ended.all()));
        let of = |name: &str| {
            let services = plan["services"].as_array().expect("services").iter();
            let mut service = services
                .filter(|it| it["name"] == name)
                .map(|it| (it["cwd"].to_string(), it["command"].to_string()));
            service.next().unwrap_or_else(|| panic!("{name}: {plan}"))
        };
        [of("backend"), of("worker")]
    };
    let [(cwd, command), (of_worker, worker)] = plan();
    assert_eq!((&*cwd, &*of_worker), ("\"backend\"", "\"worker\""));
    for words in ["shop.main:app", "--app-dir src", "--reload-dir src"] {
        let joined = command.replace("\",\"", " ");
        assert!(joined.contains(words), "{words}: {command}");
    }
    assert!(
        worker.contains("worker.app") && !worker.contains("src"),
        "{worker}"
    );
    // Whoever imports from `src` by that name is above it.
    workspace.write(
        "backend/src/shop/main.py",
        "from fastapi import FastAPI\nfrom src.shop.settings import settings\napp = FastAPI()\n",
    );
    let [(cwd, command), _] = plan();
    assert_eq!(cwd, "\"backend\"");
    assert!(command.contains("src.shop.main:app"), "{command}");
    assert!(!command.contains("--app-dir"), "{command}");
    // One with an env file of its own is started by itself.
    workspace.write("backend/src/.env", "A=1\n");
    workspace.write(
        "backend/src/shop/main.py",
        "from fastapi import FastAPI\napp = FastAPI()\n",
    );
    let [(cwd, command), _] = plan();
    assert_eq!(cwd, "\"backend/src\"");
    assert!(!command.contains("--app-dir"), "{command}");
}
