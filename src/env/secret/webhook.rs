//! Addresses that whoever knows them may post to: Slack's, Discord's, Telegram's and their kind.

use crate::text::Span;

use super::part::Part;
use super::placeholder::is_placeholder;
use super::value::looks_random;

/// Parts of a path behind which the secret comes.
const MARKS: &[&str] = &[
    "webhooks",
    "webhook",
    "webhookb2",
    "hooks",
    "incomingwebhook",
];

/// What the address of any of them holds.
const HOOK: &str = "hook";

/// What stands before the token in the path of a bot of Telegram: `bot123456:token`.
const BOT: &str = "/bot";

/// No secret of a webhook is shorter, but for Zapier's.
const SHORTEST: usize = 8;

/// Those of Zapier.
const SHORTEST_OF_ZAPIER: usize = 6;

/// No address of a webhook is longer: each is looked at so far, however many there are within one another.
const LONGEST: usize = 512;

/// The secret parts of the webhooks in a value.
pub(super) fn webhooks(value: &str, into: &mut Vec<Part>) {
    // Each has one of them in its host or its path, and hardly any other value does.
    if memchr::memchr(b'/', value.as_bytes()).is_none()
        || !(value.contains(HOOK) || value.contains(BOT))
    {
        return;
    }
    for (scheme, _) in value.match_indices("://") {
        let start = scheme + 3;
        let ends = |c: char| c.is_whitespace() || matches!(c, '?' | '#' | '"' | '\'' | ',' | ';');
        let rest = &value[start..];
        let rest = &rest[..rest.floor_char_boundary(LONGEST)];
        let address = rest.split(ends).next().unwrap_or_default();
        if let Some(token) = token_of_bot(address) {
            into.push(Part::alone(Span::new(
                start + token.start,
                start + token.end,
            )));
        }
        if !address.contains(HOOK) {
            continue;
        }
        for (at, part) in secret_parts(address) {
            let from = start + at;
            into.push(Part::alone(Span::new(from, from + part.len())));
        }
    }
}

/// Where the token of a bot stands in an address without its scheme.
fn token_of_bot(address: &str) -> Option<Span> {
    let begin = address.find(BOT)? + BOT.len();
    let part = address[begin..].split('/').next().unwrap_or_default();
    let (number, token) = part.split_once(':')?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let start = begin + number.len() + 1;
    (is_number && token.len() >= SHORTEST && !is_placeholder(token))
        .then(|| Span::new(start, start + token.len()))
}

/// The parts of an address without its scheme that are secret, and where each begins.
fn secret_parts(address: &str) -> Vec<(usize, &str)> {
    let address = address.trim_end_matches('/');
    let mut parts = Vec::new();
    let mut at = 0;
    for part in address.split('/') {
        parts.push((at, part));
        at += part.len() + 1;
    }
    let Some(((_, host), path)) = parts.split_first() else {
        return Vec::new();
    };
    let of = |domain: &str| {
        let before = host.strip_suffix(domain);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let is_mark = |part: &str| MARKS.iter().any(|mark| mark.eq_ignore_ascii_case(part));
    let mark = path.iter().position(|(_, part)| is_mark(part));
    let behind = mark
        .and_then(|mark| path.get(mark + 1..))
        .unwrap_or_default();
    let is_of_zapier = of("hooks.zapier.com");
    let is_last = is_of_zapier || of("hooks.slack.com") || of("hooks.slack-gov.com");
    let secret: Vec<(usize, &str)> = if is_last {
        path.get(1..)
            .and_then(<[_]>::last)
            .copied()
            .into_iter()
            .collect()
    } else if of("discord.com") || of("discordapp.com") {
        behind.get(1).copied().into_iter().collect()
    } else {
        behind
            .iter()
            .filter(|(_, part)| looks_random(part))
            .copied()
            .collect()
    };
    let mut secret = secret;
    let shortest = if is_of_zapier {
        SHORTEST_OF_ZAPIER
    } else {
        SHORTEST
    };
    secret.retain(|(_, part)| part.len() >= shortest && !is_placeholder(part));
    secret
}
