//! The order in which a script's commands happen: those of a function when it is called.

use crate::shell::Script;

/// The most steps that are followed, and how deep calls are.
const STEPS: usize = 40_000;
const DEEPEST: usize = 8;

/// A command at its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Its index.
    pub(super) command: usize,
    /// Whether it is reached: its function is called, and not on a condition.
    pub(super) certain: bool,
}

pub(super) fn of(script: &Script) -> Vec<Step> {
    let mut order = Order { script, steps: Vec::new(), called: Vec::new() };
    for (index, command) in script.commands.iter().enumerate() {
        if command.function.is_none() {
            order.step(index, true, 0);
        }
    }
    for (index, command) in script.commands.iter().enumerate() {
        if command.function.as_ref().is_some_and(|name| !order.called.contains(name)) {
            order.steps.push(Step { command: index, certain: false });
        }
    }
    order.steps
}

struct Order<'a> {
    script: &'a Script,
    steps: Vec<Step>,
    called: Vec<String>,
}

impl Order<'_> {
    fn step(&mut self, index: usize, certain: bool, depth: usize) {
        if self.steps.len() >= STEPS {
            return;
        }
        self.steps.push(Step { command: index, certain });
        let Some(command) = self.script.commands.get(index) else { return };
        let name = command.program();
        if depth >= DEEPEST || name.is_empty() {
            return;
        }
        let body: Vec<usize> = self
            .script
            .functions
            .iter()
            .find(|function| function.name == name)
            .map(|function| function.commands.clone().collect())
            .unwrap_or_default();
        if body.is_empty() || body.contains(&index) {
            return;
        }
        if !self.called.iter().any(|called| called == name) {
            self.called.push(name.to_owned());
        }
        let certain = certain && !command.is_conditional;
        for inner in body {
            // What stands in a function within that function happens when that one is called.
            let is_own = self
                .script
                .commands
                .get(inner)
                .is_some_and(|command| command.function.as_deref() == Some(name));
            if is_own {
                self.step(inner, certain, depth + 1);
            }
        }
    }
}
