//! What a session was told when it was typed, and its settings do not know any more.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Finding;
use crate::service::Service;
use crate::service::assemble::{self, Assembled, Inputs};

/// The services of a session that runs, and what of its own `--scale` has no effect on them, in words. An
/// edit that is right is not refused for what was typed before it.
///
/// # Errors
/// As of [`assemble::services`], of what is written.
pub(super) fn assembled(
    inputs: &Inputs<'_>,
) -> Result<(Assembled, BTreeSet<String>), Vec<Finding>> {
    let mut scale: BTreeMap<String, u32> = inputs.scale.clone();
    let mut left_out = BTreeSet::new();
    loop {
        let inputs = Inputs {
            scale: &scale,
            ..*inputs
        };
        let findings = match assemble::services(&inputs) {
            Ok(assembled) => return Ok((assembled, left_out)),
            Err(findings) => findings,
        };
        let of_scale = findings.iter().filter_map(assemble::of_scale);
        let of_scale: Vec<(String, String)> = of_scale.collect();
        if of_scale.is_empty() {
            return Err(findings);
        }
        for (name, why) in of_scale {
            // A name that was taken out already cannot be complained of again.
            let Some(count) = scale.remove(&name) else {
                return Err(findings);
            };
            left_out.insert(format!(
                "this session goes on without its --scale {name}={count}: {why}"
            ));
        }
    }
}

/// What of its `--profile` chooses nothing, in words.
pub(super) fn profiles(profiles: &[String], services: &[Service]) -> BTreeSet<String> {
    let has = |name: &String| services.iter().any(|one| one.profiles.contains(name));
    let stale = profiles.iter().filter(|name| !has(name));
    stale
        .map(|name| format!("--profile {name} of this session chooses nothing: no service has it"))
        .collect()
}
