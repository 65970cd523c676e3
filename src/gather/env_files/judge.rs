//! What is wrong with the env files of the tiers, put together from all who judge them.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Severity};
use crate::env::dialect::Dialect;
use crate::env::{
    EXPOSED, EnvFile, Problem, TRACKED, UNMERGED, compare, inspect, resolve, silence, unmerged,
};
use crate::schema::Reader;
use crate::schema::check::{self, Scope};
use crate::schema::types::{OTHER_MARKS, SLASH};
use crate::text::Source;
use crate::workspace::{CONFIG, Environment, Runtime, apply_levels};

use super::super::nested::Nested;
use super::super::used::Code;
use super::super::{cors, declared};
use super::given::OVER_FILES;
use super::{Environments, Gathered, Values};

/// A silencer that has nothing to silence.
const UNUSED: &str = "env/unused-silencer";

impl Environments {
    /// What is wrong with these tiers, or with all when none is named.
    #[must_use]
    pub fn findings(&self, tiers: &[String]) -> Vec<Finding> {
        self.check(tiers, true)
    }

    /// As [`Environments::findings`]; without `values`, missing values are none.
    #[must_use]
    pub fn check(&self, tiers: &[String], values: bool) -> Vec<Finding> {
        let chosen = |name: &str| tiers.is_empty() || tiers.iter().any(|tier| tier == name);
        let mut findings = self.broken.clone();
        findings.extend(self.untold.clone());
        let secret = |name: &str| {
            self.tiers.iter().any(|gathered| {
                gathered
                    .schema
                    .get(name)
                    .is_some_and(|variable| variable.secret)
            })
        };
        for gathered in self
            .tiers
            .iter()
            .filter(|gathered| chosen(&gathered.tier.name))
        {
            findings.extend(inspect(&gathered.resolved, &secret));
            for (file, loaded) in &gathered.resolved.files {
                findings.extend(
                    compare(
                        file,
                        loaded,
                        &gathered.tier.dialects,
                        &self.process,
                        &secret,
                    )
                    .into_iter()
                    .map(|finding| finding.tier(&gathered.tier.name)),
                );
            }
            for example in &gathered.examples {
                findings.extend(self.example(gathered, example, &secret));
            }
        }
        // A container holds one tier's variables: of the others nothing is known, and no file is missing.
        let alone = self.from == Values::Process;
        let known = self
            .tiers
            .iter()
            .filter(|gathered| !alone || chosen(&gathered.tier.name));
        let demanded = if values {
            self.demanded()
        } else {
            BTreeMap::new()
        };
        let checked: Vec<check::Tier<'_>> = known
            .map(Gathered::for_check)
            .map(|tier| check::Tier {
                deployed: alone,
                said: demanded.get(tier.name()).map_or(tier.said, Vec::as_slice),
                ..tier
            })
            .collect();
        let scope = Scope {
            environment: self.environment,
            values,
        };
        let mut told = if self.alone {
            check::alone(&checked, scope)
        } else {
            check::check(&checked, &chosen, scope)
        };
        self.held_for_given(&mut told, &checked, self.environment);
        findings.extend(told);
        let held = self
            .held
            .iter()
            .filter(|it| it.tier.as_deref().is_none_or(chosen));
        findings.extend(held.cloned());
        findings.extend(self.of_given(&checked, &chosen, scope));
        self.lead_in(&mut findings);
        self.pass_over_empty(&mut findings);
        self.pass_over_slashes(&mut findings);
        self.pass_over_unread_lists(&mut findings);
        self.pass_over_read_names(&mut findings);
        let production = matches!(
            self.environment,
            Environment::Staging | Environment::Production
        );
        for finding in &mut findings {
            // On a developer's machine, files that others can read are the usual case.
            if finding.rule == &crate::env::EXPOSED && !production {
                finding.severity = Severity::Info;
            }
        }
        let sources: BTreeMap<&Utf8Path, &Source> = self
            .sources(&chosen)
            .chain(&self.settings)
            .map(|source| (source.path(), source))
            .collect();
        let sources: Vec<Source> = sources.into_values().cloned().collect();
        let findings = silence(without_repetitions(findings), &sources);
        let tiers_files = self.tiers.iter().flat_map(Gathered::all_files);
        let mut findings = without_unmerged(findings, tiers_files);
        // What only some runs judge is silenced in vain in the others.
        if !tiers.is_empty() || production {
            let is_unused =
                |it: &Finding| it.rule.code == UNUSED && it.path() == Some(Utf8Path::new(CONFIG));
            findings.retain(|it| !is_unused(it));
        }
        apply_levels(findings, &self.levels)
    }

