//! Git's index of any bytes: it is understood as a whole, or not at all.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::gather::git::index;

fuzz_target!(|data: &[u8]| {
    let Some(all) = index::paths(data, &|_| true) else {
        // Who asks for less must not be told more.
        assert!(index::paths(data, &|_| false).is_none());
        return;
    };
    assert!(all.iter().all(|path| !path.is_empty()));
    let env = |path: &str| path.contains(".env");
    let some =
        index::paths(data, &env).expect("what is asked for does not change what is understood");
    let mut rest = all;
    rest.retain(|path| env(path));
    assert_eq!(some, rest);
});
