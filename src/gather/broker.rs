//! How a Celery application comes to its broker, as its code says it.

mod loaded;
mod remote;
mod unsaid;
mod within;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::python::{self, Configured, EnvFiles, Field, Given, Module, Source as From};
use crate::text::Source;
use crate::workspace::Workspace;
use crate::workspace::stack::{ByCode, Queued, Reads, Setting};

use super::configured::{self, Whole};
use super::env_files;

pub(super) use loaded::may_come_before;
pub(super) use remote::unasked;
pub(super) use unsaid::may_configure;

/// A Python file with what it says.
pub(super) struct File {
    pub(super) path: Utf8PathBuf,
    pub(super) source: Source,
    pub(super) module: Module,
}

/// What is known of an application's servers.
pub(super) struct Found {
    /// The variables that may name its broker, likeliest first.
    pub(super) variables: Vec<String>,
    pub(super) by_code: ByCode,
    pub(super) is_for_reading: bool,
    pub(super) queued: Option<Queued>,
    pub(super) broker: Option<Setting>,
    pub(super) results: Option<Setting>,
}

/// What the file of an application and those around it say; `cwd` is where it is started, `by_others` whether
/// another file may configure it, `loads_before` whether one may load env files before it does.
pub(super) fn find(
    workspace: &Workspace,
    file: &File,
    files: &[File],
    cwd: &Utf8Path,
    by_others: bool,
    loads_before: bool,
) -> Found {
    let package = file.path.parent().unwrap_or(Utf8Path::new(""));
    let near: Vec<&File> = files
        .iter()
        .filter(|other| other.path.starts_with(package))
        .collect();
    let (by_other, lost) = ByOther::of(workspace, file, cwd);
    let look = Look {
        file,
        near: &near,
        files,
        cwd,
        by_other: &by_other,
    };
    let plain = unsaid::plain(file, &by_other).filter(|_| !by_others);
    let (by_code, broker) = match look.given(&BROKERS) {
        Told::Text(url, at) => (
            ByCode::Text {
                url,
                file: at.0,
                line: at.1,
            },
            None,
        ),
        Told::Setting(setting) => (ByCode::Variable, Some(*setting)),
        Told::Beyond(at) => (
            ByCode::Beyond {
                file: at.0,
                line: at.1,
            },
            None,
        ),
        Told::Nothing => match plain
            .map(|at| unsaid::broker(file, at))
            .or_else(|| look.guessed("broker_url"))
        {
            Some(setting) if look.is_beyond(&setting) => {
                let (file, line) = (setting.file, setting.line);
                (ByCode::Beyond { file, line }, None)
            }
            guessed => (ByCode::Variable, guessed),
        },
    };
    // What a validator makes of the variable is not known; which one it is read from is.
    let changed = broker
        .as_ref()
        .and_then(|it| look.changed(&it.file, it.line));
    let by_code = match changed {
        Some((file, line)) => ByCode::Beyond { file, line },
        None => by_code,
    };
    let by_code = match lost {
        Some((module, (file, line))) => ByCode::Lost { module, file, line },
        None => by_code,
    };
    let results = match look.given(&RESULTS) {
        Told::Setting(setting) => Some(*setting),
        Told::Nothing => match plain {
            Some(at) => Some(unsaid::results(file, at)),
            None => look
                .guessed("result_backend")
                .filter(|it| !look.is_beyond(it)),
        },
        Told::Text(..) | Told::Beyond(_) => None,
    };
    let results = results.filter(|it| look.changed(&it.file, it.line).is_none());
    let queued = match look.given(&QUEUES) {
        Told::Text(url, (file, line)) => Some(Queued { url, file, line }),
        _ => None,
    };
    let (_, direct) = look.direct(&BROKERS);
    let is_for_reading = direct.iter().any(|it| it.is_for_reading);
    let loaded = |it| loaded::with(workspace, file, cwd, it, loads_before);
    let [broker, results] = [broker, results].map(|it| Some(with_outside(workspace, loaded(it?))));
    let variables = match &broker {
        Some(own) => std::iter::once(&own.variable)
            .chain(&own.others)
            .cloned()
            .collect(),
        None => usual(&near),
    };
    Found {
        variables,
        by_code,
        is_for_reading,
        queued,
        broker,
        results,
    }
}

