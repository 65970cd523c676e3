//! Settings that belong to a model within other settings, as `settings.celery.broker_url` may.

use crate::code::python::{SettingsClass, Way};
use crate::workspace::stack::{Setting, Within};

use super::{File, Look, place};

impl<'a> Look<'a> {
    /// The ways into the models of a class, each with the file of the settings.
    fn ways_to(&self, model: &str, owner: &str) -> Vec<(&'a File, Way<'a>)> {
        let of = |file: &'a File| file.module.classes.iter().map(move |class| (file, class));
        let classes: Vec<(&'a File, &'a SettingsClass)> = self.files.iter().flat_map(of).collect();
        let find = |name: &str| {
            let mut all = classes.iter().map(|(_, class)| *class);
            all.find(|class| class.name == name)
        };
        let ways = classes.iter().flat_map(|(file, class)| {
            let ways = class.ways_to(model, &find).into_iter();
            ways.map(|way| (*file, way))
        });
        ways.filter(|(_, way)| way.field == owner).collect()
    }

    /// A setting with what leads into the model that it belongs to, as the application reads it.
    pub(super) fn reached(&self, setting: Setting, owner: Option<&str>) -> Setting {
        let mut fields = self.fields(&setting.file, setting.line);
        let found = fields
            .next()
            .map(|(_, field)| (field.class.clone(), field.name.clone()));
        drop(fields);
        let (Some((class, key)), Some(owner)) = (found, owner) else {
            return setting;
        };
        let mut within: Vec<Within> = Vec::new();
        for (_, way) in self.ways_to(&class, owner) {
            let way = within_of(&way, &key);
            if !within.contains(&way) {
                within.push(way);
            }
        }
        Setting { within, ..setting }
    }

    /// A setting that belongs to a model alone, which reads no variable by itself.
    pub(super) fn of_model(&self, name: &str, owner: &str) -> Option<Setting> {
        let of = |file: &'a File| file.module.models.iter().map(move |field| (file, field));
        let models = self.files.iter().flat_map(of);
        let mut found = Vec::new();
        for (file, field) in models.filter(|(_, field)| field.name == name) {
            let ways = self.ways_to(&field.class, owner).into_iter();
            let single = ways.filter(|(_, way)| way.delimiter.is_some());
            found.extend(single.map(|(home, way)| (file, field, home, way)));
        }
        let (file, field, home, way) = found.first()?;
        let within = within_of(way, name);
        // A class that is made from another one has its fields, and maybe more to say of them.
        let is_same = |other: &Way<'_>| {
            within_of(other, name) == within && other.files == way.files && !other.is_exact
        };
        let mut all = found.iter();
        if !all.all(|(_, other, _, way)| std::ptr::eq(*other, *field) && is_same(way)) {
            return None;
        }
        let (path, line) = place(file, field.offset);
        Some(Setting {
            variable: within.single.clone()?,
            others: Vec::new(),
            exact: None,
            ignores_empty: false,
            reads: self.reads(&way.files, &home.path),
            outside: None,
            within: vec![Within {
                single: None,
                ..within
            }],
            default: field.default.clone().filter(|_| way.has_own_default),
            is_required: field.is_required && way.has_own_default,
            is_unsaid: false,
            file: path,
            line,
        })
    }
}

/// How a setting of a model is reached.
fn within_of(way: &Way<'_>, key: &str) -> Within {
    Within {
        whole: way.start.to_ascii_uppercase(),
        key: key.to_owned(),
        single: way.single(key),
    }
}
