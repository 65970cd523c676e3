//! Lines and words for other folders, environments and machines.

use super::*;

fn elsewhere() -> Stand {
    Stand {
        root: Some("/w/my app".to_owned()),
        is_told: true,
        environment: None,
        is_ci: false,
    }
}

#[test]
fn what_looks_at_the_folder_is_run_in_the_workspace() {
    let stand = elsewhere();
    for (line, typed) in [
        (
            "(cd frontend && bun install)",
            "(cd '/w/my app'/frontend && bun install)",
        ),
        (
            "(cd 'lib/it'\\''s' && git rm x)",
            "(cd '/w/my app'/'lib/it'\\''s' && git rm x)",
        ),
        ("uv sync", "(cd '/w/my app' && uv sync)"),
        (
            "printf '%s\\n' .env >> .gitignore",
            "(cd '/w/my app' && printf '%s\\n' .env >> .gitignore)",
        ),
        ("rm backend.log", "(cd '/w/my app' && rm backend.log)"),
        (
            "sudo chown -R me .venv",
            "(cd '/w/my app' && sudo chown -R me .venv)",
        ),
        (
            "${EDITOR:-vi} +8 backend/.env",
            "(cd '/w/my app' && ${EDITOR:-vi} +8 backend/.env)",
        ),
        (
            "(cd a && uv lock) && (cd b && bun i)",
            "(cd '/w/my app' && (cd a && uv lock) && (cd b && bun i))",
        ),
        // The change must stay in this terminal.
        (
            "export A=b && uv sync",
            "cd '/w/my app' && export A=b && uv sync",
        ),
    ] {
        assert_eq!(stand.line(line), typed);
        assert!(crate::text::remedy::is_command(&stand.line(line)), "{line}");
        assert_eq!(Stand::default().line(line), line);
    }
}

#[test]
fn what_does_the_same_everywhere_stays_as_it_is() {
    let stand = elsewhere();
    for line in [
        "kill 7",
        "export PATH=\"/x:$PATH\"",
        "unset A B",
        "npm install -g bun@1.2.3",
        "sudo systemctl start redis",
        "curl -LsSf https://astral.sh/uv/install.sh | sh",
        "mv /usr/local/bin/node /usr/local/bin/node.off",
        "chmod 600 /home/me/.pgpass",
        "psql -c 'SELECT 1 && rm x' 2>/dev/null",
        "(cd /elsewhere && uv sync)",
        ". \"$NVM_DIR/nvm.sh\" && nvm install 22",
    ] {
        assert_eq!(stand.line(line), line);
    }
}

#[test]
fn our_own_commands_are_told_what_was_judged() {
    let mut stand = elsewhere();
    let dev = "pixcrawler dev --servers --detach";
    let told = format!("{dev} --workspace '/w/my app'");
    assert_eq!(stand.line(dev), told);
    let other = "pixcrawler stop --workspace /w/other";
    assert_eq!(
        stand.line(&format!("{other} && {dev}")),
        format!("{other} && {told}")
    );
    assert_eq!(
        stand.line("pixcrawler explain env/missing"),
        "pixcrawler explain env/missing"
    );
    stand.environment = Some("test");
    assert_eq!(
        stand.line(dev),
        format!("{dev} --env test --workspace '/w/my app'")
    );
    // From below the workspace they find it by themselves.
    stand.is_told = false;
    assert_eq!(stand.line(dev), format!("{dev} --env test"));
    assert_eq!(stand.at_root().line("uv sync"), "uv sync");
}

