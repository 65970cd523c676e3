//! What is kept of a journal that has no room for all: of whoever says little everything, of whoever says
//! the most its newest.

use std::collections::BTreeMap;

use super::{Entry, LeftOut, Session};

/// Whose entries share room: a service's lines, or (none) what the tool said.
type Group = Option<String>;

/// Of the entries of one session, the oldest first, as many as have room (bytes) and are not older than
/// `oldest` (RFC 3339 in UTC), in their order. The room is shared so that nobody who takes less than an
/// equal share loses anything; the others lose their oldest. How many lines that was, the first entry says.
#[must_use]
pub fn distilled(text: &str, room: usize, oldest: &str) -> String {
    let mut head: Option<Session> = None;
    let mut entries: Vec<(&str, Entry)> = Vec::new();
    for line in text.split_inclusive('\n') {
        match serde_json::from_str(line) {
            Ok(Entry::Session(session)) => match &mut head {
                Some(head) => head.left_out.extend(session.left_out),
                None => head = Some(session),
            },
            Ok(entry) => entries.push((line, entry)),
            // Half a line, of somebody who was killed.
            Err(_) => {}
        }
    }
    let mut sizes: BTreeMap<Group, usize> = BTreeMap::new();
    for (line, entry) in &entries {
        *sizes.entry(group(entry)).or_default() += line.len();
    }
    let share = share(sizes.values().copied().collect(), room);
    let mut used: BTreeMap<Group, usize> = BTreeMap::new();
    let mut left_out = Vec::new();
    let mut kept = Vec::new();
    for (line, entry) in entries.iter().rev() {
        let used = used.entry(group(entry)).or_default();
        *used += line.len();
        if *used <= share && time(entry) >= oldest {
            kept.push(*line);
            continue;
        }
        // What came before it goes as well: nobody's lines have holes.
        *used = usize::MAX / 2;
        if let Entry::Lines(lines) = entry {
            left_out.push(LeftOut {
                service: lines.service.clone(),
                lines: lines.lines,
                from: lines.time.clone(),
                to: lines.time.clone(),
            });
        }
    }
    let mut out = String::with_capacity(text.len().min(room));
    if let Some(mut head) = head {
        left_out.append(&mut head.left_out);
        head.left_out = summed(left_out);
        if let Ok(head) = serde_json::to_string(&Entry::Session(head)) {
            out.push_str(&head);
            out.push('\n');
        }
    }
    out.extend(kept.into_iter().rev());
    out
}

fn group(entry: &Entry) -> Group {
    match entry {
        Entry::Lines(lines) => Some(lines.service.clone()),
        Entry::Note(_) | Entry::Session(_) => None,
    }
}

fn time(entry: &Entry) -> &str {
    match entry {
        Entry::Lines(lines) => &lines.time,
        Entry::Note(note) => &note.time,
        Entry::Session(session) => &session.began,
    }
}

/// How much each may take at most, so that all together have room.
fn share(mut sizes: Vec<usize>, room: usize) -> usize {
    sizes.sort_unstable();
    let mut left = room;
    let many = sizes.len();
    for (at, size) in sizes.into_iter().enumerate() {
        let share = left / (many - at);
        if size > share {
            return share;
        }
        left -= size;
    }
    usize::MAX
}

