//! The keys of Firebase apps, which look like every key of Google's.

/// Bytes before and behind a key that the settings of an app take.
const AROUND: usize = 600;

/// What stands beside the key in such settings. The address of an app is not among them: whatever allows or
/// calls it has it too.
const BESIDE: [&[u8]; 12] = [
    b"authDomain",
    b"auth_domain",
    b"messagingSenderId",
    b"messaging_sender_id",
    b"storageBucket",
    b"FIREBASE_APP_ID",
    b"FIREBASE_AUTH_DOMAIN",
    b"FIREBASE_MESSAGING_SENDER_ID",
    b"FIREBASE_PROJECT_ID",
    b"GCM_SENDER_ID",
    b"GOOGLE_APP_ID",
    b"mobilesdk_app_id",
];

/// Whether a key stands in the settings of a Firebase app, which whoever has the app can read. What it opens is
/// decided by rules on the other side. A key of another name is a secret wherever it stands: a server's or
/// Gemini's is often in one file with them.
pub(super) fn is_of_firebase(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(at.saturating_sub(AROUND)..at).unwrap_or_default();
    let end = bytes.len().min(at + AROUND);
    let behind = bytes.get(at..end).unwrap_or_default();
    let around = match name(before) {
        // In `google-services.json` it has an object of its own.
        b"current_key" => [before, behind].concat(),
        b"apiKey" | b"api_key" => own_block(before, behind),
        name if ends_with(name, b"FIREBASE_API_KEY") => own_block(before, behind),
        _ if is_in_property_list(before) => [before, behind].concat(),
        _ => return false,
    };
    let stands = |word: &&[u8]| memchr::memmem::find(&around, word).is_some();
    BESIDE.iter().any(stands)
}

/// The name that a value has which begins where this ends: `apiKey: '`, `"apiKey": "`,
/// `apiKey: env.FIREBASE_API_KEY ?? '`; empty when it has none.
pub(super) fn name(before: &[u8]) -> &[u8] {
    let between = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(
                byte,
                b'"' | b'\'' | b'`' | b'\\' | b':' | b'=' | b'|' | b'?' | b']'
            )
    };
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$');
    let end = before.iter().rposition(|byte| !between(byte));
    let before = before.get(..end.map_or(0, |end| end + 1));
    let before = before.unwrap_or_default();
    let start = before.iter().rposition(|byte| !of_name(byte));
    before
        .get(start.map_or(0, |start| start + 1)..)
        .unwrap_or_default()
}

fn ends_with(name: &[u8], end: &[u8]) -> bool {
    let start = name.len().checked_sub(end.len());
    let last = start.and_then(|start| name.get(start..));
    last.is_some_and(|last| last.eq_ignore_ascii_case(end))
}

/// Whether the key is the one of `GoogleService-Info.plist`: `<key>API_KEY</key> <string>`. Elsewhere that name
/// may be anything's.
fn is_in_property_list(before: &[u8]) -> bool {
    before
        .strip_suffix(b"<string>")
        .is_some_and(|before| before.trim_ascii_end().ends_with(b"<key>API_KEY</key>"))
}

/// What stands in the same braces as the key, without what is in further ones: the settings of something else
/// have a key of the same name.
fn own_block(before: &[u8], behind: &[u8]) -> Vec<u8> {
    let mut own = level(before.iter().rev(), b"})", b"{(");
    own.reverse();
    own.extend(level(behind.iter(), b"{(", b"})"));
    own
}

/// The bytes up to the brace that closes the block they are in.
fn level<'a>(bytes: impl Iterator<Item = &'a u8>, opening: &[u8], closing: &[u8]) -> Vec<u8> {
    let (mut own, mut depth) = (Vec::new(), 0_usize);
    for byte in bytes {
        if opening.contains(byte) {
            depth += 1;
        } else if closing.contains(byte) {
            let Some(outer) = depth.checked_sub(1) else {
                break;
            };
            depth = outer;
        }
        if depth == 0 {
            own.push(*byte);
        }
    }
    own
}
