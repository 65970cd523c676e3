//! Whether a module says in plain words all that its Celery application is given: then what does not stand there,
//! nobody gives it.

use ruff_python_ast::visitor::{Visitor, walk_arguments, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

use super::literal::text;

/// What Celery takes beside its name; none of that configures it unseen.
const ARGUMENTS: &[&str] = &[
    "main",
    "broker",
    "backend",
    "include",
    "namespace",
    "config_source",
    "set_as_current",
    "autofinalize",
    "strict_typing",
];

/// What may be done with an application, and leaves its configuration alone or is followed elsewhere.
const HARMLESS: &[&str] = &[
    "task",
    "tasks",
    "Task",
    "autodiscover_tasks",
    "config_from_object",
    "on_after_configure",
    "on_after_finalize",
    "on_after_fork",
    "add_periodic_task",
    "register_task",
    "send_task",
    "signature",
    "AsyncResult",
    "control",
    "events",
    "start",
    "worker_main",
    "Worker",
    "set_default",
    "set_current",
    "finalize",
    "close",
    "main",
    "log",
    "now",
    "timezone",
];

/// The offset of the one `Celery(…)` of a module, where nothing in it may give the application more than what is
/// seen there.
pub(super) fn of(body: &[Stmt]) -> Option<usize> {
    if !body.iter().any(imports_celery) {
        return None;
    }
    let mut made = body.iter().filter_map(|statement| {
        let (name, value) = assigned(statement)?;
        is_made(value).then_some((name, value))
    });
    let (name, call) = made.next()?;
    let mut plain = Plain {
        names: vec![name],
        made: 0,
        holds: true,
    };
    for statement in body {
        plain.visit_stmt(statement);
    }
    (plain.holds && plain.made == 1).then(|| call.start().to_usize())
}

fn imports_celery(statement: &Stmt) -> bool {
    match statement {
        Stmt::ImportFrom(import) => {
            let module = import
                .module
                .as_ref()
                .map(ruff_python_ast::Identifier::as_str);
            let mut names = import.names.iter();
            import.level == 0
                && module == Some("celery")
                && names.any(|it| it.name.as_str() == "Celery" && it.asname.is_none())
        }
        Stmt::Import(import) => {
            let mut names = import.names.iter();
            names.any(|it| it.name.as_str() == "celery" && it.asname.is_none())
        }
        _ => false,
    }
}

/// A name, and what alone it is made to stand for.
fn assigned(statement: &Stmt) -> Option<(&str, &Expr)> {
    let (target, value) = match statement {
        Stmt::Assign(assign) => match assign.targets.as_slice() {
            [target] => (target, &*assign.value),
            _ => return None,
        },
        Stmt::AnnAssign(assign) => (&*assign.target, assign.value.as_deref()?),
        _ => return None,
    };
    Some((target.as_name_expr()?.id.as_str(), value))
}

fn is_made(value: &Expr) -> bool {
    let call = value.as_call_expr();
    call.is_some_and(|call| super::callee(call) == "Celery")
}

fn is_conf(value: &Expr) -> bool {
    let attribute = value.as_attribute_expr();
    attribute.is_some_and(|it| it.attr.as_str() == "conf")
}

/// A setting from which, with others, a broker is put together.
fn is_part(name: &str) -> bool {
    name.eq_ignore_ascii_case("broker_host")
}

/// Whether all that a table has stands there.
fn is_plain_table(table: &Expr) -> bool {
    match table {
        Expr::Dict(dict) => dict.items.iter().all(|item| {
            let key = item.key.as_ref().and_then(text);
            key.is_some_and(|key| !is_part(&key))
        }),
        Expr::Call(call) => super::callee(call) == "dict" && is_plain_call(call),
        _ => false,
    }
}

/// Whether a call is given tables and settings that all stand there.
fn is_plain_call(call: &ExprCall) -> bool {
    let arguments = &call.arguments;
    arguments.args.iter().all(is_plain_table)
        && arguments.keywords.iter().all(|it| match &it.arg {
            Some(name) => !is_part(name),
            None => is_plain_table(&it.value),
        })
}

/// Whether `Celery(…)` is given nothing that may hold more than is seen.
fn is_plain_application(call: &ExprCall) -> bool {
    let arguments = &call.arguments;
    // Behind its name each has a place: one that is left open is `None`.
    let mut others = arguments.args.iter().skip(1);
    others.all(Expr::is_none_literal_expr)
        && !arguments.args.iter().any(Expr::is_starred_expr)
        && arguments.keywords.iter().all(|it| match &it.arg {
            Some(name) => ARGUMENTS.contains(&name.as_str()),
            None => is_table_of_arguments(&it.value),
        })
}

/// `**{…}`, where all that stands in it may be told.
fn is_table_of_arguments(table: &Expr) -> bool {
    let is_known = |name: &str| ARGUMENTS.contains(&name) && name != "config_source";
    match table {
        Expr::Dict(dict) => dict.items.iter().all(|item| {
            let key = item.key.as_ref().and_then(text);
            key.is_some_and(|key| is_known(&key))
        }),
        _ => false,
    }
}

struct Plain<'a> {
    /// What the application is called.
    names: Vec<&'a str>,
    /// How often one is made.
    made: usize,
    /// Whether nothing was found that may give it more.
    holds: bool,
}

impl<'a> Plain<'a> {
    fn is_app(&self, value: &Expr) -> bool {
        let name = value.as_name_expr();
        name.is_some_and(|name| self.names.contains(&name.id.as_str()))
    }

