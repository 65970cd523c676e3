//! Are two databases alike? Their catalogues as lists of things, compared by what they are and do.

use std::collections::{BTreeMap, BTreeSet};

/// One thing of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    /// `table`, `column`, `constraint`, `index`, `policy`, `type`, `trigger`, `function`, `view`, `sequence`,
    /// `extension`, `grant`.
    pub kind: String,
    /// The table that it belongs to, or its own name: `public.users`.
    pub owner: String,
    /// Its name within the owner, where the name matters; empty for constraints and indexes.
    pub name: String,
    /// What it is, as the server describes it.
    pub detail: String,
}

impl Thing {
    /// From the four columns of the query, with what is spelled differently and means the same made alike.
    #[must_use]
    pub fn new(kind: &str, owner: &str, name: &str, detail: &str) -> Self {
        let detail = detail.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            kind: kind.to_owned(),
            owner: owner.to_owned(),
            name: name.to_owned(),
            detail: if kind == "column" {
                column(&detail)
            } else {
                detail
            },
        }
    }

    /// It as people say it: `column users.email`.
    #[must_use]
    pub fn shown(&self) -> String {
        let owner = self.owner.strip_prefix("public.").unwrap_or(&self.owner);
        match (self.kind.as_str(), self.name.as_str()) {
            ("constraint" | "index", _) => format!("{} of {owner}", self.kind),
            ("grant", role) => format!("grant on {owner} to {role}"),
            (kind, "") => format!("{kind} {owner}"),
            (kind, name) => format!("{kind} {owner}.{name}"),
        }
    }
}

/// A column's `type | NOT NULL | default`, with the default made canonical.
fn column(detail: &str) -> String {
    let Some((rest, default)) = detail.split_once(" DEFAULT ") else {
        return detail.to_owned();
    };
    let kind = rest.trim_end_matches(" NOT NULL");
    format!("{rest} DEFAULT {}", canonical(default, kind))
}

/// A default, without what only its spelling adds.
#[must_use]
pub fn canonical(default: &str, kind: &str) -> String {
    let mut text = default.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|it| it.strip_suffix(')'))
        && is_balanced(inner)
    {
        text = inner.trim();
    }
    // A cast to the column's own type, with or without its length.
    let base = kind.split('(').next().unwrap_or(kind).trim();
    if let Some((value, cast)) = text.rsplit_once("::") {
        let cast = cast.split('(').next().unwrap_or(cast).trim();
        if cast == base || kind.starts_with(cast) {
            text = value.trim();
        }
    }
    if let Some(inner) = text.strip_prefix('\'').and_then(|it| it.strip_suffix('\''))
        && inner.parse::<f64>().is_ok()
        && is_number(base)
    {
        text = inner;
    }
    match text.to_ascii_lowercase().as_str() {
        "current_timestamp" | "now()" | "transaction_timestamp()" => "now()".to_owned(),
        "'t'" | "'true'" | "true" => "true".to_owned(),
        "'f'" | "'false'" | "false" => "false".to_owned(),
        "array[]" => "'{}'".to_owned(),
        _ => text.to_owned(),
    }
}

fn is_number(kind: &str) -> bool {
    matches!(
        kind,
        "integer" | "bigint" | "smallint" | "numeric" | "real" | "double precision"
    )
}

fn is_balanced(text: &str) -> bool {
    let mut depth = 0_i32;
    text.chars().all(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth >= 0
    }) && depth == 0
}

/// Whether all that one grant allows, the other allows too.
#[must_use]
pub fn is_granted(wanted: &Thing, there: &Thing) -> bool {
    let rights = |thing: &Thing| -> BTreeSet<String> {
        thing.detail.split(", ").map(str::to_owned).collect()
    };
    wanted.kind == "grant" && rights(wanted).is_subset(&rights(there))
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Only the first has it.
    OnlyLeft(Thing),
    /// Only the second has it.
    OnlyRight(Thing),
    /// Both have it, and it is not the same.
    Changed(Thing, Thing),
}

impl Difference {
    /// The table or other thing that it is about.
    #[must_use]
    pub fn owner(&self) -> &str {
        match self {
            Self::OnlyLeft(thing) | Self::OnlyRight(thing) | Self::Changed(thing, _) => {
                &thing.owner
            }
        }
    }
}

