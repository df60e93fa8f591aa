//! Why a host is not an ECR registry's.

/// Why a server URL is not an ECR registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The host has nothing to do with ECR.
    #[error("{host} is not an Amazon ECR registry")]
    NotEcr {
        /// The host as it was understood.
        host: String,
    },
    /// The host was meant to be an ECR registry but cannot be one.
    #[error("{host} is not a valid Amazon ECR registry host: {problem}")]
    Malformed {
        /// The host as it was understood.
        host: String,
        /// What is wrong with it.
        problem: Malformation,
    },
}

/// What keeps a host that looks like ECR from being a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformation {
    /// The account has a wrong number of digits, or something other than digits.
    #[error("the account id must be 12 digits without dashes, not `{0}`")]
    Account(String),
    /// There is no account in front of `dkr.ecr`.
    #[error("the 12-digit account id in front of `dkr.ecr` is missing")]
    AccountMissing,
    /// There is no region behind `dkr.ecr`.
    #[error("the region is missing: `<account>.dkr.ecr.<region>.amazonaws.com`")]
    RegionMissing,
    /// The region is an availability zone.
    #[error("`{0}` is an availability zone; the region is `{1}`")]
    AvailabilityZone(String, String),
    /// The region is not a region's name.
    #[error("`{0}` is not an AWS region")]
    Region(String),
    /// Region and DNS suffix belong to different partitions, or the host form does not go with the suffix.
    #[error("the host for that registry is `{0}`")]
    Form(String),
    /// The API endpoint was taken for a registry.
    #[error("that is the address of the ECR API; images live at `<account>.dkr.ecr.<region>.amazonaws.com`")]
    ApiEndpoint,
    /// The web gallery was taken for the public registry.
    #[error("that is the gallery's web site; public images live at `public.ecr.aws`")]
    Gallery,
    /// A VPC endpoint's own DNS name.
    #[error(
        "that is a VPC endpoint's own name; with private DNS on, the ordinary host `<account>.dkr.ecr.<region>.amazonaws.com` resolves to it"
    )]
    VpcEndpoint,
}
