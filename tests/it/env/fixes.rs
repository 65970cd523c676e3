//! `env check --fix`: the diff, the files afterwards, and what it leaves alone.

use super::sandbox::Workspace;

#[test]
fn what_is_certain_is_mended_and_the_rest_is_left_as_it_was() {
    let workspace = Workspace::sound();
    let before = "# ours\r\nENVIRONMENT=development\r\nDATABSE_URL=postgresql+asyncpg://app:hunter22@localhost:5432/app\r\n\r\nPORT=8000\r\n# a comment\r\nPORT=8000\r\nALLOWED_ORIGINS=http://localhost:3000";
    workspace.write("backend/.env", before);
    let ran = workspace.run(&["env", "check", "--fix"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    let after = "# ours\r\nENVIRONMENT=development\r\nDATABASE_URL=postgresql+asyncpg://app:hunter22@localhost:5432/app\r\n\r\n# a comment\r\nPORT=8000\r\nALLOWED_ORIGINS=http://localhost:3000";
    assert_eq!(workspace.read("backend/.env"), after);
    let diff = "--- backend/.env\n-   3 | DATABSE_URL=postgresql+asyncpg://app:••••••••@localhost:5432/app\n+   3 | DATABASE_URL=postgresql+asyncpg://app:••••••••@localhost:5432/app\n-   5 | PORT=8000\napplied 2 changes in 1 file\n";
    assert!(ran.stderr.starts_with(diff), "{}", ran.stderr);
    assert_eq!(
        workspace.run(&["env", "check", "--fix"]).stderr,
        "",
        "a second run has nothing to do"
    );
}

#[test]
fn what_a_service_is_given_is_mended_in_the_words_of_its_file() {
    let workspace = Workspace::sound();
    let toml = |name: &str, list: &str| {
        format!("[services.backend.env]\n{name} = '1'\nALLOWED_ORIGINS = {list}\n")
    };
    let json = r#""[\"http://localhost:3000\"]""#;
    workspace.write("pixcrawler.toml", toml("DATABASE_POOL_SIZ", json));
    let ran = workspace.run(&["env", "check", "--fix"]);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    let after = toml("DATABASE_POOL_SIZE", "\"http://localhost:3000\"");
    assert_eq!(workspace.read("pixcrawler.toml"), after);
    // What was mended is not told.
    assert!(!ran.stdout.contains("pixcrawler.toml"), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::PermissionsExt;
    let workspace = Workspace::sound();
    let text = workspace.read("backend/.env");
    workspace.write("shared/env", format!("PORT=1\n{text}PORT=8000\n"));
    std::fs::set_permissions(
        workspace.path("shared/env"),
        std::fs::Permissions::from_mode(0o640),
    )
    .expect("an own file");
    std::fs::remove_file(workspace.path("backend/.env")).expect("it is there");
    std::os::unix::fs::symlink("../shared/env", workspace.path("backend/.env"))
        .expect("links can be made");
    assert_eq!(workspace.run(&["env", "check", "--fix"]).code, Some(0));
    let after = format!("# PORT=1\n{text}PORT=8000\n");
    assert_eq!(workspace.read("shared/env"), after);
    assert!(workspace.path("backend/.env").is_symlink());
    let mode = std::fs::metadata(workspace.path("shared/env"))
        .map(|metadata| metadata.permissions().mode() & 0o777);
    assert_eq!(mode.ok(), Some(0o640));
}

#[test]
fn what_may_have_been_meant_is_kept_as_a_comment() {
    let workspace = Workspace::sound();
    let text = workspace.read("backend/.env");
    let key = "SUPABASE_SERVICE_ROLE_KEY=eyJhbGciOiJIUzI1NiJ9.old-old-old-old.sig-sig-sig-sig";
    // What is made of the first value is another one without its line.
    let used = "HOST=127.0.0.1\nTITLE=at-${HOST}\nHOST=0.0.0.0\n";
    let again = key.replace("old", "new");
    workspace.write("backend/.env", format!("{text}{key}\n{used}{again}\n"));
    let ran = workspace.run(&["env", "check", "--fix"]);
    let after = format!("{text}# {key}\n{used}{again}\n");
    assert_eq!(workspace.read("backend/.env"), after, "{}", ran.stderr);
    assert!(!ran.stderr.contains("old-old"), "{}", ran.stderr);
    let left = "`HOST` is set twice in backend/.env";
    assert!(ran.stdout.contains(left), "{}", ran.stdout);
}

#[test]
fn a_line_that_another_assignment_shares_stays() {
    let workspace = Workspace::sound();
    let text = workspace.read("backend/.env");
    // Python ends a line at a carriage return, too.
    let shared = "OURS=a\rDEBUG=true\nDEBUG=true\n";
    workspace.write("backend/.env", format!("{text}{shared}"));
    workspace.run(&["env", "check", "--fix"]);
    let after = workspace.read("backend/.env");
    assert!(after.ends_with(shared), "{after:?}");
}

/// What `--fix` says about lines at the end of a file, which it leaves as they are.
fn left_alone(file: &str, lines: &str) -> String {
    left_alone_in(&Workspace::sound(), file, lines)
}

fn left_alone_in(workspace: &Workspace, file: &str, lines: &str) -> String {
    let text = workspace.read(file);
    workspace.write(file, format!("{text}{lines}"));
    let ran = workspace.run(&["env", "check", "--fix"]);
    assert_eq!(workspace.read(file), format!("{text}{lines}"));
    assert_eq!(ran.stderr, "");
    ran.stdout
}

#[test]
fn no_value_is_written_otherwise_where_that_does_not_help() {
    // A shell reads on from the quote; whatever the next lines are, it does not see them.
    let said = left_alone(".env", "ur'\nDEEP=\\\n${BASE}/x\n");
    let way_out = "close what is open here or above first";
    assert!(said.contains(way_out), "{said}");
}

#[test]
fn what_only_a_person_can_close_stays_open() {
    // bun reads the first quote up to the next, and does not see the second name at all.
    let open = "NAME_A= \"one\nNAME_B = \"two\"\nNAME_C = \"three\"\n";
    let said = left_alone("frontend/.env", open);
    assert!(said.contains("close the quote"), "{said}");
}

#[test]
fn a_name_that_leads_into_a_model_is_not_renamed() {
    let workspace = Workspace::sound();
    workspace.write(
        "backend/settings.py",
        "class Queue(BaseModel):\n    broker_url: str = ''\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__')\n    celery: Queue = Queue()\n",
    );
    let said = left_alone_in(
        &workspace,
        "backend/.env",
        "CELERY__BROKER_URL=redis://h/1\n",
    );
    assert!(!said.contains("is the name"), "{said}");
    let read = "the code reads it as a part of `celery`";
    assert!(said.contains(read), "{said}");
    let place = "`env_nested_delimiter` at backend/settings.py:4";
    assert!(said.contains(place), "{said}");
}

#[test]
fn a_missing_variable_is_added_where_the_schema_knows_its_value() {
    let workspace = Workspace::sound();
    workspace.write(".env", "# SUPABASE_URL=\n\n# the end\n");
    let ran = workspace.run(&["env", "check", "--fix"]);
    // The keys are secrets: only a person has them.
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        workspace.read(".env"),
        "# SUPABASE_URL=\nSUPABASE_URL=http://127.0.0.1:54321\n\n# the end\n"
    );
    assert!(
        ran.stderr.starts_with(
            "--- .env\n+     | SUPABASE_URL=http://127.0.0.1:54321\napplied 1 change in 1 file\n"
        ),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout.contains("`SUPABASE_ANON_KEY` is not set"),
        "{}",
        ran.stdout
    );
}

#[test]
fn production_gets_no_value_that_only_suits_a_developers_machine() {
    let workspace = Workspace::sound();
    workspace.write(".env.production", "LOG_LEVEL=INFO");
    workspace.write("backend/.env.production", "LOG_LEVEL=INFO\n");
    let ran = workspace.run(&["env", "check", "--env", "production", "--fix"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        !workspace
            .read("backend/.env.production")
            .contains("127.0.0.1"),
        "{}",
        workspace.read("backend/.env.production")
    );
    assert!(
        !workspace.read("backend/.env.production").contains("your-"),
        "{}",
        workspace.read("backend/.env.production")
    );
}
