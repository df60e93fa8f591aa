//! `ecrpass repo ensure`: a plan first, and what it says done with --yes. What is there already is not done again, so that a
//! run which broke off is finished by the next.

use ecrpass_aws::registry_api::{FailureKind, RegistryApi};
use ecrpass_core::environment::Environment;
use ecrpass_repository::plan::{Plan, applied, plan};
use ecrpass_repository::state::State;
use ecrpass_repository::wanted::Wanted;

use super::how::How;
use super::public::of_alias;
use super::wish::Wish;
use crate::collect::registry_session::{failed, refused};
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::plan::{self as render, Report, Status};
use crate::render::ui::Ui;

/// Arguments of `ecrpass repo ensure`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Only what is named is read and changed. The encryption of a repository and the upstream of a pull-through cache cannot be changed in place: they are left as they are, and reported.\n\nExample:\n  ecrpass repo ensure team/app --keep 20 --expire-untagged 7 --mutability immutable --except latest --scan on-push --yes\n\nExit status: 0 when everything is as wanted, 1 when something is left to do, or AWS would not have it done, 3 when AWS cannot be asked or does not say how things are."
)]
pub struct Arguments {
    /// The repository, team/app, or ACCOUNT.dkr.ecr.REGION.amazonaws.com/team/app
    pub name: String,
    #[command(flatten)]
    wish: Wish,
    /// Do what the plan says
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    how: How,
}

/// How often the state is looked at anew: others may change it meanwhile.
const ROUNDS: usize = 4;

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when something is left to do.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let mut place = arguments.how.place.clone();
    let (named, is_public) = place.understand(&arguments.name)?;
    let lacking = if is_public { arguments.wish.of_private_registries() } else { Vec::new() };
    if !lacking.is_empty() {
        return Err(CommandError::could_not_run(
            format!("ECR Public has no setting for {}.", lacking.join(", ")),
            "leave that out: --policy and --tag are what its repositories have",
        ));
    }
    if named.tag.is_some() || named.digest.is_some() {
        return Err(CommandError::could_not_run(
            "A repository has no tag or digest; its images have.",
            format!("ecrpass repo ensure {}", named.repository),
        ));
    }
    place.ask(environment, is_public, |api, _| {
        let named = if is_public { of_alias(api, &named, &arguments.name)? } else { named };
        let own_account = || {
            let (account, _) =
                api.identity().map_err(|failure| failed("Your account is not known", failure))?;
            Ok(account)
        };
        let wanted = arguments.wish.wanted(&named.repository, &own_account)?;
        let before = state(api, &wanted)?;
        let first = plan(&wanted, &before);
        let mut report =
            Report::new(&wanted, &before, &applied(&first, &wanted.name, &before), &first, is_public);
        if arguments.how.format == Format::Text {
            render::tell_plan(&report, ui)?;
        }
        let ended = if arguments.yes && !first.steps.is_empty() {
            carry_out(api, &wanted, first, &mut report, arguments.how.format, ui)
        } else {
            Ok(())
        };
        report.finish();
        match arguments.how.format {
            Format::Json => ui.json(&report)?,
            Format::Text => render::tell_end(&report, arguments.yes, ui)?,
        }
        ended?;
        if report.is_as_wanted() { Ok(()) } else { Err(CommandError::Found) }
    })
}

fn state(api: &RegistryApi<'_>, wanted: &Wanted) -> Result<State, CommandError> {
    // What could not be looked at is not absent: nothing is planned then.
    api.state(wanted).map_err(|failure| failed("The repository could not be looked at", failure))
}

/// Carries plans out until there is nothing left to do: what somebody else did meanwhile makes a new plan.
fn carry_out(
    api: &RegistryApi<'_>,
    wanted: &Wanted,
    first: Plan,
    report: &mut Report,
    format: Format,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let mut plan_now = first;
    for _ in 0..ROUNDS {
        for step in &plan_now.steps {
            match api.carry_out(&wanted.name, step) {
                Ok(()) => {
                    report.note(step, Status::Done);
                    if format == Format::Text {
                        render::tell_done(step, ui)?;
                    }
                }
                // Somebody else was faster; what they made is looked at.
                Err(failure) if failure.kind == FailureKind::AlreadyExists => break,
                Err(failure) => {
                    report.note(step, Status::Failed);
                    let what = refused(&format!("Could not {}", step.summary()), failure);
                    return Err(with_advice(what));
                }
            }
        }
        plan_now = plan(wanted, &state(api, wanted)?);
        report.impossible.clone_from(&plan_now.impossible);
        if plan_now.steps.is_empty() {
            // By whomever.
            report.nothing_is_left();
            return Ok(());
        }
    }
    Err(CommandError::problems(
        "Somebody else keeps changing the repository.",
        "find out who (CloudTrail), then run the same command again",
    ))
}

/// What was done stays done.
fn with_advice(error: CommandError) -> CommandError {
    match error {
        CommandError::Problems { what, next } => CommandError::Problems {
            what,
            next: format!("{next}; what was done stays done, and the same command goes on from there"),
        },
        other => other,
    }
}
