//! Hosts and ports behind the `?` of a database's URL, as `SQLAlchemy` takes them: there may be several, in one of
//! two forms, and each driver wants more. Looked up in its 2.0 with asyncpg and with psycopg, one form at a time.

use url::Url;

use super::url_options::is_for_asyncpg;

const PORT: &str = "has a port behind its ? that is no number";
const MIXED: &str =
    "has ports beside hosts that have their own behind its ?, which SQLAlchemy does not take";
const COUNT: &str = "has not as many ports as hosts behind its ?";
const EMPTY: &str =
    "has a list of hosts behind its ? with an empty one, which asyncpg does not take";
const OPEN: &str =
    "has several hosts behind its ? and not a port for each, without which asyncpg takes none";

/// How many hosts stand behind the `?` of a URL.
///
/// # Errors
/// Why `SQLAlchemy` refuses them before anybody is asked. No other reader is judged.
pub fn hosts_of_sqlalchemy(url: &str) -> Result<usize, &'static str> {
    let Some((scheme, rest)) = url.trim().split_once("://") else {
        return Ok(0);
    };
    let Some((_, query)) = rest.split_once('?').filter(|_| scheme.contains('+')) else {
        return Ok(0);
    };
    // Whatever stands before it may be no sound URL.
    let Ok(sound) = Url::parse(&format!("a://h/?{}", query.replace('#', "%23"))) else {
        return Ok(0);
    };
    let all = |wanted: &str| -> Vec<String> {
        let pairs = sound.query_pairs();
        pairs
            .filter(|(name, value)| name == wanted && !value.is_empty())
            .map(|(_, value)| value.into_owned())
            .collect()
    };
    let (hosts, ports) = (all("host"), all("port"));
    let mut own = Vec::new();
    let (names, with_own): (Vec<&str>, bool) = match hosts.as_slice() {
        [] => (Vec::new(), false),
        [one] => match one.split_once(':') {
            Some((name, port)) if ports.is_empty() && is_host_with_port(name, port) => {
                own.push(port);
                (vec![name], true)
            }
            _ => (one.split(',').collect(), false),
        },
        several => {
            let pairs = several
                .iter()
                .map(|it| it.split_once(':').unwrap_or((it, "")));
            let (names, numbers): (Vec<&str>, Vec<&str>) = pairs.unzip();
            own = numbers;
            (names, true)
        }
    };
    if with_own && !ports.is_empty() {
        return Err(MIXED);
    }
    let numbers: Vec<&str> = match ports.as_slice() {
        [] => own,
        [one] => one.split(',').collect(),
        several => several.iter().map(String::as_str).collect(),
    };
    // Python takes blanks around a number, and signs.
    let is_number = |it: &&str| it.is_empty() || it.trim().parse::<i64>().is_ok();
    if !numbers.iter().all(is_number) {
        return Err(PORT);
    }
    let several = names.len() > 1 || numbers.len() > 1;
    if !numbers.is_empty() && several && names.len() != numbers.len() {
        return Err(COUNT);
    }
    if names.len() > 1 && is_for_asyncpg(url) {
        if names.iter().any(|it| it.is_empty()) {
            return Err(EMPTY);
        }
        if numbers.is_empty() || numbers.iter().any(|it| matches!(it.trim(), "" | "0")) {
            return Err(OPEN);
        }
    }
    Ok(names.len())
}

/// The hosts between login and path, each with its port, where a URL names several: `one:5432,other:5433`. So libpq
/// and postgres.js take them; the standard of URLs knows no such list, and neither does `SQLAlchemy`.
#[must_use]
pub fn hosts_in_list(url: &str) -> Vec<&str> {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    if hosts.contains(',') {
        hosts.split(',').collect()
    } else {
        Vec::new()
    }
}

