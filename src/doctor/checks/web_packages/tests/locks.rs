//! Locks that are missing, gone, broken, or of other versions than what is installed.

use super::*;

#[test]
fn what_is_noted_of_a_build_makes_no_other_version() {
    let mut packages = packages(&[("a", "*")], Some(&[("a", "3.41.2+build.1")]));
    let lock = |version: &str| WebLock {
        asked: [("a".to_owned(), "*".to_owned())].into(),
        versions: [("a".to_owned(), version.to_owned())].into(),
        ..WebLock::default()
    };
    packages.lock = Some(("frontend/bun.lock".into(), Ok(lock("3.41.2"))));
    assert_eq!(judge(&web(), &packages).status(), Status::Pass);
    packages.lock = Some(("frontend/bun.lock".into(), Ok(lock("3.41.1"))));
    assert_eq!(judge(&web(), &packages).status(), Status::Warn);
}

#[test]
fn a_lock_that_cannot_be_read_comes_back_from_git_where_git_has_it() {
    let mut packages = packages(&[("next", "^15")], None);
    let help = |packages: &WebPackages, kept: Kept| {
        let answer = unread(&web(), packages, &Verdict::Unknown, |_| kept)?;
        answer.findings[0].help.clone()
    };
    assert_eq!(help(&packages, Kept::Whole), None);
    packages.lock = Some(("frontend/bun.lockb".into(), Err("it is cut off".to_owned())));
    assert_eq!(
        help(&packages, Kept::Whole).as_deref(),
        Some("(cd frontend && git checkout HEAD -- bun.lockb && bun install)")
    );
    for kept in [Kept::Broken, Kept::Nowhere] {
        assert_eq!(
            help(&packages, kept).as_deref(),
            Some("(cd frontend && bun install)")
        );
    }
}

#[test]
fn a_lock_that_is_missing_is_made() {
    let mut packages = packages(&[("next", "^15")], Some(&[("next", "15.0.0")]));
    packages.is_locked = false;
    let answer = judge(&web(), &packages);
    assert_eq!(answer.status(), Status::Warn);
    assert_eq!(
        answer.findings[0].message,
        "frontend has no lock: every installation may get other versions"
    );
    assert_eq!(answer.cures, [Cure::new("bun install").within("frontend")]);
}

#[test]
fn a_lock_of_another_manifest_is_named() {
    let mut packages = packages(&[("next", "^15")], Some(&[("next", "15.0.0")]));
    let lock = WebLock {
        asked: [("next".to_owned(), "^14".to_owned())].into(),
        ..WebLock::default()
    };
    packages.lock = Some(("frontend/bun.lock".into(), Ok(lock)));
    let answer = judge(&web(), &packages);
    assert_eq!(answer.status(), Status::Warn);
    assert_eq!(
        answer.findings[0].message,
        "frontend/bun.lock is older than package.json: next"
    );
}
