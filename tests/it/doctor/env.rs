//! Env files: made from their examples, and filled by following what is printed.

use super::Place;

#[cfg(unix)]
#[test]
fn a_cure_is_run_by_this_program_and_no_older_one() {
    let mut place = Place::new(&[("backend/.env.example", "ENVIRONMENT=development\n")]);
    place.program("bin/pixcrawler", "echo no such option >&2\nexit 2");
    let path = format!("{}:{}", place.file("bin").display(), crate::tools::path());
    place.set("PATH", &path);
    let told = place.run(&["doctor", "--only", "env", "--fix", "--yes"]);
    assert!(place.file("backend/.env").exists(), "{}", told.err);
}

#[test]
fn what_the_terminal_sets_wrongly_is_taken_out_of_it_in_one_line() {
    let mut place = Place::new(&[
        (
            "backend/.env",
            "ENVIRONMENT=development\nDATABASE_URL=postgresql+asyncpg://app:hunter22@localhost:5432/app\nLOG_LEVEL=INFO\nDEBUG=true\nPORT=8000\n",
        ),
        (".env", ""),
    ]);
    for (name, value) in [
        ("LOG_LEVEL", "LOUD"),
        ("DEBUG", "maybe"),
        ("PORT", "9000"),
        ("DATABASE_POOL_SIZE", "many"),
    ] {
        place.set(name, value);
    }
    let check = place.check("env", &[]);
    let findings = check.0["findings"].as_array().expect("findings");
    let help = |rule: &str, subject: &str| {
        let name = format!("`{subject}`");
        let names = |it: &serde_json::Value| it.as_str().is_some_and(|it| it.starts_with(&name));
        let mut found = findings.iter().filter(|it| it["rule"] == rule);
        let found = found.find(|it| names(&it["message"]));
        found.unwrap_or_else(|| panic!("{rule} {subject}: {findings:#?}"))["help"].clone()
    };
    let unset = |names: &[&str]| {
        let each = |name: &&str| format!("set \"{name}=\"");
        if cfg!(windows) {
            names.iter().map(each).collect::<Vec<_>>().join(" & ")
        } else {
            format!("unset {}", names.join(" "))
        }
    };
    let wrong = unset(&["LOG_LEVEL", "DEBUG"]);
    assert_eq!(help("env/out-of-range", "LOG_LEVEL"), wrong);
    assert_eq!(help("env/wrong-type", "DEBUG"), wrong);
    // No file has another value for it.
    let anew = help("env/wrong-type", "DATABASE_POOL_SIZE");
    assert!(
        anew.as_str().is_some_and(
            |it| it.contains(&pixcrawler::text::remedy::set_here("DATABASE_POOL_SIZE"))
        ),
        "{anew}"
    );
    let all = help("env/shadowed", "PORT");
    let all = all.as_str().expect("a line");
    let names = ["LOG_LEVEL", "DEBUG", "PORT"];
    assert!(names.iter().all(|name| all.contains(name)), "{all}");
    assert!(!all.contains("shell") && !all.contains("POOL"), "{all}");
}

#[test]
fn a_rule_that_there_is_not_is_told_as_env_check_tells_it() {
    let place = Place::new(&[("pixcrawler.toml", "[rules]\n\"env/shadow\" = \"off\"\n")]);
    let findings = place.check("env", &[]).0["findings"].clone();
    let findings = findings.as_array().expect("findings").clone();
    let found = findings
        .iter()
        .find(|it| it["rule"] == "env/unused-silencer");
    let found = found.unwrap_or_else(|| panic!("{findings:#?}"));
    let notes = found["notes"].to_string();
    assert!(notes.contains("did you mean `env/shadowed`?"), "{found}");
}

