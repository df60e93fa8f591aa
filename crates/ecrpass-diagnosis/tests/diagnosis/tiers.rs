//! How sure `explain` is: certain where the text excludes other causes, ranked possibilities where a text fits and
//! nothing else is named, and silence where another registry or service is.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::engine::explain::{Explainer, explain};
use ecrpass_diagnosis::finding::{Confidence, Finding};

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

fn first(text: &str) -> Option<(DiagnosisId, Confidence)> {
    let found = explain("log", &text.replace("HOST", HOST));
    found.first().map(|finding| (DiagnosisId::parse(&finding.id).unwrap(), finding.confidence))
}

fn told(text: &str) -> Vec<String> {
    let found = explain("log", &text.replace("HOST", HOST));
    let others = found.iter().flat_map(|finding| finding.alternatives.clone());
    found.iter().map(|finding| finding.id.clone()).chain(others).collect()
}

fn commands(found: &[Finding]) -> Vec<String> {
    let fixes = found.iter().flat_map(|finding| &finding.fixes);
    fixes.filter_map(ecrpass_diagnosis::finding::Fix::command).collect()
}

/// Kinds of texts that were once answered wrongly, or not at all, in words of their own.
#[test]
fn what_stands_around_decides() {
    use DiagnosisId as D;
    for (text, id) in [
        // A terminal cut the lines at its width, in the middle of the host and of the reason.
        (
            "Error response from daemon: pull access denied for 123456789012.dkr.ecr.eu-west-\n1.amazonaws.com/shop/cart, repository does not exist or may require 'docker logi\nn': denied: User: arn:aws:iam::123456789012:user/ada is not authorized to perfor\nm: ecr:BatchGetImage on resource: arn:aws:ecr:eu-west-1:123456789012:repository/\nshop/cart because no identity-based policy allows the ecr:BatchGetImage action",
            D::IamMissingPullAction,
        ),
        // The same in a string of JSON.
        (
            "{\"log\":\"name unknown: The repository with name 'shop/a-long-name-of-a-repository-of-' do\\nes not exist in the registry with id '123456789012'\\n\"}",
            D::RepositoryNotFound,
        ),
        // Half a day lies between the login and the refusal; or minutes.
        (
            "06:10:00 Login Succeeded\n18:40:00 docker push HOST/a\n18:40:03 denied: Your authorization token has expired. Reauthenticate and try again.",
            D::TokenExpired,
        ),
        (
            "06:10:00 Login Succeeded\n06:11:03 HOST/a denied: Your authorization token has expired. Reauthenticate and try again.",
            D::StaleAuthEntry,
        ),
        // No pod pulls for a runner of GitLab's.
        (
            "WARNING: Failed to pull image with policy \"always\": HOST/ci: denied: Your authorization token has expired. Reauthenticate and try again.",
            D::TokenExpired,
        ),
        // The login came after what failed for want of one; the login was for another account.
        ("Get https://HOST/v2/a/manifests/1: no basic auth credentials\nLogin Succeeded", D::NotLoggedIn),
        (
            "Authenticating 999999999999.dkr.ecr.us-east-1.amazonaws.com: Login Succeeded\ndocker pull HOST/a\nunauthorized: authentication required",
            D::WrongRegistryAccount,
        ),
        (
            "PS E:\\> $p | docker login --username AWS --password-stdin HOST\nError response from daemon: login attempt to https://HOST/v2/ failed with status: 400 Bad Request",
            D::LoginPasswordCorrupted,
        ),
        // AWS says why the node's provider fails.
        (
            "Failed getting credential from external registry credential provider: error execing credential provider plugin ecr-credential-provider for image HOST/a: exit status 1\nUser: arn:aws:sts::123456789012:assumed-role/node/i-1 is not authorized to perform: ecr:GetAuthorizationToken on resource: *",
            D::IamMissingGetAuthorizationToken,
        ),
        (
            "unable to resolve endpoint for service \"api.ecr\", region \"\", err: UnknownEndpointError",
            D::RegionNotSet,
        ),
        ("Head \"https://HOST/v2/a/blobs/sha256:00\": Bad Gateway", D::AwsServiceTransient),
        (
            "java.io.IOException: Cannot run program \"docker-credential-ecr-login.exe\": CreateProcess error=2",
            D::HelperNotOnPath,
        ),
        // A host alone in a field is no image without a repository; nor is a name made of an image's parts a host.
        (
            "error=\"pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials\" host=HOST",
            D::NotLoggedIn,
        ),
        (
            "{\"name\": \"HOST-web-1.2\", \"error\": \"GET https://HOST/v2/web/manifests/1.2: unexpected status code 401 Unauthorized: Not Authorized\"}",
            D::NotLoggedIn,
        ),
        // Terraform's provider is used for ECR here.
        (
            "Error: configuring Terraform AWS Provider: refresh cached SSO token failed\n  with data.aws_ecr_authorization_token.it,",
            D::SsoSessionExpired,
        ),
    ] {
        assert_eq!(first(text).map(|(id, _)| id), Some(id), "{text}: {:?}", told(text));
    }
    for other in [
        "Error: configuring Terraform AWS Provider: no valid credential sources found: NoCredentialProviders: no valid providers in chain",
        "Error: error configuring S3 Backend: no valid credential sources\nNoCredentialProviders: no valid providers in chain",
        "An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:iam::123456789012:user/ada is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/admin\nerror: You must be logged in to the server (Unauthorized)",
        "Error uploading manifest 1.2 to images.example.com/a/b: unauthorized: authentication required",
        "Logging into registry HOST\n#3 [internal] load metadata for docker.io/acme/base:2\nERROR: docker.io/acme/base:2: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
    ] {
        assert_eq!(told(other), [""; 0], "{other}");
    }
}

