//! Reading orders and customers: the proof pair, lists, notes.

use serde_json::json;

use crate::client::Shop;

#[tokio::test]
async fn an_order_is_found_by_number_and_postcode_as_customers_write_them() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let order = crm.ask("find_order", json!({ "order_number": " #1042", "postcode": "46 001" })).await;
    assert_eq!(
        order,
        json!({
            "order_number": "1042",
            "customer": { "id": "C-2001", "name": "Ana Ruiz", "email": "ana.ruiz@mail.example", "country": "ES" },
            "lines": [
                { "title": "Varde 45 rucksack", "quantity": 1, "amount_minor": 12900 },
                { "title": "Lykt headlamp", "quantity": 1, "amount_minor": 4900 },
                { "title": "Shipping", "quantity": 1, "amount_minor": 1100 },
            ],
            "total_minor": 18900,
            "refunded_minor": 0,
            "currency": "EUR",
            "status": "delivered",
            "ordered_at": "2026-02-13T18:42:00.000Z",
            "delivered_at": "2026-02-18T13:40:00.000Z",
            "payment": "Visa ending 4417",
            "deliver_to": { "street": "Carrer de la Pau 14, 3.º B", "city": "València", "country": "ES" },
            "delivery_slot": null,
        })
    );
    assert_eq!(order, crm.ask("get_order", json!({ "order_number": "1042" })).await);
}

#[tokio::test]
async fn a_customer_is_found_by_their_whole_address_and_by_nothing_like_it() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let ana = json!({ "id": "C-2001", "name": "Ana Ruiz", "email": "ana.ruiz@mail.example", "country": "ES" });
    for email in ["ana.ruiz@mail.example", " Ana.RUIZ@mail.example "] {
        assert_eq!(crm.ask("find_customer", json!({ "email": email })).await, json!({ "customer": ana }));
    }
    for email in ["ana.ruiz@mail", "ana_ruiz@mail.example", "%@mail.example", "ana.ruiz@mail.example'--"] {
        assert_eq!(crm.ask("find_customer", json!({ "email": email })).await, json!({}), "{email}");
    }
    assert_eq!(crm.refused("find_customer", json!({ "email": "" })).await.0, "invalid_arguments");
    let tools = crm.client.list_all_tools().await.unwrap();
    let output = tools.iter().find(|tool| tool.name == "find_customer").unwrap().output_schema.clone().unwrap();
    assert!(output.get("required").is_none(), "an address may be nobody's: {output:?}");
}

#[tokio::test]
async fn a_proof_pair_that_fails_does_not_tell_which_half_was_wrong() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let wrong_postcode = crm.refused("find_order", json!({ "order_number": "1042", "postcode": "46002" })).await;
    let wrong_number = crm.refused("find_order", json!({ "order_number": "9999", "postcode": "46001" })).await;
    // Both halves exist, but in different orders.
    let crossed = crm.refused("find_order", json!({ "order_number": "1044", "postcode": "46001" })).await;
    assert_eq!(wrong_postcode.0, "no_such_pair");
    assert_eq!(wrong_postcode, wrong_number);
    assert_eq!(wrong_postcode, crossed);
}

#[tokio::test]
async fn no_answer_ever_shows_a_postcode() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    for (tool, arguments) in [
        ("find_order", json!({ "order_number": "1042", "postcode": "46001" })),
        ("get_order", json!({ "order_number": "1042" })),
        ("list_orders", json!({ "customer_id": "C-2001" })),
        ("get_customer", json!({ "customer_id": "C-2001" })),
        ("find_customer", json!({ "email": "ana.ruiz@mail.example" })),
        ("list_delivery_slots", json!({ "order_number": "1063", "postcode": "46001" })),
    ] {
        assert!(!crm.ask(tool, arguments).await.to_string().contains("46001"), "{tool}");
    }
}

#[tokio::test]
async fn a_customers_orders_are_listed_newest_first() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    let list = crm.ask("list_orders", json!({ "customer_id": "C-2001" })).await;
    let numbers: Vec<_> = list["orders"].as_array().unwrap().iter().map(|order| &order["order_number"]).collect();
    assert_eq!(numbers, ["1063", "1042", "705"]);
    let customer = crm.ask("get_customer", json!({ "customer_id": "C-2001" })).await;
    assert_eq!((&customer["name"], &customer["order_count"]), (&json!("Ana Ruiz"), &json!(3)));
    assert_eq!(crm.refused("list_orders", json!({ "customer_id": "C-9" })).await.0, "no_such_customer");
    assert_eq!(crm.refused("get_customer", json!({ "customer_id": "C-9" })).await.0, "no_such_customer");
    assert_eq!(crm.refused("get_order", json!({ "order_number": "9" })).await.0, "no_such_order");
}

#[tokio::test]
async fn a_note_is_stored_and_an_order_holds_a_bounded_number() {
    let shop = Shop::new();
    let crm = shop.server(&[]).await;
    for count in 1..=100 {
        let note = crm.ask("add_note", json!({ "order_number": "#1042", "text": format!("Note {count}"), "idempotency_key": format!("k-{count}") })).await;
        assert_eq!((&note["order_number"], &note["text"]), (&json!("1042"), &json!(format!("Note {count}"))));
    }
    let one_more = json!({ "order_number": "1042", "text": "One more", "idempotency_key": "k-more" });
    assert_eq!(crm.refused("add_note", one_more).await.0, "notes_full");
    let database = countersign_shop::Database::open(&shop.database(), None).unwrap();
    assert_eq!(database.list_notes().unwrap().len(), 100);
}

#[tokio::test]
async fn two_servers_that_start_on_one_new_file_at_once_make_one_shop() {
    let shop = Shop::new();
    let (one, other) = tokio::join!(shop.server(&[]), shop.server(&[]));
    let asked = json!({ "order_number": "1042" });
    assert_eq!(one.ask("get_order", asked.clone()).await, other.ask("get_order", asked).await);
}
