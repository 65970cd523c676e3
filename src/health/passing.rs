//! States that pass by themselves, told in words that are neither good nor bad.

use super::body::plain;

/// Whether the whole of what is said is that somebody works on it: `under scheduled maintenance`.
pub(super) fn is_maintenance(whole: &str) -> bool {
    const BESIDE: &[&str] = &[
        "in",
        "under",
        "scheduled",
        "planned",
        "mode",
        "for",
        "is",
        "system",
        "service",
        "undergoing",
    ];
    let words = || whole.split(|it: char| !it.is_alphanumeric());
    words().any(|it| it == "maintenance")
        && words().all(|it| it == "maintenance" || it.is_empty() || BESIDE.contains(&it))
}

/// Whether the whole of what is said is that it goes, and takes no more work: `draining`, `shutting down`.
pub(super) fn is_leaving(whole: &str) -> bool {
    matches!(
        whole,
        "draining" | "stopping" | "terminating" | "shutting_down"
    )
}

/// Whether what is said is a state on the way to a good one: `starting`, `warming up`.
fn is_coming(words: &str) -> bool {
    const WAYS: &[&str] = &[
        "starting",
        "restarting",
        "initializing",
        "initialising",
        "booting",
        "bootstrapping",
        "warming",
        "loading",
        "pending",
        "connecting",
        "recovering",
        "syncing",
    ];
    let whole = plain(words);
    let word = whole.strip_suffix("_up").unwrap_or(&whole);
    WAYS.contains(&word)
}

/// What a doubt means that ends with the word it is about, in backticks: something that comes, or nobody knows.
pub(super) fn meaning(doubt: &str) -> (bool, &'static str) {
    let word = doubt.strip_suffix('`').and_then(|it| it.rsplit('`').next());
    if word.is_some_and(is_coming) {
        (true, ": it is not ready yet")
    } else {
        (false, ", which may mean anything")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_nobody_knows() {
        for coming in ["starting", "STARTING_UP", "warming up", "Initializing"] {
            assert!(is_coming(coming), "{coming}");
        }
        assert!(!is_coming("kaputt") && !is_coming("not starting"));
        assert_eq!(meaning("says `starting`").1, ": it is not ready yet");
        assert_eq!(meaning("says `kaputt`").1, ", which may mean anything");
        for down in [
            "maintenance",
            "in_maintenance_mode",
            "under scheduled maintenance",
        ] {
            assert!(is_maintenance(&plain(down)), "{down}");
        }
        for leaving in ["draining", "Draining", "shutting down"] {
            assert!(is_leaving(&plain(leaving)), "{leaving}");
        }
        assert!(!is_leaving(&plain("draining: no")) && !is_leaving(&plain("not draining")));
        for other in ["no maintenance", "maintenance: off", "last maintenance"] {
            assert!(!is_maintenance(&plain(other)), "{other}");
        }
    }
}
