//! A URL as postgres.js reads it. Looked up in postgres.js 3.4.9.

use url::Url;

use super::tls::of_postgres_js;
use super::{Endpoint, Secret, written};

impl Endpoint {
    /// The same as postgres.js takes `value`, of which it was read: of what stands behind the `?` only user and
    /// database count, which go to the server as they are, and no code of the database's name is undone. One that
    /// it cannot read stays as it is.
    #[must_use]
    pub fn as_postgres_js(mut self, value: &str) -> Self {
        (self.tls, self.root) = (of_postgres_js(value), None);
        let Ok(url) = Url::parse(value.trim()) else {
            return self;
        };
        let default = self.protocol.default_port();
        let some = |text: String| (!text.is_empty()).then_some(text);
        let meant = |text: &str| some(written::decoded(text).unwrap_or_else(|| text.to_owned()));
        let behind = |name: &str| {
            let named = url.query_pairs().filter(|(known, _)| known == name);
            named.last().and_then(|(_, value)| some(value.into_owned()))
        };
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        self.host = meant(host).unwrap_or_else(|| "localhost".to_owned());
        self.port = url.port().unwrap_or(default);
        self.user = behind("user").or_else(|| meant(url.username()));
        self.password = url.password().and_then(meant).map(Secret::new);
        let path = url.path();
        let name = path.strip_prefix('/').unwrap_or(path);
        self.database = behind("database").or_else(|| some(name.to_owned()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_does_not_look_at_does_not_count() {
        let read = |url: &str| {
            let endpoint = Endpoint::postgres(url, "POSTGRES_URL", "").expect(url);
            let endpoint = endpoint.as_postgres_js(url);
            let or_none = |text: Option<&str>| text.unwrap_or("-").to_owned();
            format!(
                "{}:{}@{}/{}",
                or_none(endpoint.user.as_deref()),
                or_none(endpoint.password.as_ref().map(Secret::expose)),
                endpoint.address(),
                or_none(endpoint.database.as_deref()),
            )
        };
        for (url, wanted) in [
            ("postgresql://u:p%40@h:7/d", "u:p@@h:7/d"),
            (
                "postgresql://127.0.0.1/app?user=alice&password=pw",
                "alice:-@127.0.0.1:5432/app",
            ),
            ("postgresql://u:p@h/?dbname=app", "u:p@h:5432/-"),
            ("postgresql://u:p@h/d?database=app", "u:p@h:5432/app"),
            ("postgresql://u:p@h/d?host=/run/x&port=7", "u:p@h:5432/d"),
            ("postgresql:///d?host=other", "-:-@localhost:5432/d"),
            ("postgresql://u:p@[::1]/my%20db", "u:p@[::1]:5432/my%20db"),
            ("postgresql://u:p@h/my db", "u:p@h:5432/my%20db"),
        ] {
            assert_eq!(read(url), wanted, "{url}");
        }
    }
}
