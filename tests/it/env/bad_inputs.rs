//! Files that nobody should write and somebody will: each gets a finding or a clean answer, soon.

use super::strange_files;
use super::sandbox::{Ran, Workspace};

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
fn file(name: &'static str, path: &'static str, content: impl Into<Vec<u8>>, expected: &'static str) -> Bad {
    Bad { name, make: Make::File(path, content.into()), expected }
}

/// Lines behind the sound ones of the backend's file.
fn backend(name: &'static str, lines: impl AsRef<[u8]>, expected: &'static str) -> Bad {
    let mut text = b"ENVIRONMENT=development\nDATABASE_URL=postgresql+asyncpg://app:hunter22s3cret@localhost:5432/app\nALLOWED_ORIGINS=http://localhost:3000\n".to_vec();
    text.extend(lines.as_ref());
    file(name, "backend/.env", text, expected)
}

/// Lines behind the sound ones of the frontend's file.
fn frontend(name: &'static str, lines: impl AsRef<[u8]>, expected: &'static str) -> Bad {
    let sound = super::BASE.iter().find(|(path, _)| *path == "frontend/.env").map(|(_, text)| *text);
    let mut text = sound.unwrap_or_default().as_bytes().to_vec();
    text.extend(lines.as_ref());
    file(name, "frontend/.env", text, expected)
}

fn schema(name: &'static str, text: impl Into<Vec<u8>>, expected: &'static str) -> Bad {
    file(name, "env-schemas/backend.toml", text, expected)
}

/// A schema of one variable, `PORT`, with these lines.
fn variable(name: &'static str, lines: &str, expected: &'static str) -> Bad {
    schema(name, format!("[[variable]]\nname = \"PORT\"\ndescription = \"d\"\npurpose = \"p\"\n{lines}\n"), expected)
}

