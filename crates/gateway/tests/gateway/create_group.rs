//! Payments that are created in one transaction: each has an answer of its own, and none is lost or
//! doubled by what happens to another.

use std::collections::HashSet;
use std::pin::pin;

use futures_util::future::join_all;
use usdt_gateway::payments::fields::OrderId;
use usdt_gateway::payments::{NewPayment, Payment};
use usdt_gateway::store::{CreateError, Created, Project, Store};
use usdt_protocol::UtcTime;

use crate::database::{Failure, open_store};
use crate::test_gateway::TestGateway;

type Answer = Result<Created, CreateError>;

/// A gateway, and a store of its database that shares no line with the gateway's own.
struct Shop {
    gateway: TestGateway,
    store: Store,
    project: Project,
    now: UtcTime,
}

impl Shop {
    async fn open() -> Self {
        let gateway = TestGateway::start().await;
        let store = open_store(gateway.data_dir()).await;
        let project = store.project(gateway.keys.app_id).await.unwrap().unwrap();
        let now = gateway.devchain.now();
        Self {
            gateway,
            store,
            project,
            now,
        }
    }

    async fn create(&self, (order, price): (&str, &str)) -> Answer {
        let new = NewPayment {
            order_id: OrderId::parse(order).unwrap(),
            amount: price.parse().unwrap(),
            description: None,
            success_url: None,
            fail_url: None,
            price: None,
            metadata: None,
        };
        self.store
            .create_payment(&self.project, &new, self.now)
            .await
    }

    /// Creates payments that all wait when the first of them gets the lock.
    async fn create_together(&self, orders: &[(&str, &str)]) -> Vec<Answer> {
        let lock = self.gateway.database.lock().await;
        let mut all = pin!(join_all(orders.iter().map(|order| self.create(*order))));
        tokio::select! {
            biased;
            _ = &mut all => panic!("nobody waits for the lock"),
            () = std::future::ready(()) => {}
        }
        lock.release().await;
        all.await
    }
}

fn new(answer: &Answer) -> &Payment {
    match answer {
        Ok(Created::New(payment)) => payment,
        other => panic!("not created: {other:?}"),
    }
}

#[tokio::test]
async fn those_that_wait_share_a_transaction_and_are_answered_each_for_itself() {
    let shop = Shop::open().await;
    shop.create(("EARLIER", "50")).await.unwrap();
    shop.gateway
        .database
        .fail_at_amounts_from("90", Failure::Statement)
        .await;
    let answers = shop
        .create_together(&[
            ("A", "50"),
            ("EARLIER", "51"),
            ("B", "50"),
            ("FAILS", "90"),
            ("A", "50"),
            ("EARLIER", "50"),
            ("B", "51"),
            ("C", "50"),
        ])
        .await;

    let created = [&answers[0], &answers[2], &answers[7]].map(new);
    let amounts: HashSet<_> = created.iter().map(|payment| payment.pay_amount).collect();
    assert_eq!(amounts.len(), 3);
    assert!(matches!(&answers[4], Ok(Created::Existing(same)) if same == created[0]));
    assert!(matches!(&answers[5], Ok(Created::Existing(_))));
    for different in [&answers[1], &answers[6]] {
        assert!(matches!(different, Err(CreateError::DifferentAmount)));
    }
    assert!(matches!(&answers[3], Err(CreateError::Store(_))));
    for payment in created {
        let stored = shop.store.payment(payment.id).await.unwrap();
        assert_eq!(stored.as_ref(), Some(payment));
    }
    // Neither a row nor an amount is left of the one that failed.
    assert_eq!(shop.gateway.database.payments().await, 4);
    assert_eq!(shop.gateway.database.amounts_held().await, 4);

    shop.gateway.database.allow().await;
    new(&shop.create(("FAILS", "90")).await);
}

#[tokio::test]
async fn a_transaction_that_ends_by_itself_is_told_to_all_and_creates_nothing() {
    let shop = Shop::open().await;
    shop.gateway
        .database
        .fail_at_amounts_from("90", Failure::Transaction)
        .await;
    let orders = [("A", "50"), ("ENDS_ALL", "90"), ("B", "50")];
    let answers = shop.create_together(&orders).await;
    // Those behind it may have come into the next transaction.
    for (answer, order) in answers.iter().zip(orders) {
        match answer {
            Err(CreateError::Store(_)) => {}
            other => assert_eq!(order.0, "B", "{other:?}"),
        }
    }
    shop.gateway.database.allow().await;
    for order in orders {
        shop.create(order).await.unwrap();
    }
    assert_eq!(shop.gateway.database.payments().await, 3);
    assert_eq!(shop.gateway.database.amounts_held().await, 3);
}

#[tokio::test]
async fn one_that_goes_away_takes_nobody_along() {
    let shop = Shop::open().await;
    let lock = shop.gateway.database.lock().await;
    let mut stays = pin!(shop.create(("STAYS", "50")));
    {
        let mut goes = pin!(shop.create(("GOES", "50")));
        tokio::select! {
            biased;
            _ = &mut goes => panic!("nobody waits for the lock"),
            _ = &mut stays => panic!("nobody waits for the lock"),
            () = std::future::ready(()) => {}
        }
    }
    lock.release().await;
    let payment = new(&stays.await).clone();
    assert!(shop.store.payment(payment.id).await.unwrap().is_some());
    // The order of the one that went away has one payment, now if not before.
    shop.create(("GOES", "50")).await.unwrap();
    assert_eq!(shop.gateway.database.payments().await, 2);
}

/// More than are written in one transaction.
#[tokio::test]
async fn a_long_line_is_written_to_its_end() {
    let shop = Shop::open().await;
    let orders: Vec<_> = (0..100).map(|order| format!("ORDER_{order}")).collect();
    let orders: Vec<_> = orders.iter().map(|order| (order.as_str(), "50")).collect();
    let before = shop.gateway.database.write_transactions().await;
    let answers = shop.create_together(&orders).await;
    let after = shop.gateway.database.write_transactions().await;
    let amounts: HashSet<_> = answers
        .iter()
        .map(|answer| new(answer).pay_amount)
        .collect();
    assert_eq!(amounts.len(), 100);
    assert_eq!(shop.gateway.database.payments().await, 100);
    // The gateway writes beside them, but not as often.
    if let (Some(before), Some(after)) = (before, after) {
        assert!(after - before < 50, "{before} {after}");
    }
}
