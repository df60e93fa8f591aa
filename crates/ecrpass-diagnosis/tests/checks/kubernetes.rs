//! Cases of clusters and what pulls in them.

use ecrpass_core::DiagnosisId;

use crate::support::{HOST, healthy};
use crate::{Cases, of};

fn task(execution_role: &str) -> String {
    format!(
        "{{\"family\": \"web\", \"requiresCompatibilities\": [\"FARGATE\"],{execution_role}\n \"containerDefinitions\": [{{\"name\": \"app\", \"image\": \"{HOST}/team/app:doctor\"}}]}}"
    )
}

pub fn cases() -> Vec<Cases> {
    let role = "\n \"executionRoleArn\": \"arn:aws:iam::123456789012:role/ecsTaskExecutionRole\",";
    vec![
        of(DiagnosisId::EcsExecutionRoleMissing)
            .found("Fargate, and no role", healthy().file("task.json", &task("")), "has no executionRoleArn")
            .clear("Fargate, and a role", healthy().file("task.json", &task(role)), "has an execution role")
            .clear("no task at all", healthy(), "it is not an ECS task")
            .never_unknown("a task definition either names an execution role or does not"),
    ]
}
