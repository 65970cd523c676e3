//! The connections to Postgres that a module makes with postgres.js, which prepares statements unless it is told
//! not to.

use crate::text::Span;

use super::evaluate::{Constants, SPREAD};
use super::{Placed, Value, with_module};

/// What it says of prepared statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prepares {
    /// Nothing, or that it wants them.
    Yes,
    /// `prepare: false`.
    No,
    /// Only running it would tell.
    Unclear,
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The variables that its URL is read from; empty where only running it would tell.
    pub variables: Vec<String>,
    /// Whether it prepares.
    pub prepares: Prepares,
    /// The call.
    pub span: Span,
}

const PACKAGE: &str = "postgres";
const DRIZZLE: &str = "drizzle-orm/postgres-js";

/// The connections of a module, in order.
///
/// Calls stand anywhere, in functions and behind `??`: each is found by its name and read by itself, with the
/// constants of the module around it.
#[must_use]
pub fn clients(text: &str) -> Vec<Client> {
    let text = &without_comments(text);
    let own = imported(text, PACKAGE);
    let drizzle = text.contains(DRIZZLE).then_some("drizzle");
    let names = own.iter().map(|name| (*name, false));
    let names = names.chain(drizzle.map(|name| (name, true)));
    let mut found: Vec<Client> = Vec::new();
    for (name, is_drizzle) in names {
        for span in calls(text, name) {
            found.extend(client(text, name, span, is_drizzle));
        }
    }
    found.sort_by_key(|it| it.span.start);
    found
}

/// The same with blanks where comments are, so that all else stays where it is.
fn without_comments(text: &str) -> String {
    let spans = with_module(text, |program| {
        let spans = program.comments.iter().map(|it| it.span);
        let ranges = spans.map(|it| it.start as usize..it.end as usize);
        ranges.collect::<Vec<_>>()
    });
    let mut bytes = text.as_bytes().to_vec();
    for span in spans {
        if let Some(comment) = bytes.get_mut(span) {
            let visible = comment.iter_mut().filter(|it| **it != b'\n');
            visible.for_each(|byte| *byte = b' ');
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The names under which a module has what a package is: `import sql from "postgres"`, or with `require`.
fn imported<'a>(text: &'a str, package: &str) -> Vec<&'a str> {
    let quoted = ['"', '\''].map(|quote| format!("{quote}{package}{quote}"));
    let lines = text
        .lines()
        .filter(|line| quoted.iter().any(|it| line.contains(it.as_str())));
    let name = |line: &'a str| {
        let line = line.trim();
        let bare = line
            .strip_prefix("import ")
            .filter(|_| line.contains(" from "));
        let bare = bare.map(|it| it.trim_start().trim_start_matches("* as ").trim_start());
        let required = || {
            let (before, behind) = line.split_once('=')?;
            let behind = behind.trim_start();
            let behind = behind.strip_prefix("await ").unwrap_or(behind).trim_start();
            let is_it = behind.starts_with("require(") || behind.starts_with("import(");
            is_it.then(|| before.split_whitespace().last())?
        };
        let name = bare.or_else(required)?;
        let end = name.find(|it: char| !is_of_name(it)).unwrap_or(name.len());
        let name = name
            .get(..end)
            .filter(|it| !it.is_empty() && *it != "type")?;
        Some(name)
    };
    let mut names: Vec<&str> = lines.filter_map(name).collect();
    names.dedup();
    names
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

/// Where a name is called, with all of the call.
fn calls<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = Span> + 'a {
    let places = text.match_indices(name).map(|(at, _)| at);
    places.filter_map(move |at| {
        let before = text.get(..at)?.chars().next_back();
        let behind = text.get(at + name.len()..)?;
        let is_whole = !before.is_some_and(|it| is_of_name(it) || matches!(it, '.' | '"' | '\''));
        let open = behind.find('(').filter(|_| is_whole)?;
        // `postgres<Types>(…)`
        let between = behind.get(..open)?.trim();
        let is_call = between.is_empty() || between.starts_with('<') && between.ends_with('>');
        let length = closing(behind.get(open..)?).filter(|_| is_call)?;
        Some(Span::new(at, at + name.len() + open + length))
    })
}

