//! The env files that a settings class names, also by a path that is computed from where its module lies.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use ruff_python_ast::{Expr, InterpolatedStringElement};

use super::constants::Constants;
use super::literal::text;

/// The env files of a class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EnvFiles {
    /// The class does not say it, and others may.
    #[default]
    Unsaid,
    /// None: the process environment is all that it reads.
    None,
    /// These, the last first.
    These(Vec<EnvFile>),
    /// They are computed in ways that cannot be followed.
    Computed,
}

impl EnvFiles {
    /// The files, where the code says which.
    #[must_use]
    pub fn known(&self) -> Option<&[EnvFile]> {
        match self {
            Self::These(files) => Some(files),
            _ => None,
        }
    }

    /// What `env_file=…` is.
    pub(super) fn read<'a>(value: &'a Expr, constants: &Constants<'a>) -> Self {
        let list = match constants.follow(value) {
            Expr::NoneLiteral(_) => return Self::None,
            Expr::List(list) => &list.elts,
            Expr::Tuple(tuple) => &tuple.elts,
            _ => std::slice::from_ref(value),
        };
        let files: Option<Vec<EnvFile>> =
            list.iter().map(|it| EnvFile::of(it, constants)).collect();
        files.map_or(Self::Computed, Self::These)
    }
}

/// A file by its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvFile {
    /// How many steps up from its module it begins; none where it begins in the folder that the program is
    /// started in.
    pub up: Option<usize>,
    /// The way from there.
    pub path: Utf8PathBuf,
}

impl EnvFile {
    /// The file that an expression names, where it can be followed.
    pub(super) fn of<'a>(value: &'a Expr, constants: &Constants<'a>) -> Option<Self> {
        path(value, constants, DEPTH)
    }

    /// The file relative to the workspace, where it is in there: `cwd` is where the program is started, and
    /// `module` the Python file.
    #[must_use]
    pub fn within(&self, cwd: &Utf8Path, module: &Utf8Path) -> Option<Utf8PathBuf> {
        let start = match self.up {
            None => cwd,
            Some(up) => module.ancestors().nth(up)?,
        };
        let mut way = Utf8PathBuf::new();
        for part in start.join(&self.path).components() {
            match part {
                Utf8Component::Normal(part) => way.push(part),
                Utf8Component::ParentDir => {
                    if !way.pop() {
                        return None;
                    }
                }
                Utf8Component::CurDir => {}
                Utf8Component::Prefix(_) | Utf8Component::RootDir => return None,
            }
        }
        Some(way)
    }

    fn parent(mut self) -> Option<Self> {
        if self.path.as_str().is_empty() {
            self.up = Some(self.up? + 1);
            return Some(self);
        }
        // Where `..` leads, only the file system knows.
        (self.path.file_name().is_some() && self.path.pop()).then_some(self)
    }

    fn join(mut self, more: &str) -> Self {
        self.path.push(more);
        self
    }
}

/// How deep an expression may be.
const DEPTH: usize = 24;

