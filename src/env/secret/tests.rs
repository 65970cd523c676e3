use super::*;

#[test]
fn words_of_every_log_are_no_secrets_whatever_their_names() {
    let mut secrets = Vec::new();
    for (name, value) in [
        ("API_TOKEN", "production"),
        ("B_SECRET", "worker"),
        ("C_TOKEN", "Started"),
        ("SECRET_X", "development"),
        ("E_API_KEY", "example"),
    ] {
        log_secrets(name, value, true, &mut secrets);
    }
    assert_eq!(secrets, [""; 0]);
    log_secrets("API_TOKEN", "productions", false, &mut secrets);
    assert_eq!(secrets, ["productions"]);
}

#[test]
fn a_common_password_is_masked_only_where_it_is_one() {
    let mut secrets = Vec::new();
    log_secrets(
        "DATABASE_URL",
        "postgresql://postgres:postgres@localhost/db",
        false,
        &mut secrets,
    );
    log_secrets(
        "REDIS_URL",
        "redis://:s3cr%40tpass@localhost/0",
        false,
        &mut secrets,
    );
    let list = "redis://:first-pw@h/2;redis://:second-pw@h/2";
    log_secrets("CELERY_BROKER_URL", list, true, &mut secrets);
    // An address without a password is no secret, whatever its schema says.
    log_secrets(
        "CELERY_BROKER_URL",
        "redis://localhost:6379/1",
        true,
        &mut secrets,
    );
    log_secrets(
        "RESULT_BACKEND",
        "db+postgresql://localhost/results",
        true,
        &mut secrets,
    );
    assert_eq!(
        secrets,
        [
            "postgres:postgres@",
            "s3cr%40tpass",
            "s3cr@tpass",
            "first-pw",
            "second-pw"
        ]
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn of_an_address_only_what_is_secret_of_it_is_masked() {
    for (name, value, shown, logged) in [
        (
            "SLACK_WEBHOOK_URL",
            "https://hooks.slack.com/services/T012AB3CD/B012AB3CD/x8Kq2LmN4pRsT6vWyZ1a",
            "https://hooks.slack.com/services/T012AB3CD/B012AB3CD/••••••",
            &["x8Kq2LmN4pRsT6vWyZ1a"][..],
        ),
        (
            "DISCORD_WEBHOOK",
            "https://discord.com/api/webhooks/123456789012345678/q-Zx_9LmN4pRsT6/slack",
            "https://discord.com/api/webhooks/123456789012345678/••••••/slack",
            &["q-Zx_9LmN4pRsT6"],
        ),
        (
            "TEAMS_WEBHOOK_URL",
            "https://x.webhook.office.com/webhookb2/3f2b8c1e-5d6a-4b7c-9e8f-0a1b2c3d4e5f/IncomingWebhook/9f86d081884c7d659a2feaa0c55ad015/3f2b",
            "https://x.webhook.office.com/webhookb2/3f2b8c1e-5d6a-4b7c-9e8f-0a1b2c3d4e5f/IncomingWebhook/••••••/3f2b",
            &["9f86d081884c7d659a2feaa0c55ad015"],
        ),
        (
            "BLOB_SAS_URL",
            "https://a.blob.core.windows.net/c?sv=2022-11-02&sig=aBc%2Fd1234%3D&se=2027",
            "https://a.blob.core.windows.net/c?sv=2022-11-02&sig=••••••&se=2027",
            &["aBc%2Fd1234%3D", "aBc/d1234="],
        ),
        (
            "SIGNED",
            "https://b.s3.amazonaws.com/x?X-Amz-Credential=k9%2F2026&X-Amz-Security-Token=IQoJb3&X-Amz-Signature=aeeed9bbccd4",
            "https://b.s3.amazonaws.com/x?X-Amz-Credential=••••••&X-Amz-Security-Token=••••••&X-Amz-Signature=••••••",
            &["k9%2F2026", "k9/2026", "IQoJb3", "aeeed9bbccd4"],
        ),
        (
            "SIGNED",
            "https://storage.googleapis.com/b/x?X-Goog-SignedHeaders=host&X-Goog-Signature=0a1b2c3d",
            "https://storage.googleapis.com/b/x?X-Goog-SignedHeaders=host&X-Goog-Signature=••••••",
            &["0a1b2c3d"],
        ),
        (
            "SIGNED",
            "https://d1.cloudfront.net/x?Expires=1767&Signature=aBc-d1~e_&Key-Pair-Id=K2JC",
            "https://d1.cloudfront.net/x?Expires=1767&Signature=••••••&Key-Pair-Id=K2JC",
            &["aBc-d1~e_"],
        ),
        (
            "BOT_URL",
            "https://api.telegram.org/bot123456:AAE-tok7788/sendMessage",
            "https://api.telegram.org/bot123456:••••••/sendMessage",
            &["AAE-tok7788"],
        ),
        (
            "ZAP_URL",
            "https://hooks.zapier.com/hooks/catch/123456/abcdef7/",
            "https://hooks.zapier.com/hooks/catch/123456/••••••/",
            &["abcdef7"],
        ),
        (
            "AUTH_HEADER",
            "Bearer hijklm9876",
            "Bearer ••••••",
            &["hijklm9876"],
        ),
        (
            "HTTP_HEADERS",
            "authorization: basic YTpiMTIzNDU2, x-page: 2",
            "authorization: basic ••••••, x-page: 2",
            &["YTpiMTIzNDU2"],
        ),
        (
            "NPM_RC",
            "//registry.npmjs.org/:_authToken=npmtok8877",
            "//registry.npmjs.org/:_authToken=••••••",
            &["npmtok8877"],
        ),
        (
            "FEED_URL",
            "https://h/x?page=2&access_token=tok998877&sort_key=created#api_key=k55443322",
            "https://h/x?page=2&access_token=••••••&sort_key=created#api_key=••••••",
            &["tok998877", "k55443322"],
        ),
        (
            "ODBC",
            "Driver={ODBC Driver 18};Server=h;Uid=app;Pwd=odbc pwd&8?8;Encrypt=yes;",
            "Driver={ODBC Driver 18};Server=h;Uid=app;Pwd=••••••;Encrypt=yes;",
            &["odbc pwd&8?8"],
        ),
        (
            "ODBC",
            "Uid=app; Password={semi;colon};Encrypt=yes",
            "Uid=app; Password={••••••};Encrypt=yes",
            &["semi;colon"],
        ),
        (
            "BUS",
            "Endpoint=sb://h.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=abcd+/efgh=",
            "Endpoint=sb://h.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=••••••",
            &["abcd+/efgh="],
        ),
        (
            "BLOBS",
            "BlobEndpoint=https://a.blob.core.windows.net/;SharedAccessSignature=sv=2022&sig=aBcd1234",
            "BlobEndpoint=https://a.blob.core.windows.net/;SharedAccessSignature=sv=2022&sig=••••••",
            &["aBcd1234"],
        ),
        (
            "PG",
            "host=h password=hunter22 user=app",
            "host=h password=•••••• user=app",
            &["hunter22"],
        ),
        (
            "OTLP_HEADERS",
            "api-key=abc123def,tenant=x",
            "api-key=••••••,tenant=x",
            &["abc123def"],
        ),
        (
            "FLOWER_LOGIN",
            "admin:hunter2hunter2,guest:two,three",
            "admin:••••••,guest:••••••",
            &["hunter2hunter2", "two,three"],
        ),
        (
            "CACHE_REDIS_HOST",
            "default:Vq8zLr2NcT5x@eu1.upstash.io:6379",
            "default:••••••@eu1.upstash.io:6379",
            &["Vq8zLr2NcT5x"],
        ),
        (
            "PGHOST",
            "Vq8zLr2NcT5x@127.0.0.1",
            "••••••@127.0.0.1",
            &["Vq8zLr2NcT5x"],
        ),
        (
            "REDIS_HOST",
            "h.upstash.io:6379:Vq8zLr2NcT5x",
            "h.upstash.io:6379:••••••",
            &["Vq8zLr2NcT5x"],
        ),
        (
            "FLOWER_LOGIN",
            "admin:admin",
            "admin:••••••",
            &["admin:admin"],
        ),
    ] {
        assert_eq!(masked(name, value), shown, "{value}");
        let mut secrets = Vec::new();
        log_secrets(name, value, false, &mut secrets);
        assert_eq!(secrets, logged, "{value}");
    }
}

#[test]
fn what_has_no_secret_is_shown_as_it_is() {
    for (name, value) in [
        ("API_URL", "https://h/x?page=2&token=&auth=true#top"),
        ("API_URL", "https://h/x?token=${API_TOKEN}"),
        ("HOOK_URL", "https://api.example.com/webhooks/stripe"),
        (
            "SLACK_WEBHOOK_URL",
            "https://hooks.slack.com/services/xxx/yyy/xxxxxxxx",
        ),
        ("DEPLOY_URL", "https://h/token=x"),
        ("LS_COLORS", "*.tar=01;31:*.tgz=01;31"),
        ("OPTIONS", "-c statement_timeout=5s -c lock_timeout=1s"),
        ("COUNTRY_URL", "https://h/?code=DE"),
        ("GOOGLE_LOGIN", "C:\\keys\\google.json"),
        ("ENABLE_AUTH", "true"),
        ("GREETING", "a bearer certificate, Basic plan"),
        ("API_URL", "https://h/robot12:thing"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/opt/app/creds.json"),
        ("CACHE_KEY", "projects"),
        ("REDIS_HOST", "127.0.0.1:6379"),
        ("REDIS_HOST", "2001:10:ab::1"),
        ("REDIS_HOST", "::1"),
    ] {
        assert_eq!(masked(name, value), value);
        let mut secrets = Vec::new();
        log_secrets(name, value, false, &mut secrets);
        assert_eq!(secrets, [""; 0], "{value}");
    }
}

#[test]
fn of_a_list_each_secret_is_masked() {
    for (name, is_secret) in [("API_KEYS", false), ("FLAGS", true)] {
        let mut secrets = Vec::new();
        log_secrets(name, "one11111,two22222", is_secret, &mut secrets);
        assert_eq!(secrets, ["one11111,two22222", "one11111", "two22222"]);
    }
    let mut secrets = Vec::new();
    log_secrets("FLAGS", "one11111,two22222", false, &mut secrets);
    // What is declared secret stays one, whatever it looks like.
    log_secrets("SSL_KEY", "certs/server.key", true, &mut secrets);
    assert_eq!(secrets, ["certs/server.key"]);
}

#[test]
fn an_address_of_celerys_without_a_login_is_no_secret() {
    for (value, wanted) in [
        ("memory://", vec![]),
        ("filesystem://", vec![]),
        ("pyamqp://localhost//", vec![]),
        ("sqs://key:hunter2hunter2@", vec!["hunter2hunter2"]),
    ] {
        let mut secrets = Vec::new();
        log_secrets("CELERY_BROKER_URL", value, true, &mut secrets);
        assert_eq!(secrets, wanted, "{value}");
    }
}

#[test]
fn a_login_is_masked_as_a_whole_and_its_password_alone() {
    let mut secrets = Vec::new();
    log_secrets(
        "FLOWER_BASIC_AUTH",
        "admin:hunter2hunter2",
        false,
        &mut secrets,
    );
    let dsn = "app:dsn-pass-1@tcp(db:3306)/x";
    log_secrets("MYSQL_DSN", dsn, false, &mut secrets);
    assert_eq!(
        secrets,
        ["hunter2hunter2", "admin:hunter2hunter2", "dsn-pass-1", dsn]
    );
}

#[test]
fn a_large_value_is_looked_at_once() {
    for piece in [
        "a://", "a://hook", ";pwd={", "?token=", "=,", "pwd=a,b=", "a:b,", "{'",
    ] {
        let value = piece.repeat(20_000);
        assert!(secret_parts("X_AUTH", &value).len() <= 20_000);
    }
}
