//! SCRAM-SHA-256 verifiers as Postgres stores them: `SCRAM-SHA-256$ITERATIONS:SALT$STORED:SERVER` (RFC 5803).
//!
//! With them a role gets its password without the password being in any statement, so in no log either.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Iterations of a new verifier: Postgres' own default.
const ITERATIONS: u32 = 4096;

/// No verifier that we check costs more than this many iterations.
const MOST_ITERATIONS: u32 = 100_000;

/// A salted, one-way form of a password.
struct Verifier {
    iterations: u32,
    salt: Vec<u8>,
    stored: [u8; 32],
    server: [u8; 32],
}

/// A new verifier of `password` with this salt.
pub(super) fn verifier(password: &str, salt: &[u8]) -> String {
    Verifier::of(password, salt, ITERATIONS).to_string()
}

/// Whether `stored` (a `rolpassword`) is a verifier of `password`. Any other kind of entry is not.
pub(super) fn verifies(stored: &str, password: &str) -> bool {
    let read = || {
        let (iterations, rest) = stored.strip_prefix("SCRAM-SHA-256$")?.split_once(':')?;
        let salt = BASE64.decode(rest.split_once('$')?.0).ok()?;
        let iterations = iterations
            .parse()
            .ok()
            .filter(|&count| count <= MOST_ITERATIONS)?;
        Some(Verifier::of(password, &salt, iterations).to_string())
    };
    read().is_some_and(|expected| expected == stored)
}

impl Verifier {
    fn of(password: &str, salt: &[u8], iterations: u32) -> Self {
        let salted = salted_password(password.as_bytes(), salt, iterations);
        let client = keyed(&salted, &[b"Client Key"]);
        Self {
            iterations,
            salt: salt.to_vec(),
            stored: Sha256::digest(client).into(),
            server: keyed(&salted, &[b"Server Key"]),
        }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [salt, stored, server] =
            [self.salt.as_slice(), &self.stored, &self.server].map(|bytes| BASE64.encode(bytes));
        write!(
            f,
            "SCRAM-SHA-256${}:{salt}${stored}:{server}",
            self.iterations
        )
    }
}

/// `Hi` of RFC 5802: PBKDF2 with one block.
fn salted_password(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let mut last = keyed(password, &[salt, &1_u32.to_be_bytes()]);
    let mut sum = last;
    for _ in 1..iterations {
        last = keyed(password, &[&last]);
        for (byte, other) in sum.iter_mut().zip(last) {
            *byte ^= other;
        }
    }
    sum
}

fn keyed(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of every length, so the error cannot happen.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The password `pencil` with the salt of RFC 7677's example.
    const PENCIL: &str = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    #[test]
    fn the_example_of_the_rfc_comes_out() {
        let salt = BASE64.decode("W22ZaJ0SNY7soEsUEjb6gQ==").expect("base64");
        assert_eq!(verifier("pencil", &salt), PENCIL);
    }

    #[test]
    fn only_the_right_password_verifies() {
        assert!(verifies(PENCIL, "pencil"));
        assert!(!verifies(PENCIL, "pencils"));
        assert!(!verifies("md5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "pencil"));
        assert!(!verifies("SCRAM-SHA-256$999999999:W22Z$a:b", "pencil"));
    }
}
