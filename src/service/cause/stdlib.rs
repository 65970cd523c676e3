//! Modules and names that Python's own library has in some versions only.

use super::pattern::{meant, misspelt};
use super::{Cause, Speaker, cause};

/// Modules, and the version that they came with.
const NEW_MODULES: &[(&str, &str)] = &[
    ("annotationlib", "3.14"),
    ("compression", "3.14"),
    ("graphlib", "3.9"),
    ("tomllib", "3.11"),
    ("zoneinfo", "3.9"),
];

/// Names in modules, and the version that they came with.
const NEW_NAMES: &[(&str, &str, &[&str])] = &[
    (
        "asyncio",
        "3.11",
        &["Barrier", "Runner", "TaskGroup", "timeout", "timeout_at"],
    ),
    ("asyncio", "3.13", &["QueueShutDown"]),
    ("collections.abc", "3.12", &["Buffer"]),
    ("contextlib", "3.10", &["aclosing"]),
    ("contextlib", "3.11", &["chdir"]),
    ("copy", "3.13", &["replace"]),
    ("datetime", "3.11", &["UTC"]),
    (
        "enum",
        "3.11",
        &["EnumType", "ReprEnum", "StrEnum", "verify"],
    ),
    ("functools", "3.9", &["cache"]),
    ("hashlib", "3.11", &["file_digest"]),
    ("itertools", "3.10", &["pairwise"]),
    ("itertools", "3.12", &["batched"]),
    ("types", "3.10", &["EllipsisType", "NoneType", "UnionType"]),
    ("typing", "3.9", &["Annotated"]),
    (
        "typing",
        "3.10",
        &[
            "Concatenate",
            "ParamSpec",
            "TypeAlias",
            "TypeGuard",
            "is_typeddict",
        ],
    ),
    (
        "typing",
        "3.11",
        &[
            "LiteralString",
            "Never",
            "NotRequired",
            "Required",
            "Self",
            "TypeVarTuple",
            "Unpack",
            "assert_never",
            "assert_type",
            "dataclass_transform",
            "reveal_type",
        ],
    ),
    ("typing", "3.12", &["TypeAliasType", "override"]),
    (
        "typing",
        "3.13",
        &["NoDefault", "ReadOnly", "TypeIs", "is_protocol"],
    ),
    ("warnings", "3.13", &["deprecated"]),
];

/// Modules of that library that code imports names from.
const MODULES: &[&str] = &[
    "argparse",
    "asyncio",
    "collections",
    "concurrent",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "importlib",
    "inspect",
    "itertools",
    "json",
    "logging",
    "math",
    "os",
    "pathlib",
    "re",
    "shutil",
    "statistics",
    "string",
    "subprocess",
    "sys",
    "threading",
    "time",
    "tomllib",
    "types",
    "typing",
    "unittest",
    "uuid",
    "warnings",
];

/// A module that this Python is too old for.
pub(super) fn module(speaker: Speaker<'_>, module: &str) -> Option<Cause> {
    let (_, since) = NEW_MODULES.iter().find(|(name, _)| *name == module)?;
    Some(too_old(speaker, &format!("`{module}` is"), since))
}

/// A name that one of its modules does not have; `import` is all that Python says of that. A file of
/// the project's own may hide the module.
pub(super) fn name(speaker: Speaker<'_>, module: &str, name: &str, import: &str) -> Option<Cause> {
    let is_its_own = import.contains("python3") || import.contains("\\Lib\\");
    let top = module.split('.').next().unwrap_or(module);
    if !MODULES.contains(&top) || !is_its_own || import.contains("site-packages") {
        return None;
    }
    let since = NEW_NAMES
        .iter()
        .find(|(of, _, names)| *of == module && names.contains(&name));
    Some(match since {
        Some((_, since, _)) => too_old(speaker, &format!("`{name}` is in `{module}`"), since),
        None => cause(
            format!(
                "the `{module}` of the Python that runs `{}` has no `{name}`: {}, or another version of Python has it",
                speaker.service,
                misspelt(meant(import))
            ),
            speaker.way(
                "pixcrawler doctor --only python   shows which version is wanted, and which is there",
                "correct the import, or run it with the version of Python that it was written for",
            ),
        ),
    })
}

fn too_old(speaker: Speaker<'_>, what: &str, since: &str) -> Cause {
    cause(
        format!(
            "the Python that runs `{}` is too old: {what} since {since} only",
            speaker.service
        ),
        speaker.way(
            "pixcrawler doctor --only python   shows which version is wanted, and which is there",
            "run it with a newer one; `requires-python` in pyproject.toml says so to uv",
        ),
    )
}
