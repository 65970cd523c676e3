//! Where a module makes settings: `Settings()`, `Field(default_factory=Settings)`.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{ExceptHandler, Expr, ExprCall, Stmt, StmtTry, StmtWith};

/// One place where settings are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The class.
    pub class: String,
    /// The fields that it is handed; nothing where that is not known.
    pub given: Option<Vec<String>>,
    /// When they are made.
    pub when: When,
}

/// When settings are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// As soon as the module is loaded.
    Loaded,
    /// Where a function is called that does nothing else but return them.
    Asked,
    /// Somewhere in a function.
    Later,
    /// With an object of that class, as what a field has that nobody sets.
    With(String),
    /// Where a table of classes is asked for those of development.
    Chosen,
}

/// What tables of classes call development.
const DEVELOPMENT: &[&str] = &["development", "dev", "local"];

/// The places where a module makes settings of these classes.
pub(super) fn of(body: &[Stmt], classes: &[&str]) -> Vec<Made> {
    let mut places = Places {
        classes,
        class: None,
        functions: 0,
        caught: 0,
        found: Vec::new(),
    };
    for statement in body {
        places.visit_stmt(statement);
    }
    places.found
}

struct Places<'n> {
    classes: &'n [&'n str],
    /// The class whose body is looked at.
    class: Option<String>,
    /// In how many functions.
    functions: usize,
    /// In how many places where a failure stops nobody.
    caught: usize,
    found: Vec<Made>,
}

impl Places<'_> {
    /// The class that an expression names.
    fn named(&self, value: &Expr) -> Option<String> {
        let name = match value {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return None,
        };
        self.classes.contains(&name).then(|| name.to_owned())
    }

    fn add(&mut self, class: String, given: Option<Vec<String>>, when: When) {
        self.found.push(Made { class, given, when });
    }

    /// Looks at what need not be made, or may fail.
    fn caught(&mut self, look: impl FnOnce(&mut Self)) {
        self.functions += 1;
        self.caught += 1;
        look(self);
        self.caught -= 1;
        self.functions -= 1;
    }

    fn call(&mut self, call: &ExprCall, when: When) {
        if let Some(class) = self.named(&call.func) {
            self.add(class, given(call), when);
        }
    }
}

/// Whether the module goes on where its settings cannot be made in there.
fn catches(tried: &StmtTry) -> bool {
    const OTHERS: [&str; 2] = ["ImportError", "ModuleNotFoundError"];
    tried.handlers.iter().any(|handler| {
        let ExceptHandler::ExceptHandler(handler) = handler;
        let is_other = handler.type_.as_deref().and_then(last_name);
        let ends = match handler.body.last() {
            Some(Stmt::Raise(_)) => true,
            Some(Stmt::Expr(last)) => match last.value.as_ref() {
                Expr::Call(call) => matches!(last_name(&call.func), Some("exit" | "_exit")),
                _ => false,
            },
            _ => false,
        };
        !ends && !is_other.is_some_and(|name| OTHERS.contains(&name))
    })
}

/// Whether it is `with suppress(...)`.
fn suppresses(with: &StmtWith) -> bool {
    with.items.iter().any(|item| match &item.context_expr {
        Expr::Call(call) => last_name(&call.func) == Some("suppress"),
        _ => false,
    })
}

