//! Workers: what the broker tells of them and of what waits for them.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::Answer;
use crate::system::celery::WorkerAnswer;
use crate::text::remedy::quoted;
use crate::text::{and_list, plural};
use crate::workspace::stack::Unasked;

use super::body::State;
use super::judge::{Detailed, UNREACHABLE, component, components};
use super::ways::{WAIT, WORKER, Way};

/// No worker listens, or tasks pile up.
pub(super) static WORKERS: Rule = Rule {
    code: "health/workers",
    severity: Severity::Error,
    summary: "no worker listens on the broker, or those that do say nothing",
    text: "\
Tasks are accepted by the API and stay in the broker. Users see jobs that never begin.

A worker that is subscribed and says nothing may be busy: without processes of its own (`--pool=solo`)
it hears nothing until its task is done. Then this warns. It fails where tasks wait and none is in
the hands of a worker: such a one is frozen, or a long task keeps all others waiting.

Way out: start a worker (`pixcrawler dev worker`, or your platform's way), and look at its log. One that
stays silent is ended and started again. A queue that nobody reads is named to a worker
(`celery -A app worker -Q celery,other`; for `pixcrawler dev` in the `command` of `[services.worker]`), or the
route that leads there is mended.",
};

/// Workers: what the broker tells, and where the application sees it worse, that too.
#[must_use]
pub fn workers(
    way: &Way,
    start: Option<&str>,
    asked: Option<&Result<Broker, String>>,
    detailed: Detailed<'_>,
) -> Answer {
    let Some(said) = asked else {
        return components(way, detailed, WORKER);
    };
    if let Ok(said) = said
        && let Some(unasked) = &said.unasked
    {
        return said.unheard(unasked, components(way, detailed, WORKER));
    }
    let answer = broker(start, said);
    let Detailed::Read(health) = detailed else {
        return answer;
    };
    // It is bad enough: the same is not told twice.
    if !answer.findings.is_empty() {
        return answer;
    }
    health
        .named(WORKER)
        .filter(|it| it.state >= Some(State::Degraded) || it.doubt.is_some())
        .fold(answer, |answer, it| component(way, answer, it))
}

/// What the broker says.
#[derive(Debug, Clone, PartialEq)]
pub struct Broker {
    /// `localhost:6379/1`.
    pub address: String,
    /// Those before it in the list that names it, each with why it is not used.
    pub passed: Vec<String>,
    /// The workers that answered.
    pub workers: Vec<WorkerAnswer>,
    /// How many are subscribed, whether they answered or not.
    pub subscribed: usize,
    /// Tasks that wait, by queue.
    pub queues: Vec<(String, u64)>,
    /// The queues that the workers read; none where not all of them said so.
    pub read: Option<BTreeSet<String>>,
    /// Tasks that were handed out and are not done.
    pub running: u64,
    /// The setting for which the workers were not asked.
    pub unasked: Option<Unasked>,
    /// Time that asking took.
    pub elapsed: Duration,
}

/// Workers and queues.
#[must_use]
pub fn broker(start: Option<&str>, said: &Result<Broker, String>) -> Answer {
    let broker = match said {
        Ok(broker) => broker,
        Err(why) => {
            let finding = Finding::new(&UNREACHABLE, format!("the broker cannot be used: {why}"))
                .subject("workers")
                .help(DOCTOR);
            return Answer::default().problem(finding);
        }
    };
    let mut answer = broker.found();
    answer.findings.extend(broker.not_used());
    answer.findings.extend(broker.silence(start));
    answer.findings.extend(broker.unread());
    answer
}

/// What looks at brokers.
const DOCTOR: &str = "pixcrawler doctor --only redis,celery";

fn tasks(count: u64) -> String {
    plural(usize::try_from(count).unwrap_or(usize::MAX), "task")
}

impl Broker {
    fn waiting(&self) -> u64 {
        self.queues.iter().map(|(_, length)| length).sum()
    }

    fn found(&self) -> Answer {
        let name = |worker: &WorkerAnswer| match worker.concurrency {
            Some(concurrency) => format!(
                "{} ({concurrency} at once, {} done)",
                worker.name, worker.total
            ),
            None => format!("{} ({} done)", worker.name, worker.total),
        };
        let names: Vec<String> = self.workers.iter().map(name).collect();
        let queues: Vec<String> = self
            .queues
            .iter()
            .filter(|(_, length)| *length > 0)
            .map(|(name, length)| format!("{name} {length}"))
            .collect();
        let mut answer = Answer::default();
        if !names.is_empty() {
            answer = answer.and(format!("{} on {}", and_list(&names), self.address));
        }
        answer.and(if queues.is_empty() {
            format!("nothing waits, {} running", tasks(self.running))
        } else {
            format!("waiting: {}; running: {}", queues.join(", "), self.running)
        })
    }

    /// What is left where workers are not asked: what waits, as far as that is known, beside what the application
    /// tells of them by itself.
    fn unheard(&self, unasked: &Unasked, own: Answer) -> Answer {
        let mut words = Vec::new();
        if !unasked.hides_queues() {
            words.extend(self.found().found);
        }
        words.push(format!(
            "whether workers listen on {} cannot be told: {unasked}",
            self.address
        ));
        let mut answer = match own.skipped {
            Some(_) => Answer::skipped(words.join("; ")),
            None => words.into_iter().fold(own, Answer::and),
        };
        answer.findings.extend(self.not_used());
        answer
    }

    /// Servers of the same list that Celery goes past.
    fn not_used(&self) -> Option<Finding> {
        let passed = (!self.passed.is_empty()).then(|| and_list(&self.passed))?;
        let message = format!(
            "{passed}; {} of the same list is used meanwhile",
            self.address
        );
        Some(
            Finding::new(&UNREACHABLE, message)
                .severity(Severity::Warning)
                .subject("workers")
                .help(DOCTOR),
        )
    }

    /// Tasks in queues that no worker reads.
    fn unread(&self) -> Option<Finding> {
        let read = self.read.as_ref()?;
        let queues = self.queues.iter();
        let unread = queues.filter(|(name, length)| *length > 0 && !read.contains(name));
        let (names, lengths): (Vec<&str>, Vec<u64>) =
            unread.map(|(name, length)| (name.as_str(), length)).unzip();
        if names.is_empty() {
            return None;
        }
        let shown: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let count = lengths.iter().sum();
        let (wait, queues) = (if count == 1 { "waits" } else { "wait" }, and_list(&shown));
        let read: Vec<&str> = read.iter().map(String::as_str).collect();
        Some(
            Finding::new(
                &WORKERS,
                format!("no worker reads {queues}: {} {wait} there", tasks(count)),
            )
            .severity(Severity::Warning)
            .subject("workers")
            .note(format!(
                "they read {}; a worker reads the queues of its `-Q`: -Q {}",
                and_list(&read),
                quoted(&[read.as_slice(), &names].concat().join(","))
            ))
            .help("pixcrawler explain health/workers"),
        )
    }

    /// Workers that are not there, or say nothing.
    fn silence(&self, start: Option<&str>) -> Option<Finding> {
        let waiting = match self.waiting() {
            0 => String::new(),
            count => format!(", {} wait", tasks(count)),
        };
        let address = &self.address;
        if self.subscribed == 0 && self.workers.is_empty() {
            let message = format!("no worker listens on {address}{waiting}");
            let finding = Finding::new(&WORKERS, message).subject("workers");
            let finding = match start {
                Some(WAIT) => {
                    finding.note("the session is starting one; this asks until it answers:")
                }
                _ => finding,
            };
            return Some(finding.help(start.unwrap_or("pixcrawler dev worker")));
        }
        let silent = self.subscribed.saturating_sub(self.workers.len());
        if silent == 0 {
            return None;
        }
        let (are, do_not) = if silent == 1 {
            ("is", "does not")
        } else {
            ("are", "do not")
        };
        let message = format!(
            "{} {are} subscribed to {address} and {do_not} answer (busy or frozen){waiting}",
            plural(silent, "worker")
        );
        // Nobody has a task of those that wait: whoever should is stuck.
        let stuck = self.workers.is_empty() && self.running == 0 && self.waiting() > 0;
        let severity = if stuck {
            Severity::Error
        } else {
            Severity::Warning
        };
        let again = match start.filter(|line| line.starts_with("pixcrawler restart")) {
            Some(line) => format!("one that stays silent is frozen: {line}"),
            None => "one that stays silent is frozen, and is to be started again where it runs"
                .to_owned(),
        };
        Some(
            Finding::new(&WORKERS, message)
                .severity(severity)
                .subject("workers")
                .note("without processes of its own (--pool=solo) a worker answers when its task is done; this asks again until then:")
                .note(again)
                .help("pixcrawler health --watch"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::Health;
    use super::*;
    use crate::doctor::Status;

    fn told() -> Broker {
        Broker {
            address: "localhost:6379/1".to_owned(),
            passed: Vec::new(),
            workers: Vec::new(),
            subscribed: 0,
            queues: vec![("crawl".to_owned(), 3)],
            read: None,
            running: 0,
            unasked: None,
            elapsed: Duration::ZERO,
        }
    }

    fn worker() -> WorkerAnswer {
        WorkerAnswer {
            name: "celery@vm".to_owned(),
            pid: 1,
            concurrency: Some(2),
            processes: Vec::new(),
            total: 9,
        }
    }

    #[test]
    fn one_that_is_starting_is_waited_for() {
        let none = Broker {
            workers: Vec::new(),
            subscribed: 0,
            ..told()
        };
        let answer = broker(Some(WAIT), &Ok(none));
        let finding = &answer.findings[0];
        assert_eq!(finding.help.as_deref(), Some(WAIT));
        assert!(finding.notes[0].contains("is starting one"));
    }

    #[test]
    fn a_broker_without_workers_fails() {
        let alone = broker(Some("pixcrawler start worker"), &Ok(told()));
        assert_eq!(
            alone.findings[0].message,
            "no worker listens on localhost:6379/1, 3 tasks wait"
        );
        assert_eq!(
            alone.findings[0].help.as_deref(),
            Some("pixcrawler start worker")
        );
        let told = Ok(Broker {
            workers: vec![worker()],
            subscribed: 1,
            ..told()
        });
        assert_eq!(
            broker(None, &told).found[0],
            "celery@vm (2 at once, 9 done) on localhost:6379/1"
        );
        // The application looks at another broker than the files name.
        let health = Health::parse(r#"{"status":"healthy","components":{"celery":{"status":"degraded","message":"No active workers found"}}}"#).expect("a report");
        let answer = workers(&Way::default(), None, Some(&told), Detailed::Read(&health));
        assert_eq!(answer.status(), Status::Warn);
        let health = Health::parse(r#"{"celery":{"workers":0}}"#).expect("a report");
        let answer = workers(&Way::default(), None, Some(&told), Detailed::Read(&health));
        assert_eq!(answer.status(), Status::Warn);
    }

    #[test]
    fn a_worker_that_says_nothing_is_there_all_the_same() {
        let silent = |running, queues: &[(&str, u64)]| {
            let queues = queues
                .iter()
                .map(|(name, count)| ((*name).to_owned(), *count));
            let answer = broker(
                Some("pixcrawler restart worker"),
                &Ok(Broker {
                    subscribed: 1,
                    running,
                    queues: queues.collect(),
                    ..told()
                }),
            );
            (answer.status(), answer.findings[0].message.clone())
        };
        let words =
            "1 worker is subscribed to localhost:6379/1 and does not answer (busy or frozen)";
        assert_eq!(silent(0, &[]), (Status::Warn, words.to_owned()));
        let waits = format!("{words}, 2 tasks wait");
        assert_eq!(silent(1, &[("crawl", 2)]), (Status::Warn, waits.clone()));
        assert_eq!(silent(0, &[("crawl", 2)]), (Status::Fail, waits));
        let some = broker(
            None,
            &Ok(Broker {
                workers: vec![worker()],
                subscribed: 3,
                ..told()
            }),
        );
        assert_eq!(some.status(), Status::Warn);
        assert!(
            some.findings[0]
                .message
                .starts_with("2 workers are subscribed"),
            "{}",
            some.findings[0].message
        );
    }

    #[test]
    fn a_queue_that_nobody_reads_is_named() {
        let judged = |read: &[&str]| {
            let read = read.iter().map(|name| (*name).to_owned()).collect();
            let told = Broker {
                workers: vec![worker()],
                subscribed: 1,
                read: Some(read),
                ..told()
            };
            broker(None, &Ok(told))
        };
        let answer = judged(&["celery"]);
        assert_eq!(answer.status(), Status::Warn);
        let finding = &answer.findings[0];
        assert_eq!(
            finding.message,
            "no worker reads `crawl`: 3 tasks wait there"
        );
        assert!(finding.notes[0].ends_with("-Q celery,crawl"), "{finding:?}");
        assert_eq!(judged(&["celery", "crawl"]).status(), Status::Pass);
        let odd = judged(&["late queue"]);
        let line = format!("-Q {}", quoted("late queue,crawl"));
        assert!(odd.findings[0].notes[0].ends_with(&line), "{odd:?}");
    }

    #[test]
    fn workers_that_hear_nothing_are_not_missed() {
        let judged = |option: &str, detailed: Detailed<'_>| {
            let unasked = Unasked {
                option: option.to_owned(),
                file: "app.py".into(),
                line: 3,
            };
            let told = Broker {
                unasked: Some(unasked),
                ..told()
            };
            workers(&Way::default(), None, Some(&Ok(told)), detailed)
        };
        let answer = judged("control_exchange", Detailed::Missing);
        assert_eq!(answer.status(), Status::Skipped);
        let why = "whether workers listen on localhost:6379/1 cannot be told: the code sets `control_exchange` (app.py:3)";
        let with_queues = format!("waiting: crawl 3; running: 0; {why}");
        assert_eq!(answer.skipped, Some(with_queues));
        // Under a prefix tasks wait in lists of other names.
        let answer = judged("global_keyprefix", Detailed::Missing);
        let words = answer.skipped.unwrap_or_default();
        assert!(words.starts_with("whether workers listen"), "{words}");
        // The application knows its own settings.
        let health = Health::parse(r#"{"celery":{"status":"degraded"}}"#).expect("a report");
        let answer = judged("control_exchange", Detailed::Read(&health));
        assert_eq!(answer.status(), Status::Warn);
        assert_eq!(answer.found.last().map(String::as_str), Some(why));
    }

    #[test]
    fn a_broker_that_stands_in_for_another_is_named() {
        let answer = broker(
            None,
            &Ok(Broker {
                passed: vec!["one:6379/1 refuses connections".to_owned()],
                workers: vec![worker()],
                subscribed: 1,
                ..told()
            }),
        );
        assert_eq!(answer.status(), Status::Warn);
        assert_eq!(
            answer.findings[0].message,
            "one:6379/1 refuses connections; localhost:6379/1 of the same list is used meanwhile"
        );
    }
}
