//! What the built-in schemas of Python's tiers say of a variable's type gives way to the code's own settings, which are
//! what reads it.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::env::is_placeholder;
use crate::schema::types::{Kind, Misfit, Problem, Range, Text};
use crate::schema::{Reader, RelationKind, Schema, Variable, Word, check};
use crate::system::fs;
use crate::workspace::{Environment, Runtime, Workspace};

use super::super::super::declared::{self, Declared};
use super::super::super::used::Code;
use super::super::Gathered;
use super::verdict::{self, Verdict};

/// The words that are environments to everybody.
const ENVIRONMENTS: &[&str] = &["development", "test", "testing", "staging", "production"];

/// What becomes of one variable of a schema.
enum Answer {
    /// The code does without it.
    Unasked,
    /// It is of that type to the code, which takes its value.
    Taken(Kind),
    /// The code refuses its value.
    Refused(check::Refused),
    /// Only the schema says that the value is wrong.
    Open,
}

/// Lets the schemas give way. The code is read only where something would be wrong otherwise.
pub(super) fn apply<'c>(
    workspace: &Workspace,
    environment: Environment,
    tiers: &mut [Gathered],
    code: &impl Fn() -> &'c Code,
) {
    let read = OnceCell::new();
    let settings = || {
        let all: &Vec<Declared> = read.get_or_init(|| declared::settings(&workspace.root));
        all.as_slice()
    };
    let mut free = Vec::new();
    for gathered in tiers.iter_mut() {
        let variables = gathered.schema.variables.iter().enumerate();
        let answers: Vec<(usize, Answer)> = match gathered.tier.runtime {
            // Its code is asked in its own way.
            Runtime::Next => continue,
            Runtime::Python | Runtime::Shared => variables
                .filter_map(|(at, variable)| {
                    Some((
                        at,
                        answer(gathered, variable, environment, &settings, code)?,
                    ))
                })
                .collect(),
        };
        if answers.is_empty() || fs::exists(&workspace.path(gathered.schema.source.path())) {
            continue;
        }
        let mut schema = Schema::clone(&gathered.schema);
        for (at, answer) in answers {
            if let Some(variable) = schema.variables.get_mut(at) {
                take(gathered, variable, answer, environment, &mut free);
            }
        }
        gathered.schema = Arc::new(schema);
    }
    for (tier, name) in free {
        without(tiers, &tier, &name);
    }
}

/// Notes an answer in the schema, and beside it.
fn take(
    gathered: &mut Gathered,
    variable: &mut Variable,
    answer: Answer,
    environment: Environment,
    free: &mut Vec<(String, String)>,
) {
    let name = variable.name.clone();
    let mut change = |kind: Kind| {
        let is_free = |value: &str| !ENVIRONMENTS.contains(&value);
        if gathered.resolved.nonempty(&name).is_some_and(is_free) {
            free.push((gathered.tier.name.clone(), name.clone()));
        }
        variable.kind = kind;
        // The words and schemes of an environment are those of the other type.
        if let Some(limits) = variable.limits.get_mut(&environment) {
            limits.one_of = None;
            limits.schemes = None;
        }
    };
    match answer {
        Answer::Unasked => variable.required.environments.clear(),
        Answer::Taken(kind) => change(kind),
        Answer::Refused(refused) => {
            change(Kind::Text(Text::default()));
            gathered.refused.push(refused);
        }
        Answer::Open => variable.word = Word::Usual,
    }
}

/// Takes a variable, whose words are the code's own, out of what compares it with the environment that is checked.
fn without(tiers: &mut [Gathered], tier: &str, name: &str) {
    for gathered in tiers {
        let own = gathered.tier.name.clone();
        let is_it = |it: &crate::schema::Reference| {
            it.name == name && it.tier.as_ref().unwrap_or(&own) == tier
        };
        let mut relations = gathered.schema.relations.iter();
        let is_of_environment = |kind: RelationKind| matches!(kind, RelationKind::Environment);
        if !relations.any(|it| is_of_environment(it.kind) && it.variables.iter().any(is_it)) {
            continue;
        }
        let schema = Arc::make_mut(&mut gathered.schema);
        for relation in &mut schema.relations {
            if is_of_environment(relation.kind) {
                relation.variables.retain(|it| !is_it(it));
            }
        }
    }
}

