//! Every bound of the client, with its reason.

use std::time::Duration;

/// How long a node may take to be reached: longer than a lost packet takes to be sent again.
pub const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// How long it may take to answer an operator: longer than it lets itself, so that its own reason is heard.
pub const ANSWER_PATIENCE: Duration = Duration::from_secs(30);
