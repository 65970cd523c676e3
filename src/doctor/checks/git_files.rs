//! Env files belong to one machine: git must ignore them and must not track them.

mod anywhere;
mod submodules;
mod trouble;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::closed;
use crate::gather::git::{self, Exception, Home, Part, Tracked, Trouble};
use crate::system::fs;
use crate::text::command::Command;
use crate::text::remedy::open_at;
use crate::text::{and_list, gitignore, plural};
use crate::workspace::stack::Closed;

use anywhere::Held;
use written::Written;

/// Git would take an env file.
pub(super) static NOT_IGNORED: Rule = Rule {
    code: "git/env-file",
    severity: Severity::Error,
    summary: "git tracks an env file, or would with the next `git add`",
    text: "\
Env files hold passwords and keys. What was committed once stays in the history, for everybody who
ever gets the repository.

Every tracked file of such a name counts, wherever it lies, but for examples, code (`.env.d.ts`) and those that
dotenvx or sops encrypted; `prod.env` and `.envrc` only where they hold secrets. One that lies in no tier's folder and holds nothing that looks like a secret is a warning.

A file in a submodule, or in another repository within the workspace, is judged by that repository: the
`.gitignore` of the one around it means nothing there.

Way out: take it out of the index and ignore it with the commands that are printed; change every
secret that was committed.",
};

pub(super) static RULES: &[&Rule] = &[&NOT_IGNORED, &trouble::UNREADABLE];

/// The names under which secrets lie in a tier's folder; examples hold none.
const NAMES: &[&str] = &[
    ".env",
    ".env.local",
    ".env.development",
    ".env.development.local",
    ".env.test",
    ".env.test.local",
    ".env.staging",
    ".env.production",
    ".env.production.local",
];

pub(super) fn ask(facts: &Facts) -> Answer {
    let dirs = facts.workspace().tiers.iter().map(|tier| tier.dir.clone());
    let candidates: BTreeSet<Utf8PathBuf> = std::iter::once(Utf8PathBuf::new())
        .chain(dirs)
        .flat_map(|dir| NAMES.iter().map(move |name| dir.join(name)))
        .collect();
    let candidates = candidates.iter().map(Utf8PathBuf::as_path);
    let mut silent = None;
    let mut homes = git::homes(&facts.workspace().root, candidates);
    homes.extend(submodules::others(facts, &homes));
    homes
        .into_iter()
        .filter_map(|home| of_repository(facts, &home, &mut silent))
        .reduce(Answer::beside)
        .unwrap_or_else(|| Answer::irrelevant("no git repository"))
}

/// What one repository says of the files that lie in it; none where there is no repository. A git that did not
/// answer once, which is `silent` then, is asked no more: each question may hang for as long.
fn of_repository(facts: &Facts, home: &Home, silent: &mut Option<Trouble>) -> Option<Answer> {
    let variables = &facts.questions.variables;
    let root = &facts.workspace().root;
    let dir = facts.workspace().path(&home.base);
    let around = home.base.as_str().is_empty();
    let own = (!around).then(|| {
        let wanted = |path: &str| {
            let path = Utf8Path::new(path);
            home.paths.contains(path) || anywhere::is_env_file(path) || anywhere::may_be_one(path)
        };
        facts.tracked_in(&dir, &wanted)
    });
    let nothing = BTreeSet::new();
    let (tracked, untold) = match own.as_ref().unwrap_or_else(|| facts.tracked()) {
        Tracked::Nowhere => return None,
        Tracked::Paths(paths) => (paths, None),
        Tracked::Unknown(trouble) => (&nothing, Some(trouble)),
    };
    let of_tiers = |path: &Utf8Path| {
        let folder = path.parent().map(|folder| home.base.join(folder));
        let mut tiers = facts.workspace().tiers.iter().map(|tier| &tier.dir);
        folder.is_some_and(|folder| folder.as_str().is_empty() || tiers.any(|dir| *dir == folder))
    };
    let mut harmless = BTreeSet::new();
    let mut encrypted = BTreeSet::new();
    let is_one = |path: &&Utf8PathBuf| {
        anywhere::is_env_file(path)
            || anywhere::may_be_one(path) && anywhere::held(&dir.join(path)) == Held::Secrets
    };
    let named: Vec<&Utf8PathBuf> = tracked.iter().filter(is_one).collect();
    for path in &named {
        let path = *path;
        match anywhere::held(&dir.join(path)) {
            Held::Encrypted => encrypted.insert(path.clone()),
            Held::Nothing if !of_tiers(path) => harmless.insert(path.clone()),
            Held::Nothing | Held::Secrets => false,
        };
    }
    let (there, absent): (Vec<_>, Vec<_>) = home
        .paths
        .iter()
        .chain(named)
        .filter(|path| !encrypted.contains(*path))
        .cloned()
        .collect::<BTreeSet<Utf8PathBuf>>()
        .into_iter()
        .partition(|path| tracked.contains(path) || fs::is_file(&dir.join(path)));
    // The plain `.env` of each tier matters before it is made, too.
    let soon = absent
        .into_iter()
        .filter(|path| path.file_name() == Some(".env"));
    let asked: Vec<Utf8PathBuf> = there.iter().cloned().chain(soon).collect();
    if asked.is_empty() && untold.is_none() && !around {
        // A submodule with nothing of that kind.
        return None;
    }
    let is_silent = |trouble: &&Trouble| trouble.part == Part::Program;
    let before = silent.take().or_else(|| untold.filter(is_silent).cloned());
    let ignored = match before {
        Some(trouble) => Err(trouble),
        None => git::ignored(&dir, variables, &asked),
    };
    *silent = ignored.as_ref().err().filter(is_silent).cloned();
    let rules = dir.join(".gitignore");
    let none = BTreeMap::new();
    let said = Said {
        base: &home.base,
        tracked,
        harmless: &harmless,
        ignored: ignored.as_ref().ok().map(|said| &said.paths),
        excepted: ignored.as_ref().map_or(&none, |said| &said.excepted),
        rules: fs::read_text_if_there(&rules)
            .map(Option::unwrap_or_default)
            .ok(),
        instead: Instead::of(&rules),
        closed: fs::is_refused(&rules)
            .then(|| closed::of(facts.workspace(), &home.base.join(".gitignore"))),
        is_unborn: git::is_unborn(&dir),
    };
    let answer = judge(&asked, &said);
    Some(match ignored.as_ref().err().or(untold) {
        Some(trouble) => {
            let written = Written::of(variables);
            trouble::told(answer, trouble, root, &home.base, &written)
        }
        None => answer,
    })
}

