//! Names that lead into a model within settings, as `CELERY__BROKER_URL` does with `env_nested_delimiter="__"`.

use super::{EnvFiles, Field, SILENT, SettingsClass};

/// Finds a class by its name.
pub type Find<'f, 'a> = &'f dyn Fn(&str) -> Option<&'a SettingsClass>;

/// A way into a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way<'a> {
    /// The class that names the delimiter; without one, that of the field.
    pub teller: &'a SettingsClass,
    /// What stands between the names; without one, a variable has the whole model as JSON.
    pub delimiter: Option<&'a str>,
    /// The field whose model it is.
    pub field: &'a str,
    /// What the variable is called that has the whole model, as it is written.
    pub start: String,
    /// The env files that the class reads.
    pub files: EnvFiles,
    /// Whether case counts.
    pub is_exact: bool,
    /// Whether the model is what its own class says where nobody sets it.
    pub has_own_default: bool,
}

impl Way<'_> {
    /// The variable that leads to a field of the model, as everybody writes it; none where only the whole model has
    /// one.
    #[must_use]
    pub fn single(&self, key: &str) -> Option<String> {
        let single = format!("{}{}{key}", self.start, self.delimiter?);
        Some(single.to_ascii_uppercase())
    }
}

/// Types that nothing leads into.
pub(super) const PLAIN: &[&str] = &[
    "str",
    "int",
    "float",
    "bool",
    "bytes",
    "Path",
    "SecretStr",
    "datetime",
    "date",
    "timedelta",
    "Decimal",
    "UUID",
];

/// How deep classes may be made from one another.
const DEPTH: usize = 8;

