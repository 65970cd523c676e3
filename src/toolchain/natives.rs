//! Packages that hold a program or a library for one kind of machine, and what goes without them.

/// Packages whose names begin alike, and what is known of who takes them.
#[derive(Debug, PartialEq, Eq)]
pub struct Native {
    /// How their names begin.
    beginning: &'static str,
    /// The package that takes them.
    pub owner: &'static str,
    /// Whether its owner does nothing without them.
    pub is_needed: bool,
    /// What goes without them, in words.
    pub without: &'static str,
    /// What serves as well, where it is at hand: a folder beside them, and how a name in it begins.
    pub stand_in: Option<(&'static str, &'static str)>,
}

/// All that are known.
const ALL: &[Native] = &[
    Native {
        beginning: "@esbuild/",
        owner: "esbuild",
        is_needed: true,
        without: "esbuild fails without its program, and so does what loads it, as drizzle-kit",
        // What it fetched itself when it was installed.
        stand_in: Some(("esbuild/lib", "downloaded-")),
    },
    Native {
        beginning: "@rollup/rollup-",
        owner: "rollup",
        is_needed: true,
        without: "rollup fails without its library, and so does what loads it",
        stand_in: None,
    },
    Native {
        beginning: "lightningcss-",
        owner: "lightningcss",
        is_needed: true,
        without: "lightningcss fails without its library, and so does what loads it",
        stand_in: None,
    },
    Native {
        beginning: "@tailwindcss/oxide-",
        owner: "@tailwindcss/oxide",
        is_needed: true,
        without: "Tailwind CSS fails without its library",
        stand_in: Some(("@tailwindcss", "oxide-wasm32")),
    },
    Native {
        beginning: "@img/sharp-",
        owner: "sharp",
        is_needed: false,
        without: "sharp fails without its library: Next.js starts, and cannot resize pictures",
        stand_in: Some(("@img", "sharp-wasm32")),
    },
    Native {
        beginning: "@next/swc-",
        owner: "next",
        is_needed: false,
        without: "Next.js fetches its compiler when it starts",
        stand_in: None,
    },
];

/// What is known of a package.
#[must_use]
pub fn native(package: &str) -> Option<&'static Native> {
    ALL.iter().find(|it| package.starts_with(it.beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_known_by_how_their_names_begin() {
        let of = |name: &str| native(name).map(|it| (it.owner, it.is_needed));
        assert_eq!(of("@esbuild/linux-x64"), Some(("esbuild", true)));
        assert_eq!(of("@rollup/rollup-linux-x64-gnu"), Some(("rollup", true)));
        assert_eq!(
            of("lightningcss-darwin-arm64"),
            Some(("lightningcss", true))
        );
        let oxide = of("@tailwindcss/oxide-linux-x64-gnu");
        assert_eq!(oxide, Some(("@tailwindcss/oxide", true)));
        assert_eq!(of("@img/sharp-libvips-linux-x64"), Some(("sharp", false)));
        assert_eq!(of("@next/swc-linux-x64-gnu"), Some(("next", false)));
        assert_eq!(of("@rollup/pluginutils"), None);
    }
}
