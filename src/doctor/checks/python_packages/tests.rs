use super::*;
use crate::code::lock::UvLock;
use crate::doctor::Status;

mod once;

fn judge(packages: &PythonPackages) -> Answer {
    let sync = if packages.is_workspace {
        "uv sync --all-packages"
    } else {
        "uv sync"
    };
    let wanted = Wanted {
        sync: sync.to_owned(),
        ..Wanted::default()
    };
    super::judge(packages, &wanted, || match packages.lock {
        Some(_) => Kept::Whole,
        None => Kept::Nowhere,
    })
}

fn member(name: &str, dir: &str, requirements: &[&str]) -> Member {
    Member {
        name: name.to_owned(),
        dir: dir.into(),
        requirements: requirements
            .iter()
            .filter_map(|text| Requirement::parse(text))
            .collect(),
        ..Member::default()
    }
}

fn workspace(installed: Option<&[(&str, &str)]>) -> PythonPackages {
    let members = vec![
        member("app", "", &["app-backend", "app-builder"]),
        member("app-backend", "backend", &["fastapi>=0.100"]),
        member(
            "app-builder",
            "builder",
            &["ddgs", "g4f", "colorama; sys_platform == 'win32'"],
        ),
        member("app-sdk", "sdk", &["requests"]),
    ];
    PythonPackages {
        is_workspace: true,
        lock: Some(locked(&members)),
        members,
        installed: installed.map(|pairs| {
            pairs
                .iter()
                .map(|(name, version)| ((*name).to_owned(), (*version).to_owned()))
                .collect()
        }),
        ..PythonPackages::default()
    }
}

/// A lock that was made for these members.
fn locked(members: &[Member]) -> Result<UvLock, String> {
    let package = |member: &Member| {
        let entry = |it: &Requirement| {
            format!(
                "{{ name = \"{}\", specifier = \"{}\" }}",
                it.name, it.bounds
            )
        };
        let asks: Vec<String> = member.requirements.iter().map(entry).collect();
        format!(
            "[[package]]\nname = \"{}\"\n[package.metadata]\nrequires-dist = [{}]\n",
            member.name,
            asks.join(", ")
        )
    };
    uv_lock(&headed(&members.iter().map(package).collect::<String>()))
}

/// What every lock begins with, and its packages.
fn headed(packages: &str) -> String {
    format!("version = 1\nrequires-python = \">=3.9\"\n{packages}")
}

const WHOLE: &[(&str, &str)] = &[
    ("app-backend", "0"),
    ("app-builder", "0"),
    ("fastapi", "0.110.0"),
    ("ddgs", "1"),
    ("g4f", "1"),
];

#[test]
fn what_the_root_reaches_must_be_there() {
    assert_eq!(judge(&workspace(Some(WHOLE))).status(), Status::Pass);
    let none = judge(&workspace(None));
    assert_eq!(none.cures, [Cure::new("uv sync --all-packages")]);
}

#[test]
fn nothing_is_installed_with_a_lock_that_cannot_be_read() {
    for installed in [None, Some(&[][..])] {
        let mut packages = workspace(installed);
        packages.lock = Some(Err("a marker of a merge".to_owned()));
        let answer = judge(&packages);
        assert_eq!(answer.findings.len(), 1);
        assert_eq!(
            answer.findings[0].message,
            "uv.lock cannot be read: a marker of a merge"
        );
        assert_eq!(answer.cures, []);
    }
}

#[test]
fn a_lock_that_git_has_is_brought_back_before_anything_is_installed() {
    let back = "git checkout HEAD -- uv.lock && uv sync --all-packages";
    let wanted = Wanted {
        sync: "uv sync --all-packages".to_owned(),
        ..Wanted::default()
    };
    for installed in [None, Some(WHOLE)] {
        let mut packages = workspace(installed);
        packages.lock = None;
        let lines = |kept| {
            let answer = super::judge(&packages, &wanted, || kept);
            let lines = answer.cures.iter().map(|cure| cure.line.clone());
            lines.collect::<Vec<_>>()
        };
        assert_eq!(lines(Kept::Whole), [back]);
        // One that cannot be read helps nobody.
        for kept in [Kept::Broken, Kept::Nowhere] {
            let anew = match installed {
                None => "uv sync --all-packages",
                Some(_) => "uv lock && uv sync --all-packages",
            };
            assert_eq!(lines(kept), [anew]);
        }
    }
}