#[test]
fn each_command_in_words_is_told_the_workspace() {
    let stand = elsewhere();
    let to = "--workspace '/w/my app'";
    for (words, told) in [
        (
            "look at it: pixcrawler ps; stop it: pixcrawler stop",
            format!("look at it: pixcrawler ps {to}; stop it: pixcrawler stop {to}"),
        ),
        (
            "it is of `p`: pixcrawler stop, then pixcrawler dev --profile p",
            format!("it is of `p`: pixcrawler stop {to}, then pixcrawler dev {to} --profile p"),
        ),
        (
            "start it (pixcrawler start x)",
            format!("start it (pixcrawler start {to} x)"),
        ),
        (
            "pixcrawler env run --tier api -- ./x",
            format!("pixcrawler env {to} run --tier api -- ./x"),
        ),
        (
            "\u{1b}[36mpixcrawler ps\u{1b}[0m shows it",
            format!("\u{1b}[36mpixcrawler ps {to}\u{1b}[0m shows it"),
        ),
    ] {
        assert_eq!(stand.words(words), told);
        assert_eq!(stand.words(&told), told, "it is told once");
        assert_eq!(Stand::default().words(words), words);
    }
    for same in [
        "pixcrawler stop --workspace /w/other",
        "pixcrawler explain env/missing",
        "pixcrawler new DIR makes a starter",
        "changes of pixcrawler itself",
        "./pixcrawler dev",
        "pixcrawler dev-server",
    ] {
        assert_eq!(stand.words(same), same);
    }
}

#[test]
fn a_way_out_installs_in_the_workspace_and_its_words_stay() {
    let stand = elsewhere();
    for (way, typed) in [
        (
            "(cd web && bun install)",
            "(cd '/w/my app'/web && bun install)",
        ),
        ("bun add x", "(cd '/w/my app' && bun add x)"),
        (
            "(cd a && bun add x)   makes one, too; with npm it is `npm install`",
            "(cd '/w/my app'/a && bun add x)   makes one, too; with npm it is `npm install`",
        ),
        (
            "uv sync   or, where its package is not in pyproject.toml: uv add PACKAGE",
            "(cd '/w/my app' && uv sync)   or, where its package is not in pyproject.toml: (cd '/w/my app' && uv add PACKAGE)",
        ),
        (
            "pixcrawler env check",
            "pixcrawler env --workspace '/w/my app' check",
        ),
    ] {
        assert_eq!(stand.way_out(way), typed);
        assert_eq!(Stand::default().way_out(way), way);
    }
    for same in [
        "bun install (in the frontend's folder)",
        "uv sync   in the folder of its pyproject.toml",
        "install it with the package manager of its folder: bun install, npm install",
        "uv cache clean x   then start again",
        "correct the command, or restore the file",
    ] {
        assert_eq!(stand.way_out(same), same);
    }
}

#[test]
fn our_commands_are_about_the_environment_that_was_judged() {
    let stand = |environment| Stand {
        environment,
        ..Stand::default()
    };
    let test = |line: &str| stand(Some("test")).line(line);
    assert_eq!(test("pixcrawler migrate"), "pixcrawler migrate --env test");
    assert_eq!(
        test("pixcrawler env set A=1 && pixcrawler dev --servers"),
        "pixcrawler env set A=1 --env test && pixcrawler dev --servers --env test"
    );
    assert_eq!(
        test("(cd x && pixcrawler migrate)"),
        "(cd x && pixcrawler migrate --env test)"
    );
    for same in [
        "git update-index --force-remove .env",
        "pixcrawler explain env/missing",
        "pixcrawler env check --env production",
    ] {
        assert_eq!(test(same), same);
    }
    assert_eq!(stand(None).line("pixcrawler migrate"), "pixcrawler migrate");
}

#[test]
fn a_ci_is_not_asked_for_a_value() {
    let line = format!(
        "{}   then start again",
        crate::text::remedy::set_here("API_TOKEN")
    );
    let stand = |is_ci| Stand {
        is_ci,
        ..Stand::default()
    };
    assert_eq!(stand(false).way_out(&line), line);
    assert_eq!(stand(true).way_out(&line), set_in_ci("API_TOKEN"));
    assert_eq!(stand(true).way_out("uv sync"), "uv sync");
}
