use base64::Engine as _;

use url::Url;

use super::*;
use crate::doctor::Status;
use crate::system::proxy::Proxy;

const HEALTH: &str = r#"{"version":"v2.180.0","name":"GoTrue","description":"GoTrue is a user registration and authentication API"}"#;
const OPENED: &str = r#"{"code":"PGRST205","details":null,"hint":null,"message":"Could not find the table 'public.pixcrawler_no_table' in the schema cache"}"#;
const REFUSED: &str = r#"{"message":"Invalid API key"}"#;

#[expect(clippy::unnecessary_wraps, reason = "what a question gives")]
fn said(status: u16, body: &str) -> Said {
    Ok(Response::said("", status, &[], body))
}

fn project(url: &str, health: Said, key: Option<(&str, Role, Said)>) -> Project {
    Project {
        url: Url::parse(url).expect(url),
        variable: "SUPABASE_URL".to_owned(),
        origin: ".env:4".to_owned(),
        beside: Vec::new(),
        ask_again: None,
        is_ours: is_local(&Url::parse(url).expect(url)),
        health,
        keys: key
            .map(|(value, role, said)| {
                let key = Key {
                    role,
                    variable: "SUPABASE_ANON_KEY".to_owned(),
                    origin: ".env:5".to_owned(),
                    value: value.to_owned(),
                    ended: None,
                    ask_again: None,
                };
                (key, Some(said))
            })
            .into_iter()
            .collect(),
    }
}

const HOSTED: &str = "https://abcdefghijklmnopqrst.supabase.co";

