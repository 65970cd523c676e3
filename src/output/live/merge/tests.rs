//! Whatever services print at the same time: each in its order, nothing lost, nothing too late, and no
//! traceback torn.

use proptest::prelude::*;

use super::*;

const PREFIX: &[u8] = b"> ";

/// The longest that anything may stand back, with the second look.
const LATEST: Duration = Duration::from_millis(5004);

/// A screen that remembers whose line came when.
#[derive(Default)]
struct Seen {
    now: Duration,
    lines: Vec<(Id, String, Duration)>,
    texts: usize,
}

impl Out for Seen {
    fn lines(&mut self, id: Id, _: usize, lines: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(lines).into_owned();
        let shown = text
            .lines()
            .map(|line| (id, line[2..].to_owned(), self.now));
        self.lines.extend(shown);
    }

    fn unfinished(&mut self, _: Id, _: &[u8], _: &[u8]) {}

    fn text(&mut self, _: &[u8]) {
        self.texts += 1;
    }
}

/// What a service prints at once as far as people see it.
fn unit(kind: u8, number: usize) -> Vec<String> {
    let one = |error: &str| {
        [
            "Traceback (most recent call last):".to_owned(),
            "  File \"x.py\", line 1, in <module>".to_owned(),
            format!("{error}: {number}"),
        ]
    };
    let chain = "During handling of the above exception, another exception occurred:";
    match kind {
        0 => vec![format!("INFO: plain {number}")],
        1 => one("KeyError").to_vec(),
        _ => [
            &one("KeyError")[..],
            &[String::new(), chain.to_owned(), String::new()],
            &one("RuntimeError"),
        ]
        .concat(),
    }
}

/// What one service prints: each line with the number of the unit that it is of.
type Script = Vec<(usize, String)>;

fn script(kinds: &[u8]) -> Script {
    let units = kinds.iter().enumerate();
    let lines = units.map(|(number, kind)| (number, unit(*kind, number)));
    lines
        .flat_map(|(number, lines)| lines.into_iter().map(move |line| (number, line)))
        .collect()
}

/// Who prints next, how many lines at once, and how many microseconds after the one before.
type Step = (usize, usize, u64);

/// Lets the services print their scripts to the end, in that order; what was seen, and when each line
/// came. With a level to look for, lines are judged before they are framed.
fn play(scripts: &[Script], steps: &[Step], least: Option<Level>) -> (Seen, Vec<Vec<Duration>>) {
    let mut merge = Merge::new(Style::plain(), least);
    merge.know(scripts.len());
    let mut seen = Seen::default();
    let mut came = vec![Vec::new(); scripts.len()];
    let rest = scripts.iter().enumerate();
    let rest = rest.map(|(id, script)| (id, script.len(), 0));
    for (id, count, pause) in steps.iter().copied().chain(rest) {
        let then = seen.now + Duration::from_micros(pause);
        while let Some(due) = merge.due().filter(|due| *due <= then) {
            seen.now = seen.now.max(due);
            let now = seen.now;
            merge.tick(now, &mut seen);
        }
        seen.now = then;
        let lines = scripts[id].iter().skip(came[id].len()).take(count);
        let text: String = lines.flat_map(|(_, line)| [line.as_str(), "\n"]).collect();
        if text.is_empty() {
            merge.text(None, (b"news\n", then), &mut seen);
            continue;
        }
        came[id].extend(text.lines().map(|_| then));
        merge.lines(id, (text.as_bytes(), then), PREFIX, &mut seen);
    }
    merge.finish(&mut seen);
    (seen, came)
}

fn own(seen: &Seen, id: Id) -> Vec<(&str, Duration)> {
    let lines = seen.lines.iter().filter(|(whose, ..)| *whose == id);
    lines.map(|(_, line, at)| (line.as_str(), *at)).collect()
}

/// How often another service's line, or another unit's, stands within one unit.
fn torn(seen: &Seen, scripts: &[Script]) -> usize {
    let mut shown = vec![0; scripts.len()];
    let whose = seen.lines.iter().map(|(id, ..)| {
        let (unit, _) = &scripts[*id][shown[*id]];
        shown[*id] += 1;
        (*id, *unit)
    });
    let mut whose: Vec<(Id, usize)> = whose.collect();
    whose.dedup();
    let runs = whose.len();
    whose.sort_unstable();
    whose.dedup();
    runs - whose.len()
}

fn scripts() -> impl Strategy<Value = Vec<Script>> {
    let kinds = proptest::collection::vec(0_u8..3, 1..4);
    let one = kinds.prop_map(|kinds| script(&kinds));
    proptest::collection::vec(one, 4)
}

fn steps(slowest: u64) -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec((0_usize..4, 0_usize..4, 0..slowest), 0..100)
}

