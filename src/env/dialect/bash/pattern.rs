//! `${NAME#glob}` and its relatives.

/// The value without the shortest or longest start (or end) that the glob matches.
pub(super) fn strip<'v>(value: &'v str, glob: &str, front: bool, longest: bool) -> &'v str {
    // Each cut is matched anew; env values that need this are short, and longer ones stay as they are.
    const LIMIT: usize = 4096;
    if value.len() > LIMIT || glob.len() > LIMIT {
        return value;
    }
    let glob: Vec<char> = glob.chars().collect();
    let cuts = (0..=value.len()).filter(|&at| value.is_char_boundary(at));
    let fits = |&at: &usize| {
        let piece: Vec<char> = if front {
            value[..at].chars()
        } else {
            value[at..].chars()
        }
        .collect();
        matches(&piece, &glob)
    };
    let cut = if front == longest {
        cuts.rev().find(fits)
    } else {
        cuts.into_iter().find(fits)
    };
    match cut {
        Some(at) if front => &value[at..],
        Some(at) => &value[..at],
        None => value,
    }
}

/// `*` and `?`; the classic two-pointer walk, linear but for the last star.
fn matches(text: &[char], glob: &[char]) -> bool {
    let (mut at, mut in_glob, mut star) = (0, 0, None);
    while at < text.len() {
        match glob.get(in_glob) {
            Some('*') => {
                star = Some((in_glob, at));
                in_glob += 1;
            }
            Some(&c) if c == '?' || c == text[at] => {
                at += 1;
                in_glob += 1;
            }
            _ => {
                let Some((from_glob, from)) = star else {
                    return false;
                };
                star = Some((from_glob, from + 1));
                (in_glob, at) = (from_glob + 1, from + 1);
            }
        }
    }
    glob[in_glob..].iter().all(|&c| c == '*')
}
