//! The code of the checkout: what is gone, what a merge left, and what Python cannot read.

use std::fs;

use super::Place;
use super::git::git;

const MAIN: &str = "from fastapi import FastAPI\n\nfrom backend.core.settings import settings\n\napp = FastAPI(title=settings)\n";

/// A checkout with both sides, committed.
fn place() -> Place {
    let place = Place::new(&[
        (".gitignore", ".env\n"),
        ("backend/__init__.py", ""),
        ("backend/main.py", MAIN),
        ("backend/core/__init__.py", ""),
        ("backend/core/settings.py", "settings = 'x'\n"),
        ("backend/core/unused.py", "x = 1\n"),
        ("backend/.env.example", "PORT=8000\n"),
        (
            "celery_core/app.py",
            "from celery import Celery\n\napp = Celery('x', include=['celery_core.tasks'])\n",
        ),
        ("celery_core/tasks.py", "import os\n"),
        (
            "frontend/package.json",
            "{\"name\": \"web\", \"scripts\": {\"dev\": \"next dev\"}}\n",
        ),
        (
            "frontend/app/page.tsx",
            "import { api } from '@/lib/api';\nexport default function Page() { return api; }\n",
        ),
        ("frontend/lib/api.ts", "export const api = 1;\n"),
        ("frontend/lib/other.ts", "export const other = 1;\n"),
        (
            "frontend/drizzle.config.ts",
            "export default { dialect: 'postgresql', out: './db/migrations' };\n",
        ),
        ("frontend/db/migrations/0000_a.sql", "SELECT 1;\n"),
        (
            "frontend/db/migrations/meta/_journal.json",
            "{\"version\": \"7\", \"dialect\": \"postgresql\", \"entries\": []}\n",
        ),
    ]);
    git(&place, &["init", "-q"]);
    git(&place, &["add", "-A"]);
    git(&place, &["commit", "-q", "-m", "all"]);
    assert_eq!(place.check("checkout", &[]).status(), "pass");
    place
}

fn remove(place: &Place, path: &str) {
    let file = place.file(path);
    let removed = if file.is_dir() {
        fs::remove_dir_all(&file)
    } else {
        fs::remove_file(&file)
    };
    removed.expect("it was there");
}

#[test]
fn code_that_is_gone_and_needed_comes_back() {
    let place = place();
    for path in [
        "frontend",
        "backend/core",
        "backend/core/settings.py",
        "backend/main.py",
        "celery_core/app.py",
        "celery_core/tasks.py",
        "frontend/app",
        "frontend/lib",
        "frontend/lib/api.ts",
        "frontend/db/migrations",
        "frontend/db/migrations/meta",
    ] {
        remove(&place, path);
        let check = place.check("checkout", &[]);
        let words = format!("{path} is gone, and git has it");
        let words = if path == "frontend/db/migrations" {
            "frontend/db is gone, and git has it"
        } else {
            &words
        };
        check.fails_with("workspace/lost", words);
        assert_eq!(check.findings().len(), 1, "{}", check.text());
        assert!(
            check.help().starts_with("git checkout -- "),
            "{}",
            check.text()
        );
        place.is_mended("checkout");
        assert!(place.file(path).exists(), "{path}");
    }
}

#[test]
fn a_module_that_stands_elsewhere_under_its_name_is_not_gone() {
    let place = place();
    for (file, new) in [
        ("frontend/lib/api.ts", "frontend/lib/api/index.ts"),
        ("frontend/lib/other.ts", "frontend/lib/other.tsx"),
        ("backend/core/unused.py", "backend/core/unused/__init__.py"),
    ] {
        remove(&place, file);
        place.write(new, "");
    }
    let check = place.check("checkout", &[]);
    assert_eq!(check.status(), "pass", "{}", check.text());
}

