//! Who answers where a server of another kind was expected: by what it says first, or to a question that
//! most who are not asked for understand in some way.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long somebody may take who greets without being asked.
const GREETING: Duration = Duration::from_millis(400);
/// How long the connection, and an answer, may take.
const ANSWER: Duration = Duration::from_millis(800);
/// How much of what it says is looked at, and shown.
const SEEN: usize = 512;
const SHOWN: usize = 60;

/// A web server answers it, a Redis refuses it, and to nobody is it an order.
const QUESTION: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

/// Makes a connection of its own and listens; who it is, in words that go behind `is no …, but`.
pub(super) async fn look(host: &str, port: u16) -> Option<String> {
    let connected = timeout(ANSWER, TcpStream::connect((host, port))).await;
    let mut stream = connected.ok()?.ok()?;
    let mut said = vec![0; SEEN];
    let length = if let Ok(read) = timeout(GREETING, stream.read(&mut said)).await {
        read.ok()?
    } else {
        let asked = async {
            stream.write_all(QUESTION).await?;
            stream.read(&mut said).await
        };
        timeout(ANSWER, asked).await.ok()?.ok()?
    };
    named(said.get(..length)?)
}

/// Who it is that says this; none where that tells nothing.
fn named(said: &[u8]) -> Option<String> {
    if let Some(words) = mysql(said) {
        return Some(format!("a MySQL: {words}"));
    }
    // An alert of TLS, which is what an answer to anything but a handshake is.
    if let [0x15, 3, ..] = said {
        return Some("something that speaks TLS alone, as https:// does".to_owned());
    }
    let line = shown(said)?;
    Some(if line.starts_with("SSH-") {
        format!("an SSH server: {line}")
    } else if line.starts_with("HTTP/") {
        match header(said, "server:") {
            Some(program) => format!("a web server: {program}"),
            None => format!("a web server: {line}"),
        }
    } else if is_resp_error(&line) {
        "a Redis".to_owned()
    } else {
        format!("something that says: {line}")
    })
}

/// How a Redis begins a refusal: `-ERR …`, `-NOAUTH …`.
fn is_resp_error(line: &str) -> bool {
    let code = line.strip_prefix('-').and_then(|it| it.split(' ').next());
    code.is_some_and(|code| !code.is_empty() && code.bytes().all(|b| b.is_ascii_uppercase()))
}

/// The version in the greeting of a `MySQL` or a `MariaDB`, or why it greets nobody like us. It is a packet:
/// three bytes of length, the number 0, then 10 and the version up to a zero, or 255 and an error.
fn mysql(said: &[u8]) -> Option<String> {
    let [one, two, three, 0, kind, rest @ ..] = said else {
        return None;
    };
    let length = u32::from_le_bytes([*one, *two, *three, 0]);
    let fits = usize::try_from(length).ok()? == rest.len() + 1;
    match kind {
        10 if fits => shown(rest.split(|byte| *byte == 0).next()?),
        // Two bytes of code come first.
        255 if fits => shown(rest.get(2..)?),
        _ => None,
    }
}

fn header(said: &[u8], name: &str) -> Option<String> {
    let lines = said.split(|byte| *byte == b'\n');
    let mut lines = lines.take_while(|line| !line.trim_ascii().is_empty());
    lines.find_map(|line| {
        let (found, value) = line.split_at_checked(name.len())?;
        found
            .eq_ignore_ascii_case(name.as_bytes())
            .then(|| shown(value))?
    })
}

/// The first line, short and without anything that a terminal would obey; none where it is no text.
fn shown(said: &[u8]) -> Option<String> {
    let mut lines = said.split(|byte| matches!(byte, b'\r' | b'\n'));
    let line = String::from_utf8_lossy(lines.next()?.trim_ascii()).into_owned();
    let is_text = |c: &char| !c.is_control() && *c != char::REPLACEMENT_CHARACTER;
    if line.is_empty() || line.contains('\0') || line.contains(char::REPLACEMENT_CHARACTER) {
        return None;
    }
    let mut short: String = line.chars().take(SHOWN).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    let safe = |c: char| {
        if is_text(&c) {
            c.to_string()
        } else {
            c.escape_default().to_string()
        }
    };
    Some(short.chars().map(safe).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_answers_is_told_by_what_it_says() {
        let cut = b"\x0a\0\0\x00\x0a10.11.2-M\0";
        let mut mysql = b"\x4a\0\0\x00\x0a8.0.36\0".to_vec();
        mysql.resize(0x4a + 4, 7);
        let refused = b"\x0f\0\0\x00\xff\x6a\x04Host 'no' me";
        for (said, wanted) in [
            (
                &b"SSH-2.0-OpenSSH_9.2p1\r\n"[..],
                Some("an SSH server: SSH-2.0-OpenSSH_9.2p1"),
            ),
            (
                b"HTTP/1.1 400 Bad Request\r\nServer: nginx/1.24\r\n\r\nServer: no",
                Some("a web server: nginx/1.24"),
            ),
            (
                b"HTTP/1.0 200 OK\r\n\r\nServer: no",
                Some("a web server: HTTP/1.0 200 OK"),
            ),
            (b"-ERR wrong number of arguments\r\n", Some("a Redis")),
            (b"-NOAUTH Authentication required.\r\n", Some("a Redis")),
            (b"- a list", Some("something that says: - a list")),
            (&mysql, Some("a MySQL: 8.0.36")),
            (cut, None),
            (refused, Some("a MySQL: Host 'no' me")),
            (
                b"\x15\x03\x01\0\x02\x02\x46",
                Some("something that speaks TLS alone, as https:// does"),
            ),
            (
                b"220 mail\x1b[31m\r\n",
                Some("something that says: 220 mail\\u{1b}[31m"),
            ),
            (b"E\0\0\0\x10SFATAL\0\0", None),
            (b"\0\0\x01\x02", None),
            (b"", None),
        ] {
            assert_eq!(named(said).as_deref(), wanted, "{said:?}");
        }
        let long = named(&[b'a'; 200]).unwrap_or_default();
        assert_eq!(long, format!("something that says: {}…", "a".repeat(SHOWN)));
    }
}
