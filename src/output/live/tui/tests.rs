//! The interface as it looks and as it answers, without a terminal.

mod further;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{
    KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::style::Modifier;
use serde_json::json;
use std::time::Duration;

use super::look::Theme;
use super::model::{Anchor, Command, Event, Mode, Model, Role};
use super::view::view;
use crate::service::control::{
    Ask, Happened, Mood, Phase, Printed, Reply, ServiceView, SessionView, Snapshot, Stage,
};
use crate::system::process::Usage;

const PLAIN: Theme = Theme {
    color: false,
    unicode: true,
};

fn service(name: &str, state: Stage, port: Option<u16>) -> ServiceView {
    ServiceView {
        name: name.to_owned(),
        group: None,
        kind: "service".to_owned(),
        state,
        pid: Some(4711),
        mark: format!("m/{name}"),
        port,
        url: port.map(|port| format!("http://localhost:{port}")),
        uptime_ms: Some(61_000),
        ready_ms: (state == Stage::Ready).then_some(2100),
        restarts: 0,
        ending: (state == Stage::Failed).then(|| "exit code 3".to_owned()),
        left_ms: (state == Stage::Stopping).then_some(9300),
        held_by: None,
        waits_for_health_of: None,
        after: Vec::new(),
        warnings: Vec::new(),
    }
}

fn snapshot(phase: Phase, services: Vec<ServiceView>) -> Reply {
    Reply::State(Box::new(Snapshot {
        session: SessionView {
            pid: 4700,
            version: "0.1.0".to_owned(),
            environment: "development".to_owned(),
            root: "/home/you/shop".to_owned(),
            phase,
            uptime_ms: 65_000,
        },
        services,
    }))
}

fn stack() -> Vec<ServiceView> {
    vec![
        service("postgres", Stage::Ready, Some(5432)),
        service("backend", Stage::Ready, Some(8000)),
        service("worker", Stage::Failed, None),
        service("frontend", Stage::Starting, Some(3000)),
    ]
}

fn printed(service: &str, text: &str) -> Event {
    Event::Reply(Reply::Printed(Printed {
        time: "2026-11-24T14:02:11.000Z".to_owned(),
        service: service.to_owned(),
        seq: 1,
        text: text.to_owned(),
    }))
}

fn model(size: (u16, u16), theme: Theme) -> Model {
    let mut model = Model::new(theme, Role::Owner, size, TimeZone::UTC);
    model.update(Event::Reply(snapshot(Phase::Starting, stack())));
    let usage = |cpu, memory| {
        Some(Usage {
            cpu: Some(cpu),
            memory,
            processes: 1,
        })
    };
    for step in 0..20_u32 {
        let busy = f64::from(step % 5) / 5.0;
        let memory = 100_000_000 + u64::from(step) * 5_000_000;
        model.update(Event::Usage(vec![
            usage(0.01, 45_000_000),
            usage(busy, memory),
            None,
            usage(1.2, 400_000_000),
        ]));
    }
    model.update(printed("postgres", "LOG:  database system is ready\n"));
    model.update(printed(
        "backend",
        "\x1b[32mINFO\x1b[0m:     127.0.0.1:33542 - \"GET /health HTTP/1.1\" 200 OK\n",
    ));
    model.update(printed(
        "worker",
        "ERROR crawl.run raised ValueError\nTraceback (most recent call last):\n  File \"celery_core/tasks.py\", line 41, in run\nValueError: max_images must be positive\n",
    ));
    model.update(Event::Reply(Reply::Happened(Happened {
        number: 0,
        mood: Mood::Bad,
        text: "worker ended after 2.1 s with exit code 3".to_owned(),
        event: json!({"time": "2026-11-24T14:02:12.000Z", "event": "died", "service": "worker"}),
    })));
    model.update(printed("frontend", "WARN  日本語 a line that is long enough to be wrapped at eighty columns, with wide characters in it: 一二三四五六七八九十\n"));
    model
}

/// The screen as text, with what is reversed in brackets at its edges.
fn shown(model: &Model) -> String {
    let (columns, rows) = model.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a screen");
    terminal
        .draw(|frame| view(model, frame))
        .expect("a picture");
    if columns == 0 || rows == 0 {
        return String::new();
    }
    terminal.backend().to_string()
}

fn press(model: &mut Model, keys: &str) -> Vec<Command> {
    let codes = keys.chars().map(|key| match key {
        '\n' => KeyCode::Enter,
        '\x1b' => KeyCode::Esc,
        key => KeyCode::Char(key),
    });
    codes
        .flat_map(|code| model.update(Event::Key(KeyEvent::new(code, KeyModifiers::NONE))))
        .collect()
}

fn ctrl_c(model: &mut Model) -> Vec<Command> {
    let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    model.update(Event::Key(key))
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn long_names_have_the_room_that_states_do_not_need() {
    let services = (0..22).map(|at| {
        let name = format!("svc-with-a-long-name-{at}");
        service(&name, Stage::Ready, Some(8000))
    });
    for (size, whole) in [((80, 24), true), ((120, 24), true), ((58, 24), false)] {
        let mut model = Model::new(PLAIN, Role::Owner, size, TimeZone::UTC);
        model.update(Event::Reply(snapshot(
            Phase::Running,
            services.clone().collect(),
        )));
        let shown = shown(&model);
        for at in 0..5 {
            let name = if whole {
                format!("svc-with-a-long-name-{at} ")
            } else {
                format!("name-{at}")
            };
            assert!(shown.contains(&name), "{name}\n{shown}");
        }
    }
}

#[test]
fn it_fits_every_usual_terminal() {
    insta::assert_snapshot!("80x24", shown(&model((80, 24), PLAIN)));
    insta::assert_snapshot!("120x40", shown(&model((120, 40), PLAIN)));
    insta::assert_snapshot!("40x10", shown(&model((40, 10), PLAIN)));
}

#[test]
fn the_help_says_what_keys_do() {
    let mut model = model((80, 24), PLAIN);
    press(&mut model, "?");
    insta::assert_snapshot!("help", shown(&model));
    press(&mut model, "x");
    assert_eq!(
        model.mode,
        Mode::Command,
        "any key closes it and does nothing else"
    );
}

#[test]
fn while_it_stops_it_says_who_is_waited_for() {
    let mut model = model((80, 24), PLAIN);
    let services = vec![
        service("postgres", Stage::Ready, Some(5432)),
        service("backend", Stage::Done, Some(8000)),
        service("worker", Stage::Stopping, None),
    ];
    model.update(Event::Reply(snapshot(Phase::Stopping, services)));
    model.update(Event::Tick(Duration::from_secs(2)));
    let first = shown(&model).lines().next().unwrap_or_default().to_owned();
    assert!(
        first.contains("stopping postgres, worker (up to 7.3 s) · Ctrl+C again kills"),
        "{first}"
    );
}

#[test]
fn without_colour_and_unicode_the_words_are_the_same() {
    let theme = Theme {
        color: false,
        unicode: false,
    };
    let text = shown(&model((80, 24), theme));
    let ours: String = text.lines().take(7).collect();
    assert!(ours.is_ascii(), "only services may print more: {ours}");
    for word in ["ready", "exit code 3", "starting", "all services"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).expect("a screen");
    terminal
        .draw(|frame| view(&model((80, 24), PLAIN), frame))
        .expect("a picture");
    let coloured = terminal
        .backend()
        .buffer()
        .content()
        .iter()
        .any(|cell| cell.fg != ratatui::style::Color::Reset);
    assert!(!coloured);
}

#[test]
fn keys_choose_and_give_orders() {
    let mut model = model((80, 24), PLAIN);
    assert_eq!(
        press(&mut model, "jjr"),
        [Command::Ask(Ask::Restart {
            services: names(&["backend"])
        })]
    );
    let text = shown(&model);
    assert!(
        text.contains("GET /health") && !text.contains("Traceback"),
        "{text}"
    );
    assert_eq!(
        press(&mut model, "x"),
        [Command::Ask(Ask::Stop {
            services: names(&["backend"])
        })]
    );
    assert_eq!(
        press(&mut model, "3s"),
        [Command::Ask(Ask::Start {
            services: names(&["worker"])
        })]
    );
    // What concerns everything is asked for first.
    assert_eq!(press(&mut model, "ax"), []);
    assert!(shown(&model).contains("stop the whole session? y/n"));
    assert_eq!(press(&mut model, "n"), []);
    assert_eq!(
        press(&mut model, "qy"),
        [Command::Ask(Ask::Stop { services: vec![] })]
    );
    assert_eq!(
        ctrl_c(&mut model),
        [Command::Ask(Ask::Stop { services: vec![] })]
    );
    assert_eq!(ctrl_c(&mut model), [Command::Ask(Ask::Kill)]);
    let mut guest = Model::new(PLAIN, Role::Guest, (80, 24), TimeZone::UTC);
    assert_eq!(ctrl_c(&mut guest), [Command::Leave]);
    assert_eq!(press(&mut guest, "q"), [Command::Leave]);
}

#[test]
fn the_mouse_chooses_and_scrolls() {
    let mut model = model((80, 24), PLAIN);
    for n in 0..100 {
        model.update(printed("backend", &format!("line {n}\n")));
    }
    let mouse = |model: &mut Model, kind, row| {
        model.update(Event::Mouse(MouseEvent {
            kind,
            column: 10,
            row,
            modifiers: KeyModifiers::NONE,
        }))
    };
    // The head is row 0, all services row 1.
    mouse(&mut model, MouseEventKind::Down(MouseButton::Left), 3);
    assert_eq!(model.chosen, Some(1));
    mouse(&mut model, MouseEventKind::ScrollUp, 15);
    assert!(matches!(model.anchor, Anchor::Top(_)));
    assert!(!shown(&model).contains("line 99"));
    mouse(&mut model, MouseEventKind::ScrollDown, 15);
    assert_eq!(model.anchor, Anchor::Newest);
    assert!(shown(&model).contains("line 99"));
    mouse(&mut model, MouseEventKind::ScrollUp, 2);
    assert_eq!(model.chosen, Some(0));
}

#[test]
fn what_is_searched_for_is_found_and_marked() {
    let mut model = model((80, 24), PLAIN);
    for n in 0..300 {
        model.update(printed("backend", &format!("line {n}\n")));
    }
    press(&mut model, "/line 7\n");
    let text = shown(&model);
    assert!(text.contains("line 79"), "{text}");
    let (columns, rows) = model.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a screen");
    terminal
        .draw(|frame| view(&model, frame))
        .expect("a picture");
    let log = model.areas().log;
    let marked = terminal.backend().buffer().content()[usize::from(log.y) * 80..]
        .iter()
        .filter(|cell| cell.modifier.contains(Modifier::REVERSED))
        .map(ratatui::buffer::Cell::symbol)
        .collect::<String>();
    assert!(marked.starts_with("line 7"), "{marked}");
    let found = |model: &Model| {
        let at = model.store.position(model.found.expect("found"));
        model.store.line(at).expect("there").text.to_string()
    };
    assert_eq!(found(&model), "line 79");
    press(&mut model, "N");
    assert_eq!(found(&model), "line 78");
    press(&mut model, "nn");
    assert_eq!(found(&model), "line 7", "round at the end");
    press(&mut model, "/nowhere\n");
    assert!(shown(&model).contains("no line has `nowhere`"));
}

#[test]
fn lines_are_filtered_by_text_and_level() {
    let mut model = model((80, 24), PLAIN);
    press(&mut model, "fcrawl\n");
    let text = shown(&model);
    assert!(
        text.contains("crawl.run") && !text.contains("GET /health"),
        "{text}"
    );
    press(&mut model, "\x1bll");
    let text = shown(&model);
    assert!(
        text.contains("warn and worse") && !text.contains("GET /health"),
        "{text}"
    );
    assert!(
        text.contains("Traceback") && text.contains("tasks.py"),
        "{text}"
    );
    press(&mut model, "fnothing like it\n");
    assert!(shown(&model).contains("no line matches"));
    press(&mut model, "\x1b");
    assert!(shown(&model).contains("GET /health"));
}

#[test]
fn what_is_read_does_not_run_away() {
    let mut model = model((80, 24), PLAIN);
    for n in 0..100 {
        model.update(printed("backend", &format!("line {n}\n")));
    }
    press(&mut model, "bb");
    let log = |model: &Model| {
        let top = usize::from(model.areas().log.y);
        shown(model)
            .lines()
            .skip(top)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let before = log(&model);
    for n in 0..3000 {
        model.update(printed("backend", &format!("later {n}\n")));
    }
    assert_eq!(log(&model), before);
    press(&mut model, "G");
    assert!(shown(&model).contains("later 2999"));
    press(&mut model, "g");
    assert!(shown(&model).contains("database system is ready"));
}

fn events() -> impl Strategy<Value = Event> {
    let key = prop_oneof![
        proptest::char::range(' ', '~').prop_map(KeyCode::Char),
        Just(KeyCode::Enter),
        Just(KeyCode::Esc),
        Just(KeyCode::Backspace),
        Just(KeyCode::PageUp),
        Just(KeyCode::PageDown),
        Just(KeyCode::Home),
        Just(KeyCode::Right),
        Just(KeyCode::Up),
        Just(KeyCode::Down),
    ];
    let kind = prop_oneof![
        Just(MouseEventKind::ScrollUp),
        Just(MouseEventKind::ScrollDown),
        Just(MouseEventKind::Down(MouseButton::Left)),
    ];
    prop_oneof![
        8 => key.prop_map(|code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE))),
        2 => (kind, 0_u16..130, 0_u16..50).prop_map(|(kind, column, row)| Event::Mouse(MouseEvent {
            kind, column, row, modifiers: KeyModifiers::NONE
        })),
        2 => (0_u16..130, 0_u16..50).prop_map(|(columns, rows)| Event::Resize(columns, rows)),
        4 => "(\\PC|\t|\x1b\\[31m){0,200}\n".prop_map(|text| printed("backend", &text)),
        1 => (0_usize..9).prop_map(|count| Event::Reply(snapshot(
            Phase::Running,
            (0..count).map(|n| service(&format!("s{n}"), Stage::Ready, None)).collect()
        ))),
        1 => (0_u64..99).prop_map(|seconds| Event::Tick(Duration::from_secs(seconds))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_happens_there_is_a_picture_of_it(events in proptest::collection::vec(events(), 0..40)) {
        let mut model = model((80, 24), Theme { color: true, unicode: true });
        for event in events {
            model.update(event);
            shown(&model);
        }
    }
}

#[test]
fn what_concerns_the_whole_session_stands_between_the_lines_of_all() {
    let mut model = model((80, 24), PLAIN);
    let text = "pixcrawler.toml:4: unknown field `raedy` · did you mean `ready`?";
    for text in [text, "1 problem in the way of pixcrawler.toml"] {
        model.update(Event::Reply(Reply::Happened(Happened {
            number: 0,
            mood: Mood::Bad,
            text: text.to_owned(),
            event: json!({"time": "2026-11-24T14:02:13.000Z", "event": "finding"}),
        })));
    }
    // The bottom says the last word; nothing of the first is lost.
    let shown = shown(&model);
    assert!(
        shown.contains("✗ pixcrawler.toml:4: unknown field `raedy`"),
        "{shown}"
    );
    assert!(
        shown.contains(" 1 problem in the way of pixcrawler.toml"),
        "{shown}"
    );
    model.choose(Some(0));
    let shown = self::shown(&model);
    assert!(!shown.contains("raedy"), "{shown}");
}

#[test]
fn what_the_session_has_no_more_is_shown_and_not_counted() {
    let mut model = model((140, 30), PLAIN);
    assert!(shown(&model).contains("2 of 4 ready"));
    let mut fewer = stack();
    fewer.truncate(2);
    model.update(Event::Reply(snapshot(Phase::Running, fewer)));
    let shown = shown(&model);
    assert!(shown.contains("2 of 2 ready"), "{shown}");
    assert!(shown.contains("worker"), "its lines stay: {shown}");
}
