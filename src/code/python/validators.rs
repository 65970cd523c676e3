//! Where the validators of a settings class change what they look at.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprLambda, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::config::Around;

/// Where one of these classes, of which the others are made, may give a field another value than it was read: the
/// offset of the validator.
pub(super) fn change(classes: &[&StmtClassDef], field: &str) -> Option<usize> {
    let bodies = classes.iter().flat_map(|class| &class.body);
    let mut functions = bodies.filter_map(Stmt::as_function_def_stmt);
    let found = functions.find(|function| {
        let mut decorators = function.decorator_list.iter();
        decorators.any(|decorator| changes(function, &decorator.expression, field))
    })?;
    Some(found.name.start().to_usize())
}

/// The same of what stands beside a type: `Annotated[str, AfterValidator(f)]`.
pub(super) fn beside<'a>(
    marks: impl Iterator<Item = &'a Expr>,
    around: &Around<'a>,
) -> Option<usize> {
    const KNOWN: &[&str] = &[
        "AfterValidator",
        "BeforeValidator",
        "PlainValidator",
        "WrapValidator",
    ];
    let mut calls = marks.filter_map(Expr::as_call_expr);
    calls.find_map(|call| {
        let own = call.arguments.args.first();
        let own = own.or_else(|| super::literal::argument_of(call, "func"));
        let own = own.filter(|_| KNOWN.contains(&super::callee(call)))?;
        let place = own.start().to_usize();
        match around.constants.follow(own) {
            Expr::Lambda(lambda) => (!echoes(lambda)).then_some(place),
            // Blanks around it are none of a URL.
            Expr::Attribute(method) => {
                let is_trim = matches!(method.attr.as_str(), "strip" | "lstrip" | "rstrip");
                (!is_trim).then_some(place)
            }
            Expr::Name(name) => {
                let mut functions = around.functions.iter();
                match functions.find(|it| it.name.as_str() == name.id.as_str()) {
                    Some(known) => (!hands_on(known)).then(|| known.name.start().to_usize()),
                    None => (name.id != "str").then_some(place),
                }
            }
            _ => Some(place),
        }
    })
}

/// Whether it gives back what it is given.
fn echoes(lambda: &ExprLambda) -> bool {
    let parameters = lambda.parameters.iter().flat_map(|it| &it.args);
    let first = parameters.map(|it| it.parameter.name.as_str()).next();
    let Some(value) = first else {
        return false;
    };
    let returns = Returns {
        value,
        handler: None,
        count: 0,
        others: 0,
    };
    returns.is_value(&lambda.body)
}

fn changes(function: &StmtFunctionDef, decorator: &Expr, field: &str) -> bool {
    let (name, arguments) = match decorator {
        Expr::Call(call) => (super::callee(call), &*call.arguments.args),
        Expr::Name(name) => (name.id.as_str(), [].as_slice()),
        Expr::Attribute(attribute) => (attribute.attr.as_str(), [].as_slice()),
        _ => return false,
    };
    match name {
        "field_validator" | "validator" => {
            let mut fields = arguments.iter().filter_map(text);
            fields.any(|it| it == field || it == "*") && !hands_on(function)
        }
        "model_validator" | "root_validator" => {
            let mut writes = Writes {
                field,
                found: false,
            };
            writes.visit_body(&function.body);
            writes.found
        }
        _ => false,
    }
}

fn text(value: &Expr) -> Option<&str> {
    Some(value.as_string_literal_expr()?.value.to_str())
}

/// Whether a function gives back the very value that it was given, and so only looks at it.
fn hands_on(function: &StmtFunctionDef) -> bool {
    let parameters = &function.parameters;
    let all = parameters.posonlyargs.iter().chain(&parameters.args);
    let mut names = all
        .map(|it| it.parameter.name.as_str())
        .filter(|name| !matches!(*name, "cls" | "self"));
    let Some(value) = names.next() else {
        return false;
    };
    let mut returns = Returns {
        value,
        handler: names.next(),
        count: 0,
        others: 0,
    };
    returns.visit_body(&function.body);
    returns.count > 0 && returns.others == 0
}

