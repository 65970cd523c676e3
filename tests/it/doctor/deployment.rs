//! `--env production` judges what a deployment will see, from any machine.

use super::Place;

#[test]
fn settings_are_judged_and_the_machine_is_not() {
    let mut place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("backend/main.py", ""),
    ]);
    place.set("ENVIRONMENT", "production");
    place.set("DEBUG", "true");
    place.set(
        "DATABASE_URL",
        "postgresql+asyncpg://u:some-password@localhost:1/d",
    );
    let told = place.run(&["doctor", "--env", "production", "--format", "json"]);
    assert_eq!(told.code, Some(1));
    let value: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
    let check = |id: &str| {
        let checks = value["checks"].as_array().expect("checks");
        checks
            .iter()
            .find(|check| check["id"] == id)
            .expect(id)
            .clone()
    };
    assert_eq!(
        (
            check("ports")["status"].as_str(),
            check("disk")["status"].as_str()
        ),
        (Some("skipped"), Some("skipped"))
    );
    let env = check("env")["findings"].to_string();
    assert!(
        env.contains("DEBUG") && env.contains("DATABASE_URL"),
        "{env}"
    );
    // One value will do, so nobody is asked for it.
    let value = if cfg!(windows) {
        "set \\\"DEBUG=false\\\""
    } else {
        "export DEBUG=false"
    };
    assert!(env.contains(value), "{env}");
    assert_eq!(
        check("postgres")["findings"][0]["rule"],
        "postgres/unreachable"
    );
    // No server of a deployment is started by us.
    assert!(!check("postgres").to_string().contains("pixcrawler dev"));
}

#[test]
fn staging_is_told_where_it_is_judged_by_the_files_of_production() {
    let place = Place::new(&[
        (
            "frontend/package.json",
            "{\"scripts\": {\"dev\": \"next dev\"}}",
        ),
        (
            "frontend/.env.production",
            "POSTGRES_URL=postgresql://u:some-password@localhost:1/live\n",
        ),
    ]);
    let found = |id: &str, environment: &str| place.check(id, &["--env", environment]).found();
    let postgres = found("postgres", "staging");
    assert!(
        postgres.contains(
            "POSTGRES_URL (frontend/.env.production:1) is production's: Next has no mode for staging"
        ),
        "{postgres}"
    );
    let env = found("env", "staging");
    assert!(
        env.contains("frontend: frontend/.env.production, production's"),
        "{env}"
    );
    for id in ["postgres", "env"] {
        let found = found(id, "production");
        assert!(!found.contains("staging"), "{found}");
    }
}

#[test]
fn nobody_is_asked_where_an_example_stands() {
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        (
            "backend/.env.production",
            "DATABASE_URL=postgresql+asyncpg://postgres.your-project:your-password@aws-0-eu.pooler.supabase.com:5432/postgres\nCACHE_REDIS_HOST=redis.your-domain.com\nLIMITER_REDIS_HOST=redis.your-domain.com\nCELERY_BROKER_URL=redis://:your-redis-password@redis.your-domain.com:6379/2\nALLOWED_ORIGINS=https://your-domain.com\n",
        ),
        (
            "frontend/package.json",
            "{\"scripts\": {\"dev\": \"next dev\"}}",
        ),
        (
            "frontend/.env.production",
            "NEXT_PUBLIC_APP_URL=https://your-domain.com\nNEXT_PUBLIC_API_URL=https://api.your-domain.com/api/v1\n",
        ),
    ]);
    for (id, words) in [
        ("postgres", "DATABASE_URL is a placeholder; env says where"),
        (
            "redis",
            "CELERY_BROKER_URL, CACHE_REDIS_HOST and LIMITER_REDIS_HOST are placeholders; env says where",
        ),
        (
            "cors",
            "NEXT_PUBLIC_APP_URL is a placeholder; env says where",
        ),
    ] {
        let check = place.check(id, &["--env", "production"]);
        assert_eq!(check.status(), "skipped", "{}", check.text());
        assert!(check.text().contains(words), "{}", check.text());
    }
}

