//! The JSON Schema of `pixcrawler.toml`: what editors accept is what the tool reads.

use std::fs;

use camino::Utf8Path;

#[test]
fn the_schema_of_the_settings_file_is_up_to_date_and_accepts_the_readmes_example() {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("schemas/pixcrawler.schema.json");
    let schema = pixcrawler::workspace::json_schema();
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &text).expect("the file can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        kept.replace("\r\n", "\n"),
        text,
        "UPDATE=1 cargo test brings it up to date"
    );
    let validator = jsonschema::validator_for(schema.as_value()).expect("a valid schema");
    let readme = fs::read_to_string(root.join("README.md")).expect("the README");
    let example = readme
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .find(|block| block.contains("[services."))
        .expect("an example of pixcrawler.toml");
    let source = pixcrawler::text::Source::new("README.md", example);
    assert!(pixcrawler::workspace::parse(&source).is_ok(), "{example}");
    let value: serde_json::Value = toml::from_str(example).expect("TOML");
    let problems: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn the_schema_of_the_settings_file_and_its_reader_say_the_same() {
    let schema = pixcrawler::workspace::json_schema();
    let validator = jsonschema::validator_for(schema.as_value()).expect("a valid schema");
    let verdicts = |text: &str| {
        let source = pixcrawler::text::Source::new("pixcrawler.toml", text);
        let value: serde_json::Value = toml::from_str(text).expect("TOML");
        let read = pixcrawler::workspace::parse(&source);
        (read.is_ok(), validator.is_valid(&value))
    };
    let service = |line: &str| format!("[services.a]\ncommand = \"x\"\n{line}\n");
    for text in [
        "",
        "[services]",
        "name = \"\"",
        "[services.\"a b.c\"]\nport = 1",
        "[tiers.x]\ndir = \"x\"\ndialects = [\"next\", \"docker-run\"]\nfiles = []\nschema = \"y\"",
        "[managed]\npostgres = false\nredis = true",
        "[logs]\nmax-size = \"512 kb\"\nmax-files = 0\nmax-age = \"7d 12h\"",
        "[logs]\nmax-size = 65536\nmax-age = 3600",
        "[logs]\nmax-size = \"1 GiB\"",
        "[logs]\nmax-size = \"4096\"",
        "[migrate]\nreviewed = \"0003\"",
        "[rules]\n\"env/shadowed\" = \"off\"",
    ] {
        assert_eq!(verdicts(text), (true, true), "{text}");
    }
    for line in [
        "command = [\"x\", \"\"]",
        "cwd = \"..\"",
        "env = { A = \"${B}\" }",
        "port = 65535",
        "depends-on = []",
        "depends-on = { b = \"completed_successfully\" }",
        "ready = { http = \"http://h/\" }",
        "ready = { http = { url = \"http://h/\", status = [204, \"200-299\"], body = \"x\" } }",
        "ready = { tcp = 1, timeout = 5, interval = 0.25 }",
        "ready = { log = { regex = \"x\" }, delay = \"1m30s\" }",
        "ready = { exec = [\"x\"], attempt = \" 5 s \" }",
        "ready = { notify = true, timeout = \".5h\" }",
        "ready = { tcp = 1, notify = false }",
        "ready = { timeout = \"90s\" }",
        "stop = { signal = \"SigUsr1\" }",
        "health = { watchdog = \"10s\" }",
        "health = { exec = \"x\", interval = \"10ms\", attempt = 0.01 }",
        "health = { celery = \"redis://h/0\", failures = 1 }",
        "restart = \"on-failure\"",
        "restart = { when = \"always\", limit = 0, stable = 0 }",
        "stop = { signal = \"int\", to = \"group\", grace = \"0\" }",
        "stop = { command = \"x\" }",
        "success-codes = [0, 255]",
        "replicas = 100\nport-step = 1",
        "watch = true",
        "watch = [\"src/**\"]",
        "watch = { paths = [], only = [\"*.py\"], ignore = [], debounce = \"300ms\" }",
        "max-processes = 1\nwatch-env = false\nenabled = false\ntask = true\nprofiles = [\"x\"]",
    ] {
        let text = service(line).replacen("command = \"x\"\ncommand", "command", 1);
        assert_eq!(verdicts(&text), (true, true), "{line}");
    }
    for text in [
        "nme = \"x\"",
        "services = 1",
        "services = []",
        "[services]\na = \"x\"",
        "[tiers.x]\ndialects = [\"nxt\"]",
        "[tiers.x]\ndialects = \"next\"",
        "[managed]\npostgres = \"yes\"",
        "[logs]\nmax-size = \"1 XB\"",
        "[logs]\nmax-size = 1",
        "[logs]\nmax-size = \"\"",
        "[logs]\nmax-size = \"0\"",
        "[logs]\nmax-size = \"00 KB\"",
        "[logs]\nmax-size = \"512 b\"",
        "[logs]\nmax-files = -1",
        "[logs]\nmax-age = \"-1d\"",
        "[rules]\n\"env/shadowed\" = \"of\"",
    ] {
        assert_eq!(verdicts(text), (false, false), "{text}");
    }
    for line in [
        "comand = \"x\"",
        "cwd = 1",
        "env = { A = 1 }",
        "port = 65536",
        "port = -1",
        "port = \"80\"",
        "depends-on = true",
        "depends-on = { b = \"redy\" }",
        "ready = \"http://h/\"",
        "ready = { htp = \"x\" }",
        "ready = { http = { status = 200 } }",
        "ready = { tcp = 1, timeout = \"5 parsecs\" }",
        "ready = { tcp = 1, timeout = \"-1s\" }",
        "ready = { tcp = 1, timeout = -1 }",
        "ready = { tcp = 1, timeout = \"1e9h\" }",
        "ready = { tcp = 1, timeout = 1e300 }",
        "ready = { tcp = 1, timeout = \"\" }",
        "ready = { tcp = 1, timeout = true }",
        "health = { failures = -1 }",
        "restart = \"allways\"",
        "restart = { delay = \"1s\" }",
        "stop = { to = \"all\" }",
        "success-codes = [256]",
        "replicas = -1",
        "replicas = 1.5",
        "watch = 1",
        "watch = []",
        "watch = { debounce = \"1 x\" }",
        "max-processes = -1",
        "enabled = \"no\"",
    ] {
        assert_eq!(verdicts(&service(line)), (false, false), "{line}");
    }
    // These can be read, and are refused with the plan.
    for line in [
        "port = 0",
        "port-step = 0",
        "replicas = 0",
        "replicas = 101",
        "max-processes = 0",
        "ready = { tcp = 0 }",
        "ready = { tcp = 1, timeout = 0 }",
        "ready = { tcp = 1, timeout = \"0s\" }",
        "ready = { tcp = 1, log = \"x\" }",
        "ready = { tcp = 1, notify = true }",
        "ready = { exec = [] }",
        "ready = { exec = \" \" }",
        "ready = { http = { url = \"http://h/\", status = 99 } }",
        "ready = { http = { url = \"http://h/\", status = [] } }",
        "health = {}",
        "health = { tcp = 1, failures = 0 }",
        "health = { tcp = 1, watchdog = 1 }",
        "stop = { command = [] }",
        "stop = { signal = \"SIGSTOP\" }",
        "profiles = [\"\"]",
        "command = []",
        "command = \"\"",
    ] {
        let text = service(line).replacen("command = \"x\"\ncommand", "command", 1);
        assert_eq!(verdicts(&text), (true, false), "{line}");
    }
}
