//! Programs that are not found, and files that are closed. Many things are `not found`: only what a
//! shell says, or who runs a program for others, is about a program.

use crate::text::remedy::quoted;

use super::pattern::{has, quoted_behind, unspawned_by_uv};
use super::{Cause, Speaker, cause};

/// What bash has and other shells take for programs.
const OF_BASH: &[&str] = &[
    "-a",
    "-l",
    "[[",
    "declare",
    "dirs",
    "disown",
    "let",
    "mapfile",
    "popd",
    "pushd",
    "readarray",
    "shopt",
    "source",
    "typeset",
];

pub(super) fn of(speaker: Speaker<'_>, line: &str, lines: &[&str]) -> Option<Cause> {
    let line = line.trim_end();
    if let Some(before) = line.strip_suffix(": not found") {
        let name = of_shell(before)?;
        return Some(if OF_BASH.contains(&name) {
            of_bash(name)
        } else {
            missing(speaker, name)
        });
    }
    if let Some(name) = unfound(line) {
        return Some(match name.strip_suffix("\\r") {
            Some(name) => with_return(speaker, None, name),
            None => missing(speaker, name),
        });
    }
    if let Some((script, name)) = with_bad_interpreter(line) {
        return Some(with_return(speaker, Some(script), name));
    }
    closed(speaker, line, lines)
}

/// The program that a line says not to be there, in other words than `NAME: not found`.
fn unfound(line: &str) -> Option<&str> {
    // bash, make; zsh and Bun's shell say the name behind it.
    for words in [": command not found", ": Command not found"] {
        if let Some((before, behind)) = line.split_once(words) {
            let name = match behind.strip_prefix(": ") {
                Some(name) => name,
                None => before.rsplit(": ").next()?,
            };
            return word(name);
        }
    }
    // Windows.
    for words in [
        " is not recognized as an internal or external command",
        " is not recognized as the name of a cmdlet",
    ] {
        if let Some((before, _)) = line.split_once(words) {
            return word(before.rsplit([' ', ':']).next()?);
        }
    }
    // Docker, and whatever is written in Go.
    if line.contains("executable file not found in") {
        return quoted_behind(line, "exec", &['"']);
    }
    // bash, of a script that is there.
    if let Some(before) = line.strip_suffix(": cannot execute: required file not found") {
        return of_shell(before);
    }
    // Who runs a program for others: env, timeout, nohup, nice.
    let before = line.strip_suffix(": No such file or directory")?;
    for words in ["failed to run command", "can't execute"] {
        if before.contains(words) {
            return quoted_behind(before, words, &['\'', '‘', '"']);
        }
    }
    let (who, name) = before.rsplit_once(": ")?;
    let who = base(who.rsplit(' ').next()?);
    if matches!(who, "env" | "xargs" | "nice") || who.starts_with("make") {
        return word(name);
    }
    // bash, of a path that leads nowhere.
    of_shell(before).filter(|name| name.contains('/'))
}

/// A script and its interpreter, whose name a carriage return is taken for a part of, as bash and zsh say it:
/// `bash: ./x.sh: /bin/bash^M: bad interpreter: …`, `zsh: ./x.sh: bad interpreter: /bin/bash^M: …`.
fn with_bad_interpreter(line: &str) -> Option<(&str, &str)> {
    let (before, behind) = line.split_once(": bad interpreter: ")?;
    match before.strip_suffix("^M") {
        Some(before) => {
            let (before, name) = before.rsplit_once(": ")?;
            Some((of_shell(before)?, name))
        }
        None => Some((of_shell(before)?, behind.split_once("^M: ")?.0)),
    }
}

/// A script has Windows' line ends. `env` names what it looked for, and not who wanted it.
fn with_return(speaker: Speaker<'_>, script: Option<&str>, name: &str) -> Cause {
    let (what, way) = match script {
        Some(script) => (format!("`{script}`"), unix_ends(script)),
        None => (
            format!("a script that `{}` runs", speaker.service),
            "git ls-files --eol | grep crlf   names such files; of each script: sed -i 's/\\r$//' FILE".to_owned(),
        ),
    };
    cause(
        format!("{what} has Windows' line ends, so that its interpreter `{name}` is not found"),
        way,
    )
}

fn unix_ends(script: &str) -> String {
    format!("sed -i 's/\\r$//' {}", quoted(script))
}

