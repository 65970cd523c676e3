//! Whether a process is one of the stack's servers: by the program that runs, never by a word beside it.
//! Who is taken for one is to be killed.

/// The stack's servers, as programs, scripts and modules are called.
const SERVERS: &[&str] = &[
    "uvicorn",
    "gunicorn",
    "celery",
    // As it names itself where it can.
    "celeryd",
    "next-server",
    "next",
    "start-dev.sh",
];

/// Options that take the word behind them, by who reads them.
const OF_PYTHON: &[&str] = &["-W", "-X", "--check-hash-based-pycs"];
const OF_SHELL: &[&str] = &["-o", "-O", "+o", "+O", "--rcfile", "--init-file"];
const OF_NODE: &[&str] = &[
    "-r",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "-C",
    "--conditions",
    "--env-file",
    "--title",
    "--cwd",
    "--config",
    "--preload",
    "-p",
    "--package",
    "--filter",
];
const OF_UV: &[&str] = &[
    "-p",
    "--python",
    "--package",
    "--project",
    "--directory",
    "--extra",
    "--no-extra",
    "--group",
    "--no-group",
    "--only-group",
    "--env-file",
    "--with",
    "--with-editable",
    "--with-requirements",
    "--from",
    "-i",
    "--index",
    "--index-url",
    "--default-index",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--index-strategy",
    "--keyring-provider",
    "--resolution",
    "--prerelease",
    "--link-mode",
    "--exclude-newer",
    "--cache-dir",
    "--config-file",
    "--color",
];

/// Whether the program, or the script or module that it interprets, is one of the stack's servers.
pub(super) fn is_one(command: &[String]) -> bool {
    let mut words: Vec<&str> = command.iter().map(String::as_str).collect();
    // Some write a title over their words: `next-server (v15.1.0)`, `gunicorn: master [app]`,
    // `[celeryd: celery@host:MainProcess] -active-`.
    if let [title] = words.as_slice() {
        words = title.split_whitespace().collect();
        if let Some(first) = words.first_mut() {
            *first = first.trim_start_matches('[').trim_end_matches([':', ']']);
        }
    }
    runs(&words)
}

/// The same of the words themselves.
fn runs(words: &[&str]) -> bool {
    let Some((program, rest)) = words.split_first() else {
        return false;
    };
    let name = name(program);
    if SERVERS.contains(&name) {
        return true;
    }
    // `python3.12`, as its file is called.
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    match plain {
        "python" | "pypy" | "pythonw" => runs_python(rest),
        "sh" | "bash" | "dash" | "zsh" | "ksh" => {
            script(rest, OF_SHELL, "c").is_some_and(is_script)
        }
        "node" | "nodejs" => script(rest, OF_NODE, "ep").is_some_and(|rest| {
            // `node /usr/bin/npx next dev`: a script that starts another.
            let name = rest.first().map_or("", |script| base(script));
            is_script(rest) || name.starts_with("np") && runs_launched(trimmed(name), rest)
        }),
        "uv" | "uvx" => runs_uv(plain, rest),
        _ => runs_launched(plain, words),
    }
}

/// `python -m uvicorn …`, `python …/bin/celery …`.
fn runs_python(words: &[&str]) -> bool {
    let mut words = words;
    while let Some((word, rest)) = words.split_first() {
        words = rest;
        if OF_PYTHON.contains(word) {
            words = words.get(1..).unwrap_or_default();
            continue;
        }
        let Some(flags) = word.strip_prefix('-') else {
            return is_script(&[*word]);
        };
        if flags.starts_with('-') {
            continue;
        }
        // They may stand together, and the last with what it takes: `-Im uvicorn`, `-muvicorn`.
        match flags.find(['m', 'c', 'W', 'X']) {
            Some(at) if flags.get(at..).is_some_and(|it| it.starts_with('m')) => {
                let joined = flags.get(at + 1..).unwrap_or_default();
                let module = if joined.is_empty() {
                    rest.first().copied().unwrap_or_default()
                } else {
                    joined
                };
                return SERVERS.contains(&module.split('.').next().unwrap_or_default());
            }
            Some(at) if flags.get(at..).is_some_and(|it| it.starts_with('c')) => return false,
            _ => {}
        }
    }
    false
}

/// `uv run uvicorn …`, `uv run -m celery …`, `uv tool run …`, `uvx …`.
fn runs_uv(program: &str, words: &[&str]) -> bool {
    let Some(rest) = script(words, OF_UV, "") else {
        return false;
    };
    let rest = match (program, rest) {
        ("uvx", rest) => return runs(rest),
        (_, ["tool", "run", rest @ ..]) => return script(rest, OF_UV, "").is_some_and(runs),
        (_, ["run", rest @ ..]) => rest,
        _ => return false,
    };
    let mut words = rest;
    while let Some((word, rest)) = words.split_first() {
        if matches!(*word, "-m" | "--module") {
            return runs_python(&[&["-m"][..], rest].concat());
        }
        if *word == "--" {
            return runs(rest);
        }
        if !word.starts_with('-') {
            return runs(words);
        }
        let takes = usize::from(OF_UV.contains(word));
        words = rest.get(takes..).unwrap_or_default();
    }
    false
}