#[test]
fn a_text_that_fits_is_answered_where_no_registry_is_named() {
    use DiagnosisId as D;
    for (text, id) in [
        ("unknown flag: --no-include-email\nSee 'docker login --help'.", D::DeprecatedGetLogin),
        ("ResourceInitializationError: unable to pull secrets or registry auth", D::EcsExecutionRoleMissing),
        ("[ERROR] Failed to execute goal: unauthorized: authentication required", D::ClientIgnoresCredHelper),
        (
            "Run aws-actions/amazon-ecr-login@v2\nError: connect ETIMEDOUT 52.94.1.2:443",
            D::NetworkTimeoutEcrApi,
        ),
        (
            "error getting credentials - err: exit status 1, out: `Cannot autolaunch D-Bus without X11 $DISPLAY`",
            D::LinuxKeyringUnavailable,
        ),
        ("credential helper: User interaction is not allowed.", D::KeychainLocked),
        ("{\"message\":\"Missing Authentication Token\"}", D::NoAwsCredentials),
        ("Please login prior to push:\nUsername: EOF", D::NotLoggedIn),
        // What was pulled before says nothing of a registry that a CI system masks.
        (
            "#1 [internal] load metadata for docker.io/library/node:20\n#1 DONE 0.3s\nThe push refers to repository [***/web]\nno basic auth credentials",
            D::NotLoggedIn,
        ),
        ("Error: Bad parameters and missing X-Registry-Auth: EOF", D::NotLoggedIn),
        (
            "The push refers to repository [***/web]\ndenied: requested access to the resource is denied",
            D::ImageNotTaggedWithRegistry,
        ),
    ] {
        let (found, confidence) = first(text).unwrap_or_else(|| panic!("{text}: nothing"));
        assert_eq!(found, id, "{text}");
        // These say what they say whatever the registry.
        let says_it_all =
            [D::DeprecatedGetLogin, D::LinuxKeyringUnavailable, D::KeychainLocked].contains(&id);
        assert_eq!(confidence == Confidence::Certain, says_it_all, "{text}");
    }
}

