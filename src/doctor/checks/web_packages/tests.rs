use super::*;
use crate::code::lock::WebLock;
use crate::doctor::Status;
use crate::gather::restraint::Restraint;
#[cfg(unix)]
use crate::gather::venv::InTheWay;
use crate::workspace::stack::Manager;

mod locks;

fn judge(web: &Web, packages: &WebPackages) -> Answer {
    judged(web, packages, &Verdict::Unknown)
}

fn web() -> Web {
    Web {
        dir: "frontend".into(),
        top: "frontend".into(),
        manager: Manager::Bun,
        fixed_port: None,
        has_dev: true,
        is_next: true,
    }
}

fn packages(asked: &[(&str, &str)], installed: Option<&[(&str, &str)]>) -> WebPackages {
    let map = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    };
    WebPackages {
        asked: map(asked),
        installed: installed.map(map),
        is_locked: true,
        ..WebPackages::default()
    }
}

#[test]
fn what_package_json_names_must_be_there_and_fit() {
    let status = |asked: &[(&str, &str)], installed: Option<&[(&str, &str)]>| {
        judge(&web(), &packages(asked, installed)).status()
    };
    assert_eq!(
        status(&[("next", "^15.0.0")], Some(&[("next", "15.2.1")])),
        Status::Pass
    );
    assert_eq!(
        status(&[("next", "^15.0.0")], Some(&[("next", "14.2.1")])),
        Status::Fail
    );
    assert_eq!(
        status(
            &[("a", "latest"), ("b", "npm:c@^1")],
            Some(&[("a", "1.0.0"), ("b", "9.0.0")])
        ),
        Status::Pass
    );
    assert_eq!(status(&[("next", "^15")], Some(&[])), Status::Fail);
    let none = judge(&web(), &packages(&[("next", "^15")], None));
    assert_eq!(none.cures, [Cure::new("bun install").within("frontend")]);
}

#[cfg(unix)]
#[test]
fn what_is_in_the_place_of_node_modules_is_put_aside() {
    let mut packages = packages(&[("next", "^15")], None);
    for (what, message, line) in [
        (
            Obstacle::Link("gone".into()),
            "frontend/node_modules is a link to gone, which is gone",
            "rm node_modules && bun install",
        ),
        (
            Obstacle::File,
            "frontend/node_modules is a file, where packages are to be",
            "mv node_modules node_modules.old && bun install",
        ),
    ] {
        let path = "node_modules".into();
        packages.in_the_way = Some(InTheWay { path, what });
        let answer = judge(&web(), &packages);
        assert_eq!(answer.findings[0].message, message);
        assert_eq!(answer.cures, [Cure::new(line).within("frontend")]);
    }
}

