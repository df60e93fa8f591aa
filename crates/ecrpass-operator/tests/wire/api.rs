//! An API server that keeps objects, answers lists and watches, and remembers every request; and beside it, on the same
//! address, AWS.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::aws::Aws;

/// What answers are made of.
pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// The most that one page of a list holds, whatever is asked for.
const PAGE: usize = 500;

/// A request, as it came.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    pub query: String,
    pub accept: String,
    pub content_type: String,
    pub user_agent: String,
    pub body: Value,
}

/// What the server has.
#[derive(Default)]
pub struct State {
    /// Objects by `secrets/<namespace>/<name>`.
    pub objects: BTreeMap<String, Value>,
    pub requests: Vec<Recorded>,
    version: u64,
    watches: Vec<Watch>,
    /// Every change since the oldest version that is remembered.
    history: Vec<Change>,
    oldest: u64,
    /// Of so many patches, one goes through; the others are too late.
    pub conflicts: Option<usize>,
    /// A status for the next requests of a verb and a resource.
    pub refuse: Option<(&'static str, &'static str, u16)>,
    /// The AWS beside it.
    pub aws: Aws,
    patches: usize,
}

struct Watch {
    resource: String,
    name: Option<String>,
    sender: UnboundedSender<Bytes>,
}

#[derive(Clone)]
struct Change {
    version: u64,
    resource: String,
    name: String,
    line: Bytes,
}

impl Watch {
    /// Tells of a change, if it is one of those that are watched; whether somebody still listens.
    fn tell(&self, change: &Change) -> bool {
        let concerns =
            self.resource == change.resource && self.name.as_ref().is_none_or(|name| *name == change.name);
        !concerns || self.sender.send(change.line.clone()).is_ok()
    }
}

/// What a watch hears that is too old.
fn too_old() -> Bytes {
    let status = json!({"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"});
    Bytes::from(format!("{}\n", json!({"type": "ERROR", "object": status})))
}

/// The server.
#[derive(Clone)]
pub struct Api {
    state: Arc<Mutex<State>>,
    pub address: SocketAddr,
}

impl Api {
    /// Starts it on an address of its own.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let api = Self { state: Arc::default(), address: listener.local_addr().unwrap() };
        let serving = api.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let api = serving.clone();
                    tokio::spawn(async move {
                        let service = service_fn(|request| {
                            let api = api.clone();
                            async move { api.answer(request).await.ok_or("no answer") }
                        });
                        // Whoever asked may have been killed.
                        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                    });
                }
            });
        });
        api
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Nothing where it is silent.
    async fn answer(&self, request: Request<Incoming>) -> Option<Response<Body>> {
        let (parts, body) = request.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let header = |name| parts.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let recorded = Recorded {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            accept: header(ACCEPT),
            content_type: header(CONTENT_TYPE),
            user_agent: header(USER_AGENT),
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        };
        let mut state = self.state();
        if parts.headers.contains_key("x-amz-target") {
            return state.aws.answer();
        }
        state.requests.push(recorded.clone());
        Some(state.kubernetes(&recorded))
    }
}

/// A response of JSON.
pub fn respond(status: u16, value: &Value) -> Response<Body> {
    let body = Full::new(Bytes::from(value.to_string())).boxed_unsync();
    Response::builder().status(status).header(CONTENT_TYPE, "application/json").body(body).unwrap()
}