#[test]
fn what_production_does_not_accept_is_set_in_its_own_file() {
    let place = Place::new(&[("backend/.env", "ENVIRONMENT=production\nDEBUG=true\n")]);
    let env = || place.check("env", &["--env", "production"]);
    let before = env();
    let line = "pixcrawler env set --file backend/.env.production DEBUG=false --env production";
    assert!(before.helps().contains(&line), "{}", before.text());
    // So is the environment itself, of which development's file has another.
    place.write(".env", "PIXCRAWLER_ENVIRONMENT=development\n");
    let name = "pixcrawler env set --file .env.production PIXCRAWLER_ENVIRONMENT=production --env production";
    assert!(env().helps().contains(&name), "{}", env().text());
    assert_eq!(place.follow(name, "").code, Some(0));
    assert!(
        !env().text().contains("PIXCRAWLER_ENVIRONMENT"),
        "{}",
        env().text()
    );
    let told = place.run(&["doctor", "--env", "production", "--only", "env"]);
    let footer = "run what mends: pixcrawler doctor --fix --env production";
    assert!(told.out.contains(footer), "{}", told.out);
    let followed = place.follow(line, "");
    assert_eq!(followed.code, Some(0), "{}", followed.err);
    assert!(!env().helps().contains(&line));
    let kept = std::fs::read_to_string(place.file("backend/.env")).expect("a text");
    assert!(kept.contains("DEBUG=true"), "{kept}");
}

#[cfg(unix)]
#[test]
fn what_mends_a_deployment_is_written_into_its_own_files_and_nothing_is_started_here() {
    let backend = "DATABASE_URL=postgresql+asyncpg://u:some-password@127.0.0.1:1/d\nCELERY_BROKER_URL=redis://:some-password@127.0.0.1:1/2\nCACHE_REDIS_HOST=127.0.0.1\nCACHE_REDIS_PORT=1\nDEMO_USER_ENABLED=true\n";
    let frontend = "POSTGRES_URL=postgresql://u:some-password@127.0.0.1:1/d\nNEXT_PUBLIC_SUPABASE_URL=http://127.0.0.1:1\n";
    let mut place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("backend/.env", backend),
        (
            "frontend/package.json",
            "{\"scripts\": {\"dev\": \"next dev\"}}",
        ),
        ("frontend/.env", frontend),
    ]);
    place.write(".env", "SUPABASE_URL=http://127.0.0.1:1\n");
    let project = place.check("supabase", &["--env", "production"]);
    let root = "pixcrawler env set --file .env.production SUPABASE_URL=- --env production";
    assert!(project.help().contains(root), "{}", project.help());
    std::fs::remove_file(place.file(".env")).expect("a file");
    for id in ["postgres", "redis", "supabase"] {
        for environment in ["production", "staging"] {
            let check = place.check(id, &["--env", environment]);
            assert_eq!(check.status(), "fail", "{}", check.text());
            for help in check.helps() {
                for command in help.split(" && ") {
                    assert!(
                        command.starts_with("pixcrawler env set --file ")
                            && command.contains(&format!("end/.env.{environment} "))
                            || command.contains("frontend/.env.production "),
                        "{id}: {command}"
                    );
                }
            }
        }
    }
    // Nobody is asked here, and nothing else is run.
    place.program("bin/npx", "touch started");
    let path = format!("{}:/usr/bin:/bin", place.file("bin").display());
    place.set("PATH", &path);
    let words = [
        "doctor",
        "--env",
        "production",
        "--only",
        "postgres,redis,supabase",
    ];
    let told = place.run(&[&words[..], &["--fix", "--yes"]].concat());
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(!place.file("started").exists());
    let check = place.check("postgres", &["--env", "production"]);
    for command in check.help().split(" && ") {
        let url = if command.contains("backend/") {
            "postgresql+asyncpg://u:p@db.invalid/d\n"
        } else {
            "postgresql://u:p@db.invalid/d\n"
        };
        let followed = place.follow(command, url);
        assert_eq!(followed.code, Some(0), "{}", followed.err);
    }
    let after = place.check("postgres", &["--env", "production", "--offline"]);
    assert!(!after.text().contains("127.0.0.1"), "{}", after.text());
    let kept = |file: &str| std::fs::read_to_string(place.file(file)).expect("a text");
    assert_eq!(kept("backend/.env"), backend);
    assert_eq!(kept("frontend/.env"), frontend);
}

#[test]
fn a_part_of_a_url_that_development_has_is_set_for_the_deployment_alone() {
    let text = "DATABASE_URL=postgresql+asyncpg://u:some-password@db.invalid/d?sslmode=disable\n";
    let place = Place::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"0\"\n",
        ),
        ("backend/.env", text),
        // It is there, and does not have the variable.
        ("backend/.env.production", "DEBUG=false\n"),
    ]);
    let words = [
        "doctor",
        "--env",
        "production",
        "--only",
        "postgres",
        "--offline",
    ];
    let told = place.run(&[&words[..], &["--fix", "--yes"]].concat());
    let read = |file: &str| std::fs::read_to_string(place.file(file)).expect("a text");
    assert_eq!(read("backend/.env"), text, "{}", told.err);
    let own = read("backend/.env.production");
    assert!(
        own.contains("u:some-password@db.invalid/d?ssl=disable") && own.contains("DEBUG=false"),
        "{own}\n{}",
        told.err
    );
}
