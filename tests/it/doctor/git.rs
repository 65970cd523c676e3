//! What git would give away.

use std::process::Command;

use super::Place;

pub(super) fn git(place: &Place, args: &[&str]) {
    let status = Command::new("git")
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(args)
        .current_dir(place.path())
        .output();
    assert!(
        status.is_ok_and(|output| output.status.success()),
        "git {args:?}"
    );
}

#[test]
fn env_files_that_git_takes_are_taken_out_by_the_printed_commands() {
    let place = Place::new(&[
        (".env", "A=1\n"),
        ("backend/.env", "B=1\n"),
        (".gitignore", "/.env\n"),
    ]);
    git(&place, &["init", "-q"]);
    git(&place, &["add", "backend/.env", ".gitignore"]);
    let open = place.check("git-files", &[]);
    open.fails_with("git/env-file", "git tracks backend/.env");
    assert_eq!(open.findings().len(), 2, "{}", open.text());
    let told = place.run(&["doctor", "--only", "git-files", "--fix", "--yes"]);
    assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
    assert!(place.file("backend/.env").exists(), "the file itself stays");
    assert_eq!(place.check("git-files", &[]).status(), "pass");
}

#[test]
fn a_key_in_a_tracked_file_is_told_without_it() {
    let key = format!("sk_{}_{}", "live", "9fK2LqPzX8sTuWvYbNcMdR4e");
    let place = Place::new(&[
        (
            "docs/setup.md",
            &format!(
                "intro\nuse `STRIPE={key}` here, with redis://:hunter2@h or password=\"hunter2\"\n"
            ),
        ),
        ("notes.txt", "sk_live_xxxxxxxxxxxxxxxxxxxx\n"),
    ]);
    git(&place, &["init", "-q"]);
    git(&place, &["add", "docs/setup.md", "notes.txt"]);
    let found = place.check("git-keys", &[]);
    found.fails_with("git/key", "docs/setup.md:2 holds a Stripe secret key");
    assert_eq!(found.findings().len(), 1, "{}", found.text());
    for format in ["human", "json", "github", "sarif", "junit"] {
        let told = place.run(&["doctor", "--only", "git-keys", "--format", format]);
        assert!(!told.out.contains(&key[10..]), "{format}: {}", told.out);
        assert!(!told.out.contains("hunter2"), "{format}: {}", told.out);
    }
    place.write("docs/setup.md", "intro\n");
    assert_eq!(place.check("git-keys", &[]).status(), "pass");
}

const TOKEN: &str = "q7RtY2wZ9kLmN4vBx8CdF3gHjP6sTeQ5uWyA";

#[cfg(unix)]
#[test]
fn a_git_that_is_none_has_no_say() {
    for script in [
        "echo hello",
        "case \"$1\" in --version) echo git version 2.40.0;; *) exit 1;; esac",
    ] {
        let mut place = Place::new(&[(".env", "A=1\n"), (".gitignore", ".env\n")]);
        git(&place, &["init", "-q"]);
        place.program("bin/git", script);
        let path = format!("{}:{}", place.file("bin").display(), crate::tools::path());
        place.set("PATH", &path);
        let files = place.check("git-files", &[]);
        assert_eq!(files.status(), "skipped", "{script}: {}", files.text());
        place.run(&["doctor", "--only", "git-files", "--fix", "--yes"]);
        let rules = std::fs::read_to_string(place.file(".gitignore")).expect("a text");
        assert_eq!(rules, ".env\n");
    }
}

#[cfg(unix)]
#[test]
fn a_git_that_hangs_is_not_asked_for_more() {
    // Its index is of a form that only git reads.
    let init: &[&str] = &["init", "-q"];
    let mut place = Place::new(&[(".env", "A=1\n"), ("asked", "")]);
    git(&place, init);
    std::fs::write(place.file(".git/index"), "DIRC of another kind").expect("written");
    let asked = place.file("asked").display().to_string();
    place.program("bin/git", &format!("echo \"$*\" >> {asked}\nexec sleep 60"));
    let path = format!("{}:{}", place.file("bin").display(), crate::tools::path());
    place.set("PATH", &path);
    let files = place.check("git-files", &[]);
    assert!(
        files.text().contains("git does not answer"),
        "{}",
        files.text()
    );
    let asked = std::fs::read_to_string(place.file("asked")).expect("a text");
    assert!(
        asked.contains("ls-files") && !asked.contains("check-ignore"),
        "{asked}"
    );
}

/// A repository that tracks an env file, and a key in another one.
fn leaky(init: &[&str]) -> Place {
    let place = Place::new(&[
        ("backend/.env", "B=1\n"),
        ("frontend/notes.md", &format!("ghp_{TOKEN}\n")),
        ("docs/setup.md", "\n"),
        (".gitignore", ".env\n"),
    ]);
    git(&place, &[&["init", "-q"], init].concat());
    git(&place, &["add", "-f", "."]);
    git(&place, &["commit", "-q", "-m", "all"]);
    place
}

