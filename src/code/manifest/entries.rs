//! What the `package.json` of an installed package says of it: its programs, and where others come into it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What it says of itself, and nothing else: it may be long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstalledPackage {
    /// Its version; empty where it has none, as a private one of the workspace.
    pub version: String,
    /// Whether it names files of its own: those that others load or run, types, or what was published with it.
    pub names_files: bool,
    /// The file that Node loads for its name, relative to its folder: any of these, the first that is there. None
    /// where it names none, or one that nobody may have meant.
    pub entry: Vec<String>,
    /// The other ways in that `exports` names file by file.
    pub ways: Vec<Way>,
    /// Whether a script of its own runs when it is installed, which may make files.
    pub builds: bool,
    /// Its programs by name, each with its file; the only one may have no name.
    programs: BTreeMap<String, String>,
}

/// A way into a package beside its name, as `./client` of `react-dom/client`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// The files that Node takes, for who imports it and for who requires it, relative to the package's folder.
    pub loaded: Vec<String>,
    /// The files that others take instead, as types and browsers' ones.
    pub others: Vec<String>,
}

impl InstalledPackage {
    /// The programs of the package that is installed by this name, each with its file.
    pub fn programs<'a>(&'a self, package: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let own = package.rsplit('/').next().unwrap_or(package);
        let named = move |name: &'a str| if name.is_empty() { own } else { name };
        let programs = self.programs.iter();
        programs.map(move |(name, file)| (named(name), file.as_str()))
    }
}

/// Reads the `package.json` of an installed package; none where it has neither name nor version.
#[must_use]
pub fn installed_package(text: &str) -> Option<InstalledPackage> {
    #[derive(Deserialize)]
    struct Package {
        #[serde(default)]
        name: Value,
        version: Option<String>,
        #[serde(default)]
        bin: Value,
        #[serde(default)]
        main: Value,
        module: Option<IgnoredAny>,
        types: Option<IgnoredAny>,
        files: Option<IgnoredAny>,
        exports: Option<Target>,
        #[serde(default)]
        scripts: Value,
    }
    let package: Package = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    if package.name.is_null() && package.version.is_none() {
        return None;
    }
    let programs: BTreeMap<String, String> = match package.bin {
        Value::String(file) => [(String::new(), file)].into(),
        Value::Object(named) => named
            .into_iter()
            .filter_map(|(name, file)| Some((name, file.as_str()?.to_owned())))
            .collect(),
        _ => BTreeMap::new(),
    };
    let is_named = !package.main.is_null()
        || package.module.is_some()
        || package.types.is_some()
        || package.files.is_some()
        || package.exports.is_some();
    // What holds types alone describes the files of another package, as its `exports` may do: they lie there.
    let name = package.name.as_str().unwrap_or_default();
    let has_code = !name.starts_with("@types/") && package.main.as_str() != Some("");
    let exports = package.exports.as_ref().filter(|_| has_code);
    let entry = match exports {
        Some(exports) => exported(exports),
        None => package.main.as_str().map(of_main).unwrap_or_default(),
    };
    let at_installation = ["preinstall", "install", "postinstall"];
    Some(InstalledPackage {
        version: package.version.unwrap_or_default(),
        names_files: is_named || !programs.is_empty(),
        entry: if has_code { entry } else { Vec::new() },
        ways: exports.map(ways).unwrap_or_default(),
        builds: at_installation
            .iter()
            .any(|it| package.scripts.get(it).is_some()),
        programs,
    })
}

/// What stands in `exports` for the package's name.
enum Target {
    File(String),
    /// The first of them that can be used.
    Any(Vec<Target>),
    /// By condition, in the order in which they are asked.
    When(Vec<(String, Target)>),
    Nothing,
}

impl Target {
    /// The file that Node takes under such conditions, beside the usual ones.
    fn file(&self, condition: &str) -> Option<&str> {
        match self {
            Self::File(file) => Some(file),
            Self::Any(all) => all.iter().find_map(|it| it.file(condition)),
            Self::When(all) => {
                let is_met = |it: &str| [".", "node", "default"].contains(&it) || it == condition;
                let mut met = all.iter().filter(|(it, _)| is_met(it));
                met.find_map(|(_, target)| target.file(condition))
            }
            Self::Nothing => None,
        }
    }

    /// All the files that stand in it.
    fn files<'a>(&'a self, into: &mut Vec<&'a str>) {
        match self {
            Self::File(file) => into.push(file),
            Self::Any(all) => all.iter().for_each(|it| it.files(into)),
            Self::When(all) => all.iter().for_each(|(_, it)| it.files(into)),
            Self::Nothing => {}
        }
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Targets)
    }
}

struct Targets;

