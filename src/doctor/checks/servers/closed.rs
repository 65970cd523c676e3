//! A server that does not let us in: what is the same for every kind of them.

use std::net::IpAddr;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure};
use crate::gather::session;
use crate::text::{and_list, nearest, remedy};
use crate::workspace::Environment;

use super::super::place;
use super::situation::Own;
use super::{ADDRESS, Holder, LOGIN, Rules, Server, Situation, is_here, unserved};

/// What stands in the way.
#[derive(Debug, Clone, Copy)]
pub(in crate::doctor::checks) enum Closed<'a> {
    /// Nothing listens on the port, or behind the socket.
    Refused,
    /// There is no such socket.
    NoSocket,
    /// The host cannot be reached; in words.
    Unreachable(&'a str),
    /// No answer in so many seconds.
    TimedOut(u64),
    /// It takes a connection, and no answer comes in so many seconds.
    Silent(u64),
    /// It takes a connection, and breaks it off each time.
    HungUp,
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
    holder: Option<&Holder>,
    message: String,
) -> Finding {
    let parts = if rule.code.ends_with("/login") {
        &LOGIN[..]
    } else {
        &ADDRESS[..]
    };
    let finding = Finding::new(rule, message)
        .subject(server.endpoint.variable.clone())
        .note(format!("named by {}", server.named_in(parts)));
    let finding = match server.lent().address() {
        Some(says) => {
            let by_hand = server.lent_by_hand().into_iter();
            let stands: Vec<String> = by_hand
                .map(|(name, place)| format!("{name} stands at {place}"))
                .collect();
            let finding = finding.note(format!("{says}, which the URL leaves open"));
            stands.into_iter().fold(finding, Finding::note)
        }
        None => finding,
    };
    // Where nobody answers TLS is no question yet.
    let is_reached = !rule.code.ends_with("/unreachable");
    let finding = match server.lent().tls.filter(|_| is_reached) {
        Some(name) => finding.note(format!(
            "{name} says whether to use TLS, which the URL leaves open"
        )),
        None => finding,
    };
    match holder {
        Some(Holder {
            words,
            session: Some(session),
            stop,
        }) => finding.note(format!(
            "listening there: {words}, {session}, which this ends: {stop}"
        )),
        Some(holder) => finding.note(format!("listening there: {}", holder.words)),
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

/// The finding about the part that the process environment sets, where no command of ours changes it.
fn in_terminal(finding: Finding, server: &Server, parts: &[&str], cure: Option<&Cure>) -> Finding {
    match server.of_process(parts).filter(|_| cure.is_none()) {
        Some(variable) => finding.subject(variable),
        None => finding,
    }
}

/// What it means, and the way out.
pub(in crate::doctor::checks) fn closed(
    answer: Answer,
    rules: &Rules,
    server: &Server,
    holder: Option<&Holder>,
    situation: &Situation,
    why: Closed<'_>,
) -> Answer {
    let what = rules.what;
    let address = server.endpoint.address();
    let place = server.place();
    let told = |rule: &'static Rule, message: String| finding(rule, server, holder, message);
    let correct = |finding: Finding| {
        let lent = server.lent();
        if let Some(variable) = lent.host.or(lent.port) {
            let cure = server.correct_lender(situation.environment, variable);
            let finding = finding.subject(variable);
            return mended(answer.clone(), finding, cure, format!("correct {variable}"));
        }
        let cure = server.correct(situation.environment);
        let finding = in_terminal(finding, server, &ADDRESS, cure.as_ref());
        let finding = match server.shape().filter(|_| cure.is_some()) {
            Some(shape) => finding.note(shape),
            None => finding,
        };
        mended(answer.clone(), finding, cure, format!("correct {place}"))
    };
    if let Some(name) = situation.service_at(server)
        && let Some(message) = hangs(what, &address, why)
    {
        return restarted(answer, told(rules.unreachable, message), name);
    }
    match why {
        Closed::Refused => {
            let finding = told(
                rules.unreachable,
                format!("{what} at {address} refuses connections"),
            );
            refused_here(answer.clone(), finding, what, server, situation, &correct)
        }
        Closed::NoSocket => {
            let finding = told(
                rules.unreachable,
                format!("there is no socket {address}, where {what} should be"),
            );
            correct(match situation.start.as_deref() {
                _ if situation.of_deployment => finding.note(elsewhere(situation.environment)),
                Some(line) if situation.installed => finding.note(format!(
                    "a server makes its socket as it starts: {line}; if its configuration names another one:"
                )),
                _ => finding.note(format!("no {what} is on this machine's PATH; if it is elsewhere:")),
            })
        }
        Closed::Unreachable(words) => {
            let finding = told(
                rules.unreachable,
                format!("{what} at {address} cannot be reached: {words}"),
            );
            unresolved(answer.clone(), finding, server, situation, &correct)
        }
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
        Closed::HungUp => correct(
            told(rules.unreachable, broken_off(what, &address)).note(
                "it is ending or wants TLS, or something else listens there: ask again first; if the address is wrong:",
            ),
        ),
        Closed::Stranger(words) => {
            let finding = told(
                rules.unreachable,
                format!("what answers at {address} is no {what}{words}"),
            );
            let finding = in_the_way(finding, holder, server, situation);
            strange(answer.clone(), finding, server, situation, &correct)
        }
        Closed::Starting(words) => answer.problem(
            told(rules.unreachable, format!("{what} at {address} {words}"))
                .severity(Severity::Warning)
                .help("pixcrawler doctor"),
        ),
        Closed::Password(words) => {
            let message = format!("{what} at {address} refuses the password{words}");
            of_password(answer, told(rules.login, message), server, situation)
        }
        Closed::Rejected(words) => correct(
            told(rules.login, format!("{what} at {address} refuses: {words}"))
                .note("see the server's log; if the address is wrong:"),
        ),
    }
}

/// With the command that asks for the password, and what to know of one that the code pastes into a URL.
fn of_password(answer: Answer, finding: Finding, server: &Server, situation: &Situation) -> Answer {
    let pasted = server.named.iter().find_map(|it| it.pasted.clone());
    let finding = pasted.into_iter().fold(finding, Finding::note);
    let cure = server.change(situation.environment, "password", "-");
    let finding = in_terminal(finding, server, &["password"], cure.as_ref());
    let words = format!("correct the password in {}", server.place());
    mended(answer, finding, cure, words)
}

/// What a server does that is there and does not answer.
fn hangs(what: &str, address: &str, why: Closed<'_>) -> Option<String> {
    match why {
        Closed::TimedOut(seconds) => Some(format!(
            "{what} at {address} does not answer within {seconds} s"
        )),
        Closed::Silent(seconds) => Some(format!(
            "{what} at {address} accepts connections and does not answer within {seconds} s"
        )),
        Closed::HungUp => Some(broken_off(what, address)),
        _ => None,
    }
}

fn broken_off(what: &str, address: &str) -> String {
    format!("{what} at {address} accepts connections and breaks them off without an answer")
}

/// With the command that starts a service of the session here again.
fn restarted(answer: Answer, finding: Finding, name: &str) -> Answer {
    let finding = finding.note(format!(
        "it is `{name}` of the session that runs here, which hangs, is suspended or answers nobody"
    ));
    let line = format!("pixcrawler restart {}", remedy::quoted(name));
    answer.mended_by(finding, Cure::new(line))
}

/// The host cannot be reached: `correct` asks for another one.
fn unresolved(
    answer: Answer,
    finding: Finding,
    server: &Server,
    situation: &Situation,
    correct: &impl Fn(Finding) -> Answer,
) -> Answer {
    // Every namespace of a network begins with its own interface down.
    let is_down = cfg!(target_os = "linux")
        && is_here(&server.endpoint)
        && finding.message.contains("network is unreachable");
    if is_down {
        let why = "the address is this machine's own, whose interface is switched off";
        return answer.mended_by(finding.note(why), Cure::new("sudo ip link set lo up"));
    }
    match misspelt(server, situation.environment) {
        Some(cure) => answer.mended_by(
            finding.note("that is nearly this machine's own name or address; where it is meant:"),
            cure,
        ),
        None => correct(finding.note("look at the network; if the address is wrong:")),
    }
}

/// Something else listens there: `correct` asks where the one that is meant does.
fn strange(
    answer: Answer,
    finding: Finding,
    server: &Server,
    situation: &Situation,
    correct: &impl Fn(Finding) -> Answer,
) -> Answer {
    match beside(server, situation) {
        Some(cure) => answer.mended_by(finding, cure),
        None => correct(finding),
    }
}

/// The command that leads to this machine, where the host is nearly its name or its address. What is an address itself
/// may well be another machine's, however near it is.
fn misspelt(server: &Server, environment: Environment) -> Option<Cure> {
    const HERE: [&str; 2] = ["localhost", "127.0.0.1"];
    let host = &server.endpoint.host;
    let is_name = server.lent().host.is_none() && host.parse::<IpAddr>().is_err();
    let here = nearest(host, HERE).filter(|_| is_name)?;
    server.change(environment, "host", here)
}

/// The command that leads to the one server of its kind which the session here runs, where the port is another's.
fn beside(server: &Server, situation: &Situation) -> Option<Cure> {
    let port = situation.port_of(server.endpoint.protocol)?;
    let is_it = server.lent().address().is_none() && server.endpoint.is_usual_loopback();
    let change = || server.change(situation.environment, "port", &port.to_string());
    is_it.then(change)?
}

/// Something else listens there: whether it may be ended.
fn in_the_way(
    finding: Finding,
    holder: Option<&Holder>,
    server: &Server,
    situation: &Situation,
) -> Finding {
    if let Some(name) = situation.service_at(server) {
        return finding.note(format!(
            "it is `{name}` of the session that runs here; the right address:"
        ));
    }
    match holder.filter(|_| situation.manages(server)) {
        Some(holder) => finding.note(format!(
            "if it need not be there: {} && {START}; if the address is wrong:",
            holder.stop
        )),
        None => finding,
    }
}

/// Nothing listens, where somebody of this machine should: `correct` is for one elsewhere.
fn refused_here(
    answer: Answer,
    finding: Finding,
    what: &str,
    server: &Server,
    situation: &Situation,
    correct: &impl Fn(Finding) -> Answer,
) -> Answer {
    let place = server.place();
    if !is_here(&server.endpoint) {
        return correct(finding.note("start it there; if the address is wrong:"));
    }
    // Nothing is started or installed where a deployment is judged.
    if situation.of_deployment {
        return correct(finding.note(elsewhere(situation.environment)));
    }
    // What dev starts listens on a port.
    if situation.manages(server) && server.endpoint.is_local() {
        if !server.endpoint.is_usual_loopback() {
            let finding = finding.note(
                "pixcrawler dev starts one, but only on 127.0.0.1 and ::1; to have that one:",
            );
            let cure = server.change(situation.environment, "host", "127.0.0.1");
            return mended(answer, finding, cure, format!("correct {place}"));
        }
        let port = server.endpoint.port;
        if let Some(damaged) = situation.damaged.iter().find(|it| it.port == port) {
            let start = start(server, situation);
            // What is given up only a person decides.
            let finding = finding.note(format!("its last start failed: {}", damaged.words));
            let back = format!("where a copy of it is back in its place: {}", start.line);
            let finding = if damaged.parted {
                finding.note("without that file a start sets a new password, and the data stays:")
            } else {
                let finding = finding.note(back);
                finding.note("else this keeps what is there, and starts afresh:")
            };
            let finding = finding.help(format!("{} && {}", damaged.afresh, start.line));
            return answer.problem(finding);
        }
        let finding = finding.note(match situation.own(&server.endpoint) {
            Own::Starts(own) if situation.installed => {
                format!("pixcrawler dev starts one, too; your own: {own}")
            }
            _ => "pixcrawler dev starts one".to_owned(),
        });
        if let Some(ask) = unserved::of(server, situation.environment) {
            let cure = ask
                .cure
                .and_then(|first| place::all([first, start(server, situation)]));
            return mended(answer, finding.note(ask.why), cure, ask.otherwise);
        }
        let cure = start(server, situation);
        let finding = if cure.ends_others {
            finding.note(
                "the session that runs here has none there, and no second one starts beside it: this ends it first, and everything that runs in it",
            )
        } else {
            finding
        };
        answer.mended_by(finding, cure)
    } else {
        let finding = if situation.is_unmanaged(server) {
            finding.note("pixcrawler dev starts those that env files name, not what pixcrawler.toml alone gives a service")
        } else {
            finding
        };
        let port = server.endpoint.port;
        match situation.own(&server.endpoint) {
            // Unless somebody configured another port, the one of the system would not answer on this one.
            Own::MayStart(line) => {
                correct(finding.note(if situation.installed {
                    format!("if this machine's own {what} is set up for port {port}: {line}; if the address is wrong:")
                } else {
                    format!(
                        "no {what} is on this machine's PATH, and who installs one ({line}) has to set it up for port {port}; if the address is wrong:"
                    )
                }))
            }
            Own::Elsewhere(ports) => {
                let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
                let ports = and_list(&ports);
                correct(finding.note(format!(
                    "this machine's own {what} is set up for {ports}, and none for port {port}; if the address is wrong:"
                )))
            }
            Own::Starts(line) if situation.installed => {
                answer.mended_by(finding, Cure::new(line))
            }
            // What this machine is to have is for a person to say.
            Own::Starts(line) => answer.problem(
                finding
                    .note(format!("no {what} is on this machine's PATH; if the address is wrong, correct {place}"))
                    .help(line),
            ),
            Own::None => correct(finding.note(format!(
                "no {what} is on this machine's PATH, and nothing to install one with; if it is elsewhere:"
            ))),
        }
    }
}

/// What an address of this machine means where a deployment is judged.
fn elsewhere(environment: Environment) -> String {
    format!("it is an address of the machine itself; to name the one that is {environment}'s:")
}

/// What starts a server of ours. A session that runs keeps a second one from starting: its own server is
/// started in it, and one that it does not have comes with the next session. Servers alone make room by themselves.
fn start(server: &Server, situation: &Situation) -> Cure {
    let port = server.endpoint.port;
    let Some(session) = situation.session.as_ref() else {
        return Cure::new(START);
    };
    if let Some((name, _)) = session.down.iter().find(|(_, its)| *its == port) {
        return Cure::new(format!("pixcrawler start {name}"));
    }
    // One that is in it and up is on its way to answer.
    if session.alone || session.ports.contains(&port) {
        Cure::new(START)
    } else {
        anew()
    }
}

/// A server that the session here manages gets what the env files name as it is started: databases, each with the
/// schemas and roles that Supabase's have, and logins with the passwords that stand there.
pub(in crate::doctor::checks) fn by_session(
    answer: Answer,
    finding: Finding,
    servers: &session::Servers,
) -> Answer {
    let finding = finding.note(
        "pixcrawler dev manages this server, and makes what the env files name as it starts it",
    );
    answer.mended_by(finding, renewal(servers))
}

/// Starts the servers of the session here anew. Servers alone are by that command, whatever else runs is ended by
/// whoever started it.
pub(super) fn renewal(servers: &session::Servers) -> Cure {
    if servers.alone {
        Cure::new(START)
    } else {
        anew()
    }
}

/// With another way out, in one step or several, in the place of the one that it has.
pub(in crate::doctor::checks) fn with_cures(mut answer: Answer, cures: Vec<Cure>) -> Answer {
    let all = place::all(cures.iter().cloned());
    for finding in &mut answer.findings {
        finding.help = all.as_ref().map(Cure::typed);
    }
    answer.cures = cures;
    answer
}

/// Starts the servers once the session that runs has ended, by which it ends what somebody started.
fn anew() -> Cure {
    Cure::ending(format!("pixcrawler stop && {START}"))
}

/// Starts the servers that `pixcrawler dev` would start, and leaves them running.
const START: &str = "pixcrawler dev --servers --detach";
