//! SQL of any text: the parts cover it in its order, and every warning points into it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::code::sql;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut end = 0;
    for chunk in sql::chunks(&text) {
        assert!(chunk.start >= end && chunk.end <= text.len());
        end = chunk.end;
        let mut inner = chunk.start;
        for statement in sql::statements(&text, chunk) {
            assert!(statement.start >= inner && statement.end <= chunk.end);
            assert!(text.get(statement.start..statement.end).is_some());
            inner = statement.end;
        }
    }
    let _ = sql::cuts(&text);
    let _ = sql::comments(&text);
    let _ = sql::has_no_transaction(&text);
    let script = sql::read(&text);
    for warning in sql::lint(&text, &script) {
        assert!(warning.span.end <= text.len());
    }
    let _ = sql::read_whole(&text);
});
