//! What lines are by their form alone: the head of an error, a frame, a detail, something else.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::service::level;

/// Whether the first line of an error has more behind it: it ends with a colon, says nothing yet, or has Next's
/// sign, behind which often no more than the file stands.
pub(super) fn announces(line: &[u8]) -> bool {
    let mut head = [0; 64];
    let end = end_of(line, &mut head);
    let is_alone = !end.contains(&b' ') && !line.starts_with(b"{");
    if end.ends_with(b":") || is_alone {
        return true;
    }
    let begin = level::visible(line, &mut head).trim_ascii_start();
    begin.first().is_some_and(|first| !first.is_ascii())
}

/// Whether the first line of an error says in a logger's words that a traceback follows: uvicorn's, Celery's, asyncio's.
pub(super) fn promises(line: &[u8]) -> bool {
    const WORDS: [&[u8]; 3] = [
        b"Exception in ASGI application",
        b" raised unexpected: ",
        b"Task exception was never retrieved",
    ];
    let head = &line[..line.len().min(512)];
    let has = |words: &&[u8]| memchr::memmem::find(head, words).is_some();
    WORDS.iter().any(has)
}

/// Whether a line is nothing but the class of an error, as Node prints one without a message: `TypeError`.
pub(super) fn is_class(line: &[u8]) -> bool {
    let mut head = [0; 64];
    let name = level::visible(line, &mut head).trim_ascii_end();
    name.ends_with(b"Error")
        && name[0].is_ascii_uppercase()
        && name.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether an indented line is an error within the one before: one of Node's `[errors]`, Go's second fall.
pub(super) fn is_inner(head: &[u8]) -> bool {
    head.starts_with(b"\tpanic: ") || (head.starts_with(b"    ") && heads_stack(head))
}

/// Whether a line is Go's or Java's word of a fall, which a stack follows.
pub(super) fn says_fall(line: &[u8]) -> bool {
    let mut head = [0; 64];
    let begin = level::visible(line, &mut head).trim_ascii_start();
    level::crash::is_said(begin)
}

/// What is seen of the end of a line.
fn end_of<'a>(line: &'a [u8], room: &'a mut [u8; 64]) -> &'a [u8] {
    let end = &line[line.len().saturating_sub(room.len())..];
    level::visible(end, room).trim_ascii_end()
}

/// Whether that is a colon.
pub(super) fn ends_with_colon(line: &[u8]) -> bool {
    end_of(line, &mut [0; 64]).ends_with(b":")
}

/// Whether that is a statement's last bracket.
pub(super) fn ends_with_bracket(line: &[u8]) -> bool {
    end_of(line, &mut [0; 64]).ends_with(b"]")
}

/// How many fields the message of an exception tells of: `1 validation error for Settings`.
pub(super) fn fields(line: &[u8]) -> Option<u16> {
    const FIELDS: &[u8] = b" validation error";
    // What stands behind that may be long, as a value that is refused is.
    let head = &line[..line.len().min(512)];
    let before = &head[..memchr::memmem::find(head, FIELDS)?];
    let number = before.rsplit(|byte| *byte == b' ').next()?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

/// What Python prints between two tracebacks of a chain, or above that of another process.
pub(super) fn is_link(head: &[u8]) -> bool {
    head.starts_with(b"During handling of the above")
        || head.starts_with(b"The above exception was")
        || head.trim_ascii_end().ends_with(b".RemoteTraceback:")
        || head.trim_ascii_end().ends_with(b"._RemoteTraceback:")
}

/// Whether an indented line is a frame of a stack: a tab, or the word of its language.
pub(super) fn is_frame(head: &[u8]) -> bool {
    let begins = |words: &[&[u8]]| {
        let body = head.trim_ascii_start();
        words.iter().any(|word| body.starts_with(word))
    };
    head.starts_with(b"\t") || begins(&[b"at ", b"from ", b"File \"", b"... "])
}

/// Whether the stack of one of Go's goroutines begins: `goroutine 1 [running]:`.
pub(super) fn is_goroutine(head: &[u8]) -> bool {
    let number = head.strip_prefix(b"goroutine ");
    number.is_some_and(|number| number.first().is_some_and(u8::is_ascii_digit))
}

/// Whether a line of such a stack is a call: `main.main()`, `net/http.(*conn).serve(0xc000, {0x1, 0x2})`,
/// `created by net/http.(*Server).Serve in goroutine 1`; or is what `go run` says of its end.
pub(super) fn is_go_call(line: &[u8], head: &[u8]) -> bool {
    let name = head.split(|byte| *byte == b'(').next().unwrap_or_default();
    let is_call = name.len() < head.len() && name.contains(&b'.') && !name.contains(&b' ');
    (is_call && end_of(line, &mut [0; 64]).ends_with(b")"))
        || head.starts_with(b"created by ")
        || head.starts_with(b"exit status ")
}

/// Whether a line is a record of its own, though its level is not known: it has a time before it, or is JSON.
pub(super) fn is_record(head: &[u8], line: &[u8]) -> bool {
    let body = head.strip_prefix(b"[").unwrap_or(head);
    let has = |form: &[u8]| {
        let digit = |(byte, of): (&u8, &u8)| match of {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        };
        body.len() >= form.len() && body.iter().zip(form).all(digit)
    };
    let is_stamped = [
        &b"0000-00-00"[..],
        b"0000/00/00",
        b"00:00:00",
        b"00/000/0000",
    ]
    .into_iter()
    .any(has);
    let is_json = head.starts_with(b"{\"") && line.trim_ascii_end().ends_with(b"}");
    is_stamped || is_json
}

/// Whether a line is one of a code frame: `> 5 |   throw`, `  6 | }`, `    |   ^`.
pub(super) fn is_of_code(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(b">").or(head.strip_prefix(b" ")) else {
        return false;
    };
    let rest = rest.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let bar = rest[digits..].trim_ascii_start();
    bar.first() == Some(&b'|') || bar.starts_with("│".as_bytes())
}

/// Whether a line is one of code behind its number, as Bun has them over an error: `3 |   throw x;`.
pub(super) fn is_numbered(head: &[u8]) -> bool {
    let rest = head.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && (rest[digits..].starts_with(b" | ") || rest[digits..] == *b" |")
}

/// Whether a statement begins, as `SQLAlchemy` puts it behind an error.
pub(super) fn is_statement(head: &[u8]) -> bool {
    head.starts_with(b"[SQL:") || head.starts_with(b"[parameters:")
}

/// Labels of what Postgres says besides.
const LABELS: [&[u8]; 6] = [
    b"CONTEXT:",
    b"DETAIL:",
    b"HINT:",
    b"LOCATION:",
    b"QUERY:",
    b"STATEMENT:",
];

/// The last that `SQLAlchemy` says of an error.
pub(super) const BACKGROUND: &[u8] = b"(Background on this error at:";

/// Whether a line tells more of the error before it, in words that nobody has who says something else.
pub(super) fn is_sure_detail(line: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 9] = [
        BACKGROUND,
        b"Caused by: ",
        b"Node.js v",
        b"[cause]: ",
        // Around the traceback of another process.
        b"\"\"\"",
        b"Current thread 0x",
        b"future: <",
        b"** (",
        b"--- End of ",
    ];
    let mut head = [0; 64];
    let head = level::visible(line, &mut head);
    let rest = head.strip_prefix(b"LINE ");
    let is_place = rest.is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_digit));
    // `at Page (app/page.tsx:3:9)`, `at file:///w/x.mjs:3:9`.
    let is_at = head.starts_with(b"at ") && {
        let end = end_of(line, &mut [0; 64]).last().copied();
        end.is_some_and(|end| end == b')' || end.is_ascii_digit())
    };
    let mut all = BEGINNINGS.iter().chain(&LABELS);
    is_place || is_at || all.any(|begin| head.starts_with(begin))
}

