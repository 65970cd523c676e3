//! Cases of last lines.

use super::window::KEPT;
use super::*;

fn push(tail: &mut Tail, text: &str) {
    tail.push(text.as_bytes(), Duration::ZERO);
}

#[test]
fn only_the_last_lines_are_kept() {
    let mut tail = Tail::default();
    let text = (0..100)
        .map(|n| format!("line {n}\n"))
        .collect::<Vec<_>>()
        .concat();
    push(&mut tail, &text);
    tail.push(b"\n\x1b[31m\x1b[0m \n\x1b[1mlast\xff\n", Duration::ZERO);
    let lines: Vec<Cow<'_, str>> = tail.lines().collect();
    assert_eq!(
        (lines.len(), &*lines[0], &*lines[KEPT - 1]),
        (KEPT, "line 89", "last\u{fffd}")
    );
}

#[test]
fn the_first_line_of_a_long_error_is_remembered() {
    let python = "  File x\n".repeat(30) + "E: x\n";
    let node = "Require stack:\n- /w/x.js\n".to_owned()
        + &"    at x (node:y)\n".repeat(28)
        + "\nNode.js v20\n";
    for (head, rest) in [
        ("Traceback (most recent call last):", python),
        ("Error: Cannot find module 'x'", node),
    ] {
        let mut tail = Tail::default();
        push(&mut tail, &format!("before\n{head}\n"));
        push(&mut tail, &rest);
        assert_eq!(tail.head(), [(vec![head.to_owned()], 31 - KEPT)]);
        assert_eq!(tail.since_well().len(), KEPT + 1);
        assert_eq!(tail.since_well()[0].1, head);
        // All at once, as a program that ends writes it.
        let mut tail = Tail::default();
        push(&mut tail, &format!("before\n{head}\n{rest}"));
        assert_eq!(tail.head(), [(vec![head.to_owned()], 31 - KEPT)]);
        tail.clear();
        push(&mut tail, &format!("{head}\n  File x\nE: x\n"));
        assert_eq!(tail.head(), [], "it is among the last lines");
    }
}

#[test]
fn an_error_of_many_fields_keeps_its_traceback_and_itself() {
    let traceback = "Traceback (most recent call last):";
    let frames = "  File \"/w/s.py\", line 3, in x\n    x()\n".repeat(3);
    for count in 4..=9 {
        let error = format!("pydantic_core.ValidationError: {count} validation errors for S");
        let field = |n| format!("alpha_{n}\n  Field required\n    For further information\n");
        let fields: String = (1..=count).map(field).collect();
        let whole = format!("{traceback}\n{frames}{error}\n{fields}");
        let wanted = [
            (vec![traceback.to_owned()], 2),
            (
                [frames.lines().skip(2).collect(), vec![&*error]]
                    .concat()
                    .iter()
                    .map(|line| (*line).to_owned())
                    .collect(),
                3 * count - KEPT,
            ),
        ];
        // At once, and line by line.
        for pushes in [vec![&*whole], whole.split_inclusive('\n').collect()] {
            let mut tail = Tail::default();
            push(&mut tail, "before\n");
            for text in pushes {
                push(&mut tail, text);
            }
            assert_eq!(tail.head(), wanted);
            let since = tail.since_well();
            assert_eq!((&*since[0].1, &*since[5].1), (traceback, &*error));
            assert_eq!(since.len(), 6 + 3 * count, "all fields are read");
        }
    }
}

