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
