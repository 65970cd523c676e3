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
fn a_tool_that_prints_for_ever_has_answered() {
    let place = place(&[("node", "while :; do echo y; done")]);
    let check = place.check("node", &[]);
    check.fails_with("tool/silent", "it answers, but does not end within");
}
