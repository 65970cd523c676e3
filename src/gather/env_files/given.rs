//! What `pixcrawler.toml` gives single services, judged by the schema of their tier as its env files are.

use camino::Utf8Path;

use crate::diagnostic::{Finding, Label, Severity};
use crate::env::{self, Origin, Place, Resolved, Variable};
use crate::schema::check::{self, Scope};
use crate::schema::{Required, Schema};
use crate::service::assemble::{self, Handed};
use crate::service::endpoint::Endpoint;
use crate::text::{Source, Span, and_list};
use crate::workspace::{CONFIG, Environment, Places, Runtime, ServiceOptions, Tier, Workspace};

use super::{Environments, Gathered, IsSecret};

/// What the number of a replica, or its port, is put into: the value is not what stands there.
const REPLACED: [&str; 2] = ["{replica}", "{port}"];

/// How the way out of an empty value begins that goes over the env files.
pub(super) const OVER_FILES: &str = "delete it, so that the env files or the default count";

/// What the process of one service sees.
pub(super) struct Given {
    /// The service.
    service: String,
    /// The tier that it belongs to.
    tier: String,
    /// What the tier sees, with what the service alone is given over it.
    resolved: Resolved,
    /// The tier's schema, for a process that need be given nothing.
    schema: Schema,
}

/// A variable in the table of a service.
pub(super) struct Written {
    service: String,
    tier: Option<String>,
    variable: Variable,
    place: Place,
}

impl Written {
    /// The settings.
    pub(super) fn source(&self) -> &Source {
        &self.place.source
    }
}

/// Every variable that the settings give to a service, be that started or not.
pub(super) fn written(workspace: &Workspace, secret: &IsSecret) -> Vec<Written> {
    let Some(settings) = &workspace.settings else {
        return Vec::new();
    };
    let places = Places::of(settings);
    let mut found = Vec::new();
    for (service, options) in &workspace.options.services {
        let tier = tier_of(workspace, service, options);
        for (name, value) in &options.env {
            let Some((key, span)) = places.of_key(&["services", service, "env", name]) else {
                continue;
            };
            let place = Place {
                source: settings.clone(),
                name: key,
                value: span,
            };
            found.push(Written {
                service: service.clone(),
                tier: tier.map(|it| it.name.clone()),
                variable: Variable {
                    name: name.as_str().into(),
                    value: value.as_str().into(),
                    origin: Origin::File(place.clone()),
                    shadowed: Vec::new(),
                },
                place,
            });
        }
    }
    let hidden = found.iter().filter(|it| secret(&it.variable.name));
    let hidden: Vec<Span> = hidden.map(|it| inner(settings, it.place.value)).collect();
    if !hidden.is_empty() {
        // What a schema calls secret is not to be seen in an excerpt.
        let source = settings.without(move |_| hidden.clone());
        for it in &mut found {
            it.place.source = source.clone();
            it.variable.origin = Origin::File(it.place.clone());
        }
    }
    found
}

/// What stands between the quotes of a value.
fn inner(source: &Source, span: Span) -> Span {
    let quotes = |text: &str| {
        text.bytes()
            .take_while(|it| matches!(it, b'"' | b'\''))
            .count()
    };
    let text = source.text().get(span.start..span.end).unwrap_or_default();
    let length = match quotes(text) {
        3.. if text.len() >= 6 => 3,
        0 => 0,
        _ => 1,
    };
    Span::new(span.start + length, span.end.saturating_sub(length))
}

/// What the services of a session on this machine see of it.
pub(super) fn of_services(
    workspace: &Workspace,
    environment: Environment,
    tiers: &[Gathered],
    written: &[Written],
) -> Vec<Given> {
    if matches!(environment, Environment::Staging | Environment::Production) {
        return Vec::new();
    }
    let mut all = Vec::new();
    for (service, options) in &workspace.options.services {
        // One that has to be asked for is not judged with the others.
        if options.enabled == Some(false) || !options.profiles.is_empty() {
            continue;
        }
        let own = written.iter().filter(|it| it.service == *service);
        let Some(tier) = own.clone().find_map(|it| it.tier.as_deref()) else {
            continue;
        };
        let Some(gathered) = tiers.iter().find(|it| it.tier.name == tier) else {
            continue;
        };
        // Its command may set one anew.
        let command = options.command.as_ref();
        let seen = command.map(|_| assemble::set_for(workspace, service));
        let is_seen = |it: &&Written| {
            let (name, value) = (it.variable.name.as_str(), it.variable.value.as_str());
            let is_it = |seen: &Handed| seen.variable == name && seen.value == value;
            seen.as_ref().is_none_or(|all| all.iter().any(is_it))
                && !REPLACED.iter().any(|it| value.contains(it))
        };
        let given: Vec<Variable> = own.filter(is_seen).map(|it| it.variable.clone()).collect();
        if given.is_empty() {
            continue;
        }
        let mut schema = Schema::clone(&gathered.schema);
        for variable in &mut schema.variables {
            variable.required = Required::default();
        }
        all.push(Given {
            service: service.clone(),
            tier: tier.to_owned(),
            resolved: gathered.resolved.with(given),
            schema,
        });
    }
    all
}