#[test]
fn marks_of_a_merge_in_a_text_are_no_merge() {
    let place = place();
    let marks = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n";
    let path = "backend/core/settings.py";
    place.write(path, &format!("settings = \"\"\"\n{marks}\"\"\"\n"));
    let check = place.check("checkout", &[]);
    assert_eq!(check.status(), "pass", "{}", check.text());
    place.write(path, marks);
    assert_eq!(place.check("checkout", &[]).status(), "fail");
    place.write(path, "settings = 'x'\n");
    let path = "frontend/lib/api.ts";
    place.write(path, &format!("export const api = `\n{marks}`;\n"));
    let check = place.check("checkout", &[]);
    assert_eq!(check.status(), "pass", "{}", check.text());
    place.write(path, &format!("export const api = 1;\n{marks}"));
    assert_eq!(place.check("checkout", &[]).status(), "fail");
}

#[test]
fn what_may_be_meant_to_go_is_a_warning() {
    let place = place();
    remove(&place, "frontend/lib/other.ts");
    remove(&place, "backend/core/unused.py");
    let check = place.check("checkout", &[]);
    assert_eq!(check.status(), "warn", "{}", check.text());
    let words = "backend/core/unused.py and frontend/lib/other.ts are gone, and git has them";
    assert_eq!(check.findings(), [("workspace/lost", words)]);
    assert_eq!(check.cure(), "");
    let told = place.follow(check.help(), "");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(place.check("checkout", &[]).status(), "pass");
    // What git is told not to have in the folder, or to have no more.
    git(
        &place,
        &["update-index", "--skip-worktree", "backend/main.py"],
    );
    remove(&place, "backend/main.py");
    git(&place, &["rm", "-q", "frontend/lib/other.ts"]);
    assert_eq!(place.check("checkout", &[]).status(), "pass");
}

#[test]
fn who_needs_what_is_gone_waits_for_it() {
    let place = place();
    let all = "checkout,env,ports,redis,celery,cors,node,web-packages";
    let waiting = |gone: &str| {
        remove(&place, gone);
        let told = place.run(&["doctor", "--offline", "--format", "json", "--only", all]);
        let value: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
        let checks = value["checks"].as_array().expect("checks");
        let words = format!("waits for {gone}, which is gone");
        let waits = checks.iter().filter(|it| it.to_string().contains(&words));
        let ids: Vec<String> = waits
            .map(|it| it["id"].as_str().unwrap_or_default().to_owned())
            .collect();
        git(&place, &["checkout", "-q", "HEAD", "--", gone]);
        ids.join(",")
    };
    assert_eq!(waiting("backend/main.py"), "ports,redis,celery,cors");
    assert_eq!(waiting("frontend"), "node,web-packages,ports,env,cors");
    // Asked alone, it says so itself.
    remove(&place, "backend/main.py");
    place
        .check("celery", &["--offline"])
        .fails_with("workspace/lost", "backend/main.py is gone");
}

#[test]
fn a_merge_that_was_not_finished_is_told_where_it_stands() {
    let place = place();
    git(&place, &["checkout", "-q", "-b", "other"]);
    place.write(
        "backend/main.py",
        &MAIN.replace("FastAPI(title", "FastAPI(name"),
    );
    place.write("frontend/lib/api.ts", "export const api = 2;\n");
    git(&place, &["commit", "-qam", "other"]);
    git(&place, &["checkout", "-q", "main"]);
    place.write(
        "backend/main.py",
        &MAIN.replace("FastAPI(title", "FastAPI(debug"),
    );
    place.write("frontend/lib/api.ts", "export const api = 3;\n");
    git(&place, &["commit", "-qam", "own"]);
    let rebase = "git -c user.name=t -c user.email=t@example.com rebase other";
    assert_ne!(place.follow(rebase, "").code, Some(0));
    let check = place.check("checkout", &[]);
    assert_eq!(
        check.findings(),
        [
            (
                "workspace/unmerged",
                "a merge was not finished here (backend/main.py:5)"
            ),
            (
                "workspace/unmerged",
                "a merge was not finished here (frontend/lib/api.ts:1)"
            ),
        ],
        "{}",
        check.text()
    );
    assert_eq!(check.help(), "${EDITOR:-vi} +5 backend/main.py");
    for words in [
        "a rebase is under way",
        "git rebase --continue",
        "git diff frontend/lib/api.ts",
    ] {
        assert!(check.text().contains(words), "{}", check.text());
    }
    git(&place, &["rebase", "--abort"]);
    assert_eq!(place.check("checkout", &[]).status(), "pass");
    // Of marks that were committed git knows nothing.
    place.write(
        "celery_core/tasks.py",
        "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> x\n",
    );
    git(&place, &["commit", "-qam", "marks"]);
    let check = place.check("checkout", &[]);
    check.fails_with("workspace/unmerged", "(celery_core/tasks.py:1)");
    assert!(!check.text().contains("git diff"), "{}", check.text());
}

