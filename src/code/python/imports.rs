//! What a module imports as soon as it is loaded, and why it cannot be loaded at all.

use ruff_python_ast::{PythonVersion, Stmt, StmtImport, StmtImportFrom};
use ruff_text_size::TextRange;

use crate::text::Span;

use super::parse::parse_for;
use super::{compiled, parse};

/// A statement that imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// How many dots stand before the module.
    pub level: usize,
    /// The module, which is empty in `from . import x`.
    pub module: String,
    /// What is taken from it; nothing in `import a.b`.
    pub names: Vec<String>,
    /// The statement.
    pub at: Span,
}

impl Import {
    /// The modules that it may load, by their names: `a.b` and `a.b.c` for `from a.b import c`. Those that begin with
    /// dots are seen from where it stands.
    #[must_use]
    pub fn modules(&self) -> Vec<String> {
        let start = format!("{}{}", ".".repeat(self.level), self.module);
        let point = if self.module.is_empty() { "" } else { "." };
        let inner = self.names.iter();
        let inner = inner.map(|name| format!("{start}{point}{name}"));
        inner.chain([start.clone()]).collect()
    }
}

/// What a module is as Python loads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loading {
    /// Its imports, as far as no condition decides about them.
    pub imports: Vec<Import>,
    /// The first mistake for which Python loads nothing of it, in words, and where.
    pub mistake: Option<(String, Span)>,
}

/// A version of Python: its first two numbers.
pub type Version = (u8, u8);

/// What a module is as Python loads it; `python` is the version that does, where that is known.
#[must_use]
pub fn loading(text: &str, python: Option<Version>) -> Loading {
    let parsed = match python {
        Some((major, minor)) => parse_for(text, PythonVersion { major, minor }),
        None => parse(text),
    };
    let mut loading = Loading::default();
    let Some(module) = parsed.syntax().as_module() else {
        return loading;
    };
    collect(&module.body, &mut loading.imports);
    let of_grammar = parsed.errors().first();
    let of_grammar = of_grammar.map(|it| (it.error.to_string(), it.location));
    // What this version takes is known where it is.
    let newer = parsed.unsupported_syntax_errors().first();
    let newer = newer.filter(|_| python.is_some());
    let newer = || newer.map(|it| (it.to_string(), it.range));
    let mistake = of_grammar.or_else(newer);
    let mistake = mistake.or_else(|| compiled::mistake(&module.body));
    loading.mistake = mistake.map(|(words, at)| (words, spanned(at)));
    loading
}

fn spanned(range: TextRange) -> Span {
    Span::new(range.start().to_usize(), range.end().to_usize())
}

fn collect(body: &[Stmt], found: &mut Vec<Import>) {
    for statement in body {
        match statement {
            Stmt::Import(StmtImport { names, range, .. }) => {
                found.extend(names.iter().map(|alias| Import {
                    level: 0,
                    module: alias.name.to_string(),
                    names: Vec::new(),
                    at: spanned(*range),
                }));
            }
            Stmt::ImportFrom(StmtImportFrom {
                module,
                names,
                level,
                range,
                ..
            }) => found.push(Import {
                level: usize::try_from(*level).unwrap_or(usize::MAX),
                module: module.as_ref().map(ToString::to_string).unwrap_or_default(),
                names: names.iter().map(|alias| alias.name.to_string()).collect(),
                at: spanned(*range),
            }),
            Stmt::With(block) => collect(&block.body, found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_imported_whatever_happens() {
        let text = "import os, a.b\nfrom ..c import d, e as f\nif x:\n    import g\ntry:\n    import h\nexcept ImportError:\n    pass\ndef i():\n    import j\nfrom . import k\n";
        let loading = loading(text, None);
        let told: Vec<String> = loading
            .imports
            .iter()
            .map(|it| format!("{} {} {}", it.level, it.module, it.names.join(",")))
            .collect();
        assert_eq!(told, ["0 os ", "0 a.b ", "2 c d,e", "1  k"]);
        assert_eq!(loading.mistake, None);
        let modules = loading.imports.iter().flat_map(Import::modules);
        let modules: Vec<String> = modules.collect();
        let names = ["os", "a.b", "..c.d", "..c.e", "..c", ".k", "."];
        assert_eq!(modules, names);
    }

    #[test]
    fn the_first_mistake_is_told() {
        let line = |text: &str| {
            let (_, span) = loading(text, None).mistake?;
            Some(text.get(..span.start)?.lines().count().max(1))
        };
        assert_eq!(line("x = 1\n"), None);
        assert!(line("x = 1\ndef f(:\n    pass\n").is_some_and(|it| it >= 2));
        // One of another version may read it.
        let newer = "type A = int\n";
        assert!(loading(newer, Some((3, 11))).mistake.is_some());
        assert_eq!(loading(newer, Some((3, 12))).mistake, None);
        assert_eq!(line(newer), None);
        assert_eq!(line("x = 1\nreturn x\n"), Some(1));
        // What nests too deep is no matter of this.
        assert_eq!(line(&format!("x = {}", "(".repeat(5000))), None);
    }
}