#[test]
fn a_catalog_that_was_changed_since_is_named() {
    let told = |then: &str, now: &str, installed: &str| {
        let mut packages = packages(&[("a", "catalog:")], Some(&[("a", installed)]));
        packages.catalogued = [("a".to_owned(), now.to_owned())].into();
        let lock = WebLock {
            asked: packages.asked.clone(),
            catalogued: [("a".to_owned(), then.to_owned())].into(),
            ..WebLock::default()
        };
        packages.lock = Some(("frontend/bun.lock".into(), Ok(lock)));
        let answer = judge(&web(), &packages);
        let messages = answer.findings.iter().map(|it| it.message.clone());
        messages.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(told("7.0.0", "7.0.0", "7.0.0"), "");
    // Also one that has the version: so says `bun install --frozen-lockfile`.
    let older = "frontend/bun.lock is older than package.json: a";
    assert_eq!(told("7.0.0", "^7.0.0", "7.0.0"), older);
    let unfit = told("7.0.0", "^6.0.0", "7.0.0");
    assert_eq!(
        unfit,
        format!("installed versions do not fit: a 7.0.0, needs ^6.0.0\n{older}")
    );
}

#[test]
fn overrides_of_another_manifest_are_named() {
    let told = |fixed: &[(&str, &str)], overridden: &[(&str, Option<&str>)]| {
        let mut packages = packages(&[("next", "^15")], Some(&[("next", "15.0.0")]));
        let own = |text: &str| text.to_owned();
        let all = overridden.iter();
        packages.overridden = all.map(|(name, it)| (own(name), it.map(own))).collect();
        let lock = WebLock {
            asked: packages.asked.clone(),
            fixed: fixed
                .iter()
                .map(|(name, it)| (own(name), own(it)))
                .collect(),
            ..WebLock::default()
        };
        packages.lock = Some(("frontend/bun.lock".into(), Ok(lock)));
        let answer = judge(&web(), &packages);
        answer.findings.first().map(|it| it.message.clone())
    };
    let older = |name: &str| {
        Some(format!(
            "frontend/bun.lock is older than package.json: {name}"
        ))
    };
    assert_eq!(told(&[], &[("a", Some("1"))]), older("a"));
    assert_eq!(told(&[("a", "1")], &[("a", Some("2"))]), older("a"));
    assert_eq!(told(&[("a", "1")], &[]), older("a"));
    // What depends on more than the name is written otherwise.
    assert_eq!(
        told(
            &[("a", "1"), ("b@3", "2")],
            &[("a", Some("1")), ("c", None)]
        ),
        None
    );
}

#[test]
fn overrides_within_a_package_and_new_workspaces_are_named() {
    let told = |then: Option<&str>, now: Option<Option<&str>>, workspaces: [&[&str]; 2]| {
        let mut packages = packages(&[("next", "^15")], Some(&[("next", "15.0.0")]));
        let own = |text: &str| text.to_owned();
        let [before, after] = workspaces.map(|all| all.iter().map(|it| own(it)).collect());
        packages.workspaces = Some(after);
        let inner = now.map(|now| (own("next"), [(own("postcss"), now.map(own))].into()));
        packages.overridden_within = inner.into_iter().collect();
        let inner = then.filter(|it| !it.is_empty());
        let inner = inner.map(|then| (own("next"), [(own("postcss"), own(then))].into()));
        let lock = WebLock {
            asked: packages.asked.clone(),
            workspaces: before,
            fixed_within: then.map(|_| inner.into_iter().collect()),
            ..WebLock::default()
        };
        packages.lock = Some(("frontend/bun.lock".into(), Ok(lock)));
        let answer = judge(&web(), &packages);
        answer.findings.first().map(|it| it.message.clone())
    };
    let older = |name: &str| {
        Some(format!(
            "frontend/bun.lock is older than package.json: {name}"
        ))
    };
    let none: [&[&str]; 2] = [&[], &[]];
    assert_eq!(told(Some(""), Some(Some("8")), none), older("next"));
    assert_eq!(told(Some("8"), None, none), older("next"));
    assert_eq!(told(Some("8"), Some(Some("9")), none), older("next"));
    assert_eq!(told(Some("8"), Some(Some("8")), none), None);
    // What refers to another entry is written out in the lock, and a lock of an older bun has nothing of it.
    assert_eq!(told(Some("8"), Some(None), none), None);
    assert_eq!(told(None, Some(Some("8")), none), None);
    let ui = ["packages/ui"];
    assert_eq!(told(None, None, [&[], &ui]), older("packages/ui"));
    assert_eq!(told(None, None, [&ui, &ui]), None);
    assert_eq!(told(None, None, [&ui, &[]]), None);
}

#[test]
fn what_is_left_of_packages_is_told_with_what_mends_it() {
    let whole = || packages(&[("next", "^16")], Some(&[("next", "16.1.0")]));
    let told = |packages: &WebPackages| {
        let answer = judge(&web(), packages);
        let messages = answer.findings.iter().map(|it| it.message.clone());
        let lines = answer.cures.iter().map(|it| it.line.clone());
        (messages.collect::<Vec<_>>(), lines.collect::<Vec<_>>())
    };
    let one = |message: &str, line: &str| (vec![message.to_owned()], vec![line.to_owned()]);
    let mut side = whole();
    side.absent = vec!["scheduler".to_owned()];
    assert_eq!(
        told(&side),
        one("1 package not installed: scheduler", "bun install")
    );
    side = whole();
    side.absent_here = vec!["@next/swc-linux-x64-gnu".to_owned()];
    assert_eq!(
        told(&side),
        one(
            "packages for this kind of machine are not installed: @next/swc-linux-x64-gnu",
            "bun install"
        )
    );
    side = whole();
    side.absent_here = vec![
        "@esbuild/linux-x64".to_owned(),
        "@img/sharp-linux-x64".to_owned(),
    ];
    let answer = judge(&web(), &side);
    let severities: Vec<Severity> = answer.findings.iter().map(|it| it.severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Warning]);
    assert_eq!(
        answer.findings[0].message,
        "packages for this kind of machine are not installed: @esbuild/linux-x64"
    );
    // Who asks for sharp itself has no use for one that fails.
    side.asked.insert("sharp".to_owned(), "*".to_owned());
    side.installed = Some(side.asked.clone());
    let answer = judge(&web(), &side);
    let last = answer
        .findings
        .iter()
        .find(|it| it.message.contains("@img"));
    assert_eq!(last.map(|it| it.severity), Some(Severity::Error));
    side = whole();
    side.hollow = vec!["next".to_owned()];
    assert_eq!(
        told(&side),
        one(
            "the files of installed packages are gone: next",
            "bun install --force"
        )
    );
    side = whole();
    side.shut_programs = vec!["frontend/node_modules/.bin/next".into()];
    assert_eq!(
        told(&side),
        one(
            "programs may not be run: next",
            "chmod +x frontend/node_modules/.bin/next"
        )
    );
    side = whole();
    side.lost_programs = vec!["next".to_owned()];
    assert_eq!(
        told(&side),
        one(
            "programs of installed packages are gone: next",
            "bun install"
        )
    );
    side = whole();
    let lock = WebLock {
        asked: side.asked.clone(),
        versions: [("next".to_owned(), "16.4.6".to_owned())].into(),
        ..WebLock::default()
    };
    side.lock = Some(("frontend/bun.lock".into(), Ok(lock)));
    assert_eq!(
        told(&side),
        one(
            "installed are other versions than frontend/bun.lock has: next 16.1.0, locked 16.4.6",
            "bun install"
        )
    );
}

