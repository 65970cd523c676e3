//! How languages say that a program, or a part of it, falls: what they print then has no other level.

/// The beginnings of such a line.
const BEGINNINGS: [&[u8]; 10] = [
    b"panic: ",
    b"fatal error: ",
    b"Exception in thread ",
    b"Exception in callback ",
    b"Exception ignored in: ",
    b"Fatal Python error: ",
    b"PHP Fatal error: ",
    b"Task exception was never retrieved",
    b"Unhandled Rejection",
    b"Unhandled exception. ",
];

/// Whether a line, of which this is the visible head, says so. Its stack follows at once.
pub(in crate::service) fn is_said(head: &[u8]) -> bool {
    BEGINNINGS.iter().any(|words| head.starts_with(words)) || is_serving(head)
}

/// What Go's web server says, behind its stamp of two words, of a request that fell.
fn is_serving(head: &[u8]) -> bool {
    let mut words = head.split(|byte| *byte == b' ').skip(2);
    head.first().is_some_and(u8::is_ascii_digit)
        && words.next() == Some(b"http:")
        && words.next() == Some(b"panic")
}

/// Whether a line is Ruby's word of an exception that nobody caught: `a.rb:2:in 'foo': no such thing (NoMethodError)`.
pub(in crate::service) fn is_of_ruby(line: &[u8]) -> bool {
    let place = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    let Some(place) = place.strip_suffix(b":in") else {
        return false;
    };
    let number = place.rsplit(|byte| *byte == b':').next();
    let number = number.filter(|number| number.len() < place.len() && !number.is_empty());
    let is_place = number.is_some_and(|number| number.iter().all(u8::is_ascii_digit));
    is_place && memchr::memmem::find(line, b"': ").is_some() && ends_with_class(line)
}

/// Whether a line, the first one of a message, ends with the class of an exception in brackets.
fn ends_with_class(line: &[u8]) -> bool {
    let words = line.trim_ascii_end().rsplit(|byte| *byte == b' ');
    let class = words
        .take(1)
        .find_map(|word| word.strip_prefix(b"(")?.strip_suffix(b")"));
    class.is_some_and(|class| {
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_');
        class.first().is_some_and(u8::is_ascii_uppercase) && class.iter().all(is_of_name)
    })
}
