//! Runs the policies' own tests, as `conftest verify` does: rules named `test_…` that have to hold.

use ecrpass_diagnosis::finding::Severity;
use serde_json::Map;

use crate::engine::{Policies, PolicyError, eval};
use crate::question::{Answer, Answers};
use crate::rule_name::Purpose;

/// Runs all tests; each that does not hold is an answer.
///
/// # Errors
/// [`PolicyError`] when one cannot be asked.
pub(crate) fn run(policies: &mut Policies) -> Result<Answers, PolicyError> {
    let mut answers = Answers::default();
    policies.engine.set_input(regorus::Value::Undefined);
    for module in policies.modules.clone() {
        for rule in &module.rules {
            match rule.purpose {
                Purpose::Test => {}
                Purpose::Todo => {
                    answers.notes.push(format!("{}:{}: {} is not run yet", rule.path, rule.line, rule.name));
                    continue;
                }
                _ => continue,
            }
            answers.asked += 1;
            let value = eval(policies, &module.reference, rule, "the tests")?;
            if value != regorus::Value::from(true) {
                answers.answers.push(Answer {
                    rule: format!("{}.{}", module.package, rule.name),
                    severity: Severity::Error,
                    message: format!("The test `{}` does not hold", rule.name),
                    more: Map::new(),
                    policy: rule.path.clone(),
                    line: rule.line,
                    file: None,
                    document: 0,
                });
            }
        }
    }
    if answers.asked == 0 {
        answers.notes.push("the policies have no tests: a test is a rule named test_…".to_owned());
    }
    answers.prints = policies.engine.take_prints().unwrap_or_default();
    Ok(answers)
}
