//! What the values of a `pyproject.toml` must be: uv reads them all before it does anything, and refuses the
//! file for one that is something else. What is not named here is only uv's to judge.

mod settings;
mod source;
mod value;

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeTable;

use super::super::lock::{Reader, is_version, normal_name, refused};
use super::Unreadable;
use value::{Value, find, is_name, other, table, wrong};

/// What a value must be.
#[derive(Clone, Copy)]
enum Must {
    /// A string.
    Text,
    /// A list of strings.
    Texts,
    /// A list of requirements.
    Requirements(Reader),
    /// A table of lists of requirements.
    Parts,
    /// A table.
    Table,
    /// The name of a project.
    Name,
    /// A version.
    Version,
}

/// Each value that is looked at, with what it must be.
const VALUES: &[(&[&str], Must)] = &[
    (&["project"], Must::Table),
    (&["project", "name"], Must::Name),
    (&["project", "version"], Must::Version),
    (&["project", "requires-python"], Must::Text),
    (&["project", "dynamic"], Must::Texts),
    (
        &["project", "dependencies"],
        Must::Requirements(Reader::Project),
    ),
    (&["project", "optional-dependencies"], Must::Parts),
    (&["dependency-groups"], Must::Table),
    (&["tool", "uv"], Must::Table),
    (&["tool", "uv", "workspace"], Must::Table),
    (&["tool", "uv", "workspace", "members"], Must::Texts),
    (&["tool", "uv", "workspace", "exclude"], Must::Texts),
    (
        &["tool", "uv", "dev-dependencies"],
        Must::Requirements(Reader::Uv),
    ),
    (&["tool", "uv", "sources"], Must::Table),
];

/// The first value for which uv refuses the manifest.
pub(super) fn check(text: &str) -> Result<(), Unreadable> {
    // That it is TOML was seen before.
    let Ok(document) = DeTable::parse(text) else {
        return Ok(());
    };
    let document = document.get_ref();
    for (path, must) in VALUES {
        if let Some(value) = find(document, path) {
            let name = path.last().copied().unwrap_or_default();
            one(name, value, *must)?;
        }
    }
    if let Some(project) = document.get_key_value("project") {
        complete(project.0.span(), project.1)?;
    }
    if let Some(groups) = table(document, &["dependency-groups"]) {
        groups_of(groups)?;
    }
    if let Some(sources) = table(document, &["tool", "uv", "sources"]) {
        source::check(sources)?;
    }
    settings::check(document)
}

fn one(name: &str, value: &Value<'_>, must: Must) -> Result<(), Unreadable> {
    let it = value.get_ref();
    let text = || it.as_str().ok_or_else(|| other(name, value, "a string"));
    let tells = |why: Option<String>| match why {
        Some(why) => Err(wrong(value.span(), why)),
        None => Ok(()),
    };
    match must {
        Must::Text => text().map(drop),
        Must::Name => {
            let text = text()?;
            let rule = "letters, digits, `-`, `_` and `.`, a letter or digit first and last";
            let why = format!("`{text}` is no name of a project: {rule}");
            tells((!is_name(text)).then_some(why))
        }
        Must::Version => {
            let text = text()?;
            let why = format!("`{text}` is no version of a project: write one like `1.2.3`");
            tells((!is_version(text)).then_some(why))
        }
        Must::Table if !it.is_table() => Err(other(name, value, "a table")),
        Must::Table => Ok(()),
        Must::Texts | Must::Requirements(_) => {
            let Some(list) = it.as_array() else {
                return Err(other(name, value, "a list"));
            };
            list.iter().try_for_each(|item| {
                let what = format!("an item of `{name}`");
                match (item.get_ref().as_str(), must) {
                    (None, _) => Err(other(name, item, "a list of strings")),
                    (Some(text), Must::Requirements(reader)) => {
                        requirement(&what, text, reader, item)
                    }
                    (Some(_), _) => Ok(()),
                }
            })
        }
        Must::Parts => {
            let Some(parts) = it.as_table() else {
                return Err(other(name, value, "a table"));
            };
            let mut parts = parts.iter();
            let must = Must::Requirements(Reader::Project);
            parts.try_for_each(|(name, list)| one(name.get_ref(), list, must))
        }
    }
}

fn requirement(what: &str, text: &str, reader: Reader, item: &Value<'_>) -> Result<(), Unreadable> {
    match refused(text, reader) {
        Some(why) => Err(wrong(
            item.span(),
            format!("{what} is no requirement: {why}"),
        )),
        None => Ok(()),
    }
}

