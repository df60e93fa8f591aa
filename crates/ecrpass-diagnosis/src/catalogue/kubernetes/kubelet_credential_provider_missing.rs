//! The node has no working credential provider for ECR: what it looks like, and what fixes it. The page for users is `kubelet_credential_provider_missing.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common::PROVIDERS_OF_OTHER_CLOUDS;
use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{Own, by_hand, confirm, look, own, run};
use crate::finding::Severity;

/// What a plugin's failure has in its line that is another cloud's, or another cause.
const ANOTHER_PLUGIN: [&str; 7] = [
    "context deadline exceeded",
    "timeout",
    "accessdenied",
    "not authorized",
    "acr-credential",
    "gcr-credential",
    "auth-provider-gcp",
];

/// What is near when the plugin ran, and says itself why it got nothing.
const PLUGIN_SAYS_WHY: [&str; 4] = [
    "ec2imds",
    "ec2 imds",
    "is not authorized to perform: ecr",
    "operation error ecr: getauthorizationtoken",
];

/// What is near when something else than a pod's own image was pulled, or with something else.
const ANOTHER_PULL: [&str; 5] =
    ["pause:", "imagepullsecret", "gitlab-runner", "with policy", "with specified policies"];

/// What the API server says to a node that asks for a token which it may not have.
const NO_TOKEN: &[&str] = &["not found in pod spec volume"];

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::KubeletCredentialProviderMissing,
    page: Page::new(include_str!("kubelet_credential_provider_missing.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["kuberuntime", "pull image \"", "failedcreatepodsandbox"])
            .unless_near(&ANOTHER_PULL)
            .weight(85),
        says(&["@answered-401", "failed to pull image"]).unless_near(&ANOTHER_PULL).about_ecr().weight(66),
        says(&["error execing credential provider plugin ecr-credential-provider", "no ec2 imds role found"])
            .without(&["timeout", "deadline exceeded"])
            .weight(97),
        says(&[
            "error execing credential provider plugin ecr-credential-provider",
            "failed to refresh cached credentials",
        ])
        .without(&["timeout", "deadline exceeded"])
        .weight(97),
        says(&["credential from external registry credential provider"])
            .without(&ANOTHER_PLUGIN)
            .unless_near(&PLUGIN_SAYS_WHY)
            .not_another()
            .weight(94),
        says(&["error execing credential provider plugin"])
            .without(&ANOTHER_PLUGIN)
            .unless_near(&PLUGIN_SAYS_WHY)
            .not_another()
            .weight(95),
        says(&["nocredentialproviders"]).near(&["aws_credentials.go", "kubelet"]).not_another().weight(96),
        says(&["plugin binary directory"]).near(&["credential"]).weight(93),
        says(&["image-credential-provider-bin-dir"])
            .near(&["no such file", "not exist", "fail", "error"])
            .unless_near(&PROVIDERS_OF_OTHER_CLOUDS)
            .weight(94),
        says(&["failed to register credential provider plugins"])
            .unless_near(&PROVIDERS_OF_OTHER_CLOUDS)
            .weight(95),
        says(&["credential provider", "plugin", "does not exist"]).weight(92),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&[
                "kubelet",
                "failed to pull image \"",
                "errimagepull",
                "imagepullbackoff",
                "failed to pull and unpack image",
            ])
            .unless_near(&ANOTHER_PULL)
            .weight(86),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["failed to get sandbox image", "pause:"])
            .weight(74),
        says(&["unauthorized: authentication required"])
            .near(&["kubelet", "errimagepull", "imagepullbackoff"])
            .about_ecr()
            .weight(78),
        says(&["401 unauthorized"])
            .near(&["kubelet", "errimagepull", "imagepullbackoff", "failed to pull image"])
            .about_ecr()
            .weight(78),
        says(&["credential from external registry credential provider", "context deadline exceeded"])
            .weight(60),
        says(&["credentialproviderrequest", "error parsing the serverurl"]).weight(98),
        says(&["credentialproviderrequest", "invalid port"]).weight(98),
        says(&["ecr-credential-provider", "no such file or directory"]).weight(96),
        says(&["ecr-credential-provider", "executable file not found"]).weight(96),
        says(&["ecr-credential-provider", "permission denied"]).weight(95),
        says(&["ecr-credential-provider", "exec format error"]).weight(96),
        says(&["ecr-credential-provider", "not found"]).weight(93),
        says(&["plugin binary executable", "did not exist"]).weight(96),
        says(&["failed to register credential provider"]).weight(93),
        says(&["failed to get sandbox image"])
            .near(&["authorization failed", "no basic auth"])
            .about_ecr()
            .weight(72),
        says(&["image-credential-provider"]).near(&["failed", "error"]).about_ecr().weight(80),
        says(&["imagepullbackoff"]).about_ecr().weight(46),
        // The API server gives the node no token of the service account. Source: Kubernetes
        // `plugin/pkg/admission/noderestriction/admission.go`.
        says(&["audience", "not found in pod spec volume"]).weight(98),
    ],
    remedies: &[
        own("print the kubelet's configuration for this registry", Own::SetupKubelet).unless_said(NO_TOKEN),
        by_hand("attach the managed policy AmazonEC2ContainerRegistryPullOnly to the node's role")
            .private()
            .unless_said(NO_TOKEN),
        run(
            "where nodes may not ask for tokens of service accounts, allow it",
            "ecrpass kubelet config --service-account-tokens --print rbac | kubectl apply -f -",
        )
        .if_said(NO_TOKEN),
        look("read the messages of the plugin", "journalctl -u kubelet | grep -i credential"),
    ],
    confirm: &[confirm("journalctl -u kubelet | grep -i credential")],
    check: None,
};
