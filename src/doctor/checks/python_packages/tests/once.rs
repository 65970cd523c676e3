//! One matter is one finding.

use super::super::PythonPackages;
use super::{WHOLE, judge, workspace};

#[test]
fn a_version_that_does_not_fit_is_told_once() {
    let mut old = WHOLE.to_vec();
    old[2] = ("fastapi", "0.95.0");
    let packages = |installed: &[(&str, &str)], locked: &str| {
        let mut packages = workspace(Some(installed));
        if let Some(Ok(lock)) = &mut packages.lock {
            let version = [locked.to_owned()].into();
            lock.versions.insert("fastapi".to_owned(), version);
        }
        packages
    };
    let told = |packages: &PythonPackages| {
        let answer = judge(packages);
        let messages = answer.findings.iter().map(|it| it.message.clone());
        let lines = answer.cures.iter().map(|it| it.line.clone());
        (messages.collect::<Vec<_>>(), lines.collect::<Vec<_>>())
    };
    // The lock is in step: nothing is to be locked anew.
    let sync = vec!["uv sync --all-packages".to_owned()];
    let unfit = "installed versions do not fit: fastapi 0.95.0, app-backend needs >=0.100";
    assert_eq!(
        told(&packages(&old, "0.110.0")),
        (vec![unfit.to_owned()], sync.clone())
    );
    let other = "installed are other versions than uv.lock has: fastapi 0.110.0";
    assert_eq!(
        told(&packages(WHOLE, "0.111.0")),
        (vec![other.to_owned()], sync)
    );
}
