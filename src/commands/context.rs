//! What every command knows: the global flags, the process environment, the terminal.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Report, Rule};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather;
use crate::output::live::tui::Theme;
use crate::output::{self, ColorChoice, Format, Run, Style, Terminal};
use crate::system::{fs, our_output, same, terminal, variables};
use crate::text::Stand;
use crate::workspace::{Environment, Workspace};

/// The global flags as values.
#[derive(Clone)]
pub struct Context {
    /// `--workspace`.
    pub workspace: Option<Utf8PathBuf>,
    /// The environment that this run is about.
    pub environment: Environment,
    /// `--format`.
    pub format: Format,
    /// `--color`.
    pub color: ColorChoice,
    /// What stdout is.
    pub terminal: Terminal,
    /// What stderr is.
    pub error_terminal: Terminal,
    /// `--quiet`.
    pub quiet: bool,
    /// How often `--verbose` was given.
    pub verbose: u8,
    /// The process environment.
    pub variables: BTreeMap<String, String>,
    /// Why stdout did not take what was printed, if it did not.
    pub unwritten: Arc<OnceLock<String>>,
    /// Whether anything was written to stdout.
    pub answered: Arc<AtomicBool>,
}

impl Context {
    /// A context for failures that come before the flags are understood.
    #[must_use]
    pub fn bare() -> Self {
        Self {
            workspace: None,
            environment: Environment::default(),
            format: Format::Human,
            color: ColorChoice::Never,
            terminal: Terminal::default(),
            error_terminal: Terminal::default(),
            quiet: false,
            verbose: 0,
            variables: BTreeMap::new(),
            unwritten: Arc::default(),
            answered: Arc::default(),
        }
    }

    /// The workspace that `--workspace` names or the current folder lies in.
    pub fn find_workspace(&self) -> Result<Workspace, Failure> {
        gather::workspace::find(&self.start()?)
    }

    /// The same for who speaks with its session and needs no settings: a session goes on while those
    /// are broken.
    pub fn find_place(&self) -> Result<Workspace, Failure> {
        gather::workspace::find_place(&self.start()?)
    }

    fn start(&self) -> Result<Utf8PathBuf, Failure> {
        Ok(match &self.workspace {
            Some(dir) if dir.is_absolute() => dir.clone(),
            Some(dir) => Self::here()?.join(dir),
            None => Self::here()?,
        })
    }

