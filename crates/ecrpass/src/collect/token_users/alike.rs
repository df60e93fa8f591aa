//! What is worked out for one registry and holds for all that are configured alike: a machine with thousands of them is no
//! trap.

use std::collections::HashMap;

use super::narrowed::Narrowed;

/// What was worked out, by the shape of what the files say.
pub struct Alike<T> {
    known: HashMap<String, Known<T>>,
}

struct Known<T> {
    worked_out: T,
    /// Files named after the registry that clients look for, with a `*` in its place; the first had none of them.
    named_after: Vec<String>,
}

impl<T> Default for Alike<T> {
    fn default() -> Self {
        Self { known: HashMap::new() }
    }
}

impl<T> Alike<T> {
    /// What holds for a registry; worked out if it is the first of its kind.
    pub fn of(
        &mut self,
        machine: &mut Narrowed<'_>,
        host: &str,
        work: impl FnOnce(&Narrowed<'_>) -> T,
    ) -> Option<&T> {
        machine.look_for(host);
        let mut shape = machine.shape();
        let is_known = self.known.get(&shape).is_some_and(|known| {
            !known.named_after.iter().any(|path| machine.exists(&path.replace('*', host)))
        });
        if !is_known {
            let worked_out = work(machine);
            let (there, absent) = machine.named_after();
            // By now it is known which files are looked at. What has a file of its own is like no other.
            shape = if there { format!("{host}\0") } else { machine.shape() };
            self.known.insert(shape.clone(), Known { worked_out, named_after: absent });
        }
        self.known.get(&shape).map(|known| &known.worked_out)
    }

    /// How often something was worked out.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.known.len()
    }
}
