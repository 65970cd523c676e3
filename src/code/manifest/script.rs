//! A line that starts Next.js's development server: what it sets before, and on which port it listens.

/// What a line does before Next.js starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The variables that it sets by name.
    pub sets: Vec<String>,
    /// Whether something in it may set others: a program of which nothing is known, or a file that is loaded.
    pub is_open: bool,
}

/// Programs that hand on the variables that they have.
const PLAIN: &[&str] = &[
    "--",
    "bun",
    "bunx",
    "cross-env",
    "cross-env-shell",
    "dlx",
    "env",
    "exec",
    "nice",
    "node",
    "npm",
    "npx",
    "pnpm",
    "pnpx",
    "run",
    "time",
    "ts-node",
    "tsx",
    "watch",
    "x",
    "yarn",
];

/// Options that load files or code before the program.
const LOADING: &[&str] = &[
    "-r",
    "--require",
    "--import",
    "--preload",
    "--loader",
    "--experimental-loader",
    "-e",
    "-f",
];

/// Variables of the runtimes' own with such options.
const OPTIONS: &[&str] = &["NODE_OPTIONS", "BUN_OPTIONS"];

/// Words of the shell that set variables of those who come after.
const SETTING: &[&str] = &[".", "declare", "eval", "export", "set", "source"];

impl Script {
    /// Reads a line.
    #[must_use]
    pub fn of(line: &str) -> Self {
        let commands = commands(line);
        let Some((at, next)) = started(&commands) else {
            // What it runs in its place sets what it likes.
            return Self {
                sets: Vec::new(),
                is_open: true,
            };
        };
        let mut script = Self::default();
        let loads = |command: &Vec<String>| {
            let first = command.first();
            first.is_some_and(|it| SETTING.contains(&it.as_str()))
        };
        script.is_open = commands[..at].iter().any(loads);
        for word in &commands[at][..next] {
            if let Some((name, value)) = assigned(word) {
                script.is_open |= OPTIONS.contains(&name) && is_loading(value);
                script.sets.push(name.to_owned());
            } else if word.starts_with('-') && word != "--" {
                script.is_open |= is_loading(word);
            } else {
                let is_number = word.bytes().all(|it| it.is_ascii_digit());
                script.is_open |= !PLAIN.contains(&word.as_str()) && !is_number;
            }
        }
        script
    }
}

/// Whether options load something.
fn is_loading(options: &str) -> bool {
    options.split_whitespace().any(|option| {
        let name = option.split('=').next().unwrap_or(option);
        name.contains("env") || LOADING.contains(&name)
    })
}

/// The name and the value that a word gives it.
fn assigned(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_letter = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    let is_name = name.bytes().all(is_letter) && !name.starts_with(|it: char| it.is_ascii_digit());
    (is_name && !name.is_empty()).then_some((name, value))
}

/// Endings of code that a runtime is handed.
const CODE: &[&str] = &[".js", ".mjs", ".cjs", ".ts", ".mts"];

/// Which command serves pages, and where in it the program stands: `next dev`, `next` alone, or a server of its own.
fn started(commands: &[Vec<String>]) -> Option<(usize, usize)> {
    let is_code = |it: &String| !it.contains(' ') && CODE.iter().any(|end| it.ends_with(end));
    let mut own = commands.iter().enumerate();
    let own = || own.find_map(|(at, command)| Some((at, command.iter().position(is_code)?)));
    served(commands).or_else(own)
}

/// The same of Next.js alone.
fn served(commands: &[Vec<String>]) -> Option<(usize, usize)> {
    let mut places = commands.iter().enumerate().filter_map(|(at, command)| {
        let is_next = |it: &String| it.rsplit('/').next() == Some("next");
        let next = command.iter().position(is_next)?;
        let verb = command.get(next + 1).map_or("dev", String::as_str);
        (verb == "dev" || verb.starts_with('-')).then_some((at, next))
    });
    places.next()
}

/// The words of each command of a line, without their quotes.
fn commands(line: &str) -> Vec<Vec<String>> {
    let (mut all, mut words) = (Vec::new(), Vec::new());
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (';' | '&' | '|' | '\n', None) => {
                words.extend(word.take());
                all.push(std::mem::take(&mut words));
            }
            (_, None) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    all.push(words);
    all.retain(|it: &Vec<String>| !it.is_empty());
    all
}

