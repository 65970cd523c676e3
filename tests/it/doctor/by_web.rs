//! What the built-in schema claims of a frontend that is of another kind.

use super::Place;

/// A frontend with a script, and files of its own beside its page.
fn place(dev: &str, more: &[(&str, &str)], frontend: &str) -> Place {
    let package = format!(
        "{{\n  \"scripts\": {{\n    \"dev\": \"{dev}\"\n  }},\n  \"dependencies\": {{\"next\": \"16.0.0\"}}\n}}\n"
    );
    let mut files = vec![
        ("frontend/package.json", package.as_str()),
        (
            "frontend/app/page.tsx",
            "import { env } from \"@/lib/env\";\nexport default () => env && process.env.OTHER;\n",
        ),
        ("frontend/.env", frontend),
    ];
    files.extend(more);
    Place::new(&files)
}

/// A module that checks the frontend's variables, each in a line of its own from the fourth on.
fn module(lines: &[&str]) -> String {
    format!(
        "import {{ z }} from \"zod\";\n\nconst schema = z.object({{\n  {},\n}});\n\nexport const env = schema.parse(process.env);\n",
        lines.join(",\n  ")
    )
}

fn env_file(place: &Place) -> String {
    std::fs::read_to_string(place.file("frontend/.env")).expect("it is there")
}

fn levels(place: &Place, name: &str) -> Vec<String> {
    let check = place.check("env", &[]);
    let findings = check.0["findings"].as_array().cloned();
    let findings = findings.unwrap_or_default().into_iter();
    let own = findings.filter(|it| it["message"].to_string().contains(&format!("`{name}`")));
    own.map(|it| it["severity"].as_str().unwrap_or_default().to_owned())
        .collect()
}

const NOTE: &str = "NOTE: z.string().optional()";

#[test]
fn a_value_that_the_code_takes_is_right() {
    for (chain, value) in [
        ("DATABASE_URL: z.string()", "DATABASE_URL=file:./dev.db"),
        (
            "DATABASE_URL: z.url()",
            "DATABASE_URL=mysql://u:p@127.0.0.1/d",
        ),
        (
            "FROM_EMAIL: z.string().min(1)",
            "FROM_EMAIL=\"Acme <hi@acme.dev>\"",
        ),
        (
            "NEXT_PUBLIC_API_URL: z.string().startsWith(\"/\")",
            "NEXT_PUBLIC_API_URL=/api",
        ),
    ] {
        let module = module(&[NOTE, chain]);
        let place = place(
            "next dev",
            &[("frontend/lib/env.ts", &module)],
            &format!("{value}\n"),
        );
        let (name, _) = chain.split_once(':').expect("a name");
        assert_eq!(levels(&place, name), [""; 0], "{chain}");
        let told = place.run(&["env", "check", "--tier", "frontend"]);
        assert_eq!(told.code, Some(0), "{chain}: {}", told.out);
        // What is of another kind is for something else.
        let postgres = "POSTGRES_URL=postgresql://u:p@127.0.0.1/d\n";
        place.write("frontend/.env", &format!("{value}\n{postgres}"));
        assert_eq!(levels(&place, name), [""; 0], "{chain}");
    }
}

#[test]
fn what_the_code_refuses_is_told_with_its_place_and_what_it_takes() {
    let module = module(&[
        NOTE,
        "NEXT_PUBLIC_API_URL: z.string().regex(/^https?:\\/\\//)",
        "FROM_EMAIL: z.enum([\"dev\", \"prod\"])",
        "DATABASE_URL: z.string().startsWith(\"file:\")",
    ]);
    let env = "NEXT_PUBLIC_API_URL=localhost:8000\nFROM_EMAIL=DEV\nDATABASE_URL=mysql://h/d\n";
    let place = place("next dev", &[("frontend/lib/env.ts", &module)], env);
    let text = place.check("env", &[]).text();
    for message in [
        "`NEXT_PUBLIC_API_URL` is not what frontend/lib/env.ts:5 wants: what matches",
        "`FROM_EMAIL` is not what frontend/lib/env.ts:6 wants: dev or prod",
        "`DATABASE_URL` is not what frontend/lib/env.ts:7 wants: what begins with file:",
    ] {
        assert!(text.contains(message), "{text}");
    }
    let fixed = place.run(&["env", "check", "--tier", "frontend", "--fix"]);
    let file = env_file(&place);
    assert!(
        file.contains("NEXT_PUBLIC_API_URL=http://localhost:8000\n"),
        "{file}{}",
        fixed.out
    );
    assert!(file.contains("FROM_EMAIL=dev\n"), "{file}");
    assert!(file.contains("DATABASE_URL=mysql://h/d\n"), "{file}");
    // Of what is no URL to both, the schema says why.
    let module = self::module(&[NOTE, "NEXT_PUBLIC_SUPABASE_URL: z.url()"]);
    place.write("frontend/lib/env.ts", &module);
    place.write(
        "frontend/.env",
        "NEXT_PUBLIC_SUPABASE_URL=http://127.0.0.1:543210\n",
    );
    let text = place.check("env", &[]).text();
    assert!(text.contains("has a port that is no number"), "{text}");
    assert!(!text.contains("env.ts"), "{text}");
}