#[test]
fn files_are_made_and_filled_by_the_printed_commands() {
    let place = Place::new(&[
        ("frontend/package.json", "{}"),
        (
            ".env.example",
            "PIXCRAWLER_ENVIRONMENT=development\nSUPABASE_URL=https://your-project.supabase.co\nSUPABASE_ANON_KEY=your-anon-key\nSUPABASE_SERVICE_ROLE_KEY=your-service-role-key\n",
        ),
        (
            "backend/.env.example",
            "ENVIRONMENT=development\nDATABASE_HOST=db.your-project.supabase.co\nDATABASE_USER=postgres.your-project\nDATABASE_PASSWORD=your-database-password\nALLOWED_ORIGINS=http://localhost:3000\n",
        ),
        (
            "frontend/.env.example",
            "NEXT_PUBLIC_APP_URL=http://localhost:3000\nNEXT_PUBLIC_API_URL=http://localhost:8000/api/v1\nNEXT_PUBLIC_SUPABASE_URL=https://your-project.supabase.co\nNEXT_PUBLIC_SUPABASE_ANON_KEY=your-anon-key\n",
        ),
    ]);
    let told = place.run(&["doctor", "--only", "env", "--fix", "--yes"]);
    for file in [".env", "backend/.env", "frontend/.env"] {
        assert!(place.file(file).exists(), "{file}: {}", told.err);
    }
    // A host that is still the example's is not asked; the server of this machine will do.
    let database = place.check("postgres", &[]);
    database.fails_with(
        "postgres/unreachable",
        "DATABASE_HOST is still a placeholder",
    );
    let told = place.follow(database.cure(), "");
    assert_eq!(told.code, Some(0), "{}", told.err);
    let text = std::fs::read_to_string(place.file("backend/.env")).expect("a file");
    assert!(
        text.contains("DATABASE_URL=postgresql+asyncpg://postgres:postgres@localhost:5432/"),
        "{text}"
    );
    // What only a person knows is asked for, each once; the browser's names get the same values.
    let check = place.check("env", &[]);
    let cures = check.0["cures"].as_array().expect("cures").clone();
    let lines: Vec<&str> = cures
        .iter()
        .filter_map(|cure| cure["line"].as_str())
        .collect();
    assert!(
        lines.contains(&"pixcrawler env set --file frontend/.env NEXT_PUBLIC_SUPABASE_URL --like backend:SUPABASE_URL"),
        "{lines:?}"
    );
    for line in lines {
        let typed = match line {
            line if line.contains("SUPABASE_URL=-") => "http://127.0.0.1:54321\n",
            line if line.contains("ANON_KEY=-") => "sb_publishable_Zk3v9Qm2Lw8Rt5Yx7Bn\n",
            line if line.contains("SERVICE_ROLE_KEY=-") => "sb_secret_Pq8w3Er6Ty1Ui4Op9AsDfGh\n",
            _ => "",
        };
        let told = place.follow(line, typed);
        assert_eq!(told.code, Some(0), "{line}: {}", told.err);
    }
    let check = place.check("env", &[]);
    assert_ne!(check.status(), "fail", "{}", check.text());
}

#[test]
fn a_value_that_was_lost_is_taken_from_where_the_workspace_has_it() {
    let place = Place::new(&[
        ("frontend/package.json", "{}"),
        (
            "backend/.env",
            "DATABASE_URL=\nCELERY_BROKER_URL=\nCELERY_RESULT_BACKEND=\nCACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_PORT=1\nCACHE_REDIS_PASSWORD=pass/w%rd\nCACHE_REDIS_DB=2\n",
        ),
        (
            "frontend/.env",
            "POSTGRES_URL=postgresql://u:pass-word@127.0.0.1:1/shop?sslmode=require\n",
        ),
    ]);
    let check = place.check("env", &[]);
    for secret in ["pass-word", "w%rd"] {
        assert!(!check.text().contains(secret), "{}", check.text());
    }
    let redis = place.check("redis", &[]).text();
    // One way out of one trouble.
    assert!(!redis.contains("CELERY_BROKER_URL"), "{redis}");
    let told = place.run(&["doctor", "--only", "env", "--fix", "--yes"]);
    let text = std::fs::read_to_string(place.file("backend/.env")).expect("a file");
    for line in [
        "DATABASE_URL=postgresql+asyncpg://u:pass-word@127.0.0.1:1/shop?ssl=require",
        "CELERY_BROKER_URL=redis://:pass%2Fw%25rd@127.0.0.1:1/0",
        "CELERY_RESULT_BACKEND=redis://:pass%2Fw%25rd@127.0.0.1:1/3",
    ] {
        assert!(text.contains(line), "{line}: {text}{}", told.err);
    }
    assert!(!told.out.contains("pass-word") && !told.err.contains("pass-word"));
}

