//! Reports in plain text that have a line for each part: Kubernetes' `[+]etcd ok`, and `[FAIL] redis: refused`.

use super::body::{Component, Health, State, plain};
use super::parts;
use super::phrase;
use super::shown::shown;

/// Characters of a name and of a reason that are shown.
const SHOWN: usize = 200;

/// Reads one; none where hardly a line is such a one. A single one whose mark is a word tells of the whole.
pub(super) fn listed(text: &str) -> Option<Health> {
    let is_marked = |line: &str| line.trim_start().starts_with('[');
    if !text.lines().any(is_marked) {
        return None;
    }
    let mut health = Health::default();
    let (mut signs, mut others) = (false, 0);
    for line in text.lines().map(str::trim).filter(|it| !it.is_empty()) {
        if let Some((part, sign)) = part(line) {
            health.components.push(part);
            signs |= sign;
        } else {
            let state = phrase::state(line);
            // What nobody knows may be bad, too.
            if state.is_none() && health.unknown.is_none() && !phrase::is_neutral(line) {
                health.unknown = Some(parts::shown(line));
            }
            health.state = health.state.max(state);
            others += 1;
        }
    }
    let parts = health.components.len();
    if !signs && parts <= others {
        return None;
    }
    let worst = health.worst();
    // Nothing is said of the whole but that it is all of these; or it is said, and one of these is worse.
    if others == 0 || worst >= Some(State::Degraded) {
        health.state = worst;
        health.unknown = None;
    }
    if !signs && parts == 1 {
        health.components.clear();
    }
    Some(health)
}

/// The part that a line tells of, and whether its mark is a sign.
fn part(line: &str) -> Option<(Component, bool)> {
    let (mark, rest) = line.strip_prefix('[')?.split_once(']')?;
    let rest = rest.trim();
    let (marked, sign) = match mark.trim() {
        "+" => (State::Healthy, true),
        "-" => (State::Unhealthy, true),
        word => (State::word(&plain(word))?, false),
    };
    // `[-]etcd failed: reason withheld`, `[FAIL] redis: refused`.
    let (name, said) = if sign {
        rest.split_once(char::is_whitespace)
    } else {
        rest.split_once(':')
    }
    .unwrap_or((rest, ""));
    let why = match said.split_once(':') {
        Some((_, why)) if sign => why,
        _ => said,
    };
    // Behind a word may stand anything: `[OK] redis down`. Behind a sign stands a name first: `[+]shutdown ok`.
    let whole = if sign { None } else { phrase::state(rest) };
    let part = Component {
        name: shown(name, SHOWN),
        state: Some(marked).max(phrase::state(said)).max(whole),
        doubt: None,
        message: Some(shown(why, SHOWN)).filter(|it| !it.is_empty()),
    };
    (!part.name.is_empty()).then_some((part, sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (Option<State>, Vec<String>) {
        let health = Health::parse(text).expect("a report");
        let sick = health.sick().map(|it| {
            let message = it.message.as_deref().unwrap_or_default();
            format!("{} {message}", it.name)
        });
        (health.state, sick.collect())
    }

    #[test]
    fn each_line_is_a_part() {
        assert_eq!(
            told("[+]ping ok\n[+]log ok\n[+]etcd excluded: ok\nreadyz check passed\n"),
            (Some(State::Healthy), vec![])
        );
        assert_eq!(
            told("[+]ping ok\r\n[-]etcd failed: reason withheld\r\nreadyz check failed"),
            (
                Some(State::Unhealthy),
                vec!["etcd reason withheld".to_owned()]
            )
        );
        assert_eq!(
            told("[OK] database\n[FAIL] redis: no redis://u:hunter2@h/0\n"),
            (
                Some(State::Unhealthy),
                vec!["redis no redis://u:••••••@h/0".to_owned()]
            )
        );
        let many = "[+]poststarthook/start-informers ok\n".repeat(50);
        assert_eq!(
            told(&format!("{many}livez check passed")).0,
            Some(State::Healthy)
        );
    }

    #[test]
    fn no_good_line_hides_a_bad_one() {
        for text in [
            "[ok] db ok\n[ok] redis down",
            "[+]ping ok\n[-]db failed\nstatus: ok",
            "[OK] db\n[FAIL] redis\nkaputt",
        ] {
            assert_eq!(told(text).0, Some(State::Unhealthy), "{text}");
        }
        let health = Health::parse("[OK] a\n[OK] b\nkaputt").expect("a report");
        assert_eq!(
            (health.state, health.unknown.as_deref()),
            (None, Some("kaputt"))
        );
        assert_eq!(told("[+]shutdown ok\n[+]ping ok").0, Some(State::Healthy));
    }

    #[test]
    fn a_mark_alone_tells_of_the_whole() {
        for (text, state) in [
            ("[OK] all systems go", Some(State::Healthy)),
            ("[OK] redis: 3 errors", Some(State::Unhealthy)),
            ("a page\n[OK] with\nwords", None),
            ("[ok]", Some(State::Healthy)),
            ("[FAIL] database", Some(State::Unhealthy)),
            ("[OK] redis down", Some(State::Unhealthy)),
            ("[OK] database connection failed", Some(State::Unhealthy)),
            ("[PASS] db unreachable", Some(State::Unhealthy)),
            ("[OK] redis - 3 errors", Some(State::Unhealthy)),
            ("[OK] redis - 0 errors", Some(State::Healthy)),
            ("[OK] db (0/3 nodes ready)", Some(State::Unhealthy)),
            ("[ok] 0 of 3 workers up", Some(State::Unhealthy)),
            ("[LIVE] but database down", Some(State::Unhealthy)),
            ("[UP] api, [DOWN] db", Some(State::Unhealthy)),
            ("[OK] [FAIL] db", Some(State::Unhealthy)),
            ("[200] OK", Some(State::Healthy)),
        ] {
            let health = Health::parse(text);
            let told = health.as_ref().and_then(|it| it.state);
            assert_eq!(told, state, "{text}");
            assert!(health.is_none_or(|it| it.components.is_empty()), "{text}");
        }
    }
}
