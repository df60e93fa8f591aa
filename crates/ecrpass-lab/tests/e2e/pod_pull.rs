//! A pod's pull, from AWS to the layers on the node: the operator writes its secret, the kubelet's own code looks up the
//! credentials, and a real containerd pulls with them.

#[path = "../../../ecrpass-operator/tests/wire/api.rs"]
#[allow(dead_code, clippy::panic)] // what only the operator's own tests ask of it, and its way of failing
mod api;
#[path = "../../../ecrpass-operator/tests/wire/aws.rs"]
#[allow(dead_code)] // here AWS is the lab's own
mod aws;
mod cluster;
mod kubelet;
mod node;
mod operator;

use std::time::Instant;

use anyhow::{Result, ensure};
use ecrpass_lab::{HOST, Lab, Session};
use ecrpass_local::Fault;
use serde_json::Value;

use self::api::Api;
use self::node::{Node, docker_config, secret};
use self::operator::{Operator, config, kubeconfig, until};
use crate::clients::published;
use crate::test::Test;

pub const TESTS: &[Test] = &[
    ("a_pod_pulls_with_the_operators_secret", a_pod_pulls_with_the_operators_secret),
    ("a_pod_pulls_again_after_a_renewal", a_pod_pulls_again_after_a_renewal),
    ("the_provider_rescues_a_pod_with_a_bad_secret", the_provider_rescues_a_pod_with_a_bad_secret),
];

/// Those that want Kubernetes's own programs: `cargo xtask ci --only kubelet` builds and runs them.
pub const KUBELET_TESTS: &[Test] = &[
    ("the_real_kubelet_runs_our_provider", kubelet::runs_our_provider),
    ("the_real_kubelet_pulls_with_the_operators_secret", kubelet::pulls_with_the_operators_secret),
];

/// What containerd says of a pull without a login: as 1.7 and later, and as 1.6.
const NO_LOGIN: [&str; 2] = ["no basic auth credentials", "401 Unauthorized"];

/// What it says of a token that is not good any more.
const REFUSED: &str = "403 Forbidden";

/// A cluster whose namespace `shop` is to have the secret, and the operator's home with it.
fn cluster<'a>(lab: &'a Lab, regions: &[&str]) -> Result<(Api, Session<'a>)> {
    let api = Api::start();
    api.state().shop("shop");
    let mut session = Session::new(lab)?;
    session.credentials();
    session.write("kubeconfig", &kubeconfig(&format!("http://{}", api.address), "{}"))?;
    session.write("operator.toml", &config(regions))?;
    Ok((api, session))
}

/// The operator's secret, if it is there.
fn of_operator(api: &Api) -> Option<Value> {
    api.state().get("secrets", "shop", "ecr").cloned()
}

fn a_pod_pulls_with_the_operators_secret(lab: &Lab) -> Result<()> {
    let developer = Session::with_helper(lab)?;
    let image = published(&developer, "pod")?;
    let node = Node::start(lab)?;
    // A pod that names no secret, or one that is not there yet.
    let pull = node.pull(&image, &[])?;
    pull.refused(&["nobody"])?;
    pull.explained(&NO_LOGIN, "kubelet-credential-provider-missing")?;
    node.explains(&pull, &image, &[], "kubelet-credential-provider-missing")?;

    let (api, session) = cluster(lab, &["us-east-1"])?;
    let _operator = Operator::start(&session)?;
    let secret = until(&session, "the operator has written its secret", || Ok(of_operator(&api)))?;
    lab.ecr.clear_calls();
    node.pull(&image, &[&secret])?.by(&["secret shop/ecr"])?;
    // It came from the registry, layer and all, with the token of the operator.
    let calls = lab.ecr.calls();
    let of = |operation: &str| {
        calls.iter().filter(|call| call.operation == operation && call.status < 400).count()
    };
    ensure!(of("GetManifest") > 0 && of("GetObject") > 0, "{calls:#?}");
    ensure!(of("GetAuthorizationToken") == 0, "the node asked AWS itself: {calls:#?}");

    // The same secret opens the registry for docker, which reads the same format.
    let docker = Session::new(lab)?;
    docker.write("secret/config.json", &docker_config(&secret)?)?;
    docker.sh(&format!("docker rmi {image}"))?;
    docker.sh(&format!("docker pull {image}"))?.refused("no basic auth credentials")?;
    docker.sh(&format!("docker --config secret pull {image}"))?.ok()?.says("Downloaded newer image")?;
    Ok(())
}

