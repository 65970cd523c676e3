//! The parts of a value that are secret where the rest of it is not.

use crate::text::{Span, url_passwords};

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// Where it stands in the value.
    pub(super) secret: Span,
    /// The same with what shows that it is one: `me:secret@`, `token=secret`.
    pub(super) within: Span,
}

impl Part {
    /// What is a secret wherever it stands.
    pub(super) fn alone(secret: Span) -> Self {
        Self {
            secret,
            within: secret,
        }
    }
}

/// The passwords in a URL, or in each of a list, as ranges of the text.
pub(super) fn passwords(value: &str) -> impl Iterator<Item = Span> {
    const ENDS: &[char] = &['"', '\'', ' '];
    // Most values have no such thing, and a file may have a hundred thousand of them.
    let value = memchr::memchr(b':', value.as_bytes()).map_or("", |_| value);
    url_passwords(value, ENDS).filter(|password| password.start < password.end)
}

/// The passwords of logins, each as far as the next: `admin:secret,guest:secret`. Of what Go's drivers are
/// told, `user:secret@tcp(host)/name`, up to the host.
pub(super) fn logins(value: &str, into: &mut Vec<Part>) {
    if value.contains("://") || value.starts_with(['{', '[', '"', '\'', '/']) {
        return;
    }
    let mut start = 0;
    for login in value.split_inclusive(',') {
        let end = start + login.trim_end_matches(',').len();
        let colon = login.find(':').filter(|colon| {
            let user = &login[..*colon];
            !user.is_empty() && !user.contains(|c: char| c.is_whitespace() || c == '/')
        });
        if let Some(colon) = colon {
            let from = start + colon + 1;
            let to = value[from..end].rfind('@').map_or(end, |at| from + at);
            // Behind the letter of a drive there is a path.
            if from < to && !value[from..].starts_with(['/', '\\']) {
                into.push(Part {
                    secret: Span::new(from, to),
                    within: Span::new(start, to),
                });
            }
        } else if let Some(part) = into.last_mut()
            && part.secret.end + 1 == start
        {
            // A password with a comma.
            (part.secret.end, part.within.end) = (end, end);
        }
        start += login.len();
    }
}
