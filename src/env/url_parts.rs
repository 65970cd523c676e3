//! One part of a URL changed: the rest stays as it is, also where it is secret.

use url::Url;

/// Why a part cannot be changed. Never holds the URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// The value is no URL.
    #[error("its value is no URL")]
    NotAUrl,
    /// The URL cannot have this.
    #[error("this URL cannot have {0}")]
    Unfit(String),
}

/// `url` with one part set: `scheme`, `user`, `password`, `host`, `port`, `database`, or an option behind
/// its `?`. An empty value takes it out.
///
/// # Errors
/// When there is no such URL.
pub fn with_part(url: &str, part: &str, value: &str) -> Result<String, PartError> {
    let mut url = Url::parse(url.trim()).map_err(|_| PartError::NotAUrl)?;
    let some = (!value.is_empty()).then_some(value);
    // Without its value, whichever part it was typed for: it may be a secret in the wrong place.
    let unfit = || PartError::Unfit(format!("the {part} that was given"));
    match part {
        "scheme" => url.set_scheme(value).map_err(|()| unfit())?,
        "user" => url.set_username(value).map_err(|()| unfit())?,
        "password" => url
            .set_password(some)
            .map_err(|()| PartError::Unfit("a password".to_owned()))?,
        "host" => url.set_host(some).map_err(|_| unfit())?,
        "port" => {
            let number = some.map(str::parse).transpose().map_err(|_| unfit())?;
            url.set_port(number).map_err(|()| unfit())?;
        }
        "database" => url.set_path(&format!("/{value}")),
        option => {
            let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            match (pairs.iter_mut().find(|(name, _)| name == option), some) {
                (Some(pair), Some(value)) => value.clone_into(&mut pair.1),
                (Some(_), None) => pairs.retain(|(name, _)| name != option),
                (None, Some(value)) => pairs.push((option.to_owned(), value.to_owned())),
                (None, None) => {}
            }
            if pairs.is_empty() {
                url.set_query(None);
            } else {
                url.query_pairs_mut().clear().extend_pairs(pairs);
            }
        }
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_changes_and_the_rest_stays() {
        let url = "postgresql+asyncpg://app:p%40ss@localhost:5433/pix";
        let with = |url: &str, part, value| with_part(url, part, value);
        let all = [
            (
                "ssl",
                "require",
                "postgresql+asyncpg://app:p%40ss@localhost:5433/pix?ssl=require",
            ),
            (
                "port",
                "6543",
                "postgresql+asyncpg://app:p%40ss@localhost:6543/pix",
            ),
            ("port", "", "postgresql+asyncpg://app:p%40ss@localhost/pix"),
            (
                "password",
                "a/b#",
                "postgresql+asyncpg://app:a%2Fb%23@localhost:5433/pix",
            ),
            (
                "database",
                "other",
                "postgresql+asyncpg://app:p%40ss@localhost:5433/other",
            ),
            (
                "user",
                "me",
                "postgresql+asyncpg://me:p%40ss@localhost:5433/pix",
            ),
            (
                "host",
                "db.example.com",
                "postgresql+asyncpg://app:p%40ss@db.example.com:5433/pix",
            ),
            (
                "scheme",
                "postgresql",
                "postgresql://app:p%40ss@localhost:5433/pix",
            ),
        ];
        for (part, value, wanted) in all {
            assert_eq!(with(url, part, value).as_deref(), Ok(wanted), "{part}");
        }
        assert_eq!(
            with("redis://:pw@h:1/0?x=1&ssl=true", "ssl", "").as_deref(),
            Ok("redis://:pw@h:1/0?x=1")
        );
        assert_eq!(with("nonsense", "port", "1"), Err(PartError::NotAUrl));
        assert!(with(url, "port", "70000").is_err());
    }
}
