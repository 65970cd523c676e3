//! The Postgres servers of a Debian or Ubuntu, which has one or several, each with a port of its own.

use camino::Utf8Path;

use crate::system::fs;

/// Where each has its configuration: `VERSION/NAME/postgresql.conf`.
const CONFIGURED: &str = "/etc/postgresql";

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Its version and its name: `15 main`, as `pg_ctlcluster` takes them.
    pub name: String,
    /// The port that its configuration says.
    pub port: u16,
}

/// All that can be read; one of which something cannot be is left out.
#[must_use]
pub fn all() -> Vec<Cluster> {
    below(Utf8Path::new(CONFIGURED))
}

fn below(folder: &Utf8Path) -> Vec<Cluster> {
    let mut clusters = Vec::new();
    for version in fs::list(folder) {
        for cluster in fs::list(&version) {
            let text = fs::read_text(&cluster.join("postgresql.conf"));
            let names = [version.file_name(), cluster.file_name()];
            if let (Ok(text), [Some(version), Some(name)]) = (text, names)
                && let Some(port) = port(&text)
            {
                let name = format!("{version} {name}");
                clusters.push(Cluster { name, port });
            }
        }
    }
    clusters
}

/// The port of a configuration: the last line that says one counts.
fn port(text: &str) -> Option<u16> {
    let mut said = text.lines().filter_map(|line| {
        let line = line.split('#').next().unwrap_or_default().trim();
        let (name, value) = line.split_once(['=', ' ', '\t'])?;
        name.trim().eq_ignore_ascii_case("port").then_some(value)
    });
    match said.next_back() {
        Some(value) => value
            .trim_matches(|c: char| c.is_whitespace() || "='".contains(c))
            .parse()
            .ok(),
        None => Some(5432),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cluster_has_the_port_that_its_configuration_says() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(dir.path()).expect("UTF-8");
        for (name, text) in [
            ("15/main", "#port = 1\nport = 5432\t\t\t# (change)\n"),
            ("15/other", "port = 5433\nPort '5434'\n"),
            ("16/main", "# nothing\nmax_connections = 100\n"),
            ("16/odd", "port = high\n"),
        ] {
            let folder = root.join(name);
            fs::create_dir_all(&folder).expect("writable");
            let file = folder.join("postgresql.conf");
            fs::write_atomic(&file, text.as_bytes()).expect("writable");
        }
        let found: Vec<(String, u16)> = below(root)
            .into_iter()
            .map(|it| (it.name, it.port))
            .collect();
        let wanted = [("15 main", 5432), ("15 other", 5434), ("16 main", 5432)];
        let wanted = wanted.map(|(name, port)| (name.to_owned(), port));
        assert_eq!(found, wanted);
        assert_eq!(below(&root.join("none")), []);
    }
}
