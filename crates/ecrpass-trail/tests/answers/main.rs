//! What is answered: a small world of calls and changes for each kind of incident, and what must not be named.

mod causes;
mod decoys;
mod hostile;
mod order;
mod refused;
mod shown;
mod silence;
mod sources;
mod world;