#[test]
fn what_names_another_registry_or_service_is_not_answered() {
    for text in [
        "docker push docker.io/me/web\nunauthorized: authentication required",
        "The push refers to repository [ghcr.io/me/web]\ndenied: requested access to the resource is denied",
        "Run docker/login-action@v3 registry: quay.io\nError: connect ETIMEDOUT 52.94.1.2:443",
        "operation error EC2: DescribeInstances, api error ExpiredTokenException: The security token included in the request is expired",
        "com.amazonaws.services.sqs.model.AmazonSQSException: The security token included in the request is invalid (Service: AmazonSQS; Status Code: 403)",
        "User: arn:aws:iam::123456789012:user/a is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/c",
        "error starting AWS Fargate Task: ExpiredTokenException: The security token included in the request is expired",
        "docker push registry.gitlab.com/a/b\nerror parsing HTTP 403 response body: unexpected end of JSON input: \"\"",
        "$ podman login registry.example.com\nError: logging into \"registry.example.com\": invalid username/password",
        "$ docker login images.example.com -u ada\nError saving credentials: error storing credentials - err: exec: \"docker-credential-desktop\": executable file not found in $PATH",
        "Step 1/3 : FROM images.example.com/base/jdk:21\nno basic auth credentials",
        "  image: images.example.com/web:3\n  Warning  Failed  kubelet  Unable to retrieve some image pull secrets (reg); attempting to pull the image may not succeed.",
        "pip: SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed')): https://pypi.org/simple/x",
    ] {
        assert_eq!(told(text), [""; 0], "{text}");
    }
}

/// AWS says the same to whoever asks, and so does the network: what was asked is what stands near.
#[test]
fn what_anybody_is_answered_counts_by_what_was_asked() {
    use DiagnosisId as D;
    for (message, id) in [
        ("Error when retrieving token from sso: Token has expired and refresh failed", D::SsoSessionExpired),
        ("ExpiredToken: The security token included in the request is expired", D::ExpiredSessionToken),
        ("InvalidClientTokenId: The security token included in the request is invalid", D::InvalidAccessKey),
        ("The difference between the request time and the current time is too large.", D::ClockSkew),
        (
            "AccessDenied: User: arn:aws:iam::111122223333:user/ci is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/ci",
            D::AssumeRoleDenied,
        ),
        (
            "Unable to locate credentials. You can configure credentials by running \"aws configure\".",
            D::NoAwsCredentials,
        ),
        ("The config profile (dev) could not be found", D::AwsProfileInvalid),
        ("You must specify a region.", D::RegionNotSet),
        ("proxyconnect tcp: dial tcp 10.1.1.1:3128: connect: connection refused", D::ProxyMisconfigured),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self signed certificate",
            D::TlsCaUntrusted,
        ),
    ] {
        for before in [
            "$ aws ecr get-login-password",
            "docker push HOST/web",
            // No registry is named, but nothing else than registries is asked like that.
            "+ docker push $REPOSITORY",
            "An error occurred when calling the GetAuthorizationToken operation:",
        ] {
            let text = format!("{before}\n{message}");
            assert_eq!(first(&text), Some((id, Confidence::Certain)), "{text}");
        }
        assert_eq!(first(message), Some((id, Confidence::Possible)), "{message}");
        for before in [
            "$ terraform plan",
            "$ kubectl get pods",
            "$ aws s3 ls",
            "+ aws --profile dev dynamodb list-tables",
            "Run npx cdk deploy --all",
            "    at com.amazonaws.services.kinesis.AmazonKinesisClient.doInvoke(AmazonKinesisClient.java:2809)",
            "external-dns: failed to list hosted zones",
            "docker pull HOST/web\nStatus: Downloaded newer image\n$ kubectl apply -f web.yaml",
        ] {
            let text = format!("{before}\n{message}");
            assert_eq!(told(&text), [""; 0], "{text}");
        }
        // The tool asks for ECR, and its message says so below.
        let text = format!(
            "Error: configuring Terraform AWS Provider: {message}\n  with data.aws_ecr_authorization_token.it,"
        );
        assert_eq!(first(&text), Some((id, Confidence::Certain)), "{text}");
    }
}

