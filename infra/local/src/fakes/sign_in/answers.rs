//! How the endpoints of a partner of sign-in are answered.

use serde::{Deserialize, Serialize};

/// How requests from our server are answered. Pages for people always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerMode {
    /// With the answer.
    #[default]
    Given,
    /// 500, and nothing has happened.
    ServerError,
    /// The request has its effect, then the connection closes.
    Lost,
}
