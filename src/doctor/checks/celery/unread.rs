//! A variable that names a broker, and that the worker does not read.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure};
use crate::service::assemble::READ_OVER_ALL;
use crate::text::remedy::{open_at, quoted, set_here, unset};
use crate::workspace::Environment;
use crate::workspace::stack::{CeleryApp, Setting};

use super::super::place;
use super::fallback::Fallback;
use super::leads::{Logins, leads_to, logins};
use super::names::Meant;
use super::transport::Use;
use super::{Named, Read, unsaid};

/// A broker is named under a name that the worker does not read.
pub(super) static UNREAD: Rule = Rule {
    code: "celery/unread-broker",
    severity: Severity::Error,
    summary: "a broker is set under a name that the worker does not read",
    text: "\
The worker reads another variable than the one that is set (its settings class may have a prefix of
its own), and connects to its default. Settings may also read other files than the one where the variable
stands, or, with `case_sensitive`, another spelling. Whoever reads the other name sends
tasks to a broker on which no worker listens; nothing is said about it anywhere. The same goes for
the variable that says where results go.

`broker_write_url` and CELERY_BROKER_WRITE_URL of the process environment say where tasks are queued, whatever
else names a broker: where that is another one than the worker's, it gets none of them.

Way out: set the variable that is named; leave the other one out, or give it the same value.",
};

/// A variable that the worker does not read.
pub(super) struct Unread<'a> {
    pub(super) celery: &'a CeleryApp,
    pub(super) named: &'a Named,
    pub(super) meant: Meant,
    pub(super) read: &'a Read<'a>,
    /// What the worker reads, where it is set.
    pub(super) used: Option<&'a Named>,
    /// Where the worker goes without.
    pub(super) fallback: &'a Fallback,
}