/// The tier whose env a service reads: that of its folder; of those that are found, by their names.
fn tier_of<'a>(
    workspace: &'a Workspace,
    service: &str,
    options: &ServiceOptions,
) -> Option<&'a Tier> {
    let below = |dir: &Utf8Path| {
        let tiers = workspace.tiers.iter();
        tiers
            .filter(|tier| dir.starts_with(&tier.dir))
            .max_by_key(|tier| tier.dir.components().count())
    };
    if let Some(cwd) = &options.cwd {
        return below(cwd);
    }
    match service {
        "backend" | assemble::WORKER => workspace.tier("backend"),
        "frontend" => workspace.tier("frontend"),
        _ => below(Utf8Path::new("")),
    }
}

/// The secrets among it, where git tracks the settings.
pub(super) fn secrets(written: &[Written], secret: &IsSecret) -> Vec<Finding> {
    let held = written.iter().filter(|it| {
        let (name, value) = (&it.variable.name, it.variable.value.as_str());
        env::holds_secret(Some(value), name, &|name| secret(name)) && !is_at_home(name, value)
    });
    held.map(|it| {
        let label = Label::new(&it.place.source, it.place.name, "a secret");
        env::secret_in_settings(&it.variable.name, &it.service, it.tier.as_deref(), label)
    })
    .collect()
}

/// Whether a value is the URL of a server of this machine, whose password opens nothing elsewhere.
fn is_at_home(name: &str, value: &str) -> bool {
    let postgres = || Endpoint::postgres(value, "", "").ok();
    let endpoint = Endpoint::redis(value, "", "").ok().or_else(postgres);
    let is_here = endpoint.is_some_and(|it| it.is_local() || it.is_socket());
    is_here && !env::has_secret_part(name, value)
}

