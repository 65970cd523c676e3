//! What the built-in schema of a web application says of types, conditions and requirements gives way to what its code
//! says: one of another kind reads the same names.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::env::is_placeholder;
use crate::schema::types::{Misfit, Problem, Text};
use crate::schema::{Kind, Schema, Variable, Word};
use crate::system::fs;
use crate::workspace::{Environment, Runtime, Workspace};

use super::super::used::Code;
use super::super::web_env::{self, Asked};
use super::super::{web_files, web_imports};
use super::Gathered;
use super::filled::Filled;

/// URLs that are none of the usual kind, with words of the code that has to do with such.
const SCHEMES: &[(&str, &[&str])] = &[
    ("file", &["sqlite", "libsql"]),
    ("sqlite", &["sqlite"]),
    ("libsql", &["libsql"]),
    ("mysql", &["mysql"]),
    ("mysql2", &["mysql"]),
    ("mariadb", &["mariadb"]),
    ("mongodb", &["mongo"]),
    ("mongodb+srv", &["mongo"]),
    ("sqlserver", &["sqlserver", "mssql"]),
    ("prisma", &["prisma"]),
    ("prisma+postgres", &["prisma"]),
];

/// How one variable of the schema is read here.
enum Change {
    /// It takes any text.
    AnyText,
    /// What the schema says of it is what is usual alone.
    Guess,
    /// No other variable makes it needed.
    Unconditioned,
    /// Nobody here needs it.
    Unasked,
    /// It has a value that is not seen here.
    Elsewhere,
}

/// Lets the schemas give way. The code is read only where something would be wrong otherwise.
pub(super) fn apply<'c>(
    workspace: &Workspace,
    environment: Environment,
    tiers: &mut [Gathered],
    code: &impl Fn() -> &'c Code,
) {
    for gathered in tiers {
        let own = workspace.path(gathered.schema.source.path());
        // What the workspace's own schema says is meant.
        if gathered.tier.runtime != Runtime::Next || fs::exists(&own) {
            continue;
        }
        let web = Web {
            workspace,
            environment,
            gathered,
            code,
            asked: OnceCell::new(),
            filled: OnceCell::new(),
        };
        let variables = gathered.schema.variables.iter().enumerate();
        let changes: Vec<(usize, Change)> = variables
            .filter_map(|(at, variable)| Some((at, web.change(variable)?)))
            .collect();
        let corrections = web.corrections();
        if !changes.is_empty() {
            let mut schema = Schema::clone(&gathered.schema);
            for (at, change) in changes {
                if let Some(variable) = schema.variables.get_mut(at) {
                    change.make(variable);
                }
            }
            gathered.schema = Arc::new(schema);
        }
        for (name, right) in corrections {
            let mut refused = gathered.refused.iter_mut();
            if let Some(it) = refused.find(|it| it.name == name) {
                it.instead = Some(right);
            }
        }
    }
}

impl Change {
    fn make(self, variable: &mut Variable) {
        match self {
            Self::AnyText => {
                variable.kind = Kind::Text(Text::default());
                variable.word = Word::Usual;
            }
            Self::Guess => variable.word = Word::Usual,
            Self::Unconditioned => variable.required.when.clear(),
            Self::Unasked => {
                variable.required.when.clear();
                variable.required.environments.clear();
            }
            Self::Elsewhere => {
                Self::Unasked.make(variable);
                variable.default = None;
                for limits in variable.limits.values_mut() {
                    limits.default = None;
                }
            }
        }
    }
}

/// A web application with what is read of it where it is asked for.
struct Web<'w, 'c, F: Fn() -> &'c Code> {
    workspace: &'w Workspace,
    environment: Environment,
    gathered: &'w Gathered,
    code: &'w F,
    asked: OnceCell<Vec<Asked>>,
    filled: OnceCell<Filled>,
}

impl<'c, F: Fn() -> &'c Code> Web<'_, 'c, F> {
    fn change(&self, variable: &Variable) -> Option<Change> {
        if variable.set_by_runtime {
            return None;
        }
        if variable.is_group() {
            let set = self.gathered.resolved.variables();
            let mut own = set.filter(|it| variable.covers(&it.name));
            let is_amiss = own.any(|it| self.problem(variable, &it.value).is_some());
            return (is_amiss && self.is_known()).then_some(Change::Guess);
        }
        match self.value(&variable.name) {
            Some(value) => {
                self.problem(variable, value)?;
                self.of_type(variable, value)
            }
            None => self.of_need(variable),
        }
    }

    /// The value that a variable has.
    fn value(&self, name: &str) -> Option<&str> {
        let value = self.gathered.resolved.nonempty(name);
        value.filter(|it| !is_placeholder(it))
    }

