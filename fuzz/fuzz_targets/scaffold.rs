//! `env scaffold` merging into any text: done twice it changes nothing more, and what is set stays set.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::env::dialect::{Ambient, Dialect, Source, load};
use pixcrawler::schema;
use pixcrawler::schema::example::{ENVIRONMENTS, example};

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let tier = ["root", "backend", "frontend"][usize::from(*first) % 3];
    let environment = ENVIRONMENTS[usize::from(*first / 3) % 3];
    let schema = schema::built_in(tier, tier).expect("built in");
    let once = example(&schema, environment, Some(text));
    assert_eq!(
        once,
        example(&schema, environment, Some(&once)),
        "not the same the second time"
    );
    let values = |text: &str| {
        load(
            Dialect::PythonDotenv,
            Source::new(text.as_bytes()),
            &Ambient::default(),
        )
    };
    let (before, after) = (values(text), values(&once));
    if before.notes.is_empty() && !text.contains('\r') {
        for (name, entry) in before.values.iter() {
            assert_eq!(after.values.value(name), entry.value.as_deref(), "{name}");
        }
    }
});
