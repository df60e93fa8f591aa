//! From what AWS and monitoring send to the cause: the right one, at its place, with commands for the case.

use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::examination::explain_notice;
use ecrpass_diagnosis::finding::{Confidence, Finding};

const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

fn explained(text: &str) -> Vec<Finding> {
    explain_notice("notice.json", text).unwrap_or_else(|| explain("notice.json", text))
}

fn ids(findings: &[Finding]) -> Vec<(&str, Confidence)> {
    findings.iter().map(|finding| (finding.id.as_str(), finding.confidence)).collect()
}

/// A stopped task whose reason is the task's, as on Fargate, or a container's, as on EC2.
fn stopped(reason: &str, on_fargate: bool) -> String {
    let (task, container) = if on_fargate { (reason, "") } else { ("Task failed to start", reason) };
    serde_json::json!({
        "version": "0", "id": "9bcdac79", "detail-type": "ECS Task State Change", "source": "aws.ecs",
        "account": "123456789012", "time": "2026-11-24T10:00:00Z", "region": "eu-west-1",
        "resources": ["arn:aws:ecs:eu-west-1:123456789012:task/prod/0f"],
        "detail": {
            "clusterArn": "arn:aws:ecs:eu-west-1:123456789012:cluster/prod",
            "taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/prod/0f",
            "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7",
            "lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stopCode": "TaskFailedToStart",
            "stoppedReason": task,
            "containers": [{"name": "web", "image": format!("{HOST}/team/app:1"), "lastStatus": "STOPPED", "reason": container}],
        },
    })
    .to_string()
}

#[test]
fn stopped_tasks_tell_their_cause_wherever_it_stands() {
    let denied = "CannotPullECRContainerError: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/exec/0f is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action";
    let missing = format!(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {HOST}/team/app:1: {HOST}/team/app:1: not found"
    );
    let late = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: Post \"https://api.ecr.eu-west-1.amazonaws.com/\": dial tcp 10.0.1.5:443: i/o timeout";
    for (reason, expected) in [
        (denied, "ecs-execution-role-missing"),
        (missing.as_str(), "tag-not-found"),
        (late, "network-timeout-ecr-api"),
    ] {
        for on_fargate in [true, false] {
            let findings = explained(&stopped(reason, on_fargate));
            assert_eq!(findings[0].id, expected, "{on_fargate} {reason}: {:?}", ids(&findings));
            let evidence = &findings[0].evidence[0];
            assert_eq!((evidence.source.as_str(), evidence.line), ("notice.json", Some(1)), "{evidence:?}");
            let region = findings[0].details.as_ref().and_then(|details| details.region.as_deref());
            assert_eq!(region, Some("eu-west-1"));
        }
    }
}

#[test]
fn services_that_cannot_start_tasks_say_where_the_reason_is() {
    let event = r#"{"detail-type":"ECS Service Action","source":"aws.ecs","region":"eu-west-1","resources":["arn:aws:ecs:eu-west-1:1:service/prod/web"],"detail":{"eventType":"WARN","eventName":"SERVICE_TASK_START_IMPAIRED","clusterArn":"arn:aws:ecs:eu-west-1:1:cluster/prod"}}"#;
    let findings = explained(event);
    assert_eq!(ids(&findings)[0], ("ecs-execution-role-missing", Confidence::Possible));
    let confirm: Vec<String> = findings[0].confirm.iter().filter_map(|fix| fix.command()).collect();
    assert!(confirm[0].contains("aws ecs list-tasks") && confirm[0].contains("prod"), "{confirm:?}");
}

#[test]
fn functions_are_explained_by_their_codes() {
    for (code, expected) in [
        ("ImageAccessDenied", "lambda-repo-policy-missing"),
        ("ImageDeleted", "tag-not-found"),
        ("InvalidImage", "manifest-type-unsupported"),
    ] {
        for (state, update) in [("State", "LastUpdateStatus"), ("LastUpdateStatus", "State")] {
            let reason = if state == "State" { "StateReasonCode" } else { "LastUpdateStatusReasonCode" };
            let good = if update == "State" { "Active" } else { "Successful" };
            let text = format!(
                r#"{{"Configuration":{{"FunctionName":"f","FunctionArn":"arn:aws:lambda:eu-west-1:123456789012:function:f","{state}":"Failed","{reason}":"{code}","{update}":"{good}"}},"Code":{{"ImageUri":"{HOST}/team/app:1"}}}}"#
            );
            let findings = explained(&text);
            assert_eq!(findings[0].id, expected, "{text}: {:?}", ids(&findings));
            let details = findings[0].details.as_ref().unwrap();
            assert_eq!(
                (details.host.as_deref(), details.repository.as_deref()),
                (Some(HOST), Some("team/app"))
            );
        }
    }
    let idle = r#"{"FunctionName":"f","State":"Inactive","StateReasonCode":"Idle","StateReason":"The function is idle."}"#;
    assert_eq!(explained(idle), []);
}

