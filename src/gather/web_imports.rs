//! Who imports a module of a web application, by whatever way.

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;
use crate::workspace::Workspace;

use super::web_files;

/// Where the meaning of names is written down.
const CONFIGS: &[&str] = &["tsconfig.json", "jsconfig.json"];

/// Endings that may be left out, or written for one another.
const ENDS: &[&str] = &[".ts", ".mts", ".js", ".mjs"];

/// Whether a file of the application imports a module.
pub(super) fn is_imported(workspace: &Workspace, dir: &Utf8Path, module: &Utf8Path) -> bool {
    let Some(stem) = module.file_stem() else {
        return true;
    };
    let ends = || [""].iter().chain(ENDS);
    let ends: Vec<String> = ends()
        .flat_map(|end| ['"', '\''].map(|quote| format!("/{stem}{end}{quote}")))
        .collect();
    let mut configs = CONFIGS.iter().map(|name| workspace.path(dir.join(name)));
    let config = configs.find_map(|it| fs::read_text(&it).ok());
    let config = config.unwrap_or_default();
    web_files::any(workspace, dir, &mut |path, text| {
        path != module
            && ends.iter().any(|end| {
                let mut places = text.match_indices(end.as_str());
                places.any(|(at, _)| {
                    let quote = end.chars().last().unwrap_or('"');
                    let begin = text[..at].rfind(quote).map_or(0, |it| it + 1);
                    let asked = &text[begin..at + end.len() - 1];
                    means(asked, path, dir, module, &config)
                })
            })
    })
}

/// Whether what is imported by a file is the module; where nothing tells what a name stands for, it may be.
fn means(asked: &str, by: &Utf8Path, dir: &Utf8Path, module: &Utf8Path, config: &str) -> bool {
    let own = module.strip_prefix(dir).unwrap_or(module);
    if !may_end(asked, own) {
        return false;
    }
    let own = plain(own);
    let (asked, own) = (bare(asked), bare(&own));
    if asked.starts_with('.') {
        let folder = by.parent().unwrap_or(Utf8Path::new(""));
        let folder = folder.strip_prefix(dir).unwrap_or(folder);
        return plain(&folder.join(asked)) == own;
    }
    let (first, rest) = asked.split_once('/').unwrap_or(("", asked));
    // Next's own reader of env files has that name, too.
    if first == "@next" {
        return false;
    }
    match root_of(first, config) {
        Some(root) => plain(&root.join(rest)) == own,
        None => own == asked || own == rest || own.ends_with(&format!("/{rest}")),
    }
}

/// Whether a name with an ending may mean a file with its own: `./env.js` is `env.ts`, too.
fn may_end(asked: &str, module: &Utf8Path) -> bool {
    let end = ENDS.iter().find(|end| asked.ends_with(**end));
    end.is_none_or(|end| {
        let own = module.extension().unwrap_or_default();
        let is_same = |it: &str| it.trim_start_matches('.') == own;
        is_same(end) || is_same(&end.replace("js", "ts"))
    })
}

fn bare(path: &str) -> &str {
    let end = ENDS.iter().find_map(|end| path.strip_suffix(end));
    end.unwrap_or(path)
}

/// The folder that the names stand for which begin with `first`, by `"first/*": ["./folder/*"]`.
fn root_of(first: &str, config: &str) -> Option<Utf8PathBuf> {
    let text_after = |key: &str| {
        let (_, behind) = config.split_once(key)?;
        behind.split('"').nth(1)
    };
    let folder = text_after(&format!("\"{first}/*\""))?.strip_suffix('*')?;
    let base = text_after("\"baseUrl\"").unwrap_or(".");
    Some(Utf8Path::new(base).join(folder))
}

/// A path without `.` and `..`.
fn plain(path: &Utf8Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.as_str().split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_means_the_file_that_it_leads_to() {
        let config = r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}"#;
        let means = |asked: &str, module: &str, config: &str| {
            let by = Utf8Path::new("web/src/app/page.tsx");
            super::means(
                asked,
                by,
                Utf8Path::new("web"),
                Utf8Path::new(module),
                config,
            )
        };
        for (asked, module) in [
            ("@/env", "web/src/env.ts"),
            ("@/lib/env", "web/src/lib/env.mjs"),
            ("../env.js", "web/src/env.ts"),
            ("../../env.mjs", "web/env.mjs"),
            ("~/lib/env", "web/lib/env.ts"),
            ("@lib/env", "web/src/lib/env.ts"),
            ("src/env", "web/src/env.ts"),
        ] {
            assert!(means(asked, module, config), "{asked}");
        }
        for (asked, module) in [
            ("@/env", "web/env.mjs"),
            ("../env", "web/env.mjs"),
            ("../env.mjs", "web/src/env.ts"),
            ("@next/env", "web/env.ts"),
            ("@/lib/env", "web/src/env.ts"),
        ] {
            assert!(!means(asked, module, config), "{asked}");
        }
        // Nothing tells where `@` leads.
        assert!(means("@/env", "web/env.mjs", "") && means("@/env", "web/src/env.ts", ""));
    }
}
