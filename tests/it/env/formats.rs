//! What `env check --format …` prints, against the schemas of the formats.

use pixcrawler::output::schema;
use serde_json::Value;

use super::sandbox::Workspace;
use crate::output::{errors, sarif_schema, xml};

/// A workspace in which much is wrong: places, fixes, files as a whole, several tiers.
fn broken() -> Workspace {
    let workspace = Workspace::sound();
    workspace.write("backend/.env", "ENVIRONMENT=development\nDATABASE_URI=postgresql://u:hunter22@h/d\nPORT=80x\nPORT=8000\nDEBUG=maybe\nQUOTE=\"open\n");
    workspace.write("frontend/.env", "NEXT_PUBLIC_APP_URL=http://localhost:3000\nA=p#ss\nNEXT_PUBLIC_SUPABASE_URL=http://127.0.0.1:54321\n");
    workspace
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn json_fits_its_schema() {
    for (workspace, code) in [(broken(), 1), (Workspace::sound(), 0)] {
        let ran = workspace.run(&["env", "check", "--format", "json"]);
        assert_eq!(ran.code, Some(code), "{}", ran.stderr);
        let document = json(&ran.stdout);
        assert_eq!(errors(&schema(), &document), Vec::<String>::new());
        assert_eq!(document["command"], "env check");
        assert_eq!(
            document["findings"].as_array().is_some_and(Vec::is_empty),
            code == 0
        );
    }
}

#[test]
fn sarif_fits_the_standards_schema() {
    let schema = sarif_schema();
    for (workspace, code) in [(broken(), 1), (Workspace::sound(), 0)] {
        let ran = workspace.run(&["env", "check", "--format", "sarif"]);
        assert_eq!(ran.code, Some(code), "{}", ran.stderr);
        let log = json(&ran.stdout);
        assert_eq!(errors(&schema, &log), Vec::<String>::new());
        assert_eq!(
            log["runs"][0]["results"]
                .as_array()
                .is_some_and(Vec::is_empty),
            code == 0
        );
    }
}

#[test]
fn junit_is_what_ci_systems_read() {
    for (workspace, code) in [(broken(), 1), (Workspace::sound(), 0)] {
        let ran = workspace.run(&["env", "check", "--format", "junit"]);
        assert_eq!(ran.code, Some(code), "{}", ran.stderr);
        let document = xml::parse(&ran.stdout);
        xml::validate(&document);
        assert_eq!(document.attribute("failures") == Some("0"), code == 0);
    }
}

#[test]
fn github_annotates_a_line_for_each_finding() {
    let workspace = broken();
    let ran = workspace.run(&["env", "check", "--format", "github"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let count = json(&workspace.run(&["env", "check", "--format", "json"]).stdout)["findings"]
        .as_array()
        .map(Vec::len);
    assert_eq!(Some(ran.stdout.lines().count()), count);
    for line in ran.stdout.lines() {
        let properties = line
            .strip_prefix("::")
            .and_then(|rest| rest.split_once(' '))
            .and_then(|(_, rest)| rest.split_once("::"))
            .map(|(properties, _)| properties);
        let properties: Vec<&str> = properties.expect("a workflow command").split(',').collect();
        for key in ["file=", "line=", "title=env/"] {
            assert!(
                properties.iter().any(|property| property.starts_with(key)),
                "no {key} in {line}"
            );
        }
    }
}

/// Permissions, git and files that are not there: the finding is about the file as a whole.
#[test]
fn findings_about_a_whole_file_name_it_in_every_format() {
    let workspace = Workspace::sound();
    for path in ["backend/.env", "backend/.env.example"] {
        let _ = std::fs::remove_file(workspace.path(path));
    }
    let found = |format: &str| workspace.run(&["env", "check", "--format", format]).stdout;
    let document = json(&found("json"));
    let finding = document["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|finding| finding["rule"] == "env/file-missing")
        .expect("a finding");
    assert_eq!(
        (&finding["file"], &finding["line"]),
        (&Value::from("backend/.env"), &Value::Null)
    );
    let log = json(&found("sarif"));
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "backend/.env");
    assert!(
        found("github").starts_with("::error file=backend/.env,line=1,title=env/file-missing::"),
        "{}",
        found("github")
    );
    assert!(
        found("junit").contains("env/file-missing backend/.env in backend/.env"),
        "{}",
        found("junit")
    );
}