#[test]
fn an_environment_is_made_anew_unless_uv_does_so_by_itself() {
    let line = |lost: Lost| {
        let mut packages = workspace(Some(WHOLE));
        packages.lost_interpreter = Some(lost);
        judge(&packages).cures.remove(0).line
    };
    let python = || "/root/python".into();
    assert_eq!(line(Lost::Gone(python())), "uv sync --all-packages");
    let anew = "uv venv --clear && uv sync --all-packages";
    assert_eq!(line(Lost::Closed(python())), anew);
    assert_eq!(line(Lost::Shut(python())), anew);
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_no_environment_is_put_aside() {
    let mut packages = workspace(None);
    let path = camino::Utf8PathBuf::from(".venv");
    let what = Obstacle::Link("../vx".into());
    packages.in_the_way = Some(InTheWay {
        path: path.clone(),
        what,
    });
    let answer = judge(&packages);
    let words = ".venv is a link to ../vx, which is gone";
    assert_eq!(answer.findings[0].message, words);
    assert_eq!(answer.cures[0].line, "rm .venv && uv sync --all-packages");
    for (what, words) in [
        (
            Obstacle::Folder,
            ".venv is no Python environment, and not empty",
        ),
        (
            Obstacle::Undescribed("/usr/bin/python3.12".into()),
            ".venv lacks its pyvenv.cfg: its Python is /usr/bin/python3.12 itself",
        ),
        (
            Obstacle::File,
            ".venv is a file, and leads to no Python environment",
        ),
    ] {
        packages.in_the_way = Some(InTheWay {
            path: path.clone(),
            what,
        });
        let answer = judge(&packages);
        assert_eq!(answer.status(), Status::Fail);
        assert_eq!(answer.findings[0].message, words);
        let line = "mv .venv .venv.old && uv sync --all-packages";
        assert_eq!(answer.cures, [Cure::new(line)]);
    }
}

#[test]
fn a_pruned_environment_is_named_with_its_cause() {
    let pruned = judge(&workspace(Some(&[
        ("app-backend", "0"),
        ("fastapi", "0.110.0"),
    ])));
    let finding = &pruned.findings[0];
    assert_eq!(
        finding.message,
        "the environment is pruned: it lacks packages of builder (ddgs, g4f)"
    );
    assert!(finding.notes[0].contains("a `uv sync` inside backend"));
}

#[test]
fn one_package_that_only_others_need_tells_a_pruned_environment_too() {
    let members = vec![
        member("app", "", &["app-backend", "app-builder"]),
        member("app-backend", "backend", &["fastapi"]),
        member("app-builder", "builder", &["fastapi", "psycopg"]),
    ];
    let packages = |lock: &str, installed: &[&str]| PythonPackages {
        is_workspace: true,
        lock: Some(uv_lock(&headed(lock))),
        members: members.clone(),
        installed: Some(
            installed
                .iter()
                .map(|name| ((*name).to_owned(), "1".to_owned()))
                .collect(),
        ),
        ..PythonPackages::default()
    };
    let lock = "[[package]]\nname = \"app-builder\"\ndependencies = [\n    { name = \"psycopg\" },\n]\n[[package]]\nname = \"psycopg\"\ndependencies = [\n    { name = \"psycopg-binary\", marker = \"os_name == 'posix'\" },\n]\n[[package]]\nname = \"psycopg-binary\"\nversion = \"1\"\n";
    let message = |installed: &[&str]| {
        let answer = judge(&packages(lock, installed));
        answer.findings[0].message.clone()
    };
    assert_eq!(
        message(&["fastapi"]),
        "the environment is pruned: it lacks packages of builder (psycopg)"
    );
    // What came with it is still there: somebody removed the one.
    assert_eq!(
        message(&["fastapi", "psycopg-binary"]),
        "1 package not installed: psycopg"
    );
    assert_eq!(message(&["psycopg"]), "1 package not installed: fastapi");
}

#[test]
fn what_the_tests_need_is_a_warning() {
    let mut packages = workspace(Some(WHOLE));
    packages.lock = None;
    packages.members[0].default_groups = vec!["dev".to_owned()];
    let pytest = Requirement::parse("pytest==9").expect("valid");
    packages.members[0].groups = [("dev".to_owned(), vec![pytest])].into();
    let answer = judge(&packages);
    assert_eq!(answer.status(), Status::Warn);
    let messages: Vec<&str> = answer
        .findings
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "packages of the group dev are not installed: pytest",
            "there is no uv.lock: every installation may get other versions"
        ]
    );
}

