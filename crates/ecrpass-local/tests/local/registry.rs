//! Pushing to the private registry and pulling from it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_core::Secret;
use ecrpass_local::{Authorization, Blob, Builder, LocalEcr, Policy, TinyImage};
use serde_json::json;

use crate::support::{Answer, Request, password, request, wait_until};

pub fn upload(ecr: &LocalEcr, password: &Secret, repository: &str, blob: &Blob) -> Answer {
    let path = format!("/v2/{repository}/blobs/uploads/?digest={}", blob.digest);
    request("POST", &path).password(password).body(blob.data.to_vec()).send(ecr)
}

pub fn put_manifest(
    ecr: &LocalEcr,
    password: &Secret,
    repository: &str,
    tag: &str,
    image: &TinyImage,
) -> Answer {
    let manifest = image.manifest();
    request("PUT", &format!("/v2/{repository}/manifests/{tag}"))
        .password(password)
        .header("Content-Type", manifest.media_type)
        .body(manifest.data.to_vec())
        .send(ecr)
}

pub fn push(ecr: &LocalEcr, password: &Secret, repository: &str, tag: &str, image: &TinyImage) {
    for blob in image.blobs() {
        let answer = upload(ecr, password, repository, blob);
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let answer = put_manifest(ecr, password, repository, tag, image);
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("docker-content-digest"), image.manifest().digest);
}

fn get(ecr: &LocalEcr, password: &Secret, path: &str) -> Answer {
    request("GET", path).password(password).send(ecr)
}

/// Pulls by tag and checks every byte.
pub fn assert_pulls(ecr: &LocalEcr, password: &Secret, repository: &str, tag: &str, image: &TinyImage) {
    let by_tag = get(ecr, password, &format!("/v2/{repository}/manifests/{tag}"));
    assert_eq!(by_tag.status, 200, "{}", by_tag.text());
    assert_eq!(by_tag.body, image.manifest().data);
    assert_eq!(by_tag.header("content-type"), image.manifest().media_type);
    let digest = by_tag.header("docker-content-digest");
    let head = request("HEAD", &format!("/v2/{repository}/manifests/{digest}")).password(password).send(ecr);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), image.manifest().data.len().to_string());
    for blob in image.blobs() {
        let path = format!("/v2/{repository}/blobs/{}", blob.digest);
        assert_eq!(get(ecr, password, &path).body, blob.data);
        let head = request("HEAD", &path).password(password).send(ecr);
        assert_eq!((head.status, head.header("content-length")), (200, blob.data.len().to_string().as_str()));
    }
}

#[test]
fn what_is_pushed_is_pulled_from_memory_and_from_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    for builder in [Builder::default(), Builder::default().directory(directory.path())] {
        let ecr = builder.start().unwrap();
        ecr.create_repository("team/app").unwrap();
        let password = password(&ecr, ecr.access_key());
        let image = TinyImage::new("hello");
        push(&ecr, &password, "team/app", "v1", &image);
        assert_pulls(&ecr, &password, "team/app", "v1", &image);
        assert_eq!(ecr.tags("123456789012", "us-east-1", "team/app").unwrap(), ["v1"]);
    }
    // A directory outlives the server, tokens do not.
    let ecr = LocalEcr::builder().directory(directory.path()).start().unwrap();
    let password = password(&ecr, ecr.access_key());
    assert_pulls(&ecr, &password, "team/app", "v1", &TinyImage::new("hello"));
}

