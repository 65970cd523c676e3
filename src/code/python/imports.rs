//! What a module imports as soon as it is loaded, and why it cannot be loaded at all.

use ruff_python_ast::{Stmt, StmtImport, StmtImportFrom};

use crate::text::Span;

use super::parse;

/// A statement that imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// How many dots stand before the module.
    pub level: usize,
    /// The module, which is empty in `from . import x`.
    pub module: String,
    /// What is taken from it; nothing in `import a.b`.
    pub names: Vec<String>,
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

/// What a module is as Python loads it.
#[must_use]
pub fn loading(text: &str) -> Loading {
    let parsed = parse(text);
    let mut loading = Loading {
        mistake: parsed.errors().first().map(|error| {
            let span = Span::new(
                error.location.start().to_usize(),
                error.location.end().to_usize(),
            );
            (error.error.to_string(), span)
        }),
        ..Loading::default()
    };
    if let Some(module) = parsed.syntax().as_module() {
        collect(&module.body, &mut loading.imports);
    }
    loading
}

fn collect(body: &[Stmt], found: &mut Vec<Import>) {
    for statement in body {
        match statement {
            Stmt::Import(StmtImport { names, .. }) => {
                found.extend(names.iter().map(|alias| Import {
                    level: 0,
                    module: alias.name.to_string(),
                    names: Vec::new(),
                }));
            }
            Stmt::ImportFrom(StmtImportFrom {
                module,
                names,
                level,
                ..
            }) => found.push(Import {
                level: usize::try_from(*level).unwrap_or(usize::MAX),
                module: module.as_ref().map(ToString::to_string).unwrap_or_default(),
                names: names.iter().map(|alias| alias.name.to_string()).collect(),
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
        let loading = loading(text);
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
            let (_, span) = loading(text).mistake?;
            Some(text.get(..span.start)?.lines().count().max(1))
        };
        assert_eq!(line("x = 1\n"), None);
        assert!(line("x = 1\ndef f(:\n    pass\n").is_some_and(|it| it >= 2));
        // What nests too deep is no matter of this.
        assert_eq!(line(&format!("x = {}", "(".repeat(5000))), None);
    }
}
