//! The modules that are loaded as soon as a module is.

use ruff_python_ast::Stmt;

/// Their names; what stands in functions, or under a condition, is left for later.
pub(super) fn of(body: &[Stmt]) -> Vec<String> {
    let mut found = Vec::new();
    for statement in body {
        match statement {
            Stmt::Import(import) => {
                found.extend(import.names.iter().map(|alias| alias.name.to_string()));
            }
            Stmt::ImportFrom(import) => {
                let level = usize::try_from(import.level).unwrap_or_default();
                let from = import.module.as_ref().map_or("", |it| it.as_str());
                let start = format!("{}{from}", ".".repeat(level));
                let point = if from.is_empty() { "" } else { "." };
                let inner = import.names.iter();
                found.extend(inner.map(|alias| format!("{start}{point}{}", alias.name)));
                found.push(start);
            }
            Stmt::Try(block) => found.extend(of(&block.body)),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::loaded;

    #[test]
    fn what_a_module_imports_is_loaded_with_it() {
        let text = "import a.b, c\nfrom d.e import f\nfrom . import g\nfrom ..h import i\ntry:\n    import j\nexcept ImportError:\n    import k\nif TYPE_CHECKING:\n    import l\ndef m():\n    import n\n";
        let names = ["a.b", "c", "d.e.f", "d.e", ".g", ".", "..h.i", "..h", "j"];
        assert_eq!(loaded(text), names);
    }
}
