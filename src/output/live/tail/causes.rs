//! What is kept of an error is enough to tell its cause, wherever the last lines begin in it.

use std::collections::BTreeSet;

use super::*;
use crate::service::cause::{self, Declared, Given, Modules, Speaker, Tables};
use crate::service::{Ending, last_words};

const TRACEBACK: &str = "Traceback (most recent call last):\n";
const LINK: &str = "\nThe above exception was the direct cause of the following exception:\n\n";

/// How Python 3.11, 3.13 and loguru show the places within pydantic.
const PLACES: [&str; 3] = [
    "  File \"/v/site-packages/pydantic_settings/main.py\", line 292, in __init__
    super().__init__(**x)
  File \"/v/site-packages/pydantic/main.py\", line 280, in __init__
    validated_self = self.x.validate_python(data, self_instance=self)
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    "  File \"/v/site-packages/pydantic_settings/main.py\", line 194, in __init__
    super().__init__(
    ~~~~~~~~~~~~~~~~^
        **x._settings_build_values(
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ...<27 lines>...
        )
        ^
    )
    ^
  File \"/v/site-packages/pydantic/main.py\", line 253, in __init__
    validated_self = self.x.validate_python(data, self_instance=self)
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
",
    "> File \"/w/a.py\", line 7, in main
    S()
    └ <class '__main__.S'>

  File \"/v/site-packages/pydantic_settings/main.py\", line 292, in __init__
    super().__init__(**x(sources, init_kwargs))
                       │ │        └ {}
                       │ └ (InitSettingsSource(init_kwargs={}), EnvSettingsSource(env_prefix_len=0)...
                       └ S()
  File \"/v/site-packages/pydantic/main.py\", line 280, in __init__
    validated_self = self.x.validate_python(data, self_instance=self)
                     │    │ │               │                   └ S()
                     │    │ │               └ {}
                     │    │ └ <method 'validate_python' of 'SchemaValidator' objects>
                     │    └ SchemaValidator(title=\"S\", validator=Model(
                     │          ModelValidator {
                     │              revalidate: Never,
                     │              validator: ModelFields(
                     │       ...
                     └ S()

",
];

/// What a field has wrong.
const WRONG: [&str; 3] = [
    "Field required [type=missing, input_value={}, input_type=dict]",
    "Input should be a valid integer [type=int_parsing, input_value='x', input_type=str]",
    "Extra inputs are not permitted [type=extra_forbidden, input_value='x', input_type=str]",
];

fn error(frames: usize, places: &str, count: usize, wrong: impl Fn(usize) -> usize) -> String {
    let frame = "  File \"/w/a.py\", line 3, in deep\n    deep()\n".repeat(frames);
    let plural = if count == 1 { "" } else { "s" };
    let field = |n| {
        let wrong = WRONG[wrong(n)];
        let url = "    For further information visit https://errors.pydantic.dev/2.14/v/missing";
        format!("alpha_{n}\n  {wrong}\n{url}\n")
    };
    let fields: String = (1..=count).map(field).collect();
    format!(
        "{TRACEBACK}{frame}{places}pydantic_core._pydantic_core.ValidationError: {count} validation error{plural} for S\n{fields}"
    )
}

/// The cause, where the text comes at once, and where it comes line by line.
fn causes(text: &str, code: i32) -> [Option<String>; 2] {
    let tables = Tables {
        by_us: true,
        alembic: None,
    };
    let (declared, given, modules) = (Declared::new(), Given::default(), Modules::default());
    let set = BTreeSet::new();
    let speaker = Speaker {
        service: "a",
        tier: None,
        port: None,
        is_alone: false,
        declared: &declared,
        given: &given,
        set: &set,
        modules: &modules,
        tables: &tables,
        neighbours: &[],
    };
    [vec![text], text.split_inclusive('\n').collect()].map(|pushes| {
        let mut tail = Tail::default();
        tail.push(b"up\n", Duration::ZERO);
        for text in pushes {
            tail.push(text.as_bytes(), Duration::ZERO);
        }
        let said = tail.since_well();
        let said: Vec<last_words::Line<'_>> =
            said.iter().map(|(at, line)| (*at, &**line)).collect();
        let words = last_words::of(&said, Some(Ending::Code(code)));
        let words: Vec<&str> = words.iter().map(|(_, line)| *line).collect();
        Some(cause::of(speaker, &words)?.meaning)
    })
}

/// Holds that every field is named, of which there may be too many.
fn name_all(text: &str, code: i32, count: usize) {
    for meaning in causes(text, code) {
        let meaning = meaning.unwrap_or_else(|| panic!("no cause: {text}"));
        for n in 1..=count.min(6) {
            assert!(
                meaning.contains(&format!("alpha_{n}`")),
                "{meaning}: {text}"
            );
        }
        // Of those that are refused one stands before the others.
        let left = |most| format!(", {} more", count.saturating_sub(most));
        let is_counted = count <= 7 || [6, 7].iter().any(|most| meaning.contains(&left(*most)));
        assert!(is_counted, "{meaning}: {text}");
    }
}

#[test]
fn settings_that_are_refused_are_told_however_many_fields_there_are() {
    for places in PLACES {
        for count in 1..=12 {
            for kind in 0..WRONG.len() {
                name_all(&error(3, places, count, |_| kind), 1, count);
            }
            for frames in [0, 1, 15] {
                name_all(&error(frames, places, count, |n| n % 2), 1, count.min(6));
            }
        }
    }
}

#[test]
fn what_others_say_of_the_end_hides_no_settings() {
    let said = "make: *** [Makefile:2: dev] Error 1\n";
    for places in PLACES {
        for count in 1..=6 {
            for more in [1, 2, 4] {
                let text = error(3, places, count, |_| 0) + &said.repeat(more);
                name_all(&text, 2, count);
            }
        }
    }
}

#[test]
fn settings_that_led_to_another_exception_are_told() {
    for places in PLACES {
        for count in [1, 2, 3, 4, 6, 12] {
            for behind in [0, 1, 3, 4, 5, 40] {
                let frames = "  File \"/w/a.py\", line 3, in deep\n    deep()\n".repeat(behind);
                let text = error(3, places, count, |_| 0)
                    + LINK
                    + TRACEBACK
                    + "  File \"/w/a.py\", line 7, in <module>\n"
                    + &frames
                    + "    raise RuntimeError(\"configuration is broken\") from e\n"
                    + "RuntimeError: configuration is broken\n";
                name_all(&text, 1, count);
            }
        }
    }
}

#[test]
fn settings_that_loguru_logged_are_told() {
    let head = "2026-11-30 13:32:11.573 | ERROR    | __main__:main:9 - config\n";
    for places in PLACES {
        for count in 1..=12 {
            let text = head.to_owned() + &error(3, places, count, |_| 0);
            name_all(&text, 3, count);
            let led_to = "  File \"/w/a.py\", line 13, in <module>
    main()
    └ <function main at 0x7f036fcdc720>

> File \"/w/a.py\", line 10, in main
    raise RuntimeError(\"configuration is broken\") from e

RuntimeError: configuration is broken
";
            name_all(&(text + LINK + TRACEBACK + "\n" + led_to), 3, count);
        }
    }
}