/// The same sentence has several causes where nothing tells which: none is certain then.
#[test]
fn what_several_causes_print_is_certain_of_none() {
    for text in [
        "Run aws-actions/configure-aws-credentials@v4\nError: Credentials could not be loaded, please check your action inputs: Could not load credentials from any providers\nRun aws-actions/amazon-ecr-login@v2",
        "AWS_SESSION_TOKEN=***\naws ecr get-login-password\nAn error occurred (UnrecognizedClientException) when calling the GetAuthorizationToken operation: The security token included in the request is invalid.",
        "failed to copy: httpReadSeeker: failed open: unexpected status code https://HOST/v2/web/blobs/sha256:0f3: 403 Forbidden",
    ] {
        let found = explain("log", &text.replace("HOST", HOST));
        assert!(found.len() > 1, "{text}: {:?}", told(text));
        assert!(
            found.iter().all(|finding| finding.confidence != Confidence::Certain),
            "{text}: {:?}",
            told(text)
        );
    }
}

#[test]
fn certain_is_only_what_no_other_cause_prints() {
    use DiagnosisId as D;
    let push = "docker push HOST/web:1\nThe push refers to repository [HOST/web]\n";
    for (text, id, others) in [
        // The body is IAM's on a push; a pull may have met S3.
        (format!("{push}error parsing HTTP 403 response body: unexpected end of JSON input: \"\""), D::IamMissingPushAction, vec![]),
        (
            "docker pull HOST/web:1\nerror parsing HTTP 403 response body: unexpected end of JSON input: \"\"".to_owned(),
            D::IamMissingPullAction,
            vec![D::S3LayerAccessBlocked],
        ),
        // An immutable tag, or a manifest that is not taken.
        (
            "ERROR: failed to push HOST/web:1: unexpected status from PUT request to https://HOST/v2/web/manifests/1: 400 Bad Request".to_owned(),
            D::ManifestTypeUnsupported,
            vec![D::TagImmutable],
        ),
        // containerd says it of both.
        (
            "failed to resolve reference \"HOST/web:1\": HOST/web:1: not found".to_owned(),
            D::TagNotFound,
            vec![D::RepositoryNotFound],
        ),
        (
            "manifest for HOST/docker-hub/library/nginx:1 not found: manifest unknown: Requested image not found".to_owned(),
            D::PullThroughCacheError,
            vec![D::TagNotFound],
        ),
        (
            "Get \"https://HOST/v2/\": net/http: TLS handshake timeout".to_owned(),
            D::NetworkTimeoutRegistry,
            vec![D::ProxyMisconfigured],
        ),
        (
            "Head \"https://HOST/v2/web/manifests/1\": denied: Your Authorization Token is invalid.".to_owned(),
            D::WrongRegistryRegion,
            vec![D::LoginPasswordCorrupted],
        ),
    ] {
        let (found, confidence) = first(&text).unwrap_or_else(|| panic!("{text}: nothing"));
        assert_eq!((found, confidence), (id, Confidence::Likely), "{text}");
        for other in others {
            assert!(told(&text).contains(&other.slug().to_owned()), "{text}: {:?}", told(&text));
        }
    }
}

#[test]
fn one_line_has_one_certain_cause() {
    let denied = |action: &str, why: &str| {
        format!(
            "denied: User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: ecr:{action} on resource: arn:aws:ecr:us-east-1:123456789012:repository/web because no {why} allows the ecr:{action} action"
        )
    };
    for action in ["BatchGetImage", "InitiateLayerUpload", "GetAuthorizationToken", "DescribeImages"] {
        for why in ["VPC endpoint policy", "service control policy", "permissions boundary", "session policy"]
        {
            let text = denied(action, why);
            let found = explain("log", &text);
            let ids: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
            assert_eq!(ids, ["explicit-deny-policy"], "{text}");
        }
    }
    let text = "An error occurred (InvalidSignatureException) when calling the GetAuthorizationToken operation: Signature expired: 20240101T000000Z is now earlier than 20240101T080000Z (20240101T081500Z - 15 min.)";
    let found = explain("log", text);
    assert_eq!(found.len(), 1);
    assert!(found[0].explanation.contains("8 h 15 min behind"), "{}", found[0].explanation);
}