impl SettingsClass {
    /// The ways into the models among its fields.
    pub(super) fn ways<'a>(&'a self, find: Find<'_, 'a>) -> Vec<(Way<'a>, &'a Field)> {
        let (mut line, mut is_known) = (Vec::new(), true);
        self.line(find, &mut line, &mut is_known, DEPTH);
        let is_settings = line.iter().any(|class| {
            let mut bases = class.bases.iter();
            bases.any(|base| base.ends_with("Settings"))
        });
        if !is_settings {
            return Vec::new();
        }
        let last = |of: &dyn Fn(&SettingsClass) -> bool| {
            let mut line = line.iter().rev().copied();
            line.find(|class| of(class))
        };
        let teller = last(&|it| it.delimiter.is_some());
        let delimiter = teller.and_then(|it| it.delimiter.as_deref());
        let delimiter = delimiter.filter(|it| !it.is_empty());
        let prefix = last(&|it| it.prefix.is_some()).and_then(|it| it.prefix.as_deref());
        let is_exact = last(&|it| it.is_exact.is_some()).and_then(|it| it.is_exact);
        let files = last(&|it| it.files.is_some()).and_then(|it| it.files.clone());
        let files = files.unwrap_or(if is_known {
            EnvFiles::None
        } else {
            EnvFiles::Unsaid
        });
        let mut ways = Vec::new();
        for class in &line {
            for field in &class.fields {
                let usual = || vec![format!("{}{}", prefix.unwrap_or_default(), field.name)];
                let starts = if field.names.is_empty() {
                    usual()
                } else {
                    field.names.clone()
                };
                for start in starts {
                    let way = Way {
                        teller: teller.unwrap_or(class),
                        delimiter,
                        field: &field.name,
                        start,
                        files: files.clone(),
                        is_exact: is_exact.unwrap_or_default(),
                        has_own_default: field.has_own_default,
                    };
                    ways.push((way, field));
                }
            }
        }
        ways
    }

    /// The class behind those that it is made from, as far as they are known.
    fn line<'a>(
        &'a self,
        find: Find<'_, 'a>,
        line: &mut Vec<&'a Self>,
        is_known: &mut bool,
        depth: usize,
    ) {
        for name in &self.bases {
            match (find(name), depth.checked_sub(1)) {
                (Some(base), Some(depth)) if base.name != self.name => {
                    base.line(find, line, is_known, depth);
                }
                _ => *is_known &= SILENT.contains(&name.as_str()),
            }
        }
        line.push(self);
    }

    /// Its fields and those of the classes that it is made from, its own last.
    pub(super) fn all_fields<'a>(&'a self, find: Find<'_, 'a>) -> Vec<&'a Field> {
        let (mut line, mut is_known) = (Vec::new(), true);
        self.line(find, &mut line, &mut is_known, DEPTH);
        line.iter().flat_map(|class| &class.fields).collect()
    }

    /// By which way a variable of that name leads into a model of the class, where it does: what is no field of
    /// the model is passed over.
    #[must_use]
    pub fn leads_in<'a>(&'a self, name: &str, find: Find<'_, 'a>) -> Option<Way<'a>> {
        let mut ways = self.ways(find).into_iter();
        let found = ways.find(|(way, field)| {
            let Some(delimiter) = way.delimiter else {
                return false;
            };
            let known_as = |it: &str| {
                if way.is_exact {
                    it.to_owned()
                } else {
                    it.to_lowercase()
                }
            };
            let begun = known_as(&format!("{}{delimiter}", way.start));
            let name = known_as(name);
            let Some(rest) = name.strip_prefix(&begun).filter(|it| !it.is_empty()) else {
                return false;
            };
            let Some(kind) = field.kind.as_deref() else {
                return true;
            };
            let Some(model) = find(kind) else {
                return !PLAIN.contains(&kind);
            };
            let (mut line, mut is_known) = (Vec::new(), true);
            model.line(find, &mut line, &mut is_known, DEPTH);
            let deeper = known_as(delimiter);
            let takes = |field: &Field| {
                let own = field.names.iter().chain([&field.name]);
                own.map(|it| known_as(it)).any(|it: String| {
                    let behind = rest.strip_prefix(&it);
                    behind.is_some_and(|it| it.is_empty() || it.starts_with(&deeper))
                })
            };
            !is_known || line.iter().any(|class| class.fields.iter().any(takes))
        });
        found.map(|(way, _)| way)
    }

    /// By which way a variable of that name has a whole model of the class, as JSON, of which single variables may have
    /// parts, too.
    #[must_use]
    pub fn holds<'a>(&'a self, name: &str, find: Find<'_, 'a>) -> Option<Way<'a>> {
        let mut ways = self.ways(find).into_iter();
        let found = ways.find(|(way, field)| {
            let is_it = if way.is_exact {
                way.start == name
            } else {
                way.start.eq_ignore_ascii_case(name)
            };
            let is_plain = field.kind.as_deref().is_some_and(|it| PLAIN.contains(&it));
            way.delimiter.is_some() && is_it && !is_plain
        });
        found.map(|(way, _)| way)
    }

    /// The variables of its fields and of those of their models, as everybody writes them, each by the path by which
    /// pydantic speaks of the field: `db.host` is `DB__HOST`. A model as a whole has the variable of its first field.
    /// With the env files that the class reads.
    #[must_use]
    pub fn variables<'a>(&'a self, find: Find<'_, 'a>) -> (Vec<(String, String)>, EnvFiles) {
        let (mut all, mut files) = (Vec::new(), EnvFiles::Unsaid);
        for (way, field) in self.ways(find) {
            let written = |name: String| {
                if way.is_exact {
                    name
                } else {
                    name.to_ascii_uppercase()
                }
            };
            // An alias takes the place of the name there, too.
            let path = if field.names.is_empty() {
                &field.name
            } else {
                &way.start
            };
            let model = field.kind.as_deref().and_then(find);
            match (model, way.delimiter) {
                (Some(model), Some(delimiter)) => {
                    let (mut line, mut is_known) = (Vec::new(), true);
                    model.line(find, &mut line, &mut is_known, DEPTH);
                    let own = line.iter().flat_map(|class| &class.fields);
                    for (at, inner) in own.enumerate() {
                        let key = inner.names.first().unwrap_or(&inner.name);
                        let single = written(format!("{}{delimiter}{key}", way.start));
                        if at == 0 {
                            all.push((path.clone(), single.clone()));
                        }
                        all.push((format!("{path}.{key}"), single));
                    }
                }
                _ => all.push((path.clone(), written(way.start.clone()))),
            }
            files = way.files;
        }
        (all, files)
    }

    /// The ways into a model that is of that class.
    #[must_use]
    pub fn ways_to<'a>(&'a self, model: &str, find: Find<'_, 'a>) -> Vec<Way<'a>> {
        let ways = self.ways(find).into_iter();
        let ways = ways.filter(|(_, field)| field.kind.as_deref() == Some(model));
        ways.map(|(way, _)| way).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::code::python::{SettingsClass, settings_classes};

    const MODELS: &str = "class Queue(BaseModel):\n    broker_url: str = ''\n    deep: dict = {}\nclass Odd(Other):\n    x: int = 1\n";

    fn led(config: &str, fields: &str, name: &str) -> bool {
        let text = format!(
            "{MODELS}class S(BaseSettings):\n    model_config = SettingsConfigDict({config})\n    {fields}\n"
        );
        let classes = settings_classes(&text);
        let find = |name: &str| classes.iter().find(|it: &&SettingsClass| it.name == name);
        classes
            .iter()
            .any(|class| class.leads_in(name, &find).is_some())
    }

    #[test]
    fn a_name_leads_in_where_the_model_takes_it() {
        let nested = "env_nested_delimiter='__'";
        let celery = "celery: Queue = Queue()";
        for (config, fields, name, leads) in [
            (nested, celery, "CELERY__BROKER_URL", true),
            (nested, celery, "celery__broker_url", true),
            (nested, celery, "CELERY__DEEP__X", true),
            (nested, celery, "CELERY__BROKER_URI", false),
            (nested, celery, "CELERY_BROKER_URL", false),
            (nested, celery, "CELERY__", false),
            (nested, celery, "OTHER__BROKER_URL", false),
            ("title='x'", celery, "CELERY__BROKER_URL", false),
            (
                nested,
                "celery: Optional[Queue] = None",
                "CELERY__BROKER_URL",
                true,
            ),
            // Of what a class has that is not known nothing is known.
            (nested, "celery: Odd = Odd()", "CELERY__BROKER_URL", true),
            (nested, "celery: Elsewhere", "CELERY__BROKER_URL", true),
            (nested, "celery: dict[str, str]", "CELERY__BROKER_URL", true),
            (nested, "celery: str", "CELERY__BROKER_URL", false),
            (
                "env_nested_delimiter='_'",
                celery,
                "CELERY_BROKER_URL",
                true,
            ),
            (
                "env_nested_delimiter='_'",
                celery,
                "CELERY_BROKER_URI",
                false,
            ),
            (
                "env_nested_delimiter='__', env_prefix='P_'",
                celery,
                "P_CELERY__BROKER_URL",
                true,
            ),
            (
                "env_nested_delimiter='__', env_prefix='P_'",
                celery,
                "CELERY__BROKER_URL",
                false,
            ),
            (
                "env_nested_delimiter='__', case_sensitive=True",
                celery,
                "CELERY__BROKER_URL",
                false,
            ),
            (
                nested,
                "celery: Queue = Field(Queue(), alias='QUEUE')",
                "QUEUE__BROKER_URL",
                true,
            ),
        ] {
            assert_eq!(led(config, fields, name), leads, "{config} {fields} {name}");
        }
    }

    #[test]
    fn the_delimiter_of_another_class_counts_for_what_is_made_from_it() {
        let text = format!(
            "{MODELS}class Base(BaseSettings):\n    celery: Queue = Queue()\nclass S(Base):\n    model_config = {{'env_nested_delimiter': '__'}}\n"
        );
        let classes = settings_classes(&text);
        let find = |name: &str| classes.iter().find(|it: &&SettingsClass| it.name == name);
        let ways: Vec<_> = classes
            .iter()
            .flat_map(|class| class.ways_to("Queue", &find))
            .map(|way| {
                (
                    way.start,
                    way.delimiter.map(str::to_owned),
                    way.has_own_default,
                )
            })
            .collect();
        let [plain, nested] = [None, Some("__".to_owned())];
        let celery = || "celery".to_owned();
        assert_eq!(ways, [(celery(), plain, true), (celery(), nested, true)]);
    }

    #[test]
    fn a_field_has_the_variable_that_leads_to_it() {
        let told = |config: &str, fields: &str| {
            let text = format!(
                "{MODELS}class S(BaseSettings):\n    model_config = SettingsConfigDict({config})\n    {fields}\n"
            );
            let classes = settings_classes(&text);
            let find = |name: &str| classes.iter().find(|it: &&SettingsClass| it.name == name);
            let (all, files) = find("S").expect("a class").variables(&find);
            let all = all.into_iter();
            let all: Vec<String> = all.map(|(path, name)| format!("{path}={name}")).collect();
            (all.join(" "), files.known().map_or(0, <[_]>::len))
        };
        for (config, fields, variables, files) in [
            (
                "env_nested_delimiter='__', env_prefix='APP_', env_file='.env'",
                "url: str\n    q: Queue",
                "url=APP_URL q=APP_Q__BROKER_URL q.broker_url=APP_Q__BROKER_URL q.deep=APP_Q__DEEP",
                1,
            ),
            (
                "env_prefix='app_', case_sensitive=True",
                "url: str",
                "url=app_url",
                0,
            ),
            (
                "env_prefix='APP_'",
                "url: str = Field(validation_alias='MAIN_URL')\n    q: Queue",
                "MAIN_URL=MAIN_URL q=APP_Q",
                0,
            ),
        ] {
            assert_eq!(
                told(config, fields),
                (variables.to_owned(), files),
                "{config}"
            );
        }
    }
}
