//! The role of a pipeline: who may use it, and what it may do, by the same code as `ecrpass policy generate`.

use ecrpass_iam::Task;
use ecrpass_iam::generate::trust::place::Trusted;
use ecrpass_iam::generate::{Draft, Kind, Refusal, Target, Wanted, generate};

use crate::pipelines::plan::Plan;
use crate::pipelines::system::System;

/// The documents: trust, what the role may do, and where the registry is another account's, who is let in there.
///
/// # Errors
/// [`Refusal`] when it is not said who asks, or too little to say so safely.
pub fn drafts(plan: &Plan) -> Result<Vec<Draft>, Refusal> {
    let task = match plan.system {
        System::Ecs => Task::EcsExecution,
        System::Lambda => Task::LambdaPull,
        System::Ec2 | System::Eks => Task::Pull,
        _ if plan.registry.is_public() => Task::PushPublic,
        _ => Task::Push,
    };
    let trust = Trusted { place: plan.system.place(), claims: plan.claims.clone() };
    let wanted = Wanted {
        tasks: vec![task],
        targets: vec![plan.target.clone()],
        account: Some(plan.account.clone()),
        trust: Some(trust),
        ..Wanted::default()
    };
    let mut drafts = generate(&wanted).map_err(in_flags)?;
    if !plan.pull_through.is_empty() {
        let targets = plan
            .pull_through
            .iter()
            .map(|rule| Target::parse(&format!("{}/{}/*", plan.host(), rule.prefix), None, None))
            .collect::<Result<Vec<_>, _>>()?;
        let wanted = Wanted {
            tasks: vec![Task::PullThrough],
            targets,
            account: Some(plan.account.clone()),
            ..Wanted::default()
        };
        drafts.extend(generate(&wanted)?);
    }
    for draft in &mut drafts {
        match draft.kind {
            Kind::Trust => {
                draft.name.clone_from(&plan.role);
                draft.holder = None;
            }
            Kind::Role => draft.holder = Some(plan.role.clone()),
            _ => {}
        }
    }
    Ok(drafts)
}

/// The flags of this command in place of those of `policy generate`.
fn in_flags(refusal: Refusal) -> Refusal {
    let next = refusal.next.replace("--claim branch=", "--branch ").replace("--claim tag=", "--git-tag ");
    Refusal { next, ..refusal }
}

/// The audience that the trust policy wants, for the side that asks: what differs between the two is refused by AWS.
pub fn audience(drafts: &[Draft]) -> Option<&str> {
    let statements =
        drafts.iter().filter(|draft| draft.kind == Kind::Trust).flat_map(|draft| &draft.statements);
    let mut conditions = statements.flat_map(|statement| &statement.conditions);
    let wanted = conditions.find(|condition| condition.key.ends_with(":aud"))?;
    wanted.values.first().map(String::as_str)
}
