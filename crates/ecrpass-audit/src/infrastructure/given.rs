//! Values that Terraform takes for the variables of a directory by itself: `terraform.tfvars` and `*.auto.tfvars`. Other
//! files of that kind count only where somebody names them, which is not known.

use super::datum::Datum;
use super::scope::Scope;
use super::stack::{Resource, Stack};

/// Whether Terraform reads a file of values without being told to.
pub fn is_loaded(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "terraform.tfvars" || name.ends_with(".auto.tfvars")
}

/// The values of such a file that resources or modules of its directory use: each with a resource, and under which key.
pub fn used<'a>(stack: &'a Stack, scope: &Scope<'a>) -> Vec<(&'a Datum, &'a Resource, &'a str)> {
    if !is_loaded(&stack.path) {
        return Vec::new();
    }
    let values = stack.variables.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let used = values.filter_map(|(name, value)| {
        let (resource, key) = scope.uses(&format!("var.{name}")).next()?;
        Some((value, resource, key))
    });
    used.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_terraform_reads_by_itself_are_known() {
        assert!(is_loaded("infra/terraform.tfvars") && is_loaded("prod.auto.tfvars"));
        assert!(!is_loaded("infra/prod.tfvars") && !is_loaded("my-terraform.tfvars"));
    }
}
