//! One line of the input, and not a byte more: what stands behind it is for the next program that asks.

use std::fs::File;
use std::io::{self, Read};

/// An answer that is longer is no answer, and not worth the memory.
const LONGEST: usize = 1 << 20;

/// The next line of standard input with its end, as far as it has one; none at the end of the input.
///
/// # Errors
/// When the input cannot be read, or the line is no text.
pub fn line() -> io::Result<Option<String>> {
    let input = io::stdin();
    // What others of this process read ahead would be theirs, and so there are none: all come here.
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(&input).try_clone_to_owned()?;
    #[cfg(windows)]
    let handle = std::os::windows::io::AsHandle::as_handle(&input).try_clone_to_owned()?;
    // The console of Windows hands out characters, which the library makes into text.
    if cfg!(windows) && io::IsTerminal::is_terminal(&input) {
        let mut line = String::new();
        let read = input.read_line(&mut line)?;
        return Ok((read > 0).then_some(line));
    }
    first_line(&mut File::from(handle))
}

/// Reads byte by byte, since nothing that was read can be put back into a pipe.
fn first_line(input: &mut impl Read) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        match input.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => line.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if byte == *b"\n" {
            break;
        }
        if line.len() > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    if line.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8(line).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_a_line_is_left_for_the_next() {
        let mut input = &b"one\r\ntwo\n\nlast"[..];
        for wanted in [
            Some("one\r\n"),
            Some("two\n"),
            Some("\n"),
            Some("last"),
            None,
        ] {
            let line = first_line(&mut input).expect("text");
            assert_eq!(line.as_deref(), wanted);
        }
        assert!(first_line(&mut &b"\xff\n"[..]).is_err());
    }
}
