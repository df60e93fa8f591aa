//! ECR's API over images, layers and repository policies, on the storage that the registry front has.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_local::{AccessKey, LocalEcr, Policy, TinyImage, TinyIndex};
use serde_json::{Value, json};

use crate::registry::{assert_pulls, push, upload};
use crate::support::{Answer, ECR, Signer, password, request};

const OTHER: &str = "999999999999";

fn call_as(ecr: &LocalEcr, key: &AccessKey, operation: &str, body: &Value) -> Answer {
    Signer::new(ecr, key, "ecr").json(&format!("{ECR}{operation}"), &body.to_string()).send(ecr)
}

fn call(ecr: &LocalEcr, operation: &str, body: Value) -> Answer {
    call_as(ecr, ecr.access_key(), operation, &body)
}

fn ok(answer: Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn refused(answer: Answer) -> (String, String) {
    let (status, code, message) = answer.json_error();
    assert_eq!(status, 400, "{code}");
    (code, message)
}

fn with_image() -> (LocalEcr, TinyImage) {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("app").unwrap();
    let image = TinyImage::new("hello");
    push(&ecr, &password(&ecr, ecr.access_key()), "app", "v1", &image);
    (ecr, image)
}

#[test]
fn images_are_listed_described_and_fetched() {
    let (ecr, image) = with_image();
    let digest = image.manifest().digest.as_str();
    let listed = ok(call(&ecr, "ListImages", json!({"repositoryName": "app"})));
    assert_eq!(listed["imageIds"], json!([{"imageDigest": digest, "imageTag": "v1"}]));
    let untagged = json!({"repositoryName": "app", "filter": {"tagStatus": "UNTAGGED"}});
    assert_eq!(ok(call(&ecr, "ListImages", untagged))["imageIds"], json!([]));
    for id in [json!({"imageTag": "v1"}), json!({"imageDigest": digest})] {
        let body = json!({"repositoryName": "app", "imageIds": [id]});
        let details = ok(call(&ecr, "DescribeImages", body))["imageDetails"][0].clone();
        assert_eq!((&details["imageDigest"], &details["imageTags"]), (&json!(digest), &json!(["v1"])));
    }
    let missing = json!({"repositoryName": "app", "imageIds": [{"imageTag": "v9"}]});
    let (code, message) = refused(call(&ecr, "DescribeImages", missing));
    assert_eq!(code, "ImageNotFoundException");
    assert_eq!(
        message,
        "The image with imageId {imageDigest:'null', imageTag:'v9'} does not exist within the repository with name 'app' in the registry with id '123456789012'"
    );
    let both = json!({"repositoryName": "app", "imageIds": [{"imageTag": "v1"}, {"imageTag": "v9"}]});
    let batch = ok(call(&ecr, "BatchGetImage", both));
    assert_eq!(batch["images"][0]["imageManifest"].as_str().unwrap().as_bytes(), image.manifest().data);
    assert_eq!(batch["failures"][0]["failureCode"], "ImageNotFound");
    assert_eq!(batch["failures"][0]["imageId"], json!({"imageTag": "v9"}));
    let nowhere = refused(call(&ecr, "ListImages", json!({"repositoryName": "nope"})));
    assert_eq!(nowhere.0, "RepositoryNotFoundException");
}

#[test]
fn layers_are_checked_and_downloaded() {
    let (ecr, image) = with_image();
    let [layer, _] = image.blobs();
    let absent = format!("sha256:{}", "a".repeat(64));
    let body = json!({"repositoryName": "app", "layerDigests": [layer.digest, absent, "nonsense"]});
    let checked = ok(call(&ecr, "BatchCheckLayerAvailability", body));
    assert_eq!(checked["layers"][0]["layerAvailability"], "AVAILABLE");
    assert_eq!(checked["layers"][0]["layerSize"], layer.data.len());
    assert_eq!(checked["layers"][1]["layerAvailability"], "UNAVAILABLE");
    assert_eq!(checked["failures"][0]["failureCode"], "InvalidLayerDigest");

    let url = |digest: &str| {
        call(&ecr, "GetDownloadUrlForLayer", json!({"repositoryName": "app", "layerDigest": digest}))
    };
    let address = ok(url(&layer.digest))["downloadUrl"].as_str().unwrap().to_owned();
    assert!(
        address.contains("/prod-us-east-1-starport-layer-bucket/") && address.contains("X-Amz-Credential=")
    );
    let path = address.strip_prefix(&ecr.url()).unwrap();
    assert_eq!(request("GET", path).send(&ecr).body, layer.data);
    let first = request("GET", path).header("Range", "bytes=0-0").send(&ecr);
    assert_eq!((first.status, first.body.len()), (206, 1));
    assert_eq!(first.header("content-range"), format!("bytes 0-0/{}", layer.data.len()));
    assert_eq!(request("HEAD", path).send(&ecr).status, 403);
    assert_eq!(refused(url(&absent)).0, "LayersNotFoundException");
    let stray = TinyImage::new("without a manifest");
    upload(&ecr, &password(&ecr, ecr.access_key()), "app", stray.blobs()[0]);
    assert_eq!(refused(url(&stray.blobs()[0].digest)).0, "LayerInaccessibleException");
}

#[test]
fn an_image_is_pushed_through_the_api() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository_in("123456789012", "us-east-1", "app", true).unwrap();
    let image = TinyImage::new("by the API");
    let put = |image: &TinyImage| {
        let manifest = String::from_utf8(image.manifest().data.to_vec()).unwrap();
        call(&ecr, "PutImage", json!({"repositoryName": "app", "imageManifest": manifest, "imageTag": "v1"}))
    };
    assert_eq!(refused(put(&image)).0, "LayersNotFoundException");
    for blob in image.blobs() {
        upload_by_api(&ecr, &blob.data, &blob.digest);
    }
    assert_eq!(ok(put(&image))["image"]["imageId"]["imageDigest"], image.manifest().digest);
    assert_pulls(&ecr, &password(&ecr, ecr.access_key()), "app", "v1", &image);
    assert_eq!(refused(put(&image)).0, "ImageAlreadyExistsException");
    let other = TinyImage::new("another");
    for blob in other.blobs() {
        upload_by_api(&ecr, &blob.data, &blob.digest);
    }
    let (code, message) = refused(put(&other));
    assert_eq!(code, "ImageTagAlreadyExistsException");
    assert!(message.ends_with("cannot be overwritten because the repository is immutable."), "{message}");
}

