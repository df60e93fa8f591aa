//! What `explain` says where no signature knows the words: the causes that the kind of failure has, as possible, by what
//! failed and where; and nothing where what failed was no registry.

use ecrpass_core::DiagnosisId as D;
use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::finding::{Confidence, Finding};

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

fn explained(text: &str) -> Vec<Finding> {
    explain("log", &text.replace("HOST", HOST))
}

fn ids(text: &str) -> Vec<String> {
    explained(text).into_iter().map(|finding| finding.id).collect()
}

/// Sentences that no program is known to print.
#[test]
fn a_failure_in_words_of_its_own_gets_the_causes_of_its_kind() {
    for (text, id) in [
        ("[sync] HOST/shop/web refused us: not authenticated", D::NotLoggedIn),
        (
            "[sync] shop/web: server answered (code=ERR, statusCode=401) for https://HOST/v2/shop/web/tags/list",
            D::NotLoggedIn,
        ),
        ("mirror: we do not have permission to read the image HOST/shop/web", D::IamMissingPullAction),
        ("mirror: we do not have permission to upload the image HOST/shop/web", D::IamMissingPushAction),
        ("mirror: no such tag 7 at HOST/shop/web", D::TagNotFound),
        ("mirror: the repository shop/web is nonexistent at HOST", D::RepositoryNotFound),
        ("mirror: login to HOST is no longer valid", D::TokenExpired),
        ("mirror: HOST did not answer, timed out after 30 s", D::NetworkTimeoutRegistry),
        ("mirror: dns lookup of HOST came back empty", D::DnsResolutionFailure),
        ("mirror: HOST presented a certificate that nobody here signed", D::TlsCaUntrusted),
        ("mirror: HOST asks us to slow down", D::Throttled),
        ("mirror: HOST: the image is not compatible with the architecture of this host", D::PlatformMismatch),
        ("mirror: HOST does not take this manifest type", D::ManifestTypeUnsupported),
        ("mirror: tag already exists at HOST/shop/web", D::TagImmutable),
        ("mirror: error pushing HOST/shop/web", D::NotLoggedIn),
        ("SageMaker could not access the image HOST/ml/train:7", D::IamMissingPullAction),
        ("[ 50%] fail: docker push HOST/assets:1 exited with error code 1: EOF", D::RepositoryNotFound),
        ("Lambda cannot access image HOST/fn:7", D::LambdaRepoPolicyMissing),
        ("Fargate cannot access image HOST/web:7", D::EcsExecutionRoleMissing),
        (
            "node-7 kubelet: mirror does not get it: not authenticated for the image HOST/web:7",
            D::KubeletCredentialProviderMissing,
        ),
    ] {
        let found = explained(text);
        assert_eq!(found.first().map(|finding| finding.id.as_str()), Some(id.slug()), "{text}");
        assert_eq!(found[0].confidence, Confidence::Possible, "{text}");
        assert!(!found[0].confirm.is_empty(), "{text}: nothing says how to find out");
    }
}

#[test]
fn what_fails_around_a_registry_is_none_of_its_failures() {
    for text in [
        "Successfully pulled image \"HOST/web:3\"\nReadiness probe failed: HTTP probe failed with statuscode: 404",
        "Container image \"HOST/web:3\" already present\nError: configmap \"web\" not found",
        "Container image \"HOST/web:3\" already present\nMountVolume.SetUp failed for volume \"x\": timed out waiting for the condition",
        "Back-off restarting failed container web in pod web-0, image HOST/web:3",
        "Logging into registry HOST\nnpm ERR! code E404\nnpm ERR! 404 Not Found - GET https://registry.npmjs.org/@a/b",
        "Logging into registry HOST\nremote: Repository not found.",
        "Logging into registry HOST\nfatal: could not read Username for 'https://github.com': terminal prompts disabled",
        "pushed HOST/web:3\nERROR: failed to compute cache key: \"/dist\" not found",
        "Unable to find image 'HOST/web:3' locally\n3: Pulling from web\nStatus: Downloaded newer image for HOST/web:3",
        "level=info msg=\"image HOST/web:3 not found in the cache, pulling\"\nlevel=info msg=\"pulled\"",
        "docker pull HOST/web:3\nfailed to register layer: write /usr/bin/x: no space left on device",
        "image HOST/web:3 runs\npq: password authentication failed for user \"web\"",
        "Failed to pull `images.example.com/web:1`: unauthorized: authentication required",
        "HOST/web:3 started\nError pulling `images.example.com/web:1`: not authenticated",
    ] {
        assert_eq!(ids(text), [""; 0], "{text}");
    }
}

#[test]
fn what_speaks_for_itself_is_not_mixed_with_what_is_known_in_general() {
    let text = "mirror: error pushing HOST/web\ndenied: Your authorization token has expired. Reauthenticate and try again. HOST/web";
    assert_eq!(ids(text), ["token-expired"]);
    let text =
        "mirror: no such tag 7 at HOST/web\nGet https://HOST/v2/web/manifests/7: no basic auth credentials";
    assert!(!ids(text).contains(&"tag-not-found".to_owned()), "{:?}", ids(text));
}

#[test]
fn names_of_repositories_are_no_words_of_a_message() {
    let text = |name: &str| format!("The push refers to repository [HOST/{name}]\nno basic auth credentials");
    let plain = ids(&text("web"));
    for name in ["spring-boot-gradle", "tools/kaniko", "expired-throttled", "team/login-failed-denied"] {
        assert_eq!(ids(&text(name)), plain, "{name}");
    }
}

#[test]
fn a_missing_password_is_certain_only_where_nothing_else_was_said() {
    let tty = "Error: Cannot perform an interactive login from a non TTY device";
    let login = "aws ecr get-login-password | docker login --username AWS --password-stdin HOST";
    let alone = explained(&format!("$ {login}\n{tty}"));
    assert_eq!((alone[0].id.as_str(), alone[0].confidence), ("non-tty-login", Confidence::Certain));
    let after = explained(&format!("$ {login}\n\nthe flux capacitor is empty\n{tty}"));
    assert_eq!((after[0].id.as_str(), after[0].confidence), ("non-tty-login", Confidence::Likely));
    let caused = explained(&format!(
        "$ {login}\nUnable to locate credentials. You can configure credentials by running \"aws configure\".\n{tty}"
    ));
    assert_eq!(caused[0].id, "no-aws-credentials");
    assert!(caused[0].consequences.iter().any(|text| text.contains("[non-tty-login]")));
    assert!(caused.iter().all(|finding| finding.id != "non-tty-login"));
}