/// What an index is called, how its repository is made, and what is done to it then.
type Form = (
    &'static str,
    &'static [&'static str],
    &'static [&'static [&'static str]],
);

#[test]
fn an_index_of_any_form_is_read() {
    let forms: [Form; 6] = [
        ("plain", &[], &[]),
        (
            "version 4",
            &[],
            &[&["update-index", "--index-version", "4"]],
        ),
        (
            "extended entries",
            &[],
            &[&["update-index", "--skip-worktree", "backend/.env"]],
        ),
        ("split", &[], &[&["update-index", "--split-index"]]),
        (
            "sparse",
            &[],
            &[
                &["sparse-checkout", "init", "--cone", "--sparse-index"],
                &["sparse-checkout", "set", "backend", "frontend"],
            ],
        ),
        ("SHA-256", &["--object-format=sha256"], &[]),
    ];
    for (form, init, made) in forms {
        let place = leaky(init);
        for args in made {
            git(&place, args);
        }
        let files = place.check("git-files", &[]);
        files.fails_with("git/env-file", "git tracks backend/.env");
        let keys = place.check("git-keys", &[]);
        keys.fails_with("git/key", "frontend/notes.md:1 holds a GitHub token");
        let told = place.run(&["env", "check", "backend/.env"]);
        let all = format!("{}{}", told.out, told.err);
        assert!(all.contains("git tracks backend/.env"), "{form}: {all}");
    }
}

#[test]
fn a_worktree_and_a_folder_below_the_top_are_judged_too() {
    let place = leaky(&[]);
    git(&place, &["worktree", "add", "-q", "other"]);
    for workspace in ["other", "."] {
        let files = place.check("git-files", &["--workspace", workspace]);
        files.fails_with("git/env-file", "git tracks backend/.env");
    }
    place.write("app/pixcrawler.toml", "");
    place.write("app/backend/.env", "B=1\n");
    git(&place, &["add", "-f", "app"]);
    let below = ["--workspace", "app"];
    let files = place.check("git-files", &below);
    files.fails_with("git/env-file", "git tracks backend/.env");
    let program = place.check("git", &below);
    assert_eq!(program.status(), "pass", "{}", program.text());
}

#[test]
fn a_damaged_index_is_no_pass_and_is_mended_by_the_printed_command() {
    let whole = std::fs::read(leaky(&[]).file(".git/index")).expect("an index");
    let cut = whole.get(..whole.len() / 2).expect("half of it");
    for bytes in [b"garbage".as_slice(), cut] {
        let place = leaky(&[]);
        std::fs::write(place.file(".git/index"), bytes).expect("written");
        let files = place.check("git-files", &[]);
        assert_eq!(files.status(), "warn", "{}", files.text());
        let (rule, message) = files.findings()[0];
        assert_eq!(rule, "git/unreadable", "{message}");
        assert!(message.contains("index file"), "{message}");
        assert_eq!(place.check("git-keys", &[]).status(), "skipped");
        let told = place.run(&["env", "check", "backend/.env"]);
        let all = format!("{}{}", told.out, told.err);
        assert!(
            all.contains("whether git tracks the env files cannot be told"),
            "{all}"
        );
        let told = place.follow(files.help(), "");
        assert_eq!(told.code, Some(0), "{}", told.err);
        let files = place.check("git-files", &[]);
        files.fails_with("git/env-file", "git tracks backend/.env");
    }
}

#[cfg(unix)]
#[test]
fn a_head_that_names_nothing_is_mended_by_the_printed_command() {
    let place = leaky(&[]);
    git(&place, &["checkout", "-q", "-b", "fix/it's"]);
    let head = place.file(".git/HEAD");
    let breaks: [&dyn Fn(); 3] = [
        &|| place.write(".git/HEAD", "rubbish\n"),
        &|| std::fs::remove_file(&head).expect("it is there"),
        &|| {
            std::fs::remove_file(&head).expect("it is there");
            std::fs::create_dir(&head).expect("made");
        },
    ];
    for breaks in breaks {
        breaks();
        let files = place.check("git-files", &[]);
        let helps = files.helps();
        let way = helps.last().expect("a way out");
        assert!(way.contains("HEAD"), "{}", files.text());
        let told = place.follow(way, "");
        assert_eq!(told.code, Some(0), "{}", told.err);
        let head = std::fs::read_to_string(&head).expect("a text");
        assert_eq!(head, "ref: refs/heads/fix/it's\n");
        git(&place, &["status"]);
    }
}