#[test]
fn alarms_name_their_cause() {
    let alarm = serde_json::json!({
        "AlarmName": "ecr-canary-fails", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:ecr-canary-fails",
        "AlarmDescription": "The canary cannot pull. First cause to look at: x [iam-missing-pull-action]; also [throttled]. Next: ecrpass explain --id iam-missing-pull-action",
        "NewStateValue": "ALARM", "NewStateReason": "Threshold Crossed", "StateChangeTime": "2026-11-24T10:00:00.000+0000",
        "Trigger": {"MetricName": "Up", "Namespace": "ecrpass", "Dimensions": [{"name": "Registry", "value": HOST}]},
    });
    let findings = explained(&alarm.to_string());
    assert_eq!(
        ids(&findings),
        [("iam-missing-pull-action", Confidence::Likely), ("throttled", Confidence::Possible)]
    );
    assert_eq!(findings[0].details.as_ref().unwrap().host.as_deref(), Some(HOST));
    assert!(
        findings[0].confirm.iter().any(|fix| fix.summary.contains("ecrpass trail")),
        "{:?}",
        findings[0].confirm
    );

    let others = r#"{"AlarmName":"pods","NewStateValue":"ALARM","Trigger":{"MetricName":"pod_container_status_waiting_reason_image_pull_error","Namespace":"ContainerInsights"}}"#;
    assert_eq!(explained(others)[0].id, "kubelet-credential-provider-missing");
    let foreign = r#"{"AlarmName":"cpu","NewStateValue":"ALARM","AlarmDescription":"CPU is high","Trigger":{"MetricName":"CPUUtilization","Namespace":"AWS/EC2"}}"#;
    assert_eq!(explained(foreign), []);
    let throttles = r#"{"AlarmName":"lambda throttles","NewStateValue":"ALARM","Trigger":{"MetricName":"Throttles","Namespace":"AWS/Lambda"}}"#;
    assert_eq!(explained(throttles), []);
}

#[test]
fn consoles_and_builds_are_read_as_logs() {
    let console = serde_json::json!({
        "InstanceId": "i-0abc", "Timestamp": "2026-11-24T10:00:00.000Z",
        "Output": format!("[   12.1] cloud-init[1043]: Cloud-init v. 24.1 running 'modules:final'\r\n[   13.0] cloud-init[1043]: Error response from daemon: Head \"https://{HOST}/v2/team/app/manifests/1\": no basic auth credentials\r\n"),
    });
    let findings = explained(&console.to_string());
    assert!(!findings.is_empty());
    assert_eq!(
        (findings[0].evidence[0].source.as_str(), findings[0].evidence[0].line),
        ("console of i-0abc", Some(2))
    );

    let build = serde_json::json!({
        "detail-type": "CodeBuild Build State Change", "source": "aws.codebuild", "region": "eu-west-1",
        "detail": {"project-name": "web", "build-status": "FAILED", "additional-information": {"phases": [
            {"phase-type": "PROVISIONING", "phase-status": "FAILED", "phase-context": [
                format!("BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE: Unable to pull customer's container image. CannotPullContainerError: Error response from daemon: pull access denied for {HOST}/team/app, repository does not exist or may require 'docker login': denied: User: AWS codebuild")
            ]},
        ]}},
    });
    assert!(!explained(&build.to_string()).is_empty());
}

#[test]
fn no_secret_of_a_notice_is_repeated() {
    let secret = "AKIAIOSFODNN7EXAMPLE";
    let key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let text = serde_json::json!({
        "InstanceId": "i-0", "Output": format!("AWS_ACCESS_KEY_ID={secret} AWS_SECRET_ACCESS_KEY={key} no basic auth credentials {HOST}/a\n"),
    });
    let findings = serde_json::to_string(&explained(&text.to_string())).unwrap();
    assert!(findings.contains("no basic auth") && !findings.contains(key), "{findings}");
}

/// What an ECS task needs is done where the task runs: nothing on the machine of whoever reads this helps it.
#[test]
fn a_task_without_a_login_is_told_of_its_role_and_of_no_laptop() {
    let reason = format!(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {HOST}/team/app:1: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"
    );
    let expired = format!(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {HOST}/team/app:1: 403 Forbidden: denied: Your authorization token has expired. Reauthenticate and try again."
    );
    for (reason, id) in [(reason, "not-logged-in"), (expired, "token-expired")] {
        for on_fargate in [true, false] {
            let findings = explained(&stopped(&reason, on_fargate));
            let finding = findings.iter().find(|finding| finding.id == id).unwrap();
            let details = finding.details.as_ref().unwrap();
            assert_eq!(
                (details.cluster.as_deref(), details.task.as_deref()),
                (Some("prod"), Some("web:7")),
                "{details:?}"
            );
            let advice: Vec<String> = finding
                .fixes
                .iter()
                .chain(&finding.confirm)
                .flat_map(|fix| [fix.summary.clone(), fix.command().unwrap_or_default()])
                .collect();
            let advice = advice.join("\n");
            assert!(
                advice.contains("--task-definition web:7") && advice.contains("executionRoleArn"),
                "{advice}"
            );
            for of_a_laptop in
                ["ecrpass fix", "ecrpass setup", "ecrpass status", "docker login", "crane auth"]
            {
                assert!(!advice.contains(of_a_laptop), "{of_a_laptop}: {advice}");
            }
        }
    }
}