/// `b` of `b` and of `a.b`.
fn last_name(value: &Expr) -> Option<&str> {
    match value {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// The fields that a call names, where it names all that it hands over.
fn given(call: &ExprCall) -> Option<Vec<String>> {
    let keywords = call.arguments.keywords.iter();
    let names: Option<Vec<String>> = keywords
        .map(|it| it.arg.as_ref().map(ToString::to_string))
        .collect();
    // What begins so is no field, and changes where values come from.
    let is_own = |name: &String| name.starts_with('_');
    names.filter(|names| call.arguments.args.is_empty() && !names.iter().any(is_own))
}

impl<'a> Visitor<'a> for Places<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                // A module's own `__getattr__` is asked for a name that it lacks, if ever.
                let is_lazy = function.name.as_str() == "__getattr__"
                    && self.functions == 0
                    && self.class.is_none();
                let class = self.class.take();
                let caught = std::mem::replace(&mut self.caught, usize::from(is_lazy));
                self.functions += 1;
                function.body.iter().for_each(|it| self.visit_stmt(it));
                self.functions -= 1;
                self.caught = caught;
                self.class = class;
            }
            Stmt::ClassDef(class) => {
                let outer = self.class.replace(class.name.to_string());
                class.body.iter().for_each(|it| self.visit_stmt(it));
                self.class = outer;
            }
            Stmt::Return(returned) => match returned.value.as_deref() {
                Some(Expr::Call(call)) if self.caught == 0 && self.named(&call.func).is_some() => {
                    self.call(call, When::Asked);
                    call.arguments
                        .keywords
                        .iter()
                        .for_each(|it| self.visit_expr(&it.value));
                }
                _ => walk_stmt(self, statement),
            },
            // What stands under a condition is not made for certain.
            Stmt::If(_) => {
                self.functions += 1;
                walk_stmt(self, statement);
                self.functions -= 1;
            }
            Stmt::Try(tried) if catches(tried) => {
                self.caught(|places| {
                    tried.body.iter().for_each(|it| places.visit_stmt(it));
                    let handlers = tried.handlers.iter();
                    handlers.for_each(|it| places.visit_except_handler(it));
                    tried.orelse.iter().for_each(|it| places.visit_stmt(it));
                });
                tried.finalbody.iter().for_each(|it| self.visit_stmt(it));
            }
            Stmt::With(with) if suppresses(with) => {
                self.caught(|places| walk_stmt(places, statement));
            }
            other => walk_stmt(self, other),
        }
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_expr(&mut self, value: &'a Expr) {
        match value {
            Expr::Lambda(_) => {
                self.functions += 1;
                walk_expr(self, value);
                self.functions -= 1;
                return;
            }
            Expr::Call(call) => {
                let when = if self.functions > 0 {
                    When::Later
                } else {
                    When::Loaded
                };
                self.call(call, when);
                let keywords = call.arguments.keywords.iter();
                let mut factories =
                    keywords.filter(|it| it.arg.as_ref().is_some_and(|it| it == "default_factory"));
                let made = factories.find_map(|it| self.named(&it.value));
                if let (Some(class), Some(of)) = (made, self.class.clone()) {
                    self.add(class, Some(Vec::new()), When::With(of));
                }
            }
            Expr::Dict(table) => {
                for item in &table.items {
                    let key = item.key.as_ref().and_then(super::literal::text);
                    let is_it = key.is_some_and(|it| DEVELOPMENT.contains(&it.as_str()));
                    if let Some(class) = self.named(&item.value).filter(|_| is_it) {
                        self.add(class, Some(Vec::new()), When::Chosen);
                    }
                }
            }
            _ => {}
        }
        walk_expr(self, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::made;
    use super::*;

    #[test]
    fn a_place_is_told_with_what_is_handed_over() {
        let told = |text: &str| {
            let found = made(text, &["S"]).into_iter();
            found.map(|it| (it.when, it.given)).collect::<Vec<_>>()
        };
        let none = || Some(Vec::new());
        let key = || Some(vec!["key".to_owned()]);
        for (text, when, given) in [
            ("settings = S()", When::Loaded, none()),
            ("settings = a.S(key='x')", When::Loaded, key()),
            ("settings = S(**given)", When::Loaded, None),
            ("settings = S(_env_file=None)", When::Loaded, None),
            ("def f():\n    return S()", When::Asked, none()),
            ("def f():\n    return S(key=1).key", When::Later, key()),
            ("if x:\n    settings = S()", When::Later, none()),
            ("f = lambda: S()", When::Later, none()),
            // Where a failure stops nobody.
            (
                "try:\n    s = S()\nexcept Exception:\n    s = None",
                When::Later,
                none(),
            ),
            (
                "with contextlib.suppress(ValueError):\n    s = S()",
                When::Later,
                none(),
            ),
            (
                "def __getattr__(name):\n    return S()",
                When::Later,
                none(),
            ),
            (
                "def f():\n    try:\n        return S()\n    except ValueError:\n        return None",
                When::Later,
                none(),
            ),
            // Where it still stops the service.
            (
                "try:\n    s = S()\nexcept ValueError:\n    sys.exit(1)",
                When::Loaded,
                none(),
            ),
            (
                "try:\n    s = S()\nexcept ImportError:\n    pass",
                When::Loaded,
                none(),
            ),
            (
                "try:\n    s = S()\nfinally:\n    pass",
                When::Loaded,
                none(),
            ),
            ("with lock:\n    s = S()", When::Loaded, none()),
            (
                "class T(B):\n    s: S = Field(default_factory=S)",
                When::With("T".to_owned()),
                none(),
            ),
            ("class T(B):\n    s: S = S()", When::Loaded, none()),
            (
                "def f():\n    return {'development': S, 'test': T}[x]()",
                When::Chosen,
                none(),
            ),
        ] {
            assert_eq!(told(text), [(when, given)], "{text}");
        }
        for text in ["class T(S): ...", "{'test': S}", "x: S", "T()"] {
            assert_eq!(told(text), [], "{text}");
        }
    }
}
