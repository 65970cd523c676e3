//! The JSON with comments and commas of bun, as JSON.

/// bun takes comments in its lock, and writes a comma behind the last of a list: blanks stand where they stood,
/// so that places stay the same.
pub(super) fn plain_json(text: &str) -> Vec<u8> {
    let mut out = text.as_bytes().to_vec();
    let mut comma: Option<usize> = None;
    let mut at = 0;
    while let Some([first, inner @ ..]) = out.get(at..) {
        let after = match (first, inner) {
            (b'"', _) => string(inner),
            (b'/', [b'/', ..]) => memchr::memchr(b'\n', inner).unwrap_or(inner.len()),
            (b'/', [b'*', rest @ ..]) => {
                memchr::memmem::find(rest, b"*/").map_or(inner.len(), |end| end + 3)
            }
            _ => 0,
        };
        match first {
            b'/' if after > 0 => {
                let comment = out.iter_mut().skip(at).take(1 + after);
                comment
                    .filter(|byte| **byte != b'\n')
                    .for_each(|byte| *byte = b' ');
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b',' => comma = Some(at),
            b'}' | b']' => {
                if let Some(last) = comma.take() {
                    out[last] = b' ';
                }
            }
            _ => comma = None,
        }
        at += 1 + after;
    }
    out
}

/// The length of the rest of a string with the quote that ends it.
fn string(inner: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\\', inner.get(at..).unwrap_or_default()) {
        at += found + 1;
        if inner.get(at - 1) == Some(&b'"') {
            return at;
        }
        at += 1;
    }
    inner.len()
}
