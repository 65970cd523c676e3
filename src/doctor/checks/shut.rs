//! Programs of installed packages that are there, and that nobody may run.

use camino::Utf8PathBuf;

use crate::diagnostic::{Finding, Rule};
use crate::doctor::{Answer, Cure};
use crate::text::command::Command;

/// An answer with what is wrong with such files, if there are any; `few` is how their names are told. No
/// installer looks at the right to run a file that it takes for installed.
pub(super) fn told(
    answer: Answer,
    rule: &'static Rule,
    side: &str,
    files: &[Utf8PathBuf],
    few: fn(&[String]) -> String,
) -> Answer {
    let Some(folder) = files.first().and_then(|file| file.parent()) else {
        return answer;
    };
    let names = files.iter().filter_map(|file| file.file_name());
    let names: Vec<String> = names.map(str::to_owned).collect();
    let message = format!("programs may not be run: {}", few(&names));
    let finding = Finding::new(rule, message).subject(side).note(format!(
        "their files in {folder} have lost the right to be run"
    ));
    let line = Command::new("chmod +x").paths(files);
    answer.mended_by(finding, Cure::new(line.to_string()))
}
