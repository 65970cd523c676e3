//! The file of a socket that is there already, as far as the words about it tell: a file that is not
//! surely the one that they mean must not be named, since somebody may remove it.

use super::pattern::quoted_behind;

/// What words tell of a socket's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Socket<'a> {
    /// Its path.
    At(&'a str),
    /// There is one; where its path ends is not clear.
    Somewhere,
}

/// Words that a socket's file stands behind: nginx, Go, Postgres, Node, asyncio, php-fpm, and code that
/// binds.
const BEFORE: &[&str] = &[
    "unix:",
    "unix ",
    "nix address ",
    "nix socket ",
    NODE,
    "ddress already in use ",
    "] Address ",
    "on address ",
    "for address ",
    BINDS,
];

/// Behind those is nothing but the path.
const NODE: &str = "EADDRINUSE: address already in use ";

/// The call that a place is named to.
pub(super) const BINDS: &str = "bind(";

/// The socket in a line that says one of the words in front of one. Node says its address once more, in
/// a line or a field of its own.
pub(super) fn of<'a>(line: &'a str, lines: &[&'a str]) -> Option<Socket<'a>> {
    let told = line.contains("EADDRINUSE").then(|| {
        let field = quoted_behind(line, "\"address\"", &['"']);
        let mut parts = lines.iter().rev();
        field.or_else(|| {
            parts.find_map(|line| {
                let part = line.trim_start().strip_prefix("address:")?;
                quoted_behind(part, "", &['\'', '"'])
            })
        })
    });
    let told = told.flatten().filter(|path| is_path(path));
    told.map(exactly).or_else(|| within(line))
}

/// The socket in a line by itself.
pub(super) fn within(line: &str) -> Option<Socket<'_>> {
    BEFORE.iter().find_map(|words| {
        let quoted = quoted_behind(line, words, &['\'', '"']);
        if let Some(path) = quoted {
            return is_path(path).then(|| exactly(path));
        }
        unquoted(line.split_once(words)?.1, *words == NODE)
    })
}

/// Whether a path is called as sockets are.
pub(super) fn is_called_so(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ENDS.iter().any(|end| name.ends_with(end)) || name.starts_with(".s.PGSQL.")
}

const ENDS: [&str; 2] = [".sock", ".socket"];

fn is_path(text: &str) -> bool {
    is_rooted(text) || ENDS.iter().any(|end| text.ends_with(end))
}

fn is_rooted(text: &str) -> bool {
    let begins = ["/", "./", "../"]
        .into_iter()
        .find(|begin| text.starts_with(begin));
    begins.is_some_and(|begin| text.len() > begin.len())
}

/// A path that is told whole; what is escaped in it is not.
fn exactly(path: &str) -> Socket<'_> {
    if path.contains('\\') {
        Socket::Somewhere
    } else {
        Socket::At(without_scheme(path))
    }
}

/// `unix:///run/x.sock`.
fn without_scheme(path: &str) -> &str {
    let bare = path.trim_start_matches('/');
    if bare.len() < path.len() {
        &path[path.len() - bare.len() - 1..]
    } else {
        path
    }
}

/// The path that a text begins with. It may have blanks in it: only what may follow ends it.
fn unquoted(text: &str, of_node: bool) -> Option<Socket<'_>> {
    // nginx and Go say more; a message may stand in quotes as a whole.
    let ends = [" failed (", ": bind"].into_iter();
    let end = ends.filter_map(|end| text.find(end)).min();
    let quote = text.find(['"', '\\']).unwrap_or(text.len());
    let is_ended = end.is_some_and(|end| end < quote);
    let text = &text[..end.unwrap_or(quote).min(quote)];
    let rooted = is_rooted(text) && !without_scheme(text).ends_with('/');
    let mut ends = ends_within(text);
    match (ends.next(), ends.next()) {
        (Some(end), None) => {
            let (path, rest) = text.split_at(end);
            let has_blank = path.contains(char::is_whitespace);
            let is_whole = of_node && rest.trim().is_empty();
            if rooted && !rest.contains('/') {
                Some(Socket::At(without_scheme(path)))
            } else if rooted {
                Some(Socket::Somewhere)
            } else {
                // Words may stand before one that has no folder.
                let is_clear = !rest.contains('/') && !has_blank;
                let is_plain = !path.contains(['{', '(', '$', '%']);
                (is_plain && (is_clear || is_whole)).then_some(Socket::At(path))
            }
        }
        _ if !rooted => None,
        (None, _) => {
            let path = text.trim_end_matches([' ', ',', ';', ')', '.', ':']);
            let is_plain = |c: char| c.is_alphanumeric() || "/._-+@~".contains(c);
            let is_clear = is_ended || path.chars().all(is_plain);
            Some(if is_clear && is_rooted(path) {
                Socket::At(without_scheme(path))
            } else {
                Socket::Somewhere
            })
        }
        (Some(_), Some(_)) => Some(Socket::Somewhere),
    }
}

