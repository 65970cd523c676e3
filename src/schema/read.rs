//! A schema file → a schema, or what is wrong with the file and where.

mod kinds;

use std::collections::{BTreeMap, HashMap};

use compact_str::CompactString;
use foldhash::fast::RandomState;
use toml::Spanned;

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::text::{Source, Span, nearest, or_list};
use crate::workspace::Environment;

use super::model::{
    Condition, Limits, Reference, Relation, RelationKind, Required, Schema, Section, Variable,
    Word, groups,
};
use super::options::{
    LimitOptions, RelationOptions, RequiredOptions, SchemaOptions, VariableOptions,
};
use super::types::Reader;

/// A schema cannot be understood.
pub static BROKEN: Rule = Rule {
    code: "env/broken-schema",
    severity: Severity::Error,
    summary: "a schema in env-schemas/ cannot be understood",
    text: "\
A schema says what a tier's environment must be. It is read strictly: a misspelt key, an unknown
type, a default that its own type does not accept or a condition on a variable that is not there
would make checks pass that should fail.

    [[variable]]
    name = \"PORT\"
    type = \"prot\"        # unknown type `prot`, did you mean `port`?

Way out: correct the line that is underlined. Editors complete and check the file with
schemas/env-schema.schema.json. Without a file of its own, a tier has the built-in schema.",
};

/// Reads a schema.
///
/// # Errors
/// One finding for each mistake, with its place.
pub fn read(tier: &str, source: &Source) -> Result<Schema, Vec<Finding>> {
    let options: SchemaOptions =
        toml::from_str(source.text()).map_err(|error| vec![explain(source, &error)])?;
    let mut reader = SchemaReader {
        source,
        findings: Vec::new(),
    };
    let schema = reader.schema(tier, options);
    if reader.findings.is_empty() {
        Ok(schema)
    } else {
        Err(reader.findings)
    }
}

/// A TOML parser's complaint as a finding: place, near miss, way out.
fn explain(source: &Source, error: &toml::de::Error) -> Finding {
    let span = error.span().map_or(Span::new(0, 0), Span::from);
    let first = error.message().lines().next().unwrap_or("not TOML");
    let (what, expected) = first
        .split_once(", expected ")
        .map_or((first, None), |(what, expected)| (what, Some(expected)));
    let written = what.split('`').nth(1).unwrap_or_default();
    let known: Vec<&str> = expected
        .unwrap_or_default()
        .split('`')
        .skip(1)
        .step_by(2)
        .collect();
    let help = match (nearest(written, known.iter().copied()), expected) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(expected)) => format!("expected {expected}"),
        (None, None) => {
            "correct the line; schemas/env-schema.schema.json says what may stand there".to_owned()
        }
    };
    Finding::new(&BROKEN, what.to_owned())
        .at(Label::new(source, span, "here"))
        .help(help)
}

struct SchemaReader<'a> {
    source: &'a Source,
    findings: Vec<Finding>,
}