#[test]
fn versions_outside_the_bounds_fail() {
    let mut old = WHOLE.to_vec();
    old[2] = ("fastapi", "0.95.0");
    let answer = judge(&workspace(Some(&old)));
    assert_eq!(answer.status(), Status::Fail);
    assert!(
        answer.findings[0]
            .message
            .contains("fastapi 0.95.0, app-backend needs >=0.100")
    );
}

#[test]
fn an_environment_that_cannot_run_is_made_anew() {
    let mut packages = workspace(Some(WHOLE));
    packages.lost_interpreter = Some(Lost::Closed("/root/python".into()));
    assert!(
        judge(&packages).findings[0]
            .message
            .contains("closed to us: /root/python")
    );
    packages.lost_interpreter = Some(Lost::Shut("/app/.venv/bin/python".into()));
    assert_eq!(
        judge(&packages).cures[0].line,
        "uv venv --clear && uv sync --all-packages"
    );
    packages.lost_interpreter = Some(Lost::Gone("/nonexist/python".into()));
    let answer = judge(&packages);
    assert_eq!(answer.status(), Status::Fail);
    assert!(answer.findings[0].message.ends_with("no /nonexist/python"));
    assert_eq!(answer.cures, [Cure::new("uv sync --all-packages")]);
    packages.lost_interpreter = None;
    packages.hollow = vec!["g4f".to_owned()];
    let answer = judge(&packages);
    assert_eq!(
        answer.cures,
        [Cure::new("uv sync --all-packages --reinstall-package g4f")]
    );
    packages.hollow = Vec::new();
    packages.lost_programs = [("celery".to_owned(), vec!["celery".to_owned()])].into();
    let answer = judge(&packages);
    assert_eq!(
        answer.findings[0].message,
        "programs of installed packages are gone: celery"
    );
    assert_eq!(
        answer.cures,
        [Cure::new(
            "uv sync --all-packages --reinstall-package celery"
        )]
    );
}

#[test]
fn an_environment_of_another_folder_is_made_anew() {
    let mut packages = workspace(Some(WHOLE));
    packages.elsewhere = Some(Elsewhere {
        interpreter: "/old/.venv/bin/python".into(),
        is_there: false,
    });
    let answer = judge(&packages);
    assert_eq!(answer.status(), Status::Fail);
    assert_eq!(
        answer.findings[0].message,
        "no program of the environment starts: they look for /old/.venv/bin/python, which is gone"
    );
    assert_eq!(
        answer.cures[0].line,
        "uv venv --clear && uv sync --all-packages"
    );
}

#[test]
fn what_is_installed_instead_on_purpose_fits() {
    let mut old = WHOLE.to_vec();
    old[2] = ("fastapi", "0.95.0");
    let mut packages = workspace(Some(&old));
    let mut fits = |overrides: &[&str]| {
        let all = overrides.iter().filter_map(|it| Requirement::parse(it));
        packages.everywhere.overrides = all.collect();
        let found = judge(&packages).findings;
        !found.iter().any(|it| it.message.contains("do not fit"))
    };
    assert!(fits(&["fastapi==0.95.0"]));
    assert!(fits(&["fastapi"]));
    assert!(!fits(&["fastapi==0.96.0"]));
    assert!(!fits(&["ddgs==1"]));
}

#[test]
fn what_a_chosen_extra_adds_must_be_there() {
    let mut packages = workspace(Some(WHOLE));
    packages.lock = None;
    let blob = Requirement::parse("azure-storage-blob==12").expect("valid");
    packages.members[1].extras = [("azure".to_owned(), vec![blob])].into();
    let status = |extras: &[&str]| {
        let wanted = Wanted {
            extras: extras.iter().map(|it| (*it).to_owned()).collect(),
            sync: "uv sync --all-packages --extra azure".to_owned(),
            ..Wanted::default()
        };
        super::judge(&packages, &wanted, || Kept::Nowhere)
    };
    assert_eq!(status(&[]).status(), Status::Warn, "there is no lock");
    let lacks = status(&["azure"]);
    assert_eq!(lacks.status(), Status::Fail);
    assert_eq!(
        lacks.findings[0].message,
        "packages of the extra azure are not installed: azure-storage-blob"
    );
    assert_eq!(lacks.cures[0].line, "uv sync --all-packages --extra azure");
}