    /// Takes out what is said of empty values that the settings take for not set.
    fn pass_over_empty(&self, findings: &mut Vec<Finding>) {
        let ignores = declared::ignoring_empty(&self.root);
        findings.retain(|it| {
            let begins = |help: &str| {
                let ways = [check::OVER_DEFAULT, OVER_FILES];
                ways.iter().any(|way| help.starts_with(way))
            };
            let over_default = it.rule == &check::EMPTY && it.help.as_deref().is_some_and(begins);
            let is_ignored = || it.subject.as_deref().is_some_and(&ignores);
            !(over_default && self.is_of_python(it.tier.as_deref()) && is_ignored())
        });
    }

    /// Takes out what is said of a slash that the code takes off. It is read only where there is such a one.
    fn pass_over_slashes(&self, findings: &mut Vec<Finding>) {
        let strips = LazyCell::new(|| cors::strips(&self.root));
        findings.retain(|it| {
            let is_it = it.rule == &check::DOUBTFUL && it.message.contains(SLASH);
            !(is_it && self.is_of_python(it.tier.as_deref()) && *strips)
        });
    }

    /// Takes out what is said of a list of origins that the code's own list has nothing to do with: another variable is
    /// its.
    fn pass_over_unread_lists(&self, findings: &mut Vec<Finding>) {
        if self.environment != Environment::Development {
            return;
        }
        let lists = LazyCell::new(|| declared::lists_of_origins(&self.root));
        findings.retain(|it| {
            let name = it.subject.as_deref().unwrap_or_default();
            let is_it = it.rule == &check::CONTRADICTION && name.ends_with("ORIGINS");
            let is_unread = || match lists.as_slice() {
                [only] if !only.field.is_beyond => {
                    let mut own = only.variables();
                    !own.any(|it| it.eq_ignore_ascii_case(name))
                }
                _ => false,
            };
            !(is_it && self.is_of_python(it.tier.as_deref()) && is_unread())
        });
    }

    /// Takes out that nothing reads a name, where the code has it or a field of its settings is read from it; and that a
    /// list has another mark than commas in it, where the code takes texts apart there.
    fn pass_over_read_names(&self, findings: &mut Vec<Finding>) {
        let code = LazyCell::new(|| Code::read(&self.root));
        let fields = LazyCell::new(|| declared::settings(&self.root));
        let reads = |name: &str| {
            let is_it =
                |it: &declared::Declared| it.variables().any(|it| it.eq_ignore_ascii_case(name));
            code.names(name) || fields.iter().any(is_it)
        };
        findings.retain(|it| {
            let name = it.subject.as_deref().unwrap_or_default();
            if it.rule == &check::UNKNOWN_NAME {
                return !reads(name);
            }
            let mark = OTHER_MARKS.iter().find(|mark| {
                it.rule == &check::WRONG_TYPE
                    && it
                        .message
                        .contains(&format!("has `{mark}` in it, but the reader splits it"))
            });
            !mark.is_some_and(|mark| self.is_of_python(it.tier.as_deref()) && code.splits_at(*mark))
        });
    }

    /// Whether Python reads a tier, as far as is known.
    fn is_of_python(&self, tier: Option<&str>) -> bool {
        let gathered = tier.and_then(|tier| self.gathered(tier));
        gathered.is_none_or(|it| it.tier.runtime != Runtime::Next)
    }

    /// Says of names that lead into a model of the settings what they are: each is read as it is written. The code
    /// is read only where a name would be taken for a misspelt one.
    fn lead_in(&self, findings: &mut [Finding]) {
        let code = LazyCell::new(|| Nested::of(&self.root));
        for finding in findings {
            if finding.rule != &check::UNKNOWN_NAME || !self.is_of_python(finding.tier.as_deref()) {
                continue;
            }
            let led = finding.subject.as_deref().and_then(|name| code.led(name));
            if let Some(led) = led {
                *finding = check::nested(finding, &led.field, &led.place);
            }
        }
    }

