//! What a finding shows of a file, without the secrets in it.

use crate::support::Workspace;

const SECRETS: &str = "SHOP_TOKEN=tok7788-Zq9x8Wv7\nDATABASE_URL=postgresql://u:pgpw7788xyz@h/d\n";

fn assert_masked(told: &str, place: &str) {
    let secrets = ["tok7788", "pgpw7788", "curlpw77", "redispw77"];
    assert!(told.contains(place), "{told}");
    assert!(!secrets.iter().any(|one| told.contains(one)), "{told}");
}

#[test]
fn an_excerpt_of_the_settings_shows_no_secret_of_theirs_nor_of_the_env_files() {
    let lines = [
        "command = \"no-such-program pgpw7788xyz tok7788-Zq9x8Wv7\"",
        "command = \"no-such-program curl -fsSu joe:curlpw77 h\"",
        "command = [\"no-such-program\", \"sh\", \"-c\", \"(redis-cli -a redispw77)\"]",
    ];
    for line in lines {
        let workspace = Workspace::new(&format!("[services.api]\n{line}\n"));
        workspace.write(".env", SECRETS);
        let all = workspace.dev(&["--dry-run"]).run().all();
        assert_masked(&all, "--> pixcrawler.toml:2:");
        assert!(
            all.contains("no-such-program") && all.contains("•••"),
            "{all}"
        );
        // What cannot be understood is shown where its end is missing.
        let broken = line.trim_end_matches([']', '"']);
        workspace.write("pixcrawler.toml", &format!("[services.api]\n{broken}\n"));
        assert_masked(&workspace.dev(&[]).run().all(), "--> pixcrawler.toml:");
    }
}

#[test]
fn an_excerpt_of_a_procfile_shows_no_secret_of_the_env_file_beside_it() {
    let workspace = Workspace::new("");
    workspace.write(".env", SECRETS);
    workspace.write(
        "Procfile",
        "a: no-such-program tok7788-Zq9x8Wv7 pgpw7788xyz curl -su joe:curlpw77 h\n",
    );
    let ended = workspace.dev(&["--procfile", "Procfile"]).run();
    assert_masked(&ended.all(), "--> Procfile:1:");
    let plan = workspace
        .dev(&["--procfile", "Procfile", "--dry-run"])
        .run();
    assert_masked(&plan.all(), "plan for ");
}