fn upload_by_api(ecr: &LocalEcr, data: &[u8], digest: &str) {
    let started = ok(call(ecr, "InitiateLayerUpload", json!({"repositoryName": "app"})));
    let id = started["uploadId"].clone();
    let part = |first: usize, data: &[u8]| {
        let blob = STANDARD.encode(data);
        let last = first + data.len() - 1;
        json!({"repositoryName": "app", "uploadId": id, "partFirstByte": first, "partLastByte": last, "layerPartBlob": blob})
    };
    let (head, tail) = data.split_at(data.len() / 2);
    ok(call(ecr, "UploadLayerPart", part(0, head)));
    assert_eq!(refused(call(ecr, "UploadLayerPart", part(0, head))).0, "InvalidLayerPartException");
    ok(call(ecr, "UploadLayerPart", part(head.len(), tail)));
    let complete = json!({"repositoryName": "app", "uploadId": id, "layerDigests": [digest]});
    assert_eq!(ok(call(ecr, "CompleteLayerUpload", complete))["layerDigest"], digest);
}

/// What the doctor sends: permission is decided before anything else is looked at.
#[test]
fn harmless_calls_tell_permission_from_nonsense() {
    let (ecr, _) = with_image();
    let poor = ecr.add_user("123456789012", "poor", Policy::pull_only());
    let upload = "00000000-0000-0000-0000-000000000000";
    let digest = format!("sha256:{}", "0".repeat(64));
    for (operation, mut body, code) in [
        ("InitiateLayerUpload", json!({}), None),
        (
            "UploadLayerPart",
            json!({"uploadId": upload, "partFirstByte": 0, "partLastByte": 0, "layerPartBlob": "AA=="}),
            Some("UploadNotFoundException"),
        ),
        (
            "CompleteLayerUpload",
            json!({"uploadId": upload, "layerDigests": [digest]}),
            Some("UploadNotFoundException"),
        ),
        ("PutImage", json!({"imageManifest": "nonsense"}), Some("InvalidParameterException")),
    ] {
        body["repositoryName"] = json!("app");
        let answer = call(&ecr, operation, body.clone());
        match code {
            Some(code) => assert_eq!(refused(answer).0, code, "{operation}"),
            None => drop(ok(answer)),
        }
        let (code, message) = refused(call_as(&ecr, &poor, operation, &body));
        assert_eq!(code, "AccessDeniedException");
        assert_eq!(
            message,
            format!(
                "User: arn:aws:iam::123456789012:user/poor is not authorized to perform: ecr:{operation} on resource: arn:aws:ecr:us-east-1:123456789012:repository/app because no identity-based policy allows the ecr:{operation} action"
            )
        );
    }
}