    /// The files in which silencers of these tiers can stand.
    fn sources<'a>(&'a self, chosen: &'a dyn Fn(&str) -> bool) -> impl Iterator<Item = &'a Source> {
        let tiers = self
            .tiers
            .iter()
            .filter(|gathered| chosen(&gathered.tier.name));
        tiers.flat_map(Gathered::all_files).map(|file| &file.source)
    }

    /// What is wrong with an example file.
    fn example(
        &self,
        gathered: &Gathered,
        example: &EnvFile,
        secret: &dyn Fn(&str) -> bool,
    ) -> Vec<Finding> {
        if let Some(finding) = unmerged(example) {
            return vec![finding.tier(&gathered.tier.name)];
        }
        let dialect = gathered.resolved.dialect;
        let alone = resolve(
            &gathered.tier.name,
            dialect,
            vec![example.clone()],
            Vec::new(),
            &BTreeMap::new(),
        );
        let tier = check::Tier {
            resolved: &alone,
            home: example.path(),
            has_files: true,
            said: &[],
            refused: &[],
            ..gathered.for_check()
        };
        let mut findings = check::example(example, &tier);
        // Nobody sources an example.
        let dialects: Vec<Dialect> = gathered
            .tier
            .dialects
            .iter()
            .copied()
            .filter(|dialect| *dialect != Dialect::Bash)
            .collect();
        for (file, loaded) in &alone.files {
            findings.extend(compare(file, loaded, &dialects, &self.process, secret));
        }
        findings
            .into_iter()
            .map(|finding| finding.tier(&gathered.tier.name))
            .collect()
    }
}

impl Gathered {
    /// Its files and its examples.
    fn all_files(&self) -> impl Iterator<Item = &EnvFile> {
        let files = self.resolved.files.iter().map(|(file, _)| file);
        files.chain(&self.examples)
    }

    fn for_check(&self) -> check::Tier<'_> {
        let own = |path: &Utf8Path| path.parent().is_some_and(|parent| parent == self.tier.dir);
        check::Tier {
            resolved: &self.resolved,
            schema: &self.schema,
            reader: reader(self.tier.runtime),
            home: &self.home,
            example: self.example.as_deref(),
            deployed: false,
            said: &self.said,
            refused: &self.refused,
            listens: self.listens.as_ref(),
            has_files: self.resolved.files.iter().any(|(file, _)| own(file.path()))
                || self
                    .tier
                    .files
                    .as_ref()
                    .is_some_and(|_| !self.resolved.files.is_empty()),
        }
    }
}

/// Takes out what is said of files in which a merge was not finished: by what stands there nothing can be told.
/// What they are to git and to other users of the machine stays.
fn without_unmerged<'a>(
    mut findings: Vec<Finding>,
    files: impl Iterator<Item = &'a EnvFile>,
) -> Vec<Finding> {
    let is_unmerged = |file: &&EnvFile| matches!(file.problem, Some(Problem::Unmerged(_)));
    let paths: BTreeSet<&Utf8Path> = files.filter(is_unmerged).map(EnvFile::path).collect();
    if paths.is_empty() {
        return findings;
    }
    let stays = [&UNMERGED, &TRACKED, &EXPOSED];
    findings.retain(|it| {
        let mut labels = it.place.iter().chain(&it.related);
        stays.contains(&it.rule) || !labels.any(|label| paths.contains(label.source.path()))
    });
    for finding in &mut findings {
        let mut edits = finding.fix.iter().flat_map(|fix| &fix.edits);
        if edits.any(|edit| paths.contains(edit.source.path())) {
            finding.fix = None;
        }
    }
    findings
}

/// What parses the values of a tier. Shared files are read by Python above all.
#[must_use]
pub fn reader(runtime: Runtime) -> Reader {
    match runtime {
        Runtime::Shared | Runtime::Python => Reader::Pydantic,
        Runtime::Next => Reader::JavaScript,
    }
}

/// The root's file is in the chain of several tiers, and what is wrong with it is said once.
fn without_repetitions(findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    findings
        .into_iter()
        .filter(|finding| match &finding.place {
            Some(place) => seen.insert((
                finding.rule.code,
                place.source.path().to_owned(),
                place.span,
                finding
                    .subject
                    .clone()
                    .or_else(|| Some(finding.message.clone())),
            )),
            None => seen.insert((
                finding.rule.code,
                Utf8PathBuf::new(),
                crate::text::Span::default(),
                finding
                    .subject
                    .clone()
                    .or_else(|| Some(finding.message.clone())),
            )),
        })
        .collect()
}
