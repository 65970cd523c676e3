//! What the first files of an installed package of JavaScript take from beside them: a folder of it that is gone stops
//! whoever loads the package, though its way in is there.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;

/// A file that is longer is a bundle, which takes little from beside it.
const LONGEST: u64 = 32 << 10;

/// So many files of a package are read.
const MOST: usize = 24;

/// Where what is built for a machine lies: it may be elsewhere.
const BUILT: [&str; 2] = ["Release", "prebuilds"];

/// The first file that one of these, or one that they take, takes from a folder of the package that is gone. Of a folder
/// that is there single files may be meant to be missing.
pub(super) fn gone<'a>(folder: &Utf8Path, starts: impl Iterator<Item = &'a str>) -> Option<String> {
    let starts: Vec<Utf8PathBuf> = starts
        .filter_map(|it| normal(Utf8Path::new(""), it))
        .collect();
    let mut known: BTreeSet<Utf8PathBuf> = starts.iter().cloned().collect();
    let mut level = starts;
    let mut read = 0;
    for depth in 0..2 {
        let mut next = Vec::new();
        for file in &level {
            if read == MOST {
                return None;
            }
            read += 1;
            let Some(text) = short(&folder.join(file)) else {
                continue;
            };
            let dir = file.parent().unwrap_or(Utf8Path::new(""));
            for named in taken(&text) {
                let Some(target) = normal(dir, named) else {
                    continue;
                };
                if !known.insert(target.clone()) {
                    continue;
                }
                let above = target.parent().unwrap_or(Utf8Path::new(""));
                let is_built = above.components().any(|it| BUILT.contains(&it.as_str()));
                if !is_built && !fs::exists(&folder.join(above)) {
                    return Some(target.into_string());
                }
                if depth == 0 {
                    next.extend(found(folder, &target));
                }
            }
        }
        level = next;
    }
    None
}

/// The text of a file that is there and not too long.
fn short(path: &Utf8Path) -> Option<String> {
    let bytes = fs::beginning(path, LONGEST).ok()?;
    let is_whole = u64::try_from(bytes.len()).is_ok_and(|length| length < LONGEST);
    is_whole.then(|| String::from_utf8(bytes).ok())?
}

/// The file that Node takes for what is named so.
fn found(folder: &Utf8Path, target: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut files = ["", ".js", ".mjs", ".cjs", "/index.js"]
        .iter()
        .map(|end| Utf8PathBuf::from(format!("{target}{end}")));
    files.find(|file| fs::is_file(&folder.join(file)))
}

/// What a text takes from beside it, but where it tries.
fn taken(text: &str) -> impl Iterator<Item = &str> {
    let places = memchr::memmem::find_iter(text.as_bytes(), b"./");
    places.filter_map(|at| {
        let before = text.get(..at)?;
        let (before, start) = match before.strip_suffix('.') {
            Some(shorter) => (shorter, at - 1),
            None => (before, at),
        };
        let quote = before
            .chars()
            .next_back()
            .filter(|it| matches!(it, '"' | '\''))?;
        let before = before.strip_suffix(quote)?;
        let line = before.rsplit('\n').next()?;
        let is_taken = ["require(", "from ", "import "]
            .iter()
            .any(|it| line.ends_with(it));
        let is_note = line.trim_start().starts_with(['/', '*']);
        if !is_taken || is_note || line.contains("try") || line.contains("catch") {
            return None;
        }
        let end = memchr::memchr(u8::try_from(quote).ok()?, text.get(start..)?.as_bytes())?;
        text.get(start..start + end)
    })
}

/// A path within the package; none where it leads out of it.
fn normal(dir: &Utf8Path, named: &str) -> Option<Utf8PathBuf> {
    let mut path = dir.to_owned();
    for part in named.split('/') {
        match part {
            ".." if !path.pop() => return None,
            "" | "." | ".." => {}
            part => path.push(part),
        }
    }
    Some(path)
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "files as others leave them")]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_the_first_files_load_from_is_there_or_gone() {
        let root = fs::temporary("followed");
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        let gone = || super::gone(&root, ["./dist/bin/next", "index.js"].into_iter());
        write(
            "dist/bin/next",
            "#!/usr/bin/env node\nrequire(\"../server/hook\");\nconst a = require('../../x');\n// from './gone/a'\ntry { require('./gone/b') } catch {}\n",
        );
        write(
            "dist/server/hook.js",
            "import x from \"../build/log\";\nimport y from \"./own\";\nrequire('../build/Release/x.node');\n",
        );
        assert_eq!(gone(), Some("dist/build/log".to_owned()));
        write("dist/build/log.js", "require('./deeper/still')\n");
        // A single file may be meant to be missing, and what comes later is not followed.
        assert_eq!(gone(), None);
        write("index.js", "export * from './v4/core/index.js';\n");
        assert_eq!(gone(), Some("v4/core/index.js".to_owned()));
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