impl Environments {
    /// What is wrong with what single services of the chosen tiers are given.
    pub(super) fn of_given(
        &self,
        tiers: &[check::Tier<'_>],
        chosen: &dyn Fn(&str) -> bool,
        scope: Scope,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for given in self.given.iter().filter(|it| chosen(&it.tier)) {
            let Some(own) = tiers.iter().find(|it| it.name() == given.tier) else {
                continue;
            };
            let tier = check::Tier {
                resolved: &given.resolved,
                schema: &given.schema,
                home: Utf8Path::new(CONFIG),
                ..*own
            };
            let runtime = self.gathered(&given.tier).map(|it| it.tier.runtime);
            // What runs at the root may be any program, with names of its own.
            let names = runtime != Some(Runtime::Shared);
            let found = check::given(&tier, tiers, names, scope).into_iter();
            let is_here = |it: &Finding| {
                let place = it.place.as_ref();
                place.is_some_and(|place| place.source.path() == CONFIG)
            };
            findings.extend(found.filter(is_here).map(|it| given.told(it)));
            let all = self.with_given(tiers, given);
            // Others of its tier listen elsewhere, and are called by nobody.
            let alone = given.service != given.tier;
            let found = check::related(&all, &given.tier, alone, scope.environment);
            findings.extend(found.into_iter().filter_map(|it| given.related(it)));
        }
        findings
    }

    /// Says of relations which do not hold between the files that they hold for services that are given other values.
    pub(super) fn held_for_given(
        &self,
        findings: &mut [Finding],
        tiers: &[check::Tier<'_>],
        environment: Environment,
    ) {
        for finding in findings
            .iter_mut()
            .filter(|it| it.rule == &check::CONTRADICTION)
        {
            for given in &self.given {
                let is_called = given.service == given.tier;
                let is_theirs = finding.tier.as_deref() == Some(given.tier.as_str());
                // Its first note says why it matters: no other relation says the same.
                let is_broken = |tiers: &[check::Tier<'_>]| {
                    let all = check::related(tiers, &given.tier, false, environment);
                    let mut all = all.iter();
                    all.any(|it| it.notes.first() == finding.notes.first())
                };
                if !(is_called || is_theirs)
                    || !is_broken(tiers)
                    || is_broken(&self.with_given(tiers, given))
                {
                    continue;
                }
                let runtime = self.gathered(&given.tier).map(|it| it.tier.runtime);
                // Whatever else is of a tier of Python's has what the files say.
                let is_all = is_called && (runtime == Some(Runtime::Next) || !is_theirs);
                if is_all && finding.severity == Severity::Error {
                    finding.severity = Severity::Warning;
                }
                finding.notes.push(format!(
                    "it holds for `{}` with what its env in pixcrawler.toml has, not for what else reads the files",
                    given.service
                ));
            }
        }
    }

    /// The tiers as this service and those that it works with see them: of another tier, the service of its name.
    fn with_given<'a>(&'a self, tiers: &[check::Tier<'a>], own: &'a Given) -> Vec<check::Tier<'a>> {
        let tiers = tiers.iter().map(|tier| {
            let mut others = self.given.iter();
            let given = if tier.name() == own.tier {
                Some(own)
            } else {
                others.find(|it| it.tier == tier.name() && it.service == it.tier)
            };
            given.map_or(*tier, |given| check::Tier {
                resolved: &given.resolved,
                ..*tier
            })
        });
        tiers.collect()
    }
}

impl Given {
    /// Whether some service of a tier is given a variable.
    pub(super) fn has(&self, tier: &str, name: &str) -> bool {
        self.tier == tier && self.resolved.nonempty(name).is_some()
    }

    /// A relation that does not hold for the process, where it is for what the settings give it.
    fn related(&self, mut finding: Finding) -> Option<Finding> {
        let labels: Vec<&Label> = finding.place.iter().chain(&finding.related).collect();
        let is_meant = |place: &Place| {
            let mut labels = labels.iter();
            place.source.path() == CONFIG
                && labels.any(|it| it.source.path() == CONFIG && it.span == place.value)
        };
        let given: Vec<String> = self
            .resolved
            .variables()
            .filter(|it| it.origin.place().is_some_and(is_meant))
            .map(|it| format!("`{}`", it.name))
            .collect();
        if given.is_empty() {
            return None;
        }
        finding.notes.push(format!(
            "`{}` is given {} by its env in pixcrawler.toml, over every env file",
            self.service,
            and_list(&given)
        ));
        Some(finding)
    }

    /// A finding in the words of the settings.
    fn told(&self, mut finding: Finding) -> Finding {
        let service = &self.service;
        finding.notes.push(format!(
            "it is what [services.{service}] env has for `{service}`, over every env file"
        ));
        let values: Vec<Span> = self
            .resolved
            .variables()
            .filter_map(|it| Some(it.origin.place()?).filter(|it| it.source.path() == CONFIG))
            .map(|it| it.value)
            .collect();
        for edit in finding.fix.iter_mut().flat_map(|it| &mut it.edits) {
            if values.contains(&edit.span) {
                edit.replacement = in_quotes(&edit.replacement);
            }
        }
        let name = finding.subject.clone().unwrap_or_default();
        if let Some(help) = &mut finding.help {
            if let Some(value) = help.strip_prefix(&format!("{name}=")) {
                *help = format!("write it as {name} = {}", in_quotes(value));
            }
            if let Some(rest) = help.strip_prefix(check::OVER_DEFAULT) {
                *help = format!("{OVER_FILES}{rest}");
            }
        }
        finding
    }
}

/// A value as TOML has it.
fn in_quotes(value: &str) -> String {
    if value.contains(['"', '\\']) && !value.contains(['\'', '\n']) {
        format!("'{value}'")
    } else {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{}\"", value.replace('\n', "\\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_as_toml_reads_it() {
        for value in ["true", "[\"http://a\"]", "a'b\"c", "x\\y", "it's\nmore"] {
            let text = format!("a = {}", in_quotes(value));
            let read: toml::Table = text.parse().expect(&text);
            assert_eq!(read["a"].as_str(), Some(value), "{text}");
        }
    }
}
