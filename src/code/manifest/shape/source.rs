//! `tool.uv.sources`.

use toml::de::{DeTable, DeValue};

use crate::code::lock::Marker;
use crate::text::nearest;

use super::super::Unreadable;
use super::value::{Value, is_name, other, wrong};

/// What tells where a package comes from.
const PLACES: [&str; 5] = ["workspace", "path", "git", "url", "index"];

/// What else is known of it.
const BESIDE: [&str; 10] = [
    "subdirectory",
    "rev",
    "tag",
    "branch",
    "lfs",
    "editable",
    "package",
    "marker",
    "extra",
    "group",
];

/// The ways to say which commit is meant, of which one is enough.
const COMMITS: [&str; 3] = ["rev", "tag", "branch"];

/// What says nothing of a package that comes from somewhere else, by where it may come from.
const OF_PLACE: [(&str, &[&str]); 5] = [
    ("rev", &["git"]),
    ("tag", &["git"]),
    ("branch", &["git"]),
    ("editable", &["path", "workspace"]),
    ("package", &["path"]),
];

/// Looks at all of them.
pub(super) fn check(sources: &DeTable<'_>) -> Result<(), Unreadable> {
    for (name, value) in sources {
        if !is_name(name.get_ref()) {
            let why = format!("`{}` is no name of a package", name.get_ref());
            return Err(wrong(name.span(), why));
        }
        match value.get_ref() {
            DeValue::Array(all) => several(name.get_ref(), value, all)?,
            _ => source(name.get_ref(), value)?,
        }
    }
    Ok(())
}

/// Several sources of one package: no machine may have two.
fn several(name: &str, value: &Value<'_>, all: &[Value<'_>]) -> Result<(), Unreadable> {
    if all.is_empty() {
        let why = format!("the list of sources of `{name}` is empty");
        return Err(wrong(value.span(), why));
    }
    all.iter().try_for_each(|one| source(name, one))?;
    let text = |it: &Value<'_>, key: &str| {
        let text = it.get_ref().as_table()?.get(key)?.get_ref().as_str()?;
        Some(text.to_owned())
    };
    for pair in all.windows(2) {
        let [one, other] = pair else { continue };
        let is_apart = |key| text(one, key) != text(other, key);
        if is_apart("extra") || is_apart("group") {
            continue;
        }
        let (Some(first), Some(second)) = (text(one, "marker"), text(other, "marker")) else {
            let why =
                format!("`{name}` has several sources, and one of them no `marker` of its own");
            return Err(wrong(value.span(), why));
        };
        if let (Ok(a), Ok(b)) = (Marker::parse(&first), Marker::parse(&second))
            && a.overlaps(&b)
        {
            let why =
                format!("of the sources of `{name}` two hold at once: `{first}` and `{second}`");
            return Err(wrong(value.span(), why));
        }
    }
    Ok(())
}

/// Where a package comes from.
fn source(name: &str, value: &Value<'_>) -> Result<(), Unreadable> {
    let Some(source) = value.get_ref().as_table() else {
        return Err(other(name, value, "a table"));
    };
    for (key, value) in source {
        let known = || PLACES.into_iter().chain(BESIDE);
        let key_is = key.get_ref();
        if !known().any(|it| it == key_is)
            && let Some(near) = nearest(key_is, known())
        {
            let why = format!("uv knows no `{key_is}` of a source; did you mean `{near}`?");
            return Err(wrong(key.span(), why));
        }
        let it = value.get_ref();
        match key_is.as_ref() {
            "workspace" | "editable" if !it.is_bool() => {
                return Err(other(key_is, value, "a boolean"));
            }
            "path" | "git" | "url" | "index" | "rev" | "tag" | "branch" if !it.is_str() => {
                return Err(other(key_is, value, "a string"));
            }
            _ => {}
        }
    }
    if let Some((one, other)) = at_odds(source) {
        let why =
            format!("the source of `{name}` has both `{one}` and `{other}`, of which uv takes one");
        return Err(wrong(value.span(), why));
    }
    if let Some(marker) = source.get("marker")
        && let Some(text) = marker.get_ref().as_str()
        && let Err(why) = Marker::parse(text)
    {
        let why = format!("the `marker` `{text}` cannot be read: {why}");
        return Err(wrong(marker.span(), why));
    }
    if PLACES.iter().any(|place| source.contains_key(*place)) {
        return Ok(());
    }
    let why = format!(
        "the source of `{name}` says none of `workspace`, `path`, `git`, `url` and `index`"
    );
    Err(wrong(value.span(), why))
}

/// Two things that a source says and that do not go together.
fn at_odds(source: &DeTable<'_>) -> Option<(&'static str, &'static str)> {
    let has = |key: &&&str| source.contains_key(**key);
    let places: Vec<&'static str> = PLACES.iter().filter(has).copied().collect();
    if let [one, other, ..] = places[..]
        && [one, other] != ["path", "git"]
    {
        return Some((one, other));
    }
    let commits: Vec<&'static str> = COMMITS.iter().filter(has).copied().collect();
    if let [one, other, ..] = commits[..] {
        return Some((one, other));
    }
    if source.contains_key("extra") && source.contains_key("group") {
        return Some(("extra", "group"));
    }
    let place = *places.first()?;
    let mut beside = OF_PLACE.iter().filter(|(key, _)| source.contains_key(*key));
    let odd = beside.find(|(_, of)| !places.iter().any(|place| of.contains(place)))?;
    Some((place, odd.0))
}
