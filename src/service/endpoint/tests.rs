use super::*;

fn postgres(url: &str) -> Endpoint {
    Endpoint::postgres(url, "DATABASE_URL", ".env:1").expect(url)
}

#[test]
fn sqlalchemy_drivers_and_defaults_are_understood() {
    let endpoint = postgres("postgresql+asyncpg://crawler:p%40ss%2Fw%25rd@localhost/pix_crawler");
    assert_eq!((endpoint.host.as_str(), endpoint.port), ("localhost", 5432));
    assert_eq!(endpoint.user.as_deref(), Some("crawler"));
    assert_eq!(
        endpoint.password.as_ref().map(Secret::expose),
        Some("p@ss/w%rd")
    );
    assert_eq!(endpoint.database.as_deref(), Some("pix_crawler"));
    assert_eq!(
        postgres("postgres://u@[::1]:6543/d?sslmode=require").address(),
        "[::1]:6543"
    );
    assert_eq!(
        postgres("postgres://u@db/d?sslmode=require").tls,
        Tls::Required
    );
    assert!(postgres("postgresql:///d?host=/run/postgresql").is_socket());
}

#[test]
fn an_at_sign_or_a_lone_percent_in_a_password_is_kept() {
    assert_eq!(
        postgres("postgresql://u:a@b%zz@localhost/d").password,
        Some(Secret::new("a@b%zz"))
    );
}

#[test]
fn local_means_this_machine() {
    let local = |host: &str| postgres(&format!("postgresql://u:p@{host}:5432/d")).is_local();
    assert!(
        [
            "localhost",
            "LOCALHOST",
            "127.0.0.1",
            "127.8.9.1",
            "[::1]",
            "0.0.0.0"
        ]
        .into_iter()
        .all(local)
    );
    assert!(
        ![
            "db",
            "10.0.0.1",
            "localhost.example.com",
            "[2001:db8::1]",
            "db.abc.supabase.co"
        ]
        .into_iter()
        .any(local)
    );
}

#[test]
fn redis_databases_come_from_path_or_query() {
    let redis = |url: &str| Endpoint::redis(url, "REDIS_URL", ".env:2");
    assert_eq!(
        redis("redis://:pw@localhost:6380/3")
            .expect("valid")
            .redis_database(),
        3
    );
    assert_eq!(
        redis("rediss://localhost?db=2").map(|e| (e.redis_database(), e.tls, e.port)),
        Ok((2, Tls::Verified, 6379))
    );
    assert_eq!(
        redis("redis://localhost/cache"),
        Err(EndpointError::Database)
    );
    // The password began before the slash.
    let told = redis("redis://u:1/S3cr3t@h:6379/0").expect_err("no number");
    assert!(!format!("{told} {told:?}").contains("cr3t"), "{told}");
    assert!(matches!(
        redis("amqp://localhost"),
        Err(EndpointError::Scheme { .. })
    ));
    let parts = RedisParts {
        database: Some("1"),
        password: Some(""),
        ..RedisParts::default()
    };
    let endpoint = Endpoint::redis_parts(parts, "CACHE_REDIS_HOST", ".env:3").expect("valid");
    assert_eq!(
        (
            endpoint.address().as_str(),
            endpoint.redis_database(),
            endpoint.password
        ),
        ("localhost:6379", 1, None)
    );
}

#[test]
fn a_redis_certificate_is_looked_at_as_its_url_says() {
    let read = |query: &str| {
        let url = format!("rediss://:pw@h:6380/1{query}");
        let endpoint = Endpoint::redis(&url, "CELERY_RESULT_BACKEND", "").expect(&url);
        (endpoint.tls, endpoint.root)
    };
    let ca = Some("/etc/a b.pem".to_owned());
    for (query, tls, root) in [
        ("", Tls::Verified, None),
        ("?ssl_cert_reqs=required", Tls::Verified, None),
        ("?ssl_cert_reqs=CERT_NONE", Tls::Required, None),
        (
            "?ssl_cert_reqs=none&ssl_ca_certs=/x.pem",
            Tls::Required,
            None,
        ),
        (
            "?ssl_cert_reqs=CERT_REQUIRED&ssl_ca_certs=%2Fetc%2Fa%20b.pem",
            Tls::Verified,
            ca.clone(),
        ),
        (
            "?ssl_check_hostname=False&ssl_ca_certs=/etc/a%20b.pem",
            Tls::Authority,
            ca,
        ),
    ] {
        assert_eq!(read(query), (tls, root), "{query}");
    }
}