#[cfg(unix)]
#[test]
fn what_was_staged_and_changed_again_is_taken_out_and_stays() {
    let place = Place::new(&[("backend/.env", "B=1\n"), (".gitignore", ".env\n")]);
    git(&place, &["init", "-q"]);
    git(&place, &["add", "-f", "backend/.env", ".gitignore"]);
    git(&place, &["commit", "-q", "-m", "all"]);
    place.write("backend/.env", "B=2\n");
    git(&place, &["add", "-f", "backend/.env"]);
    place.write("backend/.env", "B=3\n");
    let told = place.run(&["doctor", "--only", "git-files", "--fix", "--yes"]);
    assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
    let text = std::fs::read_to_string(place.file("backend/.env")).expect("it stays");
    assert_eq!(text, "B=3\n");
}

#[test]
fn what_git_is_told_to_leave_alone_is_taken_out_too() {
    let place = Place::new(&[("backend/.env", "B=1\n"), (".gitignore", ".env\n")]);
    git(&place, &["init", "-q"]);
    git(&place, &["add", "-f", "backend/.env"]);
    git(&place, &["commit", "-q", "-m", "all"]);
    git(&place, &["update-index", "--skip-worktree", "backend/.env"]);
    let tracked = place.check("git-files", &[]);
    tracked.fails_with("git/env-file", "git tracks backend/.env");
    // Both that find it say the same.
    let told = place.run(&["env", "check"]);
    let all = format!("{}{}", told.out, told.err);
    assert!(all.contains(tracked.help()), "{all}");
    place.is_mended("git-files");
    assert!(place.file("backend/.env").exists());
    assert!(!place.file("backend/.gitignore").exists());
}

#[cfg(unix)]
#[test]
fn rules_that_count_for_nothing_are_named_at_once() {
    let place = Place::new(&[
        ("app/backend/.env", "B=1\n"),
        ("app/backend/.gitignore", "x\n!.env\n"),
        ("app/pixcrawler.toml", ""),
        ("app/rules", "x\n"),
    ]);
    git(&place, &["init", "-q"]);
    let below = ["--workspace", "app"];
    std::os::unix::fs::symlink("rules", place.file("app/.gitignore")).expect("made");
    let files = place.check("git-files", &below);
    let text = files.text();
    assert!(text.contains("+2 backend/.gitignore"), "{text}");
    assert!(text.contains("`!.env` in backend/.gitignore"), "{text}");
    assert!(
        text.contains("is a link, which git does not follow"),
        "{text}"
    );
    place.write("app/backend/.gitignore", "x\n");
    let fix = [
        "doctor",
        "--only",
        "git-files",
        "--fix",
        "--yes",
        "--workspace",
        "app",
    ];
    let told = place.run(&fix);
    assert_eq!(told.code, Some(0), "{}\n{}", told.out, told.err);
    assert_eq!(place.check("git-files", &below).status(), "pass");
    let rules = std::fs::read_to_string(place.file("app/.gitignore")).expect("a text");
    assert!(rules.starts_with("x\n.env\n"), "{rules}");
}

