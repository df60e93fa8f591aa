//! Cases of clusters and what pulls in them.

use ecrpass_core::DiagnosisId;

use super::{Cases, of};
use crate::support::{HOST, NOW, ecr_password, healthy};

fn task(execution_role: &str) -> String {
    format!(
        "{{\"family\": \"web\", \"requiresCompatibilities\": [\"FARGATE\"],{execution_role}\n \"containerDefinitions\": [{{\"name\": \"app\", \"image\": \"{HOST}/team/app:doctor\"}}]}}"
    )
}

/// A pod that names a pull secret, and the secret itself.
fn pod(docker_config: &str) -> String {
    let host = HOST;
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: shop}}\nspec:\n  imagePullSecrets: [{{name: regcred}}]\n  containers: [{{image: {host}/team/app:doctor}}]\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: regcred, namespace: shop}}\nstringData:\n  .dockerconfigjson: '{docker_config}'\n"
    )
}

fn login(host: &str, expires_at: i64) -> String {
    let password = ecr_password(expires_at);
    format!("{{\"auths\": {{\"{host}\": {{\"username\": \"AWS\", \"password\": \"{password}\"}}}}}}")
}

fn bare_pod() -> String {
    pod("").split("---").next().unwrap_or_default().to_owned()
}

fn pull_secrets() -> Vec<Cases> {
    const NOT_THERE: &str = "no pull secret that is named for it is in the file";
    let expired = login(HOST, NOW - 3 * 3600);
    let live = login(HOST, NOW + 3600);
    vec![
        of(DiagnosisId::K8sPullSecretExpired)
            .found("its only login", healthy().file("pod.yaml", &pod(&expired)), "this login expired 3 h ago")
            .found(
                "a login for all registries of the account's kind",
                healthy().file("pod.yaml", &pod(&login("*.dkr.ecr.*.amazonaws.com", NOW - 60))),
                "this login expired 1 min ago",
            )
            .clear("a live login", healthy().file("pod.yaml", &pod(&live)), "valid for another 1 h")
            .clear("no pod at all", healthy(), "it is not pulled by a kubelet")
            .unknown("the secret is elsewhere", healthy().file("pod.yaml", &bare_pod()), NOT_THERE),
        of(DiagnosisId::K8sPullSecretMissing)
            .found(
                "a login for another registry",
                healthy().file("pod.yaml", &pod(&login("registry.example.com", NOW + 60))),
                "it has no login for",
            )
            .found(
                "no JSON",
                healthy().file("pod.yaml", &pod("{")),
                "the kubelet cannot read it: it is not valid JSON at line 1",
            )
            .clear("a login that expired", healthy().file("pod.yaml", &pod(&expired)), "has a login for it")
            .clear("no pod at all", healthy(), "it is not pulled by a kubelet")
            .unknown("the secret is elsewhere", healthy().file("pod.yaml", &bare_pod()), NOT_THERE),
    ]
}

fn service(role: &str) -> String {
    format!(
        "Resources:\n  S:\n    Type: AWS::AppRunner::Service\n    Properties:\n      SourceConfiguration:\n        ImageRepository: {{ImageIdentifier: {HOST}/team/app:doctor}}\n{role}"
    )
}

pub fn cases() -> Vec<Cases> {
    let role = "\n \"executionRoleArn\": \"arn:aws:iam::123456789012:role/ecsTaskExecutionRole\",";
    let access =
        "        AuthenticationConfiguration: {AccessRoleArn: 'arn:aws:iam::123456789012:role/access'}\n";
    let mut cases = vec![
        of(DiagnosisId::AppRunnerAccessRole)
            .found("a service without one", healthy().file("stack.yaml", &service("")), "has no access role")
            .clear("a service with one", healthy().file("stack.yaml", &service(access)), "has an access role")
            .clear("no service at all", healthy(), "it is not a service of App Runner")
            .never_unknown("a service either names an access role or does not"),
        of(DiagnosisId::EcsExecutionRoleMissing)
            .found("Fargate, and no role", healthy().file("task.json", &task("")), "has no executionRoleArn")
            .clear("Fargate, and a role", healthy().file("task.json", &task(role)), "has an execution role")
            .clear("no task at all", healthy(), "it is not an ECS task")
            .never_unknown("a task definition either names an execution role or does not"),
    ];
    cases.extend(pull_secrets());
    cases
}
