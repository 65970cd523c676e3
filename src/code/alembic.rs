//! Alembic's revisions: what a file of `versions/` says about itself, and what its `upgrade()` does.

use ruff_python_ast::{Expr, ExprCall, Keyword, Stmt};
use ruff_text_size::Ranged;

use crate::text::Span;

use super::python::parse;

/// One revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its id. The file's name says nothing: only this counts.
    pub id: String,
    /// Where the id is written.
    pub span: Span,
    /// What it builds on: none for the first, several for a merge.
    pub down: Vec<String>,
    /// Where that is written.
    pub down_span: Span,
    /// What must have run before, without being a parent.
    pub depends_on: Vec<String>,
    /// Names of its branch.
    pub labels: Vec<String>,
    /// What `upgrade()` does, in order.
    pub operations: Vec<Operation>,
}

/// A step of `upgrade()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What it does.
    pub action: Action,
    /// The call.
    pub span: Span,
    /// It stands in an `if`, a loop or a `try`: it may not happen, or may fail.
    pub conditional: bool,
}

/// What a step makes or takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `op.create_table`: the table, the names of its constraints, and of its columns' indexes.
    CreateTable {
        /// The table.
        table: String,
        /// Constraints that have names.
        constraints: Vec<String>,
        /// Indexes of `Column(…, index=True)`.
        indexes: Vec<String>,
    },
    /// `op.drop_table`.
    DropTable(String),
    /// `op.rename_table`.
    RenameTable(String, String),
    /// `op.create_index`.
    CreateIndex(String),
    /// `op.drop_index`.
    DropIndex(String),
    /// `op.create_foreign_key` and its kind: the name and the table.
    CreateConstraint(String, String),
    /// `op.drop_constraint`: the name and the table.
    DropConstraint(String, String),
    /// `op.execute` of a text.
    Sql(String),
}

/// Reads a file of `versions/`; none when it says no id.
#[must_use]
pub fn revision(text: &str) -> Option<Revision> {
    let parsed = parse(text);
    let module = parsed.syntax().as_module()?;
    let value = |name: &str| {
        module
            .body
            .iter()
            .rev()
            .find_map(|statement| match statement {
                Stmt::Assign(assign) => match assign.targets.as_slice() {
                    [Expr::Name(target)] if target.id.as_str() == name => {
                        Some(assign.value.as_ref())
                    }
                    _ => None,
                },
                Stmt::AnnAssign(assign) => match assign.target.as_ref() {
                    Expr::Name(target) if target.id.as_str() == name => assign.value.as_deref(),
                    _ => None,
                },
                _ => None,
            })
    };
    let id = value("revision")?;
    let down = value("down_revision");
    let upgrade = module.body.iter().find_map(|statement| match statement {
        Stmt::FunctionDef(function) if function.name.as_str() == "upgrade" => Some(function),
        _ => None,
    });
    let mut operations = Vec::new();
    if let Some(function) = upgrade {
        walk(&function.body, false, &mut Vec::new(), &mut operations);
    }
    Some(Revision {
        id: string(id)?.to_owned(),
        span: span(id),
        down: down.map(strings).unwrap_or_default(),
        down_span: down.map_or_else(|| span(id), span),
        depends_on: value("depends_on").map(strings).unwrap_or_default(),
        labels: value("branch_labels").map(strings).unwrap_or_default(),
        operations,
    })
}

fn span(node: &impl Ranged) -> Span {
    let range = node.range();
    Span::new(range.start().to_usize(), range.end().to_usize())
}

/// A string, also in `op.f('…')` and `sa.text('…')`.
fn string(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::StringLiteral(text) => Some(text.value.to_str()),
        Expr::Call(call) if matches!(method(call), Some("f" | "text")) => {
            call.arguments.args.first().and_then(string)
        }
        _ => None,
    }
}

/// The strings of `'a'`, `('a', 'b')`, `['a']`; none of `None`.
fn strings(expression: &Expr) -> Vec<String> {
    let items = match expression {
        Expr::Tuple(tuple) => tuple.elts.as_slice(),
        Expr::List(list) => list.elts.as_slice(),
        Expr::Set(set) => set.elts.as_slice(),
        other => std::slice::from_ref(other),
    };
    items.iter().filter_map(string).map(str::to_owned).collect()
}

