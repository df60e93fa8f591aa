//! Values that Terraform takes for the variables of a directory by itself: `terraform.tfvars` and `*.auto.tfvars`. Other
//! files of that kind count only where somebody names them, which is not known.

use super::datum::Datum;
use super::scope::Scope;
use super::stack::{Resource, Stack};

/// The values of such a file that resources or modules of its directory use: each with a resource, and under which key.
pub fn used<'a>(stack: &'a Stack, scope: &Scope<'a>) -> Vec<(&'a Datum, &'a Resource, &'a str)> {
    if !stack.is_given() {
        return Vec::new();
    }
    let values = stack.variables.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let used = values.filter_map(|(name, value)| {
        let (resource, key) = scope.uses(&format!("var.{name}")).next()?;
        Some((value, resource, key))
    });
    used.collect()
}
