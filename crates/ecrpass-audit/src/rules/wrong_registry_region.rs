//! A login is fetched in one region, and used for a registry of another.

use ecrpass_core::DiagnosisId;

use crate::hit::Hit;
use crate::jobs::order::problems;
use crate::logins::ProblemKind;
use crate::rule::{Examined, Rule};

/// `wrong-registry-region`
pub static RULE: Rule = Rule { id: DiagnosisId::WrongRegistryRegion, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let found = problems(examined).iter();
    found
        .filter_map(|problem| {
            let title = match &problem.kind {
                ProblemKind::PasswordOfOtherRegion { region } => {
                    format!("the password is fetched in {region}, and {} is in another region", problem.host)
                }
                ProblemKind::LoginOfOtherRegion { region } => {
                    format!("the login is for {region}, and {} is in another region", problem.host)
                }
                ProblemKind::NoLogin { .. }
                | ProblemKind::LoggedOut
                | ProblemKind::LoginOfOtherAccount { .. } => return None,
            };
            Some(problem.hit(title))
        })
        .collect()
}
