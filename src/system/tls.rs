//! What TLS says of a handshake that failed, in words for people. The libraries between us and it hand on a
//! text alone, in which most reasons are names of their own types.

/// The certificate has other names than the one that was asked for.
pub const ANOTHER_NAME: &str = "the certificate is for another name";
/// Its time is over.
pub const EXPIRED: &str = "the certificate has expired";
/// Its time has not come.
pub const NOT_YET: &str = "the certificate is not valid yet, or this machine's clock is behind";
/// Its issuer is none of ours.
pub const UNTRUSTED: &str = "nobody who is trusted issued the certificate";
/// What `openssl req -x509` makes unless it is told otherwise.
pub const AUTHORITY: &str = "the certificate is an authority's own, which no server may show";
/// SHA-1, a curve that nobody else has.
pub const SIGNATURE: &str = "the certificate is signed in a way that is not taken, as with SHA-1";
/// What old programs and short commands make.
pub const VERSION: &str = "the certificate is of an old version, which is not taken (X.509 v1)";
/// For clients, or for mails.
pub const PURPOSE: &str = "the certificate is for something else than servers";
/// It was taken back.
pub const REVOKED: &str = "the certificate was revoked";

/// What stands in the text of the library, and what it means; the first that is found counts.
const MEANINGS: &[(&str, &str)] = &[
    ("CaUsedAsEndEntity", AUTHORITY),
    ("not valid yet", NOT_YET),
    ("NotValidYet", NOT_YET),
    ("certificate expired", EXPIRED),
    ("Expired", EXPIRED),
    ("not valid for name", ANOTHER_NAME),
    ("NotValidForName", ANOTHER_NAME),
    ("UnknownIssuer", UNTRUSTED),
    ("BadSignature", UNTRUSTED),
    ("UnsupportedSignatureAlgorithm", SIGNATURE),
    ("UnsupportedCertVersion", VERSION),
    ("InvalidPurpose", PURPOSE),
    ("extended key usage", PURPOSE),
    ("Revoked", REVOKED),
];

/// How the library begins to tell that a certificate does not hold.
const CERTIFICATE: &str = "invalid peer certificate: ";
/// And that the two have nothing in common.
const INCOMPATIBLE: &str = "peer is incompatible: ";

/// The reason in words, where the library gives one of its names; anything else as it is.
#[must_use]
pub fn in_words(told: &str) -> String {
    if let Some((_, why)) = told.split_once(CERTIFICATE) {
        if is_of_another_issuer(why) {
            return UNTRUSTED.to_owned();
        }
        let known = MEANINGS.iter().find(|(name, _)| why.contains(name));
        return match known {
            Some((_, ANOTHER_NAME)) => match names(why) {
                Some(names) => format!("{ANOTHER_NAME}: {names}"),
                None => ANOTHER_NAME.to_owned(),
            },
            Some((_, words)) => (*words).to_owned(),
            None => format!("the certificate does not hold: {}", spelt(why)),
        };
    }
    if let Some((_, why)) = told.split_once(INCOMPATIBLE) {
        return format!("the server speaks another TLS than we do: {}", spelt(why));
    }
    told.to_owned()
}

/// Whether a trusted certificate that only has the issuer's name was tried: its key is of another kind than
/// the one that signed, which says nothing about the signature. Two kinds of elliptic curves, X9.62's, are one
/// kind here: there it is the curve that is not taken.
fn is_of_another_issuer(why: &str) -> bool {
    /// 1.2.840.10045, as the library prints its bytes.
    const CURVES: &str = "42, 134, 72, 206, 61,";
    why.contains("UnsupportedSignatureAlgorithmForPublicKey") && why.matches(CURVES).count() < 2
}

/// Those that a certificate is for: `is only valid for DnsName("a") or DnsName("b")`.
fn names(why: &str) -> Option<String> {
    let (_, listed) = why.split_once("only valid for ")?;
    let quoted: Vec<&str> = listed.split('"').skip(1).step_by(2).collect();
    if quoted.is_empty() {
        let plain = listed
            .chars()
            .all(|it| it.is_alphanumeric() || ".-*, ".contains(it));
        return plain.then(|| listed.to_owned());
    }
    Some(quoted.join(", "))
}

/// `Other(OtherError(EmptyEkuExtension))` as `empty eku extension`.
fn spelt(name: &str) -> String {
    let plain = name.split(['{', '[']).next().unwrap_or(name);
    let inner = plain.rsplit('(').next().unwrap_or(plain);
    let inner = inner.trim_matches(|it: char| !it.is_alphanumeric());
    if inner.contains(' ') {
        return inner.to_owned();
    }
    let mut words = String::new();
    let mut before = ' ';
    for letter in inner.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
        before = letter;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_type_is_shown() {
        let told = |why: &str| in_words(&format!("IO error: {CERTIFICATE}{why}"));
        assert_eq!(told("Other(OtherError(CaUsedAsEndEntity))"), AUTHORITY);
        assert_eq!(
            told(
                "certificate not valid yet: verification time 1 (UNIX), but certificate is not valid before 2 (1 seconds in future)"
            ),
            NOT_YET
        );
        assert_eq!(
            told("certificate expired: verification time 2 (UNIX)"),
            EXPIRED
        );
        assert_eq!(told("UnknownIssuer"), UNTRUSTED);
        let sha1 = "[6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 5, 5, 0]";
        let unsupported = "UnsupportedSignatureAlgorithm";
        assert_eq!(
            told(&format!(
                "{unsupported}Context {{ signature_algorithm_id: {sha1}, supported_algorithms: [] }}"
            )),
            SIGNATURE
        );
        // A trusted one of the same name has another kind of key, or a curve that is not taken.
        let rsa = "[6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 1, 5, 0]";
        let p521 = "[6, 7, 42, 134, 72, 206, 61, 2, 1, 6, 5, 43, 129, 4, 0, 35]";
        for (key, words) in [(rsa, UNTRUSTED), (p521, SIGNATURE)] {
            let ecdsa = "[6, 8, 42, 134, 72, 206, 61, 4, 3, 2]";
            assert_eq!(
                told(&format!(
                    "{unsupported}ForPublicKeyContext {{ signature_algorithm_id: {ecdsa}, public_key_algorithm_id: {key} }}"
                )),
                words
            );
        }
        assert_eq!(
            told(
                "certificate not valid for name \"h\"; certificate is only valid for DnsName(\"a\") or DnsName(\"b\")"
            ),
            format!("{ANOTHER_NAME}: a, b")
        );
        assert_eq!(
            told("Other(OtherError(EmptyEkuExtension))"),
            "the certificate does not hold: empty eku extension"
        );
        assert_eq!(
            in_words("peer is incompatible: NoCipherSuitesInCommon"),
            "the server speaks another TLS than we do: no cipher suites in common"
        );
    }

    #[test]
    fn words_stay_as_they_are() {
        for words in [
            "there is no file /ca.pem with authorities",
            "received fatal alert: CertificateRequired",
            "server does not support TLS",
            "",
        ] {
            assert_eq!(in_words(words), words);
        }
    }
}
