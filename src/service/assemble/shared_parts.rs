//! Parts of an address in a file that several tiers read: whoever has the other parts puts them together.

use std::collections::BTreeMap;

use super::Variables;

/// What the names of the parts of one address end with.
const PARTS: [&str; 10] = [
    "HOST", "SERVER", "HOSTNAME", "PORT", "USER", "PASSWORD", "DB", "NAME", "DATABASE", "SSL",
];

/// The tier whose files the others read, too, below their own.
const ROOT: &str = "root";

/// Whether the parts with this beginning that a tier sees (`CACHE_REDIS_`) are no address of their own: another
/// tier sees them, too, with more of them or others in their place. What is left open has a default only there.
/// `origin` tells where a tier sets a variable.
#[must_use]
pub fn is_shared_part(
    tiers: &BTreeMap<String, Variables>,
    origin: impl Fn(&str, &str) -> String,
    tier: &str,
    prefix: &str,
) -> bool {
    let parts = |tier: &str| -> BTreeMap<&str, String> {
        let seen = tiers.get(tier);
        let set = PARTS.iter().filter_map(|part| {
            let name = format!("{prefix}{part}");
            let value = seen?.get(&name)?;
            (!value.trim().is_empty()).then(|| (*part, origin(tier, &name)))
        });
        set.collect()
    };
    let own = parts(tier);
    let completes = |other: &str| {
        let others = parts(other);
        let shared = own.iter().any(|(part, at)| others.get(part) == Some(at));
        let has_all = own.keys().all(|part| others.contains_key(part));
        let is_root = tier == ROOT && others != own;
        has_all && (is_root || shared && others.len() > own.len())
    };
    !own.is_empty() && tiers.keys().any(|other| other != tier && completes(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each tier's variables, with the file of each.
    fn shared(tiers: &[(&str, &[(&str, &str)])]) -> Vec<bool> {
        let seen = tiers.iter().map(|(tier, set)| {
            let set = set
                .iter()
                .map(|(name, _)| (format!("A_{name}"), "1".to_owned()));
            ((*tier).to_owned(), set.collect())
        });
        let seen: BTreeMap<String, Variables> = seen.collect();
        let origin = |tier: &str, name: &str| {
            let (_, set) = tiers.iter().find(|it| it.0 == tier).expect("a tier");
            let found = set.iter().find(|it| name == format!("A_{}", it.0));
            found.expect("a variable").1.to_owned()
        };
        let each = tiers.iter();
        each.map(|(tier, _)| is_shared_part(&seen, origin, tier, "A_"))
            .collect()
    }

    #[test]
    fn parts_belong_to_whoever_has_the_others() {
        let own = "backend/.env:1";
        let own_parts = [("HOST", own), ("PORT", own)];
        let with = |number| [own_parts[0], own_parts[1], ("DB", number)];
        let root: &[(&str, &str)] = &[("DB", ".env:1")];
        // The number is the root's, or another one stands in its place.
        for number in [".env:1", own] {
            assert_eq!(
                shared(&[("root", root), ("backend", &with(number))]),
                [true, false]
            );
        }
        assert_eq!(shared(&[("root", root), ("backend", root)]), [false; 2]);
        assert_eq!(
            shared(&[("root", root), ("backend", &own_parts)]),
            [false; 2]
        );
        // Every tier sees the process environment, and two may each have a host beside it.
        let process = [("DB", "process")];
        let all: [(&str, &[(&str, &str)]); 3] = [
            ("frontend", &process),
            ("backend", &with("process")),
            (
                "builder",
                &[("DB", "process"), ("HOST", "b"), ("PORT", "b")],
            ),
        ];
        assert_eq!(shared(&all), [true, false, false]);
    }
}
