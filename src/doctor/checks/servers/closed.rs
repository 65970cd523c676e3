//! A server that does not let us in: what is the same for every kind of them.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure};
use crate::text::remedy;

use super::{Rules, Server, Situation, is_here};

/// What stands in the way.
#[derive(Debug, Clone, Copy)]
pub(in crate::doctor::checks) enum Closed<'a> {
    /// Nothing listens on the port.
    Refused,
    /// The host cannot be reached; in words.
    Unreachable(&'a str),
    /// No answer in so many seconds.
    TimedOut(u64),
    /// It takes a connection, and no answer comes in so many seconds.
    Silent(u64),
    /// Something else listens there.
    Stranger(&'a str),
    /// It is not ready yet.
    Starting(&'a str),
    /// It refuses the password.
    Password(&'a str),
    /// Anything else that it said.
    Rejected(&'a str),
}

/// A finding about a server, with who names it and who listens there.
pub(in crate::doctor::checks) fn finding(
    rule: &'static Rule,
    server: &Server,
    holder: Option<&str>,
    message: String,
) -> Finding {
    let finding = Finding::new(rule, message)
        .subject(server.endpoint.variable.clone())
        .note(format!("named by {}", server.named_by()));
    match holder {
        Some(holder) => finding.note(format!("listening there: {holder}")),
        None => finding,
    }
}

/// With the command that mends it; where it is in no file, with words for a person and the command that
/// sets it for this terminal.
pub(in crate::doctor::checks) fn mended(
    answer: Answer,
    finding: Finding,
    cure: Option<Cure>,
    otherwise: String,
) -> Answer {
    if let Some(cure) = cure {
        return answer.mended_by(finding, cure);
    }
    let variable = finding.subject.clone().unwrap_or_default();
    answer.problem(finding.note(otherwise).help(remedy::set_here(&variable)))
}

/// What it means, and the way out.
pub(in crate::doctor::checks) fn closed(
    answer: Answer,
    rules: &Rules,
    server: &Server,
    holder: Option<&str>,
    situation: &Situation,
    why: Closed<'_>,
) -> Answer {
    let what = rules.what;
    let address = server.endpoint.address();
    let place = server.place();
    let told = |rule: &'static Rule, message: String| finding(rule, server, holder, message);
    let correct = |finding: Finding| {
        let cure = server.correct(situation.environment);
        let finding = match server.shape().filter(|_| cure.is_some()) {
            Some(shape) => finding.note(shape),
            None => finding,
        };
        mended(answer.clone(), finding, cure, format!("correct {place}"))
    };
    match why {
        Closed::Refused => {
            let finding = told(
                rules.unreachable,
                format!("{what} at {address} refuses connections"),
            );
            if !is_here(&server.endpoint) {
                return correct(finding.note("start it there; if the address is wrong:"));
            }
            // What dev starts listens on a port.
            if situation.managed && server.endpoint.is_local() {
                if !server.endpoint.is_usual_loopback() {
                    let finding = finding.note(
                        "pixcrawler dev starts one, but only on 127.0.0.1 and ::1; to have that one:",
                    );
                    let cure = server.change(situation.environment, "host", "127.0.0.1");
                    return mended(answer, finding, cure, format!("correct {place}"));
                }
                let own = &situation.start;
                answer.mended_by(
                    finding.note(format!("pixcrawler dev starts one, too; your own: {own}")),
                    Cure::new(START),
                )
            } else {
                answer.mended_by(finding, Cure::new(situation.start.clone()))
            }
        }
        Closed::Unreachable(words) => correct(
            told(
                rules.unreachable,
                format!("{what} at {address} cannot be reached: {words}"),
            )
            .note("look at the network; if the address is wrong:"),
        ),
        Closed::TimedOut(seconds) => correct(
            told(
                rules.unreachable,
                format!("{what} at {address} does not answer within {seconds} s"),
            )
            .note("look at the network and its firewall; if the address is wrong:"),
        ),
        Closed::Silent(seconds) => correct(
            told(
                rules.unreachable,
                format!(
                    "{what} at {address} accepts connections and does not answer within {seconds} s"
                ),
            )
            .note("it hangs, or something else listens there; if the address is wrong:"),
        ),
        Closed::Stranger(words) => {
            let finding = told(
                rules.unreachable,
                format!("what answers at {address} is no {what}{words}"),
            );
            let pid = holder.and_then(Server::holders_pid);
            correct(match pid.filter(|_| situation.managed) {
                Some(pid) => finding.note(format!(
                    "if it need not be there: {} && {START}; if the address is wrong:",
                    remedy::end_process(pid)
                )),
                None => finding,
            })
        }
        Closed::Starting(words) => answer.problem(
            told(rules.unreachable, format!("{what} at {address} {words}"))
                .severity(Severity::Warning)
                .help("pixcrawler doctor"),
        ),
        Closed::Password(words) => {
            let finding = told(
                rules.login,
                format!("{what} at {address} refuses the password{words}"),
            );
            let cure = server.change(situation.environment, "password", "-");
            mended(
                answer,
                finding,
                cure,
                format!("correct the password in {place}"),
            )
        }
        Closed::Rejected(words) => correct(
            told(rules.login, format!("{what} at {address} refuses: {words}"))
                .note("see the server's log; if the address is wrong:"),
        ),
    }
}

/// Starts the servers that `pixcrawler dev` would start, and leaves them running.
pub(in crate::doctor::checks) const START: &str = "pixcrawler dev --servers --detach";
