//! Runbooks: what to do about a cause, in order, on the platform where it happens.
//!
//! A runbook is put together from what the catalogue says of the cause (how to confirm it, what fixes it) and from pieces
//! that every cause of a kind has in common on a platform: whose credentials count, how to keep it from getting worse, how
//! to have the platform try again, how to see that it works, and how to be told next time.

mod model;
mod nature;
mod page;
mod pieces;
mod platform;

use ecrpass_core::DiagnosisId;

pub use model::{Phase, Runbook, Section, Step};
pub use nature::Nature;
pub use page::{index, page};
pub use platform::Platform;

use self::pieces::{PIECES, Piece, RUNNING};
use crate::catalogue;
use crate::catalogue::remedy::Remedy;
use crate::finding::{Details, Situation};

/// The runbook of a cause, or of a pull that fails for a cause that is not known yet. Without platforms, those on which the
/// cause happens.
pub fn runbook(cause: Option<DiagnosisId>, details: &Details, platforms: &[Platform]) -> Runbook {
    let nature = cause.map(Nature::of);
    let platforms: Vec<Platform> = match platforms {
        [] => Platform::of_cause(cause),
        wanted => wanted.to_vec(),
    };
    // What fits whatever runs fits a cause that is not known, too.
    let fits_nature = |piece: &Piece| match nature {
        _ if piece.natures.is_empty() => true,
        Some(nature) => piece.natures.contains(&nature),
        None => piece.natures == RUNNING,
    };
    let situation = Situation::of(details);
    let elsewhere = platforms.iter().all(|platform| platform.is_elsewhere());
    let section = |phase: &Phase| {
        let mut steps = of_cause(cause, *phase, &situation, elsewhere);
        let fits = |piece: &&Piece| {
            piece.phase == *phase
                && piece.platform.is_none_or(|platform| platforms.contains(&platform))
                && fits_nature(piece)
        };
        for piece in PIECES.iter().filter(fits) {
            steps.push(step(piece.platform, &piece.remedy, &situation));
        }
        let mut commands: Vec<String> = Vec::new();
        steps.retain(|step| match &step.command {
            Some(command) if commands.contains(command) => false,
            Some(command) => {
                commands.push(command.clone());
                true
            }
            None => true,
        });
        (!steps.is_empty()).then_some(Section { phase: *phase, steps })
    };
    let title = cause.map_or("An image is not pulled, for a cause that is not known yet", |cause| {
        catalogue::find(cause).page.title()
    });
    Runbook {
        cause,
        title: title.to_owned(),
        sections: Phase::ALL.iter().filter_map(section).collect(),
        platforms,
    }
}

/// What the catalogue says of the cause; `elsewhere` where nothing that fails is on a machine of the reader's.
fn of_cause(cause: Option<DiagnosisId>, phase: Phase, situation: &Situation, elsewhere: bool) -> Vec<Step> {
    let Some(entry) = cause.map(catalogue::find) else { return Vec::new() };
    let is_for = move |remedy: &&Remedy| {
        remedy.is_for(situation) && !(elsewhere && remedy.looks && remedy.shows_who_runs_it())
    };
    let all = |looks: bool| {
        entry
            .remedies
            .iter()
            .filter(move |remedy| remedy.looks == looks && is_for(remedy))
            .map(|remedy| step(None, remedy, situation))
    };
    match phase {
        Phase::Confirm => {
            let confirm = entry.confirm.iter().find(is_for);
            confirm.map(|remedy| step(None, remedy, situation)).into_iter().chain(all(true)).collect()
        }
        Phase::Recover => all(false).collect(),
        Phase::Retrigger => entry
            .page
            .after()
            .map(|after| Step { platform: None, summary: after, command: None })
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn step(platform: Option<Platform>, remedy: &Remedy, situation: &Situation) -> Step {
    Step {
        platform,
        summary: remedy.summary.sentence(&|hole| situation.value(hole)),
        command: remedy.filled(situation),
    }
}

#[cfg(test)]
mod tests;
