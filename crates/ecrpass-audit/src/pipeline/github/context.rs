//! What names in expressions stand for at a place of a workflow.

use std::collections::HashMap;

use crate::known::Known;
use crate::pipeline::expression;
use crate::pipeline::scope::Scope;

/// Outputs by step or job and name.
pub(super) type Outputs = HashMap<String, HashMap<String, Known>>;

/// The contexts of expressions. A scope that is not there knows nothing.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub environment: &'a Scope,
    pub inputs: &'a Scope,
    pub matrix: Option<&'a Scope>,
    pub steps: Option<&'a Outputs>,
    pub needs: Option<&'a Outputs>,
}

impl Default for Context<'_> {
    fn default() -> Self {
        static EMPTY: std::sync::LazyLock<Scope> = std::sync::LazyLock::new(Scope::default);
        Self { environment: &EMPTY, inputs: &EMPTY, matrix: None, steps: None, needs: None }
    }
}

impl Context<'_> {
    /// The value of a text with expressions.
    pub fn value(&self, text: &str) -> Known {
        expression::value(text, &|name| self.lookup(name))
    }

    /// What a name stands for. A name without a context is a variable of the shell.
    pub fn lookup(&self, name: &str) -> Option<Known> {
        let name = name.trim();
        let Some((context, rest)) = name.split_once('.') else { return self.environment.get(name) };
        match context {
            "env" => self.environment.get(rest),
            "inputs" => self.inputs.get(rest),
            "github" => self.inputs.get(rest.strip_prefix("event.inputs.")?),
            "matrix" => self.matrix?.get(rest),
            "steps" => output(self.steps?, rest),
            "needs" => output(self.needs?, rest),
            _ => None,
        }
    }

    /// The same for the whole expression in a script: `format('{0}', env.X)` as well as `env.X`.
    pub fn in_script(&self, text: &str) -> Option<Known> {
        if let Some(known) = self.lookup(text) {
            return Some(known);
        }
        if !text.contains(['(', '|', '&', '\'', '[']) {
            return None;
        }
        let known = expression::evaluate(text, &|name| self.lookup(name));
        let is_constant = known.alternatives().all(|text| !crate::known::has_hole(text));
        is_constant.then_some(known)
    }

    /// Whether a condition is surely false.
    pub fn is_never(&self, condition: &str) -> bool {
        expression::is_never(condition, &|name| self.lookup(name))
    }
}

/// `login.outputs.registry`
fn output(outputs: &Outputs, path: &str) -> Option<Known> {
    let (id, rest) = path.split_once('.')?;
    outputs.get(id)?.get(rest.strip_prefix("outputs.")?).cloned()
}
