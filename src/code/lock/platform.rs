//! For which machines a package is made, as npm and bun write it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The machines that a package is made for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Platform {
    /// `linux`, `darwin`, `win32`.
    pub os: Vec<String>,
    /// `x64`, `arm64`.
    pub cpu: Vec<String>,
    /// `glibc` or `musl`; none where it does not matter, or nobody noted it.
    pub libc: Option<Vec<String>>,
}

impl Platform {
    /// Whether it is made for a machine, of which `libc` may not be known. What is excluded (`!win32`) says of no
    /// machine that it is meant.
    #[must_use]
    pub fn fits(&self, os: &str, cpu: &str, libc: Option<&str>) -> bool {
        let has = |names: &[String], name: &str| names.iter().any(|it| it == name);
        let of_libc = |names: &Vec<String>| libc.is_some_and(|libc| has(names, libc));
        has(&self.os, os) && has(&self.cpu, cpu) && self.libc.as_ref().is_none_or(of_libc)
    }
}

/// One name or a list of them.
pub(super) fn names<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Vec<String>>, D::Error> {
    Ok(match Value::deserialize(reader)? {
        Value::Null => None,
        Value::String(name) => Some(vec![name]),
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str);
            Some(names.map(str::to_owned).collect())
        }
        _ => Some(Vec::new()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_for_the_machines_that_it_names() {
        let names = |text: &str| vec![text.to_owned()];
        let mut platform = Platform {
            os: names("linux"),
            cpu: names("x64"),
            libc: None,
        };
        assert!(platform.fits("linux", "x64", None));
        assert!(!platform.fits("linux", "arm64", None) && !platform.fits("darwin", "x64", None));
        platform.libc = Some(names("musl"));
        assert!(platform.fits("linux", "x64", Some("musl")));
        assert!(!platform.fits("linux", "x64", Some("glibc")));
        assert!(!platform.fits("linux", "x64", None));
        platform.os = names("!win32");
        assert!(!platform.fits("linux", "x64", Some("musl")));
    }
}
