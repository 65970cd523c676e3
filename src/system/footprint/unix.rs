//! Linux: the mappings that hold code. Elsewhere, `MADV_DONTNEED` is a hint that changes nothing.

pub(super) fn give_back_code() {
    #[cfg(target_os = "linux")]
    linux::give_back_code();
}

#[cfg(target_os = "linux")]
mod linux {
    #![expect(clippy::disallowed_methods, reason = "this is the boundary")]

    use std::ffi::c_void;
    use std::fs::File;
    use std::ops::Range;
    use std::os::unix::fs::FileExt;
    use std::ptr::NonNull;

    use nix::sys::mman::{MmapAdvise, madvise};
    use nix::unistd::{SysconfVar, sysconf};

    /// What the kernel says of one page: that it is there, and that it is the file's. One that was
    /// written to became our own copy, and is the file's no more.
    const THERE_AND_THE_FILES: u64 = 1 << 63 | 1 << 61;

    pub(super) fn give_back_code() {
        let Ok(maps) = crate::system::fs::read_text(camino::Utf8Path::new("/proc/self/maps"))
        else {
            return;
        };
        let pages = File::open("/proc/self/pagemap").ok();
        let ranges = maps.lines().filter_map(unwritable).flat_map(|it| match it {
            Pages::All(range) => vec![range],
            Pages::OfTheFile(range) => pages
                .as_ref()
                .map_or_else(Vec::new, |pages| of_the_file(pages, &range)),
        });
        // All of them before the first is given back: what looks for them is code, too.
        let ranges: Vec<_> = ranges.collect();
        drop(pages);
        ranges.iter().for_each(give_back);
    }

    #[expect(
        unsafe_code,
        reason = "there is no safe way to say what a mapping is needed for"
    )]
    fn give_back(range: &Range<usize>) {
        let Some(start) = NonNull::new(range.start as *mut c_void) else {
            return;
        };
        // SAFETY: the range lies in a mapping of a file that nobody can write to through it, and its
        // pages hold what the file holds; the kernel reads them again when they are used.
        let _ = unsafe { madvise(start, range.len(), MmapAdvise::MADV_DONTNEED) };
    }

    /// What of a mapping may be given back.
    #[derive(Debug, PartialEq, Eq)]
    enum Pages {
        All(Range<usize>),
        /// The loader relocated some of it before it became unwritable: those are not what the file holds.
        OfTheFile(Range<usize>),
    }

    /// The addresses of one line of `/proc/self/maps`, if it maps a file's code or constants.
    ///
    /// Code is private, executable, not writable. Constants are what is only read: at the beginning
    /// of a file, beside its headers, as they stand there, further behind with addresses in them.
    fn unwritable(line: &str) -> Option<Pages> {
        let mut words = line.split_ascii_whitespace();
        let (start, end) = words.next()?.split_once('-')?;
        let (rights, offset) = (words.next()?, words.next()?);
        words.nth(2)?.starts_with('/').then_some(())?;
        let address = |text| usize::from_str_radix(text, 16).ok();
        let range = address(start)?..address(end)?;
        match rights {
            "r-xp" => Some(Pages::All(range)),
            "r--p" if offset.bytes().all(|digit| digit == b'0') => Some(Pages::All(range)),
            "r--p" => Some(Pages::OfTheFile(range)),
            _ => None,
        }
    }

    /// The runs of pages of a mapping that are there and the file's.
    fn of_the_file(pages: &File, range: &Range<usize>) -> Vec<Range<usize>> {
        let size = sysconf(SysconfVar::PAGE_SIZE).ok().flatten();
        let Some(size) = size.and_then(|size| usize::try_from(size).ok()) else {
            return Vec::new();
        };
        let mut told = vec![0; range.len() / size * 8];
        let at = (range.start / size * 8) as u64;
        if pages.read_exact_at(&mut told, at).is_err() {
            return Vec::new();
        }
        let mut runs: Vec<Range<usize>> = Vec::new();
        for (start, word) in range.clone().step_by(size).zip(told.chunks_exact(8)) {
            let word = word.try_into().map_or(0, u64::from_ne_bytes);
            let page = start..start + size;
            match runs.last_mut() {
                _ if word & THERE_AND_THE_FILES != THERE_AND_THE_FILES => {}
                Some(run) if run.end == page.start => run.end = page.end,
                _ => runs.push(page),
            }
        }
        runs
    }

    #[cfg(test)]
    mod tests {
        use super::{Pages, unwritable};

        #[test]
        fn what_the_file_still_holds_is_given_back() {
            let exe = "/usr/bin/pixcrawler";
            let line = |rights: &str, at: &str, path: &str| {
                format!("1000-3000 {rights} {at} fe:00 42 {path}")
            };
            for ours in [line("r-xp", "00001000", exe), line("r--p", "00000000", exe)] {
                let all = Pages::All(0x1000..0x3000);
                assert_eq!(unwritable(&ours), Some(all), "{ours}");
            }
            let relocated = Pages::OfTheFile(0x1000..0x3000);
            let line_of_it = line("r--p", "00001000", exe);
            assert_eq!(unwritable(&line_of_it), Some(relocated));
            for other in [
                line("rw-p", "00000000", exe),
                line("rwxp", "00001000", exe),
                line("r-xp", "00000000", "[vdso]"),
                line("r-xp", "00000000", ""),
                "nonsense".to_owned(),
            ] {
                assert_eq!(unwritable(&other), None, "{other}");
            }
        }

        #[test]
        fn a_page_of_our_own_is_not_the_files() {
            use std::os::fd::AsFd;

            use nix::sys::mman::{MapFlags, ProtFlags, mmap};

            let size = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE);
            let size = usize::try_from(size.expect("known").expect("known")).expect("a size");
            let mut file = tempfile::tempfile().expect("a file");
            std::io::Write::write_all(&mut file, &vec![1; size * 4]).expect("written");
            let length = (size * 4).try_into().expect("not 0");
            #[expect(unsafe_code, reason = "a mapping of its own, which nobody else knows")]
            // SAFETY: the mapping is new, as long as the file, private, and lives as long as the
            // process; what is written is within it.
            let start = unsafe {
                let rights = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
                let start = mmap(None, length, rights, MapFlags::MAP_PRIVATE, file.as_fd(), 0);
                let start = start.expect("mapped").cast::<u8>();
                for page in 0..4 {
                    std::hint::black_box(start.add(page * size).read_volatile());
                }
                start.add(size).write_volatile(2);
                start.as_ptr() as usize
            };
            let pages = std::fs::File::open("/proc/self/pagemap").expect("there");
            let runs = super::of_the_file(&pages, &(start..start + size * 4));
            assert_eq!(
                runs,
                [start..start + size, start + size * 2..start + size * 4]
            );
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
