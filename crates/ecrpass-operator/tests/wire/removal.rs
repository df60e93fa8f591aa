//! Taking everything out of a cluster again.

use serde_json::json;

use crate::program::{CONFIG, Home, until};
use crate::{has_secret, names, requests};

#[test]
fn removal_takes_accounts_first() {
    let home = Home::new(CONFIG);
    ["a", "b"].iter().for_each(|name| home.api.state().shop(name));
    home.api.state().put(
        "leases",
        "operator",
        "ecrpass-operator",
        json!({"apiVersion": "coordination.k8s.io/v1"}),
    );
    assert_eq!(home.run(&["run", "--once"]).status.code(), Some(0));
    home.api.state().requests.clear();
    let output = home.run(&["remove"]);
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stdout).unwrap().as_str()),
        (Some(0), "removed 2 pull secrets, and their names from 2 service accounts\n")
    );
    assert!(!has_secret(&home, "a") && names(&home, "a") == ["openshift"]);
    for namespace in ["a", "b"] {
        let of = |method: &str| {
            let requests = home.api.state().requests.clone();
            requests.iter().position(|request| {
                request.method == method && request.path.contains(&format!("/namespaces/{namespace}/"))
            })
        };
        assert!(of("PATCH").unwrap() < of("DELETE").unwrap(), "{namespace}");
    }
    let deleted = requests(&home, |request| request.method == "DELETE" && request.path.contains("/secrets/"));
    assert!(deleted.iter().all(|request| {
        let preconditions = &request.body["preconditions"];
        preconditions["uid"].is_string() && preconditions["resourceVersion"].is_string()
    }));
    assert!(home.api.state().get("leases", "operator", "ecrpass-operator").is_none());
}

#[test]
fn an_operator_that_is_at_work_is_not_fought() {
    let home = Home::new(CONFIG);
    home.api.state().shop("a");
    let operator = home.start("one");
    until("it is there", || has_secret(&home, "a"));
    let output = home.run(&["remove"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("one is still at work"), "{text}");
    assert!(has_secret(&home, "a"));
    assert_eq!(operator.stop(), 0);
    assert_eq!(home.run(&["remove"]).status.code(), Some(0));
    assert!(!has_secret(&home, "a"));
}
