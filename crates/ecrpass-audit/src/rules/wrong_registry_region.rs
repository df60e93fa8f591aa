//! A login is fetched in one region, and used for a registry of another.

use ecrpass_core::DiagnosisId;

use crate::hit::Hit;
use crate::jobs::login_edits;
use crate::jobs::order::problems;
use crate::logins::ProblemKind;
use crate::rule::{Examined, Rule};

/// `wrong-registry-region`
pub static RULE: Rule = Rule { id: DiagnosisId::WrongRegistryRegion, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let found = problems(examined).iter();
    found
        .filter_map(|problem| {
            let (region, title) = match &problem.kind {
                ProblemKind::PasswordOfOtherRegion { region } => {
                    let host = &problem.host;
                    (region, format!("the password is fetched in {region}, and {host} is in another region"))
                }
                ProblemKind::LoginOfOtherRegion { region } => {
                    (region, format!("the login is for {region}, and {} is in another region", problem.host))
                }
                ProblemKind::NoLogin { .. }
                | ProblemKind::LoggedOut
                | ProblemKind::LoginOfOtherAccount { .. } => return None,
            };
            Some(problem.hit(title).with_edit(login_edits::of_region(examined, problem, region)))
        })
        .collect()
}