/// The port that a line that starts pages fixes: with `-p` or `--port`, else with `PORT=` before it.
#[must_use]
pub fn script_port(line: &str) -> Option<u16> {
    let commands = commands(line);
    let (command, next) = match served(&commands) {
        Some((at, next)) => (&commands[at], Some(next)),
        None => (commands.first()?, None),
    };
    let options = &command[next.unwrap_or_default()..];
    let after = options.windows(2);
    let mut after = after.filter(|pair| matches!(pair[0].as_str(), "-p" | "--port"));
    let written = after.next().map(|pair| pair[1].as_str());
    let joined = |word: &'static str| {
        let mut all = options.iter().filter_map(move |it| it.strip_prefix(word));
        all.find(|it| it.starts_with(|it: char| it.is_ascii_digit()))
    };
    let written = written
        .or_else(|| joined("--port="))
        .or_else(|| joined("-p"));
    let set = || {
        let before = command[..next.unwrap_or(command.len())].iter();
        let mut set = before.filter_map(|it| assigned(it));
        set.rfind(|(name, _)| *name == "PORT").map(|it| it.1)
    };
    written.or_else(set)?.parse().ok()
}

/// Whether a line does nothing else but run a script of the manifest: `bun run dev`.
#[must_use]
pub fn runs_script(line: &str, script: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let managers = ["bun", "npm", "pnpm", "yarn"];
    match words.as_slice() {
        [manager, "run", name, ..] | [manager, name, ..] => {
            managers.contains(manager) && *name == script
        }
        _ => false,
    }
}

/// Whether a script is Next.js's development server.
#[must_use]
pub fn runs_next(script: &str) -> bool {
    let words: Vec<&str> = script.split_whitespace().collect();
    words
        .windows(2)
        .any(|pair| pair[0].rsplit('/').next() == Some("next") && pair[1] == "dev")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_sets_is_told_by_name() {
        for (line, sets) in [
            ("next dev", &[][..]),
            ("next", &[]),
            ("bun --bun next dev --turbo", &[]),
            ("rimraf .next && next dev -p 3000", &[]),
            ("prisma generate; npx next dev", &[]),
            ("A=1 B='x y' next dev", &["A", "B"]),
            (
                "cross-env A=1 NODE_OPTIONS='--inspect' next dev",
                &["A", "NODE_OPTIONS"],
            ),
            ("tsx watch server.ts", &[]),
            (
                "node --max-old-space-size=4096 ./node_modules/.bin/next dev",
                &[],
            ),
        ] {
            let script = Script::of(line);
            assert_eq!(script.sets, sets, "{line}");
            assert!(!script.is_open, "{line}");
        }
    }

    #[test]
    fn what_may_load_a_file_is_open() {
        for line in [
            "dotenv -e .env.x -- next dev",
            "env-cmd -f .env.x next dev",
            "node --env-file=.env.x node_modules/.bin/next dev",
            "bun --env-file .env.x next dev",
            "doppler run -- next dev",
            "infisical run -- next dev",
            "op run --env-file=x -- next dev",
            "vercel dev",
            "turbo dev",
            "node -r dotenv/config server.js",
            "set -a; . ./.env.x; next dev",
            "source ../.env && next dev",
            "NODE_OPTIONS='-r dotenv/config' next dev",
        ] {
            assert!(Script::of(line).is_open, "{line}");
        }
    }

    #[test]
    fn a_line_may_run_a_script() {
        assert!(runs_script("bun run dev --port 1", "dev") && runs_script("pnpm dev", "dev"));
        assert!(!runs_script("bun run build", "dev") && !runs_script("next dev", "dev"));
    }

    #[test]
    fn the_port_of_a_script_is_that_of_its_pages() {
        for (line, port) in [
            ("next dev -p 3100", Some(3100)),
            ("next dev -p3100", Some(3100)),
            ("next dev --port=4000", Some(4000)),
            ("next dev --turbo --port 4000", Some(4000)),
            ("PORT=4001 next dev", Some(4001)),
            ("cross-env PORT=4001 next dev", Some(4001)),
            ("PORT=4001 next dev -p 4002", Some(4002)),
            ("PORT=4001 bun run dev", Some(4001)),
            ("bun run dev --port 4002", Some(4002)),
            ("PORT=1 node api.js & next dev", None),
            ("mkdir -p 3000 && next dev", None),
            ("next dev", None),
            // Next.js refuses it.
            ("next dev -p=4000", None),
        ] {
            assert_eq!(script_port(line), port, "{line}");
        }
    }
}