#[test]
fn a_module_that_python_cannot_read_is_told_where_a_service_loads_it() {
    let place = place();
    place.write("scripts/old.py", "print 'x'\n");
    place.write("backend/core/unused.py", "def (\n");
    assert_eq!(place.check("checkout", &[]).status(), "pass");
    place.write(
        "backend/core/settings.py",
        "settings = 'x'\ndef broken(:\n    pass\n",
    );
    let check = place.check("checkout", &[]);
    check.fails_with(
        "workspace/syntax",
        "Python cannot read backend/core/settings.py:2: ",
    );
    assert_eq!(check.findings().len(), 1, "{}", check.text());
    assert_eq!(check.help(), "${EDITOR:-vi} +2 backend/core/settings.py");
    // The grammar is sound, and the compiler stops.
    place.write(
        "backend/core/settings.py",
        "settings = 'x'\nreturn settings\n",
    );
    let words = "Python cannot read backend/core/settings.py:2: `return` outside of a function";
    place
        .check("checkout", &[])
        .fails_with("workspace/syntax", words);
    // What is newer than the environment's Python.
    place.write("backend/core/settings.py", "type settings = int\n");
    assert_eq!(place.check("checkout", &[]).status(), "pass");
    for (version, status) in [
        ("version_info = 3.11.7", "fail"),
        ("version = 3.12.1", "pass"),
    ] {
        place.write(".venv/pyvenv.cfg", &format!("home = /usr/bin\n{version}\n"));
        assert_eq!(place.check("checkout", &[]).status(), status, "{version}");
    }
}

