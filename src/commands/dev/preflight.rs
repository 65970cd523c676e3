//! Before anything is started: what is there, what is to run, and what stands in the way.

use std::collections::BTreeMap;

use crate::diagnostic::{Finding, Severity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather;
use crate::gather::logins;
use crate::gather::tiers::Tiers;
use crate::service::assemble::{self, Inputs};
use crate::service::cause::Tables;
use crate::service::endpoint::{Endpoint, Protocol};
use crate::service::managed::{self, Managed, ManagedPlan};
use crate::service::moved::Stale;
use crate::service::{Plan, Selection, Service, ports};
use crate::system::net;
use crate::toolchain;
use crate::workspace::stack::{Broken, Stack};
use crate::workspace::{Environment, Workspace};

use super::inherited::inherited;
use super::passwords;
use super::refusals::{place, refusals};
use super::shared::shared;
use super::startable::{self, Look};
use super::taken::{answered, taken_ports, unusable};
use super::unsound::{bad_plan, closed, nothing_chosen, nothing_to_run};
use super::{Context, Request, alone};
use crate::commands::env;

/// Everything that was found out.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) stack: Stack,
    pub(super) tiers: Tiers,
    /// Who makes the database's tables.
    pub(super) tables: Tables,
    /// The servers that the session starts itself.
    pub(super) managed: ManagedPlan,
    /// What is worth saying but stops nothing.
    pub(super) warnings: Vec<Finding>,
    /// What is not checked, not run or not there, in words.
    pub(super) left_out: Vec<String>,
}

/// Reads the workspace and makes the plan. Nothing is started and nothing is written.
pub(super) fn prepare(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
) -> Result<Prepared, Failure> {
    prepare_after(context, workspace, request, &[])
}

/// The same as it will be once the servers have ended that have these ports.
pub(super) fn prepare_after(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
    leaving: &[u16],
) -> Result<Prepared, Failure> {
    let stack = gather::stack::find(workspace);
    let tiers = gather::tiers::load(workspace, context.environment, &context.variables);
    let endpoints = endpoints(workspace, &stack, &tiers);
    let (managed, mut problems) =
        servers(context, workspace, request, (&tiers, &endpoints), leaving);
    let inputs = Inputs {
        workspace,
        stack: &stack,
        tiers: &tiers.seen,
        sight: tiers.sight(),
        managed: &managed,
        environment: context.environment,
        install: to_install(context, workspace, request, &stack, &tiers),
        migrate: request.migrate,
        colour: context.style().color(),
        reload: reloads(context, request),
        scale: &request.scale,
    };
    let named = request.services.iter().chain(request.scale.keys());
    let left_out = assemble::left_out(workspace, named);
    if !left_out.is_empty() {
        return Err(bad_plan(workspace, left_out));
    }
    let assembled = assemble::services(&inputs).map_err(|found| bad_plan(workspace, found))?;
    if assembled.services.is_empty() {
        return Err(nothing_to_run(workspace, &stack));
    }
    let wanted = Selection {
        names: request.services.clone(),
        profiles: request.profiles.clone(),
        reserved: ports_of_servers(&endpoints),
    };
    let plan = Plan::new(assembled.services, &wanted)
        .map_err(|found| bad_plan(workspace, found))?
        .with_templates(assembled.templates);
    if plan.services().is_empty() {
        return Err(nothing_chosen(workspace));
    }
    problems.retain(|(variable, _)| concerns(&plan, &managed, variable));
    let mut findings: Vec<Finding> = problems.into_iter().map(|(_, finding)| finding).collect();
    let mut left_out = Vec::new();
    let around = Around {
        meant: &wanted.reserved,
        leaving,
    };
    let ports = ports_in_the_way(workspace, request, &plan, &around, &mut left_out);
    findings.extend(ports);
    left_out.extend(remarks(request, &plan));
    if request.check && !request.dry_run {
        findings.extend(tools(context, workspace, &stack));
    }
    if request.check && request.dry_run {
        // Who starts asks the tools, too.
        findings.extend(stack.broken.iter().map(Broken::finding));
    }
    findings.extend(closed(&stack));
    if request.check {
        // A plan says what would refuse the start; `env check` says the rest.
        let counts = |it: &&Finding| !request.dry_run || it.severity == Severity::Error;
        findings.extend(tiers.findings.iter().filter(counts).cloned());
        findings.extend(env::check::unknown_rules(workspace));
        findings.extend(stale(context, workspace, &tiers, &plan));
    }
    let look = Look {
        inherited: inherited(&context.variables, workspace, &tiers),
        plan: plan.services(),
        workspace,
        lines_of: None,
        place: &startable::written(workspace),
    };
    let mut unstartable = look.at(plan.services());
    let is_known = |finding: &Finding| {
        let named = |known: &Finding| {
            let tool = known.subject.as_deref().unwrap_or_default();
            finding
                .message
                .contains(&format!("`{tool}` is not on PATH"))
        };
        findings
            .iter()
            .any(|known| known.rule.code == "tool/missing" && named(known))
    };
    unstartable.retain(|one| !is_known(one));
    findings.extend(unstartable);
    left_out.extend(not_found(workspace, request, &stack, &plan));
    let warnings = startable::settle(startable::fitted(findings, context), request)?;
    Ok(Prepared {
        tables: tables(workspace, &stack, &plan),
        plan,
        stack,
        tiers,
        managed,
        warnings,
        left_out,
    })
}

