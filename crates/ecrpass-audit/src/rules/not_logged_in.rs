//! A job pushes to ECR, and nothing before it logs in.

use ecrpass_core::DiagnosisId;

use crate::hit::Hit;
use crate::jobs::login_edits;
use crate::jobs::order::problems;
use crate::logins::ProblemKind;
use crate::rule::{Examined, Rule};

/// `not-logged-in`
pub static RULE: Rule = Rule { id: DiagnosisId::NotLoggedIn, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let found = problems(examined).iter();
    found
        .filter_map(|problem| {
            let host = &problem.host;
            let title = match problem.kind {
                ProblemKind::NoLogin { later: true } => {
                    format!("the login to {host} comes after it is needed")
                }
                ProblemKind::NoLogin { later: false } => {
                    format!("nothing before it in this job logs in to {host}")
                }
                ProblemKind::LoggedOut => {
                    format!("the login to {host} is gone: a logout comes before it is needed")
                }
                _ => return None,
            };
            Some(problem.hit(title).with_edit(login_edits::added(examined, problem)))
        })
        .collect()
}