#[test]
fn a_blob_comes_in_pieces() {
    let directory = tempfile::tempdir().unwrap();
    for builder in [Builder::default(), Builder::default().directory(directory.path())] {
        let ecr = builder.start().unwrap();
        ecr.create_repository("app").unwrap();
        let password = password(&ecr, ecr.access_key());
        let image = TinyImage::new("in pieces");
        let [layer, _] = image.blobs();
        let started = request("POST", "/v2/app/blobs/uploads/").password(&password).send(&ecr);
        assert_eq!(started.status, 202);
        let location = started.header("location").to_owned();
        let path = location.strip_prefix(&ecr.url()).unwrap();
        assert_eq!(path.rsplit('/').next().unwrap(), started.header("docker-upload-uuid"));
        let (first, second) = layer.data.split_at(700);
        let patch = |data: &[u8], range: &str| {
            request("PATCH", path)
                .password(&password)
                .header("Content-Range", range)
                .body(data.to_vec())
                .send(&ecr)
        };
        let answer = patch(first, "0-699");
        assert_eq!((answer.status, answer.header("range")), (202, "0-699"));
        assert_eq!(patch(second, "100-200").status, 416);
        let status = request("GET", path).password(&password).send(&ecr);
        assert_eq!((status.status, status.header("range")), (204, "0-699"));
        let wrong = format!("{path}?digest=sha256:{}", "0".repeat(64));
        let wrong = request("PUT", &wrong);
        // A wrong digest ends the upload.
        assert_eq!(wrong.password(&password).send(&ecr).registry_error().1, "DIGEST_INVALID");
        assert_eq!(patch(second, "700-").status, 404);

        let started = request("POST", "/v2/app/blobs/uploads/").password(&password).send(&ecr);
        let path = started.header("location").strip_prefix(&ecr.url()).unwrap().to_owned();
        request("PATCH", &path).password(&password).body(first.to_vec()).send(&ecr);
        let finish = format!("{path}?digest={}", layer.digest);
        let answer = request("PUT", &finish).password(&password).body(second.to_vec()).send(&ecr);
        assert_eq!((answer.status, answer.header("docker-content-digest")), (201, layer.digest.as_str()));
        let blob = format!("/v2/app/blobs/{}", layer.digest);
        assert_eq!(get(&ecr, &password, &blob).body, layer.data);
        let part = request("GET", &blob).password(&password).header("Range", "bytes=500-509").send(&ecr);
        assert_eq!((part.status, &part.body[..]), (206, &layer.data[500..510]));
        assert_eq!(part.header("content-range"), format!("bytes 500-509/{}", layer.data.len()));

        let started = request("POST", "/v2/app/blobs/uploads/").password(&password).send(&ecr);
        let path = started.header("location").strip_prefix(&ecr.url()).unwrap().to_owned();
        assert_eq!(request("DELETE", &path).password(&password).send(&ecr).status, 204);
        assert_eq!(request("GET", &path).password(&password).send(&ecr).status, 404);
    }
}

#[test]
fn uploads_that_clients_abandon_leave_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let ecr = LocalEcr::builder().directory(directory.path()).start().unwrap();
    ecr.create_repository("app").unwrap();
    let password = password(&ecr, ecr.access_key());
    let files = || std::fs::read_dir(directory.path().join("uploads")).unwrap().count();
    let start = || {
        let started = request("POST", "/v2/app/blobs/uploads/").password(&password).send(&ecr);
        assert_eq!(started.status, 202);
        started.header("location").strip_prefix(&ecr.url()).unwrap().to_owned()
    };
    let idle = start();
    // This one's client goes away in the middle of a piece.
    let path = start();
    assert_eq!(files(), 2);
    let login = STANDARD.encode(format!("AWS:{}", password.expose()));
    let host = ecr.registry_address();
    let mut stream = std::net::TcpStream::connect(&host).unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {login}\r\nContent-Length: 1000\r\n\r\nabc"
    );
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    drop(stream);
    // What came of it waits for the next piece, as the other does.
    let waits = || {
        let answer = request("GET", &path).password(&password).send(&ecr);
        answer.status == 204 && answer.header("range") == "0-2"
    };
    wait_until("the server notices", waits);
    assert_eq!(files(), 2);
    // Those that nobody continues go when somebody else comes hours later.
    ecr.advance_clock(std::time::Duration::from_secs(2 * 3600));
    let started = request("POST", "/v2/app/blobs/uploads/").password(&password).send(&ecr);
    assert_eq!((started.status, files()), (202, 1));
    assert_eq!(request("GET", &idle).password(&password).send(&ecr).status, 404);
}

