//! Programs that are not found, and what the machine has no more of.

use super::{of_lines, point_to, said};

#[test]
fn only_what_shells_say_is_about_a_program() {
    let on_path = "the program `x` that `api` needs is not on PATH";
    for line in [
        "sh: 1: x: not found",
        "/bin/sh: x: not found",
        "./run.sh: 3: x: not found",
        "/entry.sh: line 3: x: not found",
        "web:dev: sh: 1: x: not found",
        "sh: 1: exec: x: not found",
        "/entry.sh: exec: line 3: x: not found",
        "exec: x: not found",
        "bash: x: command not found",
        "make: x: Command not found",
        "bun: command not found: x",
        "zsh:1: command not found: x",
        "env: ‘x’: No such file or directory",
        "/usr/bin/env: 'x': No such file or directory",
        "env: can't execute 'x': No such file or directory",
        "timeout: failed to run command ‘x’: No such file or directory",
        "exec: \"x\": executable file not found in $PATH",
        "x : The term 'x' is not recognized as the name of a cmdlet, function",
    ] {
        point_to(&[(&[line], on_path, "install it")]);
    }
    for line in [
        "KeyError: 'config key: not found'",
        "docker: Error response from daemon: manifest for redis:99: not found",
        "docker: Error response from daemon: manifest for redis:99 not found: not found",
        "Lua script: not found in cache",
        "HTTP 404: page: not found",
        "cat: x.txt: No such file or directory",
        "FileNotFoundError: [Errno 2] No such file or directory: 'x'",
        "the command not found was logged",
    ] {
        assert_eq!(of_lines(&[line]), None, "{line}");
    }
}

#[test]
#[cfg(unix)]
fn a_script_with_windows_line_ends_is_no_missing_program() {
    let told = "has Windows' line ends, so that its interpreter";
    let mend = "sed -i 's/\\r$//' ";
    for line in [
        "/usr/bin/env: ‘bash\\r’: No such file or directory",
        "env: 'bash\\r': No such file or directory",
    ] {
        let hint = "/usr/bin/env: use -[v]S to pass options in shebang lines";
        point_to(&[
            (
                &[line],
                "a script that `api` runs has Windows' line ends",
                mend,
            ),
            (&[line, hint], "its interpreter `bash` is not found", mend),
        ]);
    }
    for line in [
        "bash: line 1: ./x.sh: /bin/bash^M: bad interpreter: No such file or directory",
        "zsh:1: ./x.sh: bad interpreter: /bin/bash^M: no such file or directory",
    ] {
        point_to(&[(&[line], told, "sed -i 's/\\r$//' ./x.sh")]);
    }
    for line in [
        "sh: 1: ./x.sh: not found",
        "bash: line 1: ./x.sh: cannot execute: required file not found",
    ] {
        point_to(&[(
            &[line],
            "or none that can run what is in it",
            "sed -i 's/\\r$//' ./x.sh",
        )]);
    }
    let other = "bash: ./x.sh: /no/such: bad interpreter: No such file or directory";
    assert_eq!(of_lines(&[other]), None);
}

#[test]
fn words_of_bash_are_no_programs() {
    point_to(&[
        (
            &["sh: 1: source: not found"],
            "`source` is a word of bash",
            ". ./FILE",
        ),
        (
            &["sh: 1: exec: -a: not found"],
            "`exec -a` is bash's",
            "bash -c",
        ),
        (
            &["/bin/sh: 1: [[: not found"],
            "`[[` is a word of bash",
            "bash -c",
        ),
    ]);
}