/// What git says, and what is done to make it say so.
type Breakage = (&'static str, fn(&Place));

#[test]
fn a_broken_repository_is_named_and_not_its_gitignore() {
    let breakages: [Breakage; 2] = [
        ("not a git repository", |place| {
            std::fs::remove_file(place.file(".git/HEAD")).expect("it is there");
        }),
        ("not a git repository: /nonexistent", |place| {
            std::fs::rename(place.file(".git"), place.file("gone")).expect("moved");
            place.write(".git", "gitdir: /nonexistent\n");
        }),
    ];
    for (words, breaks) in breakages {
        let place = leaky(&[]);
        breaks(&place);
        let files = place.check("git-files", &[]);
        let unreadable: Vec<_> = files.findings();
        assert!(
            unreadable
                .iter()
                .any(|(rule, message)| *rule == "git/unreadable" && message.contains(words)),
            "{}",
            files.text()
        );
        assert!(
            !files.text().contains("does not ignore"),
            "{}",
            files.text()
        );
    }
}

#[test]
fn variables_that_name_another_repository_mislead_nobody() {
    let mut place = leaky(&[]);
    place.set("GIT_DIR", "/tmp/nowhere");
    place.set("GIT_INDEX_FILE", "/tmp/nowhere");
    git(&place, &["update-index", "--split-index"]);
    let files = place.check("git-files", &[]);
    assert_eq!(
        files.findings(),
        [("git/env-file", "git tracks backend/.env")]
    );
}

#[test]
fn files_that_are_not_looked_at_are_counted() {
    let place = Place::new(&[
        ("a.txt", "a\n"),
        ("b.png", "b\n"),
        ("c.svg", &format!("<!-- ghp_{TOKEN} -->\n")),
        (
            "large.csv",
            &format!("{}\nghp_{TOKEN}\n", "x,".repeat(1 << 20)),
        ),
        ("gone.txt", "\n"),
    ]);
    git(&place, &["init", "-q"]);
    git(&place, &["add", "."]);
    std::fs::remove_file(place.file("gone.txt")).expect("it is there");
    let keys = place.check("git-keys", &[]);
    keys.fails_with("git/key", "c.svg:1 holds a GitHub token");
    keys.fails_with("git/key", "large.csv:2 holds a GitHub token");
    place.write("c.svg", "\n");
    place.write("large.csv", "\n");
    assert_eq!(
        place.check("git-keys", &[]).found(),
        "none in 4 tracked files; not looked at: 1 of a kind without keys (pictures, archives, \
         locks), 1 tracked file that is not in the folder (deleted, or never checked out)"
    );
}

#[test]
fn a_key_in_a_repository_within_is_found_too() {
    let key = format!("ghp_{TOKEN}\n");
    let place = Place::new(&[
        ("lib/sub/a.md", "\n"),
        ("lib/sub/deep/b.md", &key),
        ("frontend/package.json", "{}"),
        ("frontend/c.md", &key),
        ("a.md", "\n"),
    ]);
    // The innermost first: what is a repository already is added as one.
    for dir in ["lib/sub/deep", "lib/sub", "frontend", "."] {
        git(&place, &["-C", dir, "init", "-q"]);
        git(&place, &["-C", dir, "add", "."]);
        git(&place, &["-C", dir, "commit", "-q", "-m", "all"]);
    }
    let keys = place.check("git-keys", &[]);
    keys.fails_with("git/key", "lib/sub/deep/b.md:1 holds a GitHub token");
    keys.fails_with("git/key", "frontend/c.md:1 holds a GitHub token");
    assert_eq!(keys.findings().len(), 2, "{}", keys.text());
    place.write("lib/sub/deep/b.md", "\n");
    place.write("frontend/c.md", "\n");
    let found = "those of frontend, lib/sub and lib/sub/deep among them";
    let keys = place.check("git-keys", &[]);
    assert!(keys.found().contains(found), "{}", keys.found());
    // Git knows nothing of the tier where the workspace is no repository itself.
    std::fs::remove_dir_all(place.file(".git")).expect("it is there");
    place.write("frontend/c.md", &key);
    let keys = place.check("git-keys", &[]);
    keys.fails_with("git/key", "frontend/c.md:1 holds a GitHub token");
}

#[test]
fn an_env_file_that_no_tier_reads_counts_too() {
    let place = Place::new(&[
        ("tools/.env", "PORT=1\n"),
        ("tools/.env.example", "DB_PASSWORD=\n"),
        (".gitignore", ".env*\n"),
    ]);
    git(&place, &["init", "-q"]);
    git(&place, &["add", "-f", ".gitignore", "tools"]);
    // What holds no secret may be meant so.
    let check = place.check("git-files", &[]);
    assert_eq!(check.status(), "warn", "{}", check.text());
    assert_eq!(
        check.findings(),
        [("git/env-file", "git tracks tools/.env")]
    );
    place.write("tools/.env", "DB_PASSWORD=q7RtY2wZ9kLmN4vB\n");
    let check = place.check("git-files", &[]);
    check.fails_with("git/env-file", "git tracks tools/.env");
    // What is encrypted is there to be tracked.
    place.write(
        "tools/.env",
        "DB_PASSWORD=ENC[AES256_GCM,data:Tr7o=,iv:1=,tag:2=,type:str]\nsops_mac=ENC[AES256_GCM,data:x=,iv:1=,tag:2=,type:str]\n",
    );
    assert_eq!(place.check("git-files", &[]).status(), "pass");
    place.write("tools/.env", "DB_PASSWORD=q7RtY2wZ9kLmN4vB\n");
    place.is_mended("git-files");
    // What goes by another name is one for what it holds.
    place.write("tools/prod.env", "PORT=1\n");
    git(&place, &["add", "-f", "tools/prod.env"]);
    assert_eq!(place.check("git-files", &[]).status(), "pass");
    place.write("tools/prod.env", "DB_PASSWORD=q7RtY2wZ9kLmN4vB\n");
    place
        .check("git-files", &[])
        .fails_with("git/env-file", "git tracks tools/prod.env");
    place.is_mended("git-files");
}

#[test]
fn a_check_that_is_named_is_shown_whether_it_has_an_object() {
    let place = Place::new(&[]);
    let told = |args: &[&str]| place.run(&[&["doctor"], args].concat()).out;
    let named = told(&["--only", "git-files,azure"]);
    assert!(named.contains("no git repository"), "{named}");
    assert!(named.contains("azure"), "{named}");
    let all = told(&["--offline"]);
    assert!(!all.contains("no git repository"), "{all}");
}
