//! What makes it doubtful to take transfers in review for a payment: said before it is done.

use usdt_protocol::PaymentStatus;
use usdt_tron::Transfer;

use super::{RecordedTransfer, Store, StoreError};
use crate::payments::Payment;
use crate::payments::acceptance;

impl Store {
    /// Whatever makes accepting the transfers for the payment doubtful.
    pub async fn concerns(
        &self,
        transfers: &[RecordedTransfer],
        payment: &Payment,
    ) -> Result<Vec<String>, StoreError> {
        let moved: Vec<&Transfer> = transfers.iter().map(|one| &one.transfer).collect();
        let mut concerns = Vec::new();
        // The transfers are looked at as one, which came with the last of them.
        let last = transfers
            .iter()
            .find(|one| acceptance::completing(&moved) == Some(&one.transfer));
        if let (Some(last), Some(sum)) = (last, acceptance::sum(&moved)) {
            if let Some(doubt) = acceptance::doubt(payment, sum) {
                concerns.push(doubt.to_string());
            }
            let mut whole = last.clone();
            whole.transfer.amount = sum;
            let candidates = self.candidates(&whole).await?;
            if candidates.iter().all(|one| one.payment.id != payment.id) {
                concerns.push("the payment is not among the candidates for such money".to_owned());
            }
        }
        for recorded in transfers {
            for warning in self.warnings(recorded, payment).await? {
                if !concerns.contains(&warning) {
                    concerns.push(warning);
                }
            }
        }
        Ok(concerns)
    }

    /// What else must be known before the transfer is taken for the payment.
    pub async fn warnings(
        &self,
        recorded: &RecordedTransfer,
        payment: &Payment,
    ) -> Result<Vec<String>, StoreError> {
        let mut warnings = Vec::new();
        for sibling in self.live_siblings(payment).await? {
            let (id, order) = (sibling.id, payment.order_id.as_str());
            warnings.push(if sibling.status == PaymentStatus::Paid {
                format!("order {order:?} has another payment that is paid, {id}")
            } else {
                format!(
                    "order {order:?} has another payment that is still open, {id}: the payer may \
                     pay it too"
                )
            });
        }
        if let Some(txid) = payment.txid.filter(|_| payment.paid_at.is_none()) {
            warnings.push(format!(
                "another transfer, of its exact amount, is being confirmed: {txid}"
            ));
        }
        if payment.address != recorded.transfer.to {
            warnings.push(format!(
                "the payment's address is another one, {}",
                payment.address
            ));
        }
        Ok(warnings)
    }
}
