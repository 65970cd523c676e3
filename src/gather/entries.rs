//! Whether the files are there by which others come into an installed package of JavaScript.

use camino::Utf8Path;

use crate::code::manifest::{InstalledPackage, Way};
use crate::system::fs;

use super::followed;

/// What the first lines of a file may hold at most that does nothing but pass another one on.
const SHORT: u64 = 1 << 10;

/// The first file that a package in that folder says to have and that is not there: the one that Node loads for its
/// name, what that one passes on, another way in, or of its programs where all of them are gone. `asked` is the range
/// that it is asked for by, and `place` the `node_modules` where it was found. Of what is built here nobody knows
/// whether it was.
pub(super) fn gone(
    place: &Utf8Path,
    name: &str,
    asked: &str,
    package: &InstalledPackage,
) -> Option<String> {
    if package.builds || !is_of_registry(asked) {
        return None;
    }
    let folder = place.join(name);
    let is_there = |file: &str| fs::exists(&folder.join(file));
    let mut programs = package.programs(name).map(|(_, file)| file);
    let gone = match package.entry.first() {
        Some(first) if !package.entry.iter().any(|file| is_there(file)) => Some(plain(first)),
        _ => programs.next().and_then(|first| {
            let is_one_there = is_there(first) || programs.any(is_there);
            (!is_one_there).then(|| plain(first))
        }),
    };
    let gone = gone
        .or_else(|| passed_on(&folder, package))
        .or_else(|| way_gone(&folder, &package.ways))
        .or_else(|| {
            let entry = package.entry.iter().filter(|file| is_there(file)).take(1);
            let programs = package.programs(name).map(|(_, file)| file);
            followed::gone(&folder, entry.map(String::as_str).chain(programs))
        });
    gone.filter(|_| is_installed(place, &folder))
}

/// Whether what is found there was installed. A member of the workspace is a link to its sources, which may be built
/// later; the store that other links lead to may lie below the `node_modules` of a folder above.
fn is_installed(place: &Utf8Path, folder: &Utf8Path) -> bool {
    let (place, folder) = (fs::real(place), fs::real(folder));
    let mut above = place.ancestors();
    folder.starts_with(&place) || above.any(|dir| folder.starts_with(dir.join("node_modules")))
}

/// A file without the `./` before it.
pub(super) fn plain(file: &str) -> String {
    file.trim_start_matches("./").to_owned()
}

/// What the way in passes on and is not there: `module.exports = require('./dist/index')`. Where it tries (`try`), it
/// may do without.
pub(super) fn passed_on(folder: &Utf8Path, package: &InstalledPackage) -> Option<String> {
    let usual = ["index.js".to_owned()];
    let entry = match package.entry.as_slice() {
        [] => &usual,
        entry => entry,
    };
    let is_script = |file: &&String| [".js", ".cjs", ".mjs"].iter().any(|it| file.ends_with(it));
    let mut scripts = entry.iter().filter(is_script);
    let (file, bytes) = scripts.find_map(|file| {
        let bytes = fs::beginning(&folder.join(file), SHORT).ok()?;
        Some((file, bytes))
    })?;
    let is_whole = u64::try_from(bytes.len()).is_ok_and(|length| length < SHORT);
    let text = String::from_utf8(bytes).ok()?;
    if !is_whole || text.contains("try") {
        return None;
    }
    let dir = Utf8Path::new(file).parent()?;
    let is_there = |file: &Utf8Path| {
        let endings = ["", ".js", ".json", ".node", ".mjs", ".cjs", ".ts"];
        let mut files = endings.iter().map(|it| format!("{file}{it}"));
        files.any(|file| fs::exists(&folder.join(file)))
    };
    let mut files = relative(&text).map(|to| dir.join(to));
    let gone = files.find(|file| !is_there(file))?;
    let gone = gone.as_str().replace("/./", "/");
    Some(plain(&gone))
}

/// What a short script takes from beside it.
fn relative(text: &str) -> impl Iterator<Item = &str> {
    let is_code = |line: &&str| !line.trim_start().starts_with(['/', '*']);
    let lines = text.lines().filter(is_code);
    lines.flat_map(|line| {
        let after = ["require(", "from "]
            .iter()
            .flat_map(|before| line.split(before).skip(1));
        after.filter_map(|rest| {
            let quote = rest.chars().next().filter(|it| matches!(it, '"' | '\''))?;
            let to = rest[1..].split(quote).next()?;
            (to.starts_with("./") || to.starts_with("../")).then_some(to)
        })
    })
}