#[test]
fn a_broker_that_says_nothing_of_its_certificate_is_believed() {
    let tls = |variable, url| Endpoint::redis(url, variable, "").map(|it| it.tls);
    let broker = |url| tls("CELERY_BROKER_URL", url);
    assert_eq!(
        broker("rediss://:pw@h/1?visibility_timeout=5"),
        Ok(Tls::Required)
    );
    assert_eq!(
        broker("rediss://h/1?ssl_ca_certs=/a.pem"),
        Ok(Tls::Verified)
    );
    assert_eq!(
        broker("rediss://h/1?ssl_cert_reqs=required"),
        Ok(Tls::Verified)
    );
    assert_eq!(broker("redis://h/1"), Ok(Tls::Off));
    // Any option of TLS is a wish for it, whatever the scheme says.
    assert_eq!(
        broker("redis://h/1?ssl_cert_reqs=CERT_REQUIRED"),
        Ok(Tls::Verified)
    );
    assert_eq!(broker("redis://h/1?ssl_cert_reqs=none"), Ok(Tls::Required));
    assert_eq!(
        tls("REDIS_URL", "redis://h/1?ssl_cert_reqs=none"),
        Ok(Tls::Off)
    );
    assert_eq!(
        tls("CELERY_RESULT_BACKEND", "rediss://h/1"),
        Ok(Tls::Verified)
    );
    let other = Endpoint::broker("rediss://h/1", "TASKS_REDIS_URL", "");
    assert_eq!(other.map(|it| it.tls), Ok(Tls::Required));
}

#[test]
fn a_sign_that_begins_a_fragment_elsewhere_is_one_of_the_name_for_sqlalchemy() {
    let name = |url: &str| postgres(url).database.unwrap_or_default();
    assert_eq!(name("postgresql+asyncpg://u:p@h/app#old"), "app#old");
    assert_eq!(
        name("postgresql+asyncpg://u:p@/app#old?host=/run/x"),
        "app#old"
    );
    assert_eq!(name("postgresql://u:p@h/app#old"), "app");
    let cut = Endpoint::postgres("postgresql+asyncpg://u:1#w@h/app", "X", "");
    assert_eq!(cut, Err(EndpointError::Unencoded));
}

#[test]
fn sqlalchemy_undoes_no_code_of_a_name() {
    let name = |url: &str| postgres(url).database.unwrap_or_default();
    assert_eq!(name("postgresql+asyncpg://u:p@h/my%20db?ssl=x"), "my%20db");
    assert_eq!(name("postgresql+psycopg://u:p@h/my db"), "my db");
    assert_eq!(name("postgresql+asyncpg://u:p@/a%25?host=/run/x"), "a%25");
    assert_eq!(name("postgresql+asyncpg://u:p@h"), "");
    assert_eq!(name("postgresql+asyncpg://u:p@h/?database=d"), "d");
    assert_eq!(name("postgresql://u:p@h/my%20db"), "my db");
}

#[test]
fn a_redis_url_names_our_own_certificate() {
    let of = |variable, url: &str| {
        let endpoint = Endpoint::redis(url, variable, "").expect(url);
        endpoint.client.map(|it| (it.certificate, it.key))
    };
    let read = |url| of("CELERY_BROKER_URL", url);
    let both = |certificate: &str, key: &str| Some((certificate.to_owned(), key.to_owned()));
    assert_eq!(
        read("rediss://h/1?ssl_certfile=/a.pem&ssl_keyfile=%2Fa%20b.key&ssl_cert_reqs=none"),
        both("/a.pem", "/a b.key")
    );
    assert_eq!(
        read("rediss://h/1?ssl_certfile=/a.pem&ssl_keyfile="),
        both("/a.pem", "/a.pem")
    );
    assert_eq!(read("rediss://h/1?ssl_ca_certs=/a.pem"), None);
    let plain = "redis://h/1?ssl_certfile=/a.pem";
    assert_eq!(of("CACHE_REDIS_URL", plain), None);
    assert_eq!(read(plain), both("/a.pem", "/a.pem"));
}

#[test]
fn nothing_shows_a_password() {
    assert!(!format!("{:?}", postgres("postgresql://u:hunter22@localhost/d")).contains("hunter22"));
    let error = Endpoint::postgres("postgresql://u:hunter22@localhost:99999/d", "A", "B")
        .expect_err("port");
    assert!(!format!("{error} {error:?}").contains("hunter22"));
}

#[test]
fn a_socket_may_have_a_user_before_it() {
    let endpoint = postgres("postgresql+asyncpg://app:p%40ss@/pix?host=/cloudsql/a:b:c");
    assert_eq!(
        (endpoint.host.as_str(), endpoint.user.as_deref()),
        ("/cloudsql/a:b:c", Some("app"))
    );
    assert!(endpoint.is_socket());
    assert_eq!(endpoint.password.as_ref().map(Secret::expose), Some("p@ss"));
    assert_eq!(endpoint.database.as_deref(), Some("pix"));
}

