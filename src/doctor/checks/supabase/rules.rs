//! What is told of a Supabase project.

use crate::diagnostic::{Rule, Severity};

/// The project does not answer.
pub(super) static UNREACHABLE: Rule = Rule {
    code: "supabase/unreachable",
    severity: Severity::Error,
    summary: "the Supabase project does not answer, or says that it is not well",
    text: "\
Signing in, tokens and everything that the frontend asks of Supabase depend on it. A project of the
free plan is paused after a week without use: it answers 540 then, and later its name no longer
resolves. One whose quota is used up or whose bill is open answers 402. Who asks too often gets 429 for a
while.

A status of 200 is no Supabase: a network that asks to sign in first, or a page on that port, answers
so, too. The sign-in service says at `/auth/v1/health` that its name is GoTrue; a key is accepted by
what it opens: the REST interface, which says that a table is not there, or the list of users.

Way out: correct `SUPABASE_URL` (https://PROJECT.supabase.co), wake the project at
https://supabase.com/dashboard, or run a local one: `supabase start`.",
};

/// Its URL is written so that clients ask elsewhere, or not at all.
pub(super) static ADDRESS: Rule = Rule {
    code: "supabase/url",
    severity: Severity::Error,
    summary: "the URL of the Supabase project is not written as its clients read it",
    text: "\
The client libraries put `/auth/v1` and `/rest/v1` behind it: it has a scheme, a host, perhaps a port,
and nothing behind them. A hosted project is asked over https alone, since keys travel along; its
dashboard and its database have addresses of their own.

    SUPABASE_URL=https://PROJECT.supabase.co
    SUPABASE_URL=http://127.0.0.1:54321

Way out: run the command that is printed; it writes the URL as it is meant, or asks for it.",
};

/// A key does not open it.
pub(super) static KEY: Rule = Rule {
    code: "supabase/key",
    severity: Severity::Error,
    summary: "a Supabase project refuses a key, or the key is for another project or role",
    text: "\
Each project has keys of its own: one for browsers (anon or publishable) and one for servers
(service_role or secret). They change when they are rotated.

Way out: copy the key again: Supabase, Project Settings, API Keys.",
};

/// What is told of a project.
pub(in super::super) static RULES: &[&Rule] = &[&UNREACHABLE, &ADDRESS, &KEY];
