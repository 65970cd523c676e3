use super::*;
use crate::diagnostic::Rule;

static RULE: Rule = Rule {
    code: "health/x",
    severity: crate::diagnostic::Severity::Error,
    summary: "x",
    text: "x",
};

fn help(way: &Way, trouble: &Trouble) -> String {
    let finding = way.after(Finding::new(&RULE, "m"), trouble);
    finding.help.unwrap_or_default()
}

#[test]
fn the_address_of_the_api_stays_in_a_command_about_the_pages() {
    let pages = Way {
        flag: "--web ",
        before: "http://127.0.0.1:8000 ".to_owned(),
        url: "http://localhost:1/".to_owned(),
        ..Way::default()
    };
    for (trouble, line) in [
        (
            Trouble::Refused,
            "pixcrawler health http://127.0.0.1:8000 --web https://www.example.com",
        ),
        (
            Trouble::TimedOut,
            "pixcrawler health http://127.0.0.1:8000 --web http://localhost:1/ --timeout 60",
        ),
        (
            Trouble::Moved {
                to: "https://h/".to_owned(),
                why: Box::new(Trouble::NoTls),
            },
            "pixcrawler health http://127.0.0.1:8000 --web http://h/",
        ),
    ] {
        assert_eq!(help(&pages, &trouble), line);
    }
    let finding = pages.stranger(Finding::new(&RULE, "m"));
    assert_eq!(
        finding.help.as_deref(),
        Some("pixcrawler health http://127.0.0.1:8000 --web https://www.example.com/path")
    );
    // A query of the API's has its place there, too.
    let with_query = Way {
        before: "'http://h/?QUERY' ".to_owned(),
        ..pages
    };
    let finding = with_query.after(Finding::new(&RULE, "m"), &Trouble::Refused);
    assert!(
        finding.notes.iter().any(|note| note.starts_with("QUERY ")),
        "{:?}",
        finding.notes
    );
    let api = Way {
        url: "https://h/".to_owned(),
        ..Way::default()
    };
    assert_eq!(
        help(&api, &Trouble::Refused),
        "pixcrawler health https://api.example.com"
    );
}

#[test]
fn a_network_of_this_machine_that_is_off_is_switched_on() {
    let way = Way {
        url: "http://127.0.0.1:8000/".to_owned(),
        ..Way::default()
    };
    let line = help(&way, &Trouble::Detached);
    assert!(!line.contains("pixcrawler"), "{line}");
}