/// Addresses that lead to a port which a service had before.
fn stale(context: &Context, workspace: &Workspace, tiers: &Tiers, plan: &Plan) -> Vec<Finding> {
    let found = gather::moved::find(workspace, context.environment, tiers, plan.services());
    let told = |stale: Stale| {
        let help = "pixcrawler doctor --only ports   tells how to correct it";
        stale.finding.help(help)
    };
    found.into_iter().map(told).collect()
}

/// What is to be said of the plan, and of what was asked for, before the start.
fn remarks(request: &Request, plan: &Plan) -> Vec<String> {
    let mut remarks = scaled_in_vain(request, plan);
    remarks.extend(unheard(plan));
    remarks.extend(unchecked(request));
    remarks
}

/// What is to be installed first, where that may be.
fn to_install(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
    stack: &Stack,
    tiers: &Tiers,
) -> assemble::Install {
    if !request.install {
        return assemble::Install::default();
    }
    let python = stack.python.as_ref();
    let extras = python.map(|python| python.chosen_extras(&tiers.seen));
    let extras = extras.unwrap_or_default();
    gather::install::needed(workspace, stack, &extras, &context.variables)
}

/// What `--no-check` leaves out. A plan asks no tool in any case.
fn unchecked(request: &Request) -> Option<String> {
    let what = if request.dry_run {
        "env files"
    } else {
        "tools and env files"
    };
    (!request.check).then(|| format!("skipped: {what} (--no-check)"))
}

/// What was asked for, or relied on, and is not there.
fn not_found(workspace: &Workspace, request: &Request, stack: &Stack, plan: &Plan) -> Vec<String> {
    let mut left_out = Vec::new();
    if request.migrate && plan.position(assemble::MIGRATE).is_none() {
        left_out.push(
            "skipped: migrations (no drizzle.config.ts with a folder of migrations)".to_owned(),
        );
    }
    // Who declares services knows what there is; who relies on what is found wants to hear what was not.
    if workspace.options.services.is_empty() && request.services.is_empty() {
        let absent = stack.absent();
        left_out.extend(absent.iter().map(|what| format!("no {what} was found")));
    }
    left_out
}

/// Who makes the database's tables, and has not done so in this session.
fn tables(workspace: &Workspace, stack: &Stack, plan: &Plan) -> Tables {
    Tables {
        by_us: stack.migrations.is_some() && plan.position(assemble::MIGRATE).is_none(),
        alembic: gather::alembic::home(workspace).map(|dir| dir.to_string()),
    }
}

/// Ports that are no service's, whoever has them.
struct Around<'a> {
    /// Those that servers are to have.
    meant: &'a [u16],
    /// Those that are free by then.
    leaving: &'a [u16],
}

/// The ports that somebody has. Who asks for a plan beside a session is not to end what that one runs.
fn ports_in_the_way(
    workspace: &Workspace,
    request: &Request,
    plan: &Plan,
    around: &Around,
    left_out: &mut Vec<String>,
) -> Vec<Finding> {
    let running = request.dry_run.then(|| running(workspace)).flatten();
    left_out.extend(running.as_ref().map(|running| alone::already(running.pid)));
    let ours = running.as_ref().map_or(around.leaving, |it| &it.ports);
    let is_ours = |service: &&Service| service.port.is_some_and(|port| ours.contains(&port));
    let wanted = plan.services().iter().filter(|service| !is_ours(service));
    let mut found = taken_ports(workspace, plan.services(), wanted);
    found.extend(unusable(workspace, plan.services()));
    // Beside a session of ours it is that one who answers.
    if running.is_none() {
        found.extend(answered(workspace, plan.services(), around.meant));
    }
    found
}

/// The session of the workspace, where one can be spoken to.
fn running(workspace: &Workspace) -> Option<gather::session::Running> {
    gather::session::run(async { Ok(gather::session::running(workspace).await) })
        .ok()
        .flatten()
}

