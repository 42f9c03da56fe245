//! The capacity that an operation consumes does not depend on the number of items. To see it:
//! `cargo test -p store --test capacity -- --nocapture`

use capacity::{FilledShop, costs};

#[tokio::test]
async fn no_operation_costs_more_in_a_larger_shop() {
    let mut shop = FilledShop::open().await;
    shop.grow(1_000).await;
    let small = costs(&shop, 1).await;
    shop.grow(10_000).await;
    let large = costs(&shop, 1).await;
    shop.close().await;

    for (small, large) in small.into_iter().zip(large) {
        let (operation, consumed) = (large.operation, large.consumed);
        println!(
            "{operation:<32} {:>5} read units {:>5} write units",
            consumed.read, consumed.write
        );
        assert_eq!((small.operation, small.consumed), (operation, consumed));
        assert!(
            consumed.read + consumed.write > 0.0,
            "{operation} is not metered"
        );
    }
}
