//! What can be typed. The clap types stop here: a command gets a plain request.

mod control;
mod database;
mod dev;
mod doctor;
mod env;
mod global;
mod health;
mod migrate;
mod migrate_record;
mod refused;
mod typed;
mod value;

use std::ffi::OsString;
use std::io::Write;

use clap::{ArgMatches, CommandFactory, Parser, Subcommand};

use crate::commands;
use crate::exit::Exit;
use crate::service::control::Ask;
use crate::settings;
use crate::system::{trace, variables};

pub use global::GlobalArgs;
use typed::Typed;

/// Checks, configures and runs a full-stack workspace: env files, migrations, processes.
#[derive(Debug, Parser)]
#[command(name = "pixcrawler", version, propagate_version = true, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 nothing to say · 1 findings, or the work failed · 2 bad usage or configuration ·
3 something needed could not be reached or run · 4 busy · 5 out of date (--check) · 101 our bug

Start here:  pixcrawler new demo, then inside demo: pixcrawler dev --migrate";

#[derive(Debug, Subcommand)]
// Of the many commands only the one that is typed gets its arguments made.
#[command(defer = true)]
enum Command {
    /// Everything that can stop you, all asked at once, each failure with the command that mends it
    Doctor(doctor::DoctorArgs),
    /// Env files: check them against their schemas, show what a runtime sees, write examples
    #[command(subcommand)]
    Env(env::EnvCommand),
    /// Start everything, wait until it is ready, merge the logs, stop it cleanly
    ///
    /// What changes in env files and in pixcrawler.toml is taken over while it runs; with errors in them,
    /// everything goes on as it is.
    Dev(dev::DevArgs),
    /// What runs, from another terminal: states, processes, addresses, what they take
    Ps,
    /// Follow the running session from another terminal; Ctrl+C only leaves
    Attach {
        /// Only these services
        services: Vec<String>,
        /// The whole terminal as an interface; ? shows the keys
        #[arg(long)]
        tui: bool,
    },
    /// What services printed, in this session or earlier ones, and what they print
    Logs(control::LogsArgs),
    /// Stop services of the running session, or the session itself
    Stop(control::StopArgs),
    /// Start services of the running session that do not run
    Start(control::ServicesArgs),
    /// Stop services of the running session and start them again
    Restart(control::ServicesArgs),
    /// Change how many of a service run
    Scale(control::ScaleArgs),
    /// A running deployment: its health reports, metrics, database, Redis, workers, web
    Health(health::HealthArgs),
    /// Apply Drizzle's migrations safely; see what was applied
    Migrate(Box<migrate::MigrateArgs>),
    /// Write a starter workspace
    New {
        /// The folder to write; it must be empty or not exist
        dir: camino::Utf8PathBuf,
        /// The display name; the folder's name otherwise
        #[arg(long)]
        name: Option<String>,
    },
    /// The long text of a rule: why it matters and the way out
    Explain {
        /// The rule's code, e.g. env/missing; without one, all rules are listed
        rule: Option<String>,
    },
    /// Print the completion script of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Parses the arguments, runs the command, and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let typed = Typed::of(&arguments);
    let is_open = arguments.last().is_some_and(|last| last == "--");
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(mut error) => {
            value::with_example(&mut error, &arguments, Cli::command());
            // Help and version are answers (stdout, 0); anything else is bad usage (stderr, 2).
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Clean
            };
            let text = error.render().to_string();
            let masked = typed.masked_usage(&text);
            // It has no colours any more, and that is all.
            let written = if masked == text {
                error.print().and_then(|()| std::io::stdout().flush())
            } else {
                std::io::stderr().write_all(masked.as_bytes())
            };
            let context = refused::context(&arguments);
            let _ = context.note_written(&written);
            if exit == Exit::Usage {
                refused::tell(&context, &arguments, &refused::failure(&masked));
            }
            return context.end(exit);
        }
    };
    let context = match cli.global.context(variables::snapshot()) {
        Ok(context) => context,
        Err(failure) => {
            let (context, failure) = (refused::context(&arguments), typed.masked_failure(failure));
            refused::tell(&context, &arguments, &failure);
            let exit = context.failed(&failure);
            return context.end(exit);
        }
    };
    match context.variables.get(settings::LOG) {
        Some(directives) => trace::enable(directives),
        None if context.verbose >= 2 => trace::enable("pixcrawler=debug"),
        None => {}
    }
    // Whoever reads a session line by line gets a line; of one in the background nobody reads.
    let (streams, is_read) = match &cli.command {
        Command::Dev(args) => (args.streams(), !args.is_in_background()),
        Command::Attach { .. } | Command::Logs(_) => (true, true),
        _ => (false, true),
    };
    let result = match cli.command {
        Command::Doctor(args) => commands::doctor::run(&context, &args.request()),
        Command::Env(command) => command.run(&context),
        Command::Dev(args) => args
            .request(is_open)
            .and_then(|request| commands::dev::run(&context, &request)),
        Command::Ps => commands::ps::run(&context),
        Command::Attach { services, tui } => commands::attach::run(&context, &services, tui, None),
        Command::Logs(args) => commands::logs::run(&context, &args.request()),
        Command::Stop(args) => commands::stop::run(&context, &args.request()),
        Command::Start(control::ServicesArgs { services }) => {
            commands::order::run(&context, "start", Ask::Start { services })
        }
        Command::Restart(control::ServicesArgs { services }) => {
            commands::order::run(&context, "restart", Ask::Restart { services })
        }
        Command::Scale(args) => commands::order::run(&context, "scale", args.ask()),
        Command::Health(args) => args
            .request()
            .and_then(|request| commands::health::run(&context, &request)),
        Command::Migrate(args) => args.run(&context),
        Command::New { dir, name } => {
            commands::new::run(&context, &commands::new::Request { dir, name })
        }
        Command::Explain { rule } => commands::explain::run(&context, rule.as_deref()),
        Command::Completions { shell } => generate(&context, |out| {
            clap_complete::generate(shell, &mut Cli::command(), "pixcrawler", out);
            Ok(())
        }),
        Command::Man => generate(&context, |out| {
            clap_mangen::Man::new(Cli::command()).render(out)
        }),
    };
    let exit = result.unwrap_or_else(|failure| {
        let failure = typed.masked_failure(failure);
        match (streams, is_read) {
            (_, false) => {}
            (true, _) => context.stream_failure(&name(&arguments), &failure),
            (false, _) => context.report_failure(&name(&arguments), &failure),
        }
        context.failed(&failure)
    });
    context.end(exit)
}

