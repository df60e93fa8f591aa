//! The kubelet's provider, host by host: every form of ECR's, ECR Public, aliases, and hosts that get nothing.

use std::fs;

use ecrpass_local::{INSTANCE_ROLE, Policy, Role};

use crate::provider::{Node, WEST, answer, request, slug};
use crate::storms::fault;
use crate::world::{NOT_FOUND, shift};

#[test]
fn every_form_of_host_gets_its_own_token_under_its_own_spelling() {
    let mut node = Node::new();
    node.world.set("AWS_REGION", "us-east-1");
    let digest = format!("@sha256:{}", "a".repeat(64));
    for (image, host) in [
        (format!("{WEST}/team/app"), WEST),
        (WEST.to_owned(), WEST),
        (format!("{WEST}/team/app:1.4{digest}"), WEST),
        (format!("{WEST}:443/team/app"), &format!("{WEST}:443")),
        (format!("{WEST}/public.ecr.aws/nginx/nginx"), WEST),
        (
            "210987654321.dkr.ecr.us-west-2.amazonaws.com/base".to_owned(),
            "210987654321.dkr.ecr.us-west-2.amazonaws.com",
        ),
        (
            "123456789012.DKR.ECR.US-WEST-2.AMAZONAWS.COM/app".to_owned(),
            "123456789012.DKR.ECR.US-WEST-2.AMAZONAWS.COM",
        ),
        (
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com/app".to_owned(),
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
        ),
        (
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app".to_owned(),
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
        ),
        ("123456789012.dkr-ecr.us-west-2.on.aws/app".to_owned(), "123456789012.dkr-ecr.us-west-2.on.aws"),
        (
            "123456789012.dkr-ecr-fips.us-east-1.on.aws/app".to_owned(),
            "123456789012.dkr-ecr-fips.us-east-1.on.aws",
        ),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app".to_owned(),
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
        ),
        (
            "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/app".to_owned(),
            "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
        ),
        (
            "123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov/app".to_owned(),
            "123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov",
        ),
        (
            "123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk/app".to_owned(),
            "123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk",
        ),
        (
            "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/app".to_owned(),
            "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu",
        ),
    ] {
        let answer = node.answer(&image);
        let (key, password) = answer.login();
        assert_eq!((key, answer.cache_key_type.as_str()), (host, "Registry"), "{image}");
        // Of the region that the host names: another one's token is refused.
        assert_eq!(node.status(&host.to_lowercase(), "/v2/", password), 200, "{image}");
        assert!(node.principal().contains(INSTANCE_ROLE), "{}", node.principal());
    }
    assert_eq!(node.world.ecr.call_count("ecr-public"), 0);
}

#[test]
fn public_hosts_get_a_public_token() {
    let node = Node::new();
    for host in ["public.ecr.aws", "ecr-public.aws.com", "public.ecr.aws:443"] {
        let answer = node.answer(&format!("{host}/nginx/nginx"));
        assert_eq!(answer.login().0, host);
    }
    assert_eq!((node.world.ecr.call_count("ecr"), node.world.ecr.call_count("ecr-public")), (0, 2));
}

#[test]
fn where_public_tokens_are_refused_the_pull_goes_on_quietly() {
    let node = Node::new();
    node.world.ecr.add_fault(fault("deny:ecr-public"));
    let run = node.ask(&request("public.ecr.aws/nginx/nginx"));
    let said = answer(&run);
    assert_eq!((said.cache_duration.as_str(), said.cache_key_type.as_str()), ("5m0s", "Registry"));
    assert!(said.auth.is_empty() && !run.stdout.contains(NOT_FOUND));
    let log = node.world.log();
    let about: Vec<&str> = log.lines().filter(|line| line.contains("assumed-role/")).collect();
    assert!(about.len() == 1 && about[0].contains("ecr-public:GetAuthorizationToken"), "{log}");

    let mut node = Node::new();
    node.world.set("AWS_EC2_METADATA_DISABLED", "true");
    assert!(answer(&node.ask(&request("public.ecr.aws/nginx/nginx"))).auth.is_empty());
    assert_eq!(slug(&node.ask(&request(&format!("{WEST}/app")))), "no-aws-credentials");
}

