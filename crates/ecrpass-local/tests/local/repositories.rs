//! ECR's API over what repositories and registries are set to.

use ecrpass_local::{AccessKey, LocalEcr, Policy};
use serde_json::{Value, json};

use crate::support::{Answer, ECR, PUBLIC, Signer};

const ARN: &str = "arn:aws:ecr:us-east-1:123456789012:repository/app";

fn call_as(ecr: &LocalEcr, key: &AccessKey, operation: &str, body: &Value) -> Answer {
    Signer::new(ecr, key, "ecr").json(&format!("{ECR}{operation}"), &body.to_string()).send(ecr)
}

fn ok(ecr: &LocalEcr, operation: &str, body: Value) -> Value {
    let answer = call_as(ecr, ecr.access_key(), operation, &body);
    assert_eq!(answer.status, 200, "{operation}: {}", answer.text());
    answer.json()
}

fn code(ecr: &LocalEcr, operation: &str, body: Value) -> String {
    call_as(ecr, ecr.access_key(), operation, &body).json_error().1
}

#[test]
fn a_repository_keeps_what_it_was_created_with() {
    let ecr = LocalEcr::start().unwrap();
    let created = ok(
        &ecr,
        "CreateRepository",
        json!({
            "repositoryName": "app",
            "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "dev-*"}],
            "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": "1234"},
            "imageScanningConfiguration": {"scanOnPush": true},
            "tags": [{"Key": "team", "Value": "web"}],
        }),
    )["repository"]
        .clone();
    let found =
        ok(&ecr, "DescribeRepositories", json!({"repositoryNames": ["app"]}))["repositories"][0].clone();
    assert_eq!(found, created);
    assert_eq!(found["imageTagMutability"], "IMMUTABLE_WITH_EXCLUSION");
    assert_eq!(found["imageTagMutabilityExclusionFilters"][0]["filter"], "dev-*");
    assert_eq!(found["encryptionConfiguration"]["kmsKey"], "arn:aws:kms:us-east-1:123456789012:key/1234");
    assert_eq!(found["imageScanningConfiguration"]["scanOnPush"], true);
    let tags = |ecr: &LocalEcr| ok(ecr, "ListTagsForResource", json!({"resourceArn": ARN}))["tags"].clone();
    assert_eq!(tags(&ecr), json!([{"Key": "team", "Value": "web"}]));
    ok(&ecr, "TagResource", json!({"resourceArn": ARN, "tags": [{"Key": "a", "Value": "b"}]}));
    ok(&ecr, "UntagResource", json!({"resourceArn": ARN, "tagKeys": ["team"]}));
    assert_eq!(tags(&ecr), json!([{"Key": "a", "Value": "b"}]));
    let changed =
        ok(&ecr, "PutImageTagMutability", json!({"repositoryName": "app", "imageTagMutability": "MUTABLE"}));
    assert_eq!(changed["imageTagMutability"], "MUTABLE");
    assert_eq!(changed.get("imageTagMutabilityExclusionFilters"), None);
    let half = json!({"repositoryName": "app", "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"});
    assert_eq!(code(&ecr, "PutImageTagMutability", half), "InvalidParameterException");
    let again = json!({"repositoryName": "app"});
    assert_eq!(code(&ecr, "CreateRepository", again.clone()), "RepositoryAlreadyExistsException");
    ok(&ecr, "DeleteRepository", again.clone());
    assert_eq!(code(&ecr, "DeleteRepository", again), "RepositoryNotFoundException");
}

#[test]
fn a_lifecycle_policy_is_kept_and_a_wrong_one_refused() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("app").unwrap();
    let named = || json!({"repositoryName": "app"});
    assert_eq!(code(&ecr, "GetLifecyclePolicy", named()), "LifecyclePolicyNotFoundException");
    let text = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":3},"action":{"type":"expire"}}]}"#;
    let put = |text: &str| json!({"repositoryName": "app", "lifecyclePolicyText": text});
    ok(&ecr, "PutLifecyclePolicy", put(text));
    assert_eq!(ok(&ecr, "GetLifecyclePolicy", named())["lifecyclePolicyText"], text);
    let wrong = put(&text.replace("expire", "explode"));
    assert_eq!(code(&ecr, "PutLifecyclePolicy", wrong), "InvalidParameterException");
    ok(&ecr, "DeleteLifecyclePolicy", named());
    assert_eq!(code(&ecr, "DeleteLifecyclePolicy", named()), "LifecyclePolicyNotFoundException");
}

