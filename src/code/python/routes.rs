//! The routes that a module has beside those that only look.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use super::fields::{argument, text};

/// A method that a route has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `POST`.
    pub method: &'static str,
    /// Where it says so.
    pub offset: usize,
}

/// Those that a browser asks about before.
const METHODS: &[&str] = &["POST", "PUT", "PATCH", "DELETE"];

/// The routes of a module, in order.
pub(super) fn of(body: &[Stmt]) -> Vec<Route> {
    let mut found = Found(Vec::new());
    for statement in body {
        found.visit_stmt(statement);
    }
    found.0
}

struct Found(Vec<Route>);

impl Found {
    fn add(&mut self, method: &str, offset: usize) {
        let method = METHODS.iter().find(|it| it.eq_ignore_ascii_case(method));
        self.0.extend(method.map(|method| Route { method, offset }));
    }

    /// `@router.post("/x")`, or what names its methods.
    fn decorated(&mut self, value: &Expr) {
        let call = value.as_call_expr();
        let Some(method) = call.and_then(|it| it.func.as_attribute_expr()) else {
            return;
        };
        let path = call.and_then(|it| it.arguments.args.first());
        let path = path.or_else(|| argument(value, "path")).and_then(text);
        if !path.is_some_and(|path| path.is_empty() || path.starts_with('/')) {
            return;
        }
        match method.attr.as_str() {
            "api_route" | "add_api_route" | "route" => {
                let listed = argument(value, "methods");
                let items: &[Expr] = match listed {
                    Some(Expr::List(list)) => &list.elts,
                    Some(Expr::Tuple(list)) => &list.elts,
                    Some(Expr::Set(list)) => &list.elts,
                    _ => &[],
                };
                for method in items.iter().filter_map(text) {
                    self.add(&method, value.start().to_usize());
                }
            }
            name => self.add(name, value.start().to_usize()),
        }
    }
}

impl<'a> Visitor<'a> for Found {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::FunctionDef(function) = statement {
            for decorator in &function.decorator_list {
                self.decorated(&decorator.expression);
            }
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, value: &'a Expr) {
        if value
            .as_call_expr()
            .is_some_and(|call| super::callee(call) == "add_api_route")
        {
            self.decorated(value);
        }
        walk_expr(self, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::preflights;

    #[test]
    fn the_methods_of_routes_are_read() {
        let found = preflights(
            "@router.post('/a')\nasync def a(): ...\n@app.get('/b')\ndef b(): ...\n@router.api_route('', methods=['GET', 'put'])\ndef c(): ...\ndef make():\n    app.add_api_route('/d', d, methods=['DELETE'])\n    requests.patch('/e')\n@registry.post('name')\ndef f(): ...\n@mark.post\ndef g(): ...\n",
        );
        let methods: Vec<&str> = found.routes.iter().map(|it| it.method).collect();
        assert_eq!(methods, ["POST", "PUT", "DELETE"]);
    }
}
