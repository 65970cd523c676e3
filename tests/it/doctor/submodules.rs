//! What a repository within the workspace would give away.

use super::Place;
use super::git::git;

#[test]
fn an_env_file_of_a_submodule_without_a_tier_is_told_and_taken_out_there() {
    let place = Place::new(&[
        (".gitignore", ".env\n"),
        ("libs/shared/.env", "API_TOKEN=hunter2hunter2\n"),
        ("libs/shared/lib.py", ""),
        ("libs/quiet/lib.py", ""),
    ]);
    git(&place, &["init", "-q"]);
    for module in ["libs/shared", "libs/quiet"] {
        git(&place, &["-C", module, "init", "-q"]);
        git(&place, &["-C", module, "add", "lib.py"]);
        git(&place, &["-C", module, "commit", "-q", "-m", "x"]);
        git(&place, &["add", module]);
    }
    git(&place, &["add", ".gitignore"]);
    let open = place.check("git-files", &[]);
    assert!(
        open.text().contains("git does not ignore libs/shared/.env"),
        "{}",
        open.text()
    );
    assert!(!open.text().contains("quiet"), "{}", open.text());
    git(&place, &["-C", "libs/shared", "add", "-f", ".env"]);
    let tracked = place.check("git-files", &[]);
    tracked.fails_with("git/env-file", "git tracks libs/shared/.env");
    let told = place.run(&["doctor", "--only", "git-files", "--fix", "--yes"]);
    assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
    assert!(
        place.file("libs/shared/.env").exists(),
        "the file itself stays"
    );
    assert_eq!(place.check("git-files", &[]).status(), "pass");
}