fn answer<'d, 'c>(
    gathered: &Gathered,
    variable: &Variable,
    environment: Environment,
    settings: &impl Fn() -> &'d [Declared],
    code: &impl Fn() -> &'c Code,
) -> Option<Answer> {
    if variable.is_group() {
        return None;
    }
    let asked = variable.required.environments.contains(&environment);
    let Some(set) = gathered.resolved.get(&variable.name) else {
        // What is asked of deployments alone is no matter of types.
        let is_unasked = asked
            && environment == Environment::Development
            && is_unasked(gathered, variable, settings(), code);
        return is_unasked.then_some(Answer::Unasked);
    };
    let value = set.value.as_str();
    if is_placeholder(value) {
        return None;
    }
    if value.trim().is_empty() {
        let is_plain = matches!(
            variable.kind,
            Kind::Text(_) | Kind::Int(_) | Kind::Float(_) | Kind::Bool
        );
        if asked || !is_plain || variable.kind.accepts_empty(Reader::Pydantic) {
            return None;
        }
    } else {
        let problem = variable.kind.check(value, Reader::Pydantic).err()?;
        if !is_of_type(&variable.kind, value, &problem) {
            return None;
        }
    }
    let fields = fields(gathered, &variable.name, settings());
    // What is empty is none to them.
    if value.is_empty() && fields.iter().any(|it| it.field.ignores_empty) {
        return None;
    }
    let refusing = fields
        .iter()
        .find(|it| verdict::of(&it.field, value) == Verdict::Refuses);
    // Of classes that are made from one another, the one that is used may take what its base refuses.
    let is_against = |it: &&Declared| verdict::is_against(&it.field, value);
    if let Some(refusing) = refusing.filter(|_| fields.iter().all(is_against)) {
        let problem = verdict::kind(&refusing.field).map(|it| it.check(value, Reader::Pydantic));
        return Some(Answer::Refused(check::Refused {
            name: variable.name.clone(),
            place: refusing.place(),
            wanted: verdict::wanted(&refusing.field),
            may_lack: !refusing.field.is_required,
            instead: problem.and_then(Result::err).and_then(|it| it.replacement),
            never: None,
        }));
    }
    let takes = |it: &&Declared| verdict::of(&it.field, value) == Verdict::Takes;
    if !fields.is_empty() && fields.iter().all(takes) {
        return Some(Answer::Taken(taken(&variable.kind, value)));
    }
    (!fields.is_empty() || code().knows_python()).then_some(Answer::Open)
}

/// The fields that read a variable: of a tier's own folder, where there are any.
fn fields<'d>(gathered: &Gathered, name: &str, all: &'d [Declared]) -> Vec<&'d Declared> {
    let reads = |it: &&Declared| it.variables().any(|it| it.eq_ignore_ascii_case(name));
    let found: Vec<&Declared> = all.iter().filter(reads).collect();
    let dir = &gathered.tier.dir;
    let is_own = |it: &&Declared| it.file.starts_with(dir);
    if found.iter().any(is_own) {
        found.into_iter().filter(is_own).collect()
    } else {
        found
    }
}

/// Whether the code starts without a variable: its settings have it with a default, or they have others of its family
/// and nobody names this one.
fn is_unasked<'c>(
    gathered: &Gathered,
    variable: &Variable,
    settings: &[Declared],
    code: &impl Fn() -> &'c Code,
) -> bool {
    let name = &variable.name;
    // What all tiers share may be meant for the pages.
    let is_shared = gathered.tier.runtime == Runtime::Shared;
    let is_for_pages = || is_shared && !code().leaves_out(name, Runtime::Next);
    let fields = fields(gathered, name, settings);
    if fields.is_empty() {
        let family = name.split('_').next().unwrap_or_default();
        let is_near = |it: &Declared| {
            it.variables().any(|it| {
                let rest = it.get(family.len()..).unwrap_or_default();
                let start = it.get(..family.len()).unwrap_or_default();
                start.eq_ignore_ascii_case(family) && rest.starts_with('_')
            })
        };
        return settings.iter().any(is_near)
            && code().leaves_out(name, Runtime::Python)
            && !is_for_pages();
    }
    let does_without = |it: &&Declared| {
        let field = &it.field;
        let is_seen = field.looks == crate::code::python::Looks::None && !field.is_beyond;
        !field.is_required && is_seen
    };
    fields.iter().all(does_without) && !is_for_pages()
}

/// Whether what is wrong with a value is a matter of its type in the code. What a key opens, where a host ends, and
/// what a URL of a known server may hold is no such matter.
fn is_of_type(kind: &Kind, value: &str, problem: &Problem) -> bool {
    let scheme = value.split_once("://").map(|(scheme, _)| scheme);
    let base = scheme.and_then(|it| it.split('+').next());
    match kind {
        Kind::PostgresUrl(_) => base.is_some_and(|it| !it.starts_with("postgres")),
        // Celery has a transport for many, and for no page of the web.
        Kind::RedisUrl | Kind::RedisUrls => {
            base.is_some_and(|it| !it.starts_with("redis") && !matches!(it, "http" | "https"))
        }
        Kind::Port(_) => Kind::Port(Range::port(None, None))
            .check(value, Reader::Pydantic)
            .is_ok(),
        Kind::Csv(_) => value.trim_start().starts_with('['),
        Kind::Text(_) | Kind::Int(_) | Kind::Float(_) | Kind::Bool | Kind::JsonList(_) => {
            problem.misfit != Misfit::Doubtful
        }
        Kind::Url(_)
        | Kind::Origin
        | Kind::Host
        | Kind::Email
        | Kind::Path
        | Kind::Json
        | Kind::Duration
        | Kind::SupabaseUrl
        | Kind::SupabaseKey(_)
        | Kind::StripeKey(_)
        | Kind::ResendKey
        | Kind::AzureConnectionString => false,
    }
}

/// What a variable is whose value the code takes.
fn taken(kind: &Kind, value: &str) -> Kind {
    match kind {
        Kind::Port(_) => Kind::Port(Range::port(None, None)),
        Kind::Csv(of) => {
            let list = Kind::JsonList(of.clone());
            let is_sound = |it: Problem| it.misfit == Misfit::Doubtful;
            if list
                .check(value, Reader::Pydantic)
                .err()
                .is_none_or(is_sound)
            {
                return list;
            }
            Kind::Text(Text::default())
        }
        _ => Kind::Text(Text::default()),
    }
}