fn method(call: &ExprCall) -> Option<&str> {
    Some(call.func.as_attribute_expr()?.attr.as_str())
}

/// Goes through a body. `batches` are the tables of `with op.batch_alter_table('t') as name`.
fn walk(
    body: &[Stmt],
    conditional: bool,
    batches: &mut Vec<(String, String)>,
    found: &mut Vec<Operation>,
) {
    for statement in body {
        match statement {
            Stmt::Expr(expression) => {
                if let Expr::Call(call) = expression.value.as_ref()
                    && let Some(action) = action(call, batches)
                {
                    found.push(Operation {
                        action,
                        span: span(call),
                        conditional,
                    });
                }
            }
            Stmt::With(block) => {
                let before = batches.len();
                for item in &block.items {
                    if let (Expr::Call(call), Some(Expr::Name(name))) =
                        (&item.context_expr, item.optional_vars.as_deref())
                        && method(call) == Some("batch_alter_table")
                        && let Some(table) = call.arguments.args.first().and_then(string)
                    {
                        batches.push((name.id.to_string(), table.to_owned()));
                    }
                }
                walk(&block.body, conditional, batches, found);
                batches.truncate(before);
            }
            Stmt::If(branch) => {
                walk(&branch.body, true, batches, found);
                for clause in &branch.elif_else_clauses {
                    walk(&clause.body, true, batches, found);
                }
            }
            Stmt::For(block) => walk(&block.body, true, batches, found),
            Stmt::While(block) => walk(&block.body, true, batches, found),
            Stmt::Try(block) => walk(&block.body, true, batches, found),
            _ => {}
        }
    }
}

fn keyword<'a>(call: &'a ExprCall, name: &str) -> Option<&'a Expr> {
    let mut keywords = call.arguments.keywords.iter();
    keywords
        .find(|keyword: &&Keyword| keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == name))
        .map(|keyword| &keyword.value)
}

/// The argument at a position, or under a name.
fn argument<'a>(call: &'a ExprCall, at: usize, name: &str) -> Option<&'a str> {
    let positional = call.arguments.args.get(at).and_then(string);
    positional.or_else(|| keyword(call, name).and_then(string))
}

fn action(call: &ExprCall, batches: &[(String, String)]) -> Option<Action> {
    let attribute = call.func.as_attribute_expr()?;
    let Expr::Name(object) = attribute.value.as_ref() else {
        return None;
    };
    // Of a batch, the table is no argument.
    let batch = batches
        .iter()
        .rev()
        .find(|(name, _)| name == object.id.as_str())
        .map(|(_, table)| table.as_str());
    if object.id.as_str() != "op" && batch.is_none() {
        return None;
    }
    let other_schema = keyword(call, "schema")
        .and_then(string)
        .is_some_and(|it| it != "public");
    if other_schema {
        return None;
    }
    let certain = keyword(call, "if_exists").is_none();
    let text = |at: usize, name: &str| argument(call, at, name).map(str::to_owned);
    let table = |at: usize, name: &str| match batch {
        Some(table) => Some(table.to_owned()),
        None => text(at, name),
    };
    Some(match attribute.attr.as_str() {
        "create_table" => create_table(call)?,
        "drop_table" if certain => Action::DropTable(text(0, "table_name")?),
        "rename_table" => {
            Action::RenameTable(text(0, "old_table_name")?, text(1, "new_table_name")?)
        }
        "create_index" => Action::CreateIndex(text(0, "index_name")?),
        "drop_index" if certain => Action::DropIndex(text(0, "index_name")?),
        "create_foreign_key" => {
            Action::CreateConstraint(text(0, "constraint_name")?, table(1, "source_table")?)
        }
        "create_unique_constraint"
        | "create_check_constraint"
        | "create_primary_key"
        | "create_exclude_constraint" => {
            Action::CreateConstraint(text(0, "constraint_name")?, table(1, "table_name")?)
        }
        "drop_constraint" if certain => {
            Action::DropConstraint(text(0, "constraint_name")?, table(1, "table_name")?)
        }
        "execute" => Action::Sql(text(0, "sqltext")?),
        _ => return None,
    })
}

