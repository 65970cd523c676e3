//! Which variables the code of a workspace can have to do with, by the words that stand in it.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use camino::Utf8Path;

use crate::code::lock::{Requirement, normal_name};
use crate::code::manifest;
use crate::system::{access, fs};
use crate::workspace::Runtime;

/// Folders that hold no code of the workspace.
const SKIPPED: &[&str] = &[
    "node_modules",
    "__pycache__",
    "venv",
    "site-packages",
    "dist",
    "build",
    "env-schemas",
];

/// Deeper folders are not looked into, and then nothing is certain.
const DEPTH: usize = 12;

/// Nor are more files than that read.
const MOST: usize = 20_000;

const WEB: &[&str] = &[
    "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "vue", "svelte", "prisma",
];

/// What configures or starts programs, and may hand variables on.
const OTHERS: &[&str] = &["toml", "ini", "cfg", "yml", "yaml", "sh", "sql"];

/// First words of names that stand in code of any kind: of those only the whole name, or the prefix of settings, tells.
const COMMON: &[&str] = &["database"];

/// Who reads `DATABASE_URL` without naming it.
const UNNAMED: &[&str] = &["dj_database_url", ".db(", ".db_url("];

/// The words of one side's code, in small letters.
#[derive(Debug, Default)]
struct Side {
    text: String,
    /// Whether there is code, and a manifest beside it.
    has_code: bool,
    has_manifest: bool,
}

impl Side {
    fn is_known(&self) -> bool {
        self.has_code && self.has_manifest
    }
}

/// The words of all code, and what the manifests ask for.
#[derive(Debug, Default)]
pub(super) struct Code {
    python: Side,
    web: Side,
    others: String,
    /// The names of Python packages that some manifest asks for, normalised.
    packages: BTreeSet<String>,
    /// How many files were read.
    files: usize,
    /// Whether something was not read.
    is_partial: bool,
    /// Whether a manifest could not be read: what it asks for is not known, what its text names is.
    is_vague: bool,
}

impl Code {
    /// Reads a whole workspace.
    pub(super) fn read(root: &Utf8Path) -> Self {
        let mut code = Self::default();
        code.look(root, DEPTH);
        code
    }

    fn look(&mut self, dir: &Utf8Path, depth: usize) {
        let entries = fs::entries(dir);
        self.is_partial |= entries.is_empty() && !access::enterable(dir);
        for (name, is_dir) in entries {
            let path = dir.join(&name);
            if name.starts_with('.') || is_dir && SKIPPED.contains(&name.as_str()) {
                continue;
            }
            if is_dir {
                // A link may lead to a folder around it.
                match depth.checked_sub(1).filter(|_| !fs::is_link(&path)) {
                    Some(depth) => self.look(&path, depth),
                    None => self.is_partial = true,
                }
                continue;
            }
            let end = path.extension().unwrap_or_default();
            let is_manifest = name == "package.json" || is_requirements(&name);
            let is_lock = name.contains("lock");
            let is_text = end == "py" || WEB.contains(&end) || OTHERS.contains(&end) || is_manifest;
            if is_text && !is_lock {
                self.files += 1;
                if self.files > MOST {
                    self.is_partial = true;
                    return;
                }
                match fs::read_text(&path) {
                    Ok(text) => self.take(&name, end, &text),
                    Err(error) => self.is_partial |= error.kind() != ErrorKind::NotFound,
                }
            }
        }
    }

    fn take(&mut self, name: &str, end: &str, text: &str) {
        let words = text.to_ascii_lowercase();
        if end == "py" {
            self.python.has_code |= !text.trim().is_empty();
            self.python.text.push_str(&words);
        } else if name == "package.json" {
            self.web.has_manifest = true;
            self.web.text.push_str(&words);
        } else if WEB.contains(&end) {
            self.web.has_code |= !text.trim().is_empty();
            self.web.text.push_str(&words);
        } else {
            self.others.push_str(&words);
        }
        let asked: Vec<String> = if name == "pyproject.toml" {
            self.python.has_manifest = true;
            let Ok(project) = manifest::pyproject(text) else {
                self.is_vague = true;
                return;
            };
            let extras = project.extras.into_values().flatten();
            let groups = project.groups.into_values().flatten();
            let all = project.dependencies.into_iter();
            all.chain(extras).chain(groups).collect()
        } else if is_requirements(name) {
            self.python.has_manifest = true;
            text.lines().map(str::to_owned).collect()
        } else {
            return;
        };
        let asked = asked.iter().filter_map(|it| Requirement::parse(it));
        self.packages.extend(asked.map(|it| it.name));
    }

    /// Whether a program of that kind may read a variable. Where the code is not known as a whole, it may.
    pub(super) fn may_read(&self, name: &str, runtime: Runtime) -> bool {
        let is_known = match runtime {
            Runtime::Python => self.python.is_known(),
            Runtime::Next => self.web.is_known(),
            Runtime::Shared => {
                let sides = [&self.python, &self.web];
                let is_open = |side: &&Side| side.has_code != side.has_manifest;
                !sides.iter().any(is_open) && sides.iter().any(|it| it.is_known())
            }
        };
        if self.is_partial || !is_known {
            return true;
        }
        let name = name.to_ascii_lowercase();
        // What pages see begins so, whatever it is of.
        let name = name.strip_prefix("next_public_").unwrap_or(&name);
        let first = name.split('_').next().unwrap_or_default();
        if !COMMON.contains(&first) {
            let texts = [&self.python.text, &self.web.text, &self.others];
            return texts.iter().any(|it| it.contains(first));
        }
        self.is_named(name, runtime)
    }

