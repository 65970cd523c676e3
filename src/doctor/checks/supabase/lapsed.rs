//! Keys whose time is over: the older ones say in themselves until when they count.

use std::time::SystemTime;

use crate::env::Claims;

/// What a key says of its end, where that has come.
pub(super) fn of(value: &str, now: SystemTime) -> Option<String> {
    let end = Claims::of(value)?.end()?;
    let now = jiff::Timestamp::try_from(now).ok()?;
    let end = jiff::Timestamp::from_second(end).ok()?;
    (end <= now).then(|| format!("ended on {}, as it says itself", end.strftime("%F")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use std::time::Duration;

    #[test]
    fn a_token_ends_when_it_says_so() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let told = |end: &str| {
            let body = URL_SAFE_NO_PAD.encode(format!(r#"{{"role":"anon"{end}}}"#));
            of(&format!("eyJhbGciOiJIUzI1NiJ9.{body}.c2ln"), now)
        };
        let ended = Some("ended on 2021-01-01, as it says itself".to_owned());
        assert_eq!(told(r#","exp":1609459200"#), ended);
        assert_eq!(told(r#","exp":1609459200.5"#), ended);
        for sound in ["", r#","exp":2000000000"#, r#","exp":"never""#] {
            assert_eq!(told(sound), None, "{sound}");
        }
        assert_eq!(of("sb_secret_x", now), None);
    }
}
