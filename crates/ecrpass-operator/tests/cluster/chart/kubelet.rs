//! What controllers and kubelet would make of the chart's objects: pods of templates, and processes of their containers, with the
//! arguments, variables, files and token that the pod says.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::World;
use crate::program::{Running, free_port};

/// The pod of a template.
pub fn pod(owner: &Value, name: &str) -> Value {
    let template = &owner["spec"]["template"];
    json!({
        "apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
        "metadata": {"name": name, "labels": template["metadata"]["labels"], "annotations": template["metadata"]["annotations"]},
    })
}

/// Writes the files of a pod's configuration, as the kubelet mounts them; where.
pub fn mounted(world: &World<'_>, spec: &Value, namespace: &str) -> PathBuf {
    let volumes = spec["volumes"].as_array().unwrap();
    let name = volumes.iter().find_map(|volume| volume["configMap"]["name"].as_str()).unwrap();
    let map = world.admin.get(&format!("/api/v1/namespaces/{namespace}/configmaps/{name}")).unwrap();
    let directory = world.home.path(&format!("{namespace}-{name}"));
    std::fs::create_dir_all(&directory).unwrap();
    for (file, text) in map["data"].as_object().unwrap() {
        std::fs::write(directory.join(file), text.as_str().unwrap()).unwrap();
    }
    directory
}

/// A container's process, with a token of its service account; it listens on that port.
pub fn process(world: &World<'_>, owner: &Value, container: &Value, pod: &str, port: u16) -> Command {
    let namespace = owner["metadata"]["namespace"].as_str().unwrap();
    let spec = &owner["spec"]["template"]["spec"];
    assert_eq!(spec["automountServiceAccountToken"], true);
    let kubeconfig = world.home.path(&format!("{pod}.kubeconfig"));
    let token = world.admin.token(namespace, spec["serviceAccountName"].as_str().unwrap());
    std::fs::write(&kubeconfig, world.cluster.kubeconfig_with(&token)).unwrap();
    let files = mounted(world, spec, namespace).display().to_string();
    assert_eq!(container["command"], json!(["/usr/bin/ecrpass-operator"]));
    let mut command = world.home.command(&[]);
    for argument in container["args"].as_array().unwrap() {
        let argument = argument.as_str().unwrap().replace("=/etc/ecrpass/", &format!("={files}/"));
        command.arg(argument.replace("=0.0.0.0:8080", &format!("=127.0.0.1:{port}")));
    }
    command.arg("--kubeconfig").arg(kubeconfig);
    for variable in container["env"].as_array().unwrap() {
        let value = match variable["valueFrom"]["fieldRef"]["fieldPath"].as_str() {
            Some("metadata.name") => pod,
            Some("metadata.namespace") => namespace,
            _ => variable["value"].as_str().unwrap(),
        };
        command.env(variable["name"].as_str().unwrap(), value);
    }
    command
}

/// Starts a replica of the operator's deployment.
pub fn start(world: &World<'_>, deployment: &Value, pod: &str) -> Running {
    let port = free_port();
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    world.home.start_command(pod, port, process(world, deployment, container, pod, port))
}
