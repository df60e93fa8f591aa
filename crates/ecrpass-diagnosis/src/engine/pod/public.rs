//! ECR Public, where a login is more often the trouble than the help.

use crate::finding::Fix;

/// ECR Public's host.
pub const PUBLIC: &str = "public.ecr.aws";

/// What ends every trouble with a login at ECR Public.
pub fn without_public(secret: &str) -> Fix {
    Fix::by_hand(format!(
        "take {PUBLIC} out of pull secret {secret}, or the secret out of the pod: public images need no login"
    ))
}
