//! Watches the token itself: whether its contract is paused, replaced, or keeps a fee.

use super::{AuditError, Context};
use crate::store::AlarmKind;

impl Context {
    /// Asks the token's contract how it stands. While it is paused or replaced no payment is
    /// created.
    pub(super) async fn check_token(&self) -> Result<(), AuditError> {
        let token = self.chain.token;
        let state = self.ask(async |node| node.token_state(token).await).await?;
        let now = self.clock.now();
        self.store
            .set_token_state(self.chain.network, &state, now)
            .await?;
        let subject = token.to_string();
        let fee = format!(
            "{} of 10000 parts, at most {} USDT",
            state.fee_basis_points, state.maximum_fee
        );
        for (kind, cause) in [
            (
                AlarmKind::TokenPaused,
                state.paused.then_some("the contract refuses all transfers"),
            ),
            (
                AlarmKind::TokenDeprecated,
                state
                    .deprecated
                    .then_some("the contract has been replaced by another"),
            ),
            (
                AlarmKind::TokenTakesFee,
                (state.fee_basis_points > 0).then_some(fee.as_str()),
            ),
        ] {
            self.set_alarm(kind, &subject, cause).await?;
        }
        Ok(())
    }
}
