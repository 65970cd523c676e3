//! What a schema's checks can find.

use crate::diagnostic::{Rule, Severity};
use crate::schema::read::BROKEN;

/// The rules of this module.
pub static RULES: &[&Rule] = &[
    &MISSING,
    &EMPTY,
    &PLACEHOLDER,
    &WRONG_TYPE,
    &OUT_OF_RANGE,
    &WRONG_CREDENTIAL,
    &DOUBTFUL,
    &UNKNOWN_NAME,
    &UNDESCRIBED,
    &UNFIT,
    &LEAKED_SECRET,
    &CONTRADICTION,
    &FILE_MISSING,
    &EXAMPLE_OUTDATED,
    &SECRET_IN_EXAMPLE,
    &BROKEN,
];

/// A variable that must be set is not.
pub static MISSING: Rule = Rule {
    code: "env/missing",
    severity: Severity::Error,
    summary: "a required variable is not set",
    text: "\
The schema of the tier says that the program cannot do without this variable in this environment,
or because another variable asks for it, and neither a file of the tier's chain nor the process
environment sets it. The program would end at its start, or fail at the first request that needs it.

    error[env/missing]: `DATABASE_URL` is not set, but the backend needs it

Way out: add the line that the finding shows. In an image build, where secrets are not there yet,
`pixcrawler env check --values skip` checks names and types of what is there.",
};

/// A variable is set to nothing.
pub static EMPTY: Rule = Rule {
    code: "env/empty",
    severity: Severity::Error,
    summary: "a variable is set to nothing, and its reader takes that for a value",
    text: "\
`NAME=` is not the same as no line at all: every loader sets the variable to the empty text. A
required variable is then as good as missing. An optional number or boolean is worse than missing:
pydantic does not fall back to the default, it refuses the empty text and the program does not start.

    DATABASE_POOL_SIZE=        # int_parsing error at the start
    # DATABASE_POOL_SIZE=      # the default counts

Way out: give it a value, or delete the line.",
};

/// A value only stands for one.
pub static PLACEHOLDER: Rule = Rule {
    code: "env/placeholder",
    severity: Severity::Error,
    summary: "a value is still the placeholder of the example",
    text: "\
`your-anon-key`, `changeme`, `<token>` and their like come from an example file and only say what
belongs there. The program starts with them and fails later, where it is harder to see why.

Way out: put in the real value, or comment an optional variable out.",
};

/// A value cannot be read as its type.
pub static WRONG_TYPE: Rule = Rule {
    code: "env/wrong-type",
    severity: Severity::Error,
    summary: "the program that reads a value cannot read it as its type",
    text: "\
Values are judged as the tier's own reader parses them. pydantic takes `80.0` and `1_000` for
integers and `yes` for true, JavaScript takes none of them; a list in pydantic-settings is decoded
as JSON before any validator sees it, so that the comma form stops the program.

    PORT=80x                                  # pydantic: int_parsing
    ALLOWED_ORIGINS=http://localhost:3000/    # an origin has no path

Way out: the finding says how the value is written; `--fix` writes it where that is certain.",
};

/// A value is read and not allowed.
pub static OUT_OF_RANGE: Rule = Rule {
    code: "env/out-of-range",
    severity: Severity::Error,
    summary: "a value is outside of what the schema allows",
    text: "\
The value has the right type, but is too small, too large, too short, or none of the words that are
accepted. Words are compared with their case: `info` is not `INFO` to pydantic's Literal.

Way out: choose a value that is allowed, or widen the schema in env-schemas/ when the program
accepts more than it says.",
};

/// A credential of another kind.
pub static WRONG_CREDENTIAL: Rule = Rule {
    code: "env/wrong-credential",
    severity: Severity::Error,
    summary: "a key is of another kind than the one that is asked for",
    text: "\
Supabase's keys say for whom they are: a JWT names its role, newer keys begin with `sb_publishable_`
or `sb_secret_`. Stripe's begin with `pk_`, `sk_`, `whsec_` or `price_`. Two keys that were swapped
fail in ways that are hard to read: a service role key as anonymous key even works, and opens all
data to everybody.

Way out: copy the key again from the place that the finding names.",
};

/// It works, but not as somebody thinks.
pub static DOUBTFUL: Rule = Rule {
    code: "env/doubtful",
    severity: Severity::Warning,
    summary: "a value is valid and will probably not do what is meant",
    text: "\
Some values are accepted and disappoint later: asyncpg prepares statements, which Supabase's
transaction pooler (port 6543) forgets between queries; a PostgreSQL URL without a driver makes
SQLAlchemy take the synchronous one.

Way out: follow the finding, or silence the line with a reason:

    # pixcrawler: ignore[env/doubtful] the code adds the driver",
};

