//! The env files that a module loads into the environment of its process: `load_dotenv()` of python-dotenv.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

use super::constants::Constants;
use super::env_file::EnvFile;

/// A file that a module loads. What is set already stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Offset of the statement in the text.
    pub offset: usize,
    /// The file.
    pub file: Loaded,
}

/// Which file that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loaded {
    /// The nearest `.env`, in the folder of the module or one above.
    Nearest,
    /// The one that is named.
    Named(EnvFile),
}

/// Those that a module loads at its top level, in their order. None where any of its calls is not understood: what a
/// file loads first counts.
pub(super) fn of(body: &[Stmt]) -> Vec<Load> {
    let constants = Constants::of(body);
    let own = body.iter().filter_map(|statement| {
        let call = statement.as_expr_stmt()?.value.as_call_expr()?;
        is_load(call).then_some((statement, call))
    });
    let all: Option<Vec<Load>> = own
        .map(|(statement, call)| {
            Some(Load {
                offset: statement.range().start().to_usize(),
                file: file(call, &constants)?,
            })
        })
        .collect();
    let mut calls = Calls(0);
    calls.visit_body(body);
    all.filter(|all| all.len() == calls.0).unwrap_or_default()
}

/// The file that a call loads, where that is understood.
fn file<'a>(call: &'a ExprCall, constants: &Constants<'a>) -> Option<Loaded> {
    let named = call.arguments.keywords.iter();
    let is_off = |value: &Expr| {
        let literal = value.as_boolean_literal_expr();
        literal.is_some_and(|it| !it.value)
    };
    let mut given = call.arguments.args.first();
    for keyword in named {
        match keyword.arg.as_ref()?.as_str() {
            "dotenv_path" => given = Some(&keyword.value),
            // What is set before is replaced, or no file is read at all.
            "override" if !is_off(&keyword.value) => return None,
            "stream" => return None,
            _ => {}
        }
    }
    if call.arguments.args.len() > 1 {
        return None;
    }
    match given {
        None | Some(Expr::NoneLiteral(_)) => Some(Loaded::Nearest),
        Some(Expr::Call(call)) if is_named(&call.func, "find_dotenv") => {
            call.arguments.is_empty().then_some(Loaded::Nearest)
        }
        Some(path) => EnvFile::of(path, constants).map(Loaded::Named),
    }
}

fn is_load(call: &ExprCall) -> bool {
    is_named(&call.func, "load_dotenv")
}

fn is_named(function: &Expr, name: &str) -> bool {
    match function {
        Expr::Name(own) => own.id.as_str() == name,
        Expr::Attribute(own) => own.attr.as_str() == name,
        _ => false,
    }
}

/// Counts the calls wherever they stand.
struct Calls(usize);

impl<'a> Visitor<'a> for Calls {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if expr.as_call_expr().is_some_and(is_load) {
            self.0 += 1;
        }
        walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::Loaded;
    use crate::code::python::read;

    #[test]
    fn the_files_that_a_module_loads_are_known() {
        let told = |text: &str| {
            let loads = read(text).loads.into_iter();
            let files = loads.map(|it| match it.file {
                Loaded::Named(file) => format!("{:?} {}", file.up, file.path),
                Loaded::Nearest => "nearest".to_owned(),
            });
            files.collect::<Vec<_>>().join(", ")
        };
        for (text, files) in [
            ("load_dotenv()", "nearest"),
            ("dotenv.load_dotenv(find_dotenv())", "nearest"),
            ("load_dotenv(verbose=True, override=False)", "nearest"),
            (
                "load_dotenv('a/.env')\nload_dotenv(dotenv_path='b')",
                "None a/.env, None b",
            ),
            (
                "load_dotenv(Path(__file__).parent.parent / '.env')",
                "Some(2) .env",
            ),
            ("load_dotenv(override=True)", ""),
            ("load_dotenv(stream=f)", ""),
            ("load_dotenv(where())", ""),
            ("load_dotenv()\nif x:\n    load_dotenv('a')", ""),
            ("def f():\n    load_dotenv()", ""),
        ] {
            assert_eq!(told(text), files, "{text}");
        }
    }
}