/// Whether a line that comes at once tells more of the error before it, or shows the code that is meant.
pub(super) fn is_detail(line: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 7] = [
        b"at ",
        b"LINE ",
        b"Extension modules: ",
        b"Last message: ",
        b"State: ",
        b"Stack trace:",
        b"handle: <",
    ];
    let mut head = [0; 160];
    let head = level::visible(line, &mut head);
    if BEGINNINGS.iter().any(|begin| head.starts_with(begin))
        || matches!(head.first(), Some(b'|' | b'>' | b'^'))
        // What an error of JavaScript has besides its message.
        || head.trim_ascii_end() == b"{"
    {
        return true;
    }
    // The server has its stamp before it.
    let mut words = head.split(u8::is_ascii_whitespace).take(8);
    words.any(|word| LABELS.contains(&word))
}

/// Whether a line begins a warning of Python's, `/w/x.py:3: UserWarning: …`: its lines, then that of the code
/// there, indented. What any program says behind another warning, however soon, may be something else; and
/// without a file there is no code, which would tell where it ends.
pub(super) fn is_of_python(line: &[u8]) -> bool {
    let mut head = [0; 200];
    let mut words = level::visible(line, &mut head).split(u8::is_ascii_whitespace);
    let place = words.next().and_then(|place| place.strip_suffix(b":"));
    let is_file = place.is_some_and(|place| {
        let digits = place.iter().rev().take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        digits > 0 && place[..place.len() - digits].ends_with(b":") && !place.starts_with(b"<")
    });
    is_file && words.next().is_some_and(|word| word.ends_with(b"Warning:"))
}