#[test]
fn what_led_to_a_long_error_is_remembered() {
    let traceback = "Traceback (most recent call last):\n";
    let frames = |count| "  File \"/w/a.py\", line 3, in deep\n    deep()\n".repeat(count);
    let (cause, next) = ("ModuleNotFoundError: No module named 'x'", "ImportError: y");
    let link = "The above exception was the direct cause of the following exception:";
    let during = "During handling of the above exception, another exception occurred:";
    let first = format!("{traceback}{}{cause}\n\n{link}\n\n", frames(20));
    let second = format!("{traceback}{}{next}\n\n{during}\n\n", frames(30));
    let last = format!("{traceback}{}ValueError: z\n", frames(40));
    let whole = [&*first, &*second, &*last].concat();
    for pushes in [
        vec![&*whole],
        vec![&*first, &*second, &*last],
        whole.split_inclusive('\n').collect(),
    ] {
        let mut tail = Tail::default();
        push(&mut tail, "up\n");
        for text in pushes {
            push(&mut tail, text);
        }
        let said = |tail: &Tail| {
            let links = tail.chain().iter();
            links
                .map(|link| (link.more, link.said.clone()))
                .collect::<Vec<_>>()
        };
        // Below the last places.
        let lines = |said: [&str; 2]| {
            let kept = format!("{}{}\n{}", frames(2), said[0], said[1]);
            kept.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            said(&tail),
            [(36, lines([cause, link])), (56, lines([next, during]))]
        );
        assert_eq!(
            tail.head(),
            [(vec![traceback.trim_end().to_owned()], 81 - KEPT)]
        );
        assert_eq!(tail.since_well()[5].1, cause);
        assert_eq!(tail.since_well().len(), 7 + 7 + 1 + KEPT);
        push(&mut tail, &format!("{traceback}{}E: other\n", frames(20)));
        assert!(said(&tail).is_empty(), "it is no part of that chain");
    }
}

#[test]
fn a_long_chain_of_one_request_is_known_by_its_first_line() {
    let traceback = "Traceback (most recent call last):\n";
    let frames = "  File \"/w/a.py\", line 3, in deep\n".repeat(30);
    let first = "ERROR:    Exception in ASGI application";
    let link = "During handling of the above exception, another exception occurred:";
    let mut tail = Tail::default();
    push(
        &mut tail,
        &format!(
            "{first}\n{traceback}{frames}KeyError: 'x'\n\n{link}\n\n{traceback}{frames}ValueError: y\n"
        ),
    );
    let since = tail.since_well();
    let since: Vec<&str> = since.iter().map(|(_, line)| &**line).collect();
    assert_eq!(since[..2], [first, traceback.trim_end()]);
    assert_eq!(since[4..6], ["KeyError: 'x'", link]);
    assert_eq!(tail.chain()[0].more, 28);
}

#[test]
fn a_long_error_of_one_request_is_known_by_its_first_line() {
    let first = "ERROR:    Exception in ASGI application";
    let rest = "  File x\n".repeat(30) + "KeyError: 'x'\n";
    for pushes in [
        &[&*format!(
            "{first}\nTraceback (most recent call last):\n{rest}"
        )][..],
        &[first, "Traceback (most recent call last):\n", &rest],
    ] {
        let mut tail = Tail::default();
        for text in pushes {
            push(&mut tail, text);
        }
        assert_eq!(tail.head(), [(vec![first.to_owned()], 32 - KEPT)]);
    }
}

#[test]
fn the_next_error_is_told_from_the_one_that_is_not_whole_any_more() {
    let mut tail = Tail::default();
    push(&mut tail, "ReferenceError: x is not defined\n");
    push(&mut tail, &"    at x (node:y)\n".repeat(20));
    push(&mut tail, "error: script \"dev\" exited with code 1\n");
    let head = "ReferenceError: x is not defined".to_owned();
    assert_eq!(tail.head(), [(vec![head], 21 - KEPT)]);
    push(&mut tail, &"INFO: fine\n".repeat(KEPT));
    assert_eq!(tail.head(), [], "others came since");
}

#[test]
fn what_was_said_before_it_was_well_is_shown_and_is_no_reason() {
    let mut tail = Tail::default();
    push(&mut tail, "Error: old\n");
    push(&mut tail, &"    at x (node:y)\n".repeat(20));
    tail.is_well();
    push(&mut tail, "new\n");
    let since = |tail: &Tail| {
        tail.since_well()
            .into_iter()
            .map(|line| line.1.into_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(since(&tail), ["new"]);
    assert_eq!((tail.lines().count(), tail.head().len()), (KEPT, 0));
    push(&mut tail, &"more\n".repeat(2 * KEPT));
    assert_eq!(since(&tail), ["more"; KEPT]);
}

#[test]
fn a_flood_is_not_searched_to_its_beginning() {
    let mut tail = Tail::default();
    push(&mut tail, "Error: old\n");
    push(&mut tail, &"    at an error\n".repeat(100_000));
    assert!(tail.heads.is_empty());
    push(&mut tail, &"Error: x\n".repeat(100_000));
    assert_eq!((tail.heads.len(), tail.head().len()), (HEADS, 0));
}
