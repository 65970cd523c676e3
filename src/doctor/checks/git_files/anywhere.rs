//! Env files that no tier reads: a tool's, another application's, or one that lies in a forgotten folder.

use camino::Utf8Path;

use crate::env::hidden_spans;
use crate::system::fs;

/// What the name of a file says that is there to be read by everybody.
const FOR_ALL: [&str; 8] = [
    "example", "examples", "sample", "template", "tpl", "dist", "schema", "vault",
];

/// How the names of code and of texts end, which speak of an env file and are none: `.env.d.ts`.
const OTHERS: [&str; 14] = [
    "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "py", "pyi", "md", "mdx", "rst", "json",
];

/// What an env file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// Something that looks like a secret, or what nobody can tell.
    Secrets,
    /// Nothing of that kind.
    Nothing,
    /// Secrets that dotenvx or sops made unreadable.
    Encrypted,
}

/// Whether a file is one by its name: `.env`, `.env.staging`. Examples are none.
pub(super) fn is_env_file(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let Some(rest) = name.strip_prefix(".env") else {
        return false;
    };
    let parts = || rest.split('.').skip(1);
    let is = |word: &str, one: &[&str]| one.iter().any(|it| word.eq_ignore_ascii_case(it));
    let is_other = path.extension().is_some_and(|it| is(it, &OTHERS));
    rest.is_empty()
        || rest.starts_with('.')
            && !is_other
            && !parts().any(|part| part.split(['-', '_']).any(|word| is(word, &FOR_ALL)))
}

/// Whether a file may be one for its name, `prod.env`, `.envrc`: defaults for everybody lie in such files, too, so
/// that what is in it decides.
pub(super) fn may_be_one(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let is_for_all = |stem: &str| {
        stem.split(['.', '-', '_'])
            .any(|word| FOR_ALL.iter().any(|it| word.eq_ignore_ascii_case(it)))
    };
    name == ".envrc"
        || name
            .strip_suffix(".env")
            .is_some_and(|stem| !stem.is_empty() && !is_for_all(stem))
}

/// What a file holds. One that is not there is in the index all the same.
pub(super) fn held(file: &Utf8Path) -> Held {
    match fs::read_text(file) {
        Ok(text) => of_text(&text),
        Err(_) => Held::Secrets,
    }
}

fn of_text(text: &str) -> Held {
    let is_encrypted = |value: &str| value.contains("encrypted:") || value.contains("ENC[");
    // How to decrypt, as the two write it beside what they encrypted.
    let by_dotenvx = text.contains("DOTENV_PUBLIC_KEY") && text.contains("encrypted:");
    let by_sops = text.contains("sops_mac=") && text.contains("ENC[");
    let mut secrets = hidden_spans(text, |_| false).into_iter().filter(|span| {
        let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        let is_public = ["DOTENV_PUBLIC_KEY", "sops_"]
            .iter()
            .any(|name| line.trim_start_matches(['#', ' ', '/']).starts_with(name));
        !((by_dotenvx || by_sops) && (is_public || is_encrypted(line)))
    });
    match secrets.next() {
        Some(_) => Held::Secrets,
        None if by_dotenvx || by_sops => Held::Encrypted,
        None => Held::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_env_file_is_known_by_its_name() {
        for (name, is) in [
            ("tools/.env", true),
            ("a/b/.env.staging", true),
            (".env.production.local", true),
            (".env.keys", true),
            ("tools/.env.example", false),
            (".env.production.example", false),
            (".env.sample", false),
            (".env.dev-template", false),
            (".env.dist", false),
            (".env.vault", false),
            ("docs/.env.d.ts", false),
            (".env.test.js", false),
            (".env.production.MD", false),
            (".env.json", false),
            (".env.ts.local", true),
            (".environment", false),
            ("env", false),
            (".env/x", false),
        ] {
            assert_eq!(is_env_file(Utf8Path::new(name)), is, "{name}");
        }
    }

    #[test]
    fn other_names_are_judged_by_what_is_in_the_file() {
        for (name, may) in [
            ("deploy/prod.env", true),
            (".envrc", true),
            ("example.env", false),
            ("app-sample.env", false),
            (".env", false),
            ("env.py", false),
        ] {
            assert_eq!(may_be_one(Utf8Path::new(name)), may, "{name}");
        }
    }

    #[test]
    fn what_is_encrypted_may_be_tracked() {
        let dotenvx = "#/---[DOTENV_PUBLIC_KEY]---/\nDOTENV_PUBLIC_KEY=\"02ab4f\"\n# .env\nDB_PASSWORD=\"encrypted:BDqDBibm4wsYqMpCjTQ6BsDHmMadg9K3dAt+Z9HPMfLEIRVz50hmLXPXRuDBXaJi\"\n";
        let sops = "DB_PASSWORD=ENC[AES256_GCM,data:Tr7o=,iv:1=,tag:2=,type:str]\nsops_mac=ENC[AES256_GCM,data:x=,iv:1=,tag:2=,type:str]\nsops_version=3.9.0\n";
        assert_eq!(of_text(dotenvx), Held::Encrypted);
        assert_eq!(of_text(sops), Held::Encrypted);
        let password = "DB_PASSWORD=q7RtY2wZ9kLm\n";
        for text in [dotenvx, sops, ""] {
            assert_eq!(of_text(&format!("{text}{password}")), Held::Secrets);
        }
        assert_eq!(
            of_text("COMPOSE_PROJECT_NAME=x\nPORT=3000\n"),
            Held::Nothing
        );
        assert_eq!(of_text(""), Held::Nothing);
    }
}