#[test]
fn what_is_installed_instead_on_purpose_fits() {
    let mut side = packages(&[("next", "^15")], Some(&[("next", "16.1.0")]));
    let mut status = |instead: Option<&str>| {
        let instead = instead.map(str::to_owned);
        side.overridden = [("next".to_owned(), instead)].into();
        judge(&web(), &side).status()
    };
    assert_eq!(status(Some("16.1.0")), Status::Pass);
    assert_eq!(status(None), Status::Pass);
    assert_eq!(status(Some("^17")), Status::Fail);
}

#[test]
fn yarn_has_what_is_asked_for_or_what_counts_instead_at_the_top() {
    let status = |manager, installed: &str| {
        let mut side = packages(&[("react-is", "^18")], Some(&[("react-is", installed)]));
        side.overridden = [("react-is".to_owned(), Some("17.0.2".to_owned()))].into();
        judge(&Web { manager, ..web() }, &side).status()
    };
    assert_eq!(status(Manager::Yarn, "18.3.1"), Status::Pass);
    assert_eq!(status(Manager::Yarn, "17.0.2"), Status::Pass);
    assert_eq!(status(Manager::Yarn, "16.0.0"), Status::Fail);
    assert_eq!(status(Manager::Npm, "18.3.1"), Status::Fail);
}