/// A misspelt name.
pub static UNKNOWN_NAME: Rule = Rule {
    code: "env/unknown-name",
    severity: Severity::Warning,
    summary: "nothing reads this name, and one that is read is nearly the same",
    text: "\
Loaders ignore names that nobody asks for, so a misspelt name is silent: the program runs on with
the default. Reported are near misses of names that are set nowhere; for other names that no schema
describes see env/undescribed.

    error[env/unknown-name]: nothing reads `DATABASE_URI`: `DATABASE_URL` is the name

Way out: rename it (`--fix` does), or describe the variable in env-schemas/TIER.toml.",
};

/// Names that no schema describes.
pub static UNDESCRIBED: Rule = Rule {
    code: "env/undescribed",
    severity: Severity::Info,
    summary: "a file sets names that no schema describes",
    text: "\
A program may read variables that no schema describes; their values are not checked then, no example
shows them, and a name that nothing reads any more, or that another tier reads, looks just the same.
A name that is nearly a described one is env/unknown-name instead, unless the code reads it as it stands: with
`env_nested_delimiter=\"__\"`, `CELERY__BROKER_URL` is a part of the field `celery`.

    info[env/undescribed]: no schema describes 2 names of backend/.env: APP_NAME, UPLOAD_MAX_SIZE

Way out: describe what the program reads in env-schemas/TIER.toml, and delete the rest. Where a team
does not want to hear of it, pixcrawler.toml says so:

    [rules]
    \"env/undescribed\" = \"off\"",
};

/// A value that does not fit the environment.
pub static UNFIT: Rule = Rule {
    code: "env/unfit",
    severity: Severity::Error,
    summary: "a value is not fit for the environment that is checked",
    text: "\
What is fine on a developer's machine can be a hole in production: debug pages, `localhost`, plain
http, logged SQL, test keys that move no money. The schema says for each variable what an
environment asks for and why. Staging is judged as production where it says nothing of its own.

Way out: set the value in that environment's file, e.g. backend/.env.production, or in the settings
of the platform, and check again: pixcrawler env check --env production",
};

/// A secret where every visitor can read it.
pub static LEAKED_SECRET: Rule = Rule {
    code: "env/leaked-secret",
    severity: Severity::Error,
    summary: "a secret stands in a variable that browsers download",
    text: "\
Next.js compiles every variable that begins with NEXT_PUBLIC_ into the JavaScript that it sends to
browsers. A Supabase key with the role service_role in such a variable lets every visitor read,
change and delete all data; a Stripe secret key lets them move money. The role is read from the key
itself, so a harmless name does not help.

Way out: rename the variable without NEXT_PUBLIC_ and read it on the server only, and replace the
key where it was issued: it may have been published already. Where pages need a key of another kind
under that name (anon, publishable), that one belongs there, and the secret in the server's variable.",
};

/// Values that contradict each other.
pub static CONTRADICTION: Rule = Rule {
    code: "env/contradiction",
    severity: Severity::Error,
    summary: "values of one or more tiers contradict each other",
    text: "\
Each value may be right and the whole still wrong: the frontend signs users in at one Supabase
project and the backend verifies them at another one; CORS does not allow the application's own
URL; cache and rate limiter share a Redis database; the frontend calls a port where nothing
listens. Such relations stand in the schemas as `[[relation]]`.

Way out: the finding shows all places that are involved and says which value to change.",
};

/// A tier without any env file.
pub static FILE_MISSING: Rule = Rule {
    code: "env/file-missing",
    severity: Severity::Error,
    summary: "a tier that needs variables has no env file",
    text: "\
Variables that the tier needs are set nowhere, and its folder has no env file at all: most likely it
was never made from the example. Where the process environment sets everything that is needed, as
in containers, no file is asked for.

Way out: cp backend/.env.example backend/.env, and fill in what is marked as required. Without an
example, `pixcrawler env scaffold` writes one.",
};

/// An example that does not mention what is required.
pub static EXAMPLE_OUTDATED: Rule = Rule {
    code: "env/example-outdated",
    severity: Severity::Warning,
    summary: "an example file does not mention what is required, or has a value that does not fit",
    text: "\
Whoever joins the team copies the example, fills it in, and expects the program to start. A required
variable that the example does not mention, not even in a comment, is found out the hard way, and so
is a value that the program would refuse. `.env.production.example` is judged as production is.

Way out: pixcrawler env scaffold adds the missing blocks and keeps what people wrote; a value is
corrected by hand. In CI, `pixcrawler env scaffold --check` fails when an example is out of date.",
};

/// A real secret in an example.
pub static SECRET_IN_EXAMPLE: Rule = Rule {
    code: "env/secret-in-example",
    severity: Severity::Error,
    summary: "an example file holds a real secret",
    text: "\
Example files are committed, so that a key in one of them is published. It is recognised by its shape:
Stripe's `sk_live_…`, Supabase's `sb_secret_…` or a JWT with the role service_role, an Azure account
key. Keys of local stacks (issuer supabase-demo) are the same for everybody and are left alone.

Way out: write a placeholder such as `your-key`, and replace the key where it was issued.",
};
