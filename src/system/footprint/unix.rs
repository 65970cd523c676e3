//! Linux: the mappings that hold code. Elsewhere, `MADV_DONTNEED` is a hint that changes nothing.

pub(super) fn give_back_code() {
    #[cfg(target_os = "linux")]
    linux::give_back_code();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::c_void;
    use std::ops::Range;
    use std::ptr::NonNull;

    use nix::sys::mman::{MmapAdvise, madvise};

    #[expect(
        unsafe_code,
        reason = "there is no safe way to say what a mapping is needed for"
    )]
    pub(super) fn give_back_code() {
        let Ok(maps) = crate::system::fs::read_text(camino::Utf8Path::new("/proc/self/maps"))
        else {
            return;
        };
        for range in maps.lines().filter_map(code) {
            let Some(start) = NonNull::new(range.start as *mut c_void) else {
                continue;
            };
            // SAFETY: the range is a mapping of a file that nobody can write to through it, so its
            // pages hold what the file holds, and the kernel reads them again when they are used.
            let _ = unsafe { madvise(start, range.len(), MmapAdvise::MADV_DONTNEED) };
        }
    }

    /// The addresses of one line of `/proc/self/maps`, if it maps a file's code or constants.
    ///
    /// Code is private, executable, not writable. Constants are what is only read at the beginning
    /// of a file, beside its headers; what is only read further behind has been relocated by the
    /// loader, and is not what the file holds.
    fn code(line: &str) -> Option<Range<usize>> {
        let mut words = line.split_ascii_whitespace();
        let (start, end) = words.next()?.split_once('-')?;
        let (rights, offset) = (words.next()?, words.next()?);
        let constant = rights == "r--p" && offset.bytes().all(|digit| digit == b'0');
        let of_a_file = words.nth(2)?.starts_with('/');
        ((rights == "r-xp" || constant) && of_a_file).then_some(())?;
        let address = |text| usize::from_str_radix(text, 16).ok();
        Some(address(start)?..address(end)?)
    }

    #[cfg(test)]
    mod tests {
        use super::code;

        #[test]
        fn what_the_file_still_holds_is_given_back() {
            let exe = "/usr/bin/pixcrawler";
            let line = |rights: &str, at: &str, path: &str| {
                format!("1000-3000 {rights} {at} fe:00 42 {path}")
            };
            for ours in [line("r-xp", "00001000", exe), line("r--p", "00000000", exe)] {
                assert_eq!(code(&ours), Some(0x1000..0x3000), "{ours}");
            }
            for other in [
                line("r--p", "00001000", exe),
                line("rw-p", "00000000", exe),
                line("rwxp", "00001000", exe),
                line("r-xp", "00000000", "[vdso]"),
                line("r-xp", "00000000", ""),
                "nonsense".to_owned(),
            ] {
                assert_eq!(code(&other), None, "{other}");
            }
        }

        #[test]
        fn the_program_goes_on_with_less() {
            let resident = || {
                let pages = crate::system::fs::read_text("/proc/self/statm".into()).expect("statm");
                let pages = pages.split(' ').nth(2).expect("the shared pages");
                pages.parse::<u64>().expect("a number")
            };
            let before = resident();
            super::give_back_code();
            assert!(resident() < before, "{} of {before}", resident());
        }
    }
}
