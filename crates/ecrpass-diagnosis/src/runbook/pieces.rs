//! What is done around a cause, by platform and by the nature of the cause. What ends the cause itself is in the catalogue.
//!
//! Sources: Kubernetes documentation, "Images" (the kubelet backs off up to five minutes); ECS developer guide, "Deployment
//! circuit breaker"; Lambda developer guide, "Function states"; App Runner developer guide, "How App Runner works with IAM"
//! and "Viewing App Runner logs"; IAM user guide, "Revoke IAM role temporary security credentials"; CodeBuild API reference,
//! `RetryBuild`.

use super::model::Phase;
use super::nature::Nature;
use super::platform::Platform;
use crate::catalogue::remedy::{Remedy, by_hand, look, run};

/// Something that is done.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// When.
    pub phase: Phase,
    /// On which platform; none for all.
    pub platform: Option<Platform>,
    /// For causes of these natures; empty for all.
    pub natures: &'static [Nature],
    /// What.
    pub remedy: Remedy,
}

const fn on(platform: Platform, phase: Phase, remedy: Remedy) -> Piece {
    Piece { phase, platform: Some(platform), natures: &[], remedy }
}

const fn everywhere(phase: Phase, remedy: Remedy) -> Piece {
    Piece { phase, platform: None, natures: &[], remedy }
}

impl Piece {
    const fn of(mut self, natures: &'static [Nature]) -> Self {
        self.natures = natures;
        self
    }
}

/// Causes that keep images from being pulled, while what runs goes on with the image that it has.
pub const RUNNING: &[Nature] = &[
    Nature::Login,
    Nature::Credentials,
    Nature::Permission,
    Nature::Network,
    Nature::Image,
    Nature::Load,
    Nature::Cluster,
];