#[test]
fn closed_files_and_what_the_machine_has_no_more_of() {
    point_to(&[
        (
            &["sh: 1: ./run.sh: Permission denied"],
            "`./run.sh` may not be run",
            "chmod +x ./run.sh",
        ),
        (
            &[
                "error: Failed to spawn: `x`",
                "  Caused by: Permission denied (os error 13)",
            ],
            "`x` may not be run",
            "chmod +x x",
        ),
        (
            &[
                "error: Failed to spawn: ./x",
                "  cause: Permission denied (os error 13)",
            ],
            "`./x` may not be run",
            "chmod +x ./x",
        ),
        (
            &["PermissionError: [Errno 13] Permission denied: '/x/y'"],
            "`/x/y` is closed",
            "/x/y",
        ),
        (
            &["Error: EACCES: permission denied, open '/x y'"],
            "`/x y` is closed",
            "/x y",
        ),
        (
            &["cat: /x/y: Permission denied"],
            "`/x/y` is closed",
            "/x/y",
        ),
        (
            &["Error: listen EACCES: permission denied 0.0.0.0:80"],
            "port 80 is for administrators",
            "another port",
        ),
        (
            &[
                "Error: ENOSPC: System limit for number of file watchers reached, watch '/w'",
                "  code: 'ENOSPC',",
            ],
            "file watches",
            "fs.inotify.max_user_watches",
        ),
        (
            &["OSError: [Errno 28] No space left on device"],
            "the disk is full",
            "df -h .",
        ),
        (
            &["Error: EMFILE: too many open files, open '/w/x'"],
            "files and connections",
            "ulimit -n",
        ),
        (
            &["OSError: [Errno 24] Too many open files: 'x'"],
            "files and connections",
            "ulimit -n",
        ),
        (
            &["Error: EMFILE: too many open files, watch '/w'"],
            "watchers",
            "max_user_instances",
        ),
        (
            &["OSError: [Errno 24] inotify instance limit reached"],
            "watchers",
            "max_user_instances",
        ),
        (&["MemoryError"], "no more memory", "doctor"),
        (
            &[
                "<--- JS stacktrace --->",
                "FATAL ERROR: JavaScript heap out of memory",
            ],
            "JavaScript ran out",
            "NODE_OPTIONS",
        ),
    ]);
    for line in [
        "git@github.com: Permission denied (publickey).",
        "PermissionError: [Errno 13] Permission denied: 's3://bucket/a.txt'",
        "psycopg.errors.InsufficientPrivilege: permission denied for table x",
        "x.MemoryErrorHandler is on",
    ] {
        assert_eq!(of_lines(&[line]), None, "{line}");
    }
}

#[test]
fn a_program_of_the_manifest_is_installed_with_it() {
    let uninstalled = "`next` of frontend/package.json is not installed";
    let way = "(cd frontend && bun install)";
    point_to(&[
        (&["sh: 1: next: not found"], uninstalled, way),
        (&["bun: command not found: next"], uninstalled, way),
        (
            &["/usr/bin/bash: line 1: next: command not found"],
            uninstalled,
            way,
        ),
        (
            &["sh: 1: tsc: not found"],
            "`tsc` of the package `typescript` is not installed, which frontend/package.json names",
            way,
        ),
        // Those that are there only scripts find.
        (
            &["sh: 1: vite: not found"],
            "`vite` is not on PATH: it comes with `vite`, and only scripts of frontend/package.json find it",
            "write `bunx vite` in the place of `vite`",
        ),
        (
            &["sh: 1: kit: not found"],
            "`kit` is not on PATH: it comes with `drizzle-orm`, and only scripts",
            "write `bunx kit` in",
        ),
        // An installer takes it for installed.
        (
            &["bun: command not found: holed"],
            "files of the installed package `holed` are gone: node_modules/holed/it.js",
            "(cd frontend && rm -rf node_modules/holed && bun install)",
        ),
        (
            &["Module not found: Can't resolve 'holed/x'"],
            "files of the installed package `holed` are gone",
            "rm -rf node_modules/holed && bun install",
        ),
        // Of one that its package has lost, and of another, the manifest does not know.
        (
            &["sh: 1: lost: not found"],
            "the program `lost` that `api` needs is not on PATH",
            "install it, or name it with its folder where `api` calls it",
        ),
        (
            &["sh: 1: ng: not found"],
            "the program `ng` that `api` needs is not on PATH",
            "install it, or name it with its folder where `api` calls it",
        ),
        (
            &["sh: 1: jq: not found"],
            "the program `jq` that `api` needs is not on PATH",
            "install it, or name it with its folder where `api` calls it",
        ),
    ]);
}

#[test]
fn only_programs_that_doctor_knows_are_sent_there() {
    for (name, is_known) in [
        ("uv", true),
        ("bun", true),
        ("node", true),
        ("pnpm", false),
        ("make", false),
        ("caddy", false),
    ] {
        let line = format!("sh: 1: {name}: not found");
        let told = of_lines(&[&line]).expect("a cause");
        assert_eq!(told.way_out == "pixcrawler doctor", is_known, "{name}");
        let missing = (!is_known).then(|| name.to_owned());
        assert_eq!(told.program, missing, "{name}");
        let alone = said(&[&line], true).expect("a cause");
        assert_eq!(alone.program.as_deref(), Some(name));
    }
}