#[test]
fn an_import_that_leads_nowhere_is_told_where_it_stands() {
    let place = place();
    place.write(
        "backend/main.py",
        &MAIN.replace("core.settings", "core.setings"),
    );
    let check = place.check("checkout", &[]);
    let words = "backend/main.py:3 imports backend/core/setings.py, which is not there";
    check.fails_with("workspace/no-module", words);
    assert_eq!(check.help(), "${EDITOR:-vi} +3 backend/main.py");
    // What was deleted for git, too.
    place.write("backend/main.py", MAIN);
    git(&place, &["rm", "-q", "backend/core/settings.py"]);
    let check = place.check("checkout", &[]);
    check.fails_with("workspace/no-module", "imports backend/core/settings.py");
    let line = "git restore --source=HEAD --staged --worktree backend/core/settings.py";
    assert_eq!(check.help(), line);
    git(&place, &line.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(place.check("checkout", &[]).status(), "pass");
    // Compiled, or under a condition, it may be there.
    for (file, text) in [
        (
            "backend/core/native.abi3.so",
            "from backend.core.native import x\n",
        ),
        (
            "README.md",
            "try:\n    from backend.core.maybe import x\nexcept ImportError:\n    x = 1\n",
        ),
    ] {
        place.write(file, "");
        place.write(
            "backend/core/settings.py",
            &format!("settings = 'x'\n{text}"),
        );
        assert_eq!(place.check("checkout", &[]).status(), "pass", "{file}");
    }
}

#[test]
fn what_was_brought_back_is_looked_at_anew() {
    let place = place();
    place.write(
        "backend/.env.example",
        "DATABASE_URL=postgresql+asyncpg://u:p@127.0.0.1:1/app\n",
    );
    git(&place, &["commit", "-qam", "example"]);
    remove(&place, "backend");
    let told = place.run(&["doctor", "--only", "checkout,env", "--fix", "--yes"]);
    assert!(place.file("backend/main.py").exists(), "{}", told.err);
    assert!(place.file("backend/.env").exists(), "{}", told.err);
    let anew = place.run(&["doctor", "--only", "checkout,env"]);
    assert_eq!(told.code, anew.code, "{}\n{}", told.out, anew.out);
}

#[test]
fn what_others_name_does_not_wait_for_the_env_file_of_the_pages() {
    let mut place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("backend/main.py", ""),
        (
            "frontend/package.json",
            "{\"name\": \"web\", \"scripts\": {\"dev\": \"next dev\"}}\n",
        ),
        (
            "frontend/.env.example",
            "# Key\n# - Purpose: For the pages\n# - Default: none\n# - Required: Yes\n# - Example: x\nPAGES_KEY=\n",
        ),
    ]);
    place.set("PORT", "26511");
    place.set(
        "DATABASE_URL",
        "postgresql+asyncpg://u:some-password@127.0.0.1:1/d",
    );
    place.set("SUPABASE_URL", "http://127.0.0.1:2");
    place.set("SUPABASE_ANON_KEY", "sb_publishable_q7RtY2wZ9kLmN4vBx8Cd");
    let secret = ["sb_", "secret_", "q7RtY2wZ9kLmN4vBx8Cd"].concat();
    place.set("SUPABASE_SERVICE_ROLE_KEY", &secret);
    let told = place.run(&["doctor", "--only", "env,postgres,supabase,cors"]);
    let out = &told.out;
    assert!(out.contains("127.0.0.1:1 refuses connections"), "{out}");
    assert!(out.contains("http://127.0.0.1:2"), "{out}");
    let waits = "what frontend names waits for frontend/.env, which is not there";
    assert_eq!(out.matches(waits).count(), 2, "{out}");
    // It is about the pages alone.
    let of_pages = "skipped: waits for frontend/.env, which is not there";
    assert_eq!(out.matches(of_pages).count(), 1, "{out}");
}

#[test]
fn whoever_needs_an_env_file_waits_until_it_is_made() {
    let place = place();
    place.write(
        "frontend/.env",
        "NEXT_PUBLIC_API_URL=http://localhost:26510/api\n",
    );
    let all = "env,ports,redis,celery,cors,supabase,postgres";
    let told = place.run(&["doctor", "--offline", "--only", all]);
    for id in ["ports", "redis", "celery", "cors", "supabase", "postgres"] {
        let waits = told.out.lines().any(|line| {
            line.contains(id) && line.contains("skipped: waits for backend/.env, which is not")
        });
        assert!(waits, "{id}: {}", told.out);
    }
    assert!(
        told.out.contains("cp backend/.env.example backend/.env"),
        "{}",
        told.out
    );
    // Nor does its default contradict anything.
    assert!(!told.out.contains("--part port"), "{}", told.out);
}

#[cfg(unix)]
#[test]
fn what_failed_is_tried_once_while_others_succeed() {
    let mut place = place();
    place.write(".env", "SUPABASE_URL=http://127.0.0.1:54321\n");
    place.program("bin/npx", "echo once >> \"$0.log\"\nexit 1");
    let path = format!("{}:{}", place.file("bin").display(), crate::tools::path());
    place.set("PATH", &path);
    remove(&place, "backend/core");
    let told = place.run(&["doctor", "--only", "checkout,supabase", "--fix", "--yes"]);
    assert!(place.file("backend/core").exists(), "{}", told.err);
    let runs = fs::read_to_string(place.file("bin/npx.log")).unwrap_or_default();
    assert_eq!(runs.lines().count(), 1, "{runs}{}", told.err);
}
