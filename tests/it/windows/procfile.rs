//! `dev --procfile` and `dev --exec`.

use super::Workspace;

#[test]
fn the_first_that_ends_stops_the_rest_and_its_code_is_ours() {
    let workspace = Workspace::new("");
    workspace.write(
        "Procfile",
        "web: echo web %PORT% %PS%& ping -n 60 127.0.0.1 > NUL\r\nend: exit 3\r\n",
    );
    let ended = workspace.run(&["dev"], &["--procfile", "Procfile"]);
    assert_eq!(ended.code, Some(3), "{}", ended.all());
    assert!(ended.out.contains("web 5000 web.1"), "{}", ended.all());
    workspace.assert_nothing_is_left();
}

#[test]
fn a_command_runs_when_all_is_ready_and_its_code_is_ours() {
    let workspace = Workspace::stubborn(&[("api", "polite", "stop = { grace = \"500ms\" }")]);
    let ended = workspace.dev(&["--exec", "echo it runs& exit 5"]).end();
    assert_eq!(ended.code, Some(5), "{}", ended.all());
    assert_eq!(ended.out.trim(), "it runs", "{}", ended.all());
    workspace.assert_nothing_is_left();
}
