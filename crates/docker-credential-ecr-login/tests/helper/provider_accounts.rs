//! The kubelet's provider with the token of a pod's service account.

use std::process::Command;

use ecrpass_local::{INSTANCE_ROLE, Role, WebIdentityTrust};
use serde_json::json;

use crate::provider::{Node, WEST, answer, request, slug};
use crate::storms::fault;
use crate::world::Run;

const ANNOTATION: &str = "eks.amazonaws.com/ecr-role-arn";
const IRSA: &str = "eks.amazonaws.com/role-arn";

/// A node on which the account `shop/web` may use a role; its ARN.
fn shop() -> (Node, String) {
    let node = Node::new();
    let trust = WebIdentityTrust {
        issuer: "oidc.ecrpass.example".to_owned(),
        audience: "sts.amazonaws.com".to_owned(),
        subject: "system:serviceaccount:shop:web".to_owned(),
    };
    let role = node.world.ecr.add_role(Role::new("123456789012", "shop-pull").web_identity(trust));
    (node, role)
}

/// What is answered to an account with these annotations.
fn ask(node: &Node, token: &str, annotations: &[(&str, &str)]) -> Run {
    let mut request = request(&format!("{WEST}/app"));
    request["serviceAccountToken"] = token.into();
    let annotations = annotations.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
    request["serviceAccountAnnotations"] = annotations.collect::<serde_json::Map<_, _>>().into();
    node.ask(&request)
}

fn web(node: &Node) -> String {
    node.world.ecr.service_account_token("shop", "web", "u-1", 3600).expose().to_owned()
}

#[test]
fn the_role_is_that_of_the_annotation_and_the_session_is_named_after_the_account() {
    let (node, role) = shop();
    let said = answer(&ask(&node, &web(&node), &[(ANNOTATION, &role)]));
    node.judge(&said);
    assert!(node.principal().ends_with("assumed-role/shop-pull/shop.web"), "{}", node.principal());
    let asked =
        |node: &Node| (node.world.ecr.call_count("AssumeRoleWithWebIdentity"), node.world.token_calls());
    assert_eq!(asked(&node), (1, 1));
    assert_eq!(node.world.ecr.call_count("imds"), 0);
    // A renewed token of the same account is the same account.
    let renewed = node.world.ecr.service_account_token("shop", "web", "u-1", 7200);
    assert_eq!(answer(&ask(&node, renewed.expose(), &[(ANNOTATION, &role)])).password(), said.password());
    assert_eq!(asked(&node), (1, 1));
    // One of the same name that was made anew is not.
    let anew = node.world.ecr.service_account_token("shop", "web", "u-2", 3600);
    assert_ne!(answer(&ask(&node, anew.expose(), &[(ANNOTATION, &role)])).password(), said.password());
}

#[test]
fn the_role_may_be_the_variables_or_irsas() {
    let (mut node, role) = shop();
    node.world.set("AWS_ECR_ROLE_ARN", &role);
    answer(&ask(&node, &web(&node), &[]));
    assert!(node.principal().contains("/shop-pull/"));

    let (node, role) = shop();
    answer(&ask(&node, &web(&node), &[(IRSA, &role)]));
    assert!(node.principal().contains(INSTANCE_ROLE), "not without being told");
    node.world.config(&format!("[service_account]\nrole_annotations = [\"{ANNOTATION}\", \"{IRSA}\"]\n"));
    answer(&ask(&node, &web(&node), &[(IRSA, &role)]));
    assert!(node.principal().contains("/shop-pull/"));
}

#[test]
fn without_a_role_it_is_the_nodes_unless_that_is_forbidden() {
    let (node, role) = shop();
    answer(&ask(&node, &web(&node), &[]));
    assert!(node.principal().contains(INSTANCE_ROLE));
    // A static pod has no token.
    answer(&ask(&node, "", &[(ANNOTATION, &role)]));
    assert_eq!(node.world.ecr.call_count("AssumeRoleWithWebIdentity"), 0);
    node.world.ecr.clear_calls();
    node.world.config("[service_account]\nrequire_role = true\n");
    let run = ask(&node, &web(&node), &[]);
    assert_eq!(slug(&run), "irsa-web-identity-invalid");
    assert!(run.stderr.contains("ecr-role-arn"), "{}", run.stderr);
    assert_eq!(node.world.ecr.calls(), []);
}