/// Where names of sockets end in a text.
fn ends_within(text: &str) -> impl Iterator<Item = usize> {
    let ends = ENDS.iter().flat_map(|end| {
        let places = text.match_indices(end);
        places.map(|(at, end)| at + end.len())
    });
    ends.filter(|end| {
        let mut behind = text[*end..].chars();
        match (behind.next(), behind.next()) {
            (Some('.'), Some(next)) => !next.is_alphanumeric(),
            (Some(next), _) => !next.is_alphanumeric() && !"/-_~".contains(next),
            (None, _) => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Socket, of, within};

    #[test]
    fn a_sockets_file_is_told_from_a_port() {
        for (line, file) in [
            (
                "Error: listen EADDRINUSE: address already in use /tmp/x/app.sock",
                Some("/tmp/x/app.sock"),
            ),
            (
                "{\"msg\":\"listen EADDRINUSE: address already in use /tmp/app.sock\",\"port\":-1}",
                Some("/tmp/app.sock"),
            ),
            (
                "nginx: [emerg] bind() to unix:/run/app.sock failed (98: Address already in use)",
                Some("/run/app.sock"),
            ),
            (
                "listen unix /tmp/x.sock: bind: address already in use",
                Some("/tmp/x.sock"),
            ),
            (
                "could not bind Unix address \"/tmp/.s.PGSQL.5432\": Address already in use",
                Some("/tmp/.s.PGSQL.5432"),
            ),
            (
                "OSError: [Errno 98] Address '/tmp/a b.sock' is already in use",
                Some("/tmp/a b.sock"),
            ),
            ("    s.bind('run/app.sock')", Some("run/app.sock")),
            ("unix:///run/x.sock", Some("/run/x.sock")),
            (
                "bind(/run/x.sock): Address already in use",
                Some("/run/x.sock"),
            ),
            ("    s.bind((\"127.0.0.1\", 9100))", None),
            ("    s.bind(f\"{run}/app.sock\")", None),
            ("    self.socket.bind(self.server_address)", None),
            ("OSError: [Errno 98] Address already in use", None),
            ("address already in use :::3000", None),
            (
                "bind() to 0.0.0.0:80 failed (98: Address already in use)",
                None,
            ),
            ("unix: no", None),
            ("unix:///", None),
        ] {
            assert_eq!(within(line), file.map(Socket::At), "{line}");
        }
    }

    #[test]
    fn a_path_is_not_cut_at_a_blank_or_a_bracket() {
        for (line, file) in [
            (
                "Error: listen EADDRINUSE: address already in use /tmp/my app/x.sock",
                "/tmp/my app/x.sock",
            ),
            (
                "Error: listen EADDRINUSE: address already in use /tmp/app(1)/x.sock",
                "/tmp/app(1)/x.sock",
            ),
            (
                "Error: listen EADDRINUSE: address already in use my js.sock",
                "my js.sock",
            ),
            (
                "bind() to unix:/tmp/my apps/g.sock failed (98: Address already in use)",
                "/tmp/my apps/g.sock",
            ),
            (
                "bind() to unix:/tmp/my apps/g failed (98: Address already in use)",
                "/tmp/my apps/g",
            ),
            (
                "listen unix /Users/ann/My Projects/x.sock: bind: address already in use",
                "/Users/ann/My Projects/x.sock",
            ),
            (
                "[Errno 98] error while attempting to bind on address '/run/my app/a.sock': address already in use",
                "/run/my app/a.sock",
            ),
            (
                "unable to bind listening socket for address '/run/php/a.sock': Address already in use (98)",
                "/run/php/a.sock",
            ),
            (
                "listen EADDRINUSE: address already in use /tmp/it's/x.sock, giving up",
                "/tmp/it's/x.sock",
            ),
        ] {
            assert_eq!(within(line), Some(Socket::At(file)), "{line}");
        }
        for line in [
            "listen EADDRINUSE: address already in use /tmp/my app",
            "listen EADDRINUSE: address already in use /tmp/my app (again)",
            "listen EADDRINUSE: address already in use /tmp/my.sock dir/x.sock",
            "listen EADDRINUSE: address already in use /tmp/my.sock dir/x",
        ] {
            assert_eq!(within(line), Some(Socket::Somewhere), "{line}");
        }
    }

    #[test]
    fn nodes_own_line_of_the_address_is_exact() {
        let head = "Error: listen EADDRINUSE: address already in use /tmp/my app";
        let address = "  address: '/tmp/my app',";
        let found = of(head, &[head, address]);
        assert_eq!(found, Some(Socket::At("/tmp/my app")));
        let json = r#"{"err":{"code":"EADDRINUSE","address":"/tmp/my app/x.sock","port":-1}}"#;
        let found = of(json, &[json]);
        assert_eq!(found, Some(Socket::At("/tmp/my app/x.sock")));
        let port = "Error: listen EADDRINUSE: address already in use 127.0.0.1:3000";
        assert_eq!(of(port, &[port, "  address: '127.0.0.1',"]), None);
    }
}
