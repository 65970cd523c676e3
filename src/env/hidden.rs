//! Which parts of an env file's text people must never see.

use crate::text::Span;

use super::secret::{
    has, has_password_option, is_database_url, is_placeholder, is_secret_value, looks_secret,
    names_secret, secret_parts,
};

/// The parts of an env file's text that people must never see. Judged line by line, without any
/// loader's rules: what no loader understands may be a secret all the same, and so may a comment.
pub fn hidden_spans(text: &str, is_secret: impl Fn(&str) -> bool) -> Vec<Span> {
    let mut hidden = Vec::new();
    let mut inside = Inside::Nothing;
    let mut start = 0;
    let bytes = text.as_bytes();
    let one_end = memchr::memchr3(b'\r', 0xb, 0xc, bytes).is_none()
        && memchr::memchr2(0xc2, 0xe2, bytes).is_none();
    let mut line = |start: usize, content: &str| {
        let whole = Span::new(start, start + content.len());
        inside = match inside {
            Inside::Quotes(quote) => {
                hidden.push(whole);
                if content.contains(quote) {
                    Inside::Nothing
                } else {
                    Inside::Quotes(quote)
                }
            }
            Inside::Key if is_of_key(content) => {
                hidden.push(whole);
                if content.contains("-----END") {
                    Inside::Nothing
                } else {
                    Inside::Key
                }
            }
            Inside::Nothing | Inside::Key => in_line(content, start, &is_secret, &mut hidden),
        };
    };
    while start < text.len() {
        let end =
            memchr::memchr(b'\n', &bytes[start..]).map_or(text.len(), |newline| start + newline);
        let content = &text[start..end];
        if one_end {
            line(start, content);
        } else {
            let mut start = start;
            for part in content.split_inclusive(ENDS) {
                line(start, part.trim_end_matches(ENDS));
                start += part.len();
            }
        }
        start = end + 1;
    }
    hidden
}

/// What some loader or other takes for the end of a line, besides a newline. Each begins with one of
/// the bytes that [`hidden_spans`] looks for.
const ENDS: [char; 6] = ['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// What runs on from one line to the next.
enum Inside {
    Nothing,
    /// A secret in quotes that are not closed yet.
    Quotes(char),
    /// A private key without quotes: no loader takes its lines for a part of the value.
    Key,
}

/// Whether a line belongs to a key that began above it: Base64, or the last line.
fn is_of_key(content: &str) -> bool {
    let content = content.trim();
    content.contains("-----END")
        || content
            .trim_end_matches('=')
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}

/// The secrets of one line, and what runs on behind it.
fn in_line(
    content: &str,
    start: usize,
    is_secret: &impl Fn(&str) -> bool,
    hidden: &mut Vec<Span>,
) -> Inside {
    let mut inside = if has(content, b'-', "-----BEGIN") && content.contains("PRIVATE KEY") {
        Inside::Key
    } else {
        Inside::Nothing
    };
    let end = start + content.len();
    if memchr::memchr2(0, 0xef, content.as_bytes()).is_some()
        && content.contains(['\0', '\u{fffd}'])
    {
        // What is no text may be anything.
        hidden.push(Span::new(start, end));
    }
    let Some(equals) = memchr::memchr(b'=', content.as_bytes()) else {
        if content.split_whitespace().any(is_secret_value) {
            hidden.push(Span::new(start, end));
        }
        hidden.extend(parts("", content, start));
        return inside;
    };
    let (before, after) = (&content[..equals], &content[equals + 1..]);
    let name = before.trim_start_matches(['#', ' ', '\t']).trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    if is_secret_value(name) {
        hidden.push(Span::new(start, start + equals));
    }
    let value = after.trim();
    let value_start = start + equals + 1 + (after.len() - after.trim_start().len());
    let bare = value.trim_matches(['"', '\'', '`']);
    let parts = parts(name, value, value_start);
    let quote = value
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))
        .filter(|quote| value.matches(*quote).count() == 1);
    // Of a value that runs on, too little is seen to judge it.
    let is_named = match quote {
        Some(_) => looks_secret(name),
        None => names_secret(name, bare),
    };
    if !value.is_empty() && (is_named || is_secret(name)) && !name.contains(char::is_whitespace) {
        match is_database_url(bare) {
            true => hidden.extend(parts),
            false if is_placeholder(bare) => {}
            false => hidden.push(Span::new(value_start, end)),
        }
        if let Some(quote) = quote {
            inside = Inside::Quotes(quote);
        }
    } else if is_secret_value(bare) || has_password_option(value) {
        hidden.push(Span::new(value_start, end));
    } else {
        hidden.extend(parts);
    }
    inside
}