impl SchemaReader<'_> {
    fn complain(&mut self, span: std::ops::Range<usize>, message: String, help: String) {
        self.findings.push(
            Finding::new(&BROKEN, message)
                .at(Label::new(self.source, span, "here"))
                .help(help),
        );
    }

    fn schema(&mut self, tier: &str, options: SchemaOptions) -> Schema {
        let mut sections: Vec<Section> = Vec::new();
        let mut variables: Vec<Variable> = Vec::new();
        let mut index: HashMap<CompactString, usize, RandomState> = HashMap::default();
        for written in options.variables {
            let at = variables.len();
            let section = written
                .section
                .clone()
                .or_else(|| sections.is_empty().then(|| "General".to_owned()));
            match section.filter(|title| sections.last().is_none_or(|last| &last.title != title)) {
                Some(title) => sections.push(Section {
                    title,
                    variables: at..at + 1,
                }),
                None => {
                    if let Some(last) = sections.last_mut() {
                        last.variables.end = at + 1;
                    }
                }
            }
            if index.insert(written.name.get_ref().into(), at).is_some() {
                let name = written.name.get_ref().clone();
                self.complain(
                    written.name.span(),
                    format!("`{name}` is described twice"),
                    "keep one of the two".to_owned(),
                );
            }
            variables.push(self.variable(written));
        }
        let relations = options
            .relations
            .into_iter()
            .filter_map(|written| self.relation(written, &index))
            .collect();
        let groups = groups(&variables);
        let schema = Schema {
            tier: tier.to_owned(),
            title: options.title.unwrap_or_else(|| tier.to_owned()),
            description: options.description.unwrap_or_default(),
            sections,
            variables,
            relations,
            source: self.source.clone(),
            index,
            groups,
        };
        self.conditions_name_variables(&schema);
        schema
    }

    fn variable(&mut self, written: VariableOptions) -> Variable {
        let place = Span::from(written.name.span());
        let kind = self.kind(&written);
        let required = self.required(&written);
        let limits = limits(&written);
        for text in [&written.default, &written.example].into_iter().flatten() {
            let value = text.get_ref();
            let placeholder = crate::env::is_placeholder(value)
                || (value.is_empty() && kind.accepts_empty(Reader::Pydantic));
            if !placeholder && let Err(problem) = kind.check(value, Reader::Pydantic) {
                let message = format!(
                    "the value of `{}` {}",
                    written.name.get_ref(),
                    problem.message
                );
                self.complain(
                    text.span(),
                    message,
                    problem
                        .way_out
                        .unwrap_or_else(|| "write a value of the variable's type".to_owned()),
                );
            }
        }
        Variable {
            name: written.name.into_inner(),
            description: written.description,
            purpose: written.purpose,
            kind,
            default: written.default.map(Spanned::into_inner),
            required,
            inherits: written.inherits,
            set_by_runtime: written.set_by_runtime,
            secret: written.secret,
            example: written.example.map(Spanned::into_inner),
            limits,
            word: Word::Said,
            place,
        }
    }

    fn required(&mut self, written: &VariableOptions) -> Required {
        let environments = match written
            .required
            .as_ref()
            .map(|required| (required.get_ref(), required.span()))
        {
            None => Vec::new(),
            Some((RequiredOptions::In(environments), _)) => environments.clone(),
            Some((RequiredOptions::Word(word), span)) => match word.as_str() {
                "always" => Environment::ALL.to_vec(),
                "never" => Vec::new(),
                other => {
                    self.complain(
                        span,
                        format!("`required` cannot be `{other}`"),
                        "write \"always\", \"never\" or a list of environments".to_owned(),
                    );
                    Vec::new()
                }
            },
        };
        Required {
            environments,
            when: conditions(&written.required_when),
            unless: conditions(&written.required_unless),
        }
    }

    fn relation(
        &mut self,
        written: RelationOptions,
        index: &HashMap<CompactString, usize, RandomState>,
    ) -> Option<Relation> {
        let names = [
            "differ",
            "equal",
            "contains",
            "port-of",
            "same-project",
            "environment",
            "sum-at-most",
        ];
        let kind = match written.kind.get_ref().as_str() {
            "differ" => RelationKind::Differ,
            "equal" => RelationKind::Equal,
            "contains" => RelationKind::Contains,
            "port-of" => RelationKind::PortOf,
            "same-project" => RelationKind::SameProject,
            "environment" => RelationKind::Environment,
            "sum-at-most" => {
                let Some(max) = written.max else {
                    self.complain(
                        written.kind.span(),
                        "`sum-at-most` needs a limit".to_owned(),
                        "add max = …".to_owned(),
                    );
                    return None;
                };
                RelationKind::SumAtMost(max)
            }
            unknown => {
                let help = nearest(unknown, names).map_or_else(
                    || format!("the kinds are {}", or_list(&names)),
                    |near| format!("did you mean `{near}`?"),
                );
                self.complain(
                    written.kind.span(),
                    format!("unknown kind of relation `{unknown}`"),
                    help,
                );
                return None;
            }
        };
        for name in written
            .variables
            .iter()
            .chain(written.when_equal.iter().flatten())
            .chain(written.when.keys())
        {
            let known = name.get_ref().contains(':') || index.contains_key(name.get_ref().as_str());
            if !known {
                let help = nearest(name.get_ref(), index.keys().map(CompactString::as_str))
                    .map_or_else(
                        || "describe it above, or name its tier: tier:NAME".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                self.complain(
                    name.span(),
                    format!("there is no variable `{}` here", name.get_ref()),
                    help,
                );
            }
        }
        let pair = |pair: &Vec<Spanned<String>>| {
            let [one, other] = pair.as_slice() else {
                return None;
            };
            Some((reference(one.get_ref()), reference(other.get_ref())))
        };
        Some(Relation {
            kind,
            variables: written
                .variables
                .iter()
                .map(|name| reference(name.get_ref()))
                .collect(),
            when_equal: written.when_equal.iter().filter_map(pair).collect(),
            when: conditions(&written.when),
            environments: written
                .environments
                .unwrap_or_else(|| Environment::ALL.to_vec()),
            severity: written.severity.unwrap_or(Severity::Error),
            because: written.because,
            help: written.help,
        })
    }

    fn conditions_name_variables(&mut self, schema: &Schema) {
        for variable in &schema.variables {
            for condition in variable
                .required
                .when
                .iter()
                .chain(&variable.required.unless)
            {
                let name = &condition.variable.name;
                if condition.variable.tier.is_none() && schema.get(name).is_none() {
                    let help = nearest(
                        name,
                        schema
                            .variables
                            .iter()
                            .map(|variable| variable.name.as_str()),
                    )
                    .map_or_else(
                        || "describe it in this file".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.complain(
                        variable.place.start..variable.place.end,
                        format!(
                            "`{}` is required when `{name}` has a value, which is not described",
                            variable.name
                        ),
                        help,
                    );
                }
            }
        }
    }
}

fn conditions(written: &BTreeMap<Spanned<String>, String>) -> Vec<Condition> {
    written
        .iter()
        .map(|(name, value)| Condition {
            variable: reference(name.get_ref()),
            value: value.clone(),
        })
        .collect()
}

fn reference(written: &str) -> Reference {
    match written.split_once(':') {
        Some((tier, name)) => Reference {
            tier: Some(tier.to_owned()),
            name: name.to_owned(),
        },
        None => Reference {
            tier: None,
            name: written.to_owned(),
        },
    }
}

/// Staging is production in all but its users: what it does not say, production says.
fn limits(written: &VariableOptions) -> BTreeMap<Environment, Box<Limits>> {
    let staging = written.staging.as_ref().or(written.production.as_ref());
    [
        (Environment::Development, written.development.as_ref()),
        (Environment::Test, written.test.as_ref()),
        (Environment::Staging, staging),
        (Environment::Production, written.production.as_ref()),
    ]
    .into_iter()
    .filter_map(|(environment, limits)| Some((environment, Box::new(limit(limits?)))))
    .collect()
}

fn limit(written: &LimitOptions) -> Limits {
    let written = written.clone();
    Limits {
        default: written.default,
        example: written.example,
        one_of: written.one_of,
        schemes: written.schemes,
        remote: written.remote,
        because: written.because,
        severity: written.severity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> (String, usize, String) {
        let findings = read("backend", &Source::new("env-schemas/backend.toml", text))
            .expect_err("the schema is broken");
        let finding = &findings[0];
        (
            finding.message.clone(),
            finding.place.as_ref().map_or(0, |place| place.start().line),
            finding.help.clone().unwrap_or_default(),
        )
    }

    const HEAD: &str = "[[variable]]\nname = \"PORT\"\ndescription = \"d\"\npurpose = \"p\"\n";

    #[test]
    fn mistakes_have_a_place_and_a_near_miss() {
        for (text, message, line, help) in [
            (
                "type = \"prot\"\n",
                "unknown type `prot`",
                5,
                "did you mean `port`?",
            ),
            (
                "type = \"port\"\ndefualt = \"1\"\n",
                "unknown field `defualt`",
                6,
                "did you mean `default`?",
            ),
            (
                "type = \"port\"\ndefault = \"80x\"\n",
                "the value of `PORT` is not an integer",
                6,
                "write an integer, e.g. 80",
            ),
            (
                "type = \"port\"\nrequired = \"sometimes\"\n",
                "`required` cannot be `sometimes`",
                6,
                "write \"always\", \"never\" or a list of environments",
            ),
        ] {
            assert_eq!(
                complaint(&format!("{HEAD}{text}")),
                (message.to_owned(), line, help.to_owned())
            );
        }
    }

    #[test]
    fn groups_cover_their_members() {
        let text = "[[variable]]\nname = \"STRIPE_*_PRICE_ID\"\ndescription = \"d\"\npurpose = \"p\"\ntype = \"string\"\n";
        let schema = read("frontend", &Source::new("s", text)).expect("valid");
        assert_eq!(
            schema
                .get("STRIPE_PRO_PRICE_ID")
                .map(|variable| variable.name.as_str()),
            Some("STRIPE_*_PRICE_ID")
        );
        assert!(schema.get("STRIPE_PRICE_ID").is_none());
    }
}