/// A setting with what the files say that its class reads and no tier does.
fn with_outside(workspace: &Workspace, setting: Setting) -> Setting {
    let Reads::Files(files) = &setting.reads else {
        return setting;
    };
    let names = std::iter::once(&setting.variable).chain(&setting.others);
    let names = names.map(String::as_str);
    let found = env_files::outside(workspace, files, &names, setting.exact.as_deref());
    let is_set = |value: &str| !setting.ignores_empty || !value.trim().is_empty();
    Setting {
        outside: found.filter(|it| is_set(&it.value)),
        ..setting
    }
}

/// The names that nearly everybody has, where nothing is known.
fn usual(near: &[&File]) -> Vec<String> {
    let begun = prefixes(near).map(|prefix| format!("{prefix}BROKER_URL"));
    let usual = ["CELERY_BROKER_URL", "BROKER_URL", "REDIS_URL"].map(str::to_owned);
    let mut variables: Vec<String> = Vec::new();
    for variable in begun.chain(usual) {
        if !variables.contains(&variable) {
            variables.push(variable);
        }
    }
    variables
}

/// What the settings of Celery's near an application begin with. Case does not count.
fn prefixes(near: &[&File]) -> impl Iterator<Item = String> {
    let prefixes = near.iter().flat_map(|file| &file.module.env_prefixes);
    let prefixes = prefixes.map(|prefix| prefix.to_ascii_uppercase());
    prefixes.filter(|prefix| prefix.contains("CELERY"))
}

type Place = (Utf8PathBuf, usize);

/// What an expression came to.
enum Told {
    Nothing,
    Text(String, Place),
    Setting(Box<Setting>),
    Beyond(Place),
}

/// What an application is configured by as a whole.
enum ByOther {
    /// What stands in that file.
    Read(Box<File>, Configured),
    /// It cannot be told: where that is said.
    Unknown(Place),
    Nobody,
}

impl ByOther {
    /// What it is; with the name of a module that is not there, and where it is named.
    fn of(workspace: &Workspace, file: &File, cwd: &Utf8Path) -> (Self, Option<(String, Place)>) {
        let own = (file.path.as_path(), file.source.text());
        let mut lost = None;
        let by_other = match configured::of(workspace, own, &file.module.taken, cwd) {
            Whole::Nothing => ByOther::Nobody,
            Whole::Unknown(offset) => ByOther::Unknown(place(file, offset)),
            Whole::Lost(module, offset) => {
                lost = Some((module, place(file, offset)));
                ByOther::Unknown(place(file, offset))
            }
            Whole::Read(path, text, configured) => {
                let module = python::read(&text);
                let source = Source::new(path.as_path(), text);
                let file = File {
                    path,
                    source,
                    module,
                };
                ByOther::Read(Box::new(file), configured)
            }
        };
        (by_other, lost)
    }
}

/// One of the things that Celery is given: where it stands in a module, and in what configures an application.
struct Of {
    module: fn(&Module) -> &Vec<Given>,
    configured: fn(&Configured) -> &Vec<Given>,
}

const BROKERS: Of = Of {
    module: |it| &it.brokers,
    configured: |it| &it.brokers,
};
const QUEUES: Of = Of {
    module: |it| &it.queues,
    configured: |it| &it.queues,
};
const RESULTS: Of = Of {
    module: |it| &it.results,
    configured: |it| &it.results,
};

struct Look<'a> {
    file: &'a File,
    near: &'a [&'a File],
    files: &'a [File],
    cwd: &'a Utf8Path,
    by_other: &'a ByOther,
}