#[test]
fn what_the_lock_alone_overrides_fits() {
    let mut side = packages(
        &[("nanoid", "^5"), ("ms", "2")],
        Some(&[("nanoid", "4.0.2")]),
    );
    let set = |name: &str| [name.to_owned()].into();
    let lock = WebLock {
        overridden: ["nanoid", "ms"].map(str::to_owned).into(),
        removed: set("ms"),
        versions: [("nanoid".to_owned(), "4.0.2".to_owned())].into(),
        ..WebLock::default()
    };
    side.lock = Some(("frontend/pnpm-lock.yaml".into(), Ok(lock)));
    let manager = Manager::Pnpm;
    let status = |side: &WebPackages| judge(&Web { manager, ..web() }, side).status();
    assert_eq!(status(&side), Status::Pass);
    // What lies there is still what is locked, or is told.
    side.installed = Some([("nanoid".to_owned(), "4.0.1".to_owned())].into());
    assert_eq!(status(&side), Status::Warn);
}

#[test]
fn archives_need_no_folder_and_another_managers_lock_is_named() {
    let mut side = packages(&[("next", "^16")], None);
    side.is_plug_and_play = true;
    assert_eq!(judge(&web(), &side).status(), Status::Pass);
    side.is_locked = false;
    side.other_lock = Some("frontend/yarn.lock".into());
    let answer = judge(&web(), &side);
    assert_eq!(
        answer.findings[0].notes,
        ["frontend/yarn.lock is another manager's: bun does not read it"]
    );
}

#[test]
fn a_lock_that_a_frozen_installation_takes_is_in_step() {
    let stale = |manager, locked: (&str, &str), now: &str| {
        let mut side = packages(&[("zod", now)], Some(&[("zod", locked.1)]));
        let lock = WebLock {
            asked: [("zod".to_owned(), locked.0.to_owned())].into(),
            versions: [("zod".to_owned(), locked.1.to_owned())].into(),
            ..WebLock::default()
        };
        side.lock = Some(("frontend/the lock".into(), Ok(lock)));
        let web = Web { manager, ..web() };
        judge(&web, &side).status() == Status::Warn
    };
    for manager in [Manager::Npm, Manager::Bun] {
        assert!(!stale(manager, ("^4.0.0", "4.6.7"), "^4.1"));
        assert!(!stale(manager, ("^4.0.0", "4.6.7"), "*"));
        assert!(stale(manager, ("^4.0.0", "4.6.7"), "latest"));
        assert!(stale(manager, ("github:a/zod", "4.6.7"), "^4.1"));
    }
    assert!(stale(Manager::Pnpm, ("^4.0.0", "4.6.7"), "^4.1"));
    assert!(stale(Manager::Yarn, ("^4.0.0", "4.6.7"), "^4.1"));
    assert!(!stale(Manager::Pnpm, ("catalog:", "4.6.7"), "catalog:"));
}

#[test]
fn what_is_gone_from_the_manifest_is_told_where_the_manager_minds() {
    let status = |manager| {
        let mut side = packages(&[("zod", "4")], Some(&[("zod", "4.6.7")]));
        let mut lock = WebLock {
            asked: side.asked.clone(),
            ..WebLock::default()
        };
        lock.asked.insert("react".to_owned(), "19".to_owned());
        side.lock = Some(("frontend/the lock".into(), Ok(lock)));
        judge(&Web { manager, ..web() }, &side).status()
    };
    assert_eq!(status(Manager::Npm), Status::Pass);
    assert_eq!(status(Manager::Bun), Status::Warn);
    assert_eq!(status(Manager::Pnpm), Status::Pass);
}

fn restraint(past: Option<&'static str>) -> Restraint {
    Restraint {
        what: "frontend/bunfig.toml:2 (production = true)".to_owned(),
        file: Some(("bunfig.toml".into(), 2)),
        past,
    }
}