/// The command without the program and its options: `env check`.
fn name(arguments: &[OsString]) -> String {
    let mut words = Vec::new();
    let matches = Cli::command().try_get_matches_from(arguments).ok();
    let mut next = matches.as_ref().and_then(ArgMatches::subcommand);
    while let Some((word, matches)) = next {
        words.push(word);
        next = matches.subcommand();
    }
    words.join(" ")
}

/// Prints a generated text in one piece.
fn generate(
    context: &commands::Context,
    write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>,
) -> Result<Exit, crate::failure::Failure> {
    let mut text = Vec::new();
    write(&mut text)
        .map_err(|error| crate::failure::Failure::new(Exit::Findings, error.to_string()))?;
    context.print(&text);
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_value_that_cannot_be_comes_with_one_that_can() {
        for (typed, wanted) in [
            ("dev --timeout soon", "pixcrawler dev --timeout 90s"),
            ("dev --scale worker=x", "pixcrawler dev --scale worker=3"),
            ("--env prod dev", "pixcrawler dev --env production"),
            (
                "--workspace env logs --since soon",
                "pixcrawler logs --since 90s",
            ),
            ("logs -n x", "pixcrawler logs --lines 20"),
            ("logs --level loud", "pixcrawler logs --level warn"),
            ("scale worker", "pixcrawler scale worker=3"),
            ("health nohost", "pixcrawler health https://api.example.com"),
            ("health --timeout x", "pixcrawler health --timeout 5"),
            ("health --watch 0", "pixcrawler health --watch 5"),
            (
                "migrate up --lock-retries x",
                "pixcrawler migrate up --lock-retries 5",
            ),
            ("migrate --wait", "pixcrawler migrate --wait 90s"),
            ("env check --deny x", "pixcrawler env check --deny warnings"),
            ("doctor --color no", "pixcrawler doctor --color auto"),
        ] {
            let words: Vec<OsString> = format!("pixcrawler {typed}")
                .split(' ')
                .map(OsString::from)
                .collect();
            let mut error = Cli::try_parse_from(&words).expect_err(typed);
            value::with_example(&mut error, &words, Cli::command());
            let told = error.render().to_string();
            assert!(
                told.contains(&format!("tip: for example: {wanted}\n")),
                "{told}"
            );
            // It is typed as it is written.
            assert!(Cli::try_parse_from(wanted.split(' ')).is_ok(), "{wanted}");
        }
        let words = ["pixcrawler", "health", "--timeout", "x"].map(OsString::from);
        let error = Cli::try_parse_from(&words)
            .expect_err("no number")
            .to_string();
        assert!(
            error.contains("`x` is no whole number from 1 to 65535"),
            "{error}"
        );
    }

    #[test]
    fn commands_of_a_second_terminal_say_what_they_do() {
        let mut line = Cli::command();
        for (name, begins) in [
            ("logs", "What services printed"),
            ("stop", "Stop services of"),
            ("start", "Start services of"),
            ("restart", "Stop services of the running session and start"),
            ("scale", "Change how many"),
        ] {
            let command = line.find_subcommand_mut(name).expect("a command");
            let help = command.render_help().to_string();
            assert!(help.starts_with(begins), "{help}");
        }
    }
}
