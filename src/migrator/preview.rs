//! What a run would do, in its own words: reads what a run reads, and gives the SQL instead of sending it.

use std::time::Duration;

use crate::code::sql;
use crate::diagnostic::Finding;
use crate::gather::bookkeeping;
use crate::gather::migrations::Project;
use crate::migration::parts::parts;
use crate::migration::plan;
use crate::migration::target::Pooling;
use crate::migration::{Book, Layout, Migration, Shape, Target, history};
use crate::system::database::session::Session;
use crate::text::Span;

use super::outside::{self, Mark};
use super::script::{self, Frame};
use super::{Options, Stop, connect, lock, run, table};

/// A piece of what would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Ours.
    Ours(String),
    /// A statement of the file, by its place there.
    File(Span),
}

/// A migration that would run.
#[derive(Debug)]
pub struct Step<'a> {
    /// Which one.
    pub migration: &'a Migration,
    /// Whether it runs in a transaction.
    pub transaction: bool,
    /// What would be sent for it, in order.
    pub pieces: Vec<Piece>,
    /// How many of its statements an earlier run, which was stopped, has run already.
    pub done: usize,
}

/// Everything that a run would send to change something.
#[derive(Debug)]
pub struct Preview<'a> {
    /// How many are on record, of how many.
    pub on_record: (usize, usize),
    /// What comes before the first migration.
    pub before: Vec<String>,
    /// The migrations.
    pub steps: Vec<Step<'a>>,
    /// What comes after the last one.
    pub after: Vec<String>,
    /// What is worth knowing.
    pub warnings: Vec<Finding>,
}

/// Looks, and says what would be done.
///
/// # Errors
/// Why nothing would be.
pub async fn preview<'a>(
    target: &Target,
    project: &'a Project,
    options: &Options,
    patience: Duration,
) -> Result<Preview<'a>, Stop> {
    let mut session = Session::connect(target, patience)
        .await
        .map_err(|refused| Stop::Failure(connect::unreachable(target, &refused, Duration::ZERO)))?;
    let result = look(&mut session, target, project, options).await;
    session.close().await;
    result
}

async fn look<'a>(
    session: &mut Session,
    target: &Target,
    project: &'a Project,
    options: &Options,
) -> Result<Preview<'a>, Stop> {
    let Project {
        config, journal, ..
    } = project;
    let refused = |error| Stop::Failure(connect::refused(target, config, &error));
    let book = bookkeeping::read(session, config).await.map_err(refused)?;
    let plan = plan::plan(config, journal, &book, &options.wishes).map_err(Stop::Refused)?;
    let compared = history::compare(journal, &book);
    let mut preview = Preview {
        on_record: (compared.applied(), compared.states.len()),
        before: Vec::new(),
        steps: Vec::new(),
        after: Vec::new(),
        warnings: plan.warnings,
    };
    if plan.steps.is_empty() {
        return Ok(preview);
    }
    let frame = Frame {
        notices: run::notices(session).await.map_err(refused)?,
        key: lock::key(config),
        config,
        options,
    };
    if !book.exists {
        preview
            .before
            .push(table::create(config, journal.layout, book.schema));
    }
    if let Some(upgrade) = table::upgrade(config, journal, &book, &compared) {
        preview.before.push(format!("BEGIN;\n{upgrade}COMMIT"));
    }
    let migrations: Vec<&Migration> = plan
        .steps
        .iter()
        .filter_map(|at| journal.migrations.get(*at))
        .collect();
    let shape = shape(&book, journal.layout);
    // The marks are made once, by the first that needs them, and go with the last.
    let mut made = outside::are_there(session).await.map_err(refused)?;
    for (at, migration) in migrations.iter().enumerate() {
        if options.single_transaction && outside::is_wanted(migration) {
            return Err(run::not_in_one(migration));
        }
        let step = if outside::is_wanted(migration) {
            if session.pooling == Pooling::Session && session.is_shared(target, run::ASIDE).await {
                session.pooling = Pooling::Transaction;
            }
            if session.pooling == Pooling::Transaction {
                return Err(run::needs_session(migration, target));
            }
            let marks = match made {
                (_, true) => {
                    outside::read(session, migration, &sql::read(text(migration)).statements)
                        .await
                        .map_err(|broken| run::in_words(target, config, broken, &migration.tag))?
                }
                _ => Vec::new(),
            };
            let mut step = alone(&frame, migration, shape, made, &marks);
            if preview.after.is_empty() {
                let lock = script::lock(frame.key);
                step.pieces.insert(0, Piece::Ours(lock));
                preview.after.push(script::unlock(frame.key));
            }
            made = (false, false);
            step
        } else {
            let first = at == 0 || !options.single_transaction;
            let last = at + 1 == migrations.len() || !options.single_transaction;
            inside(&frame, migration, shape, first, last)
        };
        preview.steps.push(step);
    }
    Ok(preview)
}

fn text(migration: &Migration) -> &str {
    migration
        .script
        .as_ref()
        .map_or("", |script| script.source.text())
}

/// The table as it is when rows are written.
fn shape(book: &Book, layout: Layout) -> Shape {
    match layout {
        Layout::Folders => Shape::Named,
        Layout::Journal => book.shape,
    }
}

fn inside<'a>(
    frame: &Frame<'_>,
    migration: &'a Migration,
    shape: Shape,
    first: bool,
    last: bool,
) -> Step<'a> {
    let text = text(migration);
    let mut pieces = vec![Piece::Ours(if first {
        frame.open(migration)
    } else {
        script::stamp(migration)
    })];
    let statements = parts(text).into_iter().flat_map(|part| part.statements);
    pieces.extend(statements.map(Piece::File));
    pieces.push(Piece::Ours(frame.record(shape, migration)));
    if last {
        pieces.push(Piece::Ours("COMMIT".to_owned()));
    }
    Step {
        migration,
        transaction: true,
        pieces,
        done: 0,
    }
}

fn alone<'a>(
    frame: &Frame<'_>,
    migration: &'a Migration,
    shape: Shape,
    (schema, table): (bool, bool),
    marks: &[Option<Mark>],
) -> Step<'a> {
    let text = text(migration);
    let mut pieces = Vec::new();
    let ours = |pieces: &mut Vec<Piece>, sql: String| pieces.push(Piece::Ours(sql));
    if !table {
        ours(&mut pieces, script::make_marks(schema));
    }
    let mut done = 0;
    for (at, statement) in sql::read(text).statements.iter().enumerate() {
        if marks.get(at).copied().flatten() == Some(Mark::Done) {
            done += 1;
            continue;
        }
        let (before, after) = frame.around(migration, statement, at);
        ours(&mut pieces, before);
        pieces.push(Piece::File(statement.span));
        ours(&mut pieces, after);
    }
    ours(&mut pieces, frame.open(migration));
    ours(&mut pieces, script::unmark(migration));
    ours(&mut pieces, script::sweep());
    ours(&mut pieces, frame.record(shape, migration));
    ours(&mut pieces, "COMMIT".to_owned());
    Step {
        migration,
        transaction: false,
        pieces,
        done,
    }
}
