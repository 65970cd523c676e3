//! The starter workspace, embedded: `templates/workspace` with a few values filled in.
//!
//! A path component `dot_x` becomes `.x` (a real `.gitignore` would work on our own repository);
//! a file `x.j2` is rendered and becomes `x`. Everything else is written as it is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use camino::Utf8PathBuf;
use hmac::{Hmac, KeyInit, Mac};
use include_dir::{Dir, include_dir};
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use sha2::Sha256;

use crate::system::random;

static WORKSPACE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/workspace");

/// The values of a new workspace.
#[derive(Serialize)]
pub struct Values {
    /// Display name.
    pub name: String,
    /// The name for package managers: lower case, hyphens.
    pub slug: String,
    /// The name of its database.
    pub database: String,
    /// Its ports.
    pub ports: Ports,
    secrets: Secrets,
}

/// The ports of a new workspace.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Ports {
    /// The API's.
    pub api: u16,
    /// The web frontend's.
    pub web: u16,
    /// Postgres's.
    pub postgres: u16,
    /// Redis's.
    pub redis: u16,
}

#[derive(Serialize)]
struct Secrets {
    postgres_password: String,
    redis_password: String,
    secret_key: String,
    jwt_secret: String,
    anon_key: String,
    service_role_key: String,
}

/// A file to write.
pub struct File {
    /// Relative to the new workspace.
    pub path: Utf8PathBuf,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether only its owner may read it.
    pub private: bool,
}

impl Values {
    /// Values with fresh secrets.
    pub fn generate(name: &str, ports: Ports) -> std::io::Result<Self> {
        let slug = slug(name);
        let jwt_secret = secret()?;
        let secrets = Secrets {
            postgres_password: secret()?,
            redis_password: secret()?,
            secret_key: secret()?,
            anon_key: jwt(&jwt_secret, "anon"),
            service_role_key: jwt(&jwt_secret, "service_role"),
            jwt_secret,
        };
        Ok(Self {
            name: name.trim().to_owned(),
            database: slug.replace('-', "_"),
            slug,
            ports,
            secrets,
        })
    }
}

/// 32 random bytes in letters that no env loader reads specially.
fn secret() -> std::io::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::bytes::<32>()?))
}

/// Letters and digits with hyphens between; never empty, never beginning with a digit.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let joined = words.join("-");
    if joined.starts_with(|c: char| c.is_ascii_alphabetic()) {
        joined
    } else {
        format!("project-{joined}").trim_end_matches('-').to_owned()
    }
}

/// A key as the Supabase CLI makes it for a local project: a JWT with a role, valid for ten years.
fn jwt(key: &str, role: &str) -> String {
    let issued = jiff::Timestamp::now().as_second();
    let claims = serde_json::json!({"iss": "supabase-demo", "role": role, "iat": issued, "exp": issued + 10 * 365 * 24 * 3600});
    let body = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(body.as_bytes());
    format!(
        "{body}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

/// All files of a new workspace, sorted by path.
///
/// # Errors
/// When a template is broken: a bug of ours.
pub fn render(values: &Values) -> Result<Vec<File>, String> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut files = Vec::new();
    collect(&WORKSPACE, &engine, values, &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn collect(
    dir: &Dir<'_>,
    engine: &Environment<'_>,
    values: &Values,
    files: &mut Vec<File>,
) -> Result<(), String> {
    for entry in dir.dirs() {
        collect(entry, engine, values, files)?;
    }
    for file in dir.files() {
        let stored = file
            .path()
            .to_str()
            .ok_or("a template's name is not Unicode")?
            .replace('\\', "/");
        let named: Vec<String> = stored
            .split('/')
            .map(|part| {
                part.strip_prefix("dot_")
                    .map_or_else(|| part.to_owned(), |rest| format!(".{rest}"))
            })
            .collect();
        let path = Utf8PathBuf::from(named.join("/"));
        let (path, bytes) = match path.as_str().strip_suffix(".j2") {
            Some(path) => {
                let text = file
                    .contents_utf8()
                    .ok_or_else(|| format!("template {stored} is not UTF-8"))?;
                let mut rendered = engine
                    .render_str(text, minijinja::value::Serde(values))
                    .map_err(|error| format!("template {stored}: {error:#}"))?;
                // The engine takes a final newline off, as Jinja does.
                rendered.push('\n');
                (Utf8PathBuf::from(path), rendered.into_bytes())
            }
            None => (path, file.contents().to_vec()),
        };
        let private = path.file_name() == Some(".env");
        files.push(File {
            path,
            bytes,
            private,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_renders_and_env_files_are_private() {
        let values = Values::generate(
            "My 2nd Project!",
            Ports {
                api: 8000,
                web: 3000,
                postgres: 5432,
                redis: 6379,
            },
        )
        .expect("random numbers");
        assert_eq!(
            (values.slug.as_str(), values.database.as_str()),
            ("my-2nd-project", "my_2nd_project")
        );
        let files = render(&values).expect("sound templates");
        assert!(files.iter().any(|file| file.path == "backend/main.py"));
        let env: Vec<bool> = files
            .iter()
            .filter(|file| file.path.file_name() == Some(".env"))
            .map(|file| file.private)
            .collect();
        assert_eq!(env, [true, true, true]);
        let named = |file: &File| {
            !file.path.as_str().contains("dot_") && file.path.extension() != Some("j2")
        };
        assert!(files.iter().all(named));
    }

    #[test]
    fn two_workspaces_share_no_secret() {
        let make = || {
            Values::generate(
                "x",
                Ports {
                    api: 1,
                    web: 2,
                    postgres: 3,
                    redis: 4,
                },
            )
            .expect("random numbers")
            .secrets
        };
        let (one, other) = (make(), make());
        assert!(
            one.secret_key != other.secret_key
                && one.service_role_key != other.service_role_key
                && one.anon_key != one.service_role_key
        );
        assert_eq!(slug("42"), "project-42");
        assert_eq!(slug("…"), "project");
    }
}
