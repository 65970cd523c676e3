//! Manifests, locks and files of settings of any text, each by the reader of each.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::code::{installer, lock, manifest, pins, settings};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    // Whoever cannot read it says why.
    for words in [lock::uv_lock(&text).err(), lock::web_lock(&text, "frontend").err()]
        .into_iter()
        .flatten()
    {
        assert!(!words.is_empty());
    }
    if let Ok(project) = manifest::package_json(&text) {
        for script in project.scripts.values() {
            let _ = manifest::script_port(script);
            let _ = manifest::runs_next(script);
        }
    }
    let _ = manifest::installed_package(&text);
    let _ = manifest::pyproject(&text);
    let _ = installer::bunfig(&text);
    for is_bun in [false, true] {
        let _ = installer::npmrc(&text, is_bun);
    }
    for tool in ["node", "python"] {
        let _ = pins::of_volta(&text, tool);
        let _ = pins::of_dev_engines(&text, "runtime", tool);
        let _ = pins::of_tool_versions(&text, tool);
        let _ = pins::of_mise(&text, tool);
        let _ = pins::line_of(&text, tool);
    }
    let _ = settings::of_uv(&text, true, "index-url");
    let _ = settings::line_of_json(&text, &["engines", "node"]);
    let _ = settings::broken(&text);
    let _ = settings::programs_of(&text);
});
