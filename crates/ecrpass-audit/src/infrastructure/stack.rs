//! A file of infrastructure code as resources, whatever language it is written in.

use std::ops::Range;

use super::datum::Datum;

/// The language, as far as it makes a difference to those who look at resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Terraform, in HCL or JSON.
    Terraform,
    /// Packer.
    Packer,
    /// CloudFormation, SAM, and what holds resources of theirs (serverless.yml).
    Cloudformation,
    /// Pulumi's YAML.
    Pulumi,
    /// A JSON file that is one resource or policy: a task definition, an IAM document.
    Json,
}

/// A file.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Its path.
    pub path: String,
    /// Its language.
    pub language: Language,
    /// Whether it is written in HCL, which edits have to be as well.
    pub is_hcl: bool,
    /// Its resources in the order of the text; Terraform's data sources and modules, and Packer's sources, too.
    pub resources: Vec<Resource>,
    /// Named values of Terraform: `locals`.
    pub locals: Vec<(String, Datum)>,
    /// Variables and parameters, with their defaults.
    pub variables: Vec<(String, Option<Datum>)>,
}

/// A resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its type: `aws_iam_role`, `AWS::IAM::Role`, `module`; data sources have `data.` in front.
    pub kind: String,
    /// Its name in the file.
    pub name: String,
    /// The bytes of what names it.
    pub bytes: Range<usize>,
    /// Its attributes or properties.
    pub body: Datum,
    /// Whether it is switched off: `count = 0`.
    pub is_off: bool,
}

impl Stack {
    /// Whether it holds values for variables, and Terraform reads it without being told to.
    pub fn is_given(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name == "terraform.tfvars" || name.ends_with(".auto.tfvars")
    }
}

impl Resource {
    /// What references call it: `aws_iam_role.ci`, `data.aws_iam_policy_document.x`, `Role`.
    pub fn address(&self) -> String {
        if self.kind.contains("::") || self.kind.contains(':') {
            self.name.clone()
        } else {
            format!("{}.{}", self.kind, self.name)
        }
    }

    /// Whether it is of one of these types, by their names in Terraform and CloudFormation.
    pub fn is(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.kind.as_str())
    }

    /// A property by its names in the languages: `["http_tokens", "HttpTokens"]`.
    pub fn property(&self, names: &[&str]) -> Option<&Datum> {
        names.iter().find_map(|name| self.body.get(name))
    }
}