proptest! {
    #[test]
    fn nothing_is_lost_or_out_of_order_or_too_late(
        scripts in scripts(),
        steps in steps(120_000),
    ) {
        let (seen, came) = play(&scripts, &steps, None);
        for (id, script) in scripts.iter().enumerate() {
            let shown = own(&seen, id);
            let lines: Vec<&str> = shown.iter().map(|(line, _)| *line).collect();
            let printed: Vec<&str> = script.iter().map(|(_, line)| line.as_str()).collect();
            prop_assert_eq!(lines, printed);
            for ((line, at), came) in shown.iter().zip(&came[id]) {
                prop_assert!(*at <= *came + LATEST, "{line} came at {came:?}, was shown at {at:?}");
            }
        }
        prop_assert!(seen.texts >= steps.iter().filter(|(_, count, _)| *count == 0).count());
    }

    #[test]
    fn what_is_printed_within_the_time_is_never_torn(
        scripts in scripts(),
        steps in steps(450),
        least in proptest::option::of(Just(Level::Trace)),
    ) {
        // All of it within the shortest time that is waited for a traceback.
        let (seen, _) = play(&scripts, &steps, least);
        prop_assert_eq!(torn(&seen, &scripts), 0, "{:#?}", seen.lines);
    }
}

#[test]
fn who_never_stops_lets_the_others_in_between_two_errors() {
    // Each chunk has the end of one traceback and the beginning of the next.
    let busy = script(&[1; 40]);
    let quiet = script(&[0]);
    let steps: Vec<Step> = [(0, 2, 0), (1, 1, 1000)]
        .into_iter()
        .chain([(0, 3, 1000); 30])
        .collect();
    let (seen, came) = play(&[busy, quiet], &steps, None);
    let (_, at) = own(&seen, 1)[0];
    assert_eq!(at, came[1][0] + Duration::from_millis(1));
}

#[test]
fn a_stack_that_comes_a_moment_after_its_head_is_not_torn_from_it() {
    let mut merge = Merge::new(Style::plain(), None);
    merge.know(2);
    let mut seen = Seen::default();
    let mut print = |id, line: &[u8], millis| {
        seen.now = Duration::from_millis(millis);
        merge.tick(seen.now, &mut seen);
        merge.lines(id, (line, seen.now), PREFIX, &mut seen);
    };
    print(0, " ⨯ Error: boom\n".as_bytes(), 0);
    for millis in [5, 15, 25] {
        print(1, b"tick\n", millis);
    }
    let stack = b"    at Page (app/page.tsx:3:9)\n    at async x (app/x.tsx:7:1)\n";
    print(0, stack, 35);
    print(1, b"tick\n", 90);
    print(1, b"tick\n", 95);
    let order: Vec<Id> = seen.lines.iter().map(|(id, ..)| *id).collect();
    assert_eq!(order, [0, 0, 0, 1, 1, 1, 1, 1]);
}

#[test]
fn errors_that_come_line_by_line_are_not_torn() {
    let python = "Traceback (most recent call last):\n  File \"/x/a.py\", line 3, in f\npydantic_core.ValidationError: 1 validation error for S\na\n  Input should be a valid integer\n    For further information visit https://errors.pydantic.dev\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"/x/a.py\", line 5, in <module>\nValueError: one\ntwo\nthree";
    let go = "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/x/a.go:5 +0x1d\nexit status 2";
    let next =
        " ⨯ Error: kaboom\n    at Page (app/page.tsx:5:9)\n  4 | code\n> 5 | throw\n    |   ^";
    let java = "Exception in thread \"main\" java.lang.RuntimeException: x\n\tat com.e.A.main(A.java:3)\nCaused by: java.io.IOException: y\n\tat com.e.B.f(B.java:9)";
    for gap in [20, 60, 120] {
        for text in [python, go, next, java] {
            let mut merge = Merge::new(Style::plain(), Some(Level::Info));
            merge.know(2);
            let mut seen = Seen::default();
            let lines: Vec<&str> = text.lines().collect();
            // Another service prints in the middle between any two lines.
            for half in 0..2 * lines.len() + 16 {
                let then = Duration::from_millis(gap / 2 * u64::try_from(half).expect("few"));
                while let Some(due) = merge.due().filter(|due| *due <= then) {
                    seen.now = seen.now.max(due);
                    let now = seen.now;
                    merge.tick(now, &mut seen);
                }
                seen.now = then;
                match lines.get(half / 2) {
                    Some(line) if half % 2 == 0 => {
                        let line = format!("{line}\n");
                        merge.lines(0, (line.as_bytes(), then), PREFIX, &mut seen);
                    }
                    _ => merge.lines(1, (b"noise\n", then), PREFIX, &mut seen),
                }
            }
            merge.finish(&mut seen);
            let whose: Vec<Id> = seen.lines.iter().map(|(id, ..)| *id).collect();
            let first = whose.iter().position(|id| *id == 0).expect("an error");
            let all = whose[first..].iter().take(lines.len()).all(|id| *id == 0);
            assert!(all, "{gap}: {:#?}", seen.lines);
        }
    }
}
