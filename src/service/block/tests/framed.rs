//! Errors whose code stands over them.

use super::*;

#[test]
fn a_frame_of_buns_is_one_with_its_error_and_with_what_caused_it() {
    let text = "\
 9 | const a = 1;
10 |   throw new E2('multi\\nline', { cause });
             ^
E2: multi
line
 code: 5,

      at /w/a.ts:10:9

1 | fs.readFileSync('/nope')
       ^
ENOENT: no such file or directory, open '/nope'
   errno: -2,
    code: \"ENOENT\"

      at /w/a.ts:1:4";
    let mut block = Block::default();
    let seen: Vec<(bool, Level, Open)> = text
        .lines()
        .map(|line| {
            let level = block.level(line.as_bytes(), Duration::ZERO);
            (block.began(), level, block.open())
        })
        .collect();
    assert!(
        seen[0].0 && seen[1..].iter().all(|(began, ..)| !began),
        "{seen:#?}"
    );
    assert!(
        seen.iter().all(|(_, _, open)| *open != Open::No),
        "{seen:#?}"
    );
    // What it is shows below the sign.
    assert!(seen[..3].iter().all(|(_, level, _)| *level == Level::Info));
    assert!(
        seen[3..].iter().all(|(_, level, _)| *level == Level::Error),
        "{seen:#?}"
    );
}

#[test]
fn a_table_with_numbers_is_no_error() {
    let mut block = Block::default();
    for line in [
        "1 | one",
        "2 | two",
        "INFO: that was all",
        "3 | three",
        "four",
    ] {
        assert_eq!(
            block.level(line.as_bytes(), Duration::ZERO),
            Level::Info,
            "{line}"
        );
    }
    assert_eq!(block.open(), Open::No);
}
