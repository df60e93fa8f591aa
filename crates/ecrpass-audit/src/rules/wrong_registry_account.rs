//! A job logs in to one account's registry, and uses another's.

use ecrpass_core::DiagnosisId;

use crate::hit::Hit;
use crate::jobs::login_edits;
use crate::jobs::order::problems;
use crate::logins::ProblemKind;
use crate::rule::{Examined, Rule};

/// `wrong-registry-account`
pub static RULE: Rule = Rule { id: DiagnosisId::WrongRegistryAccount, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let found = problems(examined).iter();
    found
        .filter_map(|problem| {
            let ProblemKind::LoginOfOtherAccount { account } = &problem.kind else { return None };
            let title = format!(
                "the login is for the registry of account {account}, and {} is another account's",
                problem.host
            );
            Some(problem.hit(title).with_edit(login_edits::of_account(examined, problem, account)))
        })
        .collect()
}