#[test]
fn a_time_out_is_of_what_the_line_names() {
    for text in [
        "docker pull HOST/web:1\nGet \"http://169.254.169.254/latest/meta-data/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        "docker pull HOST/web:1\ndial tcp prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com:443: i/o timeout",
    ] {
        assert!(
            !told(text).contains(&DiagnosisId::NetworkTimeoutRegistry.slug().to_owned()),
            "{text}: {:?}",
            told(text)
        );
    }
}

#[test]
fn ecr_public_gets_no_commands_of_private_registries() {
    for text in [
        "docker push public.ecr.aws/a1b2/web:1\ndenied: Your authorization token has expired. Reauthenticate and try again.",
        "docker push public.ecr.aws/a1b2/web:1\nno basic auth credentials",
        "docker push public.ecr.aws/a1b2/web:1\nname unknown: The repository with name 'web' does not exist in the registry with id 'a1b2'",
        "aws ecr get-login-password --region us-east-1 | docker login -u AWS --password-stdin public.ecr.aws\nError response from daemon: login attempt to https://public.ecr.aws/v2/ failed with status: 400 Bad Request",
        "docker pull public.ecr.aws/a1b2/web:1\ntoomanyrequests: Rate exceeded",
        "Head \"https://public.ecr.aws/v2/a1b2/web/manifests/1\": 403 Forbidden",
        "An error occurred (AccessDeniedException) when calling the CreateRepository operation: User: arn:aws:iam::123456789012:user/a is not authorized to perform: ecr-public:CreateRepository on resource: arn:aws:ecr-public::123456789012:repository/web",
    ] {
        let found = explain("log", text);
        assert!(!found.is_empty(), "{text}");
        for command in commands(&found) {
            assert!(
                !command.contains("aws ecr ") && !command.contains("dkr.ecr") && !command.contains("\"ecr:"),
                "{text}: {command}"
            );
        }
    }
}

#[test]
fn a_pull_by_a_service_gets_no_commands_of_a_laptop() {
    for (before, place) in [
        ("argocd-image-updater: time=\"x\" level=error", "argocd-image-updater"),
        ("{\"controller\":\"imagerepository\",\"controllerKind\":\"ImageRepository\"}", "flux"),
        ("watchtower  | time=\"x\" level=info", "watchtower"),
    ] {
        let text = format!(
            "{before}\nGET https://{HOST}/v2/web/tags/list: DENIED: Your authorization token has expired. Reauthenticate and try again."
        );
        let found = explain("log", &text);
        assert_eq!(found[0].details.as_ref().unwrap().place.as_deref(), Some(place), "{before}");
        assert!(found[0].fixes.iter().any(|fix| !fix.summary.is_empty()));
        for command in commands(&found) {
            assert!(
                !command.contains("docker login") && !command.starts_with("ecrpass setup"),
                "{before}: {command}"
            );
        }
    }
}

#[test]
fn what_stands_before_a_log_is_no_failure() {
    let mut explainer = Explainer::default();
    explainer.context(&format!("$ sh -c 'echo no basic auth credentials for {HOST}/web'"));
    explainer.feed(b"hello\n");
    assert_eq!(explainer.finish("sh"), []);
    let mut explainer = Explainer::default();
    explainer.context(&format!("$ docker pull {HOST}/web"));
    explainer.feed(b"no basic auth credentials\n");
    let found = explainer.finish("docker");
    assert_eq!(found[0].evidence[0].line, Some(1));
    assert_eq!(found[0].details.as_ref().unwrap().host.as_deref(), Some(HOST));
}

#[test]
fn no_command_is_told_twice_and_the_profile_is_kept() {
    let text = format!(
        "$ aws ecr get-login-password --region us-east-1 --profile build | docker login --username AWS --password-stdin {HOST}\ndocker push {HOST}/web\ndenied: Your authorization token has expired. Reauthenticate and try again."
    );
    let found = explain("log", &text);
    for finding in &found {
        let commands = commands(std::slice::from_ref(finding));
        let once: std::collections::BTreeSet<&String> = commands.iter().collect();
        assert_eq!(commands.len(), once.len(), "{commands:?}");
    }
    let printed = commands(&found);
    assert!(printed.iter().any(|command| command.contains("--profile build")), "{printed:?}");
}
