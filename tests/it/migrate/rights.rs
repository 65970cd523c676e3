//! What the role may not do, and what only Supabase has: told apart, each with its way out.

use super::{Case, Ended, ask_at};

/// A role without rights, and the case's URL with it.
fn limited(case: &Case, name: &str) -> String {
    ask_at(
        &format!("{}app", case.server.base),
        &format!("CREATE ROLE {name} LOGIN PASSWORD 'hunter2222'"),
    );
    case.url.replace("//app:", &format!("//{name}:"))
}

fn help(ended: &Ended) -> &str {
    ended.json["findings"][0]["help"]
        .as_str()
        .unwrap_or_default()
}

#[test]
fn each_missing_right_is_named_with_the_grant() {
    let case = Case::new(&[("0000_a", 1000, "CREATE TABLE limited.a (id int);")]);
    let url = limited(&case, "no_rights");
    let run = || case.run(&["--database-url", &url]);
    let no_schema = run();
    assert_eq!(no_schema.code, Some(1), "{}", no_schema.text);
    assert!(
        no_schema
            .text
            .contains("CREATE SCHEMA drizzle AUTHORIZATION no_rights"),
        "{}",
        no_schema.text
    );
    // The schema is another's.
    case.ask("CREATE SCHEMA drizzle");
    let not_ours = run();
    assert!(
        not_ours
            .text
            .contains("GRANT ALL ON SCHEMA drizzle TO no_rights"),
        "{}",
        not_ours.text
    );
    // Drizzle's schema is ours, that of the tables is not: the finding is at the statement.
    case.ask("ALTER SCHEMA drizzle OWNER TO no_rights; CREATE SCHEMA limited");
    let statement = run();
    assert_eq!(
        statement.place(),
        "frontend/drizzle/0000_a.sql:1:14",
        "{}",
        statement.text
    );
    assert!(statement.text.contains("SQLSTATE 42501") && statement.text.contains("lacks a right"));
    // A role may look without a right to create anything: drizzle-kit needs one even then.
    case.ask("GRANT CREATE, USAGE ON SCHEMA limited TO no_rights");
    assert_eq!(run().code, Some(0));
    assert_eq!(run().code, Some(0));
}

#[test]
fn what_supabase_has_and_this_server_has_not_is_named() {
    for (text, state) in [
        (
            "CREATE TABLE p (id uuid REFERENCES auth.users(id));",
            "3F000",
        ),
        (
            "CREATE TABLE p (id uuid);\nALTER TABLE p ADD FOREIGN KEY (id) REFERENCES auth.users(id);",
            "3F000",
        ),
        (
            "CREATE TABLE p (id uuid);\nCREATE POLICY own ON p USING (id = auth.uid());",
            "3F000",
        ),
    ] {
        let case = Case::new(&[("0000_a", 1000, text)]);
        let failed = case.run(&[]);
        assert_eq!(failed.code, Some(1), "{text}: {}", failed.text);
        assert!(failed.text.contains(state), "{}", failed.text);
        assert!(
            failed
                .text
                .contains("Supabase's, and a plain Postgres has none"),
            "{}",
            failed.text
        );
        assert!(help(&failed).contains("pixcrawler dev"), "{}", failed.text);
    }
}

#[test]
fn the_password_is_masked_wherever_it_comes_from() {
    // In the text of a migration, and in what the server says about it. `run` looks for it in all output.
    let case = Case::new(&[("0000_a", 1000, "SELECT 'hunter2222'::int;")]);
    let failed = case.run(&[]);
    assert_eq!(failed.code, Some(1));
    for format in ["human", "github", "sarif", "junit"] {
        let output = case
            .command(&["--format", format])
            .output()
            .expect("the binary runs");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(
            text.contains("22P02") && !text.contains("hunter2222"),
            "{text}"
        );
    }
    // As it is written in a URL.
    let odd = case.url.replace("hunter2222", "hunter2222%40x%2Fy");
    let refused = case.run(&["--database-url", &odd]);
    assert_eq!(refused.code, Some(3));
    assert!(
        !refused.text.contains("@x/y") && !refused.text.contains("%40x"),
        "{}",
        refused.text
    );
    let broken = format!("postgresql://app:hunter2222@[::1/{}", "x");
    assert_eq!(case.run(&["--database-url", &broken]).code, Some(2));
    let status = case.run(&["status", "--database-url", &odd]);
    assert_eq!(status.code, Some(3));
}