/// Whether a line is nothing but the place of an error that nobody caught, as Node has it before the
/// error itself: `node:internal/modules/cjs/loader:1148`, `/w/server.mjs:3`, `file:///w/server.mjs:3`.
pub(super) fn is_place(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let digits = line.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let (path, number) = line.split_at(line.len() - digits.count());
    let Some(path) = path.strip_suffix(b":").filter(|_| !number.is_empty()) else {
        return false;
    };
    let is_absolute = path.starts_with(b"/")
        || path.starts_with(b"file:///")
        || matches!(path, [b'A'..=b'Z' | b'a'..=b'z', b':', b'\\', ..]);
    let ends: [&[u8]; 8] = [
        b".js", b".mjs", b".cjs", b".jsx", b".ts", b".mts", b".cts", b".tsx",
    ];
    path.starts_with(b"node:") || (is_absolute && ends.iter().any(|end| path.ends_with(end)))
}

/// Whether a line is nothing but the sign below a line of code: `    ^`, `^^^^^`.
pub(super) fn is_caret(head: &[u8]) -> bool {
    let sign = head.trim_ascii();
    !sign.is_empty() && sign.iter().all(|byte| *byte == b'^')
}

/// Whether a line is the head of a stack: ` ⨯ Error: boom`, `[TypeError: x]`, `⨯ unhandledRejection: …`.
/// Next looks for the source of each frame before it prints them, so they come a moment later.
pub(super) fn heads_stack(line: &[u8]) -> bool {
    let mut head = [0; 64];
    let head = level::visible(line, &mut head).trim_ascii_start();
    let said = head.strip_prefix("⨯".as_bytes()).unwrap_or(head);
    let said = said.trim_ascii_start();
    let said = said.strip_prefix(b"[").unwrap_or(said);
    let end = said.iter().position(|byte| matches!(byte, b':' | b' '));
    let Some((name, rest)) = end.and_then(|end| said.split_at_checked(end)) else {
        return false;
    };
    let is_name = name
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let is_class = name.ends_with(b"Error") && name.first().is_some_and(u8::is_ascii_uppercase);
    let is_news = matches!(name, b"unhandledRejection" | b"uncaughtException");
    let is_headed = rest.starts_with(b":") || (rest.starts_with(b" [") && is_class);
    is_name && is_headed && (is_class || is_news)
}

/// Whether a traceback begins: the words are the end of the line. A whole one may stand in a line of JSON.
pub(super) fn traceback(line: &[u8]) -> bool {
    // Made once: it is asked for every line.
    static WORDS: LazyLock<Finder<'static>> =
        LazyLock::new(|| Finder::new(b"Traceback (most recent call last):"));
    let Some(at) = WORDS.find(line) else {
        return opens_box(line);
    };
    let rest = &line[at + WORDS.needle().len()..];
    level::visible(rest, &mut [0; 8]).trim_ascii().is_empty()
}

/// Whether rich's box around a traceback begins, which may have colours among its words.
fn opens_box(line: &[u8]) -> bool {
    const WORDS: &[u8] = b"Traceback (most recent call last)";
    matches!(line.first(), Some(0x1b | 0xe2)) && is_of_box(level::visible(line, &mut [0; 64])) && {
        let mut room = [0; 1024];
        memchr::memmem::find(level::visible(line, &mut room), WORDS).is_some()
    }
}

/// Whether a line is one of a box.
pub(super) fn is_of_box(head: &[u8]) -> bool {
    matches!(head, [0xe2, 0x94 | 0x95, ..])
}

/// The last line of a group of exceptions, which is indented like all of them: `    +---------------`.
pub(super) fn closes_group(head: &[u8]) -> bool {
    let dashes = head.trim_ascii().strip_prefix(b"+-");
    dashes.is_some_and(|dashes| dashes.iter().all(|byte| *byte == b'-'))
}

/// What servers say of requests, which Next indents: ` GET / 200 in 12ms`, and behind an address and
/// a time `127.0.0.1 - - [24/Nov/2026 15:00:00] "GET / HTTP/1.1" 500 -`.
pub(super) fn request(head: &[u8]) -> bool {
    let mut word = head.trim_ascii_start();
    if word.first().is_some_and(u8::is_ascii_hexdigit)
        && let Some(at) = memchr::memchr(b']', word)
        && let Some(quoted) = word[at + 1..].strip_prefix(b" \"")
    {
        word = quoted;
    }
    [
        &b"GET "[..],
        b"POST ",
        b"PUT ",
        b"PATCH ",
        b"DELETE ",
        b"HEAD ",
        b"OPTIONS ",
    ]
    .iter()
    .any(|method| word.starts_with(method))
}
