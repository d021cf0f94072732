//! Where a node is.

use tonic::transport::Endpoint;

use crate::trouble::{Trouble, causes};

/// The node at `host:port`.
pub(crate) fn endpoint(at: &str) -> Result<Endpoint, Trouble> {
    let bad = |why: String| Trouble::Address { at: at.into(), why };
    let endpoint = Endpoint::from_shared(format!("http://{at}"));
    let endpoint = endpoint.map_err(|error| bad(causes(&error)))?;
    if endpoint.uri().port().is_none() {
        return Err(bad("it has no port".into()));
    }
    Ok(endpoint)
}
