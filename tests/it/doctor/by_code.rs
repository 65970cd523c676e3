//! What the frontend's own code says of its variables.

use super::Place;

const API: &str = "NEXT_PUBLIC_API_URL";

fn place(need: &str, frontend: &str, backend: &str) -> Place {
    let module = format!(
        "import {{ z }} from \"zod\";\n\nconst schema = z.object({{\n  NEXT_PUBLIC_APP_URL: z.url().default(\"http://localhost:3000\"),\n  NEXT_PUBLIC_API_URL: {need},\n}});\n\nexport const env = schema.parse(process.env);\n"
    );
    checked_by(&module, "next dev", frontend, backend)
}

/// The frontend with a module that checks its environment.
fn checked_by(module: &str, dev: &str, frontend: &str, backend: &str) -> Place {
    let package = format!(
        "{{\"scripts\": {{\"dev\": \"{dev}\"}}, \"dependencies\": {{\"next\": \"16.0.0\"}}}}"
    );
    Place::new(&[
        ("frontend/package.json", &package),
        ("frontend/lib/env.ts", module),
        (
            "frontend/app/page.tsx",
            "import { env } from \"@/lib/env\";\nexport default () => env.NEXT_PUBLIC_API_URL;\n",
        ),
        ("frontend/.env", frontend),
        ("backend/.env", backend),
    ])
}

#[test]
fn what_the_code_asks_for_is_set_by_the_printed_line() {
    let backend = "PORT=8123\nALLOWED_ORIGINS=http://localhost:3000\n";
    let told = |place: &Place| place.check("env", &[]).text().contains(API);
    for (need, line, message) in [
        (
            "z.url()",
            "pixcrawler env set --file frontend/.env NEXT_PUBLIC_API_URL=http://localhost:8123/api/v1",
            "`NEXT_PUBLIC_API_URL` is not set, but the frontend needs it (frontend/lib/env.ts:5)",
        ),
        (
            "z.url().default(\"http://localhost:8000/api/v1\")",
            "pixcrawler env set --tier frontend NEXT_PUBLIC_API_URL=http://localhost:8123/api/v1",
            "`NEXT_PUBLIC_API_URL` is not set, and its default (frontend/lib/env.ts:5) calls port 8000, but the backend's `PORT` is 8123",
        ),
    ] {
        let place = place(need, "NEXT_TELEMETRY_DISABLED=1\n", backend);
        let check = place.check("env", &[]);
        assert!(check.helps().contains(&line), "{:?}", check.helps());
        assert!(check.text().contains(message), "{}", check.text());
        let done = place.follow(line, "");
        assert_eq!(done.code, Some(0), "{}", done.err);
        assert!(!told(&place), "{need}");
    }
    // What may be left out is no matter, nor is a chain that is not understood.
    for need in ["z.url().optional()", "url(8000)"] {
        assert!(!told(&place(need, "NEXT_TELEMETRY_DISABLED=1\n", backend)));
    }
}

#[test]
fn an_origin_that_the_list_lacks_is_told_once() {
    let place = place(
        "z.url()",
        "NEXT_PUBLIC_API_URL=http://127.0.0.1:1/api/v1\n",
        "PORT=1\nALLOWED_ORIGINS=http://localhost:3001\n",
    );
    let line = "pixcrawler env set --file backend/.env ALLOWED_ORIGINS=http://localhost:3001,http://localhost:3000";
    let words = "http://localhost:3000, the default of";
    let cors = place.check("cors", &[]);
    cors.fails_with("cors/refused", words);
    assert_eq!(cors.help(), line);
    let both = place.run(&["doctor", "--only", "env,cors", "--format", "json"]);
    assert!(!both.out.contains("cors/refused"), "{}", both.out);
    assert!(both.out.contains(words), "{}", both.out);
    assert!(both.out.contains(line), "{}", both.out);
    assert!(
        both.out
            .contains("env says what is wrong with ALLOWED_ORIGINS")
    );
}