#[test]
fn a_blob_is_mounted_only_from_where_it_may_be_read() {
    let ecr = LocalEcr::start().unwrap();
    for name in ["source", "target", "secret"] {
        ecr.create_repository(name).unwrap();
    }
    let all = password(&ecr, ecr.access_key());
    let image = TinyImage::new("mounted");
    let [layer, config] = image.blobs();
    upload(&ecr, &all, "source", layer);
    upload(&ecr, &all, "secret", config);
    let user =
        ecr.add_user("123456789012", "u", Policy::allow_all().deny("ecr:GetDownloadUrlForLayer", "secret"));
    let password = password(&ecr, &user);
    let mount = |digest: &str, from: &str| {
        request("POST", &format!("/v2/target/blobs/uploads/?mount={digest}&from={from}"))
            .password(&password)
            .send(&ecr)
            .status
    };
    let has = |digest: &str| {
        request("HEAD", &format!("/v2/target/blobs/{digest}")).password(&password).send(&ecr).status
    };
    assert_eq!(has(&layer.digest), 404);
    assert_eq!(mount(&layer.digest, "source"), 201);
    assert_eq!(has(&layer.digest), 200);
    assert_eq!(mount(&config.digest, "secret"), 202);
    assert_eq!(mount(&config.digest, "missing"), 202);
    assert_eq!(has(&config.digest), 404);
}

#[test]
fn manifests_need_their_blobs_and_indexes_their_manifests() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("app").unwrap();
    let password = password(&ecr, ecr.access_key());
    let image = TinyImage::new("x");
    let early = put_manifest(&ecr, &password, "app", "v1", &image).registry_error();
    assert_eq!((early.0, early.1.as_str()), (400, "MANIFEST_BLOB_UNKNOWN"));
    let index_type = "application/vnd.oci.image.index.v1+json";
    let index = json!({
        "schemaVersion": 2, "mediaType": index_type,
        "manifests": [{"mediaType": image.manifest().media_type, "digest": image.manifest().digest,
            "size": image.manifest().data.len(), "platform": {"architecture": "amd64", "os": "linux"}}],
    })
    .to_string();
    let put = |body: &str, media_type: &str| {
        request("PUT", "/v2/app/manifests/multi")
            .password(&password)
            .header("Content-Type", media_type)
            .body(body)
            .send(&ecr)
    };
    assert_eq!(put(&index, index_type).registry_error().1, "MANIFEST_BLOB_UNKNOWN");
    push(&ecr, &password, "app", "v1", &image);
    assert_eq!(put(&index, index_type).status, 201);
    let pulled = get(&ecr, &password, "/v2/app/manifests/multi");
    assert_eq!((pulled.header("content-type"), pulled.text()), (index_type, index.clone()));
    assert_eq!(
        put(&index, "application/vnd.oci.image.manifest.v1+json").registry_error().1,
        "MANIFEST_INVALID"
    );
    assert_eq!(put("{", index_type).registry_error().1, "MANIFEST_INVALID");
    let other_digest = request("PUT", &format!("/v2/app/manifests/sha256:{}", "0".repeat(64)))
        .password(&password)
        .header("Content-Type", index_type)
        .body(index)
        .send(&ecr);
    assert_eq!(other_digest.registry_error().1, "DIGEST_INVALID");
}

#[test]
fn tags_are_listed_in_pages_and_deleted() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("app").unwrap();
    let password = password(&ecr, ecr.access_key());
    let image = TinyImage::new("x");
    for tag in ["c", "a", "b"] {
        push(&ecr, &password, "app", tag, &image);
    }
    let tags =
        |query: &str| get(&ecr, &password, &format!("/v2/app/tags/list{query}")).json()["tags"].clone();
    assert_eq!(tags(""), json!(["a", "b", "c"]));
    assert_eq!(tags("?n=1&last=a"), json!(["b"]));
    assert_eq!(get(&ecr, &password, "/v2/_catalog").json()["repositories"], json!(["app"]));
    let delete = |reference: &str| {
        request("DELETE", &format!("/v2/app/manifests/{reference}")).password(&password).send(&ecr).status
    };
    assert_eq!((delete("a"), delete("a")), (202, 404));
    assert_eq!(tags(""), json!(["b", "c"]));
    assert_eq!(delete(&image.manifest().digest), 202);
    assert_eq!(tags(""), json!([]));
}

