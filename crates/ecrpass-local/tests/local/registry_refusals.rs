//! Every way the private registry says no, word for word.

use ecrpass_core::Secret;
use ecrpass_local::{Authorization, LocalEcr, Policy, Role, TinyImage};

use crate::registry::{push, put_manifest};
use crate::support::{Answer, password, request};

fn refusal(answer: &Answer) -> (u16, String, String) {
    assert_eq!(answer.header("docker-distribution-api-version"), "registry/2.0");
    assert!(answer.header("www-authenticate").is_empty(), "a refusal carries no challenge");
    answer.registry_error()
}

fn error(status: u16, code: &str, message: &str) -> (u16, String, String) {
    (status, code.to_owned(), message.to_owned())
}

const INVALID: &str = "Your Authorization Token is invalid.";

#[test]
fn nobody_is_challenged() {
    let ecr = LocalEcr::start().unwrap();
    for path in ["/v2/", "/v2/app/manifests/latest"] {
        let answer = request("GET", path).send(&ecr);
        assert_eq!((answer.status, answer.text().as_str()), (401, "Not Authorized\n"));
        assert!(answer.header("www-authenticate").ends_with(",service=\"ecr.amazonaws.com\""));
    }
    let bearer = request("GET", "/v2/").header("Authorization", "Bearer abc").send(&ecr);
    assert_eq!(bearer.status, 401);
    assert_eq!(ecr.calls()[2].authorization, Authorization::Bearer);
}

#[test]
fn only_the_whole_token_opens() {
    let ecr = LocalEcr::start().unwrap();
    let password = password(&ecr, ecr.access_key());
    let good = password.expose();
    let ping = |user: &str, password: &str| request("GET", "/v2/").basic(user, password).send(&ecr);
    assert_eq!(ping("AWS", good).status, 200);
    let mut tail = good.to_owned();
    let last = tail.pop().unwrap();
    tail.push(if last == '=' { 'A' } else { '=' });
    for (user, changed) in [
        ("AWS", tail.as_str()),
        ("AWS", &good[..good.len() - 1]),
        ("AWS", &good[1..]),
        ("AWS", &format!("{good}\n")),
        ("AWS", "hunter2"),
        ("aws", good),
        ("123456789012", good),
    ] {
        assert_eq!(refusal(&ping(user, changed)), error(400, "DENIED", INVALID));
    }
    let mangled = request("GET", "/v2/").header("Authorization", "Basic %%%").send(&ecr);
    assert_eq!(refusal(&mangled), error(400, "DENIED", INVALID));
    let seen = format!("{:?}", ecr.calls());
    assert!(!seen.contains(&good[..40]) && !seen.contains("hunter2"), "the log holds a secret");
}

#[test]
fn a_token_is_good_in_its_region_until_it_expires() {
    let ecr = LocalEcr::start().unwrap();
    let ping = |password: &Secret| request("GET", "/v2/").password(password).send(&ecr);
    assert_eq!(ping(&ecr.forge_password("us-east-1", 60)).status, 200);
    let elsewhere = ecr.forge_password("eu-west-1", 60);
    assert_eq!(refusal(&ping(&elsewhere)), error(400, "DENIED", INVALID));
    let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    let there = request("GET", "/v2/").header("Host", host).password(&elsewhere).send(&ecr);
    assert_eq!(there.status, 200);
    let expired = "Your authorization token has expired. Reauthenticate and try again.";
    assert_eq!(refusal(&ping(&ecr.forge_password("us-east-1", -1))), error(403, "DENIED", expired));
    assert_eq!(refusal(&ping(&ecr.forge_public_password(60))), error(400, "DENIED", INVALID));
    let head = request("HEAD", "/v2/").password(&ecr.forge_password("us-east-1", -1)).send(&ecr);
    assert_eq!((head.status, head.body.len()), (403, 0));
}

#[test]
fn a_deleted_key_takes_its_tokens_along() {
    let ecr = LocalEcr::start().unwrap();
    let key = ecr.add_user("123456789012", "leaver", Policy::allow_all());
    let password = password(&ecr, &key);
    assert!(ecr.revoke_key(&key.id));
    assert_eq!(
        refusal(&request("GET", "/v2/").password(&password).send(&ecr)),
        error(403, "DENIED", "The security token included in the request is invalid.")
    );
}

