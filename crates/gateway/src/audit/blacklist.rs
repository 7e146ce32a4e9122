//! Watches whether the token's contract has frozen an address of ours.

use super::{AuditError, Context};
use crate::store::AlarmKind;

impl Context {
    /// Asks the token's contract about each address. A frozen one is not offered any more: what
    /// is paid to it cannot be moved.
    pub(super) async fn check_blacklist(&self) -> Result<(), AuditError> {
        let (network, token) = (self.chain.network, self.chain.token);
        for address in self.store.addresses(network).await? {
            let frozen = self
                .ask(async |node| node.is_blacklisted(token, address).await)
                .await?;
            self.store.set_blacklisted(network, address, frozen).await?;
            let cause = frozen.then_some("the token's contract has frozen this address");
            self.set_alarm(AlarmKind::AddressBlacklisted, &address.to_string(), cause)
                .await?;
        }
        Ok(())
    }
}
