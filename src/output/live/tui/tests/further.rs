//! The page of keys on a small terminal, and the way back from what narrows the view.

use super::*;
use crate::output::live::tui::model::{First, Mode};
use crate::service::level::Level;

#[test]
fn all_of_the_help_can_be_read_on_a_small_terminal() {
    for theme in [
        PLAIN,
        Theme {
            unicode: false,
            ..PLAIN
        },
    ] {
        let mut model = model((40, 10), theme);
        press(&mut model, "?");
        let mut seen = shown(&model);
        assert!(seen.contains("scroll, any other closes"), "{seen}");
        for _ in 0..40 {
            press(&mut model, "j");
            let now = shown(&model);
            assert!(now.contains("any other closes"), "{now}");
            seen.push_str(&now);
        }
        for word in [
            "choose a service",
            "makes case",
            "previous",
            "draw everything",
            "second time",
        ] {
            assert!(seen.contains(word), "{word}: {seen}");
        }
        assert!(shown(&model).contains("Ctrl+C"), "{}", shown(&model));
        press(&mut model, "g");
        assert!(shown(&model).contains("up down"), "{}", shown(&model));
        model.update(Event::Resize(80, 24));
        assert!(
            shown(&model).contains("any key closes"),
            "{}",
            shown(&model)
        );
        press(&mut model, "j");
        assert_eq!(model.mode, Mode::Command, "nothing is left to scroll");
    }
}

#[test]
fn one_escape_shows_all_and_a_search_alone_stays_where_it_led() {
    let mut model = model((80, 24), PLAIN);
    for n in 0..300 {
        model.update(printed("backend", &format!("line {n}\n")));
    }
    press(&mut model, "/zzz\nfqqq\n");
    assert!(shown(&model).contains("no line matches; Esc shows all"));
    press(&mut model, "\x1b");
    let text = shown(&model);
    assert!(
        text.contains("line 299") && !text.contains("/zzz"),
        "{text}"
    );
    press(&mut model, "/line 7\n\x1b");
    let text = shown(&model);
    assert!(
        text.contains("line 79") && !text.contains("/line 7"),
        "{text}"
    );
    press(&mut model, "\x1b");
    assert!(shown(&model).contains("line 299"));
}

#[test]
fn what_a_search_came_to_is_said_until_the_next_one() {
    let vain = "no line has `ZZZ`";
    for next in ["\x1b", "/ready\n", "/\n", "\x1bn"] {
        let mut model = model((80, 24), PLAIN);
        press(&mut model, "/ZZZ\n");
        assert!(shown(&model).contains(vain), "{}", shown(&model));
        press(&mut model, "n");
        assert!(shown(&model).contains(vain), "{}", shown(&model));
        press(&mut model, next);
        assert!(!shown(&model).contains(vain), "{next}: {}", shown(&model));
    }
}

#[test]
fn the_service_that_is_named_is_chosen_as_soon_as_it_is_known() {
    let mut model = Model::new(PLAIN, Role::Guest, (80, 24), TimeZone::UTC);
    model.begin(First {
        service: Some("worker".to_owned()),
        level: None,
    });
    let state = || Event::Reply(snapshot(Phase::Running, stack()));
    model.update(state());
    assert_eq!(model.chosen, Some(2));
    // Once: what somebody chooses afterwards stays chosen.
    press(&mut model, "a");
    model.update(state());
    assert_eq!(model.chosen, None);
}

#[test]
fn however_long_the_names_are_a_figure_has_its_unit() {
    let name = "svc-with-a-very-long-name";
    for restarts in [0, 2] {
        for width in 40..130 {
            let mut model = Model::new(PLAIN, Role::Owner, (width, 24), TimeZone::UTC);
            let service = ServiceView {
                restarts,
                ..service(name, Stage::Ready, Some(8000))
            };
            model.update(Event::Reply(snapshot(Phase::Running, vec![service])));
            for _ in 0..2 {
                model.update(Event::Usage(vec![Some(Usage {
                    cpu: Some(0.01),
                    memory: 222_000_000,
                    processes: 1,
                })]));
            }
            let shown = shown(&model);
            assert_eq!(shown.matches(" 222 MB").count(), 2, "{width}\n{shown}");
        }
    }
}

#[test]
fn the_level_that_is_asked_for_narrows_the_first_view_and_no_longer() {
    let mut model = Model::new(PLAIN, Role::Guest, (80, 24), TimeZone::UTC);
    model.begin(First {
        service: None,
        level: Some(Level::Warn),
    });
    model.update(Event::Reply(snapshot(Phase::Running, stack())));
    model.update(printed("backend", "INFO: calm\nERROR: grave\n"));
    let view = shown(&model);
    assert!(view.contains("grave") && !view.contains("calm"), "{view}");
    assert!(view.contains("warn and worse"), "{view}");
    model.update(Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
    let view = shown(&model);
    assert!(view.contains("grave") && view.contains("calm"), "{view}");
}