#[test]
fn a_redis_socket_is_read_as_its_clients_write_it() {
    let read = |url: &str| Endpoint::redis(url, "CELERY_BROKER_URL", "").expect(url);
    for (url, path, database) in [
        ("redis+socket:///run/redis.sock", "/run/redis.sock", 0),
        (
            "redis+socket:///run/redis.sock?virtual_host=2",
            "/run/redis.sock",
            2,
        ),
        ("unix:///run/a%20b.sock?db=3", "/run/a b.sock", 3),
    ] {
        let endpoint = read(url);
        assert!(endpoint.is_socket() && !endpoint.is_local());
        assert_eq!(
            (endpoint.address().as_str(), endpoint.redis_database()),
            (path, database)
        );
    }
    let secret = read("unix://:one@/run/redis.sock").password;
    assert_eq!(
        secret.map(|it| it.expose().to_owned()).as_deref(),
        Some("one")
    );
    let secret = read("unix:///run/redis.sock?password=two").password;
    assert_eq!(
        secret.map(|it| it.expose().to_owned()).as_deref(),
        Some("two")
    );
    assert!(Endpoint::redis("unix:///run/redis.sock?db=x", "V", "").is_err());
}

#[test]
fn what_stands_behind_the_question_mark_wins() {
    let at = |url: &str| {
        let endpoint = postgres(url);
        (
            endpoint.host,
            endpoint.port,
            endpoint.user.unwrap_or_default(),
            endpoint.database.unwrap_or_default(),
        )
    };
    let is = |host: &str, port, user: &str, database: &str| {
        (host.to_owned(), port, user.to_owned(), database.to_owned())
    };
    for (url, wanted) in [
        (
            "postgresql+asyncpg://app:pw@nohost.invalid:5433/pix?host=127.0.0.1",
            is("127.0.0.1", 5433, "app", "pix"),
        ),
        (
            "postgresql+asyncpg://app:pw@localhost/pix?host=/cloudsql/a:b:c&port=5433",
            is("/cloudsql/a:b:c", 5433, "app", "pix"),
        ),
        (
            "postgresql+asyncpg://app:pw@h:1/pix?host=db.example.com:5434&user=me&database=x",
            is("db.example.com", 5434, "me", "x"),
        ),
        (
            "postgresql://app:pw@h:1/pix?host=::1&dbname=y",
            is("::1", 1, "app", "y"),
        ),
        // What is empty is not handed on.
        (
            "postgresql://app:pw@h:1/pix?host=",
            is("h", 1, "app", "pix"),
        ),
    ] {
        assert_eq!(at(url), wanted, "{url}");
    }
    let secret = postgres("postgresql://app:one@h/d?password=two").password;
    assert_eq!(secret.as_ref().map(Secret::expose), Some("two"));
    let zero = Endpoint::postgres("postgresql://h/d?port=0", "A", "B");
    assert_eq!(zero, Err(EndpointError::Port));
}

#[test]
fn the_end_of_a_password_is_no_host() {
    for url in [
        "postgresql://app:hunter2@S3cretTail/x@host/d",
        "postgresql://app:hunter2@S3cretTail?x@host/d",
        "postgresql://app:hunter2@S3cretTail#x@host/d",
    ] {
        let error = Endpoint::postgres(url, "A", "B").expect_err(url);
        assert_eq!(error, EndpointError::Unencoded, "{url}");
        assert!(!error.to_string().contains("S3cret"), "{error}");
    }
    assert_eq!(postgres("postgresql://u:p@h/d?options=a@b").host, "h");
}

#[test]
fn another_address_of_loopback_is_not_the_usual_one() {
    let usual = |host: &str| postgres(&format!("postgresql://u@{host}/d")).is_usual_loopback();
    assert!(
        ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"]
            .into_iter()
            .all(usual)
    );
    assert!(!["127.0.0.2", "db", "10.0.0.1"].into_iter().any(usual));
}

#[test]
fn several_hosts_and_ports_that_are_none_are_told() {
    let error = |url: &str| Endpoint::postgres(url, "DATABASE_URL", "").expect_err(url);
    let list = "postgresql+asyncpg://u:p@/db?host=a:5432&host=b:5433";
    assert_eq!(error(list), EndpointError::Hosts);
    let list = "postgresql://u:p@a:5432,b:5433/db";
    assert_eq!(error(list), EndpointError::Hosts);
    for url in [
        "postgresql+asyncpg://u:p@h/db?port=abc",
        "postgresql+psycopg://u:p@/db?host=a&host=b&port=1&port=2",
    ] {
        assert!(matches!(error(url), EndpointError::Behind(_)), "{url}");
    }
    assert_eq!(
        error("postgresql://u:p@h/db?port=abc"),
        EndpointError::NoPort
    );
    assert_eq!(error("postgresql://u:p@h/db?port=0"), EndpointError::Port);
}

