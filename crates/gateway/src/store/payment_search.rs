//! Payments as they are listed and looked for, by their project and by an operator.

use futures_util::stream::{self, Stream};
use usdt_protocol::{PaymentId, PaymentStatus, TronAddress, Txid, Usdt, UtcTime};
use usdt_tron::Network;

use super::listing::{Direction, Found, Page, Statement};
use super::row::{self, RowExt as _};
use super::{Store, StoreError};
use crate::payments::{Payment, ProjectId};

/// An amount comes again at an address at most once in a quarantine: more are not looked through.
const MOST_OF_AN_AMOUNT: i64 = 1_000;

/// Payments that are read at once where all are wanted.
const AT_ONCE: usize = 500;

/// Which payments are listed: those for which all holds that is set.
#[derive(Clone, Debug, Default)]
pub struct PaymentFilter {
    pub project: Option<ProjectId>,
    pub status: Option<PaymentStatus>,
    pub order_id: Option<String>,
    /// Created then or later.
    pub from: Option<UtcTime>,
    /// Created before.
    pub to: Option<UtcTime>,
    /// Paid by that transaction, or waiting for what is to become of it.
    pub txid: Option<(Network, Txid)>,
    /// What was asked for, or exactly what was to be paid.
    pub amount: Option<Usdt>,
}

/// By which of the conditions payments are found; the others are only looked at. SQLite keeps no figures and
/// would take any of them, as PostgreSQL does before it has some: so the index of each other one is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Driver {
    /// An order or a transaction, or that it is pending: few are.
    Few,
    Status,
    Amount,
    /// None: all of the project, in their order.
    Project,
}

impl Driver {
    const fn of(filter: &PaymentFilter) -> Self {
        match (filter.status, filter.amount) {
            _ if filter.order_id.is_some() || filter.txid.is_some() => Self::Few,
            (Some(PaymentStatus::Pending), _) => Self::Few,
            // Rarer than any amount.
            (Some(PaymentStatus::Failed), _) | (Some(_), None) => Self::Status,
            (_, Some(_)) => Self::Amount,
            (None, None) => Self::Project,
        }
    }
}

impl Store {
    pub async fn payments(
        &self,
        filter: &PaymentFilter,
        page: &Page<PaymentId>,
    ) -> Result<Vec<Payment>, StoreError> {
        let Page {
            direction, at_most, ..
        } = *page;
        let behind = page.behind.map(|(at, id)| (at.millis(), row::id_to_db(id)));
        let driver = Driver::of(filter);
        let mut all = Statement::new(match filter.status {
            Some(PaymentStatus::Pending) => self.dialect.pending_payments(),
            _ => "SELECT * FROM payments WHERE 1 = 1",
        });
        if let Some(project) = filter.project {
            all.push(" AND project_id = ?", project);
        }
        if let Some(status) = filter.status {
            let condition = match driver {
                // Also the condition of its index.
                Driver::Status => " AND status <> 'pending' AND status = ?",
                _ => " AND status || '' = ?",
            };
            all.push(condition, status.as_str());
        }
        if let Some(order_id) = &filter.order_id {
            all.push(" AND order_id = ?", order_id.as_str());
        }
        let (from, to) = match driver {
            Driver::Few => (" AND +created_at >= ?", " AND +created_at < ?"),
            _ => (" AND created_at >= ?", " AND created_at < ?"),
        };
        if let Some(time) = filter.from {
            all.push(from, time.millis());
        }
        if let Some(time) = filter.to {
            all.push(to, time.millis());
        }
        if let Some((network, txid)) = filter.txid {
            let ids = self.ids_of_transaction(network, txid).await?;
            all.push_any_of("id", &ids);
        }
        let found = match driver {
            Driver::Few => Found::Few,
            _ => Found::InOrder,
        };
        let statement = match filter.amount {
            None => {
                all.end(found, direction, behind, at_most);
                all
            }
            Some(amount) => {
                // Each by an index of its own: with OR in between, none would give the order.
                let mut to_pay = all.clone();
                to_pay.push_any_of("id", &self.ids_of_amount(filter.project, amount).await?);
                to_pay.end(Found::Few, direction, behind, at_most);
                let condition = match driver {
                    Driver::Amount => " AND amount = ?",
                    _ => " AND +amount = ?",
                };
                all.push(condition, row::amount_to_db(amount));
                all.end(found, direction, behind, at_most);
                all.or(to_pay, direction, at_most)
            }
        };
        let rows = statement.rows(self).await?;
        rows.iter().map(row::payment).collect()
    }