#[test]
fn what_a_setting_leaves_out_is_told_with_it() {
    let mut packages = packages(
        &[("next", "^15"), ("drizzle-kit", "^0.31")],
        Some(&[("next", "15.0.0")]),
    );
    packages.absent = vec!["esbuild".to_owned()];
    packages.dev_only = ["drizzle-kit".to_owned()].into();
    assert_eq!(judge(&web(), &packages).status(), Status::Fail);
    packages.restraints.without_dev = Some(restraint(Some("--config=/dev/null")));
    let answer = judge(&web(), &packages);
    assert_eq!(answer.status(), Status::Warn);
    assert_eq!(
        answer.findings[0].message,
        "2 packages not installed: drizzle-kit, esbuild"
    );
    assert_eq!(
        answer.findings[0].notes,
        ["frontend/bunfig.toml:2 (production = true) leaves out devDependencies"]
    );
    let cure = Cure::new("bun install --config=/dev/null").within("frontend");
    assert_eq!(answer.cures, [cure]);
    // Where the file has more to say, a person changes it.
    packages.restraints.without_dev = Some(restraint(None));
    let answer = judge(&web(), &packages);
    assert!(answer.cures[0].asks && answer.cures[0].line.ends_with("bunfig.toml && bun install"));
    packages.installed = Some([("drizzle-kit".to_owned(), "0.31.0".to_owned())].into());
    assert_eq!(judge(&web(), &packages).status(), Status::Fail);
}

#[test]
fn a_lock_that_a_setting_keeps_is_written_past_it() {
    let mut packages = packages(&[("next", "^15")], Some(&[("next", "15.0.0")]));
    packages.restraints.frozen = Some(restraint(Some("--config=/dev/null")));
    assert_eq!(judge(&web(), &packages).cures, []);
    packages.is_locked = false;
    let answer = judge(&web(), &packages);
    assert_eq!(answer.cures[0].line, "bun install --config=/dev/null");
    assert_eq!(
        answer.findings[0].notes,
        ["frontend/bunfig.toml:2 (production = true) keeps the lock as it is"]
    );
}

#[test]
fn packages_whose_programs_are_gone_are_installed_anew() {
    let mut packages = packages(&[("next", "^15")], Some(&[("next", "15.0.0")]));
    packages.gutted = ["@a/b".to_owned(), "next".to_owned()].into();
    let line = |packages: &WebPackages| judge(&web(), packages).cures[0].line.clone();
    assert_eq!(
        line(&packages),
        "rm -rf node_modules/@a/b node_modules/next && bun install"
    );
    packages.holed = [("react".to_owned(), "index.js".to_owned())].into();
    let answer = judge(&web(), &packages);
    let message = "files of installed packages are gone: @a/b, next, react (index.js)";
    assert_eq!(answer.findings.len(), 1);
    assert_eq!(answer.findings[0].message, message);
    let all = "rm -rf node_modules/@a/b node_modules/next node_modules/react && bun install";
    assert!(answer.cures.iter().all(|it| it.line == all));
    packages.is_isolated = true;
    assert_eq!(line(&packages), "bun install --force");
}

#[test]
fn what_an_installation_that_was_broken_off_leaves_is_one_matter() {
    let mut packages = packages(
        &[("next", "^15"), ("zod", "*")],
        Some(&[("next", "15.0.0")]),
    );
    packages.lost_programs = vec!["next".to_owned()];
    packages.gutted = ["react".to_owned()].into();
    let answer = judge(&web(), &packages);
    let messages: Vec<&str> = answer.findings.iter().map(|it| &*it.message).collect();
    assert_eq!(
        messages,
        [
            "1 package not installed: zod",
            "files of installed packages are gone: react"
        ]
    );
    let beside = "programs of installed packages are gone: next";
    assert_eq!(answer.findings[0].notes[0], beside);
    assert_eq!(answer.cures.len(), 2);
}

#[cfg(unix)]
#[test]
fn a_folder_in_the_place_of_the_lock_is_put_aside() {
    let mut packages = packages(&[("next", "^15")], None);
    packages.lock = Some(("frontend/bun.lock".into(), Err(lock::FOLDER.to_owned())));
    let answer =
        unread(&web(), &packages, &Verdict::Unknown, |_| Kept::Nowhere).expect("a finding");
    assert_eq!(
        answer.findings[0].message,
        "frontend/bun.lock cannot be read: it is a folder"
    );
    assert_eq!(
        answer.cures[0].line,
        "mv bun.lock bun.lock.old && bun install"
    );
}
