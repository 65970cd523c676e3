//! Numbers and lists in words, in one voice.

use std::time::Duration;

/// `1 file`, `2 files`.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn and_list<S: AsRef<str>>(items: &[S]) -> String {
    join(items, "and")
}

/// `a`, `a or b`, `a, b or c`.
#[must_use]
pub fn or_list<S: AsRef<str>>(items: &[S]) -> String {
    join(items, "or")
}

fn join<S: AsRef<str>>(items: &[S], word: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", first.join(", "), last.as_ref())
        }
    }
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// A time with the unit that fits: `<0.1 ms`, `0.4 ms`, `38 ms`, `2.1 s`, `3 min 5 s`.
#[must_use]
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 0.00005 {
        "<0.1 ms".to_owned()
    } else if seconds < 0.01 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds < 0.1 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        let whole = time.as_secs();
        match (whole / 3600, whole % 3600 / 60, whole % 60) {
            (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
            (hours, minutes, _) => format!("{hours} h {minutes} min"),
        }
    }
}

/// A time that was measured in whole milliseconds: as [`duration`], but `7 ms` and `<1 ms`.
#[must_use]
pub fn milliseconds(milliseconds: u64) -> String {
    match milliseconds {
        0 => "<1 ms".to_owned(),
        few @ 1..10 => format!("{few} ms"),
        some => duration(Duration::from_millis(some)),
    }
}

/// Bytes with the unit that fits: `640 kB`, `45 MB`, `1.2 GB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const KB: u64 = 1000;
    const MB: u64 = 1000 * KB;
    const GB: u64 = 1000 * MB;
    match bytes {
        0..KB => format!("{bytes} B"),
        KB..MB => format!("{} kB", bytes / KB),
        MB..GB => format!("{} MB", bytes / MB),
        _ => format!("{}.{} GB", bytes / GB, bytes % GB / (GB / 10)),
    }
}

/// `A, B, C`, and of many names only the first.
#[must_use]
pub fn few(names: &[String]) -> String {
    const MOST: usize = 6;
    let shown = names.iter().take(MOST).map(String::as_str);
    let mut shown: Vec<&str> = shown.collect();
    let more = format!("{} more", names.len().saturating_sub(MOST));
    if names.len() > MOST {
        shown.push(&more);
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_fitting_units() {
        let shown = |ms| duration(Duration::from_micros(ms));
        assert_eq!(
            [
                shown(400),
                shown(38_000),
                shown(2_140_000),
                shown(185_000_000),
                shown(3_700_000_000)
            ],
            ["0.4 ms", "38 ms", "2.1 s", "3 min 5 s", "1 h 1 min"]
        );
    }

    #[test]
    fn sizes_have_fitting_units() {
        let shown = [999, 640_000, 45_900_000, 1_290_000_000].map(size);
        assert_eq!([0, 7, 38].map(milliseconds), ["<1 ms", "7 ms", "38 ms"]);
        assert_eq!(shown, ["999 B", "640 kB", "45 MB", "1.2 GB"]);
    }

    #[test]
    fn lists_read_like_sentences() {
        assert_eq!(and_list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(or_list(&["a", "b"]), "a or b");
        assert_eq!(plural(1, "error"), "1 error");
    }
}
