//! The data of managed servers, with the port at which each was served last.

use camino::{Utf8Path, Utf8PathBuf};

use crate::service::managed::{Kept, port_in_configuration, port_of_start};
use crate::system::fs;

/// A file of a data folder that tells the port, and how.
type Told = (&'static str, &'static str, fn(&str) -> Option<u16>);

const TOLD: [Told; 2] = [
    ("postgres", "postmaster.opts", port_of_start),
    ("redis", "valkey.conf", port_in_configuration),
];

fn kind(name: &str) -> Option<&'static Told> {
    let kind = name.split('-').next();
    TOLD.iter().find(|(of, ..)| Some(*of) == kind)
}

/// The folders with data in a workspace's folder.
#[must_use]
pub fn folders(state: &Utf8Path) -> Vec<Utf8PathBuf> {
    let names = fs::names(state, |name| kind(name).is_some());
    names.into_iter().map(|name| state.join(name)).collect()
}

/// What stands in a workspace's folder, as far as it may be read.
#[must_use]
pub fn find(state: &Utf8Path) -> Vec<Kept> {
    let names = fs::names(state, |name| kind(name).is_some());
    let read = |name: String| {
        let (_, file, port) = kind(&name)?;
        let text = fs::read_text_if_there(&state.join(&name).join(file));
        let port = port(&text.ok().flatten()?)?;
        Some(Kept { name, port })
    };
    names.into_iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test makes files")]
    fn data_is_found_with_its_last_port() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        for (file, text) in [
            (
                "postgres/postmaster.opts",
                "/bin/postgres \"-c\" \"port=5440\"\n",
            ),
            ("redis-6380/valkey.conf", "bind 127.0.0.1\nport 6390\n"),
            ("redis/valkey.conf", "bind 127.0.0.1\n"),
            ("postgres.password", "port=1"),
            ("logs/valkey.conf", "port 1\n"),
        ] {
            let path = state.join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        let kept = |name: &str, port| Kept {
            name: name.to_owned(),
            port,
        };
        let mut found = find(&state);
        found.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(found, [kept("postgres", 5440), kept("redis-6380", 6390)]);
        assert_eq!(find(&state.join("none")), []);
    }
}