fn told(variables: &[(&str, &str)]) -> Wanted {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Wanted {
        sync: "uv sync --all-packages".to_owned(),
        told: Told::of(&variables.iter().map(pair).collect()),
        ..Wanted::default()
    }
}

#[test]
fn groups_that_are_left_out_on_purpose_are_not_missed() {
    let mut packages = workspace(Some(WHOLE));
    let pytest = Requirement::parse("pytest").expect("valid");
    packages.members[0].groups = [("dev".to_owned(), vec![pytest])].into();
    packages.members[0].default_groups = vec!["dev".to_owned()];
    packages.lock = None;
    let messages = |variables: &[(&str, &str)]| {
        let answer = super::judge(&packages, &told(variables), || Kept::Nowhere);
        let findings = answer.findings.into_iter();
        findings.map(|it| it.message).collect::<Vec<_>>().join("\n")
    };
    assert!(messages(&[]).contains("packages of the group dev"));
    assert!(!messages(&[("UV_NO_DEV", "1")]).contains("group"));
}

#[cfg(unix)]
#[test]
fn what_keeps_the_lock_as_it_is_is_passed_over() {
    let mut packages = workspace(Some(WHOLE));
    let wanted = told(&[("UV_FROZEN", "1")]);
    let judge = |packages: &PythonPackages| super::judge(packages, &wanted, || Kept::Whole);
    assert_eq!(judge(&packages).status(), Status::Pass);
    packages.members[1] = member("app-backend", "backend", &["fastapi>=0.100", "tenacity"]);
    let answer = judge(&packages);
    let lines: Vec<&str> = answer.cures.iter().map(|cure| cure.line.as_str()).collect();
    let sync = "env -u UV_FROZEN uv sync --all-packages";
    let lock = format!("env -u UV_FROZEN uv lock && {sync}");
    assert_eq!(lines, [sync, &lock]);
    let notes = &answer.findings[1].notes;
    assert_eq!(
        notes.as_slice(),
        ["UV_FROZEN in the process environment keeps uv from changing the lock"]
    );
}

#[test]
fn packages_of_which_a_file_is_gone_are_installed_anew() {
    let mut packages = workspace(Some(WHOLE));
    packages.holed = [("fastapi".to_owned(), "fastapi/routing.py".to_owned())].into();
    let answer = judge(&packages);
    assert_eq!(
        answer.findings[0].message,
        "files of fastapi are gone: fastapi/routing.py"
    );
    assert_eq!(
        answer.cures[0].line,
        "uv sync --all-packages --reinstall-package fastapi"
    );
}

#[test]
fn a_moved_workspace_tells_of_its_lock_too() {
    let mut packages = workspace(Some(WHOLE));
    packages.elsewhere = Some(Elsewhere {
        interpreter: "/old/.venv/bin/python".into(),
        is_there: true,
    });
    assert_eq!(judge(&packages).findings.len(), 1);
    packages.members[1] = member("app-backend", "backend", &["fastapi>=0.100", "tenacity"]);
    let answer = judge(&packages);
    assert_eq!(
        answer.findings[1].message,
        "uv.lock is older than the manifests: app-backend (tenacity)"
    );
    assert_eq!(answer.cures.len(), 2);
}

#[cfg(unix)]
#[test]
fn a_folder_in_the_place_of_the_lock_is_put_aside() {
    let mut packages = workspace(None);
    packages.lock = Some(Err("it is a folder".to_owned()));
    packages.lock_is_folder = true;
    let answer = judge(&packages);
    assert_eq!(
        answer.findings[0].message,
        "uv.lock cannot be read: it is a folder"
    );
    assert_eq!(
        answer.findings[0].help.as_deref(),
        Some("mv uv.lock uv.lock.old && git checkout HEAD -- uv.lock && uv lock")
    );
}