    /// All payments of a filter, the oldest first, some at a time.
    pub fn all_payments(
        &self,
        filter: PaymentFilter,
    ) -> impl Stream<Item = Result<Vec<Payment>, StoreError>> + use<> {
        let page = Page {
            direction: Direction::OldestFirst,
            behind: None,
            at_most: AT_ONCE,
        };
        let begin = (self.clone(), filter, page);
        stream::try_unfold(begin, |(store, filter, mut page)| async move {
            let found = store.payments(&filter, &page).await?;
            page.behind = found.last().map(|last| (last.created_at, last.id));
            let has_some = page.behind.is_some();
            Ok::<_, StoreError>(has_some.then_some((found, (store, filter, page))))
        })
    }

    /// The payments of which `text` is the ID, the order, an amount, the address, or the ID of a
    /// transaction that has paid it or was taken for it; the newest first.
    pub async fn find_payments(
        &self,
        text: &str,
        at_most: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let id = text.parse::<PaymentId>().ok();
        let txid = text.parse::<Txid>().ok();
        let address = text.parse::<TronAddress>().ok();
        let amount = text.parse::<Usdt>().ok();
        sqlx::query(
            "SELECT * FROM payments
             WHERE order_id = $1 OR id = $2 OR txid = $3 OR address = $4
                 OR amount = $5 OR pay_amount = $5 OR received_amount = $5
                 OR id IN (SELECT payment_id FROM transfers WHERE txid = $3)
             ORDER BY created_at DESC, id DESC LIMIT $6",
        )
        .bind(text)
        .bind(id.map(row::id_to_db))
        .bind(txid.map(|txid| txid.to_string()))
        .bind(address.map(|address| address.to_string()))
        .bind(amount.map(row::amount_to_db))
        .bind(i64::from(at_most))
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(row::payment)
        .collect()
    }

    /// A payment, if it is the project's.
    pub async fn payment_of(
        &self,
        project: ProjectId,
        id: PaymentId,
    ) -> Result<Option<Payment>, StoreError> {
        let found = self.payment(id).await?;
        Ok(found.filter(|payment| payment.project_id == project))
    }

    /// The payment of an order that a create would be answered with, or else the latest.
    pub async fn payment_of_order(
        &self,
        project: ProjectId,
        order_id: &str,
    ) -> Result<Option<PaymentId>, StoreError> {
        sqlx::query(
            "SELECT id FROM payments WHERE project_id = $1 AND order_id = $2
             ORDER BY CASE status WHEN 'pending' THEN 0 WHEN 'paid' THEN 1 ELSE 2 END,
                 created_at DESC, id DESC LIMIT 1",
        )
        .bind(project)
        .bind(order_id)
        .fetch_optional(&self.readers)
        .await?
        .map(|row| row::id_from_db(row.integer("id")?))
        .transpose()
    }

    /// The payments to which a transaction belongs, or may belong.
    async fn ids_of_transaction(
        &self,
        network: Network,
        txid: Txid,
    ) -> Result<Vec<i64>, StoreError> {
        sqlx::query(self.dialect.payments_of_transaction())
            .bind(network.as_str())
            .bind(txid.to_string())
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| row.integer("id"))
            .collect()
    }

    /// The payments of which exactly that was to be paid, by what is kept of the amounts at each address.
    async fn ids_of_amount(
        &self,
        project: Option<ProjectId>,
        amount: Usdt,
    ) -> Result<Vec<i64>, StoreError> {
        let mut statement = Statement::new(
            "SELECT s.payment_id AS id
             FROM addresses a JOIN slots s ON s.network = a.network AND s.address = a.address
             WHERE 1 = 1",
        );
        if let Some(project) = project {
            statement.push(" AND a.project_id = ?", project);
        }
        statement.push(" AND s.amount = ?", row::amount_to_db(amount));
        statement.push(" ORDER BY s.held_after DESC LIMIT ?", MOST_OF_AN_AMOUNT);
        let rows = statement.rows(self).await?;
        rows.iter().map(|row| row.integer("id")).collect()
    }
}