#[test]
fn referrers_are_found() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("app").unwrap();
    let password = password(&ecr, ecr.access_key());
    let image = TinyImage::new("signed");
    push(&ecr, &password, "app", "v1", &image);
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let [_, config] = image.blobs();
    let signature = json!({
        "schemaVersion": 2, "mediaType": media_type, "artifactType": "application/x.signature", "layers": [],
        "config": {"mediaType": config.media_type, "digest": config.digest, "size": config.data.len()},
        "subject": {"mediaType": media_type, "digest": image.manifest().digest, "size": image.manifest().data.len()},
    });
    let pushed = request("PUT", "/v2/app/manifests/sig")
        .password(&password)
        .header("Content-Type", media_type)
        .body(signature.to_string())
        .send(&ecr);
    assert_eq!((pushed.status, pushed.header("oci-subject")), (201, image.manifest().digest.as_str()));
    let path = format!("/v2/app/referrers/{}", image.manifest().digest);
    let found = get(&ecr, &password, &path).json();
    assert_eq!(found["manifests"].as_array().unwrap().len(), 1);
    assert_eq!(found["manifests"][0]["artifactType"], "application/x.signature");
    let none = get(&ecr, &password, &format!("{path}?artifactType=application/x.other")).json();
    assert_eq!(none["manifests"], json!([]));
}

#[test]
fn layers_come_from_the_bucket_without_authorization() {
    let ecr = LocalEcr::builder().redirect_layers(None).start().unwrap();
    ecr.create_repository("app").unwrap();
    let password = password(&ecr, ecr.access_key());
    let image = TinyImage::new("x");
    push(&ecr, &password, "app", "v1", &image);
    let [layer, config] = image.blobs();
    let redirect = get(&ecr, &password, &format!("/v2/app/blobs/{}", layer.digest));
    assert_eq!(redirect.status, 307);
    let path = redirect.header("location").strip_prefix(&ecr.url()).unwrap().to_owned();
    assert!(path.starts_with("/prod-us-east-1-starport-layer-bucket/"), "{path}");
    assert_eq!(request("GET", &path).send(&ecr).body, layer.data);
    let spoiled = get(&ecr, &password, &path);
    assert_eq!((spoiled.status, spoiled.element("Code").as_str()), (400, "InvalidArgument"));
    let hex = |blob: &Blob| blob.digest.trim_start_matches("sha256:").to_owned();
    let other = path.replace(&hex(layer), &hex(config));
    assert_eq!(request("GET", &other).send(&ecr).status, 403);
    let unsigned = path.split('?').next().unwrap();
    assert_eq!(request("GET", unsigned).send(&ecr).status, 403);
    let seen: Vec<Authorization> =
        ecr.calls().iter().filter(|call| call.service == "bucket").map(|call| call.authorization).collect();
    assert_eq!(seen, [Authorization::None, Authorization::Basic, Authorization::None, Authorization::None]);
}

#[test]
fn hosts_choose_the_registry() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository_in("123456789012", "us-east-1", "app", false).unwrap();
    let password = password(&ecr, ecr.access_key());
    let to = |host: &str| request("GET", "/v2/app/tags/list").header("Host", host).password(&password);
    for host in [
        "123456789012.dkr.ecr.us-east-1.amazonaws.com",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com:443",
        "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com",
        "123456789012.dkr-ecr.us-east-1.on.aws",
        "localhost:1",
    ] {
        assert_eq!(to(host).send(&ecr).status, 200, "{host}");
    }
    let other = to("210987654321.dkr.ecr.us-east-1.amazonaws.com").send(&ecr).registry_error();
    assert_eq!(other.1, "NAME_UNKNOWN");
    assert!(other.2.ends_with("in the registry with id '210987654321'"), "{}", other.2);
    let call: &dyn Fn(&str) -> Request<'static> = &|host| request("GET", "/v2/").header("Host", host);
    let challenge = call("123456789012.dkr.ecr.us-east-1.amazonaws.com").send(&ecr);
    assert_eq!(
        challenge.header("www-authenticate"),
        "Basic realm=\"http://123456789012.dkr.ecr.us-east-1.amazonaws.com/\",service=\"ecr.amazonaws.com\""
    );
}
