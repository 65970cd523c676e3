//! What is on the screen, whose last line may be unfinished.

use crate::service::fleet::Id;

use super::writer::Writer;

/// A screen that is written line by line, except for what a service asks without a newline.
#[derive(Debug)]
pub(super) struct Page {
    writer: Writer,
    /// Whose line is unfinished, and what of it is shown.
    open: Option<(Id, Vec<u8>)>,
}

impl Page {
    pub(super) fn new(writer: Writer) -> Self {
        Self { writer, open: None }
    }

    /// Writes whole lines that go on with nothing.
    pub(super) fn push(&mut self, lines: &[u8]) {
        if lines.is_empty() {
            return;
        }
        self.close();
        self.writer.push(lines);
    }

    /// Writes whole lines of a service, the first of which may already be there in part. Each
    /// begins with a prefix of `prefix` bytes.
    pub(super) fn push_of(&mut self, id: Id, prefix: usize, lines: &mut Vec<u8>) {
        if lines.is_empty() {
            return;
        }
        let rest = self.rest_of(id, lines.get(prefix..).unwrap_or_default());
        if let Some(rest) = rest {
            self.writer.push(rest);
            self.open = None;
        } else {
            self.close();
            self.writer.hand(lines);
        }
    }

    /// Shows `text`, with which a service stopped in the middle of a line.
    pub(super) fn push_unfinished(&mut self, id: Id, prefix: &[u8], text: &[u8]) {
        if let Some(rest) = self.rest_of(id, text) {
            self.writer.push(rest);
        } else {
            self.close();
            self.writer.push(&[prefix, text].concat());
        }
        self.open = Some((id, text.to_vec()));
    }

    /// What of `text` is not shown yet, when it continues the unfinished line.
    fn rest_of<'a>(&self, id: Id, text: &'a [u8]) -> Option<&'a [u8]> {
        let (whose, shown) = self.open.as_ref()?;
        (*whose == id)
            .then(|| text.strip_prefix(shown.as_slice()))
            .flatten()
    }

    /// Another line comes in between: the unfinished one will be said again as a whole.
    fn close(&mut self) {
        if self.open.take().is_some() {
            self.writer.push(b"\n");
        }
    }

    /// What is written, for those who end it.
    pub(super) fn writer(&self) -> &Writer {
        &self.writer
    }
}