fn a_pod_pulls_again_after_a_renewal(lab: &Lab) -> Result<()> {
    let developer = Session::with_helper(lab)?;
    let (first, second) = (published(&developer, "renewed-1")?, published(&developer, "renewed-2")?);
    let mut node = Node::start(lab)?;
    node.keep_records();
    // AWS's clock is the one that counts: it goes thirteen hours behind, and jumps forward afterwards.
    lab.ecr.add_fault("clock-skew=-46800".parse::<Fault>()?);
    let (api, session) = cluster(lab, &["us-east-1"])?;
    let _operator = Operator::start(&session)?;
    let old = until(&session, "the operator has written its secret", || Ok(of_operator(&api)))?;
    node.pull(&first, &[&old])?.by(&["secret shop/ecr"])?;

    lab.ecr.clear_faults();
    let late = node.pull(&second, &[&old])?;
    late.refused(&["secret shop/ecr"])?;
    ensure!(late.message.contains(REFUSED), "{late:#?}");
    node.explains(&late, &second, &[&old], "k8s-pull-secret-expired")?;
    // It asks AWS for another region's token, and sees what time it is.
    session.write("operator.toml", &config(&["us-east-1", "eu-west-1"]))?;
    let begun = Instant::now();
    let new = until(&session, "the operator has renewed its secret", || {
        // An entry that has expired goes first, with the one for the other region.
        let entry = |secret: &Value| {
            let config: Value = serde_json::from_str(&docker_config(secret).ok()?).ok()?;
            Some(config["auths"][HOST].clone()).filter(Value::is_object)
        };
        Ok(of_operator(&api).filter(|secret| entry(secret).is_some_and(|found| entry(&old) != Some(found))))
    })?;
    eprintln!("  renewed {:.1} s after AWS's clock had moved", begun.elapsed().as_secs_f64());
    node.pull(&second, &[&new])?.by(&["secret shop/ecr"])?;
    // It is the same secret for the kubelet, which remembers by UID who may use what is there: no pull, and none without it.
    ensure!(old["metadata"]["uid"] == new["metadata"]["uid"], "another secret: {new}");
    node.pull(&first, &[&new])?.by(&[])?;
    node.pull(&first, &[])?.refused(&["nobody"])?;
    Ok(())
}

fn the_provider_rescues_a_pod_with_a_bad_secret(lab: &Lab) -> Result<()> {
    let image = published(&Session::with_helper(lab)?, "rescued")?;
    let mut node = Node::start(lab)?;
    let expired = secret("expired", lab.ecr.forge_password("us-east-1", -3600).expose());
    let foreign = secret("foreign", lab.ecr.forge_password("eu-west-1", 3600).expose());
    let pull = node.pull(&image, &[&expired])?;
    pull.refused(&["secret shop/expired"])?;
    node.explains(&pull, &image, &[&expired], "k8s-pull-secret-expired")?;
    let both = node.pull(&image, &[&foreign, &expired])?;
    both.refused(&["secret shop/foreign", "secret shop/expired"])?;
    node.install_provider()?;
    node.pull(&image, &[&foreign, &expired])?.by(&["secret shop/foreign", "secret shop/expired", "node"])?;
    // And with no secret at all.
    node.pull(&image, &[])?.by(&["node"])
}