fn settings(name: &'static str, text: impl Into<Vec<u8>>, expected: &'static str) -> Bad {
    file(name, "pixcrawler.toml", text, expected)
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn repeated(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

fn encodings() -> Vec<Bad> {
    let text = "A=1\nAPI_TOKEN=hunter22s3cret\n";
    vec![
        file("nothing", "backend/.env", "", "1 missing"),
        file("one line end", "backend/.env", "\n", "1 missing"),
        file("only blanks", "backend/.env", " \t \n   \n", "1 missing"),
        backend("NUL in a value", "A=a\0b\n", "0"),
        file("only NULs", "backend/.env", vec![0; 4096], "1 missing"),
        file("every byte", "backend/.env", (0..=255).collect::<Vec<u8>>(), "1 unreadable"),
        file("a program", "backend/.env", b"\x7fELF\x02\x01\x01\0\0\0\0\0\x03\0\x3e\0hunter22s3cret\xff=".to_vec(), "1 unreadable"),
        file("UTF-16 LE with BOM", "backend/.env", utf16(&format!("\u{feff}{text}"), u16::to_le_bytes), "1 unreadable"),
        file("UTF-16 BE with BOM", "backend/.env", utf16(&format!("\u{feff}{text}"), u16::to_be_bytes), "1 unreadable"),
        file("UTF-16 LE without BOM", "backend/.env", utf16(text, u16::to_le_bytes), "1 missing"),
        frontend("UTF-16 BE without BOM", utf16(text, u16::to_be_bytes), "0 dropped-line"),
        file("UTF-8 BOM", "backend/.env", format!("\u{feff}ENVIRONMENT=development\n{text}"), "1 missing"),
        file("UTF-8 BOM for Next", "frontend/.env", format!("\u{feff}{}", super::BASE[4].1), "0"),
        backend("Latin-1 in a comment", b"# gr\xfc\xdfe\n", "1 unreadable"),
        frontend("Latin-1 in a secret", b"API_TOKEN=hunter22s3cret\xfc\n", "1 unreadable"),
        backend("a lone continuation byte", b"A=\x80\n", "1 unreadable"),
        backend("an overlong zero", b"A=\xc0\x80\n", "1 unreadable"),
        frontend("a surrogate", b"A=\xed\xa0\x80\n", "1 unreadable"),
        backend("half a character at the end", b"A=\xe2\x82", "1 unreadable"),
        backend("CRLF", "A=1\r\nB=2\r\n", "0"),
        file("CR alone", "backend/.env", "ENVIRONMENT=development\rAPI_TOKEN=hunter22s3cret\r", "1 missing"),
        frontend("CR alone for Next", "A=1\rB=2\r", "0"),
        backend("form feed and vertical tab", "A=1\x0cB=2\x0b\n", "0"),
        frontend("the line separator of Unicode", "A=1\u{2028}B=2\n", "0"),
        backend("the next line of Latin-1", "A=1\u{85}B=2\n", "0"),
    ]
}

fn sizes() -> Vec<Bad> {
    const TEN_MEGABYTES: usize = 10 << 20;
    vec![
        backend("a value of 10 MB", format!("A={}\n", "x".repeat(TEN_MEGABYTES)), "0"),
        frontend("a secret of 10 MB", format!("API_TOKEN={}\n", SECRET.repeat(TEN_MEGABYTES / 14)), "0"),
        backend("a comment of 10 MB", format!("# {}\n", "x".repeat(TEN_MEGABYTES)), "0"),
        backend("a name of 10 MB", format!("{}\n", "x".repeat(TEN_MEGABYTES)), "0"),
        backend("10 MB of line ends", "\n".repeat(TEN_MEGABYTES), "0"),
        backend("10 MB of hashes", "#".repeat(TEN_MEGABYTES), "0"),
        frontend("10 MB of dollars", format!("A={}\n", "$".repeat(1 << 20)), "0"),
        frontend("10 MB of quotes", format!("A={}\n", "\"'`".repeat(1 << 18)), "0 dropped-line loaders-disagree"),
        backend("100,000 variables", repeated(100_000, |at| format!("API_TOKEN_{at}=hunter22s3cret {at}\n")), "0"),
        frontend("20,000 variables for Next", repeated(20_000, |at| format!("VARIABLE_{at}=value {at}\n")), "0"),
        backend("3,000 duplicates", repeated(3_000, |at| format!("A={at}\n")), "0 duplicate"),
        backend("3,000 duplicates in many cases", repeated(3_000, |at| format!("{}={at}\n", if at % 2 == 0 { "aB" } else { "Ab" })), "0 duplicate"),
        backend("3,000 lines that are none", repeated(3_000, |at| format!("? {at} hunter22\n")), "0 dropped-line"),
        frontend("3,000 glued hashes", repeated(3_000, |at| format!("API_TOKEN_{at}=hunter22s3cret#{at}\n")), "0 altered-value"),
        backend("3,000 silencers", "# pixcrawler: ignore[env/missing] why\n".repeat(3_000), "0 unused-silencer"),
        backend("a list of 100,000 elements", format!("ALLOWED_ORIGINS={}\n", "http://a,".repeat(100_000)), "1 contradiction duplicate"),
        backend("10,000 backslashes", format!("A=\"{}\"\n", "\\".repeat(10_000)), "0"),
    ]
}

fn expansion() -> Vec<Bad> {
    let doubling = |sign: &str| format!("V0={SECRET}\n") + &repeated(64, |at| format!("V{}={sign}{{V{at}}}{sign}{{V{at}}}\n", at + 1));
    vec![
        backend("10,000 open braces", format!("A={}\n", "${".repeat(10_000)), "0"),
        frontend("10,000 open braces for Next", format!("A={}\n", "${".repeat(10_000)), "0"),
        backend("nested defaults", format!("A={}{}\n", "${B:-".repeat(2_000), "}".repeat(2_000)), "0"),
        frontend("nested defaults for Next", format!("A={}x{}\n", "${B:-".repeat(2_000), "}".repeat(2_000)), "0 loaders-disagree"),
        frontend("a self reference", "A=$A\n", "1 dropped-line"),
        backend("a self reference for Python", "A=${A}\n", "0"),
        frontend("a cycle of two", "A=$B\nB=$A\n", "1 dropped-line"),
        frontend("a cycle of three", "A=${B}\nB=${C}\nC=${A}\n", "1 dropped-line"),
        frontend("values that double 64 times", doubling("$"), "1 dropped-line"),
        backend("values that double 64 times for Python", doubling("$"), "1 dropped-line"),
        file("values that double 64 times for a shell", ".env", format!("{}{}", super::BASE[2].1, doubling("$")), "1 dropped-line"),
        backend("a name that is empty", "A=${}\n", "0"),
        frontend("a brace that stays open", "A=${B\n", "0 loaders-disagree"),
        file("a command", ".env", format!("{}A=$(touch pwned)\nB=`touch pwned`\n", super::BASE[2].1), "0 loaders-disagree"),
        file("what must be set", ".env", format!("{}A=${{NOWHERE:?must be set}}\n", super::BASE[2].1), "0"),
    ]
}

fn lines() -> Vec<Bad> {
    vec![
        backend("an open double quote", "API_TOKEN=\"hunter22s3cret\nB=1\n", "0 dropped-line"),
        backend("an open single quote", "API_TOKEN='hunter22s3cret\nB=1\n", "0 dropped-line"),
        frontend("an open backtick", "API_TOKEN=`hunter22s3cret\nB=1\n", "0 dropped-line"),
        backend("text behind a quote", "API_TOKEN=\"hunter22s3cret\"x\n", "0 dropped-line"),
        backend("quotes in quotes", "A=\"'`\"'`\"\n", "0 dropped-line"),
        backend("an escaped quote at the end", "API_TOKEN=\"hunter22s3cret\\\"\n", "0 dropped-line"),
        backend("a backslash at the end", "A=\\", "0"),
        backend("no name", "=hunter\n==\n", "0 dropped-line"),
        backend("no value", "NAME\n", "0"),
        backend("a name with blanks", "MY NAME=1\n", "0 dropped-line"),
        backend("a name with signs", "A-B.C/D=1\n1A=2\n", "0"),
        backend("a name in Cyrillic", "ПОРТ=1\n", "0"),
        frontend("a name that is a face", "😀=1\n", "0 dropped-line"),
        backend("a name that reads backwards", "A\u{202e}B=1\n", "0"),
        backend("a name with nothing in it", "PO\u{200b}RT=1\n", "0"),
        backend("colours in a name", "\u{1b}[31mA\u{1b}[0m=1\nA=2\nA=3\n", "0 duplicate"),
        backend("colours in a value", "PORT=\u{1b}]0;title\u{7}\u{1b}[2J\n", "1 wrong-type"),
        backend("a secret as a name", "sk_live_hunter22s3cret=1\nsk_live_hunter22s3cret=2\n", "0 duplicate"),
        backend("a secret alone on a line", "sk_live_hunter22s3cret and more\n", "0 dropped-line"),
        backend("a secret in a comment", "# API_TOKEN=hunter22s3cret\n? x\n", "0 dropped-line"),
        backend("a key without quotes", "PRIVATE_KEY=-----BEGIN PRIVATE KEY-----\nMIIEvhunter22s3cret\nAA==\n-----END PRIVATE KEY-----\n", "0 dropped-line"),
        backend("an exported secret twice", "export API_TOKEN=hunter22s3cret\nexport API_TOKEN=hunter22s3cret\n", "0 duplicate"),
        frontend("a secret that browsers get", "NEXT_PUBLIC_API_SECRET=hunter22s3cret\n", "1 leaked-secret"),
        backend("a password with every sign", "CELERY_BROKER_URL=redis://:hunter22s3cret@/?#:@h:x/y\n", "1 wrong-type"),
        backend("a password among the options", "RESULTS=postgresql://h/d?password=hunter22s3cret\nRESULTS=2\n", "0 duplicate"),
    ]
}

fn values() -> Vec<Bad> {
    vec![
        backend("a number without end", format!("PORT={}\n", "9".repeat(400)), "1 wrong-type"),
        backend("a negative port", "PORT=-1\n", "1 out-of-range"),
        backend("digits of another script", "PORT=٣٤\n", "1 wrong-type"),
        backend("no number", "DATABASE_POOL_SIZE=NaN\n", "1 wrong-type"),
        backend("infinity", "DATABASE_POOL_SIZE=1e999\n", "1 wrong-type"),
        backend("neither yes nor no", "DEBUG=maybe\n", "1 wrong-type"),
        backend("half a URL", "CELERY_BROKER_URL=redis://[::1\n", "1 wrong-type"),
        backend("a list that is nested deeply", format!("ALLOWED_ORIGINS={}\n", "[".repeat(100_000)), "1 contradiction duplicate wrong-type"),
        file("a key that is no key", ".env", "SUPABASE_URL=http://127.0.0.1:54321\nSUPABASE_ANON_KEY=eyJ.eyJ.hunter22s3cret\nSUPABASE_SERVICE_ROLE_KEY=eyJhbGciOiJIUzI1NiJ9.e30.hunter22s3cret\n", "1 wrong-type"),
        file("a key of 1 MB", ".env", format!("SUPABASE_URL=x\nSUPABASE_ANON_KEY=eyJh.{}.x\nSUPABASE_SERVICE_ROLE_KEY=sb_secret_{SECRET}\n", "e".repeat(1 << 20)), "1 contradiction wrong-type"),
        file("half a connection string", ".env", format!("{}AZURE_STORAGE_CONNECTION_STRING=AccountKey={SECRET}\n", super::BASE[2].1), "1 wrong-type"),
        backend("half a silencer", "# pixcrawler: ignore[\n# pixcrawler: ignore[]\n# pixcrawler: ignore\nA=1 # pixcrawler: ignore[env/x\n", "0 unused-silencer"),
    ]
}

fn schemas() -> Vec<Bad> {
    let two = |name: &'static str, first: &str, second: &str, expected| {
        let one = |name: &str, more: &str| format!("[[variable]]\nname = \"{name}\"\ndescription = \"d\"\npurpose = \"p\"\ntype = \"string\"\n{more}\n");
        schema(name, one("A", first) + &one("B", second), expected)
    };
    vec![
        schema("an empty schema", "", "0"),
        schema("a schema that is no TOML", "= [[[", "1 broken-schema"),
        schema("a binary schema", vec![0xff, 0, 0xfe], "1 broken-schema"),
        schema("a schema as a list", "variable = [1, \"2\"]", "1 broken-schema"),
        schema("a schema with an unknown key", "colour = \"red\"", "1 broken-schema"),
        schema("a schema that nests deeply", format!("title = {}", "[".repeat(50_000)), "1 broken-schema"),
        variable("no type", "", "1 broken-schema"),
        variable("a type that is not there", "type = \"prot\"", "1 broken-schema"),
        variable("a type that is a table", "type = { a = 1 }", "1 broken-schema"),
        variable("a default of another type", "type = \"port\"\ndefault = \"x\"", "1 broken-schema"),
        variable("a range upside down", "type = \"int\"\nmin = 5\nmax = 1", "0"),
        variable("a range that is no number", "type = \"int\"\nmin = nan\nmax = inf", "0"),
        variable("a negative length", "type = \"string\"\nmin-length = -1", "1 broken-schema"),
        variable("a length without end", "type = \"string\"\nmin-length = 99999999999999999999", "1 broken-schema"),
        variable("a list of lists of lists", "type = \"csv\"\nof = \"csv\"", "1 broken-schema"),
        variable("a role that is not there", "type = \"supabase-key\"\nrole = \"king\"", "1 broken-schema"),
        variable("an environment that is not there", "type = \"port\"\nrequired = [\"moon\"]", "1 broken-schema"),
        variable("a condition on nothing", "type = \"port\"\nrequired-when = { NOWHERE = \"1\" }", "1 broken-schema"),
        variable("a condition on another tier that is not there", "type = \"port\"\nrequired-when = { \"moon:X\" = \"1\" }", "0"),
        variable("the same name twice", "type = \"port\"\n[[variable]]\nname = \"PORT\"\ndescription = \"d\"\npurpose = \"p\"\ntype = \"port\"", "1 broken-schema"),
        variable("a relation that is not there", "type = \"port\"\n[[relation]]\nkind = \"friends\"\nvariables = [\"PORT\"]\nbecause = \"b\"\nhelp = \"h\"", "1 broken-schema"),
        variable("a relation of nothing", "type = \"port\"\n[[relation]]\nkind = \"differ\"\nvariables = []\nbecause = \"b\"\nhelp = \"h\"", "0"),
        variable("a relation with tiers that are not there", "type = \"port\"\n[[relation]]\nkind = \"equal\"\nvariables = [\"moon:X\", \"Y\"]\nbecause = \"b\"\nhelp = \"h\"", "1 broken-schema"),
        two("conditions in a circle", "required-when = { B = \"*\" }", "required-when = { A = \"*\" }", "0"),
        two("names of signs", "[[variable]]\nname = \"***\"\ndescription = \"\"\npurpose = \"\"\ntype = \"string\"", "[[variable]]\nname = \"\"\ndescription = \"\"\npurpose = \"\"\ntype = \"string\"", "0"),
        variable("line ends in words", "type = \"port\"\nsection = \"a\\nb\\u001b[31m\"", "0"),
        variable("a description of 1 MB", &format!("type = \"port\"\nsection = \"{}\"", "x".repeat(1 << 20)), "0"),
    ]
}

fn workspaces() -> Vec<Bad> {
    vec![
        settings("settings that are no TOML", "[[[", "2"),
        settings("binary settings", vec![0xff, 0xfe, 0], "2"),
        settings("a tier outside", "[tiers.other]\ndir = \"../..\"", "0"),
        settings("a tier in the system", "[tiers.other]\ndir = \"/etc\"", "0"),
        settings("a tier nowhere", "[tiers.other]\ndir = \"no/such/folder\"", "0"),
        settings("a tier that is a file", "[tiers.other]\ndir = \"pixcrawler.toml\"", "0"),
        settings("a file of the system", "[tiers.other]\nfiles = [\"/etc/passwd\", \"/dev/zero\", \"/dev/null\"]", "1 dropped-line unreadable"),
        settings("no files", "[tiers.backend]\nfiles = []", "1 file-missing"),
        settings("the same file a thousand times", format!("[tiers.other]\nfiles = [{}]", "\"backend/.env\", ".repeat(1_000)), "0"),
        settings("no loaders", "[tiers.backend]\ndialects = []", "0"),
        settings("a loader that is not there", "[tiers.backend]\ndialects = [\"perl\"]", "2"),
        settings("a schema outside", "[tiers.backend]\nschema = \"../../../../etc/passwd\"", "0"),
        settings("a schema without a name", "[tiers.backend]\nschema = \"\"", "0"),
        settings("a tier with a path for a name", "[tiers.\"a/../b\"]\nschema = \"backend\"", "1 file-missing"),
        settings("a tier with colours in its name", "[tiers.\"\\u001b[31mred\"]\nschema = \"backend\"", "1 file-missing"),
        settings("a rule that is not there", "[rules]\n\"env/moon\" = \"off\"", "0"),
        settings("1,000 tiers", repeated(1_000, |at| format!("[tiers.t{at}]\nfiles = [\"backend/.env\"]\nschema = \"frontend\"\n")), "1 missing wrong-type"),
    ]
}

/// The exit code and the rules that were found.
fn found(ran: &Ran) -> String {
    let code = ran.code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
    let Ok(document) = serde_json::from_str::<serde_json::Value>(&ran.stdout) else { return code };
    let rules: std::collections::BTreeSet<&str> = document["findings"].as_array().into_iter().flatten().filter_map(|finding| finding["rule"].as_str()).collect();
    rules.iter().fold(code, |found, rule| found + " " + rule.trim_start_matches("env/"))
}

#[test]
fn each_gets_a_finding_or_a_clean_answer() {
    let all = [encodings(), sizes(), expansion(), lines(), values(), schemas(), workspaces(), strange_files::all()];
    let mut wrong = Vec::new();
    let mut count = 0;
    for bad in all.iter().flatten() {
        count += 1;
        let workspace = Workspace::sound();
        match &bad.make {
            Make::File(path, content) => workspace.write(path, content),
            Make::By(make) => make(&workspace),
        }
        let started = std::time::Instant::now();
        let ran = strange_files::run(&workspace, &["env", "check", "--format", "json"]);
        let found = found(&ran);
        if std::env::var_os("TIMES").is_some() {
            println!("{:6} ms {}", started.elapsed().as_millis(), bad.name);
        }
        if found != bad.expected {
            wrong.push(format!("{}: expected {:?}, found {found:?} {}", bad.name, bad.expected, ran.stderr.chars().take(300).collect::<String>()));
        }
        // What is only large takes its time, and the other commands read it in the same way.
        let large = matches!(&bad.make, Make::File(_, content) if content.len() > 1 << 16);
        let others = [["env", "check", "--format=human"], ["env", "show", "--format=human"], ["env", "scaffold", "--check"]];
        for arguments in others.into_iter().filter(|_| !large) {
            let other = strange_files::run(&workspace, &arguments);
            let ended = matches!(other.code, Some(0 | 1 | 2 | 5));
            let told = [&ran, &other].into_iter().any(|ran| ran.stdout.contains(SECRET) || ran.stderr.contains(SECRET));
            let harmful = |text: &str| text.contains(['\u{1b}', '\u{202e}', '\u{7}']);
            let controls = harmful(&other.stdout) || harmful(&other.stderr);
            if !ended || told || controls {
                wrong.push(format!("{}: {arguments:?} ended with {:?}, told the secret: {told}, wrote controls: {controls}: {}", bad.name, other.code, other.stderr.chars().take(300).collect::<String>()));
            }
        }
        assert!(!workspace.path("pwned").exists(), "{}: a command was run", bad.name);
        strange_files::release(&workspace);
    }
    assert!(count >= 100, "{count}");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