    /// Whether a side's code names a variable, or what its name is made from; the name as it stands in small letters.
    fn is_named(&self, name: &str, runtime: Runtime) -> bool {
        let first = name.split('_').next().unwrap_or_default();
        let own: &[&String] = match runtime {
            Runtime::Python => &[&self.python.text, &self.others],
            Runtime::Next => &[&self.web.text, &self.others],
            Runtime::Shared => &[&self.python.text, &self.web.text, &self.others],
        };
        let prefixes = ['"', '\''].map(|quote| format!("{quote}{first}_"));
        own.iter().any(|text| {
            text.contains(name)
                || prefixes.iter().any(|it| text.contains(it))
                || name.starts_with("database") && UNNAMED.iter().any(|it| text.contains(it))
                || text.contains("env_nested_delimiter") && text.contains(first)
        })
    }

    /// Whether a word, in small letters, stands in the code or the manifest of a web application, or may.
    pub(super) fn may_name_in_web(&self, word: &str) -> bool {
        self.is_partial || self.has_in_web(word)
    }

    /// Whether it certainly stands there.
    pub(super) fn has_in_web(&self, word: &str) -> bool {
        self.web.text.contains(word)
    }

    /// Whether the code of either side has a name as a word of its own, in whatever case.
    pub(super) fn names(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let is_part = |it: char| it.is_alphanumeric() || it == '_';
        [&self.python.text, &self.web.text].iter().any(|text| {
            let mut places = text.match_indices(name.as_str());
            places.any(|(at, _)| {
                let (before, behind) = (&text[..at], &text[at + name.len()..]);
                !before.ends_with(is_part) && !behind.starts_with(is_part)
            })
        })
    }

    /// Whether Python code takes texts apart at a mark other than commas; blanks are what it does so at unasked.
    pub(super) fn splits_at(&self, mark: char) -> bool {
        let text = &self.python.text;
        if mark == ' ' {
            return text.contains(".split()")
                || text.contains(".split(\" \")")
                || text.contains(".split(' ')");
        }
        ['"', '\'']
            .iter()
            .any(|quote| text.contains(&format!("{quote}{mark}{quote}")))
    }

    /// Whether all of the Python code was read.
    pub(super) fn knows_python(&self) -> bool {
        self.python.is_known() && !self.is_partial
    }

    /// Whether it is known that no code of that side names a variable.
    pub(super) fn leaves_out(&self, name: &str, runtime: Runtime) -> bool {
        let side = match runtime {
            Runtime::Next => &self.web,
            Runtime::Python | Runtime::Shared => &self.python,
        };
        let is_known = side.is_known() || !side.has_code && !side.has_manifest;
        is_known && !self.is_partial && !self.is_named(&name.to_ascii_lowercase(), runtime)
    }

    /// Whether it is known that the Python side has nothing to do with a package.
    pub(super) fn lacks_package(&self, name: &str) -> bool {
        self.python.is_known()
            && !self.is_partial
            && !self.is_vague
            && !self.packages.contains(&normal_name(name))
            && !self.python.text.contains(name)
    }

    /// Whether some manifest asks for the package of a driver, as `SQLAlchemy` calls it in a URL.
    pub(super) fn has_driver(&self, driver: &str) -> bool {
        let name = normal_name(driver.trim_end_matches("_async"));
        let binary = format!("{name}-");
        let mut packages = self.packages.iter();
        packages.any(|it| *it == name || it.starts_with(&binary))
    }
}

fn is_requirements(name: &str) -> bool {
    let end = Utf8Path::new(name).extension();
    name.starts_with("requirements") && matches!(end, Some("txt" | "in"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(files: &[(&str, &str)]) -> Code {
        let mut code = Code::default();
        for (name, text) in files {
            let end = Utf8Path::new(name).extension().unwrap_or_default();
            code.take(name, end, text);
        }
        code
    }

    #[test]
    fn what_no_code_names_is_read_by_none_where_all_of_it_is_known() {
        let project =
            "[project]\nname = \"x\"\nversion = \"1\"\ndependencies = [\"psycopg2-binary>=2\"]\n";
        let reads = "url = os.environ['DB_URL']";
        let plain = code(&[("pyproject.toml", project), ("main.py", reads)]);
        for name in ["DATABASE_URL", "SUPABASE_URL", "SUPABASE_ANON_KEY"] {
            assert!(!plain.may_read(name, Runtime::Python), "{name}");
            assert!(!plain.may_read(name, Runtime::Shared), "{name}");
            // Nothing is known of pages that are not there.
            assert!(plain.may_read(name, Runtime::Next), "{name}");
        }
        assert!(plain.lacks_package("asyncpg") && plain.has_driver("psycopg2"));
        assert!(!plain.has_driver("psycopg"));
        for reads in [
            "database_url: str",
            "env_prefix='DATABASE_'",
            "env.db()",
            "env_nested_delimiter='__'\ndatabase: Database",
        ] {
            let code = code(&[("pyproject.toml", project), ("main.py", reads)]);
            assert!(code.may_read("DATABASE_URL", Runtime::Python), "{reads}");
        }
        let client = code(&[
            ("pyproject.toml", project),
            ("main.py", "from supabase import create_client"),
        ]);
        assert!(client.may_read("SUPABASE_URL", Runtime::Shared));
        // A manifest without code, or code without one, is not all that there is.
        for files in [
            &[("pyproject.toml", project)][..],
            &[("main.py", reads)],
            &[
                ("pyproject.toml", project),
                ("main.py", reads),
                ("package.json", "{}"),
            ],
        ] {
            assert!(code(files).may_read("SUPABASE_URL", Runtime::Shared));
        }
    }
}