    /// What its type has against a value, beyond what keys and URLs tell of themselves.
    fn problem(&self, variable: &Variable, value: &str) -> Option<Problem> {
        let reader = super::reader(self.gathered.tier.runtime);
        let problem = variable.kind.check(value, reader).err()?;
        let is_claim = matches!(problem.misfit, Misfit::WrongType | Misfit::OutOfRange);
        (is_claim && !value.is_empty() && !is_placeholder(value)).then_some(problem)
    }

    /// Whether there is an application of which the code is there.
    fn is_known(&self) -> bool {
        let dir = &self.gathered.tier.dir;
        let manifest = self.workspace.path(dir.join("package.json"));
        fs::is_file(&manifest) && web_files::any(self.workspace, dir, &mut |_, _| true)
    }

    /// What the application's own check says of a variable, if it is made.
    fn asked(&self, name: &str) -> Option<&Asked> {
        let all = self.asked.get_or_init(|| {
            let dir = &self.gathered.tier.dir;
            let all = web_env::all(self.workspace, dir).into_iter();
            let imported = all.filter(|it| web_imports::is_imported(self.workspace, dir, &it.path));
            imported.flat_map(|it| it.asked).collect()
        });
        all.iter().find(|it| it.said.name == name)
    }

    /// What its script and its configuration set.
    fn filled(&self) -> &Filled {
        let tier = &self.gathered.tier;
        let read = || Filled::of(self.workspace, self.environment, tier);
        self.filled.get_or_init(read)
    }

    fn of_type(&self, variable: &Variable, value: &str) -> Option<Change> {
        let is_development = self.environment == Environment::Development;
        let mut refused = self.gathered.refused.iter();
        if let Some(refused) = refused.find(|it| it.name == variable.name) {
            // The code says it, and where; of what is no URL the schema says why.
            let is_url = matches!(
                variable.kind,
                Kind::Url(_) | Kind::Origin | Kind::PostgresUrl(_) | Kind::SupabaseUrl
            );
            let is_alike = is_url && refused.wanted == "a URL";
            return (!is_alike).then_some(Change::AnyText);
        }
        if self.filled().sets(&variable.name) {
            // What the file says counts for nobody.
            return Some(Change::AnyText);
        }
        if let Some(asked) = self.asked(&variable.name) {
            if asked.takes.refuses(value).is_some() {
                return None;
            }
            // A text is all that the code wants of a key; who made it wants more.
            let is_key = matches!(
                variable.kind,
                Kind::SupabaseUrl | Kind::SupabaseKey(_) | Kind::StripeKey(_) | Kind::ResendKey
            );
            let is_sure = asked.takes.is_sure_of(value) && is_development && !is_key;
            return Some(if is_sure {
                Change::AnyText
            } else {
                Change::Guess
            });
        }
        if !self.is_known() {
            return None;
        }
        let scheme = value.split_once(':').map(|it| it.0);
        let words = SCHEMES.iter().find(|it| Some(it.0) == scheme);
        let is_meant = matches!(variable.kind, Kind::PostgresUrl(_))
            && words.is_some_and(|(_, words)| words.iter().any(|it| (self.code)().has_in_web(it)));
        Some(if is_meant {
            Change::AnyText
        } else {
            Change::Guess
        })
    }

    fn of_need(&self, variable: &Variable) -> Option<Change> {
        let required = &variable.required;
        let is_asked = required.environments.contains(&self.environment);
        let mut when = required.when.iter();
        let is_set = |name: &str| self.gathered.resolved.nonempty(name).is_some();
        let is_conditioned = !required.when.is_empty()
            && when.all(|it| it.variable.tier.is_some() || is_set(&it.variable.name));
        // Its default is compared with what others have.
        let is_compared = variable.default.is_some();
        if !is_asked && !is_conditioned && !is_compared {
            return None;
        }
        if self.gathered.resolved.get(&variable.name).is_none()
            && self.filled().may_set(&variable.name)
        {
            return Some(Change::Elsewhere);
        }
        if !is_asked && !is_conditioned {
            return None;
        }
        let may_lack = self.asked(&variable.name).map(|it| !it.is_needed);
        if may_lack == Some(true) && self.environment == Environment::Development {
            return Some(Change::Unasked);
        }
        if !is_conditioned || !self.is_known() {
            return None;
        }
        let name = variable.name.to_ascii_lowercase();
        Some(if (self.code)().may_name_in_web(&name) {
            Change::Guess
        } else {
            Change::Unconditioned
        })
    }

    /// What the schema would write in the place of values that the code refuses, where the code takes that.
    fn corrections(&self) -> Vec<(String, String)> {
        let refused = self.gathered.refused.iter();
        let corrected = refused.filter_map(|it| {
            let variable = self.gathered.schema.get(&it.name)?;
            let value = self.value(&it.name).filter(|_| it.instead.is_none())?;
            let right = self.problem(variable, value)?.replacement?;
            let is_taken = self.asked(&it.name)?.takes.is_sure_of(&right);
            is_taken.then(|| (it.name.clone(), right))
        });
        corrected.collect()
    }
}
