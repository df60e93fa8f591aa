//! The task's execution role is missing or may not use ECR: what it looks like, and what fixes it. The page for users is `ecs_execution_role_missing.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm};
use crate::check::{Case, CheckOutcome, Stage, clear, found_at};
use crate::facts::PullerKind;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::EcsExecutionRoleMissing,
    page: Page::new(include_str!("ecs_execution_role_missing.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["unable to pull secrets or registry auth"])
            .without(&[
                "secretsmanager:",
                "ssm:",
                "asm",
                "timeout",
                "connection issue",
                "request send failed",
                "no such host",
            ])
            .weight(60),
        says(&["403 forbidden"]).near(&["cannotpull"]).about_ecr().weight(76),
        says(&["resourceinitializationerror", "accessdenied"])
            .without(&["secretsmanager:", "ssm:", "kms:", "logs:"])
            .weight(97),
        says(&["unable to pull secrets or registry auth", "accessdenied"])
            .without(&["secretsmanager:", "ssm:", "kms:"])
            .weight(97),
        says(&["unable to pull secrets or registry auth", "not authorized to perform"])
            .without(&["secretsmanager:", "ssm:", "kms:"])
            .weight(97),
        says(&["cannotpullecrcontainererror", "accessdenied"]).weight(96),
        says(&["cannotpullecrcontainererror", "not authorized to perform"]).weight(96),
        says(&["ecs was unable to assume the role"]).weight(97),
        says(&["requires task definition to have execution role arn"]).weight(97),
        says(&["execution role", "required"]).near(&["ecs", "fargate", "ecr"]).weight(90),
        says(&["@execution-role", "@ecr-action"]).weight(97),
        says(&["unable to retrieve ecr registry auth", "accessdenied"]).weight(97),
        says(&["not authorized to perform: ecr:getauthorizationtoken"])
            .near(&[
                "resourceinitializationerror",
                "cannotpullecrcontainererror",
                "unable to pull secrets or registry auth",
            ])
            .weight(97),
        says(&["nocredentialproviders"])
            .near(&["cannotpullecrcontainererror", "resourceinitializationerror"])
            .weight(96),
        says(&["the role with name ecstaskexecutionrole cannot be found"]).weight(95),
        says(&["cannotpullecrcontainererror"])
            .unless_near(&["rate exceeded", "throttling", "timeout", "request send failed"])
            .weight(70),
    ],
    remedies: &[
        by_hand("if ECS cannot assume the role, let its trust policy allow `sts:AssumeRole` to the service ecs-tasks.amazonaws.com")
            .if_said(&["unable to assume"]),
        by_hand("attach the managed policy AmazonECSTaskExecutionRolePolicy to the role"),
        by_hand("name it as `executionRoleArn` in the task definition"),
    ],
    confirm: &[confirm(
        "aws ecs describe-task-definition --task-definition {task} --query taskDefinition.executionRoleArn",
    )],
    check: check(Stage::Credentials, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    match &case.subject.puller {
        Some(puller) if puller.kind == PullerKind::Ecs && puller.role_missing && !case.is_public() => {
            found_at(
                case.subject.place.as_ref(),
                "the task definition",
                "has no executionRoleArn, and Fargate can only pull with that role",
            )
            .outcome()
        }
        Some(puller) if puller.kind == PullerKind::Ecs => clear("the task definition has an execution role"),
        _ => clear("it is not an ECS task"),
    }
}
