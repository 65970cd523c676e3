//! Where a path leads, link by link.

use std::collections::VecDeque;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// Links that are followed one after the other, as the system does it: they may lead in a circle.
const MOST: usize = 40;

/// All places that decide what stands at an absolute path: the path itself, each link on the way, and where
/// they lead in the end, whether something is there or not.
#[must_use]
pub fn places(path: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut places = vec![path.to_owned()];
    let parts = |path: &Utf8Path| -> Vec<String> {
        let parts = path.components();
        parts.map(|part| part.as_str().to_owned()).collect()
    };
    let mut open: VecDeque<String> = parts(path).into();
    let (mut real, mut links) = (Utf8PathBuf::new(), 0);
    while let Some(part) = open.pop_front() {
        match Utf8Path::new(&part).components().next() {
            // There is no link in it any more: what is above is its parent.
            Some(Utf8Component::ParentDir) => {
                real.pop();
                continue;
            }
            Some(Utf8Component::CurDir) => continue,
            _ => {}
        }
        let here = real.join(&part);
        match here.read_link_utf8() {
            Ok(target) if links < MOST => {
                links += 1;
                for part in parts(&target).into_iter().rev() {
                    open.push_front(part);
                }
                places.push(here);
            }
            _ => real = here,
        }
    }
    places.push(real);
    places.dedup();
    places
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::system::fs;

    #[test]
    fn each_link_on_the_way_counts_and_so_does_the_end_that_is_not_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = fs::real(Utf8Path::from_path(dir.path()).expect("UTF-8"));
        for folder in ["w", "far/deep"] {
            fs::create_dir_all(&root.join(folder)).expect("a folder");
        }
        let link = |to: &str, at: &str| {
            std::os::unix::fs::symlink(to, root.join(at)).expect("a link");
        };
        link("../far/deep", "w/tier");
        link("../one.env", "far/deep/.env");
        link("nowhere/two.env", "far/one.env");
        let led = |path: &str| -> Vec<String> {
            let places = places(&root.join(path)).into_iter();
            let below = places.map(|place| place.strip_prefix(&root).map(ToString::to_string));
            below.map(|place| place.expect("below")).collect()
        };
        assert_eq!(
            led("w/tier/.env"),
            [
                "w/tier/.env",
                "w/tier",
                "far/deep/.env",
                "far/one.env",
                "far/nowhere/two.env"
            ]
        );
        assert_eq!(led("far/none/.env"), ["far/none/.env"]);
        link("round", "w/round");
        assert_eq!(led("w/round").last().map(String::as_str), Some("w/round"));
    }
}