#[test]
fn a_role_that_is_none_is_no_reason_to_use_the_nodes() {
    let (node, _) = shop();
    let run = ask(&node, &web(&node), &[(ANNOTATION, "my-role")]);
    assert_eq!(slug(&run), "irsa-web-identity-invalid");
    assert!(run.stderr.contains("my-role"), "{}", run.stderr);
    assert_eq!(node.world.ecr.calls(), []);
}

#[test]
fn a_refused_token_is_not_made_up_for() {
    for (refused, words) in [
        ("expired-session:AssumeRoleWithWebIdentity", "has expired"),
        ("deny:AssumeRoleWithWebIdentity", "system:serviceaccount:shop:web"),
    ] {
        let (node, role) = shop();
        node.world.ecr.add_fault(fault(refused));
        let run = ask(&node, &web(&node), &[(ANNOTATION, &role)]);
        assert_eq!(slug(&run), "irsa-web-identity-invalid", "{refused}");
        assert!(run.stderr.contains(words), "{}", run.stderr);
        assert_eq!(node.world.token_calls(), 0);
    }
}

#[test]
fn a_token_that_is_none_is_called_that() {
    let (node, role) = shop();
    for token in ["  ", "e30.e30.a b", "e30.e30.\u{e9}"] {
        let run = ask(&node, token, &[(ANNOTATION, &role)]);
        assert_eq!(slug(&run), "irsa-web-identity-invalid", "{}", run.stderr);
        assert!(run.stderr.contains("The token of the service account"), "{}", run.stderr);
    }
    assert_eq!(node.world.ecr.calls(), []);
}

#[test]
fn another_account_gets_nothing_from_the_first_ones_cache() {
    let (node, role) = shop();
    answer(&ask(&node, &web(&node), &[(ANNOTATION, &role)]));
    let evil = node.world.ecr.service_account_token("evil", "web", "u-2", 3600);
    assert_eq!(slug(&ask(&node, evil.expose(), &[(ANNOTATION, &role)])), "irsa-web-identity-invalid");
    // Nor does the node.
    let node_own = node.answer(&format!("{WEST}/app")).password();
    assert_ne!(node_own, answer(&ask(&node, &web(&node), &[(ANNOTATION, &role)])).password());
}

#[test]
fn an_issuer_that_is_away_for_a_moment_is_asked_again() {
    let (node, role) = shop();
    node.world.ecr.add_fault(fault("identity-provider:sts=1"));
    node.judge(&answer(&ask(&node, &web(&node), &[(ANNOTATION, &role)])));
    assert_eq!(node.world.ecr.call_count("AssumeRoleWithWebIdentity"), 2);
}

#[test]
fn the_token_is_written_down_nowhere() {
    let (node, role) = shop();
    let token = web(&node);
    let mut said = String::new();
    for _ in ["cold", "warm"] {
        let run = ask(&node, &token, &[(ANNOTATION, &role)]);
        said += &(run.stdout + &run.stderr);
    }
    node.world.ecr.add_fault(fault("deny:sts"));
    let other = node.world.ecr.service_account_token("shop", "other", "u-3", 3600);
    let run = ask(&node, other.expose(), &[(ANNOTATION, &role)]);
    said += &(run.stdout + &run.stderr);
    for token in [token.as_str(), other.expose()] {
        let signature = token.rsplit('.').next().unwrap();
        let payload = token.split('.').nth(1).unwrap();
        assert!(!said.contains(signature) && !said.contains(payload));
        for part in [signature, payload] {
            let found =
                Command::new("grep").args(["-r", "-e", part]).arg(node.world.home.path()).output().unwrap();
            assert_eq!(found.status.code(), Some(1), "{}", String::from_utf8_lossy(&found.stdout));
        }
    }
}
