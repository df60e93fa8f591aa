//! A job pushes to ECR, and nothing before it logs in.

use ecrpass_core::DiagnosisId;

use crate::hit::Hit;
use crate::jobs::order::problems;
use crate::logins::ProblemKind;
use crate::rule::{Examined, Rule};

/// `not-logged-in`
pub static RULE: Rule = Rule { id: DiagnosisId::NotLoggedIn, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let found = problems(examined).iter();
    found
        .filter_map(|problem| {
            let ProblemKind::NoLogin { later } = problem.kind else { return None };
            let title = if later {
                format!("the login to {} comes after it is needed", problem.host)
            } else {
                format!("nothing before it in this job logs in to {}", problem.host)
            };
            Some(problem.hit(title))
        })
        .collect()
}