fn failure(code: u16, reason: &str) -> Response<Body> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
        "message": format!("{reason} by the test")
    });
    respond(code, &status)
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        let members = target.as_object_mut().unwrap();
        if value.is_null() {
            members.remove(key);
        } else {
            merge(members.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// What a path names: the resource, a namespace, and an object.
fn parse(path: &str) -> (String, Option<String>, Option<String>) {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let rest = if segments[0] == "api" { &segments[2..] } else { &segments[3..] };
    match *rest {
        ["namespaces", namespace, resource] => (resource.to_owned(), Some(namespace.to_owned()), None),
        ["namespaces", namespace, resource, name] => {
            (resource.to_owned(), Some(namespace.to_owned()), Some(name.to_owned()))
        }
        [resource] => (resource.to_owned(), None, None),
        _ => panic!("no such path: {path}"),
    }
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")))?;
    Some(pair.replace("%3D", "=").replace("%3d", "="))
}

impl State {
    /// Puts an object there, as somebody else does.
    pub fn put(&mut self, resource: &str, namespace: &str, name: &str, mut object: Value) {
        self.version += 1;
        let kind = match resource {
            "namespaces" => "Namespace",
            "secrets" => "Secret",
            "serviceaccounts" => "ServiceAccount",
            "leases" => "Lease",
            _ => "Event",
        };
        let key = format!("{resource}/{namespace}/{name}");
        let known = self.objects.get(&key).and_then(|known| known["metadata"]["uid"].as_str());
        let uid = known.map_or_else(|| format!("uid-{}", self.version), str::to_owned);
        merge(
            &mut object,
            &json!({"kind": kind, "metadata": {"name": name, "uid": uid, "resourceVersion": self.version.to_string()}}),
        );
        if object.get("apiVersion").is_none() {
            object["apiVersion"] = json!("v1");
        }
        if resource != "namespaces" {
            object["metadata"]["namespace"] = json!(namespace);
        }
        let verb = if self.objects.insert(key, object.clone()).is_some() { "MODIFIED" } else { "ADDED" };
        self.tell(resource, name, verb, &object);
    }

    pub fn delete(&mut self, resource: &str, namespace: &str, name: &str) {
        let object = self.objects.remove(&format!("{resource}/{namespace}/{name}")).unwrap();
        self.version += 1;
        let mut object = object;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.tell(resource, name, "DELETED", &object);
    }

    /// A namespace that is to have the secret, with its account.
    pub fn shop(&mut self, name: &str) {
        self.put("namespaces", name, name, json!({"metadata": {"labels": {"pull": "yes"}}}));
        self.put("serviceaccounts", name, "default", json!({"imagePullSecrets": [{"name": "openshift"}]}));
    }

    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<&Value> {
        self.objects.get(&format!("{resource}/{namespace}/{name}"))
    }

    /// All watches hear that they are too old.
    pub fn forget(&mut self) {
        self.version += 1;
        self.oldest = self.version;
        self.history.clear();
        self.watches.drain(..).for_each(|watch| {
            // It may have ended.
            let _ = watch.sender.send(too_old());
        });
    }

    fn tell(&mut self, resource: &str, name: &str, verb: &str, object: &Value) {
        let line = Bytes::from(format!("{}\n", json!({"type": verb, "object": object})));
        let change =
            Change { version: self.version, resource: resource.to_owned(), name: name.to_owned(), line };
        self.watches.retain(|watch| watch.tell(&change));
        self.history.push(change);
    }

    fn kubernetes(&mut self, request: &Recorded) -> Response<Body> {
        let (resource, namespace, name) = parse(&request.path);
        let verb = match request.method.as_str() {
            "GET" if name.is_some() => "get",
            "GET" if request.query.contains("watch=true") => "watch",
            "GET" => "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => "delete",
            other => panic!("{other}"),
        };
        if let Some((refused, what, code)) = self.refuse
            && refused == verb
            && what == resource
        {
            return failure(code, if code == 403 { "Forbidden" } else { "InternalError" });
        }
        let namespace_name = namespace.clone().unwrap_or_default();
        match (verb, name) {
            ("list", _) => self.list(request, &resource, namespace.as_deref()),
            ("watch", _) => self.watch(request, &resource),
            ("get", Some(name)) => match self.get(&resource, &namespace_name, &name) {
                Some(object) => respond(200, object),
                None => failure(404, "NotFound"),
            },
            ("create", _) => {
                let name = request.body["metadata"]["name"].as_str().unwrap().to_owned();
                if self.get(&resource, &namespace_name, &name).is_some() {
                    return failure(409, "AlreadyExists");
                }
                self.put(&resource, &namespace_name, &name, request.body.clone());
                respond(201, self.get(&resource, &namespace_name, &name).unwrap())
            }
            (verb, Some(name)) => self.change(request, verb, &resource, &namespace_name, &name),
            (verb, None) => panic!("{verb} of nothing"),
        }
    }

    fn change(
        &mut self,
        request: &Recorded,
        verb: &str,
        resource: &str,
        namespace: &str,
        name: &str,
    ) -> Response<Body> {
        let Some(current) = self.get(resource, namespace, name).cloned() else {
            return failure(404, "NotFound");
        };
        let body = &request.body;
        let wanted = if verb == "delete" {
            &body["preconditions"]["resourceVersion"]
        } else {
            &body["metadata"]["resourceVersion"]
        };
        self.patches += usize::from(verb == "patch");
        let late = verb == "patch" && self.conflicts.is_some_and(|of| !self.patches.is_multiple_of(of));
        if late || wanted.as_str().is_some_and(|wanted| current["metadata"]["resourceVersion"] != wanted) {
            return failure(409, "Conflict");
        }
        match verb {
            "delete" => {
                self.delete(resource, namespace, name);
                respond(200, &json!({"kind": "Status", "apiVersion": "v1", "status": "Success"}))
            }
            _ => {
                let mut object = if verb == "patch" { current } else { body.clone() };
                if verb == "patch" {
                    merge(&mut object, body);
                }
                self.put(resource, namespace, name, object);
                respond(200, self.get(resource, namespace, name).unwrap())
            }
        }
    }

    fn list(&self, request: &Recorded, resource: &str, namespace: Option<&str>) -> Response<Body> {
        let name = parameter(&request.query, "fieldSelector").map(|text| text.replace("metadata.name=", ""));
        let prefix =
            format!("{resource}/{}", namespace.map_or_else(String::new, |namespace| format!("{namespace}/")));
        let all = self.objects.iter().filter(|(key, object)| {
            key.starts_with(&prefix) && name.as_ref().is_none_or(|name| object["metadata"]["name"] == **name)
        });
        let from: usize =
            parameter(&request.query, "continue").and_then(|text| text.parse().ok()).unwrap_or(0);
        let items: Vec<&Value> = all.map(|(_, object)| object).skip(from).take(PAGE + 1).collect();
        let more = if items.len() > PAGE { (from + PAGE).to_string() } else { String::new() };
        let items = &items[..items.len().min(PAGE)];
        let metadata = json!({"resourceVersion": self.version.to_string(), "continue": more});
        respond(200, &json!({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items}))
    }

    fn watch(&mut self, request: &Recorded, resource: &str) -> Response<Body> {
        let (sender, receiver) = unbounded_channel::<Bytes>();
        let name = parameter(&request.query, "fieldSelector").map(|text| text.replace("metadata.name=", ""));
        let from: u64 = parameter(&request.query, "resourceVersion").unwrap().parse().unwrap();
        let watch = Watch { resource: resource.to_owned(), name, sender };
        if from < self.oldest {
            let _ = watch.sender.send(too_old());
        } else {
            // What happened since the list comes first.
            self.history.iter().filter(|change| change.version > from).for_each(|change| {
                watch.tell(change);
            });
            self.watches.push(watch);
        }
        let lines = stream::unfold(receiver, |mut receiver| async move {
            let line = receiver.recv().await?;
            Some((Ok::<_, Infallible>(Frame::data(line)), receiver))
        });
        let body = StreamBody::new(lines).boxed_unsync();
        Response::builder().status(200).header(CONTENT_TYPE, "application/json").body(body).unwrap()
    }
}
