//! What SQL says, as facts with places. The parser knows the server's grammar and never fails: what
//! it does not understand is a fact too.

mod expressions;
mod lint;
mod split;
mod statement;
mod tables;
mod title;

use squawk_syntax::SourceFile;

use crate::text::Span;

pub use lint::{Danger, Warning, lint};
pub use split::{BREAKPOINT, Cut, chunks, comments, cuts, has_no_transaction, statements};

/// A name as the server reads it: unquoted parts are lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The schema, where one is written.
    pub schema: Option<String>,
    /// The last part.
    pub name: String,
}

impl Name {
    /// A name without a schema.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
        }
    }

    /// The schema it lies in, where nobody changed the search path.
    #[must_use]
    pub fn schema(&self) -> &str {
        self.schema.as_deref().unwrap_or("public")
    }

    /// The name with its schema unless that is `public`, as people write it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.schema() {
            "public" => self.name.clone(),
            schema => format!("{schema}.{}", self.name),
        }
    }

    /// Whether both mean the same thing.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.name == other.name && self.schema() == other.schema()
    }
}

/// A column as a statement makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as written, without spaces around it.
    pub kind: String,
}

/// What one part of an `ALTER TABLE` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableAction {
    /// `ADD COLUMN`.
    AddColumn(Column),
    /// `DROP COLUMN`.
    DropColumn(String),
    /// `ADD CONSTRAINT`, with the name where one is given, and the table that a foreign key names.
    AddConstraint {
        /// Its name.
        name: Option<String>,
        /// What a foreign key refers to.
        references: Option<Name>,
    },
    /// `DROP CONSTRAINT`.
    DropConstraint(String),
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// `RENAME TO`.
    Rename(String),
    /// `RENAME COLUMN`.
    RenameColumn {
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// `SET SCHEMA`.
    SetSchema(String),
    /// `ENABLE ROW LEVEL SECURITY`.
    EnableRls,
    /// `DISABLE ROW LEVEL SECURITY`.
    DisableRls,
    /// Anything else: its first two words, upper case.
    Other(String),
}

/// What a statement that opens or ends a transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`, `PREPARE TRANSACTION`.
    Commit,
    /// `ROLLBACK`, `ABORT`.
    Rollback,
    /// Savepoints: they stay inside the transaction.
    Savepoint,
}

/// What a statement does, as far as anybody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `CREATE TABLE`, also `… AS`.
    CreateTable {
        /// The table.
        table: Name,
        /// Its columns, where they are written.
        columns: Vec<Column>,
        /// The names of its constraints, where they are written.
        constraints: Vec<String>,
        /// The tables that its foreign keys name.
        references: Vec<Name>,
        /// It ends with the session.
        temporary: bool,
        /// A table that is there is left as it is.
        if_not_exists: bool,
        /// The table of which it is a partition.
        partition_of: Option<Name>,
    },
    /// `DROP TABLE`.
    DropTable {
        /// The tables.
        tables: Vec<Name>,
        /// What is not there is fine.
        if_exists: bool,
    },
    /// `ALTER TABLE`.
    AlterTable {
        /// The table.
        table: Name,
        /// What is not there is fine.
        if_exists: bool,
        /// What is done to it, in order.
        actions: Vec<TableAction>,
    },
    /// `CREATE INDEX`.
    CreateIndex {
        /// Its name, where one is given.
        name: Option<Name>,
        /// The table.
        table: Name,
        /// `CONCURRENTLY`.
        concurrently: bool,
    },
    /// `DROP INDEX`.
    DropIndex {
        /// The indexes.
        names: Vec<Name>,
        /// `CONCURRENTLY`.
        concurrently: bool,
        /// What is not there is fine.
        if_exists: bool,
    },
    /// `ALTER INDEX … RENAME TO`.
    RenameIndex {
        /// The old name.
        from: Name,
        /// The new one.
        to: String,
    },
    /// `CREATE POLICY`.
    CreatePolicy {
        /// Its name.
        name: String,
        /// The table.
        table: Name,
    },
    /// `DROP POLICY`.
    DropPolicy {
        /// Its name.
        name: String,
        /// The table.
        table: Name,
    },
    /// `CREATE TYPE`, with the values of an enum.
    CreateType {
        /// The type.
        name: Name,
        /// The values of an enum, in order; none for any other type.
        values: Vec<String>,
    },
    /// `DROP TYPE`.
    DropType {
        /// The types.
        names: Vec<Name>,
    },
    /// `ALTER TYPE … ADD VALUE`.
    AddEnumValue {
        /// The enum.
        name: Name,
        /// The new value.
        value: String,
    },
    /// `CREATE SCHEMA`.
    CreateSchema(String),
    /// Opens or ends a transaction.
    Transaction(Control),
    /// `DO`: a body that nobody looks into.
    Do,
    /// Something else: its first words, upper case.
    Other,
    /// The grammar does not know it.
    NotUnderstood,
}

