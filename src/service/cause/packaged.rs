//! Which packages of JavaScript bring programs by another name than their own.

/// Programs, each with the packages that bring it.
const BROUGHT: &[(&str, &[&str])] = &[
    ("babel", &["@babel/cli"]),
    ("biome", &["@biomejs/biome"]),
    ("cap", &["@capacitor/cli"]),
    ("changeset", &["@changesets/cli"]),
    ("graphql-codegen", &["@graphql-codegen/cli"]),
    ("nest", &["@nestjs/cli"]),
    ("ng", &["@angular/cli"]),
    (
        "openapi-generator-cli",
        &["@openapitools/openapi-generator-cli"],
    ),
    ("playwright", &["@playwright/test", "playwright"]),
    ("react-router", &["@react-router/dev"]),
    ("redocly", &["@redocly/cli"]),
    ("remix", &["@remix-run/dev"]),
    ("sentry-cli", &["@sentry/cli"]),
    ("svelte-kit", &["@sveltejs/kit"]),
    ("swc", &["@swc/cli"]),
    ("tailwindcss", &["@tailwindcss/cli", "tailwindcss"]),
    ("tsc", &["typescript"]),
    ("tsserver", &["typescript"]),
    ("vue-cli-service", &["@vue/cli-service"]),
    ("webpack", &["webpack-cli", "webpack"]),
];

/// The packages that are known to bring a program, whether they are installed or not.
#[must_use]
pub(super) fn bringing(program: &str) -> &'static [&'static str] {
    let found = BROUGHT.iter().find(|(name, _)| *name == program);
    found.map_or(&[], |(_, packages)| packages)
}
