//! `drizzle.config.ts`: what it says about migrations.

/// What stands in the file, as far as anybody needs it; what is not written, or not understood, is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// `out`.
    pub out: Option<String>,
    /// `migrations.table`.
    pub table: Option<String>,
    /// `migrations.schema`.
    pub schema: Option<String>,
    /// `migrations.prefix`.
    pub prefix: Option<String>,
    /// `schema`: files or globs with the tables.
    pub schema_files: Vec<String>,
    /// The environment variables that `dbCredentials` reads, in their order.
    pub url_variables: Vec<String>,
}

/// Reads a configuration.
#[must_use]
pub fn config(text: &str) -> Written {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let (migrations, rest) = block(&text, "migrations");
    let (credentials, rest) = block(&rest, "dbCredentials");
    Written {
        out: string(&rest, "out"),
        table: string(&migrations, "table"),
        schema: string(&migrations, "schema"),
        prefix: string(&migrations, "prefix"),
        schema_files: string(&rest, "schema").into_iter().collect(),
        url_variables: variables(&credentials),
    }
}

/// The inside of `key: { … }`, and the text without it.
fn block(text: &str, key: &str) -> (String, String) {
    let found = position(text, key).and_then(|at| {
        let open = at + text.get(at..)?.find('{')?;
        text.get(at..open)?.trim().is_empty().then_some(())?;
        let close = open + text.get(open..)?.find('}')?;
        Some((open, close))
    });
    match found {
        Some((open, close)) => (
            text.get(open + 1..close).unwrap_or_default().to_owned(),
            format!(
                "{}{}",
                text.get(..open).unwrap_or_default(),
                text.get(close..).unwrap_or_default()
            ),
        ),
        None => (String::new(), text.to_owned()),
    }
}

/// Behind the `:` of a key.
fn position(text: &str, key: &str) -> Option<usize> {
    text.match_indices(key).find_map(|(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.') {
            return None;
        }
        let after = text.get(at + key.len()..)?;
        let rest = after.trim_start_matches(['"', '\'']).trim_start();
        rest.strip_prefix(':').map(|rest| text.len() - rest.len())
    })
}

fn string(text: &str, key: &str) -> Option<String> {
    let rest = text.get(position(text, key)?..)?.trim_start();
    let quote = rest.chars().next().filter(|c| "\"'`".contains(*c))?;
    let inside = rest.get(1..)?;
    inside.get(..inside.find(quote)?).map(str::to_owned)
}

fn variables(text: &str) -> Vec<String> {
    let names = text.split("process.env").skip(1).map(|rest| {
        let rest = rest.trim_start_matches(['.', '[', '"', '\'', '!', '?']);
        rest.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect::<String>()
    });
    names.filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_read() {
        let written = config(
            "export default defineConfig({\n  // out: './no',\n  schema: \"./lib/db/schema.ts\",\n  out: './lib/db/migrations',\n  migrations: { table: 'm', schema: 'public' },\n  dbCredentials: { url: process.env.DATABASE_URL || process.env[\"POSTGRES_URL\"]! },\n});",
        );
        assert_eq!(written.out.as_deref(), Some("./lib/db/migrations"));
        assert_eq!(written.table.as_deref(), Some("m"));
        assert_eq!(written.schema.as_deref(), Some("public"));
        assert_eq!(written.schema_files, ["./lib/db/schema.ts"]);
        assert_eq!(written.url_variables, ["DATABASE_URL", "POSTGRES_URL"]);
    }
}
