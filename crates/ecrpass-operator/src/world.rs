//! A small world for tests: an API server, AWS and a clock in memory, and replicas of the operator that live in it. The
//! server looks at every write: an expired or empty secret, or a lost entry of somebody else, ends the test.

mod cases;
mod disasters;
mod others;
mod replica;
mod server;
