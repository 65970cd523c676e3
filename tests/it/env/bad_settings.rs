//! Schemas and settings that nobody should write and somebody will.

use super::bad_inputs::{Bad, file, repeated};

fn schema(name: &'static str, text: impl Into<Vec<u8>>, expected: &'static str) -> Bad {
    file(name, "env-schemas/backend.toml", text, expected)
}

/// A schema of one variable, `PORT`, with these lines.
fn variable(name: &'static str, lines: &str, expected: &'static str) -> Bad {
    schema(
        name,
        format!("[[variable]]\nname = \"PORT\"\ndescription = \"d\"\npurpose = \"p\"\n{lines}\n"),
        expected,
    )
}

fn settings(name: &'static str, text: impl Into<Vec<u8>>, expected: &'static str) -> Bad {
    file(name, "pixcrawler.toml", text, expected)
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn schemas() -> Vec<Bad> {
    let two = |name: &'static str, first: &str, second: &str, expected| {
        let one = |name: &str, more: &str| {
            format!(
                "[[variable]]\nname = \"{name}\"\ndescription = \"d\"\npurpose = \"p\"\ntype = \"string\"\n{more}\n"
            )
        };
        schema(name, one("A", first) + &one("B", second), expected)
    };
    vec![
        schema("an empty schema", "", "0"),
        schema("a schema that is no TOML", "= [[[", "1 broken-schema"),
        schema("a binary schema", vec![0xff, 0, 0xfe], "1 broken-schema"),
        schema(
            "a schema as a list",
            "variable = [1, \"2\"]",
            "1 broken-schema",
        ),
        schema(
            "a schema with an unknown key",
            "colour = \"red\"",
            "1 broken-schema",
        ),
        schema(
            "a schema that nests deeply",
            format!("title = {}", "[".repeat(50_000)),
            "1 broken-schema",
        ),
        variable("no type", "", "1 broken-schema"),
        variable(
            "a type that is not there",
            "type = \"prot\"",
            "1 broken-schema",
        ),
        variable(
            "a type that is a table",
            "type = { a = 1 }",
            "1 broken-schema",
        ),
        variable(
            "a default of another type",
            "type = \"port\"\ndefault = \"x\"",
            "1 broken-schema",
        ),
        variable(
            "a range upside down",
            "type = \"int\"\nmin = 5\nmax = 1",
            "0",
        ),
        variable(
            "a range that is no number",
            "type = \"int\"\nmin = nan\nmax = inf",
            "0",
        ),
        variable(
            "a negative length",
            "type = \"string\"\nmin-length = -1",
            "1 broken-schema",
        ),
        variable(
            "a length without end",
            "type = \"string\"\nmin-length = 99999999999999999999",
            "1 broken-schema",
        ),
        variable(
            "a list of lists of lists",
            "type = \"csv\"\nof = \"csv\"",
            "1 broken-schema",
        ),
        variable(
            "a role that is not there",
            "type = \"supabase-key\"\nrole = \"king\"",
            "1 broken-schema",
        ),
        variable(
            "an environment that is not there",
            "type = \"port\"\nrequired = [\"moon\"]",
            "1 broken-schema",
        ),
        variable(
            "a condition on nothing",
            "type = \"port\"\nrequired-when = { NOWHERE = \"1\" }",
            "1 broken-schema",
        ),
        variable(
            "a condition on another tier that is not there",
            "type = \"port\"\nrequired-when = { \"moon:X\" = \"1\" }",
            "0",
        ),
        variable(
            "the same name twice",
            "type = \"port\"\n[[variable]]\nname = \"PORT\"\ndescription = \"d\"\npurpose = \"p\"\ntype = \"port\"",
            "1 broken-schema",
        ),
        variable(
            "a relation that is not there",
            "type = \"port\"\n[[relation]]\nkind = \"friends\"\nvariables = [\"PORT\"]\nbecause = \"b\"\nhelp = \"h\"",
            "1 broken-schema",
        ),
        variable(
            "a relation of nothing",
            "type = \"port\"\n[[relation]]\nkind = \"differ\"\nvariables = []\nbecause = \"b\"\nhelp = \"h\"",
            "0",
        ),
        variable(
            "a relation with tiers that are not there",
            "type = \"port\"\n[[relation]]\nkind = \"equal\"\nvariables = [\"moon:X\", \"Y\"]\nbecause = \"b\"\nhelp = \"h\"",
            "1 broken-schema",
        ),
        two(
            "conditions in a circle",
            "required-when = { B = \"*\" }",
            "required-when = { A = \"*\" }",
            "0",
        ),
        two(
            "names of signs",
            "[[variable]]\nname = \"***\"\ndescription = \"\"\npurpose = \"\"\ntype = \"string\"",
            "[[variable]]\nname = \"\"\ndescription = \"\"\npurpose = \"\"\ntype = \"string\"",
            "0",
        ),
        variable(
            "line ends in words",
            "type = \"port\"\nsection = \"a\\nb\\u001b[31m\"",
            "0",
        ),
        variable(
            "a description of 1 MB",
            &format!("type = \"port\"\nsection = \"{}\"", "x".repeat(1 << 20)),
            "0",
        ),
    ]
}

pub(super) fn workspaces() -> Vec<Bad> {
    vec![
        settings("settings that are no TOML", "[[[", "2 config/broken"),
        settings("binary settings", vec![0xff, 0xfe, 0], "2 config/broken"),
        settings("a tier outside", "[tiers.other]\ndir = \"../..\"", "0"),
        settings("a tier in the system", "[tiers.other]\ndir = \"/etc\"", "0"),
        settings(
            "a tier nowhere",
            "[tiers.other]\ndir = \"no/such/folder\"",
            "0",
        ),
        settings(
            "a tier that is a file",
            "[tiers.other]\ndir = \"pixcrawler.toml\"",
            "0",
        ),
        settings(
            "a file of the system",
            "[tiers.other]\nfiles = [\"/etc/passwd\", \"/dev/zero\", \"/dev/null\"]",
            "1 dropped-line unreadable",
        ),
        settings("no files", "[tiers.backend]\nfiles = []", "1 file-missing"),
        settings(
            "the same file a thousand times",
            format!(
                "[tiers.other]\nfiles = [{}]",
                "\"backend/.env\", ".repeat(1_000)
            ),
            "0",
        ),
        settings("no loaders", "[tiers.backend]\ndialects = []", "0"),
        settings(
            "a loader that is not there",
            "[tiers.backend]\ndialects = [\"perl\"]",
            "2 config/broken",
        ),
        settings(
            "a schema outside",
            "[tiers.backend]\nschema = \"../../../../etc/passwd\"",
            "0",
        ),
        settings(
            "a schema without a name",
            "[tiers.backend]\nschema = \"\"",
            "0",
        ),
        settings(
            "a tier with a path for a name",
            "[tiers.\"a/../b\"]\nschema = \"backend\"",
            "1 file-missing",
        ),
        settings(
            "a tier with colours in its name",
            "[tiers.\"\\u001b[31mred\"]\nschema = \"backend\"",
            "1 file-missing",
        ),
        settings(
            "a rule that is not there",
            "[rules]\n\"env/moon\" = \"off\"",
            "0 unused-silencer",
        ),
        settings(
            "1,000 tiers",
            repeated(1_000, |at| {
                format!("[tiers.t{at}]\nfiles = [\"backend/.env\"]\nschema = \"frontend\"\n")
            }),
            "1 missing wrong-type",
        ),
    ]
}
