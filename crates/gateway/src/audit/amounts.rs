//! Closes the alarms about prices whose amounts ran low, once there is room again.

use super::{AuditError, Context};
use crate::store::{AlarmKind, PriceSubject};

impl Context {
    /// They are raised when a payment is created. Room comes back without one.
    pub(super) async fn check_amounts(&self) -> Result<(), AuditError> {
        let alarms = self.store.open_alarms().await?.into_iter();
        for alarm in alarms.filter(|alarm| {
            alarm.kind == AlarmKind::AmountsRunLow && alarm.network == Some(self.chain.network)
        }) {
            let PriceSubject { project, price } = alarm.subject.parse()?;
            if self.store.has_free_amounts(project, price).await? {
                self.set_alarm(alarm.kind, &alarm.subject, None).await?;
            }
        }
        Ok(())
    }
}