/// One word that can be a program's name, without its quotes.
fn word(text: &str) -> Option<&str> {
    let name = text.trim().trim_matches(['\'', '"', '`', '‘', '’']);
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(name)
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The name at the end of what a shell says before its complaint: `sh: 1: NAME`, `bash: line 3: NAME`,
/// `/bin/sh: NAME`, `./run.sh: 3: exec: NAME`.
fn of_shell(before: &str) -> Option<&str> {
    let mut parts = before.rsplit(": ");
    let name = word(parts.next()?)?;
    let mut rest = parts.peekable();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_line = |part: &str| is_number(part.strip_prefix("line ").unwrap_or(part));
    let (mut is_numbered, mut is_exec) = (false, false);
    while let Some(part) = rest.next_if(|part| *part == "exec" || is_line(part)) {
        (is_numbered, is_exec) = (is_numbered || part != "exec", is_exec || part == "exec");
    }
    let Some(who) = rest.next() else {
        return is_exec.then_some(name);
    };
    // `web:dev: sh`, and zsh's `zsh:1`.
    let who = who.rsplit(' ').next()?;
    let who = who.trim_start_matches('-');
    let who = who.split_once(':').map_or(who, |(who, _)| who);
    let is_shell = matches!(
        base(who),
        "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" | "mksh" | "busybox"
    );
    let is_script = is_numbered && (who.contains('/') || who.strip_suffix(".sh").is_some());
    (is_shell || is_script).then_some(name)
}

fn of_bash(name: &str) -> Cause {
    match name {
        "source" => cause(
            "`source` is a word of bash; the shell that runs this has none",
            "write `. ./FILE` for `source FILE`, or give the whole line to bash: bash -c '…'",
        ),
        "-a" | "-l" => cause(
            format!(
                "`exec {name}` is bash's; the shell that runs this takes `{name}` for a program"
            ),
            format!(
                "leave out `{name}` and what belongs to it, or give the whole line to bash: bash -c '…'"
            ),
        ),
        name => cause(
            format!("`{name}` is a word of bash; the shell that runs this has none"),
            "give the whole line to bash: bash -c '…'",
        ),
    }
}

pub(super) fn missing(speaker: Speaker<'_>, name: &str) -> Cause {
    let service = speaker.service;
    // A name with a folder in it is not looked for anywhere.
    if name.contains('/') {
        return cause(
            format!(
                "there is no program `{name}` where `{service}` runs, or none that can run what is in it"
            ),
            if cfg!(windows) {
                "correct its path, or make the file".to_owned()
            } else {
                // The shell says the same of a script whose interpreter it does not find.
                let mend = unix_ends(name);
                format!(
                    "correct its path, or make the file; a script that is there may have Windows' line ends: {mend}"
                )
            },
        );
    }
    let web = speaker.modules.web.as_ref();
    if let Some(uninstalled) = web.and_then(|web| web.missing_program(name)) {
        return uninstalled;
    }
    let told = cause(
        format!("the program `{name}` that `{service}` needs is not on PATH"),
        format!("install it, or name it with its folder where `{service}` calls it"),
    );
    if is_checked(speaker, name) {
        return Cause {
            way_out: "pixcrawler doctor".to_owned(),
            ..told
        };
    }
    Cause {
        program: Some(name.to_owned()),
        ..told
    }
}

/// Whether `pixcrawler doctor` looks for a program, and says how to get it.
fn is_checked(speaker: Speaker<'_>, name: &str) -> bool {
    let web = speaker.modules.web.as_ref().filter(|web| web.is_there);
    let of_manager: &[&str] = match web.map(|web| web.manager) {
        Some("bun") => &["bun", "bunx"],
        Some("npm") => &["npm", "npx"],
        Some("pnpm") => &["pnpm", "pnpx"],
        Some("yarn") => &["yarn"],
        _ => &[],
    };
    let is_tool = match name {
        "uv" | "uvx" => true,
        "node" => web.is_some(),
        name => of_manager.contains(&name),
    };
    !speaker.is_alone && is_tool
}

/// A file that may not be read, written or run.
fn closed(speaker: Speaker<'_>, line: &str, lines: &[&str]) -> Option<Cause> {
    let service = speaker.service;
    let run = match line.strip_suffix(": Permission denied") {
        Some(before) => of_shell(before)
            .or_else(|| quoted_behind(before, "failed to run command", &['\'', '‘']))
            .or_else(|| of_env(before)),
        None if has(
            line,
            &["Caused by: Permission denied", "cause: Permission denied"],
        ) =>
        {
            lines.iter().rev().find_map(|line| unspawned_by_uv(line))
        }
        None => None,
    };
    if let Some(name) = run {
        let file = quoted(name);
        return Some(cause(
            format!("`{name}` may not be run by this user, or not be written"),
            format!("chmod +x {file}   where it is a program; ls -ld {file}   shows whose it is"),
        ));
    }
    if !has(line, &["ermission denied", "PermissionError"]) {
        return None;
    }
    // Node says what it was to do, Python only the path, cat and its kin the path in front.
    let path = ["ermission denied: ", "ermission denied, "]
        .iter()
        .find_map(|words| {
            let behind = line.split_once(words)?.1;
            let at = behind.find(['\'', '"'])?;
            quoted_behind(&behind[at..], "", &['\'', '"'])
        })
        .or_else(|| {
            let before = line.strip_suffix(": Permission denied")?;
            word(before.rsplit(": ").next()?)
        })
        // `s3://bucket/x` is closed elsewhere.
        .filter(|path| path.contains(['/', '\\', '.']) && !path.contains("://"));
    if let Some(path) = path {
        let file = quoted(path);
        let shows = if cfg!(windows) {
            format!("icacls {file}   shows who may")
        } else {
            format!("ls -ld {file}   shows whose it is and who may")
        };
        return Some(cause(
            format!("`{path}` is closed to the user that `{service}` runs as"),
            shows,
        ));
    }
    let about_port = has(line, &["listen EACCES", "attempting to bind", "bind: "]);
    let is_denied = |line: &str| line.contains("ermission denied");
    let place = about_port.then(|| super::port::of(line, lines, is_denied));
    let port = place.flatten().map(|place| place.port);
    let port = port.filter(|port| *port < 1024)?;
    Some(cause(
        format!("port {port} is for administrators, as all below 1024 are"),
        format!("give `{service}` another port"),
    ))
}

/// `env: ‘x’: Permission denied`.
fn of_env(before: &str) -> Option<&str> {
    let (who, name) = before.rsplit_once(": ")?;
    let is_env = base(who.rsplit(' ').next()?) == "env";
    is_env.then(|| word(name)).flatten()
}
