//! Which of AWS's hosts the kubelet's provider asks, seen on the wire: a proxy notes the names and leads them all to the
//! local ECR, whose certificate is for those names.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use ecrpass_local::LocalEcr;
use tempfile::TempDir;

use crate::provider::Node;
use crate::world::World;

/// The registry's host, and the endpoint that its token is asked of. Source: ECR User Guide, "Making requests to Amazon ECR
/// registries"; the endpoint rules of AWS's SDKs (of the General Reference's `ecr-fips.…` for FIPS, they have the older name
/// with `api.` in front; both lead to the same).
const ENDPOINTS: [(&str, &str); 13] = [
    ("123456789012.dkr.ecr.us-west-2.amazonaws.com", "api.ecr.us-west-2.amazonaws.com"),
    ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", "api.ecr-fips.us-east-1.amazonaws.com"),
    ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "api.ecr-fips.us-gov-west-1.amazonaws.com"),
    ("123456789012.dkr-ecr.us-west-2.on.aws", "ecr.us-west-2.api.aws"),
    ("123456789012.dkr-ecr-fips.us-east-1.on.aws", "ecr-fips.us-east-1.api.aws"),
    ("123456789012.dkr-ecr-fips.us-gov-west-1.on.aws", "ecr-fips.us-gov-west-1.api.aws"),
    ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "api.ecr.cn-north-1.amazonaws.com.cn"),
    (
        "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
        "ecr.cn-north-1.api.amazonwebservices.com.cn",
    ),
    ("123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "api.ecr.us-isob-east-1.sc2s.sgov.gov"),
    ("123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "api.ecr.eu-isoe-west-1.cloud.adc-e.uk"),
    ("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", "api.ecr.eusc-de-east-1.amazonaws.eu"),
    ("public.ecr.aws", "api.ecr-public.us-east-1.amazonaws.com"),
    ("ecr-public.aws.com", "ecr-public.us-east-1.api.aws"),
];

/// A proxy that leads every name to one address, and notes it.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let notes = asked.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let notes = notes.clone();
                std::thread::spawn(move || connect(client, server, &notes));
            }
        });
        Self { address, asked }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// `CONNECT host:443`, and then whatever both sides say.
fn connect(mut client: TcpStream, server: SocketAddr, notes: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match client.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    notes.lock().unwrap().push(format!("{method} {target}"));
    let Ok(server) = TcpStream::connect(server) else { return };
    if client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").is_err() {
        return;
    }
    let (reading, writing) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || pass(reading, writing));
    pass(server, client);
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

/// A node on which nothing but AWS's own names leads to the ECR.
fn node() -> (Node, Proxy, TempDir) {
    let names: Vec<&str> = ENDPOINTS.iter().map(|(_, endpoint)| *endpoint).collect();
    let ecr = LocalEcr::builder().tls("127.0.0.1:0".parse().unwrap(), &names).start().unwrap();
    let server = ecr.listeners().iter().find(|listener| listener.tls).unwrap().address;
    let proxy = Proxy::to(server);
    let directory = tempfile::tempdir().unwrap();
    let bundle = directory.path().join("ca.pem");
    std::fs::write(&bundle, ecr.ca_pem()).unwrap();
    let mut world = World::of(ecr);
    let endpoints: Vec<String> = world
        .variables
        .iter()
        .map(|(name, _)| name.clone())
        .filter(|name| name.contains("ENDPOINT"))
        .collect();
    for name in &endpoints {
        world.unset(name);
    }
    world.set("HTTPS_PROXY", &format!("http://{}", proxy.address));
    world.set("AWS_CA_BUNDLE", bundle.to_str().unwrap());
    world.set("AWS_EC2_METADATA_DISABLED", "true");
    (Node::of(world), proxy, directory)
}

#[test]
fn each_form_of_host_is_asked_for_at_its_own_endpoint() {
    let (mut node, proxy, _directory) = node();
    // Neither decides: the host does.
    node.world.set("AWS_REGION", "ap-southeast-2");
    for (host, endpoint) in ENDPOINTS {
        let answer = node.answer(&format!("{host}/team/app"));
        assert_eq!(answer.login().0, host);
        assert_eq!(proxy.take(), [format!("CONNECT {endpoint}:443")], "{host}");
    }
}

#[test]
fn switches_of_the_node_count_for_ordinary_hosts_and_no_other_endpoint_is_tried() {
    let (mut node, proxy, _directory) = node();
    node.world.set("AWS_USE_FIPS_ENDPOINT", "true");
    node.answer("123456789012.dkr.ecr.us-east-1.amazonaws.com/app");
    assert_eq!(proxy.take(), ["CONNECT api.ecr-fips.us-east-1.amazonaws.com:443"]);
    node.world.unset("AWS_USE_FIPS_ENDPOINT");
    node.world.set("AWS_USE_DUALSTACK_ENDPOINT", "true");
    node.answer("123456789012.dkr.ecr.us-west-2.amazonaws.com/app");
    assert_eq!(proxy.take(), ["CONNECT ecr.us-west-2.api.aws:443"]);
    // A FIPS host whose endpoint does not answer gets nothing from the ordinary one.
    node.world.unset("AWS_USE_DUALSTACK_ENDPOINT");
    node.world.ecr.add_fault(crate::storms::fault("deny:GetAuthorizationToken"));
    let run =
        node.ask(&crate::provider::request("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app"));
    assert_eq!(crate::provider::slug(&run), "iam-missing-get-authorization-token");
    assert!(proxy.take().iter().all(|asked| asked == "CONNECT api.ecr-fips.us-gov-west-1.amazonaws.com:443"));
}
