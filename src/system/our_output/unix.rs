//! Unix: a file is the one that its disk and its number there say, whatever it is called.

use std::fs::{File, Metadata};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;

use camino::Utf8Path;

pub(super) fn goes_to(file: &Utf8Path) -> bool {
    let Some(there) = file.metadata().ok().filter(Metadata::is_file) else {
        return false;
    };
    let is_it = |ours: BorrowedFd<'_>| {
        let ours = ours.try_clone_to_owned().map(File::from);
        let ours = ours.and_then(|ours| ours.metadata());
        ours.is_ok_and(|ours| (ours.dev(), ours.ino()) == (there.dev(), there.ino()))
    };
    is_it(std::io::stdout().as_fd()) || is_it(std::io::stderr().as_fd())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_prints_into_is_no_output() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("out.txt");
        let file = Utf8Path::from_path(&file).expect("UTF-8");
        crate::system::fs::write_private(file, b"").expect("a file");
        assert!(!goes_to(file) && !goes_to("/no/such/file".into()));
    }
}