/// What a repository says.
struct Said<'a> {
    /// Where it begins within the workspace; nothing where it is around it.
    base: &'a Utf8Path,
    /// What it tracks.
    tracked: &'a BTreeSet<Utf8PathBuf>,
    /// What of it lies in no tier's folder and holds nothing that looks like a secret.
    harmless: &'a BTreeSet<Utf8PathBuf>,
    /// What it ignores, if that is known.
    ignored: Option<&'a BTreeSet<Utf8PathBuf>>,
    /// What rules take out again of what it ignores.
    excepted: &'a BTreeMap<Utf8PathBuf, Exception>,
    /// The text of its `.gitignore`, where it can be read.
    rules: Option<String>,
    /// What is there in its place.
    instead: Option<Instead>,
    /// That this user may not read it.
    closed: Option<Closed>,
    /// Whether nothing was committed yet.
    is_unborn: bool,
}

/// What git does not read as a `.gitignore`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Instead {
    /// A link, which it does not follow.
    Link,
    /// A folder.
    Folder,
}

impl Instead {
    fn of(rules: &Utf8Path) -> Option<Self> {
        if fs::is_link(rules) && !cfg!(windows) {
            Some(Self::Link)
        } else {
            fs::is_dir(rules).then_some(Self::Folder)
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Link => {
                "`.gitignore` is a link, which git does not follow: a file in its place counts"
            }
            Self::Folder => "`.gitignore` is a folder: a file in its place counts",
        }
    }

    /// The command that puts a file with the same rules in its place, and adds these paths.
    fn mended(self, rules: &str, missing: Vec<&str>) -> String {
        let own = match self {
            Self::Folder => trouble::aside(Utf8Path::new(".gitignore"), "old"),
            Self::Link if rules.is_empty() => Command::new("rm .gitignore"),
            Self::Link => {
                Command::new("cp .gitignore .gitignore.new && mv .gitignore.new .gitignore")
            }
        };
        if missing.is_empty() {
            own.into()
        } else {
            let adding = gitignore::adding(".gitignore", Some(rules), missing);
            own.and(adding).into()
        }
    }
}

impl Said<'_> {
    /// The rule of a folder below that takes a path out again: nothing that stands further up counts.
    fn overruled(&self, path: &str) -> Option<&Exception> {
        let exception = self.excepted.get(Utf8Path::new(path))?;
        let folder = exception.file.parent()?;
        let below = exception.file.is_relative() && !folder.as_str().is_empty();
        (below && exception.file.file_name() == Some(".gitignore")).then_some(exception)
    }
}