/// What runs programs of packages: `bun run next dev`, `npx next dev`, `pnpm exec next dev`.
fn runs_launched(launcher: &str, words: &[&str]) -> bool {
    let Some(rest) = words.get(1..).and_then(|rest| script(rest, OF_NODE, "ec")) else {
        return false;
    };
    let orders: &[&str] = match launcher {
        "bun" => &["run", "x"],
        "pnpm" | "npm" | "yarn" => &["exec", "x", "dlx", "run"],
        "npx" | "bunx" => &[],
        _ => return false,
    };
    let rest = match rest.split_first() {
        Some((order, rest)) if orders.contains(order) => script(rest, OF_NODE, ""),
        _ => Some(rest),
    };
    rest.is_some_and(is_script)
}

/// From the first word on that is no option; none where there is none, or one of the letters in `ends`
/// says that a text is run. `--` ends the options.
fn script<'a, 'b>(words: &'a [&'b str], takes: &[&str], ends: &str) -> Option<&'a [&'b str]> {
    let mut words = words;
    while let Some((word, rest)) = words.split_first() {
        if *word == "--" {
            return Some(rest);
        }
        if !word.starts_with(['-', '+']) {
            return Some(words);
        }
        let short = word.strip_prefix('-').filter(|it| !it.starts_with('-'));
        let takes = takes.contains(word);
        if matches!(*word, "--eval" | "--print")
            || !takes && short.is_some_and(|flags| flags.contains(|c| ends.contains(c)))
        {
            return None;
        }
        words = rest.get(usize::from(takes)..).unwrap_or_default();
    }
    None
}

/// Whether the first word is the file of a server: `…/bin/celery`, `…/celery/__main__.py`.
fn is_script(words: &[&str]) -> bool {
    let Some(script) = words.first() else {
        return false;
    };
    let file = match base(script) {
        "__main__.py" => {
            let folder = script.trim_end_matches("__main__.py");
            base(folder.trim_end_matches(['/', '\\']))
        }
        _ => name(script),
    };
    SERVERS.contains(&file)
}

/// The last part of a path.
fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// What a program is called.
fn name(path: &str) -> &str {
    let base = base(path);
    base.strip_suffix(".exe").unwrap_or(base)
}

/// npm and npx are files of JavaScript.
fn trimmed(name: &str) -> &str {
    name.trim_end_matches(".js").trim_end_matches("-cli")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(words: &[&str]) -> bool {
        is_one(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_server_is_known_by_what_runs() {
        for line in [
            "/w/.venv/bin/uvicorn backend.main:app",
            "/w/.venv/bin/python /w/.venv/bin/uvicorn backend.main:app",
            "/w/.venv/bin/python3.12 -X dev -u /w/.venv/bin/celery -A app worker",
            "python3 -m celery -A app worker",
            "python -Im uvicorn app",
            "python -muvicorn app",
            "python /w/lib/celery/__main__.py worker",
            "python.exe -m gunicorn app",
            "node /w/node_modules/.bin/next dev",
            "node --require x /w/node_modules/next/dist/bin/next dev",
            "node /usr/bin/npx next dev",
            "npx next dev",
            "bun run next dev",
            "bun --bun next dev",
            "bun run --bun next dev",
            "bunx --bun next dev",
            "pnpm exec next dev",
            "uv run --no-sync uvicorn app",
            "uv run --package backend -- celery -A app worker",
            "uv --directory x run -m celery worker",
            "uv tool run gunicorn app",
            "uvx --from celery celery worker",
            "bash ./start-dev.sh",
            "bash -eu -o pipefail scripts/start-dev.sh",
        ] {
            assert!(is(&line.split(' ').collect::<Vec<_>>()), "{line}");
        }
        for title in [
            "next-server (v15.1.0)",
            "npm exec next dev",
            "gunicorn: master [app]",
            "[celeryd: celery@host:MainProcess] -active- (worker)",
        ] {
            assert!(is(&[title]), "{title}");
        }
        assert!(is(&["/w/my folder/.venv/bin/celery", "worker"]));
    }

    #[test]
    fn who_only_names_a_server_is_none() {
        for line in [
            "tail -f l/celery",
            "tail -f backend.log",
            "grep -r uvicorn .",
            "docker compose logs -f celery",
            "vim backend/next.py",
            "less /w/next",
            "bash",
            "python -c import celery",
            "python -m pytest tests/celery",
            "python -m pip install uvicorn",
            "python manage.py celery",
            "python -W next tests.py",
            "node -e next",
            "node scripts/build.js next",
            "uv pip install celery",
            "uv run pytest celery",
            "uv add next",
            "bun add next",
            "bun test next",
            "npm install next",
            "pnpm add next",
            "bash build.sh next",
            "sh -c uvicorn",
        ] {
            assert!(!is(&line.split(' ').collect::<Vec<_>>()), "{line}");
        }
        assert!(!is(&["bash", "-c", "sleep 40; : next"]));
        assert!(!is(&["bash", "-ec", "celery"]));
        assert!(!is(&[]));
    }
}
