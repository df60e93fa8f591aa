//! Who pulls an image, whose permissions therefore count. It is often somebody else than the one who is asked.

use serde::{Deserialize, Serialize};

use super::pull_secret::PullSecret;

/// Who pulls.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Puller {
    /// docker, podman or another client, with the credentials of whoever runs it.
    Client,
    /// The kubelet of a node.
    Kubelet(Pod),
    /// ECS, for a task.
    EcsTaskExecutionRole(EcsTask),
    /// The Lambda service, for a function.
    LambdaService(Function),
    /// App Runner, with the access role of a service.
    AppRunner(AppRunnerService),
}

/// A pod, or what creates pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pod {
    /// `Deployment/web`.
    pub object: String,
    /// The namespace, if the file tells.
    pub namespace: Option<String>,
    /// The service account, if it is not `default`.
    pub service_account: Option<String>,
    /// The names of the pull secrets, those of a service account in the same file included.
    pub pull_secrets: Vec<String>,
    /// Those of them that stand in the same file.
    #[serde(default)]
    pub secrets: Vec<PullSecret>,
    /// `Always`, `IfNotPresent` or `Never`, if the file tells.
    pub pull_policy: Option<String>,
    /// The node a running pod is on.
    pub node: Option<String>,
}

/// A task of ECS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EcsTask {
    /// The task definition's family, with its revision if known.
    pub family: Option<String>,
    /// The ARN of the execution role.
    pub role: Option<String>,
    /// What the task runs on.
    pub launch: Launch,
    /// The secret with a user and a password for a private registry.
    pub repository_credentials: Option<String>,
}

/// What a task of ECS runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Launch {
    /// AWS's machines.
    Fargate,
    /// The account's EC2 instances.
    Ec2,
    /// The customer's own machines (ECS Anywhere).
    External,
    /// The file allows several, or says nothing.
    #[default]
    Unknown,
}

/// A function of Lambda.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Function {
    /// The function's name.
    pub function: String,
    /// The execution role, which does not pull.
    pub role: Option<String>,
}

/// A service of App Runner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AppRunnerService {
    /// The service's name.
    pub service: String,
    /// The access role, which pulls; the instance role does not.
    pub role: Option<String>,
}

impl Puller {
    /// Who pulls and with which permissions, in one line for the report.
    pub fn sentence(&self) -> String {
        match self {
            Self::Client => "Pulled by your container client, with the credentials it finds here".to_owned(),
            Self::Kubelet(pod) => pod.sentence(),
            Self::EcsTaskExecutionRole(task) => task.sentence(),
            Self::LambdaService(function) => function.sentence(),
            Self::AppRunner(service) => service.sentence(),
        }
    }
}

impl Pod {
    /// Source: cloud-provider-aws `cmd/ecr-credential-provider/main.go`; Kubernetes, "Images": a pod's pull secrets
    /// come first, and a service account's count only for a pod that has none.
    fn sentence(&self) -> String {
        if self.pull_policy.as_deref() == Some("Never") {
            return format!("Never pulled: {} has imagePullPolicy Never", self.object);
        }
        let node = match &self.node {
            Some(node) => format!("node `{node}`"),
            None => "the node".to_owned(),
        };
        let namespace = match &self.namespace {
            Some(namespace) => format!("namespace `{namespace}`"),
            None => "its namespace".to_owned(),
        };
        let secrets = quoted(&self.pull_secrets);
        if self.object.starts_with("Secret/") {
            return format!(
                "Pulled by the kubelet, for the pods of {namespace} that name imagePullSecret {secrets}"
            );
        }
        let account = self.service_account.as_deref().unwrap_or("default");
        match self.pull_secrets.len() {
            0 => format!(
                "Pulled by the kubelet of {node} for {}, with the node's own role, or with a pull secret of service account `{account}` of {namespace} if it has one",
                self.object
            ),
            1 => format!(
                "Pulled by the kubelet of {node} for {}, with imagePullSecret {secrets} of {namespace}, or with the node's own role",
                self.object
            ),
            _ => format!(
                "Pulled by the kubelet of {node} for {}, with imagePullSecrets {secrets} of {namespace}, or with the node's own role",
                self.object
            ),
        }
    }
}

