//! `pixcrawler new`: writes the starter workspace.

use camino::{Utf8Path, Utf8PathBuf};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Sign, Tone};
use crate::system::cancel::Cancel;
use crate::system::{fs, net};
use crate::templates::{self, Values};
use crate::text::plural;

use super::Context;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The folder to write.
    pub dir: Utf8PathBuf,
    /// The display name; the folder's name otherwise.
    pub name: Option<String>,
}

/// Writes the workspace.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let here = Context::here()?;
    let dir = clean(&here.join(&request.dir));
    if fs::is_file(&dir) {
        return Err(Failure::usage(format!("{dir} is a file"))
            .help("name a folder that does not exist yet"));
    }
    if !fs::list(&dir).is_empty() {
        return Err(Failure::usage(format!("{dir} is not empty"))
            .help("name a folder that does not exist yet, or empty this one"));
    }
    let name = request
        .name
        .clone()
        .or_else(|| dir.file_name().map(title))
        .unwrap_or_else(|| "Pixcrawler".to_owned());
    // It stands in Python, TypeScript, TOML and Markdown, and must mean itself in all of them.
    let plain = |c: char| c.is_alphanumeric() || " -_.,'!&+()".contains(c);
    if !name.contains(char::is_alphanumeric) || !name.chars().all(plain) {
        return Err(Failure::usage(format!(
            "`{}` cannot be a project's name",
            name.escape_debug()
        ))
        .help("use letters, digits, spaces and - _ . , ' ! & + ( ): --name \"My Project\""));
    }
    let values = Values::generate(&name, free_ports())
        .map_err(|error| Failure::unreachable(error.to_string()))?;
    // Everything is rendered before the first byte is written.
    let files =
        templates::render(&values).map_err(|why| Failure::new(Exit::Program(Exit::BUG), why))?;
    write(&dir, &files)?;
    let style = context.style();
    let shown = shorten(&dir, &here);
    let text = format!(
        "{} wrote {} to {}\n\n  API       http://localhost:{}\n  web       http://localhost:{}\n  Postgres  127.0.0.1:{}\n  Redis     127.0.0.1:{}\n\nnext: {}\n      {}\n",
        style.sign(Sign::Ok),
        plural(files.len(), "file"),
        style.paint(Tone::Name, &shown),
        values.ports.api,
        values.ports.web,
        values.ports.postgres,
        values.ports.redis,
        // Two lines: not every shell knows `&&`.
        style.paint(Tone::Strong, format!("cd {}", quoted(&shown))),
        style.paint(Tone::Strong, "pixcrawler dev --migrate"),
    );
    context.print(text.as_bytes());
    Ok(Exit::Clean)
}

/// Writes all files, or takes back what was written.
fn write(dir: &Utf8Path, files: &[templates::File]) -> Result<(), Failure> {
    let existed = fs::is_dir(dir);
    let cancel = Cancel::on_interrupt();
    let written = files.iter().try_for_each(|file| {
        if cancel.is_set() {
            return Err(Failure::new(
                Exit::Signal(2),
                "interrupted: nothing was kept",
            ));
        }
        let path = dir.join(&file.path);
        fs::create_dir_all(path.parent().unwrap_or(dir))
            .and_then(|()| {
                if file.private {
                    fs::write_private(&path, &file.bytes)
                } else {
                    fs::write_atomic(&path, &file.bytes)
                }
            })
            .map_err(|error| {
                Failure::unreachable(error.to_string())
                    .help("make room on the disk, or choose a folder that you may write")
            })
    });
    if written.is_err() {
        // The folder was empty or not there: whatever is in it now is ours.
        fs::clear(dir, existed);
    }
    written
}

/// Without `.` and `..`: the folder may not exist yet.
fn clean(path: &Utf8Path) -> Utf8PathBuf {
    let mut clean = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            camino::Utf8Component::CurDir => {}
            camino::Utf8Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other.as_str()),
        }
    }
    clean
}

fn shorten(dir: &Utf8Path, here: &Utf8Path) -> String {
    dir.strip_prefix(here)
        .map_or_else(|_| dir.to_string(), ToString::to_string)
}

/// A path as it can be pasted into a shell.
fn quoted(path: &str) -> String {
    if path.contains(' ') {
        format!("\"{path}\"")
    } else {
        path.to_owned()
    }
}

/// `my-project` → `My Project`.
fn title(folder: &str) -> String {
    let words = folder
        .split(['-', '_', '.', ' '])
        .filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}

/// Ports that are free on this machine, the usual ones where they are.
fn free_ports() -> templates::Ports {
    let api = net::free_port(8000, &[]);
    let web = net::free_port(3000, &[api]);
    let postgres = net::free_port(5432, &[api, web]);
    let redis = net::free_port(6379, &[api, web, postgres]);
    templates::Ports {
        api,
        web,
        postgres,
        redis,
    }
}
