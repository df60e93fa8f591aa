//! What stands around the built-in account: its organization's policies and its VPC endpoints. They can be read, and are not
//! enforced.

/// What stands around the built-in account.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// The control policies of the organization by level, the root first: kind, name and text. Empty where there is none.
    pub(crate) organization: Vec<Vec<(String, String, String)>>,
    /// The VPC endpoints.
    pub(crate) vpc_endpoints: Vec<VpcEndpoint>,
}

/// A VPC endpoint.
#[derive(Clone, Debug)]
pub struct VpcEndpoint {
    /// Its id: `vpce-1`.
    pub id: String,
    /// The VPC it is in: `vpc-1`.
    pub vpc: String,
    /// The service: `com.amazonaws.us-east-1.ecr.dkr`.
    pub service: String,
    /// The text of its policy.
    pub policy: String,
}
