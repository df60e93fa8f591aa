//! Asks an API server in the words that it reads, JSON and YAML, and keeps what it says besides the answer: its warnings.

use hyper::Request;
use hyper::header::CONTENT_TYPE;
use kube::Client;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::parts::Cluster;

/// The API server, for one of its users.
pub struct Server<'a> {
    runtime: &'a Runtime,
    client: Client,
}

/// What it answered.
pub struct Answer {
    pub code: u16,
    pub body: Value,
    pub warnings: Vec<String>,
}

impl Answer {
    /// The object, where it was taken without a word.
    pub fn taken(self) -> Value {
        let message = &self.body["message"];
        assert!(self.code < 300 && self.warnings.is_empty(), "{} {message} {:?}", self.code, self.warnings);
        self.body
    }

    /// Whether it was refused, and for that.
    pub fn is_refused(&self, code: u16, words: &str) -> bool {
        self.code == code && self.body["message"].as_str().is_some_and(|message| message.contains(words))
    }
}

/// A document of a manifest: as much of it as its address takes.
pub struct Document<'t> {
    pub text: &'t str,
    pub kind: &'t str,
    pub name: &'t str,
    pub namespace: &'t str,
    group: &'t str,
}

/// The documents of a manifest, as Helm writes it.
pub fn documents(manifest: &str) -> Vec<Document<'_>> {
    let field = |text: &'_ str, name: &str| -> Option<std::ops::Range<usize>> {
        let line = text.lines().find(|line| line.starts_with(name))?;
        let at = line.as_ptr() as usize - text.as_ptr() as usize;
        Some(at + name.len()..at + line.len())
    };
    let read = |text: &'_ str| -> Option<[std::ops::Range<usize>; 4]> {
        let kind = field(text, "kind: ")?;
        let metadata = text.find("\nmetadata:\n")?;
        let within = |name: &str| {
            let range = field(&text[metadata..], name)?;
            Some(range.start + metadata..range.end + metadata)
        };
        Some([
            field(text, "apiVersion: ")?,
            kind,
            within("  name: ")?,
            within("  namespace: ").unwrap_or(0..0),
        ])
    };
    let documents = manifest.split("\n---").filter_map(|text| {
        let [group, kind, name, namespace] = read(text)?.map(|range| text[range].trim_matches('"'));
        Some(Document { text, kind, name, namespace, group })
    });
    documents.collect()
}

/// The path of a group and version.
fn root(group: &str) -> String {
    if group.contains('/') { format!("/apis/{group}") } else { format!("/api/{group}") }
}

impl<'a> Server<'a> {
    /// For whoever has that token.
    pub fn new(runtime: &'a Runtime, cluster: &Cluster, token: &str) -> Self {
        Self { runtime, client: runtime.block_on(cluster.client_with(token)) }
    }

    /// A request as it is.
    pub fn send(&self, method: &str, path: &str, content: &str, body: Vec<u8>) -> Answer {
        let request =
            Request::builder().method(method).uri(path).header(CONTENT_TYPE, content).body(body.into());
        self.runtime.block_on(async {
            let response = self.client.send(request.unwrap()).await.unwrap();
            let warnings = response.headers().get_all("warning").into_iter();
            let warnings = warnings.map(|value| value.to_str().unwrap().to_owned()).collect();
            let code = response.status().as_u16();
            let bytes = response.into_body().collect_bytes().await.unwrap();
            Answer { code, body: serde_json::from_slice(&bytes).unwrap_or_default(), warnings }
        })
    }

    /// An object or a list, if it is there.
    pub fn get(&self, path: &str) -> Option<Value> {
        let answer = self.send("GET", path, "application/json", Vec::new());
        assert!(matches!(answer.code, 200 | 404), "{path}: {} {}", answer.code, answer.body);
        (answer.code == 200).then_some(answer.body)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, "application/json", body.to_string().into_bytes())
    }

    pub fn merge(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, "application/merge-patch+json", body.to_string().into_bytes())
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "application/json", Vec::new())
    }

    /// Where a document's object is; `None` where the server knows no such kind.
    pub fn place(&self, document: &Document<'_>) -> Option<String> {
        let resources = self.get(&root(document.group))?;
        let of_kind = |resource: &&Value| {
            resource["kind"] == document.kind && !resource["name"].as_str().unwrap().contains('/')
        };
        let resource = resources["resources"].as_array().unwrap().iter().find(of_kind)?;
        let within = match (resource["namespaced"].as_bool().unwrap(), document.namespace) {
            (false, _) => String::new(),
            (true, "") => panic!("{} {} names no namespace", document.kind, document.name),
            (true, namespace) => format!("/namespaces/{namespace}"),
        };
        Some(format!(
            "{}{within}/{}/{}",
            root(document.group),
            resource["name"].as_str().unwrap(),
            document.name
        ))
    }

    /// `kubectl apply --server-side --validate=strict`.
    pub fn apply(&self, document: &Document<'_>, dry: bool) -> Answer {
        let Some(place) = self.place(document) else { panic!("no such kind: {}", document.kind) };
        let dry = if dry { "&dryRun=All" } else { "" };
        let path = format!("{place}?fieldManager=test&force=true&fieldValidation=Strict{dry}");
        self.send("PATCH", &path, "application/apply-patch+yaml", document.text.as_bytes().to_vec())
    }

    /// What a pod would find in its volume: a token of its service account.
    pub fn token(&self, namespace: &str, account: &str) -> String {
        let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"expirationSeconds": 3600}});
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token");
        self.post(&path, &request).taken()["status"]["token"].as_str().unwrap().to_owned()
    }

    /// The paths of all objects of any kind with that label.
    pub fn labelled(&self, label: &str) -> Vec<String> {
        let mut groups = vec!["v1".to_owned()];
        let known = self.get("/apis").unwrap();
        groups.extend(
            known["groups"]
                .as_array()
                .unwrap()
                .iter()
                .map(|group| group["preferredVersion"]["groupVersion"].as_str().unwrap().to_owned()),
        );
        let mut found = Vec::new();
        for group in groups {
            let resources = self.get(&root(&group)).unwrap();
            for resource in resources["resources"].as_array().unwrap() {
                if !resource["verbs"].as_array().unwrap().contains(&json!("list")) {
                    continue;
                }
                let name = resource["name"].as_str().unwrap();
                let list = self.get(&format!("{}/{name}?labelSelector={label}", root(&group))).unwrap();
                for item in list["items"].as_array().unwrap() {
                    found.push(format!(
                        "{name} {} {}",
                        item["metadata"]["namespace"], item["metadata"]["name"]
                    ));
                }
            }
        }
        found
    }
}