/// What a project must say of itself.
fn complete(at: Range<usize>, project: &Value<'_>) -> Result<(), Unreadable> {
    let Some(project) = project.get_ref().as_table() else {
        return Ok(());
    };
    let dynamic = project
        .get("dynamic")
        .and_then(|it| it.get_ref().as_array());
    let dynamic = dynamic.into_iter().flatten();
    let has = |name: &str| project.get(name).is_some();
    if !has("name") {
        return Err(wrong(at, "`project` has no `name`".to_owned()));
    }
    let is_dynamic = |name: &str| {
        let mut dynamic = dynamic.clone();
        dynamic.find(|it| it.get_ref().as_str() == Some(name))
    };
    if !has("version") && is_dynamic("version").is_none() {
        let why = "`project` has no `version`, nor `dynamic = [\"version\"]`";
        return Err(wrong(at, why.to_owned()));
    }
    let twice = BUILT_FOR.into_iter().filter(|name| has(name));
    let mut twice = twice.filter_map(|name| Some((name, is_dynamic(name)?)));
    match twice.next() {
        Some((name, item)) => {
            let why = format!("`{name}` is said in `project`, and `dynamic` says that it is not");
            Err(wrong(item.span(), why))
        }
        None => Ok(()),
    }
}

/// What whoever builds the project says, who fails where the manifest says it too. uv asks them for these.
const BUILT_FOR: [&str; 3] = ["version", "dependencies", "optional-dependencies"];

/// Groups list requirements, and other groups.
fn groups_of(groups: &DeTable<'_>) -> Result<(), Unreadable> {
    for (group, value) in groups {
        let group = group.get_ref();
        let Some(items) = value.get_ref().as_array() else {
            return Err(other(group, value, "a list"));
        };
        for item in items {
            if let Some(text) = item.get_ref().as_str() {
                let what = format!("an item of the group `{group}`");
                requirement(&what, text, Reader::Uv, item)?;
                continue;
            }
            let Some(table) = item.get_ref().as_table() else {
                return Err(other(group, item, "a list of requirements and tables"));
            };
            let included = table.get("include-group");
            let Some(included) = included.and_then(|it| it.get_ref().as_str()) else {
                continue;
            };
            let wanted = normal_name(included);
            if !groups.keys().any(|it| normal_name(it.get_ref()) == wanted) {
                let why = format!(
                    "the group `{group}` includes `{included}`, and there is none of that name"
                );
                return Err(wrong(item.span(), why));
            }
        }
    }
    groups
        .keys()
        .try_for_each(|group| circle(groups, group.get_ref()))
}

/// The groups that one includes, each with its place.
fn included(groups: &DeTable<'_>, name: &str) -> Vec<(String, Range<usize>)> {
    let of = groups
        .iter()
        .filter(|(it, _)| normal_name(it.get_ref()) == name);
    let items = of
        .filter_map(|(_, value)| value.get_ref().as_array())
        .flatten();
    let tables = items.filter_map(|item| {
        let included = item.get_ref().as_table()?.get("include-group")?;
        Some((normal_name(included.get_ref().as_str()?), item.span()))
    });
    tables.collect()
}

