//! Faults of the three ways: to the API, to the registry, to the layers.

use anyhow::Result;
use ecrpass_lab::HOST;
use ecrpass_local::{DEFAULT_ACCOUNT, TinyImage};

use super::aws::fault;
use super::scene::{Action, Fault, FixedBy, Scene};

const API: &str = "api.ecr.us-east-1.amazonaws.com";
const BUCKET: &str = "prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com";

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "the API is in a black hole",
        is: "network-timeout-ecr-api",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| black_hole(scene, API),
    },
    Fault {
        name: "the API refuses connections",
        is: "network-timeout-ecr-api",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            impatient(scene)?;
            scene.guards.push(scene.session.lab.refuse(API)?);
            Ok(())
        },
    },
    Fault {
        name: "the API never answers",
        is: "network-timeout-ecr-api",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            impatient(scene)?;
            fault(&scene.session, "hang:ecr")
        },
    },
    Fault {
        name: "the API's name does not resolve",
        is: "dns-resolution-failure",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| nameless(scene, API),
    },
    Fault {
        name: "an endpoint's name does not resolve",
        is: "dns-resolution-failure",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| {
            impatient(scene)?;
            scene.session.set("AWS_ENDPOINT_URL_ECR", "https://vpce-1.api.ecr.us-east-1.vpce.example.com");
            Ok(())
        },
    },
    Fault {
        name: "nobody vouches for the certificates",
        is: "tls-ca-untrusted",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            impatient(scene)?;
            scene.guards.push(scene.session.lab.untrust()?);
            Ok(())
        },
    },
    Fault {
        name: "AWS_CA_BUNDLE is empty",
        is: "tls-ca-untrusted",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| {
            let file = scene.session.write("ca.pem", "")?;
            scene.session.set("AWS_CA_BUNDLE", &file.display().to_string());
            Ok(())
        },
    },
    Fault {
        name: "the proxy does not connect",
        is: "proxy-misconfigured",
        action: Action::Pull,
        fixed_by: FixedBy::Command,
        inject: |scene| {
            impatient(scene)?;
            scene.session.set("HTTPS_PROXY", "http://127.0.0.1:9");
            Ok(())
        },
    },
    Fault {
        name: "a captive portal answers",
        is: "proxy-misconfigured",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| fault(&scene.session, "garbage:ecr"),
    },
    Fault {
        name: "the API throttles",
        is: "throttled",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            impatient(scene)?;
            fault(&scene.session, "throttle:ecr")
        },
    },
    Fault {
        name: "the API fails",
        is: "aws-service-transient",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            impatient(scene)?;
            fault(&scene.session, "server-error:ecr")
        },
    },
    Fault {
        name: "tokens are born expired",
        is: "token-expired",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| fault(&scene.session, "expired-tokens"),
    },
    Fault {
        name: "the registry is in a black hole",
        is: "network-timeout-registry",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| black_hole(scene, HOST),
    },
    Fault {
        name: "the registry refuses connections",
        is: "network-timeout-registry",
        action: Action::Push,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            impatient(scene)?;
            scene.guards.push(scene.session.lab.refuse(HOST)?);
            Ok(())
        },
    },
    Fault {
        name: "the registry's name does not resolve",
        is: "dns-resolution-failure",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            // Go keeps what the hosts file said for five seconds.
            scene.settles = std::time::Duration::from_millis(5500);
            nameless(scene, HOST)?;
            std::thread::sleep(scene.settles);
            Ok(())
        },
    },
    Fault {
        name: "the registry throttles",
        is: "throttled",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| fault(&scene.session, "throttle:registry"),
    },
    Fault {
        name: "the registry fails",
        is: "aws-service-transient",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| fault(&scene.session, "server-error:registry"),
    },
    Fault {
        name: "the daemon's proxy is dead",
        is: "proxy-misconfigured",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            let proxy = [("HTTPS_PROXY", "http://user:proxy-password-of-somebody@127.0.0.1:9")];
            scene.guards.push(scene.session.lab.restart_docker(&proxy)?);
            Ok(())
        },
    },
    Fault {
        name: "S3 is in a black hole",
        is: "s3-layer-access-blocked",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            fresh(scene, "black-hole")?;
            black_hole(scene, BUCKET)
        },
    },
    Fault {
        name: "the S3 endpoint's policy refuses",
        is: "s3-layer-access-blocked",
        action: Action::Pull,
        fixed_by: FixedBy::Elsewhere,
        inject: |scene| {
            fresh(scene, "closed-bucket")?;
            fault(&scene.session, "deny:bucket")
        },
    },
];

/// Nobody wants to wait for what never comes.
fn impatient(scene: &mut Scene<'_>) -> Result<()> {
    scene.arguments = "--deadline 5".to_owned();
    scene.patience = 12;
    scene.session.write(".config/ecrpass/config.toml", "deadline = \"3s\"\n").map(drop)
}

fn black_hole(scene: &mut Scene<'_>, host: &str) -> Result<()> {
    impatient(scene)?;
    scene.guards.push(scene.session.lab.black_hole(host)?);
    Ok(())
}

fn nameless(scene: &mut Scene<'_>, host: &str) -> Result<()> {
    impatient(scene)?;
    scene.guards.push(scene.session.lab.rename(host, None)?);
    Ok(())
}

/// An image whose layers the daemon has from nowhere else.
fn fresh(scene: &mut Scene<'_>, tag: &str) -> Result<()> {
    let ecr = &scene.session.lab.ecr;
    let image = TinyImage::new(&format!("only behind {tag}"));
    ecr.put_image(DEFAULT_ACCOUNT, "us-east-1", "team/app", tag, &image)?;
    scene.image = format!("{HOST}/team/app:{tag}");
    Ok(())
}