/// What a function gives back, its own functions aside.
struct Returns<'a> {
    value: &'a str,
    /// What a validator around others hands its value to.
    handler: Option<&'a str>,
    count: usize,
    /// Those that give back something else, and assignments to the value's name.
    others: usize,
}

impl Returns<'_> {
    fn is_value(&self, expression: &Expr) -> bool {
        match expression {
            Expr::Name(name) => name.id.as_str() == self.value,
            Expr::Call(call) => match (&*call.func, &*call.arguments.args) {
                // Blanks around it are none of a URL.
                (Expr::Attribute(method), []) => {
                    let is_trim = matches!(method.attr.as_str(), "strip" | "lstrip" | "rstrip");
                    is_trim && self.is_value(&method.value)
                }
                (Expr::Name(name), [only]) => {
                    let is_same = name.id == "str" || Some(name.id.as_str()) == self.handler;
                    is_same && self.is_value(only)
                }
                _ => false,
            },
            _ => false,
        }
    }
}

impl<'a> Visitor<'a> for Returns<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let is_it = |target: &Expr| {
            let name = target.as_name_expr();
            name.is_some_and(|name| name.id.as_str() == self.value)
        };
        match statement {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            Stmt::Return(given) => {
                self.count += 1;
                let is_value = given.value.as_ref().is_some_and(|it| self.is_value(it));
                self.others += usize::from(!is_value);
            }
            Stmt::Assign(assign) => {
                let changes = assign.targets.iter().any(is_it) && !self.is_value(&assign.value);
                self.others += usize::from(changes);
            }
            Stmt::AugAssign(assign) => self.others += usize::from(is_it(&assign.target)),
            _ => {}
        }
        walk_stmt(self, statement);
    }

    // What is named within an expression changes nothing.
    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// Whether a field is written somewhere: as an attribute, under its name in a table, or by a call.
struct Writes<'a> {
    field: &'a str,
    found: bool,
}

impl Writes<'_> {
    fn is_target(&self, target: &Expr) -> bool {
        match target {
            Expr::Attribute(attribute) => attribute.attr.as_str() == self.field,
            Expr::Subscript(subscript) => text(&subscript.slice) == Some(self.field),
            Expr::Tuple(tuple) => tuple.elts.iter().any(|it| self.is_target(it)),
            _ => false,
        }
    }
}

