//! Why a call of the JSON-RPC fails.

#[derive(Debug)]
pub struct RpcError {
    pub code: i32,
    pub message: String,
}

impl RpcError {
    pub fn params(message: impl Into<String>) -> Self {
        Self {
            code: -32_602,
            message: message.into(),
        }
    }
}