    /// The folder in which the command was typed.
    ///
    /// # Errors
    /// When there is none any more, or its name is not Unicode.
    pub fn here() -> Result<Utf8PathBuf, Failure> {
        variables::current_dir().map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                return Failure::usage("the folder in which this was typed is gone").help(
                    "go to one that is there; if it was made anew under the same name: cd \"$PWD\"",
                );
            }
            Failure::usage(error.to_string())
        })
    }

    /// Where the terminal stands, seen from the workspace.
    #[must_use]
    pub fn stand(&self, workspace: &Workspace) -> Stand {
        let mut root = workspace.root.clone();
        // `--workspace ../app` is a way there, and no name.
        if root.components().any(|it| it == Utf8Component::ParentDir) {
            root = fs::real(&root);
        }
        let is_there = variables::current_dir().is_ok_and(|here| same::is(&here, &root));
        Stand {
            root: (!is_there).then(|| root.components().collect::<Utf8PathBuf>().into_string()),
            is_told: !is_there && self.workspace.is_some(),
            ..self.stand_without()
        }
    }

    /// The same where there is no workspace.
    #[must_use]
    pub fn stand_without(&self) -> Stand {
        Stand {
            environment: (self.environment != Environment::default())
                .then(|| self.environment.as_str()),
            is_ci: self.is_ci(),
            ..Stand::default()
        }
    }

    /// Whether a CI runs this, and nobody looks on who could type anything.
    fn is_ci(&self) -> bool {
        let watched = [&self.terminal, &self.error_terminal];
        self.terminal.ci && !watched.iter().any(|it| it.is_terminal)
    }

    /// The same, where it is not known yet which workspace this is about; as in its own folder where there is none.
    #[must_use]
    pub fn stand_here(&self) -> Stand {
        self.find_place()
            .map_or_else(|_| Stand::default(), |workspace| self.stand(&workspace))
    }

    /// A text in which our own commands do the same from where they will be typed.
    #[must_use]
    pub fn words<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.workspace.is_none() || !text.contains("pixcrawler ") {
            return Cow::Borrowed(text);
        }
        Cow::Owned(self.stand_here().words(text).into_owned())
    }

    /// A path that was typed, from the current folder on.
    #[must_use]
    pub fn path(&self, typed: &Utf8Path) -> Utf8PathBuf {
        variables::current_dir().map_or_else(|_| typed.to_owned(), |here| here.join(typed))
    }

    /// How stdout may look, in the width that it has by now.
    #[must_use]
    pub fn style(&self) -> Style {
        Style::new(
            self.color,
            &resized(self.terminal, &console::Term::stdout()),
        )
    }

    /// The columns into which lines on stdout are to fit; no bound where it is no terminal.
    #[must_use]
    pub fn room(&self) -> usize {
        let terminal = resized(self.terminal, &console::Term::stdout());
        let width = terminal.width.filter(|_| terminal.is_terminal);
        width.unwrap_or(usize::MAX)
    }

    /// How stderr may look, in the width that it has by now.
    #[must_use]
    pub fn error_style(&self) -> Style {
        let terminal = resized(self.error_terminal, &console::Term::stderr());
        Style::new(self.color, &terminal)
    }

    /// Prints a report, with the command's own result beside it in JSON.
    pub fn report(
        &self,
        report: &Report,
        run: &Run<'_>,
        extra: serde_json::Map<String, serde_json::Value>,
    ) {
        let mut text = Vec::new();
        // Other formats are for those who type nothing.
        let is_typed = matches!(self.format, Format::Human | Format::Json);
        let stand = self.stand_here();
        let typed = (is_typed && stand.is_told).then(|| {
            let findings = report.findings().iter();
            Report::new(findings.map(|it| output::typed(it, &stand)).collect())
        });
        let report = typed.as_ref().unwrap_or(report);
        let rendered = output::render(self.format, report, run, extra, self.style(), &mut text);
        debug_assert!(rendered.is_ok(), "writing to memory cannot fail");
        self.print(&text);
    }

    /// Prints a command's own result where there is nothing to find fault with.
    pub fn result(&self, command: &str, extra: serde_json::Map<String, serde_json::Value>) {
        self.result_with(command, Vec::new(), extra);
    }

    /// The same beside findings for which the command did not do its work.
    pub fn result_with(
        &self,
        command: &str,
        findings: Vec<Finding>,
        extra: serde_json::Map<String, serde_json::Value>,
    ) {
        let rules: Vec<&'static Rule> = findings.iter().map(|finding| finding.rule).collect();
        let run = Run {
            command,
            environment: None,
            elapsed: None,
            checked: String::new(),
            rules: &rules,
            fail_on: crate::diagnostic::Severity::Error,
            checks: &[],
        };
        self.report(&Report::new(findings), &run, extra);
    }

    /// Programs that wait for a report get why a command failed, where it has not answered: in JSON always, in
    /// formats that are for findings where there are some.
    pub fn report_failure(&self, command: &str, failure: &Failure) {
        let is_worth_it = match self.format {
            Format::Human => false,
            Format::Json => true,
            Format::Github | Format::Sarif | Format::Junit => !failure.findings.is_empty(),
        };
        if is_worth_it && !self.answered.load(Ordering::Relaxed) {
            let told = ("failure".to_owned(), self.failure(failure));
            self.result_with(
                command,
                failure.findings.clone(),
                [told].into_iter().collect(),
            );
        }
    }

    /// The same on one line, for who reads a session object by object: it failed before there was one.
    pub fn stream_failure(&self, command: &str, failure: &Failure) {
        if self.format != Format::Json || self.answered.load(Ordering::Relaxed) {
            return;
        }
        let stand = self.stand_here();
        let findings = failure.findings.iter().map(|it| output::typed(it, &stand));
        let told = ("failure".to_owned(), self.failure(failure));
        let line = output::json_line(
            &Report::new(findings.collect()),
            command,
            [told].into_iter().collect(),
        );
        self.print(line.as_bytes());
    }

    /// Why a command failed, as programs are told it: what happened and the way out.
    #[must_use]
    pub fn failure(&self, failure: &Failure) -> serde_json::Value {
        output::failure_value(&output::typed_failure(failure, &self.stand_here()))
    }

    /// Refuses formats that are for findings.
    pub fn only_human_or_json(&self, command: &str) -> Result<(), Failure> {
        if matches!(self.format, Format::Human | Format::Json) {
            return Ok(());
        }
        let format = output::name(self.format);
        Err(
            Failure::usage(format!("`{command}` cannot be printed as {format}"))
                .help("use --format human or json"),
        )
    }

    /// Refuses the interface where there is no terminal for it.
    pub fn only_on_a_terminal(&self) -> Result<(), Failure> {
        let typed = io::IsTerminal::is_terminal(&io::stdin());
        if self.terminal.is_terminal && typed && self.format == Format::Human {
            return Ok(());
        }
        Err(
            Failure::usage("--tui needs a terminal, for its output and its input")
                .help("leave out --tui; lines and --format json work everywhere"),
        )
    }

    /// How the interface may look.
    #[must_use]
    pub fn theme(&self) -> Theme {
        let style = self.style();
        Theme {
            color: style.color(),
            unicode: style.unicode(),
        }
    }

    /// Writes the result to stdout. A reader that went away wants no more: that is no error. Any
    /// other is said at the end ([`Self::end`]).
    pub fn print(&self, text: &[u8]) {
        let _ = self.try_print(text);
    }

    /// The same; whether it was written.
    #[must_use]
    pub fn try_print(&self, text: &[u8]) -> bool {
        self.answered.fetch_or(!text.is_empty(), Ordering::Relaxed);
        if !text.is_empty() && our_output::is_closed() {
            self.unwritten.get_or_init(|| "it is closed".to_owned());
            return false;
        }
        let mut out = io::stdout().lock();
        self.note_written(&out.write_all(text).and_then(|()| out.flush()))
    }

    /// Takes note of what came of writing to stdout; whether it was written.
    #[must_use]
    pub fn note_written(&self, written: &io::Result<()>) -> bool {
        if let Err(error) = written
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.unwritten.get_or_init(|| fs::plain(error));
        }
        written.is_ok()
    }

    /// How a run ends that was to end so: one whose result was not written is no success.
    #[must_use]
    pub fn end(&self, exit: Exit) -> Exit {
        let Some(why) = self.unwritten.get() else {
            return exit;
        };
        let failure = Failure::unreachable(format!("stdout did not take the result: {why}"))
            .help("make room where it goes, or type the command again without `>`");
        let failed = self.failed(&failure);
        if matches!(exit, Exit::Clean | Exit::UNREAD) {
            failed
        } else {
            exit
        }
    }

    /// Says something on stderr, unless `--quiet`.
    pub fn say(&self, text: &str) {
        self.repeat(&self.words(text));
    }

    /// The same of what somebody else said: it is left as it came.
    pub fn repeat(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// The same at the end of a session, whose terminal may be paused: it gets a bounded time.
    pub fn say_in_time(&self, text: &str) {
        if !self.quiet {
            let text = format!("{}\n", self.words(text));
            terminal::in_time(move || drop(io::stderr().lock().write_all(text.as_bytes())));
        }
    }

    /// Prints an expected failure on stderr and gives its exit code.
    #[must_use]
    pub fn failed(&self, failure: &Failure) -> Exit {
        let mut text = Vec::new();
        let typed = output::typed_failure(failure, &self.stand_here());
        let rendered = output::failure(&typed, self.error_style(), &mut text);
        debug_assert!(rendered.is_ok(), "writing to memory cannot fail");
        // `eprintln!` panics on a closed stderr.
        let _ = io::stderr().lock().write_all(&text);
        failure.exit
    }
}