/// A group that includes itself, be it by way of others.
fn circle(groups: &DeTable<'_>, group: &str) -> Result<(), Unreadable> {
    let first = normal_name(group);
    let mut open = vec![first.clone()];
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        for (next, at) in included(groups, &name) {
            if next == first {
                let by = if name == first {
                    String::new()
                } else {
                    format!(" by way of `{name}`")
                };
                return Err(wrong(
                    at,
                    format!("the group `{group}` includes itself{by}"),
                ));
            }
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::pyproject;

    const BEFORE: &str = "[project]\nname = 'x'\n";

    /// The line, from 1, and the words.
    fn refused(text: &str) -> (usize, String) {
        let refused = pyproject(text).expect_err(text);
        let line = text[..refused.at.start].matches('\n').count() + 1;
        (line, refused.why)
    }

    #[test]
    fn values_of_another_kind_are_refused_where_they_stand() {
        let long = |rest: &str| format!("{BEFORE}version = '1'\n{rest}\n");
        for (text, line, words) in [
            (
                long("requires-python = 3"),
                4,
                "is an integer, and must be a string",
            ),
            (BEFORE.to_owned(), 1, "has no `version`"),
            (
                format!("{BEFORE}version = 'one'\n"),
                3,
                "`one` is no version",
            ),
            (
                format!("{BEFORE}version = '1.0.x'\n"),
                3,
                "`1.0.x` is no version",
            ),
            (format!("{BEFORE}version = 1.0\n"), 3, "is a float"),
            ("[project]\nversion = '1'\n".to_owned(), 1, "has no `name`"),
            (
                "[project]\nname = 'back end!'\nversion = '1'\n".to_owned(),
                2,
                "is no name",
            ),
            ("project = 1\n".to_owned(), 1, "must be a table"),
            (
                long("dependencies = 'backend'"),
                4,
                "`dependencies` is a string, and must be a list",
            ),
            (
                long("dependencies = [\n'a',\n3]"),
                6,
                "must be a list of strings",
            ),
            (
                long("dependencies = [\n'a',\n'fastapi====']"),
                6,
                "`fastapi====`",
            ),
            (
                long("[project.optional-dependencies]\nazure = 'a'"),
                5,
                "`azure` is a string",
            ),
            (
                long("[dependency-groups]\ndev = 'a'"),
                5,
                "`dev` is a string",
            ),
            (
                long("[dependency-groups]\ndev = [{include-group = 'nothere'}]"),
                5,
                "includes `nothere`",
            ),
            (
                long("[dependency-groups]\nA = [{include-group = 'a'}]"),
                5,
                "the group `A` includes itself",
            ),
            (
                long(
                    "[dependency-groups]\na = ['x', {include-group = 'b_c'}]\nB-c = [\n{include-group = 'A'}]",
                ),
                5,
                "the group `B-c` includes itself by way of `a`",
            ),
            (
                long("[tool.uv.workspace]\nmembers = 'backend'"),
                5,
                "`members` is a string",
            ),
            (
                long("[tool.uv.sources]\na = { workspase = true }"),
                5,
                "did you mean `workspace`?",
            ),
            (
                long("[tool.uv.sources]\na = { workspace = 'yes' }"),
                5,
                "must be a boolean",
            ),
            (
                long("[tool.uv.sources]\na = [{ rev = 'x' }]"),
                5,
                "says none of",
            ),
        ] {
            let (at, why) = refused(&text);
            assert!(at == line && why.contains(words), "{text}: {at} {why}");
        }
    }

    #[test]
    fn what_says_nothing_or_two_things_is_refused_where_it_stands() {
        let long = |rest: &str| format!("{BEFORE}version = '1'\n{rest}\n");
        for (text, line, words) in [
            (
                long("[tool.uv.sources]\na = { url = 'https://e.x/a', index = 'i' }"),
                5,
                "has both `url` and `index`",
            ),
            (
                long("[tool.uv.sources]\na = { git = 'https://e.x/a', rev = '1', tag = '2' }"),
                5,
                "has both `rev` and `tag`",
            ),
            (
                long("[tool.uv.sources]\na = { index = 'i', marker = 'sys_platform=' }"),
                5,
                "the `marker` `sys_platform=` cannot be read: `=` compares nothing",
            ),
            (
                long("[tool.uv.sources]\na = [{ index = 'i' }, { index = 'j' }]"),
                5,
                "one of them no `marker`",
            ),
            (
                long(
                    "[tool.uv.sources]\na = [{ index = 'i', marker = \"sys_platform == 'a'\" }, { index = 'j', marker = \"sys_platform != 'b'\" }]",
                ),
                5,
                "two hold at once",
            ),
            (long("[tool.uv.sources]\na = []"), 5, "is empty"),
            (
                long("dependencies = ['a; python_version > ']"),
                4,
                "the condition of `a; python_version > ` cannot be read: it ends too early",
            ),
            (
                long("[dependency-groups]\ntest = ['a>3.*']"),
                5,
                "has a `*` behind `>`",
            ),
            (
                long("[tool.uv]\nconstraint-dependencies = ['a', 'b>=1.*']"),
                5,
                "an item of `constraint-dependencies` is no requirement",
            ),
            (
                long("[tool.uv]\nenvironments = ['os_name == 1']"),
                5,
                "an item of `environments` cannot be read: `1` is nothing",
            ),
            (
                long("[tool.uv]\ndefault-groups = ['dev']\ndev-dependencies = ['a']"),
                5,
                "`default-groups` names `dev`, and `dependency-groups` has none of that name",
            ),
            (
                long("[tool.uv]\ndefault-groups = 'some'"),
                5,
                "is `some`, and must be `all` or a list",
            ),
            (
                long("[tool.uv]\nconflicts = [\n[{ group = 'a' }, { group = 'A' }]]"),
                6,
                "fewer than two",
            ),
            (long("[tool.uv.sources]\na = '../a'"), 5, "must be a table"),
        ] {
            let (at, why) = refused(&text);
            assert!(at == line && why.contains(words), "{text}: {at} {why}");
        }
    }

    #[test]
    fn what_uv_takes_is_taken() {
        for text in [
            "",
            "[tool.uv]\npackage = false\n",
            "[tool.poetry]\nname = 'x'\n",
            "[project]\nname = 'x'\ndynamic = ['version']\n",
            "[project]\nname = 'A_b.c'\nversion = 'v1.0rc1+x'\ndependencies = ['a[b]>=1,<2 ; python_version < \"4\"', 'c @ https://e.x/c.whl', 'd (==1.*)']\n",
            "[dependency-groups]\nDev_x = ['a']\ntest = ['b', {include-group = 'dev-x'}]\nall = [{include-group = 'test'}, {include-group = 'dev-x'}]\n",
            "[project]\nname = 'x'\nversion = '1'\ndependencies = ['a>3.*']\n",
            "[tool.uv]\ndefault-groups = ['A_b']\nconflicts = [[{ extra = 'a' }, { group = 'a' }]]\n[dependency-groups]\na-B = []\n",
            "[tool.uv]\ndefault-groups = 'all'\nenvironments = \"sys_platform == 'linux'\"\n",
            "[tool.uv.sources]\na = { path = 'a', editable = true, package = true }\nb = { workspace = true, editable = true }\n",
            "[tool.uv.sources]\na = { git = 'https://e.x/a', rev = '1', from-the-future = 1 }\nb = [{ index = 'x', marker = \"sys_platform == 'linux'\" }, { url = 'https://e.x/b', marker = \"sys_platform != 'linux'\" }]\n",
        ] {
            assert!(pyproject(text).is_ok(), "{text}");
        }
    }
}
