//! The connections to Postgres that the frontend's code makes.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::typescript::clients::{Prepares, clients};
use crate::text::Source;
use crate::workspace::Workspace;

use super::web_files;

/// A connection, and where it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The variables that its URL is read from, or may be.
    pub variables: Vec<String>,
    /// Whether nothing in the file tells which of them it is, if it is one.
    pub is_unread: bool,
    /// What it says of prepared statements.
    pub prepares: Prepares,
    /// The file, relative to the workspace.
    pub file: Utf8PathBuf,
    /// The line there.
    pub line: usize,
}

/// The connections that read one of these variables, or of which only running them would tell what they read.
#[must_use]
pub fn of(workspace: &Workspace, dir: &Utf8Path, variables: &[&str]) -> Vec<Client> {
    let mut found = Vec::new();
    web_files::any(workspace, dir, &mut |path, text| {
        if text.contains("postgres") {
            look(path, &text, variables, &mut found);
        }
        false
    });
    found
}

fn look(path: &Utf8Path, text: &str, variables: &[&str], found: &mut Vec<Client>) {
    let is_named = variables.iter().any(|it| text.contains(*it));
    let source = Source::new(path, text);
    for client in clients(text) {
        let is_unread = client.variables.is_empty() && !is_named;
        let read = if client.variables.is_empty() {
            // It is one of those that the file has; without any it may be each.
            let named = variables
                .iter()
                .filter(|it| is_unread || text.contains(**it));
            named.map(|it| (*it).to_owned()).collect()
        } else {
            client.variables
        };
        found.push(Client {
            variables: read,
            is_unread,
            prepares: client.prepares,
            line: source.position(client.span.start).line,
            file: path.to_owned(),
        });
    }
}