/// A terminal as wide as it is now: a command may take a while, and somebody pulls at the window.
fn resized(terminal: Terminal, term: &console::Term) -> Terminal {
    let asked = || term.size_checked().map(|(_, columns)| usize::from(columns));
    let width = terminal.width.map(|width| asked().unwrap_or(width));
    Terminal { width, ..terminal }
}

/// What a stream is, for deciding how its text may look.
#[must_use]
pub fn terminal(
    stream: &impl io::IsTerminal,
    term: &console::Term,
    variables: &BTreeMap<String, String>,
) -> Terminal {
    let set = |name: &str| variables.get(name).is_some_and(|value| !value.is_empty());
    let dumb = variables.get("TERM").is_some_and(|term| term == "dumb");
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| variables.get(name).filter(|value| !value.is_empty()));
    // A Windows console shows colours only when it is told to, and the question tells it.
    let obeys = cfg!(unix) || set("NO_COLOR") || term.features().colors_supported();
    Terminal {
        is_terminal: stream.is_terminal() && !dumb && obeys,
        width: term.size_checked().map(|(_, columns)| usize::from(columns)),
        unicode: locale.is_none_or(|locale| locale.to_ascii_lowercase().contains("utf")),
        no_color: set("NO_COLOR"),
        force_color: set("FORCE_COLOR") || set("CLICOLOR_FORCE"),
        ci: set("CI"),
    }
}
