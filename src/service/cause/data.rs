//! A managed server whose data is of no use: what it says of that before it ends.

use super::{Cause, cause};

/// What the meaning of such a cause begins with.
pub const DAMAGED: &str = "its data is damaged or incomplete";

/// The cause, where one of the lines tells it; `afresh` is the command that keeps the data and clears its place.
#[must_use]
pub fn damaged(lines: &[&str], afresh: &str) -> Option<Cause> {
    let mut said = lines
        .iter()
        .filter_map(|line| postgres(line).or_else(|| valkey(line)));
    let said = said.next()?;
    Some(cause(refused(said), put_back_or(afresh)))
}

/// What is said where nothing is started on such data: as a failure has it, before the way out.
#[must_use]
pub fn refused(what: &str) -> String {
    format!("{DAMAGED}: {what}")
}

/// The way out that such a failure has.
#[must_use]
pub fn put_back_or(afresh: &str) -> String {
    format!("put a copy of it back, or start afresh: {afresh}")
}

/// What stands before the file of a password that is not that of the data beside it.
const PARTED: &str = " has another administrator's password than ";

/// What stands behind it.
const APART: &str = ": one of the two was put there without the other";

/// What is said of such data and its file.
#[must_use]
pub fn parted(data: &str, file: &str) -> String {
    format!("the data in {data}{PARTED}{file}{APART}")
}

/// The file, where that was said.
#[must_use]
pub fn parted_from(words: &str) -> Option<&str> {
    words.split_once(PARTED)?.1.strip_suffix(APART)
}

/// The cause, where a start was refused in those words, or came to nothing.
#[must_use]
pub fn of_refusal(words: &str) -> Option<Cause> {
    let (meaning, way_out) = words.rsplit_once(" → ")?;
    let is_it = meaning.starts_with(DAMAGED) || parted_from(meaning).is_some();
    is_it.then(|| cause(meaning.to_owned(), way_out.to_owned()))
}

/// What Postgres says of files that are not there, or are not what it wrote. What the system refuses it (rights,
/// room) tells nothing of the data.
fn postgres(line: &str) -> Option<&str> {
    const GRAVE: [&str; 2] = ["PANIC:", "FATAL:"];
    // Before it knows how to log.
    const EARLY: &str = "postgres: could not ";
    const WRONG: [&str; 7] = [
        "could not locate a valid checkpoint record",
        "could not locate required checkpoint record",
        "incorrect checksum in control file",
        "invalid checkpoint record",
        "invalid page in block",
        "invalid magic number",
        "unexpected pageaddr",
    ];
    let grave = GRAVE.iter().find_map(|word| Some(line.split_once(word)?.1));
    let early = || line.starts_with(EARLY).then(|| &line["postgres: ".len()..]);
    // What it looks for first it tells of in three lines, this one the last.
    let first = || {
        line.strip_prefix("but ")
            .filter(|it| it.starts_with("could not open file "))
    };
    // Of its rules it says only in a line before that they are not there.
    let rules = || {
        let (_, said) = line.split_once("LOG:")?;
        said.contains("pg_hba.conf\"").then_some(said)
    };
    let said = grave.or_else(early).or_else(first).or_else(rules)?.trim();
    let is_gone = || {
        let verbs = ["could not open ", "could not access ", "could not read "];
        verbs.iter().any(|verb| said.contains(verb)) && said.contains("No such file or directory")
    };
    let is_short = || said.contains("could not read file") && said.contains(": read ");
    let is_wrong = || WRONG.iter().any(|words| said.contains(words));
    (is_gone() || is_short() || is_wrong()).then_some(said)
}

/// What Valkey and Redis say of such files.
fn valkey(line: &str) -> Option<&str> {
    const WRONG: [&str; 7] = [
        "Bad file format reading the append only file",
        "Unexpected end of file reading the append only file",
        "Error reading the RDB preamble of the AOF file",
        "Short read or OOM loading DB",
        "Wrong signature trying to load DB from file",
        "Internal error in RDB reading",
        "Invalid AOF manifest file format",
    ];
    let at = WRONG.iter().find_map(|words| line.find(words))?;
    let said = &line[at..];
    // Its own way out takes apart what nobody knows to be sound.
    Some(said.split(": make a backup").next().unwrap_or(said).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<String> {
        damaged(&["started", line, "shutting down"], "mv a a.old").map(|it| it.meaning)
    }

    #[test]
    fn data_that_is_not_what_was_written_is_told_with_what_is_wrong() {
        for (line, said) in [
            (
                "2026-11-30 17:41:54.533 UTC [18597] PANIC:  could not read file \"global/pg_control\": read 0 of 296",
                "could not read file \"global/pg_control\": read 0 of 296",
            ),
            (
                "postgres: could not access the server configuration file \"/w/postgresql.conf\": No such file or directory",
                "could not access the server configuration file \"/w/postgresql.conf\": No such file or directory",
            ),
            (
                "but could not open file \"/w/global/pg_control\": No such file or directory",
                "could not open file \"/w/global/pg_control\": No such file or directory",
            ),
            (
                "x UTC [1] FATAL:  could not open file \"global/1262\": No such file or directory",
                "could not open file \"global/1262\": No such file or directory",
            ),
            (
                "x UTC [1] LOG:  could not open file \"/w/pg_hba.conf\": No such file or directory",
                "could not open file \"/w/pg_hba.conf\": No such file or directory",
            ),
            (
                "x UTC [1] PANIC:  could not locate a valid checkpoint record",
                "could not locate a valid checkpoint record",
            ),
            (
                "1:M 30 Nov 2026 17:42:23.262 # Bad file format reading the append only file a.aof.1.base.rdb: make a backup of your AOF file, then use ./valkey-check-aof --fix <filename.manifest>",
                "Bad file format reading the append only file a.aof.1.base.rdb",
            ),
            (
                "1:M 30 Nov 2026 17:42:24.517 # Invalid AOF manifest file format",
                "Invalid AOF manifest file format",
            ),
        ] {
            assert_eq!(told(line), Some(format!("{DAMAGED}: {said}")), "{line}");
        }
    }

    #[test]
    fn a_start_that_was_refused_for_its_data_has_a_cause() {
        let words = format!("{} → {}", refused("no version"), put_back_or("mv a a.old"));
        let told = of_refusal(&words).expect("a cause");
        assert_eq!(told.meaning, format!("{DAMAGED}: no version"));
        assert!(told.way_out.ends_with("mv a a.old"), "{}", told.way_out);
        assert_eq!(of_refusal("no room → make room"), None);
        let words = parted(
            "/w/.pixcrawler/postgres",
            "/w/.pixcrawler/postgres.password",
        );
        assert_eq!(
            parted_from(&words),
            Some("/w/.pixcrawler/postgres.password")
        );
        let told = of_refusal(&format!("{words} → rm x   and start again")).expect("a cause");
        assert_eq!(told.meaning, words);
        assert_eq!(told.way_out, "rm x   and start again");
    }

    #[test]
    fn what_the_system_refuses_says_nothing_of_data() {
        for line in [
            "x FATAL:  could not open file \"postmaster.pid\": Permission denied",
            "x PANIC:  could not write to file \"pg_wal/xlogtemp.1\": No space left on device",
            "x FATAL:  could not create lock file \"/run/.s.lock\": No such file or directory",
            "x FATAL:  password authentication failed for user \"app\"",
            "x ERROR:  could not open file \"base/1\": No such file or directory",
            "1:M # Failed opening the RDB file dump.rdb for saving: Permission denied",
            "1:M # Can't handle RDB format version 80",
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
