//! Values that are no values, and references that lead nowhere or everywhere.

use super::BASE;
use super::bad_inputs::{Bad, SECRET, backend, file, frontend, repeated};

pub(super) fn expansion() -> Vec<Bad> {
    let doubling = |sign: &str| {
        format!("V0={SECRET}\n")
            + &repeated(64, |at| {
                format!("V{}={sign}{{V{at}}}{sign}{{V{at}}}\n", at + 1)
            })
    };
    vec![
        backend(
            "10,000 open braces",
            format!("A={}\n", "${".repeat(10_000)),
            "0",
        ),
        frontend(
            "10,000 open braces for Next",
            format!("A={}\n", "${".repeat(10_000)),
            "0",
        ),
        backend(
            "nested defaults",
            format!("A={}{}\n", "${B:-".repeat(2_000), "}".repeat(2_000)),
            "0",
        ),
        frontend(
            "nested defaults for Next",
            format!("A={}x{}\n", "${B:-".repeat(2_000), "}".repeat(2_000)),
            "0 loaders-disagree",
        ),
        frontend("a self reference", "A=$A\n", "1 dropped-line"),
        backend("a self reference for Python", "A=${A}\n", "0"),
        frontend("a cycle of two", "A=$B\nB=$A\n", "1 dropped-line"),
        frontend(
            "a cycle of three",
            "A=${B}\nB=${C}\nC=${A}\n",
            "1 dropped-line",
        ),
        frontend(
            "values that double 64 times",
            doubling("$"),
            "1 dropped-line",
        ),
        backend(
            "values that double 64 times for Python",
            doubling("$"),
            "1 dropped-line",
        ),
        file(
            "values that double 64 times for a shell",
            ".env",
            format!("{}{}", BASE[2].1, doubling("$")),
            "1 dropped-line",
        ),
        backend("a name that is empty", "A=${}\n", "0"),
        frontend("a brace that stays open", "A=${B\n", "0 loaders-disagree"),
        file(
            "a command",
            ".env",
            format!("{}A=$(touch pwned)\nB=`touch pwned`\n", BASE[2].1),
            "0 loaders-disagree",
        ),
        file(
            "what must be set",
            ".env",
            format!("{}A=${{NOWHERE:?must be set}}\n", BASE[2].1),
            "0",
        ),
    ]
}

pub(super) fn values() -> Vec<Bad> {
    vec![
        backend(
            "a number without end",
            format!("PORT={}\n", "9".repeat(400)),
            "1 wrong-type",
        ),
        backend("a negative port", "PORT=-1\n", "1 out-of-range"),
        backend("digits of another script", "PORT=٣٤\n", "1 wrong-type"),
        backend("no number", "DATABASE_POOL_SIZE=NaN\n", "1 wrong-type"),
        backend("infinity", "DATABASE_POOL_SIZE=1e999\n", "1 wrong-type"),
        backend("neither yes nor no", "DEBUG=maybe\n", "1 wrong-type"),
        backend(
            "half a URL",
            "CELERY_BROKER_URL=redis://[::1\n",
            "1 wrong-type",
        ),
        backend(
            "a list that is nested deeply",
            format!("ALLOWED_ORIGINS={}\n", "[".repeat(100_000)),
            "1 duplicate wrong-type",
        ),
        file(
            "a key that is no key",
            ".env",
            "SUPABASE_URL=http://127.0.0.1:54321\nSUPABASE_ANON_KEY=eyJ.eyJ.hunter22s3cret\nSUPABASE_SERVICE_ROLE_KEY=eyJhbGciOiJIUzI1NiJ9.e30.hunter22s3cret\n",
            "1 wrong-type",
        ),
        file(
            "a long key where an address belongs",
            ".env",
            format!("SUPABASE_URL=sb_secret_{SECRET}{}\n", "a1B2".repeat(20)),
            "1 missing wrong-type",
        ),
        file(
            "a key of 1 MB",
            ".env",
            format!(
                "SUPABASE_URL=x\nSUPABASE_ANON_KEY=eyJh.{}.x\nSUPABASE_SERVICE_ROLE_KEY=sb_secret_{SECRET}\n",
                "e".repeat(1 << 20)
            ),
            "1 wrong-type",
        ),
        file(
            "half a connection string",
            ".env",
            format!(
                "{}AZURE_STORAGE_CONNECTION_STRING=AccountKey={SECRET}\n",
                BASE[2].1
            ),
            "1 wrong-type",
        ),
        backend(
            "half a silencer",
            "# pixcrawler: ignore[\n# pixcrawler: ignore[]\n# pixcrawler: ignore\nA=1 # pixcrawler: ignore[env/x\n",
            "0 unused-silencer",
        ),
    ]
}