/// All pieces, in the order in which they are done.
pub const PIECES: &[Piece] = &[
    // Confirm
    on(Platform::Eks, Phase::Confirm, look("see who pulls for the pod, with what, and what the kubelet said", "kubectl get pod {pod} -n {namespace} -o json | ecrpass explain pod")),
    on(Platform::Ecs, Phase::Confirm, look("see why the tasks stopped; ECS forgets them after an hour", "aws ecs describe-tasks --cluster {cluster} --tasks $(aws ecs list-tasks --cluster {cluster} --service-name {service} --desired-status STOPPED --query taskArns --output text) | ecrpass explain")),
    on(Platform::Lambda, Phase::Confirm, look("see the function's state and its reason", "aws lambda get-function --function-name {function} | ecrpass explain")),
    on(Platform::AppRunner, Phase::Confirm, look("see which services failed, and their ARNs", "aws apprunner list-services --region {region} --query 'ServiceSummaryList[].[ServiceName,Status,ServiceArn]' --output text")),
    on(Platform::AppRunner, Phase::Confirm, look("see what its last deployment said, in the log group /aws/apprunner/NAME/ID/service", "aws logs describe-log-groups --region {region} --log-group-name-prefix /aws/apprunner/{service}/ --query 'logGroups[].logGroupName' --output text | xargs -n1 aws logs tail --region {region} --since 1d | ecrpass explain")),
    on(Platform::Ec2, Phase::Confirm, look("see what the instance said when it started", "aws ec2 get-console-output --instance-id {instance} --latest --output json | ecrpass explain")),
    on(Platform::Ec2, Phase::Confirm, look("or look on the machine itself, as the user who pulls", "ecrpass doctor {host}")),
    on(Platform::Ci, Phase::Confirm, look("see what the job's log says", "ecrpass explain job.log")),
    everywhere(Phase::Confirm, look("see since when it fails, for whom, and which change came just before", "ecrpass trail s3://BUCKET/AWSLogs/{own-account}/CloudTrail/")).of(&[Nature::Permission, Nature::Load]),
    // Whose credentials
    on(Platform::Eks, Phase::Credentials, look("the kubelet pulls, with the node's role, unless the pod or its service account names a pull secret", "kubectl get pod {pod} -n {namespace} -o jsonpath='{.spec.nodeName} {.spec.serviceAccountName} {.spec.imagePullSecrets}'")),
    on(Platform::Eks, Phase::Credentials, look("the role of the nodes", "aws eks list-nodegroups --cluster-name {cluster} --query nodegroups --output text | xargs -n1 aws eks describe-nodegroup --cluster-name {cluster} --query nodegroup.nodeRole --nodegroup-name")),
    on(Platform::Ecs, Phase::Credentials, look("the execution role pulls, not the task role; on EC2 without one, the instance's", "aws ecs describe-task-definition --task-definition {task} --query taskDefinition.executionRoleArn --output text")),
    on(Platform::Lambda, Phase::Credentials, look("the service lambda.amazonaws.com pulls, by the repository's policy; the function's role does not count", "aws ecr get-repository-policy --region {region} --repository-name {repository} --query policyText --output text")),
    on(Platform::AppRunner, Phase::Credentials, look("the access role pulls, not the instance role; it has to trust build.apprunner.amazonaws.com", "aws apprunner describe-service --region {region} --service-arn {service-arn} --query Service.SourceConfiguration.AuthenticationConfiguration.AccessRoleArn --output text")),
    on(Platform::Ec2, Phase::Credentials, look("which AWS credentials win on the machine, and in each tool", "ecrpass whoami")),
    on(Platform::Ec2, Phase::Credentials, look("the instance's profile", "aws ec2 describe-instances --instance-ids {instance} --query 'Reservations[].Instances[].IamInstanceProfile.Arn' --output text")),
    on(Platform::Ci, Phase::Credentials, look("put this before the step that fails: which role the job has, and where it comes from", "ecrpass whoami")),
    // Contain
    on(Platform::Eks, Phase::Contain, run("stop the rollout: pods that run keep their image", "kubectl rollout pause {workload} -n {namespace}")).of(RUNNING),
    on(Platform::Eks, Phase::Contain, by_hand("keep nodes that have the image: stop the autoscaler's scale-down, and drain nothing until pulls work again")).of(RUNNING),
    on(Platform::Ecs, Phase::Contain, run("have failed deployments roll back, so that the tasks that run stay", "aws ecs update-service --cluster {cluster} --service {service} --deployment-configuration 'deploymentCircuitBreaker={enable=true,rollback=true}'")).of(RUNNING),
    on(Platform::Lambda, Phase::Contain, by_hand("point the alias at the last version that is Active: aws lambda update-alias; versions that Lambda has cached go on working")).of(RUNNING),
    on(Platform::AppRunner, Phase::Contain, by_hand("leave the service alone: a deployment that fails leaves the old one running; one whose creation failed has none, and is deleted and created again")).of(RUNNING),
    on(Platform::Ec2, Phase::Contain, by_hand("suspend the Auto Scaling group's Launch and Terminate, so that instances which have the image stay: aws autoscaling suspend-processes")).of(RUNNING),
    on(Platform::Ci, Phase::Contain, by_hand("stop automatic retries and scheduled runs: each asks again, and some log out what others need")).of(RUNNING),
    everywhere(Phase::Contain, by_hand("fewer at once: stagger the rollout, lower max-parallel of jobs, leave kubelets their serializeImagePulls; retries without a pause keep the quota used up")).of(&[Nature::Load]),
    everywhere(Phase::Contain, by_hand("treat the secret as known: delete a key (aws iam delete-access-key); sessions of a role are ended with Revoke active sessions in the IAM console; a registry's token cannot be revoked and ends by itself within 12 hours")).of(&[Nature::Exposure]),
    everywhere(Phase::Contain, look("see what it was used for", "ecrpass trail s3://BUCKET/AWSLogs/{own-account}/CloudTrail/")).of(&[Nature::Exposure]),
    // Recover
    everywhere(Phase::Recover, look("write the smallest policies that a pull takes, to compare with what is there", "ecrpass policy generate pull --repository {host}/{repository}")).of(&[Nature::Permission]),
    everywhere(Phase::Recover, by_hand("take the change back that came just before, if there was one; IAM takes up to two minutes to act on it")).of(&[Nature::Permission]),
    // Re-trigger
    on(Platform::Eks, Phase::Retrigger, run("the kubelet tries again by itself, after up to five minutes; at once with a new pod", "kubectl delete pod {pod} -n {namespace}")),
    on(Platform::Eks, Phase::Retrigger, run("go on with the rollout", "kubectl rollout resume {workload} -n {namespace}")).of(RUNNING),
    on(Platform::Ecs, Phase::Retrigger, run("start tasks again; a service that failed too often waits up to 15 minutes by itself", "aws ecs update-service --cluster {cluster} --service {service} --force-new-deployment")),
    on(Platform::Lambda, Phase::Retrigger, run("have Lambda fetch the image again: it never tries by itself", "aws lambda update-function-code --region {region} --function-name {function} --image-uri {host}/{repository}:{tag}")),
    on(Platform::AppRunner, Phase::Retrigger, run("deploy again; a role that was made just now takes some seconds to be known", "aws apprunner start-deployment --region {region} --service-arn {service-arn}")),
    on(Platform::Ec2, Phase::Retrigger, by_hand("run the unit or script that pulled again (systemctl restart …); what ran once at the first start runs again on a new instance: start an instance refresh, and resume the group's processes")),
    on(Platform::Ci, Phase::Retrigger, by_hand("run the failed jobs again: gh run rerun --failed, GitLab's Retry, aws codebuild retry-build")),
    // Verify
    everywhere(Phase::Verify, look("pull a little, as the one whose credentials count: token, manifest and a byte of a layer", "ecrpass canary --once {host}/{repository}:{tag}")),
    on(Platform::Eks, Phase::Verify, look("wait until the pods run", "kubectl rollout status {workload} -n {namespace} --timeout 10m")),
    on(Platform::Ecs, Phase::Verify, look("wait until the service is steady", "aws ecs wait services-stable --cluster {cluster} --services {service}")),
    on(Platform::Lambda, Phase::Verify, look("wait until the function is updated and Active", "aws lambda wait function-updated-v2 --function-name {function} && aws lambda wait function-active-v2 --function-name {function}")),
    on(Platform::AppRunner, Phase::Verify, look("see that the last operation SUCCEEDED", "aws apprunner list-operations --region {region} --service-arn {service-arn} --query 'OperationSummaryList[0].[Type,Status]' --output text")),
    on(Platform::Ec2, Phase::Verify, look("everything that a pull takes, on the machine", "ecrpass doctor {host}/{repository}:{tag}")),
    on(Platform::Ci, Phase::Verify, look("what else in the pipelines will fail, or leak", "ecrpass ci lint")),
    // Prevent
    everywhere(Phase::Prevent, look("be told within minutes, with the cause: run the canary where the workload runs, with its role", "ecrpass canary --interval 60s --listen 0.0.0.0:9478 {host}/{repository}:{tag}")),
    on(Platform::Eks, Phase::Prevent, look("alarms on pods that wait, nodes that cannot pull, the provider and the canary", "ecrpass alarms generate prometheus --signals canary,pods,kubelet,operator")),
    on(Platform::Eks, Phase::Prevent, run("let the kubelet log in by itself, on every node", "ecrpass kubelet config {host}")).of(&[Nature::Cluster, Nature::Login]),
    on(Platform::Ecs, Phase::Prevent, look("alarms on tasks that stop, services that cannot start them, and refusals", "ecrpass alarms generate cloudformation --signals canary,ecs,cloudtrail")),
    on(Platform::Lambda, Phase::Prevent, look("alarms on refused images; no event tells of a lost one, so let the canary ask for the function's state, too (--function)", "ecrpass alarms generate cloudformation --signals canary,lambda,cloudtrail")),
    on(Platform::AppRunner, Phase::Prevent, look("alarms on refusals, and on what the canary measures with a role of the same rights", "ecrpass alarms generate cloudformation --signals canary,cloudtrail")),
    on(Platform::Ec2, Phase::Prevent, run("let every pull log in by itself, with a token that is never over", "ecrpass setup {host}")).of(&[Nature::Login, Nature::Client, Nature::Credentials]),
    on(Platform::Ec2, Phase::Prevent, look("what else on this machine will fail, or lies open", "ecrpass audit --host")).of(&[Nature::Login, Nature::Client, Nature::Exposure]),
    on(Platform::Ci, Phase::Prevent, look("find such mistakes before they are merged", "ecrpass audit --staged")).of(&[Nature::Login, Nature::Client, Nature::Exposure, Nature::Pipeline, Nature::Image]),
    everywhere(Phase::Prevent, look("alarms on calls against the quotas, and on throttling", "ecrpass alarms generate cloudformation --signals usage,cloudtrail")).of(&[Nature::Load]),
    everywhere(Phase::Prevent, look("see which images the lifecycle policy would expire, and which of them run", "ecrpass repo lifecycle preview {host}/{repository}")).of(&[Nature::Image]),
];