#[test]
fn a_registry_keeps_its_settings_per_account_and_region() {
    let ecr = LocalEcr::start().unwrap();
    assert_eq!(code(&ecr, "GetRegistryPolicy", json!({})), "RegistryPolicyNotFoundException");
    let rules = json!([{
        "destinations": [{"region": "eu-west-1", "registryId": "123456789012"}],
        "repositoryFilters": [{"filter": "team/", "filterType": "PREFIX_MATCH"}],
    }]);
    ok(&ecr, "PutReplicationConfiguration", json!({"replicationConfiguration": {"rules": rules}}));
    assert_eq!(ok(&ecr, "DescribeRegistry", json!({}))["replicationConfiguration"]["rules"], rules);
    let elsewhere = Signer::new(&ecr, ecr.access_key(), "ecr").region("eu-west-1");
    let there = elsewhere.json(&format!("{ECR}DescribeRegistry"), "{}").send(&ecr).json();
    assert_eq!(there["replicationConfiguration"]["rules"], json!([]));
    let scan = json!([{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]);
    ok(&ecr, "PutRegistryScanningConfiguration", json!({"scanType": "BASIC", "rules": scan}));
    let shown = ok(&ecr, "GetRegistryScanningConfiguration", json!({}))["scanningConfiguration"].clone();
    assert_eq!((&shown["scanType"], &shown["rules"]), (&json!("BASIC"), &scan));
    let continuous = json!({"scanType": "BASIC", "rules": [{"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": []}]});
    assert_eq!(code(&ecr, "PutRegistryScanningConfiguration", continuous), "InvalidParameterException");
    assert_eq!(ok(&ecr, "GetAccountSetting", json!({"name": "REGISTRY_POLICY_SCOPE"}))["value"], "V2");
}

#[test]
fn caches_and_templates_are_made_changed_and_listed_by_page() {
    let ecr = LocalEcr::start().unwrap();
    for prefix in ["hub", "quay", "k8s"] {
        let rule = json!({"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": "quay.io", "upstreamRegistry": "quay"});
        ok(&ecr, "CreatePullThroughCacheRule", rule.clone());
        assert_eq!(
            code(&ecr, "CreatePullThroughCacheRule", rule),
            "PullThroughCacheRuleAlreadyExistsException"
        );
        let template = json!({"prefix": prefix, "appliedFor": ["CREATE_ON_PUSH"]});
        ok(&ecr, "CreateRepositoryCreationTemplate", template.clone());
        assert_eq!(
            code(&ecr, "CreateRepositoryCreationTemplate", template),
            "TemplateAlreadyExistsException"
        );
    }
    ok(&ecr, "UpdatePullThroughCacheRule", json!({"ecrRepositoryPrefix": "hub", "credentialArn": "arn:x"}));
    for (operation, list, name) in [
        ("DescribePullThroughCacheRules", "pullThroughCacheRules", "ecrRepositoryPrefix"),
        ("DescribeRepositoryCreationTemplates", "repositoryCreationTemplates", "prefix"),
    ] {
        let first = ok(&ecr, operation, json!({"maxResults": 2}));
        let second = ok(&ecr, operation, json!({"maxResults": 2, "nextToken": first["nextToken"]}));
        let names: Vec<&Value> = [&first, &second]
            .iter()
            .flat_map(|page| page[list].as_array().unwrap())
            .map(|rule| &rule[name])
            .collect();
        assert_eq!(names, ["hub", "k8s", "quay"]);
        assert_eq!(second.get("nextToken"), None);
    }
    let hub = ok(&ecr, "DescribePullThroughCacheRules", json!({"ecrRepositoryPrefixes": ["hub"]}));
    assert_eq!(hub["pullThroughCacheRules"][0]["credentialArn"], "arn:x");
    let missing = json!({"ecrRepositoryPrefixes": ["gone"]});
    assert_eq!(code(&ecr, "DescribePullThroughCacheRules", missing), "PullThroughCacheRuleNotFoundException");
}

#[test]
fn every_call_asks_for_its_own_permission() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("app").unwrap();
    let poor = ecr.add_user("123456789012", "poor", Policy::pull_only());
    let named = json!({"repositoryName": "app"});
    for (operation, body, resource) in [
        ("PutImageTagMutability", &named, ARN),
        ("GetLifecyclePolicy", &named, ARN),
        ("PutLifecyclePolicy", &named, ARN),
        ("DeleteRepository", &named, ARN),
        ("ListTagsForResource", &json!({"resourceArn": ARN}), ARN),
        ("TagResource", &json!({"resourceArn": ARN, "tags": []}), ARN),
        ("DescribeRegistry", &json!({}), "*"),
        ("PutReplicationConfiguration", &json!({}), "*"),
        ("GetRegistryPolicy", &json!({}), "*"),
        ("CreatePullThroughCacheRule", &json!({}), "*"),
    ] {
        let (status, code, message) = call_as(&ecr, &poor, operation, body).json_error();
        assert_eq!((status, code.as_str()), (400, "AccessDeniedException"), "{operation}");
        let said = format!("is not authorized to perform: ecr:{operation} on resource: {resource} ");
        assert!(message.contains(&said), "{message}");
    }
}

#[test]
fn the_registrys_policy_lets_in_and_keeps_out() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("app").unwrap();
    let guest = ecr.add_user("999999999999", "guest", Policy::allow_all());
    let list = json!({"repositoryName": "app", "registryId": "123456789012"});
    assert_eq!(call_as(&ecr, &guest, "ListImages", &list).json_error().1, "AccessDeniedException");
    let statement = |effect: &str| {
        let statement = json!({"Sid": "x", "Effect": effect, "Principal": {"AWS": "999999999999"}, "Action": "ecr:ListImages", "Resource": "arn:aws:ecr:us-east-1:123456789012:repository/*"});
        json!({"policyText": json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()})
    };
    ok(&ecr, "PutRegistryPolicy", statement("Allow"));
    assert_eq!(call_as(&ecr, &guest, "ListImages", &list).status, 200);
    ecr.share_repository("123456789012", "us-east-1", "app", "999999999999").unwrap();
    ok(&ecr, "PutRegistryPolicy", statement("Deny"));
    assert_eq!(call_as(&ecr, &guest, "ListImages", &list).json_error().1, "AccessDeniedException");
    assert_eq!(code(&ecr, "PutRegistryPolicy", json!({"policyText": "{}"})), "InvalidParameterException");
}

#[test]
fn public_repositories_are_listed() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository_in("public", "", "tool", false).unwrap();
    let listed = Signer::new(&ecr, ecr.access_key(), "ecr-public")
        .json(&format!("{PUBLIC}DescribeRepositories"), "{}")
        .send(&ecr)
        .json();
    assert_eq!(listed["repositories"][0]["repositoryName"], "tool");
}
