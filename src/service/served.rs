//! What a server says of one request, or a worker of one task: its error ends nobody, and its answer
//! shows that whoever gave it is alive.

/// How servers and workers begin what they say of an error that they caught and went on after: uvicorn,
/// Hypercorn, Django, Flask, aiohttp and gunicorn.
const ERRORS: &[&str] = &[
    "Exception in ASGI application",
    "Error in ASGI Framework",
    "Internal Server Error: /",
    "Exception on /",
    "Error handling request",
];

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Whether a line begins the error of one request or one task.
#[must_use]
pub fn is_error(line: &str) -> bool {
    let is_task = || line.contains("Task ") && line.contains(" raised unexpected: ");
    ERRORS.iter().any(|words| line.contains(words)) || is_task()
}

/// Whether a line within the error that begins with `first` shows it to be Next's of one request: it gives
/// those a number. A build, which does end for its errors, puts no sign before them.
pub(super) fn is_error_of_next(first: &str, line: &str) -> bool {
    first.trim_start().starts_with('⨯') && line.trim_start().starts_with("digest: ")
}

/// Whether a line is the first one of a Python traceback and nothing else.
#[must_use]
pub fn is_traceback(line: &str) -> bool {
    line.trim_end() == "Traceback (most recent call last):"
}

/// Whether a line says that a request was answered, and not by an error of the server's own:
/// `"GET /x HTTP/1.1" 200 OK`, ` GET /x 200 in 12ms`.
pub(super) fn is_answer(line: &str) -> bool {
    let mut words = line.split_whitespace().map(|word| word.trim_matches('"'));
    let is_asked = words.any(|word| METHODS.contains(&word));
    if !is_asked || !words.next().is_some_and(|path| path.starts_with('/')) {
        return false;
    }
    let status = words.find(|word| !word.starts_with("HTTP/"));
    status.is_some_and(|status| {
        status.len() == 3
            && status
                .parse()
                .is_ok_and(|status: u16| (100..500).contains(&status))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_in_the_words_of_every_server() {
        for line in [
            "INFO:     127.0.0.1:5000 - \"GET /ok HTTP/1.1\" 200 OK",
            "127.0.0.1 - - [24/Nov/2026 15:00:00] \"POST /x HTTP/1.1\" 302 -",
            " GET /x 200 in 12ms",
            "HEAD / 404 1.2 ms - 12",
        ] {
            assert!(is_answer(line), "{line}");
        }
        for line in [
            "INFO:     127.0.0.1:5000 - \"GET /bad HTTP/1.1\" 500 Internal Server Error",
            "HTTP Request: GET http://x/y \"HTTP/1.1 200 OK\"",
            "GET /x",
            "cannot GET 200 files",
            "GET /x 20000 bytes",
        ] {
            assert!(!is_answer(line), "{line}");
        }
    }
}
