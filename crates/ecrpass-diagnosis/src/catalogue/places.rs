//! Remedies for programs and services that pull by themselves: how each of them gets a login for ECR that does not end.

use crate::finding::{Ci, Place};

use super::remedy::{Remedy, by_hand, edit, in_ci, look};

/// All of them.
pub const ALL: &[Remedy] =
    &[ECS_ROLE, ECS_RIGHTS, ECS_AGENT, ARGO_CD, FLUX, IMAGE_UPDATER, WATCHTOWER, GITLAB_RUNNER];

/// For tasks of ECS, whose agent logs in. Source: Amazon ECS developer guide, "Amazon ECS task execution IAM role";
/// amazon-ecs-agent, `agent/dockerclient/dockerauth`.
const ECS_ROLE: Remedy = look(
    "nobody logs in for an ECS task: the agent does, with the task's execution role, or on EC2 without one with the instance's role; see which role it has",
    "aws ecs describe-task-definition --task-definition {task} --query taskDefinition.executionRoleArn --output text",
)
.at(Place::EcsAgent);

/// The same: what the role has to be allowed.
const ECS_RIGHTS: Remedy = by_hand(
    "name a role as `executionRoleArn` in the task definition that has the managed policy AmazonECSTaskExecutionRolePolicy, and have its tasks started again",
)
.at(Place::EcsAgent);

/// The same, where there are instances: why the agent got no login.
const ECS_AGENT: Remedy = Remedy {
    looks: true,
    ..by_hand(
        "on EC2, /var/log/ecs/ecs-agent.log on the instance says why the agent had no login: its role, the clock, or the way to the ECR API",
    )
    .at(Place::EcsAgent)
};

/// For Argo CD, which keeps the login in a secret. Source: Argo CD, "Private Repositories"; External Secrets Operator,
/// `ECRAuthorizationToken`.
const ARGO_CD: Remedy = by_hand(
    "have the secret of the repository renewed every few hours by External Secrets' generator `ECRAuthorizationToken` or a CronJob, with a role that may call `ecr:GetAuthorizationToken`",
)
.at(Place::ArgoCd);

/// For Flux, whose controllers log in by themselves. Source: Flux, "Contextual authorization".
const FLUX: Remedy = edit(
    "let the controller log in by itself, with its own role (IRSA, Pod Identity or the node's), in place of a secret",
    "ImageRepository, OCIRepository or HelmRepository",
    "spec: { provider: aws }",
)
.at(Place::Flux);

/// For Argo CD Image Updater. Source: its manual, "Authentication to the registry", `ext:`.
const IMAGE_UPDATER: Remedy = edit(
    "have a script print a fresh login before the old one expires",
    "registries.conf",
    "registries: [{ name: ECR, api_url: 'https://{host}', prefix: '{host}', credentials: 'ext:/scripts/ecr-login.sh', credsexpire: 10h }]",
)
.at(Place::ImageUpdater);

/// For Watchtower, whose image has a place for helpers. Source: Watchtower, "Private registries".
const WATCHTOWER: Remedy = by_hand(
    "mount the helper and a config.json that names it into Watchtower's container: `docker-credential-ecr-login` to a directory of its `PATH`, and `{\"credHelpers\":{\"{host}\":\"ecr-login\"}}` to /config.json",
)
.at(Place::Watchtower);

/// For images of jobs, which the runner pulls. Source: GitLab, "Access an image from a private container registry".
const GITLAB_RUNNER: Remedy = in_ci(
    Ci::Gitlab,
    "the runner pulls the image of a job before the job begins: put the helper on the runner's host, and name it in the CI/CD variable DOCKER_AUTH_CONFIG",
    "{\"credHelpers\":{\"{host}\":\"ecr-login\"}}",
)
.at(Place::GitlabRunner);