/// Another way in that is gone. Published packages name some that they never had, and then nothing of the way is there,
/// and no others beside it are gone: one is told of which a part is left, or whose whole folder is gone with several.
fn way_gone(folder: &Utf8Path, ways: &[Way]) -> Option<String> {
    const SEVERAL: usize = 3;
    let is_there = |file: &String| fs::exists(&folder.join(file));
    let gone = ways.iter().filter(|way| !way.loaded.iter().any(is_there));
    let gone: Vec<&Way> = gone.collect();
    // One of which hardly anything is there is of another form than was read.
    if gone.len() * 2 > ways.len() {
        return None;
    }
    let file = |way: &Way| way.loaded.first().map(|file| plain(file));
    if let Some(way) = gone.iter().find(|way| way.others.iter().any(is_there)) {
        return file(way);
    }
    let top = |way: &Way| {
        let file = file(way)?;
        file.split_once('/').map(|(dir, _)| dir.to_owned())
    };
    gone.iter().find_map(|way| {
        let dir = top(way)?;
        let with_it = gone
            .iter()
            .filter(|it| top(it).as_ref() == Some(&dir))
            .count();
        (with_it >= SEVERAL && !fs::exists(&folder.join(&dir))).then(|| file(way))?
    })
}

/// Whether it comes as its makers published it: by a range, a tag, another name, or what a catalog says.
fn is_of_registry(asked: &str) -> bool {
    if asked.starts_with("npm:") || asked.starts_with("catalog:") {
        return true;
    }
    !asked.contains([':', '/'])
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "files as others leave them")]
mod tests {
    use super::*;
    use crate::code::manifest::installed_package;

    #[test]
    fn what_a_package_says_to_have_is_there_or_gone() {
        let root = fs::temporary("entries");
        let place = root.join("node_modules");
        let write = |path: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, "").expect("written");
        };
        let gone = |name: &str, asked: &str, rest: &str| {
            let text = format!(r#"{{"name": "x", {rest}}}"#);
            let package = installed_package(&text).expect("a package");
            super::gone(&place, name, asked, &package)
        };
        write("node_modules/x/package.json");
        let main = r#""main": "./dist/it""#;
        assert_eq!(gone("x", "^1", main), Some("dist/it".to_owned()));
        assert_eq!(gone("x", "npm:@a/x@1", main), Some("dist/it".to_owned()));
        for asked in ["workspace:*", "file:../x", "a/x", "git+https://x/y"] {
            assert_eq!(gone("x", asked, main), None, "{asked}");
        }
        let made = format!(r#"{main}, "scripts": {{"postinstall": "make"}}"#);
        assert_eq!(gone("x", "^1", &made), None);
        write("node_modules/x/dist/it.js");
        assert_eq!(gone("x", "^1", main), None);
        let programs = r#""bin": {"a": "a.js", "b": "b.js"}"#;
        assert_eq!(gone("x", "^1", programs), Some("a.js".to_owned()));
        write("node_modules/x/b.js");
        assert_eq!(gone("x", "^1", programs), None);
        let passed = r#""files": ["dist"]"#;
        let index = |text: &str| {
            std::fs::write(place.join("x/index.js"), text).expect("written");
        };
        index("// from './old'\nmodule.exports = require('./lib/index')\n");
        assert_eq!(gone("x", "^1", passed), Some("lib/index".to_owned()));
        index("try { module.exports = require('./lib/index') } catch {}\n");
        assert_eq!(gone("x", "^1", passed), None);
        index("export * from \"./dist/it\"\n");
        assert_eq!(gone("x", "^1", passed), None);
        // Who names what was never there names nothing else of it.
        let ways = |rest: &str| {
            format!(
                r#""exports": {{"./1": "./dist/it.js", "./2": "./b.js", "./3": "./index.js", "./4": "./x.js", {rest}}}"#
            )
        };
        write("node_modules/x/x.js");
        write("node_modules/x/c.server.js");
        for (rest, file) in [
            (r#""./c": "./c.js""#, None),
            (
                r#""./c": {"server": "./c.server.js", "default": "./c.js"}"#,
                Some("c.js"),
            ),
            (r#""./c": "./c/a.js", "./d": "./c/b.js""#, None),
            (
                r#""./c": "./c/a.js", "./d": "./c/b.js", "./e": "./c/c.js""#,
                Some("c/a.js"),
            ),
        ] {
            let file = file.map(str::to_owned);
            assert_eq!(gone("x", "^1", &ways(rest)), file, "{rest}");
        }
        // A member that is not built yet.
        write("packages/y/package.json");
        std::os::unix::fs::symlink("../packages/y", place.join("y")).expect("a link");
        assert_eq!(gone("y", "*", main), None);
        // Those of a member lie with the others.
        write("node_modules/.bun/z@1/node_modules/z/package.json");
        let own = root.join("packages/y/node_modules");
        std::fs::create_dir_all(&own).expect("made");
        let kept = "../../../node_modules/.bun/z@1/node_modules/z";
        std::os::unix::fs::symlink(kept, own.join("z")).expect("a link");
        let text = format!(r#"{{"name": "z", {main}}}"#);
        let package = installed_package(&text).expect("a package");
        let gone = super::gone(&own, "z", "^1", &package);
        assert_eq!(gone.as_deref(), Some("dist/it"));
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
