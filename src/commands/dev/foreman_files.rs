//! What foreman reads beside a Procfile: `.foreman`, and the env files.

use camino::{Utf8Path, Utf8PathBuf};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{foreman, procfile};
use crate::system::{fs, same};
use crate::text::remedy::quoted;

/// What `.foreman` sets in the folder where we are.
pub(super) fn defaults(here: &Utf8Path) -> Result<foreman::Defaults, Failure> {
    let text = fs::read_text_if_there(&here.join(".foreman"))
        .map_err(|error| Failure::new(Exit::Usage, error.to_string()).help("make it readable"))?;
    Ok(text.map(|text| foreman::read(&text)).unwrap_or_default())
}

/// What the env files set.
#[derive(Default)]
pub(super) struct EnvFiles {
    pub(super) variables: Vec<(String, String)>,
    /// Where `PORT` stands last: `.env:3`.
    pub(super) port_at: String,
    /// The files that were read, or would be if they were there.
    paths: Vec<Utf8PathBuf>,
}

/// Reads those that `env` of `.foreman` names, each over the one before; else the `.env` of the folder where we
/// are, or of `root`.
pub(super) fn env_files(
    here: &Utf8Path,
    defaults: &foreman::Defaults,
) -> Result<EnvFiles, Failure> {
    let mut read = EnvFiles::default();
    let Some((named, line)) = &defaults.env else {
        let root = defaults.root.as_ref().map_or("", |(root, _)| root);
        let name = Utf8Path::new(root).join(".env");
        if let Some(text) = text_of(&here.join(&name))? {
            read.take(name.as_str(), &text);
        }
        read.paths.push(here.join(name));
        return Ok(read);
    };
    for name in named.split(',').filter(|name| !name.is_empty()) {
        let path = here.join(name);
        let Some(text) = text_of(&path)? else {
            let message = format!(".foreman:{line} names the env file {name}, which is not there");
            return Err(Failure::usage(message)
                .help("create it, or correct `env` there: foreman does not start either"));
        };
        read.take(name, &text);
        read.paths.push(path);
    }
    Ok(read)
}

fn text_of(path: &Utf8Path) -> Result<Option<String>, Failure> {
    fs::read_text_if_there(path).map_err(|error| {
        Failure::new(Exit::Usage, error.to_string()).help("make it a readable UTF-8 file")
    })
}

impl EnvFiles {
    /// What comes later counts, and has the place where its name stood first.
    fn take(&mut self, name: &str, text: &str) {
        for (variable, value) in procfile::read_env(text) {
            let mut known = self.variables.iter_mut();
            match known.find(|(known, _)| *known == variable) {
                Some((_, earlier)) => *earlier = value,
                None => self.variables.push((variable, value)),
            }
        }
        let lines = (1..).zip(text.lines());
        if let Some((line, _)) = lines.filter(|(_, line)| line.starts_with("PORT=")).last() {
            self.port_at = format!("{name}:{line}");
        }
    }

    /// That the `.env` beside a Procfile is not read, where that lies elsewhere or others are named.
    pub(super) fn other(
        &self,
        file: &Utf8Path,
        root: &Utf8Path,
        here: &Utf8Path,
        defaults: &foreman::Defaults,
    ) -> Option<String> {
        let folder = file.parent()?;
        let path = root.join(".env");
        let is_read = |read: &Utf8PathBuf| read.parent().is_some_and(|it| same::is(it, root));
        let names = |read: &&Utf8PathBuf| read.file_name() == Some(".env");
        if !path.exists() || self.paths.iter().filter(names).any(is_read) {
            return None;
        }
        let beside = folder.join(".env");
        let add = quoted(beside.as_str());
        let set = |option: &str, line: usize| {
            format!(
                "{beside} is not read: `{option}` of .foreman:{line} names another one, as for foreman"
            )
        };
        Some(match (&defaults.env, &defaults.root) {
            (Some((given, line)), _) => {
                format!("{}; to go by both: env: {given},{add}", set("env", *line))
            }
            (None, Some((_, line))) => set("root", *line),
            (None, None) if root == here => return None,
            (None, None) => format!(
                "{beside} is not read: the .env of the folder where you are counts, as for foreman; \
                 to go by it: cd {}, and --procfile {}",
                quoted(folder.as_str()),
                quoted(file.file_name().unwrap_or_default())
            ),
        })
    }
}
