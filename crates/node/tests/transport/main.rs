//! The wire between replicas, over real sockets: what is said arrives as it was said, nothing waits for what it need not
//! wait for, and no peer, slow, dead or hostile, harms more than its own connection.

mod fake;
mod heartbeats;
mod hostile;
mod lines;
mod samples;
mod streams;
mod words;
