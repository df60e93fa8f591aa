//! What is wrong around the ECR, each thing alone and restored afterwards: as the helper, docker and skopeo meet it.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Result, ensure};
use ecrpass_lab::{HOST, Lab, Run, Session};
use ecrpass_local::{DEFAULT_ACCOUNT, Fault, TinyImage, TinyIndex};

use crate::clients::published;
use crate::test::Test;

pub const TESTS: &[Test] = &[
    ("places_apart_are_out_of_reach_apart", places_apart_are_out_of_reach_apart),
    ("names_come_and_go", names_come_and_go),
    ("layers_come_from_the_bucket", layers_come_from_the_bucket),
    ("one_byte_of_a_layer_is_enough", one_byte_of_a_layer_is_enough),
    ("the_ca_comes_and_goes", the_ca_comes_and_goes),
    ("the_daemon_comes_and_goes", the_daemon_comes_and_goes),
    ("metadata_fails_on_request", metadata_fails_on_request),
    ("images_for_platforms_are_published", images_for_platforms_are_published),
];

const API: &str = "api.ecr.us-east-1.amazonaws.com";
const STS: &str = "sts.us-east-1.amazonaws.com";
const BUCKET: &str = "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com";

/// Asks the helper for a new token.
fn get(session: &Session<'_>) -> Result<Run> {
    session.sh(&format!("rm -rf .ecr; echo {HOST} | docker-credential-ecr-login get"))
}

/// The same where nobody answers: not for longer than two seconds.
fn get_in_vain(session: &Session<'_>) -> Result<Run> {
    session.write(".config/ecrpass/config.toml", "deadline = \"2s\"\n")?;
    let run = get(session);
    std::fs::remove_file(session.path(".config/ecrpass/config.toml"))?;
    run
}

fn places_apart_are_out_of_reach_apart(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let image = published(&session, "places")?;
    let inspect = |seconds: u32| {
        session.sh(&format!("timeout {seconds} skopeo inspect docker://{image}; echo status $?"))
    };
    for (host, api, registry) in [(API, false, true), (STS, true, true), (HOST, true, false)] {
        for refused in [false, true] {
            let guard = if refused { lab.refuse(host)? } else { lab.black_hole(host)? };
            if api {
                get(&session)?.ok()?;
            } else {
                get_in_vain(&session)?.refused("ecr-login: [network-timeout-ecr-api]")?;
            }
            if !registry && refused {
                inspect(60)?.says("connection refused")?;
            } else if !registry {
                inspect(3)?.says("status 124")?;
            }
            guard.restore()?;
        }
    }
    get(&session)?.ok()?;
    inspect(60)?.says("status 0")?;
    // A guard that is merely dropped restores too.
    drop(lab.black_hole(API)?);
    get(&session)?.ok()?;
    ensure!(lab.black_hole("nowhere.example").is_err());
    Ok(())
}

fn names_come_and_go(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let look_up = |host: &str| session.sh(&format!("getent hosts {host}; echo status $?"));
    let guard = lab.rename(API, None)?;
    for host in [API, "nowhere.example"] {
        look_up(host)?.says("status 2")?;
    }
    get(&session)?.refused("ecr-login: [dns-resolution-failure]")?;
    guard.restore()?;
    get(&session)?.ok()?;
    let guard = lab.rename(API, Some("169.254.170.2".parse()?))?;
    look_up(API)?.says("169.254.170.2")?;
    // Nothing speaks TLS there.
    get(&session)?.refused("ecr-login: [network-timeout-ecr-api]")?;
    guard.restore()?;
    get(&session)?.ok()?;
    Ok(())
}

fn layers_come_from_the_bucket(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let image = published(&session, "bucket")?;
    let copy = |seconds: u32| {
        session.sh(&format!(
            "rm -rf copied; timeout {seconds} skopeo copy --quiet docker://{image} dir:copied; echo status $?"
        ))
    };
    lab.ecr.clear_calls();
    copy(60)?.says("status 0")?;
    let calls = lab.ecr.calls();
    ensure!(calls.iter().any(|call| call.operation == "GetBlob" && call.status == 307));
    ensure!(calls.iter().any(|call| call.service == "bucket" && call.host == BUCKET && call.status == 200));
    let guard = lab.refuse(BUCKET)?;
    copy(60)?.says("connection refused")?.says(BUCKET)?;
    guard.restore()?;
    for (fault, seconds, says) in
        [("deny:bucket", 60, "403"), ("drop:bucket", 60, "EOF"), ("hang:bucket", 3, "status 124")]
    {
        lab.ecr.add_fault(fault.parse::<Fault>()?);
        copy(seconds)?.says(says)?.does_not_say("status 0")?;
        lab.ecr.clear_faults();
    }
    copy(60)?.says("status 0")?;
    Ok(())
}

