//! A machine that has run out of something uses up nobody's attempts.

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::patience::patiently;
use crate::site::{Process, Site};
use crate::test_gateway::{pay_amount, transfer_to};

/// Lets a running gateway have descriptors below this number only, and returns what it was.
fn limit_descriptors(gateway: &Process, below: Option<u64>) -> Option<u64> {
    let pid = Pid::from_raw(i32::try_from(gateway.child.id()).unwrap());
    let limits = |current, maximum| Rlimit { current, maximum };
    // The hard limit stays as it is, which the gateway has from here.
    let maximum = getrlimit(Resource::Nofile).maximum;
    let before = prlimit(pid, Resource::Nofile, limits(below, maximum)).unwrap();
    before.current
}

#[tokio::test]
async fn a_gateway_without_descriptors_uses_up_no_attempts_and_delivers_once_it_has_some() {
    let site = Site::prepare().await;
    let gateway = site.start();
    let payment = site.create(&gateway, 1).await;
    let transfer = transfer_to(&payment, pay_amount(&payment));
    // Of the connections that it has, the one to the node stays in use.
    site.node.arrivals("", 20).await;
    let usual = limit_descriptors(&gateway, Some(3));
    site.devchain.transfer(&transfer);
    site.devchain.mine(20);
    let credited = async {
        while site.database.webhook_events().await == 0 {
            site.node.arrivals("", 1).await;
        }
    };
    patiently("the credit", credited).await;
    site.node.arrivals("", 20).await;
    assert!(site.receiver.deliveries().is_empty());
    assert_eq!(site.database.attempts().await.len(), 0);

    limit_descriptors(&gateway, usual);
    site.receiver.wait_for(1, |_| true).await;
    let written = async {
        while site.database.events_delivered().await == 0 {
            site.node.arrivals("", 1).await;
        }
    };
    patiently("the attempt to be written down", written).await;
    assert_eq!(site.database.attempts().await.len(), 1);
}
