//! The platforms that an image is built for.

use ecrpass_iam::generate::Refusal;

use crate::pipelines::system::System;
use crate::pipelines::wanted::Wanted;

/// What images are built for: what the builder knows.
const PLATFORMS: [&str; 9] = [
    "linux/amd64",
    "linux/arm64",
    "linux/arm/v7",
    "linux/arm/v6",
    "linux/386",
    "linux/ppc64le",
    "linux/s390x",
    "linux/riscv64",
    "linux/loong64",
];

/// The platforms, each once, one at least.
///
/// # Errors
/// [`Refusal`] for what there is not, and what the system cannot build or run.
pub fn platforms(wanted: &Wanted, system: System) -> Result<Vec<String>, Refusal> {
    let mut platforms: Vec<String> = Vec::new();
    for given in &wanted.platforms {
        let platform = match given.contains('/') {
            true => given.clone(),
            false => format!("linux/{given}"),
        };
        if platform.starts_with("windows/") {
            return Err(Refusal::new(
                format!("An image for {platform} cannot be built on a Linux machine."),
                "build it with docker on a Windows runner; only Linux images are generated here",
            ));
        }
        if !PLATFORMS.contains(&platform.as_str()) {
            return Err(Refusal::new(
                format!("There is no platform `{}`.", ecrpass_core::safe_line::safe_line(given)),
                format!("choose among {}", PLATFORMS.join(", ")),
            ));
        }
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }
    if platforms.is_empty() {
        platforms.push("linux/amd64".to_owned());
    }
    let several = platforms.len() > 1;
    match system {
        System::Lambda if several => Err(Refusal::new(
            "Lambda takes an image of one platform, and none that is a list of several.",
            "give one --platform: linux/amd64 or linux/arm64",
        )),
        System::Lambda if !["linux/amd64", "linux/arm64"].contains(&platforms.concat().as_str()) => Err(
            Refusal::new("Lambda runs on amd64 and arm64.", "choose --platform linux/amd64 or linux/arm64"),
        ),
        System::Ecs if several => {
            Err(Refusal::new("A task runs on one platform.", "give one --platform; the image may have more"))
        }
        System::Bitbucket if several => Err(Refusal::new(
            "Bitbucket's docker service runs no privileged containers, and a build for several platforms takes one.",
            "give one --platform, and build the others on runners of their own architecture",
        )),
        _ => Ok(platforms),
    }
}