/// One for each service.
fn summed(all: Vec<LeftOut>) -> Vec<LeftOut> {
    let mut sums: BTreeMap<String, LeftOut> = BTreeMap::new();
    for one in all {
        match sums.get_mut(&one.service) {
            Some(sum) => {
                sum.lines += one.lines;
                // RFC 3339 in UTC sorts by time.
                sum.from = std::mem::take(&mut sum.from).min(one.from);
                sum.to = std::mem::take(&mut sum.to).max(one.to);
            }
            None => {
                sums.insert(one.service.clone(), one);
            }
        }
    }
    sums.into_values().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Lines, Note};
    use super::*;

    fn text(entries: &[Entry]) -> String {
        let lines = entries.iter().map(|entry| {
            let line = serde_json::to_string(entry).expect("JSON");
            line + "\n"
        });
        lines.collect()
    }

    fn read(text: &str) -> Vec<Entry> {
        let entry = |line| serde_json::from_str(line).expect("an entry");
        text.lines().map(entry).collect()
    }

    fn session() -> Entry {
        Entry::Session(Session {
            session: "ab".to_owned(),
            began: at(0),
            services: vec!["loud".to_owned(), "quiet".to_owned()],
            left_out: Vec::new(),
        })
    }

    fn at(second: u64) -> String {
        format!(
            "2026-11-30T10:{:02}:{:02}.000000Z",
            second / 60,
            second % 60
        )
    }

    fn lines(service: &str, seq: u64) -> Entry {
        Entry::Lines(Lines {
            seq,
            time: at(seq),
            service: service.to_owned(),
            part: 1,
            at: seq,
            bytes: 1,
            lines: 1,
        })
    }

    fn note(seq: u64) -> Entry {
        Entry::Note(Note {
            seq,
            time: at(seq),
            service: Some("quiet".to_owned()),
            level: "info".to_owned(),
            note: "started".to_owned(),
            number: seq,
            lost: None,
        })
    }

    #[test]
    fn who_says_little_keeps_everything_and_the_loud_one_its_newest() {
        let mut entries = vec![session(), note(0), lines("quiet", 1)];
        entries.extend((2..1000).map(|seq| lines("loud", seq)));
        let whole = text(&entries);
        let once = distilled(&whole, 20_000, "");
        assert!(once.len() < 20_500, "{}", once.len());
        // What comes later is added, and again there is no room.
        let more: Vec<Entry> = (1000..2000).map(|seq| lines("loud", seq)).collect();
        let twice = distilled(&(once + &text(&more)), 20_000, "");
        let kept = read(&twice);
        assert_eq!(kept[1..3], [note(0), lines("quiet", 1)]);
        assert_eq!(kept.last(), Some(&lines("loud", 1999)));
        let Entry::Session(head) = &kept[0] else {
            panic!("{:?}", kept[0]);
        };
        let loud = kept.len() as u64 - 3;
        assert!(loud > 100, "{loud}");
        let left_out = LeftOut {
            service: "loud".to_owned(),
            lines: 1998 - loud,
            from: at(2),
            to: at(1999 - loud),
        };
        assert_eq!(head.left_out, [left_out]);
        assert_eq!(distilled(&twice, 20_000, ""), twice);
    }

    #[test]
    fn what_is_too_old_goes_and_half_a_line_is_no_entry() {
        let whole =
            text(&[session(), lines("quiet", 1), note(2), lines("quiet", 3)]) + "{\"seq\":4,";
        let kept = read(&distilled(&whole, 1 << 20, &at(2)));
        assert_eq!(kept[1..], [note(2), lines("quiet", 3)]);
        assert_eq!(distilled("", 1 << 20, ""), "");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_without_being_counted(
            whose in prop::collection::vec(0_usize..4, 0..200), room in 0_usize..30_000
        ) {
            let names = ["a", "b", "c"];
            let of = |(seq, whose): (u64, &usize)| names.get(*whose).map_or_else(|| note(seq), |name| lines(name, seq));
            let mut entries = vec![session()];
            entries.extend((1..).zip(&whose).map(of));
            let whole = text(&entries);
            let kept = read(&distilled(&whole, room, ""));
            let Entry::Session(head) = &kept[0] else {
                panic!("{:?}", kept[0]);
            };
            let counted = |entries: &[Entry], service: &str| {
                let of = |entry: &&Entry| matches!(entry, Entry::Lines(lines) if lines.service == service);
                entries.iter().filter(of).count() as u64
            };
            for name in names {
                let left_out = head.left_out.iter().filter(|it| it.service == name);
                let left_out: u64 = left_out.map(|it| it.lines).sum();
                prop_assert_eq!(counted(&kept, name) + left_out, counted(&entries, name));
            }
            prop_assert!(text(&kept[1..]).len() <= room);
            let mut rest = entries.iter();
            prop_assert!(kept[1..].iter().all(|entry| rest.any(|it| it == entry)), "in their order");
        }
    }
}