/// How long what stands in brackets is, where they are closed. Brackets in texts are none.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, letter) in text.char_indices() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if letter == '\\' {
                escaped = true;
            } else if letter == open {
                quote = None;
            }
            continue;
        }
        match letter {
            '"' | '\'' | '`' => quote = Some(letter),
            '(' => depth += 1,
            ')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn client(text: &str, name: &str, span: Span, is_drizzle: bool) -> Option<Client> {
    let call = text.get(span.start..span.end)?;
    let arguments = call.get(call.find('(')? + 1..call.len() - 1)?;
    // The name of a constant that no module has.
    let own = format!("__{name}_of_pixcrawler");
    let module = format!("{text}\n;const {own} = [{arguments}\n];");
    let value = with_module(&module, |program| {
        let constants = Constants::of(program);
        let value = constants.get(&own)?;
        Some(constants.evaluate(value))
    })?;
    let Value::List(arguments) = value.value else {
        return None;
    };
    let first = arguments.first()?;
    let (url, options) = if is_drizzle {
        let handed = first.get("connection").unwrap_or(first);
        match &handed.value {
            Value::Object(_) => (handed.get("url")?, Some(handed)),
            Value::Variable { .. } | Value::Text(_) => (handed, None),
            // A client, which is found by itself.
            _ => return None,
        }
    } else {
        (first, arguments.get(1))
    };
    Some(Client {
        variables: url.variables(),
        prepares: options.map_or(Prepares::Yes, prepares),
        span,
    })
}

fn prepares(options: &Placed) -> Prepares {
    if !matches!(options.value, Value::Object(_)) {
        return Prepares::Unclear;
    }
    match options.get("prepare").map(|it| &it.value) {
        Some(Value::Bool(false)) => Prepares::No,
        Some(Value::Bool(true)) => Prepares::Yes,
        None if options.get(SPREAD).is_none() => Prepares::Yes,
        _ => Prepares::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: &str) -> String {
        let found = clients(code);
        let of = |it: &Client| format!("{} {:?}", it.variables.join(","), it.prepares);
        found.iter().map(of).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_client_prepares_unless_it_is_told_not_to() {
        let import = "import postgres from \"postgres\";\n";
        for (code, wanted) in [
            (
                "export const db = drizzle(postgres(process.env.POSTGRES_URL!));",
                "POSTGRES_URL Yes",
            ),
            (
                "const sql = postgres(process.env.POSTGRES_URL!, { prepare: false, max: 6 });",
                "POSTGRES_URL No",
            ),
            (
                "const options = { prepare: false };\nexport function db() {\n  return postgres(env.POSTGRES_URL, { ...options });\n}",
                "POSTGRES_URL No",
            ),
            (
                "const sql = held.sql ?? postgres(url(), options);",
                " Unclear",
            ),
            (
                "const url = process.env.A ?? process.env.B;\nconst sql = postgres<{}>(url, { max: 1 /* ) */ });",
                "A,B Yes",
            ),
            (
                "// postgres(process.env.A)\nconst a = 'postgres(process.env.B)';",
                "",
            ),
            ("const a = sql.postgres(process.env.A);", ""),
        ] {
            assert_eq!(told(&format!("{import}{code}")), wanted, "{code}");
        }
        assert_eq!(told("const a = postgres(process.env.A);"), "");
        assert_eq!(
            told("const pg = require('postgres')\nconst sql = pg(process.env.A)"),
            "A Yes"
        );
    }

    #[test]
    fn drizzle_makes_one_of_its_own_where_it_is_given_a_url() {
        let import = "import { drizzle } from 'drizzle-orm/postgres-js';\n";
        for (code, wanted) in [
            ("const db = drizzle(process.env.A!);", "A Yes"),
            (
                "const db = drizzle({ connection: process.env.A! });",
                "A Yes",
            ),
            (
                "const db = drizzle({ connection: { url: process.env.A!, prepare: false } });",
                "A No",
            ),
            ("const db = drizzle(client, { schema });", ""),
        ] {
            assert_eq!(told(&format!("{import}{code}")), wanted, "{code}");
        }
    }
}