#[test]
fn a_repositorys_policy_is_kept_and_followed() {
    let (ecr, _) = with_image();
    let named = || json!({"repositoryName": "app"});
    let none = (
        "RepositoryPolicyNotFoundException".to_owned(),
        "Repository policy does not exist for the repository with name 'app' in the registry with id '123456789012'"
            .to_owned(),
    );
    assert_eq!(refused(call(&ecr, "GetRepositoryPolicy", named())), none);
    assert_eq!(refused(call(&ecr, "DeleteRepositoryPolicy", named())), none);
    let nonsense = json!({"repositoryName": "app", "policyText": "{}"});
    assert_eq!(refused(call(&ecr, "SetRepositoryPolicy", nonsense)).0, "InvalidParameterException");

    let guest = ecr.add_user(OTHER, "guest", Policy::allow_all());
    let list = json!({"repositoryName": "app", "registryId": "123456789012"});
    let (code, message) = refused(call_as(&ecr, &guest, "ListImages", &list));
    assert_eq!(code, "AccessDeniedException");
    assert!(
        message.ends_with(" because no resource-based policy allows the ecr:ListImages action"),
        "{message}"
    );
    let set = |statements: Value| {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let body = json!({"repositoryName": "app", "policyText": policy});
        assert_eq!(ok(call(&ecr, "SetRepositoryPolicy", body))["policyText"], policy.as_str());
        assert_eq!(ok(call(&ecr, "GetRepositoryPolicy", named()))["policyText"], policy.as_str());
    };
    let allow =
        json!({"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": ["ecr:List*", "ecr:BatchGetImage"]});
    set(json!([allow]));
    assert_eq!(call_as(&ecr, &guest, "ListImages", &list).status, 200);
    let manifest = request("GET", "/v2/app/manifests/v1").password(&password(&ecr, &guest)).send(&ecr);
    assert_eq!(manifest.status, 200);
    let tags = json!({"Effect": "Deny", "Principal": "*", "Action": "ecr:ListImages"});
    set(json!([allow, tags]));
    for key in [&guest, ecr.access_key()] {
        let message = refused(call_as(&ecr, key, "ListImages", &list)).1;
        assert!(message.ends_with(" with an explicit deny in a resource-based policy"), "{message}");
    }
    ok(call(&ecr, "DeleteRepositoryPolicy", named()));
    assert!(ecr.share_repository("123456789012", "us-east-1", "app", OTHER).unwrap());
    let shown = ok(call(&ecr, "GetRepositoryPolicy", named()))["policyText"].as_str().unwrap().to_owned();
    assert!(shown.contains("arn:aws:iam::999999999999:root"), "{shown}");
    assert_eq!(call_as(&ecr, &guest, "ListImages", &list).status, 200);
}

#[test]
fn in_one_account_either_policy_may_allow() {
    let (ecr, _) = with_image();
    let login = Policy::nothing().allow("ecr:GetAuthorizationToken", "*");
    let poor = ecr.add_user("123456789012", "poor", login);
    let list = json!({"repositoryName": "app"});
    assert_eq!(refused(call_as(&ecr, &poor, "ListImages", &list)).0, "AccessDeniedException");
    // Naming the account leaves it to the identity policies; naming the user lets the user in.
    ecr.share_repository("123456789012", "us-east-1", "app", "123456789012").unwrap();
    assert_eq!(refused(call_as(&ecr, &poor, "ListImages", &list)).0, "AccessDeniedException");
    let statement = json!({
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:user/poor"},
        "Action": "ecr:ListImages",
    });
    let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    ok(call(&ecr, "SetRepositoryPolicy", json!({"repositoryName": "app", "policyText": policy})));
    assert_eq!(call_as(&ecr, &poor, "ListImages", &list).status, 200);
}

#[test]
fn images_for_platforms_are_put_straight_in() {
    let ecr = LocalEcr::start().unwrap();
    let arm = TinyImage::for_architecture("x", "arm64");
    let digest = ecr.put_image("123456789012", "us-east-1", "fresh", "arm", &arm).unwrap();
    assert_eq!(digest, arm.manifest().digest);
    let password = password(&ecr, ecr.access_key());
    assert_pulls(&ecr, &password, "fresh", "arm", &arm);
    let config: Value = serde_json::from_slice(&arm.blobs()[1].data).unwrap();
    assert_eq!((arm.architecture(), &config["architecture"]), ("arm64", &json!("arm64")));

    let index = TinyIndex::new(&[TinyImage::for_architecture("x", "amd64"), arm]);
    let digest = ecr.put_index("123456789012", "us-east-1", "fresh", "both", &index).unwrap();
    let answer = request("GET", "/v2/fresh/manifests/both").password(&password).send(&ecr);
    assert_eq!(answer.header("content-type"), "application/vnd.oci.image.index.v1+json");
    assert_eq!(answer.header("docker-content-digest"), digest);
    for (at, image) in index.images().iter().enumerate() {
        let entry = answer.json()["manifests"][at].clone();
        assert_eq!(entry["platform"]["architecture"], image.architecture());
        assert_eq!(entry["digest"], image.manifest().digest);
    }
    let listed = ok(call(&ecr, "ListImages", json!({"repositoryName": "fresh"})));
    assert_eq!(listed["imageIds"].as_array().unwrap().len(), 3);
}
