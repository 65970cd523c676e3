//! Why a service ended, as its card tells it.

use super::deaths::assert_alone;
use crate::support::{Workspace, executable, free_port};

#[test]
fn what_a_program_went_on_after_is_not_told_as_the_cause_of_its_end() {
    let caught = "\
import os
try:
    os.environ[\"OPTIONAL_PROFILE_X\"]
except KeyError:
    open(\"/nonexistent/conf.yml\")
";
    let gone_on = "\
import sys, traceback
try:
    import a_module_that_is_not_there
except ImportError:
    traceback.print_exc()
print(\"loaded 12 rules\")
print(\"reading input.csv\")
sys.exit(1)
";
    let said = "redis not reachable (connect ECONNREFUSED 127.0.0.1:6379), using in-memory cache\nconfig invalid: no licence\n";
    for (command, last) in [
        ("python3 -BS caught.py", "FileNotFoundError"),
        ("python3 -BS gone_on.py", "reading input.csv"),
        ("cat said; exit 1", "config invalid"),
    ] {
        let workspace = Workspace::new(&format!("[services.api]\ncommand = \"{command}\"\n"));
        workspace.write("caught.py", caught);
        workspace.write("gone_on.py", gone_on);
        workspace.write("said", said);
        let ended = workspace.dev(&[]).run();
        assert_eq!(ended.code(), Some(1), "{}", ended.all());
        let card = ended.out.split("api ended after").nth(1).expect("the card");
        assert!(card.contains(last) && !card.contains("cause:"), "{card}");
        assert_alone(&workspace);
    }
}

#[test]
fn a_javascript_package_is_added_where_the_service_runs() {
    let said = "Error: Cannot find module 'left-padd'\n";
    let settings = "[services.api]\ncwd = \"tools\"\ncommand = \"cat said; exit 1\"\n";
    for (files, meaning, way) in [
        (
            &[(
                "tools/package.json",
                "{\"dependencies\": {\"other\": \"1\"}}",
            )][..],
            "tools/package.json does not name it",
            "(cd tools && bun add left-padd)",
        ),
        (
            &[
                ("package.json", "{\"dependencies\": {\"left-padd\": \"1\"}}"),
                ("package-lock.json", "{}"),
            ],
            "`left-padd` is not installed",
            "npm install",
        ),
        (
            &[],
            "there is no tools/package.json, nor one above it",
            "(cd tools && bun add left-padd)   makes one, too",
        ),
    ] {
        let workspace = Workspace::new(settings);
        workspace.write("tools/said", said);
        for (path, text) in files {
            workspace.write(path, text);
        }
        let ended = workspace.dev(&[]).run();
        let card = ended.out.split("api ended after").nth(1).expect("the card");
        assert!(card.contains(meaning) && card.contains(way), "{card}");
    }
}

#[test]
fn a_javascript_package_is_added_where_the_file_lies_that_imports_it() {
    let esm = "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'left-padd' imported from ROOT/web/src/a.mjs\n";
    let required = "Error: Cannot find module 'left-padd'\nRequire stack:\n- ROOT/web/src/a.mjs\n";
    let built = esm.replace("src/a.mjs", "dist/a.mjs");
    let by_other = esm.replace("web/src/a.mjs", "node_modules/x/index.js");
    let outside = esm.replace("ROOT/web", "/nonexistent");
    let bun = "error: Cannot find package 'left-padd' from 'ROOT/web/src/a.mjs'\n";
    let there = "(cd web && npm install left-padd)";
    let here = "(cd sub && bun add left-padd)   makes one, too";
    for (said, way) in [
        (esm, there),
        (required, there),
        (&built, there),
        (bun, there),
        // What is not of the project is looked for where the service runs.
        (&by_other, here),
        (&outside, here),
    ] {
        let settings = "[services.api]\ncwd = \"sub\"\ncommand = \"cat said; exit 1\"\n";
        let workspace = Workspace::new(settings);
        let root = workspace.path().to_str().expect("UTF-8");
        workspace.write("sub/said", &said.replace("ROOT", root));
        workspace.write("web/package.json", "{\"name\": \"web\"}");
        workspace.write("web/package-lock.json", "{}");
        workspace.write("web/dist/package.json", "{\"type\": \"module\"}");
        let ended = workspace.dev(&[]).run();
        let card = ended.out.split("api ended after").nth(1).expect("the card");
        assert!(card.contains(way), "{said}: {card}");
    }
}

#[test]
fn a_program_of_a_manifest_of_which_nothing_is_installed_is_told_so() {
    for (is_installed, meaning, way) in [
        (
            false,
            "`next` of web/package.json is not installed",
            "(cd web && npm install)",
        ),
        (
            true,
            "`next` is not on PATH: it comes with `next`, and only scripts of web/package.json",
            "write `npx next` in the place of `next`",
        ),
    ] {
        let workspace = Workspace::new(
            "[services.site]\ncwd = \"web\"\ncommand = \"echo 'sh: 1: next: not found'; exit 127\"\n",
        );
        let manifest = "{\"dependencies\": {\"next\": \"1\"}}";
        workspace.write("web/package.json", manifest);
        workspace.write("package-lock.json", "{}");
        if is_installed {
            workspace.write("node_modules/.bin/next", "");
        }
        let ended = workspace.dev(&[]).run();
        let card = ended.out.split("site ended after").nth(1);
        let card = card.expect("the card");
        assert!(card.contains(meaning) && card.contains(way), "{card}");
    }
}

#[test]
fn a_program_of_another_folder_is_missed_there() {
    let manifest = "{\"dependencies\": {\"nosuch-web\": \"1\"}}";
    for (command, told, way) in [
        (
            "cd site && nosuch-web dev",
            "`nosuch-web` of site/package.json is not installed",
            "(cd site && bun install)",
        ),
        // What only a shell could tell is judged nowhere.
        (
            "cd $SITE && nosuch-web dev",
            "the program `nosuch-web` that `web` needs is not on PATH",
            "install it, or name it with its folder in [services.web] of pixcrawler.toml",
        ),
    ] {
        let workspace = Workspace::new(&format!(
            "[services.web]\ncommand = \"{command}\"\nenv = {{ SITE = \"site\" }}\n"
        ));
        for folder in ["site", "frontend"] {
            workspace.write(&format!("{folder}/package.json"), manifest);
        }
        let ended = workspace.dev(&["--no-install", "web"]).run();
        assert_eq!(ended.code(), Some(127), "{}", ended.all());
        assert!(ended.out.contains(told), "{}", ended.all());
        assert!(ended.out.contains(way), "{}", ended.all());
        assert_alone(&workspace);
    }
}

#[test]
fn a_service_that_is_not_ready_yet_is_named_to_whoever_needs_it() {
    let port = free_port();
    let workspace = Workspace::new(&format!(
        "[services.late]\ncommand = \"sleep 1000\"\nport = {port}\nready = {{ tcp = {port} }}\n\
         [services.a]\ncommand = \"cat said; exit 1\"\n"
    ));
    workspace.write("said", &format!("connect ECONNREFUSED 127.0.0.1:{port}\n"));
    let ended = workspace.dev(&[]).run();
    let card = ended.out.split("a ended after").nth(1).expect("the card");
    let meaning = "is `late` of this session, which is not ready yet";
    let way = "depends-on = [\"late\"] in [services.a]";
    assert!(card.contains(meaning) && card.contains(way), "{card}");
    assert_alone(&workspace);
}

#[test]
fn a_module_that_a_program_did_without_is_no_cause_while_it_runs() {
    let program = "\
import logging, time
try:
    import a_module_that_is_not_there
except ImportError:
    logging.exception(\"no GPU\")
print(\"scoring on the CPU\", flush=True)
time.sleep(1000)
";
    let settings = format!(
        "[services.api]\ncommand = \"exec python3 -BS app.py\"\nready = {{ tcp = {}, timeout = \"3s\" }}\n",
        free_port()
    );
    for (program, is_told) in [
        (program.to_owned(), false),
        (
            program.replace("print", "str").replace(", flush=True", ""),
            true,
        ),
    ] {
        let workspace = Workspace::new(&settings);
        workspace.write("app.py", &program);
        let ended = workspace.dev(&[]).run();
        assert_eq!(ended.code(), Some(1), "{}", ended.all());
        let card = ended
            .out
            .split("did not get ready")
            .nth(1)
            .expect("the card");
        assert!(card.contains("No module named"), "{card}");
        assert_eq!(card.contains("cause:"), is_told, "{card}");
        assert_alone(&workspace);
    }
}

#[test]
fn what_led_to_a_long_error_is_its_cause() {
    let deep = "\
def deep(n):
    if n: return deeper(n - 1)
    try: import a_module_that_is_not_there
    except ModuleNotFoundError as error: raise ImportError(\"needs it\") from error
def deeper(n): return deep(n)
deep(30)
";
    let workspace = Workspace::new("[services.api]\ncommand = \"python3 -BS deep.py\"\n");
    workspace.write("deep.py", deep);
    let ended = workspace.dev(&[]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    let card = ended.out.split("api ended after").nth(1).expect("the card");
    for told in [
        "ModuleNotFoundError: No module named 'a_module_that_is_not_there'",
        "The above exception was the direct cause",
        "lines more",
        "ImportError: needs it",
        "cause: there is no Python module `a_module_that_is_not_there`",
    ] {
        assert!(card.contains(told), "{told}: {card}");
    }
    assert_alone(&workspace);
}

#[test]
fn an_error_of_many_fields_is_shown_with_its_head_and_its_cause() {
    let program = "\
class ValidationError(Exception): pass
names = [f'alpha_{n}' for n in range(1, COUNT + 1)]
fields = ''.join(f'\\n{name}\\n  Field required [type=missing]\\n    For further information' for name in names)
raise ValidationError(f'{len(names)} validation errors for Settings' + fields)
";
    for (count, told) in [
        (
            4,
            "wants `alpha_1`, `alpha_2`, `alpha_3`, `alpha_4` for its `Settings`\n",
        ),
        (9, "`alpha_6`, 3 more for its `Settings`\n"),
        (30, "15 more for its `Settings`; it complains of 9 more\n"),
    ] {
        let workspace = Workspace::new("[services.api]\ncommand = \"python3 -BS s.py\"\n");
        workspace.write("s.py", &program.replace("COUNT", &count.to_string()));
        let ended = workspace.dev(&[]).run();
        assert_eq!(ended.code(), Some(1), "{}", ended.all());
        let card = ended.out.split("api ended after").nth(1).expect("the card");
        let head = format!("ValidationError: {count} validation errors for Settings");
        let cut = format!("… {} lines more", 3 * count - 12);
        let mut wanted = vec!["Traceback (most recent call last)", &*head, told];
        wanted.extend((count > 4).then_some(&*cut));
        for wanted in wanted {
            assert!(card.contains(wanted), "{wanted}: {card}");
        }
    }
}

#[test]
fn an_end_that_has_another_reason_has_none_of_its_last_words() {
    let recovered = "\
import time
print(\"ERROR:    rate limiter runs in memory: Error 111 connecting to localhost:6379. Connection refused.\", flush=True)
print(\"INFO:     Application startup complete.\", flush=True)
time.sleep(0.5)
raise SystemExit(1)
";
    let warned = "\
import logging, sys
try:
    import a_module_that_is_not_there
except ImportError:
    logging.warning(\"metrics are not available here\", exc_info=True)
sys.exit(3)
";
    let fell = "\
import os, signal
print(\"Connection refused to redis at port 6379\", flush=True)
os.kill(os.getpid(), signal.SIGSEGV)
";
    for (program, how) in [
        (recovered, "with exit code 1"),
        (warned, "with exit code 3"),
        (fell, "SIGSEGV"),
    ] {
        let workspace = Workspace::new("[services.api]\ncommand = \"exec python3 -BS x.py\"\n");
        workspace.write("x.py", program);
        let ended = workspace.dev(&[]).run();
        let card = ended.out.split("api ended after").nth(1).expect("the card");
        assert!(card.contains(how) && !card.contains("cause:"), "{card}");
        assert_alone(&workspace);
    }
}

#[test]
fn a_port_without_a_number_is_not_told_as_the_one_of_the_service() {
    let (port, other) = (free_port(), free_port());
    let program = format!(
        "import socket\nheld = socket.create_server((\"127.0.0.1\", {other}))\nsocket.socket().bind(held.getsockname())\n"
    );
    let workspace = Workspace::new(&format!(
        "[services.api]\ncommand = \"exec python3 -BS x.py\"\nport = {port}\n"
    ));
    workspace.write("x.py", &program);
    let ended = workspace.dev(&[]).run();
    let cause = format!(
        "cause: a port that `api` wants is taken: its own, {port}, or another one that it opens"
    );
    assert!(ended.out.contains(&cause), "{}", ended.all());
    assert!(
        !ended.out.contains(&format!("TCP:{port}")),
        "{}",
        ended.all()
    );
    assert_alone(&workspace);
}

#[test]
fn a_script_with_windows_line_ends_is_named_before_the_start() {
    for line in ["#!/usr/bin/env bash\r\n", "#!/bin/bash\r\n"] {
        for command in ["\"./crlf.sh\"", "[\"./crlf.sh\"]"] {
            let workspace = Workspace::new(&format!("[services.api]\ncommand = {command}\n"));
            executable(
                &workspace.path().join("crlf.sh"),
                &format!("{line}echo x\r\n"),
            );
            let ended = workspace.dev(&[]).run();
            assert_eq!(ended.code(), Some(1), "{}", ended.all());
            let all = ended.all();
            assert!(
                all.contains("`./crlf.sh` has Windows' line ends")
                    && all.contains("sed -i 's/\\r$//' "),
                "{all}"
            );
            assert_alone(&workspace);
        }
    }
}

#[test]
fn what_a_service_has_is_not_told_as_missing() {
    let rows = "\
import os
def get(row):
    return {}[row]
name = os.environ[\"SECOND_KEY\"]; get(name)
";
    let card = |settings: &str, environment: &[(&str, &str)]| {
        let workspace = Workspace::new(&format!("[services.api]\n{settings}\n"));
        workspace.write("rows.py", rows);
        workspace.write("said", "Error: FIRST_KEY is not set\n");
        let dev = environment
            .iter()
            .fold(workspace.dev(&[]), |dev, (name, value)| {
                dev.env(name, value)
            });
        let ended = dev.run();
        assert_eq!(ended.code(), Some(1), "{}", ended.all());
        let card = ended.out.split("api ended after").nth(1).expect("the card");
        assert_alone(&workspace);
        card.to_owned()
    };
    let says = "command = \"cat said; exit 1\"";
    let told = "cause: `FIRST_KEY` is not set";
    assert!(card(says, &[]).contains(told));
    assert!(card(says, &[("FIRST_KEY", "")]).contains(told));
    for card in [
        card(says, &[("FIRST_KEY", "x")]),
        card(&format!("{says}\nenv = {{ FIRST_KEY = \"x\" }}"), &[]),
        card("command = \"python3 -BS rows.py\"", &[("SECOND_KEY", "x")]),
    ] {
        assert!(!card.contains("cause:"), "{card}");
    }
    let card = card("command = \"python3 -BS rows.py\"", &[]);
    assert!(card.contains("cause: `SECOND_KEY` is not set"), "{card}");
}

#[test]
fn what_an_env_file_has_and_nobody_reads_is_told_with_the_file() {
    let schema = "\
[[variable]]
name = \"MAIL_FROM\"
section = \"Mail\"
description = \"Sender\"
purpose = \"Letters come from it\"
type = \"string\"
default = \"a@example.com\"
required = [\"production\"]
";
    let card = |files: &[(&str, &str)]| {
        let settings = "[tiers.api]\ndir = \"api\"\n[services.api]\ncwd = \"api\"\ncommand = \"python3 -BS x.py\"\n";
        let workspace = Workspace::new(settings);
        workspace.write(
            "env-schemas/root.toml",
            &schema.replace("MAIL_FROM", "WORKERS"),
        );
        workspace.write("env-schemas/api.toml", schema);
        workspace.write("api/x.py", "import os\nos.environ[\"MAIL_FROM\"]\n");
        for (name, text) in files {
            workspace.write(name, text);
        }
        let ended = workspace.dev(&[]).run();
        assert_eq!(ended.code(), Some(1), "{}", ended.all());
        assert_alone(&workspace);
        let card = ended.out.split("api ended after").nth(1);
        card.expect("the card").to_owned()
    };
    let missing = "cause: `MAIL_FROM` (Sender) is not set where `api` looks";
    let unread = card(&[("api/.env", "MAIL_FROM=me@example.com\n")]);
    assert!(
        unread.contains(&format!("{missing}: api/.env has it"))
            && unread.contains("pixcrawler env run --tier api --"),
        "{unread}"
    );
    for (files, place) in [
        (&[][..], ""),
        (
            &[("api/.env", "# letters\nMAIL_FROM=\n")],
            ": api/.env:2 sets it to nothing",
        ),
    ] {
        let unset = card(files);
        assert!(
            unset.contains(&format!("{missing}{place}\n"))
                && unset.contains(&pixcrawler::text::remedy::set_here("MAIL_FROM")),
            "{unset}"
        );
    }
}