impl<'a> Look<'a> {
    /// What Celery is given right away, and the file in which it stands. What the application's own file sets
    /// counts before what it is configured by as a whole, in whatever order they stand; a broker for reading
    /// counts before every other.
    fn direct(&self, of: &Of) -> (&'a File, Vec<&'a Given>) {
        let own = (of.module)(&self.file.module).iter();
        let own: Vec<&Given> = own.filter(|it| it.is_direct).collect();
        let reads = |all: &[&Given]| all.iter().any(|it| it.is_for_reading);
        if let ByOther::Read(file, configured) = self.by_other {
            let other: Vec<&Given> = (of.configured)(configured).iter().collect();
            if own.is_empty() || (reads(&other) && !reads(&own)) {
                return (file, other);
            }
        }
        (self.file, own)
    }

    /// What Celery is given: by the application's own file, by what configures it as a whole, else by a table near
    /// it that can be followed.
    fn given(&self, of: &Of) -> Told {
        let (file, direct) = self.direct(of);
        if let Some(first) = direct.first() {
            let place = place(file, first.offset);
            if direct.iter().any(|it| it.source != first.source) {
                return Told::Beyond(place);
            }
            return self.follow(file, first);
        }
        match self.by_other {
            ByOther::Unknown(place) => return Told::Beyond(place.clone()),
            ByOther::Read(_, configured) if !configured.is_whole => {
                let call = self.file.module.taken.last();
                return Told::Beyond(place(self.file, call.map_or(0, |it| it.offset)));
            }
            ByOther::Read(..) | ByOther::Nobody => {}
        }
        let own = std::iter::once(&self.file);
        for file in own.chain(self.near) {
            for given in (of.module)(&file.module).iter().filter(|it| !it.is_direct) {
                match self.follow(file, given) {
                    Told::Nothing | Told::Beyond(_) => {}
                    told => return told,
                }
            }
        }
        Told::Nothing
    }

    fn follow(&self, file: &File, given: &Given) -> Told {
        let at = place(file, given.offset);
        match &given.source {
            From::Text(url) => Told::Text(url.clone(), at),
            From::Variables { names, default } => {
                let mut names = names.iter().cloned();
                let Some(variable) = names.next() else {
                    return Told::Beyond(at);
                };
                Told::Setting(Box::new(Setting {
                    variable,
                    others: names.collect(),
                    exact: None,
                    ignores_empty: false,
                    reads: Reads::Process,
                    outside: None,
                    within: Vec::new(),
                    is_required: default.is_none(),
                    is_unsaid: false,
                    default: default.clone(),
                    file: at.0,
                    line: at.1,
                }))
            }
            From::Attribute { name, owner } => {
                let owner = owner.as_deref();
                let own = self.field(file, name).map(|own| self.reached(own, owner));
                let setting = own.or_else(|| self.of_model(name, owner?));
                setting.map_or(Told::Beyond(at), |it| Told::Setting(Box::new(it)))
            }
            From::Other => Told::Beyond(at),
        }
    }

    /// The field of that name in settings: in the same file, near the application, else the only one anywhere.
    fn field(&self, file: &File, name: &str) -> Option<Setting> {
        let lower = name.to_ascii_lowercase();
        // What is called `url` may be anything's, unless its variable is not.
        let of_celery = ["broker_", "redis_", "celery_", "queue_", "result_"];
        let is_named = of_celery.iter().any(|part| lower.contains(part));
        let by_variable = |field: &Field| {
            let names = std::iter::once(&field.variable).chain(&field.others);
            let upper = names.map(|it| it.to_ascii_uppercase());
            let of_it = ["BROKER", "CELERY_RESULT"];
            let mut upper = upper.filter(|_| field.is_renamed);
            upper.any(|it| of_it.iter().any(|part| it.contains(part)))
        };
        let is_it = |field: &Field| field.name == name && (is_named || by_variable(field));
        let of = |file: &File| self.setting(file, &is_it);
        let near = of(file).or_else(|| self.near.iter().find_map(|file| of(file)));
        let found = near.or_else(|| {
            let mut all: Vec<Setting> = self.files.iter().filter_map(of).collect();
            if all.len() > 1 {
                all.retain(|it| it.variable.contains("CELERY"));
            }
            let first = all.first().cloned()?;
            let is_same = |it: &Setting| it.variable == first.variable && it.reads == first.reads;
            all.iter().all(is_same).then_some(first)
        });
        found.filter(|it| !self.is_beyond(it))
    }