impl<'de> Visitor<'de> for Targets {
    type Value = Target;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a target of `exports`")
    }

    fn visit_str<E>(self, file: &str) -> Result<Target, E> {
        Ok(Target::File(file.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Target, A::Error> {
        let mut targets = Vec::new();
        while let Some(target) = all.next_element()? {
            targets.push(target);
        }
        Ok(Target::Any(targets))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Target, A::Error> {
        let mut targets = Vec::new();
        while let Some(key) = all.next_key::<String>()? {
            // There may be thousands of files behind each of them.
            if key.contains('*') {
                all.next_value::<IgnoredAny>()?;
            } else {
                targets.push((key, all.next_value()?));
            }
        }
        Ok(Target::When(targets))
    }

    fn visit_unit<E>(self) -> Result<Target, E> {
        Ok(Target::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Target, E> {
        Ok(Target::Nothing)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Target, E> {
        Ok(Target::Nothing)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Target, E> {
        Ok(Target::Nothing)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Target, E> {
        Ok(Target::Nothing)
    }
}

/// Whether a target is one file of the package.
fn is_plain(file: &str) -> bool {
    file.starts_with("./") && !file.contains('*') && !file.ends_with('/')
}

/// The ways in beside the package's name. What Node takes nothing for is none.
fn ways(exports: &Target) -> Vec<Way> {
    let Target::When(all) = exports else {
        return Vec::new();
    };
    let all = all.iter().filter(|(key, _)| key.starts_with("./"));
    let ways = all.filter_map(|(_, target)| {
        let both = ["import", "require"].map(|it| target.file(it).filter(|it| is_plain(it)));
        let mut loaded: Vec<&str> = both.into_iter().flatten().collect();
        loaded.dedup();
        let mut others = Vec::new();
        target.files(&mut others);
        others.retain(|file| is_plain(file) && !loaded.contains(file));
        let own = |files: Vec<&str>| files.into_iter().map(str::to_owned).collect();
        (!loaded.is_empty()).then(|| Way {
            loaded: own(loaded),
            others: own(others),
        })
    });
    ways.collect()
}

/// The file for who imports it; some can only be required.
fn exported(exports: &Target) -> Vec<String> {
    let file = exports
        .file("import")
        .or_else(|| exports.file("require"))
        .filter(|file| is_plain(file));
    file.map(str::to_owned).into_iter().collect()
}

/// What `main` may mean. `npm init` writes `index.js`, whether there is to be one or not.
fn of_main(main: &str) -> Vec<String> {
    let main = main.trim_start_matches("./").trim_end_matches('/');
    if matches!(main, "" | "." | "index" | "index.js") {
        return Vec::new();
    }
    let endings = ["", ".js", ".json", ".node"].map(|it| format!("{main}{it}"));
    let within = [".js", ".json", ".node"].map(|it| format!("{main}/index{it}"));
    let instead = [".js", ".json", ".node"].map(|it| format!("index{it}"));
    endings.into_iter().chain(within).chain(instead).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Vec<String> {
        installed_package(text).expect("a package").entry
    }

    #[test]
    fn the_way_in_is_that_of_node() {
        let exports = |exports: &str| {
            entry(&format!(
                r#"{{"name": "x", "main": "./old", "exports": {exports}}}"#
            ))
        };
        for (written, found) in [
            (r#""./a.js""#, Some("./a.js")),
            (r#"{"./x": "./x.js", ".": "./a.js"}"#, Some("./a.js")),
            (
                r#"{".": {"types": "./a.d.ts", "browser": "./b.js", "import": {"types": "./c.d.ts", "default": "./a.js"}, "require": "./d.js"}}"#,
                Some("./a.js"),
            ),
            (
                r#"{".": {"react-server": "./r.js", "default": "./a.js"}}"#,
                Some("./a.js"),
            ),
            (r#"{"require": "./a.cjs"}"#, Some("./a.cjs")),
            (r#"[{"import": "./a.js"}, "./b.js"]"#, Some("./a.js")),
            (r#"{".": {"types": "./a.d.ts"}}"#, None),
            (r#"{".": null, "./x": 1}"#, None),
            (r#"{"./x": "./x.js"}"#, None),
            ("false", None),
        ] {
            let found: Vec<String> = found.into_iter().map(str::to_owned).collect();
            assert_eq!(exports(written), found, "{written}");
        }
    }

    #[test]
    fn what_holds_types_alone_has_no_way_in() {
        let exports =
            r#""exports": {".": {"types": "./a.d.ts", "import": "./a.js"}, "./b": "./b.js"}"#;
        for rest in [
            r#""name": "@types/x", "types": "a.d.ts""#,
            r#""name": "x", "main": """#,
        ] {
            let text = format!("{{{rest}, {exports}}}");
            let package = installed_package(&text).expect("a package");
            assert_eq!((package.entry, package.ways), (Vec::new(), Vec::new()));
            assert!(package.names_files, "{rest}");
        }
    }

    #[test]
    fn other_ways_in_are_those_that_name_their_files() {
        let text = r#"{"name": "x", "exports": {".": "./a.js", "./package.json": "./package.json", "./a/*": "./a/*.js", "./t": {"types": "./t.d.ts"}, "./no": null, "./b": {"types": "./b.d.ts", "import": "./b.mjs", "default": "./b.js"}}}"#;
        let package = installed_package(text).expect("a package");
        let way = |loaded: &[&str], others: &[&str]| Way {
            loaded: loaded.iter().map(|it| (*it).to_owned()).collect(),
            others: others.iter().map(|it| (*it).to_owned()).collect(),
        };
        let both = way(&["./b.mjs", "./b.js"], &["./b.d.ts"]);
        assert_eq!(package.ways, [way(&["./package.json"], &[]), both]);
    }

    #[test]
    fn without_exports_it_is_main() {
        let main = |main: &str| entry(&format!(r#"{{"name": "x", "main": "{main}"}}"#));
        assert_eq!(main("./dist/it")[..2], ["dist/it", "dist/it.js"]);
        for main in [main(""), main("index.js"), entry(r#"{"name": "x"}"#)] {
            assert_eq!(main, Vec::<String>::new());
        }
        let builds = |script: &str| {
            let text = format!(r#"{{"name": "x", "scripts": {{"{script}": "it"}}}}"#);
            installed_package(&text).expect("a package").builds
        };
        assert!(builds("postinstall") && !builds("test"));
    }
}
