//! What a deployment says, as it may be shown.

use crate::env::mask_told;

/// Somebody else's words without secrets, and no longer than so many characters. Drivers tell whole URLs, with
/// whatever is in them. The mark at the end tells whoever looks for other secrets that the last word may be half
/// of one.
pub(super) fn shown(text: &str, most: usize) -> String {
    let text = mask_told(text.trim());
    if text.chars().count() <= most {
        return text;
    }
    let kept = text.chars().take(most.saturating_sub(1));
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_cut_where_it_is_seen() {
        assert_eq!(shown(" refused ", 7), "refused");
        assert_eq!(shown("refused", 6), "refus…");
        assert_eq!(shown("redis://u:pw@host", 11), "redis://u:…");
    }
}
