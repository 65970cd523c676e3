//! `pixcrawler.toml` changes while a session runs.

use super::Workspace;

#[test]
fn services_come_and_go() {
    let quick = "stop = { grace = \"500ms\" }";
    let workspace = Workspace::stubborn(&[("api", "polite", quick)]);
    let mut session = workspace.dev(&[]);
    session.wait_for("all ready");
    let both = workspace.services(&[("api", "polite", quick), ("mail", "polite", quick)]);
    workspace.write("pixcrawler.toml", &both);
    session.wait_for("pixcrawler.toml changed: mail is new");
    session.wait_for("mail ready");
    let mail = workspace.services(&[("mail", "polite", quick)]);
    workspace.write("pixcrawler.toml", &mail);
    session.wait_for("api is not in it any more and stops");
    session.wait_for("api stopped in");
    workspace.write("pixcrawler.toml", "[services.mail]\ncomand = \"x\"\n");
    session.wait_for("did you mean `command`?");
    assert_eq!(workspace.run(&["stop"], &[]).code, Some(0));
    session.end();
    workspace.assert_nothing_is_left();
}