#[cfg(unix)]
#[test]
fn a_file_in_another_encoding_is_written_anew_and_stays_the_same() {
    use std::os::unix::fs::PermissionsExt as _;
    let text = "ENVIRONMENT=development\n# größer\nXY=2\n";
    let place = Place::new(&[("backend/.env", text)]);
    let file = place.file("backend/.env");
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    std::fs::write(&file, bytes).expect("written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    let help = |place: &Place| {
        let check = place.check("env", &[]);
        let mut findings = check.0["findings"].as_array().expect("findings").iter();
        let found = findings.find(|it| it["rule"] == "env/unreadable");
        let help = &found.expect("it is told")["help"];
        help.as_str().unwrap_or_default().to_owned()
    };
    let told = place.follow(&help(&place), "");
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(std::fs::read_to_string(&file).expect("UTF-8"), text);
    let mode = std::fs::metadata(&file).expect("it is there").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let beside = std::fs::read_dir(place.file("backend")).expect("a folder");
    assert_eq!(beside.count(), 1);
    // One NUL makes no UTF-16 of all the rest.
    std::fs::write(&file, text.replace("XY=2", "XY=\0")).expect("written");
    assert_eq!(help(&place), "${EDITOR:-vi} +3 backend/.env");
}

#[test]
fn a_merge_that_was_not_finished_is_told_once_and_nothing_is_changed() {
    let url = "DATABASE_URL=postgresql+asyncpg://app:pass-word@localhost";
    let text = format!(
        "ENVIRONMENT=development\nPORT=43000\n<<<<<<< HEAD\n{url}:1/app\n=======\n{url}:2/app\n>>>>>>> feature\nPORT=43000\n"
    );
    let place = Place::new(&[
        ("backend/.env", &text),
        ("frontend/package.json", "{}"),
        (
            "frontend/.env",
            "NEXT_PUBLIC_API_URL=http://localhost:43001/api/v1\n",
        ),
    ]);
    let check = place.check("env", &[]);
    // Who may read it is another matter.
    let of_it = |it: &&(&str, &str)| {
        let is_it = it.1.contains("backend/.env") || it.1.contains("43000");
        is_it && it.0 != "env/exposed"
    };
    let told: Vec<_> = check
        .findings()
        .into_iter()
        .filter(|it| of_it(&it))
        .collect();
    let it = (
        "env/unmerged",
        "a merge was not finished here (backend/.env:3)",
    );
    assert_eq!(told, [it], "{}", check.text());
    assert!(
        check
            .text()
            .contains("one side is line 4, the other line 6"),
        "{}",
        check.text()
    );
    for id in ["ports", "postgres", "redis", "celery", "cors"] {
        let check = place.check(id, &[]);
        let waits = "waits for backend/.env, where a merge was not finished";
        assert_eq!(check.0["skipped"], waits, "{}", check.text());
    }
    let told = place.run(&["env", "check", "--fix"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(!told.out.contains("pass-word"), "{}", told.out);
    let now = std::fs::read_to_string(place.file("backend/.env")).expect("it is there");
    assert_eq!(now, text);
}

#[test]
fn a_cure_that_leaves_something_to_say_has_not_failed() {
    let text = "PORT=43000\nDEBUG=perhaps\nPORT=43000\n";
    let place = Place::new(&[("backend/.env", text)]);
    let told = place.run(&["doctor", "--only", "env", "--fix", "--yes"]);
    assert!(
        told.err.contains("applied 1 change in 1 file"),
        "{}",
        told.err
    );
    assert!(
        told.err.contains("what it leaves is told again") && !told.err.contains("failed after"),
        "{}",
        told.err
    );
}

#[test]
fn nobody_is_asked_while_a_file_is_no_text() {
    let text = "PORT=43000\nREDIS_URL=redis://localhost:1/0\n";
    let utf16 = |mark: &str| -> Vec<u8> {
        let text = format!("{mark}{text}");
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let waits = |place: &Place| {
        for id in ["ports", "postgres", "redis", "celery", "cors"] {
            let check = place.check(id, &[]);
            let waits = "waits for backend/.env, which cannot be read";
            assert_eq!(check.0["skipped"], waits, "{}", check.text());
        }
        let told = place.check("env", &[]);
        let rules = told.findings();
        let unread = |it: &&(&str, &str)| it.0 == "env/unreadable";
        assert_eq!(rules.iter().filter(unread).count(), 1, "{}", told.text());
        // What nobody knows contradicts nothing.
        assert!(!told.text().contains("8000"), "{}", told.text());
    };
    let place = Place::new(&[
        ("backend/.env", text),
        ("frontend/package.json", "{}"),
        (
            "frontend/.env",
            "NEXT_PUBLIC_API_URL=http://localhost:43000/api/v1\n",
        ),
    ]);
    let file = place.file("backend/.env");
    for bytes in [
        utf16("\u{feff}"),
        utf16(""),
        b"PORT=43000\n# \xe9\n".to_vec(),
    ] {
        std::fs::write(&file, bytes).expect("written");
        waits(&place);
    }
    std::fs::remove_file(&file).expect("it was there");
    std::fs::create_dir(&file).expect("a folder");
    waits(&place);
}

#[test]
fn what_differs_between_variables_is_led_together_by_one_command() {
    let place = Place::new(&[
        ("frontend/package.json", "{}"),
        (
            "backend/.env",
            "PORT=8004\nCACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_PORT=1\nCACHE_REDIS_DB=1\nLIMITER_REDIS_HOST=127.0.0.1\nLIMITER_REDIS_PORT=1\nLIMITER_REDIS_DB=1\nCELERY_BROKER_URL=redis://127.0.0.1:1/0\n",
        ),
        (
            "frontend/.env",
            "NEXT_PUBLIC_API_URL=http://127.0.0.1:8000/api/v1\n",
        ),
    ]);
    let check = place.check("env", &[]);
    let number = "pixcrawler env set --file backend/.env LIMITER_REDIS_DB=2";
    let port = "pixcrawler env set --file frontend/.env NEXT_PUBLIC_API_URL --part port=8004";
    for line in [number, port] {
        assert!(check.helps().contains(&line), "{:?}", check.helps());
        assert!(
            check.text().contains(&format!("\"line\":\"{line}")),
            "{}",
            check.text()
        );
    }
    // The other row says the same.
    let redis = place.check("redis", &[]);
    assert!(redis.helps().contains(&number), "{}", redis.text());
    for line in [number, port] {
        let told = place.follow(line, "");
        assert_eq!(told.code, Some(0), "{}", told.err);
    }
    let text = place.check("env", &[]).text();
    assert!(!text.contains("env/contradiction"), "{text}");
    // Where nothing says the port, it is the usual one.
    place.write("backend/.env", "");
    let helps = place.check("env", &[]);
    let usual = port.replace("8004", "8000");
    assert!(
        helps.helps().contains(&usual.as_str()),
        "{:?}",
        helps.helps()
    );
}

#[test]
fn a_port_that_is_none_is_set_to_the_usual_one() {
    for port in ["abc", "70000"] {
        let text = format!("ENVIRONMENT=development\nPORT={port}\n");
        let place = Place::new(&[("backend/.env", &text)]);
        let check = place.check("env", &[]);
        let line = "pixcrawler env set --file backend/.env PORT=8000";
        assert!(check.helps().contains(&line), "{:?}", check.helps());
        assert_eq!(place.follow(line, "").code, Some(0));
        let after = place.check("env", &[]).text();
        assert!(!after.contains("`PORT`"), "{after}");
    }
}

#[test]
fn a_ci_is_told_where_its_variables_are_set() {
    let mut place = Place::new(&[("backend/.env", "ENVIRONMENT=development\n")]);
    place.set("DATABASE_POOL_SIZE", "many");
    let typed = pixcrawler::text::remedy::set_here("DATABASE_POOL_SIZE");
    let told = pixcrawler::text::remedy::set_in_ci("DATABASE_POOL_SIZE");
    let check = place.check("env", &[]);
    assert!(check.helps().contains(&typed.as_str()), "{}", check.text());
    assert!(!check.text().contains(&told), "{}", check.text());
    place.set("CI", "true");
    let check = place.check("env", &[]);
    assert!(!check.helps().contains(&typed.as_str()), "{}", check.text());
    assert!(check.text().contains(&told), "{}", check.text());
}
