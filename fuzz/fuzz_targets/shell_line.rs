//! Lines for the shell, of which something is told without a shell.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::service::shell;

fuzz_target!(|line: &str| {
    let first = shell::first(line);
    if let Some((program, becoming)) = shell::becoming(line) {
        assert_eq!(first.map(|first| first.program), Some(program));
        // Nothing but one word has come into it.
        assert_eq!(becoming.len(), line.len() + "exec ".len());
        assert_eq!(shell::becoming(&becoming), None, "it does so already");
    }
    let _ = shell::open_quote(line);
});