impl<'a> Visitor<'a> for Writes<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        self.found |= match statement {
            Stmt::Assign(assign) => assign.targets.iter().any(|it| self.is_target(it)),
            Stmt::AugAssign(assign) => self.is_target(&assign.target),
            Stmt::AnnAssign(assign) => self.is_target(&assign.target),
            _ => false,
        };
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, value: &'a Expr) {
        self.found |= match value {
            Expr::Dict(dict) => {
                let mut keys = dict.items.iter().filter_map(|item| item.key.as_ref());
                keys.any(|key| text(key) == Some(self.field))
            }
            Expr::Call(call) => {
                let writes = matches!(
                    super::callee(call),
                    "setattr" | "__setattr__" | "setdefault" | "pop"
                );
                let mut names = call.arguments.args.iter().filter_map(text);
                let mut keywords = call.arguments.keywords.iter();
                (writes && names.any(|name| name == self.field))
                    || keywords.any(|it| it.arg.as_ref().is_some_and(|arg| arg == self.field))
            }
            _ => false,
        };
        walk_expr(self, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;

    fn changed(functions: &str) -> bool {
        let text = format!(
            "class S(BaseSettings):\n    url: str = 'a'\n    other: str = 'b'\n{functions}"
        );
        let fields = read(&text).fields;
        assert_eq!(fields[1].changed_at, None, "{text}");
        fields[0].changed_at.is_some()
    }

    #[test]
    fn a_validator_beside_the_type_counts_too() {
        let at = |before: &str, kind: &str| {
            let text = format!("{before}\nclass S(BaseSettings):\n    url: {kind} = 'a'\n");
            let at = read(&text).fields[0].changed_at?;
            Some(text[at..].split(['(', ')', ']']).next()?.to_owned())
        };
        let marked = |mark: &str| format!("Annotated[str, {mark}]");
        let other = "def f(v):\n    return v.replace('2', '5')\n";
        let same = "def f(v: str) -> str:\n    if not v:\n        raise ValueError\n    return v\n";
        let told = |name: &str| Some(name.to_owned());
        assert_eq!(at(other, &marked("AfterValidator(f)")), told("f"));
        assert_eq!(
            at(other, &marked("pydantic.BeforeValidator(func=f)")),
            told("f")
        );
        let optional = format!("Optional[{}]", marked("AfterValidator(f)"));
        assert_eq!(at(other, &optional), told("f"));
        let either = format!("{} | None", marked("AfterValidator(f)"));
        assert_eq!(at(other, &either), told("f"));
        let alias = format!("{other}Url = {}\n", marked("AfterValidator(f)"));
        assert_eq!(at(&alias, "Url"), told("f"));
        assert!(at("", &marked("AfterValidator(lambda v: v + '/5')")).is_some());
        // What is imported may do anything.
        assert!(at("from m import f", &marked("PlainValidator(f)")).is_some());
        for (before, mark) in [
            (same, "AfterValidator(f)"),
            (other, "Field(description=f)"),
            ("", "AfterValidator(str.strip)"),
            ("", "BeforeValidator(str)"),
            ("", "AfterValidator(lambda v: v.strip())"),
            (
                "def f(v, handler):\n    return handler(v)\n",
                "WrapValidator(f)",
            ),
        ] {
            assert_eq!(at(before, &marked(mark)), None, "{before} {mark}");
        }
    }

    #[test]
    fn a_validator_that_only_looks_changes_nothing() {
        for (function, is_changed) in [
            (
                "@field_validator('url')\n@classmethod\ndef f(cls, v):\n    if not v:\n        raise ValueError(v)\n    return v",
                false,
            ),
            (
                "@validator('url', pre=True)\ndef f(cls, value, values):\n    return value",
                false,
            ),
            (
                "@field_validator('url', mode='wrap')\n@classmethod\ndef f(cls, v, handler):\n    return handler(v)",
                false,
            ),
            (
                "@field_validator('url')\n@classmethod\ndef f(cls, v):\n    v = v.strip()\n    return v",
                false,
            ),
            (
                "@field_validator('url')\n@classmethod\ndef f(cls, v):\n    return str(v).rstrip()",
                false,
            ),
            (
                "@field_validator('url')\n@classmethod\ndef f(cls, v):\n    return v.rstrip('2')",
                true,
            ),
            (
                "@field_validator('url')\n@classmethod\ndef f(cls, v):\n    return v.replace('2', '5')",
                true,
            ),
            (
                "@field_validator('url', mode='before')\n@classmethod\ndef f(cls, v):\n    v = 'x'\n    return v",
                true,
            ),
            (
                "@field_validator('url')\n@classmethod\ndef f(cls, v):\n    if v:\n        return v\n    return 'x'",
                true,
            ),
            (
                "@field_validator('third')\n@classmethod\ndef f(cls, v):\n    return 'x'",
                false,
            ),
            (
                "@model_validator(mode='after')\ndef f(self):\n    if self.url == self.other:\n        raise ValueError(self.url)\n    return self",
                false,
            ),
            (
                "@model_validator(mode='after')\ndef f(self):\n    self.url = 'x'\n    return self",
                true,
            ),
            (
                "@model_validator(mode='before')\n@classmethod\ndef f(cls, data):\n    data['url'] = 'x'\n    return data",
                true,
            ),
            (
                "@model_validator(mode='before')\n@classmethod\ndef f(cls, data):\n    return {**data, 'url': 'x'}",
                true,
            ),
            (
                "@root_validator\ndef f(cls, values):\n    return dict(values, url='x')",
                true,
            ),
            ("@property\ndef f(self):\n    return 'x'", false),
        ] {
            let lines = function.lines().map(|line| format!("    {line}\n"));
            assert_eq!(
                changed(&lines.collect::<String>()),
                is_changed,
                "{function}"
            );
        }
    }
}
