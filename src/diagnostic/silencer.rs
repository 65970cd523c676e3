//! What a comment says that silences rules, whatever language it stands in.

/// What such a comment begins with.
pub const MARK: &str = "pixcrawler: ignore";

/// The rules that are named behind [`MARK`], `[a, b]`, and the reason behind them.
#[must_use]
pub fn words(after: &str) -> (Vec<String>, &str) {
    let Some((rules, reason)) = after
        .trim_start()
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    else {
        return (Vec::new(), after);
    };
    let rules = rules
        .split(',')
        .map(|rule| rule.trim().to_owned())
        .filter(|rule| !rule.is_empty())
        .collect();
    (rules, reason)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn rules_and_reason_are_told_apart() {
        let rules = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(words("[a/b, c,] why"), (rules(&["a/b", "c"]), " why"));
        assert_eq!(words(" no rules"), (rules(&[]), " no rules"));
        assert_eq!(words("[open"), (rules(&[]), "[open"));
    }
}