    /// Whether the class of a setting leaves open what its variable is.
    fn is_beyond(&self, setting: &Setting) -> bool {
        let mut fields = self.fields(&setting.file, setting.line);
        fields.any(|(_, field)| field.is_beyond)
    }

    /// Where a validator may give the field there another value than its variable's.
    fn changed(&self, file: &Utf8Path, line: usize) -> Option<Place> {
        let mut fields = self.fields(file, line);
        fields.find_map(|(file, field)| Some(place(file, field.changed_at?)))
    }

    /// The fields in a line of a file.
    fn fields<'s>(
        &'s self,
        path: &'s Utf8Path,
        line: usize,
    ) -> impl Iterator<Item = (&'s File, &'s Field)> {
        let other = match self.by_other {
            ByOther::Read(file, _) => Some(&**file),
            ByOther::Unknown(_) | ByOther::Nobody => None,
        };
        let files = self.files.iter().chain(other);
        let files = files.filter(move |it| it.path == path);
        let all = files.flat_map(|file| file.module.fields.iter().map(move |field| (file, field)));
        all.filter(move |(file, field)| place(file, field.offset).1 == line)
    }

    /// A setting whose name ends so, where nothing says what Celery is given. What has a name of its own says
    /// so, near the application first.
    fn guessed(&self, end: &str) -> Option<Setting> {
        let prefix = prefixes(self.near).next();
        let renamed = |field: &Field| field.is_renamed && field.name.ends_with(end);
        let variable = prefix
            .as_ref()
            .map(|prefix| format!("{prefix}{}", end.to_ascii_uppercase()));
        let is_named = |field: &Field| Some(&field.variable) == variable.as_ref();
        let near = || self.near.iter();
        near()
            .find_map(|other| self.setting(other, &renamed))
            .or_else(|| near().find_map(|other| self.setting(other, &is_named)))
            .or_else(|| {
                let mut others = self
                    .files
                    .iter()
                    .filter_map(|other| self.setting(other, &renamed));
                others.next().filter(|_| prefix.is_none())
            })
    }

    /// The first such field of a file.
    fn setting(&self, file: &File, is_it: &dyn Fn(&Field) -> bool) -> Option<Setting> {
        let mut fields = file.module.fields.iter();
        let field = fields.find(|field| is_it(field))?;
        let (path, line) = place(file, field.offset);
        Some(Setting {
            variable: field.variable.clone(),
            others: field.others.clone(),
            exact: field.exact.clone(),
            ignores_empty: field.ignores_empty,
            reads: self.reads(&field.files, &file.path),
            outside: None,
            within: Vec::new(),
            default: field.default.clone(),
            is_required: field.is_required,
            is_unsaid: false,
            file: path,
            line,
        })
    }

    /// Files are found from where the worker runs.
    fn reads(&self, files: &EnvFiles, module: &Utf8Path) -> Reads {
        let files = match files {
            EnvFiles::Unsaid | EnvFiles::Computed => return Reads::Tiers,
            EnvFiles::None => return Reads::Process,
            EnvFiles::These(files) => files.iter(),
        };
        let files: Option<Vec<Utf8PathBuf>> =
            files.map(|file| file.within(self.cwd, module)).collect();
        // What lies elsewhere may be a link to what lies here.
        files.map_or(Reads::Tiers, Reads::Files)
    }
}

fn place(file: &File, offset: usize) -> Place {
    (file.path.clone(), file.source.position(offset).line)
}