#[test]
fn what_nothing_says_but_the_schema_is_a_warning() {
    let module = module(&[NOTE, "FROM_EMAIL: sender()"]);
    let env =
        "NEXT_PUBLIC_API_URL=/api\nFROM_EMAIL=\"Acme <hi@acme.dev>\"\nDATABASE_URL=mysql://h/d\n";
    let guessed = place("next dev", &[("frontend/lib/env.ts", &module)], env);
    for name in ["NEXT_PUBLIC_API_URL", "FROM_EMAIL", "DATABASE_URL"] {
        assert_eq!(levels(&guessed, name), ["warning"], "{name}");
    }
    let told = guessed.run(&["env", "check", "--tier", "frontend", "--fix"]);
    assert_eq!(told.code, Some(0), "{}", told.out);
    assert_eq!(env_file(&guessed), env);
    // The code has to do with such a database.
    guessed.write(
        "frontend/lib/db.ts",
        "import mysql from \"mysql2/promise\";\n",
    );
    assert_eq!(levels(&guessed, "DATABASE_URL"), [""; 0]);
    // A key of another kind is none to anybody.
    let key = "NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY";
    guessed.write(
        "frontend/.env",
        &format!("{key}=whsec_abcdefghijklmnopqrstuvwx\n"),
    );
    assert_eq!(levels(&guessed, key), ["error"]);
    // Where a schema of the workspace's own says it, it is meant.
    let schema = "title = \"Frontend\"\n\n[[variable]]\nname = \"FROM_EMAIL\"\ndescription = \"Sender\"\npurpose = \"Mail\"\ntype = \"email\"\n";
    guessed.write("env-schemas/frontend.toml", schema);
    guessed.write("frontend/.env", env);
    assert_eq!(levels(&guessed, "FROM_EMAIL"), ["error"]);
}

#[test]
fn a_condition_of_the_schema_gives_way_to_the_code() {
    let module = module(&[NOTE, "CONTACT_EMAIL: z.string().optional()"]);
    let env = "RESEND_API_KEY=re_abcdefghijklmnop\n";
    let place = place("next dev", &[("frontend/lib/env.ts", &module)], env);
    // It may be left out, and the other one is named nowhere.
    for name in ["CONTACT_EMAIL", "FROM_EMAIL"] {
        assert_eq!(levels(&place, name), [""; 0], "{name}");
    }
    place.write(
        "frontend/lib/mail.ts",
        "export const from = process.env.FROM_EMAIL;\n",
    );
    assert_eq!(levels(&place, "FROM_EMAIL"), ["warning"]);
}

