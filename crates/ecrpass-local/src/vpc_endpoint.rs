//! A VPC endpoint of this world.

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
