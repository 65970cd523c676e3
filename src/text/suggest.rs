//! "Did you mean": the nearest known name.

/// The candidate that `name` was most likely meant to be, or none when nothing is near.
/// A third of the letters may differ, one at least; of a single letter nothing would be left then. Case never
/// counts.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_ascii_lowercase();
    let limit = match wanted.chars().count() {
        0 | 1 => 0,
        letters => (letters / 3).max(1),
    };
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&wanted, &candidate.to_ascii_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_typos_and_nothing_far_away() {
        let names = ["backend", "worker", "frontend"];
        assert_eq!(nearest("backed", names), Some("backend"));
        assert_eq!(nearest("Frontned", names), Some("frontend"));
        assert_eq!(nearest("postgres", names), None);
        assert_eq!(nearest("a", ["b", "c", "r"]), None);
        assert_eq!(nearest("A", ["b", "a"]), Some("a"));
        assert_eq!(nearest("dv", ["db", "web"]), Some("db"));
    }
}
