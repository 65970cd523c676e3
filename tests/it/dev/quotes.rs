//! Lines for the shell that it would refuse.

use crate::support::Workspace;

#[test]
fn a_quote_that_is_never_closed_is_told_at_its_place_before_anything_starts() {
    let cases = [
        ("command = 'echo \"abc'", "opens with \"", "2:17"),
        ("command = \"echo it's\"", "opens with '", "2:19"),
        // Here the file has other characters than the line.
        ("command = \"echo \\\"abc\"", "opens with \"", "2:1"),
        (
            "command = 'sleep 1'\nready = { exec = \"it's\" }",
            "`ready.exec`: a quote is never closed that opens with '",
            "3:",
        ),
        (
            "command = 'sleep 1'\nstop = { command = \"it's\" }",
            "`stop.command`: a quote is never closed that opens with '",
            "3:",
        ),
    ];
    for (lines, told, at) in cases {
        let workspace = Workspace::new(&format!("[services.api]\n{lines}\n"));
        let ended = workspace.dev(&[]).run();
        let all = ended.all();
        assert_eq!(ended.code(), Some(1), "{lines}: {all}");
        let place = format!("--> pixcrawler.toml:{at}");
        for part in ["error[plan/quote-open]", told, &place] {
            assert!(ended.err.contains(part), "{part}: {all}");
        }
        assert!(!all.contains("could not be started"), "{all}");
    }
}

#[test]
fn a_procfile_says_the_line_and_a_command_that_was_typed_has_none() {
    let workspace = Workspace::new("[services.api]\ncommand = \"exec sleep 60\"\n");
    workspace.write("Procfile", "web: exec sleep 60\nmail:  echo it's\n");
    let ended = workspace.dev(&["--procfile", "Procfile"]).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert!(
        ended.err.contains("--> Procfile:2:15") && ended.err.contains("opens with '"),
        "{}",
        ended.all()
    );
    let typed = workspace.dev(&["--exec", "echo it's"]).run();
    assert_eq!(typed.code(), Some(1), "{}", typed.all());
    assert!(typed.err.contains("--exec: a quote"), "{}", typed.all());
    // A quote within a comment is none, and a list of words needs no quotes.
    let sound = Workspace::new(
        "[services.a]\ncommand = \"exec sleep 1 # it's\"\n[services.b]\ncommand = [\"echo\", \"it's\"]\n",
    );
    let ended = sound.dev(&["--dry-run"]).run();
    assert_eq!(ended.code(), Some(0), "{}", ended.all());
}