/// Who counts as ready after a time, since nobody may ever tell.
fn unheard(plan: &Plan) -> Vec<String> {
    let services = plan.services().iter();
    let told = services.filter_map(|service| {
        let why = service.ready.settles.as_ref()?;
        let (name, group) = (&service.name, service.group());
        let time = crate::text::duration(service.ready.timeout);
        Some(format!(
            "{name} counts as ready once it has run for {time}: {why}; another check: ready in [services.{group}] of pixcrawler.toml"
        ))
    });
    told.collect()
}

/// What `--scale` says of services that are not to be started.
fn scaled_in_vain(request: &Request, plan: &Plan) -> Vec<String> {
    let in_vain = |name: &&String| !plan.services().iter().any(|one| one.group() == *name);
    let names = request.scale.keys().filter(in_vain);
    names
        .map(|name| {
            format!(
                "--scale {name} starts nothing: `{name}` is not chosen; name it, or its --profile"
            )
        })
        .collect()
}

/// Whether services follow a change of the code. In CI an import error must end the process instead.
pub(super) fn reloads(context: &Context, request: &Request) -> bool {
    context.environment == Environment::Development
        && !request.until_ready
        && request.exec.is_none()
}

/// The servers that the tiers name, and the worker's broker, which has a default.
pub(super) fn endpoints(workspace: &Workspace, stack: &Stack, tiers: &Tiers) -> Vec<Endpoint> {
    let origin = |tier: &str, name: &str| tiers.origin(tier, name);
    let readers = logins::Readers::new(workspace, tiers);
    // Its services see `PGPORT` and the like as we do.
    let read = |tier: &str, value: &str, one| readers.endpoint(tier, value, one);
    let mut endpoints = assemble::endpoints(&tiers.seen, &tiers.groups, origin, read);
    let by_parts = assemble::by_parts(&tiers.seen, &tiers.groups, origin, &endpoints);
    endpoints.extend(by_parts);
    endpoints.retain(|it| !assemble::is_switched_off(&tiers.seen, origin, it));
    let hostless = assemble::all_hostless(&tiers.seen, &tiers.groups, origin, &endpoints);
    endpoints.extend(hostless);
    let broker = stack
        .celery
        .as_ref()
        .and_then(|celery| assemble::broker(celery, tiers.sight()));
    if let Some(broker) = broker.filter(|broker| {
        !endpoints
            .iter()
            .any(|known| known.address() == broker.address())
    }) {
        endpoints.push(broker);
    }
    endpoints
}

/// The ports of this machine that the env files mean for servers, whether one is there or not.
fn ports_of_servers(endpoints: &[Endpoint]) -> Vec<u16> {
    let here = endpoints.iter().filter(|endpoint| endpoint.is_local());
    here.map(|endpoint| endpoint.port).collect()
}

/// The servers to start, and what is wrong with the others, by the variable that names them. Nobody answers any
/// more where one is `leaving`.
fn servers(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
    (tiers, endpoints): (&Tiers, &[Endpoint]),
    leaving: &[u16],
) -> (ManagedPlan, Vec<(String, Finding)>) {
    let mut problems = Vec::new();
    let mut answering: BTreeMap<String, bool> = BTreeMap::new();
    let mut absent = Vec::new();
    let mut missing: Vec<&Endpoint> = Vec::new();
    let mut present = Vec::new();
    let is_managed = |one: &Endpoint| request.managed && wanted(workspace, one.protocol);
    let leaves = |one: &Endpoint| one.is_usual_loopback() && leaving.contains(&one.port);
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.is_local()) {
        let answers = *answering
            .entry(place(endpoint))
            .or_insert_with(|| !leaves(endpoint) && net::server_answers(endpoint));
        if answers {
            present.push(endpoint);
        } else if is_managed(endpoint) && endpoint.is_usual_loopback() {
            absent.push(endpoint.clone());
        } else {
            missing.push(endpoint);
        }
    }
    // One server, one finding, however many variables name it.
    for (at, endpoint) in missing.iter().enumerate() {
        if !missing[..at]
            .iter()
            .any(|known| place(known) == place(endpoint))
        {
            let same = |other: &&&Endpoint| place(other) == place(endpoint);
            let others = missing.iter().filter(same);
            let named: Vec<String> = others
                .map(|other| format!("{} ({})", other.variable, other.origin))
                .collect();
            let mut finding = ports::server_missing(endpoint, &named, !request.managed);
            if leaves(endpoint) {
                finding.message = format!(
                    "the server at {} runs in the background, and would end for this start",
                    endpoint.address()
                );
            }
            if is_managed(endpoint) {
                finding.help = Some(format!(
                    "write 127.0.0.1 in {}: pixcrawler dev starts servers there and on ::1 alone",
                    endpoint.variable
                ));
            }
            problems.push((endpoint.variable.clone(), finding));
        }
    }
    let refused = refusals(workspace, &present);
    // Of one that refuses it is said there whose it is.
    let is_refused = |variable: &String| refused.iter().any(|(known, _)| known == variable);
    let shared = shared(workspace, &present).into_iter();
    problems.extend(shared.filter(|(variable, _)| !is_refused(variable)));
    problems.extend(refused);
    let plan = managed::plan_over(&absent, &gather::kept_data::find(&workspace.state()));
    problems.extend(plan.problems.iter().map(|problem| {
        (
            problem.leads_to().to_owned(),
            passwords::managed_url(problem, tiers, context),
        )
    }));
    (plan, problems)
}

