//! CloudFormation's intrinsic functions, as far as a template alone answers them: `Ref` and `Fn::Sub` of parameters with
//! a default and of the stack's own account, region and partition, `Fn::Join`, `Fn::GetAtt` by its name.
//!
//! Source: CloudFormation user guide, "Intrinsic function reference" and "Pseudo parameters reference".

use ecrpass_core::Partition;

use crate::inputs::context::Context;
use crate::inputs::tree::Node;

/// Functions within functions: nobody nests them deeper.
const MAX_DEPTH: usize = 16;

/// The longest value that is put together, in bytes: no name of an image is near it.
const MAX_LENGTH: usize = 4096;

/// A value with its functions carried out.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The text; what is not known stands in it as `${Name}`.
    pub text: String,
    /// What is not known.
    pub unknown: Vec<String>,
}

/// What a template and its surroundings say of values.
pub struct Template<'a> {
    parameters: Option<&'a Node>,
    account: Option<String>,
    region: Option<String>,
}

impl<'a> Template<'a> {
    /// The stack is made with the account and region of the environment, if those are known.
    pub fn new(context: &Context, document: &'a Node) -> Self {
        let variable = |names: [&str; 2]| {
            names.into_iter().filter_map(|name| context.variable(name)).find(|value| !value.is_empty())
        };
        Self {
            parameters: document.get("Parameters"),
            account: variable(["AWS_ACCOUNT_ID", "CDK_DEFAULT_ACCOUNT"]),
            region: variable(["AWS_REGION", "AWS_DEFAULT_REGION"]),
        }
    }

    /// Carries the functions out.
    pub fn fill(&self, node: &Node) -> Filled {
        let mut filled = Filled::default();
        self.fill_into(&mut filled, node, 0);
        filled
    }

    /// The ARN of a repository of that name in the stack's own account and region.
    pub fn repository_arn(&self, name: &Node) -> Filled {
        let mut filled = Filled::default();
        filled.push("arn:");
        for (name, after) in
            [("AWS::Partition", ":ecr:"), ("AWS::Region", ":"), ("AWS::AccountId", ":repository/")]
        {
            self.reference(&mut filled, name);
            filled.push(after);
        }
        self.fill_into(&mut filled, name, 0);
        filled
    }

    fn fill_into(&self, filled: &mut Filled, node: &Node, depth: usize) {
        if let Some(text) = node.text() {
            filled.push(text);
            return;
        }
        let [(function, argument)] = node.members().unwrap_or_default() else { return };
        if depth >= MAX_DEPTH {
            filled.unknown(function);
            return;
        }
        match function.as_str() {
            "Ref" => self.reference(filled, argument.text().unwrap_or_default()),
            "Fn::Sub" => match argument.items() {
                Some([text, names]) => self.sub(filled, text.text().unwrap_or_default(), Some(names), depth),
                _ => self.sub(filled, argument.text().unwrap_or_default(), None, depth),
            },
            "Fn::Join" => {
                let Some([separator, values]) = argument.items() else { return };
                for (index, value) in values.items().unwrap_or_default().iter().enumerate() {
                    if index > 0 {
                        filled.push(separator.text().unwrap_or_default());
                    }
                    self.fill_into(filled, value, depth + 1);
                }
            }
            "Fn::GetAtt" => match argument.items() {
                Some(parts) => {
                    let parts: Vec<&str> = parts.iter().filter_map(Node::text).collect();
                    filled.unknown(&parts.join("."));
                }
                None => filled.unknown(argument.text().unwrap_or_default()),
            },
            other => filled.unknown(argument.text().unwrap_or(other)),
        }
    }

    /// `${Name}` in a text, with values of its own; `${!Name}` is `${Name}`.
    fn sub(&self, filled: &mut Filled, text: &str, names: Option<&Node>, depth: usize) {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push(before);
            let Some((name, behind)) = after.split_once('}') else {
                filled.push("${");
                rest = after;
                continue;
            };
            match (names.and_then(|names| names.get(name.trim())), name.strip_prefix('!')) {
                (_, Some(literal)) => filled.push(&format!("${{{literal}}}")),
                (Some(value), None) => self.fill_into(filled, value, depth + 1),
                (None, None) => self.reference(filled, name.trim()),
            }
            rest = behind;
        }
        filled.push(rest);
    }

    fn reference(&self, filled: &mut Filled, name: &str) {
        let partition = self.region.as_deref().and_then(Partition::of_region).unwrap_or(Partition::Aws);
        let default = || self.parameters?.at(&[name, "Default"])?.text();
        let value = match name {
            "AWS::AccountId" => self.account.as_deref(),
            "AWS::Region" => self.region.as_deref(),
            "AWS::URLSuffix" => Some(partition.dns_suffix()),
            "AWS::Partition" => Some(partition.id()),
            _ => default().filter(|value| !value.is_empty()),
        };
        match value {
            Some(value) => filled.push(value),
            None => filled.unknown(name),
        }
    }
}

impl Filled {
    fn push(&mut self, text: &str) {
        if self.text.len().saturating_add(text.len()) <= MAX_LENGTH {
            self.text.push_str(text);
        }
    }

    fn unknown(&mut self, name: &str) {
        self.push(&format!("${{{name}}}"));
        if !self.unknown.iter().any(|known| known == name) {
            self.unknown.push(name.to_owned());
        }
    }
}