/// The URL once for each of its hosts, as if that stood there alone; nothing where it names only one.
#[must_use]
pub fn with_each_host(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.trim().split_once("://") else {
        return Vec::new();
    };
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = before.split_once('/').unwrap_or((before, ""));
    let (login, _) = authority.rsplit_once('@').unwrap_or(("", authority));
    let at = if login.is_empty() { "" } else { "@" };
    let listed = hosts_in_list(url);
    let (hosts, options): (Vec<String>, Vec<&str>) = if listed.len() > 1 {
        let hosts = listed.into_iter().map(str::to_owned);
        (hosts.collect(), query.split('&').collect())
    } else {
        let (own, others): (Vec<&str>, Vec<&str>) = query
            .split('&')
            .partition(|it| it.starts_with("host=") || it.starts_with("port="));
        let all = |name: &str| -> Vec<&str> {
            let values = own.iter().filter_map(|it| it.strip_prefix(name));
            values.flat_map(|it| it.split(',')).collect()
        };
        let (names, ports) = (all("host="), all("port="));
        let hosts = names
            .iter()
            .enumerate()
            .map(|(at, name)| match ports.get(at) {
                Some(port) if !port.is_empty() => format!("{name}:{port}"),
                _ => (*name).to_owned(),
            });
        (hosts.collect(), others)
    };
    if hosts.len() < 2 {
        return Vec::new();
    }
    let options: Vec<&str> = options.into_iter().filter(|it| !it.is_empty()).collect();
    let mark = if options.is_empty() { "" } else { "?" };
    let options = options.join("&");
    let each = hosts.iter();
    each.map(|host| format!("{scheme}://{login}{at}{host}/{path}{mark}{options}"))
        .collect()
}

/// What the library takes for a host and its port where one stands alone.
fn is_host_with_port(host: &str, port: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    host.chars().all(fits) && port.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqlalchemy_takes_is_taken() {
        let both = ["asyncpg", "psycopg"];
        let told = |driver: &str, rest: &str| {
            hosts_of_sqlalchemy(&format!("postgresql+{driver}://u:p@{rest}"))
        };
        for (rest, found) in [
            ("/db?host=a:5432&host=b:5433", [Ok(2), Ok(2)]),
            ("/db?host=a,b&port=5432,5433", [Ok(2), Ok(2)]),
            ("/db?host=a,b&port=5432&port=5433", [Ok(2), Ok(2)]),
            ("/db?host=a&port=5432", [Ok(1), Ok(1)]),
            ("h:5432/db?host=a:5433", [Ok(1), Ok(1)]),
            ("/db?host=/run/pg:5433", [Ok(1), Ok(1)]),
            ("/db?host=a:abc", [Ok(1), Ok(1)]),
            ("/db?host=::1", [Ok(1), Ok(1)]),
            ("h/db?port=", [Ok(0), Ok(0)]),
            ("h/db", [Ok(0), Ok(0)]),
            ("h/db?port=abc", [Err(PORT), Err(PORT)]),
            ("/db?host=a:5432&host=b:x", [Err(PORT), Err(PORT)]),
            ("/db?host=a&host=b&port=1&port=2", [Err(MIXED), Err(MIXED)]),
            ("/db?host=a&port=5432,5433", [Err(COUNT), Err(COUNT)]),
            ("h/db?port=5432,5433", [Err(COUNT), Err(COUNT)]),
            ("/db?host=a&host=b", [Err(OPEN), Ok(2)]),
            ("/db?host=a:5432&host=b", [Err(OPEN), Ok(2)]),
            ("/db?host=a:5432,b:5433", [Err(OPEN), Ok(2)]),
            ("/db?host=a,&port=1,2", [Err(EMPTY), Ok(2)]),
        ] {
            assert_eq!(both.map(|driver| told(driver, rest)), found, "{rest}");
        }
        // Other readers have other rules.
        assert_eq!(hosts_of_sqlalchemy("postgresql://h/db?port=abc"), Ok(0));
    }
    #[test]
    fn each_host_of_several_stands_alone() {
        for (url, each) in [
            (
                "postgresql+asyncpg://u:p@/d?host=a:1&host=b:2&ssl=require",
                vec![
                    "postgresql+asyncpg://u:p@a:1/d?ssl=require",
                    "postgresql+asyncpg://u:p@b:2/d?ssl=require",
                ],
            ),
            (
                "postgresql+psycopg:///d?host=a,b&port=1,2",
                vec!["postgresql+psycopg://a:1/d", "postgresql+psycopg://b:2/d"],
            ),
            (
                "postgresql://u:p@a:1,b/d?x=1",
                vec!["postgresql://u:p@a:1/d?x=1", "postgresql://u:p@b/d?x=1"],
            ),
            ("postgresql://u:p@a:1/d", vec![]),
            ("postgresql+asyncpg://u:p@/d?host=a:1", vec![]),
        ] {
            assert_eq!(with_each_host(url), each, "{url}");
        }
    }

    #[test]
    fn a_list_before_the_path_is_no_part_of_a_password() {
        for (url, found) in [
            ("postgresql://u:p@a:5432,b/d", vec!["a:5432", "b"]),
            ("postgresql://a,b", vec!["a", "b"]),
            ("postgresql://u:p,w@a/d?x=1,2", vec![]),
            ("a,b", vec![]),
        ] {
            assert_eq!(hosts_in_list(url), found, "{url}");
        }
    }
}
