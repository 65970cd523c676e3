//! Addresses that whoever knows them may post to: Slack's, Discord's, and the tokens of Telegram's bots.

use super::drawn::{alphanumeric, both_cases, is_random, is_varied};

/// What follows `hooks.slack.com/services/`: a team, a bot, and what was drawn.
pub(super) fn is_of_slack(body: &str) -> bool {
    let parts: Vec<&str> = body.split('/').collect();
    let [team, bot, drawn] = parts.as_slice() else {
        return false;
    };
    let is_number = |part: &str, first: char| part.starts_with(first) && part.len() >= 8;
    is_number(team, 'T')
        && is_number(bot, 'B')
        && (20..=32).contains(&drawn.len())
        && alphanumeric(drawn)
        && is_varied(drawn)
        && (is_random(drawn) || both_cases(drawn))
}

/// What follows `/api/webhooks/`: a number, and what was drawn.
pub(super) fn is_of_discord(body: &str) -> bool {
    let mut parts = body.split('/');
    let (Some(number), Some(drawn)) = (parts.next(), parts.next()) else {
        return false;
    };
    number.len() >= 17
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && drawn.len() >= 60
        && both_cases(drawn)
        && is_random(drawn)
}

/// What follows `/webhookb2/`: two numbers with `@` between them, a word, a key of 32 digits, and one more number.
pub(super) fn is_of_teams(body: &str) -> bool {
    let parts: Vec<&str> = body.split('/').collect();
    let [numbers, word, key, ..] = parts.as_slice() else {
        return false;
    };
    numbers.contains('@')
        && *word == "IncomingWebhook"
        && key.len() == 32
        && key.bytes().all(|byte| byte.is_ascii_hexdigit())
        && is_random(key)
}

/// What follows the `:AA` of a bot's token: always 33 characters.
pub(super) fn is_of_telegram(body: &str) -> bool {
    body.len() == 33 && both_cases(body) && is_random(body)
}

/// Whether the number of a bot stands before the colon of its token.
pub(super) fn is_behind_number(bytes: &[u8], colon: usize) -> bool {
    let before = bytes.get(..colon).unwrap_or_default();
    let digits = before.iter().rev().take_while(|it| it.is_ascii_digit());
    (8..=10).contains(&digits.count())
}