/// A string in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// What it stands for.
    pub value: String,
    /// Where it is written.
    pub span: Span,
    /// The type that it is cast to, where it is.
    pub cast: Option<Name>,
}

/// What the grammar has against a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A lower-case fragment.
    pub message: String,
    /// The place in the file.
    pub span: Span,
}

/// One statement of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// From its first word to its last, without the `;`.
    pub span: Span,
    /// Which of the [`chunks`] it stands in, from 0.
    pub chunk: usize,
    /// What it does.
    pub kind: Kind,
    /// Its first words, upper case: `CREATE INDEX CONCURRENTLY`.
    pub words: String,
    /// Why it cannot run in a transaction: the words that say so.
    pub outside_transaction: Option<&'static str>,
    /// Its strings.
    pub literals: Vec<Literal>,
    /// What the grammar has against it, the first thing only.
    pub problem: Option<Problem>,
}

impl Statement {
    /// What it is, for one line: `CREATE TABLE users`.
    #[must_use]
    pub fn title(&self) -> String {
        let thing = match &self.kind {
            Kind::CreateTable { table, .. }
            | Kind::AlterTable { table, .. }
            | Kind::CreatePolicy { table, .. }
            | Kind::DropPolicy { table, .. } => Some(table.shown()),
            Kind::CreateIndex { name, table, .. } => Some(name.as_ref().unwrap_or(table).shown()),
            Kind::DropTable { tables: names, .. }
            | Kind::DropIndex { names, .. }
            | Kind::DropType { names } => {
                Some(names.iter().map(Name::shown).collect::<Vec<_>>().join(", "))
            }
            Kind::CreateType { name, .. } | Kind::AddEnumValue { name, .. } => Some(name.shown()),
            Kind::RenameIndex { from, .. } => Some(from.shown()),
            _ => None,
        };
        match thing {
            Some(thing) => format!("{} {thing}", self.words),
            None => self.words.clone(),
        }
    }
}

/// What a migration file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The parts that drizzle sends as one query each.
    pub chunks: Vec<Span>,
    /// Every statement, in order.
    pub statements: Vec<Statement>,
    /// Markers inside literals and comments, and what is never closed.
    pub cuts: Vec<Cut>,
}

/// Reads a migration as drizzle cuts it.
#[must_use]
pub fn read(text: &str) -> Script {
    read_chunks(text, chunks(text))
}

/// Reads a file that is sent whole, such as a schema's SQL; markers in it mean nothing.
#[must_use]
pub fn read_whole(text: &str) -> Script {
    read_chunks(text, vec![Span::new(0, text.len())])
}

fn read_chunks(text: &str, chunks: Vec<Span>) -> Script {
    let statements = chunks
        .iter()
        .enumerate()
        .flat_map(|(chunk, part)| {
            statements(text, *part)
                .into_iter()
                .map(move |span| read_statement(text, span, chunk))
        })
        .collect();
    Script {
        cuts: cuts(text),
        chunks,
        statements,
    }
}

/// Reads one statement. Each is parsed by itself, so that one that is broken costs no other.
fn read_statement(text: &str, span: Span, chunk: usize) -> Statement {
    let sql = text.get(span.start..span.end).unwrap_or_default();
    let parsed = SourceFile::parse(sql);
    let problem = parsed.errors().into_iter().next().map(|error| Problem {
        // The parser's own names of its tokens are `CREATE_KW`, `IDENT`.
        message: error.message().replace("_KW", ""),
        span: Span::new(
            span.start + usize::from(error.range().start()),
            span.start + usize::from(error.range().end()),
        ),
    });
    let first = parsed.tree().stmts().next();
    let kind = match first.as_ref() {
        Some(statement) => statement::kind(statement),
        None => Kind::NotUnderstood,
    };
    let words = title::words(sql);
    Statement {
        span,
        chunk,
        outside_transaction: first.as_ref().and_then(statement::outside_transaction),
        literals: expressions::literals(&parsed.syntax_node(), span.start),
        kind,
        words,
        problem,
    }
}

#[cfg(test)]
mod tests;