impl Difference {
    /// For one line; `left` and `right` are what the sides are.
    #[must_use]
    pub fn in_words(&self, left: &str, right: &str) -> String {
        match self {
            Self::OnlyLeft(thing) => {
                format!(
                    "{}: only in {left}: {}",
                    thing.shown(),
                    short(&thing.detail)
                )
            }
            Self::OnlyRight(thing) => {
                format!(
                    "{}: only in {right}: {}",
                    thing.shown(),
                    short(&thing.detail)
                )
            }
            Self::Changed(one, other) => format!(
                "{}: `{}` in {left}, `{}` in {right}",
                one.shown(),
                short(&one.detail),
                short(&other.detail)
            ),
        }
    }
}

/// The beginning of a long description.
fn short(text: &str) -> String {
    const LONGEST: usize = 90;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What differs. What belongs to a table that one side lacks is not listed beside the table.
#[must_use]
pub fn compare(left: &[Thing], right: &[Thing]) -> Vec<Difference> {
    let tables = |things: &[Thing]| -> BTreeSet<String> {
        let things = things.iter().filter(|thing| thing.kind == "table");
        things.map(|thing| thing.owner.clone()).collect()
    };
    let (in_left, in_right) = (tables(left), tables(right));
    let lacking: BTreeSet<&String> = in_left.symmetric_difference(&in_right).collect();
    let told = |thing: &&Thing| thing.kind == "table" || !lacking.contains(&thing.owner);
    let both: BTreeSet<&Thing> = left.iter().filter(|it| right.contains(it)).collect();
    let rest = |things: &'_ [Thing]| -> Vec<Thing> {
        let things = things.iter().filter(|thing| !both.contains(thing));
        things.filter(told).cloned().collect()
    };
    let (left, right) = (rest(left), rest(right));
    // What has a name is the same thing with another content.
    let key = |thing: &Thing| {
        let named = !matches!(thing.kind.as_str(), "constraint" | "index" | "trigger");
        named.then(|| (thing.kind.clone(), thing.owner.clone(), thing.name.clone()))
    };
    let mut by_key: BTreeMap<_, Thing> = right
        .iter()
        .filter_map(|thing| Some((key(thing)?, thing.clone())))
        .collect();
    let mut found = Vec::new();
    for thing in left {
        let other = key(&thing).and_then(|key| by_key.remove(&key));
        found.push(match other {
            Some(other) => Difference::Changed(thing, other),
            None => Difference::OnlyLeft(thing),
        });
    }
    let changed = |thing: &Thing| {
        let mut found = found.iter();
        found.any(|it| matches!(it, Difference::Changed(_, other) if other == thing))
    };
    let only: Vec<Difference> = right
        .into_iter()
        .filter(|thing| !changed(thing))
        .map(Difference::OnlyRight)
        .collect();
    found.extend(only);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_no_difference() {
        for (left, right, kind) in [
            ("'x'::character varying", "'x'", "character varying(20)"),
            ("'0.00'::numeric", "0.00", "numeric(10,2)"),
            ("CURRENT_TIMESTAMP", "now()", "timestamp with time zone"),
            ("'{}'::text[]", "ARRAY[]::text[]", "text[]"),
            ("((1))", "1", "integer"),
            ("'t'::boolean", "true", "boolean"),
        ] {
            assert_eq!(canonical(left, kind), canonical(right, kind), "{left}");
        }
        assert_ne!(
            canonical("gen_random_uuid()", "uuid"),
            canonical("uuid_generate_v4()", "uuid")
        );
        assert_eq!(canonical("(a) + (b)", "integer"), "(a) + (b)");
    }

    #[test]
    fn a_missing_table_is_one_difference() {
        let thing = |kind, owner, name, detail| Thing::new(kind, owner, name, detail);
        let left = [
            thing("table", "public.a", "", "r"),
            thing("column", "public.a", "id", "integer NOT NULL"),
            thing("table", "public.b", "", "r"),
            thing("column", "public.b", "id", "integer DEFAULT ((1))"),
            thing("index", "public.b", "", "CREATE INDEX ON public.b (id)"),
        ];
        let right = [
            thing("table", "public.b", "", "r"),
            thing("column", "public.b", "id", "bigint DEFAULT 1"),
            thing("column", "public.b", "more", "text"),
        ];
        let found: Vec<String> = compare(&left, &right)
            .into_iter()
            .map(|difference| match difference {
                Difference::OnlyLeft(thing) => format!("< {}", thing.shown()),
                Difference::OnlyRight(thing) => format!("> {}", thing.shown()),
                Difference::Changed(left, right) => {
                    format!("{}: {} {}", left.shown(), left.detail, right.detail)
                }
            })
            .collect();
        assert_eq!(
            found,
            [
                "< table a",
                "column b.id: integer DEFAULT 1 bigint DEFAULT 1",
                "< index of b",
                "> column b.more"
            ]
        );
        assert_eq!(compare(&left, &left), []);
    }
}
