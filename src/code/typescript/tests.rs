use super::drizzle::{Unclear, Written, config, tables};

fn texts<'a>(text: &'a str, unclear: &[Unclear]) -> Vec<(String, &'a str)> {
    unclear
        .iter()
        .map(|unclear| {
            (
                unclear.key.clone(),
                &text[unclear.span.start..unclear.span.end],
            )
        })
        .collect()
}

#[test]
fn a_configuration_however_it_is_exported() {
    let expected = Written {
        out: Some("./lib/db/migrations".to_owned()),
        dialect: Some("postgresql".to_owned()),
        schema_files: vec!["./lib/db/schema.ts".to_owned()],
        url_variables: vec!["DATABASE_URL".to_owned()],
        ..Written::default()
    };
    let body = "{ schema: './lib/db/schema.ts', out: \"./lib/db/migrations\", dialect: 'postgresql', dbCredentials: { url: process.env.DATABASE_URL! } }";
    for text in [
        format!("export default {body} satisfies Config;"),
        format!("import 'dotenv/config'\nexport default defineConfig({body});"),
        format!("const config: Config = {body};\nexport default config;"),
        format!("module.exports = {body};"),
        format!("const common = {body} as const; export default defineConfig({{ ...common }})"),
        body.replace("process.env.DATABASE_URL!", "'x'"),
    ] {
        let mut found = config(&text);
        if found.url_variables.is_empty() && text.starts_with('{') {
            found.url_variables = expected.url_variables.clone();
        }
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn constants_templates_paths_and_defaults_are_followed() {
    let text = "
        const base = './lib/db';
        const { DIRECT_URL: direct, OTHER } = process.env;
        export default defineConfig({
          out: path.join(__dirname, base, 'migrations'),
          schema: [`${base}/schema.ts`, base + '/more.ts'],
          casing: 'snake_case',
          // out: './no',
          migrations: { table: process.env.TABLE ?? '__m', 'schema': \"public\", prefix: 'timestamp' },
          dbCredentials: { url: direct || process.env['POSTGRES_URL'] || env.DATABASE_URL, ssl: pick(process.env.SSL) },
        })";
    let found = config(text);
    assert_eq!(found.out.as_deref(), Some("./lib/db/migrations"));
    assert_eq!(found.schema_files, ["./lib/db/schema.ts"]);
    assert_eq!(
        (
            found.table.as_deref(),
            found.schema.as_deref(),
            found.prefix.as_deref(),
            found.casing.as_deref()
        ),
        (
            Some("__m"),
            Some("public"),
            Some("timestamp"),
            Some("snake_case")
        )
    );
    assert_eq!(
        found.url_variables,
        ["DIRECT_URL", "POSTGRES_URL", "DATABASE_URL", "SSL"]
    );
    assert_eq!(
        texts(text, &found.unclear),
        [("schema".to_owned(), "base + '/more.ts'")]
    );
}

#[test]
fn what_would_have_to_be_run_is_named_with_its_place() {
    let text = "import { shared } from './shared';\nlet out = './a'; out = './b';\nexport default { ...shared, out, migrations: table(), schema: glob() }";
    let found = config(text);
    assert_eq!(found.out, None);
    assert_eq!(
        texts(text, &found.unclear),
        [
            ("...".to_owned(), "shared"),
            ("out".to_owned(), "out"),
            ("migrations".to_owned(), "table()"),
            ("schema".to_owned(), "glob()")
        ]
    );
    let text = "export default async () => ({ out: 'x' })";
    assert_eq!(texts(text, &config(text).unclear).len(), 1);
    let text = "const a = b; const b = a; export default { out: a }";
    assert_eq!(texts(text, &config(text).unclear).len(), 1);
    assert_eq!(config("export default {"), config(""));
}

#[test]
fn places_in_json_are_those_of_the_file() {
    let text = "\u{feff}\n{\"out\": [\"x\"], \"dialect\": \"postgresql\"}";
    let found = config(text);
    assert_eq!(texts(text, &found.unclear), [("out".to_owned(), "[\"x\"]")]);
    assert_eq!(found.dialect.as_deref(), Some("postgresql"));
}

#[test]
fn tables_are_those_that_are_exported() {
    let text = "
        const app = pgSchema('app');
        const prefixed = pgTableCreator((name) => `px_${name}`);
        const hidden = pgTable('hidden', {});
        const later = pgTable('later', {});
        export const users = pgTable('users', { id: serial('id') }, (t) => [index('i').on(t.id)]);
        export const logs = app.table('logs', {}), safe = pgTable('safe', {}).enableRLS(), safer = pgTable.withRLS('safer', {});
        export const jobs = prefixed('jobs', {});
        export const usersRelations = relations(users, ({ many }) => ({ jobs: many(jobs) }));
        export const dynamic = pgTable(name(), {});
        // export const commented = pgTable('commented', {});
        export { later };
        export * from './more';";
    let found = tables(text);
    let names: Vec<(Option<&str>, &str)> = found
        .tables
        .iter()
        .map(|table| (table.schema.as_deref(), table.name.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            (None, "users"),
            (Some("app"), "logs"),
            (None, "safe"),
            (None, "safer"),
            (None, "px_jobs"),
            (None, "later")
        ]
    );
    assert_eq!(found.exports, ["./more"]);
    assert_eq!(
        found
            .unclear
            .iter()
            .map(|span| &text[span.start..span.end])
            .collect::<Vec<_>>(),
        ["name()"]
    );
}