/// What the doctor asks: the registry's redirect, and the first byte from the bucket.
fn one_byte_of_a_layer_is_enough(lab: &Lab) -> Result<()> {
    let image = TinyImage::new("one byte");
    lab.ecr.put_image(DEFAULT_ACCOUNT, "us-east-1", "team/app", "byte", &image)?;
    let password = lab.ecr.forge_password("us-east-1", 3600);
    let token = ecrpass_core::AuthorizationToken::encode("AWS", &password);
    let path = format!("/v2/team/app/blobs/{}", image.blobs()[0].digest);
    let answer = ask(HOST, &path, &format!("Authorization: Basic {}\r\n", token.expose()))?;
    ensure!(answer.starts_with("HTTP/1.1 307 "), "{answer}");
    let location =
        answer.lines().find_map(|line| line.strip_prefix("Location: https://")).unwrap_or_default();
    let (host, path) = location.split_once('/').unwrap_or_default();
    ensure!(host == BUCKET, "{location}");
    let answer = ask(host, &format!("/{path}"), "Range: bytes=0-0\r\n")?;
    ensure!(answer.starts_with("HTTP/1.1 206 "), "{answer}");
    let size = image.blobs()[0].data.len();
    ensure!(answer.contains(&format!("bytes 0-0/{size}")) && answer.ends_with("\r\n\r\nh"), "{answer}");
    Ok(())
}

/// Asks the ECR without TLS, where its metadata is.
fn ask(host: &str, path: &str, headers: &str) -> Result<String> {
    let mut stream = TcpStream::connect("169.254.169.254:80")?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn the_ca_comes_and_goes(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let image = published(&session, "untrusted")?;
    let guard = lab.untrust()?;
    session.sh(&format!("docker pull {image}"))?.refused("certificate signed by unknown authority")?;
    get(&session)?.refused("ecr-login: [tls-ca-untrusted]")?;
    guard.restore()?;
    get(&session)?.ok()?;
    session.sh(&format!("docker pull {image}"))?.ok()?;
    Ok(())
}

fn the_daemon_comes_and_goes(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let image = published(&session, "daemon")?;
    let pull = format!("docker pull {image}");
    let guard = lab.stop_docker()?;
    session.sh(&pull)?.refused("Cannot connect to the Docker daemon")?;
    guard.restore()?;
    session.sh(&pull)?.ok()?;
    let guard = lab.restart_docker(&[("HTTPS_PROXY", "http://127.0.0.1:4567")])?;
    session.sh(&pull)?.refused("proxyconnect tcp")?;
    guard.restore()?;
    session.sh(&pull)?.ok()?;
    Ok(())
}

fn metadata_fails_on_request(lab: &Lab) -> Result<()> {
    let mut session = Session::with_helper(lab)?;
    session.unset("AWS_ACCESS_KEY_ID");
    session.unset("AWS_SECRET_ACCESS_KEY");
    get(&session)?.ok()?;
    for fault in ["hop-limit", "no-role"] {
        lab.ecr.add_fault(fault.parse::<Fault>()?);
        get_in_vain(&session)?.refused("ecr-login: [")?;
        ensure!(lab.ecr.call_count("imds") > 0);
        lab.ecr.clear_faults();
    }
    let guard = lab.black_hole("169.254.169.254")?;
    get_in_vain(&session)?.refused("ecr-login: [")?;
    guard.restore()?;
    get(&session)?.ok()?;
    Ok(())
}

fn images_for_platforms_are_published(lab: &Lab) -> Result<()> {
    let session = Session::with_helper(lab)?;
    let [amd, arm] = ["amd64", "arm64"].map(|architecture| TinyImage::for_architecture("x", architecture));
    let put = |tag: &str, image: &TinyImage| {
        lab.ecr.put_image(DEFAULT_ACCOUNT, "us-east-1", "team/app", tag, image)
    };
    put("amd", &amd)?;
    put("arm", &arm)?;
    let only = TinyIndex::new(std::slice::from_ref(&arm));
    lab.ecr.put_index(DEFAULT_ACCOUNT, "us-east-1", "team/app", "only-arm", &only)?;
    lab.ecr.put_index(DEFAULT_ACCOUNT, "us-east-1", "team/app", "both", &TinyIndex::new(&[amd, arm]))?;
    for architecture in ["amd64", "arm64"] {
        let pull = format!("docker pull --platform linux/{architecture} {HOST}/team/app:both");
        session.sh(&pull)?.ok()?;
    }
    let pull = format!("docker pull --platform linux/amd64 {HOST}/team/app:only-arm");
    session.sh(&pull)?.refused("no matching manifest for linux/amd64")?;
    for (tag, architecture) in [("amd", "amd64"), ("arm", "arm64")] {
        let inspect = format!("skopeo inspect --config docker://{HOST}/team/app:{tag}");
        session.sh(&inspect)?.ok()?.says(&format!("\"architecture\": \"{architecture}\""))?;
    }
    Ok(())
}