#[test]
fn a_variable_that_the_script_or_the_configuration_sets_is_not_missing() {
    let names = ["NEXT_PUBLIC_SUPABASE_URL", "TOKEN"];
    let module = module(&["NEXT_PUBLIC_SUPABASE_URL: z.url()", "TOKEN: z.string()"]);
    let of = |dev: &str, config: &str| {
        let files = [
            ("frontend/lib/env.ts", module.as_str()),
            ("frontend/next.config.ts", config),
        ];
        let place = place(dev, &files, "NEXT_TELEMETRY_DISABLED=1\n");
        names.map(|name| levels(&place, name).join(" "))
    };
    let plain = "export default {};\n";
    assert_eq!(of("next dev", plain), ["error", "warning"]);
    assert_eq!(
        of("rm -rf .next && bunx next dev", plain),
        ["error", "warning"]
    );
    for (dev, config) in [
        (
            "NEXT_PUBLIC_SUPABASE_URL=http://127.0.0.1:1 TOKEN=x next dev",
            plain,
        ),
        (
            "cross-env NEXT_PUBLIC_SUPABASE_URL=http://127.0.0.1:1 TOKEN=x next dev",
            plain,
        ),
        ("dotenv -e .env.x -- next dev", plain),
        ("doppler run -- next dev", plain),
        ("node --env-file=.env.x node_modules/.bin/next dev", plain),
        (
            "next dev",
            "process.env.TOKEN ??= \"x\";\nexport default { env: { NEXT_PUBLIC_SUPABASE_URL: \"http://127.0.0.1:1\" } };\n",
        ),
        (
            "next dev",
            "process.loadEnvFile(\"../.env.x\");\nexport default {};\n",
        ),
    ] {
        assert_eq!(of(dev, config), ["", ""], "{dev} {config}");
    }
    assert_eq!(of("TOKEN=x next dev", plain), ["error", ""]);
    // What the file says counts for nobody then.
    let files = [("frontend/lib/env.ts", module.as_str())];
    let url = "NEXT_PUBLIC_SUPABASE_URL";
    for (dev, level) in [
        ("next dev", "error"),
        ("NEXT_PUBLIC_SUPABASE_URL=http://a next dev", ""),
    ] {
        let place = place(dev, &files, "NEXT_PUBLIC_SUPABASE_URL=x\nTOKEN=y\n");
        assert_eq!(levels(&place, url).join(" "), level, "{dev}");
    }
}

#[test]
fn a_module_that_is_left_over_asks_for_nothing() {
    let old = module(&[NOTE, "OLD: z.string()"]);
    let new = module(&[NOTE, "NEW: z.string()"]);
    let files = [
        ("frontend/env.mjs", old.as_str()),
        ("frontend/src/env.ts", new.as_str()),
        (
            "frontend/src/app/layout.tsx",
            "import { env } from \"@/env\";\n",
        ),
        (
            "frontend/tsconfig.json",
            "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./src/*\"]}}}\n",
        ),
    ];
    let place = place("next dev", &files, "NEXT_TELEMETRY_DISABLED=1\n");
    assert_eq!(levels(&place, "OLD"), [""; 0]);
    assert_eq!(levels(&place, "NEW"), ["warning"]);
}

#[test]
fn what_takes_no_text_is_to_be_written_otherwise() {
    let module = module(&[NOTE, "JOBS: z.number()", "DEBUG: z.boolean().optional()"]);
    let place = place(
        "next dev",
        &[("frontend/lib/env.ts", &module)],
        "JOBS=3\nDEBUG=true\n",
    );
    let text = place.run(&["env", "check", "--tier", "frontend"]).out;
    for words in [
        "`JOBS` is not what frontend/lib/env.ts:5 wants: a number, and a variable is a text",
        "write z.coerce.number() in frontend/lib/env.ts:5",
        "write z.stringbool() in frontend/lib/env.ts:6",
    ] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn the_url_of_the_application_has_the_port_of_its_script() {
    let of = |dev: &str, url: &str| {
        let env = format!("NEXT_PUBLIC_APP_URL={url}\n");
        place(dev, &[], &env)
    };
    for dev in [
        "next dev -p 28505",
        "next dev --port=28505",
        "PORT=28505 next dev",
    ] {
        let place = of(dev, "http://localhost:3000");
        let check = place.check("env", &[]);
        let message = "`NEXT_PUBLIC_APP_URL` leads to port 3000, but frontend/package.json:3 starts the application on 28505";
        check.warns_of("env/contradiction", message);
        let line =
            "pixcrawler env set --file frontend/.env NEXT_PUBLIC_APP_URL=http://localhost:28505";
        assert!(check.helps().contains(&line), "{:?}", check.helps());
        assert_eq!(place.follow(line, "").code, Some(0));
        assert_eq!(levels(&place, "NEXT_PUBLIC_APP_URL"), [""; 0]);
    }
    for (dev, url) in [
        ("next dev", "http://localhost:4000"),
        ("next dev -p 28505", "http://localhost"),
        ("next dev -p 28505", "https://localhost:3443"),
        ("next dev -p 28505", "http://app.example.com:3000"),
    ] {
        assert_eq!(
            levels(&of(dev, url), "NEXT_PUBLIC_APP_URL"),
            [""; 0],
            "{dev} {url}"
        );
    }
}
