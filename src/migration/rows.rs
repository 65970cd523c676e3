//! What the database keeps of the migrations that were applied to it.

/// Which of drizzle's two tables it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// `id, hash, created_at`, as drizzle-kit 0.x makes it.
    #[default]
    Classic,
    /// With `name` and `applied_at`, as drizzle-kit 1.0 makes it.
    Named,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, given by the server.
    pub id: i64,
    /// The migration's hash.
    pub hash: String,
    /// The migration's `when`: the time at which it was generated, in milliseconds since 1970.
    pub created_at: Option<i64>,
    /// The migration's name; only in a named table, and there, too, not always.
    pub name: Option<String>,
    /// When it was applied, where the table knows that.
    pub applied_at: Option<String>,
}

/// The whole record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Book {
    /// Whether the table's schema is there.
    pub schema: bool,
    /// Whether the table is there at all.
    pub exists: bool,
    /// Which table it is.
    pub shape: Shape,
    /// Its rows, by number.
    pub rows: Vec<Row>,
}

impl Book {
    /// The highest number of a row; 0 when there is none.
    #[must_use]
    pub fn last_id(&self) -> i64 {
        self.rows.iter().map(|row| row.id).max().unwrap_or(0)
    }
}