/// What is tracked, and what is not ignored, where git says which files it ignores.
fn judge(asked: &[Utf8PathBuf], said: &Said<'_>) -> Answer {
    let of = |wanted: &dyn Fn(&Utf8PathBuf) -> bool| {
        let chosen = asked.iter().filter(|path| wanted(path));
        chosen.map(|path| path.as_str()).collect::<Vec<_>>()
    };
    let shown = |paths: &[&str]| {
        let all: Vec<String> = paths
            .iter()
            .map(|path| said.base.join(path).to_string())
            .collect();
        and_list(&all)
    };
    let committed = of(&|path| said.tracked.contains(path));
    let mut open = of(&|path| said.ignored.is_some_and(|ignored| !ignored.contains(path)));
    let mut answer = Answer::default();
    // What of it may be meant so.
    let mut others = committed.iter();
    let harmless = others.all(|path| said.harmless.contains(Utf8Path::new(path)));
    if !committed.is_empty() {
        let finding = Finding::new(&NOT_IGNORED, format!("git tracks {}", shown(&committed)))
            .subject("tracked")
            .note(if said.is_unborn {
                "nothing is committed yet: out of the index it is nowhere"
            } else {
                "what was committed stays in the history: change the secrets in it"
            });
        let finding = if harmless {
            finding.severity(Severity::Warning)
        } else {
            finding
        };
        let remove = gitignore::untrack(committed.iter().copied());
        answer = answer.mended_by(finding, Cure::new(remove).within(said.base));
    }
    let finding = |paths: &[&str]| {
        let message = format!("git does not ignore {}", shown(paths));
        let finding = Finding::new(&NOT_IGNORED, message).subject("ignored");
        finding.severity(if harmless {
            Severity::Warning
        } else {
            Severity::Error
        })
    };
    let mut overruled: BTreeMap<&Exception, Vec<&str>> = BTreeMap::new();
    open.retain(|path| {
        let exception = said.overruled(path);
        if let Some(exception) = exception {
            overruled.entry(exception).or_default().push(path);
        }
        exception.is_none()
    });
    for (exception, paths) in overruled {
        let file = said.base.join(&exception.file);
        let note = format!(
            "`{}` in {file} takes it out again, whatever the folders above ignore",
            exception.pattern
        );
        let help = open_at(file.as_str(), exception.line);
        answer = answer.problem(finding(&paths).note(note).help(help));
    }
    if !open.is_empty() {
        let finding = finding(&open);
        let rules = said.rules.as_deref();
        let missing = open
            .iter()
            .filter(|path| !gitignore::stands(rules.unwrap_or_default(), path));
        let missing: Vec<&str> = missing.copied().collect();
        answer = if let Some(closed) = &said.closed {
            let note = format!(
                "until then git ignores nothing by it, {} among that",
                shown(&open)
            );
            answer.problem(closed.finding().note(note))
        } else if let Some(instead) = said.instead {
            let line = instead.mended(rules.unwrap_or_default(), missing);
            let finding = finding.note(instead.words());
            answer.mended_by(finding, Cure::new(line).within(said.base))
        } else if missing.is_empty() {
            let line = Command::new("git check-ignore -v --no-index").paths(&open);
            answer.problem(
                finding
                    .note("`.gitignore` has these lines: a rule further below takes them out again, which this names")
                    .help(line.within(said.base)),
            )
        } else {
            let line = gitignore::adding(".gitignore", rules, missing);
            answer.mended_by(finding, Cure::new(line).within(said.base))
        };
    }
    if answer.findings.is_empty() && said.ignored.is_some() {
        let ignored = format!("{} ignored", plural(asked.len(), "env file"));
        answer = answer.and(match said.base.as_str() {
            "" => ignored,
            base => format!("{ignored} in {base}, a repository of its own"),
        });
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn set(names: &[&str]) -> BTreeSet<Utf8PathBuf> {
        names.iter().map(Utf8PathBuf::from).collect()
    }

    fn judged(base: &str, ignored: &[&str], tracked: &[&str], rules: &str) -> Answer {
        let asked: Vec<Utf8PathBuf> = vec![".env".into(), "the api's/.env".into()];
        let said = Said {
            base: Utf8Path::new(base),
            tracked: &set(tracked),
            harmless: &BTreeSet::new(),
            ignored: Some(&set(ignored)),
            excepted: &BTreeMap::new(),
            rules: Some(rules.to_owned()),
            instead: None,
            closed: None,
            is_unborn: false,
        };
        judge(&asked, &said)
    }

    #[test]
    fn tracked_files_fail_and_open_ones_warn() {
        let both = [".env", "the api's/.env"];
        assert_eq!(judged("", &both, &[], "").status(), Status::Pass);
        assert_eq!(judged("", &[".env"], &[], "").status(), Status::Warn);
        let tracked = judged("", &both, &[".env"], "");
        assert_eq!(tracked.status(), Status::Fail);
        assert_eq!(
            tracked.cures,
            [Cure::new("git update-index --force-remove .env")]
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_commands_are_for_the_repository_that_has_the_file() {
        let answer = judged("lib/it's", &[], &["the api's/.env"], "x");
        let typed: Vec<String> = answer.cures.iter().map(Cure::typed).collect();
        assert_eq!(
            typed,
            [
                r"(cd 'lib/it'\''s' && git update-index --force-remove 'the api'\''s/.env')",
                r"(cd 'lib/it'\''s' && printf '%s\n' '' .env 'the api'\''s/.env' >> .gitignore)",
            ]
        );
        let message = &answer.findings[0].message;
        assert_eq!(message, "git tracks lib/it's/the api's/.env");
    }

    #[cfg(unix)]
    #[test]
    fn a_line_that_stands_is_not_written_again() {
        let line = |rules: &str| {
            let cures = judged("", &[], &[], rules).cures;
            cures.first().map(|cure| cure.line.clone())
        };
        let both = r"printf '%s\n' .env 'the api'\''s/.env' >> .gitignore";
        assert_eq!(line("node_modules\n").as_deref(), Some(both));
        assert_eq!(
            line("/.env\n").as_deref(),
            Some(r"printf '%s\n' 'the api'\''s/.env' >> .gitignore")
        );
        // An exception behind it is undone by the same line once more.
        let excepted = line(".env\nthe api's/.env\n!.env\n");
        assert_eq!(excepted.as_deref(), Some(both));
        // Nothing that we write here would help.
        let nested = judged("", &[], &[], ".env\nthe api's/.env\n");
        assert_eq!(nested.cures, []);
        assert_eq!(
            nested.findings[0].help.as_deref(),
            Some(r"git check-ignore -v --no-index .env 'the api'\''s/.env'")
        );
    }

    #[test]
    fn a_rule_of_a_folder_below_is_pointed_at() {
        let asked: Vec<Utf8PathBuf> = vec![".env".into(), "api/.env".into()];
        let exception = |file: &str| Exception {
            file: file.into(),
            line: 3,
            pattern: "!.env".to_owned(),
        };
        let told = |file: &str| {
            let said = Said {
                base: Utf8Path::new("lib"),
                tracked: &BTreeSet::new(),
                harmless: &BTreeSet::new(),
                ignored: Some(&set(&[".env"])),
                excepted: &[("api/.env".into(), exception(file))].into(),
                rules: Some(".env\n".to_owned()),
                instead: None,
                closed: None,
                is_unborn: false,
            };
            let answer = judge(&asked, &said);
            assert_eq!(answer.findings.len(), 1);
            (answer.cures.len(), answer.findings[0].help.clone())
        };
        let rule = open_at("lib/api/.gitignore", 3);
        assert_eq!(told("api/.gitignore"), (0, Some(rule)));
        // What stands no nearer than ours is undone by one more line of ours.
        for file in [".gitignore", "/w/.gitignore", ".git/info/exclude"] {
            assert_eq!(told(file).0, 1, "{file}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_or_a_folder_is_no_gitignore() {
        let asked = [Utf8PathBuf::from(".env")];
        let line = |instead, rules: &str| {
            let said = Said {
                base: Utf8Path::new(""),
                tracked: &BTreeSet::new(),
                harmless: &BTreeSet::new(),
                ignored: Some(&BTreeSet::new()),
                excepted: &BTreeMap::new(),
                rules: Some(rules.to_owned()),
                instead: Some(instead),
                closed: None,
                is_unborn: false,
            };
            let answer = judge(&asked, &said);
            let help = answer.findings[0].help.as_deref().unwrap_or_default();
            assert!(crate::text::remedy::is_command(help), "{help}");
            help.to_owned()
        };
        let own = "cp .gitignore .gitignore.new && mv .gitignore.new .gitignore";
        let add = r"printf '%s\n' .env >> .gitignore";
        assert_eq!(line(Instead::Link, ".env\n"), own);
        assert_eq!(line(Instead::Link, "x\n"), format!("{own} && {add}"));
        assert_eq!(line(Instead::Link, ""), format!("rm .gitignore && {add}"));
        assert_eq!(
            line(Instead::Folder, ""),
            format!("mv .gitignore .gitignore.old && {add}")
        );
    }
}
