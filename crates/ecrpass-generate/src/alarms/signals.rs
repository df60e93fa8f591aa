//! All signals, in their groups: what is watched on the way of an image from ECR to where it runs.

mod canary;
mod cloudtrail;
mod containers;
mod kubelet;
mod operator;
mod pods;
mod usage;

pub use usage::OPERATIONS;

use super::family::Family;
use super::settings::Settings;
use super::signal::Signal;

/// The signals that are wanted.
pub fn all(settings: &Settings) -> Vec<Signal> {
    let of = |family: &Family| match family {
        Family::Canary => canary::signals(settings),
        Family::Pods => pods::signals(),
        Family::Kubelet => kubelet::signals(),
        Family::Operator => operator::signals(),
        Family::ContainerInsights => containers::of_clusters(settings),
        Family::Ecs => containers::of_ecs(settings),
        Family::Lambda => cloudtrail::of_lambda(),
        Family::Cloudtrail => cloudtrail::of_ecr(),
        Family::Usage => usage::signals(),
    };
    Family::ALL.iter().filter(|family| settings.families.contains(family)).flat_map(of).collect()
}