#[test]
fn what_t3_is_given_to_check_is_asked_for() {
    let module = |more: &str| {
        format!(
            "import {{ createEnv }} from \"@t3-oss/env-nextjs\";\nimport {{ z }} from \"zod\";\nexport const env = createEnv({{\n  client: {{\n    {API}: z.url(),\n    NEXT_PUBLIC_APP_URL: z.url().optional(),\n  }},\n  runtimeEnv: {{ {API}: process.env.{API} }},\n  {more}\n}});\n"
        )
    };
    let told = |more: &str, frontend: &str| {
        let place = checked_by(&module(more), "next dev", frontend, "PORT=8123\n");
        let check = place.check("env", &[]);
        (check.text(), check.helps().concat())
    };
    let skip = "skipValidation: !!process.env.SKIP_ENV_VALIDATION,";
    let off = "NEXT_TELEMETRY_DISABLED=1\n";
    let (text, helps) = told(skip, off);
    let message =
        "`NEXT_PUBLIC_API_URL` is not set, but the frontend needs it (frontend/lib/env.ts:5)";
    assert!(text.contains(message), "{text}");
    let line =
        "pixcrawler env set --file frontend/.env NEXT_PUBLIC_API_URL=http://localhost:8123/api/v1";
    assert!(helps.contains(line), "{helps}");
    assert!(!text.contains("NEXT_PUBLIC_APP_URL"), "{text}");
    let empty = format!("{off}{API}=\n");
    let (text, _) = told("emptyStringAsUndefined: true,", &empty);
    let message = "`NEXT_PUBLIC_API_URL` is empty, but the frontend needs a value";
    assert!(text.contains(message), "{text}");
    assert_eq!(text.matches("env/empty").count(), 1, "{text}");
    let set = format!("{off}SKIP_ENV_VALIDATION=1\n");
    for (more, frontend) in [("skipValidation: true,", off), (skip, set.as_str())] {
        let (text, _) = told(more, frontend);
        assert!(!text.contains(API), "{more}: {text}");
    }
}

#[test]
fn a_condition_that_does_not_hold_is_no_reason() {
    let module = "import { z } from \"zod\";\nexport const env = z.object({ RESEND_API_KEY: z.string(), CONTACT_EMAIL: z.email() }).parse(process.env);\n";
    let told = |frontend: &str| {
        let place = checked_by(module, "next dev", frontend, "PORT=8123\n");
        place.check("env", &[]).text()
    };
    let text = told("NEXT_TELEMETRY_DISABLED=1\n");
    assert!(text.contains("`CONTACT_EMAIL` is not set"), "{text}");
    assert!(!text.contains("needed because"), "{text}");
    let text = told("RESEND_API_KEY=re_abcdefghijklmnop\n");
    let because = "needed because RESEND_API_KEY is set";
    assert!(text.contains(because), "{text}");
}

#[test]
fn the_url_of_the_application_has_the_port_that_dev_starts_it_on() {
    let module = "import { z } from \"zod\";\nexport const env = z.object({ NEXT_PUBLIC_APP_URL: z.url() }).parse(process.env);\n";
    let told = |dev: &str, settings: &str, port: u16| {
        let place = checked_by(module, dev, "NEXT_TELEMETRY_DISABLED=1\n", "PORT=8123\n");
        place.write("pixcrawler.toml", settings);
        let check = place.check("env", &[]);
        let line = format!(
            "pixcrawler env set --file frontend/.env NEXT_PUBLIC_APP_URL=http://localhost:{port}"
        );
        assert!(
            check.helps().contains(&line.as_str()),
            "{:?}",
            check.helps()
        );
        // One cause, one command.
        let cures = check.0["cures"].as_array().expect("cures");
        let of_it = cures.iter().filter(|it| it["line"] == line.as_str());
        assert_eq!(of_it.count(), 1, "{cures:#?}");
        let fix = |it: &serde_json::Value| it["line"].to_string().contains("check --fix");
        assert!(!cures.iter().any(fix), "{cures:#?}");
        assert_eq!(place.follow(&line, "").code, Some(0));
        assert!(
            !place
                .check("env", &[])
                .text()
                .contains("NEXT_PUBLIC_APP_URL")
        );
    };
    told("next dev", "", 3000);
    told("next dev -p 4321", "", 4321);
    told("next dev", "[services.frontend]\nport = 4322\n", 4322);
}