/// The names of the servers that would be started: those of this machine that nobody answers for, once those have
/// ended that are `leaving`; and what is wrong with the others. One of which nobody knows what password it is to
/// get is left as it is.
///
/// # Errors
/// When there is one that cannot be, and no other; or one that is not to be left without.
pub(super) fn absent_servers(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
    leaving: &[u16],
) -> Result<(Vec<String>, Vec<Finding>), Failure> {
    let stack = gather::stack::find(workspace);
    let tiers = gather::tiers::load(workspace, context.environment, &context.variables);
    let endpoints = endpoints(workspace, &stack, &tiers);
    let (mut managed, problems) =
        servers(context, workspace, request, (&tiers, &endpoints), leaving);
    let findings: Vec<Finding> = problems
        .into_iter()
        .map(|(_, finding)| finding)
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    let (doubtful, sure) = managed.doubtful();
    let is_kept = doubtful.iter().any(|it| leaving.contains(&it.port()));
    managed.services = sure;
    managed.leave_out_unserved();
    if is_kept || managed.services.is_empty() && !findings.is_empty() {
        let why = if is_kept {
            "the servers in the background go on as they are"
        } else {
            "no server can be started"
        };
        let findings = startable::fitted(findings, context);
        return Err(Failure::new(Exit::Findings, why).findings(findings));
    }
    let names = managed.services.iter();
    let names = names.map(|server| server.name().to_owned()).collect();
    Ok((names, findings))
}

fn wanted(workspace: &Workspace, protocol: Protocol) -> bool {
    let options = &workspace.options.managed;
    match protocol {
        Protocol::Postgres => options.postgres,
        Protocol::Redis => options.redis,
    }
    .unwrap_or(true)
}

/// Whether a server's trouble matters for what is to run.
pub(super) fn concerns(plan: &Plan, managed: &ManagedPlan, variable: &str) -> bool {
    let is_named = |server: &&Managed| server.variables().iter().any(|name| name == variable);
    let is_run = |server: &Managed| plan.position(server.name()).is_some();
    let mut ours = managed.services.iter().filter(is_named).peekable();
    let is_ours = ours.peek().is_some();
    let talks = |service: &Service| match service.group() {
        "backend" | "worker" | assemble::MIGRATE => true,
        // A frontend alone talks to no server of ours. Of others nobody knows, and what is started for them
        // is to let them in.
        "frontend" => false,
        name => is_ours && !service.kind.is_managed() && !assemble::is_preparation(name),
    };
    ours.all(is_run) && plan.services().iter().any(talks)
}

/// The tools that are missing or too old, and the manifests that tell which ones are needed but cannot be read.
fn tools(context: &Context, workspace: &Workspace, stack: &Stack) -> Vec<Finding> {
    let mut packages = gather::packages::manifests(workspace, stack, &context.variables);
    let stripped = gather::stripped::of(workspace, stack, &packages);
    packages.broken.extend(stripped);
    let tools = gather::tools::needed(
        workspace,
        stack,
        &packages,
        &gather::tools::installers(&context.variables),
        &context.variables,
    );
    let answers = gather::tools::ask(workspace, &tools, &context.variables);
    let broken = packages.broken.iter().map(Broken::finding);
    // What keeps uv from its work is told of uv, or of the manifest, and of no Python.
    let is_broken = packages.broken.iter().any(Broken::is_python);
    let is_of_uv = |name: &str, said: &toolchain::Answer| match said {
        toolchain::Answer::Silent(why) if name == "python" => {
            toolchain::is_of_version(why) || is_broken && toolchain::is_of_groups(why)
        }
        _ => false,
    };
    let unfit = tools
        .iter()
        .zip(&answers)
        .filter(|(tool, answer)| !is_of_uv(tool.name, answer))
        .filter_map(|(tool, answer)| toolchain::judge(tool, answer).err())
        .map(|finding| *finding);
    broken.chain(unfit).collect()
}