impl Unread<'_> {
    pub(super) fn judge(&self, answer: Answer, environment: Environment) -> Answer {
        let Self { celery, named, .. } = *self;
        let read = self.read.variable;
        let same = self.is_same();
        let message = format!(
            "`{}` is set, but the worker ({}) reads `{read}`",
            named.variable, celery.target
        );
        let finding = Finding::new(&UNREAD, message)
            .severity(self.severity())
            .subject(named.variable.clone())
            .note(format!(
                "{} stands at {}; the application at {}:{}",
                named.variable, named.origin, celery.file, celery.line
            ))
            .note(self.consequence());
        // Each has a reader of its own, and neither is one too many; nor may one go that has another login.
        let are_apart = self.used.is_some() && self.is_same_place() && !same;
        if (same && self.meant == Meant::Results) || are_apart || self.is_for_both() {
            return answer.problem(finding);
        }
        if let Some(own) = self.unkept() {
            let finding = finding.note(unsaid::words(Use::Results));
            return answer.problem(finding.help(open_at(own.file.as_str(), own.line)));
        }
        // Nothing is wrong, or nobody reads it: one name would do.
        if same || (self.used.is_some() && self.meant.is_misnamed()) {
            return match self.without(environment) {
                Some(cure) if !same => answer.mended_by(finding, cure),
                Some(cure) => answer.problem(finding.help(cure.line)),
                None => answer.problem(finding.help(format!("unset {}", named.variable))),
            };
        }
        // Where the name that is read stands already, or where it belongs.
        let (tier, origin) = match self.used {
            Some(used) => (used.tier.as_str(), used.place.as_str()),
            None => (self.read.home.0.as_str(), self.read.place.as_str()),
        };
        let like = format!("{}:{}", named.tier, named.variable);
        let cure = place::at(tier, origin, environment, &[read, "--like", &like]);
        // A name that somebody else reads stays; one that nobody reads is given up.
        let cure = match cure {
            Some(cure) if self.meant.is_misnamed() => {
                place::all(std::iter::once(cure).chain(self.without(environment)))
            }
            cure => cure,
        };
        match cure {
            Some(cure) => answer.mended_by(finding, cure),
            // It goes over what everybody else reads.
            None if read == READ_OVER_ALL => {
                answer.problem(finding.help(unset(&[read.to_owned()])))
            }
            // A variable alone would be for this terminal.
            None if let Some((of, own)) = self.unsaid() => answer.problem(
                finding
                    .note(unsaid::words(of))
                    .help(open_at(own.file.as_str(), own.line)),
            ),
            None => answer.problem(
                finding
                    .note(format!(
                        "give {read} the value of {} in {}",
                        named.variable, named.origin
                    ))
                    .help(set_here(read)),
            ),
        }
    }

    /// The setting that is read, where the code says nothing of it.
    fn unsaid(&self) -> Option<(Use, &Setting)> {
        let own = match self.meant {
            Meant::Results | Meant::MisnamedResults => {
                (Use::Results, self.celery.results.as_ref()?)
            }
            Meant::Broker | Meant::Misnamed => (Use::Broker, self.celery.broker.as_ref()?),
        };
        Some(own).filter(|(_, own)| own.is_unsaid)
    }

    /// The setting of results, where the code keeps none: that is a choice.
    fn unkept(&self) -> Option<&Setting> {
        let (of, own) = self.unsaid().filter(|_| self.used.is_none())?;
        (of == Use::Results).then_some(own)
    }

    /// Whether it says where results go, and the worker has one variable for these and its broker: that follows the
    /// broker.
    fn is_for_both(&self) -> bool {
        let own = self.celery.broker.as_ref().map(|own| &own.variable);
        let results = self.celery.results.as_ref().map(|own| &own.variable);
        self.meant.is_of_results() && own.is_some() && own == results
    }

    /// Whether both names lead to the same server, with the same login.
    fn is_same(&self) -> bool {
        self.is_same_place() && Some(&self.named.logins) == self.logins().as_ref()
    }

    /// Whom the other one names there.
    fn logins(&self) -> Option<Logins> {
        match (self.used, self.meant) {
            (Some(used), _) => Some(used.logins.clone()),
            (None, Meant::Results | Meant::MisnamedResults) => {
                let own = self.celery.results.as_ref()?;
                Some(logins(&own.variable, own.default.as_deref()?))
            }
            (None, _) => Some(self.fallback.logins.clone()),
        }
    }

    /// Whether both names lead to the same server.
    fn is_same_place(&self) -> bool {
        let target = match (self.used, self.meant) {
            (Some(used), _) => used.leads_to.clone(),
            (None, Meant::MisnamedResults) => None,
            (None, Meant::Results) => self.default().map(|(target, _)| target),
            (None, _) => self.fallback.leads_to.clone(),
        };
        target.is_some() && self.named.leads_to == target
    }

    /// Where results go when nobody says it, and where the code has that.
    fn default(&self) -> Option<(String, String)> {
        let own = self.celery.results.as_ref()?;
        let target = leads_to(&own.variable, own.default.as_deref()?)?;
        Some((target, format!("{}:{}", own.file, own.line)))
    }

    fn severity(&self) -> Severity {
        if self.is_same()
            || (self.used.is_some() && self.is_same_place())
            || self.is_for_both()
            || self.unkept().is_some()
        {
            Severity::Info
        } else if self.used.is_some() && self.meant != Meant::Broker {
            Severity::Warning
        } else {
            Severity::Error
        }
    }

    fn consequence(&self) -> String {
        let variable = &self.named.variable;
        let other = self.named.leads_to.as_deref().unwrap_or("no Redis");
        let default = self.default().filter(|_| self.meant == Meant::Results);
        let target = match (self.used, &default) {
            (Some(used), _) => used.leads_to.as_deref().unwrap_or("no Redis"),
            (None, Some((target, _))) => target,
            (None, None) => self.fallback.leads_to.as_deref().unwrap_or("no Redis"),
        };
        match (self.used, self.meant) {
            _ if self.is_same() => format!(
                "both lead to {target} at present; change the one, and the other must follow"
            ),
            (Some(_), _) if self.is_same_place() => {
                format!("both lead to {target} at present, each with a login of its own")
            }
            _ if self.is_for_both() => format!(
                "{} is the worker's broker and its place for results",
                self.read.variable
            ),
            (Some(_), Meant::Results | Meant::MisnamedResults) => {
                format!("results go to {target}, {variable} leads to {other}")
            }
            (Some(_), _) => {
                format!("the worker listens on {target}, {variable} leads to {other}")
            }
            (None, Meant::Results) if let Some((target, place)) = &default => {
                format!(
                    "so results go to {target}, the default at {place}, and {variable} leads to {other}"
                )
            }
            (None, Meant::Results | Meant::MisnamedResults) => {
                format!("so results go where Celery's settings say, and not to {other}")
            }
            (None, _) => match &self.fallback.leads_to {
                Some(default) if self.is_same_place() => format!(
                    "so the worker goes to its default, {default}, without the login that {variable} has"
                ),
                Some(default) => format!(
                    "so the worker listens on its default, {default}, and {variable} leads to {other}"
                ),
                None if self.fallback.is_made => format!(
                    "the worker's broker is made from {}, and not from {variable}",
                    self.read.variable
                ),
                None => format!("without it the worker does not come to {other}"),
            },
        }
    }

    /// The command that leaves the name out; none where development reads that line, too, and it is not judged.
    fn without(&self, environment: Environment) -> Option<Cure> {
        if self.named.place != self.named.origin {
            return None;
        }
        let file = quoted(place::file(&self.named.origin)?);
        let name = quoted(&self.named.variable);
        let mut line = format!("pixcrawler env unset --file {file} {name}");
        if environment != Environment::Development {
            line = format!("{line} --env {environment}");
        }
        Some(Cure::new(line))
    }
}