#[test]
fn what_the_environment_says_of_tls_counts_where_the_url_says_nothing() {
    let tls = |url: &str, client, variables: &[(&str, &str)]| {
        let get = |name: &str| {
            let mut all = variables.iter();
            all.find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let around = Around {
            get: &get,
            account: None,
            home: None,
        };
        let by = elsewhere(url, client, around).tls;
        let endpoint = postgres(url);
        (endpoint.completed(url, client, around).tls, by)
    };
    let (open, said) = ("postgresql://h/d", "postgresql://h/d?sslmode=disable");
    let both = [("PGSSLMODE", "verify-full"), ("PGSSL", "require")];
    let mode = Some("PGSSLMODE");
    for client in [Client::Asyncpg, Client::Libpq] {
        assert_eq!(tls(open, client, &both), (Tls::Verified, mode));
        assert_eq!(tls(said, client, &both), (Tls::Off, None));
        let off = [("PGSSLMODE", "disable")];
        assert_eq!(tls(open, client, &off), (Tls::Off, mode));
        assert_eq!(
            tls(open, client, &[("PGSSLMODE", "")]),
            (Tls::Preferred, None)
        );
        // No socket has TLS.
        let socket = "postgresql:///d?host=/run/postgresql";
        assert_eq!(tls(socket, client, &both).0, Tls::Preferred);
    }
    let unfit = |client, word: &'static str| {
        let get = |name: &str| (name == "PGSSLMODE").then(|| word.to_owned());
        let around = Around {
            get: &get,
            account: None,
            home: None,
        };
        elsewhere(open, client, around).unfit_tls
    };
    assert!(unfit(Client::Asyncpg, "bogus") && unfit(Client::Asyncpg, "Require"));
    for word in ["verify-full", "verify_full", "disable", ""] {
        assert!(!unfit(Client::Asyncpg, word), "{word}");
    }
    assert!(!unfit(Client::PostgresJs, "bogus"));
    let js = |word| tls(open, Client::PostgresJs, &[("PGSSL", word)]).0;
    assert_eq!(js("require"), Tls::Required);
    // Any other word is true.
    assert_eq!(js("disable"), Tls::Verified);
    let other = [("PGSSLMODE", "require")];
    assert_eq!(
        tls(open, Client::PostgresJs, &other),
        (Tls::Preferred, None)
    );
    // It looks at the certificate wherever it encrypts, and knows a word for not doing so.
    let node = |word| tls(open, Client::NodePostgres, &[("PGSSLMODE", word)]);
    for word in ["prefer", "require", "verify-ca", "verify-full"] {
        assert_eq!(node(word), (Tls::Verified, mode), "{word}");
    }
    assert_eq!(node("no-verify"), (Tls::Required, mode));
    assert_eq!(node("disable"), (Tls::Off, mode));
    assert_eq!(node("allow"), (Tls::Preferred, None));
    assert_eq!(
        tls(open, Client::NodePostgres, &[("PGSSL", "require")]),
        (Tls::Preferred, None)
    );
}

#[test]
fn node_postgres_looks_at_certificates_unless_it_is_told_not_to() {
    for (options, wanted) in [
        ("", Tls::Preferred),
        ("?application_name=x", Tls::Preferred),
        ("?sslmode=disable", Tls::Off),
        ("?sslmode=prefer", Tls::Verified),
        ("?sslmode=require", Tls::Verified),
        ("?sslmode=allow", Tls::Verified),
        ("?sslmode=no-verify", Tls::Required),
        ("?sslmode=require&uselibpqcompat=true", Tls::Required),
        (
            "?sslmode=require&uselibpqcompat=true&sslrootcert=/ca.crt",
            Tls::Authority,
        ),
        ("?sslmode=verify-ca&uselibpqcompat=true", Tls::Authority),
        ("?sslrootcert=/ca.crt", Tls::Verified),
        ("?ssl=true", Tls::Verified),
        ("?ssl=0", Tls::Off),
        ("?ssl=no-verify", Tls::Required),
    ] {
        let url = format!("postgresql://h/d{options}");
        let read = postgres(&url).as_node_postgres(&url);
        assert_eq!(read.tls, wanted, "{url}");
    }
}