/// The path that an expression is.
fn path<'a>(value: &'a Expr, constants: &Constants<'a>, depth: usize) -> Option<EnvFile> {
    let depth = depth.checked_sub(1)?;
    let value = constants.follow(value);
    let of = |value: &'a Expr| path(value, constants, depth);
    if let Some(text) = text(value) {
        return Some(EnvFile {
            up: None,
            path: text.into(),
        });
    }
    match value {
        Expr::Name(name) if name.id.as_str() == "__file__" => Some(EnvFile {
            up: Some(0),
            path: Utf8PathBuf::new(),
        }),
        Expr::Attribute(attribute) if attribute.attr.as_str() == "parent" => {
            of(&attribute.value)?.parent()
        }
        Expr::Subscript(subscript) => {
            let parents = subscript.value.as_attribute_expr()?;
            let at = subscript.slice.as_number_literal_expr()?.value.as_int()?;
            let first = (parents.attr.as_str() == "parents").then(|| of(&parents.value))??;
            (0..=at.as_usize()?).try_fold(first, |path, _| path.parent())
        }
        Expr::BinOp(both) if both.op == ruff_python_ast::Operator::Div => {
            Some(of(&both.left)?.join(&constants.text(&both.right)?))
        }
        // f"{BASE_DIR}/.env"
        Expr::FString(written) => {
            let mut elements = written.value.elements();
            let (first, rest) = (elements.next()?, elements.next()?);
            let (InterpolatedStringElement::Interpolation(first), None) = (first, elements.next())
            else {
                return None;
            };
            let rest = rest.as_literal()?.value.strip_prefix('/')?;
            Some(of(&first.expression)?.join(rest))
        }
        Expr::Call(call) => {
            let args = call.arguments.args.as_ref();
            match (super::callee(call), call.func.as_ref()) {
                ("cwd", Expr::Attribute(_)) if args.is_empty() => Some(EnvFile {
                    up: None,
                    path: Utf8PathBuf::new(),
                }),
                ("dirname", _) => of(args.first()?)?.parent(),
                ("abspath" | "realpath" | "normpath" | "str" | "fspath", _) => of(args.first()?),
                ("resolve" | "absolute" | "as_posix", Expr::Attribute(of_path)) => {
                    of(&of_path.value)
                }
                ("joinpath", Expr::Attribute(of_path)) => {
                    joined(of(&of_path.value)?, args, constants)
                }
                ("Path" | "PurePath" | "join", _) => {
                    let (first, rest) = args.split_first()?;
                    joined(of(first)?, rest, constants)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn joined<'a>(first: EnvFile, rest: &'a [Expr], constants: &Constants<'a>) -> Option<EnvFile> {
    rest.iter()
        .try_fold(first, |path, part| Some(path.join(&constants.text(part)?)))
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn a_path_that_begins_at_the_module_is_followed() {
        let within = |before: &str, file: &str| {
            let text = format!(
                "{before}\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_file={file})\n    url: str\n"
            );
            let field = read(&text).fields.remove(0);
            let [file] = field.files.known()? else {
                panic!("{file}");
            };
            let module = Utf8Path::new("backend/core/settings.py");
            Some(file.within("api".into(), module)?.into_string())
        };
        let base = "BASE = Path(__file__).resolve().parent.parent";
        let dir = "import os\nBASE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))";
        for (before, file, path) in [
            ("", "'.env'", "api/.env"),
            ("", "'./.env'", "api/.env"),
            ("", "'../.env'", ".env"),
            ("", "Path('.env')", "api/.env"),
            ("", "Path.cwd() / '.env'", "api/.env"),
            ("", "Path(__file__).parent.parent.parent / '.env'", ".env"),
            (
                "",
                "pathlib.Path(__file__).parents[1] / '.env'",
                "backend/.env",
            ),
            (
                "",
                "str(Path(__file__).parent / '..' / '.env')",
                "backend/.env",
            ),
            ("", "Path(__file__).with_name('x').parent", ""),
            (
                "",
                "os.path.join(os.path.dirname(__file__), '..', '.env')",
                "backend/.env",
            ),
            (base, "BASE / '.env'", "backend/.env"),
            (base, "BASE.joinpath('x', '.env')", "backend/x/.env"),
            (base, "f'{BASE}/.env'", "backend/.env"),
            (dir, "os.path.join(BASE, '.env')", "backend/.env"),
        ] {
            let path = (!path.is_empty()).then(|| path.to_owned());
            assert_eq!(within(before, file), path, "{before} {file}");
        }
        // It lies elsewhere.
        for file in [
            "'/etc/app.env'",
            "'../../.env'",
            "Path(__file__).parents[3] / '.env'",
        ] {
            assert_eq!(within("", file), None, "{file}");
        }
    }
}
