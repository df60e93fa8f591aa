//! Runs a local ECR for trying other programs against it: `cargo run -p ecrpass-local --example serve`.
#![allow(clippy::print_stdout)]

use std::net::{Ipv4Addr, SocketAddr};

use ecrpass_local::{LocalEcr, TinyImage};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut builder = LocalEcr::builder().plain(any).tls(any, &[]);
    let mut archive = "/dev/null".to_owned();
    for argument in std::env::args().skip(1) {
        builder = match argument.split_once('=') {
            Some(("--directory", path)) => builder.directory(path),
            Some(("--image", path)) => {
                archive = path.to_owned();
                builder
            }
            Some(("--forward", address)) => builder.forward_to(address),
            _ if argument == "--redirect" => builder.redirect_layers(None),
            _ => builder.fault(argument.parse()?),
        };
    }
    std::fs::write(archive, TinyImage::new("hello from the local ECR\n").docker_archive("team/app:v1"))?;
    let ecr = builder.start()?;
    ecr.create_repository("team/app")?;
    for (name, value) in ecr.env() {
        println!("export {name}={value}");
    }
    for listener in ecr.listeners() {
        println!("# {}", listener.url());
    }
    println!("PASSWORD={}", ecr.forge_password("us-east-1", 3_600).expose());
    Ok(ecr.run_until_interrupted()?)
}
