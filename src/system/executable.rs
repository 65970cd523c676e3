//! What kind of program a file is, by its first bytes: the system says no more than that it does not know it.

use std::env::consts::{ARCH, OS};

/// Bytes of a file that tell.
pub(super) const BEGINNING: usize = 256;

const ELF: &[u8] = b"\x7fELF";

/// How programs of macOS begin: of 64 and of 32 bits, in both orders of bytes.
const OF_MACOS: [[u8; 4]; 4] = [
    [0xcf, 0xfa, 0xed, 0xfe],
    [0xce, 0xfa, 0xed, 0xfe],
    [0xfe, 0xed, 0xfa, 0xcf],
    [0xfe, 0xed, 0xfa, 0xce],
];

/// And those for several machines, as Java's classes do: those have their version where macOS counts machines.
const FAT: &[u8] = &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0];
const OLDEST_JAVA: u8 = 45;

/// The numbers of machines in programs of Unix, as Rust calls the machines.
const MACHINES: &[(u16, &str)] = &[
    (3, "x86"),
    (8, "mips"),
    (20, "powerpc"),
    (21, "powerpc64"),
    (22, "s390x"),
    (40, "arm"),
    (62, "x86_64"),
    (183, "aarch64"),
    (243, "riscv64"),
    (258, "loongarch64"),
];

/// Whether a file that begins like this is a script for the shell, where the system does not know it. Shells ask
/// the same before they run it line by line. It is called between `clone` and `exec`: nothing is allocated.
#[cfg(any(target_os = "linux", test))]
pub(super) fn is_script(beginning: &[u8]) -> bool {
    let mut line = beginning.iter().take_while(|byte| **byte != b'\n');
    !beginning.starts_with(ELF) && line.all(|byte| *byte != 0)
}

/// Why the system does not start a file that begins like this, to be read after the file's name.
pub(super) fn unknown(beginning: &[u8]) -> String {
    unknown_on(beginning, OS, ARCH)
}

fn unknown_on(beginning: &[u8], system: &str, machine: &str) -> String {
    let other_system = |its: &str| format!("is no program for this system: it is one for {its}");
    let is_unix = !matches!(system, "macos" | "windows");
    let is_of_macos = OF_MACOS.iter().any(|it| beginning.starts_with(it));
    let count = beginning.strip_prefix(FAT).and_then(<[u8]>::first);
    if beginning.starts_with(ELF) {
        if !is_unix {
            return other_system("Linux");
        }
        return match built_for(beginning) {
            None => "is damaged: it is no more than the beginning of a program".to_owned(),
            Some(its) if its == machine => {
                "is damaged, or built for another system: this one cannot load it".to_owned()
            }
            Some(its) => {
                format!("is a program for another machine ({its}; this one is {machine})")
            }
        };
    }
    if is_of_macos || count.is_some_and(|count| *count < OLDEST_JAVA) {
        return match system {
            "macos" => format!("is damaged, or for another machine (this one is {machine})"),
            _ => other_system("macOS"),
        };
    }
    match system {
        "windows" => format!("is damaged, or for another machine (this one is {machine})"),
        _ if beginning.starts_with(b"MZ") => other_system("Windows"),
        _ => "is neither a program for this system nor a script".to_owned(),
    }
}

/// The machine that a program of Unix was built for.
fn built_for(beginning: &[u8]) -> Option<String> {
    let is_little = *beginning.get(5)? == 1;
    let number: [u8; 2] = beginning.get(18..20)?.try_into().ok()?;
    let number = if is_little {
        u16::from_le_bytes(number)
    } else {
        u16::from_be_bytes(number)
    };
    let known = MACHINES.iter().find(|(it, _)| *it == number);
    Some(known.map_or_else(
        || format!("number {number}"),
        |(_, name)| (*name).to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(machine: u8) -> Vec<u8> {
        let mut beginning = b"\x7fELF\x02\x01\x01".to_vec();
        beginning.resize(18, 0);
        beginning.extend([machine, 0]);
        beginning.resize(64, 0);
        beginning
    }

    #[test]
    fn scripts_are_texts() {
        for script in [&b"echo 1\n"[..], b"", b"#!\n", b"echo 1\n\0\0", b"\n\0"] {
            assert!(is_script(script), "{script:?}");
        }
        for program in [&elf(62)[..], b"\x7fELF", b"MZ\x90\0\x03", b"a\0\n"] {
            assert!(!is_script(program), "{program:?}");
        }
    }

    #[test]
    fn a_program_of_elsewhere_is_told_by_its_beginning() {
        let on_linux = |beginning: &[u8]| unknown_on(beginning, "linux", "x86_64");
        for (beginning, why) in [
            (
                &elf(183)[..],
                "is a program for another machine (aarch64; this one is x86_64)",
            ),
            (
                &elf(9),
                "is a program for another machine (number 9; this one is x86_64)",
            ),
            (
                &elf(62),
                "is damaged, or built for another system: this one cannot load it",
            ),
            (
                b"\x7fELF\x02\x01",
                "is damaged: it is no more than the beginning of a program",
            ),
            (
                b"\xcf\xfa\xed\xfe\x0c\0\0\x01",
                "is no program for this system: it is one for macOS",
            ),
            (
                b"\xca\xfe\xba\xbe\0\0\0\x02",
                "is no program for this system: it is one for macOS",
            ),
            (
                b"\xca\xfe\xba\xbe\0\0\0\x41",
                "is neither a program for this system nor a script",
            ),
            (
                b"MZ\x90\0",
                "is no program for this system: it is one for Windows",
            ),
        ] {
            assert_eq!(on_linux(beginning), why);
        }
        let on_macos = unknown_on(&elf(183), "macos", "aarch64");
        assert_eq!(
            on_macos,
            "is no program for this system: it is one for Linux"
        );
    }
}
