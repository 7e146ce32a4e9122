<?php

// Makes the double's database, with the tables and columns of PrestaShop that are used.

require __DIR__ . '/config.php';

$database = new PDO('sqlite:' . DB_DATABASE);
$database->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$id = 'INTEGER PRIMARY KEY AUTOINCREMENT';
$tables = [
    'configuration' => 'name TEXT PRIMARY KEY, value TEXT',
    'module' => "id_module $id, name TEXT, active INT",
    'module_currency' => 'id_module INT, id_currency INT',
    'hook_module' => 'hook TEXT, module TEXT',
    'shop' => "id_shop $id, url TEXT",
    'lang' => "id_lang $id, language_code TEXT",
    'currency' => "id_currency $id, iso_code TEXT, `precision` INT, active INT",
    'customer' => "id_customer $id, email TEXT, secure_key TEXT",
    'product' => "id_product $id, price TEXT",
    'stock_available' => 'id_product INT, quantity INT, out_of_stock INT',
    'cart' => "id_cart $id, id_customer INT, id_currency INT, id_lang INT, id_shop INT, secure_key TEXT",
    'cart_product' => 'id_cart INT, id_product INT, quantity INT, warehouse INT',
    'orders' => "id_order $id, reference TEXT, id_customer INT, id_cart INT, id_currency INT, id_lang INT, id_shop INT, secure_key TEXT,
        current_state INT, valid INT, module TEXT, payment TEXT, total_paid TEXT, invoice_number INT",
    'order_detail' => 'id_order INT, product_id INT, product_attribute_id INT, id_shop INT, product_quantity INT',
    'order_state' => "id_order_state $id, name TEXT, color TEXT, module_name TEXT, unremovable INT, deleted INT DEFAULT 0, invoice INT,
        send_email INT, logable INT, paid INT, shipped INT, delivery INT, hidden INT, pdf_invoice INT, pdf_delivery INT",
    'order_history' => "id_order_history $id, id_order INT, id_order_state INT, id_employee INT, date_add TEXT",
    'order_payment' => "id_order_payment $id, order_reference TEXT, amount TEXT, transaction_id TEXT",
    'customer_thread' => "id_customer_thread $id, id_contact INT, id_customer INT, id_shop INT, id_order INT, id_lang INT, email TEXT,
        status TEXT, token TEXT",
    'customer_message' => "id_customer_message $id, id_customer_thread INT, id_employee INT, message TEXT, `private` INT",
    'usdt_test' => 'crash TEXT',
];
$database->exec('PRAGMA journal_mode = WAL');
foreach ($tables as $name => $columns) {
    $database->exec("CREATE TABLE ps_$name ($columns)");
}
$add = static function (string $table, array $row) use ($database): void {
    $marks = implode(', ', array_fill(0, count($row), '?'));
    $columns = implode(', ', array_keys($row));
    $database->prepare("INSERT INTO ps_$table ($columns) VALUES ($marks)")->execute(array_values($row));
};
// PrestaShop's own states: their numbers, and whether they are logable and paid.
$states = [1 => ['Awaiting check payment', 0, 0], 2 => ['Payment accepted', 1, 1], 4 => ['Shipped', 1, 1], 5 => ['Delivered', 1, 1],
    6 => ['Canceled', 0, 0], 7 => ['Refunded', 0, 0], 8 => ['Payment error', 0, 0]];
foreach ($states as $state => [$name, $isLogable, $isPaid]) {
    $add('order_state', ['id_order_state' => $state, 'name' => $name, 'logable' => $isLogable, 'paid' => $isPaid, 'invoice' => $isPaid, 'send_email' => 1]);
}
foreach (['USD', 'EUR', 'GBP', 'USDT'] as $currency) {
    $add('currency', ['iso_code' => $currency, '`precision`' => 2, 'active' => 1]);
}
foreach (['en-us', 'de-de'] as $language) {
    $add('lang', ['language_code' => $language]);
}
$add('shop', ['url' => SHOP_URL . '/']);
$values = ['PS_SHOP_DEFAULT' => 1, 'PS_LANG_DEFAULT' => 1, 'PS_SHOP_ENABLE' => 1, 'PS_INVOICE' => 1, 'PS_ORDER_OUT_OF_STOCK' => 0,
    'PS_SHOP_EMAIL' => 'owner@shop.example', 'PS_OS_PAYMENT' => 2, 'PS_OS_CANCELED' => 6, 'PS_OS_ERROR' => 8];
foreach ($values as $name => $value) {
    $add('configuration', ['name' => $name, 'value' => (string) $value]);
}
