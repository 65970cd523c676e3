//! A login or a password that was pasted where only the name of a host belongs: `default:secret@eu1.upstash.io`.

use crate::text::Span;

use super::part::Part;

/// What stands before the `@` of a host, but for the user of it, and behind the port of one:
/// `host:6379:secret`.
pub(super) fn hosts(value: &str, into: &mut Vec<Part>) {
    if value.contains("://") || value.starts_with(['{', '[', '/']) {
        return;
    }
    if let Some(at) = value.rfind('@') {
        let from = value[..at].find(':').map_or(0, |colon| colon + 1);
        if from < at {
            into.push(Part {
                secret: Span::new(from, at),
                within: Span::new(0, at + 1),
            });
        }
        return;
    }
    let mut parts = value.splitn(3, ':');
    if let (Some(host), Some(port), Some(rest)) = (parts.next(), parts.next(), parts.next())
        && !host.is_empty()
        && !port.is_empty()
        && port.bytes().all(|b| b.is_ascii_digit())
        && !is_of_ipv6(value)
    {
        let from = value.len() - rest.len();
        into.push(Part {
            secret: Span::new(from, value.len()),
            within: Span::new(0, value.len()),
        });
    }
}

/// Whether it may be an address such as `2001:10:ab::1`.
fn is_of_ipv6(value: &str) -> bool {
    value
        .bytes()
        .all(|b| b.is_ascii_hexdigit() || b == b':' || b == b'%')
}
