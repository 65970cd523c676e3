//! Every key is put together here, so that this file holds none.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn found(text: &str) -> Vec<&str> {
    hits(text.as_bytes())
        .iter()
        .filter_map(|hit| text.get(hit.span.start..hit.span.end))
        .collect()
}

fn token(role: &str, issuer: &str) -> String {
    let body = URL_SAFE_NO_PAD.encode(format!(
        r#"{{"iss":"{issuer}","ref":"abcdefghijklmnopqrst","role":"{role}","iat":1700000000}}"#
    ));
    format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{body}.Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4")
}

/// So many characters that look drawn by lot: letters of both cases, and digits.
fn drawn(length: usize) -> String {
    let all = "q7RtY2wZ9kLmN4vBx8CdF3gHjP6sTeQ5uWyA";
    all.chars().cycle().take(length).collect()
}

#[test]
fn keys_are_told_from_words_that_begin_like_them() {
    let key = format!("sk_{}_{}", "live", "4eC39HqLyjWDarjtT1zdp7dc");
    assert_eq!(found(&format!("A=\"{key}\" # b")), [key.as_str()]);
    for none in [
        "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
        "sk_live_",
        "sk_live_your_key_here_1234",
        "task_live_4eC39HqLyjWDarjtT1zdp7dc",
        "npm_config_registry",
    ] {
        assert_eq!(found(none), Vec::<&str>::new(), "{none}");
    }
}

