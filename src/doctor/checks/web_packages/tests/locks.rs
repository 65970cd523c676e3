//! Locks that are missing, gone, broken, or of other versions than what is installed.

use super::*;

#[test]
fn a_lock_that_is_gone_comes_back_from_git() {
    let mut packages = packages(&[("next", "^15")], Some(&[("next", "15.0.0")]));
    packages.is_locked = false;
    packages.lost_lock = Some("bun.lock");
    let back = "git checkout HEAD -- bun.lock && bun install";
    let answer = judge(&web(), &packages);
    assert_eq!(answer.status(), Status::Warn);
    assert_eq!(
        answer.findings[0].message,
        "frontend/bun.lock is gone, and the last commit has it"
    );
    assert_eq!(answer.cures, [Cure::new(back).within("frontend")]);
    packages.holed = [("next".to_owned(), "it.js".to_owned())].into();
    let renews = "git checkout HEAD -- bun.lock && rm -rf node_modules/next && bun install";
    assert_eq!(judge(&web(), &packages).cures[0].line, renews);
    // Of what was installed by another manager.
    packages.holed.clear();
    packages.lost_lock = Some("pnpm-lock.yaml");
    let cures = judge(&web(), &packages).cures;
    assert_eq!(
        cures[0].line,
        "git checkout HEAD -- pnpm-lock.yaml && pnpm install"
    );
    packages.lost_lock = Some("bun.lock");
    packages.installed = None;
    assert_eq!(judge(&web(), &packages).cures[0].line, back);
    packages.lock = Some(("frontend/bun.lock".into(), Err(lock::FOLDER.to_owned())));
    let answer = unread(&web(), &packages, &Verdict::Unknown, |_| Kept::Whole);
    let answer = answer.expect("it cannot be read");
    assert_eq!(
        answer.cures[0].line,
        format!("mv bun.lock bun.lock.old && {back}")
    );
    packages.lock = Some(("frontend/bun.lock".into(), Err(lock::leads_nowhere("x"))));
    let answer = unread(&web(), &packages, &Verdict::Unknown, |_| Kept::Whole);
    let help = answer.expect("it cannot be read").findings[0].help.clone();
    assert_eq!(help, Some(format!("(cd frontend && {back})")));
}

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
