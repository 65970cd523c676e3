//! Time and memory have an end, and what stood back comes in an order.

use super::*;

const NOW: Duration = Duration::from_secs(1);

fn hold() -> Hold {
    let mut hold = Hold::default();
    hold.know(4);
    hold
}

fn release(hold: &mut Hold, now: Duration) -> Vec<Held> {
    hold.end();
    std::iter::from_fn(|| hold.next(now)).collect()
}

fn lines(id: Id, text: &str) -> Held {
    Held::Lines(id, 2, text.as_bytes().to_vec(), None)
}

#[test]
fn the_others_stand_back_until_the_traceback_ends() {
    let mut hold = hold();
    assert!(!hold.printed(0, Open::Surely, NOW));
    assert!(hold.is_another(1, NOW) && !hold.is_another(0, NOW));
    hold.keep_lines(1, 2, b"> a\n", NOW);
    hold.keep_lines(1, 2, b"> b\n", NOW);
    assert!(!hold.printed(1, Open::No, NOW), "it waits");
    assert_eq!(hold.due(), Some(NOW + TRACEBACK));
    assert!(hold.printed(0, Open::No, NOW));
    assert_eq!(release(&mut hold, NOW), [lines(1, "> a\n> b\n")]);
    assert!(!hold.is_another(1, NOW) && hold.due().is_none());
    assert_eq!(hold.bytes, 0);
}

#[test]
fn the_next_traceback_that_is_not_whole_has_the_screen_for_itself() {
    let mut hold = hold();
    hold.printed(0, Open::Surely, NOW);
    for (id, text, open) in [
        (1, "> one\n", Open::Surely),
        (2, "> plain\n", Open::No),
        (1, "> more of one\n", Open::Surely),
        (3, "> other\n", Open::Surely),
    ] {
        hold.keep_lines(id, 2, text.as_bytes(), NOW);
        hold.printed(id, open, NOW);
    }
    let shown = release(&mut hold, NOW);
    assert_eq!(shown, [lines(1, "> one\n> more of one\n")]);
    assert!(!hold.is_another(1, NOW) && hold.is_another(3, NOW));
    let shown = release(&mut hold, NOW);
    assert_eq!(shown, [lines(2, "> plain\n"), lines(3, "> other\n")]);
    assert!(!hold.is_another(3, NOW) && hold.is_another(1, NOW));
}

#[test]
fn a_line_that_was_begun_comes_once_when_it_is_whole_by_then() {
    let mut hold = hold();
    hold.printed(0, Open::Surely, NOW);
    hold.keep_lines(1, 2, b"> a\n", NOW);
    let begun = |text: &str| (b"> ".to_vec(), text.as_bytes().to_vec());
    hold.keep_unfinished(1, begun("go"), NOW);
    hold.keep_unfinished(1, begun("go on"), NOW);
    hold.keep_unfinished(2, begun("sure"), NOW);
    hold.keep_lines(1, 2, b"> go on? y\n", NOW);
    let shown = [
        lines(1, "> a\n"),
        Held::Lines(2, 2, Vec::new(), Some(begun("sure"))),
        lines(1, "> go on? y\n"),
    ];
    assert_eq!(release(&mut hold, NOW), shown);
    assert_eq!(hold.bytes, 0);
}

#[test]
fn what_is_said_of_a_service_stays_behind_what_it_printed_before() {
    let mut hold = hold();
    hold.printed(0, Open::Surely, NOW);
    hold.keep_lines(1, 2, b"> last words\n", NOW);
    hold.printed(1, Open::Surely, NOW);
    assert!(hold.keep_text(Some(1), b"it died\n", NOW));
    hold.keep_lines(1, 2, b"> again\n", NOW);
    assert!(
        !hold.keep_text(Some(0), b"holder\n", NOW),
        "it comes at once"
    );
    let shown = [
        lines(1, "> last words\n"),
        Held::Text(b"it died\n".to_vec()),
        lines(1, "> again\n"),
    ];
    assert_eq!(release(&mut hold, NOW), shown);
}

#[test]
fn neither_time_nor_memory_is_without_end() {
    let mut first = hold();
    first.printed(0, Open::Surely, NOW);
    first.keep_lines(1, 2, b"> waits\n", NOW);
    let mut now = NOW;
    while !first.printed(0, Open::Surely, now) {
        now += TRACEBACK / 2;
    }
    assert_eq!(now, NOW + LONGEST_TRACEBACK);
    let mut error = hold();
    error.printed(0, Open::Likely, NOW);
    error.keep_lines(1, 2, b"> waits\n", NOW);
    let mut now = NOW;
    while !error.printed(0, Open::Likely, now) {
        now += CHAIN / 2;
    }
    assert_eq!(now, NOW + LONGEST);
    let mut second = hold();
    second.printed(0, Open::Surely, NOW);
    second.keep_lines(1, 2, &vec![b'x'; MOST + 1], NOW);
    assert!(second.printed(1, Open::Surely, NOW));
    assert_eq!(release(&mut second, NOW).len(), 1);
    assert!(
        second.is_another(0, NOW),
        "and it is not torn again at once"
    );
}

#[test]
fn a_traceback_that_comes_line_by_line_is_not_torn() {
    let mut hold = hold();
    let mut now = NOW;
    for line in 0..12 {
        let open = if line < 11 {
            Open::Surely
        } else {
            Open::Likely
        };
        let is_due = hold.printed(0, open, now);
        assert_eq!(is_due, line == 11, "line {line}");
        hold.keep_lines(1, 2, b"> a\n", now);
        hold.printed(1, Open::No, now);
        now += Duration::from_millis(120);
        let is_over = hold.due().is_some_and(|due| due <= now) && hold.is_over(now);
        assert!(!is_over || line == 11, "line {line}");
    }
}

#[test]
fn a_patience_that_is_over_is_looked_at_twice() {
    let mut hold = hold();
    hold.printed(0, Open::Perhaps, NOW);
    assert!(!hold.is_another(1, NOW + ERROR + AGAIN), "long ago");
    hold.keep_lines(1, 2, b"> a\n", NOW);
    let due = hold.due().expect("a time");
    assert_eq!(due, NOW + ERROR);
    assert!(!hold.is_over(due));
    assert_eq!(hold.due(), Some(due + AGAIN));
    assert!(hold.is_over(due + AGAIN));
}