#[test]
fn a_cached_public_token_needs_no_network() {
    let node = Node::new();
    let password = node.answer("public.ecr.aws/a/b").password();
    node.world.age(|entry| shift(entry, -4 * 3600));
    node.world.ecr.add_fault(fault("drop:ecr-public"));
    let later = node.ask(&request("public.ecr.aws/a/b"));
    let later = answer(&later);
    assert_eq!((later.password(), later.seconds()), (password, 3600));
}

#[test]
fn other_hosts_get_nothing_and_nobody_is_asked() {
    let mut node = Node::new();
    node.world.set("AWS_REGION", "us-west-2");
    for (image, cause, words) in [
        ("registry.k8s.io/pause", "not-ecr", "alias_of"),
        ("docker.io/library/nginx", "not-ecr", "alias_of"),
        ("123456789012.dkr.ecr.us-west-2.amazonaws.com.evil.example/app", "not-ecr", "evil.example"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com/app", "malformed-registry-host", "amazonaws.com.cn"),
        ("12345.dkr.ecr.us-west-2.amazonaws.com/app", "malformed-registry-host", "12 digits"),
    ] {
        let run = node.ask(&request(image));
        assert_eq!(slug(&run), cause, "{image}");
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    assert_eq!(node.world.ecr.calls(), []);
}

#[test]
fn an_alias_keeps_its_port() {
    let node = Node::new();
    node.world.config("[[registry]]\nhost = \"localhost:5000\"\nalias_of = \"123456789012.dkr.ecr.us-east-1.amazonaws.com\"\n");
    let answer = node.answer("localhost:5000/app");
    let (key, password) = answer.login();
    assert_eq!(key, "localhost:5000");
    assert_eq!(node.status("123456789012.dkr.ecr.us-east-1.amazonaws.com", "/v2/", password), 200);
    assert_eq!(slug(&node.ask(&request("localhost:5001/app"))), "not-ecr");
}

#[test]
fn a_registry_may_have_a_role_of_its_own() {
    let node = Node::new();
    let role = node.world.ecr.add_role(Role::new("999999999999", "ecr-pull").trust(&["*"]));
    node.world.config(&format!(
        "[[registry]]\nhost = \"999999999999.dkr.ecr.us-east-1.amazonaws.com\"\nrole_arn = \"{role}\"\n"
    ));
    node.answer("999999999999.dkr.ecr.us-east-1.amazonaws.com/app");
    assert!(node.principal().contains("999999999999:assumed-role/ecr-pull/"));
    node.answer("123456789012.dkr.ecr.us-east-1.amazonaws.com/app");
    assert!(node.principal().contains(INSTANCE_ROLE));
}

#[test]
fn a_mistake_in_the_configuration_hands_out_nothing() {
    let node = Node::new();
    node.world.config("[[registry]\n");
    for image in [&format!("{WEST}/app"), "public.ecr.aws/a/b"] {
        assert_eq!(slug(&node.ask(&request(image))), "ecrpass-config-invalid");
    }
    assert_eq!(node.world.ecr.calls(), []);
}

/// A node pulls for all of its pods: a token that is good for one repository is of no use to another pod's.
#[test]
fn a_token_for_one_repository_opens_no_other() {
    let node = Node::new();
    let ecr = &node.world.ecr;
    for name in ["team/app", "team/secret"] {
        ecr.create_repository_in("123456789012", "us-west-2", name, false).unwrap();
    }
    let role = ecr.add_role(Role::new("123456789012", "pull").policy(Policy::allow_all()));
    node.world
        .config(&format!("[[registry]]\nhost = \"{WEST}\"\nrole_arn = \"{role}\"\nscope = \"repository\"\n"));
    let answer = node.answer(&format!("{WEST}/team/app"));
    assert_eq!(answer.cache_key_type, "Image");
    let password = answer.password();
    assert_eq!(node.status(WEST, "/v2/team/app/manifests/none", &password), 404);
    assert_eq!(node.status(WEST, "/v2/team/secret/manifests/none", &password), 403);
    // A second image has its own, and each is kept.
    let other = node.answer(&format!("{WEST}/team/secret")).password();
    assert_ne!(other, password);
    assert_eq!(node.answer(&format!("{WEST}/team/app")).password(), password);
    assert_eq!(node.world.token_calls(), 2);
    for image in [WEST.to_owned(), format!("{WEST}/team/*")] {
        assert_eq!(slug(&node.ask(&request(&image))), "malformed-image-reference");
    }
    assert!(fs::read_dir(node.world.tokens()).unwrap().count() > 1);
}
