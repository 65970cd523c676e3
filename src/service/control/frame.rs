//! Frames: one JSON object a line, of bounded length.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// No request is longer: it names services.
pub const LONGEST_REQUEST: usize = 64 * 1024;

/// No reply is longer: one line of a service in it may be a megabyte, and every byte of it a
/// character that JSON spells with six.
pub const LONGEST_REPLY: usize = 8 * 1024 * 1024;

/// Why a frame was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// It is longer than this many bytes.
    Long(usize),
    /// It is not the object that was expected.
    Garbage(String),
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Long(limit) => write!(f, "a message is longer than {limit} bytes"),
            Self::Garbage(why) => write!(f, "a message is not understood: {why}"),
        }
    }
}

/// A value as a frame.
#[must_use]
pub fn encode(value: &impl Serialize) -> Vec<u8> {
    // Our own types have string keys and no map that could fail.
    let mut bytes = serde_json::to_vec(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Cuts a stream of bytes into frames.
#[derive(Debug)]
pub struct Frames {
    bytes: Vec<u8>,
    /// Where in `bytes` the search for the next line end goes on.
    seen: usize,
    /// Where in `bytes` the next frame begins.
    from: usize,
    limit: usize,
}

impl Frames {
    /// Frames of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            seen: 0,
            from: 0,
            limit,
        }
    }

    /// Takes what arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.from);
        self.seen -= self.from;
        self.from = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame; none while it is not complete. After an error nothing that follows
    /// has a meaning.
    ///
    /// # Errors
    /// When the frame is too long or is no `T`.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Broken> {
        loop {
            let Some(length) = memchr::memchr(b'\n', &self.bytes[self.seen..]) else {
                self.seen = self.bytes.len();
                return if self.seen - self.from > self.limit {
                    Err(Broken::Long(self.limit))
                } else {
                    Ok(None)
                };
            };
            let end = self.seen + length;
            let frame = &self.bytes[self.from..end];
            (self.seen, self.from) = (end + 1, end + 1);
            if frame.len() > self.limit {
                return Err(Broken::Long(self.limit));
            }
            if frame.trim_ascii().is_empty() {
                continue;
            }
            return serde_json::from_slice(frame)
                .map(Some)
                .map_err(|error| Broken::Garbage(error.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::control::{Ask, Request};
    use proptest::prelude::*;

    fn asks() -> impl Strategy<Value = Ask> {
        let names = || proptest::collection::vec("\\PC{0,12}", 0..4);
        prop_oneof![
            Just(Ask::State),
            Just(Ask::Follow),
            names().prop_map(|services| Ask::Stop { services }),
            names().prop_map(|services| Ask::Start { services }),
            names().prop_map(|services| Ask::Restart { services }),
            ("\\PC{0,12}", any::<u16>())
                .prop_map(|(service, replicas)| Ask::Scale { service, replicas }),
        ]
    }

    proptest! {
        #[test]
        fn whatever_the_chunks_the_requests_arrive(asks in proptest::collection::vec(asks(), 0..6), chunk in 1_usize..40) {
            let sent: Vec<Request> = asks.into_iter().map(Request::new).collect();
            let stream: Vec<u8> = sent.iter().flat_map(encode).collect();
            let (mut frames, mut got) = (Frames::new(LONGEST_REQUEST), Vec::new());
            for part in stream.chunks(chunk) {
                frames.push(part);
                while let Some(request) = frames.take::<Request>().expect("ours") {
                    got.push(request);
                }
            }
            prop_assert_eq!(got, sent);
        }

        #[test]
        fn no_bytes_do_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300), chunk in 1_usize..40) {
            let mut frames = Frames::new(100);
            for part in bytes.chunks(chunk) {
                frames.push(part);
                while let Ok(Some(_)) = frames.take::<Request>() {}
                // What is kept is never more than the limit and what came last.
                prop_assert!(frames.bytes.len() - frames.from <= 300);
            }
        }
    }

    #[test]
    fn an_endless_frame_is_refused_before_it_ends() {
        let mut frames = Frames::new(1000);
        frames.push(&[b'x'; 1000]);
        assert_eq!(frames.take::<Request>(), Ok(None));
        frames.push(b"x");
        assert_eq!(frames.take::<Request>(), Err(Broken::Long(1000)));
    }
}