#[test]
fn keys_without_a_beginning_of_their_own_are_known_by_what_stands_before() {
    let secret = format!("{}/+{}", drawn(20), drawn(18));
    for name in ["aws_secret_access_key = ", "AWS_SECRET_ACCESS_KEY=\""] {
        let text = format!("[default]\n{name}{secret}\"\n");
        assert_eq!(found(&text), [format!("{name}{secret}")], "{text}");
    }
    let bot = format!("123456789:AA{}", drawn(33));
    assert_eq!(found(&format!("bot{bot}/send")), [&bot[9..]]);
    let token = format!("ghp_{}", drawn(36));
    assert_eq!(found(&format!(r#""first\n{token}""#)), [token.as_str()]);
    let password = drawn(14);
    for scheme in ["https", "mysql", "mariadb", "cloudinary"] {
        let url = format!("{scheme}://deploy:{password}@git.shop.io/x.git");
        let end = format!("{scheme}://deploy:{password}").len();
        assert_eq!(found(&url), [&url[..end]]);
    }
    for none in [
        "aws_secret_access_key = os.environ[\"AWS_SECRET_ACCESS_KEY\"]".to_owned(),
        "aws_secret_access_key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        format!("12:AA{}", drawn(33)),
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX".to_owned(),
        format!("https://git.shop.io/{}@2", drawn(20)),
        "https://user:password@shop.io".to_owned(),
        format!("shpat_{}", drawn(32)),
    ] {
        assert_eq!(found(&none), Vec::<&str>::new(), "{none}");
    }
}

#[test]
fn each_service_has_its_own_length_and_letters() {
    let hexadecimal = "3f9c1e07b52d8a64e1d0c7b96f2a583e4d71b0c9";
    let letters: String = drawn(60)
        .chars()
        .filter(|c| !c.is_ascii_digit())
        .take(34)
        .collect();
    let keys = [
        format!("sbp_{hexadecimal}"),
        format!("sbp_v0_{hexadecimal}"),
        format!("ghu_{}", drawn(36)),
        format!("ghr_{}", drawn(36)),
        format!("hf_{letters}"),
        format!("re_{}_{}", drawn(8), drawn(24)),
        format!("SG.{}.{}", drawn(22), drawn(43)),
        format!("sk-{}", drawn(48)),
        format!("sk-{}T3BlbkFJ{}", drawn(20), drawn(20)),
        format!("sk-svcacct-{}_T3BlbkFJ{}", drawn(58), drawn(58)),
        // A team's number may be any.
        format!("xoxb-100000000000-1234567890123-{}", drawn(24)),
        format!("xoxb-164037608970-2163713182569-{}", &letters[..24]),
        format!(
            "xoxp-1234567890-1234567890-1234567890-{}",
            &hexadecimal[..32]
        ),
        format!("dop_v1_{}", &hexadecimal.repeat(2)[..64]),
        format!("sk-or-v1-{}", &hexadecimal.repeat(2)[..64]),
        format!("dckr_pat_{}", drawn(27)),
        format!("shpat_{}", &hexadecimal[..32]),
        format!("dapi{}", &hexadecimal[..32]),
        format!("gsk_{}", drawn(52)),
        format!("AGE-SECRET-KEY-1{}", drawn(58).to_uppercase()),
        format!("hooks.slack.com/services/T03ABCD9Z/B04QWERTY/{}", drawn(24)),
        format!("discord.com/api/webhooks/112233445566778899/{}", drawn(68)),
    ];
    for key in &keys {
        assert_eq!(found(&format!("use {key}.\n")), [key.as_str()]);
    }
    for none in [
        // A refund, a name, a slug, a class, a file, a placeholder.
        format!("re_{}", drawn(24)),
        "re_password_resetTokenForUserAccounts1".to_owned(),
        format!("core_{}_{}", drawn(8), drawn(24)),
        "task-4-of-the-list-that-everybody-knows-about-2".to_owned(),
        "sk-spinner-with-a-very-long-name-of-its-own-2-3-4".to_owned(),
        format!("sk-{hexadecimal}"),
        format!("hf_{}", drawn(20)),
        "xoxb-123456789012-1234567890123-XXXXXXXXXXXXXXXXXXXXXXXX".to_owned(),
        "xoxb-123456789012-1234567890123-your-bot-token-here".to_owned(),
        "hf_hub_download_and_extract_to_a_folder".to_owned(),
        format!("sbp_{}", drawn(40)),
        format!("SG.{}", drawn(66)),
        "SG.xxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".to_owned(),
        "re_xxxxxxxx_xxxxxxxxxxxxxxxxxxxxxxxx".to_owned(),
    ] {
        assert_eq!(found(&none), Vec::<&str>::new(), "{none}");
    }
}

#[test]
fn a_url_of_a_server_elsewhere_is_one_with_a_password_that_was_drawn() {
    let password = drawn(16);
    let hosts = [
        (
            "postgresql+asyncpg",
            "postgres.qwsdxcvfrtgb",
            "aws-0-eu-central-1.pooler.supabase.com:6543/postgres",
        ),
        ("rediss", "default", "eu1-fit-1234.upstash.io:6379"),
        ("amqps", "", "10.0.0.7/%2F"),
    ];
    for (scheme, user, host) in hosts {
        let until = format!("{scheme}://{user}:{password}");
        assert_eq!(found(&format!("sqlalchemy.url = {until}@{host}")), [until]);
    }
    for letters in [["qWhTzR", "kLmVnB"], ["GtrKpw", "XeqLmdZB"]] {
        let until = format!("postgres://app:{}", letters.concat());
        assert_eq!(found(&format!("{until}@db.acme.io/x")), [until]);
    }
    for (scheme, short) in [
        ("postgresql+psycopg_async", ["Kx9mP", "q2vTz"]),
        ("mysql+asyncmy", ["Qm8vR", "z2k"]),
        ("rediss", ["Kx9mP", "q2vTz"]),
    ] {
        let until = format!("{scheme}://:{}", short.concat());
        assert_eq!(found(&format!("url: {until}@cache.acme.io/0")), [until]);
    }
    // Who hands databases out draws letters alone, too.
    for letters in [["UgtEBYmI", "fHulDFoo"], ["pZADnYFk", "yNmNQQME"]] {
        let until = format!("postgresql://postgres.abcqdefghz:{}", letters.concat());
        let host = "aws-0-eu-central-1.pooler.supabase.com:6543";
        assert_eq!(found(&format!("{until}@{host}/postgres")), [until]);
    }
    for none in [
        "postgresql://postgres.ab:TheStringOfMyDatabase@db.ab.supabase.co/x".to_owned(),
        format!("postgresql://app:{password}@localhost:5432/app"),
        format!("postgresql://app:{password}@postgres:5432/app"),
        format!("postgresql://app:{password}@127.0.0.1/app"),
        format!("postgresql://app:{password}@db.example.com/app"),
        format!("postgresql://app:{password}.db.acme.io/app"),
        "postgresql://app:${PASSWORD}@db.acme.io/app".to_owned(),
        "postgresql://app:MyPassword123@db.acme.io/app".to_owned(),
        "postgresql://app:MyDbPassWord@db.acme.io/app".to_owned(),
        "postgresql://app:MyPass123@db.acme.io/app".to_owned(),
        "postgresql://app:P4ssw0rd@db.acme.io/app".to_owned(),
        "postgresql://app:Db2024xY@db.acme.io/app".to_owned(),
        "rediss://:changeme@cache.acme.io:6380".to_owned(),
        "rediss://:Kx9mPq2vTz@localhost:6380".to_owned(),
        "postgresql://app:correcthorsebattery@db.acme.io/app".to_owned(),
        "postgresql://app:FirstStringOfThree@db.acme.io/app".to_owned(),
        "postgresql://app:DbUserLoginKey@db.acme.io/app".to_owned(),
        "postgresql://app:THEPASSPHRASE@db.acme.io/app".to_owned(),
        "postgresql://postgres:postgres@db.acme.io/app".to_owned(),
        "redis://db.acme.io:6379/0".to_owned(),
    ] {
        assert_eq!(found(&none), Vec::<&str>::new(), "{none}");
    }
}

#[test]
fn a_signature_opens_what_it_stands_behind() {
    let signature = format!("&sig={}%2B%3D", drawn(42));
    let url = format!("https://acme.blob.core.windows.net/data?sv=2023-11-03&se=2026{signature}");
    assert_eq!(found(&url), [signature.as_str()]);
    let first = format!("?{}", &signature[1..]);
    let url = format!("https://acme.blob.core.windows.net/data{first}&sv=2023-11-03");
    assert_eq!(found(&url), [first.as_str()]);
    assert_eq!(found("/login?next=1&sig=abc"), Vec::<&str>::new());
}

#[test]
fn a_signed_address_is_one_with_its_signature() {
    let digits = "3f9c1e07b52d8a64e1d0c7b96f2a583e4d71b0c9".repeat(13);
    let s3 = |key: &str| {
        format!(
            "https://acme.s3.amazonaws.com/a?X-Amz-Credential={key}%2F20261130%2Feu%2Fs3&X-Amz-Expires=900"
        )
    };
    let amazon = ["X-Amz-Sig", "nature=", &digits[..64]].concat();
    // Keys of a session are no keys of somebody's own.
    let session = s3("ASIAQ7RTYW2ZKLMN4VBX");
    assert_eq!(
        found(&format!("x = '{session}&{amazon}'")),
        [amazon.as_str()]
    );
    let google = ["X-Goog-Sig", "nature=", &digits[..512]].concat();
    let url = format!("https://storage.googleapis.com/acme/a?X-Goog-Algorithm=GOOG4&{google}");
    assert_eq!(found(&url), [google.as_str()]);
    let old = ["&Sig", "nature=", &drawn(40), "%2Bw%3D"].concat();
    for name in [
        "GoogleAccessId=a@acme.iam",
        "AWSAccessKeyId=ASIAQ7RTYW2ZKLMN4VBX",
    ] {
        let url = format!("https://acme.io/a?{name}&Expires=1{old}");
        assert_eq!(found(&url), [old.as_str()], "{name}");
    }
    for none in [
        // Documents, placeholders, and what signs something else.
        format!("{}&{amazon}", s3(&["AKIAIOSFODNN7", "EXAMPLE"].concat())),
        format!("https://examplebucket.s3.amazonaws.com/a?{amazon}"),
        "https://acme.io/a?X-Amz-Signature=<signature-value>".to_owned(),
        ["X-Amz-Sig", "nature=", &"x".repeat(64)].concat(),
        ["X-Amz-Sig", "nature=", &digits[..40]].concat(),
        format!("https://acme.io/callback?user=1{old}"),
    ] {
        assert_eq!(found(&none), Vec::<&str>::new(), "{none}");
    }
}

#[test]
fn what_everybody_has_is_no_secret() {
    for known in [
        "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;",
        "SUPABASE_SERVICE_ROLE_KEY=sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz",
    ] {
        assert_eq!(found(known), Vec::<&str>::new(), "{known}");
    }
    let other = format!("sb_secret_{}", drawn(31));
    assert_eq!(found(&other), [other.as_str()]);
}

#[test]
fn of_supabases_own_tokens_only_the_service_role_is_a_secret() {
    let service = token("service_role", "supabase");
    assert_eq!(found(&service), [service.as_str()]);
    assert_eq!(found(&token("anon", "supabase")), Vec::<&str>::new());
    assert_eq!(
        found(&token("service_role", "supabase-demo")),
        Vec::<&str>::new()
    );
}

#[test]
fn a_private_key_needs_a_body() {
    let head = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ";
    let body = format!("{head}{}", drawn(1600));
    let kind = ["PRIVATE", "KEY"].join(" ");
    for (begin, lines) in [
        ("-----", format!("\n{body}\n")),
        ("-----", format!("\\n{body}\\n")),
        ("-----", format!("\\n\" +\n  \"{body}\\n\" +\n  \"")),
        (" BLOCK-----", format!("\nVersion: GnuPG v2\n\n{body}\n")),
        (
            "-----",
            format!("\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,3F\r\n\r\n{body}\r\n"),
        ),
    ] {
        let text = format!("-----BEGIN {kind}{begin}{lines}-----END {kind}{begin}\n");
        assert_eq!(found(&text).len(), 1, "{text}");
    }
    let text = |lines: &str| format!("-----BEGIN {kind}-----{lines}");
    // Lines of a program, lines of a file that ends within them, and the shortest kind.
    let line = &body[50..114];
    let many = format!("\\n\" .\n  \"{line}").repeat(20);
    for lines in [
        format!("\\n{head}{many}\\n-----END {kind}-----"),
        format!("\n{head}\n{}", format!("{line}\n").repeat(20)),
        format!("\nMC4CAQAwBQYDK2VwBCIEI{}\n-----END {kind}-----", drawn(43)),
    ] {
        assert_eq!(found(&text(&lines)).len(), 1, "{lines}");
    }
    // What every key begins with, and no more than that.
    for lines in [
        format!("\n{}...\n-----END {kind}-----", &head[..32]),
        format!("\n{head}\n-----END {kind}-----"),
        format!("\n{head}{}\n...\n-----END {kind}-----", drawn(60)),
        format!("\\n{head}...example...\\n-----END {kind}-----\\n"),
        format!("\n{head}...\n\n{}", format!("{line}\n").repeat(20)),
        "\nMC4CAQAwBQYDK2VwBCIEI...\n".to_owned(),
        "\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ...\n".to_owned(),
    ] {
        assert_eq!(found(&text(&lines)), Vec::<&str>::new(), "{lines}");
    }
    for none in [
        "\\n...",
        "\nYOUR KEY\n",
        "\nxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
        "",
    ] {
        let text = format!("-----BEGIN {kind}-----{none}");
        assert!(found(&text).is_empty(), "{text}");
    }
    assert!(found(&format!("-----BEGIN PUBLIC KEY-----\n{body}\n")).is_empty());
}

#[test]
fn a_private_key_is_found_in_a_program_and_in_a_comment() {
    let kind = ["PRIVATE", "KEY"].join(" ");
    let (short, head) = ("MC4CAQAwBQYDK2VwBCIEI", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC");
    let of = |before: &str, lines: &[String], behind: &str| {
        let (begin, end) = (
            format!("-----BEGIN {kind}-----"),
            format!("-----END {kind}-----"),
        );
        let lines = [&[begin], lines, &[end]].concat();
        let lines = lines.iter().map(|line| format!("{before}{line}{behind}\n"));
        lines.collect::<String>()
    };
    let whole = [format!("{short}{}", drawn(43))];
    let long: Vec<String> = std::iter::once(format!("{head}{}", drawn(32)))
        .chain(std::iter::repeat_n(drawn(64), 20))
        .collect();
    let part = [format!("{head}..."), "...".to_owned()];
    let first = [format!("{head}{}", drawn(32)), "...".to_owned()];
    for (before, behind) in [
        ("  b\"", "\\n\""),
        ("  Rb'", "\\n'"),
        ("  u\"", "\\n\" \\"),
        ("  f'", "\\n' +"),
        ("# ", ""),
        ("#", ""),
        (" * ", ""),
        ("\t// ", ""),
        ("/// ", ""),
        ("//! ", ""),
        ("-- ", ""),
        ("> ", ""),
        ("> > # ", "\r"),
        ("  # b\"", "\\n\""),
    ] {
        for key in [&whole[..], &long[..]] {
            let text = of(before, key, behind);
            assert_eq!(found(&text).len(), 1, "{text}");
            // The file ends within it.
            let text = text.split("-----END").next().unwrap_or_default();
            assert_eq!(found(text).len(), 1, "{text}");
        }
        for none in [&part[..], &first[..], &[]] {
            let text = of(before, none, behind);
            assert_eq!(found(&text), Vec::<&str>::new(), "{text}");
        }
    }
}

#[test]
fn many_beginnings_take_no_longer_than_their_text() {
    let begin = format!("-----BEGIN {}-----", ["PRIVATE", "KEY"].join(" "));
    for between in ["", ": ", "\n# \n", "\n> > b\"", "\nb'b'b'"] {
        let text = format!("{begin}{between}").repeat(20_000);
        let start = std::time::Instant::now();
        assert!(hits(text.as_bytes()).is_empty());
        assert!(start.elapsed().as_secs() < 5, "{between:?}");
    }
}

#[test]
fn the_key_of_a_firebase_app_is_no_secret() {
    let key = format!("AIza{}", &format!("Sy{}", drawn(40))[..35]);
    let public = |text: &str| {
        let found = hits(text.replace("@@", &key).as_bytes());
        assert_eq!(found.len(), 1, "{text}");
        found[0].public
    };
    for settings in [
        "{ apiKey: '@@', authDomain: 'x.firebaseapp.com' }",
        "{\\\"apiKey\\\":\\\"@@\\\",\\\"messagingSenderId\\\":\\\"1\\\"}",
        "FirebaseOptions(\n  apiKey: '@@',\n  messagingSenderId: '1',\n)",
        "c.apiKey = '@@';\nc.authDomain = 'x.firebaseapp.com';",
        "{ apiKey: process.env.FIREBASE_API_KEY || '@@', authDomain: f(x) }",
        "[firebase]\napi_key = \"@@\"\nauth_domain = \"x.firebaseapp.com\"",
        "\"mobilesdk_app_id\": \"1:2\" }, \"api_key\": [ { \"current_key\": \"@@\" } ]",
        "<key>API_KEY</key>\n\t<string>@@</string>\n<key>GOOGLE_APP_ID</key>",
        "VITE_FIREBASE_API_KEY=@@\nVITE_FIREBASE_AUTH_DOMAIN=x.firebaseapp.com",
    ] {
        assert!(public(settings), "{settings}");
    }
    let name = "GEMINI_API_KEY";
    for secret in [
        "NAME='@@'",
        "NAME='@@'\nORIGINS=['https://x.firebaseapp.com']",
        "apiKey = '@@'\nORIGINS=['https://x.firebaseapp.com']",
        "a = {apiKey: k, authDomain: d}; export const NAME='@@'",
        "a = {apiKey: k, authDomain: d}; const ai = new AI({apiKey: '@@'})",
        "const apiKey = '@@'; a = {apiKey: k, authDomain: d};",
        "NEXT_PUBLIC_FIREBASE_AUTH_DOMAIN=x.firebaseapp.com\nNAME=@@",
        "VITE_FIREBASE_AUTH_DOMAIN=x.firebaseapp.com\nAPI_KEY=@@",
        "{ apiKey: env.NAME ?? '@@', authDomain: d }",
        "{ mapsKey: '@@', authDomain: d }",
        "{ authDomain: d, f('@@') }",
    ] {
        let text = secret.replace("@@", &key).replace("NAME", name);
        let found = hits(text.as_bytes());
        assert_eq!(found.len(), 1, "{text}");
        assert!(!found[0].public, "{text}");
    }
    let far = format!("authDomain{}apiKey: '@@'", "\n// a line\n".repeat(80));
    assert!(!public(&far));
}

#[test]
fn a_key_is_found_in_any_encoding() {
    let key = format!("ghp_{}", drawn(36));
    let latin = [b"caf\xe9 ", key.as_bytes(), b" \xff"].concat();
    assert_eq!(hits(&latin).len(), 1);
}

#[test]
fn what_is_a_key_in_a_file_is_a_secret_in_a_log() {
    let mut known = 0;
    for shape in SHAPES {
        let key = format!("{}{}", shape.prefix, drawn(100));
        if found(&key).len() == 1 {
            assert!(crate::env::is_secret_value(&key), "{}", shape.prefix);
            known += 1;
        }
    }
    assert!(known > 15, "{known}");
}

#[test]
fn keys_of_services_that_are_asked_for_here_and_there() {
    let digits = "3f9c1e07b52d8a64e1d0c7b96f2a583e4d71b0c9".repeat(2);
    let guid = format!("{}-52d8-4a64-81d0-c7b96f2a583e", &digits[..8]);
    let bus = format!("SharedAccessKey={}=", drawn(43));
    for key in [
        format!("GOCSPX-{}", drawn(28)),
        format!("vercel_blob_rw_{}_{}", drawn(16), drawn(30)),
        format!("xkeysib-{}-{}", &digits[..64], drawn(16)),
        format!("lin_api_{}", drawn(40)),
        format!("r8_{}", drawn(37)),
        format!("hvs.{}", drawn(24)),
        format!("hvs.{}", drawn(95)),
        format!("figd_{}", drawn(40)),
        format!("dp.pt.{}", drawn(43)),
        format!("PMAK-{}-{}", &digits[..24], &digits[..34]),
        format!("xai-{}", drawn(80)),
        format!(
            "webhook.office.com/webhookb2/{guid}@{guid}/IncomingWebhook/{}/{guid}",
            &digits[..32]
        ),
        bus.clone(),
    ] {
        assert_eq!(found(&format!("use {key}\n")), [key.as_str()]);
    }
    let text = format!("Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;{bus}");
    assert_eq!(found(&text), [bus.as_str()]);
    for (url, rest) in [
        (format!("smtps://apikey:{}", drawn(16)), "@smtp.acme.io:465"),
        (
            format!("postgresql://neondb_owner:npg_{}", "yKfGQwZxTRbV"),
            "@ep-x-pooler.eu-central-1.aws.neon.tech/neondb",
        ),
    ] {
        assert_eq!(found(&format!("{url}{rest}")), [url.as_str()]);
    }
    let signature = format!("&sig={}", drawn(43));
    let flow = format!(
        "https://prod-01.westeurope.logic.azure.com:443/workflows/{}/triggers/manual/paths/invoke?sv=1.0{signature}",
        &digits[..32]
    );
    assert_eq!(found(&flow), [signature.as_str()]);
    for none in [
        format!("https://acme.io/x?a=1{signature}"),
        format!(
            "r8_{}",
            "mapping_of_all_the_names_that_were_2_shortened".repeat(2)
        ),
        "hvs.someObject2.aMethodWithALongName".to_owned(),
        "SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true".to_owned(),
        "https://x.webhook.office.com/webhookb2/YOUR/IncomingWebhook/KEY".to_owned(),
        "smtp://user:password@mail.acme.io".to_owned(),
    ] {
        assert_eq!(found(&none), Vec::<&str>::new(), "{none}");
    }
}
