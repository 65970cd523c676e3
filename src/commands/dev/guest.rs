//! `dev --exec CMD`: the command for whose sake everything else runs.

use std::time::Duration;

use crate::diagnostic::{Finding, Severity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::tiers::Tiers;
use crate::service::{Command, Kind, Service};
use crate::workspace::Workspace;

use super::Context;
use super::inherited::inherited;
use super::preflight::Prepared;
use super::startable::Look;

/// The name under which it is shown.
const NAME: &str = "exec";

/// Makes it the last of the plan, with a warning where something that it waits for has yet to bring its program.
///
/// # Errors
/// When it can never be started.
pub(super) fn join(
    context: &Context,
    workspace: &Workspace,
    command: &Command,
    prepared: &mut Prepared,
) -> Result<(), Failure> {
    let guest = service(command, workspace, &prepared.tiers)?;
    prepared.plan = prepared.plan.clone().with_guest(guest);
    let missing = looked_at(context, workspace, prepared)?;
    prepared.warnings.extend(missing);
    Ok(())
}

/// The command as a service: in the folder where it was typed, with what the tier of that folder
/// sees.
fn service(command: &Command, workspace: &Workspace, tiers: &Tiers) -> Result<Service, Failure> {
    let here = Context::here()?;
    let mut service = Service::new(NAME, Kind::Guest(command.clone()), here.clone());
    let inside = workspace
        .tiers
        .iter()
        .filter(|tier| here.starts_with(workspace.path(&tier.dir)));
    let nearest = inside.max_by_key(|tier| tier.dir.as_str().len());
    if let Some(tier) = nearest {
        service.tier = Some(tier.name.clone());
        service.env = tiers.from_files(&tier.name).into_iter().collect();
    }
    service.ready.timeout = Duration::MAX;
    "--exec".clone_into(&mut service.origin);
    Ok(service)
}

/// What stands in its way already now, as the last of the plan: nobody wants to wait for everything
/// else to hear of a slip.
///
/// # Errors
/// When it can never be started.
fn looked_at(
    context: &Context,
    workspace: &Workspace,
    prepared: &Prepared,
) -> Result<Option<Finding>, Failure> {
    let plan = prepared.plan.services();
    let look = Look {
        inherited: inherited(&context.variables, workspace, &prepared.tiers),
        plan,
        workspace,
        lines_of: None,
        place: &|_, _| None,
    };
    let guest = plan.last();
    match guest.and_then(|guest| look.typed(guest)) {
        Some(finding) if finding.severity == Severity::Error => {
            Err(Failure::new(Exit::Findings, "nothing was started").findings(vec![finding]))
        }
        finding => Ok(finding),
    }
}
