//! What the installer leaves out, or leaves as it is, since a setting says so.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::Cure;
use crate::gather::packages::WebPackages;
use crate::gather::restraint::Restraint;
use crate::text::plural;
use crate::text::remedy::open_at;

use super::super::python_packages::{MISSING, few};

/// An installation that the setting does not restrain: past it, or after a person has changed it.
pub(super) fn past(it: &Restraint, install: &str) -> Cure {
    match (it.past, &it.file) {
        (Some(option), _) => Cure::new(format!("{install} {option}")),
        (None, Some((file, line))) => {
            let open = open_at(file.as_str(), *line);
            Cure::asking(format!("{open} && {install}"))
        }
        (None, None) => Cure::new(install),
    }
}

/// What is said of a lock, with the setting for which it stays as it is.
pub(super) fn noted(finding: Finding, packages: &WebPackages) -> Finding {
    match &packages.restraints.frozen {
        Some(it) => finding.note(format!("{} keeps the lock as it is", it.what)),
        None => finding,
    }
}

/// Those of the missing packages that are left out on purpose, and the others. Which of those that nobody names
/// come with them, the locks do not tell.
pub(super) fn left_out(
    packages: &WebPackages,
    missing: Vec<String>,
) -> (Option<Vec<String>>, Vec<String>) {
    let is_left = |name: &String| packages.dev_only.contains(name);
    if packages.restraints.without_dev.is_none() || !missing.iter().any(is_left) {
        return (None, missing);
    }
    let is_other = |name: &String| packages.asked.contains_key(name) && !is_left(name);
    let (others, left): (Vec<String>, Vec<String>) = missing.into_iter().partition(is_other);
    (Some(left), others)
}

/// What is said of those, and how they are installed all the same.
pub(super) fn finding(
    packages: &WebPackages,
    left: &[String],
    install: &Cure,
) -> Option<(Finding, Cure)> {
    let it = packages.restraints.without_dev.as_ref()?;
    let message = format!(
        "{} not installed: {}",
        plural(left.len(), "package"),
        few(left)
    );
    let finding = Finding::new(&MISSING, message)
        .severity(Severity::Warning)
        .subject("web")
        .note(format!("{} leaves out devDependencies", it.what));
    // Who passes over the one file passes over both of its settings.
    let line = match it.past {
        Some(option) if install.line.ends_with(option) => return Some((finding, install.clone())),
        _ => past(it, &install.line),
    };
    Some((finding, line.within(install.dir.clone())))
}