fn create_table(call: &ExprCall) -> Option<Action> {
    let table = argument(call, 0, "table_name")?.to_owned();
    let (mut constraints, mut indexes) = (Vec::new(), Vec::new());
    for part in call
        .arguments
        .args
        .iter()
        .skip(1)
        .filter_map(|part| part.as_call_expr())
    {
        constraints.extend(keyword(part, "name").and_then(string).map(str::to_owned));
        let is_index = keyword(part, "index")
            .and_then(|value| value.as_boolean_literal_expr())
            .is_some_and(|value| value.value);
        if is_index && let Some(column) = argument(part, 0, "name") {
            indexes.push(format!("ix_{table}_{column}"));
        }
    }
    Some(Action::CreateTable {
        table,
        constraints,
        indexes,
    })
}

/// The strings given as `version_table=` and `version_table_schema=` in an `env.py`.
#[must_use]
pub fn version_table(text: &str) -> (Option<String>, Option<String>) {
    let parsed = parse(text);
    let tokens = parsed.tokens();
    let value = |name: &str| {
        let mut rest = tokens.iter().skip_while(|token| {
            let range = token.range();
            text.get(range.start().to_usize()..range.end().to_usize()) != Some(name)
        });
        let (_, equal, value) = (rest.next()?, rest.next()?, rest.next()?);
        let of = |token: &ruff_python_ast::token::Token| {
            let range = token.range();
            text.get(range.start().to_usize()..range.end().to_usize())
        };
        (of(equal) == Some("=")).then_some(())?;
        let quoted = of(value)?;
        let inner = quoted.trim_matches(['"', '\'']);
        (inner.len() + 2 == quoted.len()).then(|| inner.to_owned())
    };
    (value("version_table"), value("version_table_schema"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_says_what_it_builds_on_and_what_it_does() {
        let text = "
revision: str = '20240127_001'
down_revision: Union[str, None] = None
depends_on = ('x',)
def upgrade() -> None:
    op.create_table('flows', sa.Column('id', sa.Integer(), index=True), sa.UniqueConstraint('id', name=op.f('flows_id_key')))
    op.create_index(op.f('ix_flows_status'), 'flows', ['status'], unique=False)
    # op.drop_table('commented')
    op.drop_constraint(op.f('fk'), 'crawl_jobs', type_='foreignkey')
    op.drop_index('gone', table_name='t', if_exists=True)
    op.drop_table('elsewhere', schema='app')
    with op.batch_alter_table('users') as batch_op:
        batch_op.drop_constraint('users_team', type_='foreignkey')
    if True:
        op.drop_table('maybe')
    op.execute(sa.text('''ALTER TABLE a ENABLE ROW LEVEL SECURITY'''))
def downgrade():
    op.drop_table('flows')
";
        let found = revision(text).expect("a revision");
        assert_eq!(found.id, "20240127_001");
        assert_eq!(
            (found.down.len(), found.depends_on.as_slice()),
            (0, &["x".to_owned()][..])
        );
        let actions: Vec<(Action, bool)> = found
            .operations
            .into_iter()
            .map(|operation| (operation.action, operation.conditional))
            .collect();
        assert_eq!(
            actions,
            [
                (
                    Action::CreateTable {
                        table: "flows".into(),
                        constraints: vec!["flows_id_key".into()],
                        indexes: vec!["ix_flows_id".into()]
                    },
                    false
                ),
                (Action::CreateIndex("ix_flows_status".into()), false),
                (
                    Action::DropConstraint("fk".into(), "crawl_jobs".into()),
                    false
                ),
                (
                    Action::DropConstraint("users_team".into(), "users".into()),
                    false
                ),
                (Action::DropTable("maybe".into()), true),
                (
                    Action::Sql("ALTER TABLE a ENABLE ROW LEVEL SECURITY".into()),
                    false
                ),
            ]
        );
        let merge = revision("revision = 'c'\ndown_revision = ('a', \"b\")\n").expect("a merge");
        assert_eq!(merge.down, ["a", "b"]);
        assert_eq!(revision("x = 1"), None);
        assert_eq!(revision("revision = make()"), None);
    }

    #[test]
    fn the_table_of_versions_may_have_another_name() {
        let text = "context.configure(connection=c, version_table='versions', version_table_schema=\"app\")";
        assert_eq!(
            version_table(text),
            (Some("versions".into()), Some("app".into()))
        );
        assert_eq!(
            version_table("context.configure(version_table=name)"),
            (None, None)
        );
    }
}
