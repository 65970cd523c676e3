//! Programs that come first on PATH and are none, and those that PATH does not lead to.

use std::fs;

use super::tools::place;

/// A program for a machine that is not this one. Whoever runs it line by line makes a file.
#[cfg(target_os = "linux")]
fn foreign() -> Vec<u8> {
    let machine = if cfg!(target_arch = "aarch64") {
        62
    } else {
        183
    };
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(18, 0);
    bytes.extend([machine, 0, 1]);
    bytes.resize(64, 0);
    bytes.extend(b"\n: > ran\n");
    bytes
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_for_another_machine_is_no_script() {
    use std::os::unix::fs::PermissionsExt;

    let mut place = place(&[]);
    place.program("more/node", "echo v22.1.0");
    let (first, more) = (place.file("bin"), place.file("more"));
    place.set("PATH", &format!("{}:{}", first.display(), more.display()));
    let data = place.file("data");
    fs::write(&data, foreign()).expect("a file");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).expect("its mode");
    crate::support::executable_copy(&data, &first.join("node"));
    let check = place.check("node", &[]);
    check.fails_with("tool/silent", "bin/node is a program for another machine (");
    assert!(!place.file("ran").exists());
    let line = format!("mv {0} {0}.off", first.join("node").display());
    assert_eq!(check.help(), line);
    let put_aside = place.follow(&format!("PATH=/usr/bin:/bin; {line}"), "");
    assert_eq!(put_aside.code, Some(0), "{}", put_aside.err);
    assert_eq!(place.check("node", &[]).status(), "pass");
    // A text without a first line for the system is the shell's, as ever.
    crate::support::executable(&first.join("node"), "echo v22.2.0\n");
    assert_eq!(place.check("node", &[]).found(), "22.2.0");
}

#[test]
fn a_version_that_fits_and_that_path_does_not_know_is_not_installed_again() {
    let mut place = place(&[]);
    place.write(
        "frontend/package.json",
        "{\"engines\": {\"node\": \">=99\"}}",
    );
    let versions = "home/.nvm/versions/node";
    for version in ["v98.0.0", "v99.1.0", "v100.2.0", "v101.0.0"] {
        let body = match version {
            "v101.0.0" => "exit 1".to_owned(),
            version => format!("echo {version}"),
        };
        place.program(&format!("{versions}/{version}/bin/node"), &body);
    }
    let check = place.check("node", &[]);
    check.fails_with("tool/missing", "v100.2.0/bin, which is not on PATH");
    let folder = place.file(versions).join("v100.2.0/bin");
    let folder = folder.to_str().expect("UTF-8").to_owned();
    assert_eq!(check.help(), format!("export PATH=\"{folder}:$PATH\""));
    place.set("PATH", &folder);
    assert_eq!(place.check("node", &[]).status(), "pass");
}

#[test]
fn a_python_that_keeps_uv_waiting_is_put_aside_and_none_installed() {
    let mut place = place(&[]);
    place.program("more/python3", "echo Python 3.12.4");
    place.program("front/python3", "echo Python 3.12.1");
    let (front, bin, more) = (place.file("front"), place.file("bin"), place.file("more"));
    // As uv waits for one whose daemon has its output open.
    let waits = format!(
        "case \"$*\" in --version) echo 'uv 0.9.1'; exit;; esac\ncase \"$PATH\" in *{front}*) [ -e {front}/python3 ] && exec /bin/sleep 60;; esac\necho {more}/python3",
        front = front.display(),
        more = more.display()
    );
    place.program("bin/uv", &waits);
    let all = [&front, &bin, &more].map(|folder| folder.display().to_string());
    place.set("PATH", &format!("{}:/usr/bin:/bin", all.join(":")));
    let check = place.check("python", &[]);
    check.fails_with("tool/silent", "no answer within");
    let told = check.text();
    assert!(
        told.contains("front/python3 keeps uv waiting, and comes first; one behind it fits"),
        "{told}"
    );
    assert!(!told.contains("python install"), "{told}");
    assert_eq!(
        check.help(),
        format!("mv {0} {0}.off", front.join("python3").display())
    );
    assert_eq!(place.follow(check.help(), "").code, Some(0));
    assert_eq!(place.check("python", &[]).status(), "pass");
}

#[test]
fn a_tool_that_prints_for_ever_has_answered() {
    let place = place(&[("node", "while :; do echo y; done")]);
    let check = place.check("node", &[]);
    check.fails_with("tool/silent", "it answers, but does not end within");
}

#[test]
fn a_relative_entry_of_path_is_told_where_it_leads_to_another_tool() {
    let mut place = place(&[("uv", "echo 'uv 0.9.1'")]);
    place.program("rel/uv", "exit 3");
    let bin = place.file("bin").to_str().expect("UTF-8").to_owned();
    for (entry, words) in [
        ("rel", "the relative entry `rel`"),
        ("rel/../rel", "entry `rel/../rel`"),
    ] {
        place.set("PATH", &format!("{entry}:{bin}"));
        let check = place.check("uv", &[]);
        assert_eq!(check.status(), "warn", "{}", check.text());
        assert!(check.text().contains(words), "{}", check.text());
        assert_eq!(check.help(), format!("export PATH=\"{bin}:$PATH\""));
        place.set("PATH", &format!("{bin}:{entry}:{bin}"));
        assert_eq!(place.check("uv", &[]).status(), "pass");
    }
    // Behind the tool, and where nothing of its name is.
    fs::remove_file(place.file("rel/uv")).expect("removed");
    place.set("PATH", &format!("rel::{bin}"));
    assert_eq!(place.check("uv", &[]).status(), "pass");
}
