//! Files that nobody should write and somebody will: each gets a finding or a clean answer, soon.

use super::sandbox::{Ran, Workspace};
use super::{bad_settings, bad_values, strange_files};

/// Stands in every file as a secret: no output may hold it.
pub(super) const SECRET: &str = "hunter22s3cret";

/// What makes the workspace bad.
pub(super) enum Make {
    /// One file.
    File(&'static str, Vec<u8>),
    /// Whatever it takes.
    By(fn(&Workspace)),
}

/// A bad input and the exit code with the rules that must come of it.
pub(super) struct Bad {
    pub(super) name: &'static str,
    pub(super) make: Make,
    pub(super) expected: &'static str,
}

/// A bad file beside the sound ones.
pub(super) fn file(
    name: &'static str,
    path: &'static str,
    content: impl Into<Vec<u8>>,
    expected: &'static str,
) -> Bad {
    Bad {
        name,
        make: Make::File(path, content.into()),
        expected,
    }
}

/// Lines behind the sound ones of the backend's file.
pub(super) fn backend(name: &'static str, lines: impl AsRef<[u8]>, expected: &'static str) -> Bad {
    let mut text = b"ENVIRONMENT=development\nDATABASE_URL=postgresql+asyncpg://app:hunter22s3cret@localhost:5432/app\nALLOWED_ORIGINS=http://localhost:3000\n".to_vec();
    text.extend(lines.as_ref());
    file(name, "backend/.env", text, expected)
}

/// Lines behind the sound ones of the frontend's file.
pub(super) fn frontend(name: &'static str, lines: impl AsRef<[u8]>, expected: &'static str) -> Bad {
    let sound = super::BASE
        .iter()
        .find(|(path, _)| *path == "frontend/.env")
        .map(|(_, text)| *text);
    let mut text = sound.unwrap_or_default().as_bytes().to_vec();
    text.extend(lines.as_ref());
    file(name, "frontend/.env", text, expected)
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

pub(super) fn repeated(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

fn encodings() -> Vec<Bad> {
    let text = "A=1\nAPI_TOKEN=hunter22s3cret\n";
    vec![
        file("nothing", "backend/.env", "", "1 missing"),
        file("one line end", "backend/.env", "\n", "1 missing"),
        file("only blanks", "backend/.env", " \t \n   \n", "1 missing"),
        backend("NUL in a value", "A=a\0b\n", "1 unreadable"),
        file(
            "only NULs",
            "backend/.env",
            vec![0; 4096],
            "1 missing unreadable",
        ),
        file(
            "every byte",
            "backend/.env",
            (0..=255).collect::<Vec<u8>>(),
            "1 unreadable",
        ),
        file(
            "a program",
            "backend/.env",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\x03\0\x3e\0hunter22s3cret\xff=".to_vec(),
            "1 unreadable",
        ),
        file(
            "UTF-16 LE with BOM",
            "backend/.env",
            utf16(&format!("\u{feff}{text}"), u16::to_le_bytes),
            "1 unreadable",
        ),
        file(
            "UTF-16 BE with BOM",
            "backend/.env",
            utf16(&format!("\u{feff}{text}"), u16::to_be_bytes),
            "1 unreadable",
        ),
        file(
            "UTF-16 LE without BOM",
            "backend/.env",
            utf16(text, u16::to_le_bytes),
            "1 unreadable",
        ),
        frontend(
            "UTF-16 BE without BOM",
            utf16(text, u16::to_be_bytes),
            "1 dropped-line unreadable",
        ),
        file(
            "UTF-8 BOM",
            "backend/.env",
            format!("\u{feff}ENVIRONMENT=development\n{text}"),
            "1 missing",
        ),
        file(
            "UTF-8 BOM for Next",
            "frontend/.env",
            format!("\u{feff}{}", super::BASE[4].1),
            "0",
        ),
        backend("Latin-1 in a comment", b"# gr\xfc\xdfe\n", "1 unreadable"),
        frontend(
            "Latin-1 in a secret",
            b"API_TOKEN=hunter22s3cret\xfc\n",
            "1 unreadable",
        ),
        backend("a lone continuation byte", b"A=\x80\n", "1 unreadable"),
        backend("an overlong zero", b"A=\xc0\x80\n", "1 unreadable"),
        frontend("a surrogate", b"A=\xed\xa0\x80\n", "1 unreadable"),
        backend("half a character at the end", b"A=\xe2\x82", "1 unreadable"),
        backend("CRLF", "A=1\r\nB=2\r\n", "0"),
        file(
            "CR alone",
            "backend/.env",
            "ENVIRONMENT=development\rAPI_TOKEN=hunter22s3cret\r",
            "1 missing",
        ),
        frontend("CR alone for Next", "A=1\rB=2\r", "0"),
        backend("form feed and vertical tab", "A=1\x0cB=2\x0b\n", "0"),
        frontend("the line separator of Unicode", "A=1\u{2028}B=2\n", "0"),
        backend("the next line of Latin-1", "A=1\u{85}B=2\n", "0"),
    ]
}

fn sizes() -> Vec<Bad> {
    const TEN_MEGABYTES: usize = 10 << 20;
    vec![
        backend(
            "a value of 10 MB",
            format!("A={}\n", "x".repeat(TEN_MEGABYTES)),
            "0",
        ),
        frontend(
            "a secret of 10 MB",
            format!("API_TOKEN={}\n", SECRET.repeat(TEN_MEGABYTES / 14)),
            "0",
        ),
        backend(
            "a comment of 10 MB",
            format!("# {}\n", "x".repeat(TEN_MEGABYTES)),
            "0",
        ),
        backend(
            "a name of 10 MB",
            format!("{}\n", "x".repeat(TEN_MEGABYTES)),
            "0",
        ),
        backend("10 MB of line ends", "\n".repeat(TEN_MEGABYTES), "0"),
        backend("10 MB of hashes", "#".repeat(TEN_MEGABYTES), "0"),
        frontend(
            "10 MB of dollars",
            format!("A={}\n", "$".repeat(1 << 20)),
            "0",
        ),
        frontend(
            "10 MB of quotes",
            format!("A={}\n", "\"'`".repeat(1 << 18)),
            "0 dropped-line loaders-disagree",
        ),
        backend(
            "100,000 variables",
            repeated(100_000, |at| {
                format!("API_TOKEN_{at}=hunter22s3cret {at}\n")
            }),
            "0",
        ),
        frontend(
            "20,000 variables for Next",
            repeated(20_000, |at| format!("VARIABLE_{at}=value {at}\n")),
            "0",
        ),
        backend(
            "3,000 duplicates",
            repeated(3_000, |at| format!("A={at}\n")),
            "0 duplicate",
        ),
        backend(
            "3,000 duplicates in many cases",
            repeated(3_000, |at| {
                format!("{}={at}\n", if at % 2 == 0 { "aB" } else { "Ab" })
            }),
            "0 duplicate",
        ),
        backend(
            "3,000 lines that are none",
            repeated(3_000, |at| format!("? {at} hunter22\n")),
            "0 dropped-line",
        ),
        frontend(
            "3,000 glued hashes",
            repeated(3_000, |at| format!("API_TOKEN_{at}=hunter22s3cret#{at}\n")),
            "0 altered-value",
        ),
        backend(
            "3,000 silencers",
            "# pixcrawler: ignore[env/missing] why\n".repeat(3_000),
            "0 unused-silencer",
        ),
        backend(
            "a list of 100,000 elements",
            format!("ALLOWED_ORIGINS={}\n", "http://a,".repeat(100_000)),
            "1 contradiction duplicate",
        ),
        backend(
            "10,000 backslashes",
            format!("A=\"{}\"\n", "\\".repeat(10_000)),
            "0",
        ),
    ]
}

fn lines() -> Vec<Bad> {
    vec![
        backend(
            "an open double quote",
            "API_TOKEN=\"hunter22s3cret\nB=1\n",
            "0 dropped-line",
        ),
        backend(
            "an open single quote",
            "API_TOKEN='hunter22s3cret\nB=1\n",
            "0 dropped-line",
        ),
        frontend(
            "an open backtick",
            "API_TOKEN=`hunter22s3cret\nB=1\n",
            "0 dropped-line",
        ),
        backend(
            "text behind a quote",
            "API_TOKEN=\"hunter22s3cret\"x\n",
            "0 dropped-line",
        ),
        backend("quotes in quotes", "A=\"'`\"'`\"\n", "0 dropped-line"),
        backend(
            "an escaped quote at the end",
            "API_TOKEN=\"hunter22s3cret\\\"\n",
            "0 dropped-line",
        ),
        backend("a backslash at the end", "A=\\", "0"),
        backend("no name", "=hunter\n==\n", "0 dropped-line"),
        backend("no value", "NAME\n", "0"),
        backend("a name with blanks", "MY NAME=1\n", "0 dropped-line"),
        backend("a name with signs", "A-B.C/D=1\n1A=2\n", "0"),
        backend("a name in Cyrillic", "ПОРТ=1\n", "0"),
        frontend("a name that is a face", "😀=1\n", "0 dropped-line"),
        backend("a name that reads backwards", "A\u{202e}B=1\n", "0"),
        backend("a name with nothing in it", "PO\u{200b}RT=1\n", "0"),
        backend(
            "colours in a name",
            "\u{1b}[31mA\u{1b}[0m=1\nA=2\nA=3\n",
            "0 duplicate",
        ),
        backend(
            "colours in a value",
            "PORT=\u{1b}]0;title\u{7}\u{1b}[2J\n",
            "1 wrong-type",
        ),
        backend(
            "a secret as a name",
            "sk_live_hunter22s3cret=1\nsk_live_hunter22s3cret=2\n",
            "0 duplicate",
        ),
        backend(
            "a secret alone on a line",
            "sk_live_hunter22s3cret and more\n",
            "0 dropped-line",
        ),
        backend(
            "a secret in a comment",
            "# API_TOKEN=hunter22s3cret\n? x\n",
            "0 dropped-line",
        ),
        backend(
            "a key without quotes",
            "PRIVATE_KEY=-----BEGIN PRIVATE KEY-----\nMIIEvhunter22s3cret\nAA==\n-----END PRIVATE KEY-----\n",
            "0 dropped-line",
        ),
        backend(
            "an exported secret twice",
            "export API_TOKEN=hunter22s3cret\nexport API_TOKEN=hunter22s3cret\n",
            "0 duplicate",
        ),
        frontend(
            "a secret that browsers get",
            "NEXT_PUBLIC_API_SECRET=hunter22s3cret\n",
            "1 leaked-secret",
        ),
        backend(
            "a password with every sign",
            "CELERY_BROKER_URL=redis://:hunter22s3cret@/?#:@h:x/y\n",
            "1 wrong-type",
        ),
        backend(
            "a password among the options",
            "RESULTS=postgresql://h/d?password=hunter22s3cret\nRESULTS=2\n",
            "0 duplicate",
        ),
    ]
}

/// The exit code and the rules that were found.
fn found(ran: &Ran) -> String {
    let code = ran
        .code
        .map_or_else(|| "a signal".to_owned(), |code| code.to_string());
    let Ok(document) = serde_json::from_str::<serde_json::Value>(&ran.stdout) else {
        return code;
    };
    let rules: std::collections::BTreeSet<&str> = document["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finding| finding["rule"].as_str())
        // Names that no schema describes are what most of these files are made of.
        .filter(|rule| *rule != "env/undescribed")
        .collect();
    rules.iter().fold(code, |found, rule| {
        found + " " + rule.trim_start_matches("env/")
    })
}

#[test]
fn each_gets_a_finding_or_a_clean_answer() {
    let all = [
        encodings(),
        sizes(),
        lines(),
        bad_values::expansion(),
        bad_values::values(),
        bad_settings::schemas(),
        bad_settings::workspaces(),
        strange_files::all(),
    ];
    let mut wrong = Vec::new();
    let mut count = 0;
    for bad in all.iter().flatten() {
        count += 1;
        let workspace = Workspace::sound();
        match &bad.make {
            Make::File(path, content) => workspace.write(path, content),
            Make::By(make) => make(&workspace),
        }
        let ran = strange_files::run(&workspace, &["env", "check", "--format", "json"]);
        let found = found(&ran);
        if found != bad.expected {
            wrong.push(format!(
                "{}: expected {:?}, found {found:?} {}",
                bad.name,
                bad.expected,
                ran.stderr.chars().take(300).collect::<String>()
            ));
        }
        // What is only large takes its time, and the other commands read it in the same way.
        let large = matches!(&bad.make, Make::File(_, content) if content.len() > 1 << 16);
        let others = [
            ["env", "check", "--format=human"],
            ["env", "show", "--format=human"],
            ["env", "scaffold", "--check"],
        ];
        for arguments in others.into_iter().filter(|_| !large) {
            let other = strange_files::run(&workspace, &arguments);
            let ended = matches!(other.code, Some(0 | 1 | 2 | 5));
            let told = [&ran, &other]
                .into_iter()
                .any(|ran| ran.stdout.contains(SECRET) || ran.stderr.contains(SECRET));
            let harmful = |text: &str| text.contains(['\u{1b}', '\u{202e}', '\u{7}']);
            let controls = harmful(&other.stdout) || harmful(&other.stderr);
            if !ended || told || controls {
                wrong.push(format!("{}: {arguments:?} ended with {:?}, told the secret: {told}, wrote controls: {controls}: {}", bad.name, other.code, other.stderr.chars().take(300).collect::<String>()));
            }
        }
        assert!(
            !workspace.path("pwned").exists(),
            "{}: a command was run",
            bad.name
        );
        strange_files::release(&workspace);
    }
    assert!(count >= 100, "{count}");
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
