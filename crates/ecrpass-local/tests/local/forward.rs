//! Forwarding to another registry: what it gets to see, and what of its answers comes back.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use ecrpass_local::LocalEcr;

use crate::support::{password, request};

/// A registry that gives the scripted answers in turn and tells what it was asked.
fn upstream(answers: Vec<&'static str>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, asked) = channel();
    thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            sender.send(format!("{head}\r\n{}", String::from_utf8_lossy(&body))).unwrap();
            (&stream).write_all(answer.as_bytes()).unwrap();
        }
    });
    (address, asked)
}

#[test]
fn requests_go_on_without_the_token_and_locations_come_back_relative() {
    let (address, asked) = upstream(vec![
        "HTTP/1.1 202 Accepted\r\nLocation: http://10.1.2.3:5000/v2/app/blobs/uploads/id?_state=x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
    ]);
    let ecr = LocalEcr::builder().forward_to(&address).start().unwrap();
    ecr.create_repository("app").unwrap();
    let password = password(&ecr, ecr.access_key());
    let started = request("POST", "/v2/app/blobs/uploads/").password(&password).body("data").send(&ecr);
    assert_eq!((started.status, started.header("location")), (202, "/v2/app/blobs/uploads/id?_state=x"));
    let first = asked.recv().unwrap().to_lowercase();
    assert!(first.starts_with("post /v2/app/blobs/uploads/ http/1.1"), "{first}");
    assert!(!first.contains("authorization:"), "{first}");
    assert!(first.contains("x-forwarded-proto: http\r\n") && first.ends_with("\r\n\r\ndata"), "{first}");
    let blob = format!("/v2/app/blobs/sha256:{}", "a".repeat(64));
    let blob = request("GET", &blob).password(&password).send(&ecr);
    assert_eq!((blob.status, blob.header("content-type"), blob.text().as_str()), (200, "text/x", "hello"));
    let missing = request("GET", "/v2/app/manifests/v9").password(&password).send(&ecr).registry_error();
    assert_eq!(missing.2, "Requested image not found");
    // Refused here, so nobody upstream is asked.
    let unknown = request("GET", "/v2/nope/manifests/v1").password(&password).send(&ecr).registry_error();
    assert_eq!(unknown.1, "NAME_UNKNOWN");
    assert_eq!(request("GET", "/v2/app/manifests/v1").send(&ecr).status, 401);
    assert_eq!(asked.iter().count(), 2);
}

#[test]
fn immutable_tags_are_kept_for_the_upstream() {
    let (address, asked) = upstream(vec!["HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"]);
    let ecr = LocalEcr::builder().forward_to(&address).start().unwrap();
    ecr.create_repository_in("123456789012", "us-east-1", "app", true).unwrap();
    let password = password(&ecr, ecr.access_key());
    let put = request("PUT", "/v2/app/manifests/v1").password(&password).body("{}").send(&ecr);
    assert_eq!(put.registry_error().1, "TAG_INVALID");
    assert!(asked.recv().unwrap().starts_with("HEAD /v2/app/manifests/v1 HTTP/1.1"));
}

#[test]
fn an_upstream_that_is_down_is_named() {
    // Bound, so that nobody else gets the port, and not listening.
    let bound = tokio::net::TcpSocket::new_v4().unwrap();
    bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let unused = bound.local_addr().unwrap().to_string();
    let ecr = LocalEcr::builder().forward_to(&unused).start().unwrap();
    ecr.create_repository("app").unwrap();
    let password = password(&ecr, ecr.access_key());
    let (status, _, message) =
        request("GET", "/v2/app/tags/list").password(&password).send(&ecr).registry_error();
    assert_eq!(status, 502);
    assert!(
        message.starts_with(&format!("the registry behind this one, {unused}, did not answer: ")),
        "{message}"
    );
}

#[test]
fn layers_are_redirected_and_the_bucket_asks_the_upstream() {
    let (address, asked) = upstream(vec![
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-0/5\r\nContent-Length: 1\r\n\r\nh",
    ]);
    let bucket = "https://prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com";
    let ecr = LocalEcr::builder().forward_to(&address).redirect_layers(Some(bucket)).start().unwrap();
    ecr.create_repository("app").unwrap();
    let password = password(&ecr, ecr.access_key());
    let digest = format!("sha256:{}", "a".repeat(64));
    let blob = request("GET", &format!("/v2/app/blobs/{digest}")).password(&password).send(&ecr);
    assert_eq!(blob.status, 307);
    let host = "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com";
    let path = blob.header("location").strip_prefix(&format!("https://{host}")).unwrap();
    assert!(path.contains("&X-Amz-Signature="), "{path}");
    let first = request("GET", path).header("host", host).header("Range", "bytes=0-0").send(&ecr);
    assert_eq!((first.status, first.text().as_str()), (206, "h"));
    assert!(asked.recv().unwrap().starts_with(&format!("HEAD /v2/app/blobs/{digest} ")));
    let fetched = asked.recv().unwrap();
    assert!(fetched.contains("range: bytes=0-0") && !fetched.contains("X-Amz"), "{fetched}");
}

#[test]
fn the_api_sees_what_the_upstream_has() {
    let (address, asked) = upstream(vec![
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
    ]);
    let ecr = LocalEcr::builder().forward_to(&address).start().unwrap();
    ecr.create_repository("app").unwrap();
    let body = r#"{"repositoryName":"app","imageIds":[{"imageTag":"v1"},{"imageTag":"v2"}]}"#;
    let signer = crate::support::Signer::new(&ecr, ecr.access_key(), "ecr");
    let batch = signer.json(&format!("{}BatchGetImage", crate::support::ECR), body).send(&ecr).json();
    assert_eq!(batch["images"][0]["imageManifestMediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(batch["failures"][0]["failureCode"], "ImageNotFound");
    let first = asked.recv().unwrap();
    assert!(
        first.starts_with("GET /v2/app/manifests/v1 ") && first.contains("image.index.v1+json"),
        "{first}"
    );
}