/// The secret parts of a value, which begins at `start`. Its own quotes are no part of it.
fn parts(name: &str, value: &str, start: usize) -> impl Iterator<Item = Span> {
    let open = value.chars().next();
    let quote = open.filter(|c| matches!(c, '"' | '\'' | '`'));
    let inner = quote.map_or(0..value.len(), |quote| {
        let close = value.rfind(quote).filter(|close| *close > 0);
        1..close.unwrap_or(value.len())
    });
    let start = start + inner.start;
    let parts = secret_parts(name, value.get(inner).unwrap_or_default());
    parts
        .into_iter()
        .map(move |part| Span::new(start + part.start, start + part.end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    #[test]
    fn a_password_with_a_bare_slash_is_hidden_to_its_end() {
        for password in ["hunter2/x", "hunter2@tail/x", "hunter2@tail?x"] {
            let text = format!("DATABASE_URL=postgresql://me:{password}@h/d # who@where\n");
            let hidden = hidden_spans(&text, |_| true);
            let shown = Source::with_hidden(".env", text.as_str(), hidden);
            let shown = shown.shown(Span::new(0, text.len()));
            assert!(
                !shown.contains("tail") && !shown.contains("hunter"),
                "{shown}"
            );
            assert!(shown.ends_with("@h/d # who@where\n"), "{shown}");
        }
    }

    #[test]
    fn secrets_are_hidden_in_every_line_that_may_hold_one() {
        let text = "A=1\nAPI_KEY=abc def # x\n# OLD_TOKEN=zzz\nURL=redis://u:pw@h/0\nP=\"sk_live_1234567890\"\nPRIVATE_KEY=\"a\nb\"\nDB_SECRET=redis://:pw@h\n";
        let shown = Source::with_hidden(".env", text, hidden_spans(text, |_| false))
            .shown(Span::new(0, text.len()));
        assert_eq!(
            shown,
            "A=1\nAPI_KEY=•••••••••••\n# OLD_TOKEN=•••\nURL=redis://u:••@h/0\nP=••••••••••••••••••••\nPRIVATE_KEY=••\n••\nDB_SECRET=redis://:••@h\n"
        );
    }

    #[test]
    fn each_password_of_a_list_is_hidden() {
        let text = "CELERY_BROKER_URL='redis://:first@h:1/2;redis://u:second@h:2'\n";
        let shown = Source::with_hidden(".env", text, hidden_spans(text, |_| true))
            .shown(Span::new(0, text.len()));
        assert_eq!(
            shown,
            "CELERY_BROKER_URL='redis://:•••••@h:1/2;redis://u:••••••@h:2'\n"
        );
    }

    #[test]
    fn keys_hide_where_no_loader_looks_for_them() {
        let text = "sk_live_1234567890\nsk_live_1234567890=1\nK=-----BEGIN RSA PRIVATE KEY-----\nMIIEv/+9\nab==\n-----END RSA PRIVATE KEY-----\nU=postgres://h/d?password=pw\nA=1\n";
        let shown = Source::with_hidden(".env", text, hidden_spans(text, |_| false))
            .shown(Span::new(0, text.len()));
        assert_eq!(shown.replace('•', ""), "\n=1\nK=\n\n\n\nU=\nA=1\n",);
    }

    #[test]
    fn of_addresses_and_connection_strings_only_the_secret_is_hidden() {
        let text = "SAS=\"https://h/c?sv=1&sig=abcd1234\" # mine\n# HOOK=https://hooks.slack.com/services/T0/B0/abcd1234\n# at https://hooks.slack.com/services/T0/B0/abcd1234\nODBC='Uid=a;Pwd=b c;'\nX_AUTH=me:abcd1234\n";
        let shown = Source::with_hidden(".env", text, hidden_spans(text, |_| false))
            .shown(Span::new(0, text.len()));
        assert_eq!(
            shown,
            "SAS=\"https://h/c?sv=1&sig=••••••••\" # mine\n# HOOK=https://hooks.slack.com/services/T0/B0/••••••••\n# at https://hooks.slack.com/services/T0/B0/••••••••\nODBC='Uid=a;Pwd=•••;'\nX_AUTH=me:••••••••\n"
        );
    }
}