#[test]
fn what_a_policy_leaves_out_is_denied_by_name() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("team/app").unwrap();
    let all = password(&ecr, ecr.access_key());
    let image = TinyImage::new("x");
    push(&ecr, &all, "team/app", "v1", &image);
    let role = ecr.add_role(Role::new("123456789012", "puller").policy(Policy::pull_only()));
    let session = ecr.issue_session(&role, "me", 900).unwrap();
    let password = password(&ecr, &session);
    let pull = request("GET", "/v2/team/app/manifests/v1").password(&password).send(&ecr);
    assert_eq!(pull.status, 200);
    let start = request("POST", "/v2/team/app/blobs/uploads/").password(&password).send(&ecr);
    assert_eq!(
        refusal(&start),
        error(
            403,
            "DENIED",
            "User: arn:aws:sts::123456789012:assumed-role/puller/me is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:123456789012:repository/team/app because no identity-based policy allows the ecr:InitiateLayerUpload action"
        )
    );
    // A missing repository is not told to who may not ask.
    let missing = request("POST", "/v2/missing/blobs/uploads/").password(&password).send(&ecr);
    assert_eq!(refusal(&missing).1, "DENIED");
    assert_eq!(
        ecr.calls().last().unwrap().principal.as_deref(),
        Some("arn:aws:sts::123456789012:assumed-role/puller/me")
    );
}

#[test]
fn another_accounts_repository_must_let_one_in() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("shared").unwrap();
    let guest = ecr.add_user("210987654321", "guest", Policy::allow_all());
    let password = password(&ecr, &guest);
    let host = ecr.registry_host();
    let list = || request("GET", "/v2/shared/tags/list").header("Host", &host).password(&password).send(&ecr);
    // The ping only authenticates: login succeeds.
    assert_eq!(request("GET", "/v2/").header("Host", &host).password(&password).send(&ecr).status, 200);
    let message = refusal(&list()).2;
    assert!(
        message.ends_with("because no resource-based policy allows the ecr:ListImages action"),
        "{message}"
    );
    assert!(ecr.share_repository("123456789012", "us-east-1", "shared", "210987654321").unwrap());
    assert_eq!(list().status, 200);
    assert!(!ecr.share_repository("123456789012", "us-east-1", "missing", "210987654321").unwrap());
}

#[test]
fn what_is_not_there_is_named() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("app").unwrap();
    let password = password(&ecr, ecr.access_key());
    let get = |path: &str| refusal(&request("GET", path).password(&password).send(&ecr));
    let missing = "The repository with name 'nope' does not exist in the registry with id '123456789012'";
    assert_eq!(get("/v2/nope/manifests/v1"), error(404, "NAME_UNKNOWN", missing));
    assert_eq!(get("/v2/app/manifests/v1"), error(404, "MANIFEST_UNKNOWN", "Requested image not found"));
    let digest = format!("sha256:{}", "a".repeat(64));
    assert_eq!(get(&format!("/v2/app/manifests/{digest}")).1, "MANIFEST_UNKNOWN");
    assert_eq!(get(&format!("/v2/app/blobs/{digest}")).1, "BLOB_UNKNOWN");
    assert_eq!(get("/v2/app/blobs/sha256:../../../etc/passwd").1, "BLOB_UNKNOWN");
    assert_eq!(get("/v2/../app/manifests/v1").1, "NAME_INVALID");
    assert_eq!(get("/v2/Team/App/manifests/v1").1, "NAME_INVALID");
    let start = request("POST", "/v2/nope/blobs/uploads/").password(&password).send(&ecr);
    assert_eq!(refusal(&start), error(404, "NAME_UNKNOWN", missing));
    let unsupported = request("DELETE", &format!("/v2/app/blobs/{digest}")).password(&password).send(&ecr);
    assert_eq!(refusal(&unsupported).1, "UNSUPPORTED");
}

#[test]
fn an_immutable_tag_stays() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository_in("123456789012", "us-east-1", "app", true).unwrap();
    let password = password(&ecr, ecr.access_key());
    let first = TinyImage::new("first");
    push(&ecr, &password, "app", "v1", &first);
    // The same image again changes nothing.
    push(&ecr, &password, "app", "v1", &first);
    let second = TinyImage::new("second");
    push(&ecr, &password, "app", "v2", &second);
    assert_eq!(
        refusal(&put_manifest(&ecr, &password, "app", "v1", &second)),
        error(
            400,
            "TAG_INVALID",
            "The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the repository is immutable."
        )
    );
}

#[test]
fn a_push_creates_the_repository_where_that_is_on() {
    let ecr = LocalEcr::builder().create_on_push(true).start().unwrap();
    let password = password(&ecr, ecr.access_key());
    let pull = request("GET", "/v2/fresh/manifests/v1").password(&password).send(&ecr);
    assert_eq!(refusal(&pull).1, "NAME_UNKNOWN");
    push(&ecr, &password, "fresh", "v1", &TinyImage::new("x"));
    let pusher = Policy::allow_all().deny("ecr:CreateRepository", "*");
    let pusher = ecr.add_user("123456789012", "pusher", pusher);
    let password = crate::support::password(&ecr, &pusher);
    let start = request("POST", "/v2/another/blobs/uploads/").password(&password).send(&ecr);
    let message = refusal(&start).2;
    assert!(message.contains("ecr:CreateRepository"), "{message}");
}