#[test]
fn a_project_that_answers_and_knows_its_key_passes() {
    let sound = project(
        HOSTED,
        said(200, HEALTH),
        Some(("sb_publishable_x", Role::Anon, said(404, OPENED))),
    );
    let answer = judge(&sound, false, false);
    assert_eq!(answer.status(), Status::Pass);
    assert_eq!(answer.found[1], "accepts SUPABASE_ANON_KEY");
    let closed = r#"{"message":"Access to schema is forbidden"}"#;
    let closed = project(
        HOSTED,
        said(200, HEALTH),
        Some(("sb_publishable_x", Role::Anon, said(401, closed))),
    );
    assert_eq!(judge(&closed, false, false).status(), Status::Pass);
    // Without a key it wants one, and is there.
    let none = project(
        HOSTED,
        said(401, r#"{"message":"No API key found in request"}"#),
        None,
    );
    let answer = judge(&none, false, false);
    assert_eq!(answer.status(), Status::Pass);
    assert!(
        answer.found[1].contains("no key is set"),
        "{:?}",
        answer.found
    );
}

#[test]
fn a_key_that_is_refused_or_for_another_project_fails() {
    let message = |health: Said, value: &str, answer: Said| {
        let project = project(HOSTED, health, Some((value, Role::Anon, answer)));
        let answer = judge(&project, false, false);
        assert_eq!(answer.status(), Status::Fail);
        assert!(!answer.found.iter().any(|it| it.contains("accepts")));
        answer.findings[0].message.clone()
    };
    for health in [said(200, HEALTH), said(401, REFUSED)] {
        assert_eq!(
            message(health, "sb_publishable_x", said(401, REFUSED)),
            "the project refuses SUPABASE_ANON_KEY (401)"
        );
    }
    let body = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .encode(r#"{"iss":"supabase","ref":"zzzzzzzzzzzzzzzzzzzz","role":"anon"}"#);
    let token = format!("eyJhbGciOiJIUzI1NiJ9.{body}.c2ln");
    assert!(
        message(said(200, HEALTH), &token, said(404, OPENED))
            .contains("of the project zzzzzzzzzzzzzzzzzzzz")
    );
    assert!(message(said(200, HEALTH), "sb_secret_x", said(404, OPENED)).contains("`sb_secret_`"));
}

#[test]
fn what_says_nothing_of_a_key_has_not_accepted_it() {
    for answer in [
        said(200, "<html>"),
        said(200, "{}"),
        said(302, ""),
        said(404, "{}"),
        said(503, "{}"),
        Err(Trouble::TimedOut),
    ] {
        let project = project(
            HOSTED,
            said(200, HEALTH),
            Some(("sb_publishable_x", Role::Anon, answer.clone())),
        );
        let judged = judge(&project, false, false);
        assert_eq!(judged.status(), Status::Warn, "{answer:?}");
        assert_eq!(judged.found.len(), 1, "{:?}", judged.found);
    }
}

#[test]
fn who_is_no_project_is_none_whatever_it_answers() {
    let judged = |url: &str, health: Said| {
        let key = Some(("sb_publishable_x", Role::Anon, said(404, OPENED)));
        let answer = judge(&project(url, health, key), false, false);
        assert_eq!(answer.status(), Status::Fail);
        assert_eq!((answer.found.len(), answer.findings.len()), (0, 1));
        answer.findings[0].message.clone()
    };
    for (status, body) in [
        (200, "<html>"),
        (200, r#"{"status":"ok"}"#),
        (302, ""),
        (404, "{}"),
        (401, r#"{"detail":"Not authenticated"}"#),
    ] {
        let message = judged("http://127.0.0.1:54321", said(status, body));
        assert!(message.contains("is no Supabase"), "{message}");
    }
    assert!(judged(HOSTED, said(540, "")).ends_with("is paused (540)"));
    assert!(judged(HOSTED, said(402, "{}")).contains("a quota is used up"));
}

#[test]
fn nobody_at_home_is_a_failure_unless_the_demo_user_is_on() {
    let local = project("http://127.0.0.1:54321", Err(Trouble::Refused), None);
    assert_eq!(judge(&local, true, false).status(), Status::Skipped);
    assert_eq!(
        judge(&local, false, true).cures,
        [Cure::new("supabase start")]
    );
    // Nobody is there to answer npx, which asks before it brings anything.
    let brought = judge(&local, false, false);
    assert_eq!(brought.cures, [Cure::new("npx --yes supabase start")]);
    assert!(
        brought.findings[0]
            .notes
            .iter()
            .any(|note| note.contains("Docker"))
    );
    let paused = project(HOSTED, Err(Trouble::Unresolved), None);
    assert!(judge(&paused, false, false).findings[0].notes[1].contains("paused"));
}

#[test]
fn a_certificate_that_does_not_hold_leaves_the_url_alone() {
    let help = |trouble| {
        let mut asked = project("https://supabase.example", Err(trouble), None);
        asked.ask_again = Some(Cure::asking("ask"));
        let answer = judge(&asked, false, false);
        assert_eq!(answer.status(), Status::Fail);
        let help = answer.findings[0].help.clone().unwrap_or_default();
        answer.cures.first().map_or(help, |cure| cure.line.clone())
    };
    assert_eq!(
        help(Trouble::Untrusted),
        remedy::set_to("SSL_CERT_FILE", "ca.pem")
    );
    let expired = Trouble::Tls("the certificate has expired".to_owned());
    assert_eq!(help(expired), "curl -vI https://supabase.example/");
    let other = Trouble::Tls("the certificate is for another name".to_owned());
    assert_eq!(help(other), "ask");
}

#[test]
fn who_is_asked_too_often_is_asked_again_later() {
    let body =
        r#"{"code":429,"error_code":"over_request_rate_limit","msg":"Request rate limit reached"}"#;
    let key = |answer| Some(("sb_publishable_x", Role::Anon, answer));
    let whole = project(HOSTED, said(429, body), key(said(429, body)));
    let of_key = project(HOSTED, said(200, HEALTH), key(said(429, body)));
    for project in [whole, of_key] {
        let answer = judge(&project, false, false);
        assert_eq!(answer.status(), Status::Warn);
        let finding = &answer.findings[0];
        assert_eq!(
            finding.help.as_deref(),
            Some("pixcrawler doctor --only supabase")
        );
        let notes = finding.notes.join("\n");
        assert!(
            notes.contains("it says: Request rate limit reached"),
            "{notes}"
        );
        assert!(notes.contains("wait a minute"), "{notes}");
    }
}

#[test]
fn the_command_is_about_the_variable_of_which_the_words_are() {
    let key = Some(("sb_publishable_x", Role::Anon, said(200, "<html>")));
    let answer = judge(&project(HOSTED, said(200, HEALTH), key), false, false);
    let finding = &answer.findings[0];
    assert_eq!(finding.help, Some(remedy::set_here("SUPABASE_URL")));
    assert!(
        finding
            .notes
            .contains(&"correct SUPABASE_URL in .env:4".to_owned())
    );
}

#[test]
fn nobody_is_told_to_change_an_address_while_the_network_is_off() {
    let mut project = project(HOSTED, Err(Trouble::CutOff), None);
    project.ask_again = Some(Cure::asking("ask"));
    let answer = judge(&project, false, false);
    assert!(answer.cures.is_empty());
    let finding = &answer.findings[0];
    assert_eq!(finding.help.as_deref(), Some("pixcrawler doctor --offline"));
    assert!(finding.message.contains("no route"), "{}", finding.message);
    let notes = finding.notes.join("\n");
    assert!(!notes.contains("paused"), "{notes}");
}

#[test]
fn an_address_of_this_machine_is_not_told_to_need_a_route_to_another() {
    let mut project = project("http://127.0.0.1:54321", Err(Trouble::Detached), None);
    project.ask_again = Some(Cure::asking("ask"));
    for is_ours in [true, false] {
        project.is_ours = is_ours;
        let answer = judge(&project, false, false);
        assert!(answer.cures.is_empty());
        let finding = &answer.findings[0];
        assert_eq!(finding.help.as_deref(), remedy::LOOPBACK);
        let message = &finding.message;
        assert!(message.contains("its own addresses"), "{message}");
    }
}

#[test]
fn a_proxy_that_is_dead_leaves_the_url_alone() {
    let variables = [("https_proxy".to_owned(), "http://u:pw@h:9".to_owned())];
    let url = Url::parse(HOSTED).expect("a url");
    let trouble = Trouble::Proxy {
        proxy: Proxy::of(&url, &variables.into()).expect("a proxy"),
        why: Box::new(Trouble::Unresolved),
    };
    let mut asked = project(HOSTED, Err(trouble), None);
    asked.ask_again = Some(Cure::asking("ask"));
    let answer = judge(&asked, false, false);
    assert!(answer.cures.is_empty());
    let finding = &answer.findings[0];
    assert!(
        finding.message.contains("http://h:9 (`https_proxy`)"),
        "{}",
        finding.message
    );
    let line = remedy::set_to("NO_PROXY", "abcdefghijklmnopqrst.supabase.co");
    assert_eq!(finding.help, Some(line));
}
