use super::*;

#[test]
fn a_report_in_xml_is_read_as_one_in_json() {
    let state = |text: &str| Health::parse(text).map(|it| it.state);
    for (text, expected) in [
        ("<status>UP</status>", Some(State::Healthy)),
        (
            "<?xml version=\"1.0\"?><health><status>UP</status></health>",
            Some(State::Healthy),
        ),
        ("<health status=\"DOWN\"/>", Some(State::Unhealthy)),
        ("<string>Healthy</string>", Some(State::Healthy)),
        ("<status>frobbing</status>", None),
        (
            "<!DOCTYPE html><html><body style=\"background-color: green\"></body></html>",
            Some(State::Healthy),
        ),
    ] {
        assert_eq!(state(text), Some(expected), "{text}");
    }
    for text in [
        "<rss><channel>news</channel></rss>",
        "<html><body>ok</body></html>",
        "<status>UP",
    ] {
        assert_eq!(state(text), None, "{text}");
    }
    let parts = Health::parse(
        "<Health><status>DOWN</status><components><db><status>DOWN</status></db><redis><status>UP</status></redis></components></Health>",
    );
    let parts = parts.expect("a report").components;
    let told: Vec<(&str, Option<State>)> = parts
        .iter()
        .map(|it| (it.name.as_str(), it.state))
        .collect();
    assert_eq!(
        told,
        [
            ("db", Some(State::Unhealthy)),
            ("redis", Some(State::Healthy))
        ]
    );
}
