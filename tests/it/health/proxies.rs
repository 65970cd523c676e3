//! A proxy that stands between, and does not let anybody through.

use crate::doctor::Place;
use crate::http_server::{Answer, Server};

#[test]
fn a_proxy_that_fails_is_named_and_the_address_is_left_alone() {
    let closed = Server::start(|request| match request.method.as_str() {
        "CONNECT" => Answer::new(403, ""),
        _ => Answer::new(407, ""),
    });
    let (dead, closed) = (Server::nobody(), closed.url());
    let asked = |variable: &str, proxy: &str, url: &str| {
        let mut place = Place::new(&[]);
        place.set(variable, &proxy.replace("://", "://pu:hunter2@"));
        let told = place.run(&["health", url]);
        assert_eq!(told.code, Some(3), "{}", told.out);
        assert!(!told.out.contains("hunter2"), "{}", told.out);
        // As one line, however wide it is drawn.
        let words: Vec<&str> = told.out.split_whitespace().collect();
        words.join(" ")
    };
    let plain = "http://api.example.com/";
    let encrypted = "https://api.example.com/";
    for (variable, proxy, url, words) in [
        ("http_proxy", &dead, plain, " refuses connections"),
        ("https_proxy", &dead, encrypted, " refuses connections"),
        ("all_proxy", &dead, encrypted, " refuses connections"),
        (
            "https_proxy",
            &closed,
            encrypted,
            ": it does not let us through",
        ),
        (
            "http_proxy",
            &closed,
            plain,
            ": it wants a user and a password",
        ),
    ] {
        let told = asked(variable, proxy, url);
        let named = format!("{url}: the proxy {proxy} (`{variable}`){words}");
        assert!(told.contains(&named), "{named}: {told}");
        assert!(told.contains("NO_PROXY=api.example.com"), "{told}");
    }
    // A password with a bare slash ends the host, and the rest of it is no name to be told.
    let misread = asked("http_proxy", "http://x/y:z@proxy.invalid:1", plain);
    for words in [
        "the proxy http://proxy.invalid:1 (`http_proxy`) is not the one that is asked",
        "http_proxy=http://USER:PASSWORD@proxy.invalid:1 pixcrawler health http://api.example.com/",
    ] {
        assert!(misread.contains(words), "{misread}");
    }
    let nowhere = asked("http_proxy", "http://proxy.invalid:1", plain);
    assert!(
        nowhere.contains(
            "the host name of the proxy http://proxy.invalid:1 (`http_proxy`) does not resolve"
        ),
        "{nowhere}"
    );
}