#[test]
fn a_variable_that_no_schema_knows_is_asked_for() {
    let module = "import { z } from \"zod\";\nconst server = { SENTRY_TOKEN: z.string().min(1) };\nexport const env = z\n  .object({ ...server, NOTE: z.string().optional(), JOBS: z.coerce.number() })\n  .parse({ SENTRY_TOKEN: process.env.SENTRY_TOKEN, NOTE: process.env.NOTE, JOBS: process.env.MAX_JOBS });\n";
    let place = checked_by(module, "next dev", "MAX_JOBS=3\n", "PORT=8123\n");
    let check = place.check("env", &[]);
    let message =
        "`SENTRY_TOKEN` is not set, and the frontend's code asks for it (frontend/lib/env.ts:2)";
    check.warns_of("env/missing", message);
    let line = "pixcrawler env set --file frontend/.env SENTRY_TOKEN=-";
    assert!(check.helps().contains(&line), "{:?}", check.helps());
    assert_eq!(place.follow(line, "a-word-of-its-own\n").code, Some(0));
    let text = place.check("env", &[]).text();
    assert!(!text.contains("SENTRY_TOKEN` is not set"), "{text}");
    // What is set is judged, too.
    place.write("frontend/.env", "MAX_JOBS=many\nSENTRY_TOKEN=x\n");
    let message = "`MAX_JOBS` is not what frontend/lib/env.ts:4 wants: a number";
    place
        .check("env", &[])
        .fails_with("env/wrong-type", message);
}

#[test]
fn an_empty_value_that_the_code_refuses_is_told() {
    let module = "import { z } from \"zod\";\nconst result = z.object({\n  NEXT_PUBLIC_API_URL: z.url().default(\"http://localhost:8000/api/v1\"),\n  POSTGRES_URL: z.url().optional(),\n  CONTACT_EMAIL: z.string().optional(),\n  RESEND_API_KEY: z.string().min(1).optional(),\n}).safeParse(process.env);\nif (!result.success) {\n  throw new Error('no');\n}\nexport const env = result.data;\n";
    let frontend = "NEXT_PUBLIC_API_URL=\nPOSTGRES_URL=\nCONTACT_EMAIL=\nRESEND_API_KEY=\n";
    let place = checked_by(module, "next dev", frontend, "PORT=8000\n");
    let told = place.run(&["env", "check", "--tier", "frontend"]);
    assert_eq!(told.code, Some(1), "{}", told.out);
    let check = place.check("env", &[]);
    for (name, line, wanted) in [
        ("NEXT_PUBLIC_API_URL", 3, "a URL"),
        ("POSTGRES_URL", 4, "a URL"),
        ("RESEND_API_KEY", 6, "at least 1 character"),
    ] {
        let message = format!("`{name}` is empty, but frontend/lib/env.ts:{line} wants {wanted}");
        assert!(check.text().contains(&message), "{}", check.text());
        let line = format!("pixcrawler env unset --file frontend/.env {name}");
        assert!(
            check.helps().contains(&line.as_str()),
            "{:?}",
            check.helps()
        );
        assert_eq!(place.follow(&line, "").code, Some(0));
    }
    let text = place.check("env", &[]).text();
    assert!(!text.contains("is empty"), "{text}");
    // What nobody loads refuses nothing.
    place.write("frontend/.env", frontend);
    place.write("frontend/app/page.tsx", "export default () => null;\n");
    let text = place.check("env", &[]).text();
    assert!(!text.contains("lib/env.ts"), "{text}");
}