impl EcsTask {
    /// Source: ECS developer guide, "Amazon ECS task execution IAM role" and "Using non-AWS container images".
    fn sentence(&self) -> String {
        let family = self.family.as_ref().map(|family| format!(" for task `{family}`")).unwrap_or_default();
        let with = match (&self.role, &self.repository_credentials, self.launch) {
            (role, Some(secret), _) => {
                let role = role.as_ref().map_or_else(
                    || "the execution role, which is missing in this file".to_owned(),
                    |role| format!("the execution role `{role}`"),
                );
                format!("with user and password of secret `{secret}`, which {role} must be allowed to read")
            }
            (Some(role), None, _) => {
                format!("with the task execution role `{role}`; the task role does not pull")
            }
            (None, None, Launch::Fargate) => {
                "with no role: executionRoleArn is missing, and without it Fargate pulls nothing from a private ECR repository".to_owned()
            }
            (None, None, Launch::Ec2) => {
                "with the role of the EC2 container instance, since there is no executionRoleArn".to_owned()
            }
            (None, None, _) => {
                "with the role of the container instance, since there is no executionRoleArn; Fargate needs one".to_owned()
            }
        };
        let on = match self.launch {
            Launch::Fargate => " on Fargate",
            Launch::Ec2 => " on EC2",
            Launch::External => " on an external instance",
            Launch::Unknown => "",
        };
        format!("Pulled by ECS{on}{family}, {with}")
    }
}

impl Function {
    /// Source: Lambda developer guide, "Create a Lambda function using a container image", Amazon ECR permissions.
    fn sentence(&self) -> String {
        let role = match &self.role {
            Some(role) => format!("its execution role `{role}` does not pull"),
            None => "its execution role does not pull".to_owned(),
        };
        format!(
            "Pulled by the Lambda service for function `{}`, as `lambda.amazonaws.com` through the repository's policy; {role}",
            self.function
        )
    }
}

impl AppRunnerService {
    /// Source: App Runner developer guide, "How App Runner works with IAM", access role.
    fn sentence(&self) -> String {
        let role = match &self.role {
            Some(role) => format!("with the access role `{role}`; the instance role does not pull"),
            None => "without an access role: only ECR Public can be pulled from".to_owned(),
        };
        format!("Pulled by App Runner for service `{}`, {role}", self.service)
    }
}

/// `` `a`, `b` ``
fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_who_pulls_is_named() {
        let pod = Pod {
            object: "Deployment/web".to_owned(),
            namespace: Some("shop".to_owned()),
            pull_secrets: vec!["regcred".to_owned()],
            ..Pod::default()
        };
        assert_eq!(
            Puller::Kubelet(pod).sentence(),
            "Pulled by the kubelet of the node for Deployment/web, with imagePullSecret `regcred` of namespace `shop`, or with the node's own role"
        );
        let task = EcsTask { family: Some("web".to_owned()), launch: Launch::Fargate, ..EcsTask::default() };
        assert!(Puller::EcsTaskExecutionRole(task).sentence().contains("executionRoleArn is missing"));
        let function = Function { function: "f".to_owned(), role: Some("arn:r".to_owned()) };
        assert!(Puller::LambdaService(function).sentence().ends_with("`arn:r` does not pull"));
    }

    #[test]
    fn serde_keeps_everything() {
        for puller in [
            Puller::Client,
            Puller::Kubelet(Pod { object: "Pod/a".to_owned(), ..Pod::default() }),
            Puller::EcsTaskExecutionRole(EcsTask::default()),
            Puller::LambdaService(Function::default()),
            Puller::AppRunner(AppRunnerService::default()),
        ] {
            let json = serde_json::to_string(&puller).unwrap();
            assert_eq!(serde_json::from_str::<Puller>(&json).unwrap(), puller, "{json}");
        }
    }
}