    /// What stands before `.conf`: of the application nothing more is to be known.
    fn before_conf(&mut self, conf: &'a Expr) {
        if let Some(conf) = conf.as_attribute_expr()
            && !self.is_app(&conf.value)
        {
            self.visit_expr(&conf.value);
        }
    }

    fn must(&mut self, is_plain: bool) {
        self.holds &= is_plain;
    }
}

impl<'a> Visitor<'a> for Plain<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |it| it.as_str());
                let mut names = import.names.iter().map(|it| it.name.as_str());
                // It is handed the configuration.
                let hooks = ["celeryd_init", "user_preload_options", "*"];
                self.must(module != "celery.signals" || !names.any(|it| hooks.contains(&it)));
                let mut names = import.names.iter().map(|it| it.name.as_str());
                self.must(module != "celery" || !names.any(|it| it == "signals"));
            }
            Stmt::Import(import) => {
                let mut names = import.names.iter().map(|it| it.name.as_str());
                self.must(!names.any(|it| it == "celery.signals"));
            }
            Stmt::ClassDef(class) => self.must(class.name.as_str() != "Celery"),
            _ => {}
        }
        if let Some((name, value)) = assigned(statement) {
            if is_made(value) && self.names[0] == name && self.made == 0 {
                return self.visit_expr(value);
            }
            if self.is_app(value) && !self.names.contains(&name) {
                return self.names.push(name);
            }
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, value: &'a Expr) {
        match value {
            Expr::Call(call) => {
                if super::callee(call) == "Celery" {
                    self.made += 1;
                    self.must(is_plain_application(call));
                }
                if let Expr::Attribute(method) = &*call.func
                    && is_conf(&method.value)
                {
                    self.must(match method.attr.as_str() {
                        "update" => is_plain_call(call),
                        "get" => true,
                        _ => false,
                    });
                    self.before_conf(&method.value);
                    return walk_arguments(self, &call.arguments);
                }
            }
            Expr::Attribute(setting) if is_conf(&setting.value) => {
                self.must(!is_part(&setting.attr));
                return self.before_conf(&setting.value);
            }
            Expr::Subscript(setting) if is_conf(&setting.value) => {
                self.must(text(&setting.slice).is_some_and(|it| !is_part(&it)));
                return self.before_conf(&setting.value);
            }
            // It goes somewhere as a whole.
            Expr::Attribute(conf) if conf.attr.as_str() == "conf" => self.must(false),
            Expr::Attribute(of) if self.is_app(&of.value) => {
                return self.must(HARMLESS.contains(&of.attr.as_str()));
            }
            Expr::Name(_) if self.is_app(value) => self.must(false),
            _ => {}
        }
        walk_expr(self, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;

    const BEGINNING: &str = "from celery import Celery\n";

    #[test]
    fn an_application_in_plain_words_is_given_nothing_unseen() {
        for text in [
            "app = Celery('x')",
            "app = Celery('x', None, None)",
            "app = Celery('x', **{})",
            "app = Celery('x', **{'backend': 'rpc://'})",
            "app: Celery = Celery('x', include=['x.tasks'])\ncelery_app = app",
            "app = Celery('x')\napp.conf.update(task_acks_late=True)",
            "app = Celery('x')\napp.conf.update({'a': 1}, b=2, **dict(c=settings.c))",
            "app = Celery('x')\napp.conf.timezone = 'UTC'\napp.conf['a'] = other.conf.get('b')",
            "app = Celery('x')\napp.conf.beat_schedule.update(x)\napp.autodiscover_tasks(['x'])",
            "app = Celery('x')\n@app.task\ndef f(): return app.control.ping()",
            "from celery.signals import setup_logging\napp = Celery('x')\napp.config_from_object(C)",
        ] {
            let module = read(&format!("{BEGINNING}{text}\n"));
            let at = text.find("Celery('x'").map(|at| at + BEGINNING.len());
            assert_eq!(module.plain, at, "{text}");
        }
    }

    #[test]
    fn what_may_be_given_unseen_is_left_open() {
        for text in [
            "app = make_celery()",
            "app = Celery('x', **options)",
            "app = Celery(*options)",
            "app = Celery('x', Loader, None)",
            "app = Celery('x', **{'config_source': C})",
            "app = Celery('x', loader=Loader)",
            "app = Celery('x')\nconfigure(app)",
            "app = Celery('x')\nconfigure(app.conf)",
            "app = Celery('x')\nconf = app.conf",
            "app = Celery('x')\napp.conf.update(settings.config())",
            "app = Celery('x')\napp.conf.update(**settings.config())",
            "app = Celery('x')\napp.conf.update({**base})",
            "app = Celery('x')\napp.conf[key] = value",
            "app = Celery('x')\napp.conf.setdefault('broker_url', value)",
            "app = Celery('x')\napp.conf.broker_host = 'h'",
            "app = Celery('x')\napp.add_defaults(f)",
            "app = Celery('x')\napp = wrapped(app)",
            "app = Celery('x')\nother = Celery('y')",
            "if x:\n    app = Celery('x')",
            "def make():\n    app = Celery('x')\n    return app\napp = make()",
            "from celery.signals import celeryd_init\napp = Celery('x')",
        ] {
            let module = read(&format!("{BEGINNING}{text}\n"));
            assert_eq!(module.plain, None, "{text}");
        }
        // Another class of that name may do anything.
        assert_eq!(
            read("from core import Celery\napp = Celery('x')\n").plain,
            None
        );
    }
}
