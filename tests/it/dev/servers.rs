//! Servers that the session would start, and what stands in their way.

use crate::support::{Workspace, free_port};

#[test]
fn urls_that_disagree_are_told_whoever_the_server_is_started_for() {
    let workspace = Workspace::new(
        "[services.api]\ncommand = \"sleep 600\"\ncwd = \"backend\"\n[services.other]\ncommand = \"sleep 600\"\n",
    );
    let (port, other) = (free_port(), free_port());
    let write = |lines: &[String]| workspace.write("backend/.env", &(lines.join("\n") + "\n"));
    let planned = || workspace.dev(&["--dry-run"]).run();
    let redis =
        |name: &str, password: &str| format!("{name}=redis://:{password}@127.0.0.1:{port}/0");
    write(&[
        redis("CELERY_BROKER_URL", "one"),
        redis("CELERY_RESULT_BACKEND", "two"),
    ]);
    let refused = planned();
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    let told = "CELERY_RESULT_BACKEND gives one user another password than CELERY_BROKER_URL";
    assert!(refused.all().contains(told), "{}", refused.all());
    // Two kinds of server at one port, and a second one of the other kind at another.
    let postgres = |port: u16| format!("DATABASE_URL=postgresql://a:b@127.0.0.1:{port}/c");
    write(&[redis("CELERY_BROKER_URL", "one"), postgres(port)]);
    let refused = planned();
    assert_eq!(refused.code(), Some(1), "{}", refused.all());
    assert!(
        refused.all().contains("plan/managed-url"),
        "{}",
        refused.all()
    );
    write(&[redis("CELERY_BROKER_URL", "one"), postgres(other)]);
    let agreed = planned();
    assert_eq!(agreed.code(), Some(0), "{}", agreed.all());
}
