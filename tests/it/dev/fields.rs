//! Settings classes that refuse their variables: those are named as they are written in an env file.

use super::deaths::assert_alone;
use crate::support::Workspace;

const CLASSES: &str = "\
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict


class Db(BaseModel):
    host: str
    port: int


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix='APP_', env_nested_delimiter='__', env_file='.env')
    db: Db
    mail_key: str
";

/// What a service's card says that ends with these errors of pydantic's.
fn card(errors: &[(&str, &str)], env_file: &str) -> String {
    card_in(&[], errors, env_file)
}

fn card_in(args: &[&str], errors: &[(&str, &str)], env_file: &str) -> String {
    let workspace = Workspace::new(
        "[tiers.api]\ndir = \"api\"\n[services.api]\ncwd = \"api\"\ncommand = \"cat said; exit 1\"\n",
    );
    workspace.write("api/settings.py", CLASSES);
    workspace.write("api/.env", env_file);
    let count = errors.len();
    let head = format!(
        "pydantic_core._pydantic_core.ValidationError: {count} validation errors for Settings\n"
    );
    let errors = errors.iter().map(|(field, why)| {
        format!("{field}\n  {why}\n    For further information visit https://errors.pydantic.dev\n")
    });
    workspace.write("api/said", &(head + &errors.collect::<String>()));
    let ended = workspace.dev(args).run();
    assert_eq!(ended.code(), Some(1), "{}", ended.all());
    assert_alone(&workspace);
    let card = ended.out.split("api ended after").nth(1);
    card.expect("the card").to_owned()
}

const REQUIRED: &str = "Field required [type=missing, input_value={}, input_type=dict]";

#[test]
fn a_field_with_a_prefix_or_of_a_model_is_named_as_its_variable() {
    for (field, variable) in [
        ("db.host", "APP_DB__HOST"),
        ("db", "APP_DB__HOST"),
        ("mail_key", "APP_MAIL_KEY"),
    ] {
        let card = card(&[(field, REQUIRED)], "OTHER=1\n");
        for told in [
            format!(
                "cause: `{variable}` is not set where `api` looks for its `{field}` (`Settings` at api/settings.py:11)"
            ),
            format!("pixcrawler env set --file api/.env {variable}=-"),
        ] {
            assert!(card.contains(&told), "{told}: {card}");
        }
    }
    let several = card(&[("db.host", REQUIRED), ("mail_key", REQUIRED)], "");
    let told = "`APP_DB__HOST`, `APP_MAIL_KEY` are not set";
    assert!(several.contains(told), "{several}");
}

#[test]
fn what_a_file_has_already_is_not_to_be_written_again() {
    let unread = card(&[("db.host", REQUIRED)], "APP_DB__HOST=127.0.0.1\n");
    for told in [
        "`APP_DB__HOST` is not set where `api` looks",
        ": api/.env has it, and `api` does not read that",
        "pixcrawler env run --tier api --",
    ] {
        assert!(unread.contains(told), "{told}: {unread}");
    }
    assert!(!unread.contains("env set"), "{unread}");
    let wrong =
        "Input should be a valid integer [type=int_parsing, input_value='x', input_type=str]";
    let refused = card(&[("db.port", wrong)], "APP_DB__PORT=x\n");
    for told in [
        "`APP_DB__PORT` in api/.env has a value that `api` cannot use",
        "pixcrawler env set --file api/.env APP_DB__PORT=-",
    ] {
        assert!(refused.contains(told), "{told}: {refused}");
    }
}

#[test]
fn what_mends_tests_is_written_where_development_does_not_read_it() {
    let wrong =
        "Input should be a valid integer [type=int_parsing, input_value='x', input_type=str]";
    let errors = [("db.port", wrong)];
    let refused = card_in(&["--env", "test"], &errors, "APP_DB__PORT=x\n");
    for told in [
        "`APP_DB__PORT` in api/.env has a value that `api` cannot use",
        "pixcrawler env set --file api/.env.test APP_DB__PORT=- --env test",
    ] {
        assert!(refused.contains(told), "{told}: {refused}");
    }
}
